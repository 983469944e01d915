//! Serves a world of both twins; see the library for what it offers.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use tokio::net::TcpListener;
use twins::{World, WorldOptions, serve};

/// A stateful EmpikPlace and a stateful Thulium on one port.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// JSON file with shops, dictionaries and logins; everything in it is optional.
    #[arg(long)]
    options: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let options = match &arguments.options {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?
        }
        None => WorldOptions::default(),
    };
    let world = World::new(options)?;
    let listener = TcpListener::bind(arguments.listen).await.context("the port cannot be bound")?;
    let address = listener.local_addr()?;
    let mut out = std::io::stdout();
    writeln!(out, "EmpikPlace  http://{address}/empikplace")?;
    writeln!(out, "Thulium     http://{address}/thulium")?;
    writeln!(out, "control     http://{address}/control")?;
    out.flush()?;
    serve(world, listener).await?;
    Ok(())
}

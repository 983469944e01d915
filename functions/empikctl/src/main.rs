//! The operator's command line; see the library for what it does.

use std::process::ExitCode;

use clap::Parser;
use empikctl::{Cli, Terminal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let answer = empikctl::run(&cli, &mut Terminal).await;
    answer.print()
}

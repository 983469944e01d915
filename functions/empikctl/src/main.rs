//! The operator's command line; see the library for what it does.

use std::process::ExitCode;

use empikctl::Terminal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let answer = match empikctl::parse(std::env::args_os(), |name| std::env::var(name).ok()) {
        Ok(cli) => empikctl::run(&cli, &mut Terminal).await,
        Err(answer) => answer,
    };
    answer.print()
}

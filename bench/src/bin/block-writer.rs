//! The consumer of `cargo xtask ledger --store blocks`, as a Lambda function.

use std::process::ExitCode;

use bench::ledger::blocks::writer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match writer::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

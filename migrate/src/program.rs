//! Shared by both binaries: starts the log, and turns an error into an exit code.

use std::process::ExitCode;

use anyhow::Result;
use tracing_subscriber::EnvFilter;

pub async fn run(work: impl Future<Output = Result<()>>) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false).with_env_filter(filter).init();
    match work.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! Reports the error that ends a program.

use std::process::ExitCode;

/// Prints an error as one line without a backtrace, for the operator.
pub fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

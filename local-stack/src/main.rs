//! The program `local-stack`, which `cargo xtask` builds together with the product and runs.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "local-stack", about = "Runs the local stack; `cargo xtask` builds it and calls this")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the whole stack until Ctrl-C
    Dev(commands::dev::Options),
    /// Run a command with the URL of a throwaway Postgres in DATABASE_URL
    WithPostgres(commands::with_postgres::Options),
    /// Show the click accounting of an installation
    #[command(bin_name = "cargo xtask pipeline")]
    Pipeline(commands::pipeline::Options),
    /// Show what all parts of the local stack logged about one request
    #[command(bin_name = "cargo xtask logs")]
    Logs(commands::logs::Options),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Dev(options) => commands::dev::run(&options),
        Command::WithPostgres(options) => commands::with_postgres::run(&options),
        Command::Pipeline(options) => commands::pipeline::run(&options),
        Command::Logs(options) => commands::logs::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

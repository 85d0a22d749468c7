//! Runs a command, such as the integration tests, with a throwaway Postgres.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result, bail};
use local_stack::Postgres;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let postgres = runtime.block_on(Postgres::start_throwaway())?;
    let (program, arguments) = options.command.split_first().context("no command")?;
    let status = Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", &postgres.links_database_url)
        .status()
        .with_context(|| format!("cannot run {}", program.display()));
    runtime.block_on(postgres.part.stop());
    let status = status?;
    if !status.success() {
        bail!("{} failed, see above ({status})", program.display());
    }
    Ok(())
}

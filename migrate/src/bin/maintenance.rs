//! The maintenance's binary: one run as a command, or one for each invocation under the Lambda runtime, by the hour.

use std::env;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use lambda_runtime::{LambdaEvent, service_fn};
use migrate::config::Config;
use migrate::maintenance::{self, Upkeep};
use migrate::program;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program::run(run()).await
}

async fn run() -> Result<()> {
    let config = Config::from_lookup(|name| env::var(name).ok())?;
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        let handler = async |_: LambdaEvent<Value>| {
            upkeep(&config).await.map_err(|error| lambda_runtime::Error::from(format!("{error:#}")))
        };
        return lambda_runtime::run(service_fn(handler)).await.map_err(|error| anyhow!(error));
    }
    println!("{}", serde_json::to_string(&upkeep(&config).await?)?);
    Ok(())
}

/// An alarm counts the field `overdue` of this line, which is written though a step failed.
async fn upkeep(config: &Config) -> Result<Upkeep> {
    let run = maintenance::run(config).await;
    let upkeep = &run.upkeep;
    tracing::info!(
        partitions_made = upkeep.partitions_made,
        partitions_dropped = upkeep.partitions_dropped,
        batches_forgotten = upkeep.batches_forgotten,
        producers_folded = upkeep.producers_folded,
        rows_sealed = upkeep.sealed.rows,
        days_to_seal = upkeep.sealed.days_left,
        missing = upkeep.books.map(|books| books.missing),
        overdue = upkeep.books.map(|books| books.overdue),
        "the click tables are maintained"
    );
    run.complete()
}

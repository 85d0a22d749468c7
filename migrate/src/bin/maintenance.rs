//! The `maintenance` binary: runs once as a command, or once per invocation under the Lambda runtime, by the hour.

use std::env;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use lambda_runtime::{LambdaEvent, service_fn};
use migrate::config::Config;
use migrate::maintenance::{self, MaintenanceReport};
use serde_json::Value;
use startup::environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    startup::exit_code(run().await)
}

async fn run() -> Result<()> {
    startup::start_log(&environment)?;
    let config = Config::from_lookup(&environment)?;
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        let handler = async |_: LambdaEvent<Value>| {
            maintain(&config).await.map_err(|error| lambda_runtime::Error::from(format!("{error:#}")))
        };
        return lambda_runtime::run(service_fn(handler)).await.map_err(|error| anyhow!(error));
    }
    println!("{}", serde_json::to_string(&maintain(&config).await?)?);
    Ok(())
}

/// Logs the report even if a step failed: an alarm reads the field `overdue` of this line.
async fn maintain(config: &Config) -> Result<MaintenanceReport> {
    let run = maintenance::run(config).await;
    let report = &run.report;
    tracing::info!(
        partitions_created = report.partitions_created,
        partitions_dropped = report.partitions_dropped,
        batch_records_deleted = report.batch_records_deleted,
        producers_folded = report.producers_folded,
        sessions_deleted = report.sessions_deleted,
        deleted_links_forgotten = report.deleted_links_forgotten,
        shares_deleted = report.shares_deleted,
        webhook_messages_deleted = report.webhook_messages_deleted,
        audit_entries_deleted = report.audit_entries_deleted,
        rows_sealed = report.sealed.rows,
        days_to_seal = report.sealed.days_left,
        missing = report.accounting.map(|accounting| accounting.missing),
        overdue = report.accounting.map(|accounting| accounting.overdue),
        "maintenance finished"
    );
    run.into_result()
}

//! Runs the steps of the maintenance one after the other, and reports what each did and which failed.

use anyhow::{Context, Error, Result, bail};
use serde::Serialize;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tracing::{error, warn};

use super::accounting::{self, ClickAccounting};
use super::batch_records::{self, BATCH_RECORDS};
use super::partitions;
use super::sealing::{self, SealingReport};
use super::{audit_entries, deleted_links, producers, sessions, shares, webhooks};
use crate::config::Config;
use crate::{ANALYTICS, LINKS, database, schema};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MaintenanceReport {
    pub partitions_created: i64,
    pub partitions_dropped: i64,
    /// Deleted records of batches that can no longer arrive.
    pub batch_records_deleted: u64,
    /// Producers whose accounting was added to the shared row.
    pub producers_folded: i64,
    pub sessions_deleted: u64,
    /// Deleted links that can no longer be restored.
    pub deleted_links_forgotten: u64,
    /// Shares that open nothing any more.
    pub shares_deleted: u64,
    /// Messages of webhooks that the log no longer shows.
    pub webhook_messages_deleted: u64,
    pub audit_entries_deleted: u64,
    pub sealed: SealingReport,
    /// `None` if it could not be read, so that nobody takes an unread value for zero missing clicks.
    #[serde(flatten)]
    pub accounting: Option<ClickAccounting>,
}

/// The report of a run and the errors of its failed steps.
#[derive(Debug, Default)]
pub struct MaintenanceRun {
    pub report: MaintenanceReport,
    failures: Vec<Error>,
}

impl MaintenanceRun {
    /// The report, or an error that names every failed step.
    pub fn into_result(self) -> Result<MaintenanceReport> {
        if self.failures.is_empty() {
            return Ok(self.report);
        }
        let failures: Vec<_> = self.failures.iter().map(|failure| format!("{failure:#}")).collect();
        bail!("{} of the steps failed: {}", failures.len(), failures.join("; "))
    }
}

/// Runs every step, even if earlier ones failed: they are independent.
pub async fn run(config: &Config) -> MaintenanceRun {
    let mut failures = Vec::new();
    let mut report = MaintenanceReport::default();
    let mut steps =
        Steps { database: &config.links, migrations: &LINKS, connection: None, failures: &mut failures };
    let deleted = async { sessions::delete_ended(steps.connection().await?).await }.await;
    report.sessions_deleted = steps.finish("ended sessions", deleted).await;
    let forgotten = async { deleted_links::forget(steps.connection().await?).await }.await;
    report.deleted_links_forgotten = steps.finish("deleted links", forgotten).await;
    let deleted = async { shares::delete_ended(steps.connection().await?).await }.await;
    report.shares_deleted = steps.finish("ended shares", deleted).await;
    let deleted = async { webhooks::delete_expired(steps.connection().await?).await }.await;
    report.webhook_messages_deleted = steps.finish("messages of webhooks", deleted).await;
    let deleted = async { audit_entries::delete_expired(steps.connection().await?).await }.await;
    report.audit_entries_deleted = steps.finish("entries of the audit", deleted).await;
    steps.close().await;
    let mut steps = Steps {
        database: &config.analytics,
        migrations: &ANALYTICS,
        connection: None,
        failures: &mut failures,
    };
    for table in &partitions::tables(config.raw_click_days) {
        let created = async { partitions::create(steps.connection().await?, table).await }.await;
        report.partitions_created += steps.finish(&format!("partitions of {}", table.name), created).await;
        let dropped = async { partitions::drop_expired(steps.connection().await?, table).await }.await;
        report.partitions_dropped += steps.finish(&format!("retention of {}", table.name), dropped).await;
    }
    for records in &BATCH_RECORDS {
        let deleted = async { batch_records::delete_expired(steps.connection().await?, records).await }.await;
        report.batch_records_deleted += steps.finish(records.name, deleted).await;
    }
    let folded = async { producers::fold_silent(steps.connection().await?).await }.await;
    report.producers_folded = steps.finish("folding of silent producers", folded).await;
    let accounting = async { accounting::read(steps.connection().await?).await.map(Some) }.await;
    report.accounting = steps.finish("click accounting", accounting).await;
    // Last, because it uses all the time that is left.
    let sealed = async { sealing::seal(steps.connection().await?, &mut report.sealed).await }.await;
    steps.finish("sealing of days", sealed).await;
    steps.close().await;
    MaintenanceRun { report, failures }
}

/// The steps of a database share a connection until one fails, which may have broken it.
struct Steps<'a> {
    database: &'a PgConnectOptions,
    migrations: &'a Migrator,
    connection: Option<PgConnection>,
    failures: &'a mut Vec<Error>,
}

impl Steps<'_> {
    async fn connection(&mut self) -> Result<&mut PgConnection> {
        let open = match self.connection.take() {
            Some(open) => open,
            None => database::connect(self.database).await?,
        };
        Ok(self.connection.insert(open))
    }

    /// Returns the step's result, or the default and records the failure. What the migrations have not made yet, as in the first hour
    /// of an installation, needs no maintenance.
    async fn finish<T: Default>(&mut self, step: &str, result: Result<T>) -> T {
        let failure = match result.with_context(|| step.to_owned()) {
            Ok(done) => return done,
            Err(failure) => failure,
        };
        self.connection = None;
        if database::is_missing(&failure)
            && matches!(schema::is_current(self.migrations, self.database).await, Ok(false))
        {
            warn!(step, "skipped, because the migrations have not run yet");
            return T::default();
        }
        error!(error = format!("{failure:#}"), "a maintenance step failed");
        self.failures.push(failure);
        T::default()
    }

    async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            // An error does not matter: everything is committed.
            let _ = connection.close().await;
        }
    }
}

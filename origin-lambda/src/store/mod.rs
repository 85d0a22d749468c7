//! The two databases: pools, timeouts, and which errors mean "unavailable". All SQL is in the modules below; none of them decides
//! what a client is told.

mod admission;
pub mod blocked_hosts;
pub mod click_accounting;
pub mod clicks;
pub mod codes;
pub mod domains;
pub mod erasure;
pub mod host_sweep;
pub mod idempotency;
pub mod keys;
mod link_sets;
pub mod links;
pub(crate) mod months;
pub mod open_exports;
pub mod orphan_visits;
pub mod password_attempts;
pub mod publications;
pub mod statistics;
pub mod tags;
mod write_session;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use thiserror::Error;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::limits::{self, PoolLimits};
use admission::Admission;
pub use write_session::WriteSession;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Links,
    Analytics,
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Links => "links",
            Self::Analytics => "analytics",
        })
    }
}

/// Causes are for the log; they never contain a value that a client sent.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    #[error("the {database} database is unavailable: {cause}")]
    Unavailable { database: Database, cause: String },
    #[error("the {database} database rejected a statement: {cause}")]
    Refused { database: Database, cause: String },
    #[error("a value of the {database} database belongs to another row")]
    UniqueViolation { database: Database },
    #[error("every connection to the {database} database is in use")]
    Overloaded { database: Database },
    #[error("another write changed the same rows of the {database} database")]
    Contended { database: Database },
    #[error("a stored row is invalid: {0}")]
    Damaged(&'static str),
}

impl StoreError {
    pub(crate) fn links_timed_out(doing: &str) -> Self {
        Self::Unavailable { database: Database::Links, cause: format!("{doing} took too long") }
    }

    fn new(database: Database, error: &sqlx::Error) -> Self {
        let cause = describe(error);
        if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) {
            Self::UniqueViolation { database }
        } else if is_contention(error) {
            Self::Contended { database }
        } else if is_outage(error) {
            Self::Unavailable { database, cause }
        } else {
            Self::Refused { database, cause }
        }
    }
}

/// Postgres' own messages may quote values, so only names are kept of its errors.
fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            let place = error.constraint().or(error.table()).unwrap_or("no constraint");
            format!("SQLSTATE {code} ({place})")
        }
        other => other.to_string(),
    }
}

/// A serialization failure, which `revisions_only_grow` raises too, and a deadlock: tried again, the same may succeed.
fn is_contention(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01"))
}

fn is_outage(error: &sqlx::Error) -> bool {
    use sqlx::Error;
    match error {
        // Connection errors (08), wrong credentials (28) and database (3D), which surface on connecting; out of resources (53),
        // shutting down or cancelled (57), and read-only (25006), as a primary is after it stepped down.
        Error::Database(error) => error.code().is_some_and(|code| {
            code == "25006" || ["08", "28", "3D", "53", "57"].iter().any(|class| code.starts_with(class))
        }),
        Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        // A connection that was cut in the middle of a response.
        Error::Protocol(_) => true,
        _ => false,
    }
}

/// When the database last failed. Whatever cut one connection probably cut all of them, and the pool would find each dead one by
/// failing a request: for a while, connections are pinged before use.
#[derive(Debug, Clone, Default)]
struct LastOutage(Arc<Mutex<Option<Instant>>>);

impl LastOutage {
    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_recent(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|outage| outage.elapsed() < limits::PING_AFTER_OUTAGE)
    }
}

/// A pool that opens connections on demand, with a limit on every wait.
#[derive(Debug, Clone)]
struct Connections {
    pool: PgPool,
    database: Database,
    operation_timeout: Duration,
    last_outage: LastOutage,
    admission: Admission,
}

impl Connections {
    fn lazily(database: Database, options: PgConnectOptions, limits: PoolLimits) -> Self {
        let last_outage = LastOutage::default();
        let recent_outage = last_outage.clone();
        let pool = PgPoolOptions::new()
            .max_connections(limits.max_connections)
            .acquire_timeout(limits.acquire)
            .test_before_acquire(false)
            .before_acquire(move |connection, metadata| {
                let needs_ping = metadata.idle_for >= limits::PING_AFTER_IDLE || recent_outage.is_recent();
                Box::pin(async move {
                    if needs_ping {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        let admission = Admission::new(limits, Instant::now());
        Self { pool, database, operation_timeout: limits.operation, last_outage, admission }
    }

    /// Runs an operation that takes a connection from the pool and returns it.
    async fn run<T>(&self, operation: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
        let _permit = self.admit()?;
        self.run_admitted(operation).await
    }

    /// A permit to use a connection; held as long as the connection.
    fn admit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.admission.admit(Instant::now()).ok_or(StoreError::Overloaded { database: self.database })
    }

    async fn run_admitted<T>(
        &self,
        operation: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let outcome = timeout(self.operation_timeout, operation).await;
        if !matches!(outcome, Err(_) | Ok(Err(sqlx::Error::PoolTimedOut))) {
            self.admission.note_progress(Instant::now());
        }
        let error = match outcome {
            Ok(Ok(result)) => return Ok(result),
            Ok(Err(error)) => StoreError::new(self.database, &error),
            Err(_) => self.unavailable(format!("no answer within {:?}", self.operation_timeout)),
        };
        if matches!(error, StoreError::Unavailable { .. }) {
            self.last_outage.note();
        }
        Err(error)
    }

    fn unavailable(&self, cause: String) -> StoreError {
        StoreError::Unavailable { database: self.database, cause }
    }
}

/// The database of record: every link, and the counter that ids are leased from.
#[derive(Debug, Clone)]
pub struct LinksDatabase(Connections);

impl LinksDatabase {
    pub fn connect_lazily(options: PgConnectOptions, limits: PoolLimits) -> Self {
        Self(Connections::lazily(Database::Links, options, limits))
    }

    pub async fn ping(&self) -> Result<(), StoreError> {
        self.0.run(async { self.0.pool.acquire().await?.ping().await }).await
    }

    /// Waits for the answer of a batch, with the timeout of any operation. Each waiting request holds its own permit, so the
    /// batch itself needs none.
    pub(crate) async fn run_batched<T>(
        &self,
        answer: impl Future<Output = Option<T>>,
    ) -> Result<T, StoreError> {
        let _permit = self.0.admit()?;
        match timeout(self.0.operation_timeout, answer).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(self.0.unavailable("a batch of requests failed".to_owned())),
            Err(_) => {
                Err(self.0.unavailable(format!("no batch answered within {:?}", self.0.operation_timeout)))
            }
        }
    }

    /// Closes the pool; connections in use close when they are returned.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }
}

/// The clicks that the consumer has stored. The origin only reads and erases them.
#[derive(Debug, Clone)]
pub struct AnalyticsDatabase(Connections);

impl AnalyticsDatabase {
    pub fn connect_lazily(options: PgConnectOptions, limits: PoolLimits) -> Self {
        Self(Connections::lazily(Database::Analytics, options, limits))
    }

    /// For an answer that needs several statements.
    pub(crate) fn too_slow(&self) -> StoreError {
        self.0.unavailable("all statements of an answer together took too long".to_owned())
    }

    pub async fn close(&self) {
        self.0.pool.close().await;
    }
}

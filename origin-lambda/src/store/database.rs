//! The two databases: connection pools, with a timeout on every operation.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tracing::Instrument;

use super::admission::Admission;
use super::error::{Database, StoreError};
use super::trace;
use crate::limits::{self, PoolLimits};

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

/// The connections of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    pub used: u32,
    pub idle: u32,
    pub max: u32,
}

/// A pool that opens connections on demand, with a limit on every wait.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    pub(super) pool: PgPool,
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

    pub(super) fn with_operation_timeout(&self, operation_timeout: Duration) -> Self {
        Self { operation_timeout, ..self.clone() }
    }

    /// Runs an operation that takes a connection from the pool and returns it.
    pub(super) async fn run<T>(
        &self,
        operation: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let _permit = self.admit()?;
        self.run_admitted(operation).await
    }

    /// A permit to use a connection; held as long as the connection.
    pub(super) fn admit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.admission.admit(Instant::now()).ok_or(StoreError::Overloaded { database: self.database })
    }

    pub(super) async fn run_admitted<T>(
        &self,
        operation: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let span = trace::operation_span(self.database);
        let outcome = timeout(self.operation_timeout, operation.instrument(span.clone())).await;
        if !matches!(outcome, Err(_) | Ok(Err(sqlx::Error::PoolTimedOut))) {
            self.admission.note_progress(Instant::now());
        }
        let error = match outcome {
            Ok(Ok(result)) => return Ok(result),
            Ok(Err(error)) => StoreError::new(self.database, &error),
            Err(_) => self.unavailable(format!("no answer within {:?}", self.operation_timeout)),
        };
        trace::record_error(&span, &error);
        if matches!(error, StoreError::Unavailable { .. }) {
            self.last_outage.note();
        }
        Err(error)
    }

    fn state(&self) -> PoolState {
        let (size, idle) = (self.pool.size(), u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX));
        PoolState {
            // The two are not read at one moment.
            used: size.saturating_sub(idle),
            idle,
            max: self.pool.options().get_max_connections(),
        }
    }

    fn unavailable(&self, cause: String) -> StoreError {
        StoreError::Unavailable { database: self.database, cause }
    }
}

/// The database of record: every link, and the counter that ids are leased from.
#[derive(Debug, Clone)]
pub struct LinksDatabase(pub(super) Connections);

impl LinksDatabase {
    pub fn connect_lazily(options: PgConnectOptions, limits: PoolLimits) -> Self {
        Self(Connections::lazily(Database::Links, options, limits))
    }

    pub async fn ping(&self) -> Result<(), StoreError> {
        self.0.run(async { self.0.pool.acquire().await?.ping().await }).await
    }

    pub fn pool(&self) -> PoolState {
        self.0.state()
    }

    /// Waits for the answer of a batch, with the timeout of any operation. Each waiting request holds its own permit, so the
    /// batch itself needs none.
    pub(crate) async fn run_batched<T>(
        &self,
        answer: impl Future<Output = Option<T>>,
    ) -> Result<T, StoreError> {
        let _permit = self.0.admit()?;
        let answer = answer.instrument(trace::waiting_span());
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
pub struct AnalyticsDatabase(pub(super) Connections);

impl AnalyticsDatabase {
    pub fn connect_lazily(options: PgConnectOptions, limits: PoolLimits) -> Self {
        Self(Connections::lazily(Database::Analytics, options, limits))
    }

    pub fn pool(&self) -> PoolState {
        self.0.state()
    }

    /// For an answer that needs several statements.
    pub(crate) fn too_slow(&self) -> StoreError {
        self.0.unavailable("all statements of an answer together took too long".to_owned())
    }

    pub async fn close(&self) {
        self.0.pool.close().await;
    }
}

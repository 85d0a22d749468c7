//! The analytics database: one transaction for any number of batches, all of it or nothing, within a time. Does not
//! decide what becomes of messages whose batches could not be stored.

mod batches;
mod books;
mod clicks;
mod error;
mod links;
mod reclassification;
mod roll_ups;
mod visitors;

use std::collections::{BTreeMap, BTreeSet};

use classify::ClickReader;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Acquire, PgConnection, PgPool};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

pub use books::DeadBatch;
pub use error::StoreError;
pub use links::Links;
pub use reclassification::{Partition, Reclassified, Stretch};
pub use roll_ups::LinkTotal;

use crate::plan::{BatchKey, Plan, StorableBatch, distinct};
use crate::time_limits::DATABASE_CONNECT;

#[derive(Debug)]
pub struct Store {
    pool: PgPool,
}

/// What was new among the batches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    pub batches: usize,
    pub clicks: usize,
    /// Of the links that were clicked.
    pub totals: Vec<LinkTotal>,
}

impl Store {
    /// Opens no connection before it is needed.
    pub fn connect_lazily(options: PgConnectOptions) -> Self {
        // Lambda gives a process one invocation at a time. A connection that went stale while the process was frozen is
        // found by sqlx's own test when it is acquired.
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(DATABASE_CONNECT);
        Self { pool: pool.connect_lazy_with(options.application_name("shortline-log-consumer")) }
    }

    /// Stores those of `batches` that are new, or nothing. When the answer to a commit is lost, or `by` passes during
    /// one, nothing is said to be stored though it may be: the batches are recognised when they come again.
    pub async fn store(
        &self,
        batches: impl IntoIterator<Item = &StorableBatch>,
        reader: &ClickReader,
        by: Instant,
    ) -> Result<Stored, StoreError> {
        let sent: Vec<_> = batches.into_iter().collect();
        let batches = distinct(sent.iter().copied());
        let mut plan = Plan::default();
        let claiming = async |connection: &mut PgConnection| {
            plan = claim_visitors(connection, &batches, reader).await?;
            Ok(if visitors::are_claimed_ahead(connection).await? {
                None
            } else {
                Some(write(connection, &sent, &batches, &mut plan).await?)
            })
        };
        if let Some(stored) = self.in_one_transaction(by, claiming).await? {
            return Ok(stored);
        }
        let writing =
            async |connection: &mut PgConnection| write(connection, &sent, &batches, &mut plan).await;
        let stored = self.in_one_transaction(by, writing).await;
        if let (Err(StoreError::Refused { .. }), 1) = (&stored, batches.len()) {
            // It becomes a dead letter: who is in it too counts with the next batch that names him.
            let claims = plan.claims();
            self.in_one_transaction(by, async |connection| visitors::release(connection, &claims).await)
                .await?;
        }
        stored
    }

    /// Counts batches that went to the dead-letter queue.
    pub async fn count_dead(&self, dead: &[DeadBatch], by: Instant) -> Result<(), StoreError> {
        self.in_one_transaction(by, async |connection| books::count_dead(connection, dead).await).await
    }

    async fn in_one_transaction<T>(
        &self,
        by: Instant,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection =
            timeout_at(by, self.pool.acquire()).await.map_err(|_| StoreError::OutOfTime)??;
        match timeout_at(by, committed(&mut connection, work)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                // A statement is still under way. To wait for it is what there is no time for, and back in the pool the
                // connection would make the next invocation wait: closing it makes the server roll back.
                drop(connection.detach());
                Err(StoreError::OutOfTime)
            }
        }
    }
}

async fn committed<T>(
    connection: &mut PgConnection,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut transaction = connection.begin().await?;
    match work(&mut transaction).await {
        Ok(outcome) => {
            transaction.commit().await?;
            Ok(outcome)
        }
        Err(error) => {
            // What counts is the error that led here. A connection that cannot even roll back is closed by the pool.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

/// Plans what is new, and counts its visitors. Batches that were stored before claim nobody: whom they brought may have been
/// erased since.
async fn claim_visitors<'a>(
    connection: &mut PgConnection,
    batches: &BTreeMap<BatchKey, &'a StorableBatch>,
    reader: &ClickReader,
) -> Result<Plan<'a>, StoreError> {
    let stored = batches::stored(connection, batches.keys()).await?;
    let new = || batches.values().filter(|batch| !stored.contains(&batch.key));
    let mut plan = Plan::of(new().copied(), reader);
    let signatures = new().map(|batch| batch.key.claim()).collect();
    plan.count_visitors(visitors::claim(connection, &plan.claims(), signatures).await?);
    Ok(plan)
}

/// The tables in one order and the rows of each table in one order, for every consumer: that rules deadlocks out. What
/// others wait for comes last, and at the very end the roll-up of all links, which every consumer wants.
async fn write(
    connection: &mut PgConnection,
    sent: &[&StorableBatch],
    batches: &BTreeMap<BatchKey, &StorableBatch>,
    plan: &mut Plan<'_>,
) -> Result<Stored, StoreError> {
    let new = batches::insert_new(connection, batches.values().copied()).await?;
    plan.keep(&new);
    clicks::insert(connection, &plan.clicks).await?;
    let fates = books::Fates {
        new: batches.iter().filter(|(key, _)| new.contains(key)).map(|(_, batch)| *batch).collect(),
        duplicates: duplicates(sent, &new),
        dropped: &plan.dropped(),
    };
    books::settle(connection, &fates).await?;
    let totals = roll_ups::add(connection, plan.by_link()).await?;
    roll_ups::add(connection, plan.of_all_links()).await?;
    Ok(Stored { batches: new.len(), clicks: plan.clicks.len(), totals })
}

/// Every message whose batch was stored before, or by another message of this invocation.
fn duplicates(sent: &[&StorableBatch], new: &BTreeSet<BatchKey>) -> Vec<(Uuid, i64)> {
    let mut unseen = new.clone();
    let again = sent.iter().filter(|batch| !unseen.remove(&batch.key));
    again.map(|batch| (batch.key.producer, i64::from(batch.count))).collect()
}

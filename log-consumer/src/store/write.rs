//! Stores batches: claims their visitors, and writes all tables in one transaction, all or nothing.

use std::collections::{BTreeMap, BTreeSet};

use classify::ClickEnricher;
use sqlx::PgConnection;
use tokio::time::Instant;
use uuid::Uuid;

use super::analytics::Store;
use super::error::StoreError;
use super::roll_ups::{self, Added, LinkTotal, StoredValues};
use super::{accounting, batches, click_outbox, clicks, transactions, visitors};
use crate::plan::{BatchKey, Plan, StorableBatch, distinct};

/// The batches that were new, and their clicks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    pub batches: usize,
    pub clicks: usize,
    /// The clicks by class and cache tier.
    pub by_class_and_tier: BTreeMap<(&'static str, &'static str), u64>,
    /// The totals of the clicked links.
    pub totals: Vec<LinkTotal>,
}

impl Store {
    /// Stores the new ones of `batches`, or nothing. If the reply to a commit is lost, or `by` passes during one, this returns an error
    /// although the batches may be stored: they are recognised when they come again.
    pub async fn store(
        &self,
        batches: impl IntoIterator<Item = &StorableBatch>,
        enricher: &ClickEnricher,
        by: Instant,
    ) -> Result<Stored, StoreError> {
        let sent: Vec<_> = batches.into_iter().collect();
        let batches = distinct(sent.iter().copied());
        let mut plan = Plan::default();
        let settings = WriteSettings { kept_days: self.raw_click_days, stored_values: &self.stored_values };
        let claiming = async |connection: &mut PgConnection| {
            plan = claim_visitors(connection, &batches, enricher).await?;
            Ok(if visitors::may_claim_ahead(connection).await? {
                None
            } else {
                Some(write(connection, &sent, &batches, &mut plan, settings).await?)
            })
        };
        if let Some((stored, values)) = self.in_transaction(by, claiming).await? {
            self.stored_values.remember(values);
            return Ok(stored);
        }
        let writing = async |connection: &mut PgConnection| {
            write(connection, &sent, &batches, &mut plan, settings).await
        };
        let stored = self.in_transaction(by, writing).await.map(|(stored, values)| {
            self.stored_values.remember(values);
            stored
        });
        if let (Err(StoreError::Refused { .. }), 1) = (&stored, batches.len()) {
            // The batch becomes a dead letter, so its visitors must count with the next batch that names them.
            let claims = plan.claims();
            self.in_transaction(by, async |connection| visitors::release(connection, &claims).await).await?;
        }
        stored
    }

    /// The totals of those links that have clicks.
    pub async fn totals(&self, links: &[Uuid], by: Instant) -> Result<Vec<LinkTotal>, StoreError> {
        self.in_transaction(by, async |connection| {
            let query = sqlx::query_as(
                // Locked, so that `as_of` says which erasures they include; in one order and with nothing else locked, so that no
                // deadlock is possible.
                "SELECT link_id, clicks, human, bot, imported_human, imported_bot, last_click_at, clock_timestamp() AS as_of
                 FROM link_totals WHERE link_id = ANY($1) ORDER BY link_id FOR SHARE",
            );
            Ok(query.bind(links).persistent(false).fetch_all(connection).await?)
        })
        .await
    }
}

/// Plans the new batches and counts their visitors. Batches that were stored before claim nobody, because their visitors may have been
/// erased since.
async fn claim_visitors<'a>(
    connection: &mut PgConnection,
    batches: &BTreeMap<BatchKey, &'a StorableBatch>,
    enricher: &ClickEnricher,
) -> Result<Plan<'a>, StoreError> {
    let stored = batches::stored(connection, batches.keys()).await?;
    let new = || batches.values().filter(|batch| !stored.contains(&batch.key));
    let mut plan = Plan::of(new().copied(), enricher);
    let claims = new().map(|batch| batch.key.claim()).collect();
    plan.count_visitors(visitors::claim(connection, &plan.claims(), claims).await?);
    Ok(plan)
}

#[derive(Debug, Clone, Copy)]
struct WriteSettings<'a> {
    /// Days that raw clicks are kept.
    kept_days: i32,
    stored_values: &'a StoredValues,
}

/// Every consumer writes the tables in this order and each table's rows in one order, which rules out deadlocks. Contended rows come
/// last: at the very end the roll-up of all links, which every consumer updates. Also returns what [`StoredValues`] should remember.
async fn write(
    connection: &mut PgConnection,
    sent: &[&StorableBatch],
    batches: &BTreeMap<BatchKey, &StorableBatch>,
    plan: &mut Plan<'_>,
    WriteSettings { kept_days, stored_values }: WriteSettings<'_>,
) -> Result<(Stored, Vec<u64>), StoreError> {
    let new = batches::insert_new(connection, batches.values().copied()).await?;
    plan.keep(&new);
    clicks::insert(connection, &plan.clicks, kept_days).await?;
    click_outbox::add(connection, &plan.clicks).await?;
    let outcomes = accounting::BatchOutcomes {
        new: batches.iter().filter(|(key, _)| new.contains(key)).map(|(_, batch)| *batch).collect(),
        duplicates: duplicates(sent, &new),
        dropped: &plan.dropped(),
    };
    accounting::record(connection, &outcomes).await?;
    let Added { totals, mut values } =
        roll_ups::add(connection, plan.roll_up_by_link(), stored_values).await?;
    values.extend(roll_ups::add(connection, plan.roll_up_all_links(), stored_values).await?.values);
    transactions::note_days(connection, &plan.clicks).await?;
    let mut by_class_and_tier = BTreeMap::new();
    for row in &plan.clicks {
        *by_class_and_tier.entry((row.attributes.class.as_str(), row.click.tier.as_str())).or_default() += 1;
    }
    let stored = Stored { batches: new.len(), clicks: plan.clicks.len(), by_class_and_tier, totals };
    Ok((stored, values))
}

/// Producer and clicks of every message whose batch was stored before, or by another message of this invocation.
fn duplicates(sent: &[&StorableBatch], new: &BTreeSet<BatchKey>) -> Vec<(Uuid, i64)> {
    let mut unseen = new.clone();
    let again = sent.iter().filter(|batch| !unseen.remove(&batch.key));
    again.map(|batch| (batch.key.producer, i64::from(batch.count))).collect()
}

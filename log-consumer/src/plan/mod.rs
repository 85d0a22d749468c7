//! The rows and sums to write for a set of batches, in the order of writing. Pure.

pub mod roll_up;

use std::collections::{BTreeMap, BTreeSet};

use classify::{ClickAttributes, ClickEnricher};
use link_core::clicks::batch::{CacheTier, Click, ClickBatch, OrphanVisits};
use link_core::clicks::calendar::MINUTES_KEPT_DAYS;
use link_core::clicks::roll_up::ALL_LINKS;
use link_core::redirect::referrer;
use link_core::time::UnixMillis;
use sha2::{Digest, Sha256};
use thiserror::Error;
use time::{Date, Duration};
use uuid::Uuid;

use self::roll_up::{CountedClick, RollUp};

/// Identifies a batch permanently. Batches are written in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchKey {
    pub day: Date,
    pub producer: Uuid,
    pub batch: u32,
}

/// Marks which batch counts a visitor: 64 bits of a hash of the batch's producer and number, enough to tell the batches of a day
/// apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct VisitorClaim(pub i64);

impl BatchKey {
    pub fn claim(self) -> VisitorClaim {
        let hash =
            Sha256::new().chain_update(self.producer).chain_update(self.batch.to_be_bytes()).finalize();
        let first = hash.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        VisitorClaim(first.cast_signed())
    }
}

/// A batch whose numbers fit the columns of the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorableBatch {
    pub key: BatchKey,
    pub produced: i64,
    /// The number of `clicks`.
    pub count: i32,
    /// The producer is an import.
    pub is_imported: bool,
    pub clicks: Vec<Click>,
    pub dropped: Vec<DroppedRow>,
    pub orphan_visits: OrphanVisits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnstorableBatch {
    #[error("a producer's total of {0} exceeds a 64-bit count")]
    Total(u64),
    #[error("{0} clicks are more than a batch can hold")]
    Count(usize),
    #[error("a click's time of {0} ms is out of range")]
    Time(i64),
}

/// A producer's declaration that it dropped a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DroppedRow {
    pub producer: Uuid,
    pub batch: u32,
    pub clicks: u32,
    pub reason: &'static str,
    pub declared_day: Date,
    pub declared_in: u32,
}

/// A batch that went to the dead-letter queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadBatch {
    pub producer: Uuid,
    pub batch: u32,
    pub clicks: u32,
    /// The producer's total, if the message has it.
    pub produced: Option<i64>,
}

/// A visitor of a link, or of all links together, on a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct VisitorKey {
    pub day: Date,
    pub link: Uuid,
    pub visitor: Uuid,
}

impl DroppedRow {
    fn declared_in(&self) -> BatchKey {
        BatchKey { day: self.declared_day, producer: self.producer, batch: self.declared_in }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickRow<'a> {
    pub batch: BatchKey,
    claim: VisitorClaim,
    /// In the batch, from 0.
    pub position: i32,
    pub click: &'a Click,
    pub attributes: ClickAttributes,
    /// Whether this click counts the visitor; set by [`Plan::count_visitors`].
    pub new_to_link: bool,
    pub new_to_all: bool,
}

impl ClickRow<'_> {
    fn visitor(&self, link: Uuid) -> Option<VisitorKey> {
        let visitor = self.click.visitor?.0;
        Some(VisitorKey { day: self.click.time.day(), link, visitor })
    }

    fn counted(&self, new_visitor: bool) -> CountedClick<'_> {
        // An import's day is the one on which it began. Of older visits the maintenance would delete the minutes within the hour.
        let first_day = self.batch.day.saturating_sub(Duration::days(MINUTES_KEPT_DAYS.into()));
        let by_minute = self.click.tier != CacheTier::Imported || self.click.time.day() >= first_day;
        CountedClick { click: self.click, attributes: &self.attributes, new_visitor, by_minute }
    }
}

/// The rows and sums to write.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan<'a> {
    pub clicks: Vec<ClickRow<'a>>,
    dropped: Vec<DroppedRow>,
    orphan_visits: Vec<(BatchKey, &'a OrphanVisits)>,
}

impl TryFrom<ClickBatch> for StorableBatch {
    type Error = UnstorableBatch;

    fn try_from(ClickBatch { head, mut clicks }: ClickBatch) -> Result<Self, UnstorableBatch> {
        // `UnixMillis` maps a time out of range to the epoch; a click must not be stored under 1970.
        if let Some(click) =
            clicks.iter().find(|click| UnixMillis::from(click.time.date_time()) != click.time)
        {
            return Err(UnstorableBatch::Time(click.time.0));
        }
        // Producers of older releases send full referrers.
        for click in &mut clicks {
            click.referrer = click.referrer.as_deref().and_then(referrer::without_secrets);
        }
        let key = BatchKey { day: head.day, producer: head.producer.0, batch: head.batch };
        let dropped = head.dropped.iter().map(|dropped| DroppedRow {
            producer: key.producer,
            batch: dropped.batch,
            clicks: dropped.clicks,
            reason: dropped.reason.as_str(),
            declared_day: key.day,
            declared_in: key.batch,
        });
        Ok(Self {
            produced: i64::try_from(head.produced).map_err(|_| UnstorableBatch::Total(head.produced))?,
            count: i32::try_from(clicks.len()).map_err(|_| UnstorableBatch::Count(clicks.len()))?,
            is_imported: clicks.iter().any(|click| click.tier == CacheTier::Imported),
            dropped: dropped.collect(),
            orphan_visits: head.orphan_visits,
            key,
            clicks,
        })
    }
}

/// Each batch once, in the order of writing. A sealed batch never changes, so either copy of a duplicate will do.
pub fn distinct<'a>(
    batches: impl IntoIterator<Item = &'a StorableBatch>,
) -> BTreeMap<BatchKey, &'a StorableBatch> {
    batches.into_iter().map(|batch| (batch.key, batch)).collect()
}

impl<'a> Plan<'a> {
    pub fn of(batches: impl IntoIterator<Item = &'a StorableBatch>, enricher: &ClickEnricher) -> Self {
        let mut plan = Self::default();
        for batch in batches {
            let (key, claim) = (batch.key, batch.key.claim());
            for (position, click) in (0..).zip(&batch.clicks) {
                let attributes = enricher.enrich(click);
                let (new_to_link, new_to_all) = (false, false);
                let row =
                    ClickRow { batch: key, claim, position, click, attributes, new_to_link, new_to_all };
                plan.clicks.push(row);
            }
            plan.dropped.extend(&batch.dropped);
            if !batch.orphan_visits.is_empty() {
                plan.orphan_visits.push((key, &batch.orphan_visits));
            }
        }
        // By time, so that a visitor's first click counts.
        plan.clicks.sort_by_key(|row| row.click.time);
        plan
    }

    /// Drops everything that belongs to other batches.
    pub fn keep(&mut self, batches: &BTreeSet<BatchKey>) {
        self.clicks.retain(|row| batches.contains(&row.batch));
        self.dropped.retain(|row| batches.contains(&row.declared_in()));
        self.orphan_visits.retain(|(batch, _)| batches.contains(batch));
    }

    /// Each dropped batch once, however many batches declare it: the table has one row per dropped batch.
    pub fn dropped(&self) -> Vec<DroppedRow> {
        let mut dropped = self.dropped.clone();
        dropped.sort_by_key(|row| (row.producer, row.batch));
        dropped.dedup_by_key(|row| (row.producer, row.batch));
        dropped
    }

    /// Each possible visitor once, in the order of writing, with the claim of the batch that has their first click.
    pub fn claims(&self) -> BTreeMap<VisitorKey, VisitorClaim> {
        let mut claims = BTreeMap::new();
        for row in &self.clicks {
            for visitor in [row.visitor(row.click.link.0), row.visitor(ALL_LINKS)].into_iter().flatten() {
                claims.entry(visitor).or_insert(row.claim);
            }
        }
        claims
    }

    /// `claimed` says which batch counts each visitor of [`Plan::claims`]. A visitor claimed by a batch outside this plan is not
    /// counted here.
    pub fn count_visitors(&mut self, mut claimed: BTreeMap<VisitorKey, VisitorClaim>) {
        for row in &mut self.clicks {
            let claim = row.claim;
            let mut counts = |visitor: Option<VisitorKey>| {
                visitor.is_some_and(|visitor| {
                    let is_first = claimed.get(&visitor) == Some(&claim);
                    is_first && claimed.remove(&visitor).is_some()
                })
            };
            row.new_to_link = counts(row.visitor(row.click.link.0));
            row.new_to_all = counts(row.visitor(ALL_LINKS));
        }
    }

    pub fn roll_up_by_link(&self) -> RollUp {
        let mut sums = RollUp::default();
        for row in &self.clicks {
            sums.add(row.click.link.0, row.counted(row.new_to_link), 1);
        }
        sums
    }

    pub fn roll_up_all_links(&self) -> RollUp {
        let mut sums = RollUp::default();
        for row in &self.clicks {
            sums.add(ALL_LINKS, row.counted(row.new_to_all), 1);
        }
        for (batch, orphan_visits) in &self.orphan_visits {
            sums.add_orphan_visits(batch.day, &orphan_visits.names, orphan_visits.others);
        }
        sums
    }
}

#[cfg(test)]
mod tests;

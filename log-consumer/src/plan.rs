//! From batches to the rows and sums that are written for them, in the order in which they are written. Pure; does
//! not know which batches are new.

use std::collections::{BTreeMap, BTreeSet};

use classify::{ClickAttributes, ClickReader};
use link_core::click_batch::{Click, ClickBatch, OrphanVisits};
use link_core::referrer;
use link_core::roll_up::ALL_LINKS;
use link_core::time::UnixMillis;
use sha2::{Digest, Sha256};
use thiserror::Error;
use time::Date;
use uuid::Uuid;

use crate::rollup::{Counted, RollUp};

/// A batch's name for ever. Its order is the one in which batches are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchKey {
    pub day: Date,
    pub producer: Uuid,
    pub batch: u32,
}

/// What a batch signs the visitors with that it is the first to bring: 64 bits of a hash of its name, which is enough to tell
/// the batches of a day apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim(pub i64);

impl BatchKey {
    pub fn claim(self) -> Claim {
        let hash =
            Sha256::new().chain_update(self.producer).chain_update(self.batch.to_be_bytes()).finalize();
        let first = hash.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        Claim(first.cast_signed())
    }
}

/// A batch whose numbers all fit the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorableBatch {
    pub key: BatchKey,
    pub produced: i64,
    /// How many `clicks` there are.
    pub count: i32,
    pub clicks: Vec<Click>,
    pub dropped: Vec<DroppedRow>,
    pub orphans: OrphanVisits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unstorable {
    #[error("a producer's total of {0} is beyond what can be counted")]
    Total(u64),
    #[error("{0} clicks are more than a batch can hold")]
    Count(usize),
    #[error("a click's time of {0} ms is not a time")]
    Time(i64),
}

/// A declaration that a batch was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DroppedRow {
    pub producer: Uuid,
    pub batch: u32,
    pub clicks: u32,
    pub reason: &'static str,
    pub declared_day: Date,
    pub declared_in: u32,
}

/// A visitor on a link, or on any link, on a UTC day.
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
    claim: Claim,
    /// In the batch, from 0.
    pub position: i32,
    pub click: &'a Click,
    pub attributes: ClickAttributes,
    /// Whether the visitor counts here; set by [`Plan::count_visitors`].
    pub new_to_link: bool,
    pub new_to_all: bool,
}

impl ClickRow<'_> {
    fn visitor(&self, link: Uuid) -> Option<VisitorKey> {
        let visitor = self.click.visitor?.0;
        Some(VisitorKey { day: self.click.time.day(), link, visitor })
    }
}

/// What is written for batches.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan<'a> {
    pub clicks: Vec<ClickRow<'a>>,
    dropped: Vec<DroppedRow>,
    orphans: Vec<(BatchKey, &'a OrphanVisits)>,
}

impl TryFrom<ClickBatch> for StorableBatch {
    type Error = Unstorable;

    fn try_from(ClickBatch { head, mut clicks }: ClickBatch) -> Result<Self, Unstorable> {
        // `UnixMillis` turns what is no time into the epoch; a click must not be filed under 1970.
        if let Some(click) =
            clicks.iter().find(|click| UnixMillis::from(click.time.date_time()) != click.time)
        {
            return Err(Unstorable::Time(click.time.0));
        }
        // A producer of an older release sent referrers whole.
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
            produced: i64::try_from(head.produced).map_err(|_| Unstorable::Total(head.produced))?,
            count: i32::try_from(clicks.len()).map_err(|_| Unstorable::Count(clicks.len()))?,
            dropped: dropped.collect(),
            orphans: head.orphan_visits,
            key,
            clicks,
        })
    }
}

/// Each batch once, in the order of writing. A sealed batch never changes, so of two with one name either will do.
pub fn distinct<'a>(
    batches: impl IntoIterator<Item = &'a StorableBatch>,
) -> BTreeMap<BatchKey, &'a StorableBatch> {
    batches.into_iter().map(|batch| (batch.key, batch)).collect()
}

impl<'a> Plan<'a> {
    pub fn of(batches: impl IntoIterator<Item = &'a StorableBatch>, reader: &ClickReader) -> Self {
        let mut plan = Self::default();
        for batch in batches {
            let (key, claim) = (batch.key, batch.key.claim());
            for (position, click) in (0..).zip(&batch.clicks) {
                let attributes = reader.read(click);
                let (new_to_link, new_to_all) = (false, false);
                let row =
                    ClickRow { batch: key, claim, position, click, attributes, new_to_link, new_to_all };
                plan.clicks.push(row);
            }
            plan.dropped.extend(&batch.dropped);
            if !batch.orphans.is_empty() {
                plan.orphans.push((key, &batch.orphans));
            }
        }
        // By time, so that of one visitor's clicks the first one counts.
        plan.clicks.sort_by_key(|row| row.click.time);
        plan
    }

    /// Leaves what is written for these batches.
    pub fn keep(&mut self, batches: &BTreeSet<BatchKey>) {
        self.clicks.retain(|row| batches.contains(&row.batch));
        self.dropped.retain(|row| batches.contains(&row.declared_in()));
        self.orphans.retain(|(batch, _)| batches.contains(batch));
    }

    /// Each batch that was given up once, however many declare it: the table takes only one row of a name.
    pub fn dropped(&self) -> Vec<DroppedRow> {
        let mut dropped = self.dropped.clone();
        dropped.sort_by_key(|row| (row.producer, row.batch));
        dropped.dedup_by_key(|row| (row.producer, row.batch));
        dropped
    }

    /// Everyone who may count as a visitor, each once, in the order of writing, and the batch with the first of his clicks.
    pub fn claims(&self) -> BTreeMap<VisitorKey, Claim> {
        let mut claims = BTreeMap::new();
        for row in &self.clicks {
            for visitor in [row.visitor(row.click.link.0), row.visitor(ALL_LINKS)].into_iter().flatten() {
                claims.entry(visitor).or_insert(row.claim);
            }
        }
        claims
    }

    /// `claimed` tells of [`Plan::claims`] who counts with which batch; a batch that is not here has counted him already, or
    /// will.
    pub fn count_visitors(&mut self, mut claimed: BTreeMap<VisitorKey, Claim>) {
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

    pub fn by_link(&self) -> RollUp {
        let mut sums = RollUp::default();
        for row in &self.clicks {
            let counted =
                Counted { click: row.click, attributes: &row.attributes, new_visitor: row.new_to_link };
            sums.add(row.click.link.0, counted, 1);
        }
        sums
    }

    pub fn of_all_links(&self) -> RollUp {
        let mut sums = RollUp::default();
        for row in &self.clicks {
            let counted =
                Counted { click: row.click, attributes: &row.attributes, new_visitor: row.new_to_all };
            sums.add(ALL_LINKS, counted, 1);
        }
        for (batch, orphans) in &self.orphans {
            sums.add_orphans(batch.day, &orphans.names, orphans.others);
        }
        sums
    }
}

#[cfg(test)]
mod tests;

//! From batches to the rows and sums that are written for them, in the order in which they are written. Pure; does
//! not know which batches are new.

use std::collections::BTreeMap;

use link_core::click_batch::{Click, ClickBatch};
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use thiserror::Error;
use time::Date;
use uuid::Uuid;

const BUCKET_MILLIS: i64 = 15 * 60 * 1_000;

/// A batch's name for ever. Its order is the one in which batches are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchKey {
    pub day: Date,
    pub producer: Uuid,
    pub batch: u32,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickRow<'a> {
    pub producer: Uuid,
    pub batch: u32,
    /// In the batch, from 0.
    pub position: i32,
    pub click: &'a Click,
}

/// What is written for new batches.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan<'a> {
    pub clicks: Vec<ClickRow<'a>>,
    pub dropped: Vec<DroppedRow>,
    /// Clicks of a link from a bucket's start on, in the order in which the rows must be written: two consumers that
    /// add to the same rows in the same order never wait for each other in a circle.
    pub link_clicks: BTreeMap<(LinkId, UnixMillis), i64>,
}

impl TryFrom<ClickBatch> for StorableBatch {
    type Error = Unstorable;

    fn try_from(ClickBatch { head, clicks }: ClickBatch) -> Result<Self, Unstorable> {
        // `UnixMillis` turns what is no time into the epoch; a click must not be filed under 1970.
        if let Some(click) =
            clicks.iter().find(|click| UnixMillis::from(click.time.date_time()) != click.time)
        {
            return Err(Unstorable::Time(click.time.0));
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
    pub fn of(batches: impl IntoIterator<Item = &'a StorableBatch>) -> Self {
        let mut plan = Self::default();
        for batch in batches {
            let BatchKey { producer, batch: number, .. } = batch.key;
            for (position, click) in (0..).zip(&batch.clicks) {
                plan.clicks.push(ClickRow { producer, batch: number, position, click });
                *plan.link_clicks.entry((click.link, bucket(click.time))).or_default() += 1;
            }
            plan.dropped.extend(&batch.dropped);
        }
        plan.dropped.sort_by_key(|row| (row.producer, row.batch));
        // The table takes only one row of a name.
        plan.dropped.dedup_by_key(|row| (row.producer, row.batch));
        plan
    }
}

fn bucket(time: UnixMillis) -> UnixMillis {
    UnixMillis(time.0.div_euclid(BUCKET_MILLIS) * BUCKET_MILLIS)
}

#[cfg(test)]
mod tests;

//! From batches to the rows and sums that are written for them, in the order in which they are written. Pure; does
//! not know which batches are new.

use std::collections::{BTreeMap, BTreeSet};

use link_core::click_batch::{Click, ClickBatch, Orphans};
use link_core::roll_up::ALL_LINKS;
use link_core::time::UnixMillis;
use thiserror::Error;
use time::Date;
use uuid::Uuid;

use crate::facts::{Agents, Facts};
use crate::rollup::{Counted, RollUp};

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
    pub orphans: Orphans,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickRow<'a> {
    pub producer: Uuid,
    pub batch: u32,
    /// In the batch, from 0.
    pub position: i32,
    pub click: &'a Click,
    pub facts: Facts,
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

/// What is written for new batches.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan<'a> {
    pub clicks: Vec<ClickRow<'a>>,
    pub dropped: Vec<DroppedRow>,
    orphans: Vec<(Date, &'a Orphans)>,
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
            orphans: head.orphans,
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
    pub fn of(batches: impl IntoIterator<Item = &'a StorableBatch>, agents: &Agents) -> Self {
        let mut plan = Self::default();
        for batch in batches {
            let BatchKey { producer, batch: number, day } = batch.key;
            for (position, click) in (0..).zip(&batch.clicks) {
                let facts = Facts::of(click, agents);
                let (new_to_link, new_to_all) = (false, false);
                let row =
                    ClickRow { producer, batch: number, position, click, facts, new_to_link, new_to_all };
                plan.clicks.push(row);
            }
            plan.dropped.extend(&batch.dropped);
            if !batch.orphans.is_empty() {
                plan.orphans.push((day, &batch.orphans));
            }
        }
        plan.dropped.sort_by_key(|row| (row.producer, row.batch));
        // The table takes only one row of a name.
        plan.dropped.dedup_by_key(|row| (row.producer, row.batch));
        // By time, so that of one visitor's clicks the first one counts.
        plan.clicks.sort_by_key(|row| row.click.time);
        plan
    }

    /// Everyone who may count as a visitor, each once, in the order of writing.
    pub fn visitors(&self) -> BTreeSet<VisitorKey> {
        let both = |row: &ClickRow<'_>| [row.visitor(row.click.link.0), row.visitor(ALL_LINKS)];
        self.clicks.iter().flat_map(both).flatten().collect()
    }

    /// `new` are those of [`Plan::visitors`] who were not seen before.
    pub fn count_visitors(&mut self, mut new: BTreeSet<VisitorKey>) {
        for row in &mut self.clicks {
            row.new_to_link = row.visitor(row.click.link.0).is_some_and(|visitor| new.remove(&visitor));
            row.new_to_all = row.visitor(ALL_LINKS).is_some_and(|visitor| new.remove(&visitor));
        }
    }

    pub fn by_link(&self) -> RollUp {
        let mut sums = RollUp::default();
        for row in &self.clicks {
            let counted = Counted { click: row.click, facts: &row.facts, new_visitor: row.new_to_link };
            sums.add(row.click.link.0, counted, 1);
        }
        sums
    }

    pub fn of_all_links(&self) -> RollUp {
        let mut sums = RollUp::default();
        for row in &self.clicks {
            let counted = Counted { click: row.click, facts: &row.facts, new_visitor: row.new_to_all };
            sums.add(ALL_LINKS, counted, 1);
        }
        for (day, orphans) in &self.orphans {
            sums.add_orphans(*day, &orphans.names, orphans.others);
        }
        sums
    }
}

#[cfg(test)]
mod tests;

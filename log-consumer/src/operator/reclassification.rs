//! Reclassifies all stored clicks that older rules classified, one block range of a partition at a time. An interrupted run keeps its
//! progress: the next one continues with the remaining clicks and writes all totals to the links database. Safe to run beside
//! consumers and beside another run.

use std::time::Duration;

use anyhow::{Context, Result};
use classify::ClickEnricher;
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::Config;
use crate::store::{BlockRange, Links, Partition, ReclassificationTally, Store};

/// Blocks of 8 KB: some three thousand clicks, whose links' rows are locked for a fraction of a second.
const BLOCKS_PER_TRANSACTION: i64 = 128;
/// The time limit of one range. Consumers hold a link's row for far less.
const RANGE_TIMEOUT: Duration = Duration::from_secs(60);
/// Totals written per statement.
const TOTALS_PER_STATEMENT: i64 = 5_000;

#[derive(Debug)]
pub struct Reclassification {
    store: Store,
    links: Links,
    enricher: ClickEnricher,
    /// Clicks of lower rule versions are reclassified.
    rule: i16,
    pub dry_run: bool,
}

impl Reclassification {
    pub fn new(store: Store, links: Links, rule: i16, dry_run: bool) -> Self {
        Self { store, links, enricher: ClickEnricher::default(), rule, dry_run }
    }

    pub fn open(config: Config, rule: i16, dry_run: bool) -> Self {
        let store = Store::connect_lazily(config.analytics_database, config.raw_click_days);
        Self::new(store, Links::connect_lazily(config.links_database), rule, dry_run)
    }

    /// Calls `progress` after each partition with its tally.
    pub async fn run(
        &self,
        mut progress: impl FnMut(&Partition, &ReclassificationTally),
    ) -> Result<ReclassificationTally> {
        let partitions =
            self.store.click_partitions(deadline()).await.context("cannot list the partitions of clicks")?;
        let mut total = ReclassificationTally::default();
        for partition in &partitions {
            let mut tally = ReclassificationTally::default();
            let mut from_block = 0;
            while from_block < partition.blocks {
                let to_block = from_block + BLOCKS_PER_TRANSACTION;
                let done = self.reclassify_range(partition, from_block, to_block).await?;
                tally.add(&done);
                total.add(&done);
                from_block = to_block;
            }
            progress(partition, &tally);
        }
        if !self.dry_run {
            self.correct_totals().await?;
        }
        Ok(total)
    }

    /// Covers all links, so that it includes those of a run that was interrupted before this point. The totals are absolute, so it may
    /// be repeated.
    async fn correct_totals(&self) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            let totals = self.store.totals_after(after, TOTALS_PER_STATEMENT, deadline()).await;
            let totals = totals.context("cannot read the totals of links")?;
            let Some(last) = totals.last() else { return Ok(()) };
            after = last.link_id;
            let corrected = self.links.correct_totals(&totals, deadline()).await;
            corrected.context("clicks are reclassified, but lists still show old totals: run this again")?;
        }
    }

    async fn reclassify_range(
        &self,
        partition: &Partition,
        from_block: i64,
        to_block: i64,
    ) -> Result<ReclassificationTally> {
        let range = BlockRange { partition, from_block, to_block, rule: self.rule };
        let done = self.store.reclassify(range, &self.enricher, self.dry_run, deadline()).await;
        done.with_context(|| format!("{} from block {from_block} on", partition.name))
    }
}

fn deadline() -> Instant {
    Instant::now() + RANGE_TIMEOUT
}

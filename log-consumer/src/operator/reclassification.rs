//! History read again by the rules of now, a stretch of a partition at a time. Whenever it ends, what is done is done: the
//! next run goes on with what older rules have read, and tells the links database all totals. Safe beside consumers, and
//! beside another run.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use classify::ClickReader;
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::Config;
use crate::store::{Links, Partition, Reclassified, Store, Stretch};

/// Of 8 KB: some three thousand clicks, whose links' rows are locked for a fraction of a second.
const BLOCKS_AT_ONCE: i64 = 128;
/// For one stretch; consumers that hold a link's row take far less.
const STRETCH_TIME: Duration = Duration::from_secs(60);
/// Totals that are told at once.
const TOTALS_AT_ONCE: i64 = 5_000;

#[derive(Debug)]
pub struct Reclassification {
    store: Store,
    links: Links,
    reader: ClickReader,
    /// Clicks that older ones have read are meant.
    rule: i16,
    pub dry_run: bool,
}

/// Of a run so far.
#[derive(Debug, Default)]
pub struct Tally {
    pub clicks: usize,
    pub changed: usize,
    pub classes: BTreeMap<(String, &'static str), usize>,
}

impl Tally {
    fn add(&mut self, done: &Reclassified) {
        self.clicks += done.clicks;
        self.changed += done.changed;
        for (classes, clicks) in &done.classes {
            *self.classes.entry(classes.clone()).or_default() += clicks;
        }
    }
}

impl Reclassification {
    pub fn new(store: Store, links: Links, rule: i16, dry_run: bool) -> Self {
        Self { store, links, reader: ClickReader::default(), rule, dry_run }
    }

    pub fn open(config: Config, rule: i16, dry_run: bool) -> Self {
        let store = Store::connect_lazily(config.analytics_database);
        Self::new(store, Links::connect_lazily(config.links_database), rule, dry_run)
    }

    /// Tells `progress` of each partition with what there is of it, after it.
    pub async fn run(&self, mut progress: impl FnMut(&Partition, &Tally)) -> Result<Tally> {
        let partitions = self.store.click_partitions(deadline()).await.context("the partitions of clicks")?;
        let mut whole = Tally::default();
        for partition in &partitions {
            let mut tally = Tally::default();
            let mut from_block = 0;
            while from_block < partition.blocks {
                let to_block = from_block + BLOCKS_AT_ONCE;
                let done = self.stretch(partition, from_block, to_block).await?;
                tally.add(&done);
                whole.add(&done);
                from_block = to_block;
            }
            progress(partition, &tally);
        }
        if !self.dry_run {
            self.tell_totals().await?;
        }
        Ok(whole)
    }

    /// Of all links, those that a run corrected that did not get here among them. Absolute, so that it may be done again.
    async fn tell_totals(&self) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            let totals = self.store.totals_after(after, TOTALS_AT_ONCE, deadline()).await;
            let totals = totals.context("the totals of links")?;
            let Some(last) = totals.last() else { return Ok(()) };
            after = last.link_id;
            let told = self.links.correct_totals(&totals, deadline()).await;
            told.context("clicks are read again, but lists show old totals: run this once more")?;
        }
    }

    async fn stretch(&self, partition: &Partition, from_block: i64, to_block: i64) -> Result<Reclassified> {
        let stretch = Stretch { partition, from_block, to_block, rule: self.rule };
        let done = self.store.reclassify(stretch, &self.reader, self.dry_run, deadline()).await;
        done.with_context(|| format!("{} from block {from_block} on", partition.name))
    }
}

fn deadline() -> Instant {
    Instant::now() + STRETCH_TIME
}

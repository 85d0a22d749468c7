//! Generates clicks from a seed: batches of many producers and their outcomes on the way to the consumer. Batches are
//! generated on demand, so that ten million clicks need no memory.

mod clicks;

use link_core::clicks::batch::{
    BatchHead, Click, DropReason, DroppedBatch, OrphanName, OrphanVisits, Producer, VERSION, seal,
};
use link_core::time::UnixMillis;
use local_stack::QueueMessage;
use uuid::Uuid;

use crate::random::Random;
use clicks::ClickGenerator;
pub(crate) use clicks::ExpectedAttributes;

/// The edge's limit.
pub(crate) const MAX_CLICKS_PER_BATCH: usize = 100;
/// Batches per producer, during the life of an isolate.
pub(crate) const BATCHES_PER_PRODUCER: usize = 200;
const MAX_DELIVERIES: usize = 5;
/// The longest time between the first and last click of a batch.
const BATCH_MILLIS: i64 = 500;
const ORPHAN_NAMES: usize = 40;

/// What happens to a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BatchOutcome {
    Stored,
    /// Declared dropped, but arrives later.
    Late,
    /// Declared dropped and never arrives.
    Dropped,
    /// Lost without a declaration.
    Missing,
    /// Arrives with an unreadable body.
    Unreadable,
}

impl BatchOutcome {
    fn of(draw: usize) -> Self {
        match draw {
            0..2 => Self::Late,
            2..4 => Self::Dropped,
            4..5 => Self::Missing,
            5..6 => Self::Unreadable,
            _ => Self::Stored,
        }
    }

    pub(crate) fn is_stored(self) -> bool {
        matches!(self, Self::Stored | Self::Late)
    }

    pub(crate) fn is_declared(self) -> bool {
        matches!(self, Self::Late | Self::Dropped)
    }

    fn arrives(self) -> bool {
        self.is_stored() || self == Self::Unreadable
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlannedBatch {
    pub(crate) producer: Producer,
    pub(crate) number: u32,
    pub(crate) clicks: u32,
    /// Clicks of the producer up to and including this batch.
    pub(crate) produced: u64,
    pub(crate) outcome: BatchOutcome,
    pub(crate) deliveries: usize,
}

/// A batch with its clicks and their expected attributes.
#[derive(Debug)]
pub(crate) struct GeneratedBatch {
    pub(crate) head: BatchHead,
    pub(crate) clicks: Vec<(Click, ExpectedAttributes)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct TrafficShape {
    pub(crate) clicks: usize,
    pub(crate) links: usize,
    pub(crate) seed: u64,
    /// Whether batches have outcomes and are delivered more than once; otherwise each is full and stored on first
    /// delivery.
    pub(crate) faults: bool,
    /// The time span of the clicks.
    pub(crate) span_millis: i64,
}

#[derive(Debug)]
pub(crate) struct Traffic {
    shape: TrafficShape,
    generator: ClickGenerator,
    batches: Vec<PlannedBatch>,
    /// All clicks are before this time.
    until: UnixMillis,
}

impl Traffic {
    pub(crate) fn new(shape: TrafficShape, until: UnixMillis) -> Self {
        let visitors = shape.clicks / 8 + 1;
        Self { shape, generator: ClickGenerator::new(shape.links, visitors), batches: plan(shape), until }
    }

    pub(crate) fn batches(&self) -> &[PlannedBatch] {
        &self.batches
    }

    /// Every delivery of every batch, by batch index, in order.
    pub(crate) fn deliveries(&self) -> Vec<usize> {
        let arriving = self.batches.iter().enumerate().filter(|(_, planned)| planned.outcome.arrives());
        let mut deliveries: Vec<usize> =
            arriving.flat_map(|(index, planned)| std::iter::repeat_n(index, planned.deliveries)).collect();
        if self.shape.faults {
            Random::of(self.shape.seed, u64::MAX).shuffle(&mut deliveries);
        }
        deliveries
    }

    pub(crate) fn batch(&self, index: usize) -> Option<GeneratedBatch> {
        let planned = self.batches.get(index)?;
        let mut random = Random::of(self.shape.seed, u64::try_from(index).unwrap_or(0));
        let first = self.start_of(index);
        let clicks: Vec<_> = (0..planned.clicks)
            .map(|number| {
                let time = first.plus_millis(i64::from(number) * BATCH_MILLIS / i64::from(planned.clicks));
                self.generator.generate(time, &mut random)
            })
            .collect();
        let head = BatchHead {
            version: VERSION,
            day: first.day(),
            producer: planned.producer,
            batch: planned.number,
            produced: planned.produced,
            dropped: self.drops_declared_in(index),
            orphan_visits: orphan_visits(&mut random),
        };
        Some(GeneratedBatch { head, clicks })
    }

    /// The start of a batch; batches are spread evenly.
    fn start_of(&self, index: usize) -> UnixMillis {
        let (index, all) =
            (i64::try_from(index).unwrap_or(0), i64::try_from(self.batches.len()).unwrap_or(1));
        let since_the_first = self.shape.span_millis / all.max(1) * index;
        self.until.plus_millis(since_the_first - self.shape.span_millis - BATCH_MILLIS)
    }

    pub(crate) fn message(&self, index: usize) -> Option<QueueMessage> {
        let planned = self.batches.get(index)?;
        let PlannedBatch { producer, number, clicks, produced, .. } = *planned;
        let body = if planned.outcome == BatchOutcome::Unreadable {
            format!("{{\"version\": \"?\", \"batch\": {number}}}")
        } else {
            let batch = self.batch(index)?;
            let encoded: Vec<String> = batch.clicks.iter().map(|(click, _)| click.encode()).collect();
            seal(&batch.head, &encoded.join(","))
        };
        Some(QueueMessage { producer: producer.to_string(), batch: number, clicks, produced, body })
    }

    /// The batches dropped since the last batch that declared drops.
    fn drops_declared_in(&self, index: usize) -> Vec<DroppedBatch> {
        let Some((planned, before)) =
            self.batches.get(..=index).and_then(|until_here| until_here.split_last())
        else {
            return Vec::new();
        };
        if planned.outcome != BatchOutcome::Stored {
            return Vec::new();
        }
        let since = before.iter().rev().take_while(|earlier| {
            earlier.producer == planned.producer && earlier.outcome != BatchOutcome::Stored
        });
        let declared = since.filter(|earlier| earlier.outcome.is_declared());
        let drop = |earlier: &PlannedBatch| DroppedBatch {
            batch: earlier.number,
            clicks: earlier.clicks,
            reason: drop_reason(earlier.number),
        };
        declared.map(drop).collect()
    }
}

/// Sizes and order of a click feed's deliveries.
pub(crate) fn pick_below(seed: u64) -> impl FnMut(usize) -> usize + Send + 'static {
    let mut random = Random::of(seed, 0x6665_6564);
    move |bound| random.below(bound)
}

pub(crate) fn drop_reason(number: u32) -> DropReason {
    match number % 3 {
        0 => DropReason::QueueUnavailable,
        1 => DropReason::QueueRefused,
        _ => DropReason::BufferFull,
    }
}

fn plan(shape: TrafficShape) -> Vec<PlannedBatch> {
    let mut random = Random::of(shape.seed, 0x706c_616e);
    let mut batches: Vec<PlannedBatch> = Vec::new();
    let mut left = shape.clicks;
    let mut producer = Producer(Uuid::nil());
    let (mut number, mut produced) = (0, 0);
    while left > 0 {
        if batches.len().is_multiple_of(BATCHES_PER_PRODUCER) {
            store_last(&mut batches);
            producer = Producer(Uuid::from_u64_pair(random.next(), random.next()));
            (number, produced) = (0, 0);
        }
        let clicks = if shape.faults { 1 + random.below(MAX_CLICKS_PER_BATCH) } else { MAX_CLICKS_PER_BATCH }
            .min(left);
        left -= clicks;
        number += 1;
        let clicks = u32::try_from(clicks).unwrap_or(0);
        produced += u64::from(clicks);
        let (outcome, deliveries) = if shape.faults {
            (BatchOutcome::of(random.below(100)), 1 + random.below(MAX_DELIVERIES))
        } else {
            (BatchOutcome::Stored, 1)
        };
        batches.push(PlannedBatch { producer, number, clicks, produced, outcome, deliveries });
    }
    store_last(&mut batches);
    batches
}

/// Makes a producer's last batch arrive, so that its total is known and all its drops are declared.
fn store_last(batches: &mut [PlannedBatch]) {
    if let Some(last) = batches.last_mut() {
        last.outcome = BatchOutcome::Stored;
    }
}

fn orphan_visits(random: &mut Random) -> OrphanVisits {
    if !random.one_in(10) {
        return OrphanVisits::default();
    }
    let name = format!("go.example.com/misprint-{}", random.below(ORPHAN_NAMES));
    let visits = 1 + u32::try_from(random.below(9)).unwrap_or(0);
    OrphanVisits {
        names: vec![OrphanName { name, visits }],
        others: u32::try_from(random.below(3)).unwrap_or(0),
    }
}

//! Generated clicks: batches of many producers, and what becomes of each on its way to the consumer. All of it follows from
//! a seed, and a batch is made when it is needed: ten million clicks are not kept anywhere.

mod clicks;
mod random;

use link_core::click_batch::{
    BatchHead, Click, DropReason, DroppedBatch, OrphanName, OrphanVisits, Producer, VERSION, seal,
};
use link_core::time::UnixMillis;
use uuid::Uuid;

use clicks::ClickSource;
pub(crate) use clicks::Reading;
pub(crate) use random::Random;

/// As the edge seals them.
pub(crate) const MAX_CLICKS_A_BATCH: usize = 100;
/// Of one producer: an isolate's life.
pub(crate) const BATCHES_A_PRODUCER: usize = 200;
const MAX_DELIVERIES: usize = 5;
/// Between the first click of a batch and its last, at most.
const BATCH_MILLIS: i64 = 500;
const ORPHAN_NAMES: usize = 40;

/// What becomes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Stored,
    /// Declared dropped, and it arrives after all.
    Late,
    /// Declared, and it never arrives.
    Dropped,
    /// Nobody hears of it again.
    Missing,
    /// Arrives with a body that cannot be read.
    Unreadable,
}

impl Fate {
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
pub(crate) struct Planned {
    pub(crate) producer: Producer,
    pub(crate) number: u32,
    pub(crate) clicks: u32,
    /// By the producer so far.
    pub(crate) produced: u64,
    pub(crate) fate: Fate,
    pub(crate) deliveries: usize,
}

/// As it goes into the queue: the body, and what its attributes say.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) producer: Producer,
    pub(crate) batch: u32,
    pub(crate) clicks: u32,
    pub(crate) produced: u64,
    pub(crate) body: String,
}

/// A batch with all that its clicks say.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) head: BatchHead,
    pub(crate) clicks: Vec<(Click, Reading)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) clicks: usize,
    pub(crate) links: usize,
    pub(crate) seed: u64,
    /// Whether batches have fates and come more than once; otherwise each is full, and stored at once.
    pub(crate) faults: bool,
    /// How long the clicks took to be made.
    pub(crate) span_millis: i64,
}

#[derive(Debug)]
pub(crate) struct Traffic {
    shape: Shape,
    source: ClickSource,
    batches: Vec<Planned>,
    /// The last click lies before it.
    until: UnixMillis,
}

impl Traffic {
    pub(crate) fn new(shape: Shape, until: UnixMillis) -> Self {
        let visitors = shape.clicks / 8 + 1;
        Self { shape, source: ClickSource::new(shape.links, visitors), batches: plan(shape), until }
    }

    pub(crate) fn batches(&self) -> &[Planned] {
        &self.batches
    }

    /// Every delivery of every batch, by index, in the order in which they happen.
    pub(crate) fn deliveries(&self) -> Vec<usize> {
        let arriving = self.batches.iter().enumerate().filter(|(_, planned)| planned.fate.arrives());
        let mut deliveries: Vec<usize> =
            arriving.flat_map(|(index, planned)| std::iter::repeat_n(index, planned.deliveries)).collect();
        if self.shape.faults {
            Random::of(self.shape.seed, u64::MAX).shuffle(&mut deliveries);
        }
        deliveries
    }

    pub(crate) fn batch(&self, index: usize) -> Option<Batch> {
        let planned = self.batches.get(index)?;
        let mut random = Random::of(self.shape.seed, u64::try_from(index).unwrap_or(0));
        let first = self.began(index);
        let clicks: Vec<_> = (0..planned.clicks)
            .map(|number| {
                let time = first.plus_millis(i64::from(number) * BATCH_MILLIS / i64::from(planned.clicks));
                self.source.draw(time, &mut random)
            })
            .collect();
        let head = BatchHead {
            version: VERSION,
            day: first.day(),
            producer: planned.producer,
            batch: planned.number,
            produced: planned.produced,
            dropped: self.declared_in(index),
            orphan_visits: orphans(&mut random),
        };
        Some(Batch { head, clicks })
    }

    /// One batch after the other, spread evenly.
    fn began(&self, index: usize) -> UnixMillis {
        let (index, all) =
            (i64::try_from(index).unwrap_or(0), i64::try_from(self.batches.len()).unwrap_or(1));
        let since_the_first = self.shape.span_millis / all.max(1) * index;
        self.until.plus_millis(since_the_first - self.shape.span_millis - BATCH_MILLIS)
    }

    pub(crate) fn message(&self, index: usize) -> Option<Message> {
        let planned = self.batches.get(index)?;
        let Planned { producer, number, clicks, produced, .. } = *planned;
        let body = if planned.fate == Fate::Unreadable {
            format!("{{\"version\": \"?\", \"batch\": {number}}}")
        } else {
            let batch = self.batch(index)?;
            let encoded: Vec<String> = batch.clicks.iter().map(|(click, _)| click.encode()).collect();
            seal(&batch.head, &encoded.join(","))
        };
        Some(Message { producer, batch: number, clicks, produced, body })
    }

    /// What was given up since the last batch that could say so.
    fn declared_in(&self, index: usize) -> Vec<DroppedBatch> {
        let Some((planned, before)) =
            self.batches.get(..=index).and_then(|until_here| until_here.split_last())
        else {
            return Vec::new();
        };
        if planned.fate != Fate::Stored {
            return Vec::new();
        }
        let since = before
            .iter()
            .rev()
            .take_while(|earlier| earlier.producer == planned.producer && earlier.fate != Fate::Stored);
        let declared = since.filter(|earlier| earlier.fate.is_declared());
        let drop = |earlier: &Planned| DroppedBatch {
            batch: earlier.number,
            clicks: earlier.clicks,
            reason: reason(earlier.number),
        };
        declared.map(drop).collect()
    }
}

pub(crate) fn reason(number: u32) -> DropReason {
    match number % 3 {
        0 => DropReason::QueueUnavailable,
        1 => DropReason::QueueRefused,
        _ => DropReason::BufferFull,
    }
}

fn plan(shape: Shape) -> Vec<Planned> {
    let mut random = Random::of(shape.seed, 0x706c_616e);
    let mut batches: Vec<Planned> = Vec::new();
    let mut left = shape.clicks;
    let mut producer = Producer(Uuid::nil());
    let (mut number, mut produced) = (0, 0);
    while left > 0 {
        if batches.len().is_multiple_of(BATCHES_A_PRODUCER) {
            settle_last(&mut batches);
            producer = Producer(Uuid::from_u64_pair(random.next(), random.next()));
            (number, produced) = (0, 0);
        }
        let clicks =
            if shape.faults { 1 + random.below(MAX_CLICKS_A_BATCH) } else { MAX_CLICKS_A_BATCH }.min(left);
        left -= clicks;
        number += 1;
        let clicks = u32::try_from(clicks).unwrap_or(0);
        produced += u64::from(clicks);
        let (fate, deliveries) = if shape.faults {
            (Fate::of(random.below(100)), 1 + random.below(MAX_DELIVERIES))
        } else {
            (Fate::Stored, 1)
        };
        batches.push(Planned { producer, number, clicks, produced, fate, deliveries });
    }
    settle_last(&mut batches);
    batches
}

/// A producer's last batch arrives, so that its total is known and all its drops are declared.
fn settle_last(batches: &mut [Planned]) {
    if let Some(last) = batches.last_mut() {
        last.fate = Fate::Stored;
    }
}

fn orphans(random: &mut Random) -> OrphanVisits {
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

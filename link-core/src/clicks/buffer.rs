//! The click buffer of a producer (an isolate or an origin): seals clicks into batches with their click accounting.
//!
//! Pure: it neither sends nor waits. Invariants: a sealed batch never changes; every recorded click is in exactly one sealed batch,
//! or is declared dropped because the buffer was full; a batch that is given up is declared in the next sealed batch.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clicks::batch::{
    BatchHead, Click, DropReason, DroppedBatch, MAX_ORPHAN_NAME_CHARACTERS, MAX_ORPHAN_NAMES, OrphanName,
    OrphanVisits, Producer, VERSION, seal, truncated,
};
use crate::time::UnixMillis;
use crate::trace_context::TraceContext;

/// How long a click may wait in the buffer before its batch is sent.
pub const FLUSH: Duration = Duration::from_millis(FLUSH_MILLIS as u64);
const FLUSH_MILLIS: u32 = 500;
/// A message with this many clicks stays within one 64 KB chunk, the unit that SQS bills.
const MAX_CLICKS: u32 = 100;
/// SQS accepts 1 MiB (SQS quotas); a click is at most a few KB, so a batch sealed here always fits.
const MAX_BYTES: usize = 200_000;
/// How much may wait to be sent: an isolate has 128 MB for everything, and an origin hardly more. Batches above this are declared
/// dropped.
const MAX_UNSENT_BYTES: usize = 8 * 1024 * 1024;
/// The most drops that one message declares, at about 60 bytes each; the next message declares the rest.
const MAX_DECLARED: usize = 500;
/// The most contexts that a batch keeps for the span of its sending. The consumer finds all of them in the clicks.
const MAX_TRACES: usize = 32;

#[derive(Debug)]
pub struct ClickBuffer {
    producer: Producer,
    batches: u32,
    produced: u64,
    pending: Pending,
    unsent_bytes: usize,
    /// Sealed batches that the queue has not accepted yet; part of `unsent_bytes`.
    waiting: VecDeque<SealedBatch>,
    dropped: Vec<DroppedBatch>,
}

#[derive(Debug, Default)]
struct Pending {
    encoded: String,
    clicks: u32,
    traces: Vec<TraceContext>,
    orphan_visits: OrphanVisits,
    first: Option<UnixMillis>,
    flush_at: Option<UnixMillis>,
}

/// A message that is ready to be sent. Every attempt sends the same bytes. As JSON, the origin hands an import's batches to the edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedBatch {
    pub producer: Producer,
    pub batch: u32,
    pub clicks: u32,
    /// The producer's total of clicks up to this batch, as in the body.
    pub produced: u64,
    pub body: String,
    /// The contexts of clicks, for the span of its sending.
    #[serde(skip)]
    pub traces: Vec<TraceContext>,
    /// The drops that the body declares. They are declared again if this batch is lost too.
    #[serde(skip)]
    pub(super) declared: Vec<DroppedBatch>,
}

/// What the caller must do after it recorded a click.
#[derive(Debug, PartialEq, Eq)]
pub enum FlushAction {
    /// A timer that is already running will flush it.
    Nothing,
    /// Call [`ClickBuffer::flush_due`] with this batch after [`FLUSH`].
    StartTimer {
        batch: u32,
    },
    Send(SealedBatch),
}

impl ClickBuffer {
    pub fn new(producer: Producer) -> Self {
        Self {
            producer,
            batches: 0,
            produced: 0,
            pending: Pending::default(),
            unsent_bytes: 0,
            waiting: VecDeque::new(),
            dropped: Vec::new(),
        }
    }

    pub fn record(&mut self, click: &Click, now: UnixMillis) -> FlushAction {
        let pending = &mut self.pending;
        if pending.clicks > 0 {
            pending.encoded.push(',');
        }
        pending.encoded.push_str(&click.encode());
        pending.clicks += 1;
        pending.first.get_or_insert(click.time);
        if let Some(trace) = click.trace
            && pending.traces.len() < MAX_TRACES
        {
            pending.traces.push(trace);
        }
        if pending.clicks >= MAX_CLICKS || pending.encoded.len() >= MAX_BYTES {
            return self.flush().map_or(FlushAction::Nothing, FlushAction::Send);
        }
        self.start_timer(now)
    }

    /// Counts a visit to a name without a link: by name while there is room. The next batch carries the count.
    pub fn record_orphan_visit(&mut self, name: &str, now: UnixMillis) -> FlushAction {
        let OrphanVisits { names, others } = &mut self.pending.orphan_visits;
        // A character has at most four bytes in UTF-8.
        let name = truncated(name, 4 * MAX_ORPHAN_NAME_CHARACTERS).unwrap_or_default();
        let name: String = name.chars().take(MAX_ORPHAN_NAME_CHARACTERS).collect();
        let has_room = names.len() < MAX_ORPHAN_NAMES && !name.is_empty();
        match names.iter_mut().find(|orphan| orphan.name == name) {
            Some(known) => known.visits = known.visits.saturating_add(1),
            None if has_room => names.push(OrphanName { name, visits: 1 }),
            None => *others = others.saturating_add(1),
        }
        self.pending.first.get_or_insert(now);
        self.start_timer(now)
    }

    fn start_timer(&mut self, now: UnixMillis) -> FlushAction {
        let pending = &mut self.pending;
        // The platform may end the request that holds the timer. Once the timer is overdue, another request starts a new one.
        let timer_is_running = pending.flush_at.is_some_and(|due| now < due.plus_millis(FLUSH_MILLIS.into()));
        if timer_is_running {
            return FlushAction::Nothing;
        }
        pending.flush_at = Some(now.plus_millis(FLUSH_MILLIS.into()));
        FlushAction::StartTimer { batch: self.batches + 1 }
    }

    /// Seals the batch that the timer was started for, unless it was full and sealed before. Later clicks have their own timer:
    /// sealing them early would turn a few large messages into many small ones.
    pub fn flush_due(&mut self, batch: u32) -> Option<SealedBatch> {
        if batch == self.batches + 1 { self.flush() } else { None }
    }

    /// Seals the pending clicks, full or not, and returns the batch to send. Without room to keep that batch until it is sent, the
    /// clicks are declared dropped, and the oldest waiting batch is returned. `None` if there is nothing to send.
    pub fn flush(&mut self) -> Option<SealedBatch> {
        let first = self.pending.first?;
        let pending = std::mem::take(&mut self.pending);
        self.batches += 1;
        self.produced += u64::from(pending.clicks);
        if self.unsent_bytes + pending.encoded.len() > MAX_UNSENT_BYTES {
            self.declare(self.batches, pending.clicks, DropReason::BufferFull);
            // Otherwise nothing would try the queue again, and the waiting batches would fill the buffer forever.
            return self.next_waiting();
        }
        Some(self.seal(first, pending))
    }

    /// Seals an empty batch that only declares drops. `None` while a click or an orphan visit is pending: its batch declares the
    /// drops, and its timer refers to that batch by number. Call this only after the queue has accepted a batch: an empty batch that
    /// is lost is one more drop to declare.
    pub fn flush_drops(&mut self, now: UnixMillis) -> Option<SealedBatch> {
        if self.dropped.is_empty() || self.pending.first.is_some() {
            return None;
        }
        self.batches += 1;
        Some(self.seal(now, Pending::default()))
    }

    fn seal(&mut self, first: UnixMillis, pending: Pending) -> SealedBatch {
        let remaining = self.dropped.split_off(self.dropped.len().min(MAX_DECLARED));
        let head = BatchHead {
            version: VERSION,
            day: first.day(),
            producer: self.producer,
            batch: self.batches,
            produced: self.produced,
            dropped: std::mem::replace(&mut self.dropped, remaining),
            orphan_visits: pending.orphan_visits,
        };
        let body = seal(&head, &pending.encoded);
        self.unsent_bytes += body.len();
        SealedBatch {
            producer: head.producer,
            batch: head.batch,
            clicks: pending.clicks,
            produced: head.produced,
            body,
            traces: pending.traces,
            declared: head.dropped,
        }
    }

    pub fn sent(&mut self, batch: &SealedBatch) {
        self.unsent_bytes = self.unsent_bytes.saturating_sub(batch.body.len());
    }

    /// Keeps a batch that the queue did not accept and did not refuse permanently, until the queue accepts another. Waiting batches
    /// count as unsent bytes, so newer batches are dropped when there are too many.
    pub fn postpone(&mut self, batch: SealedBatch) {
        self.waiting.push_back(batch);
    }

    /// The oldest waiting batch. Call this after the queue has accepted another.
    pub fn next_waiting(&mut self) -> Option<SealedBatch> {
        self.waiting.pop_front()
    }

    /// Drops the batch and declares it, and what it declared, in the next batch.
    pub fn give_up(&mut self, batch: &SealedBatch, reason: DropReason) {
        self.sent(batch);
        self.dropped.extend(batch.declared.iter().cloned());
        self.declare(batch.batch, batch.clicks, reason);
    }

    fn declare(&mut self, batch: u32, clicks: u32, reason: DropReason) {
        self.dropped.push(DroppedBatch { batch, clicks, reason });
    }
}

#[cfg(test)]
mod tests;

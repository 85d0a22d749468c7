//! One invocation: stores its messages, sends dead letters, and returns the rest to the queue.

mod backoff;
mod outcome;
mod trace;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use classify::ClickEnricher;
use futures_util::{StreamExt, stream};
use link_core::clicks::batch::ClickBatch;
use telemetry::{Metrics, list};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, debug, info, warn};
use uuid::Uuid;

use self::backoff::retry_delay_seconds;
pub use self::outcome::InvocationOutcome;
use self::trace::ProcessSpan;
use crate::dead_letter::{DeadLetter, Rejection};
use crate::message::Message;
use crate::plan::{DeadBatch, StorableBatch};
use crate::queue::{DeadLetters, Postponed, Redelivery};
use crate::store::{LinkTotal, Links, Store, StoreError, Stored};
use crate::time_limits::Deadlines;

/// Concurrent calls to SQS. At some 10 ms a call, a thousand unreadable messages take less than a second.
pub(crate) const MAX_CONCURRENT_CALLS: usize = 16;
/// Some 100 bytes each. A link's next click writes its total anyway.
const MAX_UNWRITTEN_TOTALS: usize = 10_000;

/// `J` hashes a message's id into the jitter of its retry delay.
#[derive(Debug)]
pub struct Consumer<Q, J> {
    store: Store,
    links: Links,
    queue: Q,
    jitter: J,
    enricher: ClickEnricher,
    metrics: Arc<Metrics>,
    /// Totals that could not be written to the links database, for the next invocation.
    unwritten: Mutex<BTreeMap<Uuid, LinkTotal>>,
}

struct DecodedMessage<'a> {
    message: &'a Message,
    batch: StorableBatch,
}

/// For a search by a request's id. Only at `debug`, since a batch has a hundred of them.
fn log_request_ids(DecodedMessage { message, batch }: &DecodedMessage<'_>) {
    debug!(
        message_id = message.id,
        request_ids = ?batch.clicks.iter().map(|click| &click.request_id).collect::<Vec<_>>(),
        "batch stored"
    );
}

struct RejectedMessage<'a> {
    message: &'a Message,
    rejection: Rejection,
}

fn decode(message: &Message) -> Result<DecodedMessage<'_>, RejectedMessage<'_>> {
    let decoded = ClickBatch::decode(&message.body).map_err(Rejection::from);
    match decoded.and_then(|batch| Ok(StorableBatch::try_from(batch)?)) {
        Ok(batch) => Ok(DecodedMessage { message, batch }),
        Err(rejection) => Err(RejectedMessage { message, rejection }),
    }
}

/// What another attempt may write.
fn left_over(written: Result<(), StoreError>, totals: Vec<LinkTotal>) -> Vec<LinkTotal> {
    let Err(error) = written else { return Vec::new() };
    warn!(%error, links = totals.len(), "totals not written to the links database");
    if matches!(error, StoreError::Refused { .. }) { Vec::new() } else { totals }
}

/// The result of storing the decoded messages.
#[derive(Default)]
struct StoreOutcome<'a> {
    stored: usize,
    clicks: usize,
    duplicates: usize,
    rejected: Vec<RejectedMessage<'a>>,
    returned: Vec<&'a Message>,
    totals: BTreeMap<Uuid, LinkTotal>,
    /// The links of batches that were stored before: what stored them may have ended before it wrote their totals.
    stored_before: BTreeSet<Uuid>,
}

impl<Q: DeadLetters + Redelivery, J: BuildHasher> Consumer<Q, J> {
    pub fn new(store: Store, links: Links, queue: Q, jitter: J, metrics: Arc<Metrics>) -> Self {
        Self {
            store,
            links,
            queue,
            jitter,
            enricher: ClickEnricher::default(),
            metrics,
            unwritten: Mutex::default(),
        }
    }

    pub fn queue(&self) -> &Q {
        &self.queue
    }

    pub async fn consume(&self, messages: &[Message], deadlines: Deadlines) -> InvocationOutcome {
        let process = ProcessSpan::start(messages.len());
        let consuming = self.consume_in(&process, messages, deadlines).instrument(process.span.clone());
        let outcome = consuming.await;
        process.record(&outcome);
        self.count(&outcome);
        info!(
            trace_id = process.trace_id(),
            messages = messages.len(),
            stored = outcome.stored,
            clicks = outcome.clicks,
            duplicates = outcome.duplicates,
            dead_lettered = outcome.dead_lettered,
            returned = outcome.returned.len(),
            "messages consumed"
        );
        outcome
    }

    async fn consume_in(
        &self,
        process: &ProcessSpan,
        messages: &[Message],
        deadlines: Deadlines,
    ) -> InvocationOutcome {
        let mut decoded = Vec::with_capacity(messages.len());
        let mut undecoded = Vec::new();
        for message in messages {
            match decode(message) {
                Ok(message) => decoded.push(message),
                Err(rejected) => undecoded.push(rejected),
            }
        }
        process.link(decoded.iter().map(|decoded| (decoded.message, &decoded.batch)));
        // Concurrent, so that neither a slow queue nor a slow database holds up the other.
        let (unsent, outcome) = tokio::join!(
            self.send_dead_letters(&undecoded, deadlines.store_by),
            self.store(&decoded, deadlines.store_by),
        );
        let (also_unsent, (), ()) = tokio::join!(
            self.send_dead_letters(&outcome.rejected, deadlines.answer_by),
            self.postpone(&outcome.returned, deadlines.answer_by),
            self.update_totals(&outcome, deadlines.answer_by),
        );
        let rejected = undecoded.iter().chain(&outcome.rejected).map(|rejected| rejected.message);
        let was_sent =
            |message: &&Message| !unsent.iter().chain(&also_unsent).any(|other| other.id == message.id);
        let dead = rejected.filter(was_sent).filter_map(Message::dead_batch).collect();
        self.count_dead_letters(dead, deadlines.answer_by).await;
        let dead_lettered = undecoded.len() + outcome.rejected.len() - unsent.len() - also_unsent.len();
        let returned = unsent.into_iter().chain(also_unsent).chain(outcome.returned);
        InvocationOutcome {
            stored: outcome.stored,
            clicks: outcome.clicks,
            duplicates: outcome.duplicates,
            dead_lettered,
            returned: returned.map(|message| message.id.clone()).collect(),
        }
    }

    fn count(&self, outcome: &InvocationOutcome) {
        for (name, messages) in [
            ("stored", outcome.stored),
            ("duplicate", outcome.duplicates),
            ("dead_lettered", outcome.dead_lettered),
            ("returned", outcome.returned.len()),
        ] {
            self.metrics.add(&list::CONSUMED_MESSAGES, &[name], messages as u64);
        }
    }

    /// Stores all messages in one transaction if the database accepts them. When it refuses data it does not say whose, so the group
    /// is halved until each refused message is alone: one among 200 costs some 16 transactions, and the others are stored.
    async fn store<'a>(&self, messages: &[DecodedMessage<'a>], by: Instant) -> StoreOutcome<'a> {
        let mut outcome = StoreOutcome::default();
        let mut groups = vec![messages];
        while let Some(group) = groups.pop() {
            if group.is_empty() {
                continue;
            }
            match (self.store_group(group, by).await, group) {
                (Ok(stored), _) => {
                    group.iter().for_each(log_request_ids);
                    outcome.stored += stored.batches;
                    outcome.clicks += stored.clicks;
                    outcome.duplicates += group.len() - stored.batches;
                    for ((class, tier), clicks) in stored.by_class_and_tier {
                        self.metrics.add(&list::STORED_CLICKS, &[class, tier], clicks);
                    }
                    outcome.totals.extend(stored.totals.into_iter().map(|total| (total.link_id, total)));
                    if stored.batches < group.len() {
                        let clicks = group.iter().flat_map(|decoded| &decoded.batch.clicks);
                        outcome.stored_before.extend(clicks.map(|click| click.link.0));
                    }
                }
                (Err(StoreError::Refused { sqlstate, message: text }), [DecodedMessage { message, .. }]) => {
                    let rejection = Rejection::Refused { sqlstate, message: text };
                    outcome.rejected.push(RejectedMessage { message, rejection });
                }
                (Err(StoreError::Refused { .. }), _) => {
                    let (first, second) = group.split_at(group.len() / 2);
                    groups.extend([second, first]);
                }
                (Err(error), _) => {
                    warn!(%error, "batches cannot be stored now");
                    // The other groups would fail for the same reason.
                    let rest = group.iter().chain(groups.drain(..).flatten());
                    outcome.returned.extend(rest.map(|decoded| decoded.message));
                }
            }
        }
        outcome
    }

    async fn store_group(&self, group: &[DecodedMessage<'_>], by: Instant) -> Result<Stored, StoreError> {
        self.store.store(group.iter().map(|decoded| &decoded.batch), &self.enricher, by).await
    }

    /// Best effort: what is not written follows with the next invocation, or with the next click of its link.
    async fn update_totals(&self, outcome: &StoreOutcome<'_>, by: Instant) {
        let mut late = std::mem::take(&mut *self.unwritten.lock().unwrap_or_else(PoisonError::into_inner));
        late.retain(|link, _| !outcome.totals.contains_key(link));
        let new: Vec<_> = outcome.totals.values().copied().collect();
        let mut unwritten = Vec::new();
        if !new.is_empty() {
            let written = self.links.set_totals(&new, by).await;
            unwritten.extend(left_over(written, new));
        }
        let again = outcome.stored_before.iter().filter(|link| !outcome.totals.contains_key(*link));
        let again: Vec<_> = again.copied().collect();
        if !again.is_empty() {
            match self.store.totals(&again, by).await {
                Ok(totals) => late.extend(totals.into_iter().map(|total| (total.link_id, total))),
                Err(error) => warn!(%error, links = again.len(), "totals of stored batches not read"),
            }
        }
        let late: Vec<_> = late.into_values().collect();
        if !late.is_empty() {
            // Their links may have been deleted meanwhile.
            let written = self.links.correct_totals(&late, by).await;
            unwritten.extend(left_over(written, late));
        }
        if unwritten.len() <= MAX_UNWRITTEN_TOTALS {
            let unwritten = unwritten.into_iter().map(|total| (total.link_id, total)).collect();
            *self.unwritten.lock().unwrap_or_else(PoisonError::into_inner) = unwritten;
        }
    }

    /// Best effort: click accounting reports them missing until `clicks dead-letters list` counts them.
    async fn count_dead_letters(&self, dead: Vec<DeadBatch>, by: Instant) {
        if dead.is_empty() {
            return;
        }
        if let Err(error) = self.store.count_dead_letters(&dead, by).await {
            warn!(%error, batches = dead.len(), "dead letters not counted");
        }
    }

    /// Returns the messages that could not be sent to the dead-letter queue: they stay in the click queue.
    async fn send_dead_letters<'a>(&self, rejected: &[RejectedMessage<'a>], by: Instant) -> Vec<&'a Message> {
        let sent = stream::iter(rejected).map(|RejectedMessage { message, rejection }| async move {
            let letter = DeadLetter::new(message, rejection);
            warn!(message_id = message.id, kind = rejection.kind(), "message rejected");
            match timeout_at(by, self.queue.send(letter)).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => {
                    warn!(%error, message_id = message.id, "dead letter not sent");
                    Some(*message)
                }
                Err(_) => {
                    warn!(message_id = message.id, "dead letter not sent in time");
                    Some(*message)
                }
            }
        });
        sent.buffer_unordered(MAX_CONCURRENT_CALLS).filter_map(std::future::ready).collect().await
    }

    /// Best effort: a message whose visibility is not changed comes back when the queue's own timeout ends.
    async fn postpone(&self, messages: &[&Message], by: Instant) {
        let calls = messages
            .chunks(Q::MAX_BATCH)
            .map(|chunk| self.queue.postpone(chunk.iter().map(|message| self.postponed(message)).collect()));
        let calls = stream::iter(calls).buffer_unordered(MAX_CONCURRENT_CALLS).for_each(|result| async {
            if let Err(error) = result {
                warn!(%error, "messages not postponed");
            }
        });
        if timeout_at(by, calls).await.is_err() {
            warn!("not all messages postponed in time");
        }
    }

    fn postponed(&self, message: &Message) -> Postponed {
        let random = self.jitter.hash_one((&message.id, message.receive_count));
        Postponed {
            receipt_handle: message.receipt_handle.clone(),
            seconds: retry_delay_seconds(message.receive_count, random),
        }
    }
}

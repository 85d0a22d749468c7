//! One invocation: what becomes of each of its messages. Does not know SQL, SQS or the clock.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use aws_lambda_events::event::sqs::SqsBatchResponse;
use classify::ClickReader;
use futures_util::{StreamExt, stream};
use link_core::click_batch::ClickBatch;
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};
use uuid::Uuid;

use crate::backoff::seconds_away;
use crate::dead_letter::{DeadLetter, Rejection};
use crate::message::Message;
use crate::plan::StorableBatch;
use crate::queue::{DeadLetters, Postponed, Redelivery};
use crate::store::{DeadBatch, LinkTotal, Links, Store, StoreError, Stored};
use crate::time_limits::Deadlines;

/// Calls to the queue at a time. At some 10 ms a call, a thousand unreadable messages take less than a second.
const CALLS_AT_ONCE: usize = 16;

/// `J` turns a message's name into the jitter of its return.
#[derive(Debug)]
pub struct Consumer<Q, J> {
    store: Store,
    links: Links,
    queue: Q,
    jitter: J,
    reader: ClickReader,
}

/// What became of the messages: each is stored, a duplicate, dead-lettered or returned.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub stored: usize,
    /// Clicks in the stored messages.
    pub clicks: usize,
    /// Messages whose batch was stored before, or came twice in this invocation.
    pub duplicates: usize,
    pub dead_lettered: usize,
    /// Ids of the messages that stay in the queue.
    pub returned: Vec<String>,
}

impl Outcome {
    /// The messages that are not named are deleted from the queue.
    pub fn into_response(self) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for id in self.returned {
            response.add_failure(id);
        }
        response
    }
}

struct Readable<'a> {
    message: &'a Message,
    batch: StorableBatch,
}

struct Rejected<'a> {
    message: &'a Message,
    rejection: Rejection,
}

fn read(message: &Message) -> Result<Readable<'_>, Rejected<'_>> {
    let decoded = ClickBatch::decode(&message.body).map_err(Rejection::from);
    match decoded.and_then(|batch| Ok(StorableBatch::try_from(batch)?)) {
        Ok(batch) => Ok(Readable { message, batch }),
        Err(rejection) => Err(Rejected { message, rejection }),
    }
}

/// What became of the readable messages, as far as the database has a say in it.
#[derive(Default)]
struct Storing<'a> {
    stored: usize,
    clicks: usize,
    duplicates: usize,
    rejected: Vec<Rejected<'a>>,
    returned: Vec<&'a Message>,
    totals: BTreeMap<Uuid, LinkTotal>,
}

impl<Q: DeadLetters + Redelivery, J: BuildHasher> Consumer<Q, J> {
    pub fn new(store: Store, links: Links, queue: Q, jitter: J) -> Self {
        Self { store, links, queue, jitter, reader: ClickReader::default() }
    }

    pub async fn consume(&self, messages: &[Message], deadlines: Deadlines) -> Outcome {
        let mut readable = Vec::with_capacity(messages.len());
        let mut unreadable = Vec::new();
        for message in messages {
            match read(message) {
                Ok(message) => readable.push(message),
                Err(rejected) => unreadable.push(rejected),
            }
        }
        // Side by side, so that neither a slow queue nor a slow database holds the other up.
        let (unkept, storing) = tokio::join!(
            self.set_aside(&unreadable, deadlines.store_by),
            self.store(&readable, deadlines.store_by),
        );
        let (also_unkept, (), ()) = tokio::join!(
            self.set_aside(&storing.rejected, deadlines.answer_by),
            self.postpone(&storing.returned, deadlines.answer_by),
            self.tell_totals(&storing.totals, deadlines.answer_by),
        );
        let set_aside = unreadable.iter().chain(&storing.rejected).map(|rejected| rejected.message);
        let kept =
            |message: &&Message| !unkept.iter().chain(&also_unkept).any(|other| other.id == message.id);
        let dead = set_aside.filter(kept).filter_map(Message::dead_batch).collect();
        self.count_dead(dead, deadlines.answer_by).await;
        let dead_lettered = unreadable.len() + storing.rejected.len() - unkept.len() - also_unkept.len();
        let returned = unkept.into_iter().chain(also_unkept).chain(storing.returned);
        let outcome = Outcome {
            stored: storing.stored,
            clicks: storing.clicks,
            duplicates: storing.duplicates,
            dead_lettered,
            returned: returned.map(|message| message.id.clone()).collect(),
        };
        info!(
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

    /// All in one transaction if the database takes them. When it refuses their data it does not say whose, so they are
    /// halved until each guilty message stands alone: one among 200 costs some 16 transactions, and the others are stored.
    async fn store<'a>(&self, messages: &[Readable<'a>], by: Instant) -> Storing<'a> {
        let mut storing = Storing::default();
        let mut groups = vec![messages];
        while let Some(group) = groups.pop() {
            if group.is_empty() {
                continue;
            }
            match (self.store_group(group, by).await, group) {
                (Ok(stored), _) => {
                    storing.stored += stored.batches;
                    storing.clicks += stored.clicks;
                    storing.duplicates += group.len() - stored.batches;
                    storing.totals.extend(stored.totals.into_iter().map(|total| (total.link_id, total)));
                }
                (Err(StoreError::Refused { sqlstate, message: text }), [Readable { message, .. }]) => {
                    let rejection = Rejection::Refused { sqlstate, message: text };
                    storing.rejected.push(Rejected { message, rejection });
                }
                (Err(StoreError::Refused { .. }), _) => {
                    let (first, second) = group.split_at(group.len() / 2);
                    groups.extend([second, first]);
                }
                (Err(error), _) => {
                    warn!(%error, "storing has to wait");
                    // The other groups would fare no better.
                    let rest = group.iter().chain(groups.drain(..).flatten());
                    storing.returned.extend(rest.map(|readable| readable.message));
                }
            }
        }
        storing
    }

    async fn store_group(&self, group: &[Readable<'_>], by: Instant) -> Result<Stored, StoreError> {
        self.store.store(group.iter().map(|readable| &readable.batch), &self.reader, by).await
    }

    /// Best effort: the next click of a link tells its totals again.
    async fn tell_totals(&self, totals: &BTreeMap<Uuid, LinkTotal>, by: Instant) {
        let totals: Vec<_> = totals.values().copied().collect();
        if totals.is_empty() {
            return;
        }
        if let Err(error) = self.links.set_totals(&totals, by).await {
            warn!(%error, links = totals.len(), "totals not told to the links database");
        }
    }

    /// Best effort: until the command that lists dead letters counts them, the books call them missing.
    async fn count_dead(&self, dead: Vec<DeadBatch>, by: Instant) {
        if dead.is_empty() {
            return;
        }
        if let Err(error) = self.store.count_dead(&dead, by).await {
            warn!(%error, batches = dead.len(), "dead letters not counted");
        }
    }

    /// Sends dead letters and returns the messages that could not be sent: they stay in the queue.
    async fn set_aside<'a>(&self, rejected: &[Rejected<'a>], by: Instant) -> Vec<&'a Message> {
        let sent = stream::iter(rejected).map(|Rejected { message, rejection }| async move {
            let letter = DeadLetter::new(message, rejection);
            warn!(message_id = message.id, kind = rejection.kind(), "message rejected");
            match timeout_at(by, self.queue.keep(letter)).await {
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
        sent.buffer_unordered(CALLS_AT_ONCE).filter_map(std::future::ready).collect().await
    }

    /// Best effort: a message whose visibility stays as it is merely comes back at the queue's own pace.
    async fn postpone(&self, messages: &[&Message], by: Instant) {
        let calls = messages
            .chunks(Q::AT_ONCE)
            .map(|chunk| self.queue.postpone(chunk.iter().map(|message| self.postponed(message)).collect()));
        let calls = stream::iter(calls).buffer_unordered(CALLS_AT_ONCE).for_each(|outcome| async {
            if let Err(error) = outcome {
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
            seconds: seconds_away(message.receive_count, random),
        }
    }
}

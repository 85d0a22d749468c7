//! An in-memory click queue with an event source mapping and a dead-letter queue. Delivers at least once, as SQS does:
//! messages of a consumer that died or returned them are delivered again.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// A message of the click queue: body and attributes.
#[derive(Debug, Clone)]
pub struct QueueMessage {
    /// As in the message attribute.
    pub producer: String,
    pub batch: u32,
    pub clicks: u32,
    pub produced: u64,
    pub body: String,
}

/// A number below the given one, at random.
type PickBelow = Box<dyn FnMut(usize) -> usize + Send>;
type Messages = Box<dyn Fn(usize) -> Option<QueueMessage> + Send + Sync>;

pub struct ClickFeed {
    messages: Messages,
    state: Mutex<FeedState>,
    changed: Notify,
}

/// One process of a consumer, until it ends or is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConsumerInstance(u64);

#[derive(Debug, Clone, Copy)]
struct Delivery {
    message: usize,
    received: u32,
}

#[derive(Debug, Clone)]
struct FeedInvocation {
    number: u64,
    began: Instant,
    messages: Vec<Delivery>,
}

struct FeedState {
    pick_below: PickBelow,
    messages_per_invocation: RangeInclusive<usize>,
    waiting: VecDeque<Delivery>,
    /// The current invocation of each running consumer.
    in_progress: HashMap<ConsumerInstance, FeedInvocation>,
    instances: u64,
    invocations: u64,
    /// How often each message was delivered.
    delivery_counts: HashMap<usize, u64>,
    returned: u64,
    micros: Vec<u32>,
    dead_letters: Vec<Value>,
    dead_letters_received: usize,
}

/// The progress of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub waiting: usize,
    pub in_progress: usize,
    pub invocations: u64,
    pub returned: u64,
    pub dead_letters: usize,
}

impl ClickFeed {
    /// `deliveries` are the numbers of messages, which `messages` resolves. `pick_below` decides sizes and order.
    pub fn new(
        deliveries: Vec<usize>,
        messages: impl Fn(usize) -> Option<QueueMessage> + Send + Sync + 'static,
        messages_per_invocation: RangeInclusive<usize>,
        pick_below: impl FnMut(usize) -> usize + Send + 'static,
    ) -> Self {
        let state = FeedState {
            pick_below: Box::new(pick_below),
            messages_per_invocation,
            waiting: deliveries.into_iter().map(|message| Delivery { message, received: 0 }).collect(),
            in_progress: HashMap::new(),
            instances: 0,
            invocations: 0,
            delivery_counts: HashMap::new(),
            returned: 0,
            micros: Vec::new(),
            dead_letters: Vec::new(),
            dead_letters_received: 0,
        };
        Self { messages: Box::new(messages), state: Mutex::new(state), changed: Notify::new() }
    }

    pub fn progress(&self) -> Progress {
        let state = self.state();
        Progress {
            waiting: state.waiting.len(),
            in_progress: state.in_progress.values().map(|invocation| invocation.messages.len()).sum(),
            invocations: state.invocations,
            returned: state.returned,
            dead_letters: state.dead_letters.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        let progress = self.progress();
        progress.waiting == 0 && progress.in_progress == 0
    }

    /// Returns when no message is waiting or in progress.
    pub async fn emptied(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no notification is missed.
            changed.as_mut().enable();
            if self.is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// Adds deliveries for waiting consumers.
    pub fn add(&self, deliveries: impl IntoIterator<Item = usize>) {
        let deliveries = deliveries.into_iter().map(|message| Delivery { message, received: 0 });
        self.state().waiting.extend(deliveries);
        self.changed.notify_waiters();
    }

    /// Durations of invocations since the last call, in microseconds.
    pub fn take_times(&self) -> Vec<u32> {
        std::mem::take(&mut self.state().micros)
    }

    pub fn delivery_count(&self, message: usize) -> u64 {
        self.state().delivery_counts.get(&message).copied().unwrap_or(0)
    }

    pub(crate) fn start_instance(&self) -> ConsumerInstance {
        let mut state = self.state();
        state.instances += 1;
        let instance = ConsumerInstance(state.instances);
        state
            .in_progress
            .insert(instance, FeedInvocation { number: 0, began: Instant::now(), messages: Vec::new() });
        instance
    }

    /// Redelivers the instance's messages at some later time. Its pending requests get no answer.
    pub(crate) fn end_instance(&self, instance: ConsumerInstance) {
        let mut state = self.state();
        if let Some(invocation) = state.in_progress.remove(&instance) {
            state.put_back(invocation.messages);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Waits for messages. Returns the invocation's number and event, or `None` if the instance has ended.
    pub(crate) async fn next(&self, instance: ConsumerInstance) -> Option<(u64, String)> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(FeedInvocation { number, messages, .. }) = self.state().take(instance)? {
                let records: Vec<Value> =
                    messages.into_iter().filter_map(|delivery| self.record(delivery)).collect();
                return Some((number, json!({ "Records": records }).to_string()));
            }
            changed.await;
        }
    }

    /// Redelivers messages for which `failed` is true.
    pub(crate) fn finish(&self, instance: ConsumerInstance, invocation: u64, failed: impl Fn(&str) -> bool) {
        let mut state = self.state();
        let Some(current) = state.in_progress.get_mut(&instance) else { return };
        if current.number == invocation {
            let mut messages = std::mem::take(&mut current.messages);
            let micros = u32::try_from(current.began.elapsed().as_micros()).unwrap_or(u32::MAX);
            state.micros.push(micros);
            messages.retain(|delivery| failed(&id(delivery.message)));
            state.put_back(messages);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    pub(crate) fn add_dead_letter(&self, letter: Value) {
        self.state().dead_letters.push(letter);
    }

    /// Answers `ReceiveMessage`: each letter once.
    pub(crate) fn receive_dead_letters(&self) -> Value {
        let mut state = self.state();
        let first = state.dead_letters_received;
        let shown: Vec<Value> = (first..)
            .zip(state.dead_letters.iter().skip(first).take(10))
            .map(|(number, letter)| {
                json!({
                    "MessageId": format!("letter-{number}"),
                    "ReceiptHandle": format!("handle-{number}"),
                    "Body": letter.get("MessageBody"),
                    "MessageAttributes": letter.get("MessageAttributes"),
                })
            })
            .collect();
        state.dead_letters_received += shown.len();
        json!({ "Messages": shown })
    }

    fn record(&self, Delivery { message: number, received }: Delivery) -> Option<Value> {
        let message = (self.messages)(number)?;
        let attribute = |kind: &str, value: String| json!({ "stringValue": value, "dataType": kind });
        Some(json!({
            "messageId": id(number),
            "receiptHandle": format!("handle of {}", id(number)),
            "body": message.body,
            "attributes": { "ApproximateReceiveCount": received.to_string() },
            "messageAttributes": {
                "producer": attribute("String", message.producer),
                "batch": attribute("Number", message.batch.to_string()),
                "clicks": attribute("Number", message.clicks.to_string()),
                "produced": attribute("Number", message.produced.to_string()),
            },
            "eventSource": "aws:sqs",
        }))
    }

    fn state(&self) -> MutexGuard<'_, FeedState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FeedState {
    /// `None` if the instance has ended, `Some(None)` if no message is waiting.
    fn take(&mut self, instance: ConsumerInstance) -> Option<Option<FeedInvocation>> {
        let (at_least, at_most) =
            (*self.messages_per_invocation.start(), *self.messages_per_invocation.end());
        let count = at_least + (self.pick_below)(at_most - at_least + 1);
        let in_progress = self.in_progress.get_mut(&instance)?;
        let mut taken: Vec<Delivery> = self.waiting.drain(..count.min(self.waiting.len())).collect();
        if taken.is_empty() {
            return Some(None);
        }
        for delivery in &mut taken {
            delivery.received += 1;
            *self.delivery_counts.entry(delivery.message).or_default() += 1;
        }
        self.invocations += 1;
        *in_progress = FeedInvocation { number: self.invocations, began: Instant::now(), messages: taken };
        Some(Some(in_progress.clone()))
    }

    fn put_back(&mut self, deliveries: Vec<Delivery>) {
        self.returned += u64::try_from(deliveries.len()).unwrap_or(0);
        for delivery in deliveries {
            let at = (self.pick_below)(self.waiting.len() + 1);
            self.waiting.push_back(delivery);
            let last = self.waiting.len() - 1;
            self.waiting.swap(at, last);
        }
    }
}

impl fmt::Debug for ClickFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClickFeed").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

fn id(message: usize) -> String {
    format!("message-{message}")
}

/// The ids of failed messages in a consumer's answer.
pub(crate) fn failed_ids(answer: &Value) -> Result<Vec<String>> {
    let failures = answer.get("batchItemFailures").and_then(Value::as_array).context("not an answer")?;
    let id = |failure: &Value| failure.get("itemIdentifier").and_then(Value::as_str).map(str::to_owned);
    failures.iter().map(|failure| id(failure).context("a failure without an id")).collect()
}

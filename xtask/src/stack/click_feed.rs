//! A click queue in memory, with the event source mapping that hands its messages to consumers, and their dead letters.
//! Delivers at least once, as SQS does: what a consumer had in hand when it died, or gives back, comes again. Decides how many
//! messages an invocation has; which there are is the caller's.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::traffic::{Message, Random};

type Messages = Box<dyn Fn(usize) -> Option<Message> + Send + Sync>;

pub(crate) struct ClickFeed {
    messages: Messages,
    state: Mutex<State>,
    changed: Notify,
}

/// One life of a consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Life(u64);

#[derive(Debug, Clone, Copy)]
struct Delivery {
    message: usize,
    received: u32,
}

#[derive(Debug, Clone)]
struct Invocation {
    number: u64,
    began: Instant,
    messages: Vec<Delivery>,
}

struct State {
    random: Random,
    at_once: RangeInclusive<usize>,
    waiting: VecDeque<Delivery>,
    /// What each living consumer has in hand.
    in_hand: HashMap<Life, Invocation>,
    lives: u64,
    invocations: u64,
    /// How often each message was handed out.
    handed: HashMap<usize, u64>,
    given_back: u64,
    micros: Vec<u32>,
    letters: Vec<Value>,
    letters_shown: usize,
}

/// How far the deliveries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) waiting: usize,
    pub(crate) in_hand: usize,
    pub(crate) invocations: u64,
    pub(crate) given_back: u64,
    pub(crate) letters: usize,
}

impl ClickFeed {
    /// `deliveries` are messages by the number that `messages` knows them by.
    pub(crate) fn new(
        deliveries: Vec<usize>,
        messages: impl Fn(usize) -> Option<Message> + Send + Sync + 'static,
        at_once: RangeInclusive<usize>,
        seed: u64,
    ) -> Self {
        let state = State {
            random: Random::of(seed, 0x6665_6564),
            at_once,
            waiting: deliveries.into_iter().map(|message| Delivery { message, received: 0 }).collect(),
            in_hand: HashMap::new(),
            lives: 0,
            invocations: 0,
            handed: HashMap::new(),
            given_back: 0,
            micros: Vec::new(),
            letters: Vec::new(),
            letters_shown: 0,
        };
        Self { messages: Box::new(messages), state: Mutex::new(state), changed: Notify::new() }
    }

    pub(crate) fn progress(&self) -> Progress {
        let state = self.state();
        Progress {
            waiting: state.waiting.len(),
            in_hand: state.in_hand.values().map(|invocation| invocation.messages.len()).sum(),
            invocations: state.invocations,
            given_back: state.given_back,
            letters: state.letters.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let progress = self.progress();
        progress.waiting == 0 && progress.in_hand == 0
    }

    /// Returns when nothing waits and nobody has anything in hand.
    pub(crate) async fn emptied(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is overlooked.
            changed.as_mut().enable();
            if self.is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// More of the same messages, for consumers that wait.
    pub(crate) fn add(&self, deliveries: impl IntoIterator<Item = usize>) {
        let deliveries = deliveries.into_iter().map(|message| Delivery { message, received: 0 });
        self.state().waiting.extend(deliveries);
        self.changed.notify_waiters();
    }

    /// What invocations took since this was asked last, in microseconds.
    pub(crate) fn take_times(&self) -> Vec<u32> {
        std::mem::take(&mut self.state().micros)
    }

    pub(crate) fn times_handed_out(&self, message: usize) -> u64 {
        self.state().handed.get(&message).copied().unwrap_or(0)
    }

    pub(super) fn begin_life(&self) -> Life {
        let mut state = self.state();
        state.lives += 1;
        let life = Life(state.lives);
        state.in_hand.insert(life, Invocation { number: 0, began: Instant::now(), messages: Vec::new() });
        life
    }

    /// What it had in hand comes again, some time. What it asked for before it died gets no answer.
    pub(super) fn end_life(&self, life: Life) {
        let mut state = self.state();
        if let Some(invocation) = state.in_hand.remove(&life) {
            state.put_back(invocation.messages);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Waits while there is nothing. The invocation's number and its event; nothing for the dead.
    pub(super) async fn next(&self, life: Life) -> Option<(u64, String)> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(Invocation { number, messages, .. }) = self.state().take(life)? {
                let records: Vec<Value> =
                    messages.into_iter().filter_map(|delivery| self.record(delivery)).collect();
                return Some((number, json!({ "Records": records }).to_string()));
            }
            changed.await;
        }
    }

    /// Messages that have `failed` come again.
    pub(super) fn finish(&self, life: Life, invocation: u64, failed: impl Fn(&str) -> bool) {
        let mut state = self.state();
        let Some(current) = state.in_hand.get_mut(&life) else { return };
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

    pub(super) fn keep_letter(&self, letter: Value) {
        self.state().letters.push(letter);
    }

    /// As `ReceiveMessage` answers: each letter once.
    pub(super) fn show_letters(&self) -> Value {
        let mut state = self.state();
        let first = state.letters_shown;
        let shown: Vec<Value> = (first..)
            .zip(state.letters.iter().skip(first).take(10))
            .map(|(number, letter)| {
                json!({
                    "MessageId": format!("letter-{number}"),
                    "ReceiptHandle": format!("handle-{number}"),
                    "Body": letter.get("MessageBody"),
                    "MessageAttributes": letter.get("MessageAttributes"),
                })
            })
            .collect();
        state.letters_shown += shown.len();
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
                "producer": attribute("String", message.producer.to_string()),
                "batch": attribute("Number", message.batch.to_string()),
                "clicks": attribute("Number", message.clicks.to_string()),
                "produced": attribute("Number", message.produced.to_string()),
            },
            "eventSource": "aws:sqs",
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// `None` for a consumer that is dead, `Some(None)` where there is nothing.
    fn take(&mut self, life: Life) -> Option<Option<Invocation>> {
        let (at_least, at_most) = (*self.at_once.start(), *self.at_once.end());
        let count = at_least + self.random.below(at_most - at_least + 1);
        let in_hand = self.in_hand.get_mut(&life)?;
        let mut taken: Vec<Delivery> = self.waiting.drain(..count.min(self.waiting.len())).collect();
        if taken.is_empty() {
            return Some(None);
        }
        for delivery in &mut taken {
            delivery.received += 1;
            *self.handed.entry(delivery.message).or_default() += 1;
        }
        self.invocations += 1;
        *in_hand = Invocation { number: self.invocations, began: Instant::now(), messages: taken };
        Some(Some(in_hand.clone()))
    }

    fn put_back(&mut self, deliveries: Vec<Delivery>) {
        self.given_back += u64::try_from(deliveries.len()).unwrap_or(0);
        for delivery in deliveries {
            let at = self.random.below(self.waiting.len() + 1);
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

/// The ids in a consumer's answer.
pub(super) fn failures(answer: &Value) -> Result<Vec<String>> {
    let failures = answer.get("batchItemFailures").and_then(Value::as_array).context("not an answer")?;
    let id = |failure: &Value| failure.get("itemIdentifier").and_then(Value::as_str).map(str::to_owned);
    failures.iter().map(|failure| id(failure).context("a failure without an id")).collect()
}

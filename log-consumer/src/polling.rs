//! Consumes without Lambda: receives messages in groups, has each group stored, and deletes what does not go back to the queue.

use std::hash::BuildHasher;
use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use link_core::time::UnixMillis;
use telemetry::{Metrics, endpoint::Collect, list};
use tokio::time::{Instant, sleep};
use tracing::warn;

use crate::invocation::{Consumer, MAX_CONCURRENT_CALLS};
use crate::message::Message;
use crate::queue::{MAX_MESSAGES, QueueError, SqsQueue};
use crate::time_limits::{Deadlines, FIRST_PAUSE, GROUP, LAST_PAUSE, LONG_POLL};

/// As many as an invocation of the Lambda gets: one transaction for all of them costs little more than for one.
const MAX_GROUP: usize = 100;

/// Runs until `stopped`. A group that was received is finished first; messages of a call that is given up come back after the
/// queue's visibility timeout.
pub async fn poll<J: BuildHasher>(
    consumer: &Consumer<SqsQueue, J>,
    metrics: &Metrics,
    now: impl Fn() -> UnixMillis,
    stopped: impl Future<Output = ()>,
) {
    let mut stopped = pin!(stopped);
    let mut pause = FIRST_PAUSE;
    loop {
        let received = tokio::select! {
            received = receive_group(consumer.queue()) => received,
            () = &mut stopped => return,
        };
        match received {
            Ok(messages) => {
                pause = FIRST_PAUSE;
                if !messages.is_empty() {
                    observe_ages(&messages, metrics, now());
                    store(consumer, &messages, metrics).await;
                }
            }
            Err(error) => {
                warn!(%error, "no messages can be received");
                tokio::select! {
                    () = sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
                    () = &mut stopped => return,
                }
            }
        }
    }
}

/// Waits for messages, and takes more as long as the queue has full answers.
async fn receive_group(queue: &SqsQueue) -> Result<Vec<Message>, QueueError> {
    let mut group = queue.receive(LONG_POLL).await?;
    let mut last = group.len();
    while last == MAX_MESSAGES && group.len() < MAX_GROUP {
        match queue.receive(Duration::ZERO).await {
            Ok(more) => {
                last = more.len();
                group.extend(more);
            }
            // What is received must be stored.
            Err(error) => {
                warn!(%error, "no more messages can be received");
                break;
            }
        }
    }
    Ok(group)
}

async fn store<J: BuildHasher>(consumer: &Consumer<SqsQueue, J>, messages: &[Message], metrics: &Metrics) {
    let started = Instant::now();
    let outcome = consumer.consume(messages, Deadlines::new(started, GROUP)).await;
    metrics.observe(&list::CONSUME_DURATION, &[], started.elapsed().as_secs_f64(), None);
    let done: Vec<_> = messages.iter().filter(|message| !outcome.returned.contains(&message.id)).collect();
    let deletions = stream::iter(done.chunks(MAX_MESSAGES)).map(|chunk| consumer.queue().delete(chunk));
    let deletions = deletions.buffer_unordered(MAX_CONCURRENT_CALLS).for_each(async |deleted| {
        if let Err(error) = deleted {
            warn!(%error, "stored messages not deleted; they come again and do not count twice");
        }
    });
    deletions.await;
}

fn observe_ages(messages: &[Message], metrics: &Metrics, now: UnixMillis) {
    for sent_at in messages.iter().filter_map(|message| message.sent_at) {
        let age = Duration::from_millis(now.millis_since(sent_at).try_into().unwrap_or_default());
        metrics.observe(&list::MESSAGE_AGE, &[], age.as_secs_f64(), None);
    }
}

/// Asks SQS for the dead letters when somebody reads the metrics.
#[derive(Debug)]
pub struct DeadLetterCount(pub SqsQueue);

impl Collect for DeadLetterCount {
    async fn collect(&self, metrics: &Metrics) {
        match self.0.dead_letters().await {
            Ok(letters) => metrics.set(&list::DEAD_LETTERS, &[], letters as f64),
            Err(error) => {
                metrics.forget(&list::DEAD_LETTERS);
                warn!(%error, "dead letters cannot be counted");
            }
        }
    }
}

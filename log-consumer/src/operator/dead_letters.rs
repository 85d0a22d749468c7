//! Lists, shows, resends and discards dead letters. Orders its calls to SQS so that an interrupted command leaves each letter in at
//! least one of the queues. A letter that is sent twice counts once, because the consumer recognises its batch.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message as SqsMessage, MessageAttributeValue, MessageSystemAttributeName};
use tokio::time::Instant;

use crate::config::Config;
use crate::dead_letter::{ORIGINAL_MESSAGE_ATTRIBUTE, REASON_ATTRIBUTE};
use crate::message::Message;
use crate::plan::DeadBatch;
use crate::store::Store;
use crate::time_limits::QUEUE_TIMEOUTS;

/// SQS's limit.
const MAX_RECEIVED: i32 = 10;
/// SQS asks only some of its servers and may return nothing although messages exist. Several empty answers in a row, each after a
/// wait, mean that none are left.
const EMPTY_ANSWERS: u32 = 3;
const WAIT_SECONDS: i32 = 1;
/// How long a received letter is hidden from others. Longer than a run over the largest queue that is likely.
const HIDDEN_SECONDS: i32 = 600;
/// The time limit for counting letters.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);

/// The letters that a command applies to.
#[derive(Debug)]
pub enum Selection {
    All,
    /// The ids that the dead-letter queue assigned.
    Ids(BTreeSet<String>),
}

impl Selection {
    fn contains(&self, letter: &ReceivedLetter) -> bool {
        match self {
            Self::All => true,
            Self::Ids(ids) => ids.contains(&letter.id),
        }
    }
}

#[derive(Debug, Clone)]
pub struct ReceivedLetter {
    pub id: String,
    /// When it was sent to the dead-letter queue, in milliseconds since the epoch.
    pub sent_at: Option<i64>,
    pub reason: String,
    pub body: String,
    pub batch: Option<DeadBatch>,
    attributes: BTreeMap<String, MessageAttributeValue>,
    receipt_handle: String,
}

impl From<SqsMessage> for ReceivedLetter {
    fn from(message: SqsMessage) -> Self {
        let attributes: BTreeMap<_, _> = message.message_attributes.unwrap_or_default().into_iter().collect();
        let value = |name: &str| attributes.get(name).and_then(|attribute| attribute.string_value.clone());
        let system = message.attributes.unwrap_or_default();
        let sent_at =
            system.get(&MessageSystemAttributeName::SentTimestamp).and_then(|time| time.parse().ok());
        Self {
            id: message.message_id.unwrap_or_default(),
            sent_at,
            // SQS moves a message that was received too often, and adds no reason.
            reason: value(REASON_ATTRIBUTE).unwrap_or_else(|| "received too often".to_owned()),
            body: message.body.unwrap_or_default(),
            batch: Message::parse_dead_batch(value),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            attributes,
        }
    }
}

#[derive(Debug)]
pub struct DeadLetterQueue {
    client: Client,
    click_queue_url: String,
    dead_letter_queue_url: String,
    store: Store,
}

impl DeadLetterQueue {
    pub async fn open(config: Config) -> Self {
        Self {
            client: startup::sqs::client(QUEUE_TIMEOUTS).await,
            click_queue_url: config.click_queue_url,
            dead_letter_queue_url: config.dead_letter_queue_url,
            store: Store::connect_lazily(config.analytics_database, config.raw_click_days),
        }
    }

    /// Also counts letters that click accounting does not count yet.
    pub async fn list(&self, selection: &Selection) -> Result<Vec<ReceivedLetter>> {
        let letters = self.receive(selection).await?;
        self.put_back(&letters).await?;
        self.count(&letters).await?;
        Ok(letters)
    }

    /// Sends letters to the click queue again, and calls `done` after each. Returns the number sent.
    pub async fn redrive(&self, selection: &Selection, done: impl FnMut(&ReceivedLetter)) -> Result<usize> {
        let letters = self.receive(selection).await?;
        self.for_each(&letters, async |letter| self.resend(letter).await, done).await
    }

    /// Deletes letters permanently; their clicks stay counted as dead-lettered. Returns the number deleted.
    pub async fn discard(&self, selection: &Selection, done: impl FnMut(&ReceivedLetter)) -> Result<usize> {
        let letters = self.receive(selection).await?;
        // Counted before they are deleted, or their clicks would be missing without a reason.
        if let Err(error) = self.count(&letters).await {
            return Err(self.put_back_after(error, &letters).await);
        }
        self.for_each(&letters, async |letter| self.delete(letter).await, done).await
    }

    /// Handles letters one by one, and continues after an error. Puts back the letters that failed and returns the first error.
    async fn for_each(
        &self,
        letters: &[ReceivedLetter],
        action: impl AsyncFn(&ReceivedLetter) -> Result<()>,
        mut done: impl FnMut(&ReceivedLetter),
    ) -> Result<usize> {
        let (mut failed, mut first_error) = (Vec::new(), None);
        for letter in letters {
            match action(letter).await {
                Ok(()) => done(letter),
                Err(error) => {
                    failed.push(letter.clone());
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            None => Ok(letters.len()),
            Some(error) => {
                let error = error.context(format!("{} of {} letters are left", failed.len(), letters.len()));
                Err(self.put_back_after(error, &failed).await)
            }
        }
    }

    /// Puts letters back and returns `error`, which names them if they stay hidden.
    async fn put_back_after(&self, error: Error, letters: &[ReceivedLetter]) -> Error {
        match self.put_back(letters).await {
            Ok(()) => error,
            Err(_) => error.context(format!(
                "{} letters are left and stay hidden for up to {} minutes; none is lost",
                letters.len(),
                HIDDEN_SECONDS / 60
            )),
        }
    }

    async fn count(&self, letters: &[ReceivedLetter]) -> Result<()> {
        let dead: Vec<DeadBatch> = letters.iter().filter_map(|letter| letter.batch).collect();
        if dead.is_empty() {
            return Ok(());
        }
        let counted = self.store.count_dead_letters(&dead, Instant::now() + STORE_TIMEOUT).await;
        counted.context("cannot count letters")
    }

    async fn resend(&self, letter: &ReceivedLetter) -> Result<()> {
        let mut call = self.client.send_message().queue_url(&self.click_queue_url).message_body(&letter.body);
        let accounting = letter
            .attributes
            .iter()
            .filter(|(name, _)| ![REASON_ATTRIBUTE, ORIGINAL_MESSAGE_ATTRIBUTE].contains(&name.as_str()));
        for (name, value) in accounting {
            call = call.message_attributes(name, value.clone());
        }
        call.send().await.with_context(|| format!("letter {} was not sent", letter.id))?;
        // Deleted last: an interruption leaves a duplicate, which does not count.
        self.delete(letter).await
    }

    /// Receives each letter once, and puts back those that are not selected.
    async fn receive(&self, selection: &Selection) -> Result<Vec<ReceivedLetter>> {
        let mut all: BTreeMap<String, ReceivedLetter> = BTreeMap::new();
        let mut empty_answers = 0;
        while empty_answers < EMPTY_ANSWERS {
            let received = match self.receive_some().await {
                Ok(received) => received,
                Err(error) => {
                    let received: Vec<ReceivedLetter> = all.into_values().collect();
                    return Err(self.put_back_after(error, &received).await);
                }
            };
            empty_answers = if received.is_empty() { empty_answers + 1 } else { 0 };
            // After a second delivery only the newer handle works.
            let received = received.into_iter().map(ReceivedLetter::from);
            all.extend(received.map(|letter| (letter.id.clone(), letter)));
        }
        let unknown: Vec<String> = match selection {
            Selection::All => Vec::new(),
            Selection::Ids(ids) => ids.iter().filter(|id| !all.contains_key(*id)).cloned().collect(),
        };
        let (selected, others): (Vec<ReceivedLetter>, Vec<ReceivedLetter>) =
            all.into_values().partition(|letter| selection.contains(letter));
        self.put_back(&others).await?;
        if !unknown.is_empty() {
            self.put_back(&selected).await?;
            bail!("no dead letters with the ids {unknown:?}; `clicks dead-letters list` shows them");
        }
        Ok(selected)
    }

    async fn receive_some(&self) -> Result<Vec<SqsMessage>> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.dead_letter_queue_url)
            .max_number_of_messages(MAX_RECEIVED)
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(HIDDEN_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .context("cannot read the dead-letter queue")?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn put_back(&self, letters: &[ReceivedLetter]) -> Result<()> {
        for letter in letters {
            let call = self.client.change_message_visibility().queue_url(&self.dead_letter_queue_url);
            let call = call.receipt_handle(&letter.receipt_handle).visibility_timeout(0);
            call.send().await.with_context(|| format!("letter {} was not put back", letter.id))?;
        }
        Ok(())
    }

    async fn delete(&self, letter: &ReceivedLetter) -> Result<()> {
        let call = self.client.delete_message().queue_url(&self.dead_letter_queue_url);
        let call = call.receipt_handle(&letter.receipt_handle).send().await;
        call.with_context(|| format!("letter {} was not deleted", letter.id)).map(drop)
    }
}

//! Dead letters, looked at and dealt with by hand: listed, shown, sent again, discarded. Decides in which order SQS is asked,
//! so that whenever it ends a letter is in one of the queues; not which letters are meant.
//!
//! A letter that is sent twice counts once: the consumer knows its batch.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message as Received, MessageAttributeValue, MessageSystemAttributeName};
use tokio::time::Instant;

use crate::config::Config;
use crate::dead_letter::{ORIGINAL_MESSAGE_ATTRIBUTE, REASON_ATTRIBUTE};
use crate::message::Message;
use crate::queue::connect;
use crate::store::{DeadBatch, Store};

/// SQS's own limit.
const RECEIVED_AT_ONCE: i32 = 10;
/// SQS answers from some of its servers and may find nothing though there is something: only several empty answers in a row,
/// each after waiting, mean that there is no more.
const EMPTY_ANSWERS: u32 = 3;
const WAIT_SECONDS: i32 = 1;
/// For so long nobody else sees a letter that was received here. Longer than a run over the largest queue anyone would look at.
const HIDDEN_SECONDS: i32 = 600;
/// Counting letters in the books.
const STORE_TIME: Duration = Duration::from_secs(30);

/// Which letters are meant.
#[derive(Debug)]
pub enum Selection {
    All,
    /// By the ids that the dead-letter queue gave them.
    These(BTreeSet<String>),
}

impl Selection {
    fn holds(&self, letter: &Letter) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(&letter.id),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Letter {
    pub id: String,
    /// When it became one, in milliseconds since the epoch.
    pub sent_at: Option<i64>,
    pub reason: String,
    pub body: String,
    pub batch: Option<DeadBatch>,
    attributes: BTreeMap<String, MessageAttributeValue>,
    receipt_handle: String,
}

impl From<Received> for Letter {
    fn from(received: Received) -> Self {
        let attributes: BTreeMap<_, _> =
            received.message_attributes.unwrap_or_default().into_iter().collect();
        let value = |name: &str| attributes.get(name).and_then(|attribute| attribute.string_value.clone());
        let system = received.attributes.unwrap_or_default();
        let sent_at =
            system.get(&MessageSystemAttributeName::SentTimestamp).and_then(|time| time.parse().ok());
        Self {
            id: received.message_id.unwrap_or_default(),
            sent_at,
            // SQS itself moves a message that came back too often, and says nothing.
            reason: value(REASON_ATTRIBUTE).unwrap_or_else(|| "received too often".to_owned()),
            body: received.body.unwrap_or_default(),
            batch: Message::batch_of(value),
            receipt_handle: received.receipt_handle.unwrap_or_default(),
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
            client: connect().await,
            click_queue_url: config.click_queue_url,
            dead_letter_queue_url: config.dead_letter_queue_url,
            store: Store::connect_lazily(config.analytics_database),
        }
    }

    /// The letters that are meant. The books count them, if they do not yet.
    pub async fn list(&self, selection: &Selection) -> Result<Vec<Letter>> {
        let letters = self.receive(selection).await?;
        self.put_back(&letters).await?;
        self.count(&letters).await?;
        Ok(letters)
    }

    /// Sends letters to the click queue again and tells `done` of each. Returns how many.
    pub async fn redrive(&self, selection: &Selection, done: impl FnMut(&Letter)) -> Result<usize> {
        let letters = self.receive(selection).await?;
        self.deal(&letters, async |letter| self.send_again(letter).await, done).await
    }

    /// Deletes letters for ever; the books go on calling their clicks dead-lettered. Returns how many.
    pub async fn discard(&self, selection: &Selection, done: impl FnMut(&Letter)) -> Result<usize> {
        let letters = self.receive(selection).await?;
        // Counted before they are gone, or their clicks would be missing without a reason.
        if let Err(error) = self.count(&letters).await {
            return Err(self.left(&letters, error).await);
        }
        self.deal(&letters, async |letter| self.delete(letter).await, done).await
    }

    /// With one after the other; what fails with one keeps no other from its turn. Those that an error leaves can be received again
    /// at once, and the first error is told.
    async fn deal(
        &self,
        letters: &[Letter],
        with: impl AsyncFn(&Letter) -> Result<()>,
        mut done: impl FnMut(&Letter),
    ) -> Result<usize> {
        let (mut left, mut first_error) = (Vec::new(), None);
        for letter in letters {
            match with(letter).await {
                Ok(()) => done(letter),
                Err(error) => {
                    left.push(letter.clone());
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            None => Ok(letters.len()),
            Some(error) => {
                let error = error.context(format!("{} of {} letters are left", left.len(), letters.len()));
                Err(self.left(&left, error).await)
            }
        }
    }

    /// Puts back what nothing was done with.
    async fn left(&self, letters: &[Letter], error: Error) -> Error {
        match self.put_back(letters).await {
            Ok(()) => error,
            Err(_) => error.context(format!(
                "{} letters are left; for up to {} minutes nobody sees them, and they are none the less there",
                letters.len(),
                HIDDEN_SECONDS / 60
            )),
        }
    }

    async fn count(&self, letters: &[Letter]) -> Result<()> {
        let dead: Vec<DeadBatch> = letters.iter().filter_map(|letter| letter.batch).collect();
        if dead.is_empty() {
            return Ok(());
        }
        self.store.count_dead(&dead, Instant::now() + STORE_TIME).await.context("cannot count letters")
    }

    async fn send_again(&self, letter: &Letter) -> Result<()> {
        let mut call = self.client.send_message().queue_url(&self.click_queue_url).message_body(&letter.body);
        let books = letter
            .attributes
            .iter()
            .filter(|(name, _)| ![REASON_ATTRIBUTE, ORIGINAL_MESSAGE_ATTRIBUTE].contains(&name.as_str()));
        for (name, value) in books {
            call = call.message_attributes(name, value.clone());
        }
        call.send().await.with_context(|| format!("letter {} was not sent", letter.id))?;
        // Second: whoever ends here leaves a copy too many, which counts nothing.
        self.delete(letter).await
    }

    /// Each letter once. Those that are not meant are put back.
    async fn receive(&self, selection: &Selection) -> Result<Vec<Letter>> {
        let mut all: BTreeMap<String, Letter> = BTreeMap::new();
        let mut empty_answers = 0;
        while empty_answers < EMPTY_ANSWERS {
            let received = match self.receive_some().await {
                Ok(received) => received,
                Err(error) => {
                    let seen: Vec<Letter> = all.into_values().collect();
                    return Err(self.left(&seen, error).await);
                }
            };
            empty_answers = if received.is_empty() { empty_answers + 1 } else { 0 };
            // Delivered twice: the later handle is the one that works.
            all.extend(received.into_iter().map(Letter::from).map(|letter| (letter.id.clone(), letter)));
        }
        let unknown: Vec<String> = match selection {
            Selection::All => Vec::new(),
            Selection::These(ids) => ids.iter().filter(|id| !all.contains_key(*id)).cloned().collect(),
        };
        let (letters, others): (Vec<Letter>, Vec<Letter>) =
            all.into_values().partition(|letter| selection.holds(letter));
        self.put_back(&others).await?;
        if !unknown.is_empty() {
            self.put_back(&letters).await?;
            bail!("no dead letters with the ids {unknown:?}");
        }
        Ok(letters)
    }

    async fn receive_some(&self) -> Result<Vec<Received>> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.dead_letter_queue_url)
            .max_number_of_messages(RECEIVED_AT_ONCE)
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(HIDDEN_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .context("the dead-letter queue cannot be read")?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn put_back(&self, letters: &[Letter]) -> Result<()> {
        for letter in letters {
            let call = self.client.change_message_visibility().queue_url(&self.dead_letter_queue_url);
            let call = call.receipt_handle(&letter.receipt_handle).visibility_timeout(0);
            call.send().await.with_context(|| format!("letter {} was not put back", letter.id))?;
        }
        Ok(())
    }

    async fn delete(&self, letter: &Letter) -> Result<()> {
        let call = self.client.delete_message().queue_url(&self.dead_letter_queue_url);
        let call = call.receipt_handle(&letter.receipt_handle).send().await;
        call.with_context(|| format!("letter {} was not deleted", letter.id)).map(drop)
    }
}

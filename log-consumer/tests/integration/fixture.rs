//! Shared by the tests: batches and messages, a queue that can fail, and counts of the tables.

use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use link_core::clicks::batch::{
    BATCH_ATTRIBUTE, BatchHead, CLICKS_ATTRIBUTE, Click, ClickBatch, DroppedBatch, OrphanVisits,
    PRODUCED_ATTRIBUTE, PRODUCER_ATTRIBUTE, Producer, VERSION, VisitorHash, seal,
};
use link_core::record::LinkId;
use link_core::test_util;
use link_core::time::UnixMillis;
use log_consumer::dead_letter::DeadLetter;
use log_consumer::invocation::{Consumer, InvocationOutcome};
use log_consumer::message::{Message, MessageAttribute};
use log_consumer::queue::{DeadLetters, Postponed, QueueError, Redelivery};
use log_consumer::store::{Links, Store};
use log_consumer::time_limits::Deadlines;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::time::Instant;
use uuid::Uuid;

pub(crate) const MIDNIGHT: UnixMillis = UnixMillis(1_795_478_400_000);
pub(crate) const RAW_CLICK_DAYS: i32 = 180;
/// Far more than any test needs, so that only tests of time limits run out of time.
const AMPLE_TIME: Duration = Duration::from_secs(120);

pub(crate) fn link(number: u128) -> LinkId {
    LinkId(Uuid::from_u128(number))
}

pub(crate) fn click(link_number: u128, time: UnixMillis) -> Click {
    Click {
        link: link(link_number),
        country: Some("DE".into()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64)".into()),
        domain: Some("go.example.com".into()),
        ..test_util::click(time)
    }
}

pub(crate) fn click_of(visitor: u128, link_number: u128, time: UnixMillis) -> Click {
    Click { visitor: Some(VisitorHash(Uuid::from_u128(visitor))), ..click(link_number, time) }
}

pub(crate) fn batch(producer: u128, number: u32, clicks: Vec<Click>) -> ClickBatch {
    let day = clicks.first().map_or(MIDNIGHT, |click| click.time).day();
    let head = BatchHead {
        version: VERSION,
        day,
        producer: Producer(Uuid::from_u128(producer)),
        batch: number,
        produced: u64::try_from(clicks.len()).unwrap() * u64::from(number),
        dropped: vec![],
        orphan_visits: OrphanVisits::default(),
    };
    ClickBatch { head, clicks }
}

/// A batch of `clicks` on link 1.
pub(crate) fn plain_batch(producer: u128, number: u32, clicks: usize) -> ClickBatch {
    batch(producer, number, vec![click(1, MIDNIGHT); clicks])
}

pub(crate) fn declaring(mut batch: ClickBatch, dropped: Vec<DroppedBatch>) -> ClickBatch {
    batch.head.dropped = dropped;
    batch
}

/// As the edge sends it, on the first delivery.
pub(crate) fn message(batch: &ClickBatch) -> Message {
    let clicks: Vec<String> = batch.clicks.iter().map(Click::encode).collect();
    let attribute =
        |name, data_type: &str, value: String| MessageAttribute { name, data_type: data_type.into(), value };
    Message {
        accounting: vec![
            attribute(PRODUCER_ATTRIBUTE, "String", batch.head.producer.to_string()),
            attribute(BATCH_ATTRIBUTE, "Number", batch.head.batch.to_string()),
            attribute(CLICKS_ATTRIBUTE, "Number", batch.clicks.len().to_string()),
            attribute(PRODUCED_ATTRIBUTE, "Number", batch.head.produced.to_string()),
        ],
        ..bare_message(
            &format!("message-{}-{}", batch.head.producer.0.as_u128(), batch.head.batch),
            &seal(&batch.head, &clicks.join(",")),
        )
    }
}

pub(crate) fn bare_message(id: &str, body: &str) -> Message {
    Message {
        id: id.into(),
        receipt_handle: format!("handle of {id}"),
        receive_count: 1,
        sent_at: None,
        body: body.into(),
        accounting: vec![],
        trace: None,
    }
}

/// Records its calls, and fails on request.
#[derive(Debug, Default)]
pub(crate) struct FakeQueue {
    pub(crate) letters: Mutex<Vec<DeadLetter>>,
    pub(crate) postponed: Mutex<Vec<Postponed>>,
    pub(crate) refuses_letters: AtomicBool,
    pub(crate) refuses_to_postpone: AtomicBool,
    /// Accepts calls and never answers.
    pub(crate) hangs: AtomicBool,
}

impl FakeQueue {
    async fn answer(&self, refuses: &AtomicBool) -> Result<(), QueueError> {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if refuses.load(Ordering::Relaxed) { Err(QueueError::Call("refused".into())) } else { Ok(()) }
    }

    pub(crate) fn reasons(&self) -> Vec<String> {
        let value = |letter: &DeadLetter| {
            letter.attributes.iter().find(|attribute| attribute.name == "reason").unwrap().value.clone()
        };
        self.letters.lock().unwrap().iter().map(value).collect()
    }
}

impl DeadLetters for &FakeQueue {
    async fn send(&self, letter: DeadLetter) -> Result<(), QueueError> {
        self.answer(&self.refuses_letters).await?;
        self.letters.lock().unwrap().push(letter);
        Ok(())
    }
}

impl Redelivery for &FakeQueue {
    const MAX_BATCH: usize = 2;

    async fn postpone(&self, messages: Vec<Postponed>) -> Result<(), QueueError> {
        assert!(messages.len() <= Self::MAX_BATCH);
        self.answer(&self.refuses_to_postpone).await?;
        self.postponed.lock().unwrap().extend(messages);
        Ok(())
    }
}

pub(crate) type TestConsumer<'a> = Consumer<&'a FakeQueue, BuildHasherDefault<DefaultHasher>>;

pub(crate) fn consumer<'a>(database: &PgPool, queue: &'a FakeQueue) -> TestConsumer<'a> {
    consumer_of(PgConnectOptions::clone(&database.connect_options()), queue)
}

/// With its own connection, like each instance of the Lambda.
pub(crate) fn consumer_of(options: PgConnectOptions, queue: &FakeQueue) -> TestConsumer<'_> {
    consumer_with_links(options, nobody_listens(), queue)
}

pub(crate) fn consumer_with_links(
    analytics: PgConnectOptions,
    links: PgConnectOptions,
    queue: &FakeQueue,
) -> TestConsumer<'_> {
    let (store, links) = (Store::connect_lazily(analytics, RAW_CLICK_DAYS), Links::connect_lazily(links));
    Consumer::new(store, links, queue, BuildHasherDefault::default(), Arc::default())
}

pub(crate) fn nobody_listens() -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1)
}

/// The tables of the links database that consumers use, in a separate schema.
pub(crate) async fn links_database(database: &PgPool) -> PgConnectOptions {
    sqlx::raw_sql(
        "SELECT pg_advisory_xact_lock(1);
         CREATE SCHEMA IF NOT EXISTS elsewhere;
         CREATE TABLE IF NOT EXISTS elsewhere.links (
             id uuid, domain text, code text, max_clicks bigint, exhausted boolean, gated_at timestamptz, revision bigint, updated_at timestamptz);
         CREATE TABLE IF NOT EXISTS elsewhere.publications (
             domain text, code text, revision bigint, PRIMARY KEY (domain, code));
         CREATE TABLE IF NOT EXISTS elsewhere.link_totals (
             link_id uuid PRIMARY KEY, clicks bigint, human bigint, bot bigint, last_click_at timestamptz,
             as_of timestamptz, imported_human bigint, imported_bot bigint);
         CREATE TABLE IF NOT EXISTS elsewhere.link_gates (
             link_id uuid PRIMARY KEY, used bigint, alone_from timestamptz)",
    )
    .execute(database)
    .await
    .unwrap();
    PgConnectOptions::clone(&database.connect_options()).options([("search_path", "elsewhere")])
}

pub(crate) async fn deliver(consumer: &TestConsumer<'_>, messages: &[Message]) -> InvocationOutcome {
    consumer.consume(messages, Deadlines::new(Instant::now(), AMPLE_TIME)).await
}

pub(crate) async fn deliver_within(
    consumer: &TestConsumer<'_>,
    messages: &[Message],
    remaining: Duration,
) -> InvocationOutcome {
    consumer.consume(messages, Deadlines::new(Instant::now(), remaining)).await
}

/// Row counts of the tables.
#[derive(Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct TableCounts {
    pub(crate) batches: i64,
    pub(crate) clicks: i64,
    pub(crate) rolled_up: i64,
    pub(crate) dropped: i64,
}

pub(crate) async fn table_counts(database: &PgPool) -> TableCounts {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM batches) AS batches,
                (SELECT count(*) FROM clicks) AS clicks,
                (SELECT coalesce(sum(clicks), 0)::bigint FROM link_days
                 WHERE dimension = 'total' AND link_id <> 'ffffffff-ffff-ffff-ffff-ffffffffffff') AS rolled_up,
                (SELECT count(*) FROM dropped_batches) AS dropped",
    )
    .fetch_one(database)
    .await
    .unwrap()
}

/// All clicks rolled up and nothing dropped.
pub(crate) fn complete(batches: i64, clicks: i64) -> TableCounts {
    TableCounts { batches, clicks, rolled_up: clicks, dropped: 0 }
}

/// The accounting of a producer, in clicks.
#[derive(Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct ProducerCounts {
    pub(crate) produced: i64,
    pub(crate) stored: i64,
    pub(crate) duplicate: i64,
    pub(crate) dropped: i64,
    pub(crate) dead_lettered: i64,
}

pub(crate) async fn producer_counts(database: &PgPool, producer: u128) -> ProducerCounts {
    sqlx::query_as(
        "SELECT produced, stored, duplicate, dead_lettered,
                (SELECT coalesce(sum(clicks), 0)::bigint FROM producer_drops drops
                 WHERE drops.producer = producers.producer) AS dropped
         FROM producers WHERE producer = $1",
    )
    .bind(Uuid::from_u128(producer))
    .fetch_one(database)
    .await
    .unwrap()
}

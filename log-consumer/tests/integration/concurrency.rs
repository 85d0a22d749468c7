//! Eight consumers, one hot link, every message delivered one to five times in any order: the tables equal the ledger.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use link_core::clicks::batch::Click;
use link_core::time::UnixMillis;
use log_consumer::invocation::InvocationOutcome;
use log_consumer::message::Message;
use sqlx::postgres::PgConnectOptions;
use sqlx::types::time::OffsetDateTime;
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use crate::fixture::*;

const CONSUMERS: usize = 8;
const PRODUCERS: u128 = 20;
const BATCHES_PER_PRODUCER: u32 = 15;
const QUARTER_MILLIS: i64 = 15 * 60 * 1_000;

/// SplitMix64: the same run for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        usize::try_from(bits % u64::try_from(bound).unwrap()).unwrap()
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Ledger {
    /// (day, producer, batch) → clicks, produced
    batches: BTreeMap<(String, Uuid, i64), (i32, i64)>,
    /// producer, batch, position, link, time
    clicks: BTreeSet<(Uuid, i64, i32, Uuid, OffsetDateTime)>,
    /// (link or all links, quarter) → clicks
    quarters: BTreeMap<(Uuid, OffsetDateTime), i64>,
    /// (link or all links, country) → clicks
    countries: BTreeMap<(Uuid, String), i64>,
    /// (link or all links, day) → visitors
    visitors: BTreeMap<(Uuid, String), i64>,
    /// producer → (produced, stored, duplicate)
    producers: BTreeMap<Uuid, (i64, i64, i64)>,
}

fn generate(random: &mut Random) -> (Vec<Message>, Ledger) {
    let mut messages = Vec::new();
    let mut ledger = Ledger::default();
    let mut seen = BTreeSet::new();
    for producer in 1..=PRODUCERS {
        for number in 1..=BATCHES_PER_PRODUCER {
            let mut clicks = Vec::new();
            for position in 0..1 + random.below(40) {
                // Two of three clicks are on the hot link, within minutes of midnight.
                let link_number =
                    if random.below(3) < 2 { 1 } else { 2 + u128::try_from(random.below(30)).unwrap() };
                let after = i64::try_from(random.below(2_400_000)).unwrap() - 1_200_000;
                let time = MIDNIGHT.plus_millis(after);
                let start = UnixMillis(time.0 - time.0.rem_euclid(QUARTER_MILLIS));
                let link = link(link_number).0;
                let country = ["DE", "FR", "BR"][random.below(3)].to_owned();
                let visitor = u128::try_from(random.below(50)).unwrap();
                for scope in [link, Uuid::max()] {
                    *ledger.quarters.entry((scope, start.date_time())).or_default() += 1;
                    *ledger.countries.entry((scope, country.clone())).or_default() += 1;
                    let day = time.day().to_string();
                    if seen.insert((scope, day.clone(), visitor)) {
                        *ledger.visitors.entry((scope, day)).or_default() += 1;
                    }
                }
                ledger.clicks.insert((
                    Uuid::from_u128(producer),
                    number.into(),
                    i32::try_from(position).unwrap(),
                    link,
                    time.date_time(),
                ));
                clicks.push(Click { country: Some(country), ..click_of(visitor, link_number, time) });
            }
            let batch = batch(producer, number, clicks);
            ledger.batches.insert(
                (batch.head.day.to_string(), Uuid::from_u128(producer), number.into()),
                (i32::try_from(batch.clicks.len()).unwrap(), i64::try_from(batch.head.produced).unwrap()),
            );
            let deliveries = 1 + random.below(5);
            let count = i64::try_from(batch.clicks.len()).unwrap();
            let producer_counts = ledger.producers.entry(Uuid::from_u128(producer)).or_default();
            producer_counts.0 = producer_counts.0.max(i64::try_from(batch.head.produced).unwrap());
            producer_counts.1 += count;
            producer_counts.2 += count * i64::try_from(deliveries - 1).unwrap();
            for delivery in 0..deliveries {
                let receive_count = u32::try_from(delivery).unwrap() + 1;
                messages.push(Message { receive_count, ..message(&batch) });
            }
        }
    }
    for index in (1..messages.len()).rev() {
        messages.swap(index, random.below(index + 1));
    }
    (messages, ledger)
}

async fn stored(database: &PgPool) -> Ledger {
    type Batch = (String, Uuid, i64, i32, i64);
    let batches: Vec<Batch> =
        sqlx::query_as("SELECT day::text, producer, batch, clicks, produced FROM batches")
            .fetch_all(database)
            .await
            .unwrap();
    let clicks: Vec<_> = sqlx::query_as("SELECT producer, batch, position, link_id, time FROM clicks")
        .fetch_all(database)
        .await
        .unwrap();
    let quarters: Vec<(Uuid, OffsetDateTime, i64)> = sqlx::query_as(
        "SELECT link_id, day::timestamp AT TIME ZONE 'UTC' + quarter * interval '15 minutes',
                sum(quarter_clicks[quarter])::bigint
         FROM link_days, generate_subscripts(quarter_clicks, 1) AS quarter
         WHERE dimension = 'total' AND quarter_clicks[quarter] <> 0 GROUP BY 1, 2",
    )
    .fetch_all(database)
    .await
    .unwrap();
    let countries: Vec<(Uuid, String, i64)> = sqlx::query_as(
        "SELECT link_id, value, sum(clicks)::bigint FROM link_days WHERE dimension = 'country' GROUP BY 1, 2",
    )
    .fetch_all(database)
    .await
    .unwrap();
    let visitors: Vec<(Uuid, String, i64)> = sqlx::query_as(
        "SELECT link_id, day::text, sum(visitors)::bigint FROM link_days WHERE dimension = 'total' GROUP BY 1, 2",
    )
    .fetch_all(database)
    .await
    .unwrap();
    let producers: Vec<(Uuid, i64, i64, i64)> =
        sqlx::query_as("SELECT producer, produced, stored, duplicate FROM producers")
            .fetch_all(database)
            .await
            .unwrap();
    let rows = clicks.len();
    let ledger = Ledger {
        batches: batches
            .into_iter()
            .map(|(day, producer, batch, clicks, produced)| ((day, producer, batch), (clicks, produced)))
            .collect(),
        clicks: clicks.into_iter().collect(),
        quarters: quarters.into_iter().map(|(link, start, clicks)| ((link, start), clicks)).collect(),
        countries: countries.into_iter().map(|(link, country, clicks)| ((link, country), clicks)).collect(),
        visitors: visitors.into_iter().map(|(link, day, visitors)| ((link, day), visitors)).collect(),
        producers: producers
            .into_iter()
            .map(|(producer, produced, stored, duplicate)| (producer, (produced, stored, duplicate)))
            .collect(),
    };
    assert_eq!(ledger.clicks.len(), rows, "a click was stored twice");
    ledger
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn eight_consumers_store_shuffled_duplicates_exactly_once(database: PgPool) {
    let mut random = Random(7);
    let (messages, ledger) = generate(&mut random);
    let mut shares: Vec<Vec<&[Message]>> = vec![vec![]; CONSUMERS];
    let mut rest = messages.as_slice();
    let mut turn = 0;
    while !rest.is_empty() {
        let (invocation, later) = rest.split_at(rest.len().min(1 + random.below(20)));
        shares[turn % CONSUMERS].push(invocation);
        rest = later;
        turn += 1;
    }

    let queue = FakeQueue::default();
    let outcomes = join_all(shares.into_iter().map(|share| async {
        let consumer = consumer(&database, &queue);
        let mut outcomes = Vec::new();
        for invocation in share {
            outcomes.push(deliver(&consumer, invocation).await);
        }
        outcomes
    }))
    .await;
    let outcomes: Vec<InvocationOutcome> = outcomes.into_iter().flatten().collect();

    // A deadlock would return a message to the queue.
    let returned: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.returned.clone()).collect();
    assert_eq!(returned, Vec::<String>::new());
    assert_eq!(outcomes.iter().map(|outcome| outcome.stored).sum::<usize>(), ledger.batches.len());
    assert_eq!(outcomes.iter().map(|outcome| outcome.clicks).sum::<usize>(), ledger.clicks.len());
    assert_eq!(queue.reasons(), Vec::<String>::new());
    let stored = stored(&database).await;
    assert_eq!(stored.visitors, ledger.visitors);
    assert_eq!(stored.countries, ledger.countries);
    assert_eq!(stored, ledger);
    assert_eq!(unordered_clicks(&database).await, 0);
}

/// Clicks that a client which follows all clicks would not see.
async fn unordered_clicks(database: &PgPool) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM clicks
         WHERE (SELECT count(*) FROM stored_transactions
                WHERE transaction = stored_in AND day BETWEEN first_day AND last_day AND isfinite(first_day)) <> 1",
    )
    .fetch_one(database)
    .await
    .unwrap()
}

/// A transaction that began earlier may commit later. Its number is the higher one all the same.
#[sqlx::test(migrations = "../migrations/analytics")]
async fn transactions_are_numbered_in_the_order_of_their_commits(database: PgPool) {
    let queue = FakeQueue::default();
    let options = PgConnectOptions::clone(&database.connect_options());
    let mut early = PgConnection::connect_with(&options).await.unwrap();
    // A consumer of an earlier release, which knows nothing of numbers.
    sqlx::raw_sql(
        "BEGIN;
         INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request)
         VALUES ('2026-11-24T00:00:00Z', 1, gen_random_uuid(), gen_random_uuid(), '2026-11-24', 0, 302, false, 'memory', 'early')",
    )
    .execute(&mut early)
    .await
    .unwrap();
    deliver(&consumer(&database, &queue), &[message(&plain_batch(1, 1, 1))]).await;
    sqlx::raw_sql(
        "INSERT INTO link_totals AS total (link_id, clicks, human, bot, last_click_at)
         VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', 1, 1, 0, now())
         ON CONFLICT (link_id) DO UPDATE SET clicks = total.clicks + 1;
         COMMIT",
    )
    .execute(&mut early)
    .await
    .unwrap();
    let order: Vec<(bool, bool)> = sqlx::query_as(
        "SELECT request = 'early', isfinite(first_day) FROM stored_transactions
         JOIN clicks ON stored_in = transaction AND day BETWEEN first_day AND last_day ORDER BY number",
    )
    .fetch_all(&database)
    .await
    .unwrap();
    assert_eq!(order, [(false, true), (true, false)]);
    let ids: bool = sqlx::query_scalar(
        "SELECT (SELECT stored_in FROM clicks WHERE request = 'early') < (SELECT stored_in FROM clicks WHERE request <> 'early')",
    )
    .fetch_one(&database)
    .await
    .unwrap();
    assert!(ids, "the transaction of the click that was stored last began first");
}

//! Eight consumers, one hot link, every message one to five times in any order: the tables equal the generator's ledger.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use link_core::time::UnixMillis;
use log_consumer::invocation::Outcome;
use log_consumer::message::Message;
use sqlx::PgPool;
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use crate::fixture::*;

const CONSUMERS: usize = 8;
const PRODUCERS: u128 = 20;
const BATCHES_OF_EACH: u32 = 15;
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
    link_clicks: BTreeMap<(Uuid, OffsetDateTime), i64>,
}

fn generate(random: &mut Random) -> (Vec<Message>, Ledger) {
    let mut messages = Vec::new();
    let mut ledger = Ledger::default();
    for producer in 1..=PRODUCERS {
        for number in 1..=BATCHES_OF_EACH {
            let mut clicks = Vec::new();
            for position in 0..1 + random.below(40) {
                // Two of three clicks are on the hot link, within minutes of midnight.
                let link_number =
                    if random.below(3) < 2 { 1 } else { 2 + u128::try_from(random.below(30)).unwrap() };
                let after = i64::try_from(random.below(2_400_000)).unwrap() - 1_200_000;
                let time = MIDNIGHT.plus_millis(after);
                let start = UnixMillis(time.0 - time.0.rem_euclid(QUARTER_MILLIS));
                let link = link(link_number).0;
                *ledger.link_clicks.entry((link, start.date_time())).or_default() += 1;
                ledger.clicks.insert((
                    Uuid::from_u128(producer),
                    number.into(),
                    i32::try_from(position).unwrap(),
                    link,
                    time.date_time(),
                ));
                clicks.push(click(link_number, time));
            }
            let batch = batch(producer, number, clicks);
            ledger.batches.insert(
                (batch.head.day.to_string(), Uuid::from_u128(producer), number.into()),
                (i32::try_from(batch.clicks.len()).unwrap(), i64::try_from(batch.head.produced).unwrap()),
            );
            for delivery in 0..1 + random.below(5) {
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
    let link_clicks: Vec<(Uuid, OffsetDateTime, i64)> =
        sqlx::query_as("SELECT link_id, bucket, clicks FROM link_clicks_15m")
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
        link_clicks: link_clicks.into_iter().map(|(link, bucket, clicks)| ((link, bucket), clicks)).collect(),
    };
    assert_eq!(ledger.clicks.len(), rows, "a click is stored twice");
    ledger
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn eight_consumers_store_shuffled_repeats_exactly_once_and_never_deadlock(database: PgPool) {
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
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();

    // A deadlock would show as a message that goes back.
    let returned: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.returned.clone()).collect();
    assert_eq!(returned, Vec::<String>::new());
    assert_eq!(outcomes.iter().map(|outcome| outcome.stored).sum::<usize>(), ledger.batches.len());
    assert_eq!(outcomes.iter().map(|outcome| outcome.clicks).sum::<usize>(), ledger.clicks.len());
    assert_eq!(queue.reasons(), Vec::<String>::new());
    assert_eq!(stored(&database).await, ledger);
}

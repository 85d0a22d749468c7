//! Click accounting: every click of a producer counts in one place, whatever the order in which outcomes arrive.

use futures_util::future::join_all;
use link_core::clicks::batch::{DropReason, DroppedBatch};
use log_consumer::message::Message;
use sqlx::PgPool;

use crate::fixture::*;

fn dropped(batch: u32, clicks: u32) -> Vec<DroppedBatch> {
    vec![DroppedBatch { batch, clicks, reason: DropReason::QueueUnavailable }]
}

/// Two batches of producer 1: five clicks in batch 1, and two in batch 2, which declares batch 1 dropped.
fn late_and_declaring() -> [Message; 2] {
    let mut declaring = declaring(plain_batch(1, 2, 2), dropped(1, 5));
    declaring.head.produced = 7;
    [message(&plain_batch(1, 1, 5)), message(&declaring)]
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn declared_drop_counts_until_the_batch_arrives(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let [late, declaring] = late_and_declaring();
    deliver(&consumer, std::slice::from_ref(&declaring)).await;
    let before = producer_counts(&database, 1).await;
    assert_eq!(before, ProducerCounts { produced: 7, stored: 2, dropped: 5, ..ProducerCounts::default() });
    deliver(&consumer, &[late, declaring]).await;
    let after = producer_counts(&database, 1).await;
    assert_eq!(after, ProducerCounts { produced: 7, stored: 7, duplicate: 2, ..ProducerCounts::default() });
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn stored_batch_stays_stored_when_declared_dropped(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    for message in late_and_declaring() {
        deliver(&consumer, &[message]).await;
    }
    assert_eq!(
        producer_counts(&database, 1).await,
        ProducerCounts { produced: 7, stored: 7, ..ProducerCounts::default() }
    );
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn concurrent_outcomes_count_once(database: PgPool) {
    let queue = FakeQueue::default();
    let consumers = [consumer(&database, &queue), consumer(&database, &queue)];
    for producer in 1..=10 {
        let mut declaring = declaring(plain_batch(producer, 2, 2), dropped(1, 5));
        declaring.head.produced = 7;
        let messages = [message(&plain_batch(producer, 1, 5)), message(&declaring)];
        let deliveries = consumers.iter().zip(&messages);
        join_all(deliveries.map(|(consumer, message)| deliver(consumer, std::slice::from_ref(message))))
            .await;
        assert_eq!(
            producer_counts(&database, producer).await,
            ProducerCounts { produced: 7, stored: 7, ..ProducerCounts::default() }
        );
    }
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn dead_letter_counts_until_it_is_resent_and_stored(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let [good, declaring] = late_and_declaring();
    let unreadable = Message { body: "?".into(), ..good.clone() };
    deliver(&consumer, std::slice::from_ref(&declaring)).await;
    for _ in 0..2 {
        deliver(&consumer, std::slice::from_ref(&unreadable)).await;
        let dead = producer_counts(&database, 1).await;
        assert_eq!(
            dead,
            ProducerCounts { produced: 7, stored: 2, dead_lettered: 5, ..ProducerCounts::default() }
        );
    }
    deliver(&consumer, std::slice::from_ref(&good)).await;
    assert_eq!(
        producer_counts(&database, 1).await,
        ProducerCounts { produced: 7, stored: 7, ..ProducerCounts::default() }
    );
    // Resent twice, once as it was.
    deliver(&consumer, &[good, unreadable]).await;
    let again = producer_counts(&database, 1).await;
    assert_eq!(again, ProducerCounts { produced: 7, stored: 7, duplicate: 5, ..ProducerCounts::default() });
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn unreadable_batch_counts_as_produced(database: PgPool) {
    let queue = FakeQueue::default();
    let unreadable = Message { body: "?".into(), ..message(&plain_batch(1, 3, 4)) };
    deliver(&consumer(&database, &queue), &[unreadable]).await;
    assert_eq!(
        producer_counts(&database, 1).await,
        ProducerCounts { produced: 12, dead_lettered: 4, ..ProducerCounts::default() }
    );
}

/// Whether clicks of producer 1 are outstanding, and the minute up to which its accounting is complete.
async fn complete_until(database: &PgPool) -> (bool, Option<i64>) {
    let minute = "(extract(epoch FROM complete_until - '2026-11-24T00:00:00Z') / 60)::bigint";
    let query = format!("SELECT complete_until < last_click_at, {minute} FROM producers");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_one(database).await.unwrap()
}

/// A batch of producer 1 with five clicks in the minute `number`.
fn minute_batch(number: u32) -> link_core::clicks::batch::ClickBatch {
    batch(1, number, vec![click(1, MIDNIGHT.plus_millis(i64::from(number) * 60_000)); 5])
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn producer_is_complete_up_to_its_last_balanced_click(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    deliver(&consumer, &[message(&minute_batch(2))]).await;
    let day_before = Some(-24 * 60);
    assert_eq!(
        complete_until(&database).await,
        (true, day_before),
        "batch 1 may be from any time of the day before"
    );
    deliver(&consumer, &[message(&minute_batch(1))]).await;
    assert_eq!(complete_until(&database).await, (false, Some(2)));
    deliver(&consumer, &[message(&minute_batch(5))]).await;
    assert_eq!(complete_until(&database).await, (true, Some(2)));
    let declares_three = declaring(minute_batch(6), dropped(3, 5));
    deliver(&consumer, &[message(&declares_three)]).await;
    assert_eq!(complete_until(&database).await, (true, Some(2)));
    let unreadable = Message { body: "?".into(), ..message(&minute_batch(4)) };
    deliver(&consumer, &[unreadable]).await;
    assert_eq!(
        complete_until(&database).await,
        (false, Some(6)),
        "dropped and dead-lettered clicks are accounted for"
    );
}

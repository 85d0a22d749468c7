//! The books: every click of a producer in one place, whatever is learned of its batches and in which order.

use futures_util::future::join_all;
use link_core::click_batch::{DropReason, DroppedBatch};
use log_consumer::message::Message;
use sqlx::PgPool;

use crate::fixture::*;

fn dropped(batch: u32, clicks: u32) -> Vec<DroppedBatch> {
    vec![DroppedBatch { batch, clicks, reason: DropReason::QueueUnavailable }]
}

/// Of producer 1: five clicks in batch 1, two in batch 2, which declares the first one dropped.
fn late_and_declaring() -> [Message; 2] {
    let mut declaring = declaring(plain_batch(1, 2, 2), dropped(1, 5));
    declaring.head.produced = 7;
    [message(&plain_batch(1, 1, 5)), message(&declaring)]
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn a_declared_drop_counts_until_the_batch_arrives_after_all(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let [late, declaring] = late_and_declaring();
    deliver(&consumer, std::slice::from_ref(&declaring)).await;
    let books_before = books(&database, 1).await;
    assert_eq!(books_before, Books { produced: 7, stored: 2, dropped: 5, ..Books::default() });
    deliver(&consumer, &[late, declaring]).await;
    let books_after = books(&database, 1).await;
    assert_eq!(books_after, Books { produced: 7, stored: 7, duplicate: 2, ..Books::default() });
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn a_batch_that_was_stored_before_it_was_declared_dropped_stays_stored(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    for message in late_and_declaring() {
        deliver(&consumer, &[message]).await;
    }
    assert_eq!(books(&database, 1).await, Books { produced: 7, stored: 7, ..Books::default() });
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn what_two_consumers_learn_at_once_is_counted_once(database: PgPool) {
    let queue = FakeQueue::default();
    let consumers = [consumer(&database, &queue), consumer(&database, &queue)];
    for producer in 1..=10 {
        let mut declaring = declaring(plain_batch(producer, 2, 2), dropped(1, 5));
        declaring.head.produced = 7;
        let messages = [message(&plain_batch(producer, 1, 5)), message(&declaring)];
        let deliveries = consumers.iter().zip(&messages);
        join_all(deliveries.map(|(consumer, message)| deliver(consumer, std::slice::from_ref(message))))
            .await;
        assert_eq!(books(&database, producer).await, Books { produced: 7, stored: 7, ..Books::default() });
    }
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn a_dead_letter_counts_until_it_is_sent_again_and_stored(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let [good, declaring] = late_and_declaring();
    let unreadable = Message { body: "?".into(), ..good.clone() };
    deliver(&consumer, std::slice::from_ref(&declaring)).await;
    for _ in 0..2 {
        deliver(&consumer, std::slice::from_ref(&unreadable)).await;
        let dead = books(&database, 1).await;
        assert_eq!(dead, Books { produced: 7, stored: 2, dead_lettered: 5, ..Books::default() });
    }
    deliver(&consumer, std::slice::from_ref(&good)).await;
    assert_eq!(books(&database, 1).await, Books { produced: 7, stored: 7, ..Books::default() });
    // Sent again twice, and once more as it was.
    deliver(&consumer, &[good, unreadable]).await;
    let again = books(&database, 1).await;
    assert_eq!(again, Books { produced: 7, stored: 7, duplicate: 5, ..Books::default() });
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn a_batch_that_nobody_can_read_is_produced_all_the_same(database: PgPool) {
    let queue = FakeQueue::default();
    let unreadable = Message { body: "?".into(), ..message(&plain_batch(1, 3, 4)) };
    deliver(&consumer(&database, &queue), &[unreadable]).await;
    assert_eq!(books(&database, 1).await, Books { produced: 12, dead_lettered: 4, ..Books::default() });
}

/// Whether anything of producer 1 is awaited, and up to which of its clicks, by batch, its books add up.
async fn complete_until(database: &PgPool) -> (bool, Option<i64>) {
    let minute = "(extract(epoch FROM complete_until - '2026-11-24T00:00:00Z') / 60)::bigint";
    let question = format!("SELECT complete_until < last_click_at, {minute} FROM producers");
    sqlx::query_as(sqlx::AssertSqlSafe(question)).fetch_one(database).await.unwrap()
}

/// The batch of five clicks that producer 1 made in the minute of its number.
fn of_minute(number: u32) -> link_core::click_batch::ClickBatch {
    batch(1, number, vec![click(1, MIDNIGHT.plus_millis(i64::from(number) * 60_000)); 5])
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn a_producer_is_complete_up_to_where_its_books_add_up(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    deliver(&consumer, &[message(&of_minute(2))]).await;
    let day_before = Some(-24 * 60);
    assert_eq!(complete_until(&database).await, (true, day_before), "batch 1 may be of any time of it");
    deliver(&consumer, &[message(&of_minute(1))]).await;
    assert_eq!(complete_until(&database).await, (false, Some(2)));
    deliver(&consumer, &[message(&of_minute(5))]).await;
    assert_eq!(complete_until(&database).await, (true, Some(2)));
    let declares_three = declaring(of_minute(6), dropped(3, 5));
    deliver(&consumer, &[message(&declares_three)]).await;
    assert_eq!(complete_until(&database).await, (true, Some(2)));
    let unreadable = Message { body: "?".into(), ..message(&of_minute(4)) };
    deliver(&consumer, &[unreadable]).await;
    assert_eq!(
        complete_until(&database).await,
        (false, Some(6)),
        "dropped and dead-lettered is accounted for"
    );
}

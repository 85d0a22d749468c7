//! Messages that can never be stored become dead letters with a reason, and hold up no others.

use std::sync::atomic::Ordering;
use std::time::Duration;

use link_core::clicks::batch::Click;
use log_consumer::invocation::InvocationOutcome;
use log_consumer::message::Message;
use sqlx::PgPool;

use crate::fixture::*;

/// A readable message that Postgres refuses. The edge never produces one, another producer might.
fn refused(producer: u128) -> Message {
    let nul = Click { user_agent: Some("evil\0agent".into()), ..click(1, MIDNIGHT) };
    message(&batch(producer, 1, vec![click(1, MIDNIGHT), nul]))
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn unreadable_message_holds_up_no_others(database: PgPool) {
    let queue = FakeQueue::default();
    let unreadable =
        Message { body: r#"{"version":99,"new":"shape"}"#.into(), ..message(&plain_batch(9, 4, 2)) };
    let messages = [message(&plain_batch(1, 1, 3)), unreadable.clone(), message(&plain_batch(2, 1, 4))];
    let outcome = deliver(&consumer(&database, &queue), &messages).await;
    assert_eq!(
        outcome,
        InvocationOutcome { stored: 2, clicks: 7, dead_lettered: 1, ..InvocationOutcome::default() }
    );
    assert_eq!(table_counts(&database).await, complete(2, 7));

    let letters = queue.letters.lock().unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].body, unreadable.body);
    let attributes: Vec<_> = letters[0]
        .attributes
        .iter()
        .map(|attribute| (attribute.name, attribute.data_type.as_str(), attribute.value.as_str()))
        .collect();
    insta::assert_json_snapshot!(attributes);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn refused_row_fails_its_own_message_only(database: PgPool) {
    let queue = FakeQueue::default();
    let mut messages: Vec<Message> = (1..=7).map(|producer| message(&plain_batch(producer, 1, 2))).collect();
    messages.insert(3, refused(8));
    messages.push(refused(9));
    let outcome = deliver(&consumer(&database, &queue), &messages).await;
    assert_eq!(
        outcome,
        InvocationOutcome { stored: 7, clicks: 14, dead_lettered: 2, ..InvocationOutcome::default() }
    );
    assert_eq!(table_counts(&database).await, complete(7, 14));
    let reason = "refused by the database: 22021: invalid byte sequence for encoding \"UTF8\": 0x00";
    assert_eq!(queue.reasons(), [reason, reason]);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn time_out_of_range_fails_its_own_message_only(database: PgPool) {
    let queue = FakeQueue::default();
    let mut before_postgres = plain_batch(2, 1, 1);
    before_postgres.clicks[0].time.0 = -300_000_000_000_000;
    let mut out_of_range = plain_batch(3, 1, 1);
    out_of_range.clicks[0].time.0 = i64::MAX;
    let messages = [plain_batch(1, 1, 3), before_postgres, out_of_range].map(|batch| message(&batch));
    let outcome = deliver(&consumer(&database, &queue), &messages).await;
    assert_eq!(
        outcome,
        InvocationOutcome { stored: 1, clicks: 3, dead_lettered: 2, ..InvocationOutcome::default() }
    );
    let mut reasons = queue.reasons();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            "cannot be stored: a click's time of 9223372036854775807 ms is out of range",
            "refused by the database: 22008: timestamp out of range",
        ]
    );
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn unsent_dead_letter_keeps_its_message_in_the_queue(database: PgPool) {
    let queue = FakeQueue::default();
    queue.refuses_letters.store(true, Ordering::Relaxed);
    let messages = [bare_message("unreadable", "?"), message(&plain_batch(1, 1, 3)), refused(2)];
    let consumer = consumer(&database, &queue);
    let outcome = deliver(&consumer, &messages).await;
    let returned = vec!["unreadable".to_owned(), "message-2-1".to_owned()];
    assert_eq!(outcome, InvocationOutcome { stored: 1, clicks: 3, returned, ..InvocationOutcome::default() });
    insta::assert_json_snapshot!(outcome.into_response());

    queue.refuses_letters.store(false, Ordering::Relaxed);
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(
        outcome,
        InvocationOutcome { duplicates: 1, dead_lettered: 2, ..InvocationOutcome::default() }
    );
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn hanging_dead_letter_queue_does_not_stop_storing(database: PgPool) {
    let queue = FakeQueue::default();
    queue.hangs.store(true, Ordering::Relaxed);
    let messages = [bare_message("unreadable", "?"), message(&plain_batch(1, 1, 3))];
    let outcome = deliver_within(&consumer(&database, &queue), &messages, Duration::from_secs(2)).await;
    let returned = vec!["unreadable".to_owned()];
    assert_eq!(outcome, InvocationOutcome { stored: 1, clicks: 3, returned, ..InvocationOutcome::default() });
}

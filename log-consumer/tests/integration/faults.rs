//! A failing database: every message returns to the queue, later each time, and none becomes a dead letter.

use std::sync::atomic::Ordering;
use std::time::Duration;

use log_consumer::invocation::InvocationOutcome;
use log_consumer::message::Message;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::fixture::*;

fn three_messages() -> [Message; 3] {
    [1, 2, 3].map(|producer| message(&plain_batch(producer, 1, 2)))
}

fn ids(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| message.id.clone()).collect()
}

#[tokio::test]
async fn without_a_database_every_message_is_postponed() {
    let queue = FakeQueue::default();
    let nobody_listens = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1);
    let consumer = consumer_of(nobody_listens, &queue);
    let [first, second, third] = three_messages();
    let messages = [first, Message { receive_count: 5, ..second }, Message { receive_count: 1_000, ..third }];
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(outcome, InvocationOutcome { returned: ids(&messages), ..InvocationOutcome::default() });
    assert_eq!(queue.reasons(), Vec::<String>::new());

    let mut postponed = queue.postponed.lock().unwrap().clone();
    postponed.sort_by_key(|postponed| postponed.seconds);
    let handles: Vec<&str> = postponed.iter().map(|postponed| postponed.receipt_handle.as_str()).collect();
    assert_eq!(handles, messages.each_ref().map(|message| message.receipt_handle.as_str()));
    for (postponed, expected) in postponed.iter().zip([3..=5, 40..=80, 450..=900]) {
        assert!(expected.contains(&postponed.seconds), "{postponed:?}");
    }
}

#[tokio::test]
async fn without_a_database_unreadable_messages_are_dead_letters() {
    let queue = FakeQueue::default();
    let consumer = consumer_of(PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1), &queue);
    let [good, ..] = three_messages();
    let outcome = deliver(&consumer, &[bare_message("unreadable", "?"), good.clone()]).await;
    assert_eq!(
        outcome,
        InvocationOutcome { dead_lettered: 1, returned: ids(&[good]), ..InvocationOutcome::default() }
    );
}

#[tokio::test]
async fn message_that_cannot_be_postponed_is_returned() {
    let queue = FakeQueue::default();
    queue.refuses_to_postpone.store(true, Ordering::Relaxed);
    let consumer = consumer_of(PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1), &queue);
    let messages = three_messages();
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(outcome, InvocationOutcome { returned: ids(&messages), ..InvocationOutcome::default() });
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn failed_transaction_leaves_nothing_behind(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let messages = three_messages();
    sqlx::query("ALTER TABLE link_days RENAME TO away").execute(&database).await.unwrap();
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(outcome, InvocationOutcome { returned: ids(&messages), ..InvocationOutcome::default() });
    assert_eq!(queue.reasons(), Vec::<String>::new());

    sqlx::query("ALTER TABLE away RENAME TO link_days").execute(&database).await.unwrap();
    assert_eq!(table_counts(&database).await, complete(0, 0));
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(outcome, InvocationOutcome { stored: 3, clicks: 6, ..InvocationOutcome::default() });
    assert_eq!(table_counts(&database).await, complete(3, 6));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn database_failure_while_halving_returns_the_rest(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    // Refuses the data of message 1, then fails with a full disk at message 3.
    sqlx::raw_sql(
        "CREATE FUNCTION fail_on_purpose() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF EXISTS (SELECT FROM batches WHERE producer = '00000000-0000-0000-0000-000000000001') THEN
             RAISE EXCEPTION 'refused on purpose' USING ERRCODE = '22000';
           ELSIF EXISTS (SELECT FROM batches WHERE producer = '00000000-0000-0000-0000-000000000003') THEN
             RAISE EXCEPTION 'disk full' USING ERRCODE = '53100';
           END IF;
           RETURN NULL;
         END $$;
         CREATE TRIGGER fail_on_purpose AFTER INSERT ON link_days FOR EACH STATEMENT EXECUTE FUNCTION fail_on_purpose()",
    )
    .execute(&database)
    .await
    .unwrap();
    let messages = [1, 2, 3, 4].map(|producer| message(&plain_batch(producer, 1, 2)));
    let outcome = deliver(&consumer, &messages).await;
    let returned = vec!["message-3-1".to_owned(), "message-4-1".to_owned()];
    assert_eq!(
        outcome,
        InvocationOutcome {
            stored: 1,
            clicks: 2,
            dead_lettered: 1,
            returned,
            ..InvocationOutcome::default()
        }
    );
    assert_eq!(queue.reasons(), ["refused by the database: 22000: refused on purpose"]);
    assert_eq!(table_counts(&database).await, complete(1, 2));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn transaction_that_outlasts_the_invocation_is_aborted(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let messages = three_messages();
    let mut holder = database.begin().await.unwrap();
    sqlx::query("LOCK TABLE link_days").execute(&mut *holder).await.unwrap();
    let outcome = deliver_within(&consumer, &messages, Duration::from_millis(300)).await;
    assert_eq!(outcome, InvocationOutcome { returned: ids(&messages), ..InvocationOutcome::default() });

    // The aborted statement still waits in the server; the process continues without it.
    let without_clicks = message(&plain_batch(9, 1, 0));
    let outcome = deliver(&consumer, &[without_clicks]).await;
    assert_eq!(outcome, InvocationOutcome { stored: 1, ..InvocationOutcome::default() });

    holder.rollback().await.unwrap();
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(outcome, InvocationOutcome { stored: 3, clicks: 6, ..InvocationOutcome::default() });
    assert_eq!(table_counts(&database).await, complete(4, 6));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn connection_closed_by_the_server_is_replaced(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let messages = three_messages();
    deliver(&consumer, &messages[..1]).await;
    let closed: i64 = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'shortline-log-consumer'",
    )
    .fetch_one(&database)
    .await
    .unwrap();
    assert_eq!(closed, 1);
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(
        outcome,
        InvocationOutcome { stored: 2, clicks: 4, duplicates: 1, ..InvocationOutcome::default() }
    );
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn clicks_without_a_partition_wait_for_one(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let messages = three_messages();
    sqlx::query("ALTER TABLE clicks DETACH PARTITION clicks_default").execute(&database).await.unwrap();
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(outcome, InvocationOutcome { returned: ids(&messages), ..InvocationOutcome::default() });
    assert_eq!(queue.reasons(), Vec::<String>::new());

    sqlx::query("ALTER TABLE clicks ATTACH PARTITION clicks_default DEFAULT")
        .execute(&database)
        .await
        .unwrap();
    let outcome = deliver(&consumer, &messages).await;
    assert_eq!(outcome, InvocationOutcome { stored: 3, clicks: 6, ..InvocationOutcome::default() });
}

/// The claims that a failed attempt to store two batches leaves, and the visitors that the retry counts on the link.
async fn claims_left_and_visitors_counted(database: &PgPool) -> (i64, i64) {
    let queue = FakeQueue::default();
    let consumer = consumer(database, &queue);
    let visited = |number| batch(1, number, vec![click_of(7, 1, MIDNIGHT), click_of(8, 1, MIDNIGHT)]);
    let (first, second) = (message(&visited(1)), message(&visited(2)));
    let mut holder = database.begin().await.unwrap();
    sqlx::query("LOCK TABLE link_days").execute(&mut *holder).await.unwrap();
    deliver_within(&consumer, &[first.clone(), second.clone()], Duration::from_millis(300)).await;
    let claims = sqlx::query_scalar("SELECT count(*) FROM visitors").fetch_one(database).await.unwrap();
    holder.rollback().await.unwrap();
    // One by one, the batch without claims first.
    deliver(&consumer, &[second]).await;
    deliver(&consumer, &[first]).await;
    let counted = sqlx::query_scalar(
        "SELECT sum(visitors)::bigint FROM link_days WHERE link_id = $1 AND dimension = 'total'",
    );
    (claims, counted.bind(link(1).0).fetch_one(database).await.unwrap())
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn visitor_counts_once_when_the_claiming_batch_is_late(database: PgPool) {
    assert_eq!(claims_left_and_visitors_counted(&database).await, (4, 2));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn beside_the_previous_release_claims_are_not_ahead(database: PgPool) {
    sqlx::query("UPDATE pipeline_state SET claims_ahead_from = now() + interval '1 hour'")
        .execute(&database)
        .await
        .unwrap();
    assert_eq!(claims_left_and_visitors_counted(&database).await, (0, 2));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn visitor_of_a_dead_letter_counts_with_the_next_click(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    sqlx::query("ALTER TABLE batches ADD CHECK (batch <> 1)").execute(&database).await.unwrap();
    let visitor_batch = |number| message(&batch(1, number, vec![click_of(7, 1, MIDNIGHT)]));
    let outcome = deliver(&consumer, &[visitor_batch(1), visitor_batch(2)]).await;
    assert_eq!((outcome.stored, outcome.dead_lettered), (1, 1));
    deliver(&consumer, &[visitor_batch(3)]).await;
    let counted: Vec<i64> = sqlx::query_scalar("SELECT visitors FROM link_days WHERE dimension = 'total'")
        .fetch_all(&database)
        .await
        .unwrap();
    assert_eq!(counted, [1, 1], "on the link, and on all links");
}

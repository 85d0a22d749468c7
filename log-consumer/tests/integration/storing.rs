//! What a valid message leaves in the tables, however often it is delivered.

use std::time::Duration;

use link_core::clicks::batch::{ClickBatch, DropReason, DroppedBatch};
use log_consumer::invocation::InvocationOutcome;
use log_consumer::store::{LinkTotal, Links};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::time::Instant;

use crate::fixture::*;

#[sqlx::test(migrations = "../migrations/analytics")]
async fn every_field_of_a_message_is_stored(database: PgPool) {
    let queue = FakeQueue::default();
    let body = include_str!("../../../link-core/fixtures/click-batch-v3.json");
    let outcome = deliver(&consumer(&database, &queue), &[bare_message("v3", body)]).await;
    assert_eq!(outcome, InvocationOutcome { stored: 1, clicks: 2, ..InvocationOutcome::default() });

    let stored: serde_json::Value = sqlx::query_scalar::<_, String>(
        "SELECT json_build_object(
            'batches', (SELECT json_agg(to_jsonb(batches) - 'stored_at') FROM batches),
            'clicks', (SELECT json_agg(to_jsonb(clicks) - 'stored_in' ORDER BY position) FROM clicks),
            'dropped_batches', (SELECT json_agg(to_jsonb(dropped_batches) - 'stored_at') FROM dropped_batches),
            'producers', (SELECT json_agg(to_jsonb(producers) - 'first_at' - 'last_at') FROM producers),
            'producer_drops', (SELECT json_agg(producer_drops) FROM producer_drops),
            'visitors', (SELECT json_agg(visitors ORDER BY link_id) FROM visitors),
            'link_totals', (SELECT json_agg(link_totals ORDER BY link_id) FROM link_totals),
            'link_minutes', (SELECT json_agg(link_minutes ORDER BY link_id, class) FROM link_minutes),
            'link_days', (SELECT json_agg(concat_ws(' ', link_id, day, dimension, quote_literal(value), class, clicks,
                                                    visitors, quarter_clicks, quarter_visitors)
                                          ORDER BY link_id, dimension, value, class) FROM link_days))::text",
    )
    .fetch_one(&database)
    .await
    .map(|json| serde_json::from_str(&json).unwrap())
    .unwrap();
    insta::assert_json_snapshot!(stored);
}

/// Producers of older releases send full referrers.
#[sqlx::test(migrations = "../migrations/analytics")]
async fn query_of_a_referrer_is_never_stored(database: PgPool) {
    let queue = FakeQueue::default();
    let body = include_str!("../../../link-core/fixtures/click-batch-v1.json");
    let mut batch = ClickBatch::decode(body).unwrap();
    batch.clicks.iter_mut().for_each(|click| {
        click.referrer = Some("https://me:secret@mail.example/inbox?token=secret".into());
    });
    assert_eq!(deliver(&consumer(&database, &queue), &[message(&batch)]).await.stored, 1);
    let referrers: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT referrer FROM clicks").fetch_all(&database).await.unwrap();
    assert_eq!(referrers, ["https://mail.example/inbox"]);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn redelivered_message_changes_nothing(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let messages = [message(&plain_batch(1, 1, 3)), message(&plain_batch(2, 1, 4))];
    assert_eq!(
        deliver(&consumer, &messages).await,
        InvocationOutcome { stored: 2, clicks: 7, ..InvocationOutcome::default() }
    );
    assert_eq!(
        deliver(&consumer, &messages).await,
        InvocationOutcome { duplicates: 2, ..InvocationOutcome::default() }
    );
    assert_eq!(table_counts(&database).await, complete(2, 7));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn batch_committed_by_a_dead_consumer_is_recognised(database: PgPool) {
    let queue = FakeQueue::default();
    let message = message(&plain_batch(1, 1, 3));
    let killed_before_answering = consumer(&database, &queue);
    let _ = deliver(&killed_before_answering, std::slice::from_ref(&message)).await;
    drop(killed_before_answering);

    let outcome = deliver(&consumer(&database, &queue), &[message]).await;
    assert_eq!(outcome, InvocationOutcome { duplicates: 1, ..InvocationOutcome::default() });
    assert_eq!(table_counts(&database).await, complete(1, 3));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn batch_sent_twice_in_one_invocation_counts_once(database: PgPool) {
    let queue = FakeQueue::default();
    let message = message(&plain_batch(1, 1, 3));
    let outcome = deliver(&consumer(&database, &queue), &[message.clone(), message]).await;
    assert_eq!(
        outcome,
        InvocationOutcome { stored: 1, clicks: 3, duplicates: 1, ..InvocationOutcome::default() }
    );
    assert_eq!(table_counts(&database).await, complete(1, 3));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn clicks_around_midnight_count_on_their_own_days(database: PgPool) {
    let queue = FakeQueue::default();
    let clicks = vec![click(1, MIDNIGHT.plus_millis(-1)), click(1, MIDNIGHT)];
    deliver(&consumer(&database, &queue), &[message(&batch(1, 1, clicks))]).await;

    let days: Vec<String> = sqlx::query_scalar("SELECT day::text FROM clicks ORDER BY position")
        .fetch_all(&database)
        .await
        .unwrap();
    assert_eq!(days, ["2026-11-23", "2026-11-24"]);
    let quarters: Vec<(String, String)> = sqlx::query_as(
        "SELECT day::text, quarter_clicks::text FROM link_days
         WHERE dimension = 'total' AND link_id = $1 ORDER BY day",
    )
    .bind(link(1).0)
    .fetch_all(&database)
    .await
    .unwrap();
    assert_eq!(
        quarters,
        [("2026-11-23".into(), "[95:95]={1}".into()), ("2026-11-24".into(), "[0:0]={1}".into())]
    );
    let batch_day: String =
        sqlx::query_scalar("SELECT day::text FROM batches").fetch_one(&database).await.unwrap();
    assert_eq!(batch_day, "2026-11-23");
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn drop_declared_repeatedly_is_recorded_once(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let dropped = || vec![DroppedBatch { batch: 1, clicks: u32::MAX, reason: DropReason::QueueUnavailable }];
    let first = message(&declaring(plain_batch(1, 2, 1), dropped()));
    let empty = message(&declaring(plain_batch(1, 3, 0), dropped()));
    deliver(&consumer, &[first.clone(), empty.clone()]).await;
    deliver(&consumer, &[empty, first]).await;
    assert_eq!(table_counts(&database).await, TableCounts { dropped: 1, ..complete(2, 1) });
    let clicks: i64 =
        sqlx::query_scalar("SELECT clicks FROM dropped_batches").fetch_one(&database).await.unwrap();
    assert_eq!(clicks, i64::from(u32::MAX));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn batch_declared_dropped_is_stored_when_it_arrives(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let dropped = vec![DroppedBatch { batch: 1, clicks: 5, reason: DropReason::QueueUnavailable }];
    deliver(&consumer, &[message(&declaring(plain_batch(1, 2, 1), dropped))]).await;
    let outcome = deliver(&consumer, &[message(&plain_batch(1, 1, 5))]).await;
    assert_eq!(outcome, InvocationOutcome { stored: 1, clicks: 5, ..InvocationOutcome::default() });
    assert_eq!(table_counts(&database).await, TableCounts { dropped: 1, ..complete(2, 6) });
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn invocation_may_exceed_the_rows_of_a_statement(database: PgPool) {
    let queue = FakeQueue::default();
    let messages = [message(&plain_batch(1, 1, 5_001)), message(&plain_batch(1, 2, 5_001))];
    let outcome = deliver(&consumer(&database, &queue), &messages).await;
    assert_eq!(outcome, InvocationOutcome { stored: 2, clicks: 10_002, ..InvocationOutcome::default() });
    assert_eq!(table_counts(&database).await, complete(2, 10_002));
}

/// A consumer commits before the clicks of a link are erased, and writes its total afterwards.
#[sqlx::test(migrations = "../migrations/analytics")]
async fn next_click_after_an_erasure_replaces_the_total(database: PgPool) {
    let queue = FakeQueue::default();
    let options = PgConnectOptions::clone(&database.connect_options());
    let consumer = consumer_with_links(options, links_database(&database).await, &queue);
    let written = async || -> i64 {
        let query = sqlx::query_scalar("SELECT clicks FROM elsewhere.link_totals");
        query.fetch_one(&database).await.unwrap()
    };
    deliver(&consumer, &[message(&batch(1, 1, vec![click(1, MIDNIGHT); 5]))]).await;
    assert_eq!(written().await, 5);
    sqlx::query("DELETE FROM link_totals").execute(&database).await.unwrap();
    deliver(&consumer, &[message(&batch(1, 2, vec![click(1, MIDNIGHT.plus_millis(1)); 2]))]).await;
    assert_eq!(written().await, 2);
}

async fn insert_links(database: &PgPool) {
    for number in [1, 2] {
        let query = sqlx::query("INSERT INTO elsewhere.links (id, exhausted) VALUES ($1, false)");
        query.bind(link(number).0).execute(database).await.unwrap();
    }
}

async fn written_totals(database: &PgPool) -> Vec<i64> {
    let query = sqlx::query_scalar("SELECT clicks FROM elsewhere.link_totals ORDER BY link_id");
    query.fetch_all(database).await.unwrap()
}

/// A consumer commits, and ends before it writes the totals.
#[sqlx::test(migrations = "../migrations/analytics")]
async fn batch_that_comes_again_brings_the_totals_of_its_links(database: PgPool) {
    let queue = FakeQueue::default();
    let message = message(&batch(1, 1, vec![click(1, MIDNIGHT), click(2, MIDNIGHT), click(2, MIDNIGHT)]));
    deliver(&consumer(&database, &queue), std::slice::from_ref(&message)).await;
    let options = PgConnectOptions::clone(&database.connect_options());
    let consumer = consumer_with_links(options, links_database(&database).await, &queue);
    let outcome = deliver(&consumer, std::slice::from_ref(&message)).await;
    assert_eq!(outcome, InvocationOutcome { duplicates: 1, ..InvocationOutcome::default() });
    assert!(written_totals(&database).await.is_empty(), "links that do not exist");
    insert_links(&database).await;
    deliver(&consumer, &[message]).await;
    assert_eq!(written_totals(&database).await, [1, 2]);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn totals_that_could_not_be_written_follow_with_the_next_invocation(database: PgPool) {
    let queue = FakeQueue::default();
    let links = links_database(&database).await;
    let options = PgConnectOptions::clone(&database.connect_options());
    insert_links(&database).await;
    let consumer = consumer_with_links(options, links, &queue);
    sqlx::query("ALTER TABLE elsewhere.link_totals RENAME TO away").execute(&database).await.unwrap();
    deliver(&consumer, &[message(&batch(1, 1, vec![click(1, MIDNIGHT); 5]))]).await;
    sqlx::query("ALTER TABLE elsewhere.away RENAME TO link_totals").execute(&database).await.unwrap();
    deliver(&consumer, &[message(&batch(1, 2, vec![click(2, MIDNIGHT)]))]).await;
    assert_eq!(written_totals(&database).await, [5, 1]);
}

/// The total was counted before the erasure and is written after it.
#[sqlx::test(migrations = "../migrations/analytics")]
async fn late_total_does_not_undo_an_erasure(database: PgPool) {
    let queue = FakeQueue::default();
    let options = PgConnectOptions::clone(&database.connect_options());
    let consumer = consumer_with_links(options, links_database(&database).await, &queue);
    sqlx::query("INSERT INTO elsewhere.link_totals VALUES ($1, 0, 0, 0, NULL, now() + interval '1 hour')")
        .bind(link(1).0)
        .execute(&database)
        .await
        .unwrap();
    deliver(&consumer, &[message(&batch(1, 1, vec![click(1, MIDNIGHT); 5]))]).await;
    let written: i64 =
        sqlx::query_scalar("SELECT clicks FROM elsewhere.link_totals").fetch_one(&database).await.unwrap();
    assert_eq!(written, 0);
}

/// Smaller maximums are always gated, whatever the total says.
#[sqlx::test(migrations = "../migrations/analytics")]
async fn large_maximum_is_gated_when_little_is_left(database: PgPool) {
    let links = Links::connect_lazily(links_database(&database).await);
    let cases = [
        (Some(100_000), 100_000, (false, false)),
        (Some(1_000_000), 899_999, (false, false)),
        (Some(1_000_000), 900_000, (false, true)),
        (Some(100_001), 1, (false, true)),
        (Some(1_000_000), 1_000_000, (true, true)),
        (None, 1_000_000, (false, false)),
    ];
    let mut totals = Vec::new();
    for (number, (max_clicks, human, _)) in (1..).zip(cases) {
        sqlx::query(
            "INSERT INTO elsewhere.links (id, domain, code, max_clicks, exhausted) VALUES ($1, 'a.test', $2, $3, false)",
        )
        .bind(link(number).0)
        .bind(number.to_string())
        .bind(max_clicks)
        .execute(&database)
        .await
        .unwrap();
        totals.push(LinkTotal {
            link_id: link(number).0,
            clicks: human,
            human,
            bot: 0,
            imported_human: 0,
            imported_bot: 0,
            last_click_at: MIDNIGHT.date_time(),
            as_of: MIDNIGHT.date_time(),
        });
    }
    links.set_totals(&totals, Instant::now() + Duration::from_secs(60)).await.unwrap();
    let states: Vec<(bool, bool, bool)> = sqlx::query_as(
        "SELECT exhausted, gated_at IS NOT NULL, EXISTS (SELECT FROM elsewhere.publications known WHERE known.code = link.code)
         FROM elsewhere.links link ORDER BY id",
    )
    .fetch_all(&database)
    .await
    .unwrap();
    let expected: Vec<_> =
        cases.iter().map(|(.., (exhausted, gated))| (*exhausted, *gated, *gated)).collect();
    assert_eq!(states, expected);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn late_clicks_count_in_a_new_gate_without_a_visit(database: PgPool) {
    let links = Links::connect_lazily(links_database(&database).await);
    for (number, minutes) in [(1, 10), (2, 0)] {
        sqlx::query("INSERT INTO elsewhere.link_gates VALUES ($1, 1, now() + make_interval(mins => $2))")
            .bind(link(number).0)
            .bind(minutes)
            .execute(&database)
            .await
            .unwrap();
    }
    let at = MIDNIGHT.date_time();
    let total = |number| LinkTotal {
        link_id: link(number).0,
        clicks: 5,
        human: 5,
        bot: 0,
        imported_human: 0,
        imported_bot: 0,
        last_click_at: at,
        as_of: at,
    };
    links.set_totals(&[total(1), total(2)], Instant::now() + Duration::from_secs(60)).await.unwrap();
    let used: Vec<i64> = sqlx::query_scalar("SELECT used FROM elsewhere.link_gates ORDER BY link_id")
        .fetch_all(&database)
        .await
        .unwrap();
    assert_eq!(used, [5, 1]);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn clicks_are_summed_for_webhooks_once_and_only_if_wanted(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let sums = async || -> Vec<(String, i64)> {
        sqlx::query_as("SELECT class, sum(clicks)::bigint FROM click_outbox GROUP BY class ORDER BY class")
            .fetch_all(&database)
            .await
            .unwrap()
    };
    let body = include_str!("../../../link-core/fixtures/click-batch-v3.json");
    deliver(&consumer, &[bare_message("unwanted", body)]).await;
    assert_eq!(sums().await, []);
    sqlx::query("UPDATE click_outbox_state SET is_wanted = true").execute(&database).await.unwrap();
    let mut batch = ClickBatch::decode(body).unwrap();
    batch.head.batch += 1;
    for _ in 0..2 {
        deliver(&consumer, &[message(&batch)]).await;
    }
    assert_eq!(sums().await.iter().map(|(_, clicks)| clicks).sum::<i64>(), 2);
}

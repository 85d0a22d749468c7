//! Visits that an import brings: counted like clicks, with what their age and origin make different.

use std::time::{SystemTime, UNIX_EPOCH};

use link_core::clicks::batch::{BatchHead, CacheTier, Click, ClickBatch, IMPORT_VERSION};
use link_core::clicks::calendar::DAY_MILLIS;
use link_core::time::UnixMillis;
use log_consumer::invocation::InvocationOutcome;
use sqlx::PgPool;

use crate::fixture::*;

const IMPORT: u128 = 7;

/// Noon of a past day.
fn noon(days_ago: i64) -> UnixMillis {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let midnight = UnixMillis(i64::try_from(now).unwrap()).round_down(DAY_MILLIS);
    midnight.plus_millis(DAY_MILLIS / 2 - days_ago * DAY_MILLIS)
}

fn visit(link_number: u128, days_ago: i64) -> Click {
    Click { tier: CacheTier::Imported, visitor: None, ..click(link_number, noon(days_ago)) }
}

/// A batch of an import that began today.
fn import_batch(number: u32, clicks: Vec<Click>) -> ClickBatch {
    let batch = batch(IMPORT, number, clicks);
    let head = BatchHead { version: IMPORT_VERSION, day: noon(0).day(), ..batch.head };
    ClickBatch { head, ..batch }
}

async fn number(database: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(database).await.unwrap()
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn repeated_visits_count_once(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let visits = import_batch(1, vec![visit(1, 400), visit(1, 10), visit(2, 0)]);
    assert_eq!(deliver(&consumer, &[message(&visits)]).await.stored, 1);
    let again = deliver(&consumer, &[message(&visits)]).await;
    assert_eq!(again, InvocationOutcome { duplicates: 1, ..InvocationOutcome::default() });
    let counts = producer_counts(&database, IMPORT).await;
    assert_eq!(counts, ProducerCounts { produced: 3, stored: 3, duplicate: 3, ..ProducerCounts::default() });
    assert_eq!(table_counts(&database).await.rolled_up, 3);
    let remembered = "SELECT count(*) FROM batches JOIN producers USING (producer) WHERE batches.imported AND producers.imported";
    assert_eq!(number(&database, remembered).await, 1);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn visits_beyond_the_retention_are_rolled_up_only(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let kept = i64::from(RAW_CLICK_DAYS);
    let visits =
        vec![visit(1, 4_000), visit(1, kept + 1), visit(1, kept), visit(1, 5), visit(1, 4), visit(1, 0)];
    assert_eq!(deliver(&consumer, &[message(&import_batch(1, visits))]).await.clicks, 6);
    let counts = table_counts(&database).await;
    assert_eq!((counts.clicks, counts.rolled_up), (4, 6));
    // Of one link and of all.
    assert_eq!(number(&database, "SELECT count(*) FROM link_minutes").await, 2 * 2);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn visits_use_nothing_up_and_hold_nothing_back(database: PgPool) {
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    sqlx::query("UPDATE click_outbox_state SET is_wanted = true").execute(&database).await.unwrap();
    let bot = Click { user_agent: Some("Googlebot/2.1".into()), ..visit(1, 30) };
    let mut visits = import_batch(2, vec![visit(1, 30), visit(1, 0), bot]);
    // Another batch is on its way.
    visits.head.produced = 100;
    deliver(&consumer, &[message(&visits), message(&batch(1, 1, vec![click(1, noon(0))]))]).await;
    let totals: (i64, i64, i64, i64, i64) = sqlx::query_as(
        "SELECT clicks, human, bot, imported_human, imported_bot FROM link_totals WHERE link_id = $1",
    )
    .bind(link(1).0)
    .fetch_one(&database)
    .await
    .unwrap();
    assert_eq!(totals, (4, 1, 0, 2, 1));
    assert_eq!(number(&database, "SELECT sum(clicks)::bigint FROM click_outbox").await, 1);
    let awaited = "SELECT count(*) FROM producers WHERE complete_until < last_click_at";
    assert_eq!(number(&database, awaited).await, 0);
}

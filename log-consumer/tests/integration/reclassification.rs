//! Reclassification: afterwards the tables hold what the current rules would have stored.

use std::time::Duration;

use classify::{ClickEnricher, RULES_VERSION};
use futures_util::future::join;
use link_core::clicks::batch::Click;
use link_core::time::UnixMillis;
use log_consumer::operator::reclassification::Reclassification;
use log_consumer::store::{BlockRange, Links, ReclassificationTally, Store};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::fixture::*;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

fn click_from(user_agent: &str, visitor: u128, number: usize) -> Click {
    let minute = i64::try_from(number).unwrap() * 60_000;
    Click {
        user_agent: Some(user_agent.into()),
        referrer: Some(format!("https://site-{}.example/", number % 7)),
        language: Some("pt-BR".into()),
        ..click_of(visitor, u128::try_from(number % 3).unwrap() + 1, MIDNIGHT.plus_millis(minute))
    }
}

/// Forty clicks, the second half with the given user agent.
fn clicks(second_half: &str) -> Vec<Click> {
    let user_agent = |number: usize| if number < 20 { BROWSER } else { second_half };
    (0..40)
        .map(|number| click_from(user_agent(number), u128::try_from(number % 10).unwrap(), number))
        .collect()
}

async fn store(database: &PgPool, producer: u128, clicks: Vec<Click>) {
    let queue = FakeQueue::default();
    let outcome = deliver(&consumer(database, &queue), &[message(&batch(producer, 1, clicks))]).await;
    assert_eq!(outcome.stored, 1);
}

async fn reclassify(database: &PgPool, rule: i16, dry_run: bool) -> ReclassificationTally {
    let store = Store::connect_lazily(PgConnectOptions::clone(&database.connect_options()), RAW_CLICK_DAYS);
    let links = Links::connect_lazily(links_database(database).await);
    Reclassification::new(store, links, rule, dry_run).run(|_, _| {}).await.unwrap()
}

/// Every stored value that depends on the rules.
async fn classified_rows(database: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', 'click', producer, batch, position, class, browser, browser_version, os, os_version, device,
                          language) FROM clicks
         UNION ALL
         SELECT concat_ws(' ', 'day', link_id, day, dimension, value, class, clicks, visitors,
                          (SELECT string_agg(concat(quarter, ':', quarter_clicks[quarter], ':',
                                                    nullif(quarter_visitors[quarter], 0)), ' ' ORDER BY quarter)
                           FROM generate_subscripts(quarter_clicks, 1) AS quarter WHERE quarter_clicks[quarter] <> 0))
         FROM link_days WHERE clicks <> 0
         UNION ALL
         SELECT concat_ws(' ', 'minute', link_id, minute, class, clicks, visitors) FROM link_minutes WHERE clicks <> 0
         UNION ALL
         SELECT concat_ws(' ', 'total', link_id, clicks, human, bot) FROM link_totals
         ORDER BY 1",
    )
    .fetch_all(database)
    .await
    .unwrap()
}

/// Stores clicks as if older rules had classified the crawler as a browser.
async fn store_misclassified(database: &PgPool) {
    store(database, 1, clicks(BROWSER)).await;
    sqlx::query("UPDATE clicks SET agent = $1 WHERE position >= 20")
        .bind(CRAWLER)
        .execute(database)
        .await
        .unwrap();
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn clicks_of_older_rules_become_what_current_rules_store(database: PgPool) {
    store(&database, 1, clicks(CRAWLER)).await;
    let expected = classified_rows(&database).await;
    sqlx::raw_sql("TRUNCATE batches, clicks, visitors, link_days, link_minutes, link_totals, producers")
        .execute(&database)
        .await
        .unwrap();
    store_misclassified(&database).await;
    assert_ne!(classified_rows(&database).await, expected);

    let before = classified_rows(&database).await;
    let dry_run = reclassify(&database, RULES_VERSION + 1, true).await;
    assert_eq!((dry_run.clicks, dry_run.changed), (40, 20));
    assert_eq!(dry_run.classes.into_iter().collect::<Vec<_>>(), [(("human".to_owned(), "bot"), 20)]);
    assert_eq!(classified_rows(&database).await, before, "a dry run changes nothing");

    let done = reclassify(&database, RULES_VERSION + 1, false).await;
    assert_eq!((done.clicks, done.changed), (40, 20));
    assert_eq!(classified_rows(&database).await, expected);
    let again = reclassify(&database, RULES_VERSION + 1, false).await;
    assert_eq!((again.clicks, again.changed), (0, 0), "reclassified clicks are not selected again");
    assert_eq!(classified_rows(&database).await, expected);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn referrers_stored_in_full_are_cut(database: PgPool) {
    store(&database, 1, clicks(CRAWLER)).await;
    sqlx::query("UPDATE clicks SET referrer = referrer || '?token=secret'").execute(&database).await.unwrap();
    let expected = classified_rows(&database).await;
    assert_eq!(reclassify(&database, RULES_VERSION + 1, false).await.clicks, 40);
    assert_eq!(classified_rows(&database).await, expected);
    let uncut: i64 =
        sqlx::query_scalar("SELECT count(*) FROM clicks WHERE referrer NOT LIKE 'https://site-_.example/'")
            .fetch_one(&database)
            .await
            .unwrap();
    assert_eq!(uncut, 0);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn reclassification_keeps_the_cardinality_limit(database: PgPool) {
    let today = UnixMillis::from(OffsetDateTime::now_utc());
    let from_site = |number: usize| Click {
        referrer: Some(format!("https://site-{number}.example/")),
        user_agent: Some(BROWSER.into()),
        ..click(1, today)
    };
    store(&database, 1, (0..1_050).map(from_site).collect()).await;
    sqlx::query("UPDATE clicks SET agent = $1").bind(CRAWLER).execute(&database).await.unwrap();
    let store = Store::connect_lazily(PgConnectOptions::clone(&database.connect_options()), RAW_CLICK_DAYS);
    let by = Instant::now() + Duration::from_secs(60);
    for partition in store.click_partitions(by).await.unwrap() {
        for from_block in 0..partition.blocks {
            let range = BlockRange {
                partition: &partition,
                from_block,
                to_block: from_block + 1,
                rule: RULES_VERSION + 1,
            };
            store.reclassify(range, &ClickEnricher::default(), false, by).await.unwrap();
        }
    }
    let (values, least, other): (i64, i64, i64) = sqlx::query_as(
        "SELECT count(DISTINCT value), min(clicks), sum(clicks) FILTER (WHERE value = '(other)' AND class = 'bot')::bigint
         FROM link_days WHERE dimension = 'referrer' AND link_id = $1",
    )
    .bind(link(1).0)
    .fetch_one(&database)
    .await
    .unwrap();
    assert_eq!((values, least, other), (1_001, 0, 50));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn totals_that_one_run_could_not_write_the_next_writes(database: PgPool) {
    store_misclassified(&database).await;
    let run = async |links: PgConnectOptions| {
        let store =
            Store::connect_lazily(PgConnectOptions::clone(&database.connect_options()), RAW_CLICK_DAYS);
        Reclassification::new(store, Links::connect_lazily(links), RULES_VERSION + 1, false)
            .run(|_, _| {})
            .await
    };
    let error = run(nobody_listens()).await.unwrap_err();
    assert!(error.to_string().contains("run this again"), "{error:#}");
    let links = links_database(&database).await;
    sqlx::raw_sql(
        "INSERT INTO elsewhere.links (id, exhausted) SELECT link_id, false FROM link_totals WHERE link_id <= $$00000000-0000-0000-0000-000000000002$$;
         INSERT INTO elsewhere.link_totals SELECT link_id, clicks, clicks, 0, last_click_at FROM link_totals LIMIT 1",
    )
    .execute(&database)
    .await
    .unwrap();
    assert_eq!(run(links).await.unwrap().clicks, 0, "all were reclassified before");
    let (totals, correct): (i64, i64) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE (written.human, written.bot) = (known.human, known.bot) AND known.bot > 0)
         FROM elsewhere.link_totals written JOIN link_totals known USING (link_id)",
    )
    .fetch_one(&database)
    .await
    .unwrap();
    assert_eq!((totals, correct), (2, 2), "only links that exist");
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn unclassified_clicks_are_counted_for_the_first_time(database: PgPool) {
    store(&database, 1, clicks(CRAWLER)).await;
    let expected = table_counts(&database).await;
    sqlx::raw_sql(
        "UPDATE clicks SET rule = 0, class = NULL, browser = NULL, os = NULL, device = NULL;
         TRUNCATE link_days, link_minutes, link_totals",
    )
    .execute(&database)
    .await
    .unwrap();
    let done = reclassify(&database, RULES_VERSION, false).await;
    assert_eq!((done.clicks, done.changed), (40, 40));
    assert_eq!(table_counts(&database).await, expected);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn concurrent_consumers_and_runs_do_not_interfere(database: PgPool) {
    store(&database, 1, clicks(CRAWLER)).await;
    for producer in 2..30 {
        store(&database, producer, clicks(BROWSER)).await;
    }
    let expected = classified_rows(&database).await;
    sqlx::raw_sql("TRUNCATE batches, clicks, visitors, link_days, link_minutes, link_totals, producers")
        .execute(&database)
        .await
        .unwrap();
    store_misclassified(&database).await;
    let storing = async {
        for producer in 2..30 {
            store(&database, producer, clicks(BROWSER)).await;
        }
    };
    let runs = async {
        join(
            reclassify(&database, RULES_VERSION + 1, false),
            reclassify(&database, RULES_VERSION + 1, false),
        )
        .await;
    };
    join(storing, runs).await;
    // Covers clicks that arrived after the last block was read.
    reclassify(&database, RULES_VERSION + 1, false).await;
    assert_eq!(classified_rows(&database).await, expected);
}

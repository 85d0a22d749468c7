//! History read again: what is stored is then what the rules of now would have stored.

use futures_util::future::join;
use link_core::click_batch::Click;
use log_consumer::facts::RULE;
use log_consumer::operator::reclassification::{Reclassification, Tally};
use log_consumer::store::{Links, Store};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::fixture::*;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

fn from(agent: &str, visitor: u128, number: usize) -> Click {
    let minute = i64::try_from(number).unwrap() * 60_000;
    Click {
        agent: Some(agent.into()),
        referrer: Some(format!("https://site-{}.example/", number % 7)),
        language: Some("pt-BR".into()),
        ..click_of(visitor, u128::try_from(number % 3).unwrap() + 1, MIDNIGHT.plus_millis(minute))
    }
}

/// The second half is by the agent that is asked for.
fn clicks(second: &str) -> Vec<Click> {
    let agent = |number: usize| if number < 20 { BROWSER } else { second };
    (0..40).map(|number| from(agent(number), u128::try_from(number % 10).unwrap(), number)).collect()
}

async fn store(database: &PgPool, producer: u128, clicks: Vec<Click>) {
    let queue = FakeQueue::default();
    let outcome = deliver(&consumer(database, &queue), &[message(&batch(producer, 1, clicks))]).await;
    assert_eq!(outcome.stored, 1);
}

async fn reclassify(database: &PgPool, rule: i16, dry_run: bool) -> Tally {
    let store = Store::connect_lazily(PgConnectOptions::clone(&database.connect_options()));
    let links = Links::connect_lazily(PgConnectOptions::clone(&database.connect_options()));
    Reclassification::new(store, links, rule, dry_run).run(|_, _| {}).await.unwrap()
}

/// All that the rules have a say in.
async fn held(database: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', 'click', producer, batch, position, class, browser, os, device, language) FROM clicks
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

/// As if older rules had taken the crawler for a browser.
async fn take_crawlers_for_browsers(database: &PgPool) {
    store(database, 1, clicks(BROWSER)).await;
    sqlx::query("UPDATE clicks SET agent = $1 WHERE position >= 20")
        .bind(CRAWLER)
        .execute(database)
        .await
        .unwrap();
}

/// The table of the links database, where as many clicks are known of the link.
async fn tell_links_database(database: &PgPool) {
    for statement in [
        "CREATE TABLE links (id uuid, domain text, code text, max_clicks bigint, exhausted boolean, revision bigint, updated_at timestamptz)",
        "CREATE TABLE publications (domain text, code text, revision bigint, PRIMARY KEY (domain, code))",
    ] {
        sqlx::query(statement).execute(database).await.unwrap();
    }
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn clicks_that_older_rules_read_are_stored_and_counted_as_the_rules_of_now_would(database: PgPool) {
    store(&database, 1, clicks(CRAWLER)).await;
    let expected = held(&database).await;
    sqlx::raw_sql("TRUNCATE batches, clicks, visitors, link_days, link_minutes, link_totals, producers")
        .execute(&database)
        .await
        .unwrap();
    take_crawlers_for_browsers(&database).await;
    tell_links_database(&database).await;
    assert_ne!(held(&database).await, expected);

    let before = held(&database).await;
    let looked = reclassify(&database, RULE + 1, true).await;
    assert_eq!((looked.clicks, looked.changed), (40, 20));
    assert_eq!(looked.classes.into_iter().collect::<Vec<_>>(), [(("human".to_owned(), "bot"), 20)]);
    assert_eq!(held(&database).await, before, "a dry run changes nothing");

    let done = reclassify(&database, RULE + 1, false).await;
    assert_eq!((done.clicks, done.changed), (40, 20));
    assert_eq!(held(&database).await, expected);
    let again = reclassify(&database, RULE + 1, false).await;
    assert_eq!((again.clicks, again.changed), (0, 0), "what is done is done");
    assert_eq!(held(&database).await, expected);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn what_no_rules_had_read_is_counted_for_the_first_time(database: PgPool) {
    store(&database, 1, clicks(CRAWLER)).await;
    let expected = holdings(&database).await;
    sqlx::raw_sql(
        "UPDATE clicks SET rule = 0, class = NULL, browser = NULL, os = NULL, device = NULL;
         TRUNCATE link_days, link_minutes, link_totals",
    )
    .execute(&database)
    .await
    .unwrap();
    tell_links_database(&database).await;
    let done = reclassify(&database, RULE, false).await;
    assert_eq!((done.clicks, done.changed), (40, 40));
    assert_eq!(holdings(&database).await, expected);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn consumers_and_another_run_beside_it_change_nothing(database: PgPool) {
    store(&database, 1, clicks(CRAWLER)).await;
    for producer in 2..30 {
        store(&database, producer, clicks(BROWSER)).await;
    }
    let expected = held(&database).await;
    sqlx::raw_sql("TRUNCATE batches, clicks, visitors, link_days, link_minutes, link_totals, producers")
        .execute(&database)
        .await
        .unwrap();
    take_crawlers_for_browsers(&database).await;
    tell_links_database(&database).await;
    let storing = async {
        for producer in 2..30 {
            store(&database, producer, clicks(BROWSER)).await;
        }
    };
    let runs = async {
        join(reclassify(&database, RULE + 1, false), reclassify(&database, RULE + 1, false)).await;
    };
    join(storing, runs).await;
    // What came behind the last look.
    reclassify(&database, RULE + 1, false).await;
    assert_eq!(held(&database).await, expected);
}

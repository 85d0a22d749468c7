//! A key's requests per minute, over several origins on one database.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::harness::{ADMIN_KEY, Answer, NOW, Origin};

async fn ask(origin: &Origin, key: &str) -> Answer {
    let path = "/api/v1/links/0198c0de-0000-7000-8000-000000000001";
    origin.call_as(key, Method::GET, path, Value::Null).await
}

async fn key(origin: &Origin, requests_per_minute: u32) -> Value {
    let body = json!({"name": "a", "role": "reader", "requests_per_minute": requests_per_minute});
    origin.create_key(body).await
}

async fn reported(origin: &Origin) -> i32 {
    sqlx::query_scalar("SELECT window_requests FROM api_keys").fetch_one(&origin.links).await.unwrap()
}

#[sqlx::test(migrations = "../migrations/links")]
async fn what_is_left_is_told_and_beyond_it_requests_are_refused(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    let origin = Origin::start_at(NOW.plus_millis(17_500), database.clone(), &[]).await;
    let made = key(&origin, 3).await;
    let text = made["key"].as_str().unwrap();
    for left in [2, 1, 0] {
        let answer = ask(&origin, text).await;
        answer.assert_problem(404, "link_not_found");
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=60");
        assert_eq!(answer.header("ratelimit"), format!("\"key\";r={left};t=43"));
    }
    for _ in 0..3 {
        let answer = ask(&origin, text).await;
        answer.assert_problem(429, "rate_limited");
        assert_eq!(answer.header("ratelimit"), "\"key\";r=0;t=43");
        assert_eq!(answer.header("retry-after"), "43");
    }
    let next_minute = Origin::start_at(NOW.plus_millis(60_000), database, &[]).await;
    assert_eq!(ask(&next_minute, text).await.header("ratelimit"), "\"key\";r=2;t=60");
}

#[sqlx::test(migrations = "../migrations/links")]
async fn the_limit_holds_over_two_origins_but_for_what_one_lot_hides(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    const LIMIT: u32 = 200;
    const LOT: usize = 10;
    let origins = [Origin::start(database.clone()).await, Origin::start(database).await];
    let made = key(&origins[0], LIMIT).await;
    let text = made["key"].as_str().unwrap().to_owned();
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let (origin, text) = (origins[caller % 2].clone(), text.clone());
            tokio::spawn(async move {
                let mut allowed = 0;
                for _ in 0..50 {
                    let answer = ask(&origin, &text).await;
                    allowed += usize::from(answer.status.as_u16() != 429);
                }
                allowed
            })
        })
        .collect();
    let mut allowed = 0;
    for caller in callers {
        allowed += caller.await.unwrap();
    }
    let limit = LIMIT as usize;
    assert!((limit..limit + origins.len() * LOT).contains(&allowed), "{allowed}");
}

#[sqlx::test(migrations = "../migrations/links")]
async fn the_last_use_is_recorded_without_a_write_per_request(_: PgPoolOptions, database: PgConnectOptions) {
    let origin = Origin::start(database).await;
    let made = key(&origin, 600).await;
    let text = made["key"].as_str().unwrap();
    for _ in 0..30 {
        ask(&origin, text).await;
    }
    // The first request is reported at once, the next thirty together.
    assert_eq!(reported(&origin).await, 1);
    ask(&origin, text).await;
    assert_eq!(reported(&origin).await, 31);
    let path = format!("/api/v1/keys/{}", made["id"].as_str().unwrap());
    let shown = origin.call(Method::GET, &path, Value::Null).await.json();
    assert_eq!(shown["last_used_at"], "2026-11-24T00:00:00.000Z");
}

#[sqlx::test(migrations = "../migrations/links")]
async fn a_clock_that_lags_counts_for_the_minute_that_has_begun(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    let ahead = Origin::start_at(NOW, database.clone(), &[]).await;
    let behind = Origin::start_at(NOW.plus_millis(-1), database, &[]).await;
    let made = key(&ahead, 2).await;
    let text = made["key"].as_str().unwrap();
    ask(&ahead, text).await.assert_problem(404, "link_not_found");
    ask(&behind, text).await.assert_problem(404, "link_not_found");
    ask(&ahead, text).await.assert_problem(429, "rate_limited");
}

#[sqlx::test(migrations = "../migrations/links")]
async fn refused_requests_count_too_and_the_bootstrap_key_has_no_limit(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    let origin = Origin::start(database).await;
    let made = key(&origin, 1).await;
    let text = made["key"].as_str().unwrap();
    let forbidden = origin.call_as(text, Method::GET, "/api/v1/keys", Value::Null).await;
    forbidden.assert_problem(403, "forbidden");
    assert_eq!(forbidden.header("ratelimit"), "\"key\";r=0;t=60");
    ask(&origin, text).await.assert_problem(429, "rate_limited");
    let bootstrap = ask(&origin, ADMIN_KEY).await;
    assert_eq!((bootstrap.header("ratelimit"), bootstrap.header("ratelimit-policy")), ("", ""));
}

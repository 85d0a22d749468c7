//! Tests of rate limits of keys over several origins.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Answer, NOW, Origin, link_path};

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

#[sqlx::test(migrator = "crate::LINKS")]
async fn requests_above_the_limit_answer_429(database: PgPool) {
    let origin = Origin::builder(&database).at(NOW.plus_millis(17_500)).start().await;
    let made = key(&origin, 3).await;
    let text = made["key"].as_str().unwrap();
    for left in [2, 1, 0] {
        let answer = ask(&origin, text).await;
        answer.assert_problem(404, "link_not_found");
        assert_eq!(answer.header("ratelimit-policy"), "\"requests\";q=3;w=60");
        assert_eq!(answer.header("ratelimit"), format!("\"requests\";r={left};t=43"));
    }
    for _ in 0..3 {
        let answer = ask(&origin, text).await;
        answer.assert_problem(429, "rate_limited");
        assert_eq!(answer.header("ratelimit"), "\"requests\";r=0;t=43");
        assert_eq!(answer.header("retry-after"), "43");
    }
    let next_minute = Origin::builder(&database).at(NOW.plus_millis(60_000)).start().await;
    assert_eq!(ask(&next_minute, text).await.header("ratelimit"), "\"requests\";r=2;t=60");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn rate_limit_over_two_origins_is_exceeded_by_one_report_each(database: PgPool) {
    const LIMIT: u32 = 200;
    const REPORT_SIZE: usize = 10;
    let origins = [Origin::start(&database).await, Origin::start(&database).await];
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
    assert!((limit..limit + origins.len() * REPORT_SIZE).contains(&allowed), "{allowed}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn last_use_is_recorded_without_a_write_per_request(database: PgPool) {
    let origin = Origin::start(&database).await;
    let made = key(&origin, 600).await;
    let text = made["key"].as_str().unwrap();
    for _ in 0..30 {
        ask(&origin, text).await;
    }
    // The first request is reported immediately, the next thirty together.
    assert_eq!(reported(&origin).await, 1);
    ask(&origin, text).await;
    assert_eq!(reported(&origin).await, 31);
    let path = format!("/api/v1/keys/{}", made["id"].as_str().unwrap());
    let shown = origin.call(Method::GET, &path, Value::Null).await.json();
    assert_eq!(shown["last_used_at"], "2026-11-24T00:00:00.000Z");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn lagging_clock_counts_for_the_current_minute(database: PgPool) {
    let ahead = Origin::builder(&database).at(NOW).start().await;
    let behind = Origin::builder(&database).at(NOW.plus_millis(-1)).start().await;
    let made = key(&ahead, 2).await;
    let text = made["key"].as_str().unwrap();
    ask(&ahead, text).await.assert_problem(404, "link_not_found");
    ask(&behind, text).await.assert_problem(404, "link_not_found");
    ask(&ahead, text).await.assert_problem(429, "rate_limited");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn rejected_requests_count_and_the_bootstrap_key_is_unlimited(database: PgPool) {
    let origin = Origin::start(&database).await;
    let made = key(&origin, 1).await;
    let text = made["key"].as_str().unwrap();
    let forbidden = origin.call_as(text, Method::GET, "/api/v1/keys", Value::Null).await;
    forbidden.assert_problem(403, "forbidden");
    assert_eq!(forbidden.header("ratelimit"), "\"requests\";r=0;t=60");
    ask(&origin, text).await.assert_problem(429, "rate_limited");
    let bootstrap = ask(&origin, ADMIN_KEY).await;
    assert_eq!((bootstrap.header("ratelimit"), bootstrap.header("ratelimit-policy")), ("", ""));
}

const BULK: &str = "/api/v1/links/bulk";

async fn writer(origin: &Origin, links_per_minute: u32) -> String {
    let body = json!({"name": "a", "role": "editor", "links_per_minute": links_per_minute});
    origin.create_key(body).await["key"].as_str().unwrap().to_owned()
}

fn bulk(links: usize) -> Value {
    json!({"links": vec![json!({"url": "https://example.com"}); links]})
}

async fn links(origin: &Origin) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM links").fetch_one(&origin.links).await.unwrap()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_per_minute_are_counted_across_requests(database: PgPool) {
    let origins = [Origin::start(&database).await, Origin::start(&database).await];
    let key = writer(&origins[0], 1_000).await;
    let first = origins[0].call_as(&key, Method::POST, BULK, bulk(995)).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.header("ratelimit"), "\"requests\";r=599;t=60, \"links\";r=5;t=60");
    let rejected = origins[1].call_as(&key, Method::POST, BULK, bulk(6)).await;
    rejected.assert_problem(429, "rate_limited");
    assert_eq!((rejected.header("retry-after"), links(&origins[0]).await), ("60", 995));
    // Requests within the rest of the limit succeed: a bulk, a single link, a change, a deletion.
    assert_eq!(origins[1].call_as(&key, Method::POST, BULK, bulk(2)).await.status, 200);
    let single = json!({"url": "https://example.com"});
    let made = origins[1].call_as(&key, Method::POST, "/api/v1/links", single.clone()).await.json();
    let path = link_path(&made);
    assert_eq!(origins[1].call_as(&key, Method::PATCH, &path, json!({"title": "a"})).await.status, 200);
    assert_eq!(origins[1].call_as(&key, Method::DELETE, &path, Value::Null).await.status, 204);
    for (method, path, body) in [
        (Method::POST, "/api/v1/links", single.clone()),
        (Method::PATCH, path.as_str(), json!({"title": "a"})),
        (Method::DELETE, path.as_str(), Value::Null),
    ] {
        origins[1].call_as(&key, method, path, body).await.assert_problem(429, "rate_limited");
    }
    assert_eq!(links(&origins[0]).await, 997);
    let next_minute = Origin::builder(&database).at(NOW.plus_millis(60_000)).start().await;
    assert_eq!(next_minute.call_as(&key, Method::POST, BULK, bulk(1_000)).await.status, 200);
    // The bootstrap key has no limit.
    assert_eq!(origins[0].call(Method::POST, BULK, bulk(1_000)).await.status, 200);
    assert_eq!(origins[0].call(Method::POST, BULK, bulk(1_000)).await.status, 200);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn tag_rename_above_the_rate_limit_continues_next_minute(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = writer(&origin, 1_000).await;
    for _ in 0..2 {
        let links = vec![json!({"url": "https://example.com", "tags": ["old"]}); 600];
        assert_eq!(origin.call(Method::POST, BULK, json!({"links": links})).await.status, 200);
    }
    let rename = async |origin: &Origin| {
        origin.call_as(&key, Method::PATCH, "/api/v1/tags/old", json!({"name": "new"})).await
    };
    rename(&origin).await.assert_problem(429, "rate_limited");
    let next_minute = Origin::builder(&database).at(NOW.plus_millis(60_000)).start().await;
    let renamed = rename(&next_minute).await;
    assert_eq!((renamed.status.as_u16(), &renamed.json()["links"]), (200, &json!(1_200)));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn repeated_requests_cost_no_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = writer(&origin, 1_000).await;
    let send = async |path, idempotency_key: &str, body: Value| {
        let request = axum::http::Request::post(path)
            .header("authorization", format!("Bearer {key}"))
            .header("idempotency-key", idempotency_key);
        let answer = origin.send(request.body(body.to_string().into()).unwrap()).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer.header("ratelimit").split(", ").nth(1).unwrap().to_owned()
    };
    for _ in 0..4 {
        assert_eq!(send(BULK, "bulk", bulk(300)).await, "\"links\";r=700;t=60");
    }
    for _ in 0..2 {
        let single = json!({"url": "https://example.com", "password": "secret"});
        assert_eq!(send("/api/v1/links", "single", single).await, "\"links\";r=699;t=60");
    }
    // Concurrent ones give back what they took.
    tokio::join!(send(BULK, "concurrent", bulk(100)), send(BULK, "concurrent", bulk(100)));
    assert_eq!(
        send("/api/v1/links", "last", json!({"url": "https://example.com"})).await,
        "\"links\";r=598;t=60"
    );
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn refused_changes_cost_no_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.create_link_with(json!({"url": "https://example.com", "alias": "taken"})).await;
    let key = writer(&origin, 1_000).await;
    let body = json!({"url": "https://example.com"});
    let made = origin.call_as(&key, Method::POST, "/api/v1/links", body).await.json();
    let path = format!("/api/v1/links/{}", made["id"].as_str().unwrap());
    let missing = "/api/v1/links/0198c0de-0000-7000-8000-000000000001";
    for method in [Method::PATCH, Method::DELETE] {
        for (path, etag, status) in [(missing, "*", 404), (path.as_str(), "\"0\"", 412)] {
            let request = axum::http::Request::builder()
                .method(method.clone())
                .uri(path)
                .header("authorization", format!("Bearer {key}"))
                .header("content-type", "application/json")
                .header("if-match", etag);
            let answer = origin.send(request.body(json!({"title": "a"}).to_string().into()).unwrap()).await;
            assert_eq!(answer.status.as_u16(), status, "{answer:?}");
            assert!(answer.header("ratelimit").ends_with("\"links\";r=999;t=60"), "{answer:?}");
        }
    }
    for (change, status) in [(json!({"alias": "taken"}), 409), (json!({"url": "x"}), 422)] {
        let answer = origin.call_as(&key, Method::PATCH, &path, change).await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        assert!(answer.header("ratelimit").ends_with("\"links\";r=999;t=60"), "{answer:?}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn replayed_bulk_is_not_rate_limited(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = writer(&origin, 1_000).await;
    let send = async || {
        let request = axum::http::Request::post(BULK)
            .header("authorization", format!("Bearer {key}"))
            .header("idempotency-key", "once");
        origin.send(request.body(bulk(1_000).to_string().into()).unwrap()).await
    };
    let first = send().await;
    let again = send().await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (200, 200), "{again:?}");
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((first.json(), links(&origin).await), (again.json(), 1_000));
}

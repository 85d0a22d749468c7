//! Tests of idempotency keys.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Origin, link_path};

const LINKS: &str = "/api/v1/links";

async fn send(origin: &Origin, path: &str, key: &str, body: &Value) -> Answer {
    origin.call_with(Method::POST, path, &[("idempotency-key", key)], body.clone()).await
}

async fn links(origin: &Origin) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM links").fetch_one(&origin.links).await.unwrap()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn repeated_request_gets_the_identical_response(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com"});
    let first = send(&origin, LINKS, "k", &body).await;
    let again = send(&origin, LINKS, "k", &body).await;
    assert_eq!((first.status.as_u16(), &first.body), (201, &again.body));
    for name in ["location", "etag", "content-type"] {
        assert_eq!(first.header(name), again.header(name));
    }
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(links(&origin).await, 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn idempotency_key_belongs_to_one_body_and_route(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com"});
    assert_eq!(send(&origin, LINKS, "k", &body).await.status, 201);
    let other = send(&origin, LINKS, "k", &json!({"url": "https://example.org"})).await;
    other.assert_problem(422, "idempotency_key_reused");
    let bulk = json!({"links": [body]});
    assert_eq!(send(&origin, "/api/v1/links/bulk", "k", &bulk).await.status, 200);
    assert_eq!(send(&origin, LINKS, "K", &json!({"url": "https://example.org"})).await.status, 201);
    assert_eq!(links(&origin).await, 3);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_requests_with_one_key_create_one_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com"});
    for round in 0..20 {
        let key = format!("concurrent-{round}");
        let (one, two, three) = tokio::join!(
            send(&origin, LINKS, &key, &body),
            send(&origin, LINKS, &key, &body),
            send(&origin, LINKS, &key, &body)
        );
        assert_eq!(one.status, 201, "{one:?}");
        assert_eq!((&one.body, &one.body), (&two.body, &three.body));
    }
    assert_eq!(links(&origin).await, 20);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn rejection_is_replayed(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com", "alias": "taken"});
    let holder = origin.create(body.to_string()).await;
    send(&origin, LINKS, "k", &body).await.assert_problem(409, "alias_taken");
    let path = link_path(&holder.json());
    assert_eq!(origin.call(Method::DELETE, &path, Value::Null).await.status, 204);
    send(&origin, LINKS, "k", &body).await.assert_problem(409, "alias_taken");
    assert_eq!(send(&origin, LINKS, "another", &body).await.status, 201);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn server_error_is_not_replayed(database: PgPool) {
    let origin = Origin::builder(&database).config(&[("CODE_CEILING", "1")]).start().await;
    let body = json!({"url": "https://example.com"});
    origin.set_next_id(1).await;
    send(&origin, LINKS, "k", &body).await.assert_problem(507, "codes_exhausted");
    origin.set_next_id(0).await;
    assert_eq!(send(&origin, LINKS, "k", &body).await.status, 201);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn idempotency_key_expires_after_a_day(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com"});
    for key in ["a", "b", "c"] {
        assert_eq!(send(&origin, LINKS, key, &body).await.status, 201);
    }
    let age =
        "UPDATE idempotent_answers SET created_at = created_at - interval '24 hours 1 ms' WHERE key <> 'c'";
    sqlx::query(age).execute(&origin.links).await.unwrap();
    assert_eq!(send(&origin, LINKS, "a", &json!({"url": "https://example.org"})).await.status, 201);
    let keys = "SELECT string_agg(key, ',' ORDER BY key) FROM idempotent_answers";
    let keys: String = sqlx::query_scalar(keys).fetch_one(&origin.links).await.unwrap();
    assert_eq!(keys, "a,c");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn malformed_idempotency_key_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com"});
    for key in ["", "a b", &"x".repeat(256), "\u{fc}"] {
        let answer = send(&origin, LINKS, key, &body).await;
        answer.assert_problem(422, "invalid_idempotency_key");
        assert_eq!(answer.invalid_fields(), ["Idempotency-Key"]);
    }
    assert_eq!(send(&origin, LINKS, &"x".repeat(255), &body).await.status, 201);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn large_bulk_is_replayed_from_its_stored_outcomes(database: PgPool) {
    let origin = Origin::start(&database).await;
    let long = format!("https://example.com/{}", "x".repeat(2_000));
    let mut items: Vec<Value> = (0..998).map(|n| json!({"url": long, "alias": format!("a{n}")})).collect();
    items.push(json!({"url": long, "alias": "a0"}));
    items.push(json!({"url": "nonsense"}));
    let bulk = json!({"links": items});
    let first = send(&origin, "/api/v1/links/bulk", "k", &bulk).await;
    assert_eq!(first.status, 200);
    assert!(first.body.len() > 2_000_000);
    let kept: i64 =
        sqlx::query_scalar("SELECT sum(pg_column_size(idempotent_answers)) FROM idempotent_answers")
            .fetch_one(&origin.links)
            .await
            .unwrap();
    assert!(kept < 150_000, "{kept} bytes");
    let first = first.json();
    let id = first["data"][1]["link"]["id"].as_str().unwrap();
    origin.call(Method::DELETE, &format!("{LINKS}/{id}"), Value::Null).await;
    let again = send(&origin, "/api/v1/links/bulk", "k", &bulk).await;
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (200, "true"));
    let again = again.json();
    for (index, item) in first["data"].as_array().unwrap().iter().enumerate() {
        let repeated = &again["data"][index];
        assert_eq!((&repeated["index"], &repeated["status"]), (&item["index"], &item["status"]));
        assert_eq!(repeated["error"]["code"], item["error"]["code"]);
        if index != 1 {
            assert_eq!(repeated["link"], item["link"], "{index}");
        }
    }
    assert_eq!(again["data"][1].get("link"), None);
    assert_eq!(links(&origin).await, 997);
}

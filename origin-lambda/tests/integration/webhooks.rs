//! Tests of `/api/v1/webhooks`: settings, secrets, the log and replays.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{DOMAIN, Origin};

pub const WEBHOOKS: &str = "/api/v1/webhooks";

/// The new webhook with its `secret`.
pub async fn create_webhook(origin: &Origin, body: Value) -> Value {
    let answer = origin.call(Method::POST, WEBHOOKS, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

pub fn path(webhook: &Value, rest: &str) -> String {
    format!("{WEBHOOKS}/{}{rest}", webhook["id"].as_str().unwrap())
}

fn settings() -> Value {
    json!({"url": "https://receiver.example/hooks", "events": ["link.created"]})
}

fn with(name: &str, value: Value) -> Value {
    let mut body = settings();
    body[name] = value;
    body
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn webhook_is_created_read_changed_and_deleted(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({
        "url": "https://receiver.example/hooks", "events": ["link.updated", "link.created", "link.created"],
        "domains": ["GO.example.com"], "tags": ["b", "a"],
    });
    let answer = origin.call(Method::POST, WEBHOOKS, body).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::CREATED, "no-store"));
    let mut created = answer.json();
    assert_eq!(answer.header("location"), path(&created, ""));
    let secret = created.as_object_mut().unwrap().remove("secret").unwrap();
    assert!(secret.as_str().unwrap().starts_with("whsec_"), "{secret}");
    assert_eq!(created["events"], json!(["link.created", "link.updated"]));
    assert_eq!((&created["domains"], &created["tags"]), (&json!([DOMAIN]), &json!(["a", "b"])));
    assert_eq!((&created["state"], &created["enabled"]), (&json!("active"), &json!(true)));
    assert_eq!(origin.get(&path(&created, "")).await.json(), created);
    assert_eq!(origin.get(WEBHOOKS).await.json(), json!({"data": [created], "next_cursor": null}));

    let change = json!({"enabled": false, "tags": null, "events": ["domain.created"]});
    let changed = origin.call(Method::PATCH, &path(&created, ""), change).await.json();
    assert_eq!(
        (&changed["state"], &changed["reason"]),
        (&json!("disabled"), &json!("disabled by an administrator"))
    );
    assert_eq!((&changed["tags"], &changed["domains"]), (&json!([]), &json!([DOMAIN])));
    assert_eq!(changed["events"], json!(["domain.created"]));
    let enabled = origin.call(Method::PATCH, &path(&created, ""), json!({"enabled": true})).await.json();
    assert_eq!((&enabled["state"], &enabled["reason"]), (&json!("active"), &Value::Null));

    assert_eq!(origin.call(Method::DELETE, &path(&created, ""), Value::Null).await.status, 204);
    for (method, rest) in [
        (Method::GET, ""),
        (Method::DELETE, ""),
        (Method::POST, "/rotate"),
        (Method::POST, "/test"),
        (Method::GET, "/deliveries"),
    ] {
        let answer = origin.call(method, &path(&created, rest), Value::Null).await;
        answer.assert_problem(404, "webhook_not_found");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_webhook_field_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut cases = vec![(json!({}), "missing_field", vec!["url", "events"])];
    for value in
        [json!(null), json!(1), json!(""), json!("http://receiver.example/"), json!("https://10.0.0.1/")]
    {
        cases.push((with("url", value), "invalid_url", vec!["url"]));
    }
    for value in [json!(null), json!([]), json!("link.created"), json!(["link.clicked"]), json!([1])] {
        cases.push((with("events", value), "invalid_events", vec!["events"]));
    }
    for value in [json!("a.example"), json!(["https://a.example"]), json!([""])] {
        cases.push((with("domains", value), "invalid_domains", vec!["domains"]));
    }
    cases.push((with("tags", json!([" "])), "invalid_tags", vec!["tags"]));
    cases.push((with("enabled", json!("yes")), "invalid_enabled", vec!["enabled"]));
    cases.push((with("secret", json!("x")), "unknown_field", vec!["secret"]));
    for (body, code, fields) in cases {
        let answer = origin.call(Method::POST, WEBHOOKS, body.clone()).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), fields, "{body}");
    }
    let webhook = create_webhook(&origin, settings()).await;
    for (field, code) in [("url", "invalid_url"), ("events", "invalid_events")] {
        let answer = origin.call(Method::PATCH, &path(&webhook, ""), json!({field: null})).await;
        answer.assert_problem(422, code);
    }
    for (body, code) in [
        (json!({}), "invalid_ids"),
        (json!({"ids": "x"}), "invalid_ids"),
        (json!({"ids": ["x"]}), "invalid_ids"),
        (json!({"from": "2026-11-24T00:00:00Z"}), "invalid_ids"),
        (json!({"from": "x", "to": "2026-11-24T00:00:00Z"}), "invalid_from"),
    ] {
        let answer = origin.call(Method::POST, &path(&webhook, "/deliveries/replay"), body).await;
        answer.assert_problem(422, code);
    }
    let answer = origin.get(&path(&webhook, "/deliveries?state=lost")).await;
    answer.assert_problem(422, "invalid_state");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn webhook_to_a_host_of_ours_is_refused(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.call(Method::POST, "/api/v1/domains", json!({"host": "brand.example"})).await;
    for url in [format!("https://{DOMAIN}/x"), "https://brand.example/hook".to_owned()] {
        let answer = origin.call(Method::POST, WEBHOOKS, with("url", json!(url))).await;
        answer.assert_problem(422, "invalid_url");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn there_are_no_webhooks_without_a_signing_secret(database: PgPool) {
    let origin = Origin::builder(&database).config(&[("SIGNING_SECRET", "")]).start().await;
    let answer = origin.call(Method::POST, WEBHOOKS, settings()).await;
    answer.assert_problem(501, "webhooks_unavailable");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn number_of_webhooks_is_limited(database: PgPool) {
    let origin = Origin::start(&database).await;
    for _ in 0..20 {
        create_webhook(&origin, settings()).await;
    }
    let answer = origin.call(Method::POST, WEBHOOKS, settings()).await;
    answer.assert_problem(409, "too_many_webhooks");
    let first = origin.get(&format!("{WEBHOOKS}?limit=15")).await.json();
    let next = format!("{WEBHOOKS}?cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(origin.get(&next).await.json()["data"].as_array().unwrap().len(), 5);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn rotation_changes_the_secret(database: PgPool) {
    let origin = Origin::start(&database).await;
    let webhook = create_webhook(&origin, settings()).await;
    let rotate = async |body| origin.call(Method::POST, &path(&webhook, "/rotate"), body).await.json();
    let rotated = rotate(json!({"grace_seconds": 60})).await;
    assert_ne!(rotated["secret"], webhook["secret"]);
    assert_eq!(rotated["previous_secret_until"], "2026-11-24T00:01:00.000Z");
    assert_ne!(rotate(Value::Null).await["secret"], rotated["secret"]);
    let other = create_webhook(&origin, settings()).await;
    assert_ne!(other["secret"], webhook["secret"]);
    // Derived, so that every origin knows it and no table has it.
    let rows: Vec<String> = sqlx::query_scalar("SELECT endpoint::text FROM webhook_endpoints endpoint")
        .fetch_all(&origin.links)
        .await
        .unwrap();
    assert!(rows.iter().all(|row| !row.contains("whsec_")), "{rows:?}");
}

//! Tests with hostile bodies: each is rejected or becomes a link that resolves.

use axum::http::StatusCode;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::Origin;

/// Every kind of JSON value, and strings that have broken servers before.
pub fn values() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "\0",
        "https://example.com/\0",
        "https://\0example.com",
        "https://example.com/\u{202E}\u{FEFF}\u{FFFF}",
        "https://exa\u{AD}mple.com",
        "https://[::1",
        "https://1.2.3.4.5.6",
        "https://999999999999",
        "https://example.com:99999",
        "https://%00",
        "https://xn--",
        "http:",
        "file:///etc/passwd",
        "'; DROP TABLE links; --",
        "${jndi:ldap://x}",
        "9999-12-31T23:59:59-23:59",
        "-9999-01-01T00:00:00Z",
        "2026-11-24T00:00:00+99:99",
        "+010000-01-01T00:00:00Z",
    ];
    let mut values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!([]),
        json!([[["https://example.com"]]]),
        json!({}),
        json!({"url": "https://example.com"}),
        json!("x".repeat(100_000)),
        json!(format!("https://example.com/{}", "ü".repeat(3_000))),
    ];
    values.extend(texts.map(Value::from));
    values
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn hostile_body_is_never_a_server_error(database: PgPool) {
    let origin = Origin::start(&database).await;
    for value in values() {
        let whole_body = origin.create(value.to_string()).await;
        assert!(whole_body.status == StatusCode::UNPROCESSABLE_ENTITY || value["url"].is_string(), "{value}");
        for body in [
            json!({"url": "https://example.com", "status": value}),
            json!({"url": "https://example.com", "expires_at": value}),
        ] {
            let answer = origin.create(body.to_string()).await;
            assert_eq!(answer.status.is_client_error(), !value.is_null(), "{body}: {answer:?}");
        }
        for body in [json!({"url": value}), json!({value.to_string(): value})] {
            let answer = origin.create(body.to_string()).await;
            assert!(
                answer.status.is_client_error() || answer.status == StatusCode::CREATED,
                "{body}: {answer:?}"
            );
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn malformed_json_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let nested = "[".repeat(200_000);
    let bodies: [&[u8]; 12] = [
        br#"{"url":"https://example.com/\ud800"}"#,
        br#"{"url":"https://example.com/\udc00\ud800"}"#,
        br#"{"\ud800":1}"#,
        b"{\"url\":\"https://example.com/\xff\"}",
        b"{\"url\":\"https://example.com/\0\"}",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"\0",
        br#"{"status":1e999}"#,
        br#"{"status":NaN}"#,
        br#"{"url":"https://example.com"}{}"#,
        b"url=https%3A%2F%2Fexample.com",
        nested.as_bytes(),
    ];
    for body in bodies {
        origin.create(body.to_vec()).await.assert_problem(422, "invalid_body");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn random_links_are_rejected_or_resolve(database: PgPool) {
    let origin = Origin::start(&database).await;
    let url = prop_oneof![
        "https?://[a-z]{1,8}\\.example/\\PC{0,30}",
        "(https?://[a-z0-9.:@\\[\\]%-]{0,12}/?)?.{0,30}"
    ];
    let status = prop_oneof![4 => Just(json!(302)), 1 => any::<i32>().prop_map(Value::from), 1 => ".{0,3}".prop_map(Value::from)];
    let expires_at = prop_oneof![
        Just(json!(null)),
        "2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:00:00(Z|\\+[0-9]{2}:00)".prop_map(Value::from)
    ];
    let body = (url, status, expires_at).prop_map(
        |(url, status, expires_at)| json!({"url": url, "status": status, "expires_at": expires_at}),
    );
    let mut runner = TestRunner::deterministic();
    let mut created = 0;
    for _ in 0..1_000 {
        let body = body.new_tree(&mut runner).unwrap().current();
        let answer = origin.create(body.to_string()).await;
        if answer.status == StatusCode::CREATED {
            created += 1;
            let code = answer.json()["code"].as_str().unwrap().to_owned();
            assert_eq!(origin.resolve(&code).await.json()["record"]["url"], answer.json()["url"], "{body}");
        } else {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {answer:?}");
        }
    }
    assert!(created > 100, "only {created} bodies were valid links, too few to test");
}

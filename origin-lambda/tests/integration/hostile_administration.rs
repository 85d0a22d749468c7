//! Tests with hostile bodies and parameters for keys, domains, blocked hosts and tags.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Origin, request};
use crate::hostile_requests::values;

/// Routes that take a body, each with a valid one.
fn writes(key: &str) -> [(Method, String, Value); 5] {
    [
        (Method::POST, "/api/v1/keys".into(), json!({"name": "a", "role": "reader", "expires_at": null})),
        (Method::POST, format!("/api/v1/keys/{key}/rotate"), json!({"grace_seconds": 1})),
        (Method::POST, "/api/v1/domains".into(), json!({"host": "a.example"})),
        (
            Method::POST,
            "/api/v1/blocked-hosts".into(),
            json!({"host": "b.example", "subdomains": true, "reason": "c"}),
        ),
        (Method::PATCH, "/api/v1/tags/a".into(), json!({"name": "a"})),
    ]
}

async fn key(origin: &Origin) -> String {
    origin.create_key(json!({"name": "a", "role": "reader"})).await["id"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn field_of_any_value_is_accepted_or_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = key(&origin).await;
    for (method, path, body) in writes(&key) {
        for field in body.as_object().unwrap().keys() {
            for value in values() {
                let mut body = body.clone();
                body[field] = value;
                let answer = origin.call(method.clone(), &path, body.clone()).await;
                assert!(!answer.status.is_server_error(), "{method} {path} {body}: {answer:?}");
                if answer.status == 422 {
                    assert_eq!(answer.invalid_fields(), [field.as_str()], "{method} {path} {body}");
                }
            }
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn malformed_json_is_rejected_everywhere(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = key(&origin).await;
    let nested = "[".repeat(200_000);
    let bodies: [&[u8]; 8] = [
        b"null",
        b"[]",
        b"\"name\"",
        br#"{"name":"a","name":"b"}"#,
        br#"{"host":"a.example","h\u006fst":"b.example"}"#,
        b"{\"name\":\"\xff\"}",
        br#"{"host":"\ud800"}"#,
        nested.as_bytes(),
    ];
    for (method, path, _) in writes(&key) {
        for body in bodies {
            let request = request(method.clone(), &path).body(Body::from(body.to_vec())).unwrap();
            origin.send(request).await.assert_problem(422, "invalid_body");
        }
        let megabyte = json!({"x".repeat(1 << 20): "y".repeat(1 << 20)});
        let answer = origin.call(method.clone(), &path, megabyte).await;
        assert_eq!(answer.status, 422, "{method} {path}");
        assert!(answer.body.len() < 2_000, "{method} {path} repeats it");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn hostile_list_parameter_is_never_a_server_error(database: PgPool) {
    let origin = Origin::start(&database).await;
    // Cursors of other lists, and invented ones: "\0", "\xFF", "zz", a key's id.
    let cursors =
        ["AA", "_w", "eno", "MDE5OGMwZGUtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAx", "%00", "%F0%9F%94%91", ""];
    for list in ["keys", "domains", "blocked-hosts", "tags"] {
        for query in cursors.map(|cursor| format!("cursor={cursor}")).iter().map(String::as_str).chain([
            "limit=%00",
            "limit=1&limit=2",
            "cursor=a&cursor=b",
            "search=%F0%9F%94%91",
            "search=%25_%5C",
            "search=a&search=b",
            "%FF=%FF",
            "limit",
            "&&&=",
        ]) {
            let answer = origin.get(&format!("/api/v1/{list}?{query}")).await;
            assert!(!answer.status.is_server_error(), "{list}?{query}: {answer:?}");
        }
    }
}

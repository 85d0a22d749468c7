//! Tests of authentication.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use futures_util::StreamExt;
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, EDGE_SECRET, Origin};

/// Every route of the API that needs a key.
const KEYED: &[(Method, &str)] = &[
    (Method::POST, "/api/v1/links"),
    (Method::GET, "/api/v1/links/0198c0de-0000-7000-8000-000000000001"),
    (Method::GET, "/api/v1/links/0198c0de-0000-7000-8000-000000000001/stats"),
];

#[sqlx::test(migrator = "crate::LINKS")]
async fn every_route_answers_401_without_a_valid_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    let forwarded = format!("Bearer {ADMIN_KEY}");
    for (method, path) in KEYED {
        for (headers, code) in [
            (vec![], "missing_key"),
            (vec![("authorization", "Bearer wrong")], "invalid_key"),
            (vec![("x-shortline-authorization", forwarded.as_str())], "missing_key"),
            (
                vec![("x-shortline-authorization", forwarded.as_str()), ("x-shortline-edge-secret", "wrong")],
                "missing_key",
            ),
            (
                vec![("x-shortline-authorization", "Bearer wrong"), ("x-shortline-edge-secret", EDGE_SECRET)],
                "invalid_key",
            ),
        ] {
            let mut builder = Request::builder().method(method).uri(*path);
            for (name, value) in headers {
                builder = builder.header(name, value);
            }
            // The body is invalid, but the key is checked first.
            let answer = origin.send(builder.body(Body::from("nonsense")).unwrap()).await;
            answer.assert_problem(401, code);
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn key_forwarded_by_the_edge_is_accepted(database: PgPool) {
    let origin = Origin::start(&database).await;
    let request = Request::post("/api/v1/links")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y")
        .header("x-shortline-edge-secret", EDGE_SECRET)
        .header("x-shortline-authorization", format!("Bearer {ADMIN_KEY}"));
    let answer = origin.send(request.body(r#"{"url": "https://example.com"}"#.into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn body_from_the_edge_is_read_even_if_its_key_is_invalid(database: PgPool) {
    let origin = Origin::start(&database).await;
    let read = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&read);
    let pieces = futures_util::stream::iter(0..3).map(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from_static(b"{}"))
    });
    let request = Request::post("/api/v1/links")
        .header("x-shortline-edge-secret", EDGE_SECRET)
        .header("x-shortline-authorization", "Bearer wrong");
    let answer = origin.send(request.body(Body::from_stream(pieces)).unwrap()).await;
    answer.assert_problem(401, "invalid_key");
    assert_eq!(read.load(Ordering::Relaxed), 3);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn only_the_edge_may_check_whether_a_key_may_write(database: PgPool) {
    let origin = Origin::start(&database).await;
    let ask = async |secret: &str, key: &str| {
        let request = Request::get("/internal/v1/key").header("x-shortline-edge-secret", secret);
        let request = request.header("x-shortline-authorization", format!("Bearer {key}"));
        origin.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(ask(EDGE_SECRET, ADMIN_KEY).await.status, StatusCode::NO_CONTENT);
    ask(EDGE_SECRET, "made-up-key").await.assert_problem(401, "invalid_key");
    ask("wrong", ADMIN_KEY).await.assert_problem(404, "not_found");
    for (role, status) in [("editor", 204), ("reader", 403)] {
        let body = serde_json::json!({"name": role, "role": role, "requests_per_minute": 1});
        let key = origin.create_key(body).await;
        let key = key["key"].as_str().unwrap().to_owned();
        // The check does not count as a request of the key.
        for _ in 0..3 {
            assert_eq!(ask(EDGE_SECRET, &key).await.status.as_u16(), status, "{role}");
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn api_responses_are_no_store_and_nosniff(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (path, status) in [
        ("/api/v1/links", 200),
        ("/api/v1/keys", 200),
        ("/api/v1/links/0198c0de-0000-7000-8000-000000000001", 404),
        ("/api/v1/nothing", 404),
        ("/api", 404),
        ("/readyz", 200),
    ] {
        let answer = origin.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    let preflight = Request::options("/api/v1/links").body(Body::empty()).unwrap();
    let answer = origin.send(preflight).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (204, "no-store"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let answer = origin.get("/api/docs").await;
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
}

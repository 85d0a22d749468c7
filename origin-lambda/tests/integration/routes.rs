//! Tests of paths, methods, request ids and CORS on any route.

use axum::body::Body;
use axum::http::{Method, Request};
use sqlx::PgPool;

use crate::harness::{Origin, request};

#[sqlx::test(migrator = "crate::LINKS")]
async fn unknown_path_answers_404(database: PgPool) {
    let origin = Origin::start(&database).await;
    for path in
        ["/api", "/api/v1", "/api/v1/links/", "/api/v1/nothing", "/internal/", "/readyz/x", "//healthz"]
    {
        origin.get(path).await.assert_problem(404, "not_found");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn wrong_method_answers_405_with_allow(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (method, path, allowed) in [
        (Method::PUT, "/api/v1/links", "GET,HEAD,POST"),
        (Method::DELETE, "/api/v1/links/1/stats", "GET,HEAD"),
        (Method::POST, "/healthz", "GET,HEAD"),
    ] {
        let answer = origin.send(request(method, path).body(Body::empty()).unwrap()).await;
        answer.assert_problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allowed, "{path}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn malformed_request_id_is_replaced(database: PgPool) {
    let origin = Origin::start(&database).await;
    let id = async |given: &str| {
        let request = Request::get("/no-such-route").header("x-request-id", given);
        origin.send(request.body(Body::empty()).unwrap()).await.header("x-request-id").to_owned()
    };
    assert_eq!(id("8f0c3a2e-0001").await, "8f0c3a2e-0001");
    let replaced = id("forged\" \"status\":200").await;
    assert_eq!(replaced.len(), 36, "{replaced}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn cors_allows_any_origin_and_reading_errors(database: PgPool) {
    let origin = Origin::start(&database).await;
    let preflight = Request::builder()
        .method(Method::OPTIONS)
        .uri("/api/v1/links/1")
        .header("origin", "https://page.example")
        .header("access-control-request-method", "PATCH");
    let answer = origin.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert!(answer.header("access-control-allow-methods").contains("PATCH"), "{answer:?}");
    assert!(answer.header("access-control-allow-headers").contains("authorization"), "{answer:?}");
    let unknown_key = Request::get("/api/v1/links").header("authorization", "Bearer wrong");
    for answer in [
        answer,
        origin.get("/api/v1/links").await,
        origin.get("/api/v1/nothing").await,
        origin.send(unknown_key.body(Body::empty()).unwrap()).await,
    ] {
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{answer:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{answer:?}");
    }
    for path in ["/healthz", "/internal/v1/changes", "/some-link"] {
        let answer = origin.get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

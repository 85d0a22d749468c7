//! Tests of the two probes, with and without a database.

use axum::http::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use crate::harness::{Origin, SHORT_TIMEOUT_POOL};
use crate::outages::{unreachable_database, unresponsive_database};

#[sqlx::test(migrator = "crate::LINKS")]
async fn origin_with_database_is_ready(database: PgPool) {
    let answer = Origin::start(&database).await.get("/readyz").await;
    let body = json!({"status": "ready", "checks": {"links_database": "ok"}});
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, body));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn origin_without_database_is_live_but_not_ready(database: PgPool) {
    let (listener, unresponsive) = unresponsive_database();
    for links in [unreachable_database(), unresponsive] {
        let origin = Origin::builder(&database).links_at(links).links_pool(SHORT_TIMEOUT_POOL).start().await;
        let answer = origin.get("/readyz").await;
        let body = json!({"status": "unavailable", "checks": {"links_database": "unavailable"}});
        assert_eq!((answer.status, answer.json()), (StatusCode::SERVICE_UNAVAILABLE, body));
        assert_eq!(origin.get("/healthz").await.status, StatusCode::OK);
    }
    drop(listener);
}

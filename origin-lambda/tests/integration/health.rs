//! Tests of the two probes, with and without a database.

use axum::http::StatusCode;
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::harness::Origin;
use crate::outages::{unreachable_database, unresponsive_database};

#[sqlx::test(migrations = "../migrations/links")]
async fn origin_with_database_is_ready(_: PgPoolOptions, database: PgConnectOptions) {
    let answer = Origin::start(database).await.get("/readyz").await;
    let body = json!({"status": "ready", "checks": {"links_database": "ok"}});
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, body));
}

#[sqlx::test(migrations = "../migrations/links")]
async fn origin_without_database_is_live_but_not_ready(_: PgPoolOptions, database: PgConnectOptions) {
    let (listener, unresponsive) = unresponsive_database();
    for links in [unreachable_database(), unresponsive] {
        let origin = Origin::with_links_at(database.clone(), links).await;
        let answer = origin.get("/readyz").await;
        let body = json!({"status": "unavailable", "checks": {"links_database": "unavailable"}});
        assert_eq!((answer.status, answer.json()), (StatusCode::SERVICE_UNAVAILABLE, body));
        assert_eq!(origin.get("/healthz").await.status, StatusCode::OK);
    }
    drop(listener);
}

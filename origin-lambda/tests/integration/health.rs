//! The two probes, with a database and without.

use axum::http::StatusCode;
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::harness::Origin;
use crate::outages::{nobody_listens, silent_listener};

#[sqlx::test(migrations = "../migrations/links")]
async fn an_origin_with_its_database_is_ready(_: PgPoolOptions, database: PgConnectOptions) {
    let answer = Origin::start(database).await.get("/readyz").await;
    let body = json!({"status": "ready", "checks": {"links_database": "ok"}});
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, body));
}

#[sqlx::test(migrations = "../migrations/links")]
async fn an_origin_without_its_database_lives_but_is_not_ready(_: PgPoolOptions, database: PgConnectOptions) {
    let (listener, silent) = silent_listener();
    for links in [nobody_listens(), silent] {
        let origin = Origin::with_links_at(database.clone(), links).await;
        let answer = origin.get("/readyz").await;
        let body = json!({"status": "unavailable", "checks": {"links_database": "unavailable"}});
        assert_eq!((answer.status, answer.json()), (StatusCode::SERVICE_UNAVAILABLE, body));
        assert_eq!(origin.get("/healthz").await.status, StatusCode::OK);
    }
    drop(listener);
}

//! Tests of an origin whose databases are unreachable, unresponsive, locked or damaged.

use std::net::TcpListener;

use axum::http::StatusCode;
use origin_lambda::limits::PoolLimits;
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPool};

use crate::harness::{Origin, POOL, SHORT_TIMEOUT_POOL, link_path};

pub fn unreachable_database() -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1).username("nobody")
}

/// Accepts connections and never answers, like a server that hangs.
pub fn unresponsive_database() -> (TcpListener, PgConnectOptions) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, unreachable_database().port(port))
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unreachable_links_database_answers_503(database: PgPool) {
    let (listener, unresponsive) = unresponsive_database();
    for links in [unreachable_database(), unresponsive] {
        let origin = Origin::builder(&database).links_at(links).links_pool(SHORT_TIMEOUT_POOL).start().await;
        let id = "/api/v1/links/0198c0de-0000-7000-8000-000000000001";
        for answer in [
            origin.resolve("0000000").await,
            origin.create(r#"{"url": "https://example.com"}"#).await,
            origin.get(id).await,
            origin.get(&format!("{id}/stats")).await,
        ] {
            answer.assert_problem(503, "database_unavailable");
            assert_eq!(answer.header("retry-after"), "5");
        }
    }
    drop(listener);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn validation_needs_no_database(database: PgPool) {
    let origin = Origin::builder(&database)
        .links_at(unreachable_database())
        .links_pool(SHORT_TIMEOUT_POOL)
        .start()
        .await;
    assert_eq!(origin.resolve("no+name").await.json(), json!({"outcome": "not_found"}));
    origin.create(r#"{"url": 1}"#).await.assert_problem(422, "invalid_url");
    origin.get("/api/v1/links/no-id").await.assert_problem(404, "link_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn statement_without_an_answer_times_out(database: PgPool) {
    let origin = Origin::builder(&database).links_pool(SHORT_TIMEOUT_POOL).start().await;
    let mut lock = origin.links.begin().await.unwrap();
    sqlx::query("LOCK TABLE links").execute(&mut *lock).await.unwrap();
    origin.resolve("0000000").await.assert_problem(503, "database_unavailable");
    lock.rollback().await.unwrap();
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn create_after_a_lease_timeout_works(database: PgPool) {
    // The wait for a code ends before the statement does, which must not block the next create.
    let origin = Origin::builder(&database).links_pool(POOL).start().await;
    let mut lock = origin.links.begin().await.unwrap();
    sqlx::query("SELECT FROM code_counter FOR UPDATE").execute(&mut *lock).await.unwrap();
    origin.create(r#"{"url": "https://example.com"}"#).await.assert_problem(503, "database_unavailable");
    lock.rollback().await.unwrap();
    origin.create_link("https://example.com").await;
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unreachable_analytics_database_only_fails_statistics(database: PgPool) {
    let (listener, unresponsive) = unresponsive_database();
    for analytics in [unreachable_database(), unresponsive] {
        let origin = Origin::builder(&database).analytics_at(analytics).start().await;
        let link = origin.create_link("https://example.com").await;
        let stats = origin.get(&format!("{}/stats", link_path(&link))).await;
        stats.assert_problem(503, "analytics_unavailable");
        assert_eq!(stats.header("retry-after"), "5");
        assert_eq!(origin.resolve(link["code"].as_str().unwrap()).await.json()["outcome"], "found");
        assert_eq!(origin.get("/readyz").await.status, StatusCode::OK);
    }
    drop(listener);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn cut_connection_fails_at_most_one_request(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let code = link["code"].as_str().unwrap();
    sqlx::query(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    let cut = origin.resolve(code).await;
    if cut.status != StatusCode::OK {
        cut.assert_problem(503, "database_unavailable");
    }
    assert_eq!(origin.resolve(code).await.json()["outcome"], "found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn request_is_rejected_when_all_connections_are_in_use(database: PgPool) {
    let limits = PoolLimits { max_connections: 1, max_waiting: 0, ..POOL };
    let origin = Origin::builder(&database).links_pool(limits).start().await;
    let mut lock = origin.links.begin().await.unwrap();
    sqlx::query("LOCK TABLE links").execute(&mut *lock).await.unwrap();
    let first = tokio::spawn({
        let origin = origin.clone();
        async move { origin.resolve("0000000").await }
    });
    origin.wait_for_blocked_statements(1, || first.is_finished()).await;
    let rejected = origin.resolve("0000000").await;
    rejected.assert_problem(503, "overloaded");
    assert_eq!(rejected.header("retry-after"), "5");
    assert!(!first.is_finished(), "rejected while the first request waits");
    lock.rollback().await.unwrap();
    assert_eq!(first.await.unwrap().json(), json!({"outcome": "not_found"}));
    assert_eq!(origin.resolve("0000000").await.json(), json!({"outcome": "not_found"}));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn only_lists_are_read_from_the_replica(database: PgPool) {
    let replica = ("LISTS_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    let origin = Origin::builder(&database).config(&[replica]).start().await;
    let link = origin.create_link("https://example.com").await;
    for list in ["/api/v1/links", "/api/v1/tags"] {
        origin.get(list).await.assert_problem(503, "database_unavailable");
    }
    assert_eq!(origin.link(&link).await["id"], link["id"]);
    assert_eq!(origin.resolve(link["code"].as_str().unwrap()).await.json()["outcome"], "found");
    assert_eq!(origin.get("/readyz").await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn damaged_row_answers_500_without_details(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    sqlx::query("UPDATE links SET url = 'javascript:secret'").execute(&origin.links).await.unwrap();
    let answer = origin.resolve(link["code"].as_str().unwrap()).await;
    answer.assert_problem(500, "internal_error");
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "{answer:?}");
}

/// With the limits of a Lambda without a replica: two connections for lookups and two for lists.
#[sqlx::test(migrator = "crate::LINKS")]
async fn slow_lists_leave_connections_to_lookups(database: PgPool) {
    let limits = PoolLimits { max_connections: 2, max_waiting: 0, ..POOL };
    let origin = Origin::builder(&database).links_pool(limits).start().await;
    let link = origin.create_link("https://example.com").await;
    let mut lock = origin.links.begin().await.unwrap();
    sqlx::query("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    let lists: Vec<_> = (0..2)
        .map(|_| {
            let origin = origin.clone();
            tokio::spawn(async move { origin.get("/api/v1/tags").await.status })
        })
        .collect();
    origin.wait_for_blocked_statements(2, || lists.iter().any(|list| list.is_finished())).await;
    assert_eq!(origin.resolve(link["code"].as_str().unwrap()).await.json()["outcome"], "found");
    assert_eq!(origin.link(&link).await["id"], link["id"]);
    lock.rollback().await.unwrap();
    for list in lists {
        assert_eq!(list.await.unwrap(), StatusCode::OK);
    }
}

//! Tests of restoring deleted links.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, NOW, Origin, link_path};

const DAY_MILLIS: i64 = 86_400_000;

async fn delete(origin: &Origin, link: &Value) {
    let answer = origin.call(Method::DELETE, &link_path(link), Value::Null).await;
    assert_eq!(answer.status, 204, "{answer:?}");
}

async fn restore(origin: &Origin, link: &Value) -> Answer {
    origin.call(Method::POST, &format!("{}/restore", link_path(link)), Value::Null).await
}

/// The row of a table about a link, as JSON.
async fn row(origin: &Origin, query: &'static str, link: &Value) -> Option<Value> {
    let id = link["id"].as_str().unwrap();
    sqlx::query_scalar(query).bind(id).fetch_optional(&origin.links).await.unwrap()
}

async fn rows(origin: &Origin, link: &Value) -> [Option<Value>; 3] {
    [
        row(
            origin,
            "SELECT to_jsonb(links) - '{revision, updated_at}'::text[] FROM links WHERE id = $1::uuid",
            link,
        )
        .await,
        row(origin, "SELECT to_jsonb(link_totals) FROM link_totals WHERE link_id = $1::uuid", link).await,
        row(origin, "SELECT to_jsonb(link_gates) FROM link_gates WHERE link_id = $1::uuid", link).await,
    ]
}

fn everything() -> Value {
    json!({
        "url": "https://example.com/", "alias": "sommer/grüße", "title": "Summer", "notes": "two\nlines", "status": 307,
        "tags": ["b", "a"], "external_id": "crm-1", "starts_at": "2026-12-01T00:00:00Z",
        "expires_at": "2027-01-01T00:00:00Z", "expired_url": "https://example.com/over", "max_clicks": 10,
        "password": "correct horse", "forward_query": true, "forward_path": true, "state": "disabled",
        "preview": {"title": "Sommer", "description": null, "image": "https://example.com/a.png"},
        "rules": [{"if": {"country": ["DE"]}, "url": "https://example.com/de"}],
    })
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn restored_link_has_everything_it_had(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "a", "role": "editor"})).await;
    let key = key["key"].as_str().unwrap();
    let link = origin.call_as(key, Method::POST, "/api/v1/links", everything()).await.json();
    for statement in [
        "UPDATE links SET exhausted = true WHERE id = $1::uuid",
        "INSERT INTO link_totals VALUES ($1::uuid, 12, 10, 2, now(), now())",
        "INSERT INTO link_gates VALUES ($1::uuid, 10, now()) ON CONFLICT (link_id) DO UPDATE SET used = 10",
    ] {
        sqlx::query(statement).bind(link["id"].as_str().unwrap()).execute(&origin.links).await.unwrap();
    }
    let (before, stored) = (origin.link(&link).await, rows(&origin, &link).await);
    assert!(stored.iter().all(Option::is_some), "{stored:?}");
    delete(&origin, &link).await;
    assert_eq!(rows(&origin, &link).await, [None, None, None]);
    let answer = restore(&origin, &link).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let restored = answer.json();
    assert_eq!(rows(&origin, &link).await, stored);
    assert!(restored["revision"].as_i64() > before["revision"].as_i64(), "{restored}");
    let mut expected = before;
    for name in ["revision", "updated_at"] {
        expected[name] = restored[name].clone();
    }
    assert_eq!(restored, expected);
    assert_eq!(origin.link(&link).await, restored);
    assert_eq!(answer.header("etag"), format!("\"{}\"", restored["revision"]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn restored_link_is_published(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://a.test/", "alias": "back"})).await;
    delete(&origin, &link).await;
    assert_eq!(origin.resolve("back").await.json()["outcome"], "deleted");
    let path = format!("{}/restore", link_path(&link));
    let (client, edge) = origin.call_through_edge(Method::POST, &path, json!({})).await.parts();
    assert_eq!(edge["changes"][0]["record"]["id"], link["id"], "{edge}");
    assert_eq!(edge["changes"][0]["revision"], client["revision"], "{edge}");
    assert_eq!(origin.resolve("back").await.json()["outcome"], "found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn repeated_restoration_answers_the_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    assert_eq!(restore(&origin, &link).await.json(), link, "not deleted");
    delete(&origin, &link).await;
    let restored = restore(&origin, &link).await.json();
    assert_eq!(restore(&origin, &link).await.json(), restored);
    delete(&origin, &link).await;
    assert_eq!(restore(&origin, &link).await.status, 200, "deleted again");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn taken_name_or_external_id_prevents_a_restoration(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (field, code) in [("alias", "alias_taken"), ("external_id", "external_id_taken")] {
        let body = json!({"url": "https://a.test/", field: "mine"});
        let link = origin.create_link_with(body.clone()).await;
        delete(&origin, &link).await;
        let taker = origin.create_link_with(body).await;
        restore(&origin, &link).await.assert_problem(409, code);
        delete(&origin, &taker).await;
        assert_eq!(restore(&origin, &link).await.status, 200, "{field}");
        delete(&origin, &link).await;
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_is_restored_for_thirty_days(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    delete(&origin, &link).await;
    let later = Origin::builder(&database).at(NOW.plus_millis(30 * DAY_MILLIS)).start().await;
    restore(&later, &link).await.assert_problem(404, "link_not_found");
    let earlier = Origin::builder(&database).at(NOW.plus_millis(30 * DAY_MILLIS - 1)).start().await;
    assert_eq!(restore(&earlier, &link).await.status, 200);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn restored_link_to_a_blocked_host_is_blocked(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://evil.test/").await;
    delete(&origin, &link).await;
    origin.call(Method::POST, "/api/v1/blocked-hosts", json!({"host": "evil.test"})).await;
    assert_eq!(restore(&origin, &link).await.json()["state"], "blocked");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_of_a_removed_domain_is_not_restored(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.call(Method::POST, "/api/v1/domains", json!({"host": "other.example"})).await;
    let link = origin.create_link_with(json!({"url": "https://a.test/", "domain": "other.example"})).await;
    delete(&origin, &link).await;
    origin.call(Method::DELETE, "/api/v1/domains/other.example", Value::Null).await;
    restore(&origin, &link).await.assert_problem(422, "invalid_domain");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bound_key_restores_only_what_existed_for_it(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    delete(&origin, &link).await;
    let path = format!("{}/restore", link_path(&link));
    for (bounds, status) in [(json!({"own_links": true}), 404), (json!({"domains": [DOMAIN]}), 200)] {
        let mut body = json!({"name": "a", "role": "editor"});
        body.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        let key = origin.create_key(body).await;
        let answer = origin.call_as(key["key"].as_str().unwrap(), Method::POST, &path, Value::Null).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

//! Tests of creating or changing a link by its external id.

use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Origin, link_path};

async fn put(origin: &Origin, id: &str, body: Value) -> Answer {
    origin.call(Method::PUT, &format!("/api/v1/links/external/{id}"), body).await
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn external_id_is_created_once_and_changed_then(database: PgPool) {
    let origin = Origin::start(&database).await;
    let answer =
        put(&origin, "crm%2F1", json!({"url": "https://a.test/", "title": "a", "alias": "one"})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let link = answer.json();
    assert_eq!((&link["external_id"], answer.header("location")), (&json!("crm/1"), &*link_path(&link)));
    let answer = put(&origin, "crm%2F1", json!({"url": "https://b.test/", "external_id": "crm/1"})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let changed = answer.json();
    assert_eq!(
        (&changed["id"], &changed["title"], &changed["code"]),
        (&link["id"], &json!("a"), &json!("one"))
    );
    assert_eq!(changed["url"], "https://b.test/");
    let repeated = put(&origin, "crm%2F1", json!({"url": "https://b.test/"})).await.json();
    assert_eq!(repeated, changed);
    assert_eq!(put(&origin, "crm%2F1", changed.clone()).await.json(), changed, "what it was given");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_upserts_make_one_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let answers =
        join_all((0..8).map(|n| put(&origin, "x", json!({"url": format!("https://a.test/{n}")})))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.status.is_success()), "{answers:?}");
    let list = origin.get("/api/v1/links").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn upsert_that_cannot_be_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    put(&origin, "x", json!({"title": "a"})).await.assert_problem(422, "missing_field");
    put(&origin, "x", json!({"url": "https://a.test/", "external_id": "y"}))
        .await
        .assert_problem(422, "invalid_external_id");
    put(&origin, "%00", json!({"url": "https://a.test/"})).await.assert_problem(422, "invalid_external_id");
    let path = "/api/v1/links/external/x";
    let answer =
        origin.call_with(Method::PUT, path, &[("if-match", "*")], json!({"url": "https://a.test/"})).await;
    answer.assert_problem(412, "precondition_failed");
    origin.create_link_with(json!({"url": "https://a.test/", "external_id": "x"})).await;
    let key = origin.create_key(json!({"name": "a", "role": "editor", "own_links": true})).await;
    let body = json!({"url": "https://b.test/"});
    let answer = origin.call_as(key["key"].as_str().unwrap(), Method::PUT, path, body.clone()).await;
    answer.assert_problem(409, "external_id_taken");
    let key = origin.create_key(json!({"name": "a", "role": "editor", "actions": ["change"]})).await;
    let key = key["key"].as_str().unwrap();
    assert_eq!(origin.call_as(key, Method::PUT, path, body.clone()).await.status, 200);
    origin.call_as(key, Method::PUT, "/api/v1/links/external/y", body).await.assert_problem(403, "forbidden");
}

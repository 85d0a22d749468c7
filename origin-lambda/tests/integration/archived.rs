//! Tests of archived links: lists leave them out, everything else treats them like others.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Origin, link_path};

async fn listed(origin: &Origin, query: &str) -> Vec<Value> {
    let answer = origin.get(&format!("/api/v1/links{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().unwrap().iter().map(|link| link["code"].clone()).collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn list_leaves_archived_links_out_unless_asked(database: PgPool) {
    let origin = Origin::start(&database).await;
    let old = json!({"url": "https://a.test/", "alias": "old", "archived": true});
    let old = origin.create_link_with(old).await;
    origin.create_link_with(json!({"url": "https://a.test/", "alias": "new"})).await;
    assert_eq!((&old["archived"], &old["state"]), (&json!(true), &json!("active")));
    for (query, codes) in [
        ("", vec!["new"]),
        ("?archived=false", vec!["new"]),
        ("?archived=true", vec!["old"]),
        ("?archived=all", vec!["new", "old"]),
        ("?code=old", vec![]),
    ] {
        assert_eq!(listed(&origin, query).await, codes, "{query}");
    }
    origin.get("/api/v1/links?archived=1").await.assert_problem(422, "invalid_archived");
    assert_eq!(origin.resolve("old").await.json()["outcome"], "found");
    let answer = origin.call(Method::PATCH, &link_path(&old), json!({"archived": null})).await;
    assert_eq!(answer.json()["archived"], false, "{answer:?}");
    assert_eq!(listed(&origin, "").await, ["new", "old"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn archived_link_is_not_reused(database: PgPool) {
    let origin = Origin::start(&database).await;
    let new = json!({"url": "https://a.test/", "reuse": true});
    let link = origin.create_link_with(new.clone()).await;
    origin.call(Method::PATCH, &link_path(&link), json!({"archived": true})).await;
    assert_ne!(origin.create_link_with(new).await["id"], link["id"]);
}

//! Tests of campaign presets.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Origin};

const PRESETS: &str = "/api/v1/campaign-presets";

async fn save(origin: &Origin, key: &str, name: &str, utm: Value) -> Value {
    let answer = origin.call_as(key, Method::POST, PRESETS, json!({"name": name, "utm": utm})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn names(origin: &Origin, key: &str) -> Vec<String> {
    let list = origin.call_as(key, Method::GET, PRESETS, Value::Null).await.json();
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|preset| preset["name"].as_str().unwrap().to_owned())
        .collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn preset_is_saved_replaced_by_its_name_and_removed(database: PgPool) {
    let origin = Origin::start(&database).await;
    let saved =
        save(&origin, ADMIN_KEY, " Spring ", json!({"source": "mail", "term": " ", "medium": null})).await;
    assert_eq!((&saved["name"], &saved["utm"]), (&json!("Spring"), &json!({"source": "mail"})));
    let replaced = save(&origin, ADMIN_KEY, "Spring", json!({"campaign": "spring & \u{fc}"})).await;
    assert_eq!(replaced["id"], saved["id"]);
    let list = origin.get(PRESETS).await.json();
    assert_eq!(list, json!({"data": [replaced], "next_cursor": null}));
    let path = format!("{PRESETS}/{}", saved["id"].as_str().unwrap());
    assert_eq!(origin.call(Method::DELETE, &path, Value::Null).await.status, 204);
    for path in [path, format!("{PRESETS}/x")] {
        origin.call(Method::DELETE, &path, Value::Null).await.assert_problem(404, "preset_not_found");
    }
    assert!(names(&origin, ADMIN_KEY).await.is_empty());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn presets_of_a_key_are_its_own_and_go_with_it(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "a", "role": "editor"})).await;
    let (secret, path) =
        (key["key"].as_str().unwrap(), format!("/api/v1/keys/{}", key["id"].as_str().unwrap()));
    let theirs = save(&origin, ADMIN_KEY, "Shared name", json!({"source": "a"})).await;
    save(&origin, secret, "Shared name", json!({"source": "b"})).await;
    let removed = format!("{PRESETS}/{}", theirs["id"].as_str().unwrap());
    let answer = origin.call_as(secret, Method::DELETE, &removed, Value::Null).await;
    answer.assert_problem(404, "preset_not_found");
    let rotated = origin.call(Method::POST, &format!("{path}/rotate"), json!({})).await.json();
    assert_eq!(names(&origin, rotated["key"].as_str().unwrap()).await, ["Shared name"]);
    assert_eq!(origin.call(Method::DELETE, &path, Value::Null).await.status, 204);
    let left: Vec<String> = sqlx::query_scalar("SELECT utm->>'source' FROM campaign_presets")
        .fetch_all(&origin.links)
        .await
        .unwrap();
    assert_eq!(left, ["a"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_preset_names_its_field(database: PgPool) {
    let origin = Origin::start(&database).await;
    let utm = json!({"source": "mail"});
    for (body, code) in [
        (json!({"utm": utm}), "missing_field"),
        (json!({"name": " ", "utm": utm}), "invalid_name"),
        (json!({"name": "x".repeat(61), "utm": utm}), "invalid_name"),
        (json!({"name": "a"}), "invalid_utm"),
        (json!({"name": "a", "utm": {"source": ""}}), "invalid_utm"),
        (json!({"name": "a", "utm": {"id": "1"}}), "invalid_utm"),
        (json!({"name": "a", "utm": utm, "b": 1}), "unknown_field"),
    ] {
        origin.call(Method::POST, PRESETS, body).await.assert_problem(422, code);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn key_has_a_hundred_presets_at_most(database: PgPool) {
    let origin = Origin::start(&database).await;
    for number in 0..100 {
        save(&origin, ADMIN_KEY, &format!("Preset {number}"), json!({"source": "a"})).await;
    }
    let one_more = json!({"name": "One more", "utm": {"source": "a"}});
    origin.call(Method::POST, PRESETS, one_more).await.assert_problem(409, "too_many_presets");
    save(&origin, ADMIN_KEY, "Preset 7", json!({"source": "b"})).await;
}

//! Tests of API keys: creation, rotation, expiry and revocation.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{NOW, Origin};

const KEYS: &str = "/api/v1/keys";

fn text<'a>(json: &'a Value, field: &str) -> &'a str {
    json[field].as_str().unwrap_or_else(|| panic!("{field} in {json}"))
}

fn path(key: &Value) -> String {
    format!("{KEYS}/{}", text(key, "id"))
}

/// A request that any valid key may send.
async fn try_key(origin: &Origin, key: &Value) -> (u16, String) {
    let path = "/api/v1/links/0198c0de-0000-7000-8000-000000000001";
    let answer = origin.call_as(text(key, "key"), Method::GET, path, Value::Null).await;
    (answer.status.as_u16(), answer.json()["code"].as_str().unwrap().to_owned())
}

/// The key is accepted; the link does not exist.
fn accepted() -> (u16, String) {
    (404, "link_not_found".to_owned())
}

fn rejected(code: &str) -> (u16, String) {
    (401, code.to_owned())
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn key_is_shown_once_and_stored_as_a_hash(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"name": " Deploy bot ", "role": "editor", "expires_at": "2027-01-01T00:00:00Z"});
    let answer = origin.call(Method::POST, KEYS, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let made = answer.json();
    assert_eq!(answer.header("location"), path(&made));
    assert_eq!(answer.header("cache-control"), "no-store");
    let key = text(&made, "key");
    assert!(key.starts_with("slk_") && key.len() == 47, "{key}");
    let about = json!({
        "id": made["id"], "name": "Deploy bot", "role": "editor", "domains": null, "own_links": false, "actions": null, "requests_per_minute": 600, "links_per_minute": 10_000,
        "created_at": "2026-11-24T00:00:00.000Z", "expires_at": "2027-01-01T00:00:00.000Z", "last_used_at": null,
        "previous_until": null,
    });
    let mut expected = about.clone();
    expected["key"] = key.into();
    assert_eq!(made, expected);
    assert_eq!(origin.call(Method::GET, &path(&made), Value::Null).await.json(), about);
    let list = origin.call(Method::GET, KEYS, Value::Null).await.json();
    assert_eq!(list, json!({"data": [about], "next_cursor": null}));
    assert_eq!(try_key(&origin, &made).await, accepted());

    let stored: String =
        sqlx::query_scalar("SELECT api_keys::text FROM api_keys").fetch_one(&origin.links).await.unwrap();
    assert!(!stored.contains(&key[4..]), "{stored}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn key_reads_what_it_is_itself(database: PgPool) {
    const CURRENT: &str = "/api/v1/keys/current";
    let origin = Origin::start(&database).await;
    let bound = json!({"name": "Shop", "role": "editor", "actions": ["create"], "own_links": true});
    let made = origin.create_key(bound).await;
    let current = origin.call_as(text(&made, "key"), Method::GET, CURRENT, Value::Null).await.json();
    let mut about = origin.call(Method::GET, &path(&made), Value::Null).await.json();
    let mut shown = current["key"].clone();
    // The first use of a key is noted meanwhile.
    for key in [&mut about, &mut shown] {
        key["last_used_at"] = Value::Null;
    }
    assert_eq!((&current["name"], &current["role"], shown), (&json!("Shop"), &json!("editor"), about));
    let bootstrap = origin.call(Method::GET, CURRENT, Value::Null).await.json();
    assert_eq!(bootstrap, json!({"name": "SHORTLINE_ADMIN_KEY", "role": "admin", "key": null}));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn revoked_key_is_rejected_by_every_origin(database: PgPool) {
    let (origin, other) = (Origin::start(&database).await, Origin::start(&database).await);
    let key = origin.create_key(json!({"name": "a", "role": "admin"})).await;
    assert_eq!(try_key(&origin, &key).await, accepted());
    assert_eq!(try_key(&other, &key).await, accepted());
    // An admin key may revoke itself.
    let revoked = origin.call_as(text(&key, "key"), Method::DELETE, &path(&key), Value::Null).await;
    assert_eq!((revoked.status, revoked.body.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(try_key(&origin, &key).await, rejected("invalid_key"));
    assert_eq!(try_key(&other, &key).await, rejected("invalid_key"));
    for (method, path) in [
        (Method::GET, path(&key)),
        (Method::DELETE, path(&key)),
        (Method::POST, format!("{}/rotate", path(&key))),
    ] {
        origin.call(method, &path, Value::Null).await.assert_problem(404, "key_not_found");
    }
    assert_eq!(origin.call(Method::GET, KEYS, Value::Null).await.json()["data"], json!([]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn request_in_progress_outlives_the_revocation_of_its_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = origin.create_key(json!({"name": "a", "role": "editor"})).await;
    let mut lock = origin.links.begin().await.unwrap();
    sqlx::query("SELECT FROM code_counter FOR UPDATE").execute(&mut *lock).await.unwrap();
    let create = tokio::spawn({
        let (origin, key) = (origin.clone(), text(&key, "key").to_owned());
        async move {
            let body = json!({"url": "https://example.com"});
            origin.call_as(&key, Method::POST, "/api/v1/links", body).await
        }
    });
    // The key has been checked when the create waits for the counter.
    origin.wait_for_blocked_statements(1, || create.is_finished()).await;
    let revoked = origin.call(Method::DELETE, &path(&key), Value::Null).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    lock.rollback().await.unwrap();
    assert_eq!(create.await.unwrap().status, StatusCode::CREATED);
    assert_eq!(try_key(&origin, &key).await, rejected("invalid_key"));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn expired_key_answers_expired_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    let key = json!({"name": "a", "role": "reader", "expires_at": "2026-11-24T00:00:01Z"});
    let key = origin.create_key(key).await;
    let at = async |millis| {
        let origin = Origin::builder(&database).at(NOW.plus_millis(millis)).start().await;
        try_key(&origin, &key).await
    };
    assert_eq!(at(999).await, accepted());
    assert_eq!(at(1_000).await, rejected("expired_key"));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn rotated_key_works_until_its_grace_period_ends(database: PgPool) {
    let origin = Origin::start(&database).await;
    let old = origin.create_key(json!({"name": "a", "role": "reader"})).await;
    let rotate = format!("{}/rotate", path(&old));
    let answer = origin.call(Method::POST, &rotate, json!({"grace_seconds": 60})).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    let new = answer.json();
    assert_eq!((&new["id"], &new["previous_until"]), (&old["id"], &json!("2026-11-24T00:01:00.000Z")));
    assert_ne!(new["key"], old["key"]);
    let later = Origin::builder(&database).at(NOW.plus_millis(59_999)).start().await;
    assert_eq!([try_key(&later, &old).await, try_key(&later, &new).await], [accepted(), accepted()]);
    let after_grace = Origin::builder(&database).at(NOW.plus_millis(60_000)).start().await;
    assert_eq!(
        [try_key(&after_grace, &old).await, try_key(&after_grace, &new).await],
        [rejected("expired_key"), accepted()]
    );

    // The next rotation ends the key before the last; without a grace period it ends the last one too.
    let newer = origin.call(Method::POST, &rotate, Value::Null).await.json();
    assert_eq!(newer["previous_until"], "2026-11-25T00:00:00.000Z");
    assert_eq!(
        [try_key(&origin, &old).await, try_key(&origin, &new).await],
        [rejected("invalid_key"), accepted()]
    );
    let newest = origin.call(Method::POST, &rotate, json!({"grace_seconds": 0})).await.json();
    assert_eq!(try_key(&origin, &newer).await, rejected("expired_key"));
    assert_eq!(try_key(&origin, &newest).await, accepted());
    let revoked = origin.call(Method::DELETE, &path(&old), Value::Null).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(try_key(&origin, &newest).await, rejected("invalid_key"));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn key_pages_are_stable_while_keys_are_revoked(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut keys = Vec::new();
    for number in 0..5 {
        keys.push(origin.create_key(json!({"name": format!("key {number}"), "role": "reader"})).await);
    }
    let names = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|key| text(key, "name").to_owned()).collect()
    };
    let first = origin.call(Method::GET, &format!("{KEYS}?limit=2"), Value::Null).await.json();
    assert_eq!(names(&first), ["key 0", "key 1"]);
    origin.call(Method::DELETE, &path(&keys[1]), Value::Null).await;
    origin.call(Method::DELETE, &path(&keys[3]), Value::Null).await;
    let next = format!("{KEYS}?limit=2&cursor={}", text(&first, "next_cursor"));
    let second = origin.call(Method::GET, &next, Value::Null).await.json();
    assert_eq!(
        (names(&second), &second["next_cursor"]),
        (vec!["key 2".into(), "key 4".into()], &Value::Null)
    );
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_key_field_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    let with = |name: &str, value: Value| {
        let mut body = json!({"name": "a", "role": "reader"});
        body[name] = value;
        body
    };
    let mut cases = vec![(json!({}), "missing_field", vec!["name", "role"])];
    for value in
        [json!(null), json!(1), json!(""), json!(" "), json!("\0"), json!("x".repeat(101)), json!([])]
    {
        cases.push((with("name", value), "invalid_name", vec!["name"]));
    }
    for value in [json!(null), json!("Admin"), json!(""), json!("owner"), json!({}), json!(["admin"])] {
        cases.push((with("role", value), "invalid_role", vec!["role"]));
    }
    for value in [json!("2026-11-24T00:00:00Z"), json!("never"), json!(1_798_761_600), json!(true)] {
        cases.push((with("expires_at", value), "invalid_expires_at", vec!["expires_at"]));
    }
    for value in [json!(0), json!(-1), json!(1.5), json!("600"), json!(1_000_001), json!(u64::MAX)] {
        let field = "requests_per_minute";
        cases.push((with(field, value), "invalid_requests_per_minute", vec![field]));
    }
    for value in [json!(0), json!(999), json!("1000"), json!(10_000_001)] {
        let field = "links_per_minute";
        cases.push((with(field, value), "invalid_links_per_minute", vec![field]));
    }
    cases.push((with("key", json!("slk_x")), "unknown_field", vec!["key"]));
    for (body, code, fields) in cases {
        let answer = origin.call(Method::POST, KEYS, body.clone()).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), fields, "{body}");
    }
    let list = origin.call(Method::GET, KEYS, Value::Null).await.json();
    assert_eq!(list["data"], json!([]));

    let key = origin.create_key(json!({"name": "ключ 🔑", "role": "reader"})).await;
    for value in [json!(-1), json!(1.5), json!("60"), json!(2_592_001), json!(null)] {
        let body = json!({"grace_seconds": value});
        let answer = origin.call(Method::POST, &format!("{}/rotate", path(&key)), body).await;
        if value.is_null() {
            assert_eq!(answer.status, StatusCode::OK);
        } else {
            answer.assert_problem(422, "invalid_grace_seconds");
        }
    }
    for id in ["1", "%00", "%FF", "0198c0de-0000-7000-8000-000000000001"] {
        let path = format!("{KEYS}/{id}");
        origin.call(Method::GET, &path, Value::Null).await.assert_problem(404, "key_not_found");
    }
    for (query, code) in [
        ("limit=0", "invalid_limit"),
        ("limit=101", "invalid_limit"),
        ("cursor=x", "invalid_cursor"),
        ("cursor=bm8taWQ", "invalid_cursor"),
        ("page=2", "unknown_parameter"),
    ] {
        let answer = origin.call(Method::GET, &format!("{KEYS}?{query}"), Value::Null).await;
        answer.assert_problem(422, code);
    }
}

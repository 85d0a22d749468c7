//! Tests of keys that are bound to domains, to their own links or to actions: every route of the document with every bound.

use axum::http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Answer, DOMAIN, Origin, link_path};

/// What a route needs of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// A bound key must have it among its actions.
    Action(&'static str),
    /// A bound key must have `change` and `statistics` among its actions.
    Sharing,
    /// Keys without bounds only.
    Administration,
    /// Any key.
    Nothing,
}

const CREATE: Needs = Needs::Action("create");
const READ: Needs = Needs::Action("read");
const CHANGE: Needs = Needs::Action("change");
const DELETE: Needs = Needs::Action("delete");
const STATISTICS: Needs = Needs::Action("statistics");
const SHARING: Needs = Needs::Sharing;
const ADMIN: Needs = Needs::Administration;
const ANY: Needs = Needs::Nothing;

/// Every operation of the document that needs a key.
const OPERATIONS: &[(&str, &str, Needs)] = &[
    ("get", "/api/v1/links", READ),
    ("post", "/api/v1/links", CREATE),
    ("post", "/api/v1/links/bulk", CREATE),
    ("patch", "/api/v1/links/bulk", CHANGE),
    ("delete", "/api/v1/links/bulk", DELETE),
    ("put", "/api/v1/links/external/{external_id}", CHANGE),
    ("get", "/api/v1/links/{id}", READ),
    ("patch", "/api/v1/links/{id}", CHANGE),
    ("delete", "/api/v1/links/{id}", DELETE),
    ("post", "/api/v1/links/{id}/restore", CHANGE),
    ("get", "/api/v1/links/{id}/history", READ),
    ("get", "/api/v1/links/{id}/qr", READ),
    ("get", "/api/v1/links/{id}/stats", STATISTICS),
    ("post", "/api/v1/links/{id}/shares", SHARING),
    ("get", "/api/v1/links/{id}/shares", SHARING),
    ("delete", "/api/v1/links/{id}/shares/{share}", SHARING),
    ("get", "/api/v1/links/{id}/clicks", STATISTICS),
    ("delete", "/api/v1/links/{id}/clicks", ADMIN),
    ("get", "/api/v1/clicks", STATISTICS),
    ("get", "/api/v1/visitors/{hash}", ADMIN),
    ("delete", "/api/v1/visitors/{hash}", ADMIN),
    ("get", "/api/v1/stats", STATISTICS),
    ("get", "/api/v1/orphans", STATISTICS),
    ("delete", "/api/v1/orphans", ADMIN),
    ("get", "/api/v1/pipeline", STATISTICS),
    ("get", "/api/v1/keys", ADMIN),
    ("post", "/api/v1/keys", ADMIN),
    ("get", "/api/v1/keys/{id}", ADMIN),
    ("delete", "/api/v1/keys/{id}", ADMIN),
    ("post", "/api/v1/keys/{id}/rotate", ADMIN),
    ("get", "/api/v1/keys/{id}/yourls-secret", ADMIN),
    ("get", "/api/v1/keys/current", ANY),
    ("get", "/api/v1/sessions", ANY),
    ("delete", "/api/v1/sessions", ANY),
    ("get", "/api/v1/sessions/current", ANY),
    ("delete", "/api/v1/sessions/current", ANY),
    ("delete", "/api/v1/sessions/{id}", ANY),
    ("get", "/api/v1/campaign-presets", ANY),
    ("post", "/api/v1/campaign-presets", ANY),
    ("delete", "/api/v1/campaign-presets/{id}", ANY),
    ("get", "/api/v1/domains", READ),
    ("post", "/api/v1/domains", ADMIN),
    ("get", "/api/v1/domains/{host}", READ),
    ("patch", "/api/v1/domains/{host}", ADMIN),
    ("delete", "/api/v1/domains/{host}", ADMIN),
    ("get", "/api/v1/blocked-hosts", ADMIN),
    ("post", "/api/v1/blocked-hosts", ADMIN),
    ("delete", "/api/v1/blocked-hosts/{host}", ADMIN),
    ("get", "/api/v1/imports", CREATE),
    ("post", "/api/v1/imports", CREATE),
    ("get", "/api/v1/imports/{id}", CREATE),
    ("post", "/api/v1/imports/{id}/rows", CREATE),
    ("post", "/api/v1/imports/{id}/visits", CREATE),
    ("post", "/api/v1/imports/{id}/days", CREATE),
    ("post", "/api/v1/imports/{id}/finish", CREATE),
    ("get", "/api/v1/imports/{id}/failures", CREATE),
    ("get", "/api/v1/audit", ADMIN),
    ("get", "/api/v1/log-levels", ADMIN),
    ("put", "/api/v1/log-levels/{module}", ADMIN),
    ("delete", "/api/v1/log-levels/{module}", ADMIN),
    ("get", "/api/v1/tags", READ),
    ("patch", "/api/v1/tags/{name}", CHANGE),
    ("delete", "/api/v1/tags/{name}", CHANGE),
    ("post", "/api/v1/tags/{name}/shares", SHARING),
    ("get", "/api/v1/tags/{name}/shares", SHARING),
    ("delete", "/api/v1/tags/{name}/shares/{share}", SHARING),
    ("get", "/api/v1/webhooks", ADMIN),
    ("post", "/api/v1/webhooks", ADMIN),
    ("get", "/api/v1/webhooks/{id}", ADMIN),
    ("patch", "/api/v1/webhooks/{id}", ADMIN),
    ("delete", "/api/v1/webhooks/{id}", ADMIN),
    ("post", "/api/v1/webhooks/{id}/rotate", ADMIN),
    ("post", "/api/v1/webhooks/{id}/test", ADMIN),
    ("get", "/api/v1/webhooks/{id}/deliveries", ADMIN),
    ("post", "/api/v1/webhooks/{id}/deliveries/replay", ADMIN),
];

const ACTIONS: [&str; 5] = ["create", "read", "change", "delete", "statistics"];
const NO_LINK: &str = "0198c0de-0000-7000-8000-000000000001";

/// Fails for an operation of the document whose right is not in [`OPERATIONS`].
async fn documented(origin: &Origin) -> Vec<(Method, String, Needs)> {
    let document = origin.get("/api/v1/openapi.json").await.json();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"] == json!([]) {
                continue;
            }
            let listed = OPERATIONS.iter().find(|row| row.0 == method && row.1 == path);
            let needs = listed.unwrap_or_else(|| panic!("state what {method} {path} needs of a key")).2;
            operations.push((method.to_uppercase().parse().unwrap(), path.clone(), needs));
        }
    }
    assert_eq!(operations.len(), OPERATIONS.len(), "OPERATIONS lists some that do not exist");
    operations
}

/// A body that each route accepts, or that only changes a title or a name. `id` is the link's.
fn body(method: &Method, path: &str, id: &str) -> Value {
    match (method.as_str(), path) {
        ("PATCH", "/api/v1/links/bulk") => json!({"ids": [id], "change": {"title": "changed"}}),
        ("DELETE", "/api/v1/links/bulk") => json!({"ids": [id]}),
        ("PATCH", "/api/v1/links/{id}") => json!({"title": "changed"}),
        ("PATCH", "/api/v1/tags/{name}") => json!({"name": "renamed"}),
        ("GET" | "DELETE", _) => Value::Null,
        _ => json!({}),
    }
}

async fn bound_key(origin: &Origin, bounds: Value) -> String {
    let mut body = json!({"name": "bound", "role": "editor", "requests_per_minute": 1_000_000});
    body.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
    origin.create_key(body).await["key"].as_str().unwrap().to_owned()
}

async fn add_domain(origin: &Origin, host: &str) {
    let answer = origin.call(Method::POST, "/api/v1/domains", json!({"host": host})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

async fn create_as(origin: &Origin, key: &str, body: Value) -> Answer {
    origin.call_as(key, Method::POST, "/api/v1/links", body).await
}

fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn key_may_do_only_the_actions_it_is_bound_to(database: PgPool) {
    let origin = Origin::start(&database).await;
    let operations = documented(&origin).await;
    for action in ACTIONS {
        let key = bound_key(&origin, json!({"actions": [action]})).await;
        for (method, path, needs) in &operations {
            let external_id = format!("{action} {method} {path}");
            let new = json!({"url": "https://a.test/", "tags": ["a"], "external_id": external_id});
            let link = origin.create_link_with(new).await;
            let id = link["id"].as_str().unwrap();
            let concrete = path.replace("{id}", id);
            let encoded = utf8_percent_encode(&external_id, NON_ALPHANUMERIC).to_string();
            let concrete = concrete.replace("{external_id}", &encoded);
            let concrete = concrete
                .replace("{name}", "a")
                .replace("{host}", DOMAIN)
                .replace("{hash}", NO_LINK)
                .replace("{module}", "none");
            let answer = origin.call_as(&key, method.clone(), &concrete, body(method, path, id)).await;
            let is_allowed = *needs == Needs::Nothing || *needs == Needs::Action(action);
            let case = format!("{method} {path} with {action}: {answer:?}");
            assert_eq!(answer.status == StatusCode::FORBIDDEN, !is_allowed, "{case}");
            assert_eq!(code(&answer) == "forbidden", !is_allowed, "{case}");
            if !is_allowed {
                assert_eq!(origin.link(&link).await["title"], Value::Null, "{case}");
            }
        }
    }
}

/// Calls every operation about a thing that is out of the key's bounds, and expects what a thing that does not exist gets.
async fn assert_hidden(origin: &Origin, key: &str, canary: &Value, canary_domain: Option<&str>) {
    let before = origin.link(canary).await;
    for (method, path, needs) in documented(origin).await {
        let on = |id: &str, tag: &str, host: &str| {
            let path = path.replace("{id}", id).replace("{name}", tag);
            let path = path.replace("{external_id}", "canary-1");
            path.replace("{host}", host).replace("{hash}", NO_LINK).replace("{module}", "none")
        };
        let id = canary["id"].as_str().unwrap();
        let hidden = on(id, "canary-tag", canary_domain.unwrap_or("canary.invalid"));
        let answer = origin.call_as(key, method.clone(), &hidden, body(&method, &path, id)).await;
        let case = format!("{method} {hidden}: {answer:?}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        // A bulk repeats the ids that it was sent.
        let repeats = path == "/api/v1/links/bulk" && text.contains("link_not_found");
        assert!(!text.contains("canary") && (repeats || !text.contains(id)), "{case}");
        match needs {
            Needs::Administration => answer.assert_problem(403, "forbidden"),
            // External ids are unique over all links, so one that is taken cannot be hidden.
            _ if path.contains("{external_id}") => answer.assert_problem(409, "external_id_taken"),
            _ if path.contains('{') => {
                let missing = on(NO_LINK, "no-tag", "none.invalid");
                let none = origin.call_as(key, method.clone(), &missing, body(&method, &path, NO_LINK)).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{case}");
                assert_eq!(answer.body, none.body, "{case}");
            }
            _ => {}
        }
    }
    assert_eq!(origin.link(canary).await, before);
}

fn canary(domain: &str) -> Value {
    json!({
        "url": "https://canary.test/", "domain": domain, "alias": "canary-name", "title": "canary", "tags": ["canary-tag"],
        "external_id": "canary-1",
    })
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn other_domains_do_not_exist_for_a_bound_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    add_domain(&origin, "ours.example").await;
    add_domain(&origin, "canary.example").await;
    let hidden = origin.create_link_with(canary("canary.example")).await;
    let key = bound_key(&origin, json!({"domains": ["ours.example"]})).await;
    let ours = json!({"url": "https://a.test/", "tags": ["ours"]});
    let link = create_as(&origin, &key, ours).await.json();
    assert_hidden(&origin, &key, &hidden, Some("canary.example")).await;
    assert_eq!(link["domain"], "ours.example");

    let list = |path: &'static str| origin.call_as(&key, Method::GET, path, Value::Null);
    let links = list("/api/v1/links").await.json();
    assert_eq!(links["data"][0]["id"], link["id"]);
    assert_eq!(links["data"].as_array().unwrap().len(), 1);
    assert_eq!(list("/api/v1/links?domain=canary.example").await.json()["data"], json!([]));
    assert_eq!(list("/api/v1/links?external_id=canary-1").await.json()["data"], json!([]));
    assert_eq!(list("/api/v1/links?search=canary").await.json()["data"], json!([]));
    assert_eq!(list("/api/v1/tags").await.json()["data"], json!([{"name": "ours", "links": 1}]));
    let domains = list("/api/v1/domains").await.json();
    assert_eq!(domains["data"].as_array().unwrap().len(), 1, "{domains}");
    assert_eq!(list("/api/v1/domains/ours.example").await.status, 200);
    assert_eq!(list("/api/v1/orphans").await.status, 200);
    list("/api/v1/orphans?domain=canary.example").await.assert_problem(403, "key_bound");
    list("/api/v1/pipeline").await.assert_problem(403, "key_bound");
    assert_eq!(list("/api/v1/stats").await.status, 200);
    for (method, path) in [
        (Method::GET, String::new()),
        (Method::GET, "/qr".to_owned()),
        (Method::GET, "/stats".to_owned()),
        (Method::GET, "/clicks".to_owned()),
        (Method::DELETE, String::new()),
    ] {
        let path = format!("{}{path}", link_path(&link));
        let answer = origin.call_as(&key, method.clone(), &path, Value::Null).await;
        assert!(answer.status.is_success(), "{method} {path}: {answer:?}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_of_others_do_not_exist_for_a_bound_key(database: PgPool) {
    let origin = Origin::start(&database).await;
    let hidden = origin.create_link_with(canary(DOMAIN)).await;
    let created = origin.create_key(json!({"name": "own", "role": "editor", "own_links": true})).await;
    let key = created["key"].as_str().unwrap();
    let link =
        create_as(&origin, key, json!({"url": "https://a.test/", "tags": ["canary-less"]})).await.json();
    assert_eq!(link["created_by"], created["id"]);
    origin.call_as(key, Method::DELETE, "/api/v1/tags/canary-less", Value::Null).await;
    assert_hidden(&origin, key, &hidden, None).await;
    let list = |path: &'static str| origin.call_as(key, Method::GET, path, Value::Null);
    assert_eq!(list("/api/v1/links").await.json()["data"].as_array().unwrap().len(), 1);
    list("/api/v1/orphans").await.assert_problem(403, "key_bound");
    list("/api/v1/pipeline").await.assert_problem(403, "key_bound");
    assert_eq!(list("/api/v1/stats").await.status, 200);
    // Only the name and the external id are taken for everyone.
    let answer = create_as(&origin, key, json!({"url": "https://a.test/", "alias": "canary-name"})).await;
    answer.assert_problem(409, "alias_taken");
    let same = json!({"url": "https://canary.test/", "reuse": true});
    origin.create_link_with(same.clone()).await;
    let answer = create_as(&origin, key, same.clone()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert_eq!(create_as(&origin, key, same).await.json()["id"], answer.json()["id"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bound_key_creates_on_its_domains_only(database: PgPool) {
    let origin = Origin::start(&database).await;
    add_domain(&origin, "ours.example").await;
    add_domain(&origin, "more.example").await;
    let key = bound_key(&origin, json!({"domains": ["ours.example", "more.example"]})).await;
    let domain_of = async |body: Value| create_as(&origin, &key, body).await.json()["domain"].clone();
    assert_eq!(domain_of(json!({"url": "https://a.test/"})).await, "ours.example");
    assert_eq!(domain_of(json!({"url": "https://a.test/", "domain": "more.example"})).await, "more.example");
    let outside = json!({"url": "https://a.test/", "domain": DOMAIN});
    let unknown = json!({"url": "https://a.test/", "domain": "none.example"});
    let answer = create_as(&origin, &key, outside.clone()).await;
    answer.assert_problem(422, "invalid_domain");
    assert_eq!(answer.body, create_as(&origin, &key, unknown).await.body);
    let bulk = json!({"links": [outside, {"url": "https://b.test/"}]});
    let outcomes = origin.call_as(&key, Method::POST, "/api/v1/links/bulk", bulk).await.json();
    assert_eq!(outcomes["data"][0]["error"]["code"], "invalid_domain");
    assert_eq!(outcomes["data"][1]["link"]["domain"], "ours.example");
    let with_default = bound_key(&origin, json!({"domains": ["ours.example", DOMAIN]})).await;
    let link = create_as(&origin, &with_default, json!({"url": "https://a.test/"})).await.json();
    assert_eq!(link["domain"], DOMAIN);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn create_only_key_reuses_no_link_that_it_cannot_read(database: PgPool) {
    let origin = Origin::start(&database).await;
    let new = json!({"url": "https://a.test/", "reuse": true});
    let existing = origin.create_link_with(new.clone()).await;
    let key = bound_key(&origin, json!({"actions": ["create"]})).await;
    let link = create_as(&origin, &key, new.clone()).await.json();
    assert_ne!(link["id"], existing["id"]);
    let reader = bound_key(&origin, json!({"actions": ["create", "read"]})).await;
    assert_eq!(create_as(&origin, &reader, new).await.json()["id"], existing["id"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_are_filtered_by_the_key_that_created_them(database: PgPool) {
    let origin = Origin::start(&database).await;
    let by_admin = origin.create_link("https://a.test/").await;
    assert_eq!(by_admin["created_by"], Value::Null);
    let key = origin.create_key(json!({"name": "a", "role": "editor"})).await;
    let link =
        create_as(&origin, key["key"].as_str().unwrap(), json!({"url": "https://a.test/"})).await.json();
    let path = format!("/api/v1/links?created_by={}", key["id"].as_str().unwrap());
    let listed = origin.call(Method::GET, &path, Value::Null).await.json();
    assert_eq!(listed["data"], json!([link]));
    let answer = origin.call(Method::GET, "/api/v1/links?created_by=me", Value::Null).await;
    answer.assert_problem(422, "invalid_created_by");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bounds_survive_a_rotation(database: PgPool) {
    let origin = Origin::start(&database).await;
    let bounds = json!({"name": "a", "role": "editor", "domains": [DOMAIN], "own_links": true, "actions": ["read", "create"]});
    let created = origin.create_key(bounds).await;
    assert!(created["key"].as_str().unwrap().starts_with("slk_b_"), "{created}");
    let path = format!("/api/v1/keys/{}", created["id"].as_str().unwrap());
    let rotated = origin.call(Method::POST, &format!("{path}/rotate"), json!({})).await.json();
    assert!(rotated["key"].as_str().unwrap().starts_with("slk_b_"), "{rotated}");
    for key in [&created, &rotated, &origin.call(Method::GET, &path, Value::Null).await.json()] {
        assert_eq!(key["domains"], json!([DOMAIN]), "{key}");
        assert_eq!((&key["own_links"], &key["actions"]), (&json!(true), &json!(["create", "read"])), "{key}");
    }
    let link = origin.create_link("https://a.test/").await;
    let answer =
        origin.call_as(rotated["key"].as_str().unwrap(), Method::GET, &link_path(&link), Value::Null).await;
    answer.assert_problem(404, "link_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bounds_without_meaning_are_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (bounds, expected) in [
        (json!({"role": "admin", "domains": [DOMAIN]}), "invalid_role"),
        (json!({"role": "admin", "own_links": true}), "invalid_role"),
        (json!({"role": "admin", "actions": ["read"]}), "invalid_role"),
        (json!({"role": "editor", "domains": []}), "invalid_domains"),
        (json!({"role": "editor", "domains": "a.example"}), "invalid_domains"),
        (json!({"role": "editor", "domains": ["none.example"]}), "invalid_domains"),
        (json!({"role": "editor", "domains": ["a b"]}), "invalid_domains"),
        (json!({"role": "editor", "domains": vec!["a.example"; 101]}), "invalid_domains"),
        (json!({"role": "editor", "own_links": "yes"}), "invalid_own_links"),
        (json!({"role": "editor", "actions": []}), "invalid_actions"),
        (json!({"role": "editor", "actions": ["administer"]}), "invalid_actions"),
        (json!({"role": "editor", "actions": [1]}), "invalid_actions"),
        (json!({"role": "reader", "actions": ["read", "delete"]}), "invalid_actions"),
    ] {
        let mut body = json!({"name": "a"});
        body.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        let answer = origin.call(Method::POST, "/api/v1/keys", body).await;
        answer.assert_problem(422, expected);
    }
    let unbound = json!({"name": "a", "role": "admin", "domains": null, "own_links": false, "actions": null});
    let key = origin.create_key(unbound).await;
    assert!(!key["key"].as_str().unwrap().starts_with("slk_b_"));
    let answer = origin.call_as(ADMIN_KEY, Method::GET, "/api/v1/pipeline", Value::Null).await;
    assert_eq!(answer.status, 200);
}

//! Tests of the audit and of the histories of links.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{DOMAIN, Origin, link_path};

const BULK: &str = "/api/v1/links/bulk";

async fn audit(origin: &Origin, query: &str) -> Vec<Value> {
    let answer = origin.get(&format!("/api/v1/audit{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().unwrap().clone()
}

async fn history(origin: &Origin, link: &Value) -> Vec<Value> {
    let answer = origin.get(&format!("{}/history", link_path(link))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().unwrap().clone()
}

async fn patch(origin: &Origin, key: &str, link: &Value, patch: Value) -> Value {
    let answer = origin.call_as(key, Method::PATCH, &link_path(link), patch).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Sends a request that must succeed.
async fn done(origin: &Origin, method: Method, path: &str, body: Value) -> Value {
    let answer = origin.call(method, path, body).await;
    assert!(answer.status.is_success(), "{answer:?}");
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

async fn key(origin: &Origin, bounds: Value) -> (Value, String) {
    let mut body = json!({"name": "Newsletter", "role": "editor"});
    body.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
    let created = origin.create_key(body).await;
    (created["id"].clone(), created["key"].as_str().unwrap().to_owned())
}

async fn add_domain(origin: &Origin, host: &str) {
    done(origin, Method::POST, "/api/v1/domains", json!({"host": host})).await;
}

async fn rows(origin: &Origin) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM audit_entries").fetch_one(&origin.links).await.unwrap()
}

fn field(name: &str, before: Value, after: Value) -> Value {
    json!({"field": name, "before": before, "after": after})
}

/// What happened to what, newest first.
fn summary(entries: &[Value]) -> Vec<String> {
    let part = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |entry: &Value| {
        format!("{} {} {}", part(&entry["kind"]), part(&entry["action"]), part(&entry["actor"]))
    };
    entries.iter().map(line).collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn change_is_told_with_its_key_and_values(database: PgPool) {
    let origin = Origin::start(&database).await;
    let (id, key) = key(&origin, json!({})).await;
    let new = json!({"url": "https://a.test/", "alias": "one", "tags": ["b"]});
    let link = origin.call_as(&key, Method::POST, "/api/v1/links", new).await.json();
    let change = json!({
        "url": "https://b.test/", "alias": "two", "title": "Title", "tags": ["c", "b"], "password": "correct horse",
        "expires_at": "2027-01-01T00:00:00+01:00", "state": "disabled", "archived": true, "max_clicks": 5,
        "preview": {"title": "Own"},
        "rules": [{"if": {"after": "2026-12-01T00:00:00Z"}, "url": "https://c.test/"}],
    });
    patch(&origin, &key, &link, change).await;
    patch(&origin, &key, &link, json!({"password": "battery staple", "title": null})).await;
    done(&origin, Method::PATCH, &link_path(&link), json!({"password": null})).await;
    let entries = history(&origin, &link).await;
    assert_eq!(entries.len(), 4, "{entries:?}");
    let password = |before: Value, after: Value| field("password", before, after);
    assert_eq!(entries[0]["changes"], json!([password(json!("set"), Value::Null)]));
    assert_eq!((&entries[0]["actor"], &entries[0]["key"]), (&json!("bootstrap"), &Value::Null));
    let second =
        json!([field("title", json!("Title"), Value::Null), password(json!("set"), json!("changed"))]);
    assert_eq!(entries[1]["changes"], second);
    assert_eq!(
        (&entries[1]["actor"], &entries[1]["key"], &entries[1]["key_name"]),
        (&json!("key"), &id, &Value::Null)
    );
    let rules = json!([{"if": {"after": "2026-12-01T00:00:00.000Z"}, "url": "https://c.test/"}]);
    assert_eq!(
        entries[2]["changes"],
        json!([
            field("code", json!("one"), json!("two")),
            field("url", json!("https://a.test/"), json!("https://b.test/")),
            field("title", Value::Null, json!("Title")),
            field("tags", json!(["b"]), json!(["b", "c"])),
            field("expires_at", Value::Null, json!("2026-12-31T23:00:00.000Z")),
            field("max_clicks", Value::Null, json!(5)),
            password(Value::Null, json!("set")),
            field("rules", json!([]), rules),
            field("preview", Value::Null, json!({"title": "Own", "description": null, "image": null})),
            field("state", json!("active"), json!("disabled")),
            field("archived", json!(false), json!(true)),
        ])
    );
    assert_eq!(entries[2]["subject"], json!({"id": link["id"], "name": format!("{DOMAIN}/one")}));
    let created = &entries[3];
    assert_eq!(
        (&created["action"], &created["key"], &created["time"]),
        (&json!("created"), &id, &link["created_at"])
    );
    let text = json!(entries).to_string();
    assert!(!text.contains("argon2") && !text.contains("horse") && !text.contains("staple"), "{text}");
    let listed = audit(&origin, "?kind=link").await;
    assert_eq!((listed.len(), &listed[1]["key_name"]), (3, &json!("Newsletter")), "creations have no entry");
    assert_eq!(listed[1]["id"], entries[1]["id"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn change_of_a_domain_is_told_with_its_values(database: PgPool) {
    let origin = Origin::start(&database).await;
    let (path, links) = (format!("/api/v1/domains/{DOMAIN}"), json!([{"relation": []}]));
    let patch = json!({"home_url": "https://b.test/", "robots": "disallow", "assetlinks": links});
    for _ in 0..2 {
        done(&origin, Method::PATCH, &path, patch.clone()).await;
    }
    done(&origin, Method::PATCH, &path, json!({"home_url": null, "name": "Brand"})).await;
    let entries = audit(&origin, "?kind=domain").await;
    assert_eq!(summary(&entries), ["domain changed bootstrap"; 2], "what changes nothing has no entry");
    assert_eq!(
        (&entries[0]["subject"]["id"], &entries[0]["changes"]),
        (
            &json!(DOMAIN),
            &json!([
                field("home_url", json!("https://b.test/"), Value::Null),
                field("name", Value::Null, json!("Brand")),
            ])
        )
    );
    let first = json!([
        field("home_url", Value::Null, json!("https://b.test/")),
        field("robots", json!("allow"), json!("disallow")),
        field("assetlinks", Value::Null, links),
    ]);
    assert_eq!(entries[1]["changes"], first);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn creations_and_what_changes_nothing_have_no_entry(database: PgPool) {
    let origin = Origin::start(&database).await;
    let taken =
        origin.create_link_with(json!({"url": "https://a.test/", "alias": "taken", "tags": ["a"]})).await;
    let link = origin.create_link("https://b.test/").await;
    let links = json!({"links": [{"url": "https://c.test/"}, {"url": "https://d.test/"}]});
    done(&origin, Method::POST, BULK, links).await;
    let upsert = json!({"url": "https://e.test/"});
    for _ in 0..2 {
        done(&origin, Method::PUT, "/api/v1/links/external/e-1", upsert.clone()).await;
    }
    done(&origin, Method::PATCH, &link_path(&link), json!({"url": "https://b.test/", "title": null})).await;
    done(&origin, Method::POST, &format!("{}/restore", link_path(&link)), Value::Null).await;
    done(&origin, Method::PATCH, "/api/v1/tags/a", json!({"name": "a"})).await;
    let change = json!({"filter": {"tag": "a"}, "change": {"title": "T"}, "dry_run": true});
    done(&origin, Method::PATCH, BULK, change).await;
    done(&origin, Method::DELETE, BULK, json!({"ids": [taken["id"]], "dry_run": true})).await;
    done(&origin, Method::PATCH, BULK, json!({"ids": [taken["id"]], "change": {"tags": ["a"]}})).await;
    origin
        .call(Method::PATCH, &link_path(&link), json!({"alias": "taken"}))
        .await
        .assert_problem(409, "alias_taken");
    let stale =
        origin.call_with(Method::DELETE, &link_path(&link), &[("if-match", "\"1\"")], Value::Null).await;
    stale.assert_problem(412, "precondition_failed");
    let no_key = "/api/v1/keys/0198c0de-0000-7000-8000-000000000001";
    origin.call(Method::DELETE, no_key, Value::Null).await.assert_problem(404, "key_not_found");
    let default = json!({"host": DOMAIN});
    origin.call(Method::POST, "/api/v1/domains", default).await.assert_problem(409, "domain_taken");
    assert_eq!(rows(&origin).await, 0);
    // The first of two is told.
    let webhook = json!({"url": "https://hooks.test/a", "events": ["link.created"]});
    let webhook = done(&origin, Method::POST, "/api/v1/webhooks", webhook).await;
    let path = format!("/api/v1/webhooks/{}", webhook["id"].as_str().unwrap());
    done(&origin, Method::PATCH, &path, json!({"enabled": true})).await;
    for status in [201, 409] {
        let blocked = origin.call(Method::POST, "/api/v1/blocked-hosts", json!({"host": "x.test"})).await;
        assert_eq!(blocked.status, status, "{blocked:?}");
    }
    assert_eq!(
        summary(&audit(&origin, "").await),
        ["blocked_host created bootstrap", "webhook created bootstrap"]
    );
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn change_whose_entry_fails_is_not_made(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://a.test/", "tags": ["a"]})).await;
    let (id, _) = key(&origin, json!({})).await;
    add_domain(&origin, "more.example").await;
    done(&origin, Method::POST, "/api/v1/blocked-hosts", json!({"host": "x.test"})).await;
    let webhook = json!({"url": "https://hooks.test/a", "events": ["link.created"]});
    let webhook = done(&origin, Method::POST, "/api/v1/webhooks", webhook).await;
    sqlx::query("ALTER TABLE audit_entries ADD CHECK (false) NOT VALID")
        .execute(&origin.links)
        .await
        .unwrap();
    let (key, hook) = (id.as_str().unwrap(), webhook["id"].as_str().unwrap());
    let dump = async || {
        let mut state = Vec::new();
        for path in ["links", "links?archived=all", "keys", "domains", "blocked-hosts", "webhooks", "tags"] {
            state.push(origin.get(&format!("/api/v1/{path}")).await.json());
        }
        state
    };
    let before = dump().await;
    let ids = json!([link["id"]]);
    let new_hook = json!({"url": "https://b.test/", "events": ["link.created"]});
    for (method, path, body) in [
        (Method::PATCH, link_path(&link), json!({"title": "T"})),
        (Method::DELETE, link_path(&link), Value::Null),
        (Method::PATCH, BULK.to_owned(), json!({"ids": ids, "change": {"title": "T"}})),
        (Method::DELETE, BULK.to_owned(), json!({"ids": ids})),
        (Method::PATCH, "/api/v1/tags/a".to_owned(), json!({"name": "b"})),
        (Method::POST, "/api/v1/keys".to_owned(), json!({"name": "k", "role": "reader"})),
        (Method::POST, format!("/api/v1/keys/{key}/rotate"), Value::Null),
        (Method::DELETE, format!("/api/v1/keys/{key}"), Value::Null),
        (Method::POST, "/api/v1/domains".to_owned(), json!({"host": "new.example"})),
        (Method::PATCH, "/api/v1/domains/more.example".to_owned(), json!({"name": "N"})),
        (Method::DELETE, "/api/v1/domains/more.example".to_owned(), Value::Null),
        (Method::POST, "/api/v1/blocked-hosts".to_owned(), json!({"host": "y.test"})),
        (Method::DELETE, "/api/v1/blocked-hosts/x.test".to_owned(), Value::Null),
        (Method::POST, "/api/v1/webhooks".to_owned(), new_hook),
        (Method::PATCH, format!("/api/v1/webhooks/{hook}"), json!({"enabled": false})),
        (Method::POST, format!("/api/v1/webhooks/{hook}/rotate"), Value::Null),
        (Method::DELETE, format!("/api/v1/webhooks/{hook}"), Value::Null),
    ] {
        let answer = origin.call(method.clone(), &path, body).await;
        assert!(answer.status.is_server_error(), "{method} {path}: {answer:?}");
    }
    assert_eq!(dump().await, before);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bulk_change_is_one_entry_that_each_history_names(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut links = Vec::new();
    for title in ["one", "two", "Same"] {
        links.push(
            origin.create_link_with(json!({"url": "https://a.test/", "title": title, "tags": ["a"]})).await,
        );
    }
    let (filter, change) = (json!({"tag": "a"}), json!({"title": "Same"}));
    done(&origin, Method::PATCH, BULK, json!({"filter": filter, "change": change})).await;
    let entries = audit(&origin, "").await;
    let changed = &entries[0];
    assert_eq!(summary(&entries), ["link changed bootstrap"]);
    let bulk = json!({"id": changed["id"], "count": 2, "filter": filter, "change": change});
    assert_eq!((&changed["bulk"], &changed["subject"]), (&bulk, &Value::Null));
    for (link, title) in links.iter().zip(["one", "two"]) {
        let entries = history(&origin, link).await;
        assert_eq!(entries[0]["changes"], json!([field("title", json!(title), json!("Same"))]));
        assert_eq!((&entries[0]["bulk"], entries.len()), (&bulk, 2));
    }
    assert_eq!(history(&origin, &links[2]).await.len(), 1, "its title was the same");
    let ids: Vec<_> = links[..2].iter().map(|link| link["id"].clone()).collect();
    done(&origin, Method::DELETE, BULK, json!({"ids": ids})).await;
    let deleted = &audit(&origin, "").await[0];
    let bulk = json!({"id": deleted["id"], "count": 2, "filter": null, "change": null});
    assert_eq!((&deleted["action"], &deleted["bulk"]), (&json!("deleted"), &bulk));
    assert_eq!(history(&origin, &links[0]).await[0]["bulk"], bulk);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn renaming_a_tag_is_one_entry_over_all_batches(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://a.test/", "tags": ["old", "z"]})).await;
    sqlx::query(
        "INSERT INTO links (domain, code, url, status, tags, created_at, updated_at)
         SELECT $1, 'code' || n, 'https://a.test/', 302, '{old}', now(), now() FROM generate_series(1, 1500) n",
    )
    .bind(DOMAIN)
    .execute(&origin.links)
    .await
    .unwrap();
    done(&origin, Method::PATCH, "/api/v1/tags/old", json!({"name": "new"})).await;
    done(&origin, Method::DELETE, "/api/v1/tags/z", Value::Null).await;
    let entries = audit(&origin, "").await;
    assert_eq!(summary(&entries), ["tag deleted bootstrap", "tag renamed bootstrap"]);
    assert_eq!(entries[1]["subject"], json!({"id": "old", "name": null}));
    assert_eq!(entries[1]["changes"], json!([field("name", json!("old"), json!("new"))]));
    assert_eq!((&entries[1]["bulk"]["count"], &entries[0]["bulk"]["count"]), (&json!(1501), &json!(1)));
    let told = history(&origin, &link).await;
    assert_eq!(told[0]["changes"], json!([field("tags", json!(["new", "z"]), json!(["new"]))]));
    assert_eq!(told[1]["changes"], json!([field("tags", json!(["old", "z"]), json!(["new", "z"]))]));
    assert_eq!(told[1]["bulk"]["id"], entries[1]["id"]);
    assert_eq!(rows(&origin).await, 1501 + 1 + 2);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn deleted_link_keeps_its_history(database: PgPool) {
    let origin = Origin::start(&database).await;
    let (id, owner) = key(&origin, json!({"own_links": true})).await;
    let (_, other) = key(&origin, json!({"own_links": true})).await;
    let (_, elsewhere) = key(&origin, json!({"domains": [DOMAIN]})).await;
    let new =
        json!({"url": "https://a.test/", "alias": "gone", "title": "T", "tags": ["b"], "password": "secret"});
    let link = origin.call_as(&owner, Method::POST, "/api/v1/links", new).await.json();
    patch(&origin, &owner, &link, json!({"title": "U"})).await;
    let path = format!("{}/history", link_path(&link));
    let read = async |key: &str| origin.call_as(key, Method::GET, &path, Value::Null).await;
    origin.call_as(&owner, Method::DELETE, &link_path(&link), Value::Null).await;
    // As the maintenance does after 30 days.
    sqlx::query("DELETE FROM deleted_links").execute(&origin.links).await.unwrap();
    for key in [&owner, &elsewhere] {
        let entries = read(key).await.json()["data"].as_array().unwrap().clone();
        let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
        assert_eq!(actions, ["deleted", "changed", "created"]);
        let lost = |name: &str, before: Value| field(name, before, Value::Null);
        let expected = json!([
            lost("url", json!("https://a.test/")),
            lost("title", json!("U")),
            lost("tags", json!(["b"]))
        ]);
        assert_eq!(entries[0]["changes"], expected);
        assert_eq!(
            (&entries[0]["key"], &entries[2]["key"], &entries[2]["time"]),
            (&id, &id, &link["created_at"])
        );
    }
    read(&other).await.assert_problem(404, "link_not_found");
    let no_link = "/api/v1/links/0198c0de-0000-7000-8000-000000000001/history";
    assert_eq!(read(&other).await.body, origin.get(no_link).await.body);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn restoration_is_told_and_older_deletions_have_a_history(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    origin.call(Method::DELETE, &link_path(&link), Value::Null).await;
    done(&origin, Method::POST, &format!("{}/restore", link_path(&link)), Value::Null).await;
    let actions: Vec<_> = history(&origin, &link).await.iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions, ["restored", "deleted", "created"]);
    // What the previous release deletes has a row in `deleted_links` only.
    origin.call(Method::DELETE, &link_path(&link), Value::Null).await;
    sqlx::query("DELETE FROM audit_entries").execute(&origin.links).await.unwrap();
    assert_eq!(history(&origin, &link).await.len(), 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn history_of_a_bound_key_begins_when_the_link_comes_to_its_domain(database: PgPool) {
    let origin = Origin::start(&database).await;
    add_domain(&origin, "ours.example").await;
    let (_, bound) = key(&origin, json!({"domains": ["ours.example"]})).await;
    let link = origin
        .create_link_with(json!({"url": "https://canary.test/", "alias": "a", "title": "canary"}))
        .await;
    let own =
        origin.call_as(&bound, Method::POST, "/api/v1/links", json!({"url": "https://b.test/"})).await.json();
    done(&origin, Method::PATCH, &link_path(&link), json!({"url": "https://a.test/", "title": null})).await;
    let path = format!("{}/history", link_path(&link));
    let read = async || origin.call_as(&bound, Method::GET, &path, Value::Null).await;
    read().await.assert_problem(404, "link_not_found");
    done(&origin, Method::PATCH, &link_path(&link), json!({"domain": "ours.example"})).await;
    let ids = json!([link["id"], own["id"]]);
    done(&origin, Method::PATCH, BULK, json!({"ids": ids, "change": {"notes": "N"}})).await;
    let entries = read().await;
    let text = String::from_utf8_lossy(&entries.body).into_owned();
    assert!(!text.contains("canary") && !text.contains(DOMAIN), "{text}");
    let entries = entries.json()["data"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 2, "{entries:?}");
    let bulk = &entries[0]["bulk"];
    assert!(bulk["id"].is_string() && bulk["count"].is_null() && bulk["change"].is_null(), "{bulk}");
    assert_eq!(history(&origin, &link).await.len(), 4);
    done(&origin, Method::PATCH, &link_path(&link), json!({"domain": DOMAIN})).await;
    read().await.assert_problem(404, "link_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn what_administrators_change_is_told_without_secrets(database: PgPool) {
    let origin = Origin::start(&database).await;
    let target = origin.create_link("https://bad.test/").await;
    let mut secrets = Vec::new();
    let new = json!({"name": "CI", "role": "editor", "domains": [DOMAIN], "own_links": true, "actions": ["create"]});
    let key = origin.create_key(new).await;
    let key_path = format!("/api/v1/keys/{}", key["id"].as_str().unwrap());
    let rotated =
        done(&origin, Method::POST, &format!("{key_path}/rotate"), json!({"grace_seconds": 60})).await;
    secrets.extend([key["key"].clone(), rotated["key"].clone()]);
    done(&origin, Method::DELETE, &key_path, Value::Null).await;
    add_domain(&origin, "more.example").await;
    done(&origin, Method::DELETE, "/api/v1/domains/more.example", Value::Null).await;
    done(&origin, Method::POST, "/api/v1/blocked-hosts", json!({"host": "bad.test", "reason": "phishing"}))
        .await;
    done(&origin, Method::DELETE, "/api/v1/blocked-hosts/bad.test", Value::Null).await;
    let hook = json!({"url": "https://hooks.test/services/T0KEN?x=T0KEN", "events": ["link.created"]});
    let hook = done(&origin, Method::POST, "/api/v1/webhooks", hook).await;
    let hook_path = format!("/api/v1/webhooks/{}", hook["id"].as_str().unwrap());
    done(&origin, Method::PATCH, &hook_path, json!({"url": "https://hooks.test/T0KEN", "enabled": false}))
        .await;
    let shown = done(&origin, Method::POST, &format!("{hook_path}/rotate"), Value::Null).await;
    secrets.extend([hook["secret"].clone(), shown["secret"].clone(), json!("T0KEN")]);
    done(&origin, Method::DELETE, &hook_path, Value::Null).await;
    let entries = audit(&origin, "").await;
    assert_eq!(
        summary(&entries),
        [
            "webhook deleted bootstrap",
            "webhook rotated bootstrap",
            "webhook changed bootstrap",
            "webhook created bootstrap",
            "link unblocked system",
            "blocked_host deleted bootstrap",
            "link blocked system",
            "blocked_host created bootstrap",
            "domain deleted bootstrap",
            "domain created bootstrap",
            "key revoked bootstrap",
            "key rotated bootstrap",
            "key created bootstrap",
        ]
    );
    let url = json!("https://hooks.test");
    let changes =
        json!([field("url", url.clone(), url.clone()), field("enabled", json!(true), json!(false))]);
    assert_eq!(entries[2]["changes"], changes);
    assert_eq!(entries[2]["subject"], json!({"id": hook["id"], "name": url}));
    assert_eq!(entries[1]["changes"][0], field("secret", json!("set"), json!("changed")));
    let blocked = json!([
        field("subdomains", Value::Null, json!(true)),
        field("reason", Value::Null, json!("phishing"))
    ]);
    assert_eq!((&entries[7]["subject"]["id"], &entries[7]["changes"]), (&json!("bad.test"), &blocked));
    assert_eq!(entries[11]["changes"][0], field("key", json!("set"), json!("changed")));
    assert_eq!(entries[10]["subject"], json!({"id": key["id"], "name": "CI"}));
    let fields: Vec<_> =
        entries[12]["changes"].as_array().unwrap().iter().map(|change| &change["field"]).collect();
    let expected =
        ["key", "name", "role", "requests_per_minute", "links_per_minute", "domains", "own_links", "actions"];
    assert_eq!(fields, expected);
    let text = json!(entries).to_string();
    for secret in &secrets {
        assert!(!text.contains(secret.as_str().unwrap()), "{secret} in {text}");
    }
    let stored: Vec<String> = sqlx::query_scalar("SELECT entry::text FROM audit_entries entry")
        .fetch_all(&origin.links)
        .await
        .unwrap();
    for secret in &secrets {
        assert!(!stored.iter().any(|row| row.contains(secret.as_str().unwrap())), "{secret}");
    }
    let told: Vec<_> = history(&origin, &target).await.iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(told, ["unblocked", "blocked", "created"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn audit_is_filtered_and_paged(database: PgPool) {
    let origin = Origin::start(&database).await;
    let (id, editor) = key(&origin, json!({})).await;
    let link = origin.create_link("https://a.test/").await;
    for title in ["a", "b", "c"] {
        patch(&origin, &editor, &link, json!({"title": title})).await;
    }
    done(&origin, Method::PATCH, &link_path(&link), json!({"title": "d"})).await;
    let all = audit(&origin, "").await;
    assert_eq!(all.len(), 5);
    let count = async |query: &str| audit(&origin, query).await.len();
    let id = id.as_str().unwrap();
    assert_eq!(count(&format!("?key={id}")).await, 3);
    assert_eq!(count("?key=bootstrap").await, 2);
    assert_eq!(count("?key=system").await, 0);
    assert_eq!(count("?kind=key").await, 1);
    assert_eq!(count(&format!("?kind=key&key={id}")).await, 0);
    assert_eq!(count("?from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z").await, 0);
    assert_eq!(count("?from=2020-01-01T00:00:00Z&to=9999-01-01T00:00:00Z").await, 5);
    assert_eq!(count("?to=0000-01-01T00:00:00Z").await, 0);
    // `from` includes its own millisecond, and `to` does not.
    let time = all[2]["time"].as_str().unwrap();
    let at: Vec<_> = all.iter().filter(|entry| entry["time"].as_str().unwrap() >= time).cloned().collect();
    assert_eq!(audit(&origin, &format!("?from={time}")).await, at);
    assert_eq!(count(&format!("?to={time}")).await, all.len() - at.len());
    for (path, total) in [("/api/v1/audit?kind=link", 4), (&*format!("{}/history?", link_path(&link)), 5)] {
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = origin.get(&format!("{path}&limit=2&cursor={cursor}").replace("?&", "?")).await.json();
            let data = page["data"].as_array().unwrap();
            assert!((1..=2).contains(&data.len()), "{page}");
            paged.extend(data.clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = next.to_owned();
        }
        assert_eq!(
            paged,
            origin.get(path.trim_end_matches('?')).await.json()["data"].as_array().unwrap().clone()
        );
        assert_eq!(paged.len(), total);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_filter_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (query, code, field) in [
        ("key=a", "invalid_created_by", "key"),
        ("key=00000000-0000-0000-0000-000000000000", "invalid_created_by", "key"),
        ("kind=links", "invalid_kind", "kind"),
        ("from=yesterday", "invalid_from", "from"),
        ("to=1", "invalid_to", "to"),
        ("cursor=YQ", "invalid_cursor", "cursor"),
        ("limit=101", "invalid_limit", "limit"),
        ("subject=a", "unknown_parameter", "subject"),
    ] {
        let answer = origin.get(&format!("/api/v1/audit?{query}")).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), [field]);
    }
    let link = origin.create_link("https://a.test/").await;
    let answer = origin.get(&format!("{}/history?cursor=YQ", link_path(&link))).await;
    answer.assert_problem(422, "invalid_cursor");
    origin.get("/api/v1/links/none/history").await.assert_problem(404, "link_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn page_of_long_entries_ends_early(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query(
        "INSERT INTO audit_entries (kind, action, subject, changes)
         SELECT 'key', 'created', 'k', jsonb_build_array(jsonb_build_object('field', 'f', 'before', NULL, 'after', repeat('x', 100000)))
         FROM generate_series(1, 60)",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    let first = origin.get("/api/v1/audit?limit=100").await.json();
    let shown = first["data"].as_array().unwrap().len();
    assert_eq!(shown, 39, "4 MB");
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(audit(&origin, &format!("?limit=100&cursor={cursor}")).await.len(), 60 - shown);
}

//! Tests of changing and deleting links: patches, races, and tombstones.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Origin, link_path};

async fn patch(origin: &Origin, link: &Value, patch: Value) -> Answer {
    origin.call(Method::PATCH, &link_path(link), patch).await
}

async fn delete(origin: &Origin, link: &Value) -> Answer {
    origin.call(Method::DELETE, &link_path(link), Value::Null).await
}

fn everything() -> Value {
    json!({
        "url": "https://example.com/", "alias": "sommer/grüße", "title": "Summer", "notes": "two\nlines", "status": 307,
        "tags": ["b", "a"], "external_id": "crm-1", "starts_at": "2026-12-01T00:00:00Z",
        "expires_at": "2027-01-01T00:00:00Z", "expired_url": "https://example.com/over", "max_clicks": 10,
        "password": "correct horse", "forward_query": true, "forward_path": true, "state": "disabled",
        "preview": {"title": "Sommer", "description": null, "image": "https://example.com/a.png"},
        "rules": [{"if": {"country": ["DE"]}, "url": "https://example.com/de"},
                  {"split": [{"weight": 1, "url": "https://example.com/a"}, {"weight": 2, "url": "https://example.com/b"}]}],
    })
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn patch_changes_only_the_given_fields(database: PgPool) {
    let origin = Origin::start(&database).await;
    let before = origin.create_link_with(everything()).await;
    let answer = patch(&origin, &before, json!({"title": "Winter", "status": 301})).await;
    let after = answer.json();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("etag"), format!("\"{}\"", after["revision"]));
    assert!(after["revision"].as_i64().unwrap() > before["revision"].as_i64().unwrap());
    let mut expected = before.clone();
    for (name, value) in
        [("title", json!("Winter")), ("status", json!(301)), ("revision", after["revision"].clone())]
    {
        expected[name] = value;
    }
    assert_eq!(after, expected);
    assert_eq!(origin.get(&link_path(&before)).await.json(), after);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn null_resets_a_field_to_its_default(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(everything()).await;
    let nulls: Value = everything()
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| !matches!(name.as_str(), "url" | "alias"))
        .map(|name| (name.clone(), Value::Null))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let answer = patch(&origin, &link, nulls).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let bare = origin.create_link_with(json!({"url": "https://example.com/"})).await;
    let mut expected = bare.clone();
    for name in ["id", "code", "short_url", "revision"] {
        expected[name] = answer.json()[name].clone();
    }
    assert_eq!(answer.json(), expected);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn patch_without_changes_keeps_the_revision(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com", "tags": ["a", "b"]})).await;
    for same in [json!({}), json!({"tags": ["b", "a", "b"], "url": "https://example.com/"})] {
        assert_eq!(patch(&origin, &link, same).await.json(), link);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_patch_names_its_fields_and_changes_nothing(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin
        .create_link_with(json!({"url": "https://example.com", "expires_at": "2027-01-01T00:00:00Z"}))
        .await;
    origin
        .create_link_with(json!({"url": "https://example.com", "alias": "taken", "external_id": "taken"}))
        .await;
    for (wrong, status, code, field) in [
        (json!({"url": null}), 422, "invalid_url", "url"),
        (json!({"url": "https://go.example.com/"}), 422, "invalid_url", "url"),
        (json!({"alias": null}), 422, "invalid_alias", "alias"),
        (json!({"alias": "api/x"}), 422, "invalid_alias", "alias"),
        (json!({"alias": "taken"}), 409, "alias_taken", "alias"),
        (json!({"external_id": "taken"}), 409, "external_id_taken", "external_id"),
        (json!({"starts_at": "2027-01-01T00:00:00Z"}), 422, "invalid_expires_at", "expires_at"),
        (json!({"state": "exhausted"}), 422, "invalid_state", "state"),
        (json!({"domain": "other.example"}), 422, "invalid_domain", "domain"),
        (json!({"domain": null}), 422, "invalid_domain", "domain"),
        (json!({"reuse": true}), 422, "unknown_field", "reuse"),
        (json!({"id": "0198c0de-0000-7000-8000-000000000001"}), 422, "read_only_field", "id"),
    ] {
        let answer = patch(&origin, &link, wrong.clone()).await;
        answer.assert_problem(status, code);
        assert_eq!(answer.invalid_fields(), [field], "{wrong}");
    }
    assert_eq!(origin.get(&link_path(&link)).await.json(), link);
    let unknown = json!({"id": "0198c0de-0000-7000-8000-000000000001"});
    patch(&origin, &unknown, json!({})).await.assert_problem(404, "link_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn conflicting_if_match_changes_answer_412(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com"})).await;
    let etag = format!("\"{}\"", link["revision"]);
    let change = async |title: &str| {
        let headers = [("if-match", etag.as_str())];
        origin.call_with(Method::PATCH, &link_path(&link), &headers, json!({"title": title})).await
    };
    let answers = tokio::join!(change("one"), change("other"));
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let headers = [("if-match", etag.as_str())];
    let late = origin.call_with(Method::DELETE, &link_path(&link), &headers, Value::Null).await;
    late.assert_problem(412, "precondition_failed");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn deleted_name_is_a_tombstone_until_used_again(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut last = 0;
    for round in 0..3 {
        let link = origin
            .create_link_with(json!({"url": format!("https://example.com/{round}"), "alias": "again"}))
            .await;
        let revision = link["revision"].as_i64().unwrap();
        assert!(revision > last);
        assert_eq!(origin.resolve("again").await.json()["record"]["revision"], revision);
        assert_eq!(delete(&origin, &link).await.status, 204);
        delete(&origin, &link).await.assert_problem(404, "link_not_found");
        let gone = origin.resolve("again").await.json();
        assert_eq!(gone["outcome"], "deleted");
        last = gone["revision"].as_i64().unwrap();
        assert!(last > revision);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn new_alias_frees_the_old_one_and_keeps_the_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com", "alias": "old"})).await;
    let renamed = patch(&origin, &link, json!({"alias": "new"})).await.json();
    assert_eq!((&renamed["id"], &renamed["code"]), (&link["id"], &json!("new")));
    assert_eq!(origin.resolve("new").await.json()["record"]["id"], link["id"]);
    assert_eq!(origin.resolve("old").await.json()["outcome"], "deleted");
    origin.create_link_with(json!({"url": "https://example.com", "alias": "old"})).await;
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn higher_maximum_reopens_an_exhausted_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com"})).await;
    sqlx::query("INSERT INTO link_totals (link_id, clicks, human, bot) SELECT id, 9, 5, 4 FROM links")
        .execute(&origin.links)
        .await
        .unwrap();
    for (max_clicks, state) in
        [(json!(5), "exhausted"), (json!(6), "active"), (json!(1), "exhausted"), (json!(null), "active")]
    {
        let answer = patch(&origin, &link, json!({"max_clicks": max_clicks})).await;
        assert_eq!(answer.json()["state"], state, "{max_clicks}: {answer:?}");
        assert_eq!(answer.json()["clicks"], json!({"total": 9, "human": 5, "bot": 4}));
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn new_title_does_not_reopen_an_exhausted_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com", "max_clicks": 5})).await;
    sqlx::query("UPDATE links SET exhausted = true").execute(&origin.links).await.unwrap();
    assert_eq!(patch(&origin, &link, json!({"title": "new"})).await.json()["state"], "exhausted");
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 6})).await.json()["state"], "active");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn past_dates_may_be_sent_back_unchanged(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com", "starts_at": "2026-11-24T00:00:01Z", "expires_at": "2026-11-24T01:00:00Z"});
    let link = origin.create_link_with(body).await;
    let later = crate::harness::NOW.plus_millis(7_200_000);
    let origin = Origin::builder(&database).at(later).start().await;
    let shown = origin.link(&link).await;
    assert_eq!(shown["state"], "expired");
    let same = json!({"title": "new", "starts_at": shown["starts_at"], "expires_at": shown["expires_at"]});
    let answer = patch(&origin, &link, same).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["title"]), (200, &json!("new")), "{answer:?}");
    let other = json!({"expires_at": "2026-11-24T01:30:00Z"});
    let answer = patch(&origin, &link, other).await;
    answer.assert_problem(422, "invalid_expires_at");
    let answer = patch(&origin, &link, json!({"state": "scheduled"})).await;
    answer.assert_problem(422, "invalid_state");
    assert_eq!(answer.invalid_fields(), ["state"]);
    let moved = json!({"expires_at": "2026-11-25T00:00:00Z", "state": "active"});
    assert_eq!(patch(&origin, &link, moved).await.json()["state"], "active");
}

/// Creates and deletes one name concurrently. A create that waited for a delete must get a revision above the tombstone's, since
/// caches would otherwise keep the tombstone.
#[sqlx::test(migrator = "crate::LINKS")]
async fn revisions_only_grow_under_concurrent_create_and_delete(database: PgPool) {
    let origin = Origin::start(&database).await;
    let create_and_delete = async || {
        for _ in 0..40 {
            let answer =
                origin.create(json!({"url": "https://example.com", "alias": "contended"}).to_string()).await;
            match answer.status.as_u16() {
                201 => assert_eq!(delete(&origin, &answer.json()).await.status, 204),
                409 => answer.assert_problem(409, "alias_taken"),
                _ => panic!("{answer:?}"),
            }
        }
    };
    let check = async || {
        let mut last = 0;
        for _ in 0..100 {
            let seen = origin.resolve("contended").await.json();
            let revision = [&seen["revision"], &seen["record"]["revision"]];
            let revision = revision.iter().find_map(|revision| revision.as_i64()).unwrap_or(0);
            assert!(revision >= last, "{revision} after {last}");
            last = revision;
        }
    };
    tokio::join!(create_and_delete(), create_and_delete(), check());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_moves_to_another_domain_with_its_history(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.call(Method::POST, "/api/v1/domains", json!({"host": "other.example"})).await;
    let link = origin.create_link_with(json!({"url": "https://a.test/", "alias": "here"})).await;
    let path = link_path(&link);
    let answer = origin.call_through_edge(Method::PATCH, &path, json!({"domain": "OTHER.example"})).await;
    let (moved, edge) = answer.parts();
    assert_eq!((&moved["domain"], &moved["code"]), (&json!("other.example"), &json!("here")), "{moved}");
    let mut expected = link.clone();
    for name in ["domain", "short_url", "revision", "updated_at"] {
        expected[name] = moved[name].clone();
    }
    assert_eq!(moved, expected);
    let changes = edge["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{edge}");
    assert_eq!((&changes[0]["domain"], &changes[0]["record"]["id"]), (&json!("other.example"), &link["id"]));
    assert_eq!((&changes[1]["code"], changes[1].get("record")), (&json!("here"), None));
    assert_eq!(origin.resolve("here").await.json()["outcome"], "deleted");
    // The name is free here, and taken there.
    let again = origin.create_link_with(json!({"url": "https://b.test/", "alias": "here"})).await;
    let answer = patch(&origin, &again, json!({"domain": "other.example"})).await;
    answer.assert_problem(409, "alias_taken");
    let answer = patch(&origin, &again, json!({"domain": "other.example", "alias": "there"})).await;
    assert_eq!(answer.json()["short_url"], "https://other.example/there", "{answer:?}");
    let bound = origin.create_key(json!({"name": "a", "role": "editor", "domains": ["other.example"]})).await;
    let body = json!({"domain": "go.example.com"});
    let answer = origin.call_as(bound["key"].as_str().unwrap(), Method::PATCH, &path, body).await;
    answer.assert_problem(422, "invalid_domain");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn client_may_send_back_what_it_was_given(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut body = everything();
    body.as_object_mut().unwrap().remove("password");
    body.as_object_mut().unwrap().remove("state");
    let link = origin.create_link_with(body).await;
    assert_eq!(link["state"], "scheduled");
    // Counts and what the edge has confirmed change by themselves.
    sqlx::query("INSERT INTO link_totals VALUES ($1::uuid, 5, 4, 1, now(), now())")
        .bind(link["id"].as_str().unwrap())
        .execute(&origin.links)
        .await
        .unwrap();
    let unchanged = patch(&origin, &link, link.clone()).await;
    assert_eq!(unchanged.status, 200, "{unchanged:?}");
    assert_eq!(unchanged.json()["revision"], link["revision"]);
    let mut edited = link.clone();
    edited["title"] = "Autumn".into();
    let answer = patch(&origin, &link, edited).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["title"]), (200, &json!("Autumn")), "{answer:?}");
    for (name, value) in [
        ("id", json!("0198c0de-0000-7000-8000-000000000001")),
        ("code", json!("other")),
        ("short_url", json!("https://a.test/")),
        ("revision", json!(1)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("password_protected", json!(true)),
        ("created_by", json!("0198c0de-0000-7000-8000-000000000001")),
    ] {
        let answer = patch(&origin, &link, json!({name: value})).await;
        answer.assert_problem(422, "read_only_field");
        assert_eq!(answer.invalid_fields(), [name]);
    }
    patch(&origin, &link, json!({"state": "expired"})).await.assert_problem(422, "invalid_state");
}

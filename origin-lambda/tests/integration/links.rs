//! Tests of creating and reading links.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Origin, link_path, request};

#[sqlx::test(migrator = "crate::LINKS")]
async fn created_link_is_shown_and_resolved(database: PgPool) {
    let origin = Origin::start(&database).await;
    let created = origin
        .create(
            json!({"url": "https://example.com/ü", "status": 308, "expires_at": "2027-01-01T01:00:00+01:00"})
                .to_string(),
        )
        .await;
    assert_eq!(created.status, StatusCode::CREATED, "{created:?}");
    let link = created.json();
    let (id, code) = (link["id"].as_str().unwrap(), link["code"].as_str().unwrap());
    assert_eq!(created.header("location"), format!("/api/v1/links/{id}"));
    assert_eq!(created.header("etag"), format!("\"{}\"", link["revision"]));
    let expected = json!({
        "id": id, "domain": "go.example.com", "code": code, "short_url": format!("https://go.example.com/{code}"),
        "url": "https://example.com/%C3%BC", "status": 308, "expires_at": "2027-01-01T00:00:00.000Z", "state": "active",
        "created_at": "2026-11-24T00:00:00.000Z", "updated_at": "2026-11-24T00:00:00.000Z",
        "revision": link["revision"], "published_revision": null, "title": null, "notes": null, "tags": [],
        "external_id": null, "aliases": [], "archived": false, "starts_at": null, "expired_url": null, "max_clicks": null, "password_protected": false,
        "forward_query": false, "forward_path": false, "rules": [], "preview": null,
        "clicks": {"total": 0, "human": 0, "bot": 0}, "created_by": null,
    });
    assert_eq!(link, expected);
    assert_eq!((code.len(), code.bytes().all(|byte| byte.is_ascii_alphanumeric())), (7, true));

    let shown = origin.get(created.header("location")).await;
    assert_eq!((shown.status, shown.json()), (StatusCode::OK, expected));
    assert_eq!(shown.header("etag"), created.header("etag"));

    let record = json!({
        "id": id, "domain": "go.example.com", "code": code, "revision": link["revision"],
        "url": "https://example.com/%C3%BC", "status": 308, "expires_at": 1_798_761_600_000_i64,
    });
    assert_eq!(origin.resolve(code).await.json(), json!({"outcome": "found", "record": record}));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_only_needs_a_url(database: PgPool) {
    let origin = Origin::start(&database).await;
    let bare = origin.create_link("https://example.com").await;
    assert_eq!((&bare["status"], &bare["expires_at"]), (&json!(302), &Value::Null));
    let nulls = r#"{"url": "https://example.com", "status": null, "expires_at": null}"#;
    let with_nulls = origin.create(nulls).await.json();
    assert_eq!((&with_nulls["status"], &with_nulls["expires_at"]), (&json!(302), &Value::Null));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_to_the_same_destination_differ(database: PgPool) {
    let origin = Origin::start(&database).await;
    let [one, other] =
        [origin.create_link("https://a.example").await, origin.create_link("https://a.example").await];
    assert_ne!(one["code"], other["code"]);
    assert_ne!(one["id"], other["id"]);
    assert!(one["revision"].as_i64().unwrap() < other["revision"].as_i64().unwrap());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn short_url_starts_with_the_public_url(database: PgPool) {
    let origin = Origin::builder(&database).config(&[("PUBLIC_URL", "http://127.0.0.1:8787")]).start().await;
    let link = origin.create_link("https://example.com").await;
    let code = link["code"].as_str().unwrap();
    assert_eq!(link["short_url"], format!("http://127.0.0.1:8787/{code}"));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unknown_link_id_answers_404(database: PgPool) {
    let origin = Origin::start(&database).await;
    for id in [
        "0198c0de-0000-7000-8000-000000000001",
        "1",
        "%00",
        "%FF",
        "null",
        "0198c0de-0000-7000-8000-00000000000g",
    ] {
        origin.get(&format!("/api/v1/links/{id}")).await.assert_problem(404, "link_not_found");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_link_field_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    let good = "https://example.com";
    for (body, code, fields) in [
        (json!({}), "missing_field", vec!["url"]),
        (json!({"url": ""}), "invalid_url", vec!["url"]),
        (json!({"url": null}), "invalid_url", vec!["url"]),
        (json!({"url": "example.com"}), "invalid_url", vec!["url"]),
        (json!({"url": "javascript:alert(1)"}), "invalid_url", vec!["url"]),
        (json!({"url": "https://go.example.com/x"}), "invalid_url", vec!["url"]),
        (json!({"url": "https://user:secret@example.com"}), "invalid_url", vec!["url"]),
        (json!({"url": format!("https://example.com/{}", "a".repeat(9_000))}), "invalid_url", vec!["url"]),
        (json!({"url": good, "status": 200}), "invalid_status", vec!["status"]),
        (json!({"url": good, "status": "302"}), "invalid_status", vec!["status"]),
        (
            json!({"url": good, "expires_at": "2026-11-24T00:00:00Z"}),
            "invalid_expires_at",
            vec!["expires_at"],
        ),
        (json!({"url": good, "expires_at": "tomorrow"}), "invalid_expires_at", vec!["expires_at"]),
        (json!({"url": good, "expires_at": 1_798_761_600}), "invalid_expires_at", vec!["expires_at"]),
        (json!({"url": good, "id": 1}), "unknown_field", vec!["id"]),
        (json!({"Url": good}), "missing_field", vec!["url", "Url"]),
        (
            json!({"zzz": 1, "expires_at": true, "status": 303, "url": 7}),
            "invalid_url",
            vec!["url", "status", "expires_at", "zzz"],
        ),
    ] {
        let answer = origin.create(body.to_string()).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), fields, "{body}");
    }
    let links: i64 = sqlx::query_scalar("SELECT count(*) FROM links").fetch_one(&origin.links).await.unwrap();
    assert_eq!((links, origin.next_id().await), (0, 0));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn body_must_be_an_object_without_duplicate_keys(database: PgPool) {
    let origin = Origin::start(&database).await;
    for body in ["", "nonsense", "[]", "\"https://example.com\"", "1", "true", "null"] {
        origin.create(body).await.assert_problem(422, "invalid_body");
    }
    let twice = r#"{"url": "https://a.example", "url": "https://b.example"}"#;
    origin.create(twice).await.assert_problem(422, "invalid_body");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn body_may_have_up_to_five_megabytes(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = |bytes: usize| {
        let mut body = br#"{"url": "https://example.com"}"#.to_vec();
        body.resize(bytes, b' ');
        body
    };
    assert_eq!(origin.create(body(5_000_000)).await.status, StatusCode::CREATED);
    origin.create(body(5_000_001)).await.assert_problem(413, "body_too_large");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn body_with_another_content_type_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let send = async |content_type: Option<&str>| {
        let mut builder: axum::http::request::Builder = request(Method::POST, "/api/v1/links");
        if let Some(content_type) = content_type {
            builder = builder.header("content-type", content_type);
        }
        let request: Request<Body> = builder.body(r#"{"url": "https://example.com"}"#.into()).unwrap();
        origin.send(request).await
    };
    assert_eq!(send(None).await.status, StatusCode::CREATED);
    assert_eq!(send(Some("application/json; charset=utf-8")).await.status, StatusCode::CREATED);
    send(Some("text/plain")).await.assert_problem(415, "unsupported_media_type");
    send(Some("multipart/form-data; boundary=x")).await.assert_problem(415, "unsupported_media_type");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn campaign_is_put_into_the_destination(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com/?utm_source=own", "utm": {"source": "mail", "campaign": "summer sale"}});
    let link = origin.create_link_with(body).await;
    assert_eq!(link["url"], "https://example.com/?utm_source=own&utm_campaign=summer%20sale");
    let change = json!({"utm": {"source": "mail"}, "utm_conflict": "replace"});
    let changed = origin
        .call_with(Method::PATCH, &link_path(&link), &[("content-type", "application/json")], change)
        .await;
    assert_eq!(changed.json()["url"], "https://example.com/?utm_campaign=summer%20sale&utm_source=mail");
    let wrong = origin.create(json!({"url": "https://example.com", "utm": {"id": "1"}}).to_string()).await;
    wrong.assert_problem(422, "invalid_utm");
    assert_eq!(wrong.invalid_fields(), ["utm.id"]);
}

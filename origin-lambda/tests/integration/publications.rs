//! Tests of edge changes: sent with the response to a write, pulled, and confirmed.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, EDGE_SECRET, Origin, link_path};

async fn internal(origin: &Origin, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/internal/v1/changes{path}"))
        .header("x-shortline-edge-secret", EDGE_SECRET)
        .header("content-type", "application/json");
    let body = body.map_or_else(Body::empty, |body| body.to_string().into());
    origin.send(request.body(body).unwrap()).await
}

async fn pull(origin: &Origin, query: &str) -> Value {
    internal(origin, Method::GET, query, None).await.json()
}

async fn confirm(origin: &Origin, changes: &Value) {
    let answer = internal(origin, Method::POST, "/confirm", Some(json!({"confirmed": changes}))).await;
    assert_eq!(answer.status, 204, "{answer:?}");
}

fn codes(list: &Value) -> Vec<&str> {
    list["changes"].as_array().unwrap().iter().map(|change| change["code"].as_str().unwrap()).collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn edge_changes_are_only_sent_to_the_edge(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com", "alias": "a"});
    let created = origin.call_through_edge(Method::POST, "/api/v1/links", body).await;
    let (link, list) = created.parts();
    let record = origin.resolve("a").await.json()["record"].clone();
    let change =
        json!({"domain": "go.example.com", "code": "a", "revision": link["revision"], "record": record});
    assert_eq!(list, json!({"changes": [change], "more": false}));

    let path = link_path(&link);
    let (_, list) = origin.call_through_edge(Method::PATCH, &path, json!({"alias": "b"})).await.parts();
    assert_eq!(codes(&list), ["b", "a"]);
    assert_eq!((list["changes"][0].get("record").is_some(), list["changes"][1].get("record")), (true, None));
    let (client, list) = origin.call_through_edge(Method::DELETE, &path, Value::Null).await.parts();
    assert_eq!((client, codes(&list)), (Value::Null, vec!["b"]));

    let direct = origin.create(json!({"url": "https://example.com"}).to_string()).await;
    assert_eq!(
        (direct.header("x-shortline-client-bytes"), direct.json()["url"].as_str()),
        ("", Some("https://example.com/"))
    );
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn response_has_edge_changes_up_to_its_limit(database: PgPool) {
    let origin = Origin::start(&database).await;
    let long = format!("https://example.com/{}", "x".repeat(4_000));
    let links = vec![json!({"url": long}); 300];
    let bulk = origin.call_through_edge(Method::POST, "/api/v1/links/bulk", json!({"links": links})).await;
    let (client, list) = bulk.parts();
    assert_eq!(client["data"].as_array().unwrap().len(), 300);
    let with_edge_changes = list["changes"].as_array().unwrap().len();
    assert!((200..300).contains(&with_edge_changes), "{with_edge_changes}");
    assert_eq!(list["more"], true);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unconfirmed_changes_are_pulled_in_their_current_state(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut links = Vec::new();
    for alias in ["a", "b", "c"] {
        links.push(
            origin.create(json!({"url": "https://example.com", "alias": alias}).to_string()).await.json(),
        );
    }
    origin.call(Method::PATCH, &link_path(&links[0]), json!({"title": "not for the edge"})).await;
    origin.call(Method::DELETE, &link_path(&links[1]), Value::Null).await;
    let all = pull(&origin, "").await;
    assert_eq!((codes(&all), &all["more"]), (vec!["c", "a", "b"], &json!(false)));
    assert_eq!(all["changes"][2].get("record"), None);
    let first = pull(&origin, "?limit=2").await;
    assert_eq!((codes(&first), &first["more"]), (vec!["c", "a"], &json!(true)));
    let rest = pull(&origin, &format!("?after={}", first["changes"][1]["revision"])).await;
    assert_eq!(codes(&rest), ["b"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn confirmation_is_idempotent_and_only_for_the_current_revision(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create(json!({"url": "https://example.com", "alias": "a"}).to_string()).await.json();
    origin.create(json!({"url": "https://example.com", "alias": "b"}).to_string()).await;
    let seen = pull(&origin, "").await["changes"].clone();
    let path = link_path(&link);
    let changed = origin.call(Method::PATCH, &path, json!({"status": 301})).await.json();
    tokio::join!(confirm(&origin, &seen), confirm(&origin, &seen));
    let left = pull(&origin, "").await;
    assert_eq!((codes(&left), &left["changes"][0]["revision"]), (vec!["a"], &changed["revision"]));
    assert_eq!(origin.get(&path).await.json()["published_revision"], Value::Null);
    confirm(&origin, &left["changes"]).await;
    assert_eq!(pull(&origin, "").await, json!({"changes": [], "more": false}));
    assert_eq!(origin.get(&path).await.json()["published_revision"], changed["revision"]);
    confirm(&origin, &seen).await;
    assert_eq!(origin.get(&path).await.json()["published_revision"], changed["revision"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn reused_name_is_unpublished(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com", "alias": "a"}).to_string();
    let link = origin.create(body.clone()).await.json();
    confirm(&origin, &pull(&origin, "").await["changes"]).await;
    let path = link_path(&link);
    origin.call(Method::DELETE, &path, Value::Null).await;
    confirm(&origin, &pull(&origin, "").await["changes"]).await;
    let again = origin.create(body).await.json();
    assert_eq!(again["published_revision"], Value::Null);
    assert_eq!(pull(&origin, "").await["changes"][0]["revision"], again["revision"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn only_the_edge_may_pull_and_confirm(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.get("/internal/v1/changes").await.assert_problem(404, "not_found");
    origin
        .call(Method::POST, "/internal/v1/changes/confirm", json!({}))
        .await
        .assert_problem(404, "not_found");
    internal(&origin, Method::GET, "?after=x", None).await.assert_problem(422, "unknown_parameter");
    internal(&origin, Method::POST, "/confirm", Some(json!([]))).await.assert_problem(422, "invalid_body");
}

/// A newer release that was rolled back may have written it.
#[sqlx::test(migrator = "crate::LINKS")]
async fn unreadable_link_does_not_stop_publishing(database: PgPool) {
    let origin = Origin::start(&database).await;
    for alias in ["a", "b", "c"] {
        origin.create(json!({"url": "https://example.com", "alias": alias}).to_string()).await;
    }
    let rules = r#"UPDATE links SET rules = '{"as": "never before"}' WHERE code = 'b'"#;
    sqlx::query(rules).execute(&origin.links).await.unwrap();
    assert_eq!(codes(&pull(&origin, "").await), ["a", "c"]);
    let page = pull(&origin, "?limit=2").await;
    assert_eq!((codes(&page), &page["more"]), (vec!["a", "c"], &json!(false)));
    let requests = ["a", "b", "c"].map(|code| {
        let origin = origin.clone();
        tokio::spawn(async move { origin.resolve(code).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for answer in requests {
        statuses.push(answer.await.unwrap());
    }
    assert_eq!(statuses, [200, 500, 200]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unreadable_page_does_not_stop_publishing(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query(
        "WITH link AS (
             INSERT INTO links (domain, code, url, status, created_at, updated_at)
             SELECT 'go.example.com', 'broken' || number, 'mailto:nobody', 302, now(), now()
             FROM generate_series(1, 1100) AS number
             RETURNING domain, code, revision
         )
         INSERT INTO publications (domain, code, revision) SELECT domain, code, revision FROM link",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    for alias in ["a", "b", "c"] {
        origin.create(json!({"url": "https://example.com", "alias": alias}).to_string()).await;
    }
    assert_eq!(codes(&pull(&origin, "").await), ["a", "b", "c"]);
    let first = pull(&origin, "?limit=2").await;
    assert_eq!((codes(&first), &first["more"]), (vec!["a", "b"], &json!(true)));
    let rest = pull(&origin, &format!("?limit=2&after={}", first["changes"][1]["revision"])).await;
    assert_eq!((codes(&rest), &rest["more"]), (vec!["c"], &json!(false)));
}

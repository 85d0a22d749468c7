//! Tests of changing and deleting many links with one request.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Origin, link_path};

const BULK: &str = "/api/v1/links/bulk";
const NO_LINK: &str = "0198c0de-0000-7000-8000-000000000001";

async fn change(origin: &Origin, body: Value) -> Answer {
    origin.call(Method::PATCH, BULK, body).await
}

async fn delete(origin: &Origin, body: Value) -> Answer {
    origin.call(Method::DELETE, BULK, body).await
}

async fn links(origin: &Origin, tags: &[&[&str]]) -> Vec<Value> {
    let mut links = Vec::new();
    for tags in tags {
        links.push(origin.create_link_with(json!({"url": "https://a.test/", "tags": tags})).await);
    }
    links
}

fn ids(links: &[Value]) -> Vec<Value> {
    links.iter().map(|link| link["id"].clone()).collect()
}

fn statuses(answer: &Value) -> Vec<i64> {
    answer["data"].as_array().unwrap().iter().map(|item| item["status"].as_i64().unwrap()).collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_are_changed_by_id(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links = links(&origin, &[&["a"], &["a", "b"], &["c"]]).await;
    let mut wanted = ids(&links[..2]);
    wanted.insert(1, NO_LINK.into());
    wanted.push(links[0]["id"].clone());
    let body = json!({"ids": wanted, "change": {"title": "new", "add_tags": ["z"], "remove_tags": ["b"]}});
    let answer = change(&origin, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let outcome = answer.json();
    assert_eq!((&outcome["matched"], &outcome["changed"]), (&json!(2), &json!(2)), "{outcome}");
    assert_eq!(statuses(&outcome), [200, 404, 200]);
    assert_eq!(outcome["data"][1]["error"]["code"], "link_not_found");
    for (link, tags) in links.iter().zip([json!(["a", "z"]), json!(["a", "z"]), json!(["c"])]) {
        let now = origin.link(link).await;
        assert_eq!(now["tags"], tags);
        assert_eq!(now["title"] == "new", link["id"] != links[2]["id"]);
        assert_eq!(now["revision"] != link["revision"], link["id"] != links[2]["id"]);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_are_changed_and_deleted_by_filter(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links = links(&origin, &[&["a"], &["a"], &["b"]]).await;
    let body = json!({"filter": {"tag": "a", "state": "active"}, "change": {"state": "disabled"}});
    let outcome = change(&origin, body.clone()).await.json();
    assert_eq!((&outcome["matched"], &outcome["changed"]), (&json!(2), &json!(2)), "{outcome}");
    assert_eq!(change(&origin, body).await.json()["matched"], 0, "none is active");
    assert_eq!(origin.link(&links[2]).await["state"], "active");
    let answer = origin.call_through_edge(Method::DELETE, BULK, json!({"filter": {"tag": "a"}})).await;
    let (outcome, edge) = answer.parts();
    assert_eq!(statuses(&outcome), [204, 204], "{outcome}");
    assert_eq!(edge["changes"].as_array().unwrap().len(), 2, "{edge}");
    assert!(edge["changes"][0].get("record").is_none(), "{edge}");
    origin.get(&link_path(&links[0])).await.assert_problem(404, "link_not_found");
    let path = format!("{}/restore", link_path(&links[0]));
    assert_eq!(origin.call(Method::POST, &path, Value::Null).await.status, 200);
    assert_eq!(origin.link(&links[2]).await["state"], "active");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn dry_run_changes_nothing(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links = links(&origin, &[&["a"], &["a"]]).await;
    let body = json!({"filter": {"tag": "a"}, "change": {"title": "new"}, "dry_run": true});
    let (outcome, edge) = origin.call_through_edge(Method::PATCH, BULK, body).await.parts();
    assert_eq!((&outcome["matched"], &outcome["changed"]), (&json!(2), &json!(2)), "{outcome}");
    assert_eq!((&outcome["dry_run"], statuses(&outcome)), (&json!(true), vec![200, 200]));
    assert_eq!(edge["changes"], json!([]));
    let outcome = delete(&origin, json!({"ids": ids(&links), "dry_run": true})).await.json();
    assert_eq!(statuses(&outcome), [204, 204]);
    for link in &links {
        assert_eq!(origin.link(link).await, *link);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn filter_with_too_many_links_changes_none(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query(
        "INSERT INTO links (domain, code, url, status, tags, created_at, updated_at)
         SELECT 'go.example.com', 'many' || n, 'https://a.test/', 302, '{many}', now(), now() FROM generate_series(1, 501) n",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    let answer = delete(&origin, json!({"filter": {"tag": "many"}})).await;
    answer.assert_problem(422, "too_many_links");
    let outcome = delete(&origin, json!({"filter": {"tag": "many"}, "dry_run": true})).await.json();
    assert_eq!((&outcome["matched"], &outcome["data"]), (&json!(501), &json!([])), "{outcome}");
    sqlx::query("DELETE FROM links WHERE code = 'many1'").execute(&origin.links).await.unwrap();
    let outcome = delete(&origin, json!({"filter": {"tag": "many"}})).await.json();
    assert_eq!((&outcome["matched"], &outcome["changed"]), (&json!(500), &json!(500)));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_that_cannot_be_changed_fails_alone(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.call(Method::POST, "/api/v1/blocked-hosts", json!({"host": "evil.test"})).await;
    let links = links(&origin, &[&["a"], &["a"]]).await;
    let starts = json!({"url": "https://a.test/", "starts_at": "2027-01-02T00:00:00Z"});
    let late = origin.create_link_with(starts).await;
    let mut all = ids(&links);
    all.push(late["id"].clone());
    let body = json!({"ids": all, "change": {"expires_at": "2027-01-01T00:00:00Z"}});
    let outcome = change(&origin, body).await.json();
    assert_eq!(statuses(&outcome), [200, 200, 422], "{outcome}");
    assert_eq!(outcome["data"][2]["error"]["code"], "invalid_expires_at");
    let body = json!({"ids": ids(&links), "change": {"url": "https://evil.test/"}});
    let outcome = change(&origin, body).await.json();
    assert_eq!((statuses(&outcome), &outcome["changed"]), (vec![422, 422], &json!(0)), "{outcome}");
    assert_eq!(outcome["data"][0]["error"]["errors"][0]["field"], "url");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bulk_change_without_sense_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://a.test/").await;
    let ids = json!([link["id"]]);
    for (body, code) in [
        (json!({"change": {"title": "x"}}), "invalid_ids"),
        (json!({"ids": ids, "filter": {"tag": "a"}, "change": {"title": "x"}}), "invalid_ids"),
        (json!({"ids": [], "change": {"title": "x"}}), "invalid_ids"),
        (json!({"ids": ["x"], "change": {"title": "x"}}), "invalid_ids"),
        (json!({"ids": vec![NO_LINK; 501], "change": {"title": "x"}}), "invalid_ids"),
        (json!({"filter": {}, "change": {"title": "x"}}), "invalid_filter"),
        (json!({"filter": "all", "change": {"title": "x"}}), "invalid_filter"),
        (json!({"filter": {"nonsense": 1}, "change": {"title": "x"}}), "unknown_field"),
        (json!({"filter": {"state": "odd"}, "change": {"title": "x"}}), "invalid_state"),
        (json!({"ids": ids, "change": {}}), "invalid_change"),
        (json!({"ids": ids, "change": {"alias": "x"}}), "invalid_change"),
        (json!({"ids": ids, "change": {"url": "nonsense"}}), "invalid_url"),
        (json!({"ids": ids, "change": {"nonsense": 1}}), "unknown_field"),
        (json!({"ids": ids, "change": {"revision": link["revision"]}}), "read_only_field"),
        (json!({"ids": ids, "change": {"title": "x"}, "dry_run": 1}), "invalid_dry_run"),
        (json!({"ids": ids}), "missing_field"),
    ] {
        let answer = change(&origin, body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["code"]),
            (422, &json!(code)),
            "{body}: {answer:?}"
        );
    }
    assert_eq!(origin.link(&link).await, link);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bulk_of_a_bound_key_stays_within_its_bounds(database: PgPool) {
    let origin = Origin::start(&database).await;
    let others = links(&origin, &[&["a"]]).await;
    let key = origin.create_key(json!({"name": "a", "role": "editor", "own_links": true})).await;
    let key = key["key"].as_str().unwrap();
    let own = json!({"url": "https://a.test/", "tags": ["a"]});
    let own = origin.call_as(key, Method::POST, "/api/v1/links", own).await.json();
    let body = json!({"filter": {"tag": "a"}, "change": {"title": "new"}});
    let outcome = origin.call_as(key, Method::PATCH, BULK, body).await.json();
    assert_eq!(outcome["data"], json!([{"id": own["id"], "status": 200}]));
    let both = json!({"ids": [others[0]["id"], own["id"]]});
    let outcome = origin.call_as(key, Method::DELETE, BULK, both).await.json();
    assert_eq!(statuses(&outcome), [404, 204]);
    assert_eq!(origin.link(&others[0]).await, others[0]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bulk_counts_every_link_against_the_keys_limit(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links = links(&origin, &[&[], &[]]).await;
    let key = origin.create_key(json!({"name": "a", "role": "editor", "links_per_minute": 1_000})).await;
    let key = key["key"].as_str().unwrap();
    let body = |dry_run: bool| json!({"ids": ids(&links), "change": {"title": "x"}, "dry_run": dry_run});
    origin.call_as(key, Method::PATCH, BULK, body(true)).await;
    let answer = origin.call_as(key, Method::PATCH, BULK, body(false)).await;
    assert!(answer.header("ratelimit").contains("r=998"), "{answer:?}");
}

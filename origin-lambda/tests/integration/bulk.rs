//! Tests of creating many links in one request.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Origin};

async fn bulk(origin: &Origin, links: &[Value]) -> Answer {
    origin.call(Method::POST, "/api/v1/links/bulk", json!({"links": links})).await
}

/// The status and the link's code, or the problem's code and fields.
fn outcome(item: &Value) -> (u64, String) {
    let status = item["status"].as_u64().unwrap();
    match item.get("link") {
        Some(link) => (status, link["code"].as_str().unwrap().to_owned()),
        None => {
            let fields = item["error"]["errors"].as_array().cloned().unwrap_or_default();
            let fields: Vec<_> = fields.iter().map(|error| error["field"].as_str().unwrap()).collect();
            (status, format!("{} {}", item["error"]["code"].as_str().unwrap(), fields.join(",")))
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bulk_creates_a_thousand_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links: Vec<_> = (0..1_000).map(|n| json!({"url": format!("https://example.com/{n}")})).collect();
    let answer = bulk(&origin, &links).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let data = answer.json()["data"].as_array().unwrap().clone();
    assert_eq!(data.len(), 1_000);
    for (index, item) in data.iter().enumerate() {
        assert_eq!((&item["index"], &item["status"]), (&json!(index), &json!(201)));
        assert_eq!(item["link"]["url"], format!("https://example.com/{index}"));
    }
    let record = origin.resolve(data[999]["link"]["code"].as_str().unwrap()).await.json();
    assert_eq!(record["record"]["url"], "https://example.com/999");
    assert_eq!(origin.next_id().await, 1_000);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_links_of_a_bulk_do_not_fail_the_others(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query("INSERT INTO blocked_hosts VALUES ('bad.example', true, NULL, now())")
        .execute(&origin.links)
        .await
        .unwrap();
    let url = "https://example.com/";
    let answer = bulk(
        &origin,
        &[
            json!({"url": url, "alias": "twice"}),
            json!({"url": "nonsense", "title": 1}),
            json!({"url": url, "alias": "twice"}),
            json!({"url": url, "alias": "Twice"}),
            json!("https://example.com"),
            json!({"url": "https://very.bad.example/", "expired_url": "https://bad.example"}),
            json!({"url": url, "alias": "one", "external_id": "x"}),
            json!({"url": url, "alias": "two", "external_id": "x"}),
            json!({"url": url, "alias": "three", "domain": "unknown.example"}),
            json!({"url": url, "alias": "four", "rules": [{"if": {"country": ["Germany"]}, "url": url}]}),
            json!({"url": url, "alias": "five"}),
        ],
    )
    .await;
    let data = answer.json()["data"].as_array().unwrap().clone();
    let outcomes: Vec<_> = data.iter().map(outcome).collect();
    let expected = [
        (201, "twice"),
        (422, "invalid_url url,title"),
        (409, "alias_taken alias"),
        (201, "Twice"),
        (422, "invalid_body "),
        (422, "invalid_url url,expired_url"),
        (201, "one"),
        (409, "external_id_taken external_id"),
        (422, "invalid_domain domain"),
        (422, "invalid_rules rules[0].if.country[0]"),
        (201, "five"),
    ];
    assert_eq!(outcomes, expected.map(|(status, text)| (status, text.to_owned())));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn first_valid_link_of_a_bulk_gets_a_contested_name(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query("INSERT INTO blocked_hosts VALUES ('bad.example', true, NULL, now())")
        .execute(&origin.links)
        .await
        .unwrap();
    let url = "https://example.com/";
    origin.create(json!({"url": url, "external_id": "known"}).to_string()).await;
    let answer = bulk(
        &origin,
        &[
            json!({"url": "https://bad.example/", "alias": "one"}),
            json!({"url": "https://example.com/good", "alias": "one"}),
            json!({"url": "https://example.com/late", "alias": "one"}),
            json!({"url": url, "alias": "two", "external_id": "known"}),
            json!({"url": "https://example.com/two", "alias": "two"}),
        ],
    )
    .await;
    let answer = answer.json();
    let outcomes: Vec<_> = answer["data"].as_array().unwrap().iter().map(outcome).collect();
    let expected = [
        (422, "invalid_url url"),
        (201, "one"),
        (409, "alias_taken alias"),
        (409, "external_id_taken external_id"),
        (201, "two"),
    ];
    assert_eq!(outcomes, expected.map(|(status, text)| (status, text.to_owned())));
    assert_eq!(answer["data"][1]["link"]["url"], "https://example.com/good");
    assert_eq!(answer["data"][4]["link"]["url"], "https://example.com/two");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn equal_links_of_a_bulk_with_reuse_are_one_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let there = origin.create_link("https://example.com/there").await;
    let link = |path: &str| json!({"url": format!("https://example.com/{path}"), "reuse": true});
    let answer =
        bulk(&origin, &[link("new"), link("there"), link("new"), json!({"url": "https://example.com/new"})])
            .await;
    let data = answer.json()["data"].as_array().unwrap().clone();
    let statuses: Vec<_> = data.iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 200, 200, 201]);
    assert_eq!(data[1]["link"], there);
    assert_eq!(data[2]["link"], data[0]["link"]);
    assert_ne!(data[3]["link"]["id"], data[0]["link"]["id"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn malformed_bulk_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let too_many = vec![json!({"url": "https://example.com"}); 1_001];
    for links in [json!([]), json!({}), json!(null), json!("x"), json!(too_many)] {
        let answer = origin.call(Method::POST, "/api/v1/links/bulk", json!({"links": links})).await;
        answer.assert_problem(422, "invalid_links");
    }
    origin.call(Method::POST, "/api/v1/links/bulk", json!({})).await.assert_problem(422, "missing_field");
    origin.call(Method::POST, "/api/v1/links/bulk", json!([])).await.assert_problem(422, "invalid_body");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn twenty_links_of_a_bulk_may_have_passwords(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links = vec![json!({"url": "https://example.com", "password": "secret"}); 21];
    let answer = bulk(&origin, &links).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let data = answer.json()["data"].as_array().unwrap().clone();
    assert!(data[..20].iter().all(|item| item["link"]["password_protected"] == true));
    assert_eq!(outcome(&data[20]), (422, "invalid_password password".to_owned()));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_bulks_with_the_same_names_do_not_deadlock(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut links: Vec<_> =
        (0..300).map(|n| json!({"url": "https://example.com", "alias": format!("name-{n}")})).collect();
    let forwards = links.clone();
    links.reverse();
    let (one, other) = tokio::join!(bulk(&origin, &forwards), bulk(&origin, &links));
    let made = |answer: &Answer| {
        let data = answer.json()["data"].as_array().cloned().unwrap();
        data.iter().filter(|item| item["status"] == 201).count()
    };
    assert_eq!(made(&one) + made(&other), 300);
}

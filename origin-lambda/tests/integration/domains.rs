//! Domains beside the default one: links live under them, and none leads to them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::harness::{DOMAIN, Origin};

const DOMAINS: &str = "/api/v1/domains";

async fn add(origin: &Origin, host: &str) -> Value {
    let answer = origin.call(Method::POST, DOMAINS, json!({"host": host})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()
}

async fn hosts(origin: &Origin, query: &str) -> (Vec<String>, Value) {
    let list = origin.call(Method::GET, &format!("{DOMAINS}{query}"), Value::Null).await.json();
    let hosts =
        list["data"].as_array().unwrap().iter().map(|domain| domain["host"].as_str().unwrap().to_owned());
    (hosts.collect(), list["next_cursor"].clone())
}

#[sqlx::test(migrations = "../migrations/links")]
async fn links_live_under_a_domain_once_it_is_added(_: PgPoolOptions, database: PgConnectOptions) {
    let origin = Origin::start(database).await;
    let on_brand =
        json!({"url": "https://example.com", "domain": "s.brand.example", "alias": "hi"}).to_string();
    origin.create(on_brand.clone()).await.assert_problem(422, "invalid_domain");
    let answer = origin.call(Method::POST, DOMAINS, json!({"host": "S.Brand.example."})).await;
    assert_eq!(answer.header("location"), "/api/v1/domains/s.brand.example");
    let mut shown = json!({
        "host": "s.brand.example", "default": false, "created_at": "2026-11-24T00:00:00.000Z", "applied": true,
    });
    assert_eq!(answer.json(), shown);
    shown.as_object_mut().unwrap().remove("applied");
    assert_eq!(origin.call(Method::GET, answer.header("location"), Value::Null).await.json(), shown);
    let link = origin.create(on_brand).await;
    assert_eq!(link.status, StatusCode::CREATED, "{link:?}");
    assert_eq!(link.json()["short_url"], "https://s.brand.example/hi");

    origin
        .call(Method::POST, DOMAINS, json!({"host": "s.brand.example"}))
        .await
        .assert_problem(409, "domain_taken");
    let remove = async || origin.call(Method::DELETE, answer.header("location"), Value::Null).await;
    remove().await.assert_problem(409, "domain_in_use");
    sqlx::query("DELETE FROM links").execute(&origin.links).await.unwrap();
    assert_eq!(remove().await.status, StatusCode::NO_CONTENT);
    remove().await.assert_problem(404, "domain_not_found");
    let gone = origin.call(Method::GET, answer.header("location"), Value::Null).await;
    gone.assert_problem(404, "domain_not_found");
}

#[sqlx::test(migrations = "../migrations/links")]
async fn the_default_domain_is_always_listed_and_stays(_: PgPoolOptions, database: PgConnectOptions) {
    let origin = Origin::start(database).await;
    let path = format!("{DOMAINS}/{DOMAIN}");
    let default = json!({"host": DOMAIN, "default": true, "created_at": null});
    assert_eq!(origin.call(Method::GET, &path, Value::Null).await.json(), default);
    origin.call(Method::DELETE, &path, Value::Null).await.assert_problem(409, "domain_in_use");
    origin.call(Method::POST, DOMAINS, json!({"host": DOMAIN})).await.assert_problem(409, "domain_taken");
    for host in ["z.example", "a.example", "hh.example"] {
        add(&origin, host).await;
    }
    assert_eq!(hosts(&origin, "").await.0, ["a.example", DOMAIN, "hh.example", "z.example"]);
    let (first, cursor) = hosts(&origin, "?limit=2").await;
    let (second, end) = hosts(&origin, &format!("?limit=2&cursor={}", cursor.as_str().unwrap())).await;
    assert_eq!(
        (first, second, end),
        (vec!["a.example".into(), DOMAIN.into()], vec!["hh.example".into(), "z.example".into()], Value::Null,)
    );
}

#[sqlx::test(migrations = "../migrations/links")]
async fn links_that_lead_to_a_domain_are_blocked_while_it_is_ours(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    let origin = Origin::start(database).await;
    let links = [
        origin.create_link("https://s.brand.example/elsewhere").await,
        origin.create_link("https://www.s.brand.example/").await,
    ];
    let blocked = async || {
        [
            origin.link(&links[0]).await["state"] == "blocked",
            origin.link(&links[1]).await["state"] == "blocked",
        ]
    };
    add(&origin, "s.brand.example").await;
    assert_eq!(blocked().await, [true, false]);
    let answer = origin.create(json!({"url": "https://s.brand.example/x"}).to_string()).await;
    answer.assert_problem(422, "invalid_url");
    let removed = origin.call(Method::DELETE, &format!("{DOMAINS}/s.brand.example"), Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(blocked().await, [false, false]);
}

#[sqlx::test(migrations = "../migrations/links")]
async fn a_domain_is_not_removed_while_a_link_is_being_made_on_it(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    let origin = Origin::start(database).await;
    add(&origin, "s.brand.example").await;
    let mut rival = origin.links.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO links (domain, code, url, status, created_at, updated_at)
         VALUES ('s.brand.example', 'contended', 'https://example.com/', 302, now(), now())",
    )
    .execute(&mut *rival)
    .await
    .unwrap();
    let creating = tokio::spawn({
        let origin = origin.clone();
        let body = json!({"url": "https://example.com", "domain": "s.brand.example", "alias": "contended"});
        async move { origin.create(body.to_string()).await }
    });
    origin.wait_for_waiting(1, || creating.is_finished()).await;
    let removing = tokio::spawn({
        let origin = origin.clone();
        async move { origin.call(Method::DELETE, &format!("{DOMAINS}/s.brand.example"), Value::Null).await }
    });
    origin.wait_for_waiting(2, || removing.is_finished()).await;
    rival.rollback().await.unwrap();
    assert_eq!(creating.await.unwrap().status, StatusCode::CREATED);
    removing.await.unwrap().assert_problem(409, "domain_in_use");
}

#[sqlx::test(migrations = "../migrations/links")]
async fn a_host_that_no_visitor_could_name_is_no_domain(_: PgPoolOptions, database: PgConnectOptions) {
    let origin = Origin::start(database).await;
    let long = format!("{}example", "a.".repeat(130));
    for host in [
        json!(null),
        json!(7),
        json!(["a.example"]),
        json!(""),
        json!("https://a.example"),
        json!("a.example:8080"),
        json!("a_b.example"),
        json!("a.example/x"),
        json!("192.0.2.1"),
        json!("[::1]"),
        json!("localhost"),
        json!("shortline.someone.workers.dev"),
        json!("a.example\0"),
        json!(long),
    ] {
        let answer = origin.call(Method::POST, DOMAINS, json!({"host": host})).await;
        answer.assert_problem(422, "invalid_host");
        assert_eq!(answer.wrong_fields(), ["host"], "{host}");
    }
    let answer = origin.call(Method::POST, DOMAINS, json!({"host": "a.example", "default": true})).await;
    answer.assert_problem(422, "unknown_field");
    for host in ["%00", "%FF", "a%2Fb", "none.example"] {
        for method in [Method::GET, Method::DELETE] {
            let answer = origin.call(method, &format!("{DOMAINS}/{host}"), Value::Null).await;
            answer.assert_problem(404, "domain_not_found");
        }
    }
    assert_eq!(hosts(&origin, "").await.0, [DOMAIN]);
    assert_eq!(add(&origin, "bücher.example").await["host"], "xn--bcher-kva.example");
}

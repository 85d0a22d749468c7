//! Tests of further domains: links may use them, but must not point to them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{DOMAIN, Origin, link_path};

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

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_may_use_an_added_domain(database: PgPool) {
    let origin = Origin::start(&database).await;
    let on_brand =
        json!({"url": "https://example.com", "domain": "s.brand.example", "alias": "hi"}).to_string();
    origin.create(on_brand.clone()).await.assert_problem(422, "invalid_domain");
    let answer = origin.call(Method::POST, DOMAINS, json!({"host": "S.Brand.example."})).await;
    assert_eq!(answer.header("location"), "/api/v1/domains/s.brand.example");
    let mut shown = json!({
        "host": "s.brand.example", "default": false, "created_at": "2026-11-24T00:00:00.000Z", "home_url": null,
        "not_found_url": null, "expired_url": null, "robots": "allow", "ignore_case": false, "name": null, "color": null, "qr_foreground": null,
        "qr_background": null,
        "logo_url": null, "apple_app_site_association": null, "assetlinks": null, "applied": true,
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

#[sqlx::test(migrator = "crate::LINKS")]
async fn default_domain_is_listed_and_cannot_be_removed(database: PgPool) {
    let origin = Origin::start(&database).await;
    let path = format!("{DOMAINS}/{DOMAIN}");
    let default = origin.call(Method::GET, &path, Value::Null).await.json();
    assert_eq!(
        (&default["host"], &default["default"], &default["created_at"]),
        (&json!(DOMAIN), &json!(true), &Value::Null)
    );
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

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_to_an_added_domain_are_blocked(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links = [
        origin.create_link("https://s.brand.example/elsewhere").await,
        origin.create_link("https://www.s.brand.example/").await,
        origin.create_link("https://a.s.brand.example/").await,
    ];
    let blocked = async || {
        let mut blocked = Vec::new();
        for link in &links {
            blocked.push(origin.link(link).await["state"] == "blocked");
        }
        blocked
    };
    add(&origin, "s.brand.example").await;
    assert_eq!(blocked().await, [true, true, false]);
    for host in ["s.brand.example", "www.s.brand.example.", "WWW.S.BRAND.EXAMPLE:8443"] {
        let body = json!({"url": format!("https://{host}/x"), "expired_url": "https://a.s.brand.example"});
        let answer = origin.create(body.to_string()).await;
        answer.assert_problem(422, "invalid_url");
        assert_eq!(answer.invalid_fields(), ["url"], "{host}");
    }
    let removed = origin.call(Method::DELETE, &format!("{DOMAINS}/s.brand.example"), Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(blocked().await, [false, false, false]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn domain_is_accepted_in_every_spelling(database: PgPool) {
    let origin = Origin::start(&database).await;
    let stored = "xn--mnchen-x-65a.example";
    assert_eq!(add(&origin, "münchen-x.example").await["host"], stored);
    for (alias, domain) in
        ["münchen-x.example", "MÜNCHEN-X.EXAMPLE", "mu\u{308}nchen-x.example.", "münchen-x。example", stored]
            .into_iter()
            .enumerate()
    {
        let body = json!({"url": "https://example.com", "domain": domain, "alias": format!("a{alias}")});
        let answer = origin.create(body.to_string()).await;
        assert_eq!(
            (answer.status, &answer.json()["domain"]),
            (StatusCode::CREATED, &json!(stored)),
            "{domain}"
        );
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        let same =
            origin.call(Method::PATCH, &format!("/api/v1/links/{id}"), json!({"domain": domain})).await;
        assert_eq!(same.status, StatusCode::OK, "{domain}");
    }
    for spelling in
        [stored, "m%C3%BCnchen-x.example", "M%c3%9cnchen-X.example.", "m%C3%BCnchen-x%E3%80%82example"]
    {
        let list = origin.get(&format!("/api/v1/links?domain={spelling}")).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), 5, "{spelling}");
        let stats = origin.get(&format!("/api/v1/stats?domain={spelling}")).await;
        assert_eq!(stats.status, StatusCode::OK, "{spelling}: {stats:?}");
        let domain = origin.get(&format!("{DOMAINS}/{spelling}")).await;
        assert_eq!(domain.json()["host"], stored, "{spelling}");
    }
    for wrong in ["https://a.example", "a.example:443", "192.0.2.1", "a_b.example"] {
        origin
            .create(json!({"url": "https://example.com", "domain": wrong}).to_string())
            .await
            .assert_problem(422, "invalid_domain");
        origin.get(&format!("/api/v1/links?domain={wrong}")).await.assert_problem(422, "invalid_domain");
        origin.get(&format!("/api/v1/stats?domain={wrong}")).await.assert_problem(422, "invalid_domain");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_to_an_own_host_is_rejected(database: PgPool) {
    let origin = Origin::builder(&database)
        .config(&[("OWN_HOSTS", "direct.example.net"), ("WORKER_NAME", "short")])
        .start()
        .await;
    let good = "https://example.com/";
    let link = origin.create_link(good).await;
    let path = link_path(&link);
    for own in [
        "https://go.example.com/x",
        "https://www.go.example.com/x",
        "http://127.0.0.1:8787/x",
        "http://localhost:8787/x",
        "http://[::ffff:7f00:1]/x",
        "https://direct.example.net./x",
        "https://short.acct.workers.dev/x",
    ] {
        for (body, field) in [
            (json!({"url": own}), "url"),
            (json!({"url": good, "expired_url": own}), "expired_url"),
            (json!({"url": good, "rules": [{"url": own}]}), "rules[0].url"),
        ] {
            let answer = origin.create(body.to_string()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.invalid_fields()),
                (422, vec![field.to_owned()]),
                "{body}"
            );
            let bulk = origin.call(Method::POST, "/api/v1/links/bulk", json!({"links": [body]})).await.json();
            assert_eq!(bulk["data"][0]["status"], 422, "{bulk}");
        }
        let answer = origin.call(Method::PATCH, &path, json!({"url": own})).await;
        answer.assert_problem(422, "invalid_url");
    }
    origin
        .call(Method::POST, DOMAINS, json!({"host": "direct.example.net"}))
        .await
        .assert_problem(422, "invalid_host");
    origin.create_link("https://app.acct.workers.dev/").await;
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn sweep_blocks_existing_links_to_own_hosts(database: PgPool) {
    let origin = Origin::builder(&database).config(&[("OWN_HOSTS", "direct.example.net")]).start().await;
    let link = origin.create_link("https://example.com/").await;
    sqlx::query("UPDATE links SET url = 'https://direct.example.net/x', hosts = '{direct.example.net}'")
        .execute(&origin.links)
        .await
        .unwrap();
    // Any change of hosts starts a sweep.
    add(&origin, "s.brand.example").await;
    assert_eq!(origin.link(&link).await["state"], "blocked");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn domain_with_a_concurrent_create_is_not_removed(database: PgPool) {
    let origin = Origin::start(&database).await;
    add(&origin, "s.brand.example").await;
    let mut conflicting = origin.links.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO links (domain, code, url, status, created_at, updated_at)
         VALUES ('s.brand.example', 'contended', 'https://example.com/', 302, now(), now())",
    )
    .execute(&mut *conflicting)
    .await
    .unwrap();
    let creating = tokio::spawn({
        let origin = origin.clone();
        let body = json!({"url": "https://example.com", "domain": "s.brand.example", "alias": "contended"});
        async move { origin.create(body.to_string()).await }
    });
    origin.wait_for_blocked_statements(1, || creating.is_finished()).await;
    let removing = tokio::spawn({
        let origin = origin.clone();
        async move { origin.call(Method::DELETE, &format!("{DOMAINS}/s.brand.example"), Value::Null).await }
    });
    origin.wait_for_blocked_statements(2, || removing.is_finished()).await;
    conflicting.rollback().await.unwrap();
    assert_eq!(creating.await.unwrap().status, StatusCode::CREATED);
    removing.await.unwrap().assert_problem(409, "domain_in_use");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn invalid_domain_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
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
        assert_eq!(answer.invalid_fields(), ["host"], "{host}");
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

//! Tests of YOURLS' API: what its clients send, and what they read.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Answer, DOMAIN, EDGE_SECRET, NOW, Origin};
use crate::redirects::RecordingQueue;

const SECONDS: i64 = NOW.0 / 1_000;

async fn start(database: &PgPool) -> Origin {
    Origin::builder(database).config(&[("COMPATIBLE_APIS", "yourls")]).start().await
}

async fn send(origin: &Origin, request: Request<Body>) -> Answer {
    let (head, body) = origin.send_unread(request).await.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: head.status, headers: head.headers, body }
}

fn query(parameters: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

async fn get(origin: &Origin, parameters: &[(&str, &str)]) -> Answer {
    let uri = format!("/yourls-api.php?{}", query(parameters));
    send(origin, Request::get(uri).body(Body::empty()).unwrap()).await
}

/// As JSON, with a key.
async fn call(origin: &Origin, key: &str, parameters: &[(&str, &str)]) -> Answer {
    get(origin, &[&[("signature", key), ("format", "json")], parameters].concat()).await
}

async fn key(origin: &Origin, bounds: Value) -> Value {
    let mut body = json!({"name": "a", "role": "editor"});
    body.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
    origin.create_key(body).await
}

async fn secret_of(origin: &Origin, key: &Value) -> String {
    let path = format!("/api/v1/keys/{}/yourls-secret", key["id"].as_str().unwrap());
    let shown = origin.call(Method::GET, &path, Value::Null).await;
    assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, "no-store"));
    shown.json()["secret"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn url_is_shortened_once_and_then_told_by_a_failure(database: PgPool) {
    let origin = start(&database).await;
    let url = ("url", "https://example.com/a?b=c&d=<e>");
    let asked = [("action", "shorturl"), url, ("keyword", "sommer"), ("title", "Sommer & Sonne")];
    let created = call(&origin, ADMIN_KEY, &asked).await;
    assert_eq!(created.status, StatusCode::OK, "{created:?}");
    assert_eq!(created.header("content-type"), "application/json");
    assert_eq!(created.header("cache-control"), "no-store");
    insta::assert_json_snapshot!("created", dated(created.json()));
    let again = call(&origin, ADMIN_KEY, &asked).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    insta::assert_json_snapshot!("exists", dated(again.json()));
    let taken = call(
        &origin,
        ADMIN_KEY,
        &[("action", "shorturl"), ("url", "https://b.test/"), ("keyword", "sommer")],
    );
    let taken = taken.await.json();
    assert_eq!((&taken["code"], &taken["statusCode"]), (&json!("error:keyword"), &json!("400")), "{taken}");
    for (parameters, code) in [
        (vec![], "error:nourl"),
        (vec![("url", "javascript:alert(1)")], "error:nourl"),
        (vec![("url", "https://go.example.com/sommer")], "error:noloop"),
        (vec![("url", "https://b.test/"), ("keyword", "api")], "error:keyword"),
    ] {
        let answer =
            call(&origin, ADMIN_KEY, &[&[("action", "shorturl")], parameters.as_slice()].concat()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
        assert_eq!((&answer.json()["status"], &answer.json()["code"]), (&json!("fail"), &json!(code)));
    }
    let simple = get(&origin, &[("signature", ADMIN_KEY), ("format", "simple"), asked[0], url]).await;
    assert!(simple.body.starts_with(b"https://go.example.com/"), "{simple:?}");
}

/// With the time of the database's clock replaced.
fn dated(mut answer: Value) -> Value {
    let date = answer["url"]["date"].as_str().unwrap();
    assert!(date.len() == 19 && date.is_char_boundary(10) && &date[10..11] == " ", "{date}");
    answer["url"]["date"] = "2026-11-24 00:00:00".into();
    answer
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn form_is_read_in_both_encodings(database: PgPool) {
    let origin = start(&database).await;
    let parameters = [("signature", ADMIN_KEY), ("action", "shorturl"), ("format", "json")];
    let form = query(&[&parameters[..], &[("url", "https://a.test/")]].concat());
    let posted = Request::post("/yourls-api.php").header("content-type", "application/x-www-form-urlencoded");
    let answer = send(&origin, posted.body(form.into()).unwrap()).await;
    assert_eq!(answer.json()["url"]["url"], "https://a.test/", "{answer:?}");
    let part = |(name, value): (&str, &str)| {
        format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let all = [&parameters[..], &[("url", "https://b.test/")]].concat();
    let form: String = all.into_iter().map(part).chain(["--xyz--\r\n".to_owned()]).collect();
    let posted = Request::post("/yourls-api.php").header("content-type", "multipart/form-data; boundary=xyz");
    let answer = send(&origin, posted.body(form.into()).unwrap()).await;
    assert_eq!(answer.json()["url"]["url"], "https://b.test/", "{answer:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_is_found_by_keyword_and_by_address(database: PgPool) {
    let origin = start(&database).await;
    origin.create_link_with(json!({"url": "https://a.test/", "alias": "grüße"})).await;
    for text in ["grüße", "https://go.example.com/gr%C3%BC%C3%9Fe"] {
        let found = call(&origin, ADMIN_KEY, &[("action", "expand"), ("shorturl", text)]).await;
        insta::allow_duplicates! { insta::assert_json_snapshot!("expand", found.json()) };
        let counted = call(&origin, ADMIN_KEY, &[("action", "url-stats"), ("shorturl", text)]).await.json();
        assert_eq!(counted["link"]["clicks"], "0", "{counted}");
        assert_eq!(
            (&counted["statusCode"], &counted["link"]["url"]),
            (&json!("200"), &json!("https://a.test/"))
        );
    }
    for action in ["expand", "url-stats"] {
        let missing = call(&origin, ADMIN_KEY, &[("action", action), ("shorturl", "none")]).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{missing:?}");
        assert_eq!(missing.json()["message"], "Error: short URL not found");
    }
    let simple = [("signature", ADMIN_KEY), ("format", "simple"), ("action", "expand"), ("shorturl", "none")];
    assert_eq!(get(&origin, &simple).await.body, "not found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_and_clicks_are_counted(database: PgPool) {
    let origin = start(&database).await;
    for (url, clicks) in [("https://a.test/", 3_i64), ("https://b.test/", 11), ("https://c.test/", 0)] {
        let link = origin.create_link(url).await;
        let totals =
            sqlx::query("INSERT INTO link_totals (link_id, clicks, human, bot) VALUES ($1::uuid, $2, $2, 0)");
        totals.bind(link["id"].as_str().unwrap()).bind(clicks).execute(&origin.links).await.unwrap();
    }
    let stats = async |parameters: &[(&str, &str)]| {
        let answer = call(&origin, ADMIN_KEY, &[&[("action", "stats")], parameters].concat()).await.json();
        assert_eq!(answer["stats"], json!({"total_links": "3", "total_clicks": "14"}), "{answer}");
        let links = answer["links"].as_object().unwrap().values();
        links.map(|link| link["url"].as_str().unwrap()[8..9].to_owned()).collect::<String>()
    };
    assert_eq!(stats(&[]).await, "bac");
    assert_eq!(stats(&[("filter", "bottom"), ("limit", "2")]).await, "ca");
    assert_eq!(stats(&[("filter", "last"), ("start", "1"), ("limit", "1")]).await, "b");
    assert_eq!(stats(&[("filter", "top"), ("limit", "0")]).await, "");
    let counted = call(&origin, ADMIN_KEY, &[("action", "db-stats")]).await.json();
    assert_eq!(counted["db-stats"], json!({"total_links": "3", "total_clicks": "14"}));
    for refused in [[("filter", "rand"), ("limit", "1")], [("start", "200"), ("limit", "1")]] {
        let answer = call(&origin, ADMIN_KEY, &[&[("action", "stats")], &refused[..]].concat()).await;
        assert_eq!(answer.json()["errorCode"], "400", "{answer:?}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn signature_is_a_key_a_secret_or_a_signed_time(database: PgPool) {
    let origin = start(&database).await;
    let (mine, others) = (key(&origin, json!({})).await, key(&origin, json!({})).await);
    let secret = secret_of(&origin, &mine).await;
    assert_ne!(secret, secret_of(&origin, &others).await);
    let now = SECONDS.to_string();
    let signed = |time: &str, hash: fn(&[u8]) -> String| hash(format!("{time}{secret}").as_bytes());
    let sha256: fn(&[u8]) -> String = |text| link_core::hex::hex(&Sha256::digest(text));
    let accepted = [
        vec![("signature", mine["key"].as_str().unwrap().to_owned())],
        vec![("signature", secret.clone())],
        vec![("signature", signed(&now, sha256)), ("timestamp", now.clone()), ("hash", "sha256".to_owned())],
        vec![("signature", sha256(format!("{secret}{now}").as_bytes())), ("timestamp", now.clone())],
    ];
    for parameters in accepted {
        let mut all = vec![("action", "shorturl"), ("format", "json"), ("url", "https://a.test/")];
        all.extend(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        assert!(get(&origin, &all).await.json()["shorturl"].is_string(), "{all:?}");
    }
    let creators: Vec<Option<String>> =
        sqlx::query_scalar("SELECT created_by::text FROM links").fetch_all(&origin.links).await.unwrap();
    assert_eq!(creators, [mine["id"].as_str().map(str::to_owned)], "the key made one link");

    let old = (SECONDS - 43_200).to_string();
    let late = (SECONDS + 43_200).to_string();
    let refused = [
        vec![],
        vec![("username", "a".to_owned()), ("password", "b".to_owned())],
        vec![("signature", "0".repeat(32))],
        vec![("signature", secret.to_uppercase())],
        vec![("signature", signed(&old, sha256)), ("timestamp", old.clone())],
        vec![("signature", signed(&late, sha256)), ("timestamp", late.clone())],
        vec![("signature", signed(&now, sha256)), ("timestamp", (SECONDS + 1).to_string())],
        vec![("signature", secret.clone()), ("timestamp", now.clone())],
    ];
    for parameters in refused {
        let mut all = vec![("action", "version"), ("format", "json")];
        all.extend(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = get(&origin, &all).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errorCode"]), (403, &json!("403")), "{all:?}");
    }
    origin.call(Method::DELETE, &format!("/api/v1/keys/{}", mine["id"].as_str().unwrap()), Value::Null).await;
    let revoked = call(&origin, &secret, &[("action", "version")]).await;
    assert_eq!(revoked.status, StatusCode::FORBIDDEN, "a revoked key's secret ends with it");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn key_has_its_rights_and_bounds_here_too(database: PgPool) {
    let origin = start(&database).await;
    let hidden = origin.create_link_with(json!({"url": "https://canary.test/", "alias": "canary"})).await;
    let own = key(&origin, json!({"own_links": true})).await;
    let own = own["key"].as_str().unwrap();
    let answer = call(&origin, own, &[("action", "expand"), ("shorturl", "canary")]).await;
    assert_eq!(answer.json()["errorCode"], "404");
    let counted = call(&origin, own, &[("action", "db-stats")]).await.json();
    assert_eq!(counted["db-stats"]["total_links"], "0", "{counted}");
    let listed = call(&origin, own, &[("action", "stats"), ("filter", "last")]).await.json();
    assert_eq!(listed["links"], json!({}), "{hidden}");

    let actions = [
        ("shorturl", "create"),
        ("expand", "read"),
        ("url-stats", "statistics"),
        ("stats", "statistics"),
        ("db-stats", "statistics"),
        ("version", ""),
    ];
    for bound in ["create", "read", "change", "statistics"] {
        let key = key(&origin, json!({"actions": [bound]})).await;
        for (action, needed) in actions {
            let parameters = [("action", action), ("url", "https://a.test/"), ("shorturl", "canary")];
            let answer = call(&origin, key["key"].as_str().unwrap(), &parameters).await;
            let is_allowed = needed.is_empty() || needed == bound;
            assert_eq!(
                answer.status == StatusCode::FORBIDDEN,
                !is_allowed,
                "{action} with {bound}: {answer:?}"
            );
        }
    }
    let reader = origin.create_key(json!({"name": "r", "role": "reader"})).await;
    let refused = call(&origin, reader["key"].as_str().unwrap(), &[("action", "shorturl")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.header("ratelimit").contains("requests"), "{refused:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn calls_count_towards_the_limits_of_a_key(database: PgPool) {
    let origin = start(&database).await;
    let key = key(&origin, json!({"requests_per_minute": 2})).await;
    let version = async || call(&origin, key["key"].as_str().unwrap(), &[("action", "version")]).await;
    for _ in 0..2 {
        assert_eq!(version().await.json()["version"], "1.10.5");
    }
    let refused = version().await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errorCode"]), (429, &json!("429")));
    assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn answer_to_the_edge_has_the_change_also_by_get(database: PgPool) {
    let origin = start(&database).await;
    let parameters =
        [("signature", ADMIN_KEY), ("action", "shorturl"), ("url", "https://a.test/"), ("format", "json")];
    let uri = format!("/yourls-api.php?{}", query(&parameters));
    let request = Request::get(uri).header("x-shortline-edge-secret", EDGE_SECRET);
    let (client, edge) = send(&origin, request.body(Body::empty()).unwrap()).await.parts();
    assert_eq!(client["status"], "success");
    assert_eq!(edge["changes"][0]["record"]["url"], "https://a.test/", "{edge}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unknown_action_is_told_to_callers_only(database: PgPool) {
    let origin = start(&database).await;
    let unknown = call(&origin, ADMIN_KEY, &[("action", "delete"), ("shorturl", "a")]).await;
    assert_eq!(
        unknown.json(),
        json!({"errorCode": "400", "message": "Unknown or missing \"action\" parameter"})
    );
    assert_eq!(get(&origin, &[("action", "delete")]).await.status, StatusCode::FORBIDDEN);
    let script = get(&origin, &[("format", "jsonp"), ("callback", "alert(1);//")]).await;
    assert_eq!((script.status.as_u16(), script.header("content-type")), (400, "application/json"));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn api_that_is_not_turned_on_does_not_exist(database: PgPool) {
    let origin = Origin::start(&database).await;
    let answer = call(&origin, ADMIN_KEY, &[("action", "version")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, "text/html; charset=utf-8"));
    let key = key(&origin, json!({})).await;
    let path = format!("/api/v1/keys/{}/yourls-secret", key["id"].as_str().unwrap());
    origin.call(Method::GET, &path, Value::Null).await.assert_problem(404, "yourls_unavailable");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn call_is_no_orphan_visit(database: PgPool) {
    let queue = Arc::new(RecordingQueue::default());
    for apis in ["", "yourls,shlink"] {
        let builder = Origin::builder(&database).config(&[("COMPATIBLE_APIS", apis)]);
        let origin = builder.click_queue(queue.clone()).start().await;
        for path in ["/yourls-api.php?signature=canary", "/rest/v3/short-urls?apiKey=canary"] {
            let request = Request::get(path).header("host", DOMAIN).body(Body::empty());
            assert!(origin.send_unread(request.unwrap()).await.status().is_client_error());
        }
    }
    assert!(queue.0.lock().unwrap().is_empty(), "{queue:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn audit_tells_who_has_seen_a_secret(database: PgPool) {
    let origin = start(&database).await;
    let key = key(&origin, json!({})).await;
    let secret = secret_of(&origin, &key).await;
    let audit = origin.call(Method::GET, "/api/v1/audit?kind=key", Value::Null).await;
    let entry = &audit.json()["data"][0];
    assert_eq!(
        (&entry["action"], &entry["subject"]["id"]),
        (&json!("yourls_secret_shown"), &key["id"]),
        "{entry}"
    );
    assert!(!String::from_utf8_lossy(&audit.body).contains(&secret));
    let path = "/api/v1/keys/00000000-0000-0000-0000-000000000000/yourls-secret";
    origin.call(Method::GET, path, Value::Null).await.assert_problem(404, "key_not_found");
}

//! Tests of redirects by the origin itself: responses, clicks, and headers that must not be trusted.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use link_core::clicks::batch::ClickBatch;
use link_core::clicks::buffer::SealedBatch;
use origin_lambda::redirect::shipping::{ClickQueue, QueueError};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, Origin, SHORT_TIMEOUT_POOL, link_path};
use crate::outages::{unreachable_database, unresponsive_database};

#[derive(Debug, Default)]
pub struct RecordingQueue(pub Mutex<Vec<ClickBatch>>);

impl ClickQueue for RecordingQueue {
    fn send<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<(), QueueError>> {
        self.0.lock().unwrap().push(ClickBatch::decode(&batch.body).unwrap());
        std::future::ready(Ok(())).boxed()
    }
}

pub async fn visit_with(origin: &Origin, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if headers.iter().all(|(name, _)| *name != "host") {
        request = request.header("host", DOMAIN);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let peer: SocketAddr = "198.51.100.7:1234".parse().unwrap();
    origin.send(request.extension(ConnectInfo(peer)).body(Body::empty()).unwrap()).await
}

async fn visit(origin: &Origin, path: &str) -> Answer {
    visit_with(origin, Method::GET, path, &[]).await
}

fn path(link: &Value) -> String {
    format!("/{}", link["code"].as_str().unwrap())
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn redirect_has_the_same_headers_as_at_the_edge(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (status, cache_control) in [
        (301, "private, max-age=300"),
        (302, "private, no-store"),
        (307, "private, no-store"),
        (308, "private, max-age=300"),
    ] {
        let link = origin.create_link_with(json!({"url": "https://example.com/a?b", "status": status})).await;
        for method in [Method::GET, Method::HEAD] {
            let answer = visit_with(&origin, method, &path(&link), &[]).await;
            assert_eq!(answer.status, status);
            assert_eq!(answer.header("location"), "https://example.com/a?b");
            assert_eq!(answer.header("cache-control"), cache_control);
            assert_eq!(answer.header("referrer-policy"), "strict-origin-when-cross-origin");
            assert_eq!(answer.header("x-robots-tag"), "noindex");
            assert_eq!(answer.header("x-shortline-cache"), "origin");
            assert!(answer.body.is_empty());
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn exact_name_wins_over_the_longest_forwarding_one(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (alias, forward) in
        [("a", true), ("a/b", true), ("a/b/c", false), ("plain", false), ("gr\u{fc}n", false)]
    {
        let url = format!("https://example.com/of-{}", alias.len());
        origin
            .create_link_with(
                json!({"url": url, "alias": alias, "forward_path": forward, "forward_query": true}),
            )
            .await;
    }
    for (path, location) in [
        ("/a/b/c?x=1", Some("https://example.com/of-5?x=1")),
        ("/a/b/d/e", Some("https://example.com/of-3/d/e")),
        ("/a/x", Some("https://example.com/of-1/x")),
        ("/gru%CC%88n", Some("https://example.com/of-5")),
        ("/plain/x", None),
        ("/nothing/x/y/z", None),
    ] {
        let answer = visit(&origin, path).await;
        assert_eq!(answer.status, if location.is_some() { 302 } else { 404 }, "{path}: {answer:?}");
        assert_eq!(answer.header("location"), location.unwrap_or_default(), "{path}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn page_says_why_a_link_does_not_redirect(database: PgPool) {
    let origin = Origin::start(&database).await;
    let url = "https://example.com/";
    let disabled = origin.create_link_with(json!({"url": url, "state": "disabled"})).await;
    let scheduled = origin.create_link_with(json!({"url": url, "starts_at": "2026-11-24T00:00:01Z"})).await;
    let expired = origin.create_link_with(json!({"url": url, "expires_at": "2027-01-01T00:00:00Z"})).await;
    sqlx::query("UPDATE links SET expires_at = to_timestamp(0) WHERE id = $1::uuid")
        .bind(expired["id"].as_str().unwrap())
        .execute(&origin.links)
        .await
        .unwrap();
    let locked = origin.create_link_with(json!({"url": url, "password": "open sesame"})).await;
    let deleted = origin.create_link_with(json!({"url": url})).await;
    let deletion = link_path(&deleted);
    assert_eq!(origin.call(Method::DELETE, &deletion, Value::Null).await.status, 204);
    for (path, status, says) in [
        (path(&disabled), 410, "disabled"),
        (path(&scheduled), 404, "not active yet"),
        (path(&expired), 410, "expired"),
        (path(&locked), 403, "<form method=\"post\">"),
        (path(&locked) + "+", 403, "<form method=\"post\">"),
        (path(&deleted), 410, "removed"),
        (path(&deleted) + "/more", 404, "no such link"),
        ("/no-such-link".into(), 404, "no such link"),
        ("/".into(), 200, "href=\"/dashboard/\""),
        ("/%ff".into(), 404, "no such link"),
        ("/robots.txt".into(), 200, "Disallow: /api/"),
        ("/Internal/v1/changes".into(), 404, "no such link"),
    ] {
        let answer = visit(&origin, &path).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(String::from_utf8_lossy(&answer.body).contains(says), "{path}: {answer:?}");
        assert_eq!(answer.header("retry-after"), "");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn plus_sign_shows_the_destination_without_a_click(database: PgPool) {
    let queue = Arc::new(RecordingQueue::default());
    let origin = Origin::builder(&database).click_queue(queue.clone()).start().await;
    let link = origin.create_link_with(json!({"url": "https://example.com/a", "forward_query": true})).await;
    let answer = visit(&origin, &format!("{}+?%3Cscript%3E", path(&link))).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"));
    let page = String::from_utf8_lossy(&answer.body);
    assert!(page.contains("<strong>https://example.com/a</strong>") && !page.contains("script"), "{page}");
    assert!(queue.0.lock().unwrap().is_empty());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn redirect_records_a_click_with_request_headers(database: PgPool) {
    let queue = Arc::new(RecordingQueue::default());
    let origin = Origin::builder(&database).click_queue(queue.clone()).start().await;
    let link = origin.create_link_with(json!({"url": "https://example.com/"})).await;
    let headers = [
        ("user-agent", "Mozilla/5.0"),
        ("referer", "https://me:secret@news.example/a?token=secret#part"),
        ("accept-language", "de-AT,en;q=0.5"),
        ("x-moz", "prefetch"),
        ("x-request-id", "an-id"),
        ("x-forwarded-for", "203.0.113.9"),
        ("cf-connecting-ip", "203.0.113.9"),
        ("cf-ipcountry", "DE"),
    ];
    visit_with(&origin, Method::HEAD, &path(&link), &headers).await;
    visit(&origin, &path(&link)).await;
    let batches = queue.0.lock().unwrap();
    let clicks: Vec<Value> = batches
        .iter()
        .flat_map(|batch| &batch.clicks)
        .map(|click| serde_json::to_value(click).unwrap())
        .collect();
    let id = &link["id"];
    let bare = json!({"time": 1_795_478_400_000_i64, "link": id, "status": 302, "tier": "origin", "domain": DOMAIN,
        "request_id": clicks[1]["request_id"]});
    let mut full = bare.clone();
    let sent = json!({"head": true, "request_id": "an-id", "user_agent": "Mozilla/5.0", "referrer": "https://news.example/a",
        "language": "de-AT", "purpose": "prefetch"});
    full.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
    assert_eq!(clicks, [full, bare]);
    assert_eq!(batches.iter().map(|batch| batch.head.produced).collect::<Vec<_>>(), [1, 2]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn click_records_the_destination_chosen_by_a_rule(database: PgPool) {
    let queue = Arc::new(RecordingQueue::default());
    let origin = Origin::builder(&database).click_queue(queue.clone()).start().await;
    let rules = json!([{"if": {"query": {"to": ["b"]}}, "url": "https://example.com/b"}]);
    let link = origin.create_link_with(json!({"url": "https://example.com/", "rules": rules})).await;
    for query in ["?to=b", "&to=b", ""] {
        visit(&origin, &format!("{}{query}", path(&link))).await;
    }
    let batches = queue.0.lock().unwrap();
    let chosen: Vec<_> =
        batches.iter().flat_map(|batch| &batch.clicks).map(|click| click.destination.clone()).collect();
    let by_rule = Some("https://example.com/b".to_owned());
    assert_eq!(chosen, [by_rule.clone(), by_rule, None]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unknown_name_is_an_orphan_visit_and_leads_to_the_fallback(database: PgPool) {
    let queue = Arc::new(RecordingQueue::default());
    let shipping = Origin::builder(&database).click_queue(queue.clone()).start().await;
    assert_eq!(visit(&shipping, "/no-such-link").await.status, 404);
    // Within a second there is no message for another orphan visit; the next click's batch includes it.
    assert_eq!(visit(&shipping, "/nor/this").await.status, 404);
    let link = shipping.create_link_with(json!({"url": "https://example.com/"})).await;
    visit(&shipping, &path(&link)).await;
    let names: Vec<Vec<String>> = {
        let batches = queue.0.lock().unwrap();
        let names = |batch: &ClickBatch| {
            batch.head.orphan_visits.names.iter().map(|orphan| orphan.name.clone()).collect()
        };
        batches.iter().map(names).collect()
    };
    assert_eq!(names, [[format!("{DOMAIN}/no-such-link")], [format!("{DOMAIN}/nor/this")]]);

    let fallback = [("FALLBACK_URL", "https://example.com/fallback")];
    let origin = Origin::builder(&database).config(&fallback).start().await;
    for path in ["/no-such-link", "/"] {
        let answer = visit(&origin, path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, fallback[0].1), "{path}");
    }
    assert_eq!(visit(&origin, "/rest/v3").await.status, 404);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn trailing_punctuation_is_removed(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com/", "forward_query": true})).await;
    for (appended, location) in [
        ("/", "https://example.com/"),
        (".", "https://example.com/"),
        ("%E2%80%9D%20", "https://example.com/"),
        ("&a=b", "https://example.com/?a=b"),
    ] {
        let answer = visit(&origin, &format!("{}{appended}", path(&link))).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, location), "{appended}");
    }
    assert_eq!(visit(&origin, &format!("{}x.", path(&link))).await.status, 404);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn post_is_only_redirected_with_307_or_308(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (status, answers) in [(301, 405), (302, 405), (307, 307), (308, 308)] {
        let link = origin.create_link_with(json!({"url": "https://example.com/", "status": status})).await;
        let answer = visit_with(&origin, Method::POST, &path(&link), &[]).await;
        assert_eq!(answer.status, answers);
        assert_eq!(answer.header("allow"), if answers == 405 { "GET, HEAD" } else { "" });
    }
    let locked = json!({"url": "https://example.com/", "status": 307, "password": "correct horse"});
    let locked = origin.create_link_with(locked).await;
    assert_eq!(visit_with(&origin, Method::POST, &path(&locked), &[]).await.status, 403);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn country_and_address_headers_are_ignored(database: PgPool) {
    let origin = Origin::start(&database).await;
    let url = "https://example.com/";
    let by_country = json!([{"if": {"country": ["DE"]}, "url": "https://example.com/de"}]);
    let by_country = origin.create_link_with(json!({"url": url, "rules": by_country})).await;
    let halves =
        json!([{"weight": 1, "url": "https://example.com/a"}, {"weight": 1, "url": "https://example.com/b"}]);
    let split = origin.create_link_with(json!({"url": url, "rules": [{"split": halves}]})).await;
    let first = visit(&origin, &path(&split)).await;
    for number in 0..20 {
        let address = format!("203.0.113.{number}");
        let forged = [
            ("x-forwarded-for", address.as_str()),
            ("cf-connecting-ip", &address),
            ("forwarded", &address),
            ("cf-ipcountry", "DE"),
            ("cloudfront-viewer-country", "DE"),
        ];
        let answer = visit_with(&origin, Method::GET, &path(&split), &forged).await;
        assert_eq!(answer.header("location"), first.header("location"));
        let answer = visit_with(&origin, Method::GET, &path(&by_country), &forged).await;
        assert_eq!(answer.header("location"), url);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_is_only_found_on_its_own_host(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com/"})).await;
    for (host, status) in [
        (DOMAIN, 302),
        ("GO.example.com.:443", 302),
        ("127.0.0.1:8080", 302),
        ("other.example", 404),
        ("192.0.2.1", 404),
        ("user@go.example.com", 404),
        ("", 404),
    ] {
        let answer = visit_with(&origin, Method::GET, &path(&link), &[("host", host)]).await;
        assert_eq!(answer.status, status, "{host}");
    }
    let absolute = format!("http://other.example{}", path(&link));
    assert_eq!(visit(&origin, &absolute).await.status, 404, "the header does not outrank the target");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn api_paths_are_never_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    for path in ["/api", "/api/v1", "/api/v1/nothing", "/internal/v1/changes", "/healthz/x", "//api/v1/links"]
    {
        visit(&origin, path).await.assert_problem(404, "not_found");
    }
    assert_eq!(visit_with(&origin, Method::OPTIONS, "/no-such-link", &[]).await.status, 405);
    assert_eq!(visit_with(&origin, Method::POST, "/no-such-link", &[]).await.status, 404);
    visit_with(&origin, Method::POST, "/healthz", &[]).await.assert_problem(405, "method_not_allowed");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn failover_origin_only_redirects(database: PgPool) {
    let api = Origin::start(&database).await;
    let link = api.create_link_with(json!({"url": "https://example.com/"})).await;
    let failover = [("FAILOVER_DOMAIN", "Go-Direct.example.com")];
    let origin = Origin::builder(&database).config(&failover).start().await;
    for (host, status) in [(DOMAIN, 302), ("go-direct.example.com", 302), ("other.example", 404)] {
        assert_eq!(visit_with(&origin, Method::GET, &path(&link), &[("host", host)]).await.status, status);
    }
    for path in ["/api/v1/links", "/api/docs", "/readyz"] {
        origin.get(path).await.assert_problem(404, "not_found");
    }
    origin.create("{}").await.assert_problem(404, "not_found");
    origin.resolve("0000000").await.assert_problem(404, "not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn redirect_without_database_answers_503(database: PgPool) {
    let (listener, unresponsive) = unresponsive_database();
    for links in [unreachable_database(), unresponsive] {
        let origin = Origin::builder(&database).links_at(links).links_pool(SHORT_TIMEOUT_POOL).start().await;
        let answer = visit(&origin, "/0000000").await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "5"));
        assert_eq!(visit(&origin, "/%20name").await.status, 404);
    }
    drop(listener);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn password_form_unlocks_a_link_for_its_cookie(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com/", "status": 307, "password": "open sesame"});
    let link = origin.create_link_with(body).await;
    let send = async |form: &str, accept: &str| {
        let request = Request::post(path(&link)).header("host", DOMAIN).header("accept", accept);
        origin.send(request.body(Body::from(form.to_owned())).unwrap()).await
    };
    for form in ["password=wrong", "pass=word", ""] {
        let answer = send(form, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (403, ""), "{form}");
    }
    let page = send("password=open+sesame", "text/html").await;
    assert_eq!((page.status.as_u16(), page.header("location")), (200, ""));
    let answer = send("password=open+sesame", "").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "https://example.com/"));
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let unlocked = visit_with(&origin, Method::GET, &path(&link), &[("cookie", &cookie)]).await;
    assert_eq!((unlocked.status.as_u16(), unlocked.header("location")), (307, "https://example.com/"));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn headers_beyond_ascii_and_dot_segments_are_read_like_the_edge(database: PgPool) {
    let queue = Arc::new(RecordingQueue::default());
    let origin = Origin::builder(&database).click_queue(queue.clone()).start().await;
    let url = "https://example.com/";
    let limited = origin.create_link_with(json!({"url": url, "max_clicks": 1})).await;
    let bot = HeaderValue::from_bytes("Slackbot-LinkExpanding 1.0 \u{e9}".as_bytes()).unwrap();
    let request = Request::get(path(&limited)).header("host", DOMAIN).header("user-agent", bot);
    assert_eq!(origin.send(request.body(Body::empty()).unwrap()).await.status, 200);
    assert_eq!(visit(&origin, &path(&limited)).await.status, 302);
    let forwarding = origin.create_link_with(json!({"url": url, "forward_path": true})).await;
    let answer = visit(&origin, &format!("{}/a/../b", path(&forwarding))).await;
    assert_eq!(answer.header("location"), "https://example.com/b");
    // The bare domain.
    assert_eq!(visit(&origin, &format!("{}/..", path(&forwarding))).await.status, 200);
}

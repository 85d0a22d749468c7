//! Tests of the gate of links with a maximum of clicks: concurrent or repeated visits at several origins never exceed it.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::future::join_all;
use link_core::redirect::gate::VisitToken;
use link_core::time::UnixMillis;
use origin_lambda::limits::MAX_CONCURRENT_BATCHES;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::task::{JoinHandle, yield_now};
use uuid::Uuid;

use crate::harness::{Answer, DOMAIN, EDGE_SECRET, Origin, link_path};

const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const PREVIEW_BOT: &str = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)";

fn token() -> VisitToken {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let random = *Uuid::new_v4().as_bytes().first_chunk().unwrap();
    VisitToken::new(UnixMillis(millis.try_into().unwrap()), random)
}

async fn limited(origin: &Origin, max_clicks: u32) -> Value {
    origin.create_link_with(json!({"url": "https://example.com/secret", "max_clicks": max_clicks})).await
}

async fn ask_as(origin: &Origin, link: &Value, visit: Value) -> Answer {
    let path = format!("/internal/v1/gates/{}", link["id"].as_str().unwrap());
    let request = Request::post(path)
        .header("x-shortline-edge-secret", EDGE_SECRET)
        .header("content-type", "application/json");
    origin.send(request.body(Body::from(visit.to_string())).unwrap()).await
}

/// The gate's answer to a person's visit.
async fn ask(origin: &Origin, link: &Value, token: VisitToken) -> String {
    let answer = ask_as(origin, link, json!({"token": token})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json().as_str().unwrap().to_owned()
}

async fn visit_gate(origin: &Origin, link: &Value) -> String {
    ask(origin, link, token()).await
}

async fn used(origin: &Origin, link: &Value) -> i64 {
    let query = sqlx::query_scalar("SELECT coalesce(max(used), 0) FROM link_gates WHERE link_id = $1::uuid");
    query.bind(link["id"].as_str().unwrap()).fetch_one(&origin.links).await.unwrap()
}

async fn set_human_total(origin: &Origin, link: &Value, human: i64) {
    let query = sqlx::query(
        "INSERT INTO link_totals (link_id, clicks, human, bot) VALUES ($1::uuid, $2, $2, 0)
         ON CONFLICT (link_id) DO UPDATE SET clicks = $2, human = $2",
    );
    query.bind(link["id"].as_str().unwrap()).bind(human).execute(&origin.links).await.unwrap();
}

async fn patch(origin: &Origin, link: &Value, body: Value) -> Value {
    let answer = origin.call(Method::PATCH, &link_path(link), body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn count(outcomes: &[String], outcome: &str) -> usize {
    outcomes.iter().filter(|one| *one == outcome).count()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_visits_on_two_origins_never_exceed_the_maximum(database: PgPool) {
    let origins = [Origin::start(&database).await, Origin::start(&database).await];
    let links = [limited(&origins[0], 1).await, limited(&origins[0], 7).await];
    let visits = (0..80).map(|number| {
        let (origin, link) = (origins[number % 2].clone(), links[number / 2 % 2].clone());
        tokio::spawn(async move { visit_gate(&origin, &link).await })
    });
    let mut outcomes = [Vec::new(), Vec::new()];
    for (number, visit) in join_all(visits).await.into_iter().enumerate() {
        outcomes[number / 2 % 2].push(visit.unwrap());
    }
    for ((outcomes, link), limit) in outcomes.iter().zip(&links).zip([1, 7]) {
        assert_eq!((count(outcomes, "granted"), count(outcomes, "exhausted")), (limit, 40 - limit));
        // The change is published like any other.
        let shown = origins[1].link(link).await;
        assert_eq!((&shown["state"], &shown["published_revision"]), (&json!("exhausted"), &Value::Null));
        assert!(shown["revision"].as_i64() > link["revision"].as_i64());
        let resolved = origins[0].resolve(link["code"].as_str().unwrap()).await.json();
        assert_eq!(resolved["record"]["state"], "exhausted");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn repeated_gate_request_is_the_same_visit(database: PgPool) {
    let origins = [Origin::start(&database).await, Origin::start(&database).await];
    let link = limited(&origins[0], 3).await;
    let other = limited(&origins[0], 1).await;
    let tokens = [token(), token(), token()];
    let calls = (0..36).map(|number| {
        let (origin, link) = (origins[number % 2].clone(), link.clone());
        tokio::spawn(async move { ask(&origin, &link, tokens[number % 3]).await })
    });
    for call in join_all(calls).await {
        assert_eq!(call.unwrap(), "granted");
    }
    assert_eq!(used(&origins[0], &link).await, 3);
    // A token is valid after the link is exhausted, and only for its own link.
    assert_eq!(visit_gate(&origins[0], &link).await, "exhausted");
    assert_eq!(ask(&origins[0], &link, tokens[0]).await, "granted");
    assert_eq!(visit_gate(&origins[0], &other).await, "granted");
    assert_eq!(ask(&origins[0], &other, tokens[0]).await, "exhausted");
}

/// Visits in one batch, which forms while the maximum of concurrent batches waits for the gate.
async fn visit_gate_batched(origin: &Origin, first: &Value, visits: &[(&Value, VisitToken)]) -> Vec<String> {
    assert_eq!(visit_gate(origin, first).await, "granted");
    let mut lock = origin.links.begin().await.unwrap();
    sqlx::query("SELECT FROM link_gates FOR UPDATE").execute(&mut *lock).await.unwrap();
    let begin = |link: &Value, token| -> JoinHandle<String> {
        let (origin, link) = (origin.clone(), link.clone());
        tokio::spawn(async move { ask(&origin, &link, token).await })
    };
    let mut in_progress = Vec::new();
    for number in 1..=MAX_CONCURRENT_BATCHES {
        in_progress.push(begin(first, token()));
        origin.wait_for_blocked_statements(number.try_into().unwrap(), || false).await;
    }
    let visits: Vec<_> = visits.iter().map(|(link, token)| begin(link, *token)).collect();
    yield_now().await;
    lock.rollback().await.unwrap();
    for visit in in_progress {
        assert_eq!(visit.await.unwrap(), "granted");
    }
    join_all(visits).await.into_iter().map(Result::unwrap).collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn batched_visits_have_their_own_outcomes(database: PgPool) {
    let origin = Origin::start(&database).await;
    let first = limited(&origin, 100).await;
    let (two, one) = (limited(&origin, 2).await, limited(&origin, 1).await);
    let gone = limited(&origin, 1).await;
    let open = origin.create_link_with(json!({"url": "https://example.com/"})).await;
    origin.call(Method::DELETE, &link_path(&gone), Value::Null).await;
    let (again, last) = (token(), token());
    let visits = [
        (&two, again),
        (&one, token()),
        (&gone, token()),
        (&two, again),
        (&open, token()),
        (&two, last),
        (&one, token()),
        (&two, token()),
    ];
    let outcomes = visit_gate_batched(&origin, &first, &visits).await;
    assert_eq!(
        outcomes,
        ["granted", "granted", "withdrawn", "granted", "granted", "granted", "exhausted", "exhausted"]
    );
    assert_eq!((used(&origin, &two).await, used(&origin, &one).await), (2, 1));
    assert_eq!(ask(&origin, &two, last).await, "granted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bots_use_no_click(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 1).await;
    for (visitor, outcome) in [
        (json!({"head": true}), "machine"),
        (json!({"purpose": "prefetch"}), "prefetch"),
        (json!({"purpose": "preview"}), "machine"),
        (json!({"user_agent": GOOGLEBOT}), "machine"),
        (json!({"user_agent": PREVIEW_BOT}), "machine"),
        (json!({"user_agent": "curl/8.5.0"}), "machine"),
        // May be a person using a VPN.
        (json!({"user_agent": "Mozilla/5.0", "asn": 16_509}), "granted"),
        (json!({"user_agent": GOOGLEBOT}), "machine"),
        (json!({}), "exhausted"),
    ] {
        let mut visit = visitor.clone();
        visit["token"] = json!(token());
        assert_eq!(ask_as(&origin, &link, visit).await.json(), outcome, "{visitor}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn previews_of_a_link_with_its_own_are_named_and_uncounted(database: PgPool) {
    let origin = Origin::start(&database).await;
    let preview = json!({"title": "Own"});
    let body = json!({"url": "https://example.com/secret", "max_clicks": 1, "preview": preview});
    let limited = origin.create_link_with(body).await;
    let open = origin.create_link_with(json!({"url": "https://example.com/", "preview": preview})).await;
    let own = |uncounted: bool, visitor: Value| {
        let mut visit = visitor;
        visit["token"] = json!(token());
        visit["own_preview"] = json!(true);
        visit["uncounted"] = json!(uncounted);
        visit
    };
    for (visitor, counted, uncounted) in [
        (json!({"user_agent": PREVIEW_BOT}), "preview", "preview"),
        (json!({"purpose": "preview"}), "preview", "preview"),
        (json!({"user_agent": PREVIEW_BOT, "head": true}), "machine", "granted"),
        (json!({"user_agent": GOOGLEBOT}), "machine", "granted"),
        (json!({"user_agent": "Mozilla/5.0"}), "granted", "granted"),
    ] {
        assert_eq!(ask_as(&origin, &limited, own(false, visitor.clone())).await.json(), counted, "{visitor}");
        assert_eq!(ask_as(&origin, &open, own(true, visitor.clone())).await.json(), uncounted, "{visitor}");
    }
    assert_eq!((used(&origin, &limited).await, used(&origin, &open).await), (1, 0));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn only_the_edge_may_ask_the_gate(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 1).await;
    let path = format!("/internal/v1/gates/{}", link["id"].as_str().unwrap());
    let visit = json!({"token": token()});
    origin.call(Method::POST, &path, visit.clone()).await.assert_problem(404, "not_found");
    ask_as(&origin, &link, json!({})).await.assert_problem(422, "invalid_body");
    let unknown = json!({"id": Uuid::nil()});
    assert_eq!(ask_as(&origin, &unknown, visit).await.json(), "withdrawn");
    assert_eq!(used(&origin, &link).await, 0);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn gate_of_a_disabled_or_deleted_link_grants_nothing(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 2).await;
    patch(&origin, &link, json!({"state": "disabled"})).await;
    assert_eq!(visit_gate(&origin, &link).await, "withdrawn");
    patch(&origin, &link, json!({"state": "active"})).await;
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    origin.call(Method::DELETE, &link_path(&link), Value::Null).await;
    assert_eq!(visit_gate(&origin, &link).await, "withdrawn");
    let gates: i64 =
        sqlx::query_scalar("SELECT count(*) FROM link_gates").fetch_one(&origin.links).await.unwrap();
    assert_eq!(gates, 0);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn changed_maximum_keeps_used_clicks(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 2).await;
    for outcome in ["granted", "granted", "exhausted"] {
        assert_eq!(visit_gate(&origin, &link).await, outcome);
    }
    // Only the gate counts, whatever the consumer's total is.
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 3})).await["state"], "active");
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 1})).await["state"], "exhausted");
    assert_eq!(patch(&origin, &link, json!({"max_clicks": null})).await["state"], "active");
    let resolved = origin.resolve(link["code"].as_str().unwrap()).await.json();
    assert_eq!((&resolved["record"]["gated"], &resolved["record"]["limited"]), (&Value::Null, &Value::Null));
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 3})).await["state"], "exhausted");
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 4})).await["state"], "active");
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn clicks_before_the_gate_count(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com/"})).await;
    set_human_total(&origin, &link, 5).await;
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 8})).await["state"], "active");
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    // The last clicks before the gate arrive late.
    set_human_total(&origin, &link, 7).await;
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
    // Once they must have arrived, only granted visits count.
    sqlx::query("UPDATE link_gates SET alone_from = now()").execute(&origin.links).await.unwrap();
    set_human_total(&origin, &link, 500).await;
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 9})).await["state"], "active");
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn erasing_clicks_resets_the_gate(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 1).await;
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
    let answer =
        origin.call_through_edge(Method::DELETE, &format!("{}/clicks", link_path(&link)), Value::Null).await;
    let (client, edge) = answer.parts();
    assert_eq!(client, json!({"clicks": 0}));
    let change = &edge["changes"][0];
    assert_eq!((&change["code"], &change["record"]["state"]), (&link["code"], &Value::Null), "{edge}");
    assert_eq!(change["revision"], origin.link(&link).await["revision"]);
    assert_eq!(origin.link(&link).await["state"], "active");
    // Clicks before the erasure may be counted late.
    set_human_total(&origin, &link, 1).await;
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn large_maximum_is_gated_when_a_tenth_is_left(database: PgPool) {
    let origin = Origin::start(&database).await;
    for (max_clicks, human, gated) in [
        (100_000, 0, true),
        (100_001, 0, false),
        (100_001, 1, true),
        (10_000_000, 8_999_999, false),
        (10_000_000, 9_000_000, true),
    ] {
        let link = origin.create_link_with(json!({"url": "https://example.com/"})).await;
        set_human_total(&origin, &link, human).await;
        patch(&origin, &link, json!({"max_clicks": max_clicks})).await;
        let record = origin.resolve(link["code"].as_str().unwrap()).await.json()["record"].clone();
        let (is_gated, is_limited) = (record["gated"] == true, record["limited"] == true);
        assert_eq!((is_gated, is_limited), (gated, !gated), "{max_clicks} {human}");
        // The gate counts a visit even if the link is not gated any more when it asks.
        assert_eq!(visit_gate(&origin, &link).await, "granted");
        assert_eq!(used(&origin, &link).await, human + 1);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn old_tokens_are_deleted(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 10).await;
    sqlx::query(
        "INSERT INTO gate_tokens SELECT uuidv7(interval '-61 minutes'), id FROM links, generate_series(1, 5)",
    )
    .execute(&origin.links)
    .await
    .unwrap();
    for left in [4, 3, 3, 4] {
        assert_eq!(visit_gate(&origin, &link).await, "granted");
        let tokens: i64 =
            sqlx::query_scalar("SELECT count(*) FROM gate_tokens").fetch_one(&origin.links).await.unwrap();
        assert_eq!(tokens, left);
    }
}

async fn visit(
    origin: &Origin,
    link: &Value,
    method: Method,
    suffix: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let path = format!("/{}{suffix}", link["code"].as_str().unwrap());
    let request = Request::builder().method(method).uri(path).header("host", DOMAIN);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    origin.send(request.body(Body::empty()).unwrap()).await
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn direct_visits_use_the_same_gate(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 7).await;
    for (method, suffix, headers, status) in [
        (Method::HEAD, "", vec![], 200),
        (Method::GET, "+", vec![], 200),
        (Method::GET, "", vec![("user-agent", GOOGLEBOT)], 200),
        (Method::GET, "", vec![("sec-purpose", "prefetch;prerender")], 403),
        (Method::GET, "/more", vec![], 404),
    ] {
        let answer = visit(&origin, &link, method, suffix, &headers).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (status, ""), "{headers:?}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "{answer:?}");
    }
    assert_eq!(used(&origin, &link).await, 0);
    let visits = (0..40).map(|_| {
        let (origin, link) = (origin.clone(), link.clone());
        tokio::spawn(async move { visit(&origin, &link, Method::GET, "", &[]).await.status.as_u16() })
    });
    let mut statuses: Vec<_> = join_all(visits).await.into_iter().map(Result::unwrap).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![302; 7], vec![410; 33]].concat());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn clicks_before_a_maximum_count_without_visits(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 5).await;
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    patch(&origin, &link, json!({"max_clicks": null})).await;
    set_human_total(&origin, &link, 33).await;
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 35})).await["state"], "active");
    // Nobody visits the link until its late clicks have arrived.
    sqlx::query("UPDATE link_gates SET alone_from = now()").execute(&origin.links).await.unwrap();
    for outcome in ["granted", "granted", "exhausted"] {
        assert_eq!(visit_gate(&origin, &link).await, outcome);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn visits_to_the_expired_url_use_no_click(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body =
        json!({"url": "https://example.com/", "max_clicks": 1, "expired_url": "https://example.com/gone"});
    let link = origin.create_link_with(body).await;
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
    set_human_total(&origin, &link, 6).await;
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 2})).await["state"], "active");
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn erasing_clicks_without_a_maximum_resets_the_gate(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 1).await;
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    patch(&origin, &link, json!({"max_clicks": null})).await;
    origin.call_through_edge(Method::DELETE, &format!("{}/clicks", link_path(&link)), Value::Null).await;
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 1})).await["state"], "active");
    assert_eq!(visit_gate(&origin, &link).await, "granted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn unfollowed_link_is_not_exhausted_by_its_total(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 5).await;
    // Visits that were sent to an `expired_url`.
    set_human_total(&origin, &link, 6).await;
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 1})).await["state"], "active");
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn lowered_large_maximum_keeps_its_clicks(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = limited(&origin, 150_000).await;
    set_human_total(&origin, &link, 60_000).await;
    // As the consumer does when little is left; nobody visits the link before it changes.
    sqlx::query("UPDATE links SET gated_at = now()").execute(&origin.links).await.unwrap();
    assert_eq!(patch(&origin, &link, json!({"max_clicks": 60_001})).await["state"], "active");
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn maximum_set_by_the_previous_release_counts_earlier_clicks(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com/"})).await;
    set_human_total(&origin, &link, 5).await;
    sqlx::query("UPDATE links SET max_clicks = 6").execute(&origin.links).await.unwrap();
    sqlx::query("UPDATE link_gates SET alone_from = now()").execute(&origin.links).await.unwrap();
    assert_eq!(visit_gate(&origin, &link).await, "granted");
    assert_eq!(visit_gate(&origin, &link).await, "exhausted");
}

//! Tests of the events of webhooks: which are written, what they say, and how they reach a sender.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use link_core::time::UnixMillis;
use link_core::webhooks::{Delivery, DeliveryList, LEASE_ROUTE, OUTCOMES_ROUTE, Outcome, OutcomeList, Reply};
use serde_json::{Value, json};
use sqlx::PgPool;
use standardwebhooks::Webhook;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::harness::{Answer, DOMAIN, EDGE_SECRET, NOW, Origin, link_path};
use crate::webhooks::{create_webhook, path};

async fn call_as_edge(origin: &Origin, path: &str, body: String) -> Answer {
    let request = Request::post(path)
        .header("x-shortline-edge-secret", EDGE_SECRET)
        .header("content-type", "application/json");
    origin.send(request.body(Body::from(body)).unwrap()).await
}

async fn lease(origin: &Origin) -> Vec<Delivery> {
    let answer = call_as_edge(origin, LEASE_ROUTE, String::new()).await;
    serde_json::from_slice::<DeliveryList>(&answer.body).unwrap().deliveries
}

async fn report(origin: &Origin, deliveries: &[Delivery], reply: Reply) {
    let outcomes = deliveries.iter().map(|delivery| outcome(delivery, reply)).collect();
    report_all(origin, outcomes).await;
}

fn outcome(delivery: &Delivery, reply: Reply) -> Outcome {
    Outcome { message: delivery.message, lease: delivery.lease, reply, retry_after_seconds: None }
}

async fn report_all(origin: &Origin, outcomes: Vec<Outcome>) {
    let body = serde_json::to_string(&OutcomeList { outcomes }).unwrap();
    assert_eq!(call_as_edge(origin, OUTCOMES_ROUTE, body).await.status, 204);
}

async fn at(database: &PgPool, millis: i64) -> Origin {
    Origin::builder(database).at(NOW.plus_millis(millis)).start().await
}

fn body(delivery: &Delivery) -> Value {
    serde_json::from_str(&delivery.body).unwrap()
}

fn kinds(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| body(delivery)["type"].as_str().unwrap().to_owned()).collect()
}

fn header(delivery: &Delivery, name: &str) -> String {
    delivery.headers.iter().find(|(known, _)| known == name).unwrap().1.clone()
}

async fn listening_to(origin: &Origin, events: &[&str]) -> Value {
    create_webhook(origin, json!({"url": "https://receiver.example/hooks", "events": events})).await
}

async fn pending(origin: &Origin) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM webhook_messages WHERE state = 'pending'")
        .fetch_one(&origin.links)
        .await
        .unwrap()
}

/// Without what differs in every run.
fn stable(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match name.as_str() {
                    "id" | "link_id" | "timestamp" | "created_at" | "updated_at" | "revision" => {
                        *value = json!("…");
                    }
                    "link_ids" => *value = json!(["…", value.as_array().unwrap().len()]),
                    _ => stable(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(stable),
        _ => {}
    }
}

const ALL: [&str; 10] = [
    "link.created",
    "link.updated",
    "link.deleted",
    "link.expired",
    "link.exhausted",
    "link.blocked",
    "domain.created",
    "domain.updated",
    "domain.deleted",
    "clicks.batch",
];

#[sqlx::test(migrator = "crate::LINKS")]
async fn attempts_are_counted_by_outcome(database: PgPool) {
    let origin = Origin::start(&database).await;
    listening_to(&origin, &["link.created"]).await;
    for reply in [Reply::Timeout, Reply::Status(410)] {
        origin.create_link("https://example.com/").await;
        report(&origin, &lease(&origin).await, reply).await;
    }
    let metrics = origin.metrics().await;
    for line in [
        "shortline_webhook_attempts_total{outcome=\"postponed\"} 1",
        "shortline_webhook_attempts_total{outcome=\"given_up\"} 1",
    ] {
        assert!(metrics.lines().any(|known| known == line), "{line} is not in\n{metrics}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn every_event_keeps_its_form(database: PgPool) {
    let origin = Origin::start(&database).await;
    listening_to(&origin, &ALL).await;
    // Begins to look for links that expire, and for clicks.
    assert_eq!(lease(&origin).await, []);
    let link = origin
        .create_link_with(json!({
            "url": "https://example.com/spring?a=1", "alias": "spring", "title": "Spring", "tags": ["spring"], "notes": "internal",
            "password": "hidden-from-all", "max_clicks": 1, "expires_at": "2026-11-24T01:00:00Z", "external_id": "42",
        }))
        .await;
    let change = json!({"title": "Spring sale", "password": "another-secret"});
    origin.call(Method::PATCH, &link_path(&link), change).await;
    sqlx::query("UPDATE links SET exhausted = true, revision = DEFAULT")
        .execute(&origin.links)
        .await
        .unwrap();
    origin.call(Method::POST, "/api/v1/blocked-hosts", json!({"host": "example.com"})).await;
    origin.call(Method::DELETE, "/api/v1/blocked-hosts/example.com", Value::Null).await;
    sqlx::query("INSERT INTO click_outbox (link_id, class, clicks) VALUES ($1, 'human', 3), ($1, 'bot', 2), ($1, 'human', 1)")
        .bind(link["id"].as_str().unwrap().parse::<Uuid>().unwrap())
        .execute(&origin.analytics)
        .await
        .unwrap();
    let later = at(&database, 2 * 3_600_000).await;
    let mut messages = Vec::new();
    let mut collect = async |origin: &Origin| loop {
        let leased = lease(origin).await;
        if leased.is_empty() {
            break;
        }
        report(origin, &leased, Reply::Status(200)).await;
        messages.extend(leased);
    };
    collect(&later).await;
    origin.call(Method::DELETE, &link_path(&link), Value::Null).await;
    origin.call(Method::POST, "/api/v1/domains", json!({"host": "brand.example"})).await;
    origin.call(Method::PATCH, "/api/v1/domains/brand.example", json!({"name": "Brand"})).await;
    origin.call(Method::DELETE, "/api/v1/domains/brand.example", Value::Null).await;
    let bulk = json!({"links": [{"url": "https://a.example/"}, {"url": "https://b.example/"}]});
    origin.call(Method::POST, "/api/v1/links/bulk", bulk).await;
    collect(&later).await;
    let seen: BTreeSet<String> = kinds(&messages).into_iter().collect();
    assert_eq!(seen, ALL.map(str::to_owned).into_iter().collect());
    for delivery in &messages {
        assert!(!delivery.body.contains("hidden") && !delivery.body.contains("secret"), "{}", delivery.body);
        assert!(
            !delivery.body.contains("internal") && !delivery.body.contains("argon2"),
            "{}",
            delivery.body
        );
    }
    let mut bodies: Vec<Value> = messages.iter().map(body).collect();
    bodies.iter_mut().for_each(stable);
    bodies.sort_by_key(|body| (body["type"].as_str().unwrap().to_owned(), body.to_string()));
    insta::assert_json_snapshot!(bodies);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn nothing_is_written_that_no_endpoint_wants(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.create_link("https://example.com/").await;
    for filter in [
        json!({"events": ["link.deleted", "domain.created"]}),
        json!({"events": ["link.created"], "domains": ["brand.example"]}),
        json!({"events": ["link.created"], "tags": ["winter"]}),
        json!({"events": ["link.created"], "enabled": false}),
    ] {
        let mut filter = filter;
        filter["url"] = json!("https://receiver.example/");
        create_webhook(&origin, filter).await;
    }
    origin.create_link_with(json!({"url": "https://example.com/", "tags": ["spring"]})).await;
    assert_eq!(pending(&origin).await, 0);
    origin.create_link_with(json!({"url": "https://example.com/", "tags": ["autumn", "winter"]})).await;
    assert_eq!(pending(&origin).await, 1);
    // What was refused or changed nothing is no event.
    listening_to(&origin, &["link.created", "link.updated"]).await;
    let link = origin.create_link_with(json!({"url": "https://example.com/", "alias": "taken"})).await;
    assert_eq!(pending(&origin).await, 2);
    let again = json!({"url": "https://example.com/", "alias": "taken"});
    assert_eq!(origin.call(Method::POST, "/api/v1/links", again).await.status, 409);
    origin.call(Method::PATCH, &link_path(&link), json!({"url": "https://example.com/"})).await;
    sqlx::query("UPDATE links SET gated_at = now(), revision = DEFAULT")
        .execute(&origin.links)
        .await
        .unwrap();
    assert_eq!(pending(&origin).await, 2);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn signature_verifies_with_the_reference_library(database: PgPool) {
    let now = UnixMillis::from(OffsetDateTime::now_utc());
    let origin = Origin::builder(&database).at(now).start().await;
    let webhook = listening_to(&origin, &["link.created"]).await;
    let test = origin.call(Method::POST, &path(&webhook, "/test"), Value::Null).await;
    assert_eq!(test.status, 202, "{test:?}");
    origin.create_link("https://example.com/").await;
    let verify = |secret: &Value, delivery: &Delivery| {
        let headers: HeaderMap = delivery
            .headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        Webhook::new(secret.as_str().unwrap()).unwrap().verify(delivery.body.as_bytes(), &headers)
    };
    let leased = lease(&origin).await;
    assert_eq!(kinds(&leased), ["webhook.test", "link.created"]);
    for delivery in &leased {
        assert_eq!(delivery.url, "https://receiver.example/hooks");
        assert!(verify(&webhook["secret"], delivery).is_ok(), "{delivery:?}");
        let mut forged = delivery.clone();
        forged.body.push(' ');
        assert!(verify(&webhook["secret"], &forged).is_err());
    }
    report(&origin, &leased, Reply::Status(204)).await;

    // During a rotation both secrets verify; after it only the new one.
    let rotate = path(&webhook, "/rotate");
    let rotated = origin.call(Method::POST, &rotate, json!({"grace_seconds": 60})).await.json();
    origin.create_link("https://example.com/").await;
    let during = lease(&origin).await;
    assert!(verify(&webhook["secret"], &during[0]).is_ok() && verify(&rotated["secret"], &during[0]).is_ok());
    report(&origin, &during, Reply::Status(200)).await;
    let after = Origin::builder(&database).at(now.plus_millis(60_000)).start().await;
    after.create_link("https://example.com/").await;
    let after = lease(&after).await;
    assert!(verify(&webhook["secret"], &after[0]).is_err() && verify(&rotated["secret"], &after[0]).is_ok());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bulk_makes_one_event_and_concurrent_creates_one_each(database: PgPool) {
    let origin = Origin::start(&database).await;
    listening_to(&origin, &["link.created"]).await;
    let tagged = json!({"url": "https://receiver.example/", "events": ["link.created"], "tags": ["spring"]});
    create_webhook(&origin, tagged).await;
    let links: Vec<_> = (0..300)
        .map(|n| json!({"url": format!("https://example.com/{n}"), "tags": if n < 2 { json!(["spring"]) } else { json!([]) }}))
        .collect();
    let answer = origin.call(Method::POST, "/api/v1/links/bulk", json!({"links": links})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let leased = lease(&origin).await;
    let mut data: Vec<Value> = leased.iter().map(|delivery| body(delivery)["data"].clone()).collect();
    data.sort_by_key(|data| data["count"].as_i64());
    assert_eq!(data.len(), 2, "{data:?}");
    assert_eq!((&data[0]["count"], &data[0]["truncated"]), (&json!(2), &json!(false)));
    assert_eq!((&data[1]["count"], &data[1]["truncated"]), (&json!(300), &json!(true)));
    assert_eq!(data[1]["link_ids"].as_array().unwrap().len(), 200);
    report(&origin, &leased, Reply::Status(200)).await;

    let creates: Vec<_> = (0..20)
        .map(|_| {
            let origin = origin.clone();
            tokio::spawn(async move { origin.create_link("https://example.com/").await })
        })
        .collect();
    for create in creates {
        create.await.unwrap();
    }
    assert_eq!(pending(&origin).await, 20);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn message_of_a_sender_that_died_is_sent_again(database: PgPool) {
    let origin = Origin::start(&database).await;
    listening_to(&origin, &["link.created"]).await;
    origin.create_link("https://example.com/").await;
    let first = lease(&origin).await;
    assert_eq!(first.len(), 1);
    assert_eq!(lease(&at(&database, 59_999).await).await, []);
    let again = at(&database, 60_000).await;
    let second = lease(&again).await;
    assert_eq!(header(&second[0], "webhook-id"), header(&first[0], "webhook-id"));
    assert_eq!(second[0].body, first[0].body);
    assert_ne!(header(&second[0], "webhook-timestamp"), header(&first[0], "webhook-timestamp"));
    // What the first sender says now counts no more.
    report(&again, &first, Reply::Status(500)).await;
    report(&again, &second, Reply::Status(200)).await;
    assert_eq!(pending(&again).await, 0);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn two_senders_never_have_the_same_message(database: PgPool) {
    let origin = Origin::start(&database).await;
    for _ in 0..5 {
        listening_to(&origin, &["link.created"]).await;
    }
    for _ in 0..12 {
        origin.create_link("https://example.com/").await;
    }
    let mut senders = Vec::new();
    for _ in 0..8 {
        let sender = Origin::start(&database).await;
        senders.push(tokio::spawn(async move { lease(&sender).await }));
    }
    let mut leased = Vec::new();
    for sender in senders {
        leased.extend(sender.await.unwrap());
    }
    let distinct: BTreeSet<Uuid> = leased.iter().map(|delivery| delivery.message).collect();
    assert!(!leased.is_empty() && distinct.len() == leased.len(), "{} of {}", distinct.len(), leased.len());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn later_event_of_a_link_waits_and_other_links_go_on(database: PgPool) {
    let origin = Origin::start(&database).await;
    let webhook = listening_to(&origin, &["link.created", "link.updated", "link.deleted"]).await;
    let slow = origin.create_link("https://slow.example/").await;
    let first = lease(&origin).await;
    assert_eq!(kinds(&first), ["link.created"]);
    origin.call(Method::PATCH, &link_path(&slow), json!({"title": "a"})).await;
    origin.create_link("https://other.example/").await;
    assert_eq!(kinds(&lease(&origin).await), ["link.created"]);
    // The first one fails; its link still waits, until that attempt succeeds.
    report(&origin, &first, Reply::Status(500)).await;
    assert_eq!(lease(&origin).await, []);
    let retry = at(&database, 5_500).await;
    let first = lease(&retry).await;
    assert_eq!(kinds(&first), ["link.created"]);
    report(&retry, &first, Reply::Status(200)).await;
    let second = lease(&retry).await;
    assert_eq!(kinds(&second), ["link.updated"]);
    assert_eq!(body(&second[0])["data"]["changed"], json!(["title"]));
    assert_eq!(origin.get(&path(&webhook, "")).await.json()["state"], "active");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn failures_are_tried_ten_times_and_shown(database: PgPool) {
    let origin = Origin::start(&database).await;
    let webhook = listening_to(&origin, &["link.created"]).await;
    origin.create_link("https://example.com/").await;
    let mut moment = 0;
    for attempt in 1..=10 {
        let origin = at(&database, moment).await;
        let leased = lease(&origin).await;
        assert_eq!(leased.len(), 1, "attempt {attempt}");
        report(&origin, &leased, if attempt == 1 { Reply::Timeout } else { Reply::Status(302) }).await;
        moment += 30 * 3_600_000;
    }
    let end = at(&database, moment).await;
    assert_eq!(lease(&end).await, []);
    let shown = origin.get(&path(&webhook, "")).await.json();
    assert_eq!(
        (&shown["state"], &shown["failing_since"]),
        (&json!("failing"), &json!("2026-11-24T00:00:00.000Z"))
    );
    assert_eq!(shown["reason"], "status 302: redirects are not followed");
    let log = origin.get(&path(&webhook, "/deliveries?state=failed")).await.json();
    assert_eq!((&log["data"][0]["attempts"], &log["data"][0]["last_status"]), (&json!(10), &json!(302)));

    // Sent again with the same id, and it counts as a success.
    let replay = json!({"from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"});
    let replayed = origin.call(Method::POST, &path(&webhook, "/deliveries/replay"), replay).await.json();
    assert_eq!(replayed, json!({"replayed": 1, "more": false}));
    let again = lease(&end).await;
    assert_eq!(header(&again[0], "webhook-id"), log["data"][0]["webhook_id"].as_str().unwrap());
    report(&end, &again, Reply::Status(200)).await;
    let shown = origin.get(&path(&webhook, "")).await.json();
    assert_eq!((&shown["state"], &shown["failing_since"]), (&json!("active"), &Value::Null));
    // One that was delivered is sent again if it is named.
    let ids = json!({"ids": [log["data"][0]["id"]]});
    let replayed = origin.call(Method::POST, &path(&webhook, "/deliveries/replay"), ids).await.json();
    assert_eq!(replayed["replayed"], 1);
    assert_eq!(lease(&end).await.len(), 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn receiver_may_ask_for_more_time(database: PgPool) {
    let origin = Origin::start(&database).await;
    listening_to(&origin, &["link.created"]).await;
    origin.create_link("https://example.com/").await;
    let leased = lease(&origin).await;
    let busy = Outcome { retry_after_seconds: Some(120), ..outcome(&leased[0], Reply::Status(429)) };
    report_all(&origin, vec![busy]).await;
    assert_eq!(lease(&at(&database, 119_999).await).await, []);
    assert_eq!(lease(&at(&database, 120_000).await).await.len(), 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn gone_receiver_gets_nothing_until_it_is_enabled(database: PgPool) {
    let origin = Origin::start(&database).await;
    let webhook = listening_to(&origin, &["link.created"]).await;
    origin.create_link("https://a.example/").await;
    origin.create_link("https://b.example/").await;
    let leased = lease(&origin).await;
    report(&origin, &leased[..1], Reply::Status(410)).await;
    report(&origin, &leased[1..], Reply::Status(500)).await;
    origin.create_link("https://c.example/").await;
    let later = at(&database, 86_400_000).await;
    assert_eq!(lease(&later).await, []);
    let shown = origin.get(&path(&webhook, "")).await.json();
    assert_eq!(
        (&shown["state"], &shown["reason"]),
        (&json!("disabled"), &json!("the receiver answered 410 Gone"))
    );
    origin.call(Method::PATCH, &path(&webhook, ""), json!({"enabled": true})).await;
    assert_eq!(lease(&later).await.len(), 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn clicks_are_told_once_though_a_call_was_cut_off(database: PgPool) {
    let origin = Origin::start(&database).await;
    listening_to(&origin, &["clicks.batch"]).await;
    let tagged = json!({"url": "https://tagged.example/", "events": ["clicks.batch"], "tags": ["spring"]});
    create_webhook(&origin, tagged).await;
    assert_eq!(lease(&origin).await, []);
    let link = origin.create_link_with(json!({"url": "https://example.com/", "tags": ["spring"]})).await;
    let insert = "INSERT INTO click_outbox (link_id, class, clicks, message) VALUES ($1, 'human', 3, $2)";
    let sum = async |link: Uuid, message: Option<Uuid>| {
        sqlx::query(insert).bind(link).bind(message).execute(&origin.analytics).await.unwrap();
    };
    sum(link["id"].as_str().unwrap().parse().unwrap(), None).await;
    sum(Uuid::from_u128(7), None).await;
    // Not before ten seconds have passed.
    assert_eq!(lease(&at(&database, 9_999).await).await, []);
    let later = at(&database, 10_000).await;
    let mut clicks: Vec<_> =
        lease(&later).await.iter().map(|delivery| body(delivery)["data"]["clicks"].clone()).collect();
    clicks.sort_by_key(Value::as_i64);
    assert_eq!(clicks, [json!(3), json!(6)]);
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM click_outbox").fetch_one(&origin.analytics).await.unwrap();
    assert_eq!(left, 0);
    // The message was written, but not yet deleted where it came from.
    let source: Uuid = sqlx::query_scalar("SELECT source FROM webhook_messages LIMIT 1")
        .fetch_one(&origin.links)
        .await
        .unwrap();
    sum(Uuid::from_u128(7), Some(source)).await;
    assert_eq!(lease(&at(&database, 20_000).await).await, []);
    let messages: i64 =
        sqlx::query_scalar("SELECT count(*) FROM webhook_messages").fetch_one(&origin.links).await.unwrap();
    assert_eq!(messages, 2);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn answer_to_a_write_says_that_webhooks_are_due(database: PgPool) {
    let origin = Origin::start(&database).await;
    let create = async || {
        let link = json!({"url": "https://example.com/"});
        let answer = origin.call_through_edge(Method::POST, "/api/v1/links", link).await;
        answer.header("x-shortline-webhooks").to_owned()
    };
    assert_eq!(create().await, "");
    listening_to(&origin, &["link.created"]).await;
    assert_eq!(create().await, "due");
    let direct = origin.create("{\"url\": \"https://example.com/\"}").await;
    assert_eq!(direct.header("x-shortline-webhooks"), "");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn body_of_the_longest_link_stays_small(database: PgPool) {
    let origin = Origin::start(&database).await;
    listening_to(&origin, &["link.created", "link.updated"]).await;
    let tags: Vec<_> = (0..50).map(|n| format!("{n:02}{}", "😀".repeat(62))).collect();
    let link = json!({
        "url": format!("https://example.com/?{}", "\\".repeat(8_100)), "title": "\"".repeat(200), "tags": tags,
        "notes": "😀".repeat(4_000), "external_id": "😀".repeat(255), "alias": "ü".repeat(128),
    });
    let link = origin.create_link_with(link).await;
    origin
        .call(
            Method::PATCH,
            &link_path(&link),
            json!({"title": "\\".repeat(200), "notes": null, "tags": ["a"]}),
        )
        .await;
    for _ in 0..2 {
        let leased = lease(&origin).await;
        assert_eq!(leased.len(), 1);
        assert!(leased[0].body.len() < 20_000, "{}", leased[0].body.len());
        report(&origin, &leased, Reply::Status(200)).await;
    }
    assert_eq!(link["domain"], DOMAIN);
}

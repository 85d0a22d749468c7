//! Tests of what an import brings of its links' past: visits as batches, and counts by day.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};
use link_core::clicks::batch::{CacheTier, Click, ClickBatch};
use link_core::clicks::buffer::SealedBatch;
use origin_lambda::redirect::shipping::{ClickQueue, QueueError};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Answer, EDGE_SECRET, Origin};
use crate::imports::{alias, open, path, row, send};
use crate::sealed_statistics::seal;

fn visit(row_id: &str, day: u32) -> Value {
    json!({
        "row_id": row_id, "time": format!("2019-06-{day:02}T12:00:00Z"), "country": "de",
        "referrer": "https://me:secret@news.example/a?token=secret", "user_agent": "Mozilla/5.0",
    })
}

fn numbered(number: u32, visits: &[Value]) -> Value {
    json!({"number": number, "visits": visits})
}

/// As an edge of this release.
async fn through_edge(origin: &Origin, import: &Value, body: &Value) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path(import, "/visits"))
        .header("x-shortline-edge-secret", EDGE_SECRET)
        .header("x-shortline-batches", "1")
        .header("x-shortline-authorization", format!("Bearer {ADMIN_KEY}"));
    origin.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// What the client gets, and the batches for the edge.
async fn handed_over(origin: &Origin, import: &Value, body: &Value) -> (Value, Vec<SealedBatch>) {
    let answer = through_edge(origin, import, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let (client, edge) = answer.parts();
    assert_eq!(edge["changes"], json!([]));
    (client, serde_json::from_value(edge["batches"].clone()).unwrap())
}

fn clicks(batches: &[SealedBatch]) -> Vec<Click> {
    batches.iter().flat_map(|batch| ClickBatch::decode(&batch.body).unwrap().clicks).collect()
}

/// An import with the rows `a` and `b`.
async fn import_of_two(origin: &Origin) -> Value {
    let import = open(origin, "skip").await;
    send(origin, &import, &[alias("a", "a", "https://a.example/"), alias("b", "b", "https://b.example/")])
        .await;
    import
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn visits_become_batches_that_never_change(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = import_of_two(&origin).await;
    let visits: Vec<_> = (0..150).map(|number| visit(["a", "b"][number % 2], 1)).collect();
    let (answer, batches) = handed_over(&origin, &import, &numbered(1, &visits)).await;
    assert_eq!(answer, json!({"number": 1, "repeated": false, "visits": 150, "skipped": []}));
    let heads: Vec<_> = batches
        .iter()
        .map(|batch| (batch.producer.0.to_string(), batch.batch, batch.clicks, batch.produced))
        .collect();
    let id = import["id"].as_str().unwrap().to_owned();
    assert_eq!(heads, [(id.clone(), 1, 100, 100), (id.clone(), 2, 50, 150)]);
    let first = ClickBatch::decode(&batches[0].body).unwrap();
    assert_eq!((first.head.version, first.head.day.to_string().as_str()), (4, "2026-11-24"));
    let click = &first.clicks[0];
    assert_eq!(
        (click.tier, click.visitor, click.country.as_deref()),
        (CacheTier::Imported, None, Some("DE"))
    );
    assert_eq!(click.referrer.as_deref(), Some("https://news.example/a"));
    assert_eq!(click.domain.as_deref(), Some("go.example.com"));

    let (_, more) = handed_over(&origin, &import, &numbered(2, &[visit("a", 2)])).await;
    assert_eq!((more[0].batch, more[0].produced), (3, 151));
    let (answer, again) = handed_over(&origin, &import, &numbered(1, &visits)).await;
    assert_eq!((&answer["repeated"], again), (&json!(true), batches));
    let read = origin.get(&path(&import, "")).await.json();
    assert_eq!((&read["counts"]["visits"], &read["visit_calls"]), (&json!(151), &json!(2)));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn visit_without_a_link_is_skipped_for_good(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = import_of_two(&origin).await;
    send(&origin, &import, &[row("bad", json!({"url": "nonsense"}))]).await;
    let visits = [visit("a", 1), visit("bad", 1), visit("none", 1), visit("b", 1)];
    let (answer, batches) = handed_over(&origin, &import, &numbered(1, &visits)).await;
    let skipped = json!([
        {"position": 1, "row_id": "bad", "reason": "no_link"}, {"position": 2, "row_id": "none", "reason": "unknown_row"},
    ]);
    assert_eq!((&answer["visits"], &answer["skipped"]), (&json!(2), &skipped));
    assert_eq!(clicks(&batches).len(), 2);
    // Repaired meanwhile: what is repeated stays the same, and later visits find the link.
    send(&origin, &import, &[alias("bad", "good", "https://good.example/")]).await;
    assert_eq!(handed_over(&origin, &import, &numbered(1, &visits)).await.1, batches);
    let (answer, _) = handed_over(&origin, &import, &numbered(2, &[visit("bad", 1)])).await;
    assert_eq!(answer["visits"], 1);
    let counts = &origin.get(&path(&import, "")).await.json()["counts"];
    assert_eq!((&counts["visits"], &counts["skipped_visits"]), (&json!(3), &json!(2)));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_has_the_visits_of_one_import(database: PgPool) {
    let origin = Origin::start(&database).await;
    let first = import_of_two(&origin).await;
    handed_over(&origin, &first, &numbered(1, &[visit("a", 1)])).await;
    // The same source again: its rows find the links.
    let second = import_of_two(&origin).await;
    let (answer, batches) =
        handed_over(&origin, &second, &numbered(1, &[visit("a", 1), visit("b", 1)])).await;
    let skipped = json!([{"position": 0, "row_id": "a", "reason": "other_import"}]);
    assert_eq!((&answer["skipped"], clicks(&batches).len()), (&skipped, 1));
    // Once its clicks are erased, a link may get them again.
    let link = origin.get("/api/v1/links?code=a").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let erased = origin.call(Method::DELETE, &format!("/api/v1/links/{link}/clicks"), Value::Null).await;
    assert_eq!(erased.status, 200, "{erased:?}");
    let (answer, _) = handed_over(&origin, &second, &numbered(2, &[visit("a", 1)])).await;
    assert_eq!(answer["visits"], 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn wrong_visits_are_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = import_of_two(&origin).await;
    let good = visit("a", 1);
    let send = async |body: Value| through_edge(&origin, &import, &body).await;
    for (body, code) in [
        (json!({"number": 1}), "missing_field"),
        (json!({"number": 0, "visits": [good]}), "invalid_number"),
        (json!({"number": 1, "visits": []}), "invalid_visits"),
        (json!({"number": 1, "visits": vec![good.clone(); 1_001]}), "invalid_visits"),
        (json!({"number": 1, "visits": [{"row_id": "a"}]}), "invalid_visits"),
        (json!({"number": 1, "visits": [good], "dry_run": true}), "unknown_field"),
    ] {
        send(body).await.assert_problem(422, code);
    }
    send(numbered(2, std::slice::from_ref(&good))).await.assert_problem(409, "visits_out_of_order");
    assert_eq!(send(numbered(1, std::slice::from_ref(&good))).await.status, 200);
    send(numbered(1, &[visit("a", 2)])).await.assert_problem(409, "visits_changed");
    let long = json!({"row_id": "a", "time": "2019-06-01T12:00:00Z", "user_agent": "\u{e9}".repeat(256),
                      "referrer": format!("https://{}.example/{}", "a", "\u{e9}".repeat(500))});
    send(numbered(2, &vec![long; 1_000])).await.assert_problem(413, "body_too_large");
    assert_eq!(origin.get(&path(&import, "")).await.json()["visit_calls"], 1);
}

#[derive(Debug, Default)]
struct FailingQueue {
    fails: AtomicBool,
    sent: Mutex<Vec<SealedBatch>>,
}

impl ClickQueue for FailingQueue {
    fn send<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<(), QueueError>> {
        if self.fails.load(Ordering::Relaxed) {
            return future::ready(Err(QueueError::Unavailable("down".into()))).boxed();
        }
        self.sent.lock().unwrap().push(batch.clone());
        future::ready(Ok(())).boxed()
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn origin_sends_the_visits_if_no_edge_does(database: PgPool) {
    let queue = Arc::new(FailingQueue::default());
    let origin = Origin::builder(&database).click_queue(queue.clone()).start().await;
    let import = import_of_two(&origin).await;
    let body = numbered(1, &[visit("a", 1)]);
    queue.fails.store(true, Ordering::Relaxed);
    let answer = origin.call(Method::POST, &path(&import, "/visits"), body.clone()).await;
    answer.assert_problem(503, "visits_not_sent");
    queue.fails.store(false, Ordering::Relaxed);
    let answer = origin.call(Method::POST, &path(&import, "/visits"), body.clone()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["repeated"]), (200, &json!(true)));
    assert_eq!(clicks(&queue.sent.lock().unwrap()).len(), 1);
    // An edge of an earlier release would drop the batches.
    let answer = origin.call_through_edge(Method::POST, &path(&import, "/visits"), body.clone()).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-shortline-client-bytes")), (200, ""));
    let without = Origin::start(&database).await;
    let answer = without.call_through_edge(Method::POST, &path(&import, "/visits"), body).await;
    answer.assert_problem(501, "visits_unavailable");
}

async fn set_days(origin: &Origin, import: &Value, rows: Value) -> Value {
    let answer = origin.call(Method::POST, &path(import, "/days"), json!({"rows": rows})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The clicks of all links and of one, by class.
async fn totals(origin: &Origin, link: &str) -> (Value, Value) {
    let query = "from=2019-01-01&interval=month&group_by=class";
    let all = origin.get(&format!("/api/v1/stats?{query}")).await.json();
    let one = origin.get(&format!("/api/v1/links/{link}/stats?{query}")).await.json();
    (all["groups"].clone(), one["groups"].clone())
}

fn imported(clicks: i64) -> Value {
    json!([{"value": "imported", "clicks": clicks, "visitors": 0}])
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn counts_by_day_are_set_not_added(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = import_of_two(&origin).await;
    let link = origin.get("/api/v1/links?code=a").await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let days =
        |clicks: i64| json!([{"day": "2019-06-01", "clicks": clicks}, {"day": "2020-02-29", "clicks": 7}]);
    let both = |clicks| json!([{"row_id": "a", "days": days(clicks)}, {"row_id": "b", "days": days(1)}, {"row_id": "c", "days": []}]);
    let answer = set_days(&origin, &import, both(100)).await;
    let skipped = json!([{"row_id": "c", "reason": "unknown_row"}]);
    assert_eq!(answer, json!({"days": 4, "skipped": skipped}));
    assert_eq!(totals(&origin, &link).await, (imported(115), imported(107)));
    set_days(&origin, &import, both(100)).await;
    assert_eq!(totals(&origin, &link).await, (imported(115), imported(107)));
    seal(&origin, "2019-06-01").await;
    set_days(&origin, &import, both(40)).await;
    assert_eq!(totals(&origin, &link).await, (imported(55), imported(47)));
    let shown = origin.get(&format!("/api/v1/links/{link}")).await.json()["clicks"].clone();
    assert_eq!(shown, json!({"total": 47, "human": 0, "bot": 0}));
    for zone in ["America/Los_Angeles", "UTC", "Asia/Tokyo"] {
        let query = format!("from=2019-06-01&to=2019-06-02&timezone={zone}&class=imported");
        let stats = origin.get(&format!("/api/v1/links/{link}/stats?{query}")).await.json();
        assert_eq!(stats["total"], 40, "{zone}");
    }
    let domains = origin.get("/api/v1/stats?from=2019-01-01&interval=month&group_by=domain").await.json();
    assert_eq!(domains["groups"][0]["clicks"], 55);
    let read = origin.get(&path(&import, "")).await.json();
    assert_eq!(read["counts"]["days"], 4);

    set_days(&origin, &import, json!([{"row_id": "a", "days": days(0)}])).await;
    assert_eq!(totals(&origin, &link).await, (imported(15), imported(7)));
    // After an erasure a day counts anew.
    origin.call(Method::DELETE, &format!("/api/v1/links/{link}/clicks"), Value::Null).await;
    set_days(&origin, &import, json!([{"row_id": "a", "days": [{"day": "2020-02-29", "clicks": 2}]}])).await;
    assert_eq!(totals(&origin, &link).await.1, imported(2));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn wrong_counts_by_day_are_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = import_of_two(&origin).await;
    let many: Vec<_> = (0..5_001).map(|_| json!({"day": "2019-06-01", "clicks": 1})).collect();
    for (rows, fields) in [
        (json!([]), vec!["rows"]),
        (json!([{"days": []}, {"row_id": "a"}]), vec!["rows[0].row_id", "rows[1].days"]),
        (
            json!([{"row_id": "a", "days": [{"day": "2019-06-01", "clicks": 1}, {"day": "2026-11-25", "clicks": 1}]}]),
            vec!["rows[0].days[1].day"],
        ),
        (json!([{"row_id": "a", "days": [], "clicks": 1}]), vec!["rows[0]"]),
        (json!([{"row_id": "a", "days": many}]), vec!["rows"]),
    ] {
        let answer = origin.call(Method::POST, &path(&import, "/days"), json!({"rows": rows})).await;
        answer.assert_problem(422, "invalid_rows");
        assert_eq!(answer.invalid_fields(), fields);
    }
}

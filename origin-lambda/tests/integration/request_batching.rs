//! Tests of request batching: concurrent requests share statements, and each gets its own answer.

use axum::http::StatusCode;
use origin_lambda::limits::MAX_CONCURRENT_BATCHES;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::task::{JoinHandle, yield_now};

use crate::harness::{Answer, Origin, link_path};

fn spawn_create(origin: &Origin, body: &Value) -> JoinHandle<Answer> {
    let (origin, body) = (origin.clone(), body.to_string());
    tokio::spawn(async move { origin.create(body).await })
}

/// Creates the bodies in one batch, which forms while the maximum of concurrent batches waits for a lock.
async fn create_batched(origin: &Origin, bodies: &[Value]) -> Vec<Answer> {
    // Leases codes.
    origin.create_link("https://example.com/before").await;
    let mut lock = origin.links.begin().await.unwrap();
    sqlx::query("LOCK TABLE links").execute(&mut *lock).await.unwrap();
    let mut first = Vec::new();
    for number in 1..=MAX_CONCURRENT_BATCHES {
        first.push(spawn_create(origin, &json!({"url": "https://example.com/first"})));
        origin.wait_for_blocked_statements(number.try_into().unwrap(), || false).await;
    }
    let batched: Vec<_> = bodies.iter().map(|body| spawn_create(origin, body)).collect();
    // Lets each task run until it waits.
    yield_now().await;
    lock.rollback().await.unwrap();
    for answer in first {
        assert_eq!(answer.await.unwrap().status, StatusCode::CREATED);
    }
    let mut answers = Vec::new();
    for answer in batched {
        answers.push(answer.await.unwrap());
    }
    answers
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn batched_creates_have_their_own_outcomes(database: PgPool) {
    let origin = Origin::start(&database).await;
    let answers = create_batched(
        &origin,
        &[
            json!({"url": "https://example.com/0"}),
            json!({"url": "https://example.com/1", "alias": "same"}),
            json!({"url": "https://example.com/2", "alias": "same"}),
            json!({"url": "https://example.com/3", "domain": "unknown.example"}),
            json!({"url": "https://example.com/4", "external_id": "one"}),
            json!({"url": "https://example.com/5", "external_id": "one"}),
            json!({"url": "https://example.com/6"}),
        ],
    )
    .await;
    for (number, answer) in answers.iter().enumerate() {
        match number {
            2 => answer.assert_problem(409, "alias_taken"),
            3 => answer.assert_problem(422, "invalid_domain"),
            5 => answer.assert_problem(409, "external_id_taken"),
            _ => {
                assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
                let link = answer.json();
                assert_eq!(link["url"], format!("https://example.com/{number}"));
                let resolved = origin.resolve(link["code"].as_str().unwrap()).await.json();
                assert_eq!(resolved["record"]["url"], link["url"]);
            }
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_rejected_by_the_database_does_not_fail_its_batch(database: PgPool) {
    let origin = Origin::start(&database).await;
    sqlx::query("ALTER TABLE links ADD CHECK (title <> 'rejected')").execute(&origin.links).await.unwrap();
    let answers = create_batched(
        &origin,
        &[
            json!({"url": "https://example.com/0"}),
            json!({"url": "https://example.com/1", "title": "rejected"}),
            json!({"url": "https://example.com/2"}),
        ],
    )
    .await;
    answers[1].assert_problem(500, "internal_error");
    for number in [0, 2] {
        assert_eq!(answers[number].status, StatusCode::CREATED, "{:?}", answers[number]);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn batched_resolutions_get_their_own_answers(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com/there").await;
    let gone = origin.create_link("https://example.com/gone").await;
    let path = link_path(&gone);
    origin.call(axum::http::Method::DELETE, &path, Value::Null).await;
    let names = [&link["code"], &gone["code"], &json!("never"), &link["code"]];
    let requests: Vec<_> = names
        .iter()
        .map(|name| {
            let (origin, name) = (origin.clone(), name.as_str().unwrap().to_owned());
            tokio::spawn(async move { origin.resolve(&name).await.json() })
        })
        .collect();
    let mut outcomes = Vec::new();
    for answer in requests {
        outcomes.push(answer.await.unwrap()["outcome"].clone());
    }
    assert_eq!(outcomes, ["found", "deleted", "not_found", "found"]);
}

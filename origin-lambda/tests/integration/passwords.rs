//! Tests of link passwords: setting and checking them, and the limit on attempts.

use axum::body::Body;
use axum::http::{Method, Request};
use link_core::time::UnixMillis;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, EDGE_SECRET, NOW, Origin, link_path};

const HOUR: i64 = 3_600_000;

async fn locked(origin: &Origin, password: &str) -> Value {
    let body = json!({"url": "https://example.com", "alias": "locked", "password": password});
    let answer = origin.create(body.to_string()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

async fn unlock(origin: &Origin, password: &str) -> Answer {
    let request = Request::post(format!("/internal/v1/links/{DOMAIN}/locked/unlock"))
        .header("x-shortline-edge-secret", EDGE_SECRET)
        .header("content-type", "application/json");
    origin.send(request.body(Body::from(json!({"password": password}).to_string())).unwrap()).await
}

async fn at(now: UnixMillis, database: &PgPool) -> Origin {
    Origin::builder(database).at(now).start().await
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn password_matches_in_every_spelling_that_looks_the_same(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = locked(&origin, "cafe\u{301} au lait").await;
    for spelling in ["cafe\u{301} au lait", "caf\u{e9} au lait", "caf\u{e9}\u{a0}au lait"] {
        assert_eq!(unlock(&origin, spelling).await.status, 204, "{spelling}");
    }
    let path = link_path(&link);
    let patched = origin.call(Method::PATCH, &path, json!({"password": "caf\u{e9}"})).await;
    assert_eq!(patched.status, 200, "{patched:?}");
    assert_eq!(unlock(&origin, "cafe\u{301}").await.status, 204);
    unlock(&origin, "cafe").await.assert_problem(403, "wrong_password");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn link_takes_one_attempt_per_interval_after_twenty_failures(database: PgPool) {
    // Two origins share the count.
    let origins = [at(NOW, &database).await, at(NOW, &database).await];
    locked(&origins[0], "right").await;
    for number in 0..20 {
        unlock(&origins[number % 2], "wrong").await.assert_problem(403, "wrong_password");
    }
    for password in ["wrong", "right"] {
        let answer = unlock(&origins[0], password).await;
        answer.assert_problem(429, "too_many_passwords");
        assert_eq!(answer.header("retry-after"), "2");
    }
    // A right password counts as the attempt of its interval.
    let after_interval = at(NOW.plus_millis(2_000), &database).await;
    assert_eq!(unlock(&after_interval, "right").await.status, 204);
    unlock(&after_interval, "right").await.assert_problem(429, "too_many_passwords");
    let next = at(NOW.plus_millis(4_000), &database).await;
    unlock(&next, "wrong").await.assert_problem(403, "wrong_password");
    unlock(&next, "wrong").await.assert_problem(429, "too_many_passwords");
    // An hour later the first failures no longer count.
    let later = at(NOW.plus_millis(HOUR), &database).await;
    for _ in 0..19 {
        unlock(&later, "wrong").await.assert_problem(403, "wrong_password");
    }
    unlock(&later, "wrong").await.assert_problem(429, "too_many_passwords");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_password_attempts_are_counted_before_hashing(database: PgPool) {
    let origin = Origin::start(&database).await;
    locked(&origin, "right").await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let origin = origin.clone();
        tries.spawn(async move { unlock(&origin, "wrong").await.status.as_u16() });
    }
    let statuses = tries.join_all().await;
    let of = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    // An attempt that found no free core is not counted.
    assert!(of(403) <= 20 && of(429) >= 20 && of(403) + of(429) + of(503) == 40, "{statuses:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn right_passwords_are_not_limited(database: PgPool) {
    let origin = Origin::start(&database).await;
    locked(&origin, "right").await;
    for _ in 0..25 {
        assert_eq!(unlock(&origin, "right").await.status, 204);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn old_password_attempts_are_deleted(database: PgPool) {
    let origin = at(NOW, &database).await;
    sqlx::query(
        "INSERT INTO password_attempts (link_id, failures, last_at)
         SELECT gen_random_uuid(), '{}', $1 - interval '61 minutes' FROM generate_series(1, 5)",
    )
    .bind(NOW.date_time())
    .execute(&origin.links)
    .await
    .unwrap();
    locked(&origin, "right").await;
    unlock(&origin, "wrong").await.assert_problem(403, "wrong_password");
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM password_attempts").fetch_one(&origin.links).await.unwrap();
    assert_eq!(rows, 1);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn password_patch_is_validated_before_locking_the_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = locked(&origin, "right").await;
    let path = link_path(&link);
    let mut lock = origin.links.begin().await.unwrap();
    sqlx::query("SELECT FROM links FOR UPDATE").execute(&mut *lock).await.unwrap();
    origin
        .call(Method::PATCH, &path, json!({"password": "abc"}))
        .await
        .assert_problem(422, "invalid_password");
    let other = [("if-match", "\"1-0\"")];
    let answer = origin.call_with(Method::PATCH, &path, &other, json!({"password": "another"})).await;
    answer.assert_problem(412, "precondition_failed");
    lock.rollback().await.unwrap();
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bulk_sets_at_most_twenty_passwords(database: PgPool) {
    let origin = Origin::start(&database).await;
    let links: Vec<Value> = (0..21)
        .map(|number| json!({"url": "https://example.com", "alias": format!("a{number}"), "password": "right"}))
        .collect();
    let answer = origin.call(Method::POST, "/api/v1/links/bulk", json!({"links": links})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    let statuses: Vec<_> =
        body["data"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!((&statuses[..20], statuses[20]), (&[201; 20][..], 422), "{statuses:?}");
}

//! Tests of raised levels of the log: which modules and levels, how long they last, and what origins and consumers read.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::Origin;

const LEVELS: &str = "/api/v1/log-levels";

async fn raise(origin: &Origin, module: &str, level: &str) -> Value {
    let answer = origin.call(Method::PUT, &format!("{LEVELS}/{module}"), json!({"level": level})).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

async fn listed(origin: &Origin) -> Value {
    origin.call(Method::GET, LEVELS, Value::Null).await.json()["data"].clone()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn raised_level_is_listed_replaced_and_removed(database: PgPool) {
    let origin = Origin::start(&database).await;
    raise(&origin, "origin_lambda::store", "trace").await;
    let raised = raise(&origin, "log_consumer", "debug").await;
    assert_eq!(
        raised,
        json!({"module": "log_consumer", "level": "debug", "ends_at": "2026-11-24T01:00:00.000Z"})
    );
    let replaced = raise(&origin, "log_consumer", "trace").await;
    assert_eq!(listed(&origin).await[0], replaced);
    let path = format!("{LEVELS}/log_consumer");
    let removed = origin.call(Method::DELETE, &path, Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{removed:?}");
    assert_eq!(listed(&origin).await.as_array().map(Vec::len), Some(1));
    origin.call(Method::DELETE, &path, Value::Null).await.assert_problem(404, "log_level_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn level_that_has_ended_is_gone(database: PgPool) {
    let origin = Origin::start(&database).await;
    raise(&origin, "log_consumer", "debug").await;
    sqlx::query("UPDATE log_levels SET ends_at = '2026-11-24T00:00:00Z'").execute(&database).await.unwrap();
    assert_eq!(listed(&origin).await, json!([]));
    let path = format!("{LEVELS}/log_consumer");
    origin.call(Method::DELETE, &path, Value::Null).await.assert_problem(404, "log_level_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn other_modules_and_levels_are_refused(database: PgPool) {
    let origin = Origin::start(&database).await;
    for module in ["hyper", "origin_lambda,hyper=trace", "log_consumer%00", "origin_lambda%5Bx%5D"] {
        let answer = origin.call(Method::PUT, &format!("{LEVELS}/{module}"), json!({"level": "debug"})).await;
        answer.assert_problem(404, "log_level_not_found");
    }
    for (body, code) in [
        (json!({"level": "loud"}), "invalid_level"),
        (json!({"level": null}), "invalid_level"),
        (json!({}), "missing_field"),
        (json!({"level": "debug", "hours": 2}), "unknown_field"),
    ] {
        let answer = origin.call(Method::PUT, &format!("{LEVELS}/log_consumer"), body).await;
        answer.assert_problem(422, code);
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn number_of_raised_levels_is_limited(database: PgPool) {
    let origin = Origin::start(&database).await;
    for index in 0..32 {
        raise(&origin, &format!("log_consumer::m{index}"), "debug").await;
    }
    let one_more =
        origin.call(Method::PUT, &format!("{LEVELS}/origin_lambda"), json!({"level": "debug"})).await;
    one_more.assert_problem(409, "too_many_log_levels");
    raise(&origin, "log_consumer::m0", "trace").await;
}

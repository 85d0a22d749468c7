//! Tests of exports that are read slowly or not at all.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, NOW, Origin, link_path};

fn csv(link: &Value, key: &str) -> Request<Body> {
    let path = format!("{}/clicks?format=csv", link_path(link));
    Request::get(path).header("authorization", format!("Bearer {key}")).body(Body::empty()).unwrap()
}

async fn open(origin: &Origin, link: &Value, key: &str) -> (u16, Response) {
    let response = origin.send_unread(csv(link, key)).await;
    (response.status().as_u16(), response)
}

async fn read(response: Response) -> Option<String> {
    let body = to_bytes(response.into_body(), usize::MAX).await.ok()?;
    Some(String::from_utf8(body.to_vec()).unwrap())
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn open_exports_are_limited_across_origins(database: PgPool) {
    let origins = [Origin::start(&database).await, Origin::start(&database).await];
    let link = origins[0].create_link("https://example.com").await;
    let key = origins[0].create_key(json!({"name": "a", "role": "reader"})).await;
    let key = key["key"].as_str().unwrap();
    let mut held = Vec::new();
    for number in 0..3 {
        let (status, response) = open(&origins[number % 2], &link, key).await;
        assert_eq!(status, 200);
        held.push(response);
    }
    let rejected = origins[0].send(csv(&link, key)).await;
    rejected.assert_problem(429, "too_many_exports");
    assert_eq!(rejected.header("retry-after"), "10");
    // Another key has its own limit, and pages are not exports.
    assert_eq!(origins[0].send(csv(&link, ADMIN_KEY)).await.status, 200);
    let path = format!("{}/clicks", link_path(&link));
    assert_eq!(origins[0].call_as(key, axum::http::Method::GET, &path, Value::Null).await.status, 200);
    // An export that is read to the end is closed with its last chunk; one that is dropped, soon after.
    assert!(read(held.pop().unwrap()).await.unwrap().contains("time"));
    let (status, again) = open(&origins[1], &link, key).await;
    assert_eq!(status, 200);
    drop(again);
    while open(&origins[1], &link, key).await.0 != 200 {}
    // Exports of an origin that ended count until their timeout.
    let later = Origin::builder(&database).at(NOW.plus_millis(300_000)).start().await;
    assert_eq!(open(&later, &link, key).await.0, 200);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn export_that_takes_too_long_is_cut_off(database: PgPool) {
    let origin = Origin::builder(&database).export_timeout(Duration::ZERO).start().await;
    let link = origin.create_link("https://example.com").await;
    let (status, response) = open(&origin, &link, ADMIN_KEY).await;
    assert_eq!((status, read(response).await), (200, None));
}

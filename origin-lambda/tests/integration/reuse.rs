//! Tests of `"reuse": true`, which returns an existing link with the same settings.

use axum::http::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Origin, link_path};

async fn create(origin: &Origin, link: Value) -> Answer {
    let answer = origin.create(link.to_string()).await;
    assert!(matches!(answer.status.as_u16(), 200 | 201), "{answer:?}");
    answer
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn same_destination_and_settings_reuse_the_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com/a").await;
    let again = create(&origin, json!({"url": "https://example.com/a", "reuse": true})).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, link.clone()));
    assert_eq!(again.header("location"), link_path(&link));
    for other in [
        json!({"url": "https://example.com/a"}),
        json!({"url": "https://example.com/b", "reuse": true}),
        json!({"url": "https://example.com/a", "title": "x", "reuse": true}),
        json!({"url": "https://example.com/a", "alias": "named", "reuse": true}),
    ] {
        assert_eq!(create(&origin, other.clone()).await.status, 201, "{other}");
    }
    let named =
        create(&origin, json!({"url": "https://example.com/a", "alias": "named", "reuse": true})).await;
    assert_eq!((named.status.as_u16(), &named.json()["code"]), (200, &json!("named")));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn changed_or_inactive_link_is_not_reused(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com", "reuse": true});
    let mut last = create(&origin, body.clone()).await.json();
    for change in ["title = 'x', fingerprint = NULL", "blocked = true", "exhausted = true"] {
        let change = format!("UPDATE links SET {change}");
        sqlx::query(sqlx::AssertSqlSafe(change)).execute(&origin.links).await.unwrap();
        let next = create(&origin, body.clone()).await;
        assert_eq!(next.status, 201);
        last = next.json();
    }
    let path = link_path(&last);
    origin.call(Method::PATCH, &path, json!({"notes": "changed"})).await;
    let next = create(&origin, body.clone()).await;
    assert_ne!(next.json()["id"], last["id"]);
    let path = link_path(&next.json());
    origin.call(Method::DELETE, &path, Value::Null).await;
    assert_eq!(create(&origin, body).await.status, 201);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_creates_with_reuse_make_one_link(database: PgPool) {
    let origin = Origin::start(&database).await;
    for round in 0..20 {
        let body = json!({"url": format!("https://example.com/{round}"), "reuse": true});
        let (one, two, three) = tokio::join!(
            create(&origin, body.clone()),
            create(&origin, body.clone()),
            create(&origin, body.clone())
        );
        let ids = [one, two, three].map(|answer| answer.json()["id"].clone());
        assert!(ids[0] == ids[1] && ids[1] == ids[2], "{ids:?}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn reuse_with_a_password_is_rejected(database: PgPool) {
    let origin = Origin::start(&database).await;
    let body = json!({"url": "https://example.com", "password": "secret", "reuse": true});
    let answer = origin.create(body.to_string()).await;
    answer.assert_problem(422, "invalid_reuse");
    assert_eq!(answer.invalid_fields(), ["reuse"]);
}

//! Tests of requests that write to one import at once.

use std::time::Duration;

use origin_lambda::limits::PoolLimits;
use serde_json::json;
use sqlx::PgPool;

use crate::harness::{Origin, POOL};
use crate::imports::{URL, open, row, send};

#[sqlx::test(migrator = "crate::LINKS")]
async fn waiting_for_an_import_takes_no_connection(database: PgPool) {
    let pool = PoolLimits { max_connections: 2, acquire: Duration::from_secs(1), ..POOL };
    let origin = Origin::builder(&database).links_pool(pool).start().await;
    let other = Origin::start(&database).await;
    origin.create_link_with(json!({"url": URL, "alias": "a"})).await;
    let import = open(&origin, "fail").await;
    let mut lock = database.begin().await.unwrap();
    sqlx::query("SELECT FROM imports FOR UPDATE").execute(&mut *lock).await.unwrap();
    let rows: Vec<_> = (0..4).map(|n| [row(&n.to_string(), json!({"url": URL}))]).collect();
    let visits = async {
        for _ in 0..50 {
            assert_eq!(origin.resolve("a").await.status, 200);
        }
        lock.commit().await.unwrap();
    };
    let (.., one, two, three, four) = tokio::join!(
        visits,
        send(&origin, &import, &rows[0]),
        send(&origin, &import, &rows[1]),
        send(&origin, &import, &rows[2]),
        send(&other, &import, &rows[3]),
    );
    for answer in [one, two, three, four] {
        assert_eq!(answer["counts"]["created"], 1, "{answer}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn codes_of_rows_that_are_sent_twice_are_used_later(database: PgPool) {
    let origin = Origin::start(&database).await;
    let import = open(&origin, "fail").await;
    let rows = |first: usize| {
        (first..first + 100).map(|n| row(&n.to_string(), json!({"url": URL}))).collect::<Vec<_>>()
    };
    let mut lock = database.begin().await.unwrap();
    sqlx::query("SELECT FROM imports FOR UPDATE").execute(&mut *lock).await.unwrap();
    let release = async {
        while origin.next_id().await < 200 {}
        lock.commit().await.unwrap();
    };
    let same = rows(0);
    let (one, other, ()) =
        tokio::join!(send(&origin, &import, &same), send(&origin, &import, &same), release);
    assert_eq!((&one["counts"], &one["counts"]["created"]), (&other["counts"], &json!(100)));
    send(&origin, &import, &rows(100)).await;
    assert_eq!(origin.next_id().await, 200);
}

//! Tests the throwaway Postgres of integration tests: migrated, survives kills, leaves no process behind.

use local_stack::Postgres;
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn committed_data_survives_a_kill_of_the_server() {
    let server = Postgres::start_throwaway().await.unwrap();
    let mut connection = PgConnection::connect(&server.analytics_database_url).await.unwrap();
    sqlx::query("CREATE TABLE kept AS SELECT 1 AS one").execute(&mut connection).await.unwrap();

    server.part.kill().await;
    assert!(PgConnection::connect(&server.analytics_database_url).await.is_err());
    server.part.up().await.unwrap();

    let mut connection = PgConnection::connect(&server.analytics_database_url).await.unwrap();
    let one: i32 = sqlx::query_scalar("SELECT one FROM kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(one, 1);
}

#[tokio::test]
async fn servers_run_side_by_side_and_end_when_dropped() {
    let (first, second) = tokio::try_join!(Postgres::start_throwaway(), Postgres::start_throwaway()).unwrap();
    assert_ne!(first.links_database_url, second.links_database_url);
    let url = first.links_database_url.clone();
    drop(first);
    assert!(PgConnection::connect(&url).await.is_err());
    assert!(PgConnection::connect(&second.links_database_url).await.is_ok());
}

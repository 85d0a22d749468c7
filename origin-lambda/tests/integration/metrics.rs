//! What Prometheus reads.

use sqlx::PgPool;

use crate::harness::Origin;
use crate::outages::unreachable_database;

fn has(metrics: &str, start: &str) -> bool {
    metrics.lines().any(|line| line.starts_with(start))
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn requests_pools_batches_and_clicks_are_measured(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com/").await;
    origin.resolve(link["code"].as_str().unwrap()).await;
    let metrics = origin.metrics().await;
    for start in [
        "http_server_request_duration_seconds_count{http_request_method=\"POST\",http_route=\"/api/v1/links\",\
         http_response_status_code=\"201\",route_class=\"api_write\"} 1",
        "http_server_request_duration_seconds_count{http_request_method=\"GET\",\
         http_route=\"/internal/v1/links/{domain}/{code}\",http_response_status_code=\"200\",route_class=\"lookup\"} 1",
        "http_server_request_errors_total{route_class=\"lookup\"} 0",
        "db_client_connection_max{db_client_connection_pool_name=\"links\"} 4",
        "shortline_lookup_batch_size_count 1",
        "shortline_clicks{state=\"missing\"} 0",
    ] {
        assert!(has(&metrics, start), "{start} is not in\n{metrics}");
    }
    assert!(!metrics.contains("example.com"), "{metrics}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn click_accounting_that_cannot_be_read_is_left_out(database: PgPool) {
    let origin = Origin::builder(&database).analytics_at(unreachable_database()).start().await;
    let metrics = origin.metrics().await;
    assert!(has(&metrics, "db_client_connection_max{"), "{metrics}");
    assert!(!has(&metrics, "shortline_clicks{"), "{metrics}");
}

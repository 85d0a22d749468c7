//! What is measured when somebody reads `/metrics`: connection pools and the click accounting.

use std::sync::Arc;

use telemetry::Metrics;
use telemetry::endpoint::Collect;
use telemetry::list::{CLICKS, CLICKS_COMPLETE_UNTIL, DATABASE_CONNECTIONS, DATABASE_CONNECTIONS_MAX};
use tracing::warn;

use crate::app::App;
use crate::store::{PoolState, StoreError};

#[derive(Debug)]
pub struct MetricsCollector(pub Arc<App>);

impl Collect for MetricsCollector {
    async fn collect(&self, metrics: &Metrics) {
        let Self(app) = self;
        let pools =
            [("links", app.links.pool()), ("lists", app.reader.pool()), ("analytics", app.analytics.pool())];
        for (pool, PoolState { used, idle, max }) in pools {
            metrics.set(&DATABASE_CONNECTIONS, &[pool, "used"], f64::from(used));
            metrics.set(&DATABASE_CONNECTIONS, &[pool, "idle"], f64::from(idle));
            metrics.set(&DATABASE_CONNECTIONS_MAX, &[pool], f64::from(max));
        }
        if let Err(error) = collect_click_accounting(app, metrics).await {
            metrics.forget(&CLICKS);
            metrics.forget(&CLICKS_COMPLETE_UNTIL);
            warn!(%error, "click accounting cannot be measured");
        }
    }
}

async fn collect_click_accounting(app: &App, metrics: &Metrics) -> Result<(), StoreError> {
    // Read first, as for the API.
    let complete_until = app.analytics.complete_until(app.clock.now()).await?;
    let accounting = app.analytics.click_accounting().await?;
    for (state, clicks) in [
        ("produced", accounting.produced),
        ("stored", accounting.stored),
        ("duplicate", accounting.duplicate),
        ("dropped", accounting.dropped.values().sum()),
        ("dead_lettered", accounting.dead_lettered),
        ("missing", accounting.missing()),
    ] {
        metrics.set(&CLICKS, &[state], clicks as f64);
    }
    match complete_until {
        Some(time) => metrics.set(&CLICKS_COMPLETE_UNTIL, &[], time.0 as f64 / 1e3),
        None => metrics.forget(&CLICKS_COMPLETE_UNTIL),
    }
    Ok(())
}

//! Alert rules for Prometheus. They have the names of CloudWatch's alarms, and lead to the same pages of the runbook.

use std::fmt::Write;

use super::burn_rates::BurnRate;

pub(super) struct Alert {
    pub(super) name: String,
    pub(super) expression: String,
    /// How long it must hold, as Prometheus writes durations.
    holds_for: &'static str,
    pub(super) summary: String,
    /// The heading in `docs/runbook.md`.
    pub(super) page: &'static str,
}

/// The share of lookups that may fail in 30 days (`docs/slo.md`).
const ERROR_BUDGET: f64 = 0.001;

pub(super) fn alerts(burn_rates: &[BurnRate]) -> Vec<Alert> {
    burn_rates.iter().map(burn_alert).chain(FIXED.map(fixed)).collect()
}

fn burn_alert(BurnRate { alert, long, short, factor }: &BurnRate) -> Alert {
    let threshold = factor * ERROR_BUDGET;
    let failed = |window: &str| {
        format!(
            "sum(rate(http_server_request_errors_total{{route_class=\"lookup\"}}[{window}])) / \
             sum(rate(http_server_request_duration_seconds_count{{route_class=\"lookup\"}}[{window}])) > {threshold:.4}"
        )
    };
    Alert {
        name: alert.clone(),
        expression: format!("{} and {}", failed(long), failed(short)),
        holds_for: "0m",
        summary: format!("Lookups fail {factor} times as often as the error budget of 30 days allows"),
        page: "error-budget",
    }
}

/// Name, expression, how long it must hold, summary, page.
const FIXED: [(&str, &str, &str, &str, &str); 7] = [
    (
        "origin-latency",
        "histogram_quantile(0.99, sum by (le) (rate(http_server_request_duration_seconds_bucket{route_class=\"lookup\"}[5m]))) > 0.5",
        "3m",
        "The 99th percentile of lookups is above 500 ms",
        "origin-latency",
    ),
    (
        "origin-errors",
        "sum(rate(http_server_request_errors_total[5m])) / sum(rate(http_server_request_duration_seconds_count[5m])) > 0.01",
        "3m",
        "More than 1 % of the origin's answers are 5xx",
        "origin-errors",
    ),
    (
        "database-connections",
        "sum by (db_client_connection_pool_name) (db_client_connection_count{db_client_connection_state=\"used\"}) / \
         sum by (db_client_connection_pool_name) (db_client_connection_max) > 0.8",
        "3m",
        "More than 80 % of a pool's connections are in use",
        "database-connections",
    ),
    (
        "queue-age",
        "histogram_quantile(0.99, sum by (le) (rate(shortline_message_age_seconds_bucket[5m]))) > 300",
        "3m",
        "Clicks wait for more than 5 minutes in the queue",
        "queue-age",
    ),
    (
        "clicks-put-back",
        "sum(rate(messaging_client_consumed_messages_total{outcome=\"returned\"}[15m])) > 0 unless \
         sum(rate(messaging_client_consumed_messages_total{outcome=~\"stored|duplicate|dead_lettered\"}[15m])) > 0",
        "15m",
        "Every message goes back to the queue, and none is stored",
        "queue-age",
    ),
    (
        "clicks-missing",
        // Clicks on their way are missing for a moment.
        "max(min_over_time(shortline_clicks{state=\"missing\"}[1h])) > 0",
        "0m",
        "Clicks are missing from the click accounting for an hour",
        "clicks-missing",
    ),
    (
        "dead-letters",
        "max(shortline_dead_letters) > 0",
        "0m",
        "A message is in the dead-letter queue",
        "dead-letters",
    ),
];

fn fixed(
    (name, expression, holds_for, summary, page): (&str, &str, &'static str, &str, &'static str),
) -> Alert {
    Alert {
        name: name.to_owned(),
        expression: expression.to_owned(),
        holds_for,
        summary: summary.to_owned(),
        page,
    }
}

/// A file for `rule_files` in Prometheus' configuration.
pub(super) fn rules(alerts: &[Alert]) -> String {
    let mut text = String::from(
        "# Made from telemetry/src/documents and docs/slo.md; write it again with `UPDATE_DOCUMENTS=1 cargo test -p telemetry`.\n\
         groups:\n  - name: shortline\n    rules:\n",
    );
    for Alert { name, expression, holds_for, summary, page } in alerts {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "      - alert: {name}\n        expr: >-\n          {expression}\n        for: {holds_for}\n        \
             annotations:\n          summary: {summary:?}\n          runbook: docs/runbook.md#{page}\n"
        );
    }
    text
}

//! The dashboard for Grafana, from the visitor inwards.

use serde_json::{Value, json};

struct Panel {
    title: &'static str,
    /// Grafana's name of a unit.
    unit: &'static str,
    /// Legend and expression.
    series: &'static [(&'static str, &'static str)],
}

const PANELS: [Panel; 14] = [
    Panel {
        title: "Redirects by the copy that answered (per second)",
        unit: "reqps",
        series: &[("{{tier}}", "sum by (tier) (rate(shortline_stored_clicks_total[$__rate_interval]))")],
    },
    Panel {
        title: "Clicks by class (per second)",
        unit: "reqps",
        series: &[("{{class}}", "sum by (class) (rate(shortline_stored_clicks_total[$__rate_interval]))")],
    },
    Panel {
        title: "Click accounting",
        unit: "short",
        series: &[("{{state}}", "max by (state) (shortline_clicks)")],
    },
    Panel {
        title: "Age of the click accounting",
        unit: "s",
        series: &[("age", "time() - max(shortline_clicks_complete_until_timestamp_seconds)")],
    },
    Panel {
        title: "Age of messages when they are stored",
        unit: "s",
        series: &[
            (
                "p50",
                "histogram_quantile(0.5, sum by (le) (rate(shortline_message_age_seconds_bucket[$__rate_interval])))",
            ),
            (
                "p99",
                "histogram_quantile(0.99, sum by (le) (rate(shortline_message_age_seconds_bucket[$__rate_interval])))",
            ),
        ],
    },
    Panel {
        title: "Messages by outcome (per second), dead letters",
        unit: "short",
        series: &[
            (
                "{{outcome}}",
                "sum by (outcome) (rate(messaging_client_consumed_messages_total[$__rate_interval]))",
            ),
            ("dead letters", "max(shortline_dead_letters)"),
        ],
    },
    Panel {
        title: "Time to store the messages received together",
        unit: "s",
        series: &[
            (
                "p50",
                "histogram_quantile(0.5, sum by (le) (rate(messaging_process_duration_seconds_bucket[$__rate_interval])))",
            ),
            (
                "p99",
                "histogram_quantile(0.99, sum by (le) (rate(messaging_process_duration_seconds_bucket[$__rate_interval])))",
            ),
        ],
    },
    Panel {
        title: "Origin: requests by class (per second)",
        unit: "reqps",
        series: &[(
            "{{route_class}}",
            "sum by (route_class) (rate(http_server_request_duration_seconds_count[$__rate_interval]))",
        )],
    },
    Panel {
        title: "Origin: 5xx by class (per second)",
        unit: "reqps",
        series: &[(
            "{{route_class}}",
            "sum by (route_class) (rate(http_server_request_errors_total[$__rate_interval]))",
        )],
    },
    Panel {
        title: "Origin: 99th percentile by class",
        unit: "s",
        series: &[(
            "{{route_class}}",
            "histogram_quantile(0.99, sum by (le, route_class) (rate(http_server_request_duration_seconds_bucket[$__rate_interval])))",
        )],
    },
    Panel {
        title: "Origin: lookups per statement",
        unit: "short",
        series: &[(
            "mean",
            "sum(rate(shortline_lookup_batch_size_sum[$__rate_interval])) / sum(rate(shortline_lookup_batch_size_count[$__rate_interval]))",
        )],
    },
    Panel {
        title: "Origin: database connections",
        unit: "short",
        series: &[
            (
                "{{db_client_connection_pool_name}} {{db_client_connection_state}}",
                "sum by (db_client_connection_pool_name, db_client_connection_state) (db_client_connection_count)",
            ),
            (
                "{{db_client_connection_pool_name}} maximum",
                "sum by (db_client_connection_pool_name) (db_client_connection_max)",
            ),
        ],
    },
    Panel {
        title: "Webhooks: attempts to deliver (per second)",
        unit: "short",
        series: &[(
            "{{outcome}}",
            "sum by (outcome) (rate(shortline_webhook_attempts_total[$__rate_interval]))",
        )],
    },
    Panel {
        title: "Spans that no collector got (per second)",
        unit: "short",
        series: &[("{{reason}}", "sum by (reason) (rate(shortline_dropped_spans_total[$__rate_interval]))")],
    },
];

/// Two panels to a row of Grafana's 24 columns.
const WIDTH: usize = 12;
const HEIGHT: usize = 8;

/// Grafana replaces `$__rate_interval`; any other reader needs a duration there.
#[cfg(test)]
pub(super) fn expressions() -> impl Iterator<Item = &'static str> {
    PANELS.iter().flat_map(|panel| panel.series).map(|(_, expression)| *expression)
}

pub(super) fn text() -> String {
    let panels: Vec<_> = PANELS.iter().enumerate().map(|(index, panel)| panel_json(index, panel)).collect();
    let dashboard = json!({
        "title": "Shortline",
        "uid": "shortline",
        "schemaVersion": 39,
        "editable": true,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source"}]},
        "panels": panels,
    });
    format!("{dashboard:#}\n")
}

fn panel_json(index: usize, panel: &Panel) -> Value {
    let targets: Vec<_> = panel
        .series
        .iter()
        .zip("ABCDEFGH".chars())
        .map(|((legend, expression), letter)| {
            json!({"refId": letter.to_string(), "expr": expression, "legendFormat": legend, "exemplar": true})
        })
        .collect();
    json!({
        "id": index + 1,
        "title": panel.title,
        "type": "timeseries",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"x": index % 2 * WIDTH, "y": index / 2 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    })
}

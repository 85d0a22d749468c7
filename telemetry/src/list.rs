//! Every measurement. A new one is added here first: `/metrics`, `docs/metrics.md`, the dashboard and CloudWatch take it from here.

use crate::measurement::{CloudWatch, Counter, Gauge, Histogram, Kind, Measurement, Program};

/// Of the metrics that the origin writes into its log.
pub const CLOUDWATCH_NAMESPACE: &str = "Shortline";

/// From a lookup in the database's memory to an export: 1 ms to 30 s, the origin's longest answer.
const REQUEST_SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Up to the limit of a batch of lookups.
const BATCH_SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// A click is stored within a second; after an outage it may be days old. The alarm `queue-age` is at 300 s.
const AGE_SECONDS: &[f64] = &[0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0];
/// An invocation has half a minute.
const CONSUME_SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// OpenTelemetry's `http.server.request.duration`, as Prometheus writes it.
pub const REQUEST_DURATION: Histogram = Histogram(Measurement {
    name: "http_server_request_duration_seconds",
    kind: Kind::Histogram(REQUEST_SECONDS),
    program: Program::Origin,
    labels: &["http_request_method", "http_route", "http_response_status_code", "route_class"],
    help: "Time from a request to its answer; an exemplar carries the request's id",
    cloudwatch: Some(CloudWatch {
        namespace: CLOUDWATCH_NAMESPACE,
        name: "http_server_request_duration_seconds",
    }),
});

pub const REQUEST_ERRORS: Counter = Counter(Measurement {
    name: "http_server_request_errors_total",
    kind: Kind::Counter,
    program: Program::Origin,
    labels: &["route_class"],
    help: "Answers with a 5xx status",
    cloudwatch: Some(CloudWatch {
        namespace: CLOUDWATCH_NAMESPACE,
        name: "http_server_request_errors_total",
    }),
});

/// OpenTelemetry's `db.client.connection.count`.
pub const DATABASE_CONNECTIONS: Gauge = Gauge(Measurement {
    name: "db_client_connection_count",
    kind: Kind::Gauge,
    program: Program::Origin,
    labels: &["db_client_connection_pool_name", "db_client_connection_state"],
    help: "Connections to a database, `idle` or `used`",
    cloudwatch: Some(CloudWatch { namespace: "AWS/RDS", name: "DatabaseConnections" }),
});

/// OpenTelemetry's `db.client.connection.max`.
pub const DATABASE_CONNECTIONS_MAX: Gauge = Gauge(Measurement {
    name: "db_client_connection_max",
    kind: Kind::Gauge,
    program: Program::Origin,
    labels: &["db_client_connection_pool_name"],
    help: "The most connections that a pool opens",
    cloudwatch: None,
});

pub const LOOKUP_BATCH_SIZE: Histogram = Histogram(Measurement {
    name: "shortline_lookup_batch_size",
    kind: Kind::Histogram(BATCH_SIZES),
    program: Program::Origin,
    labels: &[],
    help: "Lookups that one statement answers together; it grows with the load",
    cloudwatch: None,
});

pub const CLICKS: Gauge = Gauge(Measurement {
    name: "shortline_clicks",
    kind: Kind::Gauge,
    program: Program::Origin,
    labels: &["state"],
    help: "The click accounting: produced = stored + dropped + dead_lettered + missing; `duplicate` came again and was not counted",
    cloudwatch: None,
});

pub const CLICKS_COMPLETE_UNTIL: Gauge = Gauge(Measurement {
    name: "shortline_clicks_complete_until_timestamp_seconds",
    kind: Kind::Gauge,
    program: Program::Origin,
    labels: &[],
    help: "Every click before this time is accounted for, as Unix time",
    cloudwatch: None,
});

pub const STORED_CLICKS: Counter = Counter(Measurement {
    name: "shortline_stored_clicks_total",
    kind: Kind::Counter,
    program: Program::Consumer,
    labels: &["class", "tier"],
    help: "Stored clicks by class, and by the copy that answered at the edge",
    cloudwatch: None,
});

/// OpenTelemetry's `messaging.client.consumed.messages`.
pub const CONSUMED_MESSAGES: Counter = Counter(Measurement {
    name: "messaging_client_consumed_messages_total",
    kind: Kind::Counter,
    program: Program::Consumer,
    labels: &["outcome"],
    help: "Messages of the click queue: `stored`, `duplicate`, `dead_lettered` or `returned` to the queue",
    cloudwatch: Some(CloudWatch { namespace: "AWS/SQS", name: "NumberOfMessagesDeleted" }),
});

/// OpenTelemetry's `messaging.process.duration`.
pub const CONSUME_DURATION: Histogram = Histogram(Measurement {
    name: "messaging_process_duration_seconds",
    kind: Kind::Histogram(CONSUME_SECONDS),
    program: Program::Consumer,
    labels: &[],
    help: "Time to store the messages that were received together",
    cloudwatch: Some(CloudWatch { namespace: "AWS/Lambda", name: "Duration" }),
});

pub const MESSAGE_AGE: Histogram = Histogram(Measurement {
    name: "shortline_message_age_seconds",
    kind: Kind::Histogram(AGE_SECONDS),
    program: Program::Consumer,
    labels: &[],
    help: "Time that a message of clicks waited in the queue, up to its latest delivery",
    cloudwatch: Some(CloudWatch { namespace: "AWS/SQS", name: "ApproximateAgeOfOldestMessage" }),
});

pub const DEAD_LETTERS: Gauge = Gauge(Measurement {
    name: "shortline_dead_letters",
    kind: Kind::Gauge,
    program: Program::Consumer,
    labels: &[],
    help: "Messages in the dead-letter queue",
    cloudwatch: Some(CloudWatch { namespace: "AWS/SQS", name: "ApproximateNumberOfMessagesVisible" }),
});

pub const WEBHOOK_ATTEMPTS: Counter = Counter(Measurement {
    name: "shortline_webhook_attempts_total",
    kind: Kind::Counter,
    program: Program::Origin,
    labels: &["outcome"],
    help: "Attempts to deliver a message to a webhook: `delivered`, `postponed` (it is tried again) or `given_up`",
    cloudwatch: None,
});

/// OpenTelemetry's SDKs count them too, under names that are not stable yet.
pub const DROPPED_SPANS: Counter = Counter(Measurement {
    name: "shortline_dropped_spans_total",
    kind: Kind::Counter,
    program: Program::Both,
    labels: &["reason"],
    help: "Spans that no collector got: `queue_full`, `not_sent` or `trace_too_long`",
    cloudwatch: None,
});

pub const ALL: [&Measurement; 14] = [
    REQUEST_DURATION.measurement(),
    REQUEST_ERRORS.measurement(),
    DATABASE_CONNECTIONS.measurement(),
    DATABASE_CONNECTIONS_MAX.measurement(),
    LOOKUP_BATCH_SIZE.measurement(),
    CLICKS.measurement(),
    CLICKS_COMPLETE_UNTIL.measurement(),
    STORED_CLICKS.measurement(),
    CONSUMED_MESSAGES.measurement(),
    CONSUME_DURATION.measurement(),
    MESSAGE_AGE.measurement(),
    DEAD_LETTERS.measurement(),
    WEBHOOK_ATTEMPTS.measurement(),
    DROPPED_SPANS.measurement(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_prometheus() {
        for measurement in ALL {
            let Measurement { name, kind, .. } = measurement;
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert!(!measurement.help.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ALL.iter().map(|measurement| measurement.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}

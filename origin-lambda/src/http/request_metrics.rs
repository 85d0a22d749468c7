//! Measures requests by class of route: a load balancer cannot tell a CSV export from a lookup. For Lambda, whose network has no
//! way out, writes CloudWatch's embedded metric format, one line for many requests. Decides no alarm.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::Method;
use link_core::edge_origin::{GATE_ROUTE, RESOLVE_ALL_ROUTE, RESOLVE_ROUTE};
use link_core::time::UnixMillis;
use serde_json::json;
use telemetry::list::{CLOUDWATCH_NAMESPACE, REQUEST_DURATION, REQUEST_ERRORS};

const DURATION: &str = REQUEST_DURATION.measurement().name;
const ERRORS: &str = REQUEST_ERRORS.measurement().name;

/// A line takes a hundred values of a metric (CloudWatch, embedded metric format).
const MAX_VALUES: usize = 100;
/// CloudWatch's alarms evaluate minutes.
const WRITTEN_EVERY: Duration = Duration::from_mins(1);
/// Failures are written sooner: a failing instance may not live for a minute.
const FAILURES_WRITTEN_EVERY: Duration = Duration::from_secs(1);

/// The purpose of a request. Each class has its own latency and error rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteClass {
    /// Resolves a name for the edge: visitors wait for it.
    Lookup,
    /// A visitor that comes past the edge.
    Redirect,
    /// Checks a password or counts a visit: visitors wait for it, and it writes or hashes.
    Unlock,
    /// Other requests of the edge.
    Publishing,
    ApiRead,
    ApiWrite,
    /// Sums over many clicks.
    Statistics,
    /// A download of any length.
    Export,
    Probe,
}

impl RouteClass {
    pub fn of(method: &Method, route: Option<&str>, query: Option<&str>) -> Self {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let is_file =
            query.unwrap_or_default().split('&').any(|pair| matches!(pair, "format=csv" | "format=jsonl"));
        match route {
            None => Self::Redirect,
            Some(RESOLVE_ROUTE | RESOLVE_ALL_ROUTE) => Self::Lookup,
            // Visitors wait for every call below a link, also for those that later releases add.
            Some(route) if route == GATE_ROUTE || route.starts_with(RESOLVE_ROUTE) => Self::Unlock,
            Some("/healthz" | "/readyz") => Self::Probe,
            Some(route) if route.starts_with("/internal/") => Self::Publishing,
            Some(_) if reads && is_file => Self::Export,
            Some(route) if route.ends_with("/stats") => Self::Statistics,
            Some(_) if reads => Self::ApiRead,
            Some(_) => Self::ApiWrite,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Redirect => "redirect",
            Self::Unlock => "unlock",
            Self::Publishing => "publishing",
            Self::ApiRead => "api_read",
            Self::ApiWrite => "api_write",
            Self::Statistics => "statistics",
            Self::Export => "export",
            Self::Probe => "probe",
        }
    }
}

/// Measurements that are not written into the log yet.
#[derive(Debug)]
pub struct EmbeddedMetrics {
    /// The Lambda function's name, a dimension of the alarms.
    function_name: String,
    pending: Mutex<Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    written_at: Option<Instant>,
    classes: BTreeMap<RouteClass, Measured>,
}

#[derive(Debug, Default)]
struct Measured {
    seconds: Vec<f64>,
    errors: u32,
}

impl EmbeddedMetrics {
    pub fn new(function_name: String) -> Self {
        Self { function_name, pending: Mutex::default() }
    }

    /// Adds a measurement and returns the lines that are due, each with a newline.
    pub(crate) fn add(
        &self,
        class: RouteClass,
        took: Duration,
        failed: bool,
        now: Instant,
        time: UnixMillis,
    ) -> Option<String> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let measured = pending.classes.entry(class).or_default();
        measured.seconds.push(took.as_secs_f64());
        measured.errors += u32::from(failed);
        let is_full = measured.seconds.len() >= MAX_VALUES;
        let waited =
            pending.written_at.map_or(WRITTEN_EVERY, |written_at| now.saturating_duration_since(written_at));
        let is_due = waited >= WRITTEN_EVERY || failed && waited >= FAILURES_WRITTEN_EVERY || is_full;
        if !is_due {
            return None;
        }
        pending.written_at = Some(now);
        let classes = std::mem::take(&mut pending.classes);
        let mut lines = String::new();
        for (class, measured) in classes {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{}", self.line(class, &measured, time));
        }
        Some(lines)
    }

    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    fn line(&self, class: RouteClass, measured: &Measured, time: UnixMillis) -> serde_json::Value {
        json!({
            "_aws": {
                "Timestamp": time.0,
                "CloudWatchMetrics": [{
                    "Namespace": CLOUDWATCH_NAMESPACE,
                    "Dimensions": [["FunctionName", "route_class"]],
                    "Metrics": [{"Name": DURATION, "Unit": "Seconds"}, {"Name": ERRORS, "Unit": "Count"}],
                }],
            },
            "FunctionName": self.function_name,
            "route_class": class.as_str(),
            DURATION: measured.seconds,
            ERRORS: measured.errors,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: [(&str, &str, Option<&str>, &str); 16] = [
        ("GET", "/internal/v1/links/{domain}/{code}", None, "lookup"),
        ("GET", "/internal/v1/links/{domain}", None, "lookup"),
        ("POST", "/internal/v1/gates/{link}", None, "unlock"),
        ("POST", "/internal/v1/links/{domain}/{code}/unlock", None, "unlock"),
        ("POST", "/internal/v1/links/{domain}/{code}/anything-new", None, "unlock"),
        ("GET", "/internal/v1/changes", None, "publishing"),
        ("POST", "/internal/v1/changes/confirm", None, "publishing"),
        ("GET", "/api/v1/links", Some("limit=5"), "api_read"),
        ("HEAD", "/api/v1/links/{id}", None, "api_read"),
        ("PATCH", "/api/v1/links/{id}", None, "api_write"),
        ("POST", "/api/v1/links/bulk", Some("format=csv"), "api_write"),
        ("GET", "/api/v1/links/{id}/stats", None, "statistics"),
        ("GET", "/api/v1/links/{id}/clicks", None, "api_read"),
        ("GET", "/api/v1/links/{id}/clicks", Some("from=2026-01-01&format=csv"), "export"),
        ("GET", "/api/v1/stats", Some("format=csv"), "export"),
        ("GET", "/readyz", None, "probe"),
    ];

    #[test]
    fn routes_have_their_class() {
        for (method, route, query, class) in ROUTES {
            let method = method.parse().unwrap();
            assert_eq!(
                RouteClass::of(&method, Some(route), query).as_str(),
                class,
                "{method} {route} {query:?}"
            );
        }
        assert_eq!(RouteClass::of(&Method::GET, None, None), RouteClass::Redirect);
    }

    fn metrics() -> (EmbeddedMetrics, Instant) {
        (EmbeddedMetrics::new("shortline-origin".to_owned()), Instant::now())
    }

    const TOOK: Duration = Duration::from_millis(12);

    #[test]
    fn one_line_per_class_and_minute_is_written() {
        let (metrics, start) = metrics();
        let add = |class, failed, seconds| {
            let lines = metrics.add(class, TOOK, failed, start + Duration::from_secs(seconds), UnixMillis(7));
            lines.map(|lines| {
                lines
                    .lines()
                    .map(|line| serde_json::from_str(line).unwrap())
                    .collect::<Vec<serde_json::Value>>()
            })
        };
        assert!(add(RouteClass::Lookup, false, 0).is_some(), "the first request may be the only one");
        assert_eq!(add(RouteClass::Lookup, false, 1), None);
        assert_eq!(add(RouteClass::Export, false, 2), None);
        let lines = add(RouteClass::Lookup, false, 60).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["route_class"], "lookup");
        assert_eq!(lines[0][DURATION], json!([0.012, 0.012]));
        assert_eq!(lines[0][ERRORS], 0);
        assert_eq!(lines[0]["_aws"]["Timestamp"], 7);
        assert_eq!(lines[1]["route_class"], "export");
    }

    #[test]
    fn failures_and_full_lines_are_written_early() {
        let (metrics, start) = metrics();
        let add = |failed, millis| {
            metrics.add(
                RouteClass::Lookup,
                TOOK,
                failed,
                start + Duration::from_millis(millis),
                UnixMillis(7),
            )
        };
        add(false, 0);
        assert_eq!(add(true, 500), None);
        assert!(add(true, 1_000).unwrap().contains(&format!("\"{ERRORS}\":2")));
        let written = (0..MAX_VALUES).filter(|_| add(false, 1_100).is_some()).count();
        assert_eq!(written, 1);
    }
}

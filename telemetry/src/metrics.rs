//! The measurements of a process, and their text for Prometheus.

use std::collections::BTreeMap;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge;
use prometheus_client::registry::Registry;

use crate::list;
use crate::measurement::{Counter, Gauge, Histogram, Kind, Measurement, Program};

type Labels = Vec<(&'static str, String)>;
type Exemplar = [(&'static str, String); 1];
type Gauges = Family<Labels, gauge::Gauge<f64, std::sync::atomic::AtomicU64>>;
type Histograms = Family<Labels, HistogramWithExemplars<Exemplar>, Buckets>;

#[derive(Debug, Clone, Copy)]
struct Buckets(&'static [f64]);

impl MetricConstructor<HistogramWithExemplars<Exemplar>> for Buckets {
    fn new_metric(&self) -> HistogramWithExemplars<Exemplar> {
        HistogramWithExemplars::new(self.0.iter().copied())
    }
}

/// Records nothing by default: nobody reads what a Lambda holds, or a server without a port for it.
#[derive(Debug, Default)]
pub struct Metrics {
    registry: Registry,
    counters: BTreeMap<&'static str, Family<Labels, counter::Counter>>,
    gauges: BTreeMap<&'static str, Gauges>,
    histograms: BTreeMap<&'static str, Histograms>,
}

impl Metrics {
    /// The measurements of one program; those of another are ignored.
    pub fn of(program: Program) -> Self {
        let mut metrics = Self::default();
        for measurement in list::ALL
            .into_iter()
            .filter(|measurement| [program, Program::Both].contains(&measurement.program))
        {
            metrics.register(measurement);
        }
        metrics
    }

    fn register(&mut self, measurement: &'static Measurement) {
        let Measurement { name, kind, help, .. } = *measurement;
        match kind {
            Kind::Counter => {
                let family = Family::default();
                // The encoder appends `_total`.
                self.registry.register(name.trim_end_matches("_total"), help, family.clone());
                self.counters.insert(name, family);
            }
            Kind::Gauge => {
                let family = Gauges::default();
                self.registry.register(name, help, family.clone());
                self.gauges.insert(name, family);
            }
            Kind::Histogram(buckets) => {
                let family = Histograms::new_with_constructor(Buckets(buckets));
                self.registry.register(name, help, family.clone());
                self.histograms.insert(name, family);
            }
        }
    }

    /// `values` are those of the measurement's labels, in their order.
    pub fn add(&self, Counter(measurement): &Counter, values: &[&str], amount: u64) {
        if let Some(family) = self.counters.get(measurement.name) {
            family.get_or_create(&labels(measurement, values)).inc_by(amount);
        }
    }

    pub fn set(&self, Gauge(measurement): &Gauge, values: &[&str], value: f64) {
        if let Some(family) = self.gauges.get(measurement.name) {
            family.get_or_create(&labels(measurement, values)).set(value);
        }
    }

    /// Removes a gauge whose value is not known now: an old one would look current.
    pub fn forget(&self, Gauge(measurement): &Gauge) {
        if let Some(family) = self.gauges.get(measurement.name) {
            family.clear();
        }
    }

    /// The bucket's exemplar becomes the request with this id.
    pub fn observe(
        &self,
        Histogram(measurement): &Histogram,
        values: &[&str],
        value: f64,
        request_id: Option<&str>,
    ) {
        if let Some(family) = self.histograms.get(measurement.name) {
            let exemplar = request_id.map(|id| [("request_id", id.to_owned())]);
            family.get_or_create(&labels(measurement, values)).observe(value, exemplar, None);
        }
    }

    /// In the OpenMetrics text format, which is UTF-8.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn labels(measurement: &Measurement, values: &[&str]) -> Labels {
    debug_assert_eq!(measurement.labels.len(), values.len(), "{}", measurement.name);
    measurement.labels.iter().zip(values).map(|(label, value)| (*label, (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_labels_buckets_and_exemplars() {
        let metrics = Metrics::of(Program::Origin);
        let values = ["GET", "/api/v1/links", "200", "api_read"];
        metrics.observe(&list::REQUEST_DURATION, &values, 0.02, Some("5f3a-1"));
        metrics.add(&list::REQUEST_ERRORS, &["lookup"], 2);
        metrics.set(&list::CLICKS, &["missing"], 3.0);
        let text = metrics.text();
        for line in [
            "# TYPE http_server_request_duration_seconds histogram",
            "http_server_request_errors_total{route_class=\"lookup\"} 2",
            "shortline_clicks{state=\"missing\"} 3.0",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        let bucket = "http_server_request_duration_seconds_bucket{le=\"0.025\",http_request_method=\"GET\",\
                      http_route=\"/api/v1/links\",http_response_status_code=\"200\",route_class=\"api_read\"} 1 \
                      # {request_id=\"5f3a-1\"} 0.02";
        assert!(text.contains(bucket), "{text}");
    }

    #[test]
    fn measurements_of_another_program_are_left_out() {
        let metrics = Metrics::of(Program::Consumer);
        metrics.set(&list::CLICKS, &["missing"], 3.0);
        metrics.observe(&list::MESSAGE_AGE, &[], 0.2, None);
        let text = metrics.text();
        assert!(text.contains("# TYPE shortline_message_age_seconds histogram"), "{text}");
        assert!(!text.contains("shortline_clicks"), "{text}");
    }

    #[test]
    fn default_records_nothing() {
        let metrics = Metrics::default();
        metrics.add(&list::REQUEST_ERRORS, &["lookup"], 2);
        assert_eq!(metrics.text(), "# EOF\n");
    }

    /// A value that a client chose must not end a line or a label.
    #[test]
    fn label_values_are_escaped() {
        let metrics = Metrics::of(Program::Origin);
        metrics.add(&list::REQUEST_ERRORS, &["a\"} 1\nevil 2"], 1);
        assert!(metrics.text().contains("{route_class=\"a\\\"} 1\\nevil 2\"} 1"), "{}", metrics.text());
    }
}

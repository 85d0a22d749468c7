//! `docs/metrics.md`.

use std::fmt::Write;

use super::alerts::Alert;
use crate::list::ALL;
use crate::measurement::{Kind, Measurement, Program};

const INTRODUCTION: &str = "\
# Metrics

Where origin and consumer run as servers, `METRICS_ADDR` (such as `127.0.0.1:9090`) opens a port that answers `GET /metrics` in the
OpenMetrics text format, which Prometheus reads. It is off unless it is set. The port asks for no key: bind it to an address that only your
monitoring reaches. In AWS the same figures are CloudWatch's: the origin writes its own into its log, the others come from Lambda, SQS and RDS.

`observability/grafana/shortline.json` is a dashboard to import into Grafana, `observability/prometheus/alerts.yml` a file for Prometheus'
`rule_files`. An exemplar's `request_id` is the id in the log lines of all parts.

No label holds an address, a link, a destination, a key or a query: each has a fixed set of values.
";

pub(super) fn text(alerts: &[Alert]) -> String {
    let mut text = INTRODUCTION.to_owned();
    let programs = [
        (Program::Origin, "Origin"),
        (Program::Consumer, "Consumer"),
        (Program::Both, "Origin and consumer"),
    ];
    for (program, title) in programs {
        let of_program = ALL.into_iter().filter(|measurement| measurement.program == program);
        let _ = write!(
            text,
            "\n## {title}\n\n| metric | kind | labels | what | in CloudWatch |\n|---|---|---|---|---|\n"
        );
        for measurement in of_program {
            let _ = writeln!(text, "{}", row(measurement));
        }
    }
    text.push_str("\n## Alerts\n\n| alert | goes on when | page |\n|---|---|---|\n");
    for Alert { name, summary, page, .. } in alerts {
        let _ = writeln!(text, "| `{name}` | {summary} | [runbook](runbook.md#{page}) |");
    }
    text.push_str("\nThis page, the dashboard and the rules are made from `telemetry/src/list.rs` and [slo.md](slo.md): `UPDATE_DOCUMENTS=1 cargo test -p telemetry`.\n");
    text
}

fn row(measurement: &Measurement) -> String {
    let Measurement { name, kind, labels, help, cloudwatch, .. } = measurement;
    let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
    let cloudwatch = cloudwatch
        .map_or_else(|| "–".to_owned(), |metric| format!("`{}` in `{}`", metric.name, metric.namespace));
    let kind = match kind {
        Kind::Histogram(buckets) => {
            let bounds: Vec<_> = buckets.iter().map(f64::to_string).collect();
            format!("histogram: {}", bounds.join(", "))
        }
        other => other.as_str().to_owned(),
    };
    format!("| `{name}` | {kind} | {} | {help} | {cloudwatch} |", labels.join(", "))
}

//! The files in the tree that come from the list of measurements: a reference, a dashboard for Grafana, alert rules for Prometheus.

mod alerts;
mod burn_rates;
mod dashboard;
mod reference;

pub use burn_rates::MalformedTable;

/// A file, and its path in the repository.
#[derive(Debug)]
pub struct Document {
    pub path: &'static str,
    pub text: String,
}

/// `slo` is the text of `docs/slo.md`, which has the burn rates.
pub fn documents(slo: &str) -> Result<[Document; 3], MalformedTable> {
    let alerts = alerts::alerts(&burn_rates::burn_rates(slo)?);
    Ok([
        Document { path: "docs/metrics.md", text: reference::text(&alerts) },
        Document { path: "observability/grafana/shortline.json", text: dashboard::text() },
        Document { path: "observability/prometheus/alerts.yml", text: alerts::rules(&alerts) },
    ])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use promql_parser::parser::{Expr, parse};

    use super::*;
    use crate::list::ALL;

    fn read(path: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        std::fs::read_to_string(root.join(path)).unwrap_or_default()
    }

    /// `UPDATE_DOCUMENTS=1 cargo test -p telemetry` writes them.
    #[test]
    fn documents_in_the_tree_are_current() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for Document { path, text } in documents(&read("docs/slo.md")).unwrap() {
            if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
                std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
                std::fs::write(root.join(path), &text).unwrap();
            }
            assert!(
                read(path) == text,
                "{path} is out of date; write it with `UPDATE_DOCUMENTS=1 cargo test -p telemetry`"
            );
        }
    }

    fn expressions() -> Vec<String> {
        let alerts = alerts::alerts(&burn_rates::burn_rates(&read("docs/slo.md")).unwrap());
        let of_alerts = alerts.into_iter().map(|alert| alert.expression);
        of_alerts.chain(dashboard::expressions().map(|text| text.replace("$__rate_interval", "5m"))).collect()
    }

    #[test]
    fn expressions_are_promql_over_known_measurements() {
        for expression in expressions() {
            let parsed = parse(&expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
            let mut names = Vec::new();
            metric_names(&parsed, &mut names);
            assert!(!names.is_empty(), "{expression}");
            for name in names {
                let base = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix));
                let known = |name: &str| ALL.iter().any(|measurement| measurement.name == name);
                assert!(known(&name) || base.is_some_and(known), "{name} is no measurement: {expression}");
            }
        }
    }

    fn metric_names(expression: &Expr, names: &mut Vec<String>) {
        match expression {
            Expr::Aggregate(aggregate) => metric_names(&aggregate.expr, names),
            Expr::Unary(unary) => metric_names(&unary.expr, names),
            Expr::Binary(binary) => {
                metric_names(&binary.lhs, names);
                metric_names(&binary.rhs, names);
            }
            Expr::Paren(paren) => metric_names(&paren.expr, names),
            Expr::Subquery(subquery) => metric_names(&subquery.expr, names),
            Expr::VectorSelector(selector) => names.extend(selector.name.clone()),
            Expr::MatrixSelector(matrix) => names.extend(matrix.vs.name.clone()),
            Expr::Call(call) => call.args.args.iter().for_each(|argument| metric_names(argument, names)),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
        }
    }

    #[test]
    fn every_alert_has_its_page_in_the_runbook() {
        let runbook = read("docs/runbook.md");
        let headings: Vec<_> = runbook
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .map(|heading| heading.to_lowercase().replace(' ', "-"))
            .collect();
        for alert in alerts::alerts(&burn_rates::burn_rates(&read("docs/slo.md")).unwrap()) {
            assert!(headings.iter().any(|heading| heading == alert.page), "no page for {}", alert.name);
        }
    }

    #[test]
    fn every_measurement_is_on_the_dashboard() {
        for measurement in ALL {
            let shown = dashboard::expressions().any(|expression| expression.contains(measurement.name));
            assert!(shown, "{}", measurement.name);
        }
    }
}

//! What a benchmark prints: measured against goal, and under which conditions. Decides the form only.

use std::fmt;

use anyhow::{Context, Result};

use super::measurement::Measurement;

#[derive(Debug)]
pub(super) struct Report {
    pub(super) comparisons: Vec<Comparison>,
    /// Lines of text.
    pub(super) conditions: Vec<String>,
}

/// Ours against what it is compared with, of the same rounds.
#[derive(Debug)]
pub(super) struct Comparison {
    what: String,
    ours: Measurement,
    baseline_name: String,
    baseline: Measurement,
    lowest_ratio: f64,
    highest_ratio: f64,
    goal: f64,
}

impl Comparison {
    pub(super) fn of(
        what: &str,
        ours: &[Measurement],
        baseline_name: &str,
        baseline: &[Measurement],
        goal: f64,
    ) -> Result<Self> {
        let ratios = ours.iter().zip(baseline).map(|(ours, baseline)| ours.per_second / baseline.per_second);
        Ok(Self {
            what: what.to_owned(),
            ours: Measurement::median(ours)?,
            baseline_name: baseline_name.to_owned(),
            baseline: Measurement::median(baseline)?,
            lowest_ratio: ratios.clone().min_by(f64::total_cmp).context("no rounds")?,
            highest_ratio: ratios.max_by(f64::total_cmp).context("no rounds")?,
            goal,
        })
    }

    fn ratio(&self) -> f64 {
        self.ours.per_second / self.baseline.per_second
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24}{:>10}{:>9}{:>9}   {:<22}goal", "", "a second", "p50 ms", "p99 ms", "ratio")?;
        for comparison in &self.comparisons {
            writeln!(f, "{comparison}")?;
        }
        writeln!(f)?;
        self.conditions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = self.ratio();
        let spread = format!("{ratio:.2} ({:.2} to {:.2})", self.lowest_ratio, self.highest_ratio);
        let verdict = if ratio >= self.goal { "reached" } else { "missed" };
        writeln!(f, "{:<24}{}   {spread:<22}{:.2} {verdict}", self.what, self.ours, self.goal)?;
        write!(f, "  {:<22}{}", self.baseline_name, self.baseline)
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10}{:>9.2}{:>9.2}", self.rate(), self.latency.p50_ms, self.latency.p99_ms)
    }
}

impl Measurement {
    /// A rate is never known to the last digit, but it is read more easily in full.
    pub(super) fn rate(&self) -> String {
        let digits = format!("{:.0}", self.per_second);
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::super::measurement::Percentiles;
    use super::*;

    fn measurement(per_second: f64) -> Measurement {
        Measurement { per_second, latency: Percentiles { p50_ms: 0.5, p99_ms: 12.345 } }
    }

    #[test]
    fn a_rate_is_grouped() {
        for (per_second, shown) in
            [(0.4, "0"), (999.0, "999"), (1_000.0, "1,000"), (53_697.3, "53,697"), (1_234_567.0, "1,234,567")]
        {
            assert_eq!(measurement(per_second).rate(), shown);
        }
    }

    #[test]
    fn a_report_says_what_was_reached() {
        let compare = |rates: [f64; 3], goal| {
            let ours = rates.map(measurement);
            let baseline = [10_000.0, 20_000.0, 15_000.0].map(measurement);
            Comparison::of("resolve", &ours, "point select", &baseline, goal).unwrap()
        };
        let comparisons = vec![compare([6_000.0, 8_000.0, 7_500.0], 0.5), compare([6_000.0; 3], 0.5)];
        let report = Report { comparisons, conditions: vec!["On a desk.".into()] };
        let expected = "
                          a second   p50 ms   p99 ms   ratio                 goal
resolve                      7,500     0.50    12.35   0.50 (0.40 to 0.60)   0.50 reached
  point select              15,000     0.50    12.35
resolve                      6,000     0.50    12.35   0.40 (0.30 to 0.60)   0.50 missed
  point select              15,000     0.50    12.35

On a desk.
";
        assert_eq!(format!("\n{report}"), expected);
    }
}

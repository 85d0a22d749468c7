//! Formats a benchmark's report: results, goals and conditions.

use std::fmt;

use anyhow::{Context, Result, ensure};
use local_stack::format::with_thousands;

use crate::load::measurement::Measurement;

#[derive(Debug)]
pub(super) struct Report {
    pub(super) comparisons: Vec<Comparison>,
    /// At a steady rate, not at peak.
    pub(super) latencies: Vec<Latency>,
    /// One entry per line.
    pub(super) conditions: Vec<String>,
}

/// Our measurements and their baselines, of the same rounds.
#[derive(Debug)]
pub(super) struct Comparison {
    what: String,
    rounds: Vec<Measurement>,
    baselines: Vec<Baseline>,
}

#[derive(Debug)]
struct Baseline {
    name: String,
    median: Measurement,
    ratio: f64,
    lowest_ratio: f64,
    highest_ratio: f64,
    goal: Option<f64>,
}

#[derive(Debug)]
pub(super) struct Latency {
    pub(super) what: String,
    pub(super) measured: Measurement,
    /// `None` for the measurement of the machine's jitter.
    pub(super) p99_ms_goal: Option<f64>,
}

impl Comparison {
    pub(super) fn of(what: &str, rounds: &[Measurement]) -> Result<Self> {
        ensure!(!rounds.is_empty(), "{what}: no rounds");
        Ok(Self { what: what.to_owned(), rounds: rounds.to_vec(), baselines: Vec::new() })
    }

    /// The ratio is that of the medians, its spread that of the rounds.
    pub(super) fn against(mut self, name: &str, baseline: &[Measurement], goal: Option<f64>) -> Result<Self> {
        let pairs = self.rounds.iter().zip(baseline);
        let ratios = pairs.map(|(ours, baseline)| ours.per_second / baseline.per_second);
        let median = Measurement::median(baseline)?;
        self.baselines.push(Baseline {
            name: name.to_owned(),
            ratio: Measurement::median(&self.rounds)?.per_second / median.per_second,
            median,
            lowest_ratio: ratios.clone().min_by(f64::total_cmp).context("no rounds")?,
            highest_ratio: ratios.max_by(f64::total_cmp).context("no rounds")?,
            goal,
        });
        Ok(self)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28}{:>10}{:>9}{:>9}   {:<22}goal", "", "a second", "p50 ms", "p99 ms", "ratio")?;
        for comparison in &self.comparisons {
            write!(f, "{comparison}")?;
        }
        if !self.latencies.is_empty() {
            writeln!(f, "\n{:<62}p99 ms at most", "at half of its peak")?;
        }
        for latency in &self.latencies {
            writeln!(f, "{latency}")?;
        }
        writeln!(f)?;
        self.conditions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let median = Measurement::median(&self.rounds).map_err(|_| fmt::Error)?;
        writeln!(f, "{:<28}{median}", self.what)?;
        for baseline in &self.baselines {
            let Baseline { name, median, ratio, lowest_ratio, highest_ratio, goal } = baseline;
            let spread = format!("{ratio:.2} ({lowest_ratio:.2} to {highest_ratio:.2})");
            let verdict = goal.map(|goal| format!("{goal:.2} {}", verdict(*ratio >= goal)));
            let line = format!("  {name:<26}{median}   {spread:<22}{}", verdict.unwrap_or_default());
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, measured, p99_ms_goal } = self;
        let reached = |goal: &f64| format!("{goal:.0} {}", verdict(measured.latency.p99_ms <= *goal));
        let verdict = p99_ms_goal.as_ref().map(reached).unwrap_or_default();
        write!(f, "{}", format!("{what:<28}{measured}      {verdict}").trim_end())
    }
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10}{:>9.2}{:>9.2}", self.rate(), self.latency.p50_ms, self.latency.p99_ms)
    }
}

impl Measurement {
    /// In full digits, which are easier to read.
    pub(super) fn rate(&self) -> String {
        with_thousands(self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::measurement::Percentiles;

    fn measurement(per_second: f64) -> Measurement {
        Measurement { per_second, latency: Percentiles { p50_ms: 0.5, p99_ms: 12.345 } }
    }

    #[test]
    fn rate_has_thousands_separators() {
        for (per_second, shown) in
            [(0.4, "0"), (999.0, "999"), (1_000.0, "1,000"), (53_697.3, "53,697"), (1_234_567.0, "1,234,567")]
        {
            assert_eq!(measurement(per_second).rate(), shown);
        }
    }

    #[test]
    fn report_shows_whether_goals_were_reached() {
        let baseline = [10_000.0, 20_000.0, 15_000.0].map(measurement);
        let compare = |rates: [f64; 3], goal| {
            let ours = rates.map(measurement);
            Comparison::of("resolve", &ours).unwrap().against("point select", &baseline, goal).unwrap()
        };
        let comparisons = vec![
            compare([6_000.0, 8_000.0, 7_500.0], Some(0.5)),
            compare([6_000.0; 3], Some(0.5)).against("nothing", &baseline, None).unwrap(),
        ];
        let latency =
            |goal| Latency { what: "memory".to_owned(), measured: measurement(5_000.0), p99_ms_goal: goal };
        let latencies = vec![latency(Some(50.0)), latency(Some(10.0)), latency(None)];
        let report = Report { comparisons, latencies, conditions: vec!["On a desk.".into()] };
        let expected = "
                              a second   p50 ms   p99 ms   ratio                 goal
resolve                          7,500     0.50    12.35
  point select                  15,000     0.50    12.35   0.50 (0.40 to 0.60)   0.50 reached
resolve                          6,000     0.50    12.35
  point select                  15,000     0.50    12.35   0.40 (0.30 to 0.60)   0.50 missed
  nothing                       15,000     0.50    12.35   0.40 (0.30 to 0.60)

at half of its peak                                           p99 ms at most
memory                           5,000     0.50    12.35      50 reached
memory                           5,000     0.50    12.35      10 missed
memory                           5,000     0.50    12.35

On a desk.
";
        assert_eq!(format!("\n{report}"), expected);
    }
}

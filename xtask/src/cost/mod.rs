//! `cargo xtask cost`: a month's cost by service, from dated list prices, measured usage and the given traffic.

mod bill;
mod measured;

use std::path::PathBuf;

use anyhow::{Context, Result};
use local_stack::checkout::Checkout;

use crate::programs;
pub(crate) use bill::{Bill, CONSUMERS, CORES_PER_FUNCTION, MonthlyTraffic, Prices};
pub(crate) use measured::Measured;

const PRICES: &str = include_str!("prices.toml");
/// The output of `--measure`.
const MEASURED: &str = include_str!("measured.toml");

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Redirects per month
    #[arg(long, default_value_t = 1e9)]
    redirects: f64,
    /// Share of redirects that the edge answers without the origin
    #[arg(long, default_value_t = 0.95)]
    hit_rate: f64,
    /// Clicks per message: an isolate sends the clicks of half a second, at most 100
    #[arg(long, default_value_t = 30.0)]
    clicks_per_message: f64,
    /// Messages per receive, at most 10: depends on AWS's pollers; see CloudWatch for a running queue
    #[arg(long, default_value_t = 1.0)]
    messages_per_receive: f64,
    /// Links created per month
    #[arg(long, default_value_t = 1e5)]
    links: f64,
    /// Retention of raw clicks in days
    #[arg(long, default_value_t = 180.0)]
    kept_days: f64,
    /// Use other prices than those of us-east-1, in the same format
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Measure usage in a local run instead of using the recorded figures
    #[arg(long)]
    measure: bool,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let prices = match &options.prices {
        Some(file) => {
            &std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => PRICES,
    };
    let prices = Prices::parse(prices)?;
    let measured = if options.measure { measure_here(checkout)? } else { Measured::parse(MEASURED)? };
    let traffic = MonthlyTraffic {
        redirects: options.redirects,
        hit_rate: options.hit_rate,
        clicks_per_message: options.clicks_per_message,
        messages_per_receive: options.messages_per_receive,
        links: options.links,
        kept_days: options.kept_days,
    };
    traffic.check()?;
    print!("{}", Bill::of(&traffic, &measured, &prices));
    Ok(())
}

/// The recorded usage and list prices.
pub(crate) fn recorded() -> Result<(Measured, Prices)> {
    Ok((Measured::parse(MEASURED)?, Prices::parse(PRICES)?))
}

fn measure_here(checkout: &Checkout) -> Result<Measured> {
    let output = programs::output_of(checkout, "bench", &["usage"])?;
    println!("For xtask/src/cost/measured.toml:\n\n{output}");
    Measured::parse(&output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_million(clicks_per_message: f64, messages_per_receive: f64) -> f64 {
        let traffic = MonthlyTraffic {
            redirects: 1e9,
            hit_rate: 0.95,
            clicks_per_message,
            messages_per_receive,
            links: 0.0,
            kept_days: 180.0,
        };
        let measured = Measured::parse(MEASURED).unwrap();
        Bill::of(&traffic, &measured, &Prices::parse(PRICES).unwrap()).usd_per_million_redirects()
    }

    #[test]
    fn cost_goal_holds_from_twenty_clicks_per_message() {
        assert!(per_million(8.0, 10.0) <= bill::GOAL, "{}", per_million(8.0, 10.0));
        assert!(per_million(20.0, 1.0) <= bill::GOAL, "{}", per_million(20.0, 1.0));
    }
}

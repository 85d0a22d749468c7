//! `cargo xtask cost`: what a month costs, by service. Prices are in a dated file, what a redirect uses up was measured, and
//! only the traffic is assumed. Decides what may be assumed, and how the bill is shown.

mod bill;
mod click_queue;
mod meter;

use std::path::PathBuf;

use anyhow::{Context, Result};

pub use bill::{Bill, Prices, Traffic};
pub use meter::{Measured, Size, Usage, measure};

use crate::artifacts::{self, Artifacts};
use crate::checkout::Checkout;
use crate::interrupt::unless_interrupted;
use crate::tools;

const PRICES: &str = include_str!("prices.toml");
/// What `--measure` said.
const MEASURED: &str = include_str!("measured.toml");

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Redirects in a month
    #[arg(long, default_value_t = 1e9)]
    redirects: f64,
    /// The part of them that the edge answers without asking the origin
    #[arg(long, default_value_t = 0.95)]
    hit_rate: f64,
    /// Clicks that travel in one message: an isolate sends what half a second brings it, 100 at most
    #[arg(long, default_value_t = 30.0)]
    clicks_per_message: f64,
    /// Messages that one receive brings, 10 at most: what AWS's pollers find; CloudWatch tells it of a running queue
    #[arg(long, default_value_t = 1.0)]
    messages_per_receive: f64,
    /// Links created in a month
    #[arg(long, default_value_t = 1e5)]
    links: f64,
    /// Days that raw clicks are kept
    #[arg(long, default_value_t = 180.0)]
    kept_days: f64,
    /// Other prices than those of us-east-1, in the same form
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Measure what a redirect uses up in a local run first, instead of taking what is noted
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
    let traffic = Traffic {
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

fn measure_here(checkout: &Checkout) -> Result<Measured> {
    tools::ensure(checkout)?;
    artifacts::build(checkout)?;
    let artifacts = Artifacts {
        origin_lambda: artifacts::build_release(checkout, "origin-lambda")?,
        log_consumer: artifacts::build_release(checkout, "log-consumer")?,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let usage = unless_interrupted(&runtime, measure(artifacts, Size { links: 500, redirects: 20_000 }))?;
    let measured = usage.per_unit();
    println!("{usage}\nFor xtask/src/cost/measured.toml:\n\n{measured}");
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn per_million(clicks_per_message: f64, messages_per_receive: f64) -> f64 {
        let traffic = Traffic {
            redirects: 1e9,
            hit_rate: 0.95,
            clicks_per_message,
            messages_per_receive,
            links: 0.0,
            kept_days: 180.0,
        };
        let measured = Measured::parse(MEASURED).unwrap();
        Bill::of(&traffic, &measured, &Prices::parse(PRICES).unwrap()).usd_a_million_redirects()
    }

    #[test]
    fn the_goal_holds_with_full_receives_from_eight_clicks_a_message_on_and_always_from_twenty_on() {
        assert!(per_million(8.0, 10.0) <= bill::GOAL, "{}", per_million(8.0, 10.0));
        assert!(per_million(20.0, 1.0) <= bill::GOAL, "{}", per_million(20.0, 1.0));
        assert!(per_million(8.0, 1.0) > bill::GOAL, "it holds always by now: the README says otherwise");
    }
}

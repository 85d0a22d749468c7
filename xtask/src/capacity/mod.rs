//! `cargo xtask capacity`: which part is full first at a rate of redirects, what carries that rate, and a month's cost.

mod model;

use anyhow::{Result, anyhow, ensure};
use local_stack::format::with_thousands;

use model::{Demand, Load, Model, Plan, use_of};

/// One for each order of magnitude, where no rate is given.
const RATES: [f64; 6] = [1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Redirects a second, such as 20000 or 1e6/s; without it, each order of magnitude up to a million
    #[arg(long, value_name = "RATE", value_parser = rate)]
    redirects: Option<f64>,
    /// Share of redirects that the edge answers without the origin
    #[arg(long, default_value_t = 0.95)]
    hit_rate: f64,
    /// Clicks per message: an isolate sends the clicks of half a second, at most 100
    #[arg(long, default_value_t = 30.0)]
    clicks_per_message: f64,
    /// Redirects for each link that is created
    #[arg(long, default_value_t = 200.0)]
    redirects_per_link: f64,
    /// Retention of raw clicks in days
    #[arg(long, default_value_t = 180.0)]
    kept_days: f64,
}

fn rate(text: &str) -> Result<f64> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    let rate = number.parse().map_err(|_| anyhow!("a rate is a number, such as 20000 or 1e6/s"))?;
    ensure!((1.0..=1e8).contains(&rate), "a rate must be from 1 to 1e8 a second");
    Ok(rate)
}

pub fn run(options: &Options) -> Result<()> {
    let model = Model::recorded()?;
    let plan = |redirects| -> Result<Plan> {
        model.plan(&Load {
            redirects,
            hit_rate: options.hit_rate,
            clicks_per_message: options.clicks_per_message,
            redirects_per_link: options.redirects_per_link,
            kept_days: options.kept_days,
        })
    };
    match options.redirects {
        Some(redirects) => print!("{}", plan(redirects)?),
        None => print!("{}", overview(&RATES.map(plan).into_iter().collect::<Result<Vec<_>>>()?)),
    }
    println!("{}", model.basis());
    Ok(())
}

fn overview(plans: &[Plan]) -> String {
    let mut table = row("a second", "full first", "what carries it", "then", "USD a month");
    for plan in plans {
        let [first, second, ..] = plan.by_use();
        let named = |demand: &Demand| format!("{} {}", demand.part, use_of(demand.used()));
        table.push_str(&row(
            &with_thousands(plan.redirects),
            &named(first),
            &first.carried_by,
            &named(second),
            &with_thousands(plan.usd_a_month()),
        ));
    }
    table.push('\n');
    table
}

fn row(rate: &str, first: &str, carried_by: &str, second: &str, usd: &str) -> String {
    format!("{rate:>10}  {first:<23}{carried_by:<50}{second:<23}{usd:>12}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_is_a_number_with_or_without_its_unit() {
        assert_eq!(rate("20000").unwrap(), 20_000.0);
        assert_eq!(rate("1e6/s").unwrap(), 1e6);
        for wrong in ["", "fast", "-1", "0", "1e9", "1e6/min", "NaN"] {
            rate(wrong).unwrap_err();
        }
    }
}

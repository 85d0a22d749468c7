//! `cargo xtask bench attacks`: latency of warm and cold redirects while a stranger attacks the API, the names and the
//! passwords.

mod attack;
mod visitors;

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use local_stack::{Stack, StackOptions, unless_interrupted};

use self::attack::{ATTACKS, AttackTarget};
use self::visitors::{Observation, Visitors};
use crate::load::measurement::Percentiles;

/// The highest allowed ratio of p99 of warm redirects, under attack to before.
const GOAL_RATIO: f64 = 2.0;

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Seconds per attack, and of the quiet period before it
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..=120))]
    pub seconds: u16,
    /// Run only attacks whose name contains this
    #[arg(long)]
    pub only: Option<String>,
}

pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    unless_interrupted(&runtime, measure(options))
}

async fn measure(options: &Options) -> Result<()> {
    let stack = Stack::start(StackOptions {
        // Trusts the client's address: there are many visitors and attackers.
        client_address: None,
        on_step: |step| println!("      {step}"),
        ..StackOptions::default()
    })
    .await?;
    let outcome = measure_all(&stack, options).await;
    stack.stop().await;
    outcome
}

async fn measure_all(stack: &Stack, options: &Options) -> Result<()> {
    let is_selected = |name: &str| options.only.as_deref().is_none_or(|part| name.contains(part));
    ensure!(ATTACKS.iter().any(|attack| is_selected(attack.name)), "no attack matches --only");
    let time = Duration::from_secs(options.seconds.into());
    let target = AttackTarget::prepare(stack).await?;
    let visitors = Visitors::prepare(&target).await?;
    // The first round warms up connections and caches and is not shown.
    visitors.visit_for(time).await?;
    println!(
        "\n{:<34}{:>9}{:>9}{:>8}{:>10}{:>8}{:>8}",
        "", "p50 ms", "p99 ms", "ratio", "redirects", "stale", "failed"
    );
    let mut failures = Vec::new();
    for attack in ATTACKS.iter().filter(|attack| is_selected(attack.name)) {
        let quiet = visitors.visit_for(time).await?;
        let attackers = attack.start(&target);
        let attacked = visitors.visit_for(time).await?;
        drop(attackers);
        failures.extend(report(attack.name, quiet, attacked)?);
    }
    println!(
        "\nGoal: no redirect fails or is stale; p99 of warm redirects is at most {GOAL_RATIO} times that of the {time:?} before the attack.\n\
         Per second: {} warm redirects from many addresses, {} cold ones and {} writes of an editor, at one edge. Latency counts from when a request\n\
         was due. The whole stack runs on this machine; the origin is a debug build.",
        visitors::WARM_PER_SECOND,
        visitors::COLD_PER_SECOND,
        visitors::WRITES_PER_SECOND,
    );
    if failures.is_empty() {
        return Ok(());
    }
    bail!("{}", failures.join("\n"))
}

/// Prints both observations and returns the failures.
fn report(name: &str, quiet: Observation, attacked: Observation) -> Result<Vec<String>> {
    let mut failures: Vec<String> = [("quiet", &quiet), (name, &attacked)]
        .into_iter()
        .flat_map(|(name, seen)| {
            seen.failures.iter().take(3).map(move |failure| format!("{name}: {failure}"))
        })
        .collect();
    if attacked.stale > 0 {
        failures.push(format!("{name}: {} redirects were stale", attacked.stale));
    }
    let mut before = f64::NAN;
    for (name, seen) in [("quiet", quiet), (name, attacked)] {
        let (redirects, stale, failed) = (seen.warm_micros.len(), seen.stale, seen.failures.len());
        let Percentiles { p50_ms, p99_ms } = Percentiles::of_micros(seen.warm_micros)?;
        let ratio = if before.is_nan() { String::new() } else { format!("{:.2}", p99_ms / before) };
        println!("{name:<34}{p50_ms:>9.1}{p99_ms:>9.1}{ratio:>8}{redirects:>10}{stale:>8}{failed:>8}");
        if p99_ms > GOAL_RATIO * before {
            failures.push(format!("{name}: p99 of warm redirects rose to {ratio} times the quiet period's"));
        }
        before = p99_ms;
    }
    Ok(failures)
}

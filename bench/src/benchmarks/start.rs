//! `cargo xtask bench start`: the time from a function's process start to its first request for an invocation. Lambda's
//! own part of a cold start (sandbox, code download) is not included.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use local_stack::checkout::Checkout;
use local_stack::{LambdaProcess, artifacts, unless_interrupted};

use crate::load::measurement::Percentiles;

/// A visitor waits for a cold start, and most of it is Lambda's own time.
const GOAL_MS: f64 = 10.0;

/// Packages and their binaries have the same names.
const FUNCTIONS: [&str; 2] = ["origin-lambda", "log-consumer"];

/// As in production, except that nothing listens at the addresses: a start connects to nothing.
const ENVIRONMENT: [(&str, &str); 15] = [
    ("DATABASE_URL", "postgres://origin:password@127.0.0.1:1/links?sslmode=verify-full"),
    ("LINKS_DATABASE_URL", "postgres://consumer:password@127.0.0.1:1/links?sslmode=verify-full"),
    ("ANALYTICS_DATABASE_URL", "postgres://origin:password@127.0.0.1:1/analytics?sslmode=verify-full"),
    ("DEFAULT_DOMAIN", "go.example.com"),
    ("SHORTLINE_ADMIN_KEY", "an-admin-key-of-some-length"),
    ("EDGE_SECRET", "an-edge-secret-of-some-length"),
    ("CODE_KEY", "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94"),
    ("CODE_CEILING", "1000000000"),
    ("CLICK_QUEUE_URL", "http://127.0.0.1:1/000000000000/clicks"),
    ("DEAD_LETTER_QUEUE_URL", "http://127.0.0.1:1/000000000000/clicks-dead"),
    ("RESPONSE_STREAM", "true"),
    ("RUST_LOG", "info"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
];

#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Starts per function, in turn
    #[arg(long, default_value_t = 101, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub starts: u16,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    println!("[1/2] build the functions, optimised (takes minutes the first time)");
    for function in FUNCTIONS {
        artifacts::build_release(checkout, function)?;
    }
    println!("[2/2] measure");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    unless_interrupted(&runtime, measure(checkout, options.starts))
}

async fn measure(checkout: &Checkout, starts: u16) -> Result<()> {
    let environment: BTreeMap<_, _> =
        ENVIRONMENT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let log = checkout.runs().join("start.log");
    let mut micros = FUNCTIONS.map(|function| (function, Vec::new()));
    // The first start reads the binary from disk and is not counted.
    for number in 0..=starts {
        for (function, micros) in &mut micros {
            let took = start(&artifacts::release(checkout, function), &environment, &log).await?;
            if number > 0 {
                micros.push(took);
            }
        }
    }
    let _ = std::fs::remove_file(&log);
    println!("\n{:<16}{:>9}{:>9}   goal: p50", "exec → next", "p50 ms", "p99 ms");
    for (function, micros) in micros {
        let Percentiles { p50_ms, p99_ms } = Percentiles::of_micros(micros)?;
        let verdict = if p50_ms <= GOAL_MS { "reached" } else { "missed" };
        println!("{function:<16}{p50_ms:>9.2}{p99_ms:>9.2}   ≤ {GOAL_MS} ms {verdict}");
    }
    println!(
        "\n{starts} starts of each release build, in turn, behind a Runtime API on loopback, without calls to databases or queues."
    );
    Ok(())
}

async fn start(binary: &Path, environment: &BTreeMap<String, String>, log: &Path) -> Result<u32> {
    let function = LambdaProcess::start(binary, environment, log).await?;
    function.stop().await;
    Ok(u32::try_from(function.started_in.as_micros()).unwrap_or(u32::MAX))
}

//! The API against its own OpenAPI document: thousands of requests that nobody would think of, one after the other and building
//! on each other's answers.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use xtask::checkout::Checkout;
use xtask::stack::{StackOptions, run_to_end};

use crate::shared::{System, on_own_stack};

/// For each operation and phase; some 2,500 requests in all.
const MAX_EXAMPLES: &str = "25";

pub fn trials() -> Vec<Trial> {
    vec![on_own_stack("no_request_meets_an_error_or_an_undocumented_answer", options, conform)]
}

fn options() -> StackOptions {
    StackOptions { client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

async fn conform(system: &System) -> Result<()> {
    let folder = system.stack.logs.join("contract");
    std::fs::create_dir_all(&folder)?;
    let mut command = Command::new(Checkout::here().venv().join("bin/schemathesis"));
    command
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", system.stack.edge_url))
        .arg(format!("--header=Authorization: Bearer {}", system.stack.admin_key))
        .args(["--phases=examples,coverage,fuzzing,stateful", "--max-examples", MAX_EXAMPLES])
        // A failure must come again when the test is run again.
        .arg("--generation-deterministic")
        // What no schema can say (a date in the past, a name that is taken) is refused though it fits.
        .arg("--exclude-checks=positive_data_acceptance")
        .args(["--request-timeout=30", "--no-color"])
        // It keeps notes where it runs.
        .current_dir(&folder);
    let said = run_to_end("schemathesis", command, &folder.join("schemathesis.log")).await?;
    let cases = said
        .lines()
        .find(|line| line.contains(" generated,"))
        .context("it does not say how many cases it tried")?;
    ensure!(cases.contains("passed") && !cases.contains("found"), "{said}");
    println!("schemathesis: {}", cases.trim());
    Ok(())
}

//! Checks the API against its OpenAPI document with thousands of generated requests, some built from earlier answers.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use local_stack::checkout::Checkout;
use local_stack::{StackOptions, run_one_shot};

use crate::shared::{System, on_own_stack};

/// Per operation and phase; about 2,500 requests in all.
const MAX_EXAMPLES: &str = "25";

pub fn trials() -> Vec<Trial> {
    vec![on_own_stack("generated_requests_get_documented_answers_only", options, conform)]
}

fn options() -> StackOptions {
    StackOptions { client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

async fn conform(system: &System) -> Result<()> {
    let folder = system.stack.logs.join("contract");
    std::fs::create_dir_all(&folder)?;
    let mut command = Command::new(Checkout::here().test_venv().join("bin/schemathesis"));
    command
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", system.stack.edge_url))
        .arg(format!("--header=Authorization: Bearer {}", system.stack.admin_key))
        .args(["--phases=examples,coverage,fuzzing,stateful", "--max-examples", MAX_EXAMPLES])
        // A failure is reproducible.
        .arg("--generation-deterministic")
        // The API refuses some requests that fit the schema, which cannot express a date in the past or a taken name.
        .arg("--exclude-checks=positive_data_acceptance")
        .args(["--request-timeout=30", "--no-color"])
        // It writes files into its working directory.
        .current_dir(&folder);
    let output = run_one_shot("schemathesis", command, &folder.join("schemathesis.log")).await?;
    let cases = output
        .lines()
        .find(|line| line.contains(" generated,"))
        .context("schemathesis printed no number of cases")?;
    ensure!(cases.contains("passed") && !cases.contains("found"), "{output}");
    println!("schemathesis: {}", cases.trim());
    Ok(())
}

//! Runs a round of pgbench, one prepared statement in a closed loop per connection, and parses its output.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result, bail, ensure};
use local_stack::checkout::Checkout;
use local_stack::{run_one_shot, tools};

use crate::load::LoadProfile;
use crate::load::measurement::{Measurement, Percentiles};

#[derive(Debug)]
pub(super) struct PgbenchRunner {
    binary: PathBuf,
    database_url: String,
    /// For its scripts and output.
    folder: PathBuf,
}

#[derive(Debug)]
pub(super) struct Script<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) variables: &'a [(&'a str, String)],
}

impl PgbenchRunner {
    pub(super) fn new(checkout: &Checkout, database_url: &str, folder: PathBuf) -> Self {
        Self { binary: tools::pgbench(checkout), database_url: database_url.to_owned(), folder }
    }

    pub(super) async fn version(&self) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command.arg("--version");
        let log = self.folder.join("version.log");
        Ok(run_one_shot("pgbench", command, &log).await?.trim().to_owned())
    }

    pub(super) async fn run(&self, script: &Script<'_>, profile: LoadProfile) -> Result<Measurement> {
        let folder = self.folder.join(script.name);
        // Remove the previous round's files, so that they are not counted again.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let file = folder.join("script.sql");
        std::fs::write(&file, script.text).with_context(|| format!("cannot write {}", file.display()))?;

        let mut command = Command::new(&self.binary);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--log"])
            // Log every tenth transaction: enough for percentiles, with little overhead.
            .arg("--sampling-rate=0.1")
            .arg(format!("--log-prefix={}", folder.join("times").display()))
            .arg(format!("--file={}", file.display()))
            .arg(format!("--client={}", profile.connections))
            .arg(format!("--jobs={}", threads(profile.connections)))
            .arg(format!("--time={}", profile.time.as_secs()));
        for (name, value) in script.variables {
            command.arg(format!("--define={name}={value}"));
        }
        command.arg(&self.database_url);
        let output = run_one_shot("pgbench", command, &folder.join("output.log")).await?;
        Ok(Measurement {
            per_second: transactions_per_second(&output)?,
            latency: Percentiles::of_micros(sampled_times(&folder)?)?,
        })
    }
}

/// pgbench is fastest with one thread per core.
fn threads(connections: u16) -> usize {
    available_parallelism().map_or(1, usize::from).min(connections.into())
}

fn transactions_per_second(output: &str) -> Result<f64> {
    let value = |label: &str| output.lines().find_map(|line| line.strip_prefix(label));
    let failed = value("number of failed transactions: ")
        .context("pgbench printed no number of failed transactions")?;
    ensure!(failed.starts_with("0 "), "failed transactions of pgbench: {failed}");
    let number = value("tps = ").and_then(|rest| rest.split(' ').next());
    match number.map(str::parse) {
        Some(Ok(number)) => Ok(number),
        _ => bail!("pgbench printed no rate:\n{output}"),
    }
}

fn sampled_times(folder: &Path) -> Result<Vec<u32>> {
    let mut micros = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("times.") {
            let text = std::fs::read_to_string(entry.path()).context("cannot read what pgbench wrote")?;
            for line in text.lines() {
                micros.push(parse_time(line).with_context(|| format!("pgbench wrote {line:?}"))?);
            }
        }
    }
    Ok(micros)
}

/// "client transaction microseconds script epoch microseconds"
fn parse_time(line: &str) -> Option<u32> {
    line.split(' ').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "pgbench (18.4)
transaction type: script.sql
number of transactions actually processed: 161117
number of failed transactions: 0 (0.000%)
latency average = 0.296 ms
initial connection time = 21.340 ms
tps = 53697.345530 (without initial connection time)
";

    #[test]
    fn rate_is_parsed() {
        assert_eq!(transactions_per_second(OUTPUT).unwrap(), 53_697.345_53);
    }

    #[test]
    fn failed_transaction_fails_the_round() {
        let failing = OUTPUT.replace("transactions: 0 (0.000%)", "transactions: 10 (0.006%)");
        assert!(transactions_per_second(&failing).unwrap_err().to_string().contains(": 10 (0.006%)"));
        assert!(transactions_per_second("").is_err());
    }

    #[test]
    fn transaction_time_is_parsed() {
        assert_eq!(parse_time("8 1 9606 0 1795476659 540159"), Some(9606));
        assert_eq!(parse_time("8 1 skipped 0 1795476659 540159"), None);
        assert_eq!(parse_time(""), None);
    }
}

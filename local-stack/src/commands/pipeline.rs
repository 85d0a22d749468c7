//! `cargo xtask pipeline`: prints the click accounting as a table.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Base URL of Shortline
    #[arg(long, default_value = "http://127.0.0.1:8787")]
    pub url: String,
    /// Only this producer, with its missing batches
    #[arg(long)]
    pub producer: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PipelineAnswer {
    total: ClickAccounting,
    complete_until: Option<String>,
    producers: Vec<ProducerRow>,
}

#[derive(Debug, Deserialize)]
struct ClickAccounting {
    produced: i64,
    stored: i64,
    duplicate: i64,
    dropped: std::collections::BTreeMap<String, i64>,
    dead_lettered: i64,
    missing: i64,
}

#[derive(Debug, Deserialize)]
struct ProducerRow {
    producer: String,
    #[serde(flatten)]
    accounting: ClickAccounting,
    #[serde(default)]
    missing_batches: Vec<(i64, i64)>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    print!("{}", table(&runtime.block_on(fetch(options))?));
    Ok(())
}

async fn fetch(options: &Options) -> Result<PipelineAnswer> {
    let producer =
        options.producer.as_ref().map_or_else(String::new, |producer| format!("?producer={producer}"));
    let url = format!("{}/api/v1/pipeline{producer}", options.url.trim_end_matches('/'));
    // Not an argument: other users can read a process's arguments.
    let key = std::env::var("SHORTLINE_ADMIN_KEY")
        .context("set SHORTLINE_ADMIN_KEY to an admin key; `cargo xtask dev` prints one")?;
    let answer = reqwest::Client::new().get(&url).bearer_auth(key).send().await;
    let answer = answer.with_context(|| format!("no answer from {url}"))?;
    let (status, body) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("{url} answers {status}: {body}");
    }
    serde_json::from_str(&body).with_context(|| format!("unexpected answer: {body}"))
}

fn table(pipeline: &PipelineAnswer) -> String {
    let mut text = format!(
        "{:<32} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10}\n",
        "producer", "produced", "stored", "dropped", "dead", "missing", "duplicate"
    );
    for producer in &pipeline.producers {
        add_row(&mut text, &producer.producer, &producer.accounting);
        for (first, last) in &producer.missing_batches {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  missing: batches {first} to {last}");
        }
    }
    add_row(&mut text, "total", &pipeline.total);
    for (reason, clicks) in pipeline.total.dropped.iter().filter(|(_, clicks)| **clicks != 0) {
        let _ = writeln!(text, "  dropped: {clicks} for {reason}");
    }
    let _ =
        writeln!(text, "complete until {}", pipeline.complete_until.as_deref().unwrap_or("an unknown time"));
    text
}

fn add_row(text: &mut String, name: &str, accounting: &ClickAccounting) {
    let dropped: i64 = accounting.dropped.values().sum();
    let ClickAccounting { produced, stored, duplicate, dead_lettered, missing, .. } = accounting;
    let _ = writeln!(
        text,
        "{name:<32} {produced:>12} {stored:>12} {dropped:>10} {dead_lettered:>10} {missing:>10} {duplicate:>10}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_shows_every_column_and_missing_batches() {
        let pipeline = serde_json::from_value(serde_json::json!({
            "total": { "produced": 10, "stored": 5, "duplicate": 1, "dropped": { "queue_refused": 2, "buffer_full": 0 },
                       "dead_lettered": 1, "missing": 2 },
            "complete_until": null,
            "producers": [{
                "producer": "000102030405060708090a0b0c0d0e0f", "produced": 10, "stored": 5, "duplicate": 1,
                "dropped": { "queue_refused": 2 }, "dead_lettered": 1, "missing": 2, "first_at": "", "last_at": "",
                "missing_batches": [[3, 4]],
            }],
        }));
        let row = "           10            5          2          1          2          1\n";
        let expected = format!(
            "producer                             produced       stored    dropped       dead    missing  duplicate\n\
             000102030405060708090a0b0c0d0e0f{row}  missing: batches 3 to 4\n\
             {:<32}{row}  dropped: 2 for queue_refused\ncomplete until an unknown time\n",
            "total"
        );
        assert_eq!(table(&pipeline.unwrap()), expected);
    }
}

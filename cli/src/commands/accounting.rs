//! `accounting`: what became of every click.

use serde_json::{Value, json};

use super::columns;
use crate::api::client::Call;
use crate::app::App;
use crate::args::AccountingArgs;
use crate::args::Format;
use crate::error::CliError;
use crate::output::cell::{Column, grouped};
use crate::times;

/// Of the summary, as rows.
const SUMMARY: [Column; 2] = [Column::text("OUTCOME", "outcome"), Column::number("CLICKS", "clicks")];

pub fn run(app: &mut App, arguments: &AccountingArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let accounting = client.json(&Call::get("/pipeline").maybe("producer", arguments.producer.as_ref()))?;
    if arguments.producers || arguments.producer.is_some() {
        let producers = accounting.get("producers").and_then(Value::as_array).cloned().unwrap_or_default();
        return app.output.rows(&columns::PRODUCERS, producers);
    }
    if !app.output.is_plain() && app.output.format != Format::Csv {
        return app.output.record(&[], &accounting);
    }
    let rows = summary(&accounting);
    app.output.rows(&SUMMARY, rows)?;
    if app.output.is_plain()
        && let Some(until) = accounting.get("complete_until").and_then(Value::as_str)
    {
        app.note(&format!("Complete until {} UTC.", times::short(until)));
    }
    if number(&accounting, "/total/missing") > 0 {
        app.note("`shortline accounting --producers` shows whose clicks are missing.");
    }
    Ok(())
}

fn number(accounting: &Value, pointer: &str) -> u64 {
    accounting.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

/// The parts that add up to what was produced, without drop reasons that are zero.
fn summary(accounting: &Value) -> Vec<Value> {
    let row = |outcome: String, clicks: u64| json!({"outcome": outcome, "clicks": grouped(clicks)});
    let total = |name: &str| number(accounting, &format!("/total/{name}"));
    let mut rows =
        vec![row("produced".to_owned(), total("produced")), row("  stored".to_owned(), total("stored"))];
    let dropped = accounting.pointer("/total/dropped").and_then(Value::as_object).into_iter().flatten();
    for (reason, clicks) in dropped {
        if let Some(clicks) = clicks.as_u64().filter(|clicks| *clicks > 0) {
            rows.push(row(format!("  dropped: {}", reason.replace('_', " ")), clicks));
        }
    }
    rows.push(row("  dead-lettered".to_owned(), total("dead_lettered")));
    rows.push(row("  missing".to_owned(), total("missing")));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_adds_up_and_leaves_out_what_is_zero() {
        let accounting = json!({"total": {
            "produced": 12_345, "stored": 12_000, "duplicate": 3, "dead_lettered": 0, "missing": 45,
            "dropped": {"queue_unavailable": 300, "buffer_full": 0},
        }});
        let rows = summary(&accounting);
        let shown: Vec<String> =
            rows.iter().map(|row| format!("{} {}", row["outcome"], row["clicks"])).collect();
        insta::assert_snapshot!(shown.join("\n"));
    }
}

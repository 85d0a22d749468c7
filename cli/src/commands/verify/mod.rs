//! `verify`: whether old and new short URLs lead to the same place.

mod compare;
mod file;
mod row;
mod source;

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::{import, probing};
use crate::app::{self, App};
use crate::args::check::{CompareArgs, VerifyArgs};
use crate::error::CliError;
use crate::output::cell::{Column, counted};
use crate::probe::finding::{Finding, Verdict};
use crate::probe::journey::Goal;
use row::Row;

const COLUMNS: [Column; 7] = [
    Column::text("RESULT", "result"),
    Column::number("ROW", "row"),
    Column::text("OLD", "old"),
    Column::flexible("LEADS TO", "old_target"),
    Column::text("NEW", "new"),
    Column::flexible("LEADS TO", "new_target"),
    Column::flexible("DETAIL", "detail"),
];

pub fn run(app: &mut App, arguments: &VerifyArgs) -> Result<(), CliError> {
    match &arguments.source {
        Some(command) => {
            let options = import::options(command);
            report(app, &source::rows(app, command, options)?, &options.compare)
        }
        None => {
            // Clap requires one of the two.
            let file = arguments.file.as_deref().unwrap_or("-");
            let rows = file::parse(&app::read_text(file)?);
            let rows = rows.map_err(|cause| CliError::file("read", file, cause))?;
            report(app, &rows, &arguments.compare)
        }
    }
}

fn report(app: &mut App, rows: &[Row], arguments: &CompareArgs) -> Result<(), CliError> {
    let urls: BTreeSet<&String> = rows.iter().flat_map(|row| row.old.iter().chain(&row.new)).collect();
    let urls = urls.into_iter().cloned().collect();
    let mut findings = HashMap::new();
    probing::ask(app, "verify", Goal::FirstTarget, &arguments.probe, urls, |_, finding| {
        findings.insert(finding.url.clone(), finding);
        Ok(())
    })?;
    let total = rows.len();
    let compared: Vec<Value> = rows.iter().map(|row| compared(row, &findings)).collect();
    let count = |result: &str| compared.iter().filter(|row| is(row, result)).count();
    let (same, different) = (count("same"), count("different"));
    let shown = compared.into_iter().filter(|row| arguments.all || !is(row, "same"));
    app.output.rows(&COLUMNS, shown.collect())?;
    app.output.flush()?;
    let summary = format!(
        "{}: {different} different, {} unresolved, {same} the same",
        counted(total as u64, "row"),
        total - same - different
    );
    if same < total {
        return Err(CliError::Found(summary));
    }
    app.note(&format!("{summary}."));
    Ok(())
}

fn is(row: &Value, result: &str) -> bool {
    row.get("result").and_then(Value::as_str) == Some(result)
}

fn compared(row: &Row, findings: &HashMap<String, Finding>) -> Value {
    let find = |url: &Option<String>| url.as_ref().and_then(|url| findings.get(url));
    let (old, new) = (find(&row.old), find(&row.new));
    let resolved = |finding: &&Finding| finding.result == Verdict::Ok;
    let is_resolved = row.problem.is_none() && [old, new].into_iter().flatten().all(|one| resolved(&one));
    // Without a redirect, the last URL is the shortener's own.
    let target = |finding: Option<&Finding>| finding.filter(resolved).and_then(|one| one.final_url.clone());
    let (old_target, new_target) = (target(old), target(new));
    let places: Vec<&String> = [&old_target, &new_target, &row.expected].into_iter().flatten().collect();
    let differences = compare::differences(&places);
    let mut details: Vec<String> = row.problem.clone().into_iter().collect();
    details.extend(remark("old", old));
    details.extend(remark("new", new));
    if !differences.is_empty() {
        details.push(format!("different {}", differences.join(", ")));
    }
    let result = match (is_resolved, differences.is_empty()) {
        (false, _) => "unresolved",
        (true, true) => "same",
        (true, false) => "different",
    };
    let status = |finding: Option<&Finding>| finding.and_then(|finding| finding.status);
    json!({
        "result": result, "row": row.number, "old": row.old, "old_status": status(old), "old_target": old_target,
        "new": row.new, "new_status": status(new), "new_target": new_target, "expected": row.expected,
        "detail": Some(details.join("; ")).filter(|detail| !detail.is_empty()),
    })
}

/// Why it does not redirect, or what its target says as a known warning page.
fn remark(name: &str, finding: Option<&Finding>) -> Option<String> {
    let Finding { result, status, detail, .. } = finding?;
    let detail = detail.as_ref()?;
    match status.filter(|_| *result != Verdict::Ok) {
        Some(status) => Some(format!("{name}: {status} {detail}")),
        None => Some(format!("{name}: {detail}")),
    }
}

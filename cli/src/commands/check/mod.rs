//! `check`: which destinations are dead, have moved or lead to a warning page.

mod destinations;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::{links, probing};
use crate::api::client::{Call, Client};
use crate::api::pages::Items;
use crate::app::App;
use crate::args::Format;
use crate::args::check::CheckArgs;
use crate::error::CliError;
use crate::output::cell::Column;
use crate::probe::finding::{Finding, Verdict};
use crate::probe::journey::Goal;
use destinations::{Destinations, Use};

const COLUMNS: [Column; 8] = [
    Column::text("RESULT", "result"),
    Column::text("STATUS", "status"),
    Column::flexible("DESTINATION", "url"),
    Column::flexible("DETAIL", "detail"),
    Column::flexible("MOVED TO", "moved_to"),
    Column::number("LINKS", "link_count"),
    Column::text("SHORT URL", "short_url"),
    Column::time("CHECKED", "checked_at"),
];

pub fn run(app: &mut App, arguments: &CheckArgs) -> Result<(), CliError> {
    let destinations = read(app, &app.client()?, arguments)?;
    let mut report = Report { all: arguments.all, uses: destinations.0, ..Report::default() };
    let urls: Vec<String> = report.uses.keys().cloned().collect();
    let total = urls.len();
    probing::ask(app, "check", Goal::End, &arguments.probe, urls, |app, finding| report.add(app, finding))?;
    report.finish(app, total)
}

fn read(app: &App, client: &Client, arguments: &CheckArgs) -> Result<Destinations, CliError> {
    let mut destinations = Destinations::default();
    let call = links::filtered(&arguments.filter).maybe("archived", arguments.archived.then_some("all"));
    for (number, link) in (1..).zip(Items::new(client, call, None)) {
        destinations.add_link(&link?);
        app.progress(number);
    }
    if arguments.filter.is_empty() {
        let domains: Result<Vec<Value>, CliError> = Items::new(client, Call::get("/domains"), None).collect();
        match domains {
            Ok(domains) => domains.iter().for_each(|domain| destinations.add_domain(domain)),
            // A key may see links and no domains.
            Err(CliError::Refused(problem)) if matches!(problem.status, 403 | 404) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(destinations)
}

/// JSON lines and CSV are printed as results come, tables and JSON sorted at the end.
#[derive(Debug, Default)]
struct Report {
    all: bool,
    uses: BTreeMap<String, Vec<Use>>,
    counts: HashMap<Verdict, usize>,
    sorted: Vec<(Verdict, Value)>,
    printed: usize,
}

impl Report {
    fn add(&mut self, app: &mut App, finding: Finding) -> Result<(), CliError> {
        let verdict = finding.result;
        *self.counts.entry(verdict).or_default() += 1;
        if verdict == Verdict::Ok && !self.all {
            return Ok(());
        }
        let row = row(&finding, self.uses.get(&finding.url).map(Vec::as_slice).unwrap_or_default());
        match app.output.format {
            Format::Table | Format::Json => self.sorted.push((verdict, row)),
            Format::Jsonl | Format::Csv => {
                app.output.row(&COLUMNS, &row, self.printed == 0)?;
                app.output.flush()?;
                self.printed += 1;
            }
        }
        Ok(())
    }

    fn finish(mut self, app: &mut App, total: usize) -> Result<(), CliError> {
        if self.printed == 0 {
            let url = |row: &Value| row.get("url").and_then(Value::as_str).map(str::to_owned);
            self.sorted.sort_by_cached_key(|(verdict, row)| (*verdict, url(row)));
            app.output.rows(&COLUMNS, self.sorted.into_iter().map(|(_, row)| row).collect())?;
        }
        app.output.flush()?;
        let count = |verdict| self.counts.get(&verdict).copied().unwrap_or_default();
        let summary = format!(
            "{total} destinations: {} dead, {} with a warning page, {} moved, {} unclear, {} skipped, {} fine",
            count(Verdict::Dead),
            count(Verdict::Warning),
            count(Verdict::Moved),
            count(Verdict::Unclear),
            count(Verdict::Skipped),
            count(Verdict::Ok),
        );
        if count(Verdict::Dead) + count(Verdict::Warning) > 0 {
            return Err(CliError::Found(summary));
        }
        app.note(&format!("{summary}."));
        Ok(())
    }
}

fn row(finding: &Finding, uses: &[Use]) -> Value {
    json!({
        "url": finding.url, "result": finding.result, "status": finding.status, "detail": finding.detail,
        "moved_to": finding.moved_to, "final_url": finding.final_url, "link_count": uses.len(),
        "short_url": uses.first().map(|used| &used.short_url), "links": destinations::as_json(uses),
        "checked_at": finding.checked_at,
    })
}

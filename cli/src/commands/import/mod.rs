//! `import`: links of another shortener, from its files or its API, over `/imports`.

mod columns;
mod draft;
mod driver;
mod failures;
mod json_repair;
mod names;
mod paging;
mod roles;
mod row;
mod source_api;
mod sources;
mod state;
mod table;
mod tally;
mod times;

use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::client::{Call, Client, segment};
use crate::app::{self, App};
use crate::args::Format;
use crate::args::import::{ImportCommand, RunArgs, TableArgs};
use crate::error::CliError;
use crate::output::cell::Column;
use draft::Reading;
use driver::Driver;
use failures::FailuresFile;
use names::Domains;
use sources::{Given, Source};
use state::{ImportKey, Memory};
use tally::Tally;

const COLUMNS: [Column; 5] = [
    Column::text("VERDICT", "verdict"),
    Column::flexible("OLD", "old"),
    Column::flexible("NEW", "new"),
    Column::flexible("DESTINATION", "destination"),
    Column::flexible("REASON", "reason"),
];

pub fn run(app: &mut App, command: &ImportCommand) -> Result<(), CliError> {
    use ImportCommand as Command;
    let (source, given, table, run) = match command {
        Command::Csv(one) => (Source::Csv, Given::File(&one.file), &one.table, &one.run),
        Command::Yourls(one) => (Source::Yourls, Given::File(&one.file), &one.table, &one.run),
        Command::Bitly(one) => (Source::Bitly, Given::service(one), &one.table, &one.run),
        Command::Dub(one) => (Source::Dub, Given::service(one), &one.table, &one.run),
        Command::Shortio(one) => (Source::Shortio, Given::service(one), &one.table, &one.run),
        Command::Rebrandly(one) => (Source::Rebrandly, Given::service(one), &one.table, &one.run),
        Command::Shlink(one) => (Source::Shlink, Given::hosted(&one.from), &one.table, &one.run),
        Command::Kutt(one) => (Source::Kutt, Given::hosted(&one.from), &one.table, &one.run),
        Command::Sink(one) => (Source::Sink, Given::hosted(&one.from), &one.table, &one.run),
        Command::Shortline(one) => (Source::Shortline, Given::hosted(&one.from), &one.table, &one.run),
    };
    import(app, source, &given, table, run)
}

fn import(
    app: &mut App,
    source: Source,
    given: &Given<'_>,
    table: &TableArgs,
    run: &RunArgs,
) -> Result<(), CliError> {
    let client = app.client()?;
    let domains = Domains::read(&client, run.domain.as_deref())?;
    let reading = Reading {
        now: Timestamp::from_second(app.now.unix_timestamp())
            .map_err(|error| CliError::Other(error.to_string()))?,
        zone: table.timezone.as_deref().map(times::zone).transpose().map_err(CliError::Usage)?,
        needs_zone: source == Source::Yourls,
    };
    let opened =
        sources::open(source, given, &table.map, reading, &|host| domains.has(host), !app.global.quiet)?;
    if let Some(recognised) = &opened.recognised {
        app.warn(&format!("Columns: {recognised}."));
    }
    let failures = run.failures.as_deref();
    let failures =
        failures.map(|path| FailuresFile::create(path, &opened.from, &opened.rows.columns)).transpose()?;
    let key = ImportKey { server: client.server(), source: source.name(), from: opened.from };
    let import = import_id(app, &client, &key, run)?;
    let mut driver = Driver {
        client: &client,
        import: import.id,
        is_dry_run: run.dry_run,
        policy: run.on_conflict,
        domains,
        rows: opened.rows.rows,
        tally: Tally::default(),
        failures,
        shows_progress: driver::shows_progress(app.global.quiet),
        left_over: None,
        verdicts: VecDeque::new(),
        planned: HashSet::new(),
        is_done: false,
    };
    let printed = print(app, &mut driver, run.all || run.dry_run);
    if let Some(failures) = &mut driver.failures {
        failures.flush()?;
    }
    app.output.flush()?;
    if let (Err(error), rows @ 1..) = (&printed, driver.tally.rows)
        && !error.is_broken_pipe()
    {
        app.warn(&format!("Stopped after {rows} rows. The same command goes on, and makes no link twice."));
    }
    printed?;
    finish(app, &client, &driver)
}

/// Prints rows as their verdicts come. Without `all`, those that became what they were stay out.
fn print(app: &mut App, driver: &mut Driver<'_>, all: bool) -> Result<(), CliError> {
    let is_shown = |row: &Value| {
        let has_remark = row.get("reason").is_some_and(|reason| !reason.is_null());
        all || has_remark
    };
    let mut rows = driver.filter(|row| row.as_ref().map_or(true, is_shown));
    if app.output.format != Format::Table {
        return app.output.list(&COLUMNS, &mut rows);
    }
    // A table of 100,000 rows is not kept to measure its columns.
    for (number, row) in rows.enumerate() {
        app.output.row(&COLUMNS, &row?, number == 0)?;
    }
    Ok(())
}

fn finish(app: &App, client: &Client, driver: &Driver<'_>) -> Result<(), CliError> {
    let Tally { rows, failed, .. } = driver.tally;
    if !driver.is_dry_run && rows > 0 {
        let call = Call::new("POST", format!("/imports/{}/finish", segment(&driver.import)));
        client.json(&call.json(&json!({})).repeatable())?;
    }
    app.warn(&driver.tally.report(driver.is_dry_run, &driver.domains.shown_for_others()));
    if failed > 0 {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        return Err(CliError::Partial { failed: count(failed), total: count(rows) });
    }
    Ok(())
}

struct ImportId {
    id: String,
    /// Locks the source until the run ends.
    _memory: Option<Memory>,
}

/// The import that was named, that is remembered, or a new one.
fn import_id(app: &App, client: &Client, key: &ImportKey, run: &RunArgs) -> Result<ImportId, CliError> {
    if let Some(id) = &run.import {
        checked(client, id, run, key)?;
        return Ok(ImportId { id: id.clone(), _memory: None });
    }
    // Standard input is another one each time.
    let mut memory = match &app.environment.folder {
        Some(folder) if key.from != "-" => Some(Memory::open(folder, key)?),
        _ => None,
    };
    let remembered = memory.as_ref().and_then(|memory| memory.import.clone()).filter(|_| !run.restart);
    if let Some(id) = remembered
        && checked(client, &id, run, key)?
    {
        app.note(&format!("Going on with import {id}."));
        return Ok(ImportId { id, _memory: memory });
    }
    let id = open(client, key, run)?;
    match &mut memory {
        Some(memory) => memory.keep(&id, key)?,
        None => app::report(&format!("Import {id}: --import {id} goes on with it.")),
    }
    Ok(ImportId { id, _memory: memory })
}

fn open(client: &Client, key: &ImportKey, run: &RunArgs) -> Result<String, CliError> {
    // The name of a file, or an address.
    let title = if key.from.contains("://") { Some(key.from.as_str()) } else { key.from.rsplit('/').next() };
    let title: String = title.unwrap_or_default().chars().take(200).collect();
    let body = json!({"source": key.source, "on_conflict": run.on_conflict.as_str(), "title": title});
    let import = match client.json(&Call::new("POST", "/imports").json(&body).idempotent()?) {
        Err(CliError::Refused(problem)) if problem.status == 404 || problem.status == 405 => {
            return Err(CliError::NotFound(format!(
                "{} has no imports: it is older than this program",
                client.server()
            )));
        }
        outcome => outcome?,
    };
    import.get("id").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
        let found = "an import without an id".to_owned();
        CliError::NotShortline { server: client.server(), found }
    })
}

/// Whether a known import can go on. One without rows, as after a dry run, need not.
fn checked(client: &Client, id: &str, run: &RunArgs, key: &ImportKey) -> Result<bool, CliError> {
    let import = match client.json(&Call::get(format!("/imports/{}", segment(id)))) {
        Err(CliError::Refused(problem)) if problem.status == 404 => {
            return Err(CliError::NotFound(format!(
                "import {id} of this source does not exist for this key; --restart begins a new one, in which rows without a name become links again"
            )));
        }
        outcome => outcome?,
    };
    let is = |field: &str, value: &str| import.get(field).and_then(Value::as_str) == Some(value);
    if is("on_conflict", run.on_conflict.as_str()) && is("source", key.source) {
        return Ok(true);
    }
    let rows = import.pointer("/counts/rows").and_then(Value::as_u64).unwrap_or_default();
    if rows == 0 && run.import.is_none() {
        return Ok(false);
    }
    let text = |field: &str| import.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(CliError::usage(format!(
        "import {id} was begun from {} with --on-conflict {}; say the same, or begin a new one with --restart, in which rows without a name become links again",
        text("source"),
        text("on_conflict"),
    )))
}

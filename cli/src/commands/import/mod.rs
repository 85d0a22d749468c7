//! `import`: links of another shortener, from its files or its API, over `/imports`.

mod columns;
mod domain_settings;
mod draft;
mod driver;
mod failures;
mod history;
mod import_id;
mod json_repair;
mod names;
mod paging;
mod quotes;
mod roles;
mod row;
mod source_api;
mod sources;
mod state;
mod states;
mod table;
mod tally;
mod times;
mod written;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::client::{Call, Client, segment};
use crate::app::App;
use crate::args::Format;
use crate::args::import::{OnConflict, RunArgs, SourceCommand, TableArgs};
use crate::commands::backup::format::Checked;
use crate::error::CliError;
use crate::output::cell::Column;
use draft::Reading;
use driver::Driver;
use failures::FailuresFile;
use history::{Created, LastCall, Sender};
use names::Domains;
use sources::{Given, HistorySource, Opened, Source};
use state::ImportKey;
use tally::Tally;
use written::Written;

const COLUMNS: [Column; 5] = [
    Column::text("VERDICT", "verdict"),
    Column::flexible("OLD", "old"),
    Column::flexible("NEW", "new"),
    Column::flexible("DESTINATION", "destination"),
    Column::flexible("REASON", "reason"),
];

pub fn run(app: &mut App, command: &SourceCommand<RunArgs>) -> Result<(), CliError> {
    let (source, given, table, run) = sources::of_command(command);
    let client = app.client()?;
    let mut domains = Domains::read(&client, run.domain.as_deref())?;
    let reading = reading(app, source, table, !run.no_history)?;
    let opened = open(app, source, &given, table, reading.clone(), &domains)?;
    let key = ImportKey { server: client.server(), source: source.name(), from: opened.from };
    let import = import_id::for_rows(app, &client, &key, run)?;
    // Another run or a wrong option ends before this.
    let failures = run.failures.as_deref();
    let failures =
        failures.map(|path| FailuresFile::create(path, &key.from, &opened.rows.columns)).transpose()?;
    let written = match &app.environment.folder {
        Some(folder) => Written::open(folder, &import.id)?,
        None => Written::default(),
    };
    if let Some(backup) = &opened.backup {
        domain_settings::restore(app, &client, &backup.domains, run)?;
        domains = Domains::read(&client, run.domain.as_deref())?;
    }
    let mut driver = Driver::new(&client, import.id, run, domains, opened.rows.rows);
    driver.failures = failures;
    driver.written = written;
    driver.shows_progress = driver::shows_progress(app.global.quiet);
    let mut printed = print(app, &mut driver, run.all || run.dry_run).and_then(|()| app.output.flush());
    if printed.as_ref().is_err_and(CliError::is_broken_pipe) {
        // The reader of the pipe has seen enough; the import goes on.
        printed = driver.try_for_each(|verdict| verdict.map(drop));
    }
    if let Some(failures) = &mut driver.failures {
        failures.finish()?;
    }
    if let (Err(_), rows @ 1..) = (&printed, driver.tally.rows) {
        app.warn(&format!("Stopped after {rows} rows. The same command goes on, and makes no link twice."));
    }
    printed?;
    if let Some(source) = opened.history.filter(|_| !run.no_history && !run.dry_run) {
        let created = std::mem::take(&mut driver.created);
        let last_call = LastCall::of(app.environment.folder.as_deref(), &driver.import);
        let shows_progress = driver.shows_progress;
        let sender = Sender { client: &client, import: &driver.import, last_call, shows_progress };
        send_history(app, &sender, source, reading, created)?;
    }
    finish(app, &client, &driver)
}

/// What became of each row of a source, for `verify`: nothing is written.
pub fn outcomes<R: Args>(
    app: &App,
    command: &SourceCommand<R>,
    domain: Option<String>,
    old_server: Option<String>,
) -> Result<Vec<Value>, CliError> {
    let (source, given, table, _) = sources::of_command(command);
    let client = app.client()?;
    let domains = Domains::read(&client, domain.as_deref())?;
    let reading = reading(app, source, table, false)?;
    let opened = open(app, source, &given, table, reading, &domains)?;
    let key = ImportKey { server: client.server(), source: source.name(), from: opened.from };
    let import = import_id::for_questions(app, &client, &key)?;
    // A name that is taken is compared as well.
    let run = RunArgs { dry_run: true, on_conflict: OnConflict::Skip, domain, ..RunArgs::default() };
    let mut driver = Driver::new(&client, import, &run, domains, opened.rows.rows);
    driver.old_server = old_server;
    driver.shows_progress = driver::shows_progress(app.global.quiet);
    driver.collect()
}

/// The command's own options.
pub fn options<R: Args>(command: &SourceCommand<R>) -> &R {
    sources::of_command(command).3
}

fn reading(app: &App, source: Source, table: &TableArgs, has_history: bool) -> Result<Reading, CliError> {
    let now = Timestamp::from_second(app.now.unix_timestamp());
    Ok(Reading {
        now: now.map_err(|error| CliError::Other(error.to_string()))?,
        zone: table.timezone.as_deref().map(times::zone).transpose().map_err(CliError::Usage)?,
        needs_zone: source == Source::Yourls,
        has_history,
    })
}

fn send_history(
    app: &App,
    sender: &Sender<'_>,
    source: HistorySource,
    reading: Reading,
    created: Created,
) -> Result<(), CliError> {
    let Some(progress) = sender.progress()? else {
        app.warn("The installation is older than this program: visits and clicks by day stay behind.");
        return Ok(());
    };
    let history = history::open(source, reading, progress.began, created)?;
    let sent = sender.send(history, &progress).inspect_err(|error| {
        if !error.is_broken_pipe() {
            app.warn("The links are here, but their click history is not complete. The same command goes on, and counts nothing twice.");
        }
    })?;
    if let Some(sent) = sent {
        app.warn(&sent.report());
    }
    Ok(())
}

fn open(
    app: &App,
    source: Source,
    given: &Given<'_>,
    table: &TableArgs,
    reading: Reading,
    domains: &Domains,
) -> Result<Opened, CliError> {
    let tells = !app.global.quiet;
    let opened = sources::open(source, given, &table.map, reading, &|host| domains.has(host), tells)?;
    if let Some(recognised) = &opened.recognised {
        app.warn(&format!("Columns: {recognised}."));
    }
    if let Some(Checked { about, .. }) = &opened.backup {
        let part = if about.partial { "partial backup" } else { "backup" };
        app.warn(&format!("A {part} of {}, made at {}.", about.installation, about.created_at));
    }
    Ok(opened)
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
        app.output.row(&COLUMNS, &with_name(row?), number == 0)?;
    }
    Ok(())
}

/// A name without a host tells which row it is as well.
fn with_name(mut row: Value) -> Value {
    let alias = row.get("alias").cloned().unwrap_or_default();
    if let Some(old) = row.get_mut("old").filter(|old| old.is_null()) {
        *old = alias;
    }
    row
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

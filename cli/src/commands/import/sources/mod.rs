//! The sources of imports: one file for each API or format of its own. CSV exports of all of them are read as tables.

pub mod bitly;
mod dub;
pub mod item;
mod kutt;
mod rebrandly;
pub mod shlink;
mod shortio;
pub mod shortline;
mod sink;
pub mod sql;
mod yourls;

use std::io::BufRead;

use clap::Args;

use super::draft::Reading;
use super::row::{RowIterator, Rows};
use super::source_api::{self, SourceApi};
use super::table::{self, Input};
use crate::args::import::{ServiceArgs, SourceCommand, TableArgs};
use crate::commands::backup::format::{self, Checked};
use crate::error::CliError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Csv,
    Bitly,
    Dub,
    Shortio,
    Rebrandly,
    Shlink,
    Yourls,
    Kutt,
    Sink,
    Shortline,
}

/// Where the user says the links are.
#[derive(Debug)]
pub enum Given<'a> {
    File(&'a str),
    Api(&'a str),
    /// The service's own address.
    UsualApi,
}

impl<'a> Given<'a> {
    fn service<R: Args>(arguments: &'a ServiceArgs<R>) -> Self {
        match (&arguments.file, &arguments.api) {
            (Some(file), _) => Self::File(file),
            (None, Some(api)) => Self::Api(api),
            (None, None) => Self::UsualApi,
        }
    }

    fn hosted(from: &'a str) -> Self {
        if from.starts_with("https://") || from.starts_with("http://") {
            Self::Api(from)
        } else {
            Self::File(from)
        }
    }
}

/// What a command names: the source, where it is, how its file is read, and the command's own options.
pub fn of_command<R: Args>(command: &SourceCommand<R>) -> (Source, Given<'_>, &TableArgs, &R) {
    use SourceCommand as Command;
    match command {
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
    }
}

pub struct Opened {
    pub rows: Rows,
    /// A file's whole path, `-`, or an API's address.
    pub from: String,
    /// For a table: which column holds what.
    pub recognised: Option<String>,
    pub backup: Option<Checked>,
    /// Where the click history of the links is, if the source has it.
    pub history: Option<HistorySource>,
}

/// Where a source has the click history of its links.
pub enum HistorySource {
    /// Its path.
    Backup(String),
    Bitly(SourceApi),
    Shlink(SourceApi),
    Shortline(SourceApi),
    /// The path of an SQL dump.
    Yourls(String),
}

impl Source {
    /// As the API names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Bitly => "bitly",
            Self::Dub => "dub",
            Self::Shortio => "shortio",
            Self::Rebrandly => "rebrandly",
            Self::Shlink => "shlink",
            Self::Yourls => "yourls",
            Self::Kutt => "kutt",
            Self::Sink => "sink",
            Self::Shortline => "shortline",
        }
    }
}

pub fn open(
    source: Source,
    given: &Given<'_>,
    map: &[String],
    mut reading: Reading,
    is_ours: &dyn Fn(&str) -> bool,
    tells: bool,
) -> Result<Opened, CliError> {
    let address = match given {
        Given::File(path) => return open_file(source, path, map, reading, is_ours),
        Given::Api(address) => Some(*address),
        Given::UsualApi => None,
    };
    if !map.is_empty() {
        return Err(CliError::usage("--map is for files"));
    }
    let api = api(source, address, tells)?;
    let from = api.place();
    let history = match source {
        Source::Bitly => Some(HistorySource::Bitly(api.clone())),
        Source::Shlink => Some(HistorySource::Shlink(api.clone())),
        Source::Shortline => Some(HistorySource::Shortline(api.clone())),
        _ => None,
    };
    reading.has_history &= history.is_some();
    let rows = match source {
        Source::Bitly => bitly::rows(api, reading),
        Source::Dub => dub::rows(api, reading),
        Source::Shortio => shortio::rows(api, reading),
        Source::Rebrandly => rebrandly::rows(api, reading),
        Source::Shlink => shlink::rows(api, reading),
        Source::Kutt => kutt::rows(api, reading),
        Source::Sink => sink::api_rows(api, reading),
        Source::Shortline => shortline::api_rows(api, reading),
        Source::Csv | Source::Yourls => return Err(CliError::usage("name a file")),
    };
    Ok(Opened { rows: of_items(rows), from, recognised: None, backup: None, history })
}

fn of_items(rows: RowIterator) -> Rows {
    let rows = rows.map(|row| row.map(item::under_its_names));
    Rows { columns: item::COLUMNS.map(str::to_owned).to_vec(), rows: Box::new(rows) }
}

/// The usual address, the variable with the key, and how the key is sent.
fn api(source: Source, address: Option<&str>, tells: bool) -> Result<SourceApi, CliError> {
    let (usual, variable, header, scheme) = match source {
        Source::Bitly => ("https://api-ssl.bitly.com/v4", "BITLY_TOKEN", "Authorization", "Bearer "),
        Source::Dub => ("https://api.dub.co", "DUB_API_KEY", "Authorization", "Bearer "),
        Source::Shortio => ("https://api.short.io", "SHORTIO_API_KEY", "Authorization", ""),
        Source::Rebrandly => ("https://api.rebrandly.com", "REBRANDLY_API_KEY", "apikey", ""),
        Source::Shlink => ("", "SHLINK_API_KEY", "X-Api-Key", ""),
        Source::Kutt => ("", "KUTT_API_KEY", "X-API-KEY", ""),
        Source::Sink => ("", "SINK_TOKEN", "Authorization", "Bearer "),
        Source::Shortline => ("", "SHORTLINE_SOURCE_KEY", "Authorization", "Bearer "),
        Source::Csv | Source::Yourls => return Err(CliError::usage("name a file")),
    };
    let base = source_api::base(address.unwrap_or(usual))?;
    let key = source_api::key(variable, &format!("Key for {base}"))?;
    let mut headers = vec![(header.to_owned(), format!("{scheme}{key}"))];
    if source == Source::Rebrandly
        && let Ok(workspace) = std::env::var("REBRANDLY_WORKSPACE")
        && !workspace.is_empty()
    {
        headers.push(("workspace".to_owned(), workspace));
    }
    SourceApi::new(base, headers, variable, tells)
}

fn open_file(
    source: Source,
    path: &str,
    map: &[String],
    mut reading: Reading,
    is_ours: &dyn Fn(&str) -> bool,
) -> Result<Opened, CliError> {
    let mut input = table::open(path)?;
    let from = match path {
        "-" => "-".to_owned(),
        path => {
            let path = std::fs::canonicalize(path).map_err(|error| CliError::file("read", path, error))?;
            path.display().to_string()
        }
    };
    let start = start(path, &mut input)?;
    let is_json = start.starts_with(['{', '[']);
    let mut backup = None;
    let is_dump = source == Source::Yourls && sql::is_sql(&start);
    let is_backup = source == Source::Shortline && start.starts_with(format::START);
    let history = match path {
        // It cannot be read twice.
        "-" => None,
        path if is_dump => Some(HistorySource::Yourls(path.to_owned())),
        path => is_backup.then(|| HistorySource::Backup(path.to_owned())),
    };
    reading.has_history &= history.is_some();
    let rows = match source {
        Source::Shortline if is_backup => {
            if path == "-" {
                return Err(CliError::usage(
                    "a backup is checked before it is read: name its file instead of -",
                ));
            }
            backup = Some(format::check(path)?);
            shortline::backup_rows(path, input, reading)
        }
        Source::Yourls if is_dump => yourls::dump_rows(path, input, reading),
        Source::Sink if is_json => sink::file_rows(path, input, &reading)?,
        Source::Shortline if start.starts_with('{') => shortline::file_rows(path, input, reading),
        _ => {
            let (rows, columns) = table::rows(path, input, map, reading, is_ours)?;
            return Ok(Opened { rows, from, recognised: Some(columns.shown()), backup, history: None });
        }
    };
    Ok(Opened { rows: of_items(rows), from, recognised: None, backup, history })
}

fn start(path: &str, input: &mut Input) -> Result<String, CliError> {
    let start = input.fill_buf().map_err(|error| CliError::file("read", path, error))?;
    Ok(String::from_utf8_lossy(start).trim_start().chars().take(4_096).collect())
}

//! Rows of a CSV file, read as they are needed.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;

use super::columns::{self, Columns};
use super::draft::{Draft, Reading};
use super::failures;
use super::names::Name;
use super::quotes::QuoteWatch;
use super::roles::{Role, is_negative, is_of_passwords};
use super::row::{RowIterator, Rows, SourceRow};
use super::states;
use crate::error::CliError;
use crate::output::csv::without_guard;

/// Rows that are looked at to tell the columns apart.
const SAMPLE: usize = 500;
const BUFFER: usize = 64 * 1_024;

pub type Input = BufReader<Box<dyn Read>>;

/// A file, or standard input for `-`, without a byte order mark.
pub fn open(path: &str) -> Result<Input, CliError> {
    let wrong = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => CliError::file("read", path, "no such file; an address begins with https://"),
        _ => CliError::file("read", path, error),
    };
    let read: Box<dyn Read> = match path {
        "-" => Box::new(std::io::stdin()),
        path => {
            if Path::new(path).is_dir() {
                return Err(CliError::file("read", path, "it is a folder"));
            }
            Box::new(File::open(path).map_err(wrong)?)
        }
    };
    let mut input = BufReader::with_capacity(BUFFER, read);
    let start = input.fill_buf().map_err(wrong)?;
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(CliError::file("read", path, "it is in UTF-16: save it as CSV in UTF-8"));
    }
    if start.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(input)
}

/// The rows, with the columns that were recognised.
pub fn rows(
    path: &str,
    mut input: Input,
    map: &[String],
    reading: Reading,
    is_ours: &dyn Fn(&str) -> bool,
) -> Result<(Rows, Columns), CliError> {
    let wrong = |cause: String| CliError::file("read", path, cause);
    let start = input.fill_buf().map_err(|error| wrong(error.to_string()))?;
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = delimiter(first_line);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(QuoteWatch::new(input, delimiter));
    let mut sample = Vec::new();
    let mut record = ByteRecord::new();
    while sample.len() <= SAMPLE && reader.read_byte_record(&mut record).map_err(|e| wrong(e.to_string()))? {
        sample.push(texts(&record));
    }
    let first = sample.first().cloned().ok_or_else(|| wrong("it is empty".to_owned()))?;
    let has_names = !columns::is_data(&first);
    let names = if has_names {
        sample.remove(0);
        first.iter().map(|name| name.trim().to_owned()).collect()
    } else {
        let width = sample.iter().map(Vec::len).max().unwrap_or_default();
        (1..=width).map(|number| number.to_string()).collect()
    };
    if sample.is_empty() {
        return Err(wrong("it has no rows".to_owned()));
    }
    let columns = columns::recognise(names, has_names, &sample, map, is_ours)
        .map_err(|cause| CliError::usage(format!("{path}: {cause}")))?;
    let path = path.to_owned();
    let rest = reader.into_byte_records().map(move |record| {
        record.map(|record| texts(&record)).map_err(|error| CliError::file("read", &path, error))
    });
    let known = columns.clone();
    let records = sample.into_iter().map(Ok).chain(rest);
    let rows: RowIterator = Box::new(
        records
            .filter(|record| {
                !record.as_ref().is_ok_and(|record| record.iter().all(|value| value.trim().is_empty()))
            })
            .flat_map(move |record| match record {
                Ok(record) => of_record(record, &known, &reading).into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            }),
    );
    Ok((Rows { columns: columns.names.clone(), rows }, columns))
}

/// The most frequent of the usual ones in the first line.
fn delimiter(line: &[u8]) -> u8 {
    let count = |delimiter: &u8| line.iter().filter(|byte| *byte == delimiter).count();
    // The first of equals, so that a line without any is one column of CSV.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// What is not UTF-8 is shown as such, and refused with its row.
fn texts(record: &ByteRecord) -> Vec<String> {
    record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect()
}

fn of_record(record: Vec<String>, columns: &Columns, reading: &Reading) -> Vec<SourceRow> {
    let mut draft = Draft::new(reading);
    let value = |role: Role| {
        let position = columns.roles.iter().position(|known| *known == Some(role))?;
        record.get(position).map(|value| without_guard(value.trim())).filter(|value| !value.is_empty())
    };
    if record.iter().any(|value| value.contains(char::REPLACEMENT_CHARACTER)) {
        draft.refuse("not_utf8", "it is not UTF-8: save the file in UTF-8");
    }
    if let Some(url) = value(Role::Url) {
        draft.url(&with_scheme(url));
    }
    add_names(&mut draft, &value);
    let clicks = value(Role::HumanClicks).or_else(|| value(Role::Clicks));
    for (position, (text, role)) in
        record.iter().zip(columns.roles.iter().chain(std::iter::repeat(&None))).enumerate()
    {
        let text = without_guard(text.trim());
        if text.is_empty() {
            continue;
        }
        let name = columns.names.get(position).map_or("a column without a name", String::as_str);
        let json = || Value::from(text);
        match role {
            Some(Role::Title) => draft.title(text),
            Some(Role::Notes) => draft.notes(text),
            Some(Role::Tags) => draft.tag_text(text),
            Some(Role::CreatedAt) => draft.created_at(&json()),
            Some(Role::StartsAt) => draft.starts_at(&json()),
            Some(Role::ExpiresAt) => draft.expires_at(&json()),
            Some(Role::ExpiredUrl) => draft.expired_url(text),
            Some(Role::MaxClicks) => match text.parse() {
                Ok(limit) => {
                    draft.max_clicks(Some(limit), clicks.and_then(|n| n.parse().ok()).unwrap_or_default())
                }
                Err(_) => draft.disable("max_clicks (not readable: created disabled)", text),
            },
            Some(Role::Password) => password(&mut draft, text),
            // A password that is there as well is its password.
            Some(Role::Protected) if value(Role::Password).is_some() => {}
            Some(Role::Protected) => draft.password(None, states::yes_or_no(text) != Some(false)),
            Some(Role::Status) => draft.status(&json()),
            Some(Role::State) => match states::is_disabled(text, is_negative(name)) {
                Some(true) => draft.set("state", "disabled"),
                Some(false) => {}
                None => draft.lost(name, text),
            },
            Some(Role::Archived) => draft.archived(states::yes_or_no(text) == Some(true)),
            Some(Role::Clicks | Role::HumanClicks) if text == "0" => {}
            Some(Role::Clicks) => draft.lost("clicks", text),
            Some(Role::HumanClicks) => draft.lost("clicks_human", text),
            Some(Role::Url | Role::ShortUrl | Role::Alias | Role::FurtherNames | Role::Domain | Role::Id) => {
            }
            // Of a file of failures that was repaired.
            None if failures::COLUMNS.contains(&name) => {}
            // Of an API's row: its password, end, limit and rules are only there.
            None if name == "source" && text.starts_with('{') => {
                draft.disable("source (settings not read: created disabled)", "set");
            }
            None if is_of_passwords(name) && states::yes_or_no(text) != Some(false) => {
                draft.disable(&format!("{name} (not readable: created disabled)"), "set");
            }
            None => draft.lost(name, text),
        }
    }
    let id = value(Role::Id).map(str::to_owned);
    draft.rows(id.as_deref(), record)
}

/// The short URL, the back-half if there is another one, and further names.
fn add_names<'v>(draft: &mut Draft<'_>, value: &impl Fn(Role) -> Option<&'v str>) {
    let short_url = value(Role::ShortUrl);
    let name = short_url.and_then(Name::of_short_url);
    if let (Some(text), None) = (short_url, &name) {
        draft.refuse("invalid_short_url", &format!("{text} is not a short URL"));
    }
    let host = value(Role::Domain).map(str::to_owned).or_else(|| name.as_ref()?.host.clone());
    if let Some(name) = name {
        draft.name(Name { host: host.clone(), ..name });
    }
    match value(Role::Alias) {
        // Some exports write the whole short URL there.
        Some(alias) if alias.contains("://") => {
            Name::of_short_url(alias).into_iter().for_each(|name| draft.name(name))
        }
        Some(alias) => draft.name(Name::new(host.as_deref(), alias)),
        None => {}
    }
    let further = value(Role::FurtherNames).unwrap_or_default().split(['|', ',', ' ']);
    for text in further.map(str::trim).filter(|text| !text.is_empty()) {
        let has_host = text.split_once('/').is_some_and(|(host, _)| host.contains('.'));
        match Name::of_short_url(text).filter(|_| has_host || text.contains("://")) {
            Some(name) => draft.name(name),
            None => draft.name(Name::new(host.as_deref(), text)),
        }
    }
}

fn with_scheme(url: &str) -> String {
    let has_host = url.split('/').next().is_some_and(|host| host.contains('.'));
    if url.contains(':') || !has_host { url.to_owned() } else { format!("https://{url}") }
}

/// A column of passwords may only say whether there is one.
fn password(draft: &mut Draft<'_>, text: &str) {
    match states::yes_or_no(text) {
        Some(is_set) => draft.password(None, is_set),
        None => draft.password(Some(text), true),
    }
}

#[cfg(test)]
mod tests {
    use super::super::draft::tests::reading;
    use super::*;

    fn rows_of(text: &'static str) -> Vec<SourceRow> {
        let input: Input = BufReader::new(Box::new(text.as_bytes()));
        let (rows, _) = rows("x.csv", input, &[], reading(), &|_| false).unwrap();
        rows.rows.map(Result::unwrap).collect()
    }

    fn read(text: &'static str) -> Vec<String> {
        rows_of(text)
            .into_iter()
            .map(|row| {
                let losses: Vec<_> =
                    row.losses.iter().map(|loss| format!("{}={}", loss.field, loss.example)).collect();
                let problem = row.problem.map(|problem| problem.code).unwrap_or_default();
                format!("{} {} [{}] {problem}", row.row_id, Value::Object(row.link), losses.join(" "))
            })
            .collect()
    }

    #[test]
    fn rows_become_links() {
        insta::assert_snapshot!(
            read(
                "Link;Title;Long URL;Tags;Created;Archived;Clicks;Group\n\
             bit.ly/a;\"two; parts\";https://example.com/a;x|y;2020-10-26T17:20:40+0000;Yes;12;g\n\
             bit.ly/b;'=1+1;https://example.com/b;;;no;0;\n\
             ;;;;;;;\n\
             bit.ly/c;no destination;;;tomorrow;;;\n"
            )
            .join("\n")
        );
    }

    #[test]
    fn row_that_was_closed_stays_closed() {
        for (text, expected) in [
            (
                "code,url,state,password_protected,max_clicks,clicks_human\none,https://x.test/,disabled,true,1,1\n",
                r#"{"state":"disabled","url":"https://x.test/"} [password (not readable: created disabled)=set clicks_human=1 max_clicks (used up: created disabled)=1]"#,
            ),
            (
                "code,url,max_clicks,clicks_total,clicks_human\none,https://x.test/,5,4,3\n",
                r#"{"max_clicks":2,"url":"https://x.test/"} [max_clicks (less the clicks so far)=5 became 2 clicks=4 clicks_human=3]"#,
            ),
            (
                "code,url,hasPassword\none,https://x.test/,true\n",
                r#"{"state":"disabled","url":"https://x.test/"} [password (not readable: created disabled)=set]"#,
            ),
            ("code,url,hasPassword\none,https://x.test/,false\n", r#"{"url":"https://x.test/"} []"#),
            (
                "code,url,inactive\none,https://x.test/,true\n",
                r#"{"state":"disabled","url":"https://x.test/"} []"#,
            ),
            ("code,url,inactive\none,https://x.test/,false\n", r#"{"url":"https://x.test/"} []"#),
            (
                "short_url,alias,url,source\n,one,https://x.test/,\"{\"\"password\"\":\"\"open sesame\"\"}\"\n",
                r#"{"state":"disabled","url":"https://x.test/"} [source (settings not read: created disabled)=set]"#,
            ),
            (
                "code,url,old password\none,https://x.test/,open sesame\n",
                r#"{"state":"disabled","url":"https://x.test/"} [old password (not readable: created disabled)=set]"#,
            ),
        ] {
            let row = read(text).remove(0);
            assert_eq!(row.split_once(' ').unwrap().1.trim_end(), expected, "{text}");
        }
    }

    #[test]
    fn password_that_is_not_known_disables() {
        for (password, expected) in [
            ("open sesame", r#"{"password":"open sesame","url":"https://x.test/"}"#),
            ("$2b$10$abcdefghijklmnopqrstuv", r#"{"state":"disabled","url":"https://x.test/"}"#),
            ("true", r#"{"state":"disabled","url":"https://x.test/"}"#),
            ("false", r#"{"url":"https://x.test/"}"#),
        ] {
            let text = format!("slug,url,password\na,https://x.test/,{password}\nb,https://x.test/,word\n");
            let row = read(text.leak()).remove(0);
            assert!(row.contains(expected), "{row}");
        }
    }

    #[test]
    fn row_without_a_name_is_known_by_its_content() {
        let rows =
            read("url,title\nhttps://example.com/a,A\nhttps://example.com/a,B\nhttps://example.com/a,A\n");
        let ids: Vec<&str> = rows.iter().map(|row| row.split(' ').next().unwrap()).collect();
        assert!(ids[0].starts_with("row:") && ids[0] != ids[1] && ids[0] == ids[2], "{ids:?}");
    }

    #[test]
    fn alias_beside_a_short_url_is_a_further_name() {
        let names = |text: &'static str| {
            let row = rows_of(text).remove(0);
            row.name.iter().chain(&row.further_names).map(Name::id).collect::<Vec<_>>()
        };
        assert_eq!(
            names("short_url,slug,long_url\nhttps://bit.ly/a,summer,https://example.com/\n"),
            ["bit.ly/a", "bit.ly/summer"]
        );
        assert_eq!(
            names("short_url,aliases,long_url\nhttps://bit.ly/a,b|s.test/c|x/y,https://example.com/\n"),
            ["bit.ly/a", "bit.ly/b", "s.test/c", "bit.ly/x/y"]
        );
    }

    #[test]
    fn name_is_known_by_its_domain() {
        let rows = read("slug,domain,url\nsummer,S.example,example.com/x\n");
        assert_eq!(rows, [r#"s.example/summer {"url":"https://example.com/x"} [] "#]);
    }
}

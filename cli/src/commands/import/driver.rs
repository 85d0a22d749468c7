//! Sends the rows of a source in batches, and returns what became of each, in their order. A run sends every row: rows that an
//! earlier one has sent get the answer they had.

use std::collections::{HashSet, VecDeque};
use std::io::IsTerminal;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::failures::FailuresFile;
use super::names::{Domains, Name};
use super::row::{self, RowIterator, RowProblem, SourceRow};
use super::tally::{Outcome, Repetition, Tally, hash_of};
use super::written::Written;
use crate::api::client::{Call, Client, segment};
use crate::api::problem::Problem;
use crate::args::import::{OnConflict, RunArgs};
use crate::error::CliError;

/// The API takes 1,000 rows and 4 MB.
const MAX_ROWS: usize = 500;
const MAX_BYTES: usize = 3_000_000;
/// The API hashes so many in one request.
const MAX_PASSWORDS: usize = 20;
/// Waits for the key's limit, one after another, before the run ends.
const MAX_LIMIT_WAITS: u32 = 60;
const LIMIT_WAIT: Duration = Duration::from_secs(60);

pub struct Driver<'a> {
    client: &'a Client,
    pub import: String,
    pub is_dry_run: bool,
    policy: OnConflict,
    pub domains: Domains,
    rows: RowIterator,
    pub tally: Tally,
    pub failures: Option<FailuresFile>,
    pub written: Written,
    /// Hashes of the ids of rows that became links, in this run or before.
    pub created: HashSet<u64>,
    pub shows_progress: bool,
    /// Where the source's names are found, if not on their hosts.
    pub old_server: Option<String>,
    /// A row that did not fit into the last batch.
    left_over: Option<Prepared>,
    verdicts: VecDeque<Value>,
    /// Hashes of the names that a dry run would have created. The API knows those of one request only.
    planned: HashSet<u64>,
    is_done: bool,
}

/// A row, and what is sent for it.
pub struct Prepared {
    row: SourceRow,
    body: Value,
    bytes: usize,
    /// A hash of what it asks for.
    content: String,
    /// The host of each of its names that is not on a domain here.
    other_hosts: Vec<String>,
    /// Whether it is the same as an earlier row of this run.
    is_duplicate: bool,
}

impl Prepared {
    fn is_sent(&self) -> bool {
        self.row.problem.is_none() && !self.is_duplicate
    }
}

impl Iterator for Driver<'_> {
    type Item = Result<Value, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(verdict) = self.verdicts.pop_front() {
                return Some(Ok(verdict));
            }
            if self.is_done {
                return None;
            }
            if let Err(error) = self.batch() {
                self.is_done = true;
                return Some(Err(error));
            }
        }
    }
}

impl<'a> Driver<'a> {
    pub fn new(
        client: &'a Client,
        import: String,
        run: &RunArgs,
        domains: Domains,
        rows: RowIterator,
    ) -> Self {
        Self {
            client,
            import,
            is_dry_run: run.dry_run,
            policy: run.on_conflict,
            domains,
            rows,
            tally: Tally::default(),
            failures: None,
            written: Written::default(),
            created: HashSet::new(),
            shows_progress: false,
            old_server: None,
            left_over: None,
            verdicts: VecDeque::new(),
            planned: HashSet::new(),
            is_done: false,
        }
    }

    fn batch(&mut self) -> Result<(), CliError> {
        let mut batch = Vec::new();
        let (mut bytes, mut passwords) = (0, 0);
        while batch.len() < MAX_ROWS {
            let Some(prepared) = self.next_row()? else { break };
            passwords += usize::from(prepared.row.link.contains_key("password"));
            bytes += prepared.bytes;
            if (bytes > MAX_BYTES || passwords > MAX_PASSWORDS) && !batch.is_empty() {
                self.left_over = Some(prepared);
                break;
            }
            batch.push(prepared);
        }
        self.is_done = batch.is_empty();
        let bodies: Vec<&Value> = batch.iter().filter(|row| row.is_sent()).map(|row| &row.body).collect();
        let mut results = if bodies.is_empty() { Vec::new() } else { self.send(&bodies)? }.into_iter();
        for prepared in batch {
            let verdict = match &prepared.row.problem {
                _ if prepared.is_duplicate => {
                    self.tally.add_duplicate();
                    self.shown(&prepared, "skipped", None, None)
                }
                Some(problem) => {
                    self.tally.add(&prepared.row, &[], Outcome { verdict: "failed", ..Outcome::default() });
                    self.fail(&prepared.row, problem)?;
                    self.shown(&prepared, "failed", None, Some(problem))
                }
                None => {
                    let result = results.next().unwrap_or_default();
                    self.judge(&prepared, &result)?
                }
            };
            self.verdicts.push_back(verdict);
        }
        self.written.flush()?;
        if self.shows_progress && !self.is_done {
            let Tally { rows, failed, .. } = &self.tally;
            eprint!("\r{rows} rows, {failed} failed …\r");
        }
        Ok(())
    }

    fn next_row(&mut self) -> Result<Option<Prepared>, CliError> {
        if let Some(prepared) = self.left_over.take() {
            return Ok(Some(prepared));
        }
        let Some(mut row) = self.rows.next().transpose()? else { return Ok(None) };
        let host = row.name.as_ref().and_then(|name| name.host.as_deref());
        let content = row::content(&row, self.domains.of(host));
        let mut repetition = self.tally.repetition(&row.row_id, &content);
        // What replaces a link may have changed since an earlier run; the API answers a known id without looking.
        let is_newer = self.policy == OnConflict::Replace && self.written.has_changed(&row.row_id, &content);
        if repetition == Repetition::OtherContent || (repetition == Repetition::New && is_newer) {
            row.row_id = row::row_id(&format!("{}#{content}", row.row_id));
            repetition = self.tally.repetition(&row.row_id, &content);
        }
        self.prepare(row, content, repetition == Repetition::Same).map(Some)
    }

    fn prepare(&self, row: SourceRow, content: String, is_duplicate: bool) -> Result<Prepared, CliError> {
        let host = row.name.as_ref().and_then(|name| name.host.as_deref());
        if let Some(host) = host.filter(|_| self.domains.is_undecided()) {
            return Err(CliError::usage(format!(
                "this key may not list the domains here, so nobody knows whether {host} is one of them; \
                 use a key that may, or say with --domain where all names go"
            )));
        }
        let hosts = row.name.iter().chain(&row.further_names).filter_map(|name| name.host.as_deref());
        let other_hosts = hosts.filter(|host| !self.domains.has(host)).map(str::to_owned).collect();
        let mut link = row.link.clone();
        if let Some(domain) = self.domains.of(host) {
            link.insert("domain".to_owned(), domain.into());
        }
        if let Some(name) = &row.name {
            link.insert("alias".to_owned(), name.back_half.as_str().into());
        }
        if !row.further_names.is_empty() {
            link.insert(
                "aliases".to_owned(),
                row.further_names.iter().map(|name| self.alias(name)).collect(),
            );
        }
        let body = json!({"row_id": row.row_id, "link": link});
        Ok(Prepared { bytes: body.to_string().len() + 1, row, body, content, other_hosts, is_duplicate })
    }

    /// Without a domain, the name is on the default one: the API would take the link's own.
    fn alias(&self, name: &Name) -> Value {
        let domain = self.domains.of(name.host.as_deref()).or(self.domains.default.as_deref());
        let mut alias = json!({"code": name.back_half});
        if let (Some(alias), Some(domain)) = (alias.as_object_mut(), domain) {
            alias.insert("domain".to_owned(), domain.into());
        }
        alias
    }

    /// One result for each row.
    fn send(&self, rows: &[&Value]) -> Result<Vec<Value>, CliError> {
        let body = json!({"dry_run": self.is_dry_run, "rows": rows});
        let path = format!("/imports/{}/rows", segment(&self.import));
        let call = Call::new("POST", path).json(&body).repeatable();
        let mut answer = patiently(self.client, &call, self.shows_progress)?;
        match answer.get_mut("results").map(Value::take) {
            Some(Value::Array(results)) if is_for(rows, &results) => Ok(results),
            _ => {
                let found = "its verdicts are not those of the rows".to_owned();
                Err(CliError::NotShortline { server: self.client.server(), found })
            }
        }
    }

    fn judge(&mut self, prepared: &Prepared, result: &Value) -> Result<Value, CliError> {
        let text = |name: &str| result.get(name).and_then(Value::as_str);
        let mut verdict = text("verdict").unwrap_or("failed");
        let mut problem = (verdict == "failed").then(|| problem(result));
        let mut is_renamed = text("renamed_from").is_some();
        if self.is_dry_run && verdict == "created" && !is_renamed && self.is_planned(prepared) {
            match self.policy {
                OnConflict::Skip => verdict = "skipped",
                OnConflict::Replace => verdict = "replaced",
                OnConflict::Suffix => is_renamed = true,
                OnConflict::Fail => {
                    verdict = "failed";
                    let reason = "an earlier row has the name".to_owned();
                    problem = Some(RowProblem { code: "alias_taken".to_owned(), reason });
                }
            }
        }
        if verdict == "created" {
            self.created.insert(hash_of(&prepared.row.row_id));
        }
        let is_repeated = result.get("repeated") == Some(&Value::Bool(true));
        let is_changed = is_repeated && self.written.has_changed(&prepared.row.row_id, &prepared.content);
        let domain = result.pointer("/link/domain").and_then(Value::as_str).filter(|_| is_repeated);
        let outcome = Outcome { verdict, is_repeated, is_changed, is_renamed, domain };
        self.tally.add(&prepared.row, &prepared.other_hosts, outcome);
        match &problem {
            Some(problem) => self.fail(&prepared.row, problem)?,
            None if self.is_dry_run || is_repeated => {}
            None => self.written.add(&prepared.row.row_id, &prepared.content)?,
        }
        let mut shown = self.shown(prepared, verdict, Some(result), problem.as_ref());
        if let Some(fields) = shown.as_object_mut().filter(|_| is_changed) {
            let reason = "it has changed since an earlier run sent it, and is not written: use --restart";
            fields.insert("reason".to_owned(), reason.into());
        }
        Ok(shown)
    }

    /// Whether an earlier row of a dry run would have got the name.
    fn is_planned(&mut self, prepared: &Prepared) -> bool {
        let part = |pointer: &str| prepared.body.pointer(pointer).and_then(Value::as_str);
        let Some(alias) = part("/link/alias") else { return false };
        !self.planned.insert(hash_of(&(part("/link/domain"), alias)))
    }

    fn fail(&mut self, row: &SourceRow, problem: &RowProblem) -> Result<(), CliError> {
        self.failures.as_mut().map_or(Ok(()), |failures| failures.add(row, problem))
    }

    /// A line of what is printed. `verify` reads old, new and destination. Without an id, the link is not there yet.
    fn shown(
        &self,
        prepared: &Prepared,
        verdict: &str,
        result: Option<&Value>,
        problem: Option<&RowProblem>,
    ) -> Value {
        let field = |name: &str| result.and_then(|result| result.get(name)).cloned().unwrap_or_default();
        let link = |name: &str| prepared.body.pointer(&format!("/link/{name}")).and_then(Value::as_str);
        // What a dry run would create has no short URL yet.
        let planned = || {
            let alias = link("alias")?;
            Some(link("domain").map_or_else(|| alias.to_owned(), |domain| format!("{domain}/{alias}")))
        };
        let short_url = field("link").get("short_url").and_then(Value::as_str).map(str::to_owned);
        let short_url = short_url.or_else(|| planned().filter(|_| verdict != "failed"));
        let old = prepared.row.name.as_ref().and_then(|name| name.url(self.old_server.as_deref()));
        let further: Vec<_> = prepared
            .row
            .further_names
            .iter()
            .map(|name| {
                let alias = self.alias(name);
                let new = short_url.as_deref().and_then(|first| with_name(first, &alias));
                json!({"old": name.url(self.old_server.as_deref()), "new": new})
            })
            .collect();
        let renamed = field("renamed_from").as_str().map(|name| format!("{name} is taken"));
        let reason = problem.map(|problem| problem.reason.clone()).or(renamed).or_else(|| {
            let reason = match prepared.is_duplicate {
                true => "an earlier row is the same",
                false => "the name is taken, or the link is here already",
            };
            (verdict == "skipped").then(|| reason.to_owned())
        });
        json!({
            "verdict": verdict, "id": field("link").get("id"), "row_id": prepared.row.row_id, "alias": link("alias"), "old": old, "new": short_url, "further_names": further, "destination": link("url"),
            "renamed_from": field("renamed_from"), "repeated": field("repeated") == Value::Bool(true),
            "code": problem.map(|problem| problem.code.clone()), "reason": reason,
        })
    }
}

/// Waits for the key's limit, which a large import meets again and again.
pub fn patiently(client: &Client, call: &Call, tells: bool) -> Result<Value, CliError> {
    for _ in 0..MAX_LIMIT_WAITS {
        match client.json(call) {
            Err(CliError::RateLimited { retry_after }) => {
                let wait = retry_after.unwrap_or(LIMIT_WAIT);
                if wait > LIMIT_WAIT * 60 {
                    return Err(CliError::RateLimited { retry_after });
                }
                if tells {
                    eprintln!("The key's limit is used up; going on in {} s.", wait.as_secs());
                }
                std::thread::sleep(wait);
            }
            outcome => return outcome,
        }
    }
    Err(CliError::RateLimited { retry_after: None })
}

/// The short URL of another name of the same link.
fn with_name(short_url: &str, alias: &Value) -> Option<String> {
    let mut url = Url::parse(short_url).ok()?;
    if let Some(domain) = alias.get("domain").and_then(Value::as_str) {
        url.set_host(Some(domain)).ok()?;
    }
    url.set_path(alias.get("code")?.as_str()?);
    Some(url.into())
}

pub fn shows_progress(is_quiet: bool) -> bool {
    !is_quiet && std::io::stderr().is_terminal()
}

fn is_for(rows: &[&Value], results: &[Value]) -> bool {
    let id = |value: &Value| value.get("row_id").cloned();
    rows.len() == results.len() && rows.iter().zip(results).all(|(row, result)| id(row) == id(result))
}

fn problem(result: &Value) -> RowProblem {
    let document = result.get("problem").cloned().unwrap_or_default();
    match Problem::from_json(0, &document) {
        Some(problem) => RowProblem { code: problem.code.clone(), reason: problem.summary() },
        None => RowProblem { code: "failed".to_owned(), reason: "the server gives no reason".to_owned() },
    }
}

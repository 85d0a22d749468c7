//! `POST /api/v1/imports/{id}/rows`: a verdict per row, in order. Links and verdicts are written in one transaction, so that a row that
//! is sent again gets the answer it had.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use link_core::publication::Change;
use link_core::record::LinkId;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::Instant;
use uuid::{Builder, Uuid};

use super::row_input::{GivenName, RowInput, RowsInput};
use super::settlement::{SettledRow, Settlement};
use super::{CountsJson, LockedImport, check_policy, find_import, import_id, lock_import};
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::controllers::links::bulk::hash_passwords;
use crate::http::edge_changes::EdgeChanges;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem};
use crate::limits::{IMPORT_LOCK_WAIT, MAX_CONTENDED_ATTEMPTS};
use crate::links::creation::{Creator, NewLinkRequest};
use crate::links::json::short_url;
use crate::store::audit::Author;
use crate::store::imports::{Import, ImportRow, Verdict, VerdictCounts};
use crate::store::links::{Imported, Link};

#[derive(Debug, Serialize)]
struct RowsJson {
    dry_run: bool,
    results: Vec<ResultJson>,
    counts: CountsJson,
}

#[derive(Debug, Serialize)]
struct ResultJson {
    row_id: String,
    verdict: &'static str,
    /// It came before, in this request or an earlier one.
    repeated: bool,
    link: Option<ResultLinkJson>,
    renamed_from: Option<String>,
    problem: Option<Value>,
}

#[derive(Debug, Serialize)]
struct ResultLinkJson {
    id: LinkId,
    domain: String,
    code: String,
    short_url: String,
}

pub(crate) async fn write(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Extension(bounds): Extension<KeyBounds>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let import = find_import(&app, import_id(path)?, principal).await?;
    check_policy(import.on_conflict, &bounds)?;
    let input = RowsInput::read(body, &app, &bounds.links, app.clock.now())?;
    RowsWrite { app: &app, import, principal, bounds: &bounds, dry_run: input.dry_run }
        .execute(input.rows)
        .await
}

/// A row that has no answer yet.
#[derive(Debug)]
struct NewRow {
    row_id: String,
    given: GivenName,
    /// The problem of an invalid row.
    link: Result<(NewLinkRequest, Map<String, Value>), Value>,
}

#[derive(Default)]
struct Written {
    /// All rows of the request that have an answer by now.
    rows: HashMap<String, ImportRow>,
    /// The row ids whose answer is an earlier one.
    repeated: HashSet<String>,
    /// The last state of each link that was created or replaced.
    links: HashMap<LinkId, Link>,
    created: HashSet<LinkId>,
    counted: usize,
}

struct RowsWrite<'a> {
    app: &'a App,
    import: Import,
    principal: Principal,
    bounds: &'a KeyBounds,
    dry_run: bool,
}

impl RowsWrite<'_> {
    async fn execute(&self, rows: Vec<RowInput>) -> Result<Response, Problem> {
        let order: Vec<String> = rows.iter().map(|row| row.row_id.clone()).collect();
        let ids: Vec<&str> = order.iter().map(String::as_str).collect();
        let known = self.app.links.import_rows(self.import.id, &ids).await?;
        let known = answered(known);
        let mut seen = HashSet::new();
        let new = rows.into_iter().filter(|row| seen.insert(row.row_id.clone()));
        let new: Vec<_> = new.filter(|row| !known.contains_key(&row.row_id)).collect();
        let written = if new.is_empty() {
            let repeated = known.keys().cloned().collect();
            Written { rows: known, repeated, ..Written::default() }
        } else {
            self.count_and_write(new, &ids).await?
        };
        let changes = self.changes(&written).await?;
        self.respond(order, written, changes)
    }

    async fn count_and_write(&self, rows: Vec<RowInput>, ids: &[&str]) -> Result<Written, Problem> {
        let valid = rows.iter().filter(|row| row.link.is_ok()).count();
        let (wanted, now) = (if self.dry_run { 0 } else { valid }, self.app.clock.now());
        let counted = self.app.rate_limits.count_links(&self.app.links, self.principal, wanted, now).await?;
        let outcome = async { self.write(&self.new_rows(rows).await?, ids).await };
        match outcome.await {
            Ok(written) => {
                counted.give_back_all_but(written.counted).await;
                Ok(written)
            }
            Err(problem) => {
                // After other errors it may have been written.
                if problem.status().is_client_error() {
                    counted.give_back().await;
                }
                Err(problem)
            }
        }
    }

    /// Hashes passwords, and draws the links' ids.
    async fn new_rows(&self, rows: Vec<RowInput>) -> Result<Vec<NewRow>, Problem> {
        let (mut read, mut inputs) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for RowInput { row_id, given, link } in rows {
            let link = match link {
                Ok(link) => {
                    inputs.push(link.link);
                    Ok((link.created_at, link.patch))
                }
                Err(problem) => Err(problem_json(&problem)?),
            };
            read.push((row_id, given, link));
        }
        let creator = Creator::of(self.principal, self.bounds);
        let mut requests = hash_passwords(inputs, creator).await?.into_iter();
        let mut new = Vec::with_capacity(read.len());
        for (position, (row_id, given, link)) in read.into_iter().enumerate() {
            let link = match link {
                Ok((created_at, patch)) => {
                    let request =
                        requests.next().ok_or_else(|| problem::internal("a row without a request"))?;
                    let id = link_id(created_at.0, position, Uuid::new_v4());
                    Ok((NewLinkRequest { imported: Some(Imported { id, created_at }), ..request }, patch))
                }
                Err(problem) => Err(problem),
            };
            new.push(NewRow { row_id, given, link });
        }
        Ok(new)
    }

    async fn write(&self, rows: &[NewRow], ids: &[&str]) -> Result<Written, Problem> {
        let until = Instant::now() + IMPORT_LOCK_WAIT;
        for _ in 1..MAX_CONTENDED_ATTEMPTS {
            match self.attempt(rows, ids, until).await {
                // Two imports of the same names may wait for each other.
                Err(problem) if problem.is_contention() => {}
                outcome => return outcome,
            }
        }
        self.attempt(rows, ids, until).await
    }

    async fn attempt(&self, rows: &[NewRow], ids: &[&str], until: Instant) -> Result<Written, Problem> {
        let requests = rows.iter().filter_map(|row| Some(row.link.as_ref().ok()?.0.clone())).collect();
        let creator = &self.app.link_creator;
        // Before a connection is held.
        let mut prepared = if self.dry_run {
            creator.prepare_dry_run(requests, Uuid::new_v4().as_u64_pair().0)?
        } else {
            creator.prepare(requests).await?
        };
        let LockedImport { mut session, import, _guard } =
            lock_import(self.app, self.import.id, until).await?;
        let import = import.ok_or_else(problem::import_not_found)?;
        let earlier = session.import_rows(import.id, ids).await?;
        let failed: HashSet<String> = earlier
            .iter()
            .filter(|row| row.verdict == Verdict::Failed)
            .map(|row| row.row_id.clone())
            .collect();
        let known = answered(earlier);
        // Another request may have written some of the rows meanwhile.
        let is_new = |row: &&NewRow| !known.contains_key(&row.row_id);
        let valid = rows.iter().filter(|row| row.link.is_ok());
        prepared.retain(valid.map(|row| is_new(&row)));
        let new: Vec<_> = rows.iter().filter(is_new).collect();
        let requests = new.iter().filter_map(|row| row.link.as_ref().ok());
        let requests = requests.map(|(request, patch)| (request.clone(), patch)).collect();
        let author = self.author(&import);
        let settlement = Settlement::new(self.app, &mut session, (self.bounds, &author), import.on_conflict);
        let settled = settlement.settle(prepared, requests).await?;
        let mut written =
            Written { repeated: known.keys().cloned().collect(), rows: known, ..Written::default() };
        let rows = written.keep(&new, settled)?;
        if !self.dry_run && !rows.is_empty() {
            let mut counts = VerdictCounts::default();
            for row in &rows {
                counts.add(row.verdict, 1);
                counts.add(Verdict::Failed, -i64::from(failed.contains(&row.row_id)));
            }
            session.write_import_rows(import.id, &rows, counts, self.app.clock.now()).await?;
            session.commit().await?;
        }
        written.rows.extend(rows.into_iter().map(|row| (row.row_id.clone(), row)));
        Ok(written)
    }

    /// What is replaced is one change of many links in the audit, which names the import.
    fn author(&self, import: &Import) -> Author {
        let change = [("import", import.id.to_string()), ("source", import.source.clone())];
        let change = change.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        Author::of(self.principal).in_bulk(None, Some(&change))
    }

    /// What the edge must publish. Of repeated rows too, since the answer that they had may not have reached it.
    async fn changes(&self, written: &Written) -> Result<Vec<Change>, Problem> {
        if self.dry_run {
            return Ok(Vec::new());
        }
        let mut changes: Vec<_> = written.links.values().flat_map(Link::changes).collect();
        let has_written = |row: &&ImportRow| matches!(row.verdict, Verdict::Created | Verdict::Replaced);
        let repeated = written.repeated.iter().filter_map(|row_id| written.rows.get(row_id));
        let repeated = repeated.filter(has_written).filter_map(|row| row.link);
        let repeated: Vec<_> = repeated.filter(|id| !written.links.contains_key(id)).collect();
        if !repeated.is_empty() {
            let links = self.app.links.links_by_id(&repeated).await?;
            let unpublished = links.values().filter(|link| link.published_revision != Some(link.revision));
            changes.extend(unpublished.flat_map(Link::changes));
        }
        Ok(changes)
    }

    fn respond(
        &self,
        order: Vec<String>,
        written: Written,
        changes: Vec<Change>,
    ) -> Result<Response, Problem> {
        let Written { rows, mut repeated, created, .. } = written;
        let mut counts = VerdictCounts::default();
        let mut results = Vec::with_capacity(order.len());
        for row_id in order {
            let row = rows.get(&row_id).ok_or_else(|| problem::internal("a row without a verdict"))?;
            counts.add(row.verdict, 1);
            let would_be_created = self.dry_run && row.link.is_some_and(|id| created.contains(&id));
            let link = if would_be_created { None } else { self.link_json(row) };
            let is_repeated = !repeated.insert(row_id.clone());
            results.push(ResultJson {
                row_id,
                verdict: row.verdict.as_str(),
                repeated: is_repeated,
                link,
                renamed_from: row.renamed_from.clone(),
                problem: row.problem.clone(),
            });
        }
        let json = RowsJson { dry_run: self.dry_run, results, counts: counts.into() };
        let mut response = Json(json).into_response();
        // Without any, the edge has published nothing that it could tell of.
        if !changes.is_empty() {
            response.extensions_mut().insert(EdgeChanges(changes));
        }
        Ok(response)
    }

    fn link_json(&self, row: &ImportRow) -> Option<ResultLinkJson> {
        let (id, domain, code) = (row.link?, row.domain.clone()?, row.code.clone()?);
        let short_url = short_url(&self.app.site, &domain.parse().ok()?, &code.parse().ok()?);
        Some(ResultLinkJson { id, domain, code, short_url })
    }
}

impl Written {
    /// The rows to write.
    fn keep(&mut self, new: &[&NewRow], settled: Vec<SettledRow>) -> Result<Vec<ImportRow>, Problem> {
        let mut settled = settled.into_iter();
        let mut rows = Vec::with_capacity(new.len());
        for row in new {
            rows.push(match &row.link {
                Err(problem) => failed_row(row, problem.clone()),
                Ok(_) => {
                    let settled =
                        settled.next().ok_or_else(|| problem::internal("a row without an outcome"))?;
                    self.row_of(row, settled)?
                }
            });
        }
        Ok(rows)
    }

    fn row_of(&mut self, row: &NewRow, settled: SettledRow) -> Result<ImportRow, Problem> {
        let SettledRow { verdict, link, renamed_from, problem } = settled;
        if let Some(problem) = problem {
            return Ok(failed_row(row, problem_json(&problem)?));
        }
        let (domain, code) =
            link.as_ref().map(|link| (link.domain.to_string(), link.code.to_string())).unzip();
        let id = link.as_ref().map(|link| link.id);
        if let Some(link) = link.filter(|_| verdict != Verdict::Skipped) {
            self.counted += 1;
            if verdict == Verdict::Created {
                self.created.insert(link.id);
            }
            let newest = self.links.entry(link.id).or_insert_with(|| link.clone());
            if newest.revision < link.revision {
                *newest = link;
            }
        }
        let row_id = row.row_id.clone();
        Ok(ImportRow { row_id, verdict, link: id, domain, code, renamed_from, problem: None, url: None })
    }
}

/// A row that failed is tried again.
fn answered(rows: Vec<ImportRow>) -> HashMap<String, ImportRow> {
    let answered = rows.into_iter().filter(|row| row.verdict != Verdict::Failed);
    answered.map(|row| (row.row_id.clone(), row)).collect()
}

fn failed_row(row: &NewRow, problem: Value) -> ImportRow {
    let GivenName { url, domain, alias } = row.given.clone();
    ImportRow {
        row_id: row.row_id.clone(),
        verdict: Verdict::Failed,
        link: None,
        domain,
        code: alias,
        renamed_from: None,
        problem: Some(problem),
        url,
    }
}

fn problem_json(problem: &Problem) -> Result<Value, Problem> {
    serde_json::to_value(problem.to_json()).map_err(problem::internal)
}

/// A UUID v7 of the time. Links of one millisecond are in the order of their rows (RFC 9562, section 6.2, method 1).
fn link_id(millis: i64, position: usize, random: Uuid) -> LinkId {
    let [.., a, b, c, d, e, f, g, h] = random.into_bytes();
    let [high, low] = u16::try_from(position).unwrap_or(u16::MAX).to_be_bytes();
    let millis = u64::try_from(millis).unwrap_or(0);
    LinkId(Builder::from_unix_timestamp_millis(millis, &[high, low, a, b, c, d, e, f, g, h]).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_times_and_rows() {
        let id = |millis, position, random| link_id(millis, position, Uuid::from_u128(random)).0;
        let ids = [
            id(1, 0, u128::MAX),
            id(1, 1, 0),
            id(1, 999, u128::MAX),
            id(2, 0, 0),
            id(1_795_478_400_000, 0, 0),
        ];
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(ids[4].get_timestamp().unwrap().to_unix(), (1_795_478_400, 0));
        assert_ne!(id(1, 1, 0), id(1, 1, 1));
    }
}

//! Decides what becomes of an import's rows: creates their links, and treats names that are taken as the import says. The same for a dry
//! run, which is rolled back.

use std::collections::{BTreeMap, HashMap, HashSet};

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde_json::{Map, Value, json};

use super::free_names::{Name, free_names};
use crate::app::App;
use crate::auth::{KeyBounds, Right};
use crate::controllers::links::change::explain_conflict;
use crate::controllers::problems;
use crate::http::fields::Fields;
use crate::http::problem::Problem;
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::links::creation::{CreationOutcome, NewLinkRequest, PreparedLinks};
use crate::links::input::{self, ValidationContext};
use crate::store::audit::Author;
use crate::store::imports::{OnConflict, Verdict};
use crate::store::links::{Conflict, Link, LinkName, LinkSettings, NewLink};
use crate::store::{Database, StoreError, WriteSession};

#[derive(Debug)]
pub(super) struct SettledRow {
    pub(super) verdict: Verdict,
    /// Created, replaced or found, unless it does not exist for the key.
    pub(super) link: Option<Link>,
    pub(super) renamed_from: Option<String>,
    pub(super) problem: Option<Problem>,
}

impl SettledRow {
    fn with_link(verdict: Verdict, link: Option<Link>) -> Self {
        Self { verdict, link, renamed_from: None, problem: None }
    }

    fn failed(problem: Problem) -> Self {
        Self { verdict: Verdict::Failed, link: None, renamed_from: None, problem: Some(problem) }
    }
}

/// A row without a verdict.
#[derive(Debug, Clone)]
struct OpenRow<'a> {
    position: usize,
    /// With the alias that is tried next.
    request: NewLinkRequest,
    patch: &'a Map<String, Value>,
    /// The alias that it asked for, once that turned out to be taken.
    renamed_from: Option<Name>,
}

impl OpenRow<'_> {
    fn name(&self) -> Option<Name> {
        Some((self.request.domain.clone(), self.request.alias.clone()?))
    }

    /// What the row asks of a link that is there. The link keeps all its names, and its first name stays the first.
    fn patch_of(&self, link: &Link) -> Map<String, Value> {
        let mut patch = self.patch.clone();
        patch.remove("alias");
        patch.remove("domain");
        if patch.contains_key("aliases") {
            let is_new = |name: &&LinkName| !link.names().any(|kept| kept == (&name.domain, &name.code));
            let aliases = link.aliases.iter().chain(self.request.aliases.iter().filter(is_new));
            patch.insert("aliases".to_owned(), aliases.map(|name| json!(name)).collect());
        }
        patch
    }
}

pub(super) struct Settlement<'a> {
    app: &'a App,
    session: &'a mut WriteSession,
    bounds: &'a KeyBounds,
    author: &'a Author,
    on_conflict: OnConflict,
    now: UnixMillis,
    /// By the position of the row.
    settled: BTreeMap<usize, SettledRow>,
}

impl<'a> Settlement<'a> {
    pub(super) fn new(
        app: &'a App,
        session: &'a mut WriteSession,
        (bounds, author): (&'a KeyBounds, &'a Author),
        on_conflict: OnConflict,
    ) -> Self {
        let now = app.clock.now();
        Self { app, session, bounds, author, on_conflict, now, settled: BTreeMap::new() }
    }

    /// One outcome per request, in order. `patches` has the fields that each request was made of.
    pub(super) async fn settle(
        mut self,
        prepared: PreparedLinks,
        requests: Vec<(NewLinkRequest, &Map<String, Value>)>,
    ) -> Result<Vec<SettledRow>, Problem> {
        let open = requests.into_iter().enumerate();
        let mut open: Vec<_> = open
            .map(|(position, (request, patch))| OpenRow { position, request, patch, renamed_from: None })
            .collect();
        let mut prepared = Some(prepared);
        for _ in 0..MAX_CONTENDED_ATTEMPTS {
            if open.is_empty() {
                // Another request has written all rows meanwhile.
                prepared.into_iter().for_each(|unused| self.app.link_creator.return_codes(unused));
                return Ok(self.settled.into_values().collect());
            }
            let again = || PreparedLinks::with_aliases(open.iter().map(|row| row.request.clone()).collect());
            let prepared = prepared.take().unwrap_or_else(again);
            let outcomes = self.app.link_creator.create(self.session, prepared).await?;
            let taken = self.keep_outcomes(open, outcomes);
            open = self.resolve(taken).await?;
        }
        if open.is_empty() {
            return Ok(self.settled.into_values().collect());
        }
        // Others keep taking the names.
        Err(StoreError::Contended { database: Database::Links }.into())
    }

    /// Returns the rows whose alias may be taken.
    fn keep_outcomes<'r>(
        &mut self,
        open: Vec<OpenRow<'r>>,
        outcomes: Vec<CreationOutcome>,
    ) -> Vec<(OpenRow<'r>, Conflict, Box<LinkSettings>)> {
        let mut taken = Vec::new();
        for (row, outcome) in open.into_iter().zip(outcomes) {
            let settled = match outcome {
                CreationOutcome::Created(link) => SettledRow {
                    renamed_from: row.renamed_from.as_ref().map(|name| name.1.to_string()),
                    ..SettledRow::with_link(Verdict::Created, Some(link))
                },
                CreationOutcome::Reused(link) => SettledRow::with_link(Verdict::Skipped, Some(link)),
                CreationOutcome::Rejected(conflict, settings) => {
                    let is_name = matches!(conflict, Conflict::NameTaken | Conflict::ExternalIdTaken);
                    if is_name && row.request.alias.is_some() {
                        taken.push((row, conflict, settings));
                        continue;
                    }
                    SettledRow::failed(problems::link_conflict(conflict, &settings))
                }
            };
            self.settled.insert(row.position, settled);
        }
        taken
    }

    /// Treats rows whose alias is taken. Returns those that are to be tried again.
    async fn resolve<'r>(
        &mut self,
        taken: Vec<(OpenRow<'r>, Conflict, Box<LinkSettings>)>,
    ) -> Result<Vec<OpenRow<'r>>, Problem> {
        let mut there = self.links_there(taken.iter().filter_map(|(row, ..)| row.name()).collect()).await?;
        let (mut open, mut renaming, mut replacing) = (Vec::new(), Vec::new(), Vec::new());
        for (row, conflict, settings) in taken {
            let Some((name, link)) = row.name().and_then(|name| there.get_key_value(&name)) else {
                match conflict {
                    Conflict::NameTaken => open.push(row),
                    conflict => self.fail(&row, problems::link_conflict(conflict, &settings)),
                }
                continue;
            };
            if row.renamed_from.is_some() {
                renaming.push(row);
                continue;
            }
            let visible = link.as_ref().filter(|link| self.exists_for_key(link));
            match self.on_conflict {
                // Compared when the rows before it have been replaced.
                OnConflict::Replace if visible.is_some() => replacing.push((row, name.clone())),
                _ if visible.is_some_and(|link| self.is_same(link, &row)) => self.skip(&row, visible),
                OnConflict::Skip => self.skip(&row, visible),
                OnConflict::Suffix => renaming.push(row),
                OnConflict::Replace | OnConflict::Fail => {
                    self.fail(&row, problems::link_conflict(Conflict::NameTaken, &settings));
                }
            }
        }
        self.replace(replacing, &mut there).await?;
        open.extend(self.rename(renaming).await?);
        Ok(open)
    }

    /// One that cannot be read, because a newer release wrote it, has its name nevertheless.
    async fn links_there(&mut self, names: HashSet<Name>) -> Result<HashMap<Name, Option<Link>>, Problem> {
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let names: Vec<_> = names.iter().map(|(domain, code)| (domain, code)).collect();
        let links = self.session.lock_named_links(&names).await?;
        Ok(links.into_iter().map(|(name, link)| ((name.domain, name.code), link)).collect())
    }

    /// A key that may only create knows its own links only.
    fn exists_for_key(&self, link: &Link) -> bool {
        let is_own = self.author.creates_as() == link.created_by;
        link.is_within(&self.bounds.links) && (is_own || self.bounds.allow(Right::Read))
    }

    /// The link with the fields of the row.
    fn changed(&self, link: &Link, row: &OpenRow<'_>) -> Result<NewLink, Problem> {
        let context = ValidationContext::new(&self.app.site, &self.bounds.links, self.now);
        let input = input::change(Fields::from_body(row.patch_of(link)), link, context)?;
        Ok(input.with_hash(row.request.settings.password.clone()))
    }

    /// Whether the link has the destination and every other field of the row. A password is never the same: its hash is salted.
    fn is_same(&self, link: &Link, row: &OpenRow<'_>) -> bool {
        self.changed(link, row).is_ok_and(|new| new.is_like(link))
    }

    fn skip(&mut self, row: &OpenRow<'_>, link: Option<&Link>) {
        self.settled.insert(row.position, SettledRow::with_link(Verdict::Skipped, link.cloned()));
    }

    fn fail(&mut self, row: &OpenRow<'_>, problem: Problem) {
        self.settled.insert(row.position, SettledRow::failed(problem));
    }

    /// Several rows of one link follow each other.
    async fn replace(
        &mut self,
        mut rows: Vec<(OpenRow<'_>, Name)>,
        there: &mut HashMap<Name, Option<Link>>,
    ) -> Result<(), Problem> {
        while !rows.is_empty() {
            let (mut ids, mut batch, mut later) = (HashSet::new(), Vec::new(), Vec::new());
            for (row, name) in rows {
                let Some(Some(link)) = there.get(&name) else { continue };
                if ids.contains(&link.id) {
                    later.push((row, name));
                    continue;
                }
                match self.changed(link, &row) {
                    Err(problem) => self.fail(&row, problem),
                    Ok(new) if new.is_like(link) => self.skip(&row, Some(link)),
                    Ok(new) => {
                        ids.insert(link.id);
                        batch.push((row, link.clone(), new));
                    }
                }
            }
            for (position, settled) in self.store(batch).await? {
                if let Some(link) = &settled.link {
                    // Under each of its names that a row has.
                    for known in there.values_mut().flatten().filter(|known| known.id == link.id) {
                        known.clone_from(link);
                    }
                }
                self.settled.insert(position, settled);
            }
            rows = later;
        }
        Ok(())
    }

    async fn store(
        &mut self,
        batch: Vec<(OpenRow<'_>, Link, NewLink)>,
    ) -> Result<Vec<(usize, SettledRow)>, Problem> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let (mut stored, taken) = self.update(&batch).await?;
        let mut settled = Vec::with_capacity(batch.len());
        for (row, old, new) in batch {
            let outcome = match stored.remove(&old.id) {
                Some(link) => SettledRow::with_link(Verdict::Replaced, Some(link)),
                None if taken.contains(&old.id) => {
                    SettledRow::failed(problems::link_conflict(Conflict::ExternalIdTaken, &new.settings))
                }
                None => SettledRow::failed(explain_conflict(self.app, self.session, &old, new).await?),
            };
            settled.push((row.position, outcome));
        }
        Ok(settled)
    }

    /// With one statement, without the links whose new external id is taken, which are returned too.
    async fn update(
        &mut self,
        batch: &[(OpenRow<'_>, Link, NewLink)],
    ) -> Result<(HashMap<LinkId, Link>, HashSet<LinkId>), StoreError> {
        let default_domain = &self.app.site.default_domain;
        let mut changes: Vec<_> = batch.iter().map(|(_, old, new)| (old, new)).collect();
        let mut taken = HashSet::new();
        let mut links = self.session.update_links(&changes, default_domain, self.author, self.now).await;
        if matches!(links, Err(StoreError::UniqueViolation { .. })) {
            taken = self.taken_external_ids(&changes).await?;
            changes.retain(|(old, _)| !taken.contains(&old.id));
            links = self.session.update_links(&changes, default_domain, self.author, self.now).await;
        }
        let links = links.map_err(|error| match error {
            // Another request took one in between.
            StoreError::UniqueViolation { database } => StoreError::Contended { database },
            error => error,
        })?;
        Ok((links.into_iter().map(|link| (link.id, link)).collect(), taken))
    }

    /// The links whose new external id another link has, or an earlier one of them gets.
    async fn taken_external_ids(
        &mut self,
        changes: &[(&Link, &NewLink)],
    ) -> Result<HashSet<LinkId>, StoreError> {
        let gets_one = |(old, new): &&(&Link, &NewLink)| {
            new.settings.external_id.is_some() && new.settings.external_id != old.settings.external_id
        };
        let new: Vec<_> = changes.iter().filter(gets_one).map(|(old, new)| (*new, Some(old.id))).collect();
        let conflicts = self.session.conflicts(&new, &self.app.site.default_domain).await?;
        let mut given = HashSet::new();
        let taken = new.into_iter().zip(conflicts).filter(|((new, _), conflicts)| {
            conflicts.external_id_taken() || !given.insert(&new.settings.external_id)
        });
        Ok(taken.filter_map(|((_, id), _)| id).collect())
    }

    /// Returns the rows with a free alias.
    async fn rename<'r>(&mut self, rows: Vec<OpenRow<'r>>) -> Result<Vec<OpenRow<'r>>, Problem> {
        let mut wanted: BTreeMap<Name, usize> = BTreeMap::new();
        for name in rows.iter().filter_map(|row| row.renamed_from.clone().or_else(|| row.name())) {
            *wanted.entry(name).or_default() += 1;
        }
        let mut free = free_names(self.session, &wanted).await?;
        let mut renamed = Vec::with_capacity(rows.len());
        for mut row in rows {
            row.renamed_from = row.renamed_from.clone().or_else(|| row.name());
            let alias = row.renamed_from.as_ref().and_then(|name| free.get_mut(name)?.pop_front());
            if alias.is_some() {
                row.request.alias = alias;
                renamed.push(row);
            } else {
                let settings = row.request.settings.clone();
                self.fail(&row, problems::link_conflict(Conflict::NameTaken, &settings));
            }
        }
        Ok(renamed)
    }
}

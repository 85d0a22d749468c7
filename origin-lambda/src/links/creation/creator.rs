//! Creates links: draws codes, inserts, retries taken codes, and returns each link's outcome. Does not read the client's JSON or
//! check keys.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use link_core::names::code::Code;
use link_core::names::domain::Domain;

use super::pending::{PendingLink, PreparedLinks, group_duplicates, in_order};
use super::request::{CreationError, CreationOutcome, NewLinkRequest};
use crate::clock::Clock;
use crate::limits::MAX_CODE_ATTEMPTS;
use crate::links::codes::{CodeError, CodeIssuer};
use crate::store::batcher::Batcher;
use crate::store::links::{CodeOrigin, Conflict, NewLink, folded_names};
use crate::store::{LinksDatabase, StoreError, WriteSession};

/// Owns what creating links needs.
#[derive(Debug, Clone)]
pub struct LinkCreator {
    pub(super) links: LinksDatabase,
    codes: Arc<CodeIssuer>,
    default_domain: Domain,
    clock: Clock,
    pub(super) batches: Batcher<PreparedLinks, Result<CreationOutcome, CreationError>>,
}

impl LinkCreator {
    pub(crate) fn new(links: LinksDatabase, codes: CodeIssuer, default_domain: Domain, clock: Clock) -> Self {
        Self { links, codes: Arc::new(codes), default_domain, clock, batches: Batcher::default() }
    }

    /// Whether the configured code key is the one that the database's codes were made with.
    pub async fn check_code_key(&self) -> Result<(), CodeError> {
        self.codes.check_key().await
    }

    /// Draws codes before a connection is held: leasing them takes another connection, and requests that wait for each other's
    /// connections would deadlock.
    pub(crate) async fn prepare(&self, requests: Vec<NewLinkRequest>) -> Result<PreparedLinks, CodeError> {
        let without_alias = requests.iter().filter(|request| request.alias.is_none()).count();
        Ok(PreparedLinks { codes: self.codes.take(without_alias).await?, requests })
    }

    /// With codes that were never issued, for links that are rolled back.
    pub(crate) fn prepare_dry_run(
        &self,
        requests: Vec<NewLinkRequest>,
        random: u64,
    ) -> Result<PreparedLinks, CodeError> {
        let without_alias = requests.iter().filter(|request| request.alias.is_none()).count();
        Ok(PreparedLinks { codes: self.codes.never_issued(without_alias, random)?, requests })
    }

    /// Returns the codes of links that will not be created.
    pub(crate) fn return_codes(&self, prepared: PreparedLinks) {
        self.codes.return_codes(prepared.codes);
    }

    /// Returns an outcome per request, in order. Needs a transaction if a request allows reuse.
    pub(crate) async fn create(
        &self,
        session: &mut WriteSession,
        prepared: PreparedLinks,
    ) -> Result<Vec<CreationOutcome>, CreationError> {
        let PreparedLinks { requests, mut codes } = prepared;
        let mut pending = group_duplicates(requests);
        reuse(session, &mut pending).await?;
        for _ in 0..MAX_CODE_ATTEMPTS {
            let mut open: Vec<_> = pending.iter_mut().filter(|item| item.outcome.is_none()).collect();
            if open.is_empty() {
                self.codes.return_codes(codes);
                return Ok(in_order(pending));
            }
            let mut new = Vec::with_capacity(open.len());
            for PendingLink { request, .. } in &open {
                let (code, origin) = match &request.alias {
                    Some(alias) => (alias.clone(), CodeOrigin::Chosen),
                    None => (self.next_code(&mut codes).await?.into(), CodeOrigin::Generated),
                };
                new.push(NewLink {
                    domain: request.domain.clone(),
                    folded: folded_names(&request.domain, &code, origin, &request.aliases),
                    code,
                    aliases: request.aliases.clone(),
                    settings: request.settings.clone(),
                    created_by: request.creator.key,
                    imported: request.imported,
                });
            }
            codes.extend(self.insert(session, &mut open, new).await?);
        }
        Err(CreationError::EveryCodeTaken)
    }

    /// Draws another code only after a collision with an alias of the same shape, which hardly ever happens.
    async fn next_code(&self, drawn: &mut Vec<Code>) -> Result<Code, CodeError> {
        match drawn.pop() {
            Some(code) => Ok(code),
            None => self.codes.next().await,
        }
    }

    /// Inserts the links. A link is left without an outcome if its code is taken by an alias, another link of the batch has its name,
    /// or its conflict no longer exists. Returns the codes of rejected links.
    async fn insert(
        &self,
        session: &mut WriteSession,
        open: &mut [&mut PendingLink],
        new: Vec<NewLink>,
    ) -> Result<Vec<Code>, StoreError> {
        let first = with_separate_names(session, &new).await?;
        // The inserting statement decides; checking first would be a race.
        let inserted = session.insert_links(&first, &self.default_domain, self.clock.now()).await?;
        let mut inserted: HashMap<_, _> =
            inserted.into_iter().map(|link| ((link.domain.clone(), link.code.clone()), link)).collect();
        let mut rejected = Vec::new();
        for (item, new) in open.iter_mut().zip(&new) {
            match inserted.remove(&(new.domain.clone(), new.code.clone())) {
                Some(link) => item.outcome = Some(CreationOutcome::Created(link)),
                None => rejected.push((item, new)),
            }
        }
        if rejected.is_empty() {
            return Ok(Vec::new());
        }
        let new_links: Vec<_> = rejected.iter().map(|(_, new)| (*new, None)).collect();
        let conflicts = session.conflicts(&new_links, &self.default_domain).await?;
        let mut unused = Vec::new();
        for ((item, new), conflicts) in rejected.into_iter().zip(conflicts) {
            item.outcome = match conflicts.first() {
                Conflict::Resolved => None,
                Conflict::NameTaken if item.request.alias.is_none() => None,
                conflict => Some(CreationOutcome::Rejected(conflict, Box::new(new.settings.clone()))),
            };
            if item.outcome.is_some() && item.request.alias.is_none() {
                unused.extend(new.code.as_str().parse::<Code>());
            }
        }
        Ok(unused)
    }
}

/// Those of the links that have no name in common, the first ones.
async fn with_separate_names<'l>(
    session: &mut WriteSession,
    new: &'l [NewLink],
) -> Result<Vec<&'l NewLink>, StoreError> {
    let may_differ_by_case = new.len() > 1 && new.iter().any(|link| !link.folded.is_empty());
    let ignoring = if may_differ_by_case { session.case_ignoring_domains().await? } else { HashSet::new() };
    let mut names = HashSet::new();
    let mut separate = Vec::with_capacity(new.len());
    for link in new {
        let spellings = link.folded.iter().filter(|name| ignoring.contains(name.domain.as_str()));
        let further = link.aliases.iter().chain(spellings).map(|name| (&name.domain, &name.code));
        let own: Vec<_> = further.chain([(&link.domain, &link.code)]).collect();
        if !own.iter().any(|name| names.contains(name)) {
            names.extend(own);
            separate.push(link);
        }
    }
    Ok(separate)
}

async fn reuse(session: &mut WriteSession, pending: &mut [PendingLink]) -> Result<(), StoreError> {
    let wanted: Vec<_> = pending.iter().filter_map(|item| item.request.dedup_key()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut existing: HashMap<_, _> = session.find_reusable_links(&wanted).await?.into_iter().collect();
    for item in pending {
        let link = item.request.dedup_key().and_then(|dedup_key| existing.remove(&dedup_key));
        item.outcome = link.map(CreationOutcome::Reused);
    }
    Ok(())
}

//! Creates links: draws codes, inserts, retries taken codes, and returns each link's outcome. Does not read the client's JSON or
//! check keys.

mod batched;

use std::collections::{HashMap, HashSet};

use link_core::code::Code;
use link_core::domain::Domain;
use link_core::slug::Slug;
use thiserror::Error;

use crate::app::App;
use crate::codes::CodeError;
use crate::limits::MAX_CODE_ATTEMPTS;
use crate::store::links::{Conflict, DedupKey, Link, LinkSettings, NewLink};
use crate::store::{StoreError, WriteSession};

pub(crate) use batched::{CreationBatcher, create_batched};

#[derive(Debug, Clone)]
pub(crate) struct NewLinkRequest {
    pub(crate) domain: Domain,
    /// `None` draws a code that was never issued before.
    pub(crate) alias: Option<Slug>,
    pub(crate) settings: LinkSettings,
    /// An existing link with the same settings may be returned instead.
    pub(crate) reuse: bool,
}

impl NewLinkRequest {
    fn dedup_key(&self) -> Option<DedupKey> {
        let dedup_key = || DedupKey::of(&self.domain, self.alias.as_ref(), &self.settings);
        self.reuse.then(dedup_key).flatten()
    }
}

#[derive(Debug, Clone)]
pub(crate) enum CreationOutcome {
    Created(Link),
    Reused(Link),
    Rejected(Conflict, Box<LinkSettings>),
}

impl CreationOutcome {
    /// The outcome of another request with the same dedup key.
    fn for_duplicate(&self) -> Self {
        match self {
            Self::Created(link) | Self::Reused(link) => Self::Reused(link.clone()),
            Self::Rejected(..) => self.clone(),
        }
    }
}

#[derive(Debug, Clone, Error)]
pub(crate) enum CreationError {
    #[error(transparent)]
    Codes(#[from] CodeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{MAX_CODE_ATTEMPTS} codes in a row were taken")]
    EveryCodeTaken,
    #[error("a link request has no outcome")]
    NoOutcome,
}

/// Link requests, with a code for each that has no alias.
#[derive(Debug, Clone)]
pub(crate) struct PreparedLinks {
    requests: Vec<NewLinkRequest>,
    codes: Vec<Code>,
}

impl PreparedLinks {
    /// Draws codes before a connection is held: leasing them takes another connection, and requests that wait for each other's
    /// connections would deadlock.
    pub(crate) async fn new(app: &App, requests: Vec<NewLinkRequest>) -> Result<Self, CodeError> {
        let without_alias = requests.iter().filter(|request| request.alias.is_none()).count();
        Ok(Self { codes: app.codes.take(without_alias).await?, requests })
    }

    /// Returns the codes if no link is created.
    pub(crate) fn return_codes(self, app: &App) {
        app.codes.return_codes(self.codes);
    }

    fn merge(batch: Vec<Self>) -> Self {
        let mut all = Self { requests: Vec::new(), codes: Vec::new() };
        for Self { requests, codes } in batch {
            all.requests.extend(requests);
            all.codes.extend(codes);
        }
        all
    }

    pub(crate) fn may_reuse(&self) -> bool {
        self.requests.iter().any(|request| request.reuse)
    }
}

/// Returns an outcome per request, in order. Needs a transaction if a request allows reuse.
pub(crate) async fn create(
    app: &App,
    session: &mut WriteSession,
    prepared: PreparedLinks,
) -> Result<Vec<CreationOutcome>, CreationError> {
    let PreparedLinks { requests, mut codes } = prepared;
    let mut pending = group_duplicates(requests);
    reuse(session, &mut pending).await?;
    for _ in 0..MAX_CODE_ATTEMPTS {
        let mut open: Vec<_> = pending.iter_mut().filter(|item| item.outcome.is_none()).collect();
        if open.is_empty() {
            app.codes.return_codes(codes);
            return Ok(in_order(pending));
        }
        let mut new = Vec::with_capacity(open.len());
        for PendingLink { request, .. } in &open {
            let code = match &request.alias {
                Some(alias) => alias.clone(),
                None => next_code(app, &mut codes).await?.into(),
            };
            new.push(NewLink { domain: request.domain.clone(), code, settings: request.settings.clone() });
        }
        codes.extend(insert(app, session, &mut open, new).await?);
    }
    Err(CreationError::EveryCodeTaken)
}

/// A link to create, with the indices of its requests: requests with equal dedup keys share one.
#[derive(Debug)]
struct PendingLink {
    request: NewLinkRequest,
    indices: Vec<usize>,
    outcome: Option<CreationOutcome>,
}

fn group_duplicates(requests: Vec<NewLinkRequest>) -> Vec<PendingLink> {
    let mut pending: Vec<PendingLink> = Vec::with_capacity(requests.len());
    let mut known: HashMap<DedupKey, usize> = HashMap::new();
    for (index, request) in requests.into_iter().enumerate() {
        let position = match request.dedup_key() {
            Some(dedup_key) => *known.entry(dedup_key).or_insert(pending.len()),
            None => pending.len(),
        };
        match pending.get_mut(position) {
            Some(item) => item.indices.push(index),
            None => pending.push(PendingLink { request, indices: vec![index], outcome: None }),
        }
    }
    pending
}

fn in_order(pending: Vec<PendingLink>) -> Vec<CreationOutcome> {
    let mut outcomes = Vec::new();
    for PendingLink { indices, outcome, .. } in pending {
        let Some(outcome) = outcome else { continue };
        let duplicates = vec![outcome.for_duplicate(); indices.len().saturating_sub(1)];
        outcomes.extend(indices.into_iter().zip([outcome].into_iter().chain(duplicates)));
    }
    outcomes.sort_unstable_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
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

/// Draws another code only after a collision with an alias of the same shape, which hardly ever happens.
async fn next_code(app: &App, drawn: &mut Vec<Code>) -> Result<Code, CodeError> {
    match drawn.pop() {
        Some(code) => Ok(code),
        None => app.codes.next().await,
    }
}

/// Inserts the links. A link is left without an outcome if its code is taken by an alias, another link of the batch has its name,
/// or its conflict no longer exists. Returns the codes of rejected links.
async fn insert(
    app: &App,
    session: &mut WriteSession,
    open: &mut [&mut PendingLink],
    new: Vec<NewLink>,
) -> Result<Vec<Code>, StoreError> {
    // One link per name, since the name identifies an inserted link.
    let mut names = HashSet::new();
    let first: Vec<_> = new.iter().filter(|new| names.insert((&new.domain, &new.code))).collect();
    // The inserting statement decides; checking first would be a race.
    let inserted = session.insert_links(&first, &app.site.default_domain, app.clock.now()).await?;
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
    let new_links: Vec<_> = rejected.iter().map(|(_, new)| *new).collect();
    let conflicts = session.conflicts(&new_links, &app.site.default_domain).await?;
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

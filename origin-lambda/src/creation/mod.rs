//! Gives new links their names and stores them, or says of each why not. Does not read what the client wrote, nor who asks.

mod together;

use std::collections::{HashMap, HashSet};

use link_core::code::Code;
use link_core::domain::Domain;
use link_core::slug::Slug;
use thiserror::Error;

use crate::app::App;
use crate::codes::CodesError;
use crate::limits::MAX_CODE_ATTEMPTS;
use crate::store::links::{Likeness, Link, LinkSettings, NewLink, Refusal};
use crate::store::{Session, StoreError};

pub(crate) use together::{Creations, create_with_others};

#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) domain: Domain,
    /// Without one the link gets a code that was never issued before.
    pub(crate) alias: Option<Slug>,
    pub(crate) settings: LinkSettings,
    /// A link that says the same already will do.
    pub(crate) reuse: bool,
}

impl Wish {
    fn likeness(&self) -> Option<Likeness> {
        let likeness = || Likeness::of(&self.domain, self.alias.as_ref(), &self.settings);
        self.reuse.then(likeness).flatten()
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Created(Link),
    Reused(Link),
    Refused(Refusal, Box<LinkSettings>),
}

impl Outcome {
    /// For another wish that this one's link fulfils too.
    fn repeated(&self) -> Self {
        match self {
            Self::Created(link) | Self::Reused(link) => Self::Reused(link.clone()),
            Self::Refused(..) => self.clone(),
        }
    }
}

#[derive(Debug, Clone, Error)]
pub(crate) enum CreationError {
    #[error(transparent)]
    Codes(#[from] CodesError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{MAX_CODE_ATTEMPTS} codes in a row were taken")]
    EveryCodeTaken,
    #[error("a wish has no outcome")]
    NoOutcome,
}

/// Wishes with a code for each that has no alias.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    wishes: Vec<Wish>,
    codes: Vec<Code>,
}

impl Prepared {
    /// Codes are drawn before a connection is held: leasing them takes another one, and requests that wait for each other's
    /// connections would wait for ever.
    pub(crate) async fn new(app: &App, wishes: Vec<Wish>) -> Result<Self, CodesError> {
        let without_alias = wishes.iter().filter(|wish| wish.alias.is_none()).count();
        Ok(Self { codes: app.codes.take(without_alias).await?, wishes })
    }

    /// Where they are not needed after all.
    pub(crate) fn give_back(self, app: &App) {
        app.codes.give_back(self.codes);
    }

    fn of_all(gathered: Vec<Self>) -> Self {
        let mut all = Self { wishes: Vec::new(), codes: Vec::new() };
        for Self { wishes, codes } in gathered {
            all.wishes.extend(wishes);
            all.codes.extend(codes);
        }
        all
    }

    pub(crate) fn may_reuse(&self) -> bool {
        self.wishes.iter().any(|wish| wish.reuse)
    }
}

/// An outcome for each wish, in order. In a transaction if one of the wishes allows reuse.
pub(crate) async fn create(
    app: &App,
    session: &mut Session,
    prepared: Prepared,
) -> Result<Vec<Outcome>, CreationError> {
    let Prepared { wishes, mut codes } = prepared;
    let mut entries = entries(wishes);
    reuse(session, &mut entries).await?;
    for _ in 0..MAX_CODE_ATTEMPTS {
        let mut open: Vec<_> = entries.iter_mut().filter(|entry| entry.outcome.is_none()).collect();
        if open.is_empty() {
            app.codes.give_back(codes);
            return Ok(in_order(entries));
        }
        let mut new = Vec::with_capacity(open.len());
        for Entry { wish, .. } in &open {
            let code = match &wish.alias {
                Some(alias) => alias.clone(),
                None => next_code(app, &mut codes).await?.into(),
            };
            new.push(NewLink { domain: wish.domain.clone(), code, settings: wish.settings.clone() });
        }
        codes.extend(insert(app, session, &mut open, new).await?);
    }
    Err(CreationError::EveryCodeTaken)
}

/// A wish, and which of the wishes it was. Equal ones that allow reuse are one.
#[derive(Debug)]
struct Entry {
    wish: Wish,
    indices: Vec<usize>,
    outcome: Option<Outcome>,
}

fn entries(wishes: Vec<Wish>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(wishes.len());
    let mut known: HashMap<Likeness, usize> = HashMap::new();
    for (index, wish) in wishes.into_iter().enumerate() {
        let position = match wish.likeness() {
            Some(likeness) => *known.entry(likeness).or_insert(entries.len()),
            None => entries.len(),
        };
        match entries.get_mut(position) {
            Some(entry) => entry.indices.push(index),
            None => entries.push(Entry { wish, indices: vec![index], outcome: None }),
        }
    }
    entries
}

fn in_order(entries: Vec<Entry>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for Entry { indices, outcome, .. } in entries {
        let Some(outcome) = outcome else { continue };
        let repeated = vec![outcome.repeated(); indices.len().saturating_sub(1)];
        outcomes.extend(indices.into_iter().zip([outcome].into_iter().chain(repeated)));
    }
    outcomes.sort_unstable_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

async fn reuse(session: &mut Session, entries: &mut [Entry]) -> Result<(), StoreError> {
    let wanted: Vec<_> = entries.iter().filter_map(|entry| entry.wish.likeness()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut existing: HashMap<_, _> = session.links_like(&wanted).await?.into_iter().collect();
    for entry in entries {
        let link = entry.wish.likeness().and_then(|likeness| existing.remove(&likeness));
        entry.outcome = link.map(Outcome::Reused);
    }
    Ok(())
}

/// Only for one that has met an alias of the same shape is another code drawn here: as good as never.
async fn next_code(app: &App, drawn: &mut Vec<Code>) -> Result<Code, CodesError> {
    match drawn.pop() {
        Some(code) => Ok(code),
        None => app.codes.next().await,
    }
}

/// One has no outcome yet where its code was taken as an alias, another of its name was asked for first, or whatever stood in
/// the way is gone. Returns the codes of those that were refused.
async fn insert(
    app: &App,
    session: &mut Session,
    open: &mut [&mut Entry],
    new: Vec<NewLink>,
) -> Result<Vec<Code>, StoreError> {
    // One of each name: what is inserted is told by its name.
    let mut names = HashSet::new();
    let first: Vec<_> = new.iter().filter(|new| names.insert((&new.domain, &new.code))).collect();
    // Asking first would leave a gap; the statement that inserts decides.
    let inserted = session.insert_links(&first, &app.site.default_domain, app.clock.now()).await?;
    let mut inserted: HashMap<_, _> =
        inserted.into_iter().map(|link| ((link.domain.clone(), link.code.clone()), link)).collect();
    let mut refused = Vec::new();
    for (entry, new) in open.iter_mut().zip(&new) {
        match inserted.remove(&(new.domain.clone(), new.code.clone())) {
            Some(link) => entry.outcome = Some(Outcome::Created(link)),
            None => refused.push((entry, new)),
        }
    }
    if refused.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<_> = refused.iter().map(|(_, new)| *new).collect();
    let refusals = session.refusals(&asked, &app.site.default_domain).await?;
    let mut unspent = Vec::new();
    for ((entry, new), refusals) in refused.into_iter().zip(refusals) {
        entry.outcome = match refusals.first() {
            Refusal::Nothing => None,
            Refusal::NameTaken if entry.wish.alias.is_none() => None,
            refusal => Some(Outcome::Refused(refusal, Box::new(new.settings.clone()))),
        };
        if entry.outcome.is_some() && entry.wish.alias.is_none() {
            unspent.extend(new.code.as_str().parse::<Code>());
        }
    }
    Ok(unspent)
}

//! A link, its settings, and the record of it that the edge decides by.

use std::collections::BTreeSet;

use link_core::names::code::Code;
use link_core::names::destination::Destination;
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::publication::Change;
use link_core::record::preview::{LinkPreview, PreviewText};
use link_core::record::rules::{Rule, RuleTarget};
use link_core::record::{self, LinkId, LinkRecord, RedirectStatus, Revision};
use link_core::redirect::gate::ALWAYS_GATED_CLICKS;
use link_core::time::UnixMillis;
use uuid::Uuid;

use super::names::{CodeOrigin, LinkName};
use crate::auth::LinkBounds;
use crate::auth::password::PasswordHash;
use crate::links::letter_case::fold;
use crate::store::links::locale::language_ranges;

/// What a client may set on a link, except its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSettings {
    pub url: Destination,
    pub status: RedirectStatus,
    pub title: Option<String>,
    pub notes: Option<String>,
    /// Sorted, without duplicates.
    pub tags: Vec<String>,
    pub external_id: Option<String>,
    pub starts_at: Option<UnixMillis>,
    pub expires_at: Option<UnixMillis>,
    pub expired_url: Option<Destination>,
    pub max_clicks: Option<i64>,
    pub password: Option<PasswordHash>,
    pub forward_query: bool,
    pub forward_path: bool,
    pub rules: Vec<Rule>,
    pub preview: Option<LinkPreview>,
    pub disabled: bool,
    /// Lists leave it out.
    pub archived: bool,
}

impl LinkSettings {
    /// All other settings at their defaults.
    pub fn new(url: Destination) -> Self {
        Self {
            url,
            status: RedirectStatus::default(),
            title: None,
            notes: None,
            tags: Vec::new(),
            external_id: None,
            starts_at: None,
            expires_at: None,
            expired_url: None,
            max_clicks: None,
            password: None,
            forward_query: false,
            forward_path: false,
            rules: Vec::new(),
            preview: None,
            disabled: false,
            archived: false,
        }
    }

    /// The hosts of every destination in their comparable form, with the field that sets each.
    pub fn hosts_by_field(&self) -> Vec<(String, String)> {
        let host = |url: &Destination| url.comparable_host().into_owned();
        let mut all = vec![("url".to_owned(), host(&self.url))];
        all.extend(self.expired_url.as_ref().map(|url| ("expired_url".to_owned(), host(url))));
        for (position, rule) in self.rules.iter().enumerate() {
            let field = format!("rules[{position}].url");
            match &rule.target {
                RuleTarget::Url(url) => all.push((field, host(url))),
                RuleTarget::App(url) => {
                    all.extend(url.comparable_hosts().into_iter().map(|host| (field.clone(), host)))
                }
                RuleTarget::Split(branches) => {
                    all.extend(branches.iter().enumerate().map(|(number, branch)| {
                        (format!("rules[{position}].split[{number}].url"), host(&branch.url))
                    }))
                }
            }
        }
        all
    }

    /// The hosts of all destinations, sorted, without duplicates.
    pub fn hosts(&self) -> Vec<String> {
        let hosts: BTreeSet<_> = self.hosts_by_field().into_iter().map(|(_, host)| host).collect();
        hosts.into_iter().collect()
    }
}

/// Absolute totals, as the log consumer last set them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClickTotals {
    pub total: i64,
    pub human: i64,
    pub bot: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub domain: Domain,
    pub code: Slug,
    /// Its further names, in the client's order.
    pub aliases: Vec<LinkName>,
    /// Spellings of all its names without regard to case, as far as they are no names themselves.
    pub folded: Vec<LinkName>,
    /// Those of them whose domains ignore case, and which are names.
    pub spellings: Vec<LinkName>,
    pub settings: LinkSettings,
    /// Set by the operator, because of where the link leads.
    pub blocked: bool,
    pub exhausted: bool,
    /// So few clicks of a large maximum are left that the gate counts them.
    pub nearly_exhausted: bool,
    pub revision: Revision,
    /// The last revision of this name that the edge has confirmed.
    pub published_revision: Option<Revision>,
    pub clicks: ClickTotals,
    /// The key that has created it. `None`: the bootstrap key, or unknown.
    pub created_by: Option<Uuid>,
    pub created_at: UnixMillis,
    pub updated_at: UnixMillis,
}

impl Link {
    /// All under which it is found, the first name first.
    pub fn names(&self) -> impl Iterator<Item = (&Domain, &Slug)> {
        std::iter::once((&self.domain, &self.code)).chain(self.further_names())
    }

    pub fn further_names(&self) -> impl Iterator<Item = (&Domain, &Slug)> {
        self.aliases.iter().chain(&self.spellings).map(|name| (&name.domain, &name.code))
    }

    /// A chosen code that looks like a generated one is told by its spelling.
    pub fn code_origin(&self) -> CodeOrigin {
        let looks_generated = self.code.as_str().parse::<Code>().is_ok();
        let is_folded = |spelling: Slug| {
            self.folded.iter().any(|name| name.domain == self.domain && name.code == spelling)
        };
        if looks_generated && !self.code.folded(&fold).is_some_and(is_folded) {
            CodeOrigin::Generated
        } else {
            CodeOrigin::Chosen
        }
    }

    pub fn is_within(&self, bounds: &LinkBounds) -> bool {
        bounds.include(&self.domain, self.created_by)
    }

    /// Whether each visit asks the gate, whatever the lag of the click accounting.
    pub fn is_gated(&self) -> bool {
        is_gated(self.settings.max_clicks, self.nearly_exhausted)
    }

    /// What the edge publishes: one change for each name, with the same record.
    pub fn changes(&self) -> Vec<Change> {
        let record = self.record();
        let change = |(domain, code): (&Domain, &Slug)| Change {
            domain: domain.clone(),
            code: code.clone(),
            revision: self.revision,
            record: Some(record.clone()),
            document: None,
        };
        self.names().map(change).collect()
    }

    pub fn record(&self) -> LinkRecord {
        let settings = &self.settings;
        LinkRecord {
            id: self.id,
            domain: self.domain.clone(),
            code: self.code.clone(),
            revision: self.revision,
            url: settings.url.clone(),
            status: settings.status,
            state: record_state(settings.disabled || self.blocked, self.exhausted),
            starts_at: settings.starts_at,
            expires_at: settings.expires_at,
            expired_url: settings.expired_url.clone(),
            limited: settings.max_clicks.is_some() && !self.is_gated(),
            gated: self.is_gated(),
            password: settings.password.as_ref().map(PasswordHash::mark),
            forward_query: settings.forward_query,
            forward_path: settings.forward_path,
            rules: language_ranges::expand(settings.rules.clone()),
            preview: settings.preview.as_ref().map(PreviewText::of),
        }
    }
}

/// The state that the edge caches. The edge checks dates on every visit, and a visitor does not learn who disabled a link.
pub(super) fn record_state(disabled: bool, exhausted: bool) -> record::LinkState {
    match (disabled, exhausted) {
        (true, _) => record::LinkState::Disabled,
        (false, true) => record::LinkState::Exhausted,
        (false, false) => record::LinkState::Active,
    }
}

pub(super) fn is_gated(max_clicks: Option<i64>, nearly_exhausted: bool) -> bool {
    max_clicks.is_some_and(|clicks| clicks <= ALWAYS_GATED_CLICKS || nearly_exhausted)
}

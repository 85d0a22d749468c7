//! Reads what a client wrote about a link into settings: the whole of a new one, or a merge patch (RFC 7396) on what is
//! there. Does not know what is taken, nor which hosts are blocked.

mod alias;
mod rules;
pub(crate) mod values;

pub(crate) use values::{expires_at, line, tag};

use std::collections::BTreeSet;

use link_core::destination::Destination;
use link_core::domain::Domain;
use link_core::slug::Slug;
use link_core::time::UnixMillis;
use serde_json::Value;

use crate::creation::Wish;
use crate::fields::Fields;
use crate::host_input;
use crate::own_hosts::OwnHosts;
use crate::password::{Password, PasswordHash};
use crate::problem::{Problem, ProblemCode};
use crate::store::links::{Link, LinkSettings, NewLink};

/// What the values are judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) default_domain: &'a Domain,
    /// No link may lead there. Further domains, and what is blocked, are judged by the statement that stores the link.
    pub(crate) own_hosts: &'a OwnHosts,
    pub(crate) now: UnixMillis,
}

/// A password that a client set, not yet hashed: hashing is slow, and whether the rest is right is known first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PasswordChange {
    Keep,
    Remove,
    Set(Password),
}

#[derive(Debug)]
pub(crate) struct LinkInput {
    pub(crate) settings: LinkSettings,
    pub(crate) password: PasswordChange,
}

/// A new link, as a client asks for it.
#[derive(Debug)]
pub(crate) struct WishInput {
    pub(crate) link: LinkInput,
    domain: Domain,
    alias: Option<Slug>,
    reuse: bool,
}

impl WishInput {
    pub(crate) async fn with_password_hashed(self) -> Result<Wish, Problem> {
        let settings = self.link.with_password_hashed().await?;
        Ok(Wish { domain: self.domain, alias: self.alias, settings, reuse: self.reuse })
    }
}

impl LinkInput {
    /// The settings as they are stored.
    async fn with_password_hashed(self) -> Result<LinkSettings, Problem> {
        let hash = match &self.password {
            PasswordChange::Keep | PasswordChange::Remove => None,
            PasswordChange::Set(password) => Some(PasswordHash::made_of(password.clone()).await?),
        };
        Ok(self.with_hash(hash))
    }

    /// `hash` is that of the password that is set.
    fn with_hash(self, hash: Option<PasswordHash>) -> LinkSettings {
        let password = match self.password {
            PasswordChange::Keep => self.settings.password,
            PasswordChange::Remove => None,
            PasswordChange::Set(_) => hash,
        };
        LinkSettings { password, ..self.settings }
    }
}

pub(crate) fn wish(mut fields: Fields, judge: Judge<'_>) -> Result<WishInput, Problem> {
    let link = new_settings(&mut fields, judge);
    let domain = domain(&mut fields, judge.default_domain);
    let alias = alias(&mut fields);
    let reuse = fields.optional("reuse", ProblemCode::InvalidReuse, values::flag).unwrap_or(false);
    let sets_password = |input: &LinkInput| matches!(input.password, PasswordChange::Set(_));
    if reuse && link.as_ref().is_some_and(sets_password) {
        let detail =
            "must not be asked for with a password: who has one sets it on a link of their own".to_owned();
        fields.refuse(ProblemCode::InvalidReuse, "reuse".to_owned(), detail);
    }
    fields.finish(link.map(|link| WishInput { link, domain, alias, reuse }))
}

/// A link as a client wants to have it from now on.
#[derive(Debug)]
pub(crate) struct ChangeInput {
    link: LinkInput,
    code: Slug,
}

impl ChangeInput {
    /// Of the password that is set: made while nothing is locked, since it takes tens of milliseconds and may wait for its turn.
    pub(crate) async fn password_hash(self) -> Result<Option<PasswordHash>, Problem> {
        match self.link.password {
            PasswordChange::Set(password) => Ok(Some(PasswordHash::made_of(password).await?)),
            PasswordChange::Keep | PasswordChange::Remove => Ok(None),
        }
    }

    pub(crate) fn with_hash(self, domain: &Domain, hash: Option<PasswordHash>) -> NewLink {
        NewLink { domain: domain.clone(), code: self.code, settings: self.link.with_hash(hash) }
    }
}

pub(crate) fn change(mut fields: Fields, old: &Link, judge: Judge<'_>) -> Result<ChangeInput, Problem> {
    let link = changed_settings(&mut fields, old.settings.clone(), judge);
    let code = match fields.take("alias").map(values::alias) {
        None => old.code.clone(),
        Some(Ok(alias)) => alias,
        Some(Err(detail)) => {
            fields.refuse(ProblemCode::InvalidAlias, "alias".to_owned(), detail);
            old.code.clone()
        }
    };
    let is_kept = |value: &Value| host_input::domain(value).is_ok_and(|domain| domain == old.domain);
    if fields.take("domain").is_some_and(|value| !is_kept(&value)) {
        let detail = "cannot be changed; create the link on the other domain".to_owned();
        fields.refuse(ProblemCode::InvalidDomain, "domain".to_owned(), detail);
    }
    fields.finish(Some(ChangeInput { link, code }))
}

/// Of a new link: everything that is not given has its default.
fn new_settings(fields: &mut Fields, judge: Judge<'_>) -> Option<LinkInput> {
    let url = fields.required("url", ProblemCode::InvalidUrl, |value| values::destination(value, judge));
    // Read all the same, so that one answer names everything that is wrong.
    let stand_in = || Destination::parse("https://invalid.invalid").ok();
    let complete = url.is_some();
    let input = merged(fields, LinkSettings::leading_to(url.or_else(stand_in)?), judge);
    complete.then_some(input)
}

/// `base` with the fields that are given; `null` brings one back to its default.
fn changed_settings(fields: &mut Fields, base: LinkSettings, judge: Judge<'_>) -> LinkInput {
    let url = fields.take("url").map(|value| values::destination(value, judge));
    let mut base = base;
    match url {
        None => {}
        Some(Ok(url)) => base.url = url,
        Some(Err(detail)) => fields.refuse(ProblemCode::InvalidUrl, "url".to_owned(), detail),
    }
    merged(fields, base, judge)
}

fn merged(fields: &mut Fields, base: LinkSettings, judge: Judge<'_>) -> LinkInput {
    use ProblemCode as Code;
    let tags = |value| values::tags(value).map(|tags: BTreeSet<String>| tags.into_iter().collect());
    let some = |destination: Result<_, String>| destination.map(Some);
    let password = match fields.take("password") {
        None => PasswordChange::Keep,
        Some(Value::Null) => PasswordChange::Remove,
        Some(value) => match values::password(value) {
            Ok(password) => PasswordChange::Set(password),
            Err(detail) => {
                fields.refuse(Code::InvalidPassword, "password".to_owned(), detail);
                PasswordChange::Keep
            }
        },
    };
    let settings = LinkSettings {
        url: base.url,
        status: fields.merged("status", Code::InvalidStatus, base.status, values::status),
        title: fields.merged("title", Code::InvalidTitle, base.title, values::title),
        notes: fields.merged("notes", Code::InvalidNotes, base.notes, values::notes),
        tags: fields.merged("tags", Code::InvalidTags, base.tags, tags),
        external_id: fields.merged(
            "external_id",
            Code::InvalidExternalId,
            base.external_id,
            values::external_id,
        ),
        starts_at: fields.merged("starts_at", Code::InvalidStartsAt, base.starts_at, values::starts_at),
        expires_at: fields.merged("expires_at", Code::InvalidExpiresAt, base.expires_at, |value| {
            values::new_expires_at(value, base.expires_at, judge.now).map(Some)
        }),
        expired_url: fields.merged("expired_url", Code::InvalidExpiredUrl, base.expired_url, |value| {
            some(values::destination(value, judge))
        }),
        max_clicks: fields.merged("max_clicks", Code::InvalidMaxClicks, base.max_clicks, values::max_clicks),
        password: base.password,
        forward_query: fields.merged(
            "forward_query",
            Code::InvalidForwardQuery,
            base.forward_query,
            values::flag,
        ),
        forward_path: fields.merged(
            "forward_path",
            Code::InvalidForwardPath,
            base.forward_path,
            values::flag,
        ),
        rules: match fields.take("rules") {
            None => base.rules,
            Some(value) => rules::rules(value, judge).unwrap_or_else(|wrong| {
                fields.refuse(Code::InvalidRules, format!("rules{}", wrong.below), wrong.detail);
                Vec::new()
            }),
        },
        disabled: fields.merged("state", Code::InvalidState, base.disabled, values::disabled),
    };
    if let (Some(start), Some(end)) = (settings.starts_at, settings.expires_at)
        && start >= end
    {
        let detail = "must be later than starts_at".to_owned();
        fields.refuse(Code::InvalidExpiresAt, "expires_at".to_owned(), detail);
    }
    LinkInput { settings, password }
}

/// The name that a client asks for, if any.
pub(crate) fn alias(fields: &mut Fields) -> Option<Slug> {
    fields.optional("alias", ProblemCode::InvalidAlias, values::alias)
}

fn domain(fields: &mut Fields, default: &Domain) -> Domain {
    fields
        .optional("domain", ProblemCode::InvalidDomain, |value| host_input::domain(&value))
        .unwrap_or_else(|| default.clone())
}

#[cfg(test)]
mod tests;

//! Validates a client's JSON for a link: a new link, or a merge patch (RFC 7396) on an existing one. Whether names are taken and
//! hosts are blocked is checked by the statement that stores the link.

mod alias;
mod aliases;
pub(crate) mod campaign;
mod context;
mod preview;
mod rules;
pub(crate) mod values;

pub(crate) use context::{UNKNOWN_DOMAIN, ValidationContext};
pub(crate) use values::{expires_at, no_control_characters, single_line, tag, tags};

use std::collections::BTreeSet;

use link_core::names::destination::Destination;
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use serde_json::Value;

use crate::auth::password::{Password, PasswordHash};
use crate::http::fields::Fields;
use crate::http::problem::{Problem, ProblemCode};
use crate::links::creation::{Creator, NewLinkRequest};
use crate::store::links::{CodeOrigin, Link, LinkName, LinkSettings, NewLink, folded_names};

/// What a link shows and no client sets. A change may have them as they are, see [`crate::links::json::LinkJson::drop_unchanged`].
pub(crate) const READ_ONLY: [&str; 10] = [
    "id",
    "code",
    "short_url",
    "password_protected",
    "revision",
    "published_revision",
    "clicks",
    "created_by",
    "created_at",
    "updated_at",
];

/// A password that a client set, not yet hashed: hashing is slow, so the other fields are validated first.
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

/// A validated request for a new link, whose password is not hashed yet.
#[derive(Debug)]
pub(crate) struct NewLinkInput {
    pub(crate) link: LinkInput,
    domain: Domain,
    alias: Option<Slug>,
    aliases: Vec<LinkName>,
    reuse: bool,
}

impl NewLinkInput {
    pub(crate) async fn with_password_hashed(self, creator: Creator) -> Result<NewLinkRequest, Problem> {
        let settings = self.link.with_password_hashed().await?;
        let Self { domain, alias, aliases, reuse, .. } = self;
        Ok(NewLinkRequest { domain, alias, aliases, settings, reuse, creator, imported: None })
    }
}

impl LinkInput {
    async fn with_password_hashed(self) -> Result<LinkSettings, Problem> {
        let hash = match &self.password {
            PasswordChange::Keep | PasswordChange::Remove => None,
            PasswordChange::Set(password) => Some(PasswordHash::compute(password.clone()).await?),
        };
        Ok(self.with_hash(hash))
    }

    /// `hash` belongs to the password of [`PasswordChange::Set`].
    fn with_hash(self, hash: Option<PasswordHash>) -> LinkSettings {
        let password = match self.password {
            PasswordChange::Keep => self.settings.password,
            PasswordChange::Remove => None,
            PasswordChange::Set(_) => hash,
        };
        LinkSettings { password, ..self.settings }
    }
}

pub(crate) fn new_link(mut fields: Fields, context: ValidationContext<'_>) -> Result<NewLinkInput, Problem> {
    let link = new_settings(&mut fields, context);
    let domain = domain(&mut fields, context);
    let alias = alias(&mut fields);
    let aliases = aliases::merged(&mut fields, &[], (&domain, alias.as_ref()), context);
    let reuse = fields.optional("reuse", ProblemCode::InvalidReuse, values::boolean).unwrap_or(false);
    let sets_password = |input: &LinkInput| matches!(input.password, PasswordChange::Set(_));
    if reuse && link.as_ref().is_some_and(sets_password) {
        let detail = "must not be combined with a password, which needs a link of its own".to_owned();
        fields.reject(ProblemCode::InvalidReuse, "reuse".to_owned(), detail);
    }
    fields.finish(link.map(|link| NewLinkInput { link, domain, alias, aliases, reuse }))
}

/// A validated change of a link.
#[derive(Debug)]
pub(crate) struct ChangeInput {
    link: LinkInput,
    domain: Domain,
    code: Slug,
    aliases: Vec<LinkName>,
    folded: Vec<LinkName>,
}

impl ChangeInput {
    /// The hash of a new password. Compute it before locking anything: it takes tens of milliseconds and may wait for a core.
    pub(crate) async fn password_hash(self) -> Result<Option<PasswordHash>, Problem> {
        match self.link.password {
            PasswordChange::Set(password) => Ok(Some(PasswordHash::compute(password).await?)),
            PasswordChange::Keep | PasswordChange::Remove => Ok(None),
        }
    }

    pub(crate) fn with_hash(self, hash: Option<PasswordHash>) -> NewLink {
        NewLink {
            domain: self.domain,
            code: self.code,
            aliases: self.aliases,
            folded: self.folded,
            settings: self.link.with_hash(hash),
            created_by: None,
            imported: None,
        }
    }
}

pub(crate) fn change(
    mut fields: Fields,
    old: &Link,
    context: ValidationContext<'_>,
) -> Result<ChangeInput, Problem> {
    let link = changed_settings(&mut fields, old.settings.clone(), context);
    let code = match fields.take("alias").map(values::alias) {
        None => old.code.clone(),
        Some(Ok(alias)) => alias,
        Some(Err(detail)) => {
            fields.reject(ProblemCode::InvalidAlias, "alias".to_owned(), detail);
            old.code.clone()
        }
    };
    let domain = fields.replaced("domain", ProblemCode::InvalidDomain, old.domain.clone(), |value| {
        context.known_domain(&value)
    });
    let aliases = aliases::merged(&mut fields, &old.aliases, (&domain, Some(&code)), context);
    let origin = if code == old.code { old.code_origin() } else { CodeOrigin::Chosen };
    let folded = folded_names(&domain, &code, origin, &aliases);
    for name in READ_ONLY {
        if fields.take(name).is_some() {
            let detail = "can only be read; leave it out, or send it as it was".to_owned();
            fields.reject(ProblemCode::ReadOnlyField, name.to_owned(), detail);
        }
    }
    fields.finish(Some(ChangeInput { link, domain, code, aliases, folded }))
}

/// The settings of a new link: missing fields get their defaults.
fn new_settings(fields: &mut Fields, context: ValidationContext<'_>) -> Option<LinkInput> {
    let url = fields.required("url", ProblemCode::InvalidUrl, |value| values::destination(value, context));
    // The other fields are read even without a URL, so that one answer lists every error.
    let placeholder = || Destination::parse("https://invalid.invalid").ok();
    let complete = url.is_some();
    let input = merged(fields, LinkSettings::new(url.or_else(placeholder)?), context);
    complete.then_some(input)
}

/// `base` with the given fields replaced; `null` resets a field to its default.
fn changed_settings(fields: &mut Fields, base: LinkSettings, context: ValidationContext<'_>) -> LinkInput {
    let url = fields.take("url").map(|value| values::destination(value, context));
    let mut base = base;
    match url {
        None => {}
        Some(Ok(url)) => base.url = url,
        Some(Err(detail)) => fields.reject(ProblemCode::InvalidUrl, "url".to_owned(), detail),
    }
    merged(fields, base, context)
}

fn merged(fields: &mut Fields, base: LinkSettings, context: ValidationContext<'_>) -> LinkInput {
    use ProblemCode as Code;
    let tags = |value| values::tags(value).map(|tags: BTreeSet<String>| tags.into_iter().collect());
    let some = |destination: Result<_, String>| destination.map(Some);
    let password = match fields.take("password") {
        None => PasswordChange::Keep,
        Some(Value::Null) => PasswordChange::Remove,
        Some(value) => match values::password(value) {
            Ok(password) => PasswordChange::Set(password),
            Err(detail) => {
                fields.reject(Code::InvalidPassword, "password".to_owned(), detail);
                PasswordChange::Keep
            }
        },
    };
    let settings = LinkSettings {
        url: campaign::applied(fields, base.url),
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
            values::new_expires_at(value, base.expires_at, context.now).map(Some)
        }),
        expired_url: fields.merged("expired_url", Code::InvalidExpiredUrl, base.expired_url, |value| {
            some(values::destination(value, context))
        }),
        max_clicks: fields.merged("max_clicks", Code::InvalidMaxClicks, base.max_clicks, values::max_clicks),
        password: base.password,
        forward_query: fields.merged(
            "forward_query",
            Code::InvalidForwardQuery,
            base.forward_query,
            values::boolean,
        ),
        forward_path: fields.merged(
            "forward_path",
            Code::InvalidForwardPath,
            base.forward_path,
            values::boolean,
        ),
        rules: match fields.take("rules") {
            None => base.rules,
            Some(value) => rules::rules(value, context).unwrap_or_else(|error| {
                fields.reject(Code::InvalidRules, format!("rules{}", error.path), error.detail);
                Vec::new()
            }),
        },
        preview: preview::merged(fields, base.preview),
        archived: fields.merged("archived", Code::InvalidArchived, base.archived, values::boolean),
        disabled: fields.merged("state", Code::InvalidState, base.disabled, values::disabled),
    };
    if let (Some(start), Some(end)) = (settings.starts_at, settings.expires_at)
        && start >= end
    {
        let detail = "must be later than starts_at".to_owned();
        fields.reject(Code::InvalidExpiresAt, "expires_at".to_owned(), detail);
    }
    LinkInput { settings, password }
}

pub(crate) fn alias(fields: &mut Fields) -> Option<Slug> {
    fields.optional("alias", ProblemCode::InvalidAlias, values::alias)
}

/// Other domains are checked by the statement that stores the link.
fn domain(fields: &mut Fields, context: ValidationContext<'_>) -> Domain {
    fields
        .optional("domain", ProblemCode::InvalidDomain, |value| context.known_domain(&value))
        .unwrap_or_else(|| context.default_domain.clone())
}

#[cfg(test)]
mod tests;

//! A link as the API shows it.

use axum::http::HeaderName;
use axum::http::header::ETAG;
use link_core::names::destination::Destination;
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::preview::LinkPreview;
use link_core::record::{LinkId, RedirectStatus, Revision};
use link_core::time::UnixMillis;
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::config::site::SiteConfig;
use crate::http::etag::etag;
use crate::http::timestamp;
use crate::links::input::READ_ONLY;
use crate::links::rule_json;
use crate::store::links::{Link, LinkName};

#[derive(Debug, Serialize)]
pub(crate) struct LinkJson {
    id: LinkId,
    domain: Domain,
    code: Slug,
    short_url: String,
    aliases: Vec<LinkName>,
    url: Destination,
    title: Option<String>,
    notes: Option<String>,
    tags: Vec<String>,
    external_id: Option<String>,
    archived: bool,
    status: RedirectStatus,
    starts_at: Option<String>,
    expires_at: Option<String>,
    expired_url: Option<Destination>,
    max_clicks: Option<i64>,
    password_protected: bool,
    forward_query: bool,
    forward_path: bool,
    rules: Vec<Value>,
    preview: Option<LinkPreview>,
    state: &'static str,
    revision: Revision,
    published_revision: Option<Revision>,
    clicks: ClicksJson,
    created_by: Option<Uuid>,
    created_at: String,
    updated_at: String,
}

#[derive(Debug, Serialize)]
struct ClicksJson {
    total: i64,
    human: i64,
    bot: i64,
}

impl LinkJson {
    /// The state depends on `now`.
    pub(crate) fn new(link: Link, site: &SiteConfig, now: UnixMillis) -> Self {
        let state = link.state(now).as_str();
        let settings = link.settings;
        Self {
            id: link.id,
            short_url: short_url(site, &link.domain, &link.code),
            domain: link.domain,
            code: link.code,
            aliases: link.aliases,
            url: settings.url,
            title: settings.title,
            notes: settings.notes,
            tags: settings.tags,
            external_id: settings.external_id,
            archived: settings.archived,
            status: settings.status,
            starts_at: settings.starts_at.map(timestamp::format),
            expires_at: settings.expires_at.map(timestamp::format),
            expired_url: settings.expired_url,
            max_clicks: settings.max_clicks,
            password_protected: settings.password.is_some(),
            forward_query: settings.forward_query,
            forward_path: settings.forward_path,
            rules: settings.rules.iter().map(rule_json::shown).collect(),
            preview: settings.preview,
            state,
            revision: link.revision,
            published_revision: link.published_revision,
            clicks: ClicksJson { total: link.clicks.total, human: link.clicks.human, bot: link.clicks.bot },
            created_by: link.created_by,
            created_at: timestamp::format(link.created_at),
            updated_at: timestamp::format(link.updated_at),
        }
    }

    /// A strong ETag: a revision identifies exactly one version of one link.
    pub(crate) fn etag(&self) -> (HeaderName, String) {
        (ETAG, etag(self.revision))
    }

    /// Removes what a client sends back as it was given: a change of it would be refused. Counts and the edge's progress change by
    /// themselves, so any value of them is one that the client was given.
    pub(crate) fn drop_unchanged(&self, patch: &mut Map<String, Value>) -> Result<(), serde_json::Error> {
        const MOVING: [&str; 2] = ["clicks", "published_revision"];
        const SET_BY_CLIENTS: [&str; 2] = ["active", "disabled"];
        let is_derived = patch.get("state").is_some_and(|state| state == self.state)
            && !SET_BY_CLIENTS.contains(&self.state);
        if !is_derived && !READ_ONLY.iter().any(|name| patch.contains_key(*name)) {
            return Ok(());
        }
        let shown = serde_json::to_value(self)?;
        for name in READ_ONLY {
            if MOVING.contains(&name) || patch.get(name) == shown.get(name) {
                patch.remove(name);
            }
        }
        if is_derived {
            patch.remove("state");
        }
        Ok(())
    }

    pub(crate) fn location(&self) -> String {
        format!("/api/v1/links/{}", self.id)
    }
}

/// The URL that visitors type or scan. Non-ASCII letters of an alias are percent-encoded, so that it works wherever it is pasted.
pub(crate) fn short_url(site: &SiteConfig, domain: &Domain, code: &Slug) -> String {
    const PATH: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b' ').add(b'#');
    format!("{}/{}", site.short_url_base(domain), utf8_percent_encode(code.as_str(), PATH))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use link_core::record::rules::{Branch, Conditions, Rule, RuleTarget};

    use super::*;
    use crate::auth::password::PasswordHash;
    use crate::config::Config;
    use crate::store::links::{ClickTotals, LinkSettings};

    fn destination(url: &str) -> Destination {
        Destination::parse(url).unwrap()
    }

    fn bare() -> Link {
        Link {
            id: "0198c0de-0000-7000-8000-000000000001".parse().unwrap(),
            domain: "go.example.com".parse().unwrap(),
            code: "00Aa9Zz".parse().unwrap(),
            aliases: Vec::new(),
            folded: Vec::new(),
            spellings: Vec::new(),
            settings: LinkSettings::new(destination("https://example.com/landing?utm_source=poster")),
            blocked: false,
            exhausted: false,
            nearly_exhausted: false,
            revision: Revision(42),
            published_revision: None,
            clicks: ClickTotals::default(),
            created_by: None,
            created_at: UnixMillis(1_795_478_400_000),
            updated_at: UnixMillis(1_795_478_400_000),
        }
    }

    fn with_everything() -> Link {
        let settings = LinkSettings {
            status: RedirectStatus::PermanentRedirect,
            title: Some("Summer".into()),
            notes: Some("for the poster\nat the station".into()),
            tags: vec!["poster".into(), "summer".into()],
            external_id: Some("crm-17".into()),
            starts_at: Some(UnixMillis(1_795_478_400_000)),
            expires_at: Some(UnixMillis(1_827_014_400_999)),
            expired_url: Some(destination("https://example.com/over")),
            max_clicks: Some(1_000),
            password: Some(PasswordHash::from_stored("$argon2id$v=19$x".into())),
            forward_query: true,
            forward_path: true,
            rules: vec![
                Rule {
                    conditions: Conditions {
                        country: vec!["DE".parse().unwrap()],
                        after: Some(UnixMillis(1_795_478_400_000)),
                        ..Conditions::default()
                    },
                    target: RuleTarget::Url(destination("https://example.com/de")),
                },
                Rule {
                    conditions: Conditions::default(),
                    target: RuleTarget::Split(vec![
                        Branch { weight: 3, url: destination("https://example.com/a") },
                        Branch { weight: 1, url: destination("https://example.com/b") },
                    ]),
                },
            ],
            preview: Some(LinkPreview {
                title: Some("Summer sale".into()),
                description: None,
                image: Some(destination("https://example.com/summer.png")),
            }),
            disabled: true,
            archived: true,
            ..bare().settings
        };
        Link {
            code: "sommer/grüße".parse().unwrap(),
            aliases: vec![LinkName {
                domain: "s.brand.example".parse().unwrap(),
                code: "Sommer".parse().unwrap(),
            }],
            settings,
            blocked: false,
            exhausted: true,
            nearly_exhausted: false,
            revision: Revision(43),
            published_revision: Some(Revision(42)),
            clicks: ClickTotals { total: 12, human: 10, bot: 2 },
            created_by: Some(Uuid::from_u128(1)),
            updated_at: UnixMillis(1_795_478_400_001),
            ..bare()
        }
    }

    #[test]
    fn state_with_the_highest_precedence_is_shown() {
        let (past, now, future) = (UnixMillis(0), UnixMillis(1), UnixMillis(2));
        let mut link = bare();
        let mut shown = Vec::new();
        // From lowest to highest precedence, each added to the previous ones.
        let applied: [fn(&mut Link, UnixMillis, UnixMillis); 6] = [
            |_, _, _| {},
            |link, _, _| link.exhausted = true,
            |link, past, _| link.settings.expires_at = Some(past),
            |link, _, future| link.settings.starts_at = Some(future),
            |link, _, _| link.settings.disabled = true,
            |link, _, _| link.blocked = true,
        ];
        for apply in applied {
            apply(&mut link, past, future);
            shown.push(link.state(now).as_str());
        }
        assert_eq!(shown, ["active", "exhausted", "expired", "scheduled", "disabled", "blocked"]);
        let dated = |start, end| {
            let mut link = bare();
            (link.settings.starts_at, link.settings.expires_at) = (Some(start), Some(end));
            link.state(now).as_str()
        };
        assert_eq!((dated(now, future), dated(past, now)), ("active", "expired"));
    }

    #[test]
    fn link_json_keeps_its_form() {
        let variables = HashMap::from([
            ("DATABASE_URL", "postgres://localhost/links".to_owned()),
            ("ANALYTICS_DATABASE_URL", "postgres://localhost/analytics".to_owned()),
            ("DEFAULT_DOMAIN", "go.example.com".to_owned()),
            ("SHORTLINE_ADMIN_KEY", "x".repeat(32)),
            ("EDGE_SECRET", "y".repeat(32)),
            ("CODE_KEY", "0".repeat(64)),
        ]);
        let config = Config::from_lookup(&|name| variables.get(name).cloned()).unwrap();
        let shown = [bare(), with_everything()].map(|link| LinkJson::new(link, &config.site, UnixMillis(0)));
        assert_eq!(shown[1].etag().1, "\"43\"");
        insta::assert_json_snapshot!(shown);
    }
}

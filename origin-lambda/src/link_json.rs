//! A link as the API shows it. Does not decide who may see it.

use axum::http::HeaderName;
use axum::http::header::ETAG;
use link_core::code::Code;
use link_core::destination::Destination;
use link_core::domain::Domain;
use link_core::record::{LinkId, LinkRecord, RedirectStatus, Revision};
use serde::Serialize;

use crate::config::site::SiteConfig;
use crate::store::links::Link;
use crate::timestamp;

#[derive(Debug, Serialize)]
pub(crate) struct LinkJson {
    id: LinkId,
    domain: Domain,
    code: Code,
    short_url: String,
    url: Destination,
    status: RedirectStatus,
    expires_at: Option<String>,
    state: State,
    created_at: String,
    updated_at: String,
    revision: Revision,
}

/// What an operator or the click count has made of a link. An expired link stays active: its expiry says the rest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Active,
}

impl LinkJson {
    pub(crate) fn new(link: Link, site: &SiteConfig) -> Self {
        let Link { record: LinkRecord { id, domain, code, revision, url, status, expires_at }, .. } = link;
        Self {
            id,
            short_url: format!("{}/{code}", site.short_url_base(&domain)),
            domain,
            code,
            url,
            status,
            expires_at: expires_at.map(timestamp::format),
            state: State::Active,
            created_at: timestamp::format(link.created_at),
            updated_at: timestamp::format(link.updated_at),
            revision,
        }
    }

    /// Strong: a revision stands for exactly one state of one link.
    pub(crate) fn etag(&self) -> (HeaderName, String) {
        (ETAG, format!("\"{}\"", self.revision.0))
    }
}

#[cfg(test)]
mod tests {
    use link_core::time::UnixMillis;
    use std::collections::HashMap;

    use super::*;
    use crate::config::Config;

    #[test]
    fn a_link_keeps_its_form() {
        let variables = HashMap::from([
            ("DATABASE_URL", "postgres://localhost/links".to_owned()),
            ("ANALYTICS_DATABASE_URL", "postgres://localhost/analytics".to_owned()),
            ("DEFAULT_DOMAIN", "go.example.com".to_owned()),
            ("SHORTLINE_ADMIN_KEY", "x".repeat(32)),
            ("EDGE_SECRET", "y".repeat(32)),
            ("CODE_KEY", "0".repeat(64)),
        ]);
        let config = Config::from_lookup(&|name| variables.get(name).cloned()).unwrap();
        let record = LinkRecord {
            id: "0198c0de-0000-7000-8000-000000000001".parse().unwrap(),
            domain: config.site.default_domain.clone(),
            code: "00Aa9Zz".parse().unwrap(),
            revision: Revision(42),
            url: String::from("https://example.com/landing?utm_source=poster").try_into().unwrap(),
            status: RedirectStatus::Found,
            expires_at: None,
        };
        let created = Link {
            record: record.clone(),
            created_at: UnixMillis(1_795_478_400_000),
            updated_at: UnixMillis(1_795_478_400_000),
        };
        let edited = Link {
            record: LinkRecord {
                expires_at: Some(UnixMillis(1_827_014_400_999)),
                revision: Revision(43),
                ..record
            },
            updated_at: UnixMillis(1_795_478_400_001),
            ..created.clone()
        };
        let shown = [created, edited].map(|link| LinkJson::new(link, &config.site));
        assert_eq!(shown[1].etag().1, "\"43\"");
        insta::assert_json_snapshot!(shown);
    }
}

//! A call of a known caller.

use axum::body::Bytes;
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use serde_json::{Map, Value};

use super::error::ShlinkError;
use super::query::Query;
use crate::app::App;
use crate::auth::{KeyBounds, Principal};
use crate::http::{host_input, json_body};
use crate::links::input::values;
use crate::store::links::Link;

pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) principal: Principal,
    pub(super) bounds: KeyBounds,
    pub(super) query: Query,
    pub(super) body: Bytes,
}

impl Call<'_> {
    /// Without a body there are no fields.
    pub(super) fn body(&self) -> Result<Map<String, Value>, ShlinkError> {
        if self.body.is_empty() { Ok(Map::new()) } else { Ok(json_body::parse(&self.body)?) }
    }

    /// The domain of `domain=`, which also has a word for the default domain. `None` if there is none of this name.
    pub(super) fn domain(&self, authority: &str) -> Option<Domain> {
        match authority {
            "DEFAULT" => Some(self.app.site.default_domain.clone()),
            authority => host_input::parse_domain(authority).ok(),
        }
    }

    /// A link that exists for the caller's key, by its code and `domain=`.
    pub(super) async fn link(&self, code: &str) -> Result<Link, ShlinkError> {
        let authority = self.query.get("domain");
        let not_found = || ShlinkError::short_url_not_found(code, authority);
        let domain = self.domain(authority.unwrap_or("DEFAULT")).ok_or_else(not_found)?;
        let code: Slug = values::code(code.into()).map_err(|_| not_found())?;
        let link = self.app.links.link_by_name(&domain, &code).await?;
        link.filter(|link| link.is_within(&self.bounds.links)).ok_or_else(not_found)
    }
}

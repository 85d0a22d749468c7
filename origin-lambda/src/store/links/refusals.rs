//! Why links were not taken in: asked after the statement that judged, which cannot say so itself.

use link_core::domain::Domain;
use sqlx::types::Json;

use super::insert::{NewLink, NewLinkRow};
use super::settings_row::new_settings;
use crate::store::{Session, StoreError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    UnknownDomain,
    /// A destination's host, which is a domain of ours.
    OwnHost(String),
    BlockedHost(String),
    ExternalIdTaken,
    NameTaken,
    /// Whatever stood in the way is gone by now.
    Nothing,
}

/// All that stands in a link's way.
#[derive(Debug, sqlx::FromRow)]
pub struct Refusals {
    domain_known: bool,
    own_host: Option<String>,
    blocked_host: Option<String>,
    external_id_taken: bool,
    name_taken: bool,
}

impl Refusals {
    pub fn first(self) -> Refusal {
        match (&self.own_host, &self.blocked_host) {
            _ if !self.domain_known => Refusal::UnknownDomain,
            (Some(host), _) => Refusal::OwnHost(host.clone()),
            (None, Some(host)) => Refusal::BlockedHost(host.clone()),
            (None, None) => self.of_names(),
        }
    }

    /// Wherever the link leads.
    pub fn of_names(self) -> Refusal {
        match self {
            Self { external_id_taken: true, .. } => Refusal::ExternalIdTaken,
            Self { name_taken: true, .. } => Refusal::NameTaken,
            _ => Refusal::Nothing,
        }
    }
}

impl Session {
    /// One for each, in order.
    pub async fn refusals(
        &mut self,
        refused: &[&NewLink],
        default_domain: &Domain,
    ) -> Result<Vec<Refusals>, StoreError> {
        let query = sqlx::query_as(concat!(
            "SELECT new.domain = $2 OR new.domain IN (SELECT name FROM domains) AS domain_known,
                    (SELECT min(name) FROM domains WHERE name = ANY(new.own_names)) AS own_host,
                    (SELECT min(host) FROM blocked_hosts
                     WHERE host = ANY(new.hosts || new.parents) AND (subdomains OR host = ANY(new.hosts))) AS blocked_host,
                    EXISTS (SELECT FROM links WHERE external_id = new.external_id) AS external_id_taken,
                    EXISTS (SELECT FROM links WHERE links.domain = new.domain AND links.code = new.code) AS name_taken
             FROM ROWS FROM (jsonb_to_recordset($1) AS (domain text, code text, ",
            new_settings!(),
            ")) WITH ORDINALITY AS new
             ORDER BY ordinality"
        ));
        let rows: Vec<_> = refused.iter().map(|new| NewLinkRow::of(new)).collect();
        let query = query.bind(Json(rows)).bind(default_domain.as_str());
        self.run(async |connection| query.fetch_all(connection).await).await
    }
}

//! Explains why links were not stored: queried after the insert or update, which cannot tell.

use std::collections::HashSet;

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use sqlx::types::Json;

use super::insert::{NewLink, NewLinkRow};
use super::settings_row::new_settings;
use crate::store::{StoreError, WriteSession};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    UnknownDomain,
    /// The host of a destination that is one of our domains.
    OwnHost(String),
    BlockedHost(String),
    ExternalIdTaken,
    NameTaken,
    /// The conflict no longer exists.
    Resolved,
}

/// All conflicts of one link.
#[derive(Debug, sqlx::FromRow)]
pub struct LinkConflicts {
    domain_known: bool,
    own_host: Option<String>,
    blocked_host: Option<String>,
    external_id_taken: bool,
    name_taken: bool,
}

impl LinkConflicts {
    pub fn external_id_taken(&self) -> bool {
        self.external_id_taken
    }

    pub fn first(self) -> Conflict {
        match (&self.own_host, &self.blocked_host) {
            _ if !self.domain_known => Conflict::UnknownDomain,
            (Some(host), _) => Conflict::OwnHost(host.clone()),
            (None, Some(host)) => Conflict::BlockedHost(host.clone()),
            (None, None) => self.name_conflict(),
        }
    }

    /// Ignores domain and names.
    pub fn destination_conflict(self) -> Conflict {
        match (self.own_host, self.blocked_host) {
            (Some(host), _) => Conflict::OwnHost(host),
            (None, Some(host)) => Conflict::BlockedHost(host),
            (None, None) => Conflict::Resolved,
        }
    }

    /// Ignores the destinations.
    pub fn place_conflict(self) -> Conflict {
        if self.domain_known { self.name_conflict() } else { Conflict::UnknownDomain }
    }

    /// Ignores destinations and domain.
    pub fn name_conflict(self) -> Conflict {
        match self {
            Self { external_id_taken: true, .. } => Conflict::ExternalIdTaken,
            Self { name_taken: true, .. } => Conflict::NameTaken,
            _ => Conflict::Resolved,
        }
    }
}

impl WriteSession {
    /// Those of the names that links have.
    pub async fn taken_names(
        &mut self,
        names: &[(&Domain, &Slug)],
    ) -> Result<HashSet<(String, String)>, StoreError> {
        let query = sqlx::query_as::<_, (String, String)>(
            "SELECT domain, code FROM links WHERE (domain, code) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        );
        let (domains, codes): (Vec<_>, Vec<_>) =
            names.iter().map(|(domain, code)| (domain.as_str(), code.as_str())).unzip();
        let query = query.bind(domains).bind(codes);
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        Ok(rows.into_iter().collect())
    }

    /// One result per link, in order.
    pub async fn conflicts(
        &mut self,
        rejected: &[&NewLink],
        default_domain: &Domain,
    ) -> Result<Vec<LinkConflicts>, StoreError> {
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
        let rows: Vec<_> = rejected.iter().map(|new| NewLinkRow::of(new)).collect();
        let query = query.bind(Json(rows)).bind(default_domain.as_str());
        self.run(async |connection| query.fetch_all(connection).await).await
    }
}

//! Explains why links were not stored: queried after the insert or update, which cannot tell.

use std::collections::HashSet;

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::LinkId;
use serde::Serialize;
use sqlx::types::Json;

use super::insert::{NewLink, NewLinkRow, new_names};
use super::names::{LinkName, RefusedName};
use super::settings_row::new_settings;
use crate::links::letter_case::fold;
use crate::store::{StoreError, WriteSession};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    UnknownDomain,
    /// That of an alias, counted from 0.
    UnknownDomainOfAlias(usize),
    /// The host of a destination that is one of our domains.
    OwnHost(String),
    BlockedHost(String),
    ExternalIdTaken,
    /// The first name, as it is or without regard to case.
    NameTaken,
    /// An alias, counted from 0.
    AliasTaken(usize, LinkName),
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
    unknown_name: Option<Json<RefusedName>>,
    taken_name: Option<Json<RefusedName>>,
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
        let Self { external_id_taken, unknown_name, taken_name, .. } = self;
        let of_alias = |position: usize| position.checked_sub(1);
        match (unknown_name, taken_name) {
            _ if external_id_taken => Conflict::ExternalIdTaken,
            (Some(Json(name)), _) => {
                Conflict::UnknownDomainOfAlias(of_alias(name.position).unwrap_or_default())
            }
            (None, Some(Json(RefusedName { domain, code, position }))) => match of_alias(position) {
                None => Conflict::NameTaken,
                Some(alias) => Conflict::AliasTaken(alias, LinkName { domain, code }),
            },
            (None, None) => Conflict::Resolved,
        }
    }
}

#[derive(Serialize)]
struct ConflictRow<'a> {
    id: Option<LinkId>,
    #[serde(flatten)]
    new: NewLinkRow<'a>,
}

impl<'a> ConflictRow<'a> {
    fn of(new: &'a NewLink, id: Option<LinkId>) -> Self {
        Self { id, new: NewLinkRow::with_names(new, new.wanted_names()) }
    }
}

impl WriteSession {
    /// Those of the names that links have, also without regard to case where the domain ignores it.
    pub async fn taken_names(
        &mut self,
        names: &[(&Domain, &Slug)],
    ) -> Result<HashSet<(String, String)>, StoreError> {
        let query = sqlx::query_as::<_, (String, String)>(
            "SELECT domain, code FROM unnest($1::text[], $2::text[], $3::text[]) AS name (domain, code, folded)
             WHERE taken_name(jsonb_build_array(jsonb_build_object('domain', domain, 'code', code, 'folded', false, 'position', 0),
                 jsonb_build_object('domain', domain, 'code', folded, 'folded', true, 'position', 0)), NULL) IS NOT NULL",
        );
        let domains: Vec<_> = names.iter().map(|(domain, _)| domain.as_str()).collect();
        let codes: Vec<_> = names.iter().map(|(_, code)| code.as_str()).collect();
        let folded: Vec<_> = names.iter().map(|(_, code)| code.folded(&fold)).collect();
        let folded: Vec<_> = folded.iter().map(|code| code.as_ref().map(Slug::as_str)).collect();
        let query = query.bind(domains).bind(codes).bind(folded);
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        Ok(rows.into_iter().collect())
    }

    /// The domains that ignore case.
    pub async fn case_ignoring_domains(&mut self) -> Result<HashSet<String>, StoreError> {
        let query = sqlx::query_scalar("SELECT domain FROM case_ignoring_domains");
        let domains: Vec<String> = self.run(async |connection| query.fetch_all(connection).await).await?;
        Ok(domains.into_iter().collect())
    }

    /// One result per link, in order. A link that is changed has an id: its own names are no conflict.
    pub async fn conflicts(
        &mut self,
        rejected: &[(&NewLink, Option<LinkId>)],
        default_domain: &Domain,
    ) -> Result<Vec<LinkConflicts>, StoreError> {
        let query = sqlx::query_as(concat!(
            "SELECT new.domain = $2 OR new.domain IN (SELECT name FROM domains) AS domain_known,
                    (SELECT min(name) FROM domains WHERE name = ANY(new.own_names)) AS own_host,
                    (SELECT min(host) FROM blocked_hosts
                     WHERE host = ANY(new.hosts || new.parents) AND (subdomains OR host = ANY(new.hosts))) AS blocked_host,
                    EXISTS (SELECT FROM links WHERE external_id = new.external_id) AS external_id_taken,
                    unknown_name(new.names, $2) AS unknown_name, taken_name(new.names, new.id) AS taken_name
             FROM ROWS FROM (jsonb_to_recordset($1) AS (id uuid, ",
            new_names!(),
            new_settings!(),
            ")) WITH ORDINALITY AS new
             ORDER BY ordinality"
        ));
        let rows: Vec<_> = rejected.iter().map(|(new, id)| ConflictRow::of(new, *id)).collect();
        let query = query.bind(Json(rows)).bind(default_domain.as_str());
        self.run(async |connection| query.fetch_all(connection).await).await
    }
}

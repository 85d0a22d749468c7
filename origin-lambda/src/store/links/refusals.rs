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

#[derive(sqlx::FromRow)]
struct RefusalRow {
    domain_known: bool,
    own_host: Option<String>,
    blocked_host: Option<String>,
    external_id_taken: bool,
    name_taken: bool,
}

impl RefusalRow {
    fn refusal(self) -> Refusal {
        match (self.own_host, self.blocked_host) {
            _ if !self.domain_known => Refusal::UnknownDomain,
            (Some(host), _) => Refusal::OwnHost(host),
            (None, Some(host)) => Refusal::BlockedHost(host),
            _ if self.external_id_taken => Refusal::ExternalIdTaken,
            _ if self.name_taken => Refusal::NameTaken,
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
    ) -> Result<Vec<Refusal>, StoreError> {
        let query = sqlx::query_as::<_, RefusalRow>(concat!(
            "SELECT new.domain = $2 OR new.domain IN (SELECT name FROM domains) AS domain_known,
                    (SELECT min(name) FROM domains WHERE name = ANY(new.hosts)) AS own_host,
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
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        Ok(rows.into_iter().map(RefusalRow::refusal).collect())
    }
}

//! The gate of links with a maximum of clicks: counts visits before they are redirected, and resets the count. The SQL functions
//! `grant_visits` and `used_clicks` in `migrations/links` decide each visit, and a trigger starts the gate of a link that becomes
//! gated. Does not decide which visits count.
//!
//! Lock order: `links`, `link_gates`, `publications`. Granting locks gates only: a change to a link does not wait for its
//! visitors.

use std::collections::HashMap;

use link_core::publication::Change;
use link_core::record::LinkId;
use link_core::redirect::gate::{GateAnswer, VisitToken};
use link_core::time::UnixMillis;
use tracing::warn;
use uuid::Uuid;

use super::link::Link;
use super::row::{LinkRow, link_columns};
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::store::{LinksDatabase, StoreError, WriteSession};

/// A visit that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GatedVisit {
    pub link: LinkId,
    /// `None` makes each call a new visit.
    pub token: Option<VisitToken>,
}

#[derive(Debug, Clone, sqlx::FromRow)]
struct GrantRow {
    outcome: String,
    used_up: bool,
}

impl LinksDatabase {
    /// Returns the answers in the order of the visits; what is granted is committed. The caller holds a permit, see
    /// [`LinksDatabase::run_batched`].
    pub async fn grant(&self, visits: &[GatedVisit]) -> Vec<Result<GateAnswer, StoreError>> {
        let (distinct, indices) = distinct(visits);
        let rows = match self.grant_rows(&distinct).await {
            Ok(rows) if rows.len() == distinct.len() => rows,
            Ok(_) => return vec![Err(StoreError::Damaged("expected one row per visit")); visits.len()],
            Err(error) => return vec![Err(error); visits.len()],
        };
        let mut used_up: Vec<_> = distinct
            .iter()
            .zip(&rows)
            .filter(|(_, row)| row.used_up)
            .map(|(visit, _)| visit.link.0)
            .collect();
        used_up.sort_unstable();
        used_up.dedup();
        for link in used_up {
            // Granted visits stay granted; the next visit is rejected anyway and tries this again.
            if let Err(error) = self.exhaust(link).await {
                warn!(%error, "cannot mark a used-up link as exhausted yet");
            }
        }
        let answer_at =
            |index: usize| rows.get(index).map(gate_answer).unwrap_or(Err(StoreError::Damaged("visits")));
        indices.into_iter().map(answer_at).collect()
    }

    async fn grant_rows(&self, visits: &[GatedVisit]) -> Result<Vec<GrantRow>, StoreError> {
        let links: Vec<Uuid> = visits.iter().map(|visit| visit.link.0).collect();
        let tokens: Vec<Option<Uuid>> =
            visits.iter().map(|visit| visit.token.map(|VisitToken(token)| token)).collect();
        let attempt = async || {
            let query = sqlx::query_as("SELECT outcome, used_up FROM grant_visits($1, $2)");
            let query = query.bind(&links).bind(&tokens);
            self.0.run_admitted(query.fetch_all(&self.0.pool)).await
        };
        for _ in 1..MAX_CONTENDED_ATTEMPTS {
            match attempt().await {
                Err(StoreError::Contended { .. }) => {}
                outcome => return outcome,
            }
        }
        attempt().await
    }

    /// Marks a used-up link as exhausted, as an ordinary change. One link per statement: its row is locked before its gate, while
    /// grants lock many gates.
    async fn exhaust(&self, link: Uuid) -> Result<(), StoreError> {
        let query = sqlx::query(
            "WITH used_up AS (
                 SELECT link.id FROM links link JOIN link_gates gate ON gate.link_id = link.id
                 WHERE link.id = $1 AND NOT link.exhausted AND link.max_clicks <= gate.used
                 FOR UPDATE OF link, gate
             ), link AS (
                 UPDATE links SET exhausted = true, revision = DEFAULT, updated_at = now()
                 FROM used_up WHERE links.id = used_up.id
                 RETURNING links.domain, links.code, links.revision
             )
             INSERT INTO publications (domain, code, revision) SELECT domain, code, revision FROM link
             ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision",
        );
        self.0.run_admitted(query.bind(link).execute(&self.0.pool)).await.map(drop)
    }

    /// When the link was last followed, by the clicks that are already counted.
    pub async fn last_click_at(&self, link: LinkId) -> Result<Option<UnixMillis>, StoreError> {
        let query =
            sqlx::query_scalar("SELECT last_click_at FROM link_totals WHERE link_id = $1").bind(link.0);
        let moment: Option<Option<time::OffsetDateTime>> =
            self.0.run(query.fetch_optional(&self.0.pool)).await?;
        Ok(moment.flatten().map(UnixMillis::from))
    }
}

impl WriteSession {
    /// Restarts the count at zero and reopens an exhausted link. Earlier clicks that are still on their way no longer count.
    /// Empty if nothing changes for the edge.
    pub async fn reset_click_count(
        &mut self,
        link: &Link,
        now: UnixMillis,
    ) -> Result<Vec<Change>, StoreError> {
        let reset = if link.settings.max_clicks.is_some() {
            sqlx::query(
                "INSERT INTO link_gates (link_id, used, alone_from) VALUES ($1, 0, now())
                 ON CONFLICT (link_id) DO UPDATE SET used = 0, alone_from = now()",
            )
        } else {
            // A count from an earlier maximum must not return with the next one.
            sqlx::query("DELETE FROM link_gates WHERE link_id = $1")
        };
        let reset = reset.bind(link.id.0);
        self.run(async |connection| reset.execute(connection).await).await?;
        let reopen = sqlx::query_as::<_, LinkRow>(concat!(
            "WITH link AS (
                 UPDATE links SET exhausted = false, gated_at = NULL, revision = DEFAULT, updated_at = $2
                 WHERE id = $1 AND (exhausted OR gated_at IS NOT NULL) RETURNING *
             ), publication AS (
                 INSERT INTO publications (domain, code, revision) SELECT domain, code, revision FROM link
                 ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision
             )
             SELECT ",
            link_columns!(),
            " FROM link
              CROSS JOIN (SELECT NULL::bigint AS published_revision) publication
              CROSS JOIN (SELECT 0::bigint AS clicks, 0::bigint AS human, 0::bigint AS bot, 0::bigint AS imported_human,
                               0::bigint AS imported_bot) totals"
        ));
        let reopen = reopen.bind(link.id.0).bind(now.date_time());
        let row = self.run(async |connection| reopen.fetch_optional(connection).await).await?;
        row.map_or_else(|| Ok(Vec::new()), |row| Link::try_from(row).map(|link| link.changes()))
    }
}

/// Merges a repeated call with the first one: both are the same visit.
fn distinct(visits: &[GatedVisit]) -> (Vec<GatedVisit>, Vec<usize>) {
    let mut distinct = Vec::with_capacity(visits.len());
    let mut known: HashMap<GatedVisit, usize> = HashMap::new();
    let indices = visits.iter().map(|visit| {
        let new = distinct.len();
        let index = if visit.token.is_some() { *known.entry(*visit).or_insert(new) } else { new };
        if index == new {
            distinct.push(*visit);
        }
        index
    });
    let indices = indices.collect();
    (distinct, indices)
}

fn gate_answer(row: &GrantRow) -> Result<GateAnswer, StoreError> {
    match row.outcome.as_str() {
        "granted" => Ok(GateAnswer::Granted),
        "exhausted" => Ok(GateAnswer::Exhausted),
        "withdrawn" => Ok(GateAnswer::Withdrawn),
        _ => Err(StoreError::Damaged("grant_visits.outcome")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_twice_in_a_batch_is_one_visit() {
        let link = LinkId(Uuid::nil());
        let of =
            |token: Option<u128>| GatedVisit { link, token: token.map(|n| VisitToken(Uuid::from_u128(n))) };
        let visits = [of(Some(1)), of(None), of(Some(2)), of(Some(1)), of(None)];
        let (distinct, indices) = distinct(&visits);
        assert_eq!(distinct, [of(Some(1)), of(None), of(Some(2)), of(None)]);
        assert_eq!(indices, [0, 1, 2, 0, 3]);
    }
}

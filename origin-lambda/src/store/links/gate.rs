//! The gate of links with a maximum of clicks: counts visits before they are redirected, and begins the count anew. How a visit is
//! judged is in `migrations/links`, in `grant_visits` and `used_clicks`. Does not decide which visits count.
//!
//! Locks are taken in the order `links`, `link_gates`, `publications`. Granting takes gates alone: a change to a link does not
//! wait for its visitors.

use std::collections::HashMap;

use link_core::gate::{GateAnswer, VisitToken};
use link_core::publication::Change;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use tracing::warn;
use uuid::Uuid;

use super::{Link, LinkRow, link_columns};
use crate::limits::MAX_CONTENDED_ATTEMPTS;
use crate::store::{LinksDatabase, Session, StoreError};

/// One that a person makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GatedVisit {
    pub link: LinkId,
    /// Without one the visit is new each time.
    pub token: Option<VisitToken>,
}

#[derive(Debug, Clone, sqlx::FromRow)]
struct GrantRow {
    outcome: String,
    used_up: bool,
}

impl LinksDatabase {
    /// In the order of the visits. The caller holds a place, see [`LinksDatabase::in_turn`]. What is granted is committed.
    pub async fn grant(&self, visits: &[GatedVisit]) -> Vec<Result<GateAnswer, StoreError>> {
        let (distinct, places) = distinct(visits);
        let rows = match self.grant_rows(&distinct).await {
            Ok(rows) if rows.len() == distinct.len() => rows,
            Ok(_) => return vec![Err(StoreError::Damaged("not one row for each visit")); visits.len()],
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
            // What was granted stays granted, and the next visit is refused anyway, and tries this again.
            if let Err(error) = self.exhaust(link).await {
                warn!(%error, "a link that is used up does not say so yet");
            }
        }
        let leave_of =
            |place: usize| rows.get(place).map(leave).unwrap_or(Err(StoreError::Damaged("visits")));
        places.into_iter().map(leave_of).collect()
    }

    async fn grant_rows(&self, visits: &[GatedVisit]) -> Result<Vec<GrantRow>, StoreError> {
        let links: Vec<Uuid> = visits.iter().map(|visit| visit.link.0).collect();
        let tokens: Vec<Option<Uuid>> =
            visits.iter().map(|visit| visit.token.map(|VisitToken(token)| token)).collect();
        let attempt = async || {
            let query = sqlx::query_as("SELECT outcome, used_up FROM grant_visits($1, $2)");
            let query = query.bind(&links).bind(&tokens);
            self.0.run_in_place(query.fetch_all(&self.0.pool)).await
        };
        for _ in 1..MAX_CONTENDED_ATTEMPTS {
            match attempt().await {
                Err(StoreError::Contended { .. }) => {}
                outcome => return outcome,
            }
        }
        attempt().await
    }

    /// An ordinary change. A link by itself: its row comes before its gate, and grants take the gates of many.
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
        self.0.run_in_place(query.bind(link).execute(&self.0.pool)).await.map(drop)
    }

    /// When somebody last followed the link, as far as clicks are counted.
    pub async fn last_click_at(&self, link: LinkId) -> Result<Option<UnixMillis>, StoreError> {
        let query =
            sqlx::query_scalar("SELECT last_click_at FROM link_totals WHERE link_id = $1").bind(link.0);
        let moment: Option<Option<time::OffsetDateTime>> =
            self.0.run(query.fetch_optional(&self.0.pool)).await?;
        Ok(moment.flatten().map(UnixMillis::from))
    }
}

impl Session {
    /// For a link that is gated from now on: clicks that nobody asked leave for may still be on their way to its total.
    pub async fn begin_gate(&mut self, link: LinkId) -> Result<(), StoreError> {
        let query = sqlx::query(
            "UPDATE link_gates SET alone_from = now() + interval '10 minutes' WHERE link_id = $1",
        );
        let query = query.bind(link.0);
        self.run(async |connection| query.execute(connection).await).await.map(drop)
    }

    /// From zero. A link that was exhausted opens. Clicks from before that are still on their way do not count any more.
    /// `None` where that changes nothing for the edge.
    pub async fn count_anew(&mut self, link: &Link, now: UnixMillis) -> Result<Option<Change>, StoreError> {
        if link.settings.max_clicks.is_some() {
            let reset = sqlx::query(
                "INSERT INTO link_gates (link_id, used, alone_from) VALUES ($1, 0, now())
                 ON CONFLICT (link_id) DO UPDATE SET used = 0, alone_from = now()",
            );
            let reset = reset.bind(link.id.0);
            self.run(async |connection| reset.execute(connection).await).await?;
        }
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
              CROSS JOIN (SELECT 0::bigint AS clicks, 0::bigint AS human, 0::bigint AS bot) totals"
        ));
        let reopen = reopen.bind(link.id.0).bind(now.date_time());
        let row = self.run(async |connection| reopen.fetch_optional(connection).await).await?;
        row.map(|row| Link::try_from(row).map(|link| link.change())).transpose()
    }
}

/// A repeated call beside the first one is the same visit.
fn distinct(visits: &[GatedVisit]) -> (Vec<GatedVisit>, Vec<usize>) {
    let mut distinct = Vec::with_capacity(visits.len());
    let mut known: HashMap<GatedVisit, usize> = HashMap::new();
    let places = visits.iter().map(|visit| {
        let new = distinct.len();
        let place = if visit.token.is_some() { *known.entry(*visit).or_insert(new) } else { new };
        if place == new {
            distinct.push(*visit);
        }
        place
    });
    let places = places.collect();
    (distinct, places)
}

fn leave(row: &GrantRow) -> Result<GateAnswer, StoreError> {
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
    fn a_token_twice_in_one_batch_is_one_visit() {
        let link = LinkId(Uuid::nil());
        let of =
            |token: Option<u128>| GatedVisit { link, token: token.map(|n| VisitToken(Uuid::from_u128(n))) };
        let visits = [of(Some(1)), of(None), of(Some(2)), of(Some(1)), of(None)];
        let (distinct, places) = distinct(&visits);
        assert_eq!(distinct, [of(Some(1)), of(None), of(Some(2)), of(None)]);
        assert_eq!(places, [0, 1, 2, 0, 3]);
    }
}

//! Orphan visits by name and day, and their sums, from the roll-ups of all links. `orphan_visits` has the names most visited.

use link_core::clicks::roll_up::ALL_LINKS;
use link_core::names::domain::Domain;
use sqlx::FromRow;
use time::Date;

use super::{AnalyticsDatabase, StoreError};

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OrphanDay {
    pub day: Date,
    pub name: String,
    pub class: String,
    pub visits: i64,
}

/// The beginnings of the domains' names.
fn prefixes(domains: &[Domain]) -> Vec<String> {
    domains.iter().map(|domain| format!("{domain}/")).collect()
}

impl AnalyticsDatabase {
    /// The newest days first, up to `most` names. No domains: all.
    pub async fn orphan_days(
        &self,
        from: Date,
        to: Date,
        domains: &[Domain],
        class: Option<&str>,
        most: usize,
    ) -> Result<Vec<OrphanDay>, StoreError> {
        let query = sqlx::query_as(
            "SELECT day, name, class, sum(visits)::bigint AS visits
             FROM (SELECT day, value AS name, class, clicks AS visits FROM link_days
                   WHERE link_id = $1 AND dimension = 'orphan' AND day BETWEEN $2 AND $3
                   UNION ALL
                   SELECT day, value, class, day_clicks[day_of_month]
                   FROM (SELECT day::date AS day, date_trunc('month', day)::date AS month,
                                extract(day FROM day)::integer AS day_of_month
                         FROM generate_series($2::timestamp, $3, interval '1 day') AS day) AS requested
                   JOIN link_months USING (month)
                   WHERE link_id = $1 AND dimension = 'orphan' AND day_clicks[day_of_month] <> 0) AS daily
             WHERE ($4::text[] = '{}' OR EXISTS (SELECT FROM unnest($4::text[]) AS prefix WHERE starts_with(name, prefix)))
               AND ($5::text IS NULL OR class = $5)
             GROUP BY day, name, class ORDER BY day DESC, name, class LIMIT $6",
        );
        let query = query.bind(ALL_LINKS).bind(from).bind(to).bind(prefixes(domains)).bind(class);
        let query = query.bind(i64::try_from(most).unwrap_or(i64::MAX));
        self.0.run(query.fetch_all(&self.0.pool)).await
    }

    /// All that was counted, by class.
    pub async fn orphan_totals(&self, domains: &[Domain]) -> Result<Vec<(String, i64)>, StoreError> {
        let query = sqlx::query_as(
            "SELECT class, sum(clicks)::bigint
             FROM (SELECT value, class, clicks FROM link_days WHERE link_id = $1 AND dimension = 'orphan'
                   UNION ALL
                   SELECT value, class, clicks FROM link_months WHERE link_id = $1 AND dimension = 'orphan') AS counted
             WHERE $2::text[] = '{}' OR EXISTS (SELECT FROM unnest($2::text[]) AS prefix WHERE starts_with(value, prefix))
             GROUP BY class",
        );
        let query = query.bind(ALL_LINKS).bind(prefixes(domains));
        self.0.run(query.fetch_all(&self.0.pool)).await
    }
}

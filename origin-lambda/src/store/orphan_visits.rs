//! Reads and deletes orphan visits by name, from the roll-ups of all links. The consumer classifies them when it counts them.

use link_core::clicks::roll_up::{ALL_LINKS, OTHER};
use link_core::names::domain::Domain;
use sqlx::FromRow;
use time::Date;

use super::{AnalyticsDatabase, StoreError};

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OrphanVisits {
    pub name: String,
    /// Empty for visits without a name.
    pub class: String,
    pub visits: i64,
    pub last_day: Date,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrphanFilter {
    pub domain: Option<Domain>,
    pub class: Option<&'static str>,
    pub name: Option<String>,
}

/// The position of the last name of a page, with its count at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanPosition {
    pub visits: i64,
    pub class: String,
    pub name: String,
}

impl OrphanPosition {
    /// The position before all names.
    pub const FIRST: Self = Self { visits: i64::MAX, class: String::new(), name: String::new() };
}

/// The prefix of names of the filter's domain.
fn prefix(filter: &OrphanFilter) -> Option<String> {
    filter.domain.as_ref().map(|domain| format!("{domain}/"))
}

impl AnalyticsDatabase {
    /// Returns names after `after`, most visits first; visits without a name come last.
    pub async fn orphan_visits(
        &self,
        from: Date,
        to: Date,
        filter: &OrphanFilter,
        after: &OrphanPosition,
        limit: i64,
    ) -> Result<Vec<OrphanVisits>, StoreError> {
        let query = sqlx::query_as(
            "SELECT name, class, visits, last_day
             FROM (SELECT value AS name, class, sum(clicks)::bigint AS visits, max(day) AS last_day
                   FROM (SELECT value, class, clicks, day FROM link_days
                         WHERE link_id = $1 AND dimension = 'orphan' AND day BETWEEN $2 AND $3
                         UNION ALL
                         SELECT value, class, day_clicks[day_of_month], day
                         FROM (SELECT day::date AS day, date_trunc('month', day)::date AS month,
                                      extract(day FROM day)::integer AS day_of_month
                               FROM generate_series($2::timestamp, $3, interval '1 day') AS day) AS requested
                         JOIN link_months USING (month)
                         WHERE link_id = $1 AND dimension = 'orphan' AND day_clicks[day_of_month] <> 0) AS daily
                   WHERE ($4::text IS NULL OR starts_with(value, $4)) AND ($5::text IS NULL OR class = $5)
                   GROUP BY value, class) AS counted
             WHERE (name = $6, -visits, name, class) > ($7 = $6, -$8::bigint, $7, $9)
             ORDER BY name = $6, visits DESC, name, class LIMIT $10",
        );
        let query = query.bind(ALL_LINKS).bind(from).bind(to).bind(prefix(filter)).bind(filter.class);
        let query = query.bind(OTHER).bind(&after.name).bind(after.visits).bind(&after.class).bind(limit);
        self.0.run(query.fetch_all(&self.0.pool)).await
    }

    /// Returns the number of deleted names.
    pub async fn delete_orphan_visits(&self, filter: &OrphanFilter) -> Result<i64, StoreError> {
        // Consumers lock this row while they count orphan visits: holding it, no statement waits for their rows.
        let lock = sqlx::query("SELECT FROM link_totals WHERE link_id = $1 FOR UPDATE").bind(ALL_LINKS);
        let query = sqlx::query_scalar(
            "WITH days AS (
                 DELETE FROM link_days WHERE link_id = $1 AND dimension = 'orphan'
                   AND ($2::text IS NULL OR starts_with(value, $2)) AND ($3::text IS NULL OR class = $3)
                   AND ($4::text IS NULL OR value = $4)
                 RETURNING value
             ), quarters AS (
                 DELETE FROM sealed_quarters WHERE link_id = $1 AND dimension = 'orphan'
                   AND ($2::text IS NULL OR starts_with(value, $2)) AND ($3::text IS NULL OR class = $3)
                   AND ($4::text IS NULL OR value = $4)
                 RETURNING value
             ), months AS (
                 DELETE FROM link_months WHERE link_id = $1 AND dimension = 'orphan'
                   AND ($2::text IS NULL OR starts_with(value, $2)) AND ($3::text IS NULL OR class = $3)
                   AND ($4::text IS NULL OR value = $4)
                 RETURNING value
             )
             SELECT count(DISTINCT value) FROM (SELECT value FROM days UNION ALL SELECT value FROM quarters
                                                UNION ALL SELECT value FROM months) AS deleted",
        );
        let query = query.bind(ALL_LINKS).bind(prefix(filter)).bind(filter.class).bind(&filter.name);
        let deletion = async {
            let mut transaction = self.0.pool.begin().await?;
            lock.execute(&mut *transaction).await?;
            let names = query.fetch_one(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(names)
        };
        self.0.run(deletion).await
    }
}

//! Reads raw clicks of many links in the order of time, by their place in it: for clients that ask for numbered pages.

use link_core::time::UnixMillis;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::clicks::{LinkedClick, raw_click_columns};
use super::{AnalyticsDatabase, StoreError};

/// Both ends are included.
#[derive(Debug, Clone, Copy)]
pub struct VisitFilter<'a> {
    /// `None`: all links.
    pub links: Option<&'a [Uuid]>,
    pub from: UnixMillis,
    pub to: UnixMillis,
    pub class: Option<&'a str>,
}

impl AnalyticsDatabase {
    /// Counts no further than `most`.
    pub async fn count_visits(&self, filter: &VisitFilter<'_>, most: usize) -> Result<usize, StoreError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM clicks WHERE true");
        push(&mut query, filter);
        query.push(" LIMIT ").push_bind(i64::try_from(most).unwrap_or(i64::MAX)).push(") AS counted");
        let count: i64 = self.0.run(query.build_query_scalar().fetch_one(&self.0.pool)).await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Newest first.
    pub async fn visits(
        &self,
        filter: &VisitFilter<'_>,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<LinkedClick>, StoreError> {
        let mut query =
            QueryBuilder::new(concat!("SELECT link_id, ", raw_click_columns!(), "FROM clicks WHERE true"));
        push(&mut query, filter);
        query.push(" ORDER BY time DESC, producer DESC, batch DESC, position DESC LIMIT ");
        query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        query.push(" OFFSET ").push_bind(i64::try_from(offset).unwrap_or(i64::MAX));
        self.0.run(query.build_query_as().fetch_all(&self.0.pool)).await
    }
}

/// Only the given conditions, so that each has the plan that suits it. The days leave out partitions.
fn push(query: &mut QueryBuilder<Postgres>, filter: &VisitFilter<'_>) {
    match filter.links {
        None => {}
        Some([link]) => drop(query.push(" AND link_id = ").push_bind(*link)),
        Some(links) => drop(query.push(" AND link_id = ANY(").push_bind(links.to_vec()).push(")")),
    }
    query.push(" AND day BETWEEN ").push_bind(filter.from.day());
    query.push(" AND ").push_bind(filter.to.day());
    query.push(" AND time >= ").push_bind(filter.from.date_time());
    query.push(" AND time <= ").push_bind(filter.to.date_time());
    if let Some(class) = filter.class {
        query.push(" AND class = ").push_bind(class.to_owned());
    }
}

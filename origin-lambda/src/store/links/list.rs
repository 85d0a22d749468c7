//! Selects pages of links by filter, order and position. A page starts after the last link of the previous page, so inserts and
//! deletes do not shift it. Does not decide how a position is encoded for a client.

use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;
use sqlx::postgres::{PgPool, Postgres};
use time::OffsetDateTime;
use uuid::Uuid;

use super::filter::{LinkFilter, SearchTerms, push_filter};
use super::link::Link;
use super::row::{LenientLinkRow, link_columns, link_joins};
use crate::http::timestamp;
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinkSort {
    #[default]
    Created,
    Clicks,
    LastClick,
    Updated,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Descending,
    Ascending,
}

/// Position of the last link of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPosition {
    id: Uuid,
    /// The sort key: a number of clicks, or microseconds of Unix time. `None` for links that nobody has clicked, which have no
    /// totals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
}

impl LinkPosition {
    /// Whether the database can represent it: a forged cursor may hold any time.
    pub fn is_possible(self) -> bool {
        self.value.is_none_or(|value| timestamp::is_representable(UnixMillis(value / 1_000)))
    }
}

#[derive(Debug, Clone, Default)]
pub struct LinkQuery {
    pub filter: LinkFilter,
    pub sort: LinkSort,
    pub order: Order,
    pub after: Option<LinkPosition>,
}

#[derive(Debug)]
pub struct LinkPage {
    /// Each with its position, where another page may start.
    pub links: Vec<(Link, LinkPosition)>,
    /// Where the next page starts; `None` for the last page.
    pub next: Option<LinkPosition>,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    link: LenientLinkRow,
    id: Uuid,
    clicks: i64,
    last_click_at: Option<OffsetDateTime>,
    changed_at: OffsetDateTime,
    /// Whether the link has totals.
    is_counted: bool,
}

impl LinksDatabase {
    /// Filters by the states at `now`. A link that changes its state between two pages keeps its position.
    pub async fn list_links(
        &self,
        query: &LinkQuery,
        terms: &SearchTerms,
        limit: usize,
        now: UnixMillis,
    ) -> Result<LinkPage, StoreError> {
        // One more row tells whether there is a next page.
        let mut rows = self.0.run(rows(&self.0.pool, query, terms, limit + 1, now)).await?;
        let has_next = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_next).map(|row| query.sort.position(row));
        let placed = |row: ListedRow| {
            let position = query.sort.position(&row);
            Some((row.link.readable()?, position))
        };
        let links = rows.into_iter().filter_map(placed).collect();
        Ok(LinkPage { links, next })
    }
}

async fn rows(
    pool: &PgPool,
    query: &LinkQuery,
    terms: &SearchTerms,
    wanted: usize,
    now: UnixMillis,
) -> Result<Vec<ListedRow>, sqlx::Error> {
    let mut rows: Vec<ListedRow> = Vec::new();
    for group in query.groups() {
        if rows.len() < wanted {
            let mut select = select("", query, terms, group, wanted - rows.len(), now);
            rows.extend(select.build_query_as::<ListedRow>().fetch_all(pool).await?);
        }
    }
    Ok(rows)
}

impl LinkSort {
    fn position(self, row: &ListedRow) -> LinkPosition {
        let value = match self {
            Self::Created => None,
            Self::Clicks => row.is_counted.then_some(row.clicks),
            Self::LastClick => row.last_click_at.map(micros),
            Self::Updated => Some(micros(row.changed_at)),
        };
        LinkPosition { id: row.id, value }
    }
}

fn micros(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// Links with totals are read in the order of the totals, links without in the order of their ids: each is an index scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    All,
    Counted,
    Uncounted,
}

impl LinkQuery {
    fn groups(&self) -> Vec<Group> {
        use Group::{All, Counted, Uncounted};
        let mut groups = match self.sort {
            LinkSort::Created | LinkSort::Updated => return vec![All],
            LinkSort::Clicks | LinkSort::LastClick => [Counted, Uncounted],
        };
        if self.order == Order::Ascending {
            groups.reverse();
        }
        let current = self.after.map(|after| if after.value.is_some() { Counted } else { Uncounted });
        groups.into_iter().skip_while(|group| current.is_some_and(|current| current != *group)).collect()
    }
}

/// An index scan.
struct IndexScan {
    from: &'static str,
    condition: &'static str,
    /// The column before the id, and the function that converts a position's value to its type.
    value: Option<(&'static str, &'static str)>,
}

impl Group {
    fn scan(self, sort: LinkSort) -> IndexScan {
        const COUNTED: &str = "links link JOIN link_totals totals ON totals.link_id = link.id";
        match (self, sort) {
            (Self::All, LinkSort::Updated) => IndexScan {
                from: "links link",
                condition: "true",
                value: Some(("link.updated_at", "unix_micros")),
            },
            (Self::All, _) => IndexScan { from: "links link", condition: "true", value: None },
            (Self::Counted, LinkSort::LastClick) => IndexScan {
                from: COUNTED,
                condition: "totals.last_click_at IS NOT NULL",
                value: Some(("totals.last_click_at", "unix_micros")),
            },
            (Self::Counted, _) => {
                IndexScan { from: COUNTED, condition: "true", value: Some(("totals.clicks", "")) }
            }
            (Self::Uncounted, LinkSort::LastClick) => IndexScan {
                from: "links link",
                condition: "NOT EXISTS (SELECT FROM link_totals totals
                                        WHERE totals.link_id = link.id AND totals.last_click_at IS NOT NULL)",
                value: None,
            },
            (Self::Uncounted, _) => IndexScan {
                from: "links link",
                condition: "NOT EXISTS (SELECT FROM link_totals totals WHERE totals.link_id = link.id)",
                value: None,
            },
        }
    }

    /// The id column of the scanned index.
    fn id(self) -> &'static str {
        if self == Self::Counted { "totals.link_id" } else { "link.id" }
    }
}

/// Selects the page first and joins its links' other tables afterwards: with the joins inside, Postgres may read all totals for
/// one page.
fn select(
    prefix: &'static str,
    query: &LinkQuery,
    terms: &SearchTerms,
    group: Group,
    limit: usize,
    now: UnixMillis,
) -> QueryBuilder<Postgres> {
    let scan = group.scan(query.sort);
    let mut sql = QueryBuilder::new(prefix);
    sql.push(concat!(
        "SELECT ",
        link_columns!(),
        ", totals.last_click_at, link.updated_at AS changed_at, totals.link_id IS NOT NULL AS is_counted FROM (SELECT link.* FROM "
    ));
    sql.push(scan.from).push(" WHERE ").push(scan.condition);
    push_filter(&mut sql, &query.filter, terms, now);
    push_start(&mut sql, query, &scan, group);
    push_order(&mut sql, query, &scan, group);
    sql.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.push(concat!(") link ", link_joins!()));
    push_order(&mut sql, query, &scan, group);
    sql
}

fn push_start(sql: &mut QueryBuilder<Postgres>, query: &LinkQuery, scan: &IndexScan, group: Group) {
    let operator = match query.order {
        Order::Descending => " < ",
        Order::Ascending => " > ",
    };
    match (query.after, scan.value) {
        (Some(LinkPosition { id, value: Some(value) }), Some((column, function))) => {
            sql.push(" AND (").push(column).push(", ").push(group.id()).push(")").push(operator);
            sql.push("(").push(function).push("(").push_bind(value).push("), ").push_bind(id).push(")");
        }
        (Some(LinkPosition { id, value: None }), None) => {
            sql.push(" AND ").push(group.id()).push(operator).push_bind(id);
        }
        // The page continues from the other group into this one.
        _ => {}
    }
}

fn push_order(sql: &mut QueryBuilder<Postgres>, query: &LinkQuery, scan: &IndexScan, group: Group) {
    let direction = match query.order {
        Order::Descending => " DESC",
        Order::Ascending => " ASC",
    };
    sql.push(" ORDER BY ");
    if let Some((column, _)) = scan.value {
        sql.push(column).push(direction).push(", ");
    }
    sql.push(group.id()).push(direction);
}

#[cfg(test)]
mod tests;

//! Selects pages of links by filter, order and position. A page starts after the last link of the previous page, so inserts and
//! deletes do not shift it. Does not decide how a position is encoded for a client.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;
use sqlx::postgres::{PgPool, Postgres};
use time::OffsetDateTime;
use uuid::Uuid;

use super::link::Link;
use super::row::{LenientLinkRow, link_columns, link_joins};
use super::state::LinkState;
use crate::auth::LinkBounds;
use crate::http::timestamp;
use crate::store::{LinksDatabase, StoreError};

/// All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkFilter {
    pub domain: Option<Domain>,
    pub code: Option<Slug>,
    pub tag: Option<String>,
    pub state: Option<LinkState>,
    pub external_id: Option<String>,
    /// Text in code, destination, title or notes, ignoring case.
    pub search: Option<String>,
    pub created_by: Option<Uuid>,
    /// What exists for the caller's key.
    pub bounds: LinkBounds,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinkSort {
    #[default]
    Created,
    Clicks,
    LastClick,
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
    /// Whether the link has totals.
    is_counted: bool,
}

impl LinksDatabase {
    /// Filters by the states at `now`. A link that changes its state between two pages keeps its position.
    pub async fn list_links(
        &self,
        query: &LinkQuery,
        limit: usize,
        now: UnixMillis,
    ) -> Result<LinkPage, StoreError> {
        // One more row tells whether there is a next page.
        let mut rows = self.0.run(rows(&self.0.pool, query, limit + 1, now)).await?;
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
    wanted: usize,
    now: UnixMillis,
) -> Result<Vec<ListedRow>, sqlx::Error> {
    let mut rows: Vec<ListedRow> = Vec::new();
    for group in query.groups() {
        if rows.len() < wanted {
            let mut select = select("", query, group, wanted - rows.len(), now);
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
            LinkSort::Created => return vec![All],
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
    group: Group,
    limit: usize,
    now: UnixMillis,
) -> QueryBuilder<Postgres> {
    let scan = group.scan(query.sort);
    let mut sql = QueryBuilder::new(prefix);
    sql.push(concat!(
        "SELECT ",
        link_columns!(),
        ", totals.last_click_at, totals.link_id IS NOT NULL AS is_counted FROM (SELECT link.* FROM "
    ));
    sql.push(scan.from).push(" WHERE ").push(scan.condition);
    push_filter(&mut sql, &query.filter);
    if let Some(state) = query.filter.state {
        push_state(&mut sql, state, now);
    }
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

fn push_filter(sql: &mut QueryBuilder<Postgres>, filter: &LinkFilter) {
    if let Some(domain) = &filter.domain {
        sql.push(" AND link.domain = ").push_bind(domain.to_string());
    }
    if let Some(code) = &filter.code {
        sql.push(" AND link.code = ").push_bind(code.to_string());
    }
    if let Some(tag) = &filter.tag {
        // The second condition is that of the partial index.
        sql.push(" AND link.tags @> ARRAY[").push_bind(tag.clone()).push("]::text[] AND link.tags <> '{}'");
    }
    if let Some(external_id) = &filter.external_id {
        sql.push(" AND link.external_id = ").push_bind(external_id.clone());
    }
    if let Some(created_by) = filter.created_by {
        sql.push(" AND link.created_by = ").push_bind(created_by);
    }
    push_bounds(sql, &filter.bounds);
    if let Some(search) = &filter.search {
        sql.push(" AND searched_text(link.code, link.url, link.title, link.notes) LIKE lower(");
        sql.push_bind(format!("%{}%", escaped(search))).push(")");
    }
}

/// Only the given conditions: for one that may be null the planner reads all links. The table or query must be called `link`.
pub(in crate::store) fn push_bounds(sql: &mut QueryBuilder<Postgres>, bounds: &LinkBounds) {
    match bounds.domains.as_slice() {
        [] => {}
        // An index has one domain's links in the order of a list.
        [domain] => drop(sql.push(" AND link.domain = ").push_bind(domain.to_string())),
        domains => {
            let names: Vec<_> = domains.iter().map(Domain::to_string).collect();
            sql.push(" AND link.domain = ANY(").push_bind(names).push(")");
        }
    }
    if let Some(creator) = bounds.creator {
        sql.push(" AND link.created_by = ").push_bind(creator);
    }
}

/// The same states as [`Link::state`]. Each except `active` repeats the condition of its partial index.
fn push_state(sql: &mut QueryBuilder<Postgres>, state: LinkState, now: UnixMillis) {
    sql.push(match state {
        LinkState::Blocked => " AND (link.disabled OR link.blocked OR link.exhausted) AND link.blocked",
        LinkState::Disabled => {
            " AND (link.disabled OR link.blocked OR link.exhausted) AND link.disabled AND NOT link.blocked"
        }
        LinkState::Scheduled => " AND link.starts_at IS NOT NULL AND NOT link.blocked AND NOT link.disabled",
        LinkState::Expired => " AND link.expires_at IS NOT NULL AND NOT link.blocked AND NOT link.disabled",
        LinkState::Exhausted => {
            " AND (link.disabled OR link.blocked OR link.exhausted)
              AND link.exhausted AND NOT link.blocked AND NOT link.disabled"
        }
        LinkState::Active => " AND NOT link.blocked AND NOT link.disabled AND NOT link.exhausted",
    });
    let (is_started, is_over) = match state {
        LinkState::Blocked | LinkState::Disabled => return,
        LinkState::Scheduled => (false, None),
        LinkState::Expired => (true, Some(true)),
        LinkState::Exhausted | LinkState::Active => (true, Some(false)),
    };
    let now = now.date_time();
    if is_started {
        sql.push(" AND (link.starts_at IS NULL OR link.starts_at <= ").push_bind(now).push(")");
    } else {
        sql.push(" AND link.starts_at > ").push_bind(now);
    }
    match is_over {
        None => {}
        Some(true) => drop(sql.push(" AND link.expires_at <= ").push_bind(now)),
        Some(false) => {
            sql.push(" AND (link.expires_at IS NULL OR link.expires_at > ").push_bind(now).push(")");
        }
    }
}

/// Escapes the wildcards of `LIKE`, which a client means literally.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

#[cfg(test)]
mod tests;

//! Pages of links: which ones, in which order, from where on. A page begins behind the last link of the one before, so it stays
//! where it is while links come and go. Does not decide how a position is written down for a client.

use link_core::domain::Domain;
use link_core::slug::Slug;
use link_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;
use sqlx::postgres::{PgPool, Postgres};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Link, LinkAmongOthers, LinkState, link_columns, link_joins};
use crate::store::{LinksDatabase, StoreError};
use crate::timestamp;

/// All that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkFilter {
    pub domain: Option<Domain>,
    pub code: Option<Slug>,
    pub tag: Option<String>,
    pub state: Option<LinkState>,
    pub external_id: Option<String>,
    /// Somewhere in code, destination, title or notes, in any case.
    pub search: Option<String>,
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

/// Of the last link of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    id: Uuid,
    /// What the links are sorted by: a number of clicks, or microseconds of Unix time. Without one the link stands among those
    /// that nobody has clicked, which have no totals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
}

impl Position {
    /// Whether a link may stand there: who forges one may ask for a time that the database does not know.
    pub fn is_possible(self) -> bool {
        self.value.is_none_or(|value| timestamp::is_known(UnixMillis(value / 1_000)))
    }
}

#[derive(Debug, Clone, Default)]
pub struct LinkQuery {
    pub filter: LinkFilter,
    pub sort: LinkSort,
    pub order: Order,
    pub after: Option<Position>,
}

#[derive(Debug)]
pub struct LinkPage {
    pub links: Vec<Link>,
    /// Where the next page begins, unless this is the last one.
    pub next: Option<Position>,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    link: LinkAmongOthers,
    id: Uuid,
    clicks: i64,
    last_click_at: Option<OffsetDateTime>,
    /// Whether there are totals of the link.
    is_counted: bool,
}

impl LinksDatabase {
    /// States are those of `now`: a page is right when it is read, and a link that changes its state meanwhile stays in its place.
    pub async fn list_links(
        &self,
        query: &LinkQuery,
        limit: usize,
        now: UnixMillis,
    ) -> Result<LinkPage, StoreError> {
        // One more tells whether there is a next page.
        let mut rows = self.0.run(rows(&self.0.pool, query, limit + 1, now)).await?;
        let has_next = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_next).map(|row| query.sort.position(row));
        let links = rows.into_iter().filter_map(|row| row.link.readable()).collect();
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
    fn position(self, row: &ListedRow) -> Position {
        let value = match self {
            Self::Created => None,
            Self::Clicks => row.is_counted.then_some(row.clicks),
            Self::LastClick => row.last_click_at.map(micros),
        };
        Position { id: row.id, value }
    }
}

fn micros(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// Links with totals are read in the order of the totals, links without in that of their ids: each is a walk along an index.
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
        let begun = self.after.map(|after| if after.value.is_some() { Counted } else { Uncounted });
        groups.into_iter().skip_while(|group| begun.is_some_and(|begun| begun != *group)).collect()
    }
}

/// Along an index.
struct Walk {
    from: &'static str,
    condition: &'static str,
    /// The column before the id, and the function that makes its value of a position's.
    value: Option<(&'static str, &'static str)>,
}

impl Group {
    fn walk(self, sort: LinkSort) -> Walk {
        const COUNTED: &str = "links link JOIN link_totals totals ON totals.link_id = link.id";
        match (self, sort) {
            (Self::All, _) => Walk { from: "links link", condition: "true", value: None },
            (Self::Counted, LinkSort::LastClick) => Walk {
                from: COUNTED,
                condition: "totals.last_click_at IS NOT NULL",
                value: Some(("totals.last_click_at", "unix_micros")),
            },
            (Self::Counted, _) => {
                Walk { from: COUNTED, condition: "true", value: Some(("totals.clicks", "")) }
            }
            (Self::Uncounted, LinkSort::LastClick) => Walk {
                from: "links link",
                condition: "NOT EXISTS (SELECT FROM link_totals totals
                                        WHERE totals.link_id = link.id AND totals.last_click_at IS NOT NULL)",
                value: None,
            },
            (Self::Uncounted, _) => Walk {
                from: "links link",
                condition: "NOT EXISTS (SELECT FROM link_totals totals WHERE totals.link_id = link.id)",
                value: None,
            },
        }
    }

    /// The id as it stands in the index of the walk.
    fn id(self) -> &'static str {
        if self == Self::Counted { "totals.link_id" } else { "link.id" }
    }
}

/// The page is picked first, and only then is what stands beside its links looked up: joined before, Postgres may come to read
/// all totals beside a page.
fn select(
    prefix: &'static str,
    query: &LinkQuery,
    group: Group,
    limit: usize,
    now: UnixMillis,
) -> QueryBuilder<Postgres> {
    let walk = group.walk(query.sort);
    let mut sql = QueryBuilder::new(prefix);
    sql.push(concat!(
        "SELECT ",
        link_columns!(),
        ", totals.last_click_at, totals.link_id IS NOT NULL AS is_counted FROM (SELECT link.* FROM "
    ));
    sql.push(walk.from).push(" WHERE ").push(walk.condition);
    push_filter(&mut sql, &query.filter);
    if let Some(state) = query.filter.state {
        push_state(&mut sql, state, now);
    }
    push_beginning(&mut sql, query, &walk, group);
    push_order(&mut sql, query, &walk, group);
    sql.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.push(concat!(") link ", link_joins!()));
    push_order(&mut sql, query, &walk, group);
    sql
}

fn push_beginning(sql: &mut QueryBuilder<Postgres>, query: &LinkQuery, walk: &Walk, group: Group) {
    let beyond = match query.order {
        Order::Descending => " < ",
        Order::Ascending => " > ",
    };
    match (query.after, walk.value) {
        (Some(Position { id, value: Some(value) }), Some((column, function))) => {
            sql.push(" AND (").push(column).push(", ").push(group.id()).push(")").push(beyond);
            sql.push("(").push(function).push("(").push_bind(value).push("), ").push_bind(id).push(")");
        }
        (Some(Position { id, value: None }), None) => {
            sql.push(" AND ").push(group.id()).push(beyond).push_bind(id);
        }
        // The page goes on from the other group into this one.
        _ => {}
    }
}

fn push_order(sql: &mut QueryBuilder<Postgres>, query: &LinkQuery, walk: &Walk, group: Group) {
    let direction = match query.order {
        Order::Descending => " DESC",
        Order::Ascending => " ASC",
    };
    sql.push(" ORDER BY ");
    if let Some((column, _)) = walk.value {
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
        // The second condition is the index's own.
        sql.push(" AND link.tags @> ARRAY[").push_bind(tag.clone()).push("]::text[] AND link.tags <> '{}'");
    }
    if let Some(external_id) = &filter.external_id {
        sql.push(" AND link.external_id = ").push_bind(external_id.clone());
    }
    if let Some(search) = &filter.search {
        sql.push(" AND searched_text(link.code, link.url, link.title, link.notes) LIKE lower(");
        sql.push_bind(format!("%{}%", escaped(search))).push(")");
    }
}

/// As [`Link::state`] computes it. Each state but `active` also says the condition of an index of what may have it.
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

/// For `LIKE`, whose wildcards a client does not mean.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

#[cfg(test)]
mod tests;

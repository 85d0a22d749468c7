//! Which links a list or a change of many is about: a filter and its SQL.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use sqlx::QueryBuilder;
use sqlx::postgres::Postgres;
use uuid::Uuid;

use super::row::{link_columns, link_joins};
use super::state::LinkState;
use crate::auth::LinkBounds;
use crate::limits::MAX_SEARCH_TERMS;
use crate::links::letter_case::fold;
use crate::store::{LinksDatabase, StoreError};

/// All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkFilter {
    pub domain: Option<Domain>,
    pub code: Option<Slug>,
    /// The link has all of them.
    pub tags: Vec<String>,
    /// The link has one of them, if any is given.
    pub any_tags: Vec<String>,
    /// The link has none of them.
    pub no_tags: Vec<String>,
    pub untagged: bool,
    /// The time in the id, which sorts a list too. A range ends before its end.
    pub created_from: Option<UnixMillis>,
    pub created_to: Option<UnixMillis>,
    pub updated_from: Option<UnixMillis>,
    pub updated_to: Option<UnixMillis>,
    pub state: Option<LinkState>,
    pub external_id: Option<String>,
    /// Text in a code, destination, title, notes, a tag or the domain, ignoring case, or the external id.
    pub search: Option<String>,
    pub created_by: Option<Uuid>,
    /// `None`: archived or not.
    pub archived: Option<bool>,
    /// What exists for the caller's key.
    pub bounds: LinkBounds,
}

impl LinkFilter {
    /// Whatever exists for the caller's key.
    pub fn everything_within(bounds: LinkBounds) -> Self {
        Self { bounds, ..Self::default() }
    }
}

/// The tags and domains that contain the text of a search, and the links with an alias that does: links are found by whole ones.
#[derive(Debug, Clone, Default)]
pub struct SearchTerms {
    tags: Vec<String>,
    domains: Vec<String>,
    aliased: Vec<Uuid>,
}

impl LinksDatabase {
    /// Up to [`MAX_SEARCH_TERMS`] of each. The default domain has no row.
    pub async fn search_terms(
        &self,
        filter: &LinkFilter,
        default_domain: &Domain,
    ) -> Result<SearchTerms, StoreError> {
        let Some(search) = &filter.search else { return Ok(SearchTerms::default()) };
        let query = sqlx::query_as(
            "SELECT ARRAY(SELECT name FROM tags WHERE lower(name) LIKE lower($1) LIMIT $3),
                    ARRAY(SELECT name FROM domains WHERE name LIKE lower($1) AND name <> $2
                          UNION ALL SELECT $2 WHERE $2 LIKE lower($1) LIMIT $3),
                    ARRAY(SELECT link_id FROM link_names WHERE NOT folded AND lower(code) LIKE lower($1) LIMIT $3)",
        );
        let query = query.bind(format!("%{}%", escaped(search))).bind(default_domain.as_str());
        let query = query.bind(MAX_SEARCH_TERMS);
        let (tags, domains, aliased) = self.0.run(query.fetch_one(&self.0.pool)).await?;
        Ok(SearchTerms { tags, domains, aliased })
    }

    /// The newest links that match the filter.
    pub async fn matching_links(
        &self,
        filter: &LinkFilter,
        terms: &SearchTerms,
        limit: i64,
        now: UnixMillis,
    ) -> Result<Vec<LinkId>, StoreError> {
        let mut query = QueryBuilder::new("SELECT link.id FROM links link WHERE true");
        push_filter(&mut query, filter, terms, now);
        query.push(" ORDER BY link.id DESC LIMIT ").push_bind(limit);
        let ids: Vec<Uuid> = self.0.run(query.build_query_scalar().fetch_all(&self.0.pool)).await?;
        Ok(ids.into_iter().map(LinkId).collect())
    }

    /// Counts up to `limit`.
    pub async fn count_links(
        &self,
        filter: &LinkFilter,
        terms: &SearchTerms,
        limit: i64,
        now: UnixMillis,
    ) -> Result<i64, StoreError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM links link WHERE true");
        push_filter(&mut query, filter, terms, now);
        query.push(" LIMIT ").push_bind(limit).push(") AS matching");
        self.0.run(query.build_query_scalar().fetch_one(&self.0.pool)).await
    }
}

/// Reads and locks links, in one order, so that two calls cannot deadlock.
pub(super) fn locking(
    ids: &[LinkId],
    filter: &LinkFilter,
    terms: &SearchTerms,
    now: UnixMillis,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(concat!(
        "SELECT ",
        link_columns!(),
        " FROM links link",
        link_joins!(),
        "WHERE link.id = ANY("
    ));
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    query.push_bind(ids).push(")");
    push_filter(&mut query, filter, terms, now);
    query.push(" ORDER BY link.id FOR UPDATE OF link");
    query
}

/// The table or query must be called `link`.
pub(super) fn push_filter(
    sql: &mut QueryBuilder<Postgres>,
    filter: &LinkFilter,
    terms: &SearchTerms,
    now: UnixMillis,
) {
    push_name(sql, filter);
    push_tags(sql, filter);
    push_times(sql, filter);
    if let Some(external_id) = &filter.external_id {
        sql.push(" AND link.external_id = ").push_bind(external_id.clone());
    }
    if let Some(created_by) = filter.created_by {
        sql.push(" AND link.created_by = ").push_bind(created_by);
    }
    match filter.archived {
        None => {}
        Some(true) => drop(sql.push(" AND link.archived")),
        Some(false) => drop(sql.push(" AND NOT link.archived")),
    }
    push_bounds(sql, &filter.bounds);
    if let Some(state) = filter.state {
        push_state(sql, state, now);
    }
    if let Some(search) = &filter.search {
        push_search(sql, search, terms);
    }
}

/// A link is found by the code of any of its names. The list of ids is empty or short, so that the planner uses the indexes.
fn push_name(sql: &mut QueryBuilder<Postgres>, filter: &LinkFilter) {
    let Some(code) = &filter.code else {
        if let Some(domain) = &filter.domain {
            sql.push(" AND link.domain = ").push_bind(domain.to_string());
        }
        return;
    };
    let domain = filter.domain.as_ref().map(Domain::to_string);
    let folded = code.folded(&fold).unwrap_or_else(|| code.clone());
    sql.push(" AND (link.code = ").push_bind(code.to_string());
    if let Some(domain) = &domain {
        sql.push(" AND link.domain = ").push_bind(domain.clone());
    }
    sql.push(" OR link.id = ANY(ARRAY(SELECT link_id FROM link_names name WHERE (name.code = ");
    sql.push_bind(code.to_string())
        .push(" OR name.folded AND name.code = ")
        .push_bind(folded.to_string())
        .push(")");
    if let Some(domain) = domain {
        sql.push(" AND name.domain = ").push_bind(domain);
    }
    sql.push(")))");
}

fn push_tags(sql: &mut QueryBuilder<Postgres>, filter: &LinkFilter) {
    // Repeats the condition of the partial index.
    for (operator, tags) in [(" @> ", &filter.tags), (" && ", &filter.any_tags)] {
        if !tags.is_empty() {
            sql.push(" AND link.tags <> '{}' AND link.tags").push(operator).push_bind(tags.clone());
        }
    }
    if !filter.no_tags.is_empty() {
        sql.push(" AND NOT link.tags && ").push_bind(filter.no_tags.clone());
    }
    if filter.untagged {
        sql.push(" AND link.tags = '{}'");
    }
}

fn push_times(sql: &mut QueryBuilder<Postgres>, filter: &LinkFilter) {
    for (operator, moment) in [(" >= ", filter.created_from), (" < ", filter.created_to)] {
        if let Some(moment) = moment {
            sql.push(" AND link.id").push(operator).push_bind(first_id(moment));
        }
    }
    for (operator, moment) in [(" >= ", filter.updated_from), (" < ", filter.updated_to)] {
        if let Some(moment) = moment {
            sql.push(" AND link.updated_at").push(operator).push_bind(moment.date_time());
        }
    }
}

/// The lowest UUID of version 7 of a millisecond.
fn first_id(moment: UnixMillis) -> Uuid {
    const LATEST: i64 = (1 << 48) - 1;
    let millis = u128::try_from(moment.0.clamp(0, LATEST)).unwrap_or_default();
    Uuid::from_u128(millis << 80)
}

/// Each alternative has an index, and is so rare by the planner's estimate that it uses them. That is why a whole external id is looked
/// for, and tags and domains by their names.
fn push_search(sql: &mut QueryBuilder<Postgres>, search: &str, terms: &SearchTerms) {
    sql.push(" AND (searched_text(link.code, link.url, link.title, link.notes) LIKE lower(");
    sql.push_bind(format!("%{}%", escaped(search)));
    sql.push(") OR link.external_id = ").push_bind(search.trim().to_owned());
    if !terms.tags.is_empty() {
        sql.push(" OR link.tags <> '{}' AND link.tags && ").push_bind(terms.tags.clone());
    }
    if !terms.domains.is_empty() {
        sql.push(" OR link.domain = ANY(").push_bind(terms.domains.clone()).push(")");
    }
    if !terms.aliased.is_empty() {
        sql.push(" OR link.id = ANY(").push_bind(terms.aliased.clone()).push(")");
    }
    sql.push(")");
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

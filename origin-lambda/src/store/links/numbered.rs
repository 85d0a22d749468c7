//! Pages of links by their number, for clients that ask for the 40th. They shift while links come and go, and a far one costs what
//! the ones before it cost; `list` has pages that do neither.

use link_core::time::UnixMillis;
use sqlx::{Postgres, QueryBuilder};

use super::filter::{LinkFilter, SearchTerms, push_filter};
use super::link::Link;
use super::list::Order;
use super::row::{LenientLinkRow, link_columns, link_joins};
use crate::store::{LinksDatabase, StoreError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageSort {
    Created,
    Code,
    Url,
    Title,
    Clicks,
    Human,
}

#[derive(Debug, Clone, Copy)]
pub struct NumberedPage<'a> {
    pub filter: &'a LinkFilter,
    pub terms: &'a SearchTerms,
    pub without_exhausted: bool,
    pub without_expired: bool,
    pub sort: PageSort,
    pub order: Order,
    pub offset: usize,
    pub limit: usize,
}

impl PageSort {
    fn column(self) -> &'static str {
        match self {
            Self::Created => "link.id",
            Self::Code => "link.code",
            Self::Url => "link.url",
            Self::Title => "link.title",
            Self::Clicks => "coalesce(totals.clicks, 0)",
            Self::Human => "coalesce(totals.human, 0)",
        }
    }
}

impl LinksDatabase {
    pub async fn numbered_page(
        &self,
        page: &NumberedPage<'_>,
        now: UnixMillis,
    ) -> Result<Vec<Link>, StoreError> {
        let mut query = QueryBuilder::new(concat!(
            "SELECT ",
            link_columns!(),
            " FROM links link",
            link_joins!(),
            "WHERE true"
        ));
        push_conditions(&mut query, page, now);
        let direction = match page.order {
            Order::Descending => " DESC",
            Order::Ascending => " ASC",
        };
        query.push(" ORDER BY ").push(page.sort.column()).push(direction);
        query.push(", link.id").push(direction).push(" LIMIT ").push_bind(number(page.limit));
        query.push(" OFFSET ").push_bind(number(page.offset));
        let rows = self.0.run(query.build_query_as::<LenientLinkRow>().fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().filter_map(LenientLinkRow::readable).collect())
    }

    /// The links of all pages.
    pub async fn count_numbered(
        &self,
        page: &NumberedPage<'_>,
        now: UnixMillis,
    ) -> Result<usize, StoreError> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM links link WHERE true");
        push_conditions(&mut query, page, now);
        let count: i64 = self.0.run(query.build_query_scalar().fetch_one(&self.0.pool)).await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn push_conditions(query: &mut QueryBuilder<Postgres>, page: &NumberedPage<'_>, now: UnixMillis) {
    push_filter(query, page.filter, page.terms, now);
    if page.without_exhausted {
        query.push(" AND NOT link.exhausted");
    }
    if page.without_expired {
        query
            .push(" AND (link.expires_at IS NULL OR link.expires_at > ")
            .push_bind(now.date_time())
            .push(")");
    }
}

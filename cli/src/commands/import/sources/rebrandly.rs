//! Rebrandly's API.

use serde_json::Value;

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::paging;
use super::super::row::{RowIterator, SourceRow};
use super::super::source_api::SourceApi;
use super::item::{Item, Paths};

/// Its largest page.
const PAGE: &str = "25";
const PATHS: Paths = Paths {
    short_url: "shortUrl",
    url: "destination",
    title: "title",
    notes: "description",
    tags: "tags",
    created_at: "createdAt",
};

pub fn rows(api: SourceApi, reading: Reading) -> RowIterator {
    paging::rows(String::new(), move |last: String| {
        let mut query = vec![("orderBy", "createdAt"), ("orderDir", "desc"), ("limit", PAGE)];
        if !last.is_empty() {
            query.push(("last", &last));
        }
        let mut answer = api.get("/v1/links", &query)?;
        let links = api.list(&mut answer, "")?;
        let next = links.last().map(|link| Item(link).text("id").to_owned()).filter(|next| *next != last);
        Ok((links.iter().flat_map(|link| rows_of(link, &reading)).collect(), next))
    })
}

fn rows_of(link: &Value, reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    draft.name(Name::new(Some(item.text("domainName")), item.text("slashtag")));
    if item.is("forwardParameters") {
        draft.set("forward_query", true);
    }
    if !matches!(item.text("status"), "" | "active") {
        draft.disable("status (created disabled)", item.text("status"));
    }
    draft.lost_if_set("favourite", link.get("favourite"));
    draft.lost_if_set("clicks", link.get("clicks"));
    draft.rows(Some(item.text("id")), item.original(&PATHS))
}

//! Kutt's API.

use serde_json::Value;

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::paging;
use super::super::row::{RowIterator, SourceRow};
use super::super::source_api::SourceApi;
use super::item::{Item, Paths};

const PAGE: &str = "50";
const PATHS: Paths = Paths {
    short_url: "link",
    url: "target",
    title: "",
    notes: "description",
    tags: "tags",
    created_at: "created_at",
};

pub fn rows(api: SourceApi, reading: Reading) -> RowIterator {
    paging::rows(0_usize, move |skip: usize| {
        let skipped = skip.to_string();
        let query = [("limit", PAGE), ("skip", skipped.as_str()), ("all", "true")];
        let mut answer = api.get("/api/v2/links", &query)?;
        let total = Item(&answer).number("total").and_then(|total| usize::try_from(total).ok());
        let links = api.list(&mut answer, "/data")?;
        let next = skip + links.len();
        let next = (!links.is_empty() && total.is_none_or(|total| next < total)).then_some(next);
        Ok((links.iter().flat_map(|link| rows_of(link, &reading)).collect(), next))
    })
}

fn rows_of(link: &Value, reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    // `domain` is null for the installation's own, which `link` has.
    let host = Name::of_short_url(item.text("link")).and_then(|name| name.host);
    draft.name(Name::new(host.as_deref(), item.text("address")));
    draft.expires_at(item.value("expire_in"));
    draft.password(None, item.is("password"));
    if item.is("banned") {
        draft.disable("banned (created disabled)", "yes");
    }
    draft.lost_if_set("clicks", link.get("visit_count"));
    draft.rows(Some(item.text("id")), item.original(&PATHS))
}

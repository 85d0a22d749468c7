//! Bitly's API: the links of all groups, each under its random back-half and its custom ones.

use serde_json::Value;

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::paging;
use super::super::row::{RowIterator, SourceRow};
use super::super::source_api::SourceApi;
use super::item::{Item, Paths};
use crate::api::client::segment;
use crate::error::CliError;

const PAGE: &str = "100";
const PATHS: Paths = Paths {
    short_url: "link",
    url: "long_url",
    title: "title",
    notes: "",
    tags: "tags",
    created_at: "created_at",
};

/// Groups whose links are still to be read, and where the next page of the last one begins.
struct Place {
    groups: Vec<String>,
    search_after: String,
}

pub fn rows(api: SourceApi, reading: Reading) -> RowIterator {
    Box::new(links(api).flat_map(move |link| match link {
        Ok(link) => rows_of(&link, &reading).into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }))
}

pub fn links(api: SourceApi) -> impl Iterator<Item = Result<Value, CliError>> {
    paging::items(None, move |place: Option<Place>| {
        let mut place = match place {
            Some(place) => place,
            None => Place { groups: groups(&api)?, search_after: String::new() },
        };
        let Some(group) = place.groups.last() else { return Ok((Vec::new(), None)) };
        let mut query = vec![("size", PAGE), ("archived", "both")];
        if !place.search_after.is_empty() {
            query.push(("search_after", &place.search_after));
        }
        let mut answer = api.get(&format!("/groups/{}/bitlinks", segment(group)), &query)?;
        let next = Item(&answer).text("pagination/search_after").to_owned();
        let links = api.list(&mut answer, "/links")?;
        // The last page of a group names none.
        if next.is_empty() || links.is_empty() || next == place.search_after {
            place.groups.pop();
            place.search_after = String::new();
        } else {
            place.search_after = next;
        }
        let is_last = place.groups.is_empty();
        Ok((links, (!is_last).then_some(Some(place))))
    })
}

fn groups(api: &SourceApi) -> Result<Vec<String>, CliError> {
    let mut answer = api.get("/groups", &[])?;
    let groups = api.list(&mut answer, "/groups")?;
    Ok(groups.iter().rev().map(|group| Item(group).text("guid").to_owned()).collect())
}

pub fn rows_of(link: &Value, reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    // `id` is the short URL without its scheme.
    let short_url = if item.text("link").is_empty() { item.text("id") } else { item.text("link") };
    for name in std::iter::once(short_url).chain(item.tags("custom_bitlinks")) {
        match Name::of_short_url(name) {
            Some(name) => draft.name(name),
            None => draft.lost("custom_bitlinks", name),
        }
    }
    draft.archived(item.is("archived"));
    draft.lost_if_set("deeplinks", Some(item.value("deeplinks")));
    let mut original = item.original(&PATHS);
    if let Some(text) = original.first_mut() {
        *text = short_url.to_owned();
    }
    draft.rows(None, original)
}

//! dub's API.

use serde_json::{Value, json};

use super::super::draft::Reading;
use super::super::names::Name;
use super::super::paging;
use super::super::row::{RowIterator, SourceRow};
use super::super::source_api::SourceApi;
use super::item::{Item, Paths};

const PAGE: &str = "100";
const PATHS: Paths = Paths {
    short_url: "shortLink",
    url: "url",
    title: "title",
    notes: "comments",
    tags: "tags",
    created_at: "createdAt",
};
/// How dub names the root of a domain.
const ROOT: &str = "_root";
/// What has no counterpart here.
const LOST: [&str; 9] = [
    "video",
    "rewrite",
    "doIndex",
    "publicStats",
    "trackConversion",
    "folderId",
    "tenantId",
    "partnerId",
    "webhookIds",
];

pub fn rows(api: SourceApi, reading: Reading) -> RowIterator {
    paging::rows(String::new(), move |after: String| {
        let mut query = vec![("pageSize", PAGE), ("showArchived", "true")];
        if !after.is_empty() {
            query.push(("startingAfter", &after));
        }
        let mut answer = api.get("/links", &query)?;
        let links = api.list(&mut answer, "")?;
        let next = links.last().map(|link| Item(link).text("id").to_owned()).filter(|next| *next != after);
        Ok((links.iter().flat_map(|link| rows_of(link, &reading)).collect(), next))
    })
}

fn rows_of(link: &Value, reading: &Reading) -> Vec<SourceRow> {
    let item = Item(link);
    let mut draft = item.draft(&PATHS, reading);
    let key = Some(item.text("key")).filter(|key| *key != ROOT).unwrap_or_default();
    draft.name(Name::new(Some(item.text("domain")), key));
    draft.expires_at(item.value("expiresAt"));
    draft.expired_url(item.text("expiredUrl"));
    draft.password(item.value("password").as_str(), false);
    draft.archived(item.is("archived"));
    if !item.value("disabledAt").is_null() {
        draft.set("state", "disabled");
    }
    // Otherwise they are what the destination says of itself.
    if item.is("proxy") {
        draft.preview(item.text("title"), item.text("description"), item.text("image"));
    }
    let external_id = item.text("externalId").trim_start_matches("ext_");
    if !external_id.is_empty() {
        draft.set("external_id", external_id);
    }
    for (field, os) in [("ios", "ios"), ("android", "android")] {
        draft.rule(&json!({"os": [os]}), item.text(field));
    }
    draft.countries(item.value("geo"));
    let variants = item.value("testVariants").as_array().into_iter().flatten();
    let branches: Vec<(u64, &str)> = variants
        .map(|variant| (Item(variant).number("percentage").unwrap_or(1), Item(variant).text("url")))
        .collect();
    if branches.len() > 1 {
        draft.split(&branches);
    }
    for field in LOST {
        draft.lost_if_set(field, link.get(field));
    }
    draft.lost_if_set("clicks", link.get("clicks"));
    draft.rows(Some(item.text("id")), item.original(&PATHS))
}

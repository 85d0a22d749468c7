//! Visits from Shlink's API: of each short URL the pages of its visits, newest first.

use jiff::Timestamp;
use serde_json::Value;

use super::super::draft::Reading;
use super::super::paging;
use super::super::source_api::SourceApi;
use super::super::sources::item::Item;
use super::super::sources::shlink;
use super::records::{Visit, Visits, moment, row_id, visit};
use crate::api::client::segment;
use crate::error::CliError;

const PAGE: &str = "1000";

pub fn visits(api: SourceApi, reading: Reading, until: Timestamp) -> Visits {
    let list = api.clone();
    let links = paging::items(1_u64, move |page: u64| shlink::page(&list, page));
    Box::new(links.flat_map(move |link| -> Visits {
        match link {
            Err(error) => Box::new(std::iter::once(Err(error))),
            Ok(link) => of_link(api.clone(), &link, reading.clone(), until),
        }
    }))
}

fn of_link(api: SourceApi, link: &Value, reading: Reading, until: Timestamp) -> Visits {
    let item = Item(link);
    let row_id = row_id(shlink::rows_of(link, &[], &reading));
    let Some(row_id) = row_id.filter(|_| item.number("visitsSummary/total") != Some(0)) else {
        return Box::new(std::iter::empty());
    };
    let path = format!("/rest/v3/short-urls/{}/visits", segment(item.text("shortCode")));
    let domain = item.value("domain").as_str().map(str::to_owned);
    Box::new(paging::items(1_u64, move |page: u64| {
        let (number, end) = (page.to_string(), until.to_string());
        let mut query = vec![("page", number.as_str()), ("itemsPerPage", PAGE), ("endDate", end.as_str())];
        query.extend(domain.as_deref().map(|domain| ("domain", domain)));
        let mut answer = api.get(&path, &query)?;
        let pages = Item(&answer).number("visits/pagination/pagesCount").unwrap_or_default();
        let visits = api.list(&mut answer, "/visits/data")?;
        let visits = visits.iter().filter_map(|visit| visit_of(visit, &row_id, &reading, until)).collect();
        Ok::<_, CliError>((visits, (page < pages).then_some(page + 1)))
    }))
}

fn visit_of(value: &Value, row_id: &str, reading: &Reading, until: Timestamp) -> Option<Visit> {
    let item = Item(value);
    let at = moment(item.value("date"), reading, until)?;
    Some(visit(
        row_id,
        at,
        [item.text("visitLocation/countryCode"), item.text("referer"), item.text("userAgent")],
    ))
}

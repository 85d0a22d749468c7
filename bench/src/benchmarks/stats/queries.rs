//! The queries of the statistics benchmark.

use link_core::time::UnixMillis;
use time::format_description::well_known::Rfc3339;

use super::history::{HOT, link};

const DAY_MILLIS: i64 = 24 * 3_600 * 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatsQuery {
    pub(super) name: &'static str,
    pub(super) path: String,
    /// JSON pointer to a number in the answer that must not be 0.
    pub(super) nonzero: &'static str,
}

/// Ranges end now by default. An explicit `from` or `to` cuts that day.
pub(super) fn queries(now: UnixMillis) -> Vec<StatsQuery> {
    let ago = |days: i64| time(now.plus_millis(-days * DAY_MILLIS));
    let (hot, cold) = (format!("/links/{}/stats", link(HOT)), format!("/links/{}/stats", link(2)));
    let (hot_clicks, cold_clicks) =
        (format!("/links/{}/clicks", link(HOT)), format!("/links/{}/clicks", link(2)));
    let (week, year, deep) = (ago(7), ago(364), ago(90));
    let (month, yesterday) = (ago(31), ago(1));
    let two_hours = time(now.plus_millis(-DAY_MILLIS / 12));
    let deep_cursor = format!("{}.{:032}.0.0", now.plus_millis(-90 * DAY_MILLIS).0, 0);
    let total = "/total";
    [
        ("hot link, 30 d by day in Kathmandu", format!("{hot}?timezone=Asia/Kathmandu"), total),
        ("cold link, 30 d by day in Kathmandu", format!("{cold}?timezone=Asia/Kathmandu"), total),
        ("hot link, humans only", format!("{hot}?class=human"), total),
        ("hot link, 7 d by hour", format!("{hot}?interval=hour&from={week}"), total),
        ("hot link, 2 h by minute", format!("{hot}?interval=minute&from={two_hours}"), total),
        ("hot link, a year by month", format!("{hot}?interval=month&from={year}"), total),
        ("hot link, 30 d by class", format!("{hot}?group_by=class"), total),
        ("… by country (1,000 values)", format!("{hot}?group_by=country"), "/groups/0/clicks"),
        ("… by referrer (1,000)", format!("{hot}?group_by=referrer"), "/groups/0/clicks"),
        ("… by language (1,000)", format!("{hot}?group_by=language"), "/groups/0/clicks"),
        ("… by destination (1,000)", format!("{hot}?group_by=destination"), "/groups/0/clicks"),
        ("… by browser", format!("{hot}?group_by=browser"), "/groups/0/clicks"),
        ("… by system", format!("{hot}?group_by=os"), "/groups/0/clicks"),
        ("… by device", format!("{hot}?group_by=device"), "/groups/0/clicks"),
        ("… by cache tier", format!("{hot}?group_by=tier"), "/groups/0/clicks"),
        ("… by referrer, bots only", format!("{hot}?group_by=referrer&class=bot"), "/groups/0/clicks"),
        (
            "… by referrer, two cut days",
            format!("{hot}?group_by=referrer&from={month}&to={yesterday}"),
            "/groups/0/clicks",
        ),
        ("… by referrer, a year", format!("{hot}?group_by=referrer&from={year}"), "/groups/0/clicks"),
        ("cold link, 30 d by referrer", format!("{cold}?group_by=referrer"), "/groups/0/clicks"),
        ("all links, 30 d by day", "/stats".to_owned(), total),
        ("… by referrer (1,000)", "/stats?group_by=referrer".to_owned(), "/groups/0/clicks"),
        ("… by domain", "/stats?group_by=domain".to_owned(), "/groups/0/clicks"),
        ("… of a tag with 50 links", "/stats?tag=few".to_owned(), total),
        ("… of a tag with 8,900 links", "/stats?tag=campaign".to_owned(), total),
        ("… by tag", "/stats?group_by=tag".to_owned(), "/groups/0/clicks"),
        ("list of links by clicks", "/links?sort=clicks".to_owned(), "/data/0/clicks/total"),
        ("raw clicks of the hot link", hot_clicks.clone(), "/data/0/status"),
        ("… 90 days deep", format!("{hot_clicks}?cursor={deep_cursor}"), "/data/0/status"),
        ("… of the cold link, 90 days ago", format!("{cold_clicks}?to={deep}"), "/data/0/status"),
        ("click accounting", "/pipeline".to_owned(), "/total/stored"),
        ("orphan visits", "/orphans".to_owned(), "/data/0/visits"),
    ]
    .into_iter()
    .map(|(name, path, nonzero)| StatsQuery { name, path: format!("/api/v1{path}"), nonzero })
    .collect()
}

fn time(moment: UnixMillis) -> String {
    moment.date_time().format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_valid_request_targets() {
        for query in queries(UnixMillis(1_795_478_399_999)) {
            assert!(query.path.bytes().all(|byte| byte.is_ascii_graphic()), "{query:?}");
            assert!(query.nonzero.starts_with('/'), "{query:?}");
        }
    }
}

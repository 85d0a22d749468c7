//! `action=stats` and `action=db-stats`: links by their clicks, and how many there are.

use super::answer::{Answer, Fields, fields};
use super::lookup::{NO_SIMPLE, statistics_of};
use super::parameters::Parameters;
use crate::app::App;
use crate::auth::LinkBounds;
use crate::http::problem::Problem;
use crate::limits::MAX_YOURLS_LINKS;
use crate::store::links::{LinkFilter, LinkQuery, LinkSort, Order, SearchTerms};

/// Links on a page where the client names no number.
const DEFAULT_LINKS: usize = 10;

pub(super) async fn stats(app: &App, bounds: LinkBounds, parameters: &Parameters) -> Result<Answer, Problem> {
    let (sort, order) = match parameters.get("filter") {
        "last" => (LinkSort::Created, Order::Descending),
        "bottom" => (LinkSort::Clicks, Order::Ascending),
        "rand" | "random" => {
            return Ok(Answer::error(400, "Links at random are not offered; use top, bottom or last"));
        }
        _ => (LinkSort::Clicks, Order::Descending),
    };
    let (start, limit) = (number(parameters.get("start"), 0), number(parameters.get("limit"), DEFAULT_LINKS));
    let end = start.saturating_add(limit);
    if end > MAX_YOURLS_LINKS {
        let message =
            format!("start and limit may be {MAX_YOURLS_LINKS} together; GET /api/v1/links has all links");
        return Ok(Answer::error(400, &message));
    }
    let totals = totals(app, &bounds).await?;
    // Archived links still redirect and count, so they are listed.
    let query = LinkQuery { filter: LinkFilter::everything_within(bounds.clone()), sort, order, after: None };
    let mut links = Fields::default();
    if limit > 0 {
        let page = app.reader.list_links(&query, &SearchTerms::default(), end, app.clock.now()).await?;
        for (number, (link, _)) in page.links.iter().skip(start).enumerate() {
            links = links.group(&format!("link_{}", number + 1), statistics_of(app, link));
        }
    }
    let shown = Fields::default().group("links", links).group("stats", totals);
    Ok(Answer::ok(shown.text("statusCode", 200).text("message", "success")).simple(NO_SIMPLE))
}

pub(super) async fn db_stats(app: &App, bounds: &LinkBounds) -> Result<Answer, Problem> {
    let shown = Fields::default().group("db-stats", totals(app, bounds).await?);
    Ok(Answer::ok(shown.text("statusCode", 200).text("message", "success")).simple(NO_SIMPLE))
}

async fn totals(app: &App, bounds: &LinkBounds) -> Result<Fields, Problem> {
    let (links, clicks) = app.reader.link_totals(bounds).await?;
    Ok(fields([]).text("total_links", links).text("total_clicks", clicks.total))
}

/// Like PHP's `intval`, but what is no number is left out.
fn number(text: &str, default: usize) -> usize {
    text.parse().unwrap_or(default)
}

//! Clicks of several links, each with its link.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

use super::ClickJson;
use crate::app::App;
use crate::auth::LinkBounds;
use crate::http::problem::Problem;
use crate::links::json::short_url;
use crate::store::clicks::LinkedClick;

#[derive(Debug, Serialize)]
pub(crate) struct LinkedClickJson {
    link_id: String,
    /// `None` for a deleted link.
    short_url: Option<String>,
    #[serde(flatten)]
    click: ClickJson,
}

/// Those within the bounds: a bound key may get fewer clicks than it asked for, and none of deleted links.
pub(super) async fn shown(
    app: &App,
    clicks: Vec<LinkedClick>,
    bounds: &LinkBounds,
) -> Result<Vec<LinkedClickJson>, Problem> {
    let mut links: Vec<Uuid> = clicks.iter().map(|click| click.link).collect();
    links.sort_unstable();
    links.dedup();
    let names = if links.is_empty() { HashMap::new() } else { app.reader.names_of(&links, bounds).await? };
    let is_within = |click: &LinkedClick| bounds.are_all() || names.contains_key(&click.link);
    let shown = |LinkedClick { link, click }: LinkedClick| LinkedClickJson {
        link_id: link.to_string(),
        short_url: names.get(&link).map(|(domain, code)| short_url(&app.site, domain, code)),
        click: click.into(),
    };
    Ok(clicks.into_iter().filter(is_within).map(shown).collect())
}

//! `/api/v1/tags`.

pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod rename;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::app::App;
use crate::auth::Principal;
use crate::limits::{RETAGGED_LINKS, RETAGGING_PATIENCE};
use crate::link_input;
use crate::problem::{self, Problem, ProblemCode};
use crate::store::tags::Tag;

#[derive(Debug, Serialize)]
pub(crate) struct TagJson {
    name: String,
    /// How many have it, up to [`crate::limits::MAX_COUNTED_LINKS`].
    links: i64,
}

impl From<Tag> for TagJson {
    fn from(tag: Tag) -> Self {
        Self { name: tag.name, links: tag.links }
    }
}

/// What is no tag is a tag that no link has.
fn tag(path: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    let tag = path.ok().and_then(|Path(name)| link_input::tag(Value::String(name)).ok());
    tag.ok_or_else(problem::tag_not_found)
}

/// On every link that has the tag, some at a time. Links that were created since keep it, as if they had come later.
async fn retag(app: &App, principal: Principal, old: &str, new: Option<&str>) -> Result<(), Problem> {
    const GO_ON: &str = "some links are done and some are not; send the request again to go on";
    let end = Instant::now() + RETAGGING_PATIENCE;
    let mut is_first = true;
    let mut unreadable = Vec::new();
    let mut links = app.links.some_links_tagged(old, &unreadable, RETAGGED_LINKS).await?;
    if links.is_empty() {
        return Err(problem::tag_not_found());
    }
    while !links.is_empty() {
        if Instant::now() >= end {
            return Err(Problem::new(ProblemCode::Overloaded, GO_ON));
        }
        let taken = app.rate_limits.take_links(&app.links, principal, links.len(), app.clock.now()).await;
        taken.map_err(|refused| if is_first { refused } else { refused.saying(GO_ON) })?;
        is_first = false;
        unreadable.extend(app.links.retag(&links, old, new, app.clock.now()).await?);
        links = app.links.some_links_tagged(old, &unreadable, RETAGGED_LINKS).await?;
    }
    match unreadable.len() {
        0 => Ok(()),
        left => Err(problem::internal(format!("{left} links with the tag cannot be read"))),
    }
}

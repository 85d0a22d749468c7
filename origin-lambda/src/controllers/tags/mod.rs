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
use crate::auth::{LinkBounds, Principal};
use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::{RETAG_BATCH_LINKS, RETAG_TIMEOUT};
use crate::links::input;
use crate::store::audit::Author;
use crate::store::tags::Tag;

#[derive(Debug, Serialize)]
pub(crate) struct TagJson {
    name: String,
    /// The number of links with the tag, up to [`crate::limits::MAX_COUNTED_LINKS`].
    links: i64,
}

impl From<Tag> for TagJson {
    fn from(tag: Tag) -> Self {
        Self { name: tag.name, links: tag.links }
    }
}

/// No link has an invalid tag.
pub(super) fn tag(path: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    let tag = path.ok().and_then(|Path(name)| input::tag(Value::String(name)).ok());
    tag.ok_or_else(problem::tag_not_found)
}

/// Replaces or removes the tag on every link within the bounds, in batches. Links that are created meanwhile keep it, as if they had been created
/// afterwards.
async fn retag(
    app: &App,
    principal: Principal,
    bounds: &LinkBounds,
    old: &str,
    new: Option<&str>,
) -> Result<(), Problem> {
    const CONTINUE: &str = "some links are changed, others are not yet; repeat the request to continue";
    let end = Instant::now() + RETAG_TIMEOUT;
    let mut is_first = true;
    let mut unreadable = Vec::new();
    // One for all batches.
    let (author, mut entry) = (Author::of(principal), None);
    let mut links = app.links.tagged_links_batch(old, bounds, &unreadable, RETAG_BATCH_LINKS).await?;
    if links.is_empty() {
        return Err(problem::tag_not_found());
    }
    while !links.is_empty() {
        if Instant::now() >= end {
            return Err(Problem::new(ProblemCode::Overloaded, CONTINUE));
        }
        let counted = app.rate_limits.count_links(&app.links, principal, links.len(), app.clock.now()).await;
        counted.map_err(|problem| if is_first { problem } else { problem.with_detail(CONTINUE) })?;
        is_first = false;
        let audit = (&author, &mut entry);
        app.links.retag(&links, (old, new), audit, &mut unreadable, app.clock.now()).await?;
        links = app.links.tagged_links_batch(old, bounds, &unreadable, RETAG_BATCH_LINKS).await?;
    }
    // Other links may still have the tag.
    if bounds.are_all() {
        app.links.move_shares(old, new).await?;
    }
    match unreadable.len() {
        0 => Ok(()),
        left => Err(problem::internal(format!("{left} links with the tag cannot be read"))),
    }
}

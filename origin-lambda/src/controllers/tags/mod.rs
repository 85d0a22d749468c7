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
use crate::store::tags::{Retag, Tag};

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
/// afterwards. The tag's shares go along with the first batch: a request that is repeated after the last one finds no link any more.
pub(crate) async fn retag(
    app: &App,
    principal: Principal,
    bounds: &LinkBounds,
    old: &str,
    new: Option<&str>,
) -> Result<(), Problem> {
    const CONTINUE: &str = "some links are changed, others are not yet; repeat the request to continue";
    const MERGES_SHARES: &str =
        "the old tag has shares, which would show the links of the other one too; delete them first";
    let end = Instant::now() + RETAG_TIMEOUT;
    let mut is_first = true;
    let mut unreadable = Vec::new();
    // One for all batches.
    let (author, mut entry) = (Author::of(principal), None);
    let mut links = app.links.tagged_links_batch(old, bounds, &unreadable, RETAG_BATCH_LINKS).await?;
    // A bound key does not know which other links have the tag.
    let mut shares = if bounds.are_all() { app.links.count_shares_of_tag(old).await? } else { 0 };
    if links.is_empty() && (shares == 0 || new.is_some()) {
        return Err(problem::tag_not_found());
    }
    if let Some(new) = new.filter(|_| shares > 0)
        && app.links.has_links_or_shares(new).await?
    {
        return Err(Problem::new(ProblemCode::TagTaken, MERGES_SHARES));
    }
    while !links.is_empty() || shares > 0 {
        if Instant::now() >= end {
            return Err(Problem::new(ProblemCode::Overloaded, CONTINUE));
        }
        let counted = app.rate_limits.count_links(&app.links, principal, links.len(), app.clock.now()).await;
        counted.map_err(|problem| if is_first { problem } else { problem.with_detail(CONTINUE) })?;
        is_first = false;
        let retag = Retag { old, new, with_shares: shares > 0, author: &author };
        app.links.retag(&links, retag, (&mut entry, &mut unreadable), app.clock.now()).await?;
        shares = 0;
        links = app.links.tagged_links_batch(old, bounds, &unreadable, RETAG_BATCH_LINKS).await?;
    }
    match unreadable.len() {
        0 => Ok(()),
        left => Err(problem::internal(format!("{left} links with the tag cannot be read"))),
    }
}

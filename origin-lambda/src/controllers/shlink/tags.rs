//! `/tags`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::error::{Outcome, ShlinkError};
use super::pages::Page;
use super::short_url::summary;
use crate::controllers::tags::retag;
use crate::http::problem::ProblemCode;
use crate::links::input;
use crate::store::tag_totals::TagTotals;

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let (page, tags) = selected(call).await?;
    let total = tags.len();
    let names: Vec<_> = page.of(tags).into_iter().map(|tag| tag.name).collect();
    Ok(Json(json!({"tags": page.list(names, total)})).into_response())
}

pub(super) async fn stats(call: &Call<'_>) -> Outcome {
    let (page, tags) = selected(call).await?;
    let total = tags.len();
    let shown = |tag: TagTotals| json!({"tag": tag.name, "shortUrlsCount": tag.links, "visitsSummary": summary(tag.clicks)});
    let data: Vec<Value> = page.of(tags).into_iter().map(shown).collect();
    Ok(Json(json!({"tags": page.list(data, total)})).into_response())
}

/// All tags that match, in order; without a size the page has them all.
async fn selected(call: &Call<'_>) -> Result<(Page, Vec<TagTotals>), ShlinkError> {
    let mut tags = call.app.reader.tag_totals(&call.bounds.links).await?;
    if let Some(term) = call.query.get("searchTerm") {
        let term = term.to_lowercase();
        tags.retain(|tag| tag.name.to_lowercase().contains(&term));
    }
    let (field, direction) =
        call.query.get("orderBy").and_then(|order| order.split_once('-')).unwrap_or(("tag", "ASC"));
    match field {
        "tag" => {}
        "shortUrlsCount" => tags.sort_by_key(|tag| tag.links),
        "visits" => tags.sort_by_key(|tag| tag.clicks.total),
        "nonBotVisits" => tags.sort_by_key(|tag| tag.clicks.human),
        _ => return Err(ShlinkError::invalid_data(&["orderBy"])),
    }
    if direction == "DESC" {
        tags.reverse();
    }
    let page = Page::read(&call.query, tags.len().max(1), usize::MAX)?;
    Ok((page, tags))
}

/// Never merges two tags, as ours would: they could not be told apart again.
pub(super) async fn rename(call: &Call<'_>) -> Outcome {
    let mut body = call.body()?;
    let mut name = |element: &'static str| {
        let name = body.remove(element).ok_or_else(|| ShlinkError::invalid_data(&[element]))?;
        input::tag(name).map_err(|_| ShlinkError::invalid_data(&[element]))
    };
    let (old, new) = (name("oldName")?, name("newName")?);
    let bounds = &call.bounds.links;
    if old != new {
        if call.app.links.count_tagged_links(&new, bounds, 1).await? > 0 {
            return Err(ShlinkError::tag_conflict(&old, &new));
        }
        let renaming = retag(call.app, call.principal, bounds, &old, Some(&new)).await;
        renaming.map_err(|problem| match problem.code() {
            ProblemCode::TagNotFound => ShlinkError::tag_not_found(&old),
            ProblemCode::TagTaken => ShlinkError::tag_conflict(&old, &new),
            _ => problem.into(),
        })?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Tags that no link has are gone already.
pub(super) async fn delete(call: &Call<'_>) -> Outcome {
    let tags = call.query.list("tags");
    if tags.is_empty() {
        return Err(ShlinkError::invalid_data(&["tags"]));
    }
    for tag in tags {
        match retag(call.app, call.principal, &call.bounds.links, &tag, None).await {
            Err(problem) if problem.code() != ProblemCode::TagNotFound => return Err(problem.into()),
            _ => {}
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

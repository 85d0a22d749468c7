//! `GET /api/v1/tags`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::TagJson;
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::fields::text;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::{Problem, ProblemCode};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<TagJson>>, Problem> {
    let page = Page::read(&mut fields);
    let prefix = fields.optional("search", ProblemCode::InvalidSearch, prefix).unwrap_or_default();
    let page = fields.finish(Some(page))?;
    let tags = app.reader.tags(&bounds.links, &prefix, page.after(), page.rows()).await?;
    Ok(Json(page.list(tags, |tag| tag.name.clone(), TagJson::from)))
}

/// The prefix of names, normalised as they are stored.
fn prefix(value: Value) -> Result<String, &'static str> {
    let text = text(value)?;
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters");
    }
    Ok(text.nfc().collect())
}

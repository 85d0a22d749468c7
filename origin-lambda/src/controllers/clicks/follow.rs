//! `GET /api/v1/clicks`: the newest clicks of all links, by a cursor that can be followed.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use link_core::clicks::batch::CLICK_ORDER_KEPT_DAYS;
use serde::Serialize;
use serde_json::Value;

use super::linked::LinkedClickJson;
use super::{linked, page_size, position};
use crate::app::App;
use crate::auth::KeyBounds;
use crate::http::fields::{Fields, text};
use crate::http::pages::QueryFields;
use crate::http::problem::{Problem, ProblemCode};
use crate::store::click_feed::{FeedPage, FeedPosition};

#[derive(Debug, Serialize)]
pub(crate) struct FeedJson {
    data: Vec<LinkedClickJson>,
    /// Never absent: it is also where clicks will be that are not stored yet.
    next_cursor: String,
    has_more: bool,
}

pub(crate) async fn follow(
    State(app): State<Arc<App>>,
    Extension(bounds): Extension<KeyBounds>,
    QueryFields(fields): QueryFields,
) -> Result<Json<FeedJson>, Problem> {
    let (after, limit) = read(fields)?;
    let page = match after {
        Some(after) => app.analytics.clicks_after(after, limit).await?.ok_or_else(expired)?,
        None => app.analytics.newest_clicks(i64::try_from(limit).unwrap_or(i64::MAX)).await?,
    };
    let FeedPage { clicks, next, has_more } = page;
    let data = linked::shown(&app, clicks, &bounds.links).await?;
    Ok(Json(FeedJson { data, next_cursor: cursor_of(next), has_more }))
}

fn read(mut fields: Fields) -> Result<(Option<FeedPosition>, usize), Problem> {
    let after = fields.optional("after", ProblemCode::InvalidCursor, cursor);
    let limit = page_size(&mut fields);
    fields.finish(Some((after, limit)))
}

fn expired() -> Problem {
    let detail = format!(
        "clicks can be followed for {CLICK_ORDER_KEPT_DAYS} days; begin again without after, and read what is missing by link"
    );
    Problem::new(ProblemCode::CursorExpired, detail)
}

fn cursor_of(FeedPosition { transaction, click }: FeedPosition) -> String {
    let click = click.map(|click| format!(".{}", position::format(click))).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{transaction}{click}"))
}

fn cursor(value: Value) -> Result<FeedPosition, &'static str> {
    feed_position(&text(value)?).ok_or("must be an unchanged next_cursor")
}

fn feed_position(cursor: &str) -> Option<FeedPosition> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (transaction, click) = match text.split_once('.') {
        Some((transaction, click)) => (transaction, Some(position::parse(click)?)),
        None => (text.as_str(), None),
    };
    Some(FeedPosition { transaction: transaction.parse().ok()?, click })
}

#[cfg(test)]
mod tests {
    use link_core::time::UnixMillis;
    use uuid::Uuid;

    use super::*;
    use crate::store::clicks::ClickPosition;

    #[test]
    fn cursor_round_trips() {
        let click =
            ClickPosition { time: UnixMillis(1), producer: Uuid::from_u128(2), batch: 3, position: 4 };
        for position in [
            FeedPosition { transaction: 7, click: None },
            FeedPosition { transaction: 7, click: Some(click) },
        ] {
            assert_eq!(cursor(cursor_of(position).into()), Ok(position));
        }
    }

    #[test]
    fn invalid_cursor_is_rejected() {
        for text in ["", "7.", "x", "7.1", "7.1.2.3.x", "99999999999999999999"] {
            assert!(cursor(URL_SAFE_NO_PAD.encode(text).into()).is_err(), "{text}");
        }
        for cursor in ["=", "ü", "_w"] {
            assert_eq!(feed_position(cursor), None, "{cursor}");
        }
    }
}

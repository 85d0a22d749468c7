//! Tells the edge whether a caller may write. The edge asks before it reads a long body, so that an invalid key costs it no memory.
//! Counts nothing; the request itself is checked again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};

use crate::app::App;
use crate::auth::{AccessDenied, Right};
use crate::caller::{self, RequestSource};
use crate::http::problem::Problem;

pub(crate) async fn may_write(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let source = RequestSource { method: &method, uri: &uri, headers: &headers };
    let caller = caller::identify(&app, source).await?;
    let may_write = [Right::Create, Right::Change, Right::Delete]
        .into_iter()
        .any(|right| caller.check_right(right).is_ok());
    if may_write { Ok(StatusCode::NO_CONTENT) } else { Err(AccessDenied::Forbidden.into()) }
}

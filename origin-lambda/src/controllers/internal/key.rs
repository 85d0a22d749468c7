//! The edge's question: may this key write? Asked before it reads a long body, so that a key that opens nothing costs no
//! memory there. Opens nothing and counts nothing: the call itself is checked again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::app::App;
use crate::auth::{AccessDenied, Credential, Role, usable};
use crate::problem::Problem;

pub(crate) async fn may_write(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let role = match app.access.credential(&headers)? {
        Credential::Bootstrap => Role::Admin,
        Credential::Key(hash) => usable(app.links.key_on_file(hash).await?, app.clock.now())?.role,
    };
    if role < Role::Editor { Err(AccessDenied::Forbidden.into()) } else { Ok(StatusCode::NO_CONTENT) }
}

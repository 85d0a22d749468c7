//! Tells the edge whether a key may write. The edge asks before it reads a long body, so that an invalid key costs it no memory.
//! Counts nothing; the request itself is checked again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::app::App;
use crate::auth::{AccessDenied, Credential, Role};
use crate::http::problem::Problem;

pub(crate) async fn may_write(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let role = match app.access.credential(&headers)? {
        Credential::Bootstrap => Role::Admin,
        Credential::Key(hash) => {
            let key = app.links.stored_key(hash).await?.ok_or(AccessDenied::InvalidKey)?;
            key.check_valid(app.clock.now())?;
            key.role
        }
    };
    if role < Role::Editor { Err(AccessDenied::Forbidden.into()) } else { Ok(StatusCode::NO_CONTENT) }
}

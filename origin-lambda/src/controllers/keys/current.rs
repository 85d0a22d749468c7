//! `GET /api/v1/keys/current`: the key that a request carries, for its holder.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;

use super::KeyJson;
use crate::app::App;
use crate::auth::{Principal, Role};
use crate::http::problem::{self, Problem};

/// How the bootstrap key is called where a key has a name.
const BOOTSTRAP_NAME: &str = "SHORTLINE_ADMIN_KEY";

#[derive(Debug, Serialize)]
pub(crate) struct CurrentKeyJson {
    name: String,
    role: &'static str,
    /// `None` for the bootstrap key.
    key: Option<KeyJson>,
}

impl CurrentKeyJson {
    pub(crate) async fn read(app: &App, principal: Principal) -> Result<Self, Problem> {
        let key = match principal {
            Principal::Bootstrap => {
                let (name, role) = (BOOTSTRAP_NAME.to_owned(), Role::Admin.as_str());
                return Ok(Self { name, role, key: None });
            }
            Principal::Key { id, .. } => app.links.key(id).await?.ok_or_else(problem::key_not_found)?,
        };
        Ok(Self { name: key.name.clone(), role: key.role.as_str(), key: Some(key.into()) })
    }
}

pub(crate) async fn current(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<CurrentKeyJson>, Problem> {
    CurrentKeyJson::read(&app, principal).await.map(Json)
}

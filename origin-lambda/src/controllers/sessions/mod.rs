//! `/api/v1/sessions`: people sign in to the dashboard with an API key.

pub(crate) mod create;
pub(crate) mod current;
pub(crate) mod list;
pub(crate) mod sign_out;

use serde::Serialize;
use uuid::Uuid;

use super::keys::KeyJson;
use crate::app::App;
use crate::auth::{Principal, Role};
use crate::http::problem::{self, Problem};
use crate::http::timestamp;
use crate::store::sessions::Session;

/// How the bootstrap key is called where a key has a name.
const BOOTSTRAP_NAME: &str = "SHORTLINE_ADMIN_KEY";

#[derive(Debug, Serialize)]
pub(crate) struct SessionJson {
    id: Uuid,
    created_at: String,
    expires_at: String,
    /// Whether the request was made with this session.
    current: bool,
}

impl SessionJson {
    fn new(session: Session, current: Option<Session>) -> Self {
        Self {
            id: session.id,
            created_at: timestamp::format(session.created_at),
            expires_at: timestamp::format(session.expires_at),
            current: current.is_some_and(|current| current.id == session.id),
        }
    }
}

/// A session and what it may do.
#[derive(Debug, Serialize)]
pub(crate) struct CurrentSessionJson {
    #[serde(flatten)]
    session: SessionJson,
    name: String,
    role: &'static str,
    /// `None` for the bootstrap key.
    key: Option<KeyJson>,
}

impl CurrentSessionJson {
    async fn read(app: &App, session: Session, principal: Principal) -> Result<Self, Problem> {
        let session = SessionJson::new(session, Some(session));
        let key = match principal {
            Principal::Bootstrap => {
                let (name, role) = (BOOTSTRAP_NAME.to_owned(), Role::Admin.as_str());
                return Ok(Self { session, name, role, key: None });
            }
            Principal::Key { id, .. } => app.links.key(id).await?.ok_or_else(problem::key_not_found)?,
        };
        let (name, role) = (key.name.clone(), key.role.as_str());
        Ok(Self { session, name, role, key: Some(key.into()) })
    }
}

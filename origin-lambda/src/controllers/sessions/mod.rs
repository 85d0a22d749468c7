//! `/api/v1/sessions`: people sign in to the dashboard with an API key.

pub(crate) mod create;
pub(crate) mod current;
pub(crate) mod list;
pub(crate) mod sign_out;

use serde::Serialize;
use uuid::Uuid;

use super::keys::current::CurrentKeyJson;
use crate::app::App;
use crate::auth::Principal;
use crate::http::problem::Problem;
use crate::http::timestamp;
use crate::store::sessions::Session;

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
    #[serde(flatten)]
    key: CurrentKeyJson,
}

impl CurrentSessionJson {
    async fn read(app: &App, session: Session, principal: Principal) -> Result<Self, Problem> {
        let key = CurrentKeyJson::read(app, principal).await?;
        Ok(Self { session: SessionJson::new(session, Some(session)), key })
    }
}

//! Tells the edge whether a visit may follow a gated link, or gets a link's own preview. See [`crate::redirect::gate`].

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use classify::ClassifierInput;
use link_core::record::LinkId;
use link_core::redirect::gate::{GateAnswer, GateRequest};

use crate::app::App;
use crate::controllers::links::link_id;
use crate::http::problem::{Problem, ProblemCode};
use crate::redirect::gate::GateQuestion;
use crate::store::links::GatedVisit;

pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    request: Result<Json<GateRequest>, JsonRejection>,
) -> Result<Json<GateAnswer>, Problem> {
    let link: LinkId = link_id(path)?;
    let Json(request) =
        request.map_err(|_| Problem::new(ProblemCode::InvalidBody, "send the visit to count"))?;
    let visit = GatedVisit { link, token: Some(request.token) };
    let (own_preview, uncounted) = (request.own_preview, request.uncounted);
    let visitor = ClassifierInput {
        head: request.head,
        purpose: request.purpose,
        user_agent: request.user_agent.as_deref(),
        asn: request.asn,
    };
    Ok(Json(app.gate.ask(GateQuestion { visit, own_preview, uncounted }, visitor).await?))
}

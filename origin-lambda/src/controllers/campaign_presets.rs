//! `/api/v1/campaign-presets`: sets of campaign parameters that the caller's own key has saved to use again.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::auth::Principal;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::pages::{ListJson, Page, QueryFields};
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::{MAX_CAMPAIGN_PRESETS, MAX_PRESET_NAME_CHARACTERS};
use crate::links::input::{campaign, single_line};
use crate::store::campaign_presets::{CampaignParameters, CampaignPreset};

#[derive(Debug, Serialize)]
pub(crate) struct PresetJson {
    id: Uuid,
    name: String,
    utm: CampaignParameters,
}

impl From<CampaignPreset> for PresetJson {
    fn from(CampaignPreset { id, name, utm }: CampaignPreset) -> Self {
        Self { id, name, utm }
    }
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    QueryFields(mut fields): QueryFields,
) -> Result<Json<ListJson<PresetJson>>, Problem> {
    let page = Page::read(&mut fields);
    let after = page.after_id(&mut fields);
    fields.finish(Some(()))?;
    let presets = app.links.campaign_presets(principal.id(), after, page.rows()).await?;
    Ok(Json(page.list(presets, |preset| preset.id.to_string(), PresetJson::from)))
}

pub(crate) async fn save(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    JsonBody(body): JsonBody,
) -> Result<Json<PresetJson>, Problem> {
    let mut fields = Fields::from_body(body);
    let name = fields.required("name", ProblemCode::InvalidName, |value| {
        single_line(value, MAX_PRESET_NAME_CHARACTERS)?.ok_or_else(|| "must not be empty".to_owned())
    });
    let utm: CampaignParameters =
        campaign::parameters(&mut fields).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if utm.is_empty() {
        fields.reject(ProblemCode::InvalidUtm, "utm".to_owned(), "must have a parameter".to_owned());
    }
    let name = fields.finish(name)?;
    let saved = app.links.save_campaign_preset(principal.id(), &name, &utm).await?;
    saved.map(PresetJson::from).map(Json).ok_or_else(|| {
        let detail = format!("a key has at most {MAX_CAMPAIGN_PRESETS} of them; remove one first");
        Problem::new(ProblemCode::TooManyPresets, detail)
    })
}

pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let not_found = || Problem::new(ProblemCode::PresetNotFound, "no preset of this key has this id");
    // A malformed id is no preset's id.
    let id = path.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(not_found)?;
    if app.links.remove_campaign_preset(principal.id(), id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(not_found())
    }
}

//! Documents `/api/v1/campaign-presets`.

use axum::http::Method;
use serde_json::{Value, json};

use super::operation::Operation;
use super::schemas::{list_of, object, reference, utm_parameters};
use crate::http::problem::ProblemCode as Code;
use crate::limits::{MAX_CAMPAIGN_PRESETS, MAX_PRESET_NAME_CHARACTERS};

const PATH: &str = "/api/v1/campaign-presets";

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, id, summary| Operation::new(method, path, "campaign presets", id, summary);
    vec![
        operation(Method::GET, PATH, "listCampaignPresets", "List the campaign presets of the caller's key")
            .paged()
            .answer(200, "A page of presets, oldest first.", list_of(reference("CampaignPreset"), true)),
        operation(Method::POST, PATH, "saveCampaignPreset", "Save campaign parameters to use them again")
            .description(format!(
                "Replaces a preset of the same name. No other key sees it. It stays when the key is rotated, and goes when it is revoked. At most {MAX_CAMPAIGN_PRESETS}."
            ))
            .body(
                reference("NewCampaignPreset"),
                json!({"name": "Newsletter", "utm": {"source": "newsletter", "medium": "email"}}),
            )
            .answer(200, "The preset.", reference("CampaignPreset"))
            .problems(&[Code::MissingField, Code::InvalidName, Code::InvalidUtm, Code::TooManyPresets]),
        operation(
            Method::DELETE,
            "/api/v1/campaign-presets/{id}",
            "removeCampaignPreset",
            "Remove a campaign preset of the caller's key",
        )
        .empty_answer(204, "The preset is removed. Links that were made with it stay as they are.")
        .problems(&[Code::PresetNotFound]),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let name = json!({"type": "string", "minLength": 1, "maxLength": MAX_PRESET_NAME_CHARACTERS});
    let new = json!({
        "type": "object", "additionalProperties": false, "required": ["name", "utm"],
        "properties": {
            "name": name,
            "utm": {
                "type": "object", "additionalProperties": false, "properties": utm_parameters(),
                "description": "As in a new link. At least one has a value.",
            },
        },
    });
    let preset = object(json!({
        "id": {"type": "string", "format": "uuid"}, "name": name,
        "utm": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Values by parameter, without `utm_`."},
    }));
    vec![("NewCampaignPreset", new), ("CampaignPreset", preset)]
}

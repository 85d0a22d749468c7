//! `/domains`. Ours have one page for all that is not found, where Shlink has two.

use axum::Json;
use axum::response::IntoResponse;
use link_core::record::domain::DomainSettings;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::{Outcome, ShlinkError};
use super::short_url::publishing;
use crate::controllers::domains::change::change_domain;
use crate::http::problem::ProblemCode;
use crate::limits::MAX_LISTED_DOMAINS;

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let (app, default) = (call.app, &call.app.site.default_domain);
    let domains = app.links.domains(default, &call.bounds.links, "", MAX_LISTED_DOMAINS).await?;
    let mut data: Vec<Value> = domains
        .into_iter()
        .map(|domain| {
            let is_default = domain.name == default.as_str();
            json!({"domain": domain.name, "isDefault": is_default, "redirects": redirects(domain.settings)})
        })
        .collect();
    // Shlink lists the default domain first.
    data.sort_by_key(|domain| domain.get("isDefault") != Some(&Value::Bool(true)));
    let fallback = app.redirects.fallback_url.as_ref();
    let defaults = json!({
        "baseUrlRedirect": fallback,
        "regular404Redirect": fallback,
        "invalidShortUrlRedirect": fallback,
    });
    Ok(Json(json!({"domains": {"data": data, "defaultRedirects": defaults}})).into_response())
}

fn redirects(settings: DomainSettings) -> Value {
    let not_found = settings.not_found_url.map(String::from);
    json!({
        "baseUrlRedirect": settings.home_url.map(String::from),
        "regular404Redirect": not_found,
        "invalidShortUrlRedirect": not_found,
    })
}

pub(super) async fn edit_redirects(call: &Call<'_>) -> Outcome {
    let body = call.body()?;
    let authority = body.get("domain").and_then(Value::as_str);
    let authority = authority.ok_or_else(|| ShlinkError::invalid_data(&["domain"]))?;
    let not_found = || ShlinkError::domain_not_found(authority);
    let domain = call.domain(authority).ok_or_else(not_found)?;
    let patch = patch(&body)?;
    let change = change_domain(call.app, call.principal, &call.bounds.links, &domain, patch).await;
    let (documents, changes) = change.map_err(|problem| match problem.code() {
        ProblemCode::DomainNotFound => not_found(),
        _ => problem.into(),
    })?;
    Ok(publishing(Json(redirects(documents.settings)), changes))
}

fn patch(body: &Map<String, Value>) -> Result<Map<String, Value>, ShlinkError> {
    let mut patch = Map::new();
    if let Some(url) = body.get("baseUrlRedirect") {
        patch.insert("home_url".to_owned(), url.clone());
    }
    match (body.get("regular404Redirect"), body.get("invalidShortUrlRedirect")) {
        (None, None) => {}
        (Some(regular), Some(invalid)) if regular == invalid => {
            patch.insert("not_found_url".to_owned(), regular.clone());
        }
        _ => {
            let detail = "regular404Redirect and invalidShortUrlRedirect must be sent together and equal";
            let elements = ["regular404Redirect", "invalidShortUrlRedirect"];
            return Err(ShlinkError::invalid_data(&elements).explained(detail));
        }
    }
    Ok(patch)
}

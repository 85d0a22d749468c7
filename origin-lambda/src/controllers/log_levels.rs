//! `/api/v1/log-levels`: levels of the log of origin and consumer, raised for one module and one hour.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::http::fields::Fields;
use crate::http::json_body::JsonBody;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{LOG_LEVEL_MILLIS, MAX_LOG_LEVELS, MAX_LOG_MODULE_BYTES};
use crate::store::log_levels::LogLevel;

/// Libraries are left out: at `debug` some of them log what is private.
const CRATES: [&str; 6] = ["origin_lambda", "log_consumer", "link_core", "classify", "startup", "telemetry"];
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

#[derive(Debug, Serialize)]
pub(crate) struct LogLevelJson {
    module: String,
    level: String,
    ends_at: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct LogLevelsJson {
    data: Vec<LogLevelJson>,
}

impl From<LogLevel> for LogLevelJson {
    fn from(LogLevel { module, level, ends_at }: LogLevel) -> Self {
        Self { module, level, ends_at: timestamp::format(ends_at) }
    }
}

pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<LogLevelsJson>, Problem> {
    let levels = app.links.log_levels(app.clock.now()).await?;
    Ok(Json(LogLevelsJson { data: levels.into_iter().map(LogLevelJson::from).collect() }))
}

pub(crate) async fn raise(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<Json<LogLevelJson>, Problem> {
    let module = path.ok().map(|Path(module)| module).filter(|module| is_ours(module));
    let module = module.ok_or_else(|| {
        let detail =
            format!("a module is one of {} or below it, such as log_consumer::store", CRATES.join(", "));
        Problem::new(ProblemCode::LogLevelNotFound, detail)
    })?;
    let mut fields = Fields::from_body(body);
    let level = fields.required("level", ProblemCode::InvalidLevel, level);
    let level = fields.finish(level)?;
    let now = app.clock.now();
    let raised = LogLevel { module, level, ends_at: now.plus_millis(LOG_LEVEL_MILLIS) };
    if !app.links.raise_log_level(&raised, now).await? {
        let detail = format!("at most {MAX_LOG_LEVELS} modules have a level of their own; remove one first");
        return Err(Problem::new(ProblemCode::TooManyLogLevels, detail));
    }
    Ok(Json(raised.into()))
}

pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Ok(Path(module)) = path else { return Err(problem::log_level_not_found()) };
    // Postgres refuses what no module contains.
    if !is_ours(&module) || !app.links.remove_log_level(&module, app.clock.now()).await? {
        return Err(problem::log_level_not_found());
    }
    Ok(StatusCode::NO_CONTENT)
}

fn level(value: Value) -> Result<String, String> {
    let level = value.as_str().and_then(|text| LEVELS.into_iter().find(|level| *level == text));
    level.map(str::to_owned).ok_or_else(|| format!("must be one of {}", LEVELS.join(", ")))
}

/// Also keeps what would be another directive (`,`, `=`, `[`) out of the log's filter.
fn is_ours(module: &str) -> bool {
    let mut parts = module.split("::");
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    module.len() <= MAX_LOG_MODULE_BYTES
        && parts.next().is_some_and(|name| CRATES.contains(&name))
        && parts.all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_modules_of_ours_are_raised() {
        for module in ["log_consumer", "origin_lambda::store::links", "link_core::clicks"] {
            assert!(is_ours(module), "{module}");
        }
        for module in
            ["", "hyper", "sqlx", "log_consumer::", "origin_lambda=trace,hyper", "origin_lambda[x]", "::a"]
        {
            assert!(!is_ours(module), "{module}");
        }
        assert!(!is_ours(&format!("origin_lambda::{}", "a".repeat(MAX_LOG_MODULE_BYTES))));
    }
}

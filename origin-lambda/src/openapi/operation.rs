//! Builds one operation of the document. Adds what every operation has: security, pagination, common problems.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::auth::Right;
use crate::http::problem::{CONTENT_TYPE, Problem, ProblemCode};
use crate::router::Audience;

#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: Option<String>,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    problems: Vec<ProblemCode>,
}

impl Operation {
    pub(super) fn new(
        method: Method,
        path: &'static str,
        tag: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let parameters = path_parameters(path);
        Self {
            method,
            path,
            id,
            tag,
            summary,
            description: None,
            parameters,
            body: None,
            answers: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    pub(super) fn description(self, text: impl Into<String>) -> Self {
        Self { description: Some(text.into()), ..self }
    }

    pub(super) fn parameter(mut self, name: &str, schema: Value, description: &str) -> Self {
        self.parameters.push(
            json!({"name": name, "in": "query", "required": false, "schema": schema, "description": description}),
        );
        self
    }

    pub(super) fn header(mut self, name: &str, schema: Value, description: &str) -> Self {
        self.parameters.push(
            json!({"name": name, "in": "header", "required": false, "schema": schema, "description": description}),
        );
        self
    }

    pub(super) fn paged(self) -> Self {
        use crate::limits::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};
        let limit =
            json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE});
        self.parameter("limit", limit, "Items per page.")
            .parameter("cursor", json!({"type": "string"}), "`next_cursor` of the previous page.")
            .problems(&[ProblemCode::InvalidLimit, ProblemCode::InvalidCursor])
    }

    pub(super) fn idempotent(self) -> Self {
        use crate::limits::MAX_IDEMPOTENCY_KEY_BYTES;
        let key = json!({"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY_BYTES, "pattern": "^[!-~]+$"});
        self.header("Idempotency-Key", key, "Makes the request safe to repeat for 24 hours.")
            .problems(&[ProblemCode::InvalidIdempotencyKey, ProblemCode::IdempotencyKeyReused])
    }

    pub(super) fn conditional(self) -> Self {
        self.header(
            "If-Match",
            json!({"type": "string"}),
            "The last known `ETag`; rejected with 412 if the link has changed since.",
        )
        .problems(&[ProblemCode::PreconditionFailed])
    }

    pub(super) fn body(self, schema: Value, example: Value) -> Self {
        let body = json!({"required": true, "content": {"application/json": {"schema": schema, "example": example}}});
        Self { body: Some(body), ..self }.problems(&[
            ProblemCode::InvalidBody,
            ProblemCode::UnknownField,
            ProblemCode::UnsupportedMediaType,
            ProblemCode::BodyTooLarge,
        ])
    }

    pub(super) fn optional_body(self, schema: Value, example: Value) -> Self {
        let mut operation = self.body(schema, example);
        if let Some(Value::Object(body)) = &mut operation.body {
            body.insert("required".to_owned(), false.into());
        }
        operation
    }

    pub(super) fn answer(mut self, status: u16, description: &str, schema: Value) -> Self {
        let content = json!({"application/json": {"schema": schema}});
        self.answers.insert(status, json!({"description": description, "content": content}));
        self
    }

    pub(super) fn answer_as(mut self, status: u16, description: &str, content: Value) -> Self {
        self.answers.insert(status, json!({"description": description, "content": content}));
        self
    }

    pub(super) fn empty_answer(mut self, status: u16, description: &str) -> Self {
        self.answers.insert(status, json!({"description": description}));
        self
    }

    /// Adds a property to a response that was already added.
    pub(super) fn with(mut self, status: u16, name: &str, value: Value) -> Self {
        if let Some(Value::Object(answer)) = self.answers.get_mut(&status) {
            answer.insert(name.to_owned(), value);
        }
        self
    }

    pub(super) fn problems(mut self, codes: &[ProblemCode]) -> Self {
        self.problems.extend(codes);
        self
    }

    pub(super) fn to_json(&self, audience: Audience) -> Value {
        let mut shown = Map::new();
        let mut set = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        set("operationId", self.id.into());
        set("tags", json!([self.tag]));
        set("summary", self.summary.into());
        if let Some(description) = description_with_role(self.description.as_deref(), audience) {
            set("description", description.into());
        }
        if !self.parameters.is_empty() {
            set("parameters", self.parameters.clone().into());
        }
        if let Some(body) = &self.body {
            set("requestBody", body.clone());
        }
        set(
            "security",
            if let Audience::Keys(_) = audience { json!([{"key": []}, {"session": []}]) } else { json!([]) },
        );
        set("responses", self.responses(audience));
        Value::Object(shown)
    }

    fn responses(&self, audience: Audience) -> Value {
        let mut codes = self.problems.clone();
        if let Audience::Keys(_) = audience {
            codes.extend(PROBLEMS_WITH_KEY);
        }
        if !self.parameters.is_empty() || audience != Audience::Anyone {
            codes.push(ProblemCode::UnknownParameter);
        }
        codes.sort_unstable_by_key(|code| (code.status(), code.as_str()));
        codes.dedup();
        let mut responses: Map<String, Value> =
            self.answers.iter().map(|(status, answer)| (status.to_string(), answer.clone())).collect();
        for codes in codes.chunk_by(|one, other| one.status() == other.status()) {
            if let Some(first) = codes.first() {
                responses.insert(first.status().as_u16().to_string(), problem_response(codes));
            }
        }
        Value::Object(responses)
    }
}

const PROBLEMS_WITH_KEY: [ProblemCode; 11] = [
    ProblemCode::MissingKey,
    ProblemCode::InvalidKey,
    ProblemCode::ExpiredKey,
    ProblemCode::InvalidSession,
    ProblemCode::CrossSiteRequest,
    ProblemCode::Forbidden,
    ProblemCode::RateLimited,
    ProblemCode::InternalError,
    ProblemCode::Overloaded,
    ProblemCode::Contention,
    ProblemCode::DatabaseUnavailable,
];

fn description_with_role(description: Option<&str>, audience: Audience) -> Option<String> {
    let role = match audience {
        Audience::Keys(right) => Some(required_key(right)),
        Audience::Anyone | Audience::Edge => None,
    };
    let parts: Vec<_> = description.map(str::to_owned).into_iter().chain(role).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn required_key(right: Right) -> String {
    let role = right.role().as_str();
    let by_role = format!("Requires a key with the role `{role}` or higher");
    match (right.action(), right) {
        (Some(action), _) => format!("{by_role}; one that is bound to actions needs `{action}`."),
        (None, Right::Administer) => format!("{by_role}, which is bound to nothing."),
        (None, _) => format!("{by_role}."),
    }
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let schema = |name: &str| match name {
        "id" => json!({"type": "string", "format": "uuid"}),
        _ => json!({"type": "string", "minLength": 1}),
    };
    names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": schema(name)})).collect()
}

fn problem_response(codes: &[ProblemCode]) -> Value {
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let titles: Vec<_> = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title())).collect();
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| {
            let document = serde_json::from_slice(&Problem::new(*code, "what to do about it").document());
            (code.as_str().to_owned(), json!({"value": document.unwrap_or(Value::Null)}))
        })
        .collect();
    json!({
        "description": titles.join("; "),
        "content": {CONTENT_TYPE: {
            "schema": {
                "allOf": [{"$ref": "#/components/schemas/Problem"}],
                "properties": {"code": {"enum": names}},
            },
            "examples": examples,
        }},
    })
}

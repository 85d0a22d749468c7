//! An answer of YOURLS' API. All its values are texts, as YOURLS' have been since 1.10; their order is kept, since clients iterate
//! over lists that are objects.

use axum::http::StatusCode;
use link_core::publication::Change;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::http::problem::{Problem, ProblemCode, ProblemTrace};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    Group(Fields),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(pub(super) Vec<(String, Node)>);

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) fields: Fields,
    /// What `format=simple` answers.
    pub(super) simple: String,
    pub(super) changes: Vec<Change>,
    pub(super) trace: Option<ProblemTrace>,
    pub(super) retry_after: Option<u32>,
}

pub(super) fn fields<const N: usize>(texts: [(&str, &str); N]) -> Fields {
    Fields(texts.map(|(name, text)| (name.to_owned(), Node::Text(text.to_owned()))).into())
}

impl Fields {
    pub(super) fn text(mut self, name: &str, text: impl ToString) -> Self {
        self.0.push((name.to_owned(), Node::Text(text.to_string())));
        self
    }

    pub(super) fn group(mut self, name: &str, group: Self) -> Self {
        self.0.push((name.to_owned(), Node::Group(group)));
        self
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, node) in &self.0 {
            map.serialize_entry(name, node)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Group(group) => group.serialize(serializer),
        }
    }
}

impl Answer {
    pub(super) fn ok(fields: Fields) -> Self {
        Self::with_status(StatusCode::OK, fields)
    }

    pub(super) fn with_status(status: StatusCode, fields: Fields) -> Self {
        Self { status, fields, simple: String::new(), changes: Vec::new(), trace: None, retry_after: None }
    }

    pub(super) fn simple(self, text: impl Into<String>) -> Self {
        Self { simple: text.into(), ..self }
    }

    pub(super) fn with(self, name: &str, text: &str) -> Self {
        Self { fields: self.fields.text(name, text), ..self }
    }

    pub(super) fn changing(self, changes: Vec<Change>) -> Self {
        Self { changes, ..self }
    }

    pub(super) fn error(status: u16, message: &str) -> Self {
        let fields = fields([("errorCode", status.to_string().as_str()), ("message", message)]);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::with_status(status, fields)
    }

    /// A problem of the API in YOURLS' words: it says 403 about every key, and 400 about every parameter.
    pub(super) fn refused(problem: Problem) -> Self {
        let status = match problem.status() {
            StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        let message = match problem.code() {
            ProblemCode::MissingKey => "Please log in".to_owned(),
            ProblemCode::InvalidKey => "Invalid signature".to_owned(),
            _ => problem.message(),
        };
        Self::error(status.as_u16(), &message).traced(problem)
    }

    /// Keeps what the log and a client that waits need of a problem.
    pub(super) fn traced(self, problem: Problem) -> Self {
        Self { retry_after: problem.retry_seconds(), trace: Some(problem.into_trace()), ..self }
    }
}

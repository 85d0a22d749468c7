//! Which error becomes which problem. The only place that decides how an error of the lower layers looks to a client.

use crate::auth::AccessDenied;
use crate::auth::password::HashingError;
use crate::config::own_hosts::{own_host_error, without_www};
use crate::http::problem::{self, FieldError, Problem, ProblemCode};
use crate::links::codes::CodeError;
use crate::links::creation::CreationError;
use crate::links::input::UNKNOWN_DOMAIN;
use crate::links::qr::DrawingError;
use crate::store::links::{Conflict, LinkName, LinkSettings};
use crate::store::{Database, StoreError};

impl From<AccessDenied> for Problem {
    fn from(denied: AccessDenied) -> Self {
        match denied {
            AccessDenied::MissingKey => {
                Self::new(ProblemCode::MissingKey, "send Authorization: Bearer <key>")
            }
            AccessDenied::InvalidKey => Self::new(ProblemCode::InvalidKey, "this key is not known here"),
            AccessDenied::RevokedKey => Self::new(ProblemCode::InvalidKey, "this key was revoked"),
            AccessDenied::ExpiredKey => Self::new(
                ProblemCode::ExpiredKey,
                "this key has expired, or its grace period after a rotation is over",
            ),
            AccessDenied::Forbidden => {
                Self::new(ProblemCode::Forbidden, "ask an administrator for a key with a higher role")
            }
            AccessDenied::OutOfBounds => Self::new(
                ProblemCode::Forbidden,
                "this key is bound to other actions; GET /api/v1/openapi.json names the action of each operation",
            ),
            AccessDenied::EndedSession => Self::new(ProblemCode::InvalidSession, "sign in again"),
            AccessDenied::CrossSite => Self::new(
                ProblemCode::CrossSiteRequest,
                "in a session, send Shortline-Dashboard: 1 from a page of this host, or send a key instead",
            ),
            AccessDenied::WrongHost => {
                Self::new(ProblemCode::WrongHost, "sign in on the host of the dashboard")
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable { database: Database::Links, .. } => {
                Self::new(ProblemCode::DatabaseUnavailable, "try again in a few seconds").caused_by(error)
            }
            StoreError::Unavailable { database: Database::Analytics, .. } => Self::new(
                ProblemCode::AnalyticsUnavailable,
                "links work, but their clicks cannot be read; try again in a few seconds",
            )
            .caused_by(error),
            StoreError::Overloaded { .. } => {
                Self::new(ProblemCode::Overloaded, "try again in a few seconds").caused_by(error)
            }
            StoreError::Contended { .. } => {
                Self::new(ProblemCode::Contention, "try again in a few seconds").caused_by(error)
            }
            StoreError::Refused { .. } | StoreError::UniqueViolation { .. } | StoreError::Damaged(_) => {
                problem::internal(error)
            }
        }
    }
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Store(error) => error.into(),
            CodeError::Exhausted { .. } => {
                let detail = "the operator can raise CODE_CEILING";
                Self::new(ProblemCode::CodesExhausted, detail).caused_by(error)
            }
            CodeError::KeyMismatch { .. } => {
                let detail = "the operator must restore the CODE_KEY that this database was used with";
                Self::new(ProblemCode::CodeKeyMismatch, detail).caused_by(error)
            }
            CodeError::Id(_) => problem::internal(error),
        }
    }
}

/// Why a link was not stored.
pub(crate) fn link_conflict(conflict: Conflict, settings: &LinkSettings) -> Problem {
    let invalid_host = |matches: &dyn Fn(&str) -> bool, detail: String| {
        let invalid = settings.hosts_by_field().into_iter().filter(|(_, host)| matches(host));
        let errors = invalid.map(|(field, _)| FieldError { field, detail: detail.clone() }).collect();
        Problem::from_fields(ProblemCode::InvalidUrl, errors)
    };
    let invalid_field = |code, field: &str, detail: &str| {
        Problem::from_fields(code, vec![FieldError { field: field.to_owned(), detail: detail.to_owned() }])
    };
    match conflict {
        Conflict::UnknownDomain => invalid_field(ProblemCode::InvalidDomain, "domain", UNKNOWN_DOMAIN),
        Conflict::UnknownDomainOfAlias(position) => {
            invalid_field(ProblemCode::InvalidAliases, &format!("aliases[{position}].domain"), UNKNOWN_DOMAIN)
        }
        Conflict::OwnHost(host) => {
            invalid_host(&|other| other == host || without_www(other) == host, own_host_error(&host))
        }
        Conflict::BlockedHost(host) => {
            let detail = format!("must not point to {host}, which the operator has blocked");
            invalid_host(&|other| other == host || other.ends_with(&format!(".{host}")), detail)
        }
        Conflict::ExternalIdTaken => {
            invalid_field(ProblemCode::ExternalIdTaken, "external_id", "belongs to another link")
        }
        Conflict::NameTaken => {
            invalid_field(ProblemCode::AliasTaken, "alias", "belongs to another link of this domain")
        }
        Conflict::AliasTaken(position, LinkName { domain, code }) => invalid_field(
            ProblemCode::AliasTaken,
            &format!("aliases[{position}]"),
            &format!("{domain}/{code} belongs to another link"),
        ),
        // What stood in the way went away meanwhile.
        Conflict::Resolved => StoreError::Contended { database: Database::Links }.into(),
    }
}

impl From<HashingError> for Problem {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::new(ProblemCode::Overloaded, "too many passwords are being checked"),
            HashingError::Failed(_) => problem::internal(error),
        }
    }
}

impl From<DrawingError> for Problem {
    fn from(error: DrawingError) -> Self {
        match error {
            DrawingError::Busy => Self::new(ProblemCode::Overloaded, "too many pictures are being drawn"),
            DrawingError::Failed(_) => problem::internal(error),
        }
    }
}

impl From<CreationError> for Problem {
    fn from(error: CreationError) -> Self {
        match error {
            CreationError::Codes(error) => error.into(),
            CreationError::Store(error) => error.into(),
            CreationError::EveryCodeTaken | CreationError::NoOutcome => problem::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_becomes_its_problem() {
        let unavailable = |database| StoreError::Unavailable { database, cause: "refused".into() };
        for (problem, code) in [
            (Problem::from(unavailable(Database::Links)), ProblemCode::DatabaseUnavailable),
            (Problem::from(unavailable(Database::Analytics)), ProblemCode::AnalyticsUnavailable),
            (Problem::from(StoreError::Damaged("a row")), ProblemCode::InternalError),
            (Problem::from(StoreError::Overloaded { database: Database::Links }), ProblemCode::Overloaded),
            (Problem::from(CodeError::Exhausted { ceiling: 1 }), ProblemCode::CodesExhausted),
            (
                Problem::from(CodeError::KeyMismatch { expected: "a".into(), found: "b".into() }),
                ProblemCode::CodeKeyMismatch,
            ),
            (Problem::from(CreationError::EveryCodeTaken), ProblemCode::InternalError),
            (Problem::from(AccessDenied::MissingKey), ProblemCode::MissingKey),
            (Problem::from(AccessDenied::InvalidKey), ProblemCode::InvalidKey),
            (Problem::from(AccessDenied::RevokedKey), ProblemCode::InvalidKey),
            (Problem::from(AccessDenied::ExpiredKey), ProblemCode::ExpiredKey),
            (Problem::from(AccessDenied::Forbidden), ProblemCode::Forbidden),
            (Problem::from(AccessDenied::OutOfBounds), ProblemCode::Forbidden),
            (Problem::from(AccessDenied::EndedSession), ProblemCode::InvalidSession),
            (Problem::from(AccessDenied::CrossSite), ProblemCode::CrossSiteRequest),
            (Problem::from(AccessDenied::WrongHost), ProblemCode::WrongHost),
        ] {
            assert_eq!(problem.code(), code);
        }
    }
}

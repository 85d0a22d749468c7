//! Errors of the store: which database failed, and whether it is unavailable, overloaded or rejected a statement.

use std::fmt;

use sqlx::error::DatabaseError;
use thiserror::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Links,
    Analytics,
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Links => "links",
            Self::Analytics => "analytics",
        })
    }
}

/// Causes are for the log; they never contain a value that a client sent.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    #[error("the {database} database is unavailable: {cause}")]
    Unavailable { database: Database, cause: String },
    #[error("the {database} database rejected a statement: {cause}")]
    Refused { database: Database, cause: String },
    #[error("a value of the {database} database belongs to another row")]
    UniqueViolation { database: Database },
    #[error("every connection to the {database} database is in use")]
    Overloaded { database: Database },
    #[error("another write changed the same rows of the {database} database")]
    Contended { database: Database },
    #[error("a stored row is invalid: {0}")]
    Damaged(&'static str),
}

impl StoreError {
    pub(crate) fn links_timed_out(doing: &str) -> Self {
        Self::Unavailable { database: Database::Links, cause: format!("{doing} took too long") }
    }

    pub(super) fn new(database: Database, error: &sqlx::Error) -> Self {
        let cause = describe(error);
        if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) {
            Self::UniqueViolation { database }
        } else if is_contention(error) {
            Self::Contended { database }
        } else if is_outage(error) {
            Self::Unavailable { database, cause }
        } else {
            Self::Refused { database, cause }
        }
    }
}

/// Postgres' own messages may quote values, so only names are kept of its errors.
fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            let place = error.constraint().or(error.table()).unwrap_or("no constraint");
            format!("SQLSTATE {code} ({place})")
        }
        other => other.to_string(),
    }
}

/// A serialization failure, which `revisions_only_grow` raises too, a deadlock, and a lock that was not waited for: tried again, the
/// same may succeed.
fn is_contention(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "55P03"))
}

fn is_outage(error: &sqlx::Error) -> bool {
    use sqlx::Error;
    match error {
        // Connection errors (08), wrong credentials (28) and database (3D), which surface on connecting; out of resources (53),
        // shutting down or cancelled (57), and read-only (25006), as a primary is after it stepped down.
        Error::Database(error) => error.code().is_some_and(|code| {
            code == "25006" || ["08", "28", "3D", "53", "57"].iter().any(|class| code.starts_with(class))
        }),
        Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        // A connection that was cut in the middle of a response.
        Error::Protocol(_) => true,
        _ => false,
    }
}

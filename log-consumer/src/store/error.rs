//! Whose fault it is that a transaction failed: the data's, or not. Does not say what follows from it.

use sqlx::error::DatabaseError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum StoreError {
    /// The same data would be refused again. `message` is without Postgres's detail, which would quote the row.
    #[error("the database refuses the data: {sqlstate}")]
    Refused { sqlstate: String, message: String },
    /// Everything else, the unknown included: a message must not become a dead letter because of a migration that was
    /// forgotten or a disk that is full.
    #[error("the database cannot take it now: {0}")]
    Unavailable(#[source] sqlx::Error),
    #[error("the time for storing is over")]
    OutOfTime,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => match database.code() {
                Some(sqlstate) if is_about_data(&sqlstate) && !lacks_a_partition(&**database) => {
                    Self::Refused { sqlstate: sqlstate.into_owned(), message: database.message().to_owned() }
                }
                _ => Self::Unavailable(error),
            },
            // sqlx could not even write a value down.
            sqlx::Error::Encode(cause) => {
                Self::Refused { sqlstate: "22000".to_owned(), message: cause.to_string() }
            }
            _ => Self::Unavailable(error),
        }
    }
}

/// Class 22 is "data exception", class 23 "integrity constraint violation".
fn is_about_data(sqlstate: &str) -> bool {
    sqlstate.starts_with("22") || sqlstate.starts_with("23")
}

/// Postgres calls a row that no partition takes a check violation, of no check. That is the schema's fault: the default
/// partition has gone, and every message would become a dead letter.
fn lacks_a_partition(error: &dyn DatabaseError) -> bool {
    error.is_check_violation() && error.constraint().is_none()
}

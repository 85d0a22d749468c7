//! Whether a transaction failed because of its data or for another reason.

use sqlx::error::DatabaseError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum StoreError {
    /// The same data would be refused again. `message` leaves out Postgres's detail, which would quote the row.
    #[error("the database refuses the data: {sqlstate}")]
    Refused { sqlstate: String, message: String },
    /// Everything else, unknown errors included: a missing migration or a full disk must not turn messages into dead letters.
    #[error("the database cannot store the data now: {0}")]
    Unavailable(#[source] sqlx::Error),
    #[error("there was no time left to store the data")]
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
            // sqlx could not encode a value.
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

/// Postgres reports a row without a matching partition as a check violation without a constraint name. The schema is at fault: its
/// default partition is missing, and every message would become a dead letter.
fn lacks_a_partition(error: &dyn DatabaseError) -> bool {
    error.is_check_violation() && error.constraint().is_none()
}

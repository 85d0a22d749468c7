//! What the origin, the consumer, the migrations and the maintenance share at their start: reading variables, starting the log,
//! reporting an error, and creating an SQS client.

mod exit;
mod log;
pub mod log_levels;
#[cfg(feature = "sqs")]
pub mod sqs;
mod variable;

pub use exit::exit_code;
pub use log::{LogFilter, TRACE_TARGET, start_log, start_log_with};
pub use variable::{ConfigError, Lookup, Variable, environment};

//! What the origin, the consumer, the migrations and the maintenance share at their start: reading variables, starting the log,
//! reporting an error, and creating an SQS client.

mod exit;
mod log;
pub mod log_levels;
mod raw_clicks;
#[cfg(feature = "sqs")]
pub mod sqs;
mod variable;

pub use exit::exit_code;
pub use log::{LogFilter, RaisedLevel, TRACE_TARGET, start_log, start_log_with};
pub use raw_clicks::raw_click_days;
pub use variable::{ConfigError, Lookup, Variable, environment};

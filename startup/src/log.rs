//! The log: one JSON object per line on stdout.

use tracing_subscriber::EnvFilter;

use crate::variable::{ConfigError, Lookup, Variable};

const RUST_LOG: Variable = Variable {
    name: "RUST_LOG",
    expected: "a level or directives, such as info,log_consumer=debug, or unset it for info",
};

/// Logs at `RUST_LOG`, or at `info` if it is not set.
pub fn start_log(lookup: &Lookup<'_>) -> Result<(), ConfigError> {
    let directives = RUST_LOG.get(lookup).unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::try_new(directives).map_err(|_| RUST_LOG.invalid("is not a log filter"))?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .init();
    Ok(())
}

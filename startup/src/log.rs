//! The log: one JSON object per line on stdout.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::variable::{ConfigError, Lookup, Variable};

const RUST_LOG: Variable = Variable {
    name: "RUST_LOG",
    expected: "a level or directives, such as info,log_consumer=debug, or unset it for info",
};

/// The target of spans that are sent as traces. The log has spans of its own.
pub const TRACE_TARGET: &str = "shortline::trace";

/// Logs at `RUST_LOG`, or at `info` if it is not set.
pub fn start_log(lookup: &Lookup<'_>) -> Result<(), ConfigError> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter(lookup)?)
        .init();
    Ok(())
}

/// Logs as [`start_log`], beside another layer.
pub fn start_log_with(
    lookup: &Lookup<'_>,
    other: impl Layer<Registry> + Send + Sync,
) -> Result<(), ConfigError> {
    let log = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    let log = log.with_filter(filter(lookup)?);
    tracing_subscriber::registry().with(other).with(log).init();
    Ok(())
}

fn filter(lookup: &Lookup<'_>) -> Result<EnvFilter, ConfigError> {
    let directives = RUST_LOG.get(lookup).unwrap_or_else(|| "info".to_owned());
    let directives = format!("{directives},{TRACE_TARGET}=off");
    EnvFilter::try_new(directives).map_err(|_| RUST_LOG.invalid("is not a log filter"))
}

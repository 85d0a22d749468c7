//! The log: one JSON object per line on stdout. What it shows can change while the program runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tracing_subscriber::layer::{Identity, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt as format, reload};

use crate::variable::{ConfigError, Lookup, Variable};

const RUST_LOG: Variable = Variable {
    name: "RUST_LOG",
    expected: "a level or directives, such as info,log_consumer=debug, or unset it for info",
};

/// The target of spans that are sent as traces. The log has spans of its own.
pub const TRACE_TARGET: &str = "shortline::trace";

/// A module (`log_consumer`, `origin_lambda::store`), its level, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedLevel {
    pub module: String,
    pub level: String,
    pub remaining: Duration,
}

/// What the log shows: `RUST_LOG`, and the modules whose level was raised since.
#[derive(Clone)]
pub struct LogFilter {
    directives: String,
    replace: Arc<dyn Fn(EnvFilter) + Send + Sync>,
}

impl fmt::Debug for LogFilter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("LogFilter").field(&self.directives).finish()
    }
}

impl LogFilter {
    /// Shows these levels beside `RUST_LOG`, and no longer those of an earlier call.
    pub fn raise(&self, raised: &[RaisedLevel]) {
        if let Ok(filter) = EnvFilter::try_new(directives(&self.directives, raised)) {
            (self.replace)(filter);
        }
    }
}

/// Logs at `RUST_LOG`, or at `info` if it is not set.
pub fn start_log(lookup: &Lookup<'_>) -> Result<LogFilter, ConfigError> {
    start_log_with(lookup, Identity::new())
}

/// Logs as [`start_log`], beside another layer. Not an `Option` of one, which would not tell it its dispatcher.
pub fn start_log_with(
    lookup: &Lookup<'_>,
    other: impl Layer<Registry> + Send + Sync,
) -> Result<LogFilter, ConfigError> {
    let configured = RUST_LOG.get(lookup).unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::try_new(directives(&configured, &[]));
    let (filter, handle) = reload::Layer::new(filter.map_err(|_| RUST_LOG.invalid("is not a log filter"))?);
    let log = format::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    tracing_subscriber::registry().with(other).with(log.with_filter(filter)).init();
    let replace = move |filter| {
        let _ = handle.reload(filter);
    };
    Ok(LogFilter { directives: configured, replace: Arc::new(replace) })
}

/// A raised level comes after `RUST_LOG`, so for the same module it counts.
fn directives(configured: &str, raised: &[RaisedLevel]) -> String {
    let raised = raised.iter().map(|RaisedLevel { module, level, .. }| format!(",{module}={level}"));
    format!("{configured}{},{TRACE_TARGET}=off", raised.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raised_level_replaces_the_configured_one() {
        let debug = ["log_consumer".to_owned(), "debug".to_owned()];
        let [module, level] = debug;
        let raised = [RaisedLevel { module, level, remaining: Duration::ZERO }];
        let filter = EnvFilter::new(directives("warn,log_consumer=error", &raised)).to_string();
        assert!(filter.contains("log_consumer=debug"), "{filter}");
        assert!(filter.contains("warn") && !filter.contains("log_consumer=error"), "{filter}");
        assert!(filter.contains("shortline::trace=off"), "{filter}");
    }
}

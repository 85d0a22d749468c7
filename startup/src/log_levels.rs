//! Levels of the log that an operator raises for a module while the programs run. Each program reads them once a minute; each
//! level ends by itself.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

use crate::log::{LogFilter, RaisedLevel};

/// A change is in effect after this time at the latest.
pub const READ_INTERVAL: Duration = Duration::from_secs(60);

/// A cold start has no time for it.
const FIRST_READ: Duration = Duration::from_secs(2);

/// Applies what `read` returns, for as long as the program runs. If it fails, raised levels still end when they are due.
pub async fn follow<E: Display>(filter: LogFilter, read: impl AsyncFn() -> Result<Vec<RaisedLevel>, E>) {
    let mut levels = Levels::default();
    tokio::time::sleep(FIRST_READ).await;
    loop {
        let now = Instant::now();
        let changed = match read().await {
            Ok(raised) => levels.replace(raised, now),
            Err(error) => {
                warn!(%error, "log levels cannot be read; those of the last minute stay until they end");
                levels.end(now)
            }
        };
        if changed {
            filter.raise(&levels.raised);
            info!(levels = ?levels.raised.iter().map(|raised| format!("{}={}", raised.module, raised.level)).collect::<Vec<_>>(), "log levels changed");
        }
        tokio::time::sleep(READ_INTERVAL).await;
    }
}

/// What is raised, and since when it is known.
#[derive(Debug)]
struct Levels {
    raised: Vec<RaisedLevel>,
    read_at: Instant,
}

impl Default for Levels {
    fn default() -> Self {
        Self { raised: Vec::new(), read_at: Instant::now() }
    }
}

impl Levels {
    /// Returns whether the log must change.
    fn replace(&mut self, raised: Vec<RaisedLevel>, now: Instant) -> bool {
        let is_same = |one: &RaisedLevel, other: &RaisedLevel| {
            (&one.module, &one.level) == (&other.module, &other.level)
        };
        let same = self.raised.len() == raised.len()
            && self.raised.iter().zip(&raised).all(|(one, other)| is_same(one, other));
        *self = Self { raised, read_at: now };
        !same
    }

    fn end(&mut self, now: Instant) -> bool {
        let elapsed = now.duration_since(self.read_at);
        let before = self.raised.len();
        self.raised.retain(|raised| raised.remaining > elapsed);
        self.raised.len() != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raised(module: &str, level: &str, seconds: u64) -> RaisedLevel {
        RaisedLevel { module: module.into(), level: level.into(), remaining: Duration::from_secs(seconds) }
    }

    #[test]
    fn log_changes_only_when_a_level_does() {
        let (mut levels, now) = (Levels::default(), Instant::now());
        assert!(levels.replace(vec![raised("log_consumer", "debug", 3_600)], now));
        assert!(!levels.replace(vec![raised("log_consumer", "debug", 3_540)], now));
        assert!(levels.replace(vec![raised("log_consumer", "trace", 3_600)], now));
        assert!(levels.replace(Vec::new(), now));
    }

    #[test]
    fn level_ends_while_the_database_is_away() {
        let (mut levels, now) = (Levels::default(), Instant::now());
        levels.replace(vec![raised("log_consumer", "debug", 90), raised("origin_lambda", "debug", 600)], now);
        assert!(!levels.end(now + READ_INTERVAL));
        assert!(levels.end(now + 2 * READ_INTERVAL));
        assert_eq!(levels.raised, [raised("origin_lambda", "debug", 600)]);
    }
}

//! Arguments of `check` and `verify`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::import::SourceCommand;
use super::links::LinkFilter;
use crate::times;

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub filter: LinkFilter,
    /// Also archived links
    #[arg(long)]
    pub archived: bool,
    /// Print also the destinations that are fine
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub probe: ProbeArgs,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct VerifyArgs {
    /// CSV or JSON lines with the old short URL and the new one, or the destination; - reads standard input
    #[arg(required = true)]
    pub file: Option<String>,
    #[command(flatten)]
    pub compare: CompareArgs,
    #[command(subcommand)]
    pub source: Option<SourceCommand<VerifySourceArgs>>,
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Print also the rows that agree
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub probe: ProbeArgs,
}

/// How the links of a source are found on both sides.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparing")]
pub struct VerifySourceArgs {
    /// Address of the old shortener, such as https://s.example.com, if it is not that of its links
    #[arg(long, value_name = "URL")]
    pub old_server: Option<String>,
    /// Domain that names on other hosts went to; by default the installation's own
    #[arg(short, long)]
    pub domain: Option<String>,
    #[command(flatten)]
    pub compare: CompareArgs,
}

/// How URLs are asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests")]
pub struct ProbeArgs {
    /// Keep the results in this file: a run that was stopped goes on from there
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
    /// Ask again what was found longer ago, such as 12h or 30d; by default 7d
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "resume")]
    pub max_age: Option<Duration>,
    /// Ask this many hosts at a time
    #[arg(short, long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
    /// Between two requests to one host, such as 2s or 200ms
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub pause: Duration,
    /// Wait this long for an answer
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration)]
    pub timeout: Duration,
    /// Also ask hosts in private networks and on this machine, which are skipped otherwise
    #[arg(long)]
    pub allow_private: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    let milliseconds = text.strip_suffix("ms").and_then(|number| number.trim().parse().ok());
    let duration = match milliseconds {
        Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
        None => times::duration(text).and_then(|duration| duration.try_into().ok()),
    };
    duration.ok_or_else(|| format!("{text} is not a duration such as 500ms, 2s, 12h or 30d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for wrong in ["", "5", "ms", "-1s", "1.5s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}

//! What `check` and `verify` share: results of earlier runs, requests for the rest, progress.

use std::io::IsTerminal;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use crate::app::App;
use crate::args::check::ProbeArgs;
use crate::error::CliError;
use crate::probe::fetch::HttpFetch;
use crate::probe::finding::Finding;
use crate::probe::journey::{Goal, Journey};
use crate::probe::state::StateFile;
use crate::probe::{self, Pace};

const MAX_AGE: Duration = Duration::days(7);

/// Hands over one finding for each URL, in any order.
pub fn ask(
    app: &mut App,
    command: &'static str,
    goal: Goal,
    arguments: &ProbeArgs,
    urls: Vec<String>,
    mut found: impl FnMut(&mut App, Finding) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let fetch = Arc::new(HttpFetch::new(arguments.allow_private, arguments.timeout)?);
    let total = urls.len();
    let (mut state, mut known) = match &arguments.resume {
        Some(path) => {
            let max_age = arguments.max_age.and_then(|age| age.try_into().ok()).unwrap_or(MAX_AGE);
            let (file, known) = StateFile::open(path, command, OffsetDateTime::now_utc(), max_age)?;
            (Some(file), known)
        }
        None => (None, Default::default()),
    };
    let mut journeys = Vec::new();
    let mut done = 0;
    for url in urls {
        let outcome = match known.remove(&url) {
            Some(finding) => Err(Box::new(finding)),
            None => Journey::new(&url, goal, OffsetDateTime::now_utc()),
        };
        match outcome {
            Ok(journey) => journeys.push(journey),
            Err(finding) => {
                found(app, *finding)?;
                done += 1;
            }
        }
    }
    let shows_progress = !app.global.quiet && std::io::stderr().is_terminal();
    if state.is_some() && !journeys.is_empty() {
        app.note(&format!(
            "{done} of {total} are known. Ctrl-C stops, and the same command goes on from there."
        ));
    }
    let pace = Pace { jobs: arguments.jobs, pause: arguments.pause };
    probe::run(journeys, fetch, pace, |finding| {
        if let Some(state) = &mut state {
            state.add(&finding)?;
        }
        found(app, finding)?;
        done += 1;
        if shows_progress {
            eprint!("\r{done} of {total} …\r");
        }
        Ok(())
    })
}

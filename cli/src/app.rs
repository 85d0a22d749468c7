//! What every command has: the configuration, the output, the time, and ways to talk to the person in front.

use std::io::{BufRead, IsTerminal, Read};

use serde_json::Value;
use time::OffsetDateTime;

use crate::api::client::{Answer, Client};
use crate::api::pages::Items;
use crate::args::GlobalArgs;
use crate::args::confirm::Confirm;
use crate::args::links::Amount;
use crate::config::file::ConfigFile;
use crate::config::{self, Environment, Key, Target, credentials};
use crate::error::CliError;
use crate::output::Output;
use crate::output::cell::{Column, harmless};
use crate::times::{self, Direction};

/// Links between two reports of progress.
const PROGRESS_STEP: u64 = 1_000;

#[derive(Debug)]
pub struct App {
    pub output: Output,
    pub global: GlobalArgs,
    pub environment: Environment,
    pub config: ConfigFile,
    pub now: OffsetDateTime,
}

impl App {
    pub fn new(
        output: Output,
        global: GlobalArgs,
        environment: Environment,
        config: ConfigFile,
        now: OffsetDateTime,
    ) -> Self {
        Self { output, global, environment, config, now }
    }

    pub fn target(&self) -> Result<Target, CliError> {
        let GlobalArgs { server, context, .. } = &self.global;
        config::resolve(server.as_deref(), context.as_deref(), &self.environment, &self.config)
    }

    /// The context that an option or the environment names.
    pub fn named_context(&self) -> Option<&String> {
        self.global.context.as_ref().or(self.environment.context.as_ref())
    }

    pub fn client(&self) -> Result<Client, CliError> {
        let target = self.target()?;
        let key = match target.key {
            Key::Environment(key) => Some(key),
            Key::Stored { context, place } => credentials::read(self.environment.folder()?, &context, place)?,
            Key::Missing => None,
        };
        let server = target.server.as_str().trim_end_matches('/').to_owned();
        let key = key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
        let key = key.ok_or(CliError::NoKey { server })?;
        self.client_for(target.server, key)
    }

    pub fn client_for(&self, server: url::Url, key: String) -> Result<Client, CliError> {
        if key.chars().any(|character| !character.is_ascii_graphic()) {
            return Err(CliError::usage("the key contains characters that keys never have; copy it again"));
        }
        Client::new(server, key, !self.global.quiet)
    }

    /// Says what was done, on a terminal only.
    pub fn note(&self, text: &str) {
        if !self.global.quiet && std::io::stderr().is_terminal() {
            report(text);
        }
    }

    pub fn warn(&self, text: &str) {
        if !self.global.quiet {
            report(text);
        }
    }

    /// Shows how many links of a long run are done, on a terminal only.
    pub fn progress(&self, links: u64) {
        if links.is_multiple_of(PROGRESS_STEP) && !self.global.quiet && std::io::stderr().is_terminal() {
            eprint!("\r{links} links …\r");
        }
    }

    /// Prints a list of the API, and says if it goes on.
    pub fn list(&mut self, columns: &[Column], mut items: Items<'_>, amount: Amount) -> Result<(), CliError> {
        let mut is_empty = true;
        self.output.list(columns, &mut items.by_ref().inspect(|_| is_empty = false))?;
        if is_empty {
            self.note("Nothing found.");
        } else if items.has_more() {
            self.note(&format!("There are more than {}: --limit or --all shows them.", amount.limit));
        }
        Ok(())
    }

    /// Warns if the edge has not confirmed a write yet.
    pub fn check_propagation(&self, answer: &Answer) {
        if answer.header("shortline-propagation") == Some("pending") {
            self.warn("The change is stored, but not every data centre has confirmed it; it follows within a minute.");
        }
    }

    /// Asks before a deletion, a revocation or `apply`.
    pub fn confirm(&self, question: &str, confirm: Confirm) -> Result<(), CliError> {
        if confirm.yes {
            return Ok(());
        }
        self.ask(question, "Add --yes to confirm.")
    }

    /// Asks at a terminal, whatever the options say.
    pub fn confirm_in_person(&self, question: &str) -> Result<(), CliError> {
        self.ask(question, "Run it in a terminal to confirm: --yes is not enough.")
    }

    fn ask(&self, question: &str, otherwise: &str) -> Result<(), CliError> {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(CliError::usage(format!("{question} {otherwise}")));
        }
        // Parts of it may come from others.
        eprint!("{} [y/N] ", harmless(question));
        let answer = read_line()?;
        if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
            Ok(())
        } else {
            Err(CliError::Other("nothing was changed".to_owned()))
        }
    }

    pub fn time(&self, text: &str, direction: Direction) -> Result<String, CliError> {
        let moment = times::parse(text, self.now, direction).map_err(CliError::Usage)?;
        times::rfc3339(moment).map_err(CliError::Usage)
    }
}

/// Prints to standard error, even with --quiet. Parts of the text may come from others.
pub fn report(text: &str) {
    for line in text.lines() {
        eprintln!("{}", harmless(line));
    }
}

pub fn read_line() -> Result<String, CliError> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| CliError::file("read", "standard input", error))?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// A file, or standard input for `-`.
pub fn read_text(path: &str) -> Result<String, CliError> {
    if path != "-" {
        return std::fs::read_to_string(path).map_err(|error| CliError::file("read", path, error));
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|error| CliError::file("read", "standard input", error))?;
    Ok(text)
}

/// A hidden prompt.
pub fn read_secret(prompt: &str) -> Result<String, CliError> {
    rpassword::prompt_password(prompt).map_err(|error| CliError::file("read", "the terminal", error))
}

/// `NAME=VALUE`; the value is JSON if it can be read as such, else text.
pub fn field_value(text: &str) -> Result<(String, Value), CliError> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => {
            Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
        }
        _ => Err(CliError::usage(format!("write NAME=VALUE instead of {text}"))),
    }
}

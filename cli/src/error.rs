//! Why a command fails: what is printed, what the user can do, and the exit code.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use thiserror::Error;

use crate::api::problem::Problem;
use crate::output::cell::harmless;

#[derive(Debug, Error)]
pub enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error("no installation is chosen")]
    NoServer,
    #[error("no key for {server}")]
    NoKey { server: String },
    /// The API's own answer.
    #[error("{}", .0.title)]
    Refused(Box<Problem>),
    #[error("the limit of requests is used up")]
    RateLimited { retry_after: Option<Duration> },
    #[error("cannot reach {server}: {cause}")]
    Unreachable { server: String, cause: String },
    #[error("{server} does not answer like Shortline: {found}")]
    NotShortline { server: String, found: String },
    /// The shortener that an import reads from.
    #[error("cannot read from {server}: {cause}")]
    Source { server: String, cause: String },
    #[error("{server} refuses the key (status {status})")]
    SourceKey { server: String, status: u16, variable: &'static str },
    #[error("{0}")]
    NotFound(String),
    /// A code that several domains have.
    #[error("{code} exists on several domains: {}", .domains.join(", "))]
    Ambiguous { code: String, domains: Vec<String> },
    #[error("cannot {action} {}: {cause}", .path.display())]
    File { action: &'static str, path: PathBuf, cause: String },
    #[error("the keyring refused: {0}")]
    Keyring(String),
    #[error("cannot write the result: {0}")]
    Output(#[from] std::io::Error),
    /// The single failures were printed.
    #[error("{failed} of {total} failed")]
    Partial { failed: usize, total: usize },
    /// `apply --plan --exit-code`: not an error, and nothing is printed.
    #[error("there are changes")]
    Changes,
    /// `check` or `verify`: what they print has the details.
    #[error("{0}")]
    Found(String),
    #[error("{0}")]
    Other(String),
}

impl CliError {
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub fn file(action: &'static str, path: impl Into<PathBuf>, cause: impl ToString) -> Self {
        Self::File { action, path: path.into(), cause: cause.to_string() }
    }

    /// Why one of several items failed, if the others need not fail as well.
    pub fn of_one_item(self) -> Result<String, Self> {
        match self {
            Self::Refused(problem) if problem.status != 401 && problem.status != 403 => Ok(problem.summary()),
            error => Err(error),
        }
    }

    /// The reader of a pipe has seen enough: `shortline links list --all | head`.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// The classes that `--help` and the man page list.
    pub fn exit_code(&self) -> u8 {
        match self {
            _ if self.is_broken_pipe() => 0,
            Self::Usage(_) | Self::NoServer | Self::Ambiguous { .. } => 2,
            Self::NoKey { .. } | Self::SourceKey { .. } => 3,
            Self::NotFound(_) => 4,
            Self::RateLimited { .. } => 6,
            Self::Unreachable { .. } | Self::NotShortline { .. } | Self::Source { .. } => 7,
            Self::Partial { .. } | Self::Changes | Self::Found(_) => 8,
            Self::Refused(problem) => match problem.status {
                401 | 403 => 3,
                404 | 410 => 4,
                409 | 412 => 5,
                429 => 6,
                500.. => 7,
                _ => 2,
            },
            Self::File { .. } | Self::Keyring(_) | Self::Output(_) | Self::Other(_) => 1,
        }
    }

    /// What to do now.
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoServer => {
                "Sign in with `shortline login https://your-domain`, or set SHORTLINE_URL and SHORTLINE_KEY."
            }
            Self::NoKey { .. } => "Sign in with `shortline login`, or set SHORTLINE_KEY.",
            Self::Unreachable { .. } => {
                "Check the address (`shortline context` lists the installations), your network, and whether the installation is up."
            }
            Self::NotShortline { .. } => {
                "Check the address: --server, SHORTLINE_URL or `shortline context`. It is the scheme and host of the short links."
            }
            Self::RateLimited { retry_after: Some(wait) } => {
                return Some(format!(
                    "Try again in {} s, or ask an administrator to raise the key's limit.",
                    wait.as_secs().max(1)
                ));
            }
            Self::RateLimited { .. } => {
                "Try again in a minute, or ask an administrator to raise the key's limit."
            }
            Self::SourceKey { variable, .. } => {
                return Some(format!("Check the key in {variable}, and that it may read all links."));
            }
            Self::Source { .. } => "Run the same command again: it goes on, and makes no link twice.",
            Self::Ambiguous { .. } => "Choose one with --domain.",
            Self::Keyring(_) => {
                "Unlock it, or use `shortline login --insecure-storage` to keep the key in a file."
            }
            Self::Refused(problem) => return problem.hint().map(str::to_owned),
            _ => return None,
        };
        Some(text.to_owned())
    }

    /// All that is printed: what failed, the fields to correct, and what to do.
    pub fn report(&self) -> String {
        let mut text = match self {
            // The command did its work.
            Self::Found(summary) => format!("{summary}."),
            error => format!("error: {error}"),
        };
        if let Self::Refused(problem) = self {
            for line in problem.lines() {
                let _ = write!(text, "\n  {line}");
            }
        }
        if let Some(hint) = self.hint() {
            let _ = write!(text, "\n{hint}");
        }
        // Parts of it come from a server or a file.
        text.lines().map(|line| harmless(line) + "\n").collect()
    }
}

impl From<&CliError> for ExitCode {
    fn from(error: &CliError) -> Self {
        Self::from(error.exit_code())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(status: u16, code: &str) -> CliError {
        let document = json!({"title": "Title", "status": status, "code": code, "detail": "what to do"});
        CliError::Refused(Box::new(Problem::from_json(status, &document).unwrap()))
    }

    #[test]
    fn each_class_has_its_exit_code() {
        for (status, code) in [
            (422, 2),
            (415, 2),
            (413, 2),
            (401, 3),
            (403, 3),
            (404, 4),
            (409, 5),
            (412, 5),
            (429, 6),
            (500, 7),
            (503, 7),
        ] {
            assert_eq!(refused(status, "x").exit_code(), code, "{status}");
        }
        assert_eq!(CliError::NoServer.exit_code(), 2);
        assert_eq!(CliError::NoKey { server: "x".into() }.exit_code(), 3);
        assert_eq!(CliError::Partial { failed: 1, total: 2 }.exit_code(), 8);
        let broken_pipe = CliError::Output(std::io::ErrorKind::BrokenPipe.into());
        assert_eq!(broken_pipe.exit_code(), 0);
        assert_eq!(CliError::Output(std::io::ErrorKind::StorageFull.into()).exit_code(), 1);
    }

    #[test]
    fn report_does_not_steer_the_terminal() {
        let document =
            json!({"title": "Title\u{1b}[2J", "status": 422, "code": "x", "detail": "two\nlines\u{9b}"});
        let problem = Problem::from_json(422, &document).unwrap();
        let report = CliError::Refused(Box::new(problem)).report();
        assert_eq!(report, "error: Title\u{fffd}[2J\n  two\nlines\u{fffd}\n");
    }

    #[test]
    fn report_names_the_fields_and_what_to_do() {
        let document = json!({
            "title": "The alias is taken", "status": 409, "code": "alias_taken", "detail": "errors says what to change",
            "errors": [{"field": "alias", "detail": "belongs to another link of this domain"}],
        });
        let taken = CliError::Refused(Box::new(Problem::from_json(409, &document).unwrap()));
        let limited = CliError::RateLimited { retry_after: Some(Duration::from_secs(12)) };
        let dead = CliError::Unreachable {
            server: "https://go.example.com".into(),
            cause: "connection refused".into(),
        };
        let reports = [
            taken,
            refused(401, "invalid_key"),
            refused(403, "forbidden"),
            limited,
            dead,
            CliError::NoServer,
        ];
        insta::assert_snapshot!(reports.map(|error| error.report()).join("\n"));
    }
}

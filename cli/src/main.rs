//! `shortline`: links, statistics and administration of a Shortline installation from the terminal, over its API.

mod api;
mod app;
mod args;
mod commands;
mod config;
mod error;
mod files;
mod output;
mod probe;
#[cfg(test)]
mod test_support;
mod times;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;
use time::OffsetDateTime;

use app::App;
use args::{Cli, Command, Format};
use config::Environment;
use config::file::ConfigFile;
use error::CliError;
use output::Output;
use output::terminal::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_broken_pipe() && !matches!(error, CliError::Changes) {
                // There is no other place to report to.
                let _ = std::io::stderr().write_all(error.report().as_bytes());
            }
            ExitCode::from(&error)
        }
    }
}

fn run(cli: Cli) -> Result<(), CliError> {
    let Cli { mut global, command } = cli;
    if !global.json.is_empty() {
        global.output = Format::Json;
        global.fields = std::mem::take(&mut global.json);
    }
    let out = Box::new(BufWriter::new(std::io::stdout()));
    let output = Output::new(global.output, global.fields.clone(), Terminal::detect(), out);
    let mut app = if needs_no_configuration(&command) {
        App::new(output, global, Environment::default(), ConfigFile::default(), OffsetDateTime::now_utc())
    } else {
        let environment = Environment::read();
        let config = environment.folder.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default();
        App::new(output, global, environment, config, OffsetDateTime::now_utc())
    };
    commands::run(&mut app, &command)?;
    app.output.flush()
}

/// So that packages can be built where there is no home.
fn needs_no_configuration(command: &Command) -> bool {
    matches!(command, Command::Completions { .. } | Command::Man { .. } | Command::Markdown)
}

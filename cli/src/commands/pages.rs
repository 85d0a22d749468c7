//! `completions`, `man` and the Markdown reference, all generated from the command line itself.

use std::fmt::Write;
use std::path::Path;

use clap::{Arg, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::app::App;
use crate::args::{Cli, EXIT_CODES};
use crate::error::CliError;

const ENVIRONMENT: &str = "\
SHORTLINE_URL: address of the installation, such as https://go.example.com
SHORTLINE_KEY: API key; used before a stored one, except that of a context named with --context
SHORTLINE_CONTEXT: context to use, where SHORTLINE_URL is not set
NO_COLOR: any value turns colours off
SSL_CERT_FILE: trust the certificate authorities of this PEM file instead of the public ones
HTTPS_PROXY, NO_PROXY: proxy for requests, and hosts that need none";

const FORMATS: &str = "\
Results go to standard output, everything else to standard error. `json` and `jsonl` have all fields as the server sends them,
or those of `--fields`. In `csv` (RFC 4180, UTF-8), a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return has
a `'` before it, since spreadsheets would take it for a formula: a program that reads the file takes it off.";

pub fn completions(app: &mut App, shell: Shell) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "shortline", &mut script);
    app.output.bytes(&script)
}

pub fn man(app: &mut App, folder: Option<&Path>) -> Result<(), CliError> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = folder else {
        let page = render(&command, "shortline")?;
        return app.output.bytes(&page);
    };
    std::fs::create_dir_all(folder).map_err(|error| CliError::file("write", folder, error))?;
    for (name, command) in commands(&command, "shortline") {
        let file = folder.join(format!("{}.1", name.replace(' ', "-")));
        std::fs::write(&file, render(command, &name)?)
            .map_err(|error| CliError::file("write", file, error))?;
    }
    app.note(&format!("Wrote the manual to {}.", folder.display()));
    Ok(())
}

fn render(command: &clap::Command, name: &str) -> Result<Vec<u8>, CliError> {
    let mut page = Vec::new();
    Man::new(command.clone()).title(name.replace(' ', "-")).manual("Shortline").render(&mut page)?;
    Ok(page)
}

/// A command and those below it, with their whole names.
fn commands<'a>(command: &'a clap::Command, name: &str) -> Vec<(String, &'a clap::Command)> {
    let mut all = vec![(name.to_owned(), command)];
    for child in command.get_subcommands().filter(|child| !child.is_hide_set() && child.get_name() != "help")
    {
        all.extend(commands(child, &format!("{name} {}", child.get_name())));
    }
    all
}

/// `docs/cli.md`.
pub fn markdown() -> String {
    let mut command = Cli::command();
    command.build();
    let mut text = "# The command line\n\n\
        `shortline` creates and manages links, reads statistics and administers an installation, from a terminal or a script.\n\
        This page is generated: `cargo run -p cli -- markdown > docs/cli.md`.\n\n\
        ## Commands\n\n| command | does |\n|---|---|\n"
        .to_owned();
    let all = commands(&command, "shortline");
    for (name, command) in all.iter().skip(1).filter(|(_, command)| is_leaf(command) || has_options(command))
    {
        let _ = writeln!(text, "| `{name}` | {} |", about(command));
    }
    let _ = write!(text, "\n## Environment\n\n| variable | means |\n|---|---|\n");
    for line in ENVIRONMENT.lines() {
        let (name, meaning) = line.split_once(": ").unwrap_or((line, ""));
        let _ = writeln!(text, "| `{}` | {} |", name.replace(", ", "`, `"), cell(meaning));
    }
    let _ = write!(text, "\n## Exit codes\n\n| code | means |\n|---|---|\n");
    for line in EXIT_CODES.lines().skip(1) {
        let (code, meaning) = line.trim().split_once("  ").unwrap_or((line, ""));
        let _ = writeln!(text, "| {code} | {} |", cell(meaning));
    }
    let _ = write!(text, "\n## Formats\n\n{FORMATS}\n");
    text.push_str("\n## Options of every command\n\n");
    options(&mut text, &command, |argument| argument.is_global_set());
    for (name, command) in all.iter().skip(1) {
        if !is_leaf(command) && !has_options(command) {
            continue;
        }
        let _ = write!(text, "\n## {name}\n\n{}.\n\n", about(command));
        for paragraph in details(command) {
            let _ = write!(text, "{paragraph}\n\n");
        }
        let usage = (*command).clone().render_usage().to_string();
        let _ = writeln!(text, "```\n{}\n```", usage.trim_start_matches("Usage: "));
        let aliases: Vec<String> = command.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
        if !aliases.is_empty() {
            let _ = writeln!(text, "\nAlso: {}.", aliases.join(", "));
        }
        if has_options(command) {
            text.push('\n');
            options(&mut text, command, |argument| !argument.is_global_set());
        }
    }
    text
}

fn is_leaf(command: &clap::Command) -> bool {
    !command.get_subcommands().any(|child| child.get_name() != "help")
}

/// Of its own.
fn has_options(command: &clap::Command) -> bool {
    command.get_arguments().any(|argument| !argument.is_global_set() && is_shown(argument))
}

fn is_shown(argument: &Arg) -> bool {
    !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version")
}

fn about(command: &clap::Command) -> String {
    command.get_about().map(|about| cell(&about.to_string())).unwrap_or_default()
}

/// The paragraphs of `--help` after the first.
fn details(command: &clap::Command) -> Vec<String> {
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    long.split("\n\n").skip(1).map(|paragraph| paragraph.replace('<', "&lt;")).collect()
}

fn options(text: &mut String, command: &clap::Command, is_chosen: impl Fn(&Arg) -> bool) {
    text.push_str("| option | means |\n|---|---|\n");
    for argument in command.get_arguments().filter(|argument| is_chosen(argument) && is_shown(argument)) {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let mut meaning = cell(&help);
        let possible = argument.get_possible_values();
        let values: Vec<String> = possible.iter().map(|value| format!("`{}`", value.get_name())).collect();
        if argument.get_action().takes_values()
            && !values.is_empty()
            && values.len() < 10
            && !meaning.contains(": `")
        {
            meaning = format!("{meaning}: {}", values.join(", "));
        }
        let defaults: Vec<_> =
            argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if !defaults.is_empty() && argument.get_action().takes_values() {
            let _ = write!(meaning, " (default {})", defaults.join(", "));
        }
        let _ = writeln!(text, "| `{}` | {meaning} |", names(argument).replace('|', "\\|"));
    }
}

/// `-o, --output FORMAT`, or `LINK` for what has no name.
fn names(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let value = value.unwrap_or_else(|| argument.get_id().as_str().to_uppercase());
    if argument.is_positional() {
        return value;
    }
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let mut names = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    if argument.get_action().takes_values() {
        names = format!("{names} {value}");
    }
    names
}

/// A cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == markdown(), "run: cargo run -p cli -- markdown > docs/cli.md");
    }

    #[test]
    fn every_command_has_a_page_and_a_help_text() {
        let mut command = Cli::command();
        command.build();
        command.clone().debug_assert();
        for (name, command) in commands(&command, "shortline") {
            assert!(command.get_about().is_some(), "{name} says nothing");
            assert!(!render(command, &name).unwrap().is_empty());
        }
        let page = String::from_utf8(render(&command, "shortline").unwrap()).unwrap();
        assert!(page.contains("wrong or expired key"), "{page}");
    }

    #[test]
    fn help_keeps_its_form() {
        let mut command = Cli::command();
        command.build();
        let shown = ["", "shorten", "links list", "stats", "keys create", "login"].map(|path| {
            let mut command = &mut command;
            for name in path.split_whitespace() {
                command = command.find_subcommand_mut(name).unwrap();
            }
            command.render_help().to_string()
        });
        insta::assert_snapshot!(shown.join("\n────\n"));
    }
}

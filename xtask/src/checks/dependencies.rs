//! Checks the dependencies against `deny.toml`: licences, duplicates, sources, and security advisories if their
//! database can be fetched.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result};
use local_stack::checkout::Checkout;
use local_stack::tools;

/// For a shallow clone of some megabytes.
const FETCH_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) fn check(checkout: &Checkout) -> Result<()> {
    let Some(program) = tools::cargo_deny(checkout) else {
        println!(
            "cargo-deny HAS NO BINARY FOR THIS PLATFORM: licences, duplicates, sources and advisories of dependencies \
             were not checked."
        );
        return Ok(());
    };
    let cargo_deny = |arguments: &[&str]| {
        let mut command = tools::without_xtask_env(Command::new(&program));
        command.arg("--locked").args(arguments).current_dir(checkout.root());
        command
    };
    // A skipped duplicate that is gone must leave the list.
    let unused = ["--deny", "unmatched-skip", "--deny", "unnecessary-skip"];
    let checks = ["bans", "licenses", "sources"];
    tools::run(cargo_deny(&["check"]).args(unused).args(checks))?;
    if let Some(reason) = fetch_failure(cargo_deny(&["fetch", "db"]), FETCH_TIMEOUT)? {
        println!("advisories WERE NOT CHECKED: their database cannot be fetched: {reason}");
        return Ok(());
    }
    tools::run(&mut cargo_deny(&["check", "advisories"]))
}

/// Why the database cannot be fetched. None if it was fetched.
fn fetch_failure(mut fetch: Command, timeout: Duration) -> Result<Option<String>> {
    fetch.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = fetch.process_group(0).spawn().with_context(|| format!("cannot run {fetch:?}"))?;
    let group = child.id();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(timeout) else {
        // The whole group: git is a child of cargo-deny.
        let _ = Command::new("sh").args(["-c", &format!("kill -TERM -{group}")]).status();
        return Ok(Some(format!("no answer within {} s", timeout.as_secs())));
    };
    let output = output.with_context(|| format!("cannot read the output of {fetch:?}"))?;
    Ok((!output.status.success()).then(|| reason(&String::from_utf8_lossy(&output.stderr)).to_owned()))
}

/// The line that names the cause: git's, or else the last one.
fn reason(output_text: &str) -> &str {
    let lines = || output_text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines()
        .find_map(|line| line.strip_prefix("fatal: "))
        .or_else(|| lines().next_back())
        .unwrap_or("cargo-deny gave no reason")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure_of(script: &str, timeout: Duration) -> Option<String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        fetch_failure(command, timeout).unwrap()
    }

    #[test]
    fn fetched_database_is_no_failure() {
        assert_eq!(failure_of("echo a warning >&2", FETCH_TIMEOUT), None);
    }

    #[test]
    fn unreachable_database_is_a_failure_with_gits_reason() {
        let script = r#"cat >&2 <<'END'
2026-11-29 05:26:16 [ERROR] failed to fetch database: failed to clone: ["clone", "https://github.com/RustSec/advisory-db"]
Cloning into '/home/a/.cargo/advisory-dbs/advisory-db'...
fatal: unable to access 'https://github.com/RustSec/advisory-db/': Could not resolve host: github.com

END
exit 1"#;
        let reason =
            "unable to access 'https://github.com/RustSec/advisory-db/': Could not resolve host: github.com";
        assert_eq!(failure_of(script, FETCH_TIMEOUT).as_deref(), Some(reason));
    }

    #[test]
    fn failure_outside_of_git_has_the_last_line_as_reason() {
        assert_eq!(reason("[WARN] a\n[ERROR] unable to find git\n\n"), "[ERROR] unable to find git");
        assert_eq!(reason(""), "cargo-deny gave no reason");
    }

    #[test]
    fn database_that_does_not_answer_is_a_failure() {
        let failure = failure_of("sleep 60 & wait", Duration::from_millis(1));
        assert_eq!(failure.as_deref(), Some("no answer within 0 s"));
    }
}

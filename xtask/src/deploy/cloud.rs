//! The one way out to Terraform, AWS and Cloudflare: a command line and its answer. Decides nothing about which and when.

use std::io::{IsTerminal, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, TryRecvError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::interrupt::Interrupts;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) program: &'static str,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(&'static str, String)>,
    /// Its output is for the one who watches, and not an answer.
    is_shown: bool,
    /// It is told of Ctrl-C as we are, and ends in an order of its own.
    hears_ctrl_c: bool,
}

impl Call {
    pub(super) fn new(program: &'static str) -> Self {
        Self { program, arguments: Vec::new(), environment: Vec::new(), is_shown: false, hears_ctrl_c: false }
    }

    pub(super) fn args<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(super) fn env(mut self, name: &'static str, value: String) -> Self {
        self.environment.push((name, value));
        self
    }

    pub(super) fn shown(mut self) -> Self {
        self.is_shown = true;
        self
    }

    pub(super) fn hearing_ctrl_c(mut self) -> Self {
        self.hears_ctrl_c = true;
        self
    }

    /// The terminal sends Ctrl-C to all of a group.
    fn command(&self, folder: &Path, is_guarded: bool) -> Command {
        let mut command = Command::new(self.program);
        command.args(&self.arguments).current_dir(folder).envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stderr(Stdio::inherit());
        if self.is_shown {
            command.stdout(Stdio::inherit());
        }
        if is_guarded && !self.hears_ctrl_c {
            command.process_group(0);
        }
        command
    }

    /// As a person would type it.
    pub(super) fn line(&self) -> String {
        let quoted = |text: &str| {
            let is_plain = !text.is_empty()
                && text.chars().all(|letter| letter.is_alphanumeric() || "-_=./:,@%".contains(letter));
            if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
        };
        let environment = self.environment.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
        let arguments = self.arguments.iter().map(|argument| quoted(argument));
        environment.chain([self.program.to_owned()]).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

pub(super) trait Cloud {
    /// What the call prints. An error where it fails.
    fn call(&mut self, call: &Call) -> Result<String>;
    /// From here on Ctrl-C ends no call that is under way, but for those that hear it; the next one, or a wait, fails instead.
    fn guard(&mut self) -> Result<()>;
    /// What whoever watches answers.
    fn ask(&mut self, question: &str) -> Result<String>;
    /// What is half done is put in order now, whoever wishes an end.
    fn settle(&mut self);
    fn wait(&mut self, time: Duration) -> Result<()>;
    /// Makes a file that a later call names.
    fn write(&mut self, file: &Path, content: &str) -> Result<()>;
    fn read(&mut self, file: &Path) -> Result<String>;
}

/// The real thing.
pub(super) struct Shell {
    folder: PathBuf,
    interrupts: Option<Interrupts>,
    is_settling: bool,
}

const INTERRUPTED: &str = "interrupted";
/// At whether somebody has answered: sooner than they notice.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

impl Shell {
    pub(super) fn at(checkout: &Checkout) -> Self {
        Self { folder: checkout.root().to_path_buf(), interrupts: None, is_settling: false }
    }
}

impl Cloud for Shell {
    fn call(&mut self, call: &Call) -> Result<String> {
        let is_ended = self.interrupts.as_ref().is_some_and(Interrupts::any);
        ensure!(self.is_settling || !is_ended, INTERRUPTED);
        println!("\n$ {}", call.line());
        let output = call
            .command(&self.folder, self.interrupts.is_some())
            .output()
            .with_context(|| format!("cannot run {}", call.program))?;
        ensure!(output.status.success(), "`{}` failed ({})", call.line(), output.status);
        String::from_utf8(output.stdout).context("an answer that is no text")
    }

    fn guard(&mut self) -> Result<()> {
        self.interrupts = Some(Interrupts::listen(
            "\nThe call that is under way is waited for, and a canary is taken back; kill -9 would leave it.",
        )?);
        Ok(())
    }

    fn ask(&mut self, question: &str) -> Result<String> {
        ensure!(
            std::io::stdin().is_terminal(),
            "nobody is there to look at the plan; `--yes` applies it unseen"
        );
        print!("{question}");
        std::io::stdout().flush()?;
        // A read goes on after Ctrl-C, so it is not this thread that reads.
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut answer = String::new();
            let _ = tell.send(std::io::stdin().read_line(&mut answer).map(|_| answer));
        });
        loop {
            match told.try_recv() {
                Ok(answer) => return Ok(answer?),
                Err(TryRecvError::Empty) => self.wait(BETWEEN_LOOKS)?,
                Err(TryRecvError::Disconnected) => bail!("no answer can be read"),
            }
        }
    }

    fn settle(&mut self) {
        self.is_settling = true;
    }

    fn wait(&mut self, time: Duration) -> Result<()> {
        match &self.interrupts {
            Some(interrupts) if interrupts.within(time) => bail!(INTERRUPTED),
            Some(_) => {}
            None => std::thread::sleep(time),
        }
        Ok(())
    }

    fn write(&mut self, file: &Path, content: &str) -> Result<()> {
        use std::os::unix::fs::OpenOptionsExt;
        let folder = file.parent().context("a file without a folder")?;
        std::fs::create_dir_all(folder)?;
        // One of them holds the Worker's secrets.
        let mut options = std::fs::OpenOptions::new();
        let mut opened = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
        opened.write_all(content.as_bytes()).with_context(|| format!("cannot write {}", file.display()))
    }

    fn read(&mut self, file: &Path) -> Result<String> {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
    }
}

/// Prints every call (a look at alarms once, though it is repeated until time is up) and answers as an installation without
/// trouble would: the one of `terraform.tfvars.example`, unless `--outputs` names another.
#[derive(Default)]
pub(super) struct DryRun {
    looks: Vec<String>,
    /// As wrangler told it last.
    shares: Vec<Value>,
}

pub(super) const EXAMPLE_OUTPUTS: &str = include_str!("example-outputs.json");

impl Cloud for DryRun {
    fn call(&mut self, call: &Call) -> Result<String> {
        let line = call.line();
        let is_look = line.contains(" describe-alarms ");
        if !is_look {
            self.looks.clear();
        }
        if !self.looks.contains(&line) {
            println!("{line}");
        }
        if is_look {
            self.looks.push(line);
        }
        let shares = call.arguments.iter().filter_map(|argument| argument.strip_suffix('%')?.split_once('@'));
        let shares: Vec<Value> = shares
            .filter_map(|(version, part)| {
                Some(json!({ "version_id": version, "percentage": part.parse::<u32>().ok()? }))
            })
            .collect();
        if !shares.is_empty() {
            self.shares = shares;
        } else if call.arguments.iter().any(|argument| argument == "deployments") && !self.shares.is_empty() {
            return Ok(json!({ "versions": self.shares }).to_string());
        }
        Ok(untroubled(call))
    }

    fn guard(&mut self) -> Result<()> {
        Ok(())
    }

    fn ask(&mut self, _: &str) -> Result<String> {
        Ok("yes".into())
    }

    fn settle(&mut self) {}

    fn wait(&mut self, _: Duration) -> Result<()> {
        Ok(())
    }

    fn write(&mut self, file: &Path, _: &str) -> Result<()> {
        println!("# writes {}", file.display());
        Ok(())
    }

    fn read(&mut self, _: &Path) -> Result<String> {
        Ok(r#"{"type": "version-upload", "version_id": "NEW"}"#.into())
    }
}

pub(super) fn untroubled(call: &Call) -> String {
    let says = |word: &str| call.arguments.iter().any(|argument| argument == word);
    let after = |word: &str| {
        let mut rest = call.arguments.iter().skip_while(|argument| *argument != word).skip(1);
        rest.next().cloned().unwrap_or_default()
    };
    if call.program == "terraform" && says("output") {
        EXAMPLE_OUTPUTS.into()
    } else if says("get-caller-identity") {
        r#"{"Account": "123456789012"}"#.into()
    } else if says("update-function-code") {
        r#"{"Version": "8"}"#.into()
    } else if says("get-alias") {
        r#"{"FunctionVersion": "7", "Description": "20260102T030405Z before: 6", "RevisionId": "found"}"#
            .into()
    } else if says("update-alias") {
        json!({ "FunctionVersion": after("--function-version"), "RevisionId": "updated" }).to_string()
    } else if says("describe-alarms") {
        let names = call.arguments.iter().skip_while(|argument| *argument != "--alarm-names").skip(1);
        let fine = |name: &String| json!({ "AlarmName": name, "StateValue": "OK" });
        json!({ "MetricAlarms": names.map(fine).collect::<Vec<_>>() }).to_string()
    } else if says("deployments") {
        r#"{"versions": [{"version_id": "OLD", "percentage": 100}], "annotations": {"workers/message": "20260102T030405Z before: OLDER"}}"#
            .into()
    } else if says("invoke") {
        r#"{"StatusCode": 200}"#.into()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ctrl_c_reaches_calls_that_hear_it_and_no_others_once_it_is_guarded_against() {
        let is_alone = |call: &Call, is_guarded| {
            // Signal 0 finds a group of this number, or none.
            let call = call.clone().args(["-c", "kill -0 -$$ 2>&-"]);
            call.command(Path::new("."), is_guarded).status().unwrap().success()
        };
        let call = Call::new("sh");
        let hearing = Call::new("sh").hearing_ctrl_c();
        assert!(is_alone(&call, true));
        assert!(!is_alone(&call, false) && !is_alone(&hearing, true));
    }
}

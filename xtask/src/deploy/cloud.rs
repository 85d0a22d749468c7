//! The one way out to Terraform, AWS and Cloudflare: a command line and its answer. Decides nothing about which and when.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
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
}

impl Call {
    pub(super) fn new(program: &'static str) -> Self {
        Self { program, arguments: Vec::new(), environment: Vec::new(), is_shown: false }
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
    /// From here on Ctrl-C ends no call that is under way; the next one, or a wait, fails instead.
    fn guard(&mut self) -> Result<()>;
    /// What is half done is put in order now, whoever wishes an end.
    fn settle(&mut self);
    fn wait(&mut self, time: Duration) -> Result<()>;
    /// Makes a file that a later call names.
    fn write(&mut self, file: &std::path::Path, content: &str) -> Result<()>;
    fn read(&mut self, file: &std::path::Path) -> Result<String>;
}

/// The real thing.
pub(super) struct Shell {
    folder: PathBuf,
    interrupts: Option<Interrupts>,
    is_settling: bool,
}

const INTERRUPTED: &str = "interrupted";

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
        let mut command = Command::new(call.program);
        command.args(&call.arguments).current_dir(&self.folder).envs(call.environment.iter().cloned());
        command.stdin(Stdio::null()).stderr(Stdio::inherit());
        if call.is_shown {
            command.stdout(Stdio::inherit());
        }
        if self.interrupts.is_some() {
            // The terminal sends Ctrl-C to all of a group.
            command.process_group(0);
        }
        let output = command.output().with_context(|| format!("cannot run {}", call.program))?;
        ensure!(output.status.success(), "`{}` failed ({})", call.line(), output.status);
        String::from_utf8(output.stdout).context("an answer that is no text")
    }

    fn guard(&mut self) -> Result<()> {
        self.interrupts = Some(Interrupts::listen(
            "\nThe call that is under way is waited for, and a canary is taken back; kill -9 would leave it.",
        )?);
        Ok(())
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

    fn write(&mut self, file: &std::path::Path, content: &str) -> Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let folder = file.parent().context("a file without a folder")?;
        std::fs::create_dir_all(folder)?;
        // One of them holds the Worker's secrets.
        let mut options = std::fs::OpenOptions::new();
        let mut opened = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
        opened.write_all(content.as_bytes()).with_context(|| format!("cannot write {}", file.display()))
    }

    fn read(&mut self, file: &std::path::Path) -> Result<String> {
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

    fn settle(&mut self) {}

    fn wait(&mut self, _: Duration) -> Result<()> {
        Ok(())
    }

    fn write(&mut self, file: &std::path::Path, _: &str) -> Result<()> {
        println!("# writes {}", file.display());
        Ok(())
    }

    fn read(&mut self, _: &std::path::Path) -> Result<String> {
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

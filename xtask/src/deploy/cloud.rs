//! Runs the commands of Terraform, AWS and Cloudflare, or prints them in a dry run.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, TryRecvError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use local_stack::checkout::Checkout;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::interrupt::Interrupts;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CloudCommand {
    pub(super) program: &'static str,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(&'static str, String)>,
    /// Never printed: for secrets.
    stdin: Option<String>,
    /// Its output is shown to the user instead of being returned.
    is_shown: bool,
    /// It receives Ctrl-C itself and shuts down cleanly.
    receives_ctrl_c: bool,
}

impl CloudCommand {
    pub(super) fn new(program: &'static str) -> Self {
        Self {
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            stdin: None,
            is_shown: false,
            receives_ctrl_c: false,
        }
    }

    pub(super) fn args<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(super) fn env(mut self, name: &'static str, value: String) -> Self {
        self.environment.push((name, value));
        self
    }

    pub(super) fn stdin(mut self, text: String) -> Self {
        self.stdin = Some(text);
        self
    }

    pub(super) fn shown(mut self) -> Self {
        self.is_shown = true;
        self
    }

    pub(super) fn receiving_ctrl_c(mut self) -> Self {
        self.receives_ctrl_c = true;
        self
    }

    /// The terminal sends Ctrl-C to the whole process group.
    fn command(&self, folder: &Path, is_deferring: bool) -> Command {
        let mut command = Command::new(self.program);
        command.args(&self.arguments).current_dir(folder).envs(self.environment.iter().cloned());
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(if self.is_shown { Stdio::inherit() } else { Stdio::piped() });
        if is_deferring && !self.receives_ctrl_c {
            command.process_group(0);
        }
        command
    }

    fn output(&self, mut command: Command) -> std::io::Result<Output> {
        let mut child = command.spawn()?;
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), &self.stdin) {
            // A program that does not read it says why itself.
            let _ = pipe.write_all(text.as_bytes());
        }
        child.wait_with_output()
    }

    /// The command line, quoted for a shell.
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

/// What a command printed, also if it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CommandOutput {
    pub(super) is_success: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

pub(super) trait Cloud {
    /// Runs a command and returns its output.
    fn call(&mut self, call: &CloudCommand) -> Result<String>;
    /// Runs a command that changes nothing and may fail, without showing it.
    fn look(&mut self, call: &CloudCommand) -> Result<CommandOutput>;
    /// From now on Ctrl-C does not end a running command, except those that receive it; the next command or wait fails
    /// instead.
    fn defer_interrupts(&mut self) -> Result<()>;
    /// Asks the user a question.
    fn ask(&mut self, question: &str) -> Result<String>;
    /// Starts the clean-up: from now on commands run even after Ctrl-C.
    fn begin_cleanup(&mut self);
    fn wait(&mut self, time: Duration) -> Result<()>;
    /// Writes a file that a later command reads.
    fn write(&mut self, file: &Path, content: &str) -> Result<()>;
    fn read(&mut self, file: &Path) -> Result<String>;
    /// Replaces `to` by a copy of the folder `from`, without its hidden files.
    fn copy_folder(&mut self, from: &Path, to: &Path) -> Result<()>;
}

/// Runs the commands.
pub(super) struct Shell {
    folder: PathBuf,
    interrupts: Option<Interrupts>,
    is_cleaning_up: bool,
}

const INTERRUPTED: &str = "interrupted";
/// How often to check for the user's answer.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

impl Shell {
    pub(super) fn at(checkout: &Checkout) -> Self {
        Self { folder: checkout.root().to_path_buf(), interrupts: None, is_cleaning_up: false }
    }

    fn check_interrupts(&self) -> Result<()> {
        let is_interrupted = self.interrupts.as_ref().is_some_and(Interrupts::any);
        ensure!(self.is_cleaning_up || !is_interrupted, INTERRUPTED);
        Ok(())
    }
}

impl Cloud for Shell {
    fn call(&mut self, call: &CloudCommand) -> Result<String> {
        self.check_interrupts()?;
        println!("\n$ {}", call.line());
        let mut command = call.command(&self.folder, self.interrupts.is_some());
        command.stderr(Stdio::inherit());
        let output = call.output(command).with_context(|| format!("cannot run {}", call.program))?;
        ensure!(output.status.success(), "`{}` failed ({})", call.line(), output.status);
        String::from_utf8(output.stdout).context("the output is not UTF-8")
    }

    fn look(&mut self, call: &CloudCommand) -> Result<CommandOutput> {
        self.check_interrupts()?;
        let mut command = call.command(&self.folder, self.interrupts.is_some());
        command.stderr(Stdio::piped());
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(match call.output(command) {
            Ok(output) => CommandOutput {
                is_success: output.status.success(),
                stdout: text(output.stdout),
                stderr: text(output.stderr),
            },
            Err(error) => CommandOutput { stderr: error.to_string(), ..CommandOutput::default() },
        })
    }

    fn defer_interrupts(&mut self) -> Result<()> {
        if self.interrupts.is_some() {
            return Ok(());
        }
        self.interrupts = Some(Interrupts::listen(
            "\nWaiting for the running command; a canary is then rolled back. Do not use kill -9, which would leave the canary.",
        )?);
        Ok(())
    }

    fn ask(&mut self, question: &str) -> Result<String> {
        ensure!(
            std::io::stdin().is_terminal(),
            "there is no terminal to approve the plan; `--yes` applies it without asking"
        );
        print!("{question}");
        std::io::stdout().flush()?;
        // Reads in another thread, since a read is not interrupted by Ctrl-C.
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut answer = String::new();
            let _ = sender.send(std::io::stdin().read_line(&mut answer).map(|_| answer));
        });
        loop {
            match receiver.try_recv() {
                Ok(answer) => return Ok(answer?),
                Err(TryRecvError::Empty) => self.wait(POLL_INTERVAL)?,
                Err(TryRecvError::Disconnected) => bail!("cannot read the answer"),
            }
        }
    }

    fn begin_cleanup(&mut self) {
        self.is_cleaning_up = true;
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
        let folder = file.parent().context("the file has no folder")?;
        std::fs::create_dir_all(folder)?;
        // One of the files holds the Worker's secrets.
        let mut options = std::fs::OpenOptions::new();
        let mut opened = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
        opened.write_all(content.as_bytes()).with_context(|| format!("cannot write {}", file.display()))
    }

    fn read(&mut self, file: &Path) -> Result<String> {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
    }

    fn copy_folder(&mut self, from: &Path, to: &Path) -> Result<()> {
        if to.exists() {
            std::fs::remove_dir_all(to).with_context(|| format!("cannot remove {}", to.display()))?;
        }
        copy_folder(from, to)
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// Prints every command (repeated alarm polls once) and answers like a healthy installation: that of
/// `terraform.tfvars.example`, unless `--outputs` names another.
#[derive(Default)]
pub(super) struct DryRun {
    polls: Vec<String>,
    /// The last shares given to wrangler, by its configuration.
    shares: BTreeMap<String, Vec<Value>>,
}

pub(super) const EXAMPLE_OUTPUTS: &str = include_str!("example-outputs.json");

impl Cloud for DryRun {
    fn call(&mut self, call: &CloudCommand) -> Result<String> {
        let line = call.line();
        let is_poll = line.contains(" describe-alarms ");
        if !is_poll {
            self.polls.clear();
        }
        if !self.polls.contains(&line) {
            println!("{line}");
        }
        if is_poll {
            self.polls.push(line);
        }
        let shares = call.arguments.iter().filter_map(|argument| argument.strip_suffix('%')?.split_once('@'));
        let shares: Vec<Value> = shares
            .filter_map(|(version, part)| {
                Some(json!({ "version_id": version, "percentage": part.parse::<u32>().ok()? }))
            })
            .collect();
        let config = call.arguments.iter().skip_while(|argument| *argument != "--config").nth(1);
        let config = config.cloned().unwrap_or_default();
        if !shares.is_empty() {
            self.shares.insert(config, shares);
        } else if call.arguments.iter().any(|argument| argument == "deployments")
            && let Some(shares) = self.shares.get(&config)
        {
            return Ok(json!({ "versions": shares }).to_string());
        }
        Ok(healthy_answer(call))
    }

    fn look(&mut self, call: &CloudCommand) -> Result<CommandOutput> {
        let stdout = self.call(call)?;
        Ok(CommandOutput { is_success: true, stdout, stderr: String::new() })
    }

    fn defer_interrupts(&mut self) -> Result<()> {
        Ok(())
    }

    fn ask(&mut self, _: &str) -> Result<String> {
        Ok("yes".into())
    }

    fn begin_cleanup(&mut self) {}

    fn wait(&mut self, _: Duration) -> Result<()> {
        Ok(())
    }

    fn write(&mut self, file: &Path, _: &str) -> Result<()> {
        println!("# writes {}", file.display());
        Ok(())
    }

    fn read(&mut self, file: &Path) -> Result<String> {
        Ok(healthy_file(file))
    }

    fn copy_folder(&mut self, from: &Path, to: &Path) -> Result<()> {
        println!("# copies {} to {}", from.display(), to.display());
        Ok(())
    }
}

/// wrangler's report of an upload, or a build's list of chunks.
pub(super) fn healthy_file(file: &Path) -> String {
    if file.ends_with("chunks.json") {
        return r#"["immutable/entry/start.NEW.js"]"#.into();
    }
    "{\"type\": \"session\"}\n{\"type\": \"version-upload\", \"version_id\": \"NEW\"}\n".into()
}

pub(super) fn healthy_answer(call: &CloudCommand) -> String {
    let has = |word: &str| call.arguments.iter().any(|argument| argument == word);
    let after = |word: &str| {
        let mut rest = call.arguments.iter().skip_while(|argument| *argument != word).skip(1);
        rest.next().cloned().unwrap_or_default()
    };
    if call.program == "terraform" && has("output") {
        EXAMPLE_OUTPUTS.into()
    } else if has("get-caller-identity") {
        r#"{"Account": "123456789012"}"#.into()
    } else if has("update-function-code") {
        r#"{"Version": "8"}"#.into()
    } else if has("get-alias") {
        r#"{"FunctionVersion": "7", "Description": "20260102T030405Z before: 6", "RevisionId": "found"}"#
            .into()
    } else if has("update-alias") {
        json!({ "FunctionVersion": after("--function-version"), "RevisionId": "updated" }).to_string()
    } else if has("describe-alarms") {
        let names = call.arguments.iter().skip_while(|argument| *argument != "--alarm-names").skip(1);
        let fine = |name: &String| json!({ "AlarmName": name, "StateValue": "OK" });
        json!({ "MetricAlarms": names.map(fine).collect::<Vec<_>>() }).to_string()
    } else if has("deployments") {
        r#"{"versions": [{"version_id": "OLD", "percentage": 100}], "annotations": {"workers/message": "20260102T030405Z before: OLDER"}}"#
            .into()
    } else if has("invoke") {
        r#"{"StatusCode": 200}"#.into()
    } else if call.program == "curl" {
        healthy_page(call)
    } else if let Some((_, answer)) = READY.iter().find(|(action, _)| has(action)) {
        (*answer).into()
    } else {
        String::new()
    }
}

const READY: [(&str, &str); 7] = [
    ("describe-db-proxies", r#"{"DBProxies": [{"DBProxyName": "shortline-links"}]}"#),
    ("describe-db-proxy-targets", r#"{"Targets": [{"TargetHealth": {"State": "AVAILABLE"}}]}"#),
    ("get-function-configuration", r#"{"State": "Active"}"#),
    ("list-event-source-mappings", r#"{"EventSourceMappings": [{"State": "Enabled"}]}"#),
    ("list-subscriptions-by-topic", r#"{"Subscriptions": []}"#),
    ("list-versions-by-function", r#"["$LATEST", "7", "8"]"#),
    ("get-secret-value", r#"{"SecretString": "slk_example-secret"}"#),
];

/// With the status on a line of its own, as `--write-out` adds it.
fn healthy_page(call: &CloudCommand) -> String {
    let has = |word: &str| call.arguments.iter().any(|argument| argument.contains(word));
    if has("/chunks.json") {
        r#"["immutable/entry/start.OLD.js"]"#.into()
    } else if has("/stats") {
        "{\"total\": 1}\n200".into()
    } else if has("POST") {
        "{\"id\": \"LINK\", \"short_url\": \"https://go.example.com/CODE\"}\n201".into()
    } else if has("DELETE") {
        "\n204".into()
    } else if has("/CODE") {
        "\n302".into()
    } else {
        "{}\n200".into()
    }
}

/// Parses the JSON output of the AWS CLI.
pub(super) fn parse<T: DeserializeOwned>(answer: &str) -> Result<T> {
    serde_json::from_str(answer).context("unexpected output of aws")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ctrl_c_reaches_only_commands_that_handle_it() {
        let is_alone = |call: &CloudCommand, is_deferring| {
            // Signal 0 tests whether a process group with this number exists.
            let call = call.clone().args(["-c", "kill -0 -$$ 2>&-"]);
            call.command(Path::new("."), is_deferring).status().unwrap().success()
        };
        let call = CloudCommand::new("sh");
        let receiving = CloudCommand::new("sh").receiving_ctrl_c();
        assert!(is_alone(&call, true));
        assert!(!is_alone(&call, false) && !is_alone(&receiving, true));
    }
}

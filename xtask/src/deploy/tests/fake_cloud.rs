//! A fake cloud for tests: records every command, remembers which versions serve, and fails on demand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::deploy::cloud::{Cloud, CloudCommand, CommandOutput, healthy_answer, healthy_file};

pub(super) const ORIGIN: &str = "shortline-origin";
pub(super) const CONSUMER: &str = "shortline-log-consumer";
/// In every command about the API's Worker, and about no other.
pub(super) const API: &str = "wrangler-shortline-api.json";
/// The same for the visitor's.
pub(super) const VISITORS: &str = "wrangler-shortline.json";

/// The example installation: every function on version 7, both Workers on OLD. Publishing creates version `published` (8)
/// and NEW.
pub(super) struct FakeCloud {
    pub(super) lines: Vec<String>,
    pub(super) files: BTreeMap<PathBuf, String>,
    pub(super) aliases: BTreeMap<String, Alias>,
    /// The visitor's.
    pub(super) worker: (Value, String),
    pub(super) api_worker: (Value, String),
    pub(super) published: &'static str,
    /// The answer to the question whether to apply the plan.
    pub(super) answer: &'static str,
    pub(super) fails: Option<&'static str>,
    /// An alarm, and the poll from which on it is on.
    pub(super) alarm: Option<(&'static str, usize)>,
    /// Ctrl-C arrives before this wait.
    pub(super) is_interrupted_at: Option<usize>,
    /// What somebody else does before a command that contains this text.
    pub(super) concurrent_change: Option<(&'static str, Action)>,
    /// How often Lambda still gives the origin's previous version all calls after the alias has moved.
    pub(super) shifts: usize,
    pub(super) waits: usize,
    pub(super) is_cleaning_up: bool,
}

type Action = fn(&mut FakeCloud);

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alias {
    pub(super) version: String,
    pub(super) weights: Value,
    pub(super) label: String,
    pub(super) revision: usize,
}

impl Default for FakeCloud {
    fn default() -> Self {
        let alias = Alias {
            version: "7".into(),
            weights: json!({}),
            label: "20260102T030405Z before: 6".into(),
            revision: 1,
        };
        let names = [CONSUMER, ORIGIN, "shortline-migrate"];
        Self {
            lines: Vec::new(),
            files: BTreeMap::new(),
            aliases: names.map(|name| (name.to_owned(), alias.clone())).into(),
            worker: (shares(&[("OLD", 100)]), "20260102T030405Z before: OLDER".into()),
            api_worker: (shares(&[("OLD", 100)]), "20260102T030405Z before: OLDER".into()),
            published: "8",
            answer: "yes\n",
            fails: None,
            alarm: None,
            is_interrupted_at: None,
            concurrent_change: None,
            shifts: 0,
            waits: 0,
            is_cleaning_up: false,
        }
    }
}

pub(super) fn shares(versions: &[(&str, u32)]) -> Value {
    versions.iter().map(|(version, part)| json!({ "version_id": version, "percentage": part })).collect()
}

impl Cloud for FakeCloud {
    fn call(&mut self, call: &CloudCommand) -> Result<String> {
        let line = call.line();
        let is_interrupted =
            self.is_interrupted_at.is_some_and(|wait| self.waits >= wait) && !self.is_cleaning_up;
        ensure!(!is_interrupted, "interrupted");
        if let Some((_, action)) = self.concurrent_change.take_if(|(word, _)| line.contains(*word)) {
            action(self);
        }
        self.lines.push(line.clone());
        assert!(!line.contains("example-secret"), "a secret is on a command line: {line}");
        ensure!(self.fails.is_none_or(|word| !line.contains(word)), "test failure");
        if line.contains("describe-alarms") {
            let polls = self.lines.iter().filter(|before| **before == line).count();
            let is_on =
                self.alarm.is_some_and(|(alarm, first_poll)| line.contains(alarm) && polls >= first_poll);
            return Ok(if is_on {
                healthy_answer(call).replace("OK", "ALARM")
            } else {
                healthy_answer(call)
            });
        }
        if line.contains("deployments status") {
            let (versions, message) = self.worker_of(&line);
            return Ok(
                json!({ "versions": versions, "annotations": { "workers/message": message } }).to_string()
            );
        }
        if line.contains("versions deploy") {
            let parts = call.arguments.iter().filter_map(|text| text.strip_suffix('%')?.split_once('@'));
            let parts: Vec<_> = parts.map(|(version, part)| (version, part.parse().unwrap())).collect();
            *self.worker_of(&line) = (shares(&parts), after(call, "--message"));
        }
        if line.contains("get-alias") || line.contains("update-alias") {
            return self.alias(call);
        }
        if line.contains("update-function-code") {
            return Ok(json!({ "Version": self.published }).to_string());
        }
        Ok(healthy_answer(call))
    }

    fn look(&mut self, call: &CloudCommand) -> Result<CommandOutput> {
        Ok(match self.call(call) {
            Ok(stdout) => CommandOutput { is_success: true, stdout, stderr: String::new() },
            Err(error) => CommandOutput { stderr: error.to_string(), ..CommandOutput::default() },
        })
    }

    fn defer_interrupts(&mut self) -> Result<()> {
        self.lines.push("# interrupts deferred".into());
        Ok(())
    }

    fn ask(&mut self, _: &str) -> Result<String> {
        Ok(self.answer.into())
    }

    fn begin_cleanup(&mut self) {
        self.is_cleaning_up = true;
    }

    fn wait(&mut self, _: Duration) -> Result<()> {
        self.waits += 1;
        ensure!(self.is_interrupted_at.is_none_or(|wait| self.waits < wait), "interrupted");
        Ok(())
    }

    fn write(&mut self, file: &Path, content: &str) -> Result<()> {
        self.files.insert(file.to_path_buf(), content.to_owned());
        Ok(())
    }

    fn read(&mut self, file: &Path) -> Result<String> {
        Ok(healthy_file(file))
    }

    fn copy_folder(&mut self, from: &Path, to: &Path) -> Result<()> {
        self.lines.push(format!("# copies {} to {}", from.display(), to.display()));
        Ok(())
    }
}

fn after(call: &CloudCommand, word: &str) -> String {
    let position = call.arguments.iter().position(|argument| argument == word).unwrap();
    call.arguments[position + 1].clone()
}

impl FakeCloud {
    fn worker_of(&mut self, line: &str) -> &mut (Value, String) {
        if line.contains(API) { &mut self.api_worker } else { &mut self.worker }
    }

    fn alias(&mut self, call: &CloudCommand) -> Result<String> {
        let alias = self.aliases.get_mut(&after(call, "--function-name")).unwrap();
        if call.arguments.iter().any(|argument| argument == "update-alias") {
            ensure!(
                after(call, "--revision-id") == alias.revision.to_string(),
                "the RevisionId does not match"
            );
            let routing: Value = serde_json::from_str(&after(call, "--routing-config")).unwrap();
            *alias = Alias {
                version: after(call, "--function-version"),
                weights: routing["AdditionalVersionWeights"].clone(),
                label: after(call, "--description"),
                revision: alias.revision + 1,
            };
        }
        let mut weights = alias.weights.clone();
        if self.shifts > 0 && after(call, "--function-name") == ORIGIN && alias.version == "8" {
            self.shifts -= 1;
            weights = json!({ "7": 1.0 });
        }
        Ok(json!({
            "FunctionVersion": alias.version,
            "Description": alias.label,
            "RoutingConfig": { "AdditionalVersionWeights": weights },
            "RevisionId": alias.revision.to_string(),
        })
        .to_string())
    }

    /// The state after Terraform's first apply.
    pub(super) fn without_a_deployment() -> Self {
        let mut cloud = Self::default();
        cloud.aliases.values_mut().for_each(|alias| alias.label = String::new());
        cloud.worker = (shares(&[("PLACEHOLDER", 100)]), "Automatic deployment on upload.".into());
        cloud.api_worker = cloud.worker.clone();
        cloud
    }

    pub(super) fn is_on(&self, function: &str, version: &str) -> bool {
        self.aliases[function].version == version && self.aliases[function].weights == json!({})
    }

    /// The index of the first command that contains all these words.
    pub(super) fn at(&self, words: &[&str]) -> Option<usize> {
        self.lines.iter().position(|line| words.iter().all(|word| line.contains(word)))
    }
}

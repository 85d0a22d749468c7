//! A cloud that notes every call, and remembers what it was told to serve. Decides what goes wrong when, as a test says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::deploy::cloud::{Call, Cloud, untroubled};

pub(super) const ORIGIN: &str = "shortline-origin";
pub(super) const CONSUMER: &str = "shortline-log-consumer";

/// The example's installation: every function on version 7, the Worker on OLD. Publishing makes 8, or `published`, and NEW.
pub(super) struct Rehearsal {
    pub(super) lines: Vec<String>,
    pub(super) files: BTreeMap<PathBuf, String>,
    pub(super) aliases: BTreeMap<String, Alias>,
    pub(super) worker: (Value, String),
    pub(super) published: &'static str,
    /// To the question whether a plan is applied.
    pub(super) answer: &'static str,
    pub(super) fails: Option<&'static str>,
    /// It goes on with this look at it.
    pub(super) alarm: Option<(&'static str, usize)>,
    /// Ctrl-C, before this wait.
    pub(super) is_interrupted_at: Option<usize>,
    /// What another hand does before a call with this word.
    pub(super) meanwhile: Option<(&'static str, Act)>,
    pub(super) waits: usize,
    pub(super) is_settling: bool,
}

type Act = fn(&mut Rehearsal);

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alias {
    pub(super) version: String,
    pub(super) weights: Value,
    pub(super) label: String,
    pub(super) revision: usize,
}

impl Default for Rehearsal {
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
            published: "8",
            answer: "yes\n",
            fails: None,
            alarm: None,
            is_interrupted_at: None,
            meanwhile: None,
            waits: 0,
            is_settling: false,
        }
    }
}

pub(super) fn shares(versions: &[(&str, u32)]) -> Value {
    versions.iter().map(|(version, part)| json!({ "version_id": version, "percentage": part })).collect()
}

impl Cloud for Rehearsal {
    fn call(&mut self, call: &Call) -> Result<String> {
        let line = call.line();
        let is_ended = self.is_interrupted_at.is_some_and(|wait| self.waits >= wait) && !self.is_settling;
        ensure!(!is_ended, "interrupted");
        if let Some((_, act)) = self.meanwhile.take_if(|(word, _)| line.contains(*word)) {
            act(self);
        }
        self.lines.push(line.clone());
        assert!(!line.contains("example-secret"), "a secret is on a command line: {line}");
        ensure!(self.fails.is_none_or(|word| !line.contains(word)), "told to fail");
        if line.contains("describe-alarms") {
            let looks = self.lines.iter().filter(|before| **before == line).count();
            let is_on = self.alarm.is_some_and(|(alarm, look)| line.contains(alarm) && looks >= look);
            return Ok(if is_on { untroubled(call).replace("OK", "ALARM") } else { untroubled(call) });
        }
        if line.contains("deployments status") {
            let (versions, message) = &self.worker;
            return Ok(
                json!({ "versions": versions, "annotations": { "workers/message": message } }).to_string()
            );
        }
        if line.contains("versions deploy") {
            let parts = call.arguments.iter().filter_map(|text| text.strip_suffix('%')?.split_once('@'));
            let parts: Vec<_> = parts.map(|(version, part)| (version, part.parse().unwrap())).collect();
            self.worker = (shares(&parts), after(call, "--message"));
        }
        if line.contains("get-alias") || line.contains("update-alias") {
            return self.alias(call);
        }
        if line.contains("update-function-code") {
            return Ok(json!({ "Version": self.published }).to_string());
        }
        Ok(untroubled(call))
    }

    fn guard(&mut self) -> Result<()> {
        self.lines.push("# on guard".into());
        Ok(())
    }

    fn ask(&mut self, _: &str) -> Result<String> {
        Ok(self.answer.into())
    }

    fn settle(&mut self) {
        self.is_settling = true;
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

    fn read(&mut self, _: &Path) -> Result<String> {
        Ok("{\"type\": \"session\"}\n{\"type\": \"version-upload\", \"version_id\": \"NEW\"}\n".into())
    }
}

fn after(call: &Call, word: &str) -> String {
    let position = call.arguments.iter().position(|argument| argument == word).unwrap();
    call.arguments[position + 1].clone()
}

impl Rehearsal {
    fn alias(&mut self, call: &Call) -> Result<String> {
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
        Ok(json!({
            "FunctionVersion": alias.version,
            "Description": alias.label,
            "RoutingConfig": { "AdditionalVersionWeights": alias.weights },
            "RevisionId": alias.revision.to_string(),
        })
        .to_string())
    }

    /// As Terraform leaves it.
    pub(super) fn without_a_deployment() -> Self {
        let mut cloud = Self::default();
        cloud.aliases.values_mut().for_each(|alias| alias.label = String::new());
        cloud.worker = (shares(&[("PLACEHOLDER", 100)]), "Automatic deployment on upload.".into());
        cloud
    }

    pub(super) fn is_on(&self, function: &str, version: &str) -> bool {
        self.aliases[function].version == version && self.aliases[function].weights == json!({})
    }

    /// Where the first call with all these words is in the row of calls.
    pub(super) fn at(&self, words: &[&str]) -> Option<usize> {
        self.lines.iter().position(|line| words.iter().all(|word| line.contains(word)))
    }
}

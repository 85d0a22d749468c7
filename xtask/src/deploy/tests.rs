//! Whole deployments against a cloud that notes every call and answers as it is told.

use std::collections::BTreeMap;
use std::path::Path;

use super::cloud::{EXAMPLE_OUTPUTS, untroubled};
use super::*;

/// Answers like a cloud without trouble, but for calls that contain one of these words.
#[derive(Default)]
struct Rehearsal {
    lines: Vec<String>,
    files: BTreeMap<PathBuf, String>,
    answers: Vec<(&'static str, &'static str)>,
}

impl Cloud for Rehearsal {
    fn call(&mut self, call: &Call) -> Result<String> {
        let line = call.line();
        self.lines.push(line.clone());
        assert!(!line.contains("example-secret"), "a secret is on a command line: {line}");
        match self.answers.iter().find(|(word, _)| line.contains(word)) {
            Some((_, "fails")) => bail!("told to fail"),
            Some((_, answer)) => Ok((*answer).to_owned()),
            None => Ok(untroubled(call)),
        }
    }

    fn wait(&mut self, _: std::time::Duration) {}

    fn write(&mut self, file: &Path, content: &str) -> Result<()> {
        self.files.insert(file.to_path_buf(), content.to_owned());
        Ok(())
    }

    fn read(&mut self, _: &Path) -> Result<String> {
        Ok("{\"type\": \"session\"}\n{\"type\": \"version-upload\", \"version_id\": \"NEW\"}\n".into())
    }
}

impl Rehearsal {
    fn answering(word: &'static str, answer: &'static str) -> Self {
        Self { answers: vec![(word, answer)], ..Self::default() }
    }

    /// Where the first call with all these words is in the row of calls.
    fn at(&self, words: &[&str]) -> Option<usize> {
        self.lines.iter().position(|line| words.iter().all(|word| line.contains(word)))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn run_on(cloud: &mut Rehearsal, rollback: bool) -> Result<()> {
    let places = Places {
        infra: "infra".into(),
        packages: "packages".into(),
        wrangler_toml: root().join("wrangler.toml"),
        scratch: "scratch".into(),
    };
    let options = Options { dry_run: false, rollback, yes: true, canary_minutes: 1, outputs: None };
    deploy(cloud, &places, &options)
}

#[test]
fn schema_then_functions_then_worker_each_by_a_canary() {
    let mut cloud = Rehearsal::default();
    run_on(&mut cloud, false).unwrap();
    assert!(cloud.files[Path::new("scratch/secrets.json")].contains("example-secret"));
    let order = [
        &["terraform", "plan"][..],
        &["terraform", "apply"],
        &["invoke", "shortline-migrate"],
        &["update-alias", "shortline-log-consumer", "{\"8\":0.1}"],
        &["update-alias", "shortline-log-consumer", "--function-version 8", "before: 7"],
        &["update-alias", "shortline-origin", "--function-version 7", "{\"8\":0.1}"],
        &["update-alias", "shortline-origin", "--function-version 8", "before: 7"],
        &["versions upload"],
        &["versions deploy NEW@10% OLD@90%"],
        &["versions deploy NEW@100%", "before: OLD"],
    ];
    let found: Vec<_> =
        order.iter().map(|words| cloud.at(words).unwrap_or_else(|| panic!("no {words:?}"))).collect();
    assert!(found.is_sorted(), "{found:?} in {:#?}", cloud.lines);
}

#[test]
fn a_failed_migration_changes_no_function() {
    let mut cloud = Rehearsal::answering(" invoke ", r#"{"StatusCode": 200, "FunctionError": "Unhandled"}"#);
    let error = format!("{:#}", run_on(&mut cloud, false).unwrap_err());
    assert!(error.contains("no function was changed"), "{error}");
    assert_eq!(cloud.at(&["shortline-origin"]), None);
    assert_eq!(cloud.at(&["versions"]), None);
}

#[test]
fn an_alarm_takes_the_canary_back_and_stops_the_rest() {
    let mut cloud = Rehearsal::answering(
        "describe-alarms",
        r#"{"MetricAlarms": [{"AlarmName": "shortline-consumer-errors"}], "CompositeAlarms": []}"#,
    );
    let error = format!("{:#}", run_on(&mut cloud, false).unwrap_err());
    assert!(error.contains("shortline-consumer-errors") && error.contains("taken back"), "{error}");
    let last = cloud.lines.last().unwrap();
    assert!(
        last.contains("--function-version 7") && last.contains("{\"AdditionalVersionWeights\":{}}"),
        "{last}"
    );
    assert_eq!(cloud.at(&["shortline-origin", "update-alias"]), None);
}

#[test]
fn alarms_that_cannot_be_read_count_as_on() {
    let mut cloud = Rehearsal::answering("describe-alarms", "fails");
    run_on(&mut cloud, false).unwrap_err();
    assert!(cloud.lines.last().unwrap().contains("--function-version 7"));
}

#[test]
fn an_alarm_of_the_edge_takes_the_worker_back() {
    let mut cloud =
        Rehearsal::answering("--region us-east-1", r#"{"CompositeAlarms": [{"AlarmName": "edge"}]}"#);
    run_on(&mut cloud, false).unwrap_err();
    assert!(cloud.lines.last().unwrap().contains("versions deploy OLD@100%"));
    assert_eq!(cloud.at(&["NEW@100%"]), None);
}

#[test]
fn a_function_that_has_the_code_already_is_left_alone() {
    let mut cloud = Rehearsal::answering("update-function-code", r#"{"Version": "7"}"#);
    run_on(&mut cloud, false).unwrap();
    assert_eq!(cloud.at(&["update-alias", "shortline-origin"]), None);
}

#[test]
fn rollback_takes_the_worker_back_first_and_touches_no_schema() {
    let mut cloud = Rehearsal::default();
    run_on(&mut cloud, true).unwrap();
    let order = [
        &["versions deploy OLDER@100%", "before: OLD"][..],
        &["update-alias", "shortline-origin", "--function-version 6", "before: 7"],
        &["update-alias", "shortline-log-consumer", "--function-version 6"],
    ];
    let found: Vec<_> = order.iter().map(|words| cloud.at(words).unwrap()).collect();
    assert!(found.is_sorted(), "{:#?}", cloud.lines);
    assert_eq!(cloud.at(&["invoke"]), None);
    assert_eq!(cloud.at(&["terraform", "apply"]), None);
}

#[test]
fn the_worker_gets_what_terraform_made_and_keeps_what_wrangler_says() {
    let outputs = Outputs::parse(EXAMPLE_OUTPUTS).unwrap();
    let text = std::fs::read_to_string(root().join("wrangler.toml")).unwrap();
    outputs.agree_with(&text).unwrap();
    let config = worker::configuration(&text, &outputs.worker, Path::new("/checkout")).unwrap();
    assert_eq!(config["vars"]["DEFAULT_DOMAIN"], "go.example.com");
    assert_eq!(config["vars"]["PURGE_BURST"], "25");
    assert_eq!(config["kv_namespaces"][0]["id"], "fedcba9876543210fedcba9876543210");
    assert_eq!(config["main"], "/checkout/edge-worker/build/entry.js");
    assert!(config["triggers"].is_null(), "Terraform owns the schedule");
}

#[test]
fn outputs_that_wrangler_has_no_place_for_are_refused_before_anything_changes() {
    let outputs = Outputs::parse(&EXAMPLE_OUTPUTS.replace("ORIGIN_URLS", "ORIGIN_URL")).unwrap();
    let text = std::fs::read_to_string(root().join("wrangler.toml")).unwrap();
    assert!(outputs.agree_with(&text).unwrap_err().to_string().contains("ORIGIN_URL"));
}

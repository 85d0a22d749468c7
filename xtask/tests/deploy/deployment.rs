//! Whole deployments over ministack and the stand-ins: the first one, one that is broken off by an alarm and one by Ctrl-C, one
//! with canaries, and a roll-back.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::rig::ministack::{Ministack, set_alarm};
use crate::rig::{Answer, Rig, aws, remembered};

const ALARM: &str = "shortline-consumer-errors";
const FUNCTIONS: [&str; 3] = ["shortline-migrate", "shortline-log-consumer", "shortline-origin"];
/// A function for Lambda's runtime API that answers every call, and ends with the emulator.
const BOOTSTRAP: &str = r#"#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while headers=$(curl -sS -D - -o /dev/null "$api/next"); do
  id=$(echo "$headers" | tr -d '\r' | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  curl -sS -X POST "$api/$id/response" -d '{}' >/dev/null || exit
done
"#;

/// An installation after Terraform's first apply.
fn installed(ministack: &Ministack) -> Rig {
    let mut rig = Rig::new(Some(ministack.port));
    rig.set("RIG_REMEMBERED", remembered().to_str().unwrap());
    let outputs = rig.folder.join("outputs.json");
    let mut values: Value = serde_json::from_slice(&std::fs::read(&outputs).unwrap()).unwrap();
    values["canary_alarms"]["value"] = json!({ "eu-central-1": [ALARM] });
    std::fs::write(&outputs, values.to_string()).unwrap();
    ministack.alarm(ALARM);
    let package = zip(&rig.folder);
    for name in FUNCTIONS {
        let create = [
            "lambda",
            "create-function",
            "--function-name",
            name,
            "--runtime",
            "provided.al2023",
            "--handler",
            "bootstrap",
        ];
        let role =
            ["--role", "arn:aws:iam::123456789012:role/shortline", "--zip-file", &package, "--publish"];
        rig.aws(&[&create[..], &role].concat());
        rig.aws(&[
            "lambda",
            "create-alias",
            "--function-name",
            name,
            "--name",
            "live",
            "--function-version",
            "1",
        ]);
    }
    rig
}

fn zip(folder: &Path) -> String {
    let packages = folder.join("packages");
    std::fs::create_dir(&packages).unwrap();
    for name in ["migrate", "log-consumer", "origin-lambda"] {
        let file = std::fs::File::create(packages.join(format!("{name}.zip"))).unwrap();
        let mut zip = zip::ZipWriter::new(file);
        zip.start_file("bootstrap", zip::write::SimpleFileOptions::default().unix_permissions(0o755))
            .unwrap();
        zip.write_all(BOOTSTRAP.as_bytes()).unwrap();
        zip.finish().unwrap();
    }
    format!("fileb://{}", packages.join("migrate.zip").display())
}

/// The version of an alias, and the weights of others.
fn alias(rig: &Rig, function: &str) -> (String, Value) {
    let found =
        rig.aws(&["lambda", "get-alias", "--function-name", function, "--name", "live", "--output", "json"]);
    let found: Value = serde_json::from_str(&found).unwrap();
    let weights = found.pointer("/RoutingConfig/AdditionalVersionWeights").cloned();
    (found["FunctionVersion"].as_str().unwrap().to_owned(), weights.unwrap_or_else(|| json!({})))
}

/// Which versions of the visitor's and of the API's Worker serve.
fn shares(rig: &Rig) -> [Vec<(u64, u64)>; 2] {
    let state = rig.state();
    [state.worker.shares(), state.api_worker.shares()]
}

fn has_no_secrets_left(rig: &Rig) {
    let left: Vec<_> = std::fs::read_dir(rig.folder.join(".shortline/deploy"))
        .unwrap()
        .flatten()
        .map(|file| file.file_name())
        .collect();
    assert!(
        left.iter().all(|name| !name.to_string_lossy().ends_with(".tfplan") && name != "secrets.json"),
        "{left:?}"
    );
}

/// Does something when a canary of the consumer starts.
fn at_canary(rig: &Rig, mut act: impl FnMut() + Send + 'static) {
    rig.state().hook = Some((
        "PUT Alias",
        Box::new(move |request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            if request.path.contains("log-consumer")
                && body["RoutingConfig"]["AdditionalVersionWeights"] != json!({})
            {
                act();
            }
        }),
    ));
}

fn contains(output: &str, all: &[&str]) {
    for words in all {
        assert!(output.contains(words), "no {words:?} in {output}");
    }
}

#[test]
fn deployments_canary_roll_back_and_break_off() {
    let ministack = Ministack::start();
    let rig = installed(&ministack);
    let deploy = ["--yes", "--packages", "packages", "--canary-minutes", "0.02"];

    // The first one: the network forgets the call of the migration, and the proxy does not know the logins yet.
    rig.plant_once("POST Invoke", Answer::CloseOnce);
    let unavailable = "<State>UNAVAILABLE</State><Reason>AUTH_FAILURE</Reason><Description>x</Description>";
    rig.plant_once("DescribeDBProxyTargets", Answer::GiveOnce(aws::proxy_targets(unavailable)));
    let first = rig.deploy(&deploy);
    assert_eq!(first.code, Some(0), "{}", first.output);
    contains(
        &first.output,
        &[
            "the connection to shortline-migrate was cut off; it goes on, and is asked again",
            "waits for the proxy shortline-links: UNAVAILABLE, AUTH_FAILURE",
            "the proxy shortline-links: ready",
            "shortline-origin in eu-central-1: 2, the first version",
            "ops@example.com has not confirmed the alarms of eu-central-1",
            "https://go.example.com/readyz: ready",
            "https://go.example.com/Abc1234: made and followed",
            "https://go.example.com/Abc1234: counted",
        ],
    );
    assert!(
        !first.output.contains("slk_secret") && !first.output.contains("example-secret"),
        "{}",
        first.output
    );
    assert!(rig.writes().contains(&"DELETE /api/v1/links/link-1".to_owned()));
    assert_eq!(shares(&rig), [[(2, 100)]; 2]);
    contains(&first.output, &["https://go.example.com/dashboard/: ready"]);
    let files = [
        "/dashboard/_app/chunks.json",
        "/dashboard/_app/immutable/entry/start.NEW.js",
        "/dashboard/index.html",
    ];
    assert_eq!(rig.state().worker.assets, files, "no chunks of before, and no hidden file");
    let modes = std::fs::read_to_string(rig.folder.join("plans.log")).unwrap();
    assert_eq!(modes.lines().collect::<Vec<_>>(), ["600", "600"], "of the preflight and of the deployment");
    has_no_secrets_left(&rig);

    // Broken off by an alarm.
    let port = ministack.port;
    at_canary(&rig, move || set_alarm(port, ALARM, "ALARM"));
    let stopped = rig.deploy(&deploy);
    assert_eq!(stopped.code, Some(1), "{}", stopped.output);
    contains(
        &stopped.output,
        &["alarms are on: shortline-consumer-errors", "version 3 was rolled back; all calls go to 2"],
    );
    assert_eq!(alias(&rig, "shortline-log-consumer"), ("2".into(), json!({})));
    assert_eq!(alias(&rig, "shortline-origin").0, "2");
    assert_eq!(shares(&rig), [[(2, 100)]; 2]);
    has_no_secrets_left(&rig);
    set_alarm(port, ALARM, "OK");

    // Broken off by Ctrl-C.
    let (sender, canary) = std::sync::mpsc::channel();
    at_canary(&rig, move || sender.send(()).unwrap());
    let child = rig
        .command(&["--yes", "--packages", "packages", "--canary-minutes", "10"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    canary.recv().unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let interrupted = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&interrupted.stderr);
    assert_eq!(interrupted.status.code(), Some(1), "{error}");
    contains(&error, &["interrupted", "version 4 was rolled back; all calls go to 2"]);
    assert_eq!(alias(&rig, "shortline-log-consumer"), ("2".into(), json!({})));
    has_no_secrets_left(&rig);
    rig.state().hook = None;

    // With canaries.
    let second = rig.deploy(&deploy);
    assert_eq!(second.code, Some(0), "{}", second.output);
    contains(
        &second.output,
        &["shortline-log-consumer in eu-central-1: 5, was 2", "{\"AdditionalVersionWeights\":{\"5\":0.1}}"],
    );
    let state = rig.state();
    for worker in [&state.worker, &state.api_worker] {
        let versions = |deployment: &Value| deployment["versions"].as_array().unwrap().len();
        let deployments: Vec<_> = worker.deployments.iter().map(versions).collect();
        assert_eq!(deployments, [1, 2, 1, 1], "a canary, and then all requests");
    }
    let old = "/dashboard/_app/immutable/entry/start.OLD.js".to_owned();
    assert!(
        state.worker.assets.contains(&old) && state.api_worker.assets.is_empty(),
        "{:?}",
        state.worker.assets
    );
    let assets = &state.worker.asset_config;
    assert_eq!(assets["jwt"], "uploaded", "{assets}");
    let worker_first = json!(["/*", "!/dashboard", "!/dashboard/*"]);
    assert_eq!(assets["config"]["run_worker_first"], worker_first, "{assets}");
    assert_eq!(assets["config"]["_headers"], "/dashboard/*\n  X-Frame-Options: DENY\n", "{assets}");
    drop(state);
    contains(&second.output, &["chunks of the live dashboard that stay available: 1"]);
    assert_eq!(shares(&rig), [[(3, 100)]; 2]);

    // And back.
    let back = rig.deploy(&["--rollback"]);
    assert_eq!(back.code, Some(0), "{}", back.output);
    contains(&back.output, &["shortline-origin in eu-central-1: 2, rolled back from 3"]);
    assert_eq!(alias(&rig, "shortline-log-consumer").0, "2");
    assert_eq!(shares(&rig), [[(2, 100)]; 2]);
}

#[test]
fn failed_apply_leaves_no_plan_behind() {
    let mut rig = Rig::new(None);
    rig.set("RIG_REMEMBERED", remembered().to_str().unwrap());
    rig.set("RIG_APPLY_FAILS", "1");
    let run = rig.deploy(&["--yes", "--packages", "packages"]);
    assert_eq!(run.code, Some(1), "{}", run.output);
    contains(&run.output, &["apply -input=false"]);
    has_no_secrets_left(&rig);
}

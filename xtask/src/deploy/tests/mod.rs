//! Tests of whole deployments against a fake cloud, and of interrupted ones.

mod fake_cloud;

use std::path::Path;

use serde_json::json;

use super::cloud::EXAMPLE_OUTPUTS;
use super::*;
use fake_cloud::{API, Alias, CONSUMER, FakeCloud, ORIGIN, VISITORS, shares};

const NOW: &str = "20261125T093000Z";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn options() -> Options {
    Options {
        dry_run: false,
        rollback: false,
        preflight: false,
        yes: true,
        canary_minutes: 1.0,
        ignore_alarm: Vec::new(),
        outputs: None,
        packages: None,
        checkout: None,
    }
}

fn run_with(cloud: &mut FakeCloud, options: &Options, now: &str) -> Result<()> {
    let paths = DeployPaths {
        infra: "infra".into(),
        packages: "packages".into(),
        root: root().to_path_buf(),
        scratch: "scratch".into(),
    };
    deploy(cloud, &paths, options, now, || Ok(()))
}

fn deploy_now(cloud: &mut FakeCloud) -> Result<()> {
    run_with(cloud, &options(), NOW)
}

fn roll_back_now(cloud: &mut FakeCloud) -> Result<()> {
    run_with(cloud, &Options { rollback: true, ..options() }, "20261125T103000Z")
}

fn refusal(outcome: Result<()>) -> String {
    format!("{:#}", outcome.unwrap_err())
}

#[test]
fn deploys_schema_functions_and_workers_with_canaries() {
    let mut cloud = FakeCloud::default();
    deploy_now(&mut cloud).unwrap();
    assert!(cloud.files[Path::new("scratch/secrets.json")].contains("example-secret"));
    let order = [
        &["aws sts get-caller-identity"][..],
        &["# interrupts deferred"],
        &["terraform", "plan", "-out=scratch/deploy.tfplan"],
        &["terraform", "apply", "scratch/deploy.tfplan"],
        &["invoke", "shortline-migrate"],
        &["update-alias", CONSUMER, "{\"8\":0.1}"],
        &["update-alias", CONSUMER, "--function-version 8", "before: 7"],
        &["update-alias", ORIGIN, "--function-version 7", "{\"8\":0.1}"],
        &["update-alias", ORIGIN, "--function-version 8", "before: 7"],
        &["versions upload", API],
        &["versions deploy", "NEW@10% OLD@90%", API],
        &["versions deploy", "NEW@100%", "before: OLD", API],
        &["versions upload", VISITORS],
        &["versions deploy", "NEW@10% OLD@90%", VISITORS],
        &["versions deploy", "NEW@100%", "before: OLD", VISITORS],
    ];
    let found: Vec<_> =
        order.iter().map(|words| cloud.at(words).unwrap_or_else(|| panic!("no {words:?}"))).collect();
    assert!(found.is_sorted(), "{found:?} in {:#?}", cloud.lines);
}

#[test]
fn declined_plan_is_not_applied() {
    let ask = Options { yes: false, ..options() };
    let mut cloud = FakeCloud { answer: "y\n", ..FakeCloud::default() };
    assert!(refusal(run_with(&mut cloud, &ask, NOW)).contains("nothing was changed"));
    assert_eq!(cloud.at(&["terraform", "apply"]), None);
    cloud.answer = "yes\n";
    run_with(&mut cloud, &ask, NOW).unwrap();
    assert!(cloud.at(&["terraform", "apply"]).is_some());
}

#[test]
fn wrangler_only_reads_the_filled_configuration() {
    let mut cloud = FakeCloud::default();
    deploy_now(&mut cloud).unwrap();
    roll_back_now(&mut cloud).unwrap();
    let calls = cloud.lines.iter().filter(|line| line.contains("wrangler@"));
    assert!(
        calls.clone().all(|line| line.contains("--config scratch/wrangler-shortline")),
        "{:#?}",
        cloud.lines
    );
    assert!(calls.count() > 8);
}

#[test]
fn live_chunks_are_uploaded_with_the_new_ones() {
    let (built, assets) = (root().join("dashboard/build"), "scratch/assets");
    let copies = format!("# copies {} to {assets}", built.display());
    let fetches = [
        "curl",
        "--output scratch/assets/dashboard/_app/immutable/entry/start.OLD.js \
         https://go.example.com/dashboard/_app/immutable/entry/start.OLD.js",
    ];
    let mut cloud = FakeCloud::default();
    deploy_now(&mut cloud).unwrap();
    let order = [&[copies.as_str()][..], &["curl", "/chunks.json"], &fetches, &["versions upload", VISITORS]];
    let found: Vec<_> = order.iter().map(|words| cloud.at(words)).collect();
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{found:?} in {:#?}", cloud.lines);

    // A transfer that is cut off leaves nothing behind, and stops nothing.
    let mut cloud = FakeCloud { fails: Some("start.OLD.js"), ..FakeCloud::default() };
    deploy_now(&mut cloud).unwrap();
    let copied: Vec<_> = cloud.lines.iter().enumerate().filter(|(_, line)| **line == copies).collect();
    assert!(copied.len() == 2 && Some(copied[1].0) > cloud.at(&fetches), "{:#?}", cloud.lines);

    let mut cloud = FakeCloud::without_a_deployment();
    deploy_now(&mut cloud).unwrap();
    assert!(cloud.at(&[&copies]).is_some() && cloud.at(&["chunks.json"]).is_none(), "nothing is live yet");
}

#[test]
fn first_deployment_ignores_alarms_and_has_no_canary() {
    let mut cloud = FakeCloud::without_a_deployment();
    cloud.alarm = Some(("shortline-edge-unavailable", 1));
    deploy_now(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "8") && cloud.worker.0 == shares(&[("NEW", 100)]));
    assert_eq!(cloud.api_worker.0, shares(&[("NEW", 100)]));
    assert!(cloud.at(&["describe-alarms"]) > cloud.at(&["versions deploy"]), "read for their addresses only");
    // The second deployment is protected by alarms.
    assert!(refusal(run_with(&mut cloud, &options(), "20261126T093000Z")).contains("alarms are on before"));
}

#[test]
fn interrupted_first_deployment_continues_despite_alarms() {
    for (failing_call, published) in [
        ("shortline-origin --publish", "8"),
        ("versions upload", "9"),
        ("upload --config scratch/wrangler-shortline.json", "9"),
    ] {
        let mut cloud = FakeCloud::without_a_deployment();
        cloud.alarm = Some(("shortline-edge-unavailable", 1));
        cloud.fails = Some(failing_call);
        assert!(refusal(deploy_now(&mut cloud)).contains("Run the command again to continue"));
        // Also with other code: the failure may have been fixed.
        (cloud.fails, cloud.published) = (None, published);
        deploy_now(&mut cloud).unwrap();
        assert!(cloud.is_on(CONSUMER, published) && cloud.is_on(ORIGIN, published));
        assert_eq!([&cloud.worker.0, &cloud.api_worker.0], [&shares(&[("NEW", 100)]); 2]);
        assert!(cloud.at(&["describe-alarms"]) > cloud.at(&["versions deploy"]));
    }
}

#[test]
fn worker_with_a_message_is_protected_by_alarms() {
    let mut cloud = FakeCloud::without_a_deployment();
    cloud.worker.1 = "hotfix".into();
    cloud.alarm = Some(("shortline-edge-unavailable", 1));
    assert!(refusal(deploy_now(&mut cloud)).contains("alarms are on before"));
}

#[test]
fn worker_deployed_by_others_is_not_the_placeholder() {
    let mut cloud =
        FakeCloud { worker: (shares(&[("THEIRS", 100)]), "hotfix".into()), ..FakeCloud::default() };
    deploy_now(&mut cloud).unwrap();
    assert!(cloud.at(&["versions deploy", "NEW@10% THEIRS@90%"]).is_some());
}

#[test]
fn failed_migration_changes_no_function() {
    let mut cloud = FakeCloud { fails: Some(" invoke "), ..FakeCloud::default() };
    let error = refusal(deploy_now(&mut cloud));
    assert!(error.contains("no function was changed"), "{error}");
    assert!(cloud.is_on(ORIGIN, "7") && cloud.at(&["versions upload"]).is_none());
}

#[test]
fn alarm_in_any_region_rolls_back_and_stops() {
    for alarm in ["shortline-consumer-errors", "shortline-edge-unavailable"] {
        let mut cloud = FakeCloud { alarm: Some((alarm, 2)), ..FakeCloud::default() };
        let before = cloud.aliases.clone();
        let error = refusal(deploy_now(&mut cloud));
        assert!(error.contains(alarm) && error.contains("was rolled back"), "{error}");
        assert!(cloud.is_on(CONSUMER, "7") && cloud.aliases[CONSUMER].label == before[CONSUMER].label);
        assert_eq!(cloud.at(&[ORIGIN, "update-alias"]), None);
    }
}

#[test]
fn worker_canary_is_rolled_back_with_its_note() {
    // Polled once at the start and four times per function and Worker.
    for (poll, config) in [(10, API), (14, VISITORS)] {
        let mut cloud =
            FakeCloud { alarm: Some(("shortline-edge-unavailable", poll)), ..FakeCloud::default() };
        let before = cloud.worker.clone();
        refusal(deploy_now(&mut cloud));
        assert!(cloud.at(&["versions deploy", "NEW@10%", config]).is_some());
        assert_eq!(cloud.worker, before);
        // What was whole before the alarm stays.
        assert_eq!(cloud.api_worker == before, config == API);
    }
}

#[test]
fn unreadable_alarms_count_as_on() {
    let mut cloud = FakeCloud { fails: Some("describe-alarms"), ..FakeCloud::default() };
    refusal(deploy_now(&mut cloud));
    assert_eq!(cloud.at(&["invoke"]), None);
}

#[test]
fn active_alarm_stops_all_but_its_fix() {
    let mut cloud = FakeCloud { alarm: Some(("shortline-consumer-errors", 1)), ..FakeCloud::default() };
    let error = refusal(deploy_now(&mut cloud));
    assert!(error.contains("before the deployment") && error.contains("--ignore-alarm"), "{error}");
    assert_eq!(cloud.at(&["invoke"]), None);
    let mut repair = options();
    repair.ignore_alarm =
        vec!["shortline-consumer-errors".into(), "shortline-origin-errors-eu-central-1".into()];
    run_with(&mut cloud, &repair, NOW).unwrap();
    repair.ignore_alarm = vec!["consumer-errors".into()];
    assert!(refusal(run_with(&mut cloud, &repair, NOW)).contains("no alarm named consumer-errors"));
}

#[test]
fn interrupted_canary_is_rolled_back() {
    for (wait, function) in [(1, CONSUMER), (6, ORIGIN)] {
        let mut cloud = FakeCloud { is_interrupted_at: Some(wait), ..FakeCloud::default() };
        let error = refusal(deploy_now(&mut cloud));
        assert!(error.contains("interrupted") && error.contains("was rolled back"), "{error}");
        assert!(cloud.is_on(function, "7"));
    }
    for (wait, config) in [(9, API), (13, VISITORS)] {
        let mut cloud = FakeCloud { is_interrupted_at: Some(wait), ..FakeCloud::default() };
        refusal(deploy_now(&mut cloud));
        assert!(cloud.at(&["versions deploy", "NEW@10%", config]).is_some());
        assert_eq!(cloud.worker.0, shares(&[("OLD", 100)]));
    }
}

#[test]
fn failure_at_the_end_of_a_canary_rolls_it_back() {
    let mut cloud = FakeCloud { fails: Some("--revision-id 2 --function-version 8"), ..FakeCloud::default() };
    assert!(refusal(deploy_now(&mut cloud)).contains("was rolled back"));
    assert!(cloud.is_on(CONSUMER, "7"));
}

#[test]
fn concurrent_deployment_is_refused_and_left_alone() {
    // It starts while the first one watches alarms.
    let another = |cloud: &mut FakeCloud| {
        let alias = cloud.aliases.get_mut(CONSUMER).unwrap();
        *alias = Alias { version: "9".into(), weights: json!({}), label: "their".into(), revision: 40 };
    };
    let mut cloud = FakeCloud {
        concurrent_change: Some(("shortline-log-consumer --name live --revision-id 2", another)),
        ..FakeCloud::default()
    };
    let error = refusal(deploy_now(&mut cloud));
    assert!(error.contains("is one running?"), "{error}");
    assert!(cloud.is_on(CONSUMER, "9"), "the other deployment was undone");

    // Or it started first.
    let mut cloud = FakeCloud::default();
    cloud.worker.0 = shares(&[("THEIRS", 10), ("OLD", 90)]);
    assert!(refusal(deploy_now(&mut cloud)).contains("canary of another deployment"));
    assert_eq!(cloud.at(&["invoke"]), None);
}

#[test]
fn repeated_deployment_continues_where_it_stopped() {
    let mut cloud = FakeCloud { fails: Some("shortline-origin --publish"), ..FakeCloud::default() };
    let error = refusal(deploy_now(&mut cloud));
    assert!(error.contains("Run the command again to continue"), "{error}");
    cloud.fails = None;
    cloud.lines.clear();
    deploy_now(&mut cloud).unwrap();
    assert_eq!(cloud.at(&["update-alias", CONSUMER]), None, "the consumer has the code already");
    assert!(cloud.is_on(ORIGIN, "8") && cloud.worker.0 == shares(&[("NEW", 100)]));
}

#[test]
fn roll_back_undoes_only_the_last_deployment() {
    let mut cloud = FakeCloud::default();
    // Its code is unchanged, so the deployment does not touch it.
    cloud.aliases.get_mut(CONSUMER).unwrap().version = "8".into();
    deploy_now(&mut cloud).unwrap();
    cloud.lines.clear();
    roll_back_now(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "7") && cloud.worker.0 == shares(&[("OLD", 100)]));
    assert!(cloud.is_on(CONSUMER, "8") && cloud.api_worker.0 == shares(&[("OLD", 100)]));
    let order = [&["versions deploy", VISITORS][..], &["versions deploy", API], &["update-alias"]];
    assert!(order.map(|words| cloud.at(words).unwrap()).is_sorted(), "callers first: {:#?}", cloud.lines);
    assert!(
        ["terraform -chdir=infra plan", "apply", "invoke"].iter().all(|word| cloud.at(&[word]).is_none())
    );
    // A repeated roll-back changes nothing.
    roll_back_now(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "7") && cloud.worker.0 == shares(&[("OLD", 100)]));
}

#[test]
fn roll_back_returns_while_lambda_shifts_provisioned_instances() {
    let mut cloud = FakeCloud::default();
    deploy_now(&mut cloud).unwrap();
    // Instances of version 8 do not start.
    cloud.aliases.get_mut(ORIGIN).unwrap().weights = json!({ "7": 1.0 });
    roll_back_now(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "7") && cloud.is_on(CONSUMER, "7"), "{:?}", cloud.aliases[ORIGIN]);
}

#[test]
fn worker_waits_until_lambda_has_shifted_to_warm_instances() {
    // The first is the answer to the update.
    let mut cloud = FakeCloud { shifts: 3, ..FakeCloud::default() };
    deploy_now(&mut cloud).unwrap();
    let reads = cloud.lines.iter().take_while(|line| !line.contains("versions upload"));
    assert_eq!(reads.filter(|line| line.contains("get-alias") && line.contains(ORIGIN)).count(), 5);
    // Instances of the new version never start.
    let mut cloud = FakeCloud { shifts: usize::MAX, ..FakeCloud::default() };
    let error = refusal(deploy_now(&mut cloud));
    assert!(
        error.contains("get-provisioned-concurrency-config") && error.contains("was rolled back"),
        "{error}"
    );
    assert!(cloud.is_on(ORIGIN, "7") && cloud.at(&["versions upload"]).is_none());
}

#[test]
fn deployment_that_does_not_work_as_a_whole_fails() {
    for (failing_call, problem) in [
        ("/readyz", "https://go.example.com/readyz does not work"),
        ("--request POST", "no link could be made"),
        ("/CODE", "instead of 302"),
        ("/stats", "counts no click"),
        ("--request DELETE", "could not be removed"),
        ("get-function-configuration", "shortline-log-consumer in eu-central-1 is not ready"),
    ] {
        let mut cloud = FakeCloud { fails: Some(failing_call), ..FakeCloud::default() };
        let error = refusal(deploy_now(&mut cloud));
        assert!(error.contains(problem) && error.contains("--rollback"), "{error}");
        if ["/CODE", "/stats"].contains(&failing_call) {
            assert!(cloud.at(&["--request DELETE", "/links/LINK"]).is_some(), "the link stayed");
        }
        cloud.fails = None;
        roll_back_now(&mut cloud).unwrap();
        assert!(cloud.is_on(ORIGIN, "7"));
    }
}

#[test]
fn proxies_are_waited_for_before_functions_change() {
    let mut cloud = FakeCloud { fails: Some("describe-db-proxy-targets"), ..FakeCloud::default() };
    let error = refusal(deploy_now(&mut cloud));
    assert!(error.contains("the proxy shortline-links is not ready"), "{error}");
    assert!(cloud.is_on(ORIGIN, "7") && cloud.is_on(CONSUMER, "7"));
}

#[test]
fn roll_back_ends_an_abandoned_canary() {
    let mut cloud = FakeCloud { is_interrupted_at: Some(6), ..FakeCloud::default() };
    cloud.fails = Some("--description '20260102T030405Z before: 6'");
    let error = refusal(deploy_now(&mut cloud));
    assert!(error.contains("could not be rolled back"), "{error}");
    assert_eq!(cloud.aliases[ORIGIN].weights, json!({ "8": 0.1 }));
    (cloud.fails, cloud.is_interrupted_at) = (None, None);
    roll_back_now(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "7") && cloud.is_on(CONSUMER, "7"));
    assert_eq!(cloud.worker.0, shares(&[("OLD", 100)]), "that deployment never reached the Worker");
}

#[test]
fn roll_back_without_a_previous_version_is_refused() {
    let error = refusal(roll_back_now(&mut FakeCloud::without_a_deployment()));
    assert!(error.contains("nothing was changed"), "{error}");
    let mut cloud = FakeCloud::without_a_deployment();
    deploy_now(&mut cloud).unwrap();
    roll_back_now(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "8"), "there was no previous version");
}

#[test]
fn dry_run_completes() {
    let paths = DeployPaths::of(&Checkout::here());
    for rollback in [false, true] {
        let options = Options { dry_run: true, rollback, ..options() };
        deploy(&mut DryRun::default(), &paths, &options, NOW, || Ok(())).unwrap();
    }
}

#[test]
fn credentials_of_another_account_are_refused() {
    let outputs = Outputs::parse(&EXAMPLE_OUTPUTS.replace("123456789012\"}", "210987654321\"}")).unwrap();
    let error = outputs.check_account("123456789012").unwrap_err().to_string();
    assert!(error.contains("in AWS account 210987654321") && error.contains("AWS_PROFILE"), "{error}");
    outputs.check_account("210987654321").unwrap();
}

#[test]
fn worker_configuration_merges_terraform_and_wrangler() {
    let outputs = Outputs::parse(EXAMPLE_OUTPUTS).unwrap();
    outputs.check_against(root()).unwrap();
    let configuration = |worker: &outputs::Worker| {
        let text = std::fs::read_to_string(root().join(&worker.wrangler)).unwrap();
        let paths = DeployPaths::of(&Checkout::at("/checkout".into()));
        worker::configuration(&text, worker, &outputs.worker_vars, &paths).unwrap()
    };
    let [api, visitors] = [0, 1].map(|number| configuration(&outputs.workers[number]));
    assert_eq!(visitors["vars"]["DEFAULT_DOMAIN"], "go.example.com");
    assert!(api["vars"]["DEFAULT_DOMAIN"].is_null(), "its file has no such variable");
    assert_eq!(api["vars"]["AWS_REGION"], visitors["vars"]["AWS_REGION"]);
    assert_eq!(api["vars"]["PURGE_BURST"], "25");
    assert_eq!(visitors["main"], "/checkout/edge-worker/build/entry.js");
    assert_eq!(api["main"], "/checkout/api-worker/build/entry.js");
    assert_eq!(visitors["assets"]["directory"], "/checkout/.shortline/deploy/assets");
    assert!(api["assets"].is_null(), "the visitor's Worker has the dashboard");
    assert_eq!(visitors["services"], json!([{ "binding": "API", "service": api["name"] }]));
    let logs = json!({ "enabled": true, "invocation_logs": false });
    for config in [api, visitors] {
        assert_eq!(config["kv_namespaces"][0]["id"], "fedcba9876543210fedcba9876543210");
        assert!(config["triggers"].is_null(), "Terraform owns the schedule");
        assert_eq!(config["workers_dev"], false);
        assert_eq!(config["observability"]["logs"], logs, "a log for each request holds its address");
    }
}

#[test]
fn each_worker_gets_only_its_secrets() {
    for (failing_call, purges) in [
        ("upload --config scratch/wrangler-shortline-api.json", true),
        ("upload --config scratch/wrangler-shortline.json", false),
    ] {
        let mut cloud = FakeCloud { fails: Some(failing_call), ..FakeCloud::default() };
        refusal(deploy_now(&mut cloud));
        let secrets = &cloud.files[Path::new("scratch/secrets.json")];
        assert_eq!((secrets.contains("PURGE_TOKEN"), secrets.contains("CODE_KEY")), (purges, !purges));
    }
}

#[test]
fn outputs_unknown_to_wrangler_are_refused() {
    let outputs = Outputs::parse(&EXAMPLE_OUTPUTS.replace("ORIGIN_URLS", "ORIGIN_URL")).unwrap();
    assert!(outputs.check_against(root()).unwrap_err().to_string().contains("{\"ORIGIN_URL\"}"));
    let outputs = Outputs::parse(&EXAMPLE_OUTPUTS.replace("\"API\"", "\"OTHER\"")).unwrap();
    assert!(outputs.check_against(root()).unwrap_err().to_string().contains("services for the binding API"));
}

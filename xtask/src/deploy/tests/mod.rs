//! Whole deployments, and what is left when one breaks off.

mod rehearsal;

use std::path::Path;

use serde_json::json;

use super::cloud::EXAMPLE_OUTPUTS;
use super::*;
use rehearsal::{Alias, CONSUMER, ORIGIN, Rehearsal, shares};

const NOW: &str = "20261125T093000Z";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn options() -> Options {
    Options {
        dry_run: false,
        rollback: false,
        yes: true,
        canary_minutes: 1,
        ignore_alarm: Vec::new(),
        outputs: None,
    }
}

fn run_with(cloud: &mut Rehearsal, options: &Options, now: &str) -> Result<()> {
    let places = Places {
        infra: "infra".into(),
        packages: "packages".into(),
        wrangler_toml: root().join("wrangler.toml"),
        scratch: "scratch".into(),
    };
    deploy(cloud, &places, options, now, || Ok(()))
}

fn ship(cloud: &mut Rehearsal) -> Result<()> {
    run_with(cloud, &options(), NOW)
}

fn take_back(cloud: &mut Rehearsal) -> Result<()> {
    run_with(cloud, &Options { rollback: true, ..options() }, "20261125T103000Z")
}

fn refusal(outcome: Result<()>) -> String {
    format!("{:#}", outcome.unwrap_err())
}

#[test]
fn schema_then_functions_then_worker_each_by_a_canary() {
    let mut cloud = Rehearsal::default();
    ship(&mut cloud).unwrap();
    assert!(cloud.files[Path::new("scratch/secrets.json")].contains("example-secret"));
    let order = [
        &["aws sts get-caller-identity"][..],
        &["# on guard"],
        &["terraform", "plan", "-out=scratch/deploy.tfplan"],
        &["terraform", "apply", "scratch/deploy.tfplan"],
        &["invoke", "shortline-migrate"],
        &["update-alias", CONSUMER, "{\"8\":0.1}"],
        &["update-alias", CONSUMER, "--function-version 8", "before: 7"],
        &["update-alias", ORIGIN, "--function-version 7", "{\"8\":0.1}"],
        &["update-alias", ORIGIN, "--function-version 8", "before: 7"],
        &["versions upload"],
        &["versions deploy", "NEW@10% OLD@90%"],
        &["versions deploy", "NEW@100%", "before: OLD"],
    ];
    let found: Vec<_> =
        order.iter().map(|words| cloud.at(words).unwrap_or_else(|| panic!("no {words:?}"))).collect();
    assert!(found.is_sorted(), "{found:?} in {:#?}", cloud.lines);
}

#[test]
fn a_plan_that_nobody_agrees_to_is_not_applied() {
    let ask = Options { yes: false, ..options() };
    let mut cloud = Rehearsal { answer: "y\n", ..Rehearsal::default() };
    assert!(refusal(run_with(&mut cloud, &ask, NOW)).contains("nothing was changed"));
    assert_eq!(cloud.at(&["terraform", "apply"]), None);
    cloud.answer = "yes\n";
    run_with(&mut cloud, &ask, NOW).unwrap();
    assert!(cloud.at(&["terraform", "apply"]).is_some());
}

#[test]
fn wrangler_never_reads_the_configuration_that_has_no_values_yet() {
    let mut cloud = Rehearsal::default();
    ship(&mut cloud).unwrap();
    take_back(&mut cloud).unwrap();
    let calls = cloud.lines.iter().filter(|line| line.contains("wrangler@"));
    assert!(calls.clone().all(|line| line.contains("--config scratch/wrangler.json")), "{:#?}", cloud.lines);
    assert!(calls.count() > 4);
}

#[test]
fn the_first_deployment_goes_out_at_once_whatever_alarm_is_on() {
    let mut cloud = Rehearsal::without_a_deployment();
    cloud.alarm = Some(("shortline-edge-unavailable", 1));
    ship(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "8") && cloud.worker.0 == shares(&[("NEW", 100)]));
    assert_eq!(cloud.at(&["describe-alarms"]), None);
    // From now on there is something to protect.
    assert!(refusal(run_with(&mut cloud, &options(), "20261126T093000Z")).contains("alarms are on before"));
}

#[test]
fn a_first_deployment_that_broke_off_goes_on_whatever_alarm_is_on() {
    for (trouble, published) in [("shortline-origin --publish", "8"), ("versions upload", "9")] {
        let mut cloud = Rehearsal::without_a_deployment();
        cloud.alarm = Some(("shortline-edge-unavailable", 1));
        cloud.fails = Some(trouble);
        assert!(refusal(ship(&mut cloud)).contains("the same command again goes on"));
        // With other code too: what broke off may have been repaired.
        (cloud.fails, cloud.published) = (None, published);
        ship(&mut cloud).unwrap();
        assert!(cloud.is_on(CONSUMER, published) && cloud.is_on(ORIGIN, published));
        assert_eq!(cloud.worker.0, shares(&[("NEW", 100)]));
        assert_eq!(cloud.at(&["describe-alarms"]), None);
    }
}

#[test]
fn a_worker_that_somebody_spoke_for_is_protected_before_its_first_deployment() {
    let mut cloud = Rehearsal::without_a_deployment();
    cloud.worker.1 = "hotfix".into();
    cloud.alarm = Some(("shortline-edge-unavailable", 1));
    assert!(refusal(ship(&mut cloud)).contains("alarms are on before"));
}

#[test]
fn a_worker_of_another_hand_is_not_taken_for_the_placeholder() {
    let mut cloud =
        Rehearsal { worker: (shares(&[("THEIRS", 100)]), "hotfix".into()), ..Rehearsal::default() };
    ship(&mut cloud).unwrap();
    assert!(cloud.at(&["versions deploy", "NEW@10% THEIRS@90%"]).is_some());
}

#[test]
fn a_failed_migration_changes_no_function() {
    let mut cloud = Rehearsal { fails: Some(" invoke "), ..Rehearsal::default() };
    let error = refusal(ship(&mut cloud));
    assert!(error.contains("no function was changed"), "{error}");
    assert!(cloud.is_on(ORIGIN, "7") && cloud.at(&["versions upload"]).is_none());
}

#[test]
fn an_alarm_of_any_region_takes_the_canary_back_and_stops_the_rest() {
    for alarm in ["shortline-consumer-errors", "shortline-edge-unavailable"] {
        let mut cloud = Rehearsal { alarm: Some((alarm, 2)), ..Rehearsal::default() };
        let before = cloud.aliases.clone();
        let error = refusal(ship(&mut cloud));
        assert!(error.contains(alarm) && error.contains("was taken back"), "{error}");
        assert!(cloud.is_on(CONSUMER, "7") && cloud.aliases[CONSUMER].label == before[CONSUMER].label);
        assert_eq!(cloud.at(&[ORIGIN, "update-alias"]), None);
    }
}

#[test]
fn the_workers_canary_is_taken_back_with_its_note() {
    // Once before anything, four times for each function.
    let mut cloud = Rehearsal { alarm: Some(("shortline-edge-unavailable", 10)), ..Rehearsal::default() };
    let before = cloud.worker.clone();
    refusal(ship(&mut cloud));
    assert!(cloud.at(&["versions deploy", "NEW@10%"]).is_some());
    assert_eq!(cloud.worker, before);
}

#[test]
fn alarms_that_cannot_be_read_count_as_on() {
    let mut cloud = Rehearsal { fails: Some("describe-alarms"), ..Rehearsal::default() };
    refusal(ship(&mut cloud));
    assert_eq!(cloud.at(&["invoke"]), None);
}

#[test]
fn an_alarm_that_is_on_already_stops_all_but_its_repair() {
    let mut cloud = Rehearsal { alarm: Some(("shortline-consumer-errors", 1)), ..Rehearsal::default() };
    let error = refusal(ship(&mut cloud));
    assert!(error.contains("before anything was shipped") && error.contains("--ignore-alarm"), "{error}");
    assert_eq!(cloud.at(&["invoke"]), None);
    let mut repair = options();
    repair.ignore_alarm =
        vec!["shortline-consumer-errors".into(), "shortline-origin-errors-eu-central-1".into()];
    run_with(&mut cloud, &repair, NOW).unwrap();
    repair.ignore_alarm = vec!["consumer-errors".into()];
    assert!(refusal(run_with(&mut cloud, &repair, NOW)).contains("no alarm named consumer-errors"));
}

#[test]
fn whoever_interrupts_a_canary_finds_it_taken_back() {
    for (wait, function) in [(1, CONSUMER), (6, ORIGIN)] {
        let mut cloud = Rehearsal { is_interrupted_at: Some(wait), ..Rehearsal::default() };
        let error = refusal(ship(&mut cloud));
        assert!(error.contains("interrupted") && error.contains("was taken back"), "{error}");
        assert!(cloud.is_on(function, "7"));
    }
    let mut cloud = Rehearsal { is_interrupted_at: Some(9), ..Rehearsal::default() };
    refusal(ship(&mut cloud));
    assert_eq!(cloud.worker.0, shares(&[("OLD", 100)]));
}

#[test]
fn a_step_that_fails_at_the_canarys_end_takes_it_back_too() {
    let mut cloud = Rehearsal { fails: Some("--revision-id 2 --function-version 8"), ..Rehearsal::default() };
    assert!(refusal(ship(&mut cloud)).contains("was taken back"));
    assert!(cloud.is_on(CONSUMER, "7"));
}

#[test]
fn a_second_deployment_is_met_with_a_refusal_and_left_alone() {
    // It comes while the first one watches.
    let another = |cloud: &mut Rehearsal| {
        let alias = cloud.aliases.get_mut(CONSUMER).unwrap();
        *alias = Alias { version: "9".into(), weights: json!({}), label: "their".into(), revision: 40 };
    };
    let mut cloud = Rehearsal {
        meanwhile: Some(("shortline-log-consumer --name live --revision-id 2", another)),
        ..Rehearsal::default()
    };
    let error = refusal(ship(&mut cloud));
    assert!(error.contains("does another one run?"), "{error}");
    assert!(cloud.is_on(CONSUMER, "9"), "what the other one did is not undone");

    // Or it was there first.
    let mut cloud = Rehearsal::default();
    cloud.worker.0 = shares(&[("THEIRS", 10), ("OLD", 90)]);
    assert!(refusal(ship(&mut cloud)).contains("another deployment runs, or one broke off"));
    assert_eq!(cloud.at(&["invoke"]), None);
}

#[test]
fn the_same_deployment_again_goes_on_where_it_broke_off() {
    let mut cloud = Rehearsal { fails: Some("shortline-origin --publish"), ..Rehearsal::default() };
    let error = refusal(ship(&mut cloud));
    assert!(error.contains("the same command again goes on"), "{error}");
    cloud.fails = None;
    cloud.lines.clear();
    ship(&mut cloud).unwrap();
    assert_eq!(cloud.at(&["update-alias", CONSUMER]), None, "it has the code already");
    assert!(cloud.is_on(ORIGIN, "8") && cloud.worker.0 == shares(&[("NEW", 100)]));
}

#[test]
fn a_roll_back_takes_back_the_last_deployment_and_nothing_older() {
    let mut cloud = Rehearsal::default();
    // Its code is as before, so the deployment leaves it alone.
    cloud.aliases.get_mut(CONSUMER).unwrap().version = "8".into();
    ship(&mut cloud).unwrap();
    cloud.lines.clear();
    take_back(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "7") && cloud.worker.0 == shares(&[("OLD", 100)]));
    assert!(cloud.is_on(CONSUMER, "8"));
    assert!(cloud.at(&["versions deploy"]) < cloud.at(&["update-alias"]), "the Worker asks the origin");
    assert!(
        ["terraform -chdir=infra plan", "apply", "invoke"].iter().all(|word| cloud.at(&[word]).is_none())
    );
    // Again, by somebody who is not sure.
    take_back(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "7") && cloud.worker.0 == shares(&[("OLD", 100)]));
}

#[test]
fn a_roll_back_ends_a_canary_that_was_left() {
    let mut cloud = Rehearsal { is_interrupted_at: Some(6), ..Rehearsal::default() };
    cloud.fails = Some("--description '20260102T030405Z before: 6'");
    let error = refusal(ship(&mut cloud));
    assert!(error.contains("could not be taken back"), "{error}");
    assert_eq!(cloud.aliases[ORIGIN].weights, json!({ "8": 0.1 }));
    (cloud.fails, cloud.is_interrupted_at) = (None, None);
    take_back(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "7") && cloud.is_on(CONSUMER, "7"));
    assert_eq!(cloud.worker.0, shares(&[("OLD", 100)]), "that deployment never came to it");
}

#[test]
fn a_roll_back_that_has_nothing_to_go_back_to_says_so() {
    let error = refusal(take_back(&mut Rehearsal::without_a_deployment()));
    assert!(error.contains("nothing was changed"), "{error}");
    let mut cloud = Rehearsal::without_a_deployment();
    ship(&mut cloud).unwrap();
    take_back(&mut cloud).unwrap();
    assert!(cloud.is_on(ORIGIN, "8"), "what was there before never served");
}

#[test]
fn a_dry_run_goes_all_the_way_through() {
    let places = Places::of(&Checkout::here());
    for rollback in [false, true] {
        let options = Options { dry_run: true, rollback, ..options() };
        deploy(&mut DryRun::default(), &places, &options, NOW, || Ok(())).unwrap();
    }
}

#[test]
fn keys_of_another_account_are_refused_before_anything_is_shipped() {
    let outputs = Outputs::parse(&EXAMPLE_OUTPUTS.replace("123456789012\"}", "210987654321\"}")).unwrap();
    let error = outputs.are_of("123456789012").unwrap_err().to_string();
    assert!(error.contains("in AWS account 210987654321") && error.contains("AWS_PROFILE"), "{error}");
    outputs.are_of("210987654321").unwrap();
}

#[test]
fn what_this_machine_lacks_is_named_with_its_remedy() {
    let lacks = |program: &'static str, node| missing(move |found| found != program, node, |_| true);
    assert!(lacks("", Some("v22.12.0\n")).is_empty() && lacks("", Some("v24.1.0\n")).is_empty());
    assert!(lacks("aws", Some("v24.1.0\n"))[0].contains("the AWS CLI"));
    for node in [None, Some("v20.19.0\n"), Some("v22.11.0\n"), Some("?")] {
        assert!(lacks("", node)[0].contains("Node 22.12"), "{node:?}");
    }
    assert!(lacks("npx", Some("v24.1.0\n"))[0].contains("Node 22.12"));
    assert!(missing(|_| true, Some("v24.1.0"), |_| false)[0].contains("CLOUDFLARE_API_TOKEN"));
}

#[test]
fn only_its_owner_looks_into_the_folder_of_plan_and_secrets() {
    let folder = std::env::temp_dir().join(format!("shortline-deploy-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    make_private(&folder).unwrap();
    let rights = std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
    std::fs::remove_dir(&folder).unwrap();
    assert_eq!(rights, 0o700);
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
    let logs = json!({ "enabled": true, "invocation_logs": false });
    assert_eq!(config["observability"]["logs"], logs, "a log for each request holds its address");
}

#[test]
fn outputs_that_wrangler_has_no_place_for_are_refused_before_anything_changes() {
    let outputs = Outputs::parse(&EXAMPLE_OUTPUTS.replace("ORIGIN_URLS", "ORIGIN_URL")).unwrap();
    let text = std::fs::read_to_string(root().join("wrangler.toml")).unwrap();
    assert!(outputs.agree_with(&text).unwrap_err().to_string().contains("ORIGIN_URL"));
}

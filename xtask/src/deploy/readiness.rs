//! Waits until what Terraform and the deployment made is ready: the proxies' targets, the functions, the consumer's mapping;
//! and says which addresses of alarms nobody has confirmed.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::cloud::{Cloud, CloudCommand, parse};
use super::functions::{ALIAS, aws};
use super::outputs::{Function, Outputs};

const POLL_INTERVAL: Duration = Duration::from_secs(15);
/// A new proxy takes some minutes, and a busy region longer.
const PATIENCE: Duration = Duration::from_secs(20 * 60);
const CONSUMER_PACKAGE: &str = "log-consumer.zip";

#[derive(Debug, PartialEq, Eq)]
enum Readiness {
    Ready,
    /// Why not, and what mends it if waiting does not.
    NotYet(String),
    /// Waiting does not help.
    Never(String),
}

/// Waits for the proxies. The migrations come first: they create the logins that a proxy tries.
pub(super) fn wait_for_proxies(cloud: &mut dyn Cloud, outputs: &Outputs) -> Result<()> {
    let region = outputs.home();
    let list = of_region("rds", "describe-db-proxies", region);
    let proxies: Proxies = parse(&cloud.call(&list)?)?;
    let own = format!("{}-", outputs.name);
    let names = proxies.db_proxies.into_iter().map(|proxy| proxy.db_proxy_name);
    for name in names.filter(|name| name.starts_with(&own)) {
        let call = of_region("rds", "describe-db-proxy-targets", region).args(["--db-proxy-name", &name]);
        wait(cloud, &format!("the proxy {name}"), &call, |answer| Ok(target(&name, &parse(answer)?)))?;
    }
    Ok(())
}

pub(super) fn wait_for_functions(cloud: &mut dyn Cloud, outputs: &Outputs) -> Result<()> {
    for function in &outputs.functions {
        let call = aws("lambda", "get-function-configuration", function).args(["--qualifier", ALIAS]);
        let what = format!("{} in {}", function.name, function.region);
        wait(cloud, &what, &call, |answer| Ok(state(&parse(answer)?)))?;
    }
    Ok(())
}

/// Returns whether clicks are consumed. An operator may have paused the consumer.
pub(super) fn wait_for_mapping(cloud: &mut dyn Cloud, outputs: &Outputs) -> Result<bool> {
    let Some(consumer) = outputs.functions.iter().find(|function| function.package == CONSUMER_PACKAGE)
    else {
        return Ok(true);
    };
    let Function { name, region, .. } = consumer;
    let call = of_region("lambda", "list-event-source-mappings", region)
        .args(["--function-name", &format!("{name}:{ALIAS}")]);
    let mut is_paused = false;
    wait(cloud, &format!("the queue's mapping to {name}"), &call, |answer| {
        let mappings: Mappings = parse(answer)?;
        is_paused = mappings.event_source_mappings.iter().any(|mapping| mapping.state == "Disabled");
        Ok(mapping(name, &mappings))
    })?;
    if is_paused {
        println!(
            "# the queue's mapping to {name} is disabled: clicks wait in the queue until `paused = false` is set in \
             `consumer` and deployed"
        );
    }
    Ok(!is_paused)
}

/// Says who would not receive an alarm; only they can change that.
pub(super) fn tell_unconfirmed(cloud: &mut dyn Cloud, outputs: &Outputs) -> Result<()> {
    for (region, alarms) in &outputs.canary_alarms {
        let call = of_region("cloudwatch", "describe-alarms", region)
            .args(["--alarm-types", "MetricAlarm", "CompositeAlarm", "--alarm-names"])
            .args(alarms.iter().cloned());
        let answer: Value = parse(&cloud.call(&call)?)?;
        for topic in topics(&answer) {
            let call = of_region("sns", "list-subscriptions-by-topic", region).args(["--topic-arn", &topic]);
            for address in unconfirmed(&parse(&cloud.call(&call)?)?) {
                println!(
                    "# {address} has not confirmed the alarms of {region} and receives none: they must follow the link in \
                     AWS's message; `terraform -chdir=infra apply` does not send it again, the console of SNS does"
                );
            }
        }
    }
    Ok(())
}

/// Polls until it is ready.
fn wait(
    cloud: &mut dyn Cloud,
    what: &str,
    call: &CloudCommand,
    mut judge: impl FnMut(&str) -> Result<Readiness>,
) -> Result<()> {
    let mut patience = PATIENCE;
    let mut last = String::new();
    loop {
        let output = cloud.look(call)?;
        // A call that fails once may have hit a throttle.
        let readiness = if output.is_success {
            judge(&output.stdout)?
        } else {
            Readiness::NotYet(output.stderr.trim().into())
        };
        match readiness {
            Readiness::Ready => {
                println!("# {what}: ready");
                return Ok(());
            }
            Readiness::Never(reason) => bail!("{what} is not ready: {reason}"),
            Readiness::NotYet(reason) if patience.is_zero() => bail!("{what} is not ready: {reason}"),
            Readiness::NotYet(reason) => {
                if last != reason {
                    println!("# waits for {what}: {reason}");
                }
                last = reason;
            }
        }
        patience = patience.saturating_sub(POLL_INTERVAL);
        cloud.wait(POLL_INTERVAL)?;
    }
}

fn of_region(service: &str, action: &str, region: &str) -> CloudCommand {
    CloudCommand::new("aws").args([service, action, "--region", region, "--output", "json"])
}

#[derive(Deserialize)]
struct Proxies {
    #[serde(rename = "DBProxies")]
    db_proxies: Vec<Proxy>,
}

#[derive(Deserialize)]
struct Proxy {
    #[serde(rename = "DBProxyName")]
    db_proxy_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Targets {
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    #[serde(default)]
    target_health: Health,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Health {
    state: String,
    reason: String,
    description: String,
}

fn target(proxy: &str, targets: &Targets) -> Readiness {
    if targets.targets.is_empty() {
        return Readiness::NotYet(format!(
            "{proxy} has no target; `terraform -chdir=infra apply` registers its server"
        ));
    }
    let unready =
        targets.targets.iter().find(|target| !target.target_health.state.eq_ignore_ascii_case("available"));
    let Some(Target { target_health: health }) = unready else { return Readiness::Ready };
    let remedy = match health.reason.as_str() {
        "AUTH_FAILURE" => {
            "the server does not accept a login's password: run the deployment again, whose migrations set the passwords. If \
             one was typed into Secrets Manager, move AWSCURRENT back; docs/runbook.md says how"
        }
        "PENDING_PROXY_CAPACITY" => {
            "AWS has not started the proxy yet; it needs free addresses in the subnets"
        }
        "UNREACHABLE" => {
            "the proxy cannot reach the server: check security groups and subnets with `terraform plan`"
        }
        "CONNECTION_FAILED" => {
            "the server refuses connections: check that it is available and not out of connections"
        }
        _ => "see the proxy's log group, /aws/rds/proxy/…",
    };
    let Health { state, reason, description } = health;
    let words: Vec<&str> = [state, reason, description]
        .into_iter()
        .map(String::as_str)
        .filter(|word| !word.is_empty())
        .collect();
    Readiness::NotYet(format!("{}; {remedy}", words.join(", ")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    state: String,
    #[serde(default)]
    state_reason: String,
    #[serde(default)]
    state_reason_code: String,
}

fn state(configuration: &Configuration) -> Readiness {
    let Configuration { state, state_reason, state_reason_code } = configuration;
    let reason = format!("{state} {state_reason_code}, {state_reason}");
    match state.as_str() {
        "Active" => Readiness::Ready,
        "Failed" => Readiness::Never(format!("{reason}; run the deployment again when that is mended")),
        _ => Readiness::NotYet(reason),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mappings {
    event_source_mappings: Vec<Mapping>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mapping {
    state: String,
    #[serde(default)]
    state_transition_reason: String,
}

fn mapping(function: &str, mappings: &Mappings) -> Readiness {
    match mappings.event_source_mappings.as_slice() {
        [] => Readiness::Never(format!(
            "no queue is mapped to {function}: clicks are not consumed; `terraform -chdir=infra apply` restores the mapping"
        )),
        all => match all.iter().find(|mapping| !["Enabled", "Disabled"].contains(&mapping.state.as_str())) {
            None => Readiness::Ready,
            Some(Mapping { state, state_transition_reason }) => {
                Readiness::NotYet(format!("{state} {state_transition_reason}"))
            }
        },
    }
}

/// Those that the alarms notify.
fn topics(answer: &Value) -> BTreeSet<String> {
    let alarms =
        ["MetricAlarms", "CompositeAlarms"].iter().filter_map(|kind| answer.get(kind)?.as_array()).flatten();
    let actions = alarms.filter_map(|alarm| alarm.get("AlarmActions")?.as_array()).flatten();
    actions.filter_map(Value::as_str).filter(|action| action.contains(":sns:")).map(str::to_owned).collect()
}

fn unconfirmed(answer: &Value) -> Vec<String> {
    let subscriptions = answer.get("Subscriptions").and_then(Value::as_array).into_iter().flatten();
    let pending = subscriptions
        .filter(|one| one.get("SubscriptionArn").and_then(Value::as_str) == Some("PendingConfirmation"));
    pending.filter_map(|one| Some(one.get("Endpoint")?.as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn targets(health: &Value) -> Readiness {
        let answer = json!({ "Targets": [{
            "Endpoint": "shortline-links.abc.eu-central-1.rds.amazonaws.com", "RdsResourceId": "shortline-links",
            "Port": 5432, "Type": "RDS_INSTANCE", "TargetHealth": health
        }] });
        target("shortline-links", &serde_json::from_value(answer).unwrap())
    }

    #[test]
    fn proxy_that_is_not_available_says_why() {
        assert_eq!(targets(&json!({ "State": "AVAILABLE" })), Readiness::Ready);
        for (reason, remedy) in [
            ("AUTH_FAILURE", "move AWSCURRENT back"),
            ("PENDING_PROXY_CAPACITY", "has not started the proxy yet"),
            ("UNREACHABLE", "security groups"),
        ] {
            let health =
                json!({ "State": "UNAVAILABLE", "Reason": reason, "Description": "Target is unavailable" });
            let Readiness::NotYet(text) = targets(&health) else { panic!("ready") };
            assert!(text.contains(reason) && text.contains(remedy), "{text}");
        }
        let none: Targets = serde_json::from_value(json!({ "Targets": [] })).unwrap();
        assert!(
            matches!(target("shortline-links", &none), Readiness::NotYet(text) if text.contains("no target"))
        );
    }

    #[test]
    fn failed_function_is_not_waited_for() {
        let of = |state: &str| {
            let answer = json!({ "FunctionName": "f", "State": state, "StateReason": "role", "StateReasonCode": "InvalidConfiguration" });
            super::state(&serde_json::from_value(answer).unwrap())
        };
        assert_eq!(of("Active"), Readiness::Ready);
        assert!(matches!(of("Pending"), Readiness::NotYet(_)));
        assert!(matches!(of("Failed"), Readiness::Never(text) if text.contains("InvalidConfiguration")));
    }

    #[test]
    fn missing_mapping_is_an_error_and_a_paused_one_is_not() {
        let of = |states: &[&str]| {
            let mappings: Vec<_> =
                states.iter().map(|state| json!({ "UUID": "u", "State": state })).collect();
            mapping("f", &serde_json::from_value(json!({ "EventSourceMappings": mappings })).unwrap())
        };
        assert!(matches!(of(&[]), Readiness::Never(text) if text.contains("terraform -chdir=infra apply")));
        assert_eq!((of(&["Enabled"]), of(&["Disabled"])), (Readiness::Ready, Readiness::Ready));
        assert!(matches!(of(&["Enabling"]), Readiness::NotYet(_)));
    }

    #[test]
    fn unconfirmed_addresses_of_the_alarms_are_found() {
        let topic = "arn:aws:sns:eu-central-1:123456789012:shortline-alarms";
        let alarms = json!({ "MetricAlarms": [{ "AlarmName": "a", "AlarmActions": [topic] }], "CompositeAlarms": [{ "AlarmName": "b", "AlarmActions": [topic] }] });
        assert_eq!(topics(&alarms), [topic.to_owned()].into());
        let answer = json!({ "Subscriptions": [
            { "SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": "ops@example.com" },
            { "SubscriptionArn": format!("{topic}:1"), "Protocol": "email", "Endpoint": "confirmed@example.com" }
        ] });
        assert_eq!(unconfirmed(&answer), ["ops@example.com"]);
    }
}

//! Whether names that the plan creates are taken in AWS: secrets (also those scheduled for deletion), final snapshots and log
//! groups of an earlier installation.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use super::finding::Findings;
use super::look::{Looked, aws};
use super::plan::{Plan, Resource};
use crate::deploy::cloud::Cloud;

pub(super) fn check(cloud: &mut dyn Cloud, plan: &Plan) -> Result<Findings> {
    let mut findings = Findings::default();
    let installation = plan.variable("name").unwrap_or_default();
    for (region, secrets) in by_region(plan, "aws_secretsmanager_secret") {
        let filter = format!("Key=name,Values={installation}/");
        let call = ["secretsmanager", "list-secrets", "--include-planned-deletion", "--filters", &filter];
        findings.add(secrets_taken(region, &secrets, &aws(cloud, region, &call)?));
    }
    for server in plan.created("aws_db_instance") {
        let Some(snapshot) = server.text("final_snapshot_identifier") else { continue };
        let region = plan.region_of(server);
        let answer =
            aws(cloud, region, &["rds", "describe-db-snapshots", "--db-snapshot-identifier", snapshot])?;
        findings.add(snapshot_taken(region, snapshot, &answer));
    }
    for (region, groups) in by_region(plan, "aws_cloudwatch_log_group") {
        let mut found = BTreeSet::new();
        for prefix in prefixes(&groups, installation) {
            let call = ["logs", "describe-log-groups", "--log-group-name-prefix", &prefix];
            match aws(cloud, region, &call)? {
                Looked::Found(answer) => found.extend(names_in(&answer, "logGroups", "logGroupName")),
                Looked::Failed { message, .. } => {
                    findings.skip(format!("log groups {prefix}… in {region}"), message);
                }
            }
        }
        findings.add(log_groups_taken(region, &groups, &found));
    }
    Ok(findings)
}

fn by_region<'a>(plan: &'a Plan, kind: &'a str) -> BTreeMap<&'a str, Vec<&'a Resource>> {
    let mut by_region = BTreeMap::<_, Vec<_>>::new();
    for resource in plan.created(kind) {
        by_region.entry(plan.region_of(resource)).or_default().push(resource);
    }
    by_region
}

/// The groups' names up to the installation's: a few calls find all of them.
fn prefixes(groups: &[&Resource], installation: &str) -> BTreeSet<String> {
    let prefix = |name: &str| match name.find(installation) {
        Some(start) => name.get(..start + installation.len()).unwrap_or(name).to_owned(),
        None => name.to_owned(),
    };
    groups.iter().filter_map(|group| group.text("name")).map(prefix).collect()
}

fn names_in(answer: &Value, list: &str, name: &str) -> Vec<String> {
    let entries = answer.get(list).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.get(name)?.as_str()?.to_owned())).collect()
}

fn secrets_taken(region: &str, secrets: &[&Resource], answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let found = match answer {
        Looked::Found(value) => value.get("SecretList").and_then(Value::as_array),
        Looked::Failed { message, .. } => {
            findings.skip(format!("names of secrets in {region}"), message);
            return findings;
        }
    };
    for secret in secrets {
        let Some(name) = secret.text("name") else { continue };
        let named = |found: &&Value| found.get("Name").and_then(Value::as_str) == Some(name);
        let Some(taken) = found.into_iter().flatten().find(named) else { continue };
        let import = format!("terraform -chdir=infra import '{}' {}", secret.address, arn(taken, name));
        if taken.get("DeletedDate").is_some_and(|date| !date.is_null()) {
            findings.problem(
                format!("the secret {name} of an earlier installation in {region} is scheduled for deletion and keeps its name"),
                format!(
                    "to go on with its value: aws secretsmanager restore-secret --region {region} --secret-id {name}\n\
                     and then: {import}\n\
                     or set another `name` in infra/terraform.tfvars, or wait until the secret is gone"
                ),
            );
        } else {
            findings.problem(
                format!("the secret {name} exists in {region}, but not in Terraform's state"),
                format!("{import}\nor set another `name` in infra/terraform.tfvars"),
            );
        }
    }
    findings
}

fn arn<'a>(secret: &'a Value, name: &'a str) -> &'a str {
    secret.get("ARN").and_then(Value::as_str).unwrap_or(name)
}

/// Found out otherwise when the server is deleted: after everything that depends on it.
fn snapshot_taken(region: &str, snapshot: &str, answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    match answer {
        Looked::Found(value) if names_in(value, "DBSnapshots", "DBSnapshotIdentifier").is_empty() => {}
        _ if answer.is_missing(&["DBSnapshotNotFound", "DBSnapshotNotFoundFault"]) => {}
        Looked::Found(_) => findings.problem(
            format!("the final snapshot {snapshot} of an earlier installation exists in {region}: this one could not be deleted with a snapshot"),
            format!(
                "aws rds copy-db-snapshot --region {region} --source-db-snapshot-identifier {snapshot} \
                 --target-db-snapshot-identifier {snapshot}-kept\n\
                 and then: aws rds delete-db-snapshot --region {region} --db-snapshot-identifier {snapshot}"
            ),
        ),
        Looked::Failed { message, .. } => findings.skip(format!("the snapshot {snapshot} in {region}"), message),
    }
    findings
}

fn log_groups_taken(region: &str, groups: &[&Resource], found: &BTreeSet<String>) -> Findings {
    let mut findings = Findings::default();
    for group in groups {
        let Some(name) = group.text("name").filter(|name| found.contains(*name)) else { continue };
        findings.problem(
            format!("the log group {name} of an earlier installation exists in {region}"),
            format!(
                "to keep its logs: terraform -chdir=infra import '{}' {name}\n\
                 or without them: aws logs delete-log-group --region {region} --log-group-name {name}",
                group.address
            ),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::look::missing;
    use super::*;

    fn plan() -> Plan {
        let group =
            |name: &str| ("aws_cloudwatch_log_group", json!({ "name": name, "region": "eu-central-1" }));
        Plan::creating(
            json!({ "region": "eu-central-1", "name": "shortline" }),
            &[
                ("aws_secretsmanager_secret", json!({ "name": "shortline/code-key" })),
                group("/aws/lambda/shortline-origin"),
                group("/aws/lambda/shortline-migrate"),
                group("/shortline/network"),
            ],
        )
    }

    #[test]
    fn secret_that_is_scheduled_for_deletion_is_taken() {
        let plan = plan();
        let secrets = by_region(&plan, "aws_secretsmanager_secret").remove("eu-central-1").unwrap();
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shortline/code-key-a1B2c3";
        let deleted =
            json!({ "ARN": arn, "Name": "shortline/code-key", "DeletedDate": "2026-11-20T10:00:00+00:00" });
        let other = json!({ "ARN": arn, "Name": "shortline/code-key-of-another" });
        let answer = |list: Value| Looked::Found(json!({ "SecretList": list }));
        assert_eq!(secrets_taken("eu-central-1", &secrets, &answer(json!([other]))), Findings::default());
        let report = secrets_taken("eu-central-1", &secrets, &answer(json!([other, deleted]))).to_string();
        assert!(
            report.contains("restore-secret --region eu-central-1 --secret-id shortline/code-key"),
            "{report}"
        );
        assert!(report.contains(&format!("import 'aws_secretsmanager_secret.this' {arn}")), "{report}");
        let live = json!([{ "ARN": arn, "Name": "shortline/code-key" }]);
        let report = secrets_taken("eu-central-1", &secrets, &answer(live)).to_string();
        assert!(report.contains("but not in Terraform's state"), "{report}");
    }

    #[test]
    fn log_groups_are_looked_for_by_few_prefixes() {
        let plan = plan();
        let groups = by_region(&plan, "aws_cloudwatch_log_group").remove("eu-central-1").unwrap();
        assert_eq!(
            prefixes(&groups, "shortline").into_iter().collect::<Vec<_>>(),
            ["/aws/lambda/shortline", "/shortline"]
        );
        let found = ["/shortline/network".to_owned(), "/aws/lambda/shortline-other".into()].into();
        let findings = log_groups_taken("eu-central-1", &groups, &found);
        assert_eq!(findings.problems.len(), 1);
        assert!(
            findings
                .to_string()
                .contains("delete-log-group --region eu-central-1 --log-group-name /shortline/network")
        );
    }

    #[test]
    fn final_snapshot_of_an_earlier_installation_is_named() {
        let of = |answer: &Looked| snapshot_taken("eu-central-1", "shortline-links-final", answer);
        assert_eq!(of(&missing("DBSnapshotNotFound")), Findings::default());
        assert_eq!(of(&Looked::Found(json!({ "DBSnapshots": [] }))), Findings::default());
        let taken = json!({ "DBSnapshots": [{ "DBSnapshotIdentifier": "shortline-links-final", "Status": "available" }] });
        assert!(of(&Looked::Found(taken)).to_string().contains("copy-db-snapshot --region eu-central-1"));
        assert_eq!(of(&missing("AccessDenied")).skipped.len(), 1);
    }
}

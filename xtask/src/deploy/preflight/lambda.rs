//! Whether Lambda has room for the functions' reserved instances in each region. Regions without function URLs are refused by
//! infra/variables.tf, and so by the plan.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use super::finding::Findings;
use super::look::{Looked, aws};
use super::plan::Plan;
use crate::deploy::cloud::Cloud;

/// Lambda refuses a reservation that leaves less for the account's other functions.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>
const UNRESERVED_AT_LEAST: i64 = 100;
/// Lambda's quota "Concurrent executions" in Service Quotas.
const QUOTA_CODE: &str = "L-B99A9384";
pub(super) fn check(cloud: &mut dyn Cloud, plan: &Plan) -> Result<Findings> {
    let mut findings = Findings::default();
    for (region, more) in reservations(plan) {
        let answer = aws(cloud, &region, &["lambda", "get-account-settings"])?;
        findings.add(concurrency(&region, more, &answer));
    }
    Ok(findings)
}

/// How many more instances the plan reserves in each region; may be negative.
fn reservations(plan: &Plan) -> BTreeMap<String, i64> {
    let mut by_region = BTreeMap::new();
    for function in plan.all("aws_lambda_function") {
        // -1 reserves nothing.
        let reserved = |value: Option<&Value>| value.and_then(Value::as_i64).unwrap_or(-1).max(0);
        let name = "reserved_concurrent_executions";
        let more = reserved(function.after(name)) - reserved(function.before(name));
        *by_region.entry(plan.region_of(function).to_owned()).or_insert(0) += more;
    }
    by_region
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    account_limit: Limit,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Limit {
    concurrent_executions: i64,
    unreserved_concurrent_executions: i64,
}

fn concurrency(region: &str, more: i64, answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let settings = match answer {
        Looked::Found(value) => Settings::deserialize(value).ok(),
        Looked::Failed { message, .. } => {
            findings.skip(format!("Lambda's quota of concurrent executions in {region}"), message);
            return findings;
        }
    };
    let Some(Settings { account_limit: limit }) = settings else {
        findings.skip(format!("Lambda's quota of concurrent executions in {region}"), "unexpected answer");
        return findings;
    };
    let rest = limit.unreserved_concurrent_executions - more;
    if more > 0 && rest < UNRESERVED_AT_LEAST {
        findings.problem(
            format!(
                "Lambda in {region} may run {} instances, of which {} are unreserved; this installation reserves {more} more, \
                 and {UNRESERVED_AT_LEAST} must stay unreserved",
                limit.concurrent_executions, limit.unreserved_concurrent_executions
            ),
            format!(
                "aws service-quotas request-service-quota-increase --region {region} --service-code lambda --quota-code \
                 {QUOTA_CODE} --desired-value {}\nor set `reserve_concurrency = false` in infra/terraform.tfvars \
                 until AWS has raised the quota",
                (limit.concurrent_executions + UNRESERVED_AT_LEAST - rest).max(1000)
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
        let function =
            |region: &str, reserved| json!({ "region": region, "reserved_concurrent_executions": reserved });
        Plan::creating(
            json!({ "region": "eu-central-1" }),
            &[
                ("aws_lambda_function", function("eu-central-1", 21)),
                ("aws_lambda_function", function("eu-central-1", 5)),
                ("aws_lambda_function", function("us-west-2", -1)),
            ],
        )
    }

    fn settings(limit: i64, unreserved: i64) -> Looked {
        Looked::Found(json!({
            "AccountLimit": {
                "TotalCodeSize": 80530636800_i64, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800,
                "ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved
            },
            "AccountUsage": { "TotalCodeSize": 0, "FunctionCount": 0 }
        }))
    }

    #[test]
    fn reserved_instances_are_summed_by_region() {
        assert_eq!(reservations(&plan()), [("eu-central-1".into(), 26), ("us-west-2".into(), 0)].into());
    }

    #[test]
    fn quota_must_leave_a_hundred_instances_unreserved() {
        assert_eq!(concurrency("eu-central-1", 26, &settings(1000, 126)), Findings::default());
        assert_eq!(concurrency("eu-central-1", 0, &settings(10, 10)), Findings::default());
        let report = concurrency("eu-central-1", 26, &settings(10, 10)).to_string();
        assert!(report.contains("may run 10 instances") && report.contains("reserves 26 more"), "{report}");
        assert!(report.contains("--quota-code L-B99A9384 --desired-value 1000"), "{report}");
        assert!(report.contains("reserve_concurrency = false"), "{report}");
        let report = concurrency("eu-central-1", 26, &settings(2000, 120)).to_string();
        assert!(report.contains("--desired-value 2006"), "{report}");
    }

    #[test]
    fn unreadable_quota_is_skipped_aloud() {
        let findings = concurrency("eu-central-1", 26, &missing("AccessDeniedException"));
        assert!(findings.problems.is_empty() && findings.skipped.len() == 1);
    }
}

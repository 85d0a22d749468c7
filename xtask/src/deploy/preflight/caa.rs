//! Whether a CAA record forbids Amazon to issue the certificates of the failover's domains.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Deserialize;

use super::finding::Findings;
use super::look::{CloudflareApi, Looked};
use super::plan::Plan;
use crate::deploy::cloud::Cloud;

/// <https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html>
const AMAZON: [&str; 4] = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

pub(super) fn check(cloud: &mut dyn Cloud, api: &CloudflareApi, plan: &Plan) -> Result<Findings> {
    let mut findings = Findings::default();
    let certificates: Vec<_> = plan
        .created("aws_acm_certificate")
        .filter_map(|certificate| certificate.text("domain_name"))
        .collect();
    let hosts: Vec<_> = plan.hosts().into_iter().filter(|(host, _)| certificates.contains(host)).collect();
    for zone in hosts.iter().map(|(_, zone)| *zone).collect::<BTreeSet<_>>() {
        let answer = api.get(cloud, &format!("/zones/{zone}/dns_records?type=CAA&per_page=1000"))?;
        for (host, _) in hosts.iter().filter(|(_, of)| *of == zone) {
            findings.add(judge(host, &answer));
        }
    }
    Ok(findings)
}

#[derive(Deserialize)]
struct Record {
    name: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    tag: String,
    value: String,
}

/// The records of the nearest name with any decide (RFC 8659). The zone's parent would decide if the zone has none, but is
/// not looked at.
fn judge(host: &str, answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let records = match answer {
        Looked::Found(value) => Vec::<Record>::deserialize(value).map_err(|_| "unexpected answer"),
        Looked::Failed { message, .. } => Err(message.as_str()),
    };
    let records = match records {
        Ok(records) => records,
        Err(reason) => {
            findings.skip(format!("whether a CAA record forbids Amazon's certificate for {host}"), reason);
            return findings;
        }
    };
    let mut name = Some(host);
    while let Some(current) = name {
        let here: Vec<_> = records.iter().filter(|record| record.name == current).collect();
        if !here.is_empty() {
            let issuers: Vec<_> = here
                .iter()
                .filter(|record| record.data.tag == "issue")
                .map(|record| issuer(&record.data.value))
                .collect();
            if !issuers.is_empty() && !issuers.iter().any(|issuer| AMAZON.contains(issuer)) {
                findings.problem(
                    format!("a CAA record of {current} forbids Amazon to issue the certificate of {host}"),
                    format!("add a record to the zone: {current} CAA 0 issue \"amazon.com\""),
                );
            }
            break;
        }
        name = current.split_once('.').map(|(_, parent)| parent);
    }
    findings
}

/// Without parameters: `letsencrypt.org; validationmethods=dns-01`.
fn issuer(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::look::missing;
    use super::*;

    fn record(name: &str, tag: &str, value: &str) -> Value {
        json!({ "id": "1", "name": name, "type": "CAA", "content": format!("0 {tag} \"{value}\""),
                "data": { "flags": 0, "tag": tag, "value": value }, "ttl": 1 })
    }

    fn problems(records: &[Value]) -> usize {
        judge("go.example.com", &Looked::Found(json!(records))).problems.len()
    }

    #[test]
    fn nearest_name_with_records_decides() {
        let others = record("example.com", "issue", "letsencrypt.org; validationmethods=dns-01");
        assert_eq!(problems(&[]), 0);
        assert_eq!(problems(std::slice::from_ref(&others)), 1);
        assert_eq!(problems(&[others.clone(), record("example.com", "issue", "amazon.com")]), 0);
        assert_eq!(problems(&[others.clone(), record("go.example.com", "issue", "awstrust.com")]), 0);
        assert_eq!(problems(&[record("example.com", "issue", ";")]), 1, "nobody may");
        assert_eq!(problems(&[record("example.com", "iodef", "mailto:a@example.com")]), 0);
        assert_eq!(problems(&[record("other.example.com", "issue", "letsencrypt.org")]), 0);
        let report = judge("go.example.com", &Looked::Found(json!([others]))).to_string();
        assert!(report.contains("example.com CAA 0 issue \"amazon.com\""), "{report}");
        assert_eq!(judge("go.example.com", &missing("403")).skipped.len(), 1);
    }
}

//! Whether a CAA record forbids Amazon to issue the certificates of the failover's domains.

use std::collections::{BTreeMap, BTreeSet};

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
        let hosts: Vec<_> = hosts.iter().filter(|(_, of)| *of == zone).map(|(host, _)| *host).collect();
        findings.add(judge(&hosts, &answer));
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

fn judge(hosts: &[&str], answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let records = match answer {
        Looked::Found(value) => Vec::<Record>::deserialize(value).map_err(|_| "unexpected answer"),
        Looked::Failed { message, .. } => Err(message.as_str()),
    };
    let records = match records {
        Ok(records) => records,
        Err(reason) => {
            let hosts = hosts.join(", ");
            findings.skip(format!("whether a CAA record forbids Amazon's certificates for {hosts}"), reason);
            return findings;
        }
    };
    let mut forbidden = BTreeMap::<_, Vec<_>>::new();
    for host in hosts {
        if let Some(name) = forbidding(&records, host) {
            forbidden.entry(name).or_default().push(*host);
        }
    }
    for (name, hosts) in forbidden {
        findings.problem(
            format!("a CAA record of {name} forbids Amazon to issue certificates for {}", hosts.join(", ")),
            format!("add a record to the zone: {name} CAA 0 issue \"amazon.com\""),
        );
    }
    findings
}

/// The name whose records forbid it. Those of the nearest name with any decide (RFC 8659); the zone's parent would decide if
/// the zone has none, but is not looked at.
fn forbidding<'a>(records: &[Record], host: &'a str) -> Option<&'a str> {
    let mut name = host;
    loop {
        let here: Vec<_> = records.iter().filter(|record| record.name == name).collect();
        if !here.is_empty() {
            let mut issuers = here
                .iter()
                .filter(|record| record.data.tag == "issue")
                .map(|record| issuer(&record.data.value))
                .peekable();
            let is_forbidden = issuers.peek().is_some() && !issuers.any(|issuer| AMAZON.contains(&issuer));
            return is_forbidden.then_some(name);
        }
        (_, name) = name.split_once('.')?;
    }
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
        judge(&["go.example.com"], &Looked::Found(json!(records))).problems.len()
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
        let report = judge(&["go.example.com"], &Looked::Found(json!([others]))).to_string();
        assert!(report.contains("example.com CAA 0 issue \"amazon.com\""), "{report}");
        assert_eq!(judge(&["go.example.com"], &missing("403")).skipped.len(), 1);
    }
}

//! Whether the hosts lie in their zones, and whether names at Cloudflare are free: a host's record, the Worker, its KV
//! namespace.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::finding::Findings;
use super::look::{CloudflareApi, Looked};
use super::plan::Plan;
use crate::deploy::cloud::Cloud;

pub(super) fn check(
    cloud: &mut dyn Cloud,
    api: &CloudflareApi,
    plan: &Plan,
    account: &str,
) -> Result<Findings> {
    let mut findings = Findings::default();
    let hosts = plan.hosts();
    for zone in hosts.iter().map(|(_, zone)| *zone).collect::<BTreeSet<_>>() {
        let answer = api.get(cloud, &format!("/zones/{zone}"))?;
        let hosts: Vec<_> = hosts.iter().filter(|(_, of)| *of == zone).map(|(host, _)| *host).collect();
        findings.add(belong(zone, account, &hosts, &answer));
    }
    let custom_domains = plan.created("cloudflare_workers_custom_domain").map(|domain| (domain, "hostname"));
    let records = plan.created("cloudflare_dns_record").filter(|record| record.text("type") == Some("CNAME"));
    for (resource, name) in custom_domains.chain(records.map(|record| (record, "name"))) {
        let (Some(host), Some(zone)) = (resource.text(name), resource.text("zone_id")) else { continue };
        let answer = api.get(cloud, &format!("/zones/{zone}/dns_records?name={host}"))?;
        findings.add(record_free(host, zone, &answer));
    }
    for script in plan.created("cloudflare_workers_script") {
        let Some(name) = script.text("script_name") else { continue };
        let answer = api.get(cloud, &format!("/accounts/{account}/workers/scripts"))?;
        findings.add(free("Worker", name, &script.address, "id", &answer));
    }
    for namespace in plan.created("cloudflare_workers_kv_namespace") {
        let Some(title) = namespace.text("title") else { continue };
        let answer = api.get(cloud, &format!("/accounts/{account}/storage/kv/namespaces?per_page=1000"))?;
        findings.add(free("KV namespace", title, &namespace.address, "title", &answer));
    }
    Ok(findings)
}

fn belong(zone: &str, account: &str, hosts: &[&str], answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let found = match answer {
        Looked::Found(value) => value,
        _ if answer.is_missing(&["400", "404"]) => {
            findings.problem(
                format!("Cloudflare has no zone {zone}"),
                format!("set the zone id of {} in infra/terraform.tfvars; the dashboard shows it on the zone's overview", hosts.join(", ")),
            );
            return findings;
        }
        Looked::Failed { message, .. } => {
            findings.skip(format!("whether the zone {zone} belongs to {}", hosts.join(", ")), message);
            return findings;
        }
    };
    let text = |pointer| found.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (name, status, owner) = (text("/name"), text("/status"), text("/account/id"));
    let lies_inside = |host: &&&str| **host == name || host.ends_with(&format!(".{name}"));
    let others: Vec<_> = hosts.iter().filter(|host| !lies_inside(host)).copied().collect();
    if !others.is_empty() {
        findings.problem(
            format!("the zone {zone} is {name}, which {} do not belong to", others.join(", ")),
            "set the ids of their zones in infra/terraform.tfvars; the dashboard shows each on the zone's overview",
        );
    }
    if status != "active" {
        findings.problem(
            format!("the zone {name} is {status}"),
            "set the name servers that Cloudflare's dashboard shows at the domain's registrar, and wait until the zone is active",
        );
    }
    if !owner.is_empty() && owner != account {
        findings.problem(
            format!("the zone {name} belongs to the Cloudflare account {owner}, the Worker to {account}"),
            "set `cloudflare_account_id` in infra/terraform.tfvars to the zone's account",
        );
    }
    findings
}

/// A custom domain makes its own record and is refused beside one of somebody else; so is a CNAME.
fn record_free(host: &str, zone: &str, answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let records = match answer {
        Looked::Found(value) => value.as_array(),
        Looked::Failed { message, .. } => {
            findings.skip(format!("whether the DNS record {host} is free"), message);
            return findings;
        }
    };
    let text =
        |record: &Value, name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for record in records.into_iter().flatten() {
        let kind = text(record, "type");
        if text(record, "name") == host && ["A", "AAAA", "CNAME"].contains(&kind.as_str()) {
            findings.problem(
                format!("{host} has a DNS record already: {kind} {}", text(record, "content")),
                format!(
                    "delete it in the dashboard (zone {zone}, DNS, record {}) when nothing needs it any more\n\
                     or, for a short domain, set `attach_worker_by = \"route\"` in infra/terraform.tfvars to keep it; it must be proxied",
                    text(record, "id")
                ),
            );
        }
    }
    findings
}

/// Terraform would overwrite a Worker of this name, and fail at a namespace.
fn free(what: &str, name: &str, address: &str, key: &str, answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    match answer {
        Looked::Found(value) => {
            let mut found = value.as_array().into_iter().flatten();
            if found.any(|found| found.get(key).and_then(Value::as_str) == Some(name)) {
                findings.problem(
                    format!("Cloudflare has a {what} {name} already, which {address} would replace"),
                    "set another `name` in infra/terraform.tfvars, or delete it in the dashboard when nothing needs it any more",
                );
            }
        }
        Looked::Failed { message, .. } => {
            findings.skip(format!("whether the name of the {what} {name} is free"), message)
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::look::missing;
    use super::*;

    fn zone(name: &str, status: &str, account: &str) -> Looked {
        Looked::Found(
            json!({ "id": "f", "name": name, "status": status, "type": "full", "account": { "id": account, "name": "A" } }),
        )
    }

    #[test]
    fn host_must_lie_in_its_zone() {
        let of = |answer: &Looked| belong("f", "a", &["go.example.com"], answer);
        assert_eq!(of(&zone("example.com", "active", "a")), Findings::default());
        assert_eq!(of(&zone("go.example.com", "active", "a")), Findings::default());
        for (answer, problem) in [
            (zone("ample.com", "active", "a"), "which go.example.com do not belong to"),
            (zone("example.com", "pending", "a"), "is pending"),
            (zone("example.com", "active", "b"), "belongs to the Cloudflare account b"),
            (missing("404"), "has no zone f"),
        ] {
            let findings = of(&answer);
            assert!(findings.problems.len() == 1 && findings.to_string().contains(problem), "{findings}");
        }
        assert_eq!(of(&missing("403")).skipped.len(), 1);
    }

    #[test]
    fn record_of_somebody_else_is_named() {
        let record = |kind: &str| json!({ "id": "9", "name": "go.example.com", "type": kind, "content": "192.0.2.1", "proxied": true });
        let of = |records: Value| record_free("go.example.com", "f", &Looked::Found(records));
        assert_eq!(of(json!([])), Findings::default());
        assert_eq!(of(json!([record("TXT")])), Findings::default());
        let findings = of(json!([record("A")]));
        assert!(findings.to_string().contains("has a DNS record already: A 192.0.2.1"), "{findings}");
        assert!(findings.to_string().contains("attach_worker_by"), "{findings}");
    }

    #[test]
    fn worker_of_another_is_not_overwritten() {
        let scripts = Looked::Found(json!([{ "id": "shortline", "etag": "e" }]));
        let findings = free("Worker", "shortline", "cloudflare_workers_script.edge", "id", &scripts);
        assert!(findings.to_string().contains("has a Worker shortline already"), "{findings}");
        assert_eq!(free("Worker", "other", "address", "id", &scripts), Findings::default());
    }
}

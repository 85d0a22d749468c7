//! Whether the regions are enabled, and whether the zones that will be used have RDS Proxy and SQS' endpoint.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use super::finding::Findings;
use super::look::{Looked, aws};
use super::plan::Plan;
use crate::deploy::cloud::Cloud;

/// By zone id, since the letters differ between accounts.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html#rds-proxy.limitations>
const ZONES_WITHOUT_RDS_PROXY: [&str; 1] = ["use1-az3"];

pub(super) fn check(cloud: &mut dyn Cloud, plan: &Plan) -> Result<Findings> {
    let mut findings = Findings::default();
    let regions: Vec<_> = plan.created("aws_vpc").map(|network| plan.region_of(network)).collect();
    if !regions.is_empty() {
        let names = [&["ec2", "describe-regions", "--all-regions", "--region-names"][..], &regions].concat();
        // The home region itself may be disabled; this one never is.
        findings.add(enabled(&regions, &aws(cloud, "us-east-1", &names)?));
    }
    for proxy in plan.created("aws_db_proxy") {
        let region = plan.region_of(proxy);
        let zones: Vec<_> = plan.zones(region).into_iter().collect();
        let call = [&["ec2", "describe-availability-zones", "--zone-names"][..], &zones].concat();
        let name = proxy.text("name").unwrap_or_default();
        findings.add(proxies(region, name, &aws(cloud, region, &call)?));
    }
    for endpoint in plan.created("aws_vpc_endpoint") {
        let (region, Some(service)) = (plan.region_of(endpoint), endpoint.text("service_name")) else {
            continue;
        };
        let answer =
            aws(cloud, region, &["ec2", "describe-vpc-endpoint-services", "--service-names", service])?;
        findings.add(endpoints(region, service, &plan.zones(region), &answer));
    }
    Ok(findings)
}

fn enabled(regions: &[&str], answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let found = match answer {
        Looked::Found(value) => value.get("Regions").and_then(Value::as_array),
        Looked::Failed { message, .. } => {
            findings.skip(format!("whether the regions {} are enabled", regions.join(", ")), message);
            return findings;
        }
    };
    for region in regions {
        let named = |found: &&Value| found.get("RegionName").and_then(Value::as_str) == Some(region);
        let status =
            found.into_iter().flatten().find(named).and_then(|found| found.get("OptInStatus")?.as_str());
        if status == Some("not-opted-in") {
            findings.problem(
                format!("the account has not enabled the region {region}"),
                format!("aws account enable-region --region-name {region}"),
            );
        }
    }
    findings
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Zones {
    availability_zones: Vec<Zone>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Zone {
    zone_name: String,
    zone_id: String,
    #[serde(default)]
    state: String,
}

fn proxies(region: &str, proxy: &str, answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let zones = match answer {
        Looked::Found(value) => Zones::deserialize(value).map_err(|_| "unexpected answer"),
        Looked::Failed { message, .. } => Err(message.as_str()),
    };
    let zones = match zones {
        Ok(Zones { availability_zones }) => availability_zones,
        Err(reason) => {
            findings.skip(format!("whether {region}'s zones have RDS Proxy"), reason);
            return findings;
        }
    };
    let remedy = "choose other zones in infra/, or another `region` in infra/terraform.tfvars";
    for Zone { zone_name, zone_id, state } in zones {
        if ZONES_WITHOUT_RDS_PROXY.contains(&zone_id.as_str()) {
            findings.problem(
                format!("RDS Proxy does not exist in {zone_name} ({zone_id}), which {proxy} uses"),
                remedy,
            );
        }
        if state != "available" {
            findings.problem(format!("the zone {zone_name} of {proxy} is {state}"), remedy);
        }
    }
    findings
}

fn endpoints(region: &str, service: &str, zones: &BTreeSet<&str>, answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let remedy = "choose another `region` in infra/terraform.tfvars";
    let details = match answer {
        Looked::Found(value) => value.get("ServiceDetails").and_then(Value::as_array),
        _ if answer.is_missing(&["InvalidServiceName"]) => None,
        Looked::Failed { message, .. } => {
            findings.skip(format!("whether {region} has the endpoint {service}"), message);
            return findings;
        }
    };
    let Some(detail) = details.and_then(|details| details.first()) else {
        findings.problem(format!("{region} has no endpoint {service}"), remedy);
        return findings;
    };
    let offered: Vec<_> = detail
        .get("AvailabilityZones")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for zone in zones.iter().filter(|zone| !offered.contains(*zone)) {
        findings.problem(format!("the endpoint {service} does not exist in {zone}"), remedy);
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::look::missing;
    use super::*;

    #[test]
    fn region_that_is_not_enabled_is_named() {
        let answer = Looked::Found(json!({ "Regions": [
            { "OptInStatus": "opt-in-not-required", "RegionName": "eu-central-1", "Endpoint": "ec2.eu-central-1.amazonaws.com" },
            { "OptInStatus": "not-opted-in", "RegionName": "af-south-1", "Endpoint": "ec2.af-south-1.amazonaws.com" }
        ] }));
        let findings = enabled(&["eu-central-1", "af-south-1"], &answer);
        assert_eq!(findings.problems.len(), 1);
        assert!(findings.to_string().contains("aws account enable-region --region-name af-south-1"));
        assert_eq!(enabled(&["eu-central-1"], &missing("UnauthorizedOperation")).skipped.len(), 1);
    }

    #[test]
    fn zone_without_rds_proxy_is_named() {
        let zone = |id, state| {
            let zone = json!({ "ZoneName": "us-east-1e", "ZoneId": id, "State": state, "OptInStatus": "opt-in-not-required" });
            Looked::Found(json!({ "AvailabilityZones": [zone] }))
        };
        assert_eq!(
            proxies("us-east-1", "shortline-links", &zone("use1-az1", "available")),
            Findings::default()
        );
        let findings = proxies("us-east-1", "shortline-links", &zone("use1-az3", "available"));
        assert!(
            findings.to_string().contains("RDS Proxy does not exist in us-east-1e (use1-az3)"),
            "{findings}"
        );
        let findings = proxies("us-east-1", "shortline-links", &zone("use1-az1", "impaired"));
        assert!(findings.to_string().contains("is impaired"), "{findings}");
    }

    #[test]
    fn endpoint_must_exist_in_both_zones() {
        let answer = Looked::Found(json!({ "ServiceDetails": [{
            "ServiceName": "com.amazonaws.eu-central-1.sqs", "ServiceType": [{ "ServiceType": "Interface" }],
            "AvailabilityZones": ["eu-central-1a", "eu-central-1b"], "Owner": "amazon"
        }], "ServiceNames": ["com.amazonaws.eu-central-1.sqs"] }));
        let sqs = "com.amazonaws.eu-central-1.sqs";
        let of = |zones: &[&'static str], answer: &Looked| {
            endpoints("eu-central-1", sqs, &zones.iter().copied().collect(), answer)
        };
        assert_eq!(of(&["eu-central-1a", "eu-central-1b"], &answer), Findings::default());
        assert!(
            of(&["eu-central-1a", "eu-central-1c"], &answer)
                .to_string()
                .contains("not exist in eu-central-1c")
        );
        assert!(
            of(&["eu-central-1a"], &missing("InvalidServiceName")).to_string().contains("has no endpoint")
        );
    }
}

//! Whether RDS can make the planned servers: its role, and version, class and Multi-AZ in the zones that will be used.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Deserialize;

use super::finding::Findings;
use super::look::{Looked, aws};
use super::plan::Plan;
use crate::deploy::cloud::Cloud;

const SERVICE_ROLE: &str = "AWSServiceRoleForRDS";

/// A server that the plan makes or changes.
struct Server<'a> {
    identifier: &'a str,
    region: &'a str,
    engine: &'a str,
    /// A major version, or an exact one.
    version: Option<&'a str>,
    class: &'a str,
    storage: Option<&'a str>,
    is_multi_az: bool,
    zones: BTreeSet<&'a str>,
}

pub(super) fn check(cloud: &mut dyn Cloud, plan: &Plan) -> Result<Findings> {
    let mut findings = Findings::default();
    if plan.created("aws_db_instance").next().is_some() {
        let role = aws(cloud, plan.home(), &["iam", "get-role", "--role-name", SERVICE_ROLE])?;
        findings.add(service_role(&role));
    }
    let mut asked = BTreeSet::new();
    for server in servers(plan) {
        let Server { region, engine, version, class, .. } = server;
        let Some(version) = version else { continue };
        let versions = aws(
            cloud,
            region,
            &["rds", "describe-db-engine-versions", "--engine", engine, "--engine-version", version],
        )?;
        let exact = match newest(&versions) {
            Ok(exact) => exact,
            Err(reason) => {
                findings.skip(format!("whether RDS offers {engine} {version} in {region}"), reason);
                continue;
            }
        };
        let Some(exact) = exact else {
            // Both servers have the same version: one report is enough.
            if asked.insert((engine, version)) {
                findings.add(no_such_version(region, engine, version));
            }
            continue;
        };
        let options = aws(
            cloud,
            region,
            &[
                &["rds", "describe-orderable-db-instance-options", "--vpc", "--engine", engine][..],
                &["--engine-version", &exact, "--db-instance-class", class],
            ]
            .concat(),
        )?;
        findings.add(orderable(&server, &exact, &options));
    }
    Ok(findings)
}

fn servers(plan: &Plan) -> Vec<Server<'_>> {
    // An update that changes none of these may go on with what RDS no longer sells.
    let ordered = ["engine_version", "instance_class", "multi_az", "storage_type"];
    let servers =
        plan.all("aws_db_instance").filter(|server| server.is_created() || server.changes(&ordered));
    servers
        .filter_map(|server| {
            let region = plan.region_of(server);
            Some(Server {
                identifier: server.text("identifier")?,
                region,
                engine: server.text("engine").unwrap_or("postgres"),
                version: server.text("engine_version"),
                class: server.text("instance_class")?,
                storage: server.text("storage_type"),
                is_multi_az: server.is_true("multi_az"),
                zones: plan.zones(region),
            })
        })
        .collect()
}

fn service_role(answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    match answer {
        Looked::Found(_) => {}
        _ if answer.is_missing(&["NoSuchEntity"]) => findings.problem(
            "this account has never used RDS: its service-linked role is missing, and the first server often fails for it",
            "aws iam create-service-linked-role --aws-service-name rds.amazonaws.com",
        ),
        Looked::Failed { message, .. } => findings.skip("RDS' service-linked role", message),
    }
    findings
}

/// The newest version among those that the answer lists: of a major version RDS makes a recent minor one. None if RDS
/// offers none.
fn newest(answer: &Looked) -> Result<Option<String>, &str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Versions {
        #[serde(rename = "DBEngineVersions")]
        versions: Vec<Version>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Version {
        engine_version: String,
    }
    match answer {
        Looked::Found(value) => {
            let versions = Versions::deserialize(value).map_err(|_| "unexpected answer")?.versions;
            let number = |version: &Version| {
                version.engine_version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>()
            };
            Ok(versions.into_iter().max_by_key(number).map(|version| version.engine_version))
        }
        Looked::Failed { message, .. } => Err(message),
    }
}

fn no_such_version(region: &str, engine: &str, version: &str) -> Findings {
    let mut findings = Findings::default();
    findings.problem(
        format!("RDS in {region} has no {engine} {version}"),
        format!(
            "choose a version that this lists, or another region: aws rds describe-db-engine-versions --region {region} \
             --engine {engine} --query 'DBEngineVersions[].EngineVersion'"
        ),
    );
    findings
}

#[derive(Deserialize)]
struct Options {
    #[serde(rename = "OrderableDBInstanceOptions")]
    options: Vec<InstanceOption>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceOption {
    #[serde(default)]
    availability_zones: Vec<Zone>,
    #[serde(default, rename = "MultiAZCapable")]
    multi_az_capable: bool,
    #[serde(default)]
    storage_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Zone {
    name: String,
}

fn orderable(server: &Server<'_>, exact: &str, answer: &Looked) -> Findings {
    let mut findings = Findings::default();
    let Server { identifier, region, engine, class, storage, is_multi_az, zones, .. } = server;
    let what = format!("{class} with {engine} {exact} in {region}, for {identifier}");
    let options = match answer {
        Looked::Found(value) => Options::deserialize(value).map_err(|_| "unexpected answer"),
        Looked::Failed { message, .. } => Err(message.as_str()),
    };
    let options = match options {
        Ok(Options { options }) => options,
        Err(reason) => {
            findings.skip(format!("whether RDS sells {what}"), reason);
            return findings;
        }
    };
    let remedy = format!(
        "set another `instance_class` in infra/terraform.tfvars, one that this lists: aws rds \
         describe-orderable-db-instance-options --region {region} --engine {engine} --engine-version {exact} --vpc \
         --query 'OrderableDBInstanceOptions[].DBInstanceClass'"
    );
    let options: Vec<_> = options
        .iter()
        .filter(|option| storage.is_none_or(|storage| option.storage_type == storage))
        .collect();
    if options.is_empty() {
        findings.problem(format!("RDS does not sell {what}"), remedy);
        return findings;
    }
    let sold = |zone: &str| {
        options.iter().any(|option| option.availability_zones.iter().any(|found| found.name == zone))
    };
    let missing: Vec<_> = zones.iter().copied().filter(|zone| !sold(zone)).collect();
    if !missing.is_empty() {
        findings.problem(format!("RDS does not sell {what}, in {}", missing.join(" and ")), &remedy);
    }
    if *is_multi_az && !options.iter().any(|option| option.multi_az_capable) {
        findings.problem(
            format!("RDS does not sell {what}, as Multi-AZ"),
            format!("{remedy}\nor set `multi_az = false` there, and live with an outage when a zone fails"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::look::missing;
    use super::*;

    fn server() -> Server<'static> {
        Server {
            identifier: "shortline-links",
            region: "eu-central-1",
            engine: "postgres",
            version: Some("18"),
            class: "db.t4g.medium",
            storage: Some("gp3"),
            is_multi_az: true,
            zones: ["eu-central-1a", "eu-central-1b"].into(),
        }
    }

    fn options(zones: &[&str], multi_az: bool, storage: &str) -> Looked {
        let zones: Vec<_> = zones.iter().map(|zone| json!({ "Name": zone })).collect();
        Looked::Found(json!({ "OrderableDBInstanceOptions": [{
            "Engine": "postgres", "EngineVersion": "18.1", "DBInstanceClass": "db.t4g.medium",
            "LicenseModel": "postgresql-license", "AvailabilityZones": zones, "MultiAZCapable": multi_az,
            "ReadReplicaCapable": true, "Vpc": true, "SupportsStorageEncryption": true, "StorageType": storage
        }] }))
    }

    #[test]
    fn only_servers_that_change_are_ordered() {
        let kept = json!({ "identifier": "kept", "engine_version": "18", "instance_class": "db.m7g.large" });
        let plan = json!({ "variables": {}, "resource_changes": [
            { "address": "kept", "mode": "managed", "type": "aws_db_instance",
              "change": { "actions": ["no-op"], "before": kept, "after": kept } },
            { "address": "larger", "mode": "managed", "type": "aws_db_instance",
              "change": { "actions": ["update"], "before": kept,
                          "after": { "identifier": "larger", "engine_version": "18", "instance_class": "db.m7g.xlarge" } } },
        ] });
        let plan = Plan::parse(&plan.to_string()).unwrap();
        assert_eq!(servers(&plan).iter().map(|server| server.identifier).collect::<Vec<_>>(), ["larger"]);
    }

    #[test]
    fn class_must_be_sold_in_both_zones_and_as_multi_az() {
        let both = ["eu-central-1a", "eu-central-1b"];
        assert_eq!(orderable(&server(), "18.1", &options(&both, true, "gp3")), Findings::default());
        for (answer, problem) in [
            (options(&both[..1], true, "gp3"), "for shortline-links, in eu-central-1b"),
            (options(&both, false, "gp3"), "for shortline-links, as Multi-AZ"),
            (options(&both, true, "io1"), "does not sell db.t4g.medium with postgres 18.1 in eu-central-1"),
            (Looked::Found(json!({ "OrderableDBInstanceOptions": [] })), "does not sell db.t4g.medium"),
        ] {
            let findings = orderable(&server(), "18.1", &answer);
            assert!(findings.to_string().contains(problem), "{findings}");
            assert!(findings.problems[0].remedy.contains("instance_class"));
        }
        assert_eq!(orderable(&server(), "18.1", &missing("AccessDenied")).skipped.len(), 1);
    }

    #[test]
    fn newest_minor_of_the_major_is_asked_for() {
        let versions = |versions: &[&str]| {
            let versions: Vec<_> = versions
                .iter()
                .map(|version| json!({ "Engine": "postgres", "EngineVersion": version }))
                .collect();
            Looked::Found(json!({ "DBEngineVersions": versions }))
        };
        assert_eq!(newest(&versions(&["18.9", "18.10"])), Ok(Some("18.10".into())));
        assert_eq!(newest(&versions(&[])), Ok(None));
        assert!(newest(&missing("AccessDenied")).is_err());
        assert!(no_such_version("eu-south-1", "postgres", "18").to_string().contains("has no postgres 18"));
    }

    #[test]
    fn missing_role_of_rds_is_named_with_its_command() {
        assert_eq!(service_role(&Looked::Found(json!({}))), Findings::default());
        let report = service_role(&missing("NoSuchEntity")).to_string();
        assert!(
            report.contains("create-service-linked-role --aws-service-name rds.amazonaws.com"),
            "{report}"
        );
        assert_eq!(service_role(&missing("AccessDenied")).skipped.len(), 1);
    }
}

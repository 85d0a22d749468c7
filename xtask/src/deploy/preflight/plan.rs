//! What Terraform plans to make, from `terraform show -json`. The checks ask for what the plan makes, so that names, sizes
//! and regions have no second home here.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    #[serde(default)]
    resource_changes: Vec<Resource>,
}

#[derive(Debug, Deserialize)]
struct Variable {
    #[serde(default)]
    value: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    pub(super) address: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    change: Change,
}

#[derive(Debug, Deserialize)]
struct Change {
    actions: Vec<String>,
    #[serde(default)]
    before: Option<Map<String, Value>>,
    #[serde(default)]
    after: Option<Map<String, Value>>,
}

impl Plan {
    pub(super) fn parse(text: &str) -> Result<Self> {
        // Drop the parser's error, which could contain a secret.
        serde_json::from_str(text).ok().context("the output of `terraform show -json` is not a plan")
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.value.as_str()
    }

    /// Every host with its zone.
    pub(super) fn hosts(&self) -> Vec<(&str, &str)> {
        let Some(zone) = self.variable("cloudflare_zone_id") else { return Vec::new() };
        let own = ["domain", "failover_domain"].iter().filter_map(|name| Some((self.variable(name)?, zone)));
        let further = self.variables.get("further_domains").and_then(|domains| domains.value.as_object());
        let further =
            further.into_iter().flatten().filter_map(|(host, zone)| Some((host.as_str(), zone.as_str()?)));
        own.chain(further).collect()
    }

    /// The AWS region of the databases, which is also that of resources that name none.
    pub(super) fn home(&self) -> &str {
        self.variable("region").unwrap_or("us-east-1")
    }

    /// Resources of this type that exist after the plan.
    pub(super) fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.resource_changes.iter().filter(move |resource| {
            resource.mode == "managed" && resource.kind == kind && resource.change.after.is_some()
        })
    }

    /// Resources of this type that do not exist yet. A replaced one owns its name already.
    pub(super) fn created<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.all(kind).filter(|resource| resource.is_created())
    }

    pub(super) fn region_of<'a>(&'a self, resource: &'a Resource) -> &'a str {
        resource.text("region").unwrap_or_else(|| self.home())
    }

    /// The zones of a region's subnets.
    pub(super) fn zones(&self, region: &str) -> BTreeSet<&str> {
        self.all("aws_subnet")
            .filter(|subnet| self.region_of(subnet) == region)
            .filter_map(|subnet| subnet.text("availability_zone"))
            .collect()
    }
}

impl Resource {
    pub(super) fn is_created(&self) -> bool {
        self.change.actions == ["create"]
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.after(name)?.as_str()
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.after(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(super) fn after(&self, name: &str) -> Option<&Value> {
        self.change.after.as_ref()?.get(name)
    }

    pub(super) fn before(&self, name: &str) -> Option<&Value> {
        self.change.before.as_ref()?.get(name)
    }

    /// Whether one of these attributes gets a new value.
    pub(super) fn changes(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.before(name) != self.after(name))
    }
}

#[cfg(test)]
impl Plan {
    /// Of variables and resources: address, type and attributes. All are created.
    pub(super) fn creating(variables: Value, resources: &[(&str, Value)]) -> Self {
        let variables = variables.as_object().unwrap().iter();
        let variables: Map<_, _> =
            variables.map(|(name, value)| (name.clone(), serde_json::json!({ "value": value }))).collect();
        let resources = resources.iter().map(|(kind, after)| {
            serde_json::json!({
                "address": format!("{kind}.this"), "mode": "managed", "type": kind,
                "change": { "actions": ["create"], "before": null, "after": after },
            })
        });
        let resources: Vec<_> = resources.collect();
        let plan = serde_json::json!({ "variables": variables, "resource_changes": resources });
        Self::parse(&plan.to_string()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_and_kept_resources_own_their_names() {
        let resource = |name: &str, actions: &str, after: &str| {
            format!(
                r#"{{"address":"{name}","mode":"managed","type":"aws_vpc","change":{{"actions":{actions},"before":null,"after":{after}}}}}"#
            )
        };
        let text = format!(
            r#"{{"format_version":"1.2","variables":{{"region":{{"value":"eu-west-1"}}}},"resource_changes":[{},{},{}]}}"#,
            resource("made", r#"["create"]"#, r#"{"region":"eu-west-1"}"#),
            resource("replaced", r#"["create","delete"]"#, r#"{"region":"eu-west-2"}"#),
            resource("removed", r#"["delete"]"#, "null"),
        );
        let plan = Plan::parse(&text).unwrap();
        assert_eq!(plan.created("aws_vpc").map(|made| made.address.as_str()).collect::<Vec<_>>(), ["made"]);
        assert_eq!(
            plan.all("aws_vpc").map(|one| plan.region_of(one)).collect::<Vec<_>>(),
            ["eu-west-1", "eu-west-2"]
        );
        assert!(Plan::parse("secret").unwrap_err().to_string().find("secret").is_none());
    }
}

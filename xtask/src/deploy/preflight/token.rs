//! Whether Cloudflare's token is valid and may do everything that the deployment does.

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::finding::Findings;
use super::look::{CloudflareApi, Looked};
use crate::deploy::cloud::Cloud;

/// As in <https://developers.cloudflare.com/fundamentals/api/reference/permissions/>; the dashboard says "Edit" for "Write".
const OF_ACCOUNT: [&str; 3] =
    ["Workers Scripts Write", "Workers KV Storage Write", "Account API Tokens Write"];
const OF_ZONE: [&str; 3] = ["Workers Routes Write", "Zone Settings Write", "DNS Write"];
const ACCOUNT: &str = "com.cloudflare.api.account.";
const ZONE: &str = "com.cloudflare.api.account.zone.";

/// Returns whether other calls with the token make sense.
pub(super) fn check(
    cloud: &mut dyn Cloud,
    api: &CloudflareApi,
    account: &str,
    zones: &[&str],
    findings: &mut Findings,
) -> Result<bool> {
    let verified = api.get(cloud, &format!("/accounts/{account}/tokens/verify"))?;
    let Some(id) = active(account, &verified, findings) else { return Ok(false) };
    let token = api.get(cloud, &format!("/accounts/{account}/tokens/{id}"))?;
    permissions(account, zones, &token, findings);
    Ok(true)
}

/// The id of the token, if it is valid.
fn active(account: &str, answer: &Looked, findings: &mut Findings) -> Option<String> {
    let create = format!(
        "create a token of the account, with the permissions listed in docs/deploying.md, and set CLOUDFLARE_API_TOKEN to it: \
         https://dash.cloudflare.com/{account}/api-tokens"
    );
    match answer {
        Looked::Found(value) => {
            let status = value.get("status").and_then(Value::as_str).unwrap_or("without a status");
            if status != "active" {
                findings.problem(format!("CLOUDFLARE_API_TOKEN is {status}"), create);
                return None;
            }
            value.get("id").and_then(Value::as_str).map(str::to_owned)
        }
        Looked::Failed { code, message } if code.starts_with('4') && code != "429" => {
            findings.problem(
                format!("Cloudflare does not accept CLOUDFLARE_API_TOKEN as a token of the account {account}: {message}"),
                format!("{create}\nor correct `cloudflare_account_id` in infra/terraform.tfvars"),
            );
            None
        }
        Looked::Failed { message, .. } => {
            findings.skip("Cloudflare's token and everything at Cloudflare", message);
            None
        }
    }
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
struct Policy {
    effect: String,
    resources: Map<String, Value>,
    permission_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    name: String,
}

fn permissions(account: &str, zones: &[&str], answer: &Looked, findings: &mut Findings) {
    let token = match answer {
        Looked::Found(value) => Token::deserialize(value).map_err(|_| "unexpected answer"),
        Looked::Failed { message, .. } => Err(message.as_str()),
    };
    let token = match token {
        Ok(token) => token,
        Err(reason) => {
            findings.skip("the permissions of Cloudflare's token", reason);
            return;
        }
    };
    let may = |permission: &str, covers: &dyn Fn(&Policy) -> bool| {
        let named = |policy: &&Policy| policy.permission_groups.iter().any(|group| group.name == permission);
        let mut policies = token.policies.iter().filter(named).filter(|policy| covers(policy)).peekable();
        policies.peek().is_some() && policies.all(|policy| policy.effect == "allow")
    };
    let mut missing: Vec<String> = Vec::new();
    for permission in OF_ACCOUNT {
        if !may(permission, &|policy| covers_account(policy, account)) {
            missing.push(format!("{permission} for the account {account}"));
        }
    }
    for zone in zones {
        for permission in OF_ZONE {
            if !may(permission, &|policy| covers_zone(policy, account, zone)) {
                missing.push(format!("{permission} for the zone {zone}"));
            }
        }
    }
    if !missing.is_empty() {
        findings.problem(
            format!("Cloudflare's token lacks permissions: {}", missing.join(", ")),
            format!("edit the token (the dashboard says Edit for Write): https://dash.cloudflare.com/{account}/api-tokens"),
        );
    }
}

fn covers_account(policy: &Policy, account: &str) -> bool {
    [account, "*"].iter().any(|name| policy.resources.contains_key(&format!("{ACCOUNT}{name}")))
}

/// A policy names a zone, all zones, or, inside of the account, one or all.
fn covers_zone(policy: &Policy, account: &str, zone: &str) -> bool {
    let names_zone = |resources: &Map<String, Value>| {
        [zone, "*"].iter().any(|name| resources.contains_key(&format!("{ZONE}{name}")))
    };
    let in_account = |name: &str| match policy.resources.get(&format!("{ACCOUNT}{name}")) {
        Some(Value::Object(zones)) => names_zone(zones),
        Some(_) => true,
        None => false,
    };
    names_zone(&policy.resources) || in_account(account) || in_account("*")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::look::missing;
    use super::*;

    const ACCOUNT_ID: &str = "0123456789abcdef0123456789abcdef";
    const ZONE_ID: &str = "fedcba9876543210fedcba9876543210";

    fn groups(names: &[&str]) -> Value {
        names
            .iter()
            .map(|name| json!({ "id": "c8fed203ed3043cba015a93ad1616f1f", "name": name, "meta": {} }))
            .collect()
    }

    fn token(zones: &Value, of_zone: &[&str]) -> Value {
        json!({
            "id": "ed17574386854bf78a67040be0a770b0", "name": "deploy", "status": "active",
            "policies": [
                { "id": "1", "effect": "allow", "permission_groups": groups(&OF_ACCOUNT),
                  "resources": { (format!("{ACCOUNT}{ACCOUNT_ID}")): "*" } },
                { "id": "2", "effect": "allow", "permission_groups": groups(of_zone), "resources": zones },
            ]
        })
    }

    fn judged(token: Value) -> Findings {
        let mut findings = Findings::default();
        permissions(ACCOUNT_ID, &[ZONE_ID], &Looked::Found(token), &mut findings);
        findings
    }

    #[test]
    fn zones_are_covered_by_name_or_by_account() {
        for zones in [
            json!({ (format!("{ZONE}{ZONE_ID}")): "*" }),
            json!({ (format!("{ZONE}*")): "*" }),
            json!({ (format!("{ACCOUNT}{ACCOUNT_ID}")): { (format!("{ZONE}*")): "*" } }),
        ] {
            assert_eq!(judged(token(&zones, &OF_ZONE)), Findings::default(), "{zones}");
        }
        let findings = judged(token(&json!({ (format!("{ZONE}another")): "*" }), &OF_ZONE));
        assert!(findings.to_string().contains(&format!("DNS Write for the zone {ZONE_ID}")), "{findings}");
    }

    #[test]
    fn each_missing_permission_is_named() {
        let all = json!({ (format!("{ZONE}*")): "*" });
        for missing in OF_ZONE {
            let left: Vec<_> = OF_ZONE.into_iter().filter(|name| *name != missing).collect();
            let findings = judged(token(&all, &left));
            assert!(
                findings.to_string().contains(&format!("lacks permissions: {missing} for")),
                "{findings}"
            );
        }
        let mut denied = token(&all, &OF_ZONE);
        denied["policies"].as_array_mut().unwrap().push(json!({
            "id": "3", "effect": "deny", "permission_groups": groups(&["DNS Write"]), "resources": all
        }));
        assert!(judged(denied).to_string().contains("DNS Write"));
    }

    #[test]
    fn invalid_token_is_told_from_an_outage() {
        let mut findings = Findings::default();
        assert_eq!(active(ACCOUNT_ID, &missing("401"), &mut findings), None);
        assert_eq!(
            active(ACCOUNT_ID, &Looked::Found(json!({ "id": "1", "status": "expired" })), &mut findings),
            None
        );
        assert_eq!((findings.problems.len(), findings.skipped.len()), (2, 0));
        assert_eq!(active(ACCOUNT_ID, &missing("503"), &mut findings), None);
        assert_eq!((findings.problems.len(), findings.skipped.len()), (2, 1));
        let found = Looked::Found(json!({ "id": "1", "status": "active" }));
        assert_eq!(active(ACCOUNT_ID, &found, &mut findings), Some("1".into()));
    }
}

//! A stand-in of Cloudflare's API: a zone, a token, and two Workers with versions and deployments.

use serde_json::{Value, json};

use super::http::{Request, Response};

pub const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";
pub const ZONE: &str = "fedcba9876543210fedcba9876543210";
pub const PREFIX: &str = "/client/v4";

/// The newest deployment is the first one.
pub struct Worker {
    versions: u32,
    /// The paths of the static assets of the last version.
    pub assets: Vec<String>,
    /// What of the last version's metadata tests look at.
    pub asset_config: Value,
    pub deployments: Vec<Value>,
}

fn version(number: u32) -> String {
    format!("{number:08}-1111-4111-8111-111111111111")
}

impl Default for Worker {
    /// As Terraform's first apply leaves it.
    fn default() -> Self {
        let placeholder = json!({
            "id": "0", "created_on": "2026-11-25T09:30:00Z", "source": "terraform", "strategy": "percentage",
            "author_email": "deployer@example.com",
            "versions": [{ "version_id": version(1), "percentage": 100 }],
            "annotations": { "workers/message": "Automatic deployment on upload." }
        });
        Self { versions: 1, assets: Vec::new(), asset_config: Value::Null, deployments: vec![placeholder] }
    }
}

impl Worker {
    pub fn shares(&self) -> Vec<(u64, u64)> {
        let versions = self.deployments[0]["versions"].as_array().unwrap().iter();
        let number = |version: &Value| version["version_id"].as_str().unwrap()[..8].parse().unwrap();
        versions.map(|version| (number(version), version["percentage"].as_f64().unwrap() as u64)).collect()
    }

    fn answer(&mut self, request: &Request, path: &str) -> Option<Value> {
        let is_get = request.method == "GET";
        Some(match path {
            "deployments" if is_get => json!({ "deployments": self.deployments }),
            "deployments" => {
                let mut deployment = self.deployments[0].clone();
                let asked: Value = serde_json::from_slice(&request.body).unwrap();
                deployment["versions"] = asked["versions"].clone();
                deployment["annotations"] = asked["annotations"].clone();
                self.deployments.insert(0, deployment);
                json!({ "id": self.deployments.len().to_string() })
            }
            "versions" if is_get => json!({ "items": [] }),
            "versions" => {
                self.asset_config = metadata(&request.body)["assets"].clone();
                self.versions += 1;
                json!({ "id": version(self.versions), "startup_time_ms": 5, "metadata": { "has_preview": false } })
            }
            "assets-upload-session" => {
                let asked: Value = serde_json::from_slice(&request.body).unwrap();
                let manifest = asked["manifest"].as_object().unwrap();
                self.assets = manifest.keys().cloned().collect();
                self.assets.sort();
                let hashes: Vec<_> = manifest.values().map(|file| file["hash"].clone()).collect();
                json!({ "jwt": "session", "buckets": [hashes] })
            }
            "secrets" => json!([]),
            "subdomain" => json!({ "enabled": false, "previews_enabled": false }),
            "settings" | "script-settings" => json!({ "tags": [], "logpush": false }),
            other => {
                let id = other.strip_prefix("versions/")?;
                json!({
                    "id": id, "number": 1, "annotations": {},
                    "metadata": { "created_on": "2026-11-25T09:30:00Z", "author_email": "deployer@example.com", "source": "api" },
                    "resources": { "script": { "etag": "e", "handlers": ["fetch"] }, "script_runtime": {}, "bindings": [] }
                })
            }
        })
    }
}

/// The part of an upload that describes the version.
fn metadata(form: &[u8]) -> Value {
    let form = String::from_utf8_lossy(form);
    let (_, rest) = form.split_once("name=\"metadata\"").unwrap();
    let (_, json) = rest.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(json.split("\r\n").next().unwrap()).unwrap()
}

pub fn success(result: &Value) -> Response {
    let body = json!({ "success": true, "errors": [], "messages": [], "result": result });
    Response::new(200, "application/json", body.to_string())
}

pub fn failure(status: u16, code: u32, message: &str) -> Response {
    let errors = [json!({ "code": code, "message": message })];
    let body = json!({ "success": false, "errors": errors, "messages": [], "result": null });
    Response::new(status, "application/json", body.to_string())
}

pub fn zone(name: &str, status: &str) -> Response {
    success(
        &json!({ "id": ZONE, "name": name, "status": status, "type": "full", "account": { "id": ACCOUNT, "name": "Example" } }),
    )
}

pub fn token(of_zone: &[&str]) -> Response {
    let groups = |names: &[&str]| -> Value {
        names.iter().map(|name| json!({ "id": "c8fed203ed3043cba015a93ad1616f1f", "name": name })).collect()
    };
    let of_account = ["Workers Scripts Write", "Workers KV Storage Write", "Account API Tokens Write"];
    success(
        &json!({ "id": "ed17574386854bf78a67040be0a770b0", "name": "deploy", "status": "active", "policies": [
        { "id": "1", "effect": "allow", "permission_groups": groups(&of_account), "resources": { (format!("com.cloudflare.api.account.{ACCOUNT}")): "*" } },
        { "id": "2", "effect": "allow", "permission_groups": groups(of_zone), "resources": { (format!("com.cloudflare.api.account.zone.{ZONE}")): "*" } }
    ] }),
    )
}

/// What the request asks for, as the tests name it.
pub fn name(request: &Request) -> String {
    let path = request.path.trim_start_matches(PREFIX);
    let path = path.replace(ACCOUNT, "A").replace(ZONE, "Z");
    if request.method == "GET" { path } else { format!("{} {path}", request.method) }
}

pub fn healthy(request: &Request, [visitors, api]: [&mut Worker; 2]) -> Response {
    let name = name(request);
    for (script, worker) in [("shortline", visitors), ("shortline-api", api)] {
        let path = name.split_once(&format!("/workers/scripts/{script}/"));
        let path = path.map(|(_, rest)| rest.split('?').next().unwrap_or(rest));
        if let Some(answer) = path.and_then(|path| worker.answer(request, path)) {
            return success(&answer);
        }
    }
    match name.as_str() {
        "/accounts/A/tokens/verify" => {
            success(&json!({ "id": "ed17574386854bf78a67040be0a770b0", "status": "active" }))
        }
        "/accounts/A/tokens/ed17574386854bf78a67040be0a770b0" => {
            token(&["Workers Routes Write", "Zone Settings Write", "DNS Write"])
        }
        "POST /accounts/A/workers/assets/upload?base64=true" => success(&json!({ "jwt": "uploaded" })),
        "/zones/Z" => zone("example.com", "active"),
        "/accounts/A/workers/services/shortline" | "/accounts/A/workers/services/shortline-api" => {
            let id = name.rsplit('/').next();
            success(&json!({
                "id": id,
                "default_environment": { "environment": "production", "script": { "id": id, "last_deployed_from": "wrangler", "tags": [] } }
            }))
        }
        // Lists: records, Workers, namespaces.
        _ => success(&json!([])),
    }
}

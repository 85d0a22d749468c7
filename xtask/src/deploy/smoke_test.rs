//! Tries the deployed product as a visitor and an editor do: `/healthz`, `/readyz`, and one link that is made, followed,
//! counted and removed.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cloud::{Cloud, CloudCommand};
use super::outputs::Outputs;

const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// A new custom domain gets its certificate within some minutes.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Seconds. Longer than the edge waits for any call of the API.
const CURL_TIMEOUT: &str = "20";
/// Reserved by RFC 2606, so that nobody's page is asked for.
const DESTINATION: &str = "https://example.com/";

pub(super) fn run(cloud: &mut dyn Cloud, outputs: &Outputs, is_consuming: bool) -> Result<()> {
    let base = format!("https://{}", outputs.domain);
    for path in ["/healthz", "/readyz"] {
        let url = format!("{base}{path}");
        eventually(cloud, &url, |cloud| {
            let Answer { status, body } = ask(cloud, &request(&url))?;
            Ok(if status == 200 { Ok(()) } else { Err(format!("{status} {body}")) })
        })?;
        println!("# {url}: ready");
    }
    let dashboard = format!("https://{}/dashboard/", outputs.dashboard_host());
    eventually(cloud, &dashboard, |cloud| {
        let Answer { status, .. } = ask(cloud, &request(&dashboard).args(["--output", "/dev/null"]))?;
        Ok(if status == 200 { Ok(()) } else { Err(format!("it answers {status} instead of 200")) })
    })?;
    println!("# {dashboard}: ready");
    let Some(key) = admin_key(cloud, outputs)? else { return Ok(()) };
    let api = Api { base, key };
    let link = api.create(cloud)?;
    let tried = try_link(cloud, &api, &link, is_consuming);
    if tried.is_err() {
        cloud.begin_cleanup();
    }
    let removed = api.remove(cloud, &link);
    tried.with_context(|| format!("the link {}, made for this check", link.short_url))?;
    removed
}

fn try_link(cloud: &mut dyn Cloud, api: &Api, link: &Link, is_consuming: bool) -> Result<()> {
    let url = &link.short_url;
    eventually(cloud, "the redirect", |cloud| {
        let call = request(url).args(["--output", "/dev/null"]);
        let Answer { status, .. } = ask(cloud, &call)?;
        Ok(if status == 302 { Ok(()) } else { Err(format!("{url} answers {status} instead of 302")) })
    })?;
    println!("# {url}: made and followed");
    if !is_consuming {
        println!("# its click is not waited for, since clicks wait in the queue");
        return Ok(());
    }
    let stats = format!("/api/v1/links/{}/stats", link.id);
    eventually(cloud, "its click in the statistics", |cloud| {
        let answer = api.call(cloud, "GET", &stats, None)?;
        let counted = answer.json().and_then(|stats| stats.get("total")?.as_u64()).unwrap_or(0);
        Ok(if counted > 0 { Ok(()) } else { Err(format!("{stats} counts no click: {}", answer.body)) })
    })?;
    println!("# {url}: counted");
    Ok(())
}

/// None if this environment may not read it.
fn admin_key(cloud: &mut dyn Cloud, outputs: &Outputs) -> Result<Option<String>> {
    let call = CloudCommand::new("aws")
        .args(["secretsmanager", "get-secret-value", "--region", outputs.home(), "--output", "json"])
        .args(["--secret-id", &outputs.admin_key_secret]);
    let output = cloud.look(&call)?;
    if !output.is_success {
        println!(
            "# no link was tried: {} is not readable: {}",
            outputs.admin_key_secret,
            output.stderr.trim()
        );
        return Ok(None);
    }
    let answer: Option<Value> = serde_json::from_str(&output.stdout).ok();
    // Drop the parser's error, which could contain the key.
    let key = answer.as_ref().and_then(|answer| answer.get("SecretString")?.as_str());
    key.map(|key| Some(key.to_owned())).context("Secrets Manager returned no admin key")
}

struct Api {
    base: String,
    key: String,
}

#[derive(Deserialize)]
struct Link {
    id: String,
    short_url: String,
}

impl Api {
    fn create(&self, cloud: &mut dyn Cloud) -> Result<Link> {
        let body =
            json!({ "url": DESTINATION, "title": "Check of a deployment; removed at its end" }).to_string();
        let answer = self.call(cloud, "POST", "/api/v1/links", Some(&body))?;
        ensure!(answer.status == 201, "no link could be made: {} {}", answer.status, answer.body);
        let link = answer.json().and_then(|link| Link::deserialize(link).ok());
        link.with_context(|| format!("unexpected answer to POST /api/v1/links: {}", answer.body))
    }

    fn remove(&self, cloud: &mut dyn Cloud, link: &Link) -> Result<()> {
        let answer = self.call(cloud, "DELETE", &format!("/api/v1/links/{}", link.id), None)?;
        ensure!(
            (200..300).contains(&answer.status),
            "the link {} could not be removed: {} {}",
            link.short_url,
            answer.status,
            answer.body
        );
        Ok(())
    }

    fn call(&self, cloud: &mut dyn Cloud, method: &str, path: &str, body: Option<&str>) -> Result<Answer> {
        let mut call = request(&format!("{}{path}", self.base)).args(["--request", method]);
        if let Some(body) = body {
            call = call.args(["--data", body]);
        }
        // On standard input, because every user of the machine can read command lines.
        let headers = format!("Authorization: Bearer {}\nContent-Type: application/json\n", self.key);
        ask(cloud, &call.args(["--header", "@-"]).stdin(headers))
    }
}

fn request(url: &str) -> CloudCommand {
    CloudCommand::new("curl")
        .args(["--silent", "--show-error", "--max-time", CURL_TIMEOUT, "--write-out", "\n%{http_code}"])
        .args([url])
}

/// Status 0 if there was no answer; then the body says why.
struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }
}

fn ask(cloud: &mut dyn Cloud, call: &CloudCommand) -> Result<Answer> {
    let output = cloud.look(call)?;
    if !output.is_success {
        return Ok(Answer { status: 0, body: output.stderr.trim().into() });
    }
    let (body, status) = output.stdout.rsplit_once('\n').context("unexpected output of curl")?;
    Ok(Answer { status: status.trim().parse().unwrap_or(0), body: body.into() })
}

/// Repeats until it succeeds; fails with the last reason.
fn eventually(
    cloud: &mut dyn Cloud,
    what: &str,
    mut attempt: impl FnMut(&mut dyn Cloud) -> Result<Result<(), String>>,
) -> Result<()> {
    let mut patience = PATIENCE;
    loop {
        let Err(reason) = attempt(cloud)? else { return Ok(()) };
        if patience.is_zero() {
            bail!("{what} does not work: {reason}");
        }
        patience = patience.saturating_sub(POLL_INTERVAL);
        cloud.wait(POLL_INTERVAL)?;
    }
}

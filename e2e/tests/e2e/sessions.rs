//! Sessions of the dashboard, through the edge.

use anyhow::{Context, Result, ensure};
use e2e::{Answer, send};
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::json;

use crate::shared::{System, on_shared_stack};

const SESSIONS: &str = "/api/v1/sessions";
const CURRENT: &str = "/api/v1/sessions/current";
const PAGE: (&str, &str) = ("shortline-dashboard", "1");

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("session_replaces_the_key_until_it_ends", session),
        on_shared_stack("session_needs_the_page_header_to_write", cross_site),
    ]
}

/// Signs in, and returns the cookie as a browser sends it.
async fn sign_in(system: &System) -> Result<String> {
    let key = json!({ "key": system.stack.admin_key });
    let answer =
        send(system.client.request(Method::POST, SESSIONS).header(PAGE.0, PAGE.1).json(&key)).await?;
    ensure!(answer.status == 201, "{answer:?}");
    let cookie = answer.header("set-cookie").context("no cookie")?;
    ensure!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap_or_default();
    Ok(format!("theme=dark; {pair}"))
}

async fn call(system: &System, method: Method, path: &str, cookie: &str) -> Result<Answer> {
    send(system.client.request(method, path).header("cookie", cookie).header(PAGE.0, PAGE.1)).await
}

async fn session(system: &System) -> Result<()> {
    let cookie = sign_in(system).await?;
    let current = call(system, Method::GET, CURRENT, &cookie).await?;
    ensure!(current.status == 200, "{current:?}");
    let link = system.client.request(Method::POST, "/api/v1/links").header("cookie", &cookie);
    let link = link.header(PAGE.0, PAGE.1).json(&json!({ "url": "https://example.com/" }));
    let created = send(link).await?;
    ensure!(created.status == 201, "{created:?}");
    let ended = call(system, Method::DELETE, CURRENT, &cookie).await?;
    ensure!(ended.status == 204, "{ended:?}");
    let after = call(system, Method::GET, CURRENT, &cookie).await?;
    ensure!(after.status == 401, "{after:?}");
    Ok(())
}

/// What another site's form or script could send.
async fn cross_site(system: &System) -> Result<()> {
    let cookie = sign_in(system).await?;
    let post = || {
        let body = json!({ "url": "https://example.com/" });
        system.client.request(Method::POST, "/api/v1/links").header("cookie", &cookie).json(&body)
    };
    for refused in [post(), post().header(PAGE.0, PAGE.1).header("sec-fetch-site", "cross-site")] {
        let answer = send(refused).await?;
        ensure!(answer.status == 403, "{answer:?}");
    }
    // The cookie of one host is worth nothing as a header that only the edge may send.
    let forged = system.client.request(Method::GET, CURRENT).header("x-shortline-cookie", &cookie);
    ensure!(send(forged).await?.status == 401);
    let own = call(system, Method::GET, CURRENT, &cookie).await?;
    ensure!(own.status == 200, "{own:?}");
    let everywhere = call(system, Method::DELETE, SESSIONS, &cookie).await?;
    ensure!(everywhere.status == 204, "{everywhere:?}");
    Ok(())
}

//! Sessions of the dashboard, through the edge.

use anyhow::{Context, Result, ensure};
use e2e::{Answer, send};
use libtest_mimic::Trial;
use local_stack::StackOptions;
use reqwest::Method;
use serde_json::json;

use crate::shared::{System, on_own_stack, on_shared_stack};

const SESSIONS: &str = "/api/v1/sessions";
const CURRENT: &str = "/api/v1/sessions/current";
const PAGE: (&str, &str) = ("shortline-dashboard", "1");
const DASHBOARD_HOST: &str = "links.example.com";

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("session_replaces_the_key_until_it_ends", session),
        on_shared_stack("session_needs_the_page_header_to_write", cross_site),
        on_own_stack("dashboard_host_has_sessions_and_no_links", with_dashboard_host, dashboard_host),
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

fn with_dashboard_host() -> StackOptions {
    let bindings = [("DASHBOARD_HOST".to_owned(), DASHBOARD_HOST.to_owned())];
    StackOptions {
        worker_bindings: bindings.into(),
        client_address: Some("127.0.0.1".to_owned()),
        ..StackOptions::default()
    }
}

async fn dashboard_host(system: &System) -> Result<()> {
    let key = json!({ "key": system.stack.admin_key });
    let sign_in = || system.client.request(Method::POST, SESSIONS).header(PAGE.0, PAGE.1).json(&key);
    let elsewhere = send(sign_in()).await?;
    ensure!(elsewhere.status == 403 && elsewhere.body.contains("wrong_host"), "{elsewhere:?}");
    let signed_in = send(sign_in().header("host", DASHBOARD_HOST)).await?;
    ensure!(signed_in.status == 201, "{signed_in:?}");
    let cookie = signed_in.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    let cookie = cookie.context("no cookie")?;
    let current = || system.client.request(Method::GET, CURRENT).header("cookie", cookie);
    ensure!(send(current().header("host", DASHBOARD_HOST)).await?.status == 200);
    ensure!(send(current()).await?.status == 401, "the default domain accepts the session");

    // The API answers there as on the default domain, and no link does.
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    let read = format!("/api/v1/links/{}", link.id);
    let read = system.client.request(Method::GET, &read).header("host", DASHBOARD_HOST);
    let read = send(read.bearer_auth(&system.stack.admin_key)).await?;
    ensure!(read.status == 200, "{read:?}");
    ensure!(system.client.follow(&link).await?.status == 302);
    let path = format!("/{}", link.code);
    let follow = system.client.request(Method::GET, &path).header("host", DASHBOARD_HOST);
    let followed = send(follow).await?;
    ensure!(followed.status == 404, "{followed:?}");
    let origin = system.stack.origin_urls.first().context("no origin")?;
    let followed = send(reqwest::Client::new().get(format!("{origin}{path}")).header("host", DASHBOARD_HOST));
    let followed = followed.await?;
    ensure!(followed.status == 404, "{followed:?}");
    Ok(())
}

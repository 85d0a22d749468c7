//! The dashboard as the local stack serves it, and its own tests in a browser.

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::{Result, ensure};
use e2e::send;
use libtest_mimic::Trial;
use local_stack::checkout::Checkout;
use local_stack::{StackOptions, tools};
use reqwest::Method;
use serde_json::json;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("dashboard_is_served_with_its_headers", with_dashboard, served),
        on_own_stack("dashboard_journeys_pass_in_a_browser", with_dashboard, in_browser),
    ]
}

fn with_dashboard() -> StackOptions {
    StackOptions {
        dashboard: true,
        client_address: Some("127.0.0.1".to_owned()),
        worker_bindings: BTreeMap::from([("COMPATIBLE_APIS".to_owned(), "yourls".to_owned())]),
        ..StackOptions::default()
    }
}

async fn served(system: &System) -> Result<()> {
    let get = |path| send(system.client.request(Method::GET, path));
    let page = get("/dashboard/").await?;
    ensure!(page.status == 200 && page.body.contains("<html"), "{page:?}");
    let policy = page.header("content-security-policy").unwrap_or_default();
    ensure!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    for (path, folder) in [("/dashboard", "/dashboard/"), ("/dashboard/links?q=a", "/dashboard/links/?q=a")] {
        let moved = get(path).await?;
        ensure!((moved.status, moved.header("location")) == (307, Some(folder)), "{moved:?}");
    }
    let missing = get("/dashboard/nothing").await?;
    ensure!(
        missing.status == 404 && missing.header("content-security-policy") == Some(policy),
        "{missing:?}"
    );
    ensure!(missing.body.contains("/dashboard/_app/"), "the dashboard's own page: {missing:?}");
    let missing = get("/dashboard/_app/immutable/none.js").await?;
    let cache = missing.header("cache-control").unwrap_or_default();
    ensure!(
        missing.status == 404 && cache.contains("max-age=60,"),
        "a missing chunk comes back soon: {missing:?}"
    );
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    ensure!(system.client.follow(&link).await?.status == 302);
    Ok(())
}

async fn in_browser(system: &System) -> Result<()> {
    let mut npm = tools::npm(&Checkout::here().dashboard());
    npm.args(["run", "--silent", "test:browser"]).stdin(Stdio::null());
    npm.env("SHORTLINE_URL", &system.stack.edge_url);
    npm.env("SHORTLINE_ADMIN_KEY", &system.stack.admin_key);
    let status = npm.status()?;
    ensure!(status.success(), "the browser tests failed, see above ({status})");
    Ok(())
}

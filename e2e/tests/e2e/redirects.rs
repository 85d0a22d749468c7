//! The redirect journey: cache tiers, statuses, and the answers to paths without a link.

use anyhow::{Result, ensure};
use e2e::{eventually, send};
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::json;

use crate::shared::{System, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("link_is_served_from_the_nearest_copy", nearest_copy),
        on_shared_stack("link_redirects_with_its_own_status", own_status),
        on_shared_stack("language_rule_matches_every_spelling_of_the_language", languages),
        on_shared_stack("head_request_is_answered_like_a_get", head),
        on_shared_stack("unknown_code_answers_404_and_is_cached", unknown_code),
        on_shared_stack("expired_link_answers_410_from_any_cache", expired),
        on_shared_stack("impossible_link_path_answers_404", impossible_path),
        on_shared_stack("unknown_host_answers_404", unknown_host),
        on_shared_stack("wrong_method_answers_405", wrong_method),
        on_shared_stack("health_and_readiness_answer_200", health),
    ]
}

async fn nearest_copy(system: &System) -> Result<()> {
    let client = &system.client;
    let link = client.create(json!({ "url": "https://example.com/Straße?q=1#top" })).await?;
    ensure!(link.code.len() == 7 && link.code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{link:?}");
    ensure!(link.short_url == format!("{}/{}", system.stack.edge_url, link.code), "{link:?}");

    let own = client.follow(&link).await?;
    ensure!((own.status, own.tier()) == (302, "colo"), "{own:?}");

    let client = &system.other_edge;
    let first = client.follow(&link).await?;
    ensure!((first.status, first.tier()) == (302, "origin"), "{first:?}");
    ensure!(first.header("location") == Some("https://example.com/Stra%C3%9Fe?q=1#top"), "{first:?}");
    ensure!(first.header("cache-control") == Some("private, no-store"), "{first:?}");
    ensure!(first.header("server-timing").is_some_and(|timing| timing.contains("desc=origin")), "{first:?}");

    let second = client.follow(&link).await?;
    ensure!(matches!(second.tier(), "memory" | "colo"), "{second:?}");
    ensure!(second.header("location") == first.header("location"), "{second:?}");
    // The memory copy expires after half a second; then the colo serves it.
    eventually("the colo serves the link", async || Ok(client.follow(&link).await?.tier() == "colo")).await?;
    eventually("memory serves the link", async || Ok(client.follow(&link).await?.tier() == "memory")).await
}

async fn languages(system: &System) -> Result<()> {
    let rule = |language: &str| json!({ "if": { "language": language }, "url": format!("https://{language}.example/") });
    let rules: Vec<_> = ["no", "he", "zh-Hant", "zh-Hans"].map(rule).into();
    let link = system.client.create(json!({ "url": "https://example.com/", "rules": rules })).await?;
    let shown = system.client.api_get(&format!("/api/v1/links/{}", link.id)).await?.json()?;
    ensure!(
        shown.pointer("/rules/0/if/language") == Some(&json!(["no"])),
        "the language is not shown as written: {shown}"
    );
    // One edge has the published copy, the other asks the origin.
    for client in [&system.client, &system.other_edge] {
        for (preferred, host) in [
            ("nb-NO", "no.example"),
            ("iw-IL", "he.example"),
            ("zh-HK", "zh-hant.example"),
            ("zh-TW,zh;q=0.9", "zh-hant.example"),
            ("zh-CN", "zh-hans.example"),
            ("zh", "zh-hans.example"),
            ("de", "example.com"),
        ] {
            let visit = client.request(Method::GET, &format!("/{}", link.code));
            let answer = send(visit.header("accept-language", preferred)).await?;
            let location = format!("https://{host}/");
            ensure!(answer.header("location") == Some(location.as_str()), "{preferred}: {answer:?}");
        }
    }
    for (condition, hint) in [(json!({ "country": "UK" }), "GB"), (json!({ "language": "jp" }), "ja")] {
        let body = json!({ "url": "https://example.com/", "rules": [{ "if": condition, "url": "https://a.example/" }] });
        let refused = system.client.api_post("/api/v1/links", &body).await?;
        ensure!(refused.status == 422 && refused.body.contains(hint), "{refused:?}");
    }
    Ok(())
}

async fn own_status(system: &System) -> Result<()> {
    for (status, cache_control) in [
        (301, "private, max-age=300"),
        (302, "private, no-store"),
        (307, "private, no-store"),
        (308, "private, max-age=300"),
    ] {
        let link = system.client.create(json!({ "url": "https://example.com/", "status": status })).await?;
        for _ in 0..2 {
            let answer = system.client.follow(&link).await?;
            ensure!(answer.status == status, "{answer:?}");
            ensure!(answer.header("cache-control") == Some(cache_control), "{answer:?}");
        }
    }
    Ok(())
}

async fn head(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/head" })).await?;
    let answer = send(system.client.request(Method::HEAD, &format!("/{}", link.code))).await?;
    ensure!(answer.status == 302 && answer.body.is_empty(), "{answer:?}");
    ensure!(answer.header("location") == Some("https://example.com/head"), "{answer:?}");
    Ok(())
}

async fn unknown_code(system: &System) -> Result<()> {
    let first = system.client.get("/zzzzzzz").await?;
    ensure!((first.status, first.tier()) == (404, "origin"), "{first:?}");
    for _ in 0..3 {
        let again = system.client.get("/zzzzzzz").await?;
        ensure!((again.status, again.tier()) == (404, "negative"), "{again:?}");
    }
    Ok(())
}

async fn expired(system: &System) -> Result<()> {
    // The database uses this machine's clock. Six seconds is late enough for the first visit and soon enough to wait
    // for.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let expiry = link_core::time::UnixMillis(i64::try_from(now.as_millis())?).plus_millis(6_000).date_time();
    let text =
        format!("{}T{:02}:{:02}:{:02}Z", expiry.date(), expiry.hour(), expiry.minute(), expiry.second());
    let link = system.client.create(json!({ "url": "https://example.com/", "expires_at": text })).await?;
    ensure!(system.client.follow(&link).await?.status == 302, "the link expired too early");
    eventually("the link has expired", async || Ok(system.client.follow(&link).await?.status == 410)).await?;
    let answer = system.client.follow(&link).await?;
    ensure!(matches!(answer.tier(), "memory" | "colo"), "asked the origin again: {answer:?}");
    let path = format!("/api/v1/links/{}", link.id);
    let shown = system.client.api_get(&path).await?.json()?;
    ensure!(shown.get("state") == Some(&json!("expired")), "{shown}");
    let found = system.client.api_get(&format!("/api/v1/links?state=expired&code={}", link.code)).await?;
    ensure!(found.json()?.pointer("/data/0") == Some(&shown), "{found:?}");
    // An editor may send an unchanged expiry back.
    let same = json!({ "title": "over", "expires_at": shown.get("expires_at") });
    let change = system.client.request(reqwest::Method::PATCH, &path).bearer_auth(&system.stack.admin_key);
    let changed = e2e::send(change.json(&same)).await?;
    ensure!(changed.status == 200, "{changed:?}");
    Ok(())
}

async fn impossible_path(system: &System) -> Result<()> {
    for (path, is_reserved) in [
        ("/dashboard", true),
        ("/internal/v1/links/localhost/zzzzzzz", true),
        ("/%20b", false),
        ("/abc%2Fdef", false),
        ("/%00%00%00%00%00%00%00", false),
    ] {
        let answer = system.client.get(path).await?;
        // The others are the domain's.
        let needs_no_lookup = answer.header("x-shortline-cache").is_none();
        ensure!(answer.status == 404 && needs_no_lookup == is_reserved, "{path}: {answer:?}");
    }
    Ok(())
}

async fn unknown_host(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    for path in [format!("/{}", link.code), "/api/v1/links".to_owned()] {
        let answer = send(system.client.request(Method::GET, &path).header("host", "evil.example")).await?;
        ensure!(answer.status == 404 && answer.header("location").is_none(), "{path}: {answer:?}");
    }
    Ok(())
}

async fn wrong_method(system: &System) -> Result<()> {
    let answer = send(system.client.request(Method::OPTIONS, "/zzzzzzz")).await?;
    ensure!(answer.status == 405 && answer.header("allow") == Some("GET, HEAD"), "{answer:?}");
    Ok(())
}

async fn health(system: &System) -> Result<()> {
    ensure!(system.client.get("/healthz").await?.status == 200);
    let ready = system.client.get("/readyz").await?;
    ensure!(ready.status == 200, "{ready:?}");
    ensure!(ready.json()? == json!({ "checks": { "origin": "ok", "queue": "ok" } }), "{ready:?}");
    Ok(())
}

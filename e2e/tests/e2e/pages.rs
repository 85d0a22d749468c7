//! What a visitor sees where a link does not simply redirect: the password's form, the preview, and pages that explain.

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Link, eventually, send};
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::json;
use xtask::stack::StackOptions;

use crate::shared::{System, on_own_stack, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("a_password_opens_its_link_until_it_is_changed", password),
        on_shared_stack("a_plus_sign_shows_where_a_link_leads", preview),
        on_shared_stack("pages_explain_themselves_load_nothing_and_repeat_nothing", pages),
        on_shared_stack("robots_may_follow_links_and_leave_the_api_alone", robots),
        on_own_stack("attempts_at_a_password_are_limited", limited, attempts),
        on_own_stack("where_there_is_no_link_the_operators_fallback_is_shown", with_fallback, fallback),
    ]
}

async fn try_password(system: &System, link: &Link, password: &str) -> Result<Answer> {
    let request = system.client.request(Method::POST, &format!("/{}?a=b", link.code));
    send(request.form(&[("password", password)])).await
}

async fn visit(system: &System, link: &Link, cookie: &str) -> Result<Answer> {
    send(system.client.request(Method::GET, &format!("/{}?a=b", link.code)).header("cookie", cookie)).await
}

async fn password(system: &System) -> Result<()> {
    let link = system
        .client
        .create(json!({ "url": "https://example.com/secret", "password": "gr\u{fc}n & 1" }))
        .await?;
    let form = system.client.follow(&link).await?;
    ensure!(form.status == 403 && form.body.contains("<form method=\"post\">"), "{form:?}");
    ensure!(!form.body.contains("example.com"), "{form:?}");
    let hidden = system.client.get(&format!("/{}+", link.code)).await?;
    ensure!(hidden.status == 403 && !hidden.body.contains("example.com"), "{hidden:?}");
    for wrong in ["gr\u{fc}n", "", &"x".repeat(3_000)] {
        let answer = try_password(system, &link, wrong).await?;
        ensure!(answer.status == 403 && answer.body.contains("role=\"alert\""), "{answer:?}");
        ensure!(answer.header("set-cookie").is_none(), "{answer:?}");
    }
    let opened = try_password(system, &link, "gr\u{fc}n & 1").await?;
    ensure!(
        opened.status == 303 && opened.header("location") == Some(&format!("/{}?a=b", link.code)),
        "{opened:?}"
    );
    let cookie =
        opened.header("set-cookie").and_then(|cookie| cookie.split(';').next()).context("no cookie")?;
    let answer = visit(system, &link, cookie).await?;
    ensure!(answer.header("location") == Some("https://example.com/secret"), "{answer:?}");
    let path = format!("/api/v1/links/{}", link.id);
    let change = system.client.request(Method::PATCH, &path).bearer_auth(&system.stack.admin_key);
    ensure!(send(change.json(&json!({ "password": "another" }))).await?.status == 200);
    eventually("the old cookie opens nothing", async || Ok(visit(system, &link, cookie).await?.status == 403))
        .await
}

async fn preview(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/?a=\"<b>&c" })).await?;
    let page = system.client.get(&format!("/{}+", link.code)).await?;
    ensure!(page.status == 200 && page.body.contains("https://example.com/?a=%22%3Cb%3E&amp;c"), "{page:?}");
    ensure!(page.body.contains(&format!("href=\"/{}\"", link.code)), "{page:?}");
    Ok(())
}

async fn pages(system: &System) -> Result<()> {
    for path in ["/nothing-here", "/%3Cscript%3Ealert(1)%3C/script%3E", "/a/b/c/d/e", "/?x=%22%3E"] {
        let page = system.client.get(path).await?;
        ensure!(page.status == 404, "{page:?}");
        let policy = page.header("content-security-policy").unwrap_or_default();
        ensure!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{page:?}");
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-robots-tag", "noindex"),
            ("x-content-type-options", "nosniff"),
        ] {
            ensure!(page.header(name) == Some(value), "{name}: {page:?}");
        }
        ensure!(!page.body.contains("alert(1)") && !page.body.contains("nothing-here"), "{page:?}");
    }
    Ok(())
}

async fn robots(system: &System) -> Result<()> {
    let answer = system.client.get("/robots.txt").await?;
    ensure!(answer.status == 200 && answer.body == "User-agent: *\nDisallow: /api/\n", "{answer:?}");
    Ok(())
}

fn limited() -> StackOptions {
    StackOptions {
        worker_bindings: [("PASSWORD_ATTEMPTS_PER_MINUTE".to_owned(), "3".to_owned())].into(),
        ..StackOptions::default()
    }
}

async fn attempts(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/", "password": "secret" })).await?;
    for _ in 0..3 {
        ensure!(try_password(system, &link, "wrong").await?.status == 403);
    }
    let refused = try_password(system, &link, "secret").await?;
    ensure!(refused.status == 429 && refused.header("retry-after").is_some(), "{refused:?}");
    Ok(())
}

fn with_fallback() -> StackOptions {
    let fallback = ("FALLBACK_URL".to_owned(), "https://www.example.com/".to_owned());
    StackOptions { worker_bindings: [fallback].into(), ..StackOptions::default() }
}

async fn fallback(system: &System) -> Result<()> {
    for path in ["/nothing-here", "/", "/favicon.ico"] {
        let answer = system.client.get(path).await?;
        ensure!(
            answer.status == 302 && answer.header("location") == Some("https://www.example.com/"),
            "{answer:?}"
        );
    }
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    ensure!(system.client.follow(&link).await?.header("location") == Some("https://example.com/"));
    Ok(())
}

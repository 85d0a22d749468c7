//! Which link a path matches: appended punctuation, forwarded paths, scripts, and guessed names. Edge and origin must
//! give the same answer.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{Answer, Client, eventually, send};
use libtest_mimic::Trial;
use local_stack::StackOptions;
use reqwest::Method;
use serde_json::json;

use crate::shared::{System, on_own_stack, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("appended_punctuation_is_stripped", appended),
        on_shared_stack("longest_matching_name_wins_at_edge_and_origin", longest_match),
        on_shared_stack("method_preserving_redirect_accepts_post", methods),
        on_shared_stack("longest_alias_reaches_the_replica", long_alias),
        on_shared_stack("names_in_every_script_and_emoji_redirect", scripts),
        on_own_stack("guessing_names_does_not_affect_others", trusting_client_address, guessing),
    ]
}

/// The edge believes the address that a test sends, as it believes Cloudflare's.
fn trusting_client_address() -> StackOptions {
    StackOptions { client_address: None, ..StackOptions::default() }
}

/// A client for each edge and for the origin.
fn all_clients(system: &System) -> Result<[Client; 3]> {
    let origin = system.stack.origins.first().map(|origin| origin.url.clone()).unwrap_or_default();
    Ok([system.client.clone(), system.other_edge.clone(), Client::new(&origin, "")?])
}

fn location(answer: &Answer) -> &str {
    answer.header("location").unwrap_or_default()
}

async fn appended(system: &System) -> Result<()> {
    let forward = json!({ "url": "https://example.com/appended", "forward_query": true });
    let link = system.client.create(forward).await?;
    for client in all_clients(system)? {
        for appended in [
            "/",
            ".",
            ",",
            ")",
            "!",
            "%20",
            ".)",
            "%E2%80%9D",
            "%E3%80%82",
            "%EF%BC%89",
            "%E2%80%A6",
            "%22%3E",
            "%0A",
            "&",
        ] {
            let answer = client.get(&format!("/{}{appended}", link.code)).await?;
            ensure!(answer.status == 302, "{appended}: {answer:?}");
            ensure!(location(&answer) == "https://example.com/appended", "{appended}: {answer:?}");
        }
        for appended in ["&utm_source=x", "%3Futm_source=x", "/&utm_source=x", "?utm_source=x"] {
            let answer = client.get(&format!("/{}{appended}", link.code)).await?;
            ensure!(
                location(&answer) == "https://example.com/appended?utm_source=x",
                "{appended}: {answer:?}"
            );
        }
    }
    // Once both candidates are cached, the edge does not ask the origin again.
    let path = format!("/{}.", link.code);
    let known = async || Ok(["memory", "colo"].contains(&system.client.get(&path).await?.tier()));
    eventually("a path with appended punctuation is served from a cache", known).await
}

async fn longest_match(system: &System) -> Result<()> {
    for (alias, forward_path) in [("wiki", true), ("wiki/deep", false), ("wiki.", false), ("docs", true)] {
        let body = json!({ "url": format!("https://example.com/{alias}"), "alias": alias, "forward_path": forward_path });
        system.client.create(body).await?;
    }
    for client in all_clients(system)? {
        for (path, destination) in [
            ("/wiki/C++", "https://example.com/wiki/C++"),
            ("/wiki/a/b", "https://example.com/wiki/a/b"),
            ("/wiki/deep", "https://example.com/wiki/deep"),
            ("/wiki/deep)", "https://example.com/wiki/deep"),
            ("/wiki/deeper", "https://example.com/wiki/deeper"),
            ("/wiki.", "https://example.com/wiki."),
            ("/wiki..", "https://example.com/wiki."),
            ("/wiki/", "https://example.com/wiki/"),
            ("/docs/help/support", "https://example.com/docs/help/support"),
        ] {
            let answer = client.get(path).await?;
            ensure!(location(&answer) == destination, "{path}: {answer:?}");
        }
        for path in ["/wiki/deep+", "/wiki+", "/wiki%2B"] {
            let answer = client.get(path).await?;
            ensure!(
                answer.status == 200 && answer.body.contains("https://example.com/wiki"),
                "{path}: {answer:?}"
            );
        }
        ensure!(client.get("/wiki%2Fdeep").await?.status == 404);
    }
    Ok(())
}

async fn methods(system: &System) -> Result<()> {
    let preserving =
        system.client.create(json!({ "url": "https://example.com/form", "status": 307 })).await?;
    let plain = system.client.create(json!({ "url": "https://example.com/form" })).await?;
    let locked_body =
        json!({ "url": "https://example.com/form", "status": 308, "password": "correct horse battery" });
    let locked = system.client.create(locked_body).await?;
    for client in all_clients(system)? {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let request = client.request(method.clone(), &format!("/{}", preserving.code)).body("a=b");
            let answer = send(request).await?;
            ensure!(
                answer.status == 307 && location(&answer) == "https://example.com/form",
                "{method}: {answer:?}"
            );
            let answer = send(client.request(method, &format!("/{}", plain.code)).body("a=b")).await?;
            ensure!(answer.status == 405 && answer.header("allow") == Some("GET, HEAD"), "{answer:?}");
        }
    }
    let form = |password: &'static str| {
        let path = format!("/{}", locked.code);
        send(system.client.request(Method::POST, &path).form(&[("password", password)]))
    };
    ensure!(form("wrong").await?.status == 403);
    let opened = form("correct horse battery").await?;
    ensure!(opened.status == 303, "the password would be sent to the destination: {opened:?}");
    Ok(())
}

async fn long_alias(system: &System) -> Result<()> {
    for alias in ["l".repeat(128), "ü".repeat(128), "商".repeat(85)] {
        let body = json!({ "url": "https://example.com/long", "alias": alias });
        let answer = system.client.api_post("/api/v1/links", &body).await?;
        ensure!(answer.status == 201, "{answer:?}");
        let propagation = answer.header("shortline-propagation").unwrap_or_default();
        ensure!(propagation.starts_with("published"), "{answer:?}");
        for client in all_clients(system)? {
            let answer = client.get(&format!("/{alias}")).await?;
            ensure!(answer.status == 302, "{answer:?}");
        }
    }
    Ok(())
}

async fn scripts(system: &System) -> Result<()> {
    for (alias, typed) in [
        ("दिल्ली", "दिल्ली"),
        ("தமிழ்", "தமிழ்"),
        ("ಕನ್ನಡ", "ಕನ್ನಡ"),
        ("বিশ্ব", "বিশ্ব"),
        ("ร้าน", "ร้าน"),
        ("မြန်မာ", "မြန်မာ"),
        ("grün", "gru\u{308}n"),
        ("tiếng-việt", "tie\u{302}\u{301}ng-vie\u{323}\u{302}t"),
        ("한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"),
        ("🎉", "🎉"),
        ("👩\u{200d}💻", "👩\u{200d}💻"),
        ("🇮🇳", "🇮🇳"),
        ("❤", "❤\u{fe0f}"),
        ("1\u{fe0f}\u{20e3}", "1\u{20e3}"),
        ("#\u{fe0f}\u{20e3}", "%23\u{fe0f}\u{20e3}"),
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
    ] {
        let link =
            system.client.create(json!({ "url": "https://example.com/script", "alias": alias })).await?;
        ensure!(link.short_url.is_ascii(), "{link:?}");
        let encoded = link.short_url.strip_prefix(&system.stack.edge_url).unwrap_or_default();
        for client in all_clients(system)? {
            for path in [encoded, &format!("/{typed}"), &format!("/{typed}."), &format!("/{typed}\u{3002}")] {
                let answer = client.get(path).await?;
                ensure!(location(&answer) == "https://example.com/script", "{path}: {answer:?}");
            }
        }
    }
    for (alias, named) in
        [("раураl", "U+0440"), ("ａｄｍｉｎ", "U+FF41"), ("a\u{202e}b", "RIGHT-TO-LEFT OVERRIDE")]
    {
        let body = json!({ "url": "https://example.com/", "alias": alias });
        let answer = system.client.api_post("/api/v1/links", &body).await?;
        ensure!(answer.status == 422 && answer.body.contains(named), "{answer:?}");
    }
    Ok(())
}

/// One visitor guesses nine paths a second, each of four unknown names; another follows new aliases.
async fn guessing(system: &System) -> Result<()> {
    let guesser = async {
        let mut pace = tokio::time::interval(Duration::from_millis(111));
        for number in 0..u64::MAX {
            pace.tick().await;
            let path = format!("/d{number}/a{number}/b{number}/c{number}");
            let answer = system.client.get_from("192.0.2.1", &path).await?;
            ensure!(matches!(answer.status, 404 | 429), "{answer:?}");
        }
        anyhow::Ok(())
    };
    let other = async {
        for number in 0..60 {
            // Created at the origin, so the edge does not know it.
            let alias = format!("fresh-{number}");
            let origin = system.stack.origins.first().map(|origin| origin.url.clone()).unwrap_or_default();
            let origin_client = Client::new(&origin, &system.stack.admin_key)?;
            let link =
                origin_client.create(json!({ "url": "https://example.com/fresh", "alias": alias })).await?;
            let answer = system.client.get_from("198.51.100.1", &format!("/{}", link.code)).await?;
            ensure!((answer.status, answer.tier()) == (302, "origin"), "{number}: {answer:?}");
        }
        anyhow::Ok(())
    };
    tokio::select! {
        outcome = guesser => outcome,
        outcome = other => outcome,
    }
}

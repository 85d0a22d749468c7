//! Rate limits per visitor: at one edge, and at two that share counters as the isolates of a location do.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Client, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use local_stack::StackOptions;
use reqwest::Method;
use serde_json::json;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("visitor_over_the_limit_gets_429_and_others_do_not", one_edge, alone),
        on_own_stack("visitor_spread_over_isolates_is_limited_by_their_sum", low_limits, together),
        on_own_stack("password_attempts_are_counted_across_isolates", low_password_limit, passwords),
        on_own_stack("guessing_slows_a_link_for_strangers_only", one_edge, guessed_link),
    ]
}

/// The edge believes the address that a test sends, as it believes Cloudflare's.
fn one_edge() -> StackOptions {
    StackOptions { client_address: None, ..StackOptions::default() }
}

/// An isolate allows a visitor 100 requests in ten seconds, 50 of them misses.
fn low_limits() -> StackOptions {
    let limits = [("RATE_LIMIT_PER_SECOND", "10"), ("MISS_LIMIT_PER_SECOND", "5")];
    let limits = limits.map(|(name, limit)| (name.to_owned(), limit.to_owned()));
    StackOptions { edges: 2, worker_bindings: BTreeMap::from(limits), ..one_edge() }
}

/// An isolate allows a visitor 9 password attempts in ten seconds.
fn low_password_limit() -> StackOptions {
    let limit = ("PASSWORDS_PER_TEN_SECONDS".to_owned(), "9".to_owned());
    StackOptions { edges: 2, worker_bindings: BTreeMap::from([limit]), ..one_edge() }
}

async fn alone(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    let path = format!("/{}", link.code);
    let mut refusal = None;
    eventually("the visitor is over the limit", async || {
        let answers = try_join_all((0..100).map(|_| system.client.get_from("192.0.2.1", &path))).await?;
        refusal = answers.into_iter().find(|answer| answer.status == 429);
        Ok(refusal.is_some())
    })
    .await?;
    check_refusal(&refusal.context("no refusal")?)?;
    ensure!(system.client.get_from("192.0.2.2", &path).await?.status == 302);
    ensure!(system.client.get_from("127.0.0.1", &path).await?.status == 302);
    Ok(())
}

fn check_refusal(answer: &Answer) -> Result<()> {
    let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
    ensure!(answer.status == 429 && seconds.is_some_and(|seconds| (1..=10).contains(&seconds)), "{answer:?}");
    Ok(())
}

async fn together(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    let path = format!("/{}", link.code);
    // Without the shared counter the edge lets everybody in, and no visitor waits for it.
    system.set_cloudflare_behaviour(json!({ "silent": true })).await?;
    ensure!(spread(system, "198.51.100.1", 95, |_| path.clone()).await?.is_none());
    eventually("more requests were reported than are allowed", async || {
        Ok(system.cloudflare_calls("counted").await? > 10)
    })
    .await?;

    system.set_cloudflare_behaviour(json!({})).await?;
    ensure!(spread(system, "127.0.0.1", 95, |_| path.clone()).await?.is_none());
    ensure!(system.cloudflare_calls("counted").await? == 0, "allow-listed addresses are counted");
    let mut refusal = None;
    // A round may span two windows; then the next one does not.
    let mut rounds = 1..=254;
    eventually("a visitor over the limit of all isolates together is refused", async || {
        let address = format!("192.0.2.{}", rounds.next().context("out of addresses")?);
        refusal = spread(system, &address, 95, |_| path.clone()).await?;
        Ok(refusal.is_some())
    })
    .await?;
    check_refusal(&refusal.context("no refusal")?)?;

    let (mut refusal, mut rounds) = (None, 1..=254);
    eventually("a visitor with too many misses is refused below the request limit", async || {
        let round = rounds.next().context("out of addresses")?;
        let unseen = |number| format!("/no-such-name-{round}-{number}");
        refusal = spread(system, &format!("198.51.100.{round}"), 48, unseen).await?;
        Ok(refusal.is_some())
    })
    .await?;
    check_refusal(&refusal.context("no refusal")?)?;
    ensure!(system.other_edge.get_from("203.0.113.1", &path).await?.status == 302);
    Ok(())
}

/// Visits each of two edges in turn. Returns the first refusal.
async fn spread(
    system: &System,
    address: &str,
    visits: u32,
    path: impl Fn(u32) -> String,
) -> Result<Option<Answer>> {
    for number in 0..visits {
        for client in [&system.client, &system.other_edge] {
            let answer = client.get_from(address, &path(number)).await?;
            match answer.status {
                429 => return Ok(Some(answer)),
                302 | 404 => {}
                _ => anyhow::bail!("{answer:?}"),
            }
        }
    }
    Ok(None)
}

async fn create_locked(system: &System) -> Result<String> {
    let body = json!({ "url": "https://example.com/", "password": "correct horse battery" });
    Ok(format!("/{}", system.client.create(body).await?.code))
}

async fn try_password(client: &Client, path: &str, address: &str, password: &str) -> Result<Answer> {
    let attempt = client.request(Method::POST, path).header("cf-connecting-ip", address);
    send(attempt.form(&[("password", password)])).await
}

async fn passwords(system: &System) -> Result<()> {
    let path = create_locked(system).await?;
    // A visitor is let in after a short wait when the counter hangs.
    system.set_cloudflare_behaviour(json!({ "silent": true })).await?;
    ensure!(try_password(&system.client, &path, "203.0.113.1", "wrong").await?.status == 403);

    system.set_cloudflare_behaviour(json!({})).await?;
    let (mut refusal, mut rounds) = (None, 1..=254);
    eventually("attempts over the limit of all isolates together are refused", async || {
        let address = format!("192.0.2.{}", rounds.next().context("out of addresses")?);
        // A new link each time: after twenty wrong passwords from anybody a link slows down.
        let path = create_locked(system).await?;
        for _ in 0..8 {
            for client in [&system.client, &system.other_edge] {
                let answer = try_password(client, &path, &address, "wrong").await?;
                ensure!(matches!(answer.status, 403 | 429), "{answer:?}");
                if answer.status == 429 {
                    refusal = Some(answer);
                }
            }
        }
        Ok(refusal.is_some())
    })
    .await?;
    check_refusal(&refusal.context("no refusal")?)?;
    let other = try_password(&system.other_edge, &path, "203.0.113.1", "wrong").await?;
    ensure!(other.status == 403, "another visitor is refused");
    Ok(())
}

/// Many visitors guess; none of them is over their own limit.
async fn guessed_link(system: &System) -> Result<()> {
    let (path, right) = (create_locked(system).await?, "correct horse battery");
    let opened = try_password(&system.client, &path, "203.0.113.1", right).await?;
    let cookie =
        opened.header("set-cookie").and_then(|cookie| cookie.split(';').next()).context("no cookie")?;
    let attempts = (0..40).map(|number| {
        let (path, address) = (path.clone(), format!("2001:db8:{number:x}::1"));
        async move { try_password(&system.client, &path, &address, "wrong").await }
    });
    let answers = try_join_all(attempts).await?;
    let slowed: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    let wrong = answers.iter().filter(|answer| answer.status == 403).count();
    ensure!(wrong <= 21 && !slowed.is_empty(), "{wrong} passwords were checked");
    for answer in slowed {
        check_refusal(answer)?;
        ensure!(answer.body.contains("<form method=\"post\">"), "the form is gone: {answer:?}");
    }
    // A visitor with an unlock cookie is not slowed, neither on a visit nor when they send the form again.
    let visit = system.client.request(Method::GET, &path).header("cookie", cookie);
    ensure!(send(visit).await?.status == 302);
    let again = system.client.request(Method::POST, &path).header("cookie", cookie);
    let again = send(again.form(&[("password", "wrong")])).await?;
    ensure!((again.status, again.header("location")) == (303, Some("https://example.com/")), "{again:?}");
    // A visitor who knows the password gets in when a slot is free.
    let mut visitors = 1..=254;
    eventually("the right password is accepted", async || {
        let address = format!("192.0.2.{}", visitors.next().context("out of addresses")?);
        Ok(try_password(&system.client, &path, &address, right).await?.status == 303)
    })
    .await?;

    // A routed /48 is one visitor.
    let path = create_locked(system).await?;
    let mut statuses = Vec::new();
    for number in 0..12 {
        let address = format!("2001:db8:ffff:{number:x}::1");
        statuses.push(try_password(&system.client, &path, &address, "wrong").await?.status);
    }
    ensure!(statuses.contains(&429), "{statuses:?}");
    Ok(())
}

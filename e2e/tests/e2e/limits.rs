//! How much one visitor may do: at one edge, and at several that count together as the isolates of a location do.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Client, eventually, send};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::json;
use xtask::stack::StackOptions;

use crate::shared::{System, on_own_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("a_visitor_over_the_limit_answers_429_and_others_do_not", one_edge, alone),
        on_own_stack("a_visitor_spread_over_isolates_is_limited_by_what_they_know_together", slow, together),
        on_own_stack("passwords_are_counted_by_all_isolates_together", guessing, passwords),
        on_own_stack("guessed_link_is_slow_for_strangers_only", one_edge, guessed_link),
    ]
}

/// Believes the address that a test sends, as the Worker believes Cloudflare.
fn one_edge() -> StackOptions {
    StackOptions { client_address: None, ..StackOptions::default() }
}

/// An isolate allows a visitor 100 requests in ten seconds, and 50 that find nothing.
fn slow() -> StackOptions {
    let limits = [("RATE_LIMIT_PER_SECOND", "10"), ("MISS_LIMIT_PER_SECOND", "5")];
    let limits = limits.map(|(name, limit)| (name.to_owned(), limit.to_owned()));
    StackOptions { edges: 2, worker_bindings: BTreeMap::from(limits), ..one_edge() }
}

/// An isolate allows a visitor 9 passwords in ten seconds.
fn guessing() -> StackOptions {
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
    refused(&refusal.context("no refusal")?)?;
    ensure!(system.client.get_from("192.0.2.2", &path).await?.status == 302);
    ensure!(system.client.get_from("127.0.0.1", &path).await?.status == 302);
    Ok(())
}

fn refused(answer: &Answer) -> Result<()> {
    let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
    ensure!(answer.status == 429 && seconds.is_some_and(|seconds| (1..=10).contains(&seconds)), "{answer:?}");
    Ok(())
}

async fn together(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    let path = format!("/{}", link.code);
    // Who cannot ask lets everybody in, and nobody waits for who does not answer.
    system.cloudflare_behaves(json!({ "silent": true })).await?;
    ensure!(spread(system, "198.51.100.1", 95, |_| path.clone()).await?.is_none());
    eventually("more was reported than is allowed", async || {
        Ok(system.cloudflare_calls("counted").await? > 10)
    })
    .await?;

    system.cloudflare_behaves(json!({})).await?;
    ensure!(spread(system, "127.0.0.1", 95, |_| path.clone()).await?.is_none());
    ensure!(system.cloudflare_calls("counted").await? == 0, "the allow-list is free of it");
    let mut refusal = None;
    // A round may fall into two windows; then the next one does not.
    let mut rounds = 1..=254;
    eventually("a visitor is refused whom no isolate alone would refuse", async || {
        let address = format!("192.0.2.{}", rounds.next().context("in vain")?);
        refusal = spread(system, &address, 95, |_| path.clone()).await?;
        Ok(refusal.is_some())
    })
    .await?;
    refused(&refusal.context("no refusal")?)?;

    let (mut refusal, mut rounds) = (None, 1..=254);
    eventually("so is one who finds nothing, though he may send more", async || {
        let round = rounds.next().context("in vain")?;
        let unseen = |number| format!("/no-such-name-{round}-{number}");
        refusal = spread(system, &format!("198.51.100.{round}"), 48, unseen).await?;
        Ok(refusal.is_some())
    })
    .await?;
    refused(&refusal.context("no refusal")?)?;
    ensure!(system.far.get_from("203.0.113.1", &path).await?.status == 302);
    Ok(())
}

/// Visits to each of two edges. Returns a refusal, if there is one.
async fn spread(
    system: &System,
    address: &str,
    visits: u32,
    path: impl Fn(u32) -> String,
) -> Result<Option<Answer>> {
    for number in 0..visits {
        for client in [&system.client, &system.far] {
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

async fn locked(system: &System) -> Result<String> {
    let body = json!({ "url": "https://example.com/", "password": "correct horse battery" });
    Ok(format!("/{}", system.client.create(body).await?.code))
}

async fn try_password(client: &Client, path: &str, address: &str, password: &str) -> Result<Answer> {
    let attempt = client.request(Method::POST, path).header("cf-connecting-ip", address);
    send(attempt.form(&[("password", password)])).await
}

async fn passwords(system: &System) -> Result<()> {
    let path = locked(system).await?;
    // A visitor does not wait for long for a counter that is silent, and is let in.
    system.cloudflare_behaves(json!({ "silent": true })).await?;
    ensure!(try_password(&system.client, &path, "203.0.113.1", "wrong").await?.status == 403);

    system.cloudflare_behaves(json!({})).await?;
    let (mut refusal, mut rounds) = (None, 1..=254);
    eventually("one is refused whom no isolate alone would refuse", async || {
        let address = format!("192.0.2.{}", rounds.next().context("in vain")?);
        // Another link each time: one alone is slow after twenty wrong passwords from anybody.
        let path = locked(system).await?;
        for _ in 0..8 {
            for client in [&system.client, &system.far] {
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
    refused(&refusal.context("no refusal")?)?;
    let other = try_password(&system.far, &path, "203.0.113.1", "wrong").await?;
    ensure!(other.status == 403, "others are not refused");
    Ok(())
}

/// By as many visitors as it takes: none of them is over a limit of their own.
async fn guessed_link(system: &System) -> Result<()> {
    let (path, right) = (locked(system).await?, "correct horse battery");
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
    ensure!(wrong <= 21 && !slowed.is_empty(), "{wrong} were checked");
    for answer in slowed {
        refused(answer)?;
        ensure!(answer.body.contains("<form method=\"post\">"), "the form is gone: {answer:?}");
    }
    // Those who have opened it wait for nobody, whether they visit it or send the form again.
    let visit = system.client.request(Method::GET, &path).header("cookie", cookie);
    ensure!(send(visit).await?.status == 302);
    let again = system.client.request(Method::POST, &path).header("cookie", cookie);
    let again = send(again.form(&[("password", "wrong")])).await?;
    ensure!((again.status, again.header("location")) == (303, Some("https://example.com/")), "{again:?}");
    // Who knows the password gets in by their turn.
    let mut visitors = 1..=254;
    eventually("a right password has its turn", async || {
        let address = format!("192.0.2.{}", visitors.next().context("in vain")?);
        Ok(try_password(&system.client, &path, &address, right).await?.status == 303)
    })
    .await?;

    // A routed /48 is one visitor.
    let path = locked(system).await?;
    let mut statuses = Vec::new();
    for number in 0..12 {
        let address = format!("2001:db8:ffff:{number:x}::1");
        statuses.push(try_password(&system.client, &path, &address, "wrong").await?.status);
    }
    ensure!(statuses.contains(&429), "{statuses:?}");
    Ok(())
}

//! How a click travels: the second journey of the design. Every click is counted, once, whatever happens on the way.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use e2e::{Link, eventually};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use xtask::stack::StackOptions;

use crate::shared::{System, on_own_stack, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("a_click_is_stored_once_and_counted", counted),
        on_shared_stack("a_message_delivered_again_changes_nothing", delivered_again),
        on_shared_stack(
            "an_unreadable_message_ends_in_the_dead_letter_queue_and_holds_up_nothing",
            unreadable,
        ),
        on_own_stack(
            "counts_are_exact_though_the_consumer_is_killed_again_and_again",
            hasty,
            consumer_killed,
        ),
    ]
}

async fn counted(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/counted" })).await?;
    let agent = "Mozilla/5.0 (test; ü)";
    for _ in 0..3 {
        let visit = system.client.request(reqwest::Method::GET, &format!("/{}", link.code));
        let visit = visit.header("user-agent", agent).header("referer", "https://news.example/a?b");
        // What Cloudflare would know of the visitor.
        let visit = visit.header("x-local-cf", r#"{"country":"DE"}"#);
        ensure!(e2e::send(visit).await?.status == 302);
    }
    system.client.wait_for_clicks(&link, 3).await?;
    ensure!(system.click_rows(&link).await? == 3);
    let visitors: Vec<(String, String, String)> =
        sqlx::query_as("SELECT DISTINCT agent, referrer, country FROM clicks WHERE link_id = $1::uuid")
            .bind(&link.id)
            .fetch_all(&system.analytics)
            .await?;
    let expected = [agent, "https://news.example/a?b", "DE"].map(str::to_owned);
    ensure!(visitors == [expected.into()], "{visitors:?}");
    Ok(())
}

/// A batch as the edge sends it, with one click of the link.
fn message(link: &Link, producer: &str) -> String {
    json!({
        "version": 1, "day": "2026-11-23", "producer": producer, "batch": 1, "produced": 1,
        "clicks": [{ "time": 1_795_478_399_999_i64, "link": link.id, "status": 302, "tier": "memory", "request": "r-1" }],
    })
    .to_string()
}

async fn enqueue(system: &System, body: &str) -> Result<()> {
    let message = json!({ "QueueUrl": system.stack.click_queue_url, "MessageBody": body });
    system.stack.aws_client.sqs("SendMessage", message).await.map(drop)
}

async fn delivered_again(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/again" })).await?;
    let other = system.client.create(json!({ "url": "https://example.com/other" })).await?;
    let body = message(&link, "a0000000000000000000000000000001");
    for _ in 0..3 {
        enqueue(system, &body).await?;
    }
    eventually("the click is stored", async || Ok(system.click_rows(&link).await? > 0)).await?;
    // What was sent after the repeats has been stored, and so the repeats have been looked at.
    enqueue(system, &body).await?;
    enqueue(system, &message(&other, "a0000000000000000000000000000002")).await?;
    eventually("the later click is stored", async || Ok(system.click_rows(&other).await? > 0)).await?;
    eventually("the queue is empty", async || Ok(system.messages_waiting().await? == 0)).await?;
    ensure!(system.click_rows(&link).await? == 1, "a repeated message was stored again");
    Ok(())
}

async fn unreadable(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/good" })).await?;
    let poison = ["no JSON at all", r#"{"version":99}"#, r#"{"version":1,"day":"never"}"#];
    for body in poison {
        enqueue(system, body).await?;
    }
    enqueue(system, &message(&link, "b0000000000000000000000000000001")).await?;
    eventually("the good message is stored", async || Ok(system.click_rows(&link).await? == 1)).await?;

    // A set, because a letter that nobody deletes is delivered again.
    let mut found = BTreeSet::new();
    eventually("all three are dead letters", async || {
        let ask = json!({
            "QueueUrl": system.stack.dead_letter_queue_url,
            "MaxNumberOfMessages": 10,
            "MessageAttributeNames": ["All"],
        });
        let answer = system.stack.aws_client.sqs("ReceiveMessage", ask).await?;
        for letter in answer.get("Messages").and_then(Value::as_array).into_iter().flatten() {
            let text = |pointer| letter.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let reason = text("/MessageAttributes/reason/StringValue");
            ensure!(
                reason.is_some_and(|reason| !reason.is_empty()),
                "a dead letter without a reason: {letter}"
            );
            found.insert(text("/Body").context("a message without a body")?);
        }
        Ok(found.len() >= poison.len())
    })
    .await?;
    ensure!(found == BTreeSet::from(poison.map(str::to_owned)), "{found:?}");
    Ok(())
}

/// What a killed consumer had in hand comes back after this time, so a short one keeps the test short.
fn hasty() -> StackOptions {
    StackOptions {
        client_address: Some("127.0.0.1".to_owned()),
        visibility_timeout_seconds: 6,
        ..StackOptions::default()
    }
}

async fn consumer_killed(system: &System) -> Result<()> {
    const LINKS: usize = 10;
    const ROUNDS: u64 = 60;
    let client = &system.client;
    let links = try_join_all(
        (0..LINKS).map(|number| client.create(json!({ "url": format!("https://example.com/{number}") }))),
    )
    .await?;
    let mut kills = 0;
    for _ in 0..ROUNDS {
        let visits = links.iter().flat_map(|link| [client.follow(link), client.follow(link)]);
        for answer in try_join_all(visits).await? {
            ensure!(answer.status == 302, "{answer:?}");
        }
        kills += system.stack.kill_consumers();
    }
    for link in &links {
        client.wait_for_clicks(link, 2 * ROUNDS).await?;
        ensure!(system.click_rows(link).await? == 2 * ROUNDS);
    }
    ensure!(kills > 0, "the consumer never ran while it was to be killed");
    Ok(())
}

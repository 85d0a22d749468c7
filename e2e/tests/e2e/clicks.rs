//! The click journey: every click is counted exactly once, whatever fails on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use bench::ledger;
use e2e::{Link, eventually};
use futures_util::future::try_join_all;
use libtest_mimic::Trial;
use local_stack::StackOptions;
use local_stack::checkout::Checkout;
use serde_json::{Value, json};

use crate::shared::{System, on_no_stack, on_own_stack, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("click_is_stored_once_and_counted", counted),
        on_shared_stack("click_records_the_request_and_the_destination", click_attributes),
        on_shared_stack("clicks_are_counted_by_place_and_version", places_and_versions),
        on_shared_stack("click_is_followed_through_the_cursor_of_all_links", followed),
        on_shared_stack("shared_statistics_are_read_without_a_key_until_the_share_ends", shared),
        on_shared_stack("link_with_max_clicks_stops_at_the_edge", exhausted_link),
        on_shared_stack("orphan_visits_are_listed_by_class", orphan_visits),
        on_own_stack("visitors_are_counted_without_storing_addresses", trusting_client_address, canaries),
        on_shared_stack("redelivered_message_changes_nothing", redelivered),
        on_shared_stack("unreadable_message_becomes_a_dead_letter", unreadable),
        on_own_stack("dead_letter_redriven_twice_counts_once", short_visibility, redriven),
        on_own_stack("counts_are_exact_while_consumers_are_killed", short_visibility, consumer_killed),
        on_own_stack("csv_export_of_any_size_streams_through_the_edge", StackOptions::default, exported),
        on_no_stack("tables_match_the_ledger_while_consumers_and_postgres_die", tables_match_ledger),
    ]
}

async fn counted(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/counted" })).await?;
    let user_agent = "Mozilla/5.0 (test; ü)";
    for _ in 0..3 {
        let visit = system.client.request(reqwest::Method::GET, &format!("/{}", link.code));
        let visit = visit
            .header("user-agent", user_agent)
            .header("referer", "https://me:secret@news.example/a?token=secret");
        // What Cloudflare knows about the visitor.
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
    let expected = [user_agent, "https://news.example/a", "DE"].map(str::to_owned);
    ensure!(visitors == [expected.into()], "{visitors:?}");
    Ok(())
}

async fn click_attributes(system: &System) -> Result<()> {
    let rules = json!([{ "if": { "language": ["de"] }, "url": "https://example.com/de" }]);
    let link = system.client.create(json!({ "url": "https://example.com/", "rules": rules })).await?;
    let path = format!("/{}?utm_source=news+mail&token=secret", link.code);
    let visit = system.client.request(reqwest::Method::GET, &path);
    let visit =
        visit.header("sec-purpose", "prefetch;prerender").header("accept-language", "fr;q=0.3, de-CH");
    let answer = e2e::send(visit.header("x-local-cf", r#"{"country":"CH","asn":64496}"#)).await?;
    ensure!(answer.header("location") == Some("https://example.com/de"), "{answer:?}");
    system.client.wait_for_clicks(&link, 1).await?;
    let stored: (String, String, String, i64, String, String) = sqlx::query_as(
        "SELECT class, destination, language, network, domain, utm FROM clicks WHERE link_id = $1::uuid",
    )
    .bind(&link.id)
    .fetch_one(&system.analytics)
    .await?;
    let (class, destination, language, asn, domain, utm) = stored;
    ensure!(
        (class.as_str(), destination.as_str()) == ("prefetch", "https://example.com/de"),
        "{class} {destination}"
    );
    ensure!(language.starts_with("de") && asn == 64_496, "{language} {asn}");
    ensure!(domain == local_stack::DEFAULT_DOMAIN, "{domain}");
    ensure!(utm == "utm_source=news+mail", "{utm}");
    Ok(())
}

async fn places_and_versions(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/places" })).await?;
    for (cloudflare, version) in [
        (r#"{"country":"US","regionCode":"TX","city":"Austin"}"#, "145.0"),
        (r#"{"country":"US","regionCode":"TX","city":"Z\u00fcrich"}"#, "144.0"),
        (r#"{"country":"CH"}"#, "145.0"),
    ] {
        let visit = system.client.request(reqwest::Method::GET, &format!("/{}", link.code));
        let user_agent =
            format!("Mozilla/5.0 (Windows NT 10.0; rv:{version}) Gecko/20100101 Firefox/{version}");
        let visit = visit.header("user-agent", user_agent).header("x-local-cf", cloudflare);
        ensure!(e2e::send(visit).await?.status == 302);
    }
    system.client.wait_for_clicks(&link, 3).await?;
    let read = async |query: &str| -> Result<Value> {
        let answer = system.client.api_get(&format!("/api/v1/links/{}/{query}", link.id)).await?;
        ensure!(answer.status == 200, "{answer:?}");
        answer.json()
    };
    for (dimension, expected) in [
        ("region", json!([["US-TX", 2], ["(unknown)", 1]])),
        ("city", json!([["Austin, US-TX", 1], ["Z\u{fc}rich, US-TX", 1], ["(unknown)", 1]])),
        ("browser_version", json!([["Firefox 145", 2], ["Firefox 144", 1]])),
        ("os_version", json!([["Windows 10", 3]])),
    ] {
        let answer = read(&format!("stats?group_by={dimension}")).await?;
        let groups = answer.get("groups").and_then(Value::as_array).context("no groups")?;
        let groups: Vec<Value> =
            groups.iter().map(|group| json!([group.get("value"), group.get("clicks")])).collect();
        ensure!(json!(groups) == expected, "{dimension}: {answer}");
    }
    for (query, basis) in
        [("city=Austin,%20US-TX", "rollup"), ("city=Austin,%20US-TX&browser_version=Firefox%20145", "raw")]
    {
        let answer = read(&format!("stats?{query}")).await?;
        let known = (answer.get("total"), answer.get("basis"));
        ensure!(known == (Some(&json!(1)), Some(&json!(basis))), "{query}: {answer}");
    }
    let clicks = read("clicks").await?;
    let click = clicks.pointer("/data/2").context("three clicks")?;
    for (field, value) in [
        ("region", "US-TX"),
        ("city", "Austin"),
        ("browser", "Firefox"),
        ("browser_version", "145"),
        ("os_version", "10"),
    ] {
        ensure!(click.get(field) == Some(&json!(value)), "{field}: {click}");
    }
    Ok(())
}

async fn followed(system: &System) -> Result<()> {
    let page = async |query: &str| {
        let answer = system.client.api_get(&format!("/api/v1/clicks{query}")).await?;
        ensure!(answer.status == 200, "{answer:?}");
        answer.json()
    };
    let cursor_of = |page: &Value| {
        page.get("next_cursor").and_then(Value::as_str).map(str::to_owned).context("a page has no cursor")
    };
    let mut cursor = cursor_of(&page("?limit=1").await?)?;
    let link = system.client.create(json!({ "url": "https://example.com/followed" })).await?;
    ensure!(system.client.get(&format!("/{}", link.code)).await?.status == 302);
    let mut clicks = Vec::new();
    eventually("the click is behind the cursor", async || {
        let page = page(&format!("?after={cursor}")).await?;
        cursor = cursor_of(&page)?;
        let data = page.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        // Other tests click too.
        clicks.extend(data.into_iter().filter(|click| click.get("link_id") == Some(&json!(link.id))));
        Ok(!clicks.is_empty())
    })
    .await?;
    let [click] = clicks.as_slice() else { bail!("{clicks:?}") };
    let short_url = click.get("short_url").and_then(Value::as_str).unwrap_or_default();
    ensure!(short_url.ends_with(&link.code), "{click}");
    Ok(())
}

async fn shared(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/private" })).await?;
    ensure!(system.client.follow(&link).await?.status == 302);
    system.client.wait_for_clicks(&link, 1).await?;
    let shares = format!("/api/v1/links/{}/shares", link.id);
    let created = system.client.api_post(&shares, &json!({ "title": "For a customer" })).await?;
    ensure!(created.status == 201, "{created:?}");
    let created = created.json()?;
    let field = |name: &str| created.get(name).and_then(Value::as_str).context("a share has no such field");
    let (_, path) = field("url")?.split_once("/api/").context("no path of the API")?;
    let path = format!("/api/{path}");
    let opened = system.client.get(&path).await?;
    ensure!(opened.status == 200 && !opened.body.contains("private"), "{opened:?}");
    ensure!(opened.json()?.get("total") == Some(&json!(1)), "{opened:?}");
    let end = system.client.request(reqwest::Method::DELETE, &format!("{shares}/{}", field("id")?));
    ensure!(e2e::send(end.bearer_auth(&system.stack.admin_key)).await?.status == 204);
    ensure!(system.client.get(&path).await?.status == 404);
    Ok(())
}

/// Only people use up clicks, bots do not; after the last click the link is gone.
async fn exhausted_link(system: &System) -> Result<()> {
    let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let link = system.client.create(json!({ "url": "https://example.com/few", "max_clicks": 2 })).await?;
    let visit = async |user_agent: &str| {
        let request = system.client.request(reqwest::Method::GET, &format!("/{}", link.code));
        e2e::send(request.header("user-agent", user_agent)).await
    };
    for _ in 0..5 {
        ensure!(visit(crawler).await?.status == 200);
    }
    for status in [302, 302, 410] {
        let answer = visit(browser).await?;
        ensure!(answer.status == status, "{answer:?}");
    }
    let shown = async || system.client.api_get(&format!("/api/v1/links/{}", link.id)).await?.json();
    ensure!(shown().await?.get("state") == Some(&json!("exhausted")));
    let stopped = eventually("the edge answers 410 without asking the origin", async || {
        system.stack.edge.run_schedule().await?;
        Ok(visit(crawler).await?.status == 410)
    });
    stopped.await?;
    system.client.wait_for_clicks(&link, 2).await?;
    eventually("the link shows its clicks", async || {
        Ok(shown().await?.pointer("/clicks/human") == Some(&json!(2)))
    })
    .await
}

async fn orphan_visits(system: &System) -> Result<()> {
    for _ in 0..3 {
        ensure!(system.client.get("/summer-sael").await?.status == 404);
    }
    ensure!(system.client.get("/wp-login.php").await?.status == 404);
    for (class, name) in [("person", "/summer-sael"), ("probe", "/wp-login.php")] {
        eventually("the name is listed under its class", async || {
            let answer = system.client.api_get(&format!("/api/v1/orphans?limit=1000&class={class}")).await?;
            ensure!(answer.status == 200, "{answer:?}");
            Ok(answer.body.contains(name))
        })
        .await?;
    }
    Ok(())
}

/// The edge believes the address that a test sends, as it believes Cloudflare's.
fn trusting_client_address() -> StackOptions {
    StackOptions { client_address: None, ..StackOptions::default() }
}

/// No table, log or message holds an address, a secret of a referrer or a place within a city, and visitors are still told apart.
async fn canaries(system: &System) -> Result<()> {
    const CLOUDFLARE_KNOWS: &str = concat!(
        r#"{"country":"US","regionCode":"TX","region":"canary-region","city":"Austin","postalCode":"canary-postal","#,
        r#""metroCode":"canary-metro","latitude":"30.canary","longitude":"-97.canary","#,
        r#""timezone":"America/Canary","asOrganization":"canary-network"}"#,
    );
    const ADDRESSES: [&str; 3] = ["203.0.113.77", "203.0.113.78", "2001:db8:cafe:f00d::77"];
    let link = system.client.create(json!({ "url": "https://example.com/private" })).await?;
    let visit = async |address: &str| {
        let request = system.client.request(reqwest::Method::GET, &format!("/{}", link.code));
        let request = request.header("referer", "https://mail.example/inbox?token=canary-token");
        let request = request.header("x-local-cf", CLOUDFLARE_KNOWS);
        e2e::send(request.header("cf-connecting-ip", address)).await
    };
    for _ in 0..2 {
        for address in ADDRESSES {
            ensure!(visit(address).await?.status == 302);
        }
    }
    ensure!(system.client.get("/nothing-here").await?.status == 404);
    system.client.wait_for_clicks(&link, 6).await?;
    let stats = system.client.api_get(&format!("/api/v1/links/{}/stats", link.id)).await?.json()?;
    ensure!(stats.get("visitors") == Some(&json!(3)), "{stats}");

    // With the database down nobody consumes the message, so it is inspected in the queue.
    system.stack.postgres.part.stop().await;
    ensure!(visit("203.0.113.77").await?.status == 302);
    eventually("the click is queued", async || Ok(system.messages_waiting().await? > 0)).await?;
    system.stack.aws.part.stop().await;
    let folder = system.stack.logs.parent().context("logs without a folder")?;
    let of_cloudflare = ["canary-region", "canary-postal", "canary-metro", "30.canary", "-97.canary"];
    let further = ["America/Canary", "canary-network"];
    let addresses = ["203.0.113.77", "203.0.113.78", "cafe:f00d", "canary-token"];
    for canary in addresses.iter().chain(&of_cloudflare).chain(&further) {
        let matches = files_holding(folder, canary.as_bytes())?;
        ensure!(matches.is_empty(), "{canary} is in {matches:?}");
    }
    ensure!(
        !files_holding(folder, link.code.as_bytes())?.is_empty(),
        "the search finds nothing, not even the code"
    );
    Ok(())
}

/// Tables, logs, the emulator's queues and KV are all files in the stack's folder.
fn files_holding(folder: &Path, text: &[u8]) -> Result<Vec<PathBuf>> {
    let mut matches = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            matches.extend(files_holding(&path, text)?);
        } else if path.is_file() {
            let content = std::fs::read(&path)?;
            if content.windows(text.len()).any(|window| window == text) {
                matches.push(path);
            }
        }
    }
    Ok(matches)
}

/// Far more than fits into the buffers between the origin and a client that does not read.
async fn exported(system: &System) -> Result<()> {
    const CLICKS: usize = 200_000;
    let link = system.client.create(json!({ "url": "https://example.com/exported" })).await?;
    sqlx::query(
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, agent)
         SELECT now() - n * interval '1 ms', 1, $1::uuid, gen_random_uuid(), current_date, n, 302, false, 'memory', 'r',
                repeat('agent', 40)
         FROM generate_series(1, $2) AS n",
    )
    .bind(&link.id)
    .bind(i32::try_from(CLICKS)?)
    .execute(&system.analytics)
    .await?;
    let path = format!("/api/v1/links/{}/clicks?format=csv", link.id);
    let whole = system.client.api_get(&path).await?;
    ensure!(whole.body.matches("\r\n").count() == CLICKS + 1, "{} {}", whole.status, whole.body.len());

    let request = system.client.request(reqwest::Method::GET, &path).bearer_auth(&system.stack.admin_key);
    let response = request.send().await?;
    ensure!(response.status() == 200, "{response:?}");
    system.stack.origins.first().context("no origin")?.part.kill().await;
    // What had not arrived by then never arrives.
    let part = response.bytes().await.map_or(0, |body| body.len());
    ensure!(part < whole.body.len(), "all {part} bytes were buffered before the client read them");
    Ok(())
}

/// A batch as the edge sends it, with one click on the link.
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

async fn redelivered(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/again" })).await?;
    let other = system.client.create(json!({ "url": "https://example.com/other" })).await?;
    let body = message(&link, "a0000000000000000000000000000001");
    for _ in 0..3 {
        enqueue(system, &body).await?;
    }
    eventually("the click is stored", async || Ok(system.click_rows(&link).await? > 0)).await?;
    // A later message is stored, so the consumer has seen the repeats.
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

    // A set, because a letter that is not deleted is delivered again.
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

/// Runs the operator's command with the consumer's environment.
fn command(system: &System, arguments: &[&str]) -> Result<String> {
    command_with(system, &system.stack.analytics_database_url, arguments)
}

fn command_with(system: &System, analytics_database_url: &str, arguments: &[&str]) -> Result<String> {
    let stack = &system.stack;
    let mut command = std::process::Command::new(Checkout::here().target().join("debug/clicks"));
    command.args(arguments).envs([
        ("ANALYTICS_DATABASE_URL", analytics_database_url),
        ("LINKS_DATABASE_URL", &stack.links_database_url),
        ("CLICK_QUEUE_URL", &stack.click_queue_url),
        ("DEAD_LETTER_QUEUE_URL", &stack.dead_letter_queue_url),
        ("AWS_ENDPOINT_URL", &stack.aws_client.endpoint),
        ("AWS_ACCESS_KEY_ID", &stack.aws_client.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &stack.aws_client.secret_access_key),
        ("AWS_REGION", "us-east-1"),
    ]);
    let output = command.output().context("the command cannot be started")?;
    let (stdout, error) =
        (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr).into_owned());
    ensure!(output.status.success(), "{arguments:?}: {stdout}{error}");
    Ok(stdout)
}

async fn redriven(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/redriven" })).await?;
    let attribute = |kind: &str, value: &str| json!({ "DataType": kind, "StringValue": value });
    let producer = "c0000000000000000000000000000001";
    let letter = json!({
        "QueueUrl": system.stack.dead_letter_queue_url,
        "MessageBody": message(&link, producer),
        "MessageAttributes": {
            "producer": attribute("String", producer), "batch": attribute("Number", "1"),
            "clicks": attribute("Number", "1"), "reason": attribute("String", "a reason that is gone"),
        },
    });
    let accounting = async || {
        let answer = system.client.api_get(&format!("/api/v1/pipeline?producer={producer}")).await?.json()?;
        let number = |name| answer.pointer(&format!("/producers/0/{name}")).and_then(Value::as_i64);
        anyhow::Ok((number("stored"), number("dead_lettered")))
    };
    for round in 0..2 {
        system.stack.aws_client.sqs("SendMessage", letter.clone()).await?;
        let listed = command(system, &["dead-letters", "list"])?;
        ensure!(
            listed.contains("a reason that is gone") && listed.contains("1 letters, 1 clicks"),
            "{listed}"
        );
        if round == 0 {
            ensure!(accounting().await? == (Some(0), Some(1)), "{:?}", accounting().await?);
        }
        command(system, &["dead-letters", "redrive", "--all", "--dry-run"])?;
        let sent = command(system, &["dead-letters", "redrive", "--all"])?;
        ensure!(sent.contains("1 sent again"), "{sent}");
        eventually("the letter is consumed", async || {
            Ok(system.click_rows(&link).await? == 1 && system.messages_waiting().await? == 0)
        })
        .await?;
    }
    ensure!(system.click_rows(&link).await? == 1, "a letter counted twice");
    ensure!(accounting().await? == (Some(1), Some(0)), "{:?}", accounting().await?);
    system.stack.aws_client.sqs("SendMessage", letter.clone()).await?;
    // After a failure the letter can be handled again immediately.
    let unreachable = "postgres://nobody@127.0.0.1:1/none";
    ensure!(command_with(system, unreachable, &["dead-letters", "discard", "--all"]).is_err());
    ensure!(command(system, &["dead-letters", "discard", "no-such-id"]).is_err());
    let discarded = command(system, &["dead-letters", "discard", "--all"])?;
    ensure!(discarded.contains("1 discarded"), "{discarded}");
    let left = command(system, &["dead-letters", "list"])?;
    ensure!(left.contains("0 letters"), "{left}");
    Ok(())
}

/// A killed consumer's messages return after the visibility timeout; a short one keeps the test short.
fn short_visibility() -> StackOptions {
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
    ensure!(kills > 0, "no consumer was running when it was to be killed");
    Ok(())
}

/// `cargo xtask ledger --clicks …` runs the same check at any size.
async fn tables_match_ledger() -> Result<()> {
    let binaries = Checkout::here().target().join("debug");
    ledger::check(&ledger::Options::small(), &[binaries.join("log-consumer")], &binaries.join("clicks")).await
}

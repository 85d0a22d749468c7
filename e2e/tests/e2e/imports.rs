//! The past that an import brings: every visit counts exactly once, whatever the queue does meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, ensure};
use e2e::{eventually, send};
use futures_util::future::join;
use libtest_mimic::Trial;
use local_stack::{FaultProxy, StackOptions, forward};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::{System, on_no_stack, on_shared_stack};

/// In a call.
const VISITS: usize = 1_000;
const CALLS: usize = 5;

pub fn trials() -> Vec<Trial> {
    vec![
        on_no_stack("imported_visits_count_once_whatever_fails", failures),
        on_shared_stack("imported_counts_by_day_are_set_and_kept_apart", days),
    ]
}

/// Answers nothing to every third message that it gets while it is lossy: of these it has taken every other one.
#[derive(Default)]
struct Losses {
    is_lossy: AtomicBool,
    messages: AtomicU64,
}

async fn failures() -> Result<()> {
    let (emulator, losses) = (Arc::new(OnceLock::new()), Arc::new(Losses::default()));
    let proxy = {
        let (emulator, losses) = (Arc::clone(&emulator), Arc::clone(&losses));
        FaultProxy::start(Arc::new(move |request| {
            let upstream = emulator.get().map(|address| forward(*address));
            let losses = Arc::clone(&losses);
            Box::pin(async move {
                let number = losses.messages.fetch_add(1, Ordering::Relaxed);
                let is_lost = losses.is_lossy.load(Ordering::Relaxed) && number.is_multiple_of(3);
                if is_lost && number.is_multiple_of(2) {
                    return None;
                }
                let answer = upstream?(request).await;
                answer.filter(|_| !is_lost)
            })
        }))
        .await?
    };
    let options = StackOptions {
        client_address: Some("127.0.0.1".to_owned()),
        // After this the messages of a killed consumer come again.
        visibility_timeout_seconds: 6,
        worker_bindings: [("CLICK_QUEUE_URL".to_owned(), proxy.click_queue_url())].into(),
        ..StackOptions::default()
    };
    let system = System::start(options).await?;
    let endpoint = system.stack.aws_client.endpoint.trim_start_matches("http://").parse();
    let _ = emulator.set(endpoint.context("the emulator has no address")?);
    let outcome = visits(&system, &losses).await;
    system.stack.stop().await;
    outcome
}

async fn call(system: &System, path: &str, body: &Value) -> Result<e2e::Answer> {
    let request = system.client.request(Method::POST, path).bearer_auth(&system.stack.admin_key);
    send(request.json(body)).await
}

async fn import_of(system: &System, aliases: [&str; 2]) -> Result<String> {
    let opened = call(system, "/api/v1/imports", &json!({"source": "shlink"})).await?;
    let import = opened.header("location").context("no Location")?.to_owned();
    let row = |alias: &&str| json!({"row_id": alias, "link": {"url": "https://example.com/old", "alias": alias, "created_at": "2019-01-01T00:00:00Z"}});
    let rows: Vec<Value> = aliases.iter().map(row).collect();
    let written = call(system, &format!("{import}/rows"), &json!({"rows": rows})).await?.json()?;
    ensure!(written.pointer("/counts/created") == Some(&json!(2)), "{written}");
    Ok(import)
}

/// Of two links over some years, every tenth by a bot.
fn visit(number: usize, aliases: [&str; 2]) -> Value {
    let agent = if number.is_multiple_of(10) {
        "Googlebot/2.1"
    } else {
        "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    };
    json!({
        "row_id": aliases.get(number % 2), "time": format!("20{}-06-{:02}T{:02}:30:00Z", 19 + number % 8, 1 + number % 28, number % 24),
        "country": if number.is_multiple_of(3) { "DE" } else { "FR" }, "user_agent": agent,
    })
}

async fn visits(system: &System, losses: &Losses) -> Result<()> {
    const ALIASES: [&str; 2] = ["old-a", "old-b"];
    let import = import_of(system, ALIASES).await?;
    let path = format!("{import}/visits");
    let body = |number: usize| {
        let visits = (0..VISITS).map(|visit_number| visit((number - 1) * VISITS + visit_number, ALIASES));
        json!({"number": number, "visits": visits.collect::<Vec<_>>()})
    };
    let first = call(system, &path, &body(1)).await?;
    ensure!(first.status == 200 && first.json()?.get("visits") == Some(&json!(VISITS)), "{first:?}");
    ensure!(first.header("shortline-propagation").is_none(), "{first:?}");
    losses.is_lossy.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        let lost = call(system, &path, &body(2)).await?;
        ensure!(lost.status == 503 && lost.body.contains("visits_not_sent"), "{lost:?}");
        ensure!(lost.header("retry-after").is_some(), "{lost:?}");
    }
    losses.is_lossy.store(false, Ordering::Relaxed);
    let again = call(system, &path, &body(2)).await?.json()?;
    ensure!(again.get("repeated") == Some(&json!(true)), "{again}");
    for number in 3..=CALLS {
        let (_, killed) = join(call(system, &path, &body(number)), kill_all(system)).await;
        killed?;
        eventually("the call is answered", async || {
            Ok(call(system, &path, &body(number)).await?.status == 200)
        })
        .await?;
    }
    for number in [1, 2] {
        ensure!(call(system, &path, &body(number)).await?.status == 200);
    }
    // Counted once each, under the import's name.
    let id = import.rsplit('/').next().unwrap_or_default().to_owned();
    let pipeline = format!("/api/v1/pipeline?producer={}", id.replace('-', ""));
    let total = i64::try_from(CALLS * VISITS)?;
    let mut accounting = Value::Null;
    eventually("all visits are stored", async || {
        accounting = system.client.api_get(&pipeline).await?.json()?;
        let producer = accounting.pointer("/producers/0").cloned().unwrap_or_default();
        let number = |name: &str| producer.get(name).and_then(Value::as_i64);
        ensure!(number("stored") <= Some(total), "{accounting}");
        Ok(number("stored") == Some(total)
            && number("missing") == Some(0)
            && number("duplicate") >= Some(i64::try_from(2 * VISITS)?)
            && producer.get("import") == Some(&json!(id)))
    })
    .await
    .with_context(|| format!("click accounting: {accounting}"))?;
    let stats = async |query: &str| -> Result<Value> {
        let path = format!("/api/v1/stats?from=2019-01-01&{query}");
        system.client.api_get(&path).await?.json()
    };
    let all = stats("group_by=class&interval=month").await?;
    ensure!(all.get("total") == Some(&json!(total)) && all.get("visitors") == Some(&json!(0)), "{all}");
    let bots = json!({"value": "bot", "clicks": total / 10, "visitors": 0});
    ensure!(
        all.get("groups").and_then(Value::as_array).is_some_and(|groups| groups.contains(&bots)),
        "{all}"
    );
    let countries = stats("group_by=country&interval=month").await?;
    let germany = json!({"value": "DE", "clicks": CALLS * VISITS / 3 + 1, "visitors": 0});
    ensure!(
        countries.get("groups").and_then(Value::as_array).is_some_and(|groups| groups.contains(&germany)),
        "{countries}"
    );
    // The first of them is years old.
    let of_june = stats("to=2019-07-01&interval=month").await?;
    let june = (0..CALLS * VISITS).filter(|number| number.is_multiple_of(8)).count();
    ensure!(of_june.get("total") == Some(&json!(june)), "{of_june}");
    let raw: i64 = sqlx::query_scalar("SELECT count(*) FROM clicks").fetch_one(&system.analytics).await?;
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM clicks WHERE day >= current_date - 180")
        .fetch_one(&system.analytics)
        .await?;
    ensure!(raw == kept && raw < total, "{raw} raw clicks, of which {kept} are kept");
    eventually("the links show their visits", async || {
        let links = system.client.api_get("/api/v1/links?search=old&sort=clicks").await?.json()?;
        let clicks = links.pointer("/data/0/clicks").cloned().unwrap_or_default();
        Ok(clicks.get("total") == Some(&json!(total / 2)))
    })
    .await?;
    let read = system.client.api_get(&import).await?.json()?;
    ensure!(read.pointer("/counts/visits") == Some(&json!(total)), "{read}");
    let finished = call(system, &format!("{import}/finish"), &json!({})).await?.json()?;
    ensure!(finished.get("finished_at").is_some_and(Value::is_string), "{finished}");
    Ok(())
}

/// The consumers, and each origin.
async fn kill_all(system: &System) -> Result<()> {
    system.stack.kill_consumers();
    for origin in &system.stack.origins {
        origin.part.kill().await;
        origin.part.up().await?;
    }
    Ok(())
}

async fn days(system: &System) -> Result<()> {
    const ALIASES: [&str; 2] = ["by-day-a", "by-day-b"];
    let import = import_of(system, ALIASES).await?;
    let path = format!("{import}/days");
    let [a, b] = ALIASES;
    let set = async |clicks: u64| {
        let days =
            |first: u64| json!([{"day": "2019-06-01", "clicks": first}, {"day": "2020-02-29", "clicks": 7}]);
        let body = json!({"rows": [{"row_id": a, "days": days(clicks)}, {"row_id": b, "days": days(1)}]});
        let answer = call(system, &path, &body).await?;
        ensure!(answer.status == 200 && answer.json()?.get("days") == Some(&json!(4)), "{answer:?}");
        Ok(())
    };
    set(100).await?;
    set(100).await?;
    set(40).await?;
    let links = system.client.api_get("/api/v1/links?search=by-day&sort=clicks").await?.json()?;
    let shown = links.pointer("/data/0/clicks");
    ensure!(shown == Some(&json!({"total": 47, "human": 0, "bot": 0})), "{links}");
    let link = links.pointer("/data/0/id").and_then(Value::as_str).context("no id")?;
    let path = format!("/api/v1/links/{link}/stats?from=2019-01-01&interval=month&group_by=class");
    let stats = system.client.api_get(&path).await?.json()?;
    ensure!(stats.get("total") == Some(&json!(47)), "{stats}");
    ensure!(stats.pointer("/groups/0/value") == Some(&json!("imported")), "{stats}");
    // In every time zone that people live in but the outermost ones, noon lies in the same day.
    for zone in ["America/Los_Angeles", "UTC", "Asia/Tokyo"] {
        let query = format!("from=2019-06-01&to=2019-06-02&timezone={zone}&class=imported");
        let path = format!("/api/v1/links/{link}/stats?{query}");
        let stats = system.client.api_get(&path).await?.json()?;
        ensure!(stats.get("total") == Some(&json!(40)), "{zone}: {stats}");
    }
    Ok(())
}

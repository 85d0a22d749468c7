//! Writes during failures: an acknowledged write exists exactly once, an unacknowledged one leaves nothing behind.

use anyhow::{Context, Result, bail, ensure};
use e2e::{Answer, eventually, send};
use futures_util::future::{try_join, try_join_all};
use libtest_mimic::Trial;
use local_stack::{OriginMode, StackOptions};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;

use crate::shared::{System, on_own_stack, on_shared_stack};

const CLIENTS: usize = 8;
const LINKS_EACH: usize = 25;

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("acknowledged_writes_survive_a_database_crash", two_origins, database_dies),
        on_shared_stack("restored_and_bulk_changed_links_are_seen_at_once", restoration_and_bulk),
        on_shared_stack("imported_links_redirect_at_once", import),
        on_shared_stack("bulk_with_a_revoked_key_is_all_or_nothing", key_revoked_during_bulk),
    ]
}

fn two_origins() -> StackOptions {
    StackOptions {
        origins: OriginMode::Servers(2),
        client_address: Some("127.0.0.1".to_owned()),
        ..StackOptions::default()
    }
}

async fn database_dies(system: &System) -> Result<()> {
    let clients = try_join_all((0..CLIENTS).map(|client| create_many(system, client)));
    let fault = async {
        let links = || count(system, "SELECT count(*) FROM links");
        eventually("the load is under way", async || Ok(links().await? > 20)).await?;
        // `kill -9`: no chance to flush.
        system.stack.postgres.part.kill().await;
        system.stack.postgres.part.up().await
    };
    let (created, ()) = try_join(clients, fault).await?;
    for link in created.into_iter().flatten() {
        let code = link.get("code").and_then(Value::as_str).context("a link without a code")?;
        let answer = system.client.get(&format!("/{code}")).await?;
        let location = answer.header("location").map(Value::from);
        ensure!(answer.status == 302 && location.as_ref() == link.get("url"), "{link}: {answer:?}");
    }
    let made = count(system, "SELECT count(*) FROM links").await?;
    ensure!(made == i64::try_from(CLIENTS * LINKS_EACH)?, "{made} links");
    Ok(())
}

async fn count(system: &System, query: &'static str) -> Result<i64> {
    let pool = PgPoolOptions::new().max_connections(1).connect(&system.stack.links_database_url).await?;
    let count = sqlx::query_scalar(query).fetch_one(&pool).await;
    pool.close().await;
    Ok(count?)
}

/// Repeats the same request with the same idempotency key until it gets a conclusive answer.
async fn create_many(system: &System, client: usize) -> Result<Vec<Value>> {
    let mut links = Vec::new();
    for number in 0..LINKS_EACH {
        let key = format!("{client}-{number}");
        let body = json!({ "url": format!("https://example.com/{key}") });
        let mut answer = None;
        eventually("the link is acknowledged", async || {
            answer = attempt(system, &key, &body).await?;
            Ok(answer.is_some())
        })
        .await?;
        links.push(answer.context("no answer")?.json()?);
    }
    Ok(links)
}

async fn attempt(system: &System, key: &str, body: &Value) -> Result<Option<Answer>> {
    let request = system.client.request(Method::POST, "/api/v1/links").bearer_auth(&system.stack.admin_key);
    let answer = send(request.header("idempotency-key", key).json(body)).await?;
    match answer.status {
        201 => Ok(Some(answer)),
        500.. => Ok(None),
        _ => bail!("{answer:?}"),
    }
}

/// What the edge answers for the links, once every copy in an isolate's memory (500 ms) has ended.
async fn seen(system: &System, codes: &[String], status: u16) -> Result<()> {
    for code in codes {
        eventually("the edge answers with the new state", async || {
            Ok(system.client.get(&format!("/{code}")).await?.status == status)
        })
        .await?;
    }
    Ok(())
}

async fn restoration_and_bulk(system: &System) -> Result<()> {
    let call = async |method: Method, path: &str, body: Value| {
        let request = system.client.request(method, path).bearer_auth(&system.stack.admin_key);
        let answer = send(request.json(&body)).await?;
        ensure!(answer.status == 200, "{path}: {answer:?}");
        let propagation = answer.header("shortline-propagation");
        ensure!(propagation == Some("published; within=1"), "{path}: {answer:?}");
        answer.json()
    };
    let (mut ids, mut codes) = (Vec::new(), Vec::new());
    for number in 0..3 {
        let link = system.client.create(json!({"url": format!("https://example.com/bulk/{number}")})).await?;
        ids.push(link.id.clone());
        codes.push(link.code.clone());
    }
    seen(system, &codes, 302).await?;
    let disabled = json!({"ids": ids, "change": {"state": "disabled"}});
    let outcome = call(Method::PATCH, "/api/v1/links/bulk", disabled).await?;
    ensure!(outcome.get("changed") == Some(&json!(3)), "{outcome}");
    seen(system, &codes, 410).await?;
    let enabled = json!({"ids": ids, "change": {"state": "active"}});
    call(Method::PATCH, "/api/v1/links/bulk", enabled).await?;
    seen(system, &codes, 302).await?;
    call(Method::DELETE, "/api/v1/links/bulk", json!({"ids": ids})).await?;
    seen(system, &codes, 410).await?;
    let path = format!("/api/v1/links/{}/restore", ids.first().context("no link")?);
    call(Method::POST, &path, json!({})).await?;
    let (restored, deleted) = codes.split_at(1);
    seen(system, restored, 302).await?;
    seen(system, deleted, 410).await
}

async fn import(system: &System) -> Result<()> {
    let call = async |method: Method, path: &str, body: Value| {
        let request = system.client.request(method, path).bearer_auth(&system.stack.admin_key);
        let answer = send(request.json(&body)).await?;
        ensure!(answer.status < 300, "{path}: {answer:?}");
        Ok(answer)
    };
    let import =
        call(Method::POST, "/api/v1/imports", json!({"source": "csv", "on_conflict": "replace"})).await?;
    let import = import.header("location").context("no Location")?.to_owned();
    let there =
        system.client.create(json!({"url": "https://example.com/there", "alias": "import-0"})).await?;
    // More than a usual body may have.
    let notes = "n".repeat(1_000);
    let row = |number: usize| {
        let link = json!({
            "url": format!("https://example.com/import/{number}"), "alias": format!("import-{number}"), "notes": notes,
            "created_at": "2019-06-01T00:00:00Z",
        });
        json!({"row_id": number.to_string(), "link": link})
    };
    let mut rows: Vec<_> = (0..300).map(row).collect();
    rows.push(json!({"row_id": "bad", "link": {"url": "nonsense"}}));
    let path = format!("{import}/rows");
    let preview = call(Method::POST, &path, json!({"rows": rows, "dry_run": true})).await?.json()?;
    seen(system, &["import-1".to_owned()], 404).await?;
    let answer = call(Method::POST, &path, json!({ "rows": rows })).await?;
    let propagation = answer.header("shortline-propagation");
    ensure!(propagation == Some("published; within=1"), "{answer:?}");
    let written = answer.json()?;
    let counts = json!({"created": 299, "replaced": 1, "skipped": 0, "failed": 1});
    ensure!(written.get("counts") == Some(&counts) && preview.get("counts") == Some(&counts), "{written}");
    eventually("the replaced link leads to its new destination", async || {
        let answer = system.client.follow(&there).await?;
        Ok(answer.header("location") == Some("https://example.com/import/0"))
    })
    .await?;
    let codes: Vec<_> = (1..300).step_by(50).map(|number| format!("import-{number}")).collect();
    seen(system, &codes, 302).await?;
    let again = call(Method::POST, &path, json!({ "rows": rows.get(..300) })).await?.json()?;
    let is_repeated = |result: &Value| result.get("repeated") == Some(&json!(true));
    let results = again.get("results").and_then(Value::as_array).context("no results")?;
    ensure!(results.iter().all(is_repeated), "{again}");
    let failures = system.client.api_get(&format!("{import}/failures?format=csv")).await?;
    ensure!(failures.body.lines().count() == 2 && failures.body.contains("invalid_url"), "{failures:?}");
    let finished = call(Method::POST, &format!("{import}/finish"), json!({})).await?.json()?;
    ensure!(finished.pointer("/counts/rows") == Some(&json!(301)), "{finished}");
    Ok(())
}

async fn key_revoked_during_bulk(system: &System) -> Result<()> {
    for round in 0..5 {
        let key = system
            .client
            .api_post("/api/v1/keys", &json!({ "name": "bulk", "role": "editor" }))
            .await?
            .json()?;
        let field =
            |name: &str| key.get(name).and_then(Value::as_str).map(str::to_owned).context("no such field");
        let (id, key) = (field("id")?, field("key")?);
        let tag = format!("bulk-{round}");
        let links: Vec<_> =
            (0..500).map(|_| json!({ "url": "https://example.com/", "tags": [tag] })).collect();
        let bulk = system.client.request(Method::POST, "/api/v1/links/bulk").bearer_auth(key);
        let revoke = system
            .client
            .request(Method::DELETE, &format!("/api/v1/keys/{id}"))
            .bearer_auth(&system.stack.admin_key);
        let (bulk, revoked) = try_join(send(bulk.json(&json!({ "links": links }))), send(revoke)).await?;
        ensure!(revoked.status == 204, "{revoked:?}");
        let tags = system.client.api_get(&format!("/api/v1/tags?search={tag}")).await?.json()?;
        let made = tags.pointer("/data/0/links").and_then(Value::as_u64).unwrap_or(0);
        match bulk.status {
            200 => ensure!(made == 500, "{made} links exist of an acknowledged bulk of 500"),
            401 => ensure!(made == 0, "{made} links exist of a refused bulk"),
            _ => bail!("{bulk:?}"),
        }
    }
    Ok(())
}

//! The API through the edge: authentication, and the errors of refused calls.

use anyhow::{Result, ensure};
use e2e::send;
use libtest_mimic::Trial;
use link_core::edge_origin::{CLIENT_AUTHORIZATION, EDGE_SECRET};
use local_stack::FAILOVER_DOMAIN;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::{System, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("created_link_can_be_read", read_again),
        on_shared_stack("missing_or_wrong_key_answers_401", keys),
        on_shared_stack("invalid_link_answers_422_and_names_the_field", invalid_link),
        on_shared_stack("body_over_its_limit_answers_413", too_large),
        on_shared_stack("cors_allows_any_origin_with_a_key", any_origin),
        on_shared_stack("internal_routes_and_forwarded_keys_need_the_edge_secret", edge_secret),
    ]
}

async fn read_again(system: &System) -> Result<()> {
    let created = system.client.api_post("/api/v1/links", &json!({ "url": "https://example.com/" })).await?;
    ensure!(created.status == 201 && created.header("etag").is_some(), "{created:?}");
    let location = created.header("location").unwrap_or_default();
    let read = system.client.api_get(location).await?;
    ensure!(read.status == 200 && read.json()? == created.json()?, "{read:?} {created:?}");
    ensure!(read.header("etag") == created.header("etag"), "{read:?}");
    ensure!(read.header("x-request-id").is_some(), "{read:?}");
    Ok(())
}

async fn keys(system: &System) -> Result<()> {
    let body = json!({ "url": "https://example.com/" });
    let post = || system.client.request(Method::POST, "/api/v1/links").json(&body);
    for request in [post(), post().bearer_auth("wrong"), post().header("authorization", "Basic YTpi")] {
        let answer = send(request).await?;
        ensure!(answer.status == 401 && is_problem(&answer), "{answer:?}");
        ensure!(answer.header("www-authenticate").is_some(), "{answer:?}");
    }
    Ok(())
}

async fn invalid_link(system: &System) -> Result<()> {
    for (body, field) in [
        (json!({}), "url"),
        (json!({ "url": 1 }), "url"),
        (json!({ "url": "javascript:alert(1)" }), "url"),
        (json!({ "url": system.stack.edge_url.replace("127.0.0.1", "localhost") }), "url"),
        (json!({ "url": "http://127.0.0.1:8787/x" }), "url"),
        (json!({ "url": "http://[::ffff:127.0.0.1]:8787/x" }), "url"),
        (json!({ "url": "https://shortline.acct.workers.dev/x" }), "url"),
        (json!({ "url": format!("https://{FAILOVER_DOMAIN}/x") }), "url"),
        (json!({ "url": "https://example.com/", "expired_url": "https://www.localhost/x" }), "expired_url"),
        (json!({ "url": "https://example.com/", "status": 200 }), "status"),
        (json!({ "url": "https://example.com/", "expires_at": "yesterday" }), "expires_at"),
        (json!({ "url": "https://example.com/", "colour": "red" }), "colour"),
    ] {
        let answer = system.client.api_post("/api/v1/links", &body).await?;
        ensure!(answer.status == 422 && is_problem(&answer), "{body}: {answer:?}");
        let problem = answer.json()?;
        let named = problem.pointer("/errors/0/field").and_then(Value::as_str);
        ensure!(named == Some(field), "{body}: {problem}");
    }
    for body in [json!([]), json!("url"), json!(null)] {
        let answer = system.client.api_post("/api/v1/links", &body).await?;
        ensure!(answer.status == 422 && is_problem(&answer), "{body}: {answer:?}");
    }
    Ok(())
}

async fn too_large(system: &System) -> Result<()> {
    for (path, length) in [
        ("/api/v1/links", 300_000),
        ("/api/v1/links", 5_000_000),
        ("/api/v1/links/bulk", 4_600_000),
        ("/api/v1/links/bulk", 20_000_000),
    ] {
        let body = json!({ "url": format!("https://example.com/{}", "a".repeat(length)) });
        let answer = system.client.post_refused_early(path, "", &body).await?;
        ensure!(answer.status == 413 && is_problem(&answer), "{path} {length}: {answer:?}");
    }
    // Lambda receives each quote as two characters.
    let quotes = json!({ "links": [{ "url": "\"".repeat(2_000_000) }] });
    let answer = system.client.post_refused_early("/api/v1/links/bulk", "", &quotes).await?;
    ensure!(answer.status == 413 && is_problem(&answer), "{answer:?}");
    // A body within the limit reaches the origin whole.
    let body = json!({ "links": [{ "url": format!("https://example.com/{}", "a".repeat(4_400_000)) }] });
    let answer = system.client.api_post("/api/v1/links/bulk", &body).await?;
    let refused = answer.json()?;
    ensure!(refused.pointer("/data/0/status") == Some(&json!(422)), "{} {refused}", answer.status);
    Ok(())
}

async fn any_origin(system: &System) -> Result<()> {
    let page = ("origin", "https://page.example");
    for path in ["/api/v1/links", "/api/v1/links/none", "/api/v1/openapi.json"] {
        let preflight = system.client.request(Method::OPTIONS, path).header(page.0, page.1);
        let preflight = preflight
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "authorization,content-type,idempotency-key,if-match");
        let answer = send(preflight).await?;
        ensure!(answer.status == 204 && is_open(&answer), "{path}: {answer:?}");
        ensure!(answer.header("access-control-max-age").is_some(), "{answer:?}");
        let allowed = |header: &str| answer.header(header).unwrap_or_default().to_owned();
        ensure!(allowed("access-control-allow-methods").contains("PATCH"), "{answer:?}");
        for name in ["authorization", "content-type", "idempotency-key", "if-match"] {
            ensure!(allowed("access-control-allow-headers").contains(name), "{name}: {answer:?}");
        }
    }
    let body = json!({ "url": "https://example.com/" });
    let created = system.client.request(Method::POST, "/api/v1/links").json(&body);
    let created = send(created.bearer_auth(&system.stack.admin_key).header(page.0, page.1)).await?;
    ensure!(created.status == 201 && is_open(&created), "{created:?}");
    let exposed = created.header("access-control-expose-headers").unwrap_or_default();
    for name in ["etag", "location", "shortline-propagation", "retry-after", "ratelimit"] {
        ensure!(exposed.contains(name), "{name}: {created:?}");
    }
    let too_large = json!({ "url": format!("https://example.com/{}", "a".repeat(5_000_000)) });
    for (request, status) in [
        (system.client.request(Method::POST, "/api/v1/links").json(&body), 401),
        (system.client.request(Method::GET, "/api/v1/nothing").bearer_auth(&system.stack.admin_key), 404),
    ] {
        let answer = send(request.header(page.0, page.1)).await?;
        ensure!(answer.status == status && is_open(&answer), "{status}: {answer:?}");
    }
    let origin = format!("{}: {}\r\n", page.0, page.1);
    let answer = system.client.post_refused_early("/api/v1/links", &origin, &too_large).await?;
    ensure!(answer.status == 413 && is_open(&answer), "{answer:?}");
    Ok(())
}

fn is_open(answer: &e2e::Answer) -> bool {
    answer.header("access-control-allow-origin") == Some("*")
        && answer.header("access-control-allow-credentials").is_none()
}

async fn edge_secret(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/" })).await?;
    let key = format!("Bearer {}", system.stack.admin_key);
    for origin in &system.stack.origin_urls {
        let origin = e2e::Client::new(origin, &system.stack.admin_key)?;
        let path = format!("/internal/v1/links/localhost/{}", link.code);
        for secret in ["", "wrong"] {
            let answer = send(origin.request(Method::GET, &path).header(EDGE_SECRET, secret)).await?;
            ensure!(answer.status == 404 && !answer.body.contains("example.com"), "{answer:?}");
            let forwarded = origin.request(Method::GET, &format!("/api/v1/links/{}", link.id));
            let forwarded = forwarded.header(CLIENT_AUTHORIZATION, &key).header(EDGE_SECRET, secret);
            ensure!(send(forwarded).await?.status == 401, "a forwarded key counts without the secret");
        }
        // A client that calls the origin directly uses the standard header.
        ensure!(origin.api_get(&format!("/api/v1/links/{}", link.id)).await?.status == 200);
    }
    // The edge strips the secret and the header in which it forwards the key from client requests.
    let forged = system.client.request(Method::GET, &format!("/api/v1/links/{}", link.id));
    ensure!(send(forged.header(CLIENT_AUTHORIZATION, &key)).await?.status == 401);
    Ok(())
}

fn is_problem(answer: &e2e::Answer) -> bool {
    answer.header("content-type") == Some("application/problem+json")
        && answer.json().is_ok_and(|problem| problem.get("code").is_some_and(Value::is_string))
}

//! Pages that a visitor may get instead of a redirect, and hostile requests.

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Link, eventually, send};
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::shared::{System, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("password_opens_its_link_until_it_is_changed", password),
        on_shared_stack("plus_sign_previews_the_destination", preview),
        on_shared_stack("crawlers_may_follow_links_but_not_index_them", robots),
        on_shared_stack("hostile_request_is_refused_without_a_location", hostile),
        on_shared_stack("forwarded_input_is_encoded_or_dropped", forwarded),
    ]
}

fn is_page(answer: &Answer) -> bool {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    answer.header("content-type") == Some("text/html; charset=utf-8")
        && policy.starts_with("default-src 'none'")
}

async fn try_password(system: &System, link: &Link, password: &str) -> Result<Answer> {
    try_password_at(system, &format!("/{}", link.code), password).await
}

async fn try_password_at(system: &System, path: &str, password: &str) -> Result<Answer> {
    let form = format!("password={password}");
    let request = system.client.request(Method::POST, path);
    send(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
}

async fn password(system: &System) -> Result<()> {
    let body = json!({ "url": "https://example.com/secret", "password": "correct horse", "status": 307 });
    let link = system.client.create(body).await?;
    let locked = system.client.follow(&link).await?;
    ensure!(
        locked.status == 403 && is_page(&locked) && locked.body.contains("type=\"password\""),
        "{locked:?}"
    );
    let wrong = try_password(system, &link, "wrong").await?;
    ensure!(wrong.status == 403 && wrong.header("set-cookie").is_none(), "{wrong:?}");
    let opened = try_password(system, &link, "correct+horse").await?;
    ensure!(
        (opened.status, opened.header("location")) == (303, Some("https://example.com/secret")),
        "a 307 would send the password on: {opened:?}"
    );
    let form = system.client.request(Method::POST, &format!("/{}", link.code));
    let in_browser =
        send(form.header("accept", "text/html,*/*").form(&[("password", "correct horse")])).await?;
    let policy = |answer: &Answer| answer.header("content-security-policy").map(str::to_owned);
    ensure!(in_browser.status == 200 && in_browser.header("set-cookie").is_some(), "{in_browser:?}");
    ensure!(in_browser.body.contains("content=\"0;url=https://example.com/secret\""), "{in_browser:?}");
    ensure!(policy(&locked).is_some_and(|policy| policy.contains("form-action 'self'")), "{locked:?}");
    ensure!(
        policy(&in_browser).is_some_and(|policy| policy.contains("form-action 'none'")),
        "{in_browser:?}"
    );
    let cookie =
        opened.header("set-cookie").and_then(|cookie| cookie.split(';').next()).context("no cookie")?;
    let visit = || system.client.request(Method::GET, &format!("/{}", link.code)).header("cookie", cookie);
    ensure!(send(visit()).await?.status == 307);
    let change = system.client.request(Method::PATCH, &format!("/api/v1/links/{}", link.id));
    let change = change.bearer_auth(&system.stack.admin_key).json(&json!({ "password": "another" }));
    ensure!(send(change).await?.status == 200);
    eventually("the cookie no longer opens the link", async || Ok(send(visit()).await?.status == 403))
        .await?;

    let body = json!({ "url": "https://example.com/", "password": "deep", "forward_path": true });
    let deep = system.client.create(body).await?;
    let injecting = format!("/{}/x;Domain=example.com;Path=/", deep.code);
    let opened = try_password_at(system, &injecting, "deep").await?;
    let cookie = opened.header("set-cookie").context("no cookie")?;
    let (_, attributes) = cookie.split_once("; ").context("no attributes")?;
    let expected = format!("Path=/{}; Max-Age=900; HttpOnly; SameSite=Lax", deep.code);
    ensure!(attributes == expected, "the path leaked into the cookie: {cookie}");

    let open = system.client.create(json!({ "url": "https://example.com/" })).await?;
    let answer = try_password(system, &open, "x").await?;
    ensure!(answer.status == 405 && answer.header("location").is_none(), "{answer:?}");
    Ok(())
}

async fn preview(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/?a=1&b=%3Cb%3E" })).await?;
    let answer = system.client.get(&format!("/{}+", link.code)).await?;
    ensure!(answer.status == 200 && is_page(&answer) && answer.header("location").is_none(), "{answer:?}");
    ensure!(answer.body.contains("https://example.com/?a=1&amp;b=%3Cb%3E"), "{answer:?}");
    Ok(())
}

async fn robots(system: &System) -> Result<()> {
    let answer = system.client.get("/robots.txt").await?;
    ensure!(answer.status == 200 && answer.body.contains("Disallow: /api/"), "{answer:?}");
    let answer = system.client.get("/no-such-link").await?;
    ensure!(answer.status == 404 && is_page(&answer), "{answer:?}");
    ensure!(answer.header("x-robots-tag") == Some("noindex"), "{answer:?}");
    Ok(())
}

async fn hostile(system: &System) -> Result<()> {
    let giant = format!("GET /abc HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    let mut refused = 0;
    for request in [
        "GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /%00%ff%c0%80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /%0d%0aLocation:%20https://evil.test HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /\u{1}\u{7f} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET //evil.test/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: [::1\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: \r\n\r\n",
        "GET /abc HTTP/1.1\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: 127.0.0.1:evil\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Host: evil.test\r\nForwarded: host=evil.test\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nxx",
        "POST /abc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n",
        "POST /abc HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /api/v1/links HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /api/v1/links HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{",
        "TRACE /abc HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /abc HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /abc\u{e9}\u{ffff} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: shortline=%00; =;;;\r\n\r\n",
        "GET /a/%2e%2e/%2e%2e/api/v1/links HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "GET",
        &giant,
    ] {
        let answer = raw(system, request).await?;
        let shown: String = request.chars().take(80).collect();
        ensure!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{shown:?}: {answer}");
        refused += usize::from(!answer.is_empty());
        ensure!(!answer.to_ascii_lowercase().contains("\nlocation:"), "{shown:?}: {answer}");
    }
    ensure!(refused >= 5, "only {refused} requests were answered at all");
    // Bare workerd fails on these before the Worker runs; Cloudflare blocks them.
    for request in [
        "GET http://evil.test/abc HTTP/1.1\r\nHost: evil.test\r\n\r\n",
        "POST /abc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: evil test\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.test\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: user@127.0.0.1\r\n\r\n",
        "GET /abc HTTP/1.1\r\nHost: evil.test/127.0.0.1\r\n\r\n",
        "BREW /abc HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    ] {
        let answer = raw(system, request).await?;
        ensure!(!answer.to_ascii_lowercase().contains("\nlocation:"), "{request:?}: {answer}");
    }
    ensure!(system.client.get("/healthz").await?.status == 200);
    Ok(())
}

async fn forwarded(system: &System) -> Result<()> {
    let body =
        json!({ "url": "https://example.com/base?own=1", "forward_query": true, "forward_path": true });
    let link = system.client.create(body).await?;
    let long = "m4rker".repeat(1_000);
    let mut forwarded_count = 0;
    for added in [
        "?m4rker=%0d%0aset-cookie:%20a=b",
        "/%0d%0aset-cookie:%20a=b/m4rker",
        "/m4rker%00%01%7f%ff",
        "?m4rker=\u{1}\u{7f}\t<script>\"'`\\^{}|",
        "/m4rker\u{1}<script>\"\u{e9}",
        "?m4rker=\u{e9}\u{202e}%u0000%zz%",
        "/..%2f..%2f/m4rker/./../..//evil.test",
        "/\\evil.test/m4rker",
        "?m4rker#\r\nset-cookie: a=b",
        "?m4rker@evil.test:80/",
        &format!("?{long}"),
        &format!("/{long}"),
    ] {
        let headers = "Host: 127.0.0.1\r\nUser-Agent: m4rker \u{e9}\r\nReferer: https://m4rker.test/%0a\r\n";
        let answer = raw(system, &format!("GET /{}{added} HTTP/1.1\r\n{headers}\r\n", link.code)).await?;
        let (head, _) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        ensure!(head.starts_with("HTTP/1.1 302") || head.starts_with("HTTP/1.1 4"), "{added:?}: {answer}");
        for line in head.lines().map(str::to_ascii_lowercase) {
            ensure!(!line.starts_with("set-cookie"), "{added:?}: {answer}");
            if let Some(location) = line.strip_prefix("location: ") {
                ensure!(location.starts_with("https://example.com/base"), "{added:?}: {answer}");
                ensure!(location.bytes().all(|byte| (b'!'..=b'~').contains(&byte)), "{added:?}: {answer}");
                ensure!(!location.contains(['<', '"']), "{added:?}: {answer}");
                forwarded_count += usize::from(location.contains("m4rker"));
            }
        }
    }
    ensure!(forwarded_count >= 4, "only {forwarded_count} requests were forwarded");
    for log in std::fs::read_dir(&system.stack.logs)? {
        let path = log?.path();
        let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
        ensure!(!text.contains("m4rker"), "{} contains visitor input", path.display());
    }
    Ok(())
}

/// Sends raw bytes and returns everything up to the end of the connection.
async fn raw(system: &System, request: &str) -> Result<String> {
    let address = system.stack.edge_url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await?;
    // A server that refuses early may close the connection during the write.
    let _ = connection.write_all(request.as_bytes()).await;
    connection.shutdown().await.ok();
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

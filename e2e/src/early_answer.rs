//! Sends a request whose answer may come before its body was read. A usual HTTP client that is still writing sees a
//! reset connection and may lose the answer; this one reads while it writes.

use anyhow::{Context, Result, ensure};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::{Answer, TIMEOUT};

/// Sends a POST and returns its answer, whether or not the server read the body. `headers` are whole lines, CRLF
/// included.
pub(crate) async fn post(base_url: &str, path: &str, headers: &str, body: &str) -> Result<Answer> {
    let authority = base_url.trim_start_matches("http://");
    let (mut reader, mut writer) = TcpStream::connect(authority).await?.into_split();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n{headers}\r\n",
        body.len()
    );
    let writing = async {
        writer.write_all(head.as_bytes()).await?;
        writer.write_all(body.as_bytes()).await
    };
    let mut bytes = Vec::new();
    let reading = reader.read_to_end(&mut bytes);
    // Either may end in a reset; what arrived before it counts.
    let _ = tokio::time::timeout(TIMEOUT, async { tokio::join!(writing, reading) }).await;
    parse(&String::from_utf8(bytes)?)
}

fn parse(text: &str) -> Result<Answer> {
    let (head, body) = text.split_once("\r\n\r\n").with_context(|| format!("no answer: {text:?}"))?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).context("no status")?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").with_context(|| format!("not a header: {line}"))?;
        headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    ensure!(!headers.contains_key("transfer-encoding"), "the answer is chunked: {headers:?}");
    Ok(Answer { status, headers, body: body.to_owned() })
}

//! Visitors who send malformed and extreme requests: no batch is refused, and no other visitor's click is lost.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use libtest_mimic::Trial;
use local_stack::StackOptions;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::shared::{System, on_own_stack};

/// One minute at fifty requests a second.
const HOSTILE: usize = 3_000;
/// Ordinary requests in between.
const ORDINARY: usize = 300;
const CONCURRENCY: usize = 8;

pub fn trials() -> Vec<Trial> {
    vec![on_own_stack("hostile_headers_lose_no_click", allow_listed, hostile_headers)]
}

fn allow_listed() -> StackOptions {
    StackOptions { client_address: Some("127.0.0.1".to_owned()), ..StackOptions::default() }
}

async fn hostile_headers(system: &System) -> Result<()> {
    let client = &system.client;
    let ordinary = client.create(json!({ "url": "https://example.com/ordinary" })).await?;
    let forwarding = json!({ "url": "https://example.com/", "forward_query": true, "forward_path": true });
    let attacked = client.create(forwarding).await?;
    let edge = system.stack.edge_url.trim_start_matches("http://");
    let visit = async |number: usize| {
        if number.is_multiple_of(HOSTILE / ORDINARY) {
            let answer = client.follow(&ordinary).await?;
            ensure!(answer.status == 302, "{answer:?}");
        }
        ask(edge, &request(number, &attacked.code)).await
    };
    let statuses: Vec<u16> =
        stream::iter(0..HOSTILE).map(visit).buffer_unordered(CONCURRENCY).try_collect().await?;
    let mut answers = BTreeMap::<u16, u64>::new();
    statuses.iter().for_each(|status| *answers.entry(*status).or_default() += 1);
    // 200 is the preview, which a trailing plus sign requests.
    let known = |status: &u16| matches!(status, 200 | 302 | 400 | 404 | 414 | 431);
    ensure!(answers.keys().all(known), "{answers:?}");
    // Invalid HTTP is refused before it counts as a visit; most of these requests are valid.
    let redirected = answers.get(&302).copied().unwrap_or_default();
    ensure!(redirected > HOSTILE as u64 / 2, "{answers:?}");

    client.wait_for_clicks(&ordinary, ORDINARY as u64).await?;
    client.wait_for_clicks(&attacked, redirected).await?;
    let accounting = client.api_get("/api/v1/pipeline").await?.json()?;
    let total = |field: &str| accounting.pointer(&format!("/total/{field}")).and_then(Value::as_u64);
    let all = Some(redirected + ORDINARY as u64);
    ensure!((total("produced"), total("stored")) == (all, all), "{accounting}");
    ensure!((total("missing"), total("dead_lettered")) == (Some(0), Some(0)), "{accounting}");
    let dropped = accounting.pointer("/total/dropped").and_then(Value::as_object);
    ensure!(dropped.is_some_and(|reasons| reasons.values().all(|clicks| *clicks == 0)), "{accounting}");
    reported_completely(system, &attacked.id, redirected).await
}

/// Every report of clicks shows them all.
async fn reported_completely(system: &System, link: &str, clicks: u64) -> Result<()> {
    let client = &system.client;
    let csv = client.api_get(&format!("/api/v1/links/{link}/clicks?format=csv")).await?;
    let rows = csv.body.matches("\r\n").count() as u64;
    ensure!(csv.status == 200 && rows == clicks + 1, "status {}, {rows} lines", csv.status);
    let page = client.api_get(&format!("/api/v1/links/{link}/clicks?limit=1000")).await?.json()?;
    ensure!(page.pointer("/data/999/time").is_some(), "{}", page.to_string().len());
    for group in ["referrer", "language", "browser", "class"] {
        let answer = client.api_get(&format!("/api/v1/links/{link}/stats?group_by={group}")).await?.json()?;
        let groups = answer.get("groups").and_then(Value::as_array);
        let counted: u64 = groups.into_iter().flatten().filter_map(|group| group["clicks"].as_u64()).sum();
        ensure!(counted == clicks, "{counted} by {group}: {answer}");
    }
    let orphans = client.api_get("/api/v1/orphans").await?;
    ensure!(orphans.status == 200 && orphans.json()?.pointer("/data/0/name").is_some(), "{orphans:?}");
    Ok(())
}

/// Returns the status, or 400 where the connection was closed without one. Does not wait for the edge to close it,
/// which takes seconds.
async fn ask(edge: &str, request: &[u8]) -> Result<u16> {
    let mut stream = TcpStream::connect(edge).await?;
    // The server may answer and close before it has read all of a long request.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await.unwrap_or_default() == 0 {
            break;
        }
    }
    let status = answer.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
    Ok(status.and_then(|status| str::from_utf8(status).ok()?.parse().ok()).unwrap_or(400))
}

fn request(number: usize, code: &str) -> Vec<u8> {
    let mut request = b"GET /".to_vec();
    // One in twenty names has no link.
    request.extend_from_slice(if number % 20 == 19 { b"no-such-link" } else { code.as_bytes() });
    if number.is_multiple_of(2) {
        request.extend(suffix(number / 2));
    }
    request.extend_from_slice(b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (place, header) in ["user-agent", "referer", "accept-language", "sec-purpose"].iter().enumerate() {
        // Each header takes each value, in changing combinations.
        let value = value(number / (place + 1) + place);
        // Without a value the header is left out.
        if !value.is_empty() {
            request.extend_from_slice(header.as_bytes());
            request.extend_from_slice(b": ");
            request.extend(value);
            request.extend_from_slice(b"\r\n");
        }
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// The header value with this number.
fn value(number: usize) -> Vec<u8> {
    const BYTES: usize = 256;
    match number % (BYTES + 24) {
        // Each byte, three times between ordinary ones, whether HTTP allows it or not.
        byte if byte < BYTES => match u8::try_from(byte) {
            Ok(byte) => [b"a".as_slice(), &[byte; 3], b"b"].concat(),
            Err(_) => Vec::new(),
        },
        256 => (0x80..=0xFF).collect(),
        257 => (0x80..=0xFF).rev().cycle().take(6_000).collect(),
        // Non-characters: U+FFFE, U+FFFF, U+FDD0, U+1FFFE, U+10FFFF.
        258 => "\u{fffe}\u{ffff}\u{fdd0}\u{1fffe}\u{10ffff}".repeat(100).into_bytes(),
        // Surrogates as CESU-8 writes them, alone and in pairs.
        259 => b"\xED\xA0\x80".repeat(200),
        260 => b"\xED\xB0\x80\xED\xA0\x80\xED\xBF\xBF".to_vec(),
        261 => b"\xED\xA0\xBD\xED\xB8\x80".to_vec(),
        // Overlong encodings of NUL, of a slash and of a quote; beyond U+10FFFF; truncated.
        262 => b"\xC0\x80\xE0\x80\x80\xF0\x80\x80\x80\xC0\xAF\xC0\xA2".to_vec(),
        263 => b"\xF4\x90\x80\x80\xF8\x88\x80\x80\x80\xFE\xFF".to_vec(),
        264 => b"a\xF0\x9F\x98".to_vec(),
        // A multi-byte character across each limit: 512 for user agents, 1,024 for referrers, 16 for languages.
        265 => [vec![b'a'; 511], "é".into()].concat(),
        266 => [vec![b'a'; 1_022], "😀".into()].concat(),
        267 => [vec![b'a'; 15], "é".into(), b";q=1".to_vec()].concat(),
        268 => "😀".repeat(2_000).into_bytes(),
        // Text with a meaning in JSON, SQL, CSV and logs.
        269 => br#"","clicks":[],"x":"\u0000\ud800\"#.to_vec(),
        270 => br"'; DROP TABLE clicks; -- \x00 \N {NULL,NULL}".to_vec(),
        271 => b"=cmd|' /C calc'!A0,\"\"\"".to_vec(),
        272 => b"\t\t \t".to_vec(),
        // Long lists.
        273 => b",;".repeat(4_000),
        274 => b"de;q=0.9,".repeat(1_500),
        275 => b"en;q=99999999999999999999999999999999999e999,*;q=-1".to_vec(),
        276 => b"prefetch;".repeat(1_500),
        // Long values.
        277 => vec![b'"'; 8_000],
        278 => vec![b'\\'; 14_000],
        _ => vec![0xFF; 15_000],
    }
}

/// What follows the link's name in the request target, by number.
fn suffix(number: usize) -> Vec<u8> {
    match number % 24 {
        0 => b"?q=%00%01%7F%FF".to_vec(),
        1 => b"?q=%ED%A0%80%EF%BF%BE%EF%BF%BF".to_vec(),
        2 => b"?q=%C0%80%F4%90%80%80".to_vec(),
        3 => b"?%".to_vec(),
        4 => b"?%zz%u0000&&&===".to_vec(),
        5 => [b"?q=".as_slice(), &(0x80..=0xFF).collect::<Vec<u8>>()].concat(),
        6 => [b"?q=".as_slice(), &[b'a'; 6_000]].concat(),
        7 => [b"?".as_slice(), &b"a=1&".repeat(1_500)].concat(),
        8 => "?q=\u{fffe}\u{ffff}".into(),
        9 => b"?q=\xED\xA0\x80".to_vec(),
        10 => b"/%2e%2e/%2E%2E/etc".to_vec(),
        11 => b"/%0d%0alocation:%20https://evil.example/".to_vec(),
        12 => b"?%0d%0aset-cookie:%20a=b".to_vec(),
        13 => b"/\xFF\xFE".to_vec(),
        14 => b"/%ff%fe%00".to_vec(),
        15 => [b"/".as_slice(), &b"a/".repeat(1_000)].concat(),
        16 => b"?q=\"'<>`{}|\\^".to_vec(),
        17 => b"?q=#fragment".to_vec(),
        18 => b"//evil.example/".to_vec(),
        19 => b"/\\evil.example".to_vec(),
        20 => b"?".to_vec(),
        21 => b"?=&=&=".to_vec(),
        22 => "?q=\u{10ffff}\u{202e}\u{feff}".into(),
        _ => b"+".to_vec(),
    }
}

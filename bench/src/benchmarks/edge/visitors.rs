//! The requests of the edge benchmark: visitors with many addresses and a browser's headers.

/// Enough addresses that none reaches the rate limit.
pub(crate) const VISITORS: u64 = 5_000;

const USER_AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
];
const REFERRERS: [&str; 3] =
    ["", "referer: https://www.example.org/\r\n", "referer: https://t.co/abcdefg\r\n"];

/// The raw request. workerd takes what Cloudflare would know about the visitor from a header.
pub(crate) fn request(host: &str, path: &str, visitor: u64) -> Vec<u8> {
    let visitor = visitor % VISITORS;
    let pick = |from: &'static [&'static str]| -> &'static str {
        let count = u64::try_from(from.len()).unwrap_or(1);
        usize::try_from(visitor % count).ok().and_then(|at| from.get(at)).copied().unwrap_or_default()
    };
    format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: {agent}\r\n\
         accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
         accept-language: de-DE,de;q=0.9,en;q=0.8\r\naccept-encoding: gzip, deflate, br, zstd\r\n{referrer}\
         cf-connecting-ip: 198.18.{high}.{low}\r\n{cf}: {{\"country\":\"DE\",\"asn\":3320,\"regionCode\":\"HE\",\"city\":\"Frankfurt\",\"colo\":\"FRA\"}}\r\n\r\n",
        agent = pick(&USER_AGENTS),
        referrer = pick(&REFERRERS),
        high = visitor / 250,
        low = visitor % 250 + 1,
        cf = local_stack::CF_BLOB_HEADER,
    )
    .into_bytes()
}

//! One redirect: for requests drawn from a grammar of host, path, tail, method, header and state of the link, the edge and the
//! origin send the same response, byte for byte but for tier, visitor and timing, and make the same clicks.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Client, eventually, send};
use libtest_mimic::Trial;
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::shared::{System, on_shared_stack};

const BRAND: &str = "conformance.example";
const BRAND_HOME: &str = "https://brand.example/";
/// Where a response came from, who asked, and when.
const MAY_DIFFER: [&str; 8] = [
    "connection",
    "content-length",
    "date",
    "server-timing",
    "transfer-encoding",
    "x-request-id",
    "x-shortline-cache",
    "keep-alive",
];
const TAILS: [&str; 22] = [
    "",
    "/",
    "+",
    ".",
    ")",
    "%20",
    "%E3%80%82",
    "!?a=b",
    "&a=b",
    "&a=b?c=d",
    "?a=b&own=2",
    "?to=b",
    "+?a=b",
    "/x/y",
    "/x/y?a=b",
    "/C++",
    "/x+",
    "//",
    "/%2e%2e/x",
    "?a=%0d%0a<script>",
    "+qr.svg",
    "%2Bqr.png?size=256",
];
const HOSTS: [&str; 4] = ["localhost", "LOCALHOST:80", BRAND, "unknown.example"];
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "GET", "OPTIONS", "DELETE", "PUT"];
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.5 Mobile/15E148 Safari/604.1";
/// The title of a link whose own preview is counted. A limited link's is not.
const COUNTED: &str = "Counted preview";
const HEADERS: [&[(&str, &str)]; 7] = [
    &[],
    &[
        ("user-agent", IPHONE),
        ("accept-language", "de-AT, en;q=0.5"),
        ("referer", "https://news.example/a?token=b#c"),
    ],
    &[("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")],
    &[("user-agent", "curl/8.5.0"), ("accept", "text/html"), ("accept-language", "*")],
    &[
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("sec-purpose", "prefetch"),
    ],
    &[("x-moz", "preview"), ("referer", "not a url"), ("accept-language", "pt-BR")],
    &[("user-agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)")],
];

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("edge_and_origin_answer_every_request_alike", alike),
        Trial::test("difference_between_edge_and_origin_is_found", || Ok(difference_is_found()?)),
    ]
}

/// Checks the comparison itself, without a stack.
fn difference_is_found() -> Result<()> {
    let answer = |status, headers: &[(&'static str, &'static str)], body: &str| Answer {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect(),
        body: body.to_owned(),
    };
    let own = answer(200, &[("vary", "accept"), ("date", "Tue")], "text");
    for (other, is_alike) in [
        (answer(200, &[("vary", "accept"), ("date", "Wed"), ("x-shortline-cache", "memory")], "text"), true),
        (answer(404, &[("vary", "accept")], "text"), false),
        (answer(200, &[("vary", "cookie")], "text"), false),
        (answer(200, &[], "text"), false),
        (answer(200, &[("vary", "accept"), ("x-other", "1")], "text"), false),
        (answer(200, &[("vary", "accept")], "other text"), false),
    ] {
        ensure!((comparable(&own) == comparable(&other)) == is_alike, "{own:?} {other:?}");
    }
    let differ = |edge: &[&str], origin: &[&str]| {
        let edge = edge.iter().map(|click| (true, (*click).to_owned()));
        let origin = origin.iter().map(|click| (false, (*click).to_owned()));
        made_by_one_side(edge.chain(origin).collect()).len()
    };
    ensure!(differ(&["a", "b", "a"], &["a", "a", "b"]) == 0);
    ensure!(differ(&["a", "a"], &["b", "b"]) == 2, "the same difference twice");
    ensure!(differ(&["a", "a", "a"], &["a"]) == 1);
    Ok(())
}

async fn alike(system: &System) -> Result<()> {
    let sides = Sides::new(system)?;
    let links = make_links(system).await?;
    let mut redirects = 0;
    let names = links.names.iter().map(String::as_str).chain([
        "/cf-none",
        "/",
        "/robots.txt",
        "/.well-known/assetlinks.json",
        "/rest/v3",
        "/cf%FF",
        "/@cf",
    ]);
    for (number, (name, tail)) in
        names.flat_map(|name| TAILS.iter().map(move |tail| (name, *tail))).enumerate()
    {
        let host = pick(&HOSTS, if number % 3 == 0 { number / 3 } else { 0 });
        let (method, headers) = (pick(&METHODS, number), pick(&HEADERS, number / 2));
        redirects += sides.compare(host, method, &format!("{name}{tail}"), headers, None).await?;
    }
    redirects += passwords(&sides).await?;
    clicks_are_alike(system, &links.ids, redirects).await
}

fn pick<T: Copy + Default>(of: &[T], number: usize) -> T {
    of.get(number % of.len()).copied().unwrap_or_default()
}

struct Sides {
    edge: Client,
    origin: Client,
}

impl Sides {
    fn new(system: &System) -> Result<Self> {
        let origin = system.stack.origin_urls.first().context("no origin")?;
        Ok(Self { edge: system.client.clone(), origin: Client::new(origin, &system.stack.admin_key)? })
    }

    /// How many clicks come of it, on both sides together.
    async fn compare(
        &self,
        host: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        form: Option<&str>,
    ) -> Result<u64> {
        // From one address that asks for many unknown names, the edge asks the origin for few pictures a second.
        let address = path.contains("qr.").then(|| picture_address(host, path));
        let address = address.as_deref().map(|address| ("cf-connecting-ip", address));
        let ask = async |client: &Client| {
            let mut request =
                client.request(Method::from_bytes(method.as_bytes())?, path).header("host", host);
            for (name, value) in headers.iter().copied().chain(address) {
                request = request.header(name, value);
            }
            if let Some(form) = form {
                request =
                    request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
            }
            send(request).await
        };
        let (mut edge, origin) = (ask(&self.edge).await?, ask(&self.origin).await?);
        // The edge could not ask the origin, as happens beside tests that keep the machine busy: it may not know that a link has
        // no clicks left. After many unknown names it did not ask, and its replica has no picture.
        let is_unasked = |edge: &Answer| match edge.tier() {
            "stale" => !is_click(edge),
            "negative" => edge.status != origin.status,
            _ => false,
        };
        if is_unasked(&edge) {
            eventually("the edge asks the origin again", async || {
                edge = ask(&self.edge).await?;
                Ok(!is_unasked(&edge))
            })
            .await?;
        }
        let what =
            || format!("{method} {host} {path} {headers:?} {form:?}\nedge:   {edge:?}\norigin: {origin:?}");
        ensure!(comparable(&edge) == comparable(&origin), "{}", what());
        Ok(if is_click(&edge) { 2 } else { 0 })
    }
}

/// An address of its own for each picture.
fn picture_address(host: &str, path: &str) -> String {
    let sum = host
        .bytes()
        .chain(path.bytes())
        .fold(0_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let [high, low] = sum.to_be_bytes();
    format!("100.64.{high}.{low}")
}

fn comparable(answer: &Answer) -> (u16, BTreeMap<String, String>, &str) {
    let headers = answer.headers.iter().filter(|(name, _)| !MAY_DIFFER.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        // The end of a cookie is a moment, and its mark depends on it.
        let value = match value.split_once("; ") {
            Some((_, attributes)) if name == "set-cookie" => attributes.to_owned(),
            _ => value,
        };
        (name.to_string(), value)
    });
    (answer.status, headers.collect(), &answer.body)
}

fn is_click(answer: &Answer) -> bool {
    // Where the brand leads visitors without a link.
    let is_domains_own = |url: &str| url == BRAND_HOME || url.contains("?from=");
    answer.header("location").is_some_and(|url| !is_domains_own(url))
        || answer.body.contains("<title>Link unlocked</title>")
        || answer.body.contains(&format!("<title>{COUNTED}</title>"))
}

struct Links {
    names: Vec<String>,
    ids: Vec<String>,
}

async fn make_links(system: &System) -> Result<Links> {
    let client = &system.client;
    let created = client.api_post("/api/v1/domains", &json!({ "host": BRAND })).await?;
    ensure!(created.status == 201, "{created:?}");
    let settings = json!({
        "home_url": BRAND_HOME, "not_found_url": "https://brand.example/{path}?from={path}", "name": "Brand & Co.",
        "color": "1d4ed8", "expired_url": "https://brand.example/over", "assetlinks": [{ "relation": [] }],
    });
    let change = client.request(Method::PATCH, &format!("/api/v1/domains/{BRAND}"));
    let changed = send(change.bearer_auth(&system.stack.admin_key).json(&settings)).await?;
    ensure!(changed.status == 200, "{changed:?}");
    let soon = "SELECT to_char(now() AT TIME ZONE 'UTC' + interval '3 s', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
    let soon: String = sqlx::query_scalar(soon).fetch_one(&system.analytics).await?;
    let url = "https://example.com/base?own=1#part";
    let rule = |condition: Value| json!([{ "if": condition, "url": "https://example.com/rule" }]);
    let split = json!([{ "split": [{ "weight": 1, "url": "https://example.com/a" }, { "weight": 1, "url": "https://example.com/b" }] }]);
    let bodies = [
        ("cf-plain", json!({})),
        ("cf-disabled", json!({ "state": "disabled" })),
        ("cf-scheduled", json!({ "starts_at": "2099-01-01T00:00:00Z" })),
        ("cf-expired", json!({ "expires_at": soon })),
        ("cf-expired-url", json!({ "expires_at": soon, "expired_url": "https://example.com/over" })),
        ("cf-limited", json!({ "max_clicks": 50_000 })),
        ("cf-exhausted", json!({ "max_clicks": 1 })),
        ("cf-password", json!({ "password": "correct horse" })),
        ("cf-301", json!({ "status": 301 })),
        ("cf-307", json!({ "status": 307, "forward_query": true })),
        ("cf-308", json!({ "status": 308, "max_clicks": 50_000 })),
        ("cf-path", json!({ "forward_path": true })),
        ("cf-query", json!({ "forward_query": true })),
        ("cf-both", json!({ "forward_path": true, "forward_query": true })),
        ("cf-both/deeper", json!({ "forward_query": true })),
        ("cf-rule-query", json!({ "rules": rule(json!({ "query": { "to": ["b"] } })) })),
        ("cf-rule-language", json!({ "rules": rule(json!({ "language": ["de"] })) })),
        ("cf-rule-device", json!({ "rules": rule(json!({ "device": ["mobile"] })) })),
        ("cf-rule-time", json!({ "rules": rule(json!({ "after": "2020-01-01T00:00:00Z" })) })),
        ("cf-split", json!({ "rules": split })),
        ("cf-preview", json!({ "preview": { "title": COUNTED, "image": "https://example.com/a.png" } })),
        ("cf-preview-limited", json!({ "preview": { "title": "Limited" }, "max_clicks": 50_000 })),
        (
            "cf-brand-preview",
            json!({ "domain": BRAND, "preview": { "description": "<b>" }, "max_clicks": 50_000 }),
        ),
        ("cf-grüße", json!({})),
        ("cf-dot.", json!({})),
        ("cf-deleted", json!({})),
        ("cf-brand", json!({ "domain": BRAND, "forward_path": true })),
        ("cf-brand-locked", json!({ "domain": BRAND, "password": "correct horse" })),
        ("cf-brand-limited", json!({ "domain": BRAND, "max_clicks": 50_000 })),
    ];
    let (mut names, mut ids, mut exhausted) = (Vec::new(), Vec::new(), None);
    for (alias, mut body) in bodies {
        let settings = body.as_object_mut().context("not an object")?;
        settings.extend([("url".to_owned(), url.into()), ("alias".to_owned(), alias.into())]);
        let link = client.create(body).await.with_context(|| alias.to_owned())?;
        if alias == "cf-deleted" {
            let deleted = client.request(Method::DELETE, &format!("/api/v1/links/{}", link.id));
            ensure!(send(deleted.bearer_auth(&system.stack.admin_key)).await?.status == 204);
        }
        names.push(format!("/{alias}"));
        if alias == "cf-exhausted" {
            exhausted = Some(link);
        } else {
            ids.push(link.id);
        }
    }
    ensure!(client.get("/cf-exhausted").await?.status == 302, "the only click of a link: {exhausted:?}");
    // Which the edge's schedule publishes; until then the gate takes a HEAD for a machine's.
    eventually("the edge knows that the link is exhausted", async || {
        system.stack.edge.run_schedule().await?;
        Ok(send(client.request(Method::HEAD, "/cf-exhausted")).await?.status == 410)
    })
    .await?;
    // By the API: a visit before the end would be a click.
    let expired = "/api/v1/links?state=expired&search=cf-expired";
    eventually("the links have expired", async || {
        let found = client.api_get(expired).await?.json()?;
        Ok(found.pointer("/data").and_then(Value::as_array).is_some_and(|links| links.len() == 2))
    })
    .await?;
    Ok(Links { names, ids })
}

/// A cookie that one side made opens the link at the other.
async fn passwords(sides: &Sides) -> Result<u64> {
    let page: &[(&str, &str)] = &[("accept", "text/html"), ("user-agent", "curl/8.5.0")];
    let mut clicks = 0;
    for (headers, form) in [
        (&[][..], "password=wrong"),
        (&[], "pass=word"),
        (&[], "password=correct+horse"),
        (page, "password=correct+horse"),
        (page, "password=correct%20horse&password=other"),
    ] {
        clicks += sides.compare("localhost", "POST", "/cf-password", headers, Some(form)).await?;
    }
    for maker in [&sides.edge, &sides.origin] {
        let form = maker.request(Method::POST, "/cf-password").header("host", "localhost");
        let opened = send(form.body("password=correct+horse")).await?;
        let cookie =
            opened.header("set-cookie").and_then(|cookie| cookie.split(';').next()).context("no cookie")?;
        for method in ["GET", "POST", "HEAD"] {
            let headers = [("cookie", cookie)];
            let made =
                sides.compare("localhost", method, "/cf-password", &headers, Some("password=wrong")).await?;
            ensure!(made == 2, "{method} with a cookie of {opened:?}");
            clicks += made;
        }
    }
    // One by each maker itself: the same on both sides.
    Ok(clicks + 2)
}

async fn clicks_are_alike(system: &System, ids: &[String], expected: u64) -> Result<()> {
    let mut stored = 0;
    eventually("all clicks are stored", async || {
        let count =
            sqlx::query_scalar::<_, i64>("SELECT count(*) FROM clicks WHERE link_id = ANY($1::uuid[])");
        stored = u64::try_from(count.bind(ids).fetch_one(&system.analytics).await?)?;
        Ok(stored >= expected)
    })
    .await
    .with_context(|| format!("of {expected} clicks"))?;
    ensure!(stored == expected, "{stored} clicks are stored of {expected}");
    // The edge's request ids begin like their isolate's producer.
    let clicks: Vec<(bool, String)> = sqlx::query_as(
        "SELECT starts_with(request, left(replace(producer::text, '-', ''), 12) || '-'),
                ROW(link_id, status, head, agent, referrer, language, destination, domain, purpose, class)::text
         FROM clicks WHERE link_id = ANY($1::uuid[])",
    )
    .bind(ids)
    .fetch_all(&system.analytics)
    .await?;
    let odd = made_by_one_side(clicks);
    ensure!(odd.is_empty(), "one side made more of these clicks than the other: {odd:#?}");
    Ok(())
}

/// The clicks that one side made more often than the other, with how much more often the edge did. The flag tells the edge's.
fn made_by_one_side(clicks: Vec<(bool, String)>) -> Vec<(String, i64)> {
    let mut more_at_edge: BTreeMap<String, i64> = BTreeMap::new();
    for (is_edge, click) in clicks {
        *more_at_edge.entry(click).or_default() += if is_edge { 1 } else { -1 };
    }
    more_at_edge.into_iter().filter(|(_, more)| *more != 0).collect()
}

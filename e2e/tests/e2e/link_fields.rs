//! What a link shows its visitors: each field is set, read back, seen at the edge, cleared by null, and refused when wrong.

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Link, eventually, send};
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::{System, on_shared_stack};

const PUBLISHED: Option<&str> = Some("published; within=1");
const SLACKBOT: &str = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.5 Mobile/15E148 Safari/604.1";
const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("each_field_of_a_link_is_seen_at_the_edge", fields),
        on_shared_stack("only_previews_get_a_links_own_preview", own_preview),
        on_shared_stack("app_link_opens_the_app_on_its_system_only", app_link),
    ]
}

struct Field {
    name: &'static str,
    /// As the API shows it.
    set: Value,
    wrong: Value,
    /// What the problem names.
    wrong_part: &'static str,
    is_seen: fn(&Answer) -> bool,
}

fn table() -> Vec<Field> {
    let preview = |title: Value, description: Value, image: Value| json!({ "title": title, "description": description, "image": image });
    vec![
        Field {
            name: "preview",
            set: preview(json!("Söhne & Töchter"), Value::Null, Value::Null),
            wrong: json!({ "title": "x".repeat(201) }),
            wrong_part: "preview.title",
            is_seen: |answer| {
                answer.body.contains("<meta property=\"og:title\" content=\"Söhne &amp; Töchter\">")
            },
        },
        Field {
            name: "preview",
            set: preview(Value::Null, json!("\"><script>"), Value::Null),
            wrong: json!({ "description": ["text"] }),
            wrong_part: "preview.description",
            is_seen: |answer| answer.body.contains("content=\"&quot;&gt;&lt;script&gt;\""),
        },
        Field {
            name: "preview",
            set: preview(Value::Null, Value::Null, json!("https://example.com/a.png?b=1&c=2")),
            wrong: json!({ "image": "http://example.com/a.png" }),
            wrong_part: "preview.image",
            is_seen: |answer| answer.body.contains("content=\"https://example.com/a.png?b=1&amp;c=2\""),
        },
    ]
}

async fn fields(system: &System) -> Result<()> {
    let link = system.client.create(json!({ "url": "https://example.com/", "alias": "lf-table" })).await?;
    for field in table() {
        one(system, &link, &field).await.with_context(|| format!("{} {}", field.name, field.set))?;
    }
    Ok(())
}

async fn one(
    system: &System,
    link: &Link,
    Field { name, set, wrong, wrong_part, is_seen }: &Field,
) -> Result<()> {
    let visit = async || visit_as(system, link, SLACKBOT).await;
    ensure!(!is_seen(&visit().await?), "seen before it is set");
    let changed = change(system, link, &json!({ *name: set })).await?;
    ensure!((changed.status, changed.header("shortline-propagation")) == (200, PUBLISHED), "{changed:?}");
    ensure!(changed.json()?.get(name) == Some(set), "{changed:?}");
    let read = system.client.api_get(&path(link)).await?;
    ensure!(read.json()?.get(name) == Some(set), "{read:?}");
    eventually("the field is seen", async || Ok(is_seen(&visit().await?))).await?;
    let refused = change(system, link, &json!({ *name: wrong })).await?;
    let named = refused.json()?.pointer("/errors/0/field").cloned();
    ensure!((refused.status, named) == (422, Some(json!(wrong_part))), "{refused:?}");
    ensure!(is_seen(&visit().await?), "a refused change has no effect");
    let cleared = change(system, link, &json!({ *name: null })).await?;
    ensure!((cleared.status, cleared.header("shortline-propagation")) == (200, PUBLISHED), "{cleared:?}");
    ensure!(cleared.json()?.get(name) == Some(&Value::Null), "{cleared:?}");
    eventually("the field is no longer seen", async || Ok(!is_seen(&visit().await?))).await
}

/// A preview is counted as such, whatever it gets.
async fn own_preview(system: &System) -> Result<()> {
    let preview = json!({ "title": "Own title", "image": "https://example.com/own.png" });
    let link = system.client.create(json!({ "url": "https://example.com/", "preview": preview })).await?;
    for (user_agent, status) in
        [(BROWSER, 302), (GOOGLEBOT, 302), ("curl/8.5.0", 302), (SLACKBOT, 200), ("", 302)]
    {
        let answer = visit_as(system, &link, user_agent).await?;
        ensure!(answer.status == status, "{user_agent}: {answer:?}");
        ensure!(answer.header("location").is_some() == (status == 302), "{user_agent}: {answer:?}");
    }
    let page = visit_as(system, &link, SLACKBOT).await?;
    let policy = page.header("content-security-policy").unwrap_or_default();
    ensure!(policy.starts_with("default-src 'none'") && !page.body.contains("example.com/\""), "{page:?}");
    ensure!(page.header("cache-control") == Some("private, no-store"), "{page:?}");
    let limited = json!({ "url": "https://example.com/", "preview": preview, "max_clicks": 1 });
    let limited = system.client.create(limited).await?;
    for _ in 0..3 {
        let answer = visit_as(system, &limited, SLACKBOT).await?;
        ensure!(answer.status == 200 && answer.body.contains("og:image"), "{answer:?}");
    }
    ensure!(visit_as(system, &limited, BROWSER).await?.status == 302, "previews use no click");
    system.client.wait_for_clicks(&link, 6).await?;
    let stats = system.client.api_get(&format!("{}/stats?class=preview", path(&link))).await?;
    ensure!(stats.json()?.get("total") == Some(&json!(2)), "{stats:?}");
    Ok(())
}

/// Everybody else gets the page.
async fn app_link(system: &System) -> Result<()> {
    let body = json!({ "url": "https://example.com/", "alias": "lf-app", "forward_query": true });
    let link = system.client.create(body).await?;
    let rules = json!([{ "if": { "os": ["ios"] }, "url": "tel:+49%20123" }]);
    let seen = async |user_agent: &str, method: Method, path: &str| -> Result<Option<String>> {
        let request = system.client.request(method, &format!("/{}{path}", link.code));
        let answer = send(request.header("user-agent", user_agent)).await?;
        Ok(answer.header("location").map(str::to_owned))
    };
    let changed = change(system, &link, &json!({ "rules": rules })).await?;
    ensure!((changed.status, changed.header("shortline-propagation")) == (200, PUBLISHED), "{changed:?}");
    let read = system.client.api_get(&path(&link)).await?;
    ensure!(read.json()?.get("rules") == Some(&rules), "{read:?}");
    eventually("an iPhone calls", async || {
        Ok(seen(IPHONE, Method::GET, "?a=1").await?.as_deref() == Some("tel:+49%20123"))
    })
    .await?;
    ensure!(seen(IPHONE, Method::HEAD, "").await?.as_deref() == Some("tel:+49%20123"), "HEAD is alike");
    for user_agent in [BROWSER, SLACKBOT, ""] {
        let location = seen(user_agent, Method::GET, "?a=1").await?;
        ensure!(location.as_deref() == Some("https://example.com/?a=1"), "{user_agent}: {location:?}");
    }
    let request = system.client.request(Method::GET, &format!("/{}+", link.code));
    let preview = send(request.header("user-agent", IPHONE)).await?;
    ensure!(preview.status == 200 && preview.body.contains("href=\"tel:+49%20123\""), "{preview:?}");
    for (rule, part) in [
        (json!({ "if": { "os": "ios" }, "url": "javascript:alert(1)" }), "not javascript:"),
        (json!({ "if": { "os": "ios" }, "url": "facetime:1" }), "or tel:, not facetime:"),
        (json!({ "if": { "device": "mobile" }, "url": "tel:1" }), "if.os"),
    ] {
        let refused = change(system, &link, &json!({ "rules": [rule] })).await?;
        let error = refused.json()?.pointer("/errors/0").cloned().unwrap_or_default();
        ensure!(error.get("field") == Some(&json!("rules[0].url")), "{refused:?}");
        ensure!(
            error.get("detail").and_then(Value::as_str).is_some_and(|text| text.contains(part)),
            "{error}"
        );
    }
    let cleared = change(system, &link, &json!({ "rules": null })).await?;
    ensure!((cleared.status, cleared.header("shortline-propagation")) == (200, PUBLISHED), "{cleared:?}");
    eventually("an iPhone gets the page", async || {
        Ok(seen(IPHONE, Method::GET, "").await?.as_deref() == Some("https://example.com/"))
    })
    .await
}

async fn visit_as(system: &System, link: &Link, user_agent: &str) -> Result<Answer> {
    let request = system.client.request(Method::GET, &format!("/{}", link.code));
    send(request.header("user-agent", user_agent)).await
}

async fn change(system: &System, link: &Link, patch: &Value) -> Result<Answer> {
    let request = system.client.request(Method::PATCH, &path(link)).bearer_auth(&system.stack.admin_key);
    send(request.json(patch)).await
}

fn path(link: &Link) -> String {
    format!("/api/v1/links/{}", link.id)
}

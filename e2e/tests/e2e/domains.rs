//! What a domain shows its visitors: each setting is set, read back, seen at the edge, cleared by null, and refused when wrong.

use anyhow::{Context, Result, ensure};
use e2e::{Answer, eventually, send};
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::{System, on_shared_stack};

const BRAND: &str = "table.example";
const DOMAIN: &str = "/api/v1/domains/table.example";
/// One pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOQ9bsBAAHPAURf8l/aAAAAAElFTkSuQmCC";
const PUBLISHED: Option<&str> = Some("published; within=1");

pub fn trials() -> Vec<Trial> {
    vec![on_shared_stack("each_setting_of_a_domain_is_seen_at_the_edge", settings)]
}

struct Setting {
    field: &'static str,
    sent: Value,
    default: Value,
    wrong: Value,
    /// Where a visitor sees it.
    path: &'static str,
    is_seen: fn(&Answer) -> bool,
}

fn leads_to(answer: &Answer, url: &str) -> bool {
    (answer.status, answer.header("location")) == (302, Some(url))
}

fn table() -> Vec<Setting> {
    let text = |field, path, sent: &str, wrong: Value, is_seen: fn(&Answer) -> bool| Setting {
        field,
        sent: sent.into(),
        default: Value::Null,
        wrong,
        path,
        is_seen,
    };
    vec![
        text("home_url", "/", "https://brand.example/", json!("https://localhost/"), |answer| {
            leads_to(answer, "https://brand.example/")
        }),
        text(
            "not_found_url",
            "/a/b",
            "https://brand.example/?from={path}",
            json!("https://{path}/"),
            |answer| leads_to(answer, "https://brand.example/?from=a/b"),
        ),
        text("expired_url", "/dm-expired", "https://brand.example/over", json!(7), |answer| {
            leads_to(answer, "https://brand.example/over")
        }),
        Setting {
            field: "robots",
            sent: json!("disallow"),
            default: json!("allow"),
            wrong: json!("maybe"),
            path: "/robots.txt",
            is_seen: |answer| answer.body == "User-agent: *\nDisallow: /\n",
        },
        Setting {
            field: "ignore_case",
            sent: json!(true),
            default: json!(false),
            wrong: json!("yes"),
            path: "/DM-Sale",
            is_seen: |answer| leads_to(answer, "https://example.com/sale"),
        },
        text("name", "/dm-locked", "Brand & Töchter", json!("x".repeat(61)), |answer| {
            answer.status == 403 && answer.body.contains("Brand &amp; Töchter")
        }),
        text("color", "/dm-locked+", "1d4ed8", json!("#12345"), |answer| {
            answer.body.contains("fill=\"#1d4ed8\"")
        }),
        Setting {
            field: "apple_app_site_association",
            sent: json!({"applinks": {"details": []}}),
            default: Value::Null,
            wrong: json!("{}"),
            path: "/.well-known/apple-app-site-association",
            is_seen: |answer| {
                answer.header("content-type") == Some("application/json")
                    && answer.body == r#"{"applinks":{"details":[]}}"#
            },
        },
        Setting {
            field: "assetlinks",
            sent: json!([{"relation": ["delegate_permission/common.handle_all_urls"]}]),
            default: Value::Null,
            wrong: json!({}),
            path: "/.well-known/assetlinks.json",
            is_seen: |answer| answer.status == 200 && answer.body.starts_with("[{\"relation\""),
        },
    ]
}

async fn settings(system: &System) -> Result<()> {
    let client = &system.client;
    let added = client.api_post("/api/v1/domains", &json!({ "host": BRAND })).await?;
    ensure!(added.status == 201, "{added:?}");
    let expired = json!({ "url": "https://example.com/", "domain": BRAND, "alias": "dm-expired", "expires_at": soon(system).await? });
    client.create(expired).await?;
    let locked =
        json!({ "url": "https://example.com/", "domain": BRAND, "alias": "dm-locked", "password": "secret" });
    client.create(locked).await?;
    client.create(json!({ "url": "https://example.com/sale", "domain": BRAND, "alias": "dm-SALE" })).await?;
    let visit = async |path: &str| send(client.request(Method::GET, path).header("host", BRAND)).await;
    eventually("the link has expired", async || Ok(visit("/dm-expired").await?.status == 410)).await?;
    for setting in table() {
        one(system, &setting, &visit).await.with_context(|| setting.field)?;
    }
    german_pages(&visit, system).await?;
    logo(&visit, system).await.context("logo")?;
    qr_pictures(&visit, system).await.context("QR pictures")
}

async fn one(
    system: &System,
    Setting { field, sent, default, wrong, path, is_seen }: &Setting,
    visit: &impl AsyncFn(&str) -> Result<Answer>,
) -> Result<()> {
    ensure!(!is_seen(&visit(path).await?), "seen before it is set");
    let set = change(system, &json!({ *field: sent })).await?;
    ensure!((set.status, set.header("shortline-propagation")) == (200, PUBLISHED), "{set:?}");
    ensure!(set.json()?.get(field) == Some(sent), "{set:?}");
    let read = system.client.api_get(DOMAIN).await?;
    ensure!(read.json()?.get(field) == Some(sent), "{read:?}");
    eventually("the setting is seen", async || Ok(is_seen(&visit(path).await?))).await?;
    let refused = change(system, &json!({ *field: wrong })).await?;
    let named = refused.json()?.pointer("/errors/0/field").cloned();
    ensure!((refused.status, named) == (422, Some(json!(field))), "{refused:?}");
    ensure!(is_seen(&visit(path).await?), "a refused change has no effect");
    let cleared = change(system, &json!({ *field: null })).await?;
    ensure!((cleared.status, cleared.header("shortline-propagation")) == (200, PUBLISHED), "{cleared:?}");
    ensure!(cleared.json()?.get(field) == Some(default), "{cleared:?}");
    eventually("the setting is no longer seen", async || Ok(!is_seen(&visit(path).await?))).await
}

/// It is sent as base64 and served as a picture, which pages load.
async fn logo(visit: &impl AsyncFn(&str) -> Result<Answer>, system: &System) -> Result<()> {
    let set = change(system, &json!({ "logo": PNG })).await?;
    ensure!((set.status, set.header("shortline-propagation")) == (200, PUBLISHED), "{set:?}");
    let shown = set.json()?;
    let url = shown.get("logo_url").and_then(Value::as_str).context("no logo_url")?;
    let (_, path) = url.split_once(BRAND).context("a URL of the domain")?;
    let image = format!("src=\"{path}\"");
    eventually("the page loads the logo", async || Ok(visit("/dm-locked").await?.body.contains(&image)))
        .await?;
    let page = visit("/dm-locked").await?;
    let policy = page.header("content-security-policy").unwrap_or_default();
    ensure!(policy.contains("img-src 'self'"), "{page:?}");
    // From the origin and from a copy.
    for _ in 0..2 {
        let picture = system.client.request(Method::GET, path).header("host", BRAND).send().await?;
        let kind = picture.headers().get("content-type").cloned();
        let bytes = picture.bytes().await?;
        ensure!(
            kind.is_some_and(|kind| kind == "image/png") && bytes.starts_with(b"\x89PNG\r\n"),
            "{bytes:?}"
        );
    }
    let refused = change(system, &json!({ "logo": "PHN2Zy8+" })).await?;
    ensure!(refused.status == 422, "{refused:?}");
    let cleared = change(system, &json!({ "logo": null })).await?;
    ensure!(cleared.json()?.get("logo_url") == Some(&Value::Null), "{cleared:?}");
    eventually("the logo is gone", async || Ok(visit(path).await?.status == 404)).await?;
    ensure!(!visit("/dm-locked").await?.body.contains("<img"), "pages load no logo");
    Ok(())
}

/// A page shows it without a key, from a copy that goes with the domain's style and with its link.
async fn qr_pictures(visit: &impl AsyncFn(&str) -> Result<Answer>, system: &System) -> Result<()> {
    let link = json!({ "url": "https://example.com/", "domain": BRAND, "alias": "dm/printed" });
    let link = system.client.create(link).await?;
    let (svg, png) = ("/dm/printed+qr.svg", "/dm/printed+qr.png?size=256");
    for (path, kind) in [(svg, "image/svg+xml"), (png, "image/png")] {
        let picture = visit(path).await?;
        ensure!((picture.status, picture.header("content-type")) == (200, Some(kind)), "{picture:?}");
        ensure!(picture.header("cross-origin-resource-policy") == Some("cross-origin"), "{picture:?}");
        let copy = visit(path).await?;
        ensure!(matches!(copy.tier(), "memory" | "colo") && copy.body == picture.body, "{copy:?}");
    }
    ensure!(visit(svg).await?.body.contains("fill=\"#000000\""));
    let set = change(system, &json!({ "qr_foreground": "00008b" })).await?;
    ensure!((set.status, set.header("shortline-propagation")) == (200, PUBLISHED), "{set:?}");
    eventually("the picture has the color", async || Ok(visit(svg).await?.body.contains("#00008b"))).await?;
    let refused = change(system, &json!({ "qr_foreground": "ffff00" })).await?;
    ensure!(refused.json()?.get("code") == Some(&json!("low_contrast")), "{refused:?}");
    ensure!(visit("/dm/none+qr.svg").await?.status == 404);
    let deleted = system.client.request(Method::DELETE, &format!("/api/v1/links/{}", link.id));
    ensure!(send(deleted.bearer_auth(&system.stack.admin_key)).await?.status == 204);
    eventually("the picture goes with its link", async || Ok(visit(svg).await?.status == 410)).await
}

async fn german_pages(visit: &impl AsyncFn(&str) -> Result<Answer>, system: &System) -> Result<()> {
    let german = async |path: &str| {
        let request = system.client.request(Method::GET, path).header("host", BRAND);
        send(request.header("accept-language", "de-DE, en;q=0.5")).await
    };
    for path in ["/", "/dm-none", "/dm-locked", "/dm-expired"] {
        let (page, english) = (german(path).await?, visit(path).await?);
        ensure!(page.body.contains("<html lang=\"de\">"), "{path}: {page:?}");
        ensure!(
            english.body.contains("<html lang=\"en\">") && english.status == page.status,
            "{path}: {english:?}"
        );
    }
    Ok(())
}

async fn change(system: &System, patch: &Value) -> Result<Answer> {
    let request = system.client.request(Method::PATCH, DOMAIN).bearer_auth(&system.stack.admin_key);
    send(request.json(patch)).await
}

/// A moment that the origin still takes for the future.
async fn soon(system: &System) -> Result<String> {
    let soon = "SELECT to_char(now() AT TIME ZONE 'UTC' + interval '2 s', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
    Ok(sqlx::query_scalar(soon).fetch_one(&system.analytics).await?)
}

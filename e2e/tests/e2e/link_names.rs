//! Links with several names, and names on a domain that ignores case: as published, at two edges and at the origin.

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Client, eventually, parse_link, send};
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared::{System, on_shared_stack};

const BRAND: &str = "names.example";
const PUBLISHED: Option<&str> = Some("published; within=1");
const DESTINATION: &str = "https://example.com/names";

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("each_name_of_a_link_is_seen_at_two_edges", several_names),
        on_shared_stack("case_is_ignored_where_the_domain_says_so", letter_case),
    ]
}

fn all_clients(system: &System) -> Result<[Client; 3]> {
    let origin = system.stack.origins.first().map(|origin| origin.url.clone()).unwrap_or_default();
    Ok([system.client.clone(), system.other_edge.clone(), Client::new(&origin, "")?])
}

/// `None` for a name on the default domain.
async fn visit(client: &Client, domain: Option<&str>, path: &str) -> Result<Answer> {
    let request = client.request(Method::GET, path);
    send(match domain {
        Some(domain) => request.header("host", domain),
        None => request,
    })
    .await
}

fn redirects(answer: &Answer) -> bool {
    (answer.status, answer.header("location")) == (302, Some(DESTINATION))
}

async fn published(system: &System, method: Method, path: &str, body: &Value) -> Result<Answer> {
    let request = system.client.request(method, path).bearer_auth(&system.stack.admin_key).json(body);
    let answer = send(request).await?;
    ensure!(answer.header("shortline-propagation") == PUBLISHED, "{answer:?}");
    Ok(answer)
}

/// At every edge and at the origin.
async fn seen_everywhere(
    system: &System,
    (domain, path): (Option<&str>, &str),
    is_seen: fn(&Answer) -> bool,
) -> Result<()> {
    for client in all_clients(system)? {
        let mut last = None;
        let seen = eventually("the name is as it should be", async || {
            let answer = visit(&client, domain, path).await?;
            let seen = is_seen(&answer);
            last = Some(answer);
            Ok(seen)
        });
        seen.await.with_context(|| format!("{path}: {last:?}"))?;
    }
    Ok(())
}

async fn several_names(system: &System) -> Result<()> {
    let client = &system.client;
    let domain = client.api_post("/api/v1/domains", &json!({ "host": "several.example" })).await?;
    ensure!(domain.status == 201, "{domain:?}");
    let other = Some("several.example");
    // Unknown names are cached too.
    for client in all_clients(system)? {
        ensure!(visit(&client, None, "/sn-two").await?.status == 404);
    }
    let body = json!({
        "url": DESTINATION, "alias": "sn-one",
        "aliases": [{"code": "sn-two"}, {"domain": "several.example", "code": "sn/Drei"}],
    });
    let created = published(system, Method::POST, "/api/v1/links", &body).await?;
    let link = parse_link(&created)?;
    for name in [(None, "/sn-one"), (None, "/sn-two"), (other, "/sn/Drei")] {
        seen_everywhere(system, name, redirects).await?;
    }
    let picture = visit(client, other, "/sn/Drei+qr.svg").await?;
    ensure!(picture.status == 200, "{picture:?}");

    let path = format!("/api/v1/links/{}", link.id);
    let kept = json!({ "alias": "sn-four", "aliases": [{"code": "sn-one"}] });
    published(system, Method::PATCH, &path, &kept).await?;
    for name in [(None, "/sn-four"), (None, "/sn-one")] {
        seen_everywhere(system, name, redirects).await?;
    }
    for name in [(None, "/sn-two"), (other, "/sn/Drei"), (other, "/sn/Drei+qr.svg")] {
        seen_everywhere(system, name, |answer| answer.status == 410).await?;
    }
    counts_once(system).await?;

    let taken = client.api_post("/api/v1/links", &json!({ "url": DESTINATION, "alias": "sn-one" })).await?;
    ensure!(taken.json()?.get("code") == Some(&json!("alias_taken")), "{taken:?}");
    published(system, Method::DELETE, &path, &Value::Null).await?;
    for name in [(None, "/sn-four"), (None, "/sn-one")] {
        seen_everywhere(system, name, |answer| answer.status == 410).await?;
    }
    published(system, Method::POST, &format!("{path}/restore"), &Value::Null).await?;
    for name in [(None, "/sn-four"), (None, "/sn-one")] {
        seen_everywhere(system, name, redirects).await?;
    }
    Ok(())
}

/// Visits of any name are clicks of the link.
async fn counts_once(system: &System) -> Result<()> {
    let body = json!({ "url": DESTINATION, "alias": "sn-five", "aliases": [{"code": "sn-six"}] });
    let link = system.client.create(body).await?;
    for path in ["/sn-five", "/sn-six", "/sn-six"] {
        ensure!(redirects(&system.client.get(path).await?));
    }
    system.client.wait_for_clicks(&link, 3).await
}

async fn letter_case(system: &System) -> Result<()> {
    let client = &system.client;
    let brand = Some(BRAND);
    let added = client.api_post("/api/v1/domains", &json!({ "host": BRAND })).await?;
    ensure!(added.status == 201, "{added:?}");
    let create = async |alias: &str| {
        let body = json!({ "url": DESTINATION, "domain": BRAND, "alias": alias });
        client.api_post("/api/v1/links", &body).await
    };
    for alias in ["lc/Sale", "Grüße", "Summer1"] {
        ensure!(create(alias).await?.status == 201, "{alias}");
    }
    let generated = client.create(json!({ "url": DESTINATION, "domain": BRAND })).await?;
    // Unknown as long as case counts.
    let others = ["/LC/SALE", "/lc/sale", "/GR%C3%9CSSE", "/SUMMER1", "/LC/SALE+qr.svg", "/lc/SALE."];
    for path in others {
        seen_everywhere(system, (brand, path), |answer| answer.status == 404).await?;
    }
    let domain = format!("/api/v1/domains/{BRAND}");
    published(system, Method::PATCH, &domain, &json!({ "ignore_case": true })).await?;
    for path in
        ["/LC/SALE", "/lc/sale", "/lc/Sale", "/GR%C3%9CSSE", "/Gr%C3%BC%C3%9Fe", "/SUMMER1", "/lc/SALE."]
    {
        seen_everywhere(system, (brand, path), redirects).await.context(path)?;
    }
    seen_everywhere(system, (brand, "/LC/SALE+qr.svg"), |answer| answer.status == 200).await?;
    let taken = create("LC/sale").await?;
    ensure!(taken.json()?.get("code") == Some(&json!("alias_taken")), "{taken:?}");

    // A generated code is exact, and does not wait for the domain.
    let swapped: String = generated
        .code
        .chars()
        .map(|letter| {
            if letter.is_ascii_lowercase() {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            }
        })
        .collect();
    ensure!(redirects(&visit(client, brand, &format!("/{}", generated.code)).await?));
    if swapped != generated.code {
        ensure!(visit(client, brand, &format!("/{swapped}")).await?.status == 404);
    }

    // A change is seen under every spelling.
    let sale = client.api_get(&format!("/api/v1/links?domain={BRAND}&code=LC/SALE")).await?;
    let id =
        sale.json()?.pointer("/data/0/id").and_then(Value::as_str).context("found in any case")?.to_owned();
    published(system, Method::PATCH, &format!("/api/v1/links/{id}"), &json!({ "state": "disabled" })).await?;
    for path in ["/LC/SALE", "/lc/sale", "/lc/Sale"] {
        seen_everywhere(system, (brand, path), |answer| answer.status == 410).await?;
    }
    published(system, Method::PATCH, &format!("/api/v1/links/{id}"), &json!({ "state": "active" })).await?;

    published(system, Method::PATCH, &domain, &json!({ "ignore_case": false })).await?;
    for path in others {
        seen_everywhere(system, (brand, path), |answer| matches!(answer.status, 404 | 410)).await?;
    }
    for path in ["/lc/Sale", "/Gr%C3%BC%C3%9Fe", "/Summer1"] {
        seen_everywhere(system, (brand, path), redirects).await.context(path)?;
    }
    Ok(())
}

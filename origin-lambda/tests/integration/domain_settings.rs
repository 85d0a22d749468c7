//! Tests of what a domain shows its visitors: set by `PATCH /domains/{host}`, published, resolved, and answered without the edge.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use origin_lambda::limits::PoolLimits;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, EDGE_SECRET, Origin, POOL};

const SETTINGS: &str = ".well-known%2Fshortline-domain";
const ASSETLINKS: &str = ".well-known%2Fassetlinks.json";

fn path(host: &str) -> String {
    format!("/api/v1/domains/{host}")
}

impl Origin {
    async fn change_domain(&self, host: &str, patch: Value) -> Answer {
        self.call(Method::PATCH, &path(host), patch).await
    }

    async fn resolve_on(&self, host: &str, name: &str) -> Value {
        let request = Request::get(format!("/internal/v1/links/{host}/{name}"));
        let request = request.header("x-shortline-edge-secret", EDGE_SECRET);
        self.send(request.body(Body::empty()).unwrap()).await.json()
    }

    async fn visit(&self, host: &str, path: &str, languages: &str) -> Answer {
        let request = Request::get(path).header("host", host).header("accept-language", languages);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn unconfirmed(&self) -> Value {
        let request = Request::get("/internal/v1/changes").header("x-shortline-edge-secret", EDGE_SECRET);
        self.send(request.body(Body::empty()).unwrap()).await.json()["changes"].clone()
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn each_setting_is_set_read_back_cleared_and_refused(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.call(Method::POST, "/api/v1/domains", json!({"host": "s.brand.example"})).await;
    let apps = json!({"applinks": {"details": [{"appIDs": ["A.b"], "components": [{"/": "/ü"}]}]}});
    for host in [DOMAIN, "s.brand.example"] {
        for (field, sent, shown, default, wrong) in [
            (
                "home_url",
                json!(" https://brand.example "),
                json!("https://brand.example/"),
                Value::Null,
                json!("ftp://a"),
            ),
            (
                "not_found_url",
                json!("https://brand.example/{path}"),
                json!("https://brand.example/{path}"),
                Value::Null,
                json!("https://{path}/"),
            ),
            (
                "expired_url",
                json!("https://brand.example/over"),
                json!("https://brand.example/over"),
                Value::Null,
                json!(""),
            ),
            ("robots", json!("disallow"), json!("disallow"), json!("allow"), json!(true)),
            ("ignore_case", json!(true), json!(true), json!(false), json!("true")),
            ("name", json!(" Brand ü "), json!("Brand ü"), Value::Null, json!("x".repeat(61))),
            ("color", json!("#1D4ED8"), json!("1d4ed8"), Value::Null, json!("blue")),
            ("qr_foreground", json!("#1D4ED8"), json!("1d4ed8"), Value::Null, json!("blue")),
            ("qr_background", json!("FFD700"), json!("ffd700"), Value::Null, json!(7)),
            ("apple_app_site_association", apps.clone(), apps.clone(), Value::Null, json!([])),
            ("assetlinks", json!([{"relation": []}]), json!([{"relation": []}]), Value::Null, json!(["a"])),
        ] {
            let set = origin.change_domain(host, json!({field: sent})).await;
            assert_eq!((set.status, &set.json()[field]), (StatusCode::OK, &shown), "{field}: {set:?}");
            assert_eq!(origin.get(&path(host)).await.json()[field], shown, "{field}");
            let refused = origin.change_domain(host, json!({field: wrong})).await;
            assert_eq!((refused.status.as_u16(), refused.invalid_fields()), (422, vec![field.to_owned()]));
            assert_eq!(origin.get(&path(host)).await.json()[field], shown, "{field} after a refusal");
            let cleared = origin.change_domain(host, json!({field: null})).await;
            assert_eq!(cleared.json()[field], default, "{field}: {cleared:?}");
        }
    }
    let unknown = origin.change_domain(DOMAIN, json!({"host": "a.example"})).await;
    unknown.assert_problem(422, "unknown_field");
    origin.change_domain("none.example", json!({})).await.assert_problem(404, "domain_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn change_of_a_domain_is_published_like_a_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    let patch = json!({"home_url": "https://brand.example/", "assetlinks": []});
    let (_, edge) = origin.call_through_edge(Method::PATCH, &path(DOMAIN), patch.clone()).await.parts();
    let changes = edge["changes"].as_array().unwrap();
    let names: Vec<_> = changes.iter().map(|change| change["code"].as_str().unwrap()).collect();
    assert_eq!(names, [".well-known/shortline-domain", ".well-known/assetlinks.json"]);
    assert_eq!(changes[0]["document"], "home_url=https%3A%2F%2Fbrand.example%2F");
    assert_eq!(origin.unconfirmed().await, edge["changes"]);
    for (name, change) in [SETTINGS, ASSETLINKS].into_iter().zip(changes) {
        let resolved = origin.resolve_on(DOMAIN, name).await;
        assert_eq!(
            (&resolved["revision"], &resolved["document"]),
            (&change["revision"], &change["document"])
        );
    }
    let confirmed: Vec<_> = changes
        .iter()
        .map(|change| json!({"domain": change["domain"], "code": change["code"], "revision": change["revision"]}))
        .collect();
    let confirm = Request::post("/internal/v1/changes/confirm")
        .header("x-shortline-edge-secret", EDGE_SECRET)
        .header("content-type", "application/json");
    origin.send(confirm.body(json!({"confirmed": confirmed}).to_string().into()).unwrap()).await;
    assert_eq!(origin.unconfirmed().await, json!([]));
    // The same again is no change.
    let same = origin.call_through_edge(Method::PATCH, &path(DOMAIN), patch).await;
    assert_eq!(same.header("x-shortline-client-bytes"), "", "{same:?}");
    let (_, cleared) =
        origin.call_through_edge(Method::PATCH, &path(DOMAIN), json!({"assetlinks": null})).await.parts();
    let tombstone = &cleared["changes"][0];
    assert!(
        tombstone["revision"].as_i64() > changes[1]["revision"].as_i64() && tombstone["document"].is_null()
    );
    assert_eq!(origin.resolve_on(DOMAIN, ASSETLINKS).await["revision"], tombstone["revision"]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn domain_without_settings_is_known_and_others_are_not(database: PgPool) {
    let origin = Origin::start(&database).await;
    let empty = json!({"outcome": "document", "revision": 0, "document": ""});
    assert_eq!(origin.resolve_on(DOMAIN, SETTINGS).await, empty);
    assert_eq!(origin.resolve_on(DOMAIN, ASSETLINKS).await, json!({"outcome": "deleted", "revision": 0}));
    assert_eq!(origin.resolve_on("other.example", SETTINGS).await, json!({"outcome": "not_found"}));
    // A patch that changes nothing leaves nothing behind, and needs one connection at a time.
    let pool = PoolLimits { max_connections: 1, acquire: Duration::from_secs(1), ..POOL };
    let small = Origin::builder(&database).links_pool(pool).start().await;
    assert_eq!(small.change_domain(DOMAIN, json!({})).await.status, StatusCode::OK);
    origin.change_domain(DOMAIN, json!({"robots": "allow"})).await;
    assert_eq!(origin.resolve_on(DOMAIN, SETTINGS).await, empty);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn removed_domain_takes_its_settings_along(database: PgPool) {
    let origin = Origin::start(&database).await;
    let host = "s.brand.example";
    let add = async || origin.call(Method::POST, "/api/v1/domains", json!({"host": host})).await;
    add().await;
    origin.change_domain(host, json!({"home_url": "https://brand.example/", "name": "Brand"})).await;
    let old = origin.resolve_on(host, SETTINGS).await["revision"].as_i64();
    let (_, edge) = origin.call_through_edge(Method::DELETE, &path(host), Value::Null).await.parts();
    assert!(edge["changes"][0]["revision"].as_i64() > old, "{edge}");
    assert_eq!(origin.resolve_on(host, SETTINGS).await, json!({"outcome": "not_found"}));
    assert_eq!(add().await.json()["home_url"], Value::Null);
    let again = origin.resolve_on(host, SETTINGS).await;
    assert_eq!((&again["document"], &again["revision"]), (&json!(""), &edge["changes"][0]["revision"]));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn domain_leads_to_no_own_or_blocked_host(database: PgPool) {
    let origin = Origin::start(&database).await;
    origin.call(Method::POST, "/api/v1/domains", json!({"host": "s.brand.example"})).await;
    origin
        .call(Method::POST, "/api/v1/blocked-hosts", json!({"host": "bad.example", "subdomains": true}))
        .await;
    for field in ["home_url", "not_found_url", "expired_url"] {
        for host in [DOMAIN, "www.s.brand.example", "a.bad.example", "localhost:8787"] {
            let answer = origin.change_domain(DOMAIN, json!({field: format!("https://{host}/x")})).await;
            answer.assert_problem(422, &format!("invalid_{field}"));
            assert_eq!(answer.invalid_fields(), [field], "{host}");
        }
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn only_an_administrator_changes_a_domain(database: PgPool) {
    let origin = Origin::start(&database).await;
    let editor = origin.create_key(json!({"name": "e", "role": "editor"})).await;
    let key = editor["key"].as_str().unwrap();
    origin
        .call_as(key, Method::PATCH, &path(DOMAIN), json!({"name": "x"}))
        .await
        .assert_problem(403, "forbidden");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn domain_answers_for_its_paths_without_the_edge(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://a.example/", "alias": "over"})).await;
    origin
        .create_link_with(json!({"url": "https://a.example/", "alias": "secret", "password": "pass word"}))
        .await;
    sqlx::query("UPDATE links SET expires_at = '2020-01-01' WHERE code = 'over'")
        .execute(&origin.links)
        .await
        .unwrap();
    let visit = async |path: &str| origin.visit(DOMAIN, path, "de").await;
    let home = visit("/").await;
    assert_eq!((home.status, home.header("location")), (StatusCode::OK, ""));
    assert!(String::from_utf8_lossy(&home.body).contains("href=\"/dashboard/\""), "{home:?}");
    assert_eq!(visit("/robots.txt").await.body, "User-agent: *\nDisallow: /api/\n");
    assert_eq!(visit("/.well-known/assetlinks.json").await.status, StatusCode::NOT_FOUND);
    assert_eq!(visit("/none").await.status, StatusCode::NOT_FOUND);
    assert_eq!(visit("/over").await.status, StatusCode::GONE);

    let patch = json!({
        "home_url": "https://brand.example/", "not_found_url": "https://brand.example/?from={path}",
        "expired_url": "https://brand.example/over", "robots": "disallow", "name": "Brand",
        "assetlinks": [{"a": 1}], "apple_app_site_association": {"b": 2},
    });
    assert_eq!(origin.change_domain(DOMAIN, patch).await.status, StatusCode::OK, "{link}");
    for (path, location) in [
        ("/", "https://brand.example/"),
        ("/none/x", "https://brand.example/?from=none/x"),
        ("/@ana", "https://brand.example/?from=@ana"),
        ("/over", "https://brand.example/over"),
    ] {
        let answer = visit(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, location), "{path}");
    }
    assert_eq!(visit("/favicon.ico").await.status, StatusCode::NOT_FOUND);
    assert_eq!(visit("/robots.txt").await.body, "User-agent: *\nDisallow: /\n");
    for (name, body) in [("assetlinks.json", "[{\"a\":1}]"), ("apple-app-site-association", "{\"b\":2}")] {
        let file = visit(&format!("/.well-known/{name}")).await;
        assert_eq!((file.header("content-type"), &file.body[..]), ("application/json", body.as_bytes()));
    }
    let page = visit("/secret").await;
    let html = String::from_utf8_lossy(&page.body);
    assert!(html.contains("<html lang=\"de\">") && html.contains(">Brand</div>"), "{html}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn logo_is_served_by_its_domain(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 2, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[200; 12]).unwrap();
    let text = STANDARD.encode(&png);
    for wrong in [json!("x"), json!(7), json!(STANDARD.encode("<svg/>")), json!(&text[..40])] {
        let refused = origin.change_domain(DOMAIN, json!({"logo": wrong})).await;
        refused.assert_problem(422, "invalid_logo");
    }
    let upload = json!({"logo": format!("data:image/png;base64,{text}")});
    let (domain, edge) = origin.call_through_edge(Method::PATCH, &path(DOMAIN), upload).await.parts();
    assert_eq!(edge["changes"].as_array().unwrap().len(), 2, "settings and picture: {edge}");
    let url = domain["logo_url"].as_str().unwrap();
    let target = url.strip_prefix("https://go.example.com").unwrap();
    let picture = origin.visit(DOMAIN, target, "").await;
    assert_eq!((picture.status, picture.header("content-type")), (StatusCode::OK, "image/png"));
    assert!(picture.body.starts_with(b"\x89PNG"), "{picture:?}");
    let page = origin.visit(DOMAIN, "/none", "").await;
    assert!(page.header("content-security-policy").contains("img-src 'self'"), "{page:?}");
    assert!(String::from_utf8_lossy(&page.body).contains(&format!("src=\"{target}\"")), "{page:?}");
    let cleared = origin.change_domain(DOMAIN, json!({"logo": null})).await;
    assert_eq!(cleared.json()["logo_url"], Value::Null);
    assert_eq!(origin.visit(DOMAIN, target, "").await.status, StatusCode::NOT_FOUND);
}

//! Tests of QR codes, over the API and without a key. A decoder reads what the origin draws; `src/links/qr/tests.rs` reads many more.

use std::io::Cursor;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, EDGE_SECRET, Origin, link_path};
use crate::redirects::visit_with;

/// One red pixel.
const LOGO: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOQ9bsBAAHPAURf8l/aAAAAAElFTkSuQmCC";

/// Width and height of a picture, and what a scanner reads from it.
fn scan(png: &[u8]) -> (u32, u32, String) {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let width = info.width as usize;
    let green = |x: usize, y: usize| bytes[(y * width + x) * 3 + 1];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, info.height as usize, green);
    (info.width, info.height, image.detect_grids()[0].decode().unwrap().1)
}

async fn patch_domain(origin: &Origin, patch: Value) -> Answer {
    origin.call(Method::PATCH, &format!("/api/v1/domains/{DOMAIN}"), patch).await
}

/// What the edge asks for.
async fn resolve_picture(origin: &Origin, name: &str) -> Value {
    let request = Request::get(format!("/internal/v1/links/{DOMAIN}/{name}"));
    let request = request.header("x-shortline-edge-secret", EDGE_SECRET);
    let answer = origin.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn qr_code_is_svg_or_png_of_the_requested_size(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let path = format!("{}/qr", link_path(&link));
    let svg = origin.get(&path).await;
    assert_eq!((svg.status.as_u16(), svg.header("content-type")), (200, "image/svg+xml"));
    assert!(svg.body.starts_with(b"<svg "));
    let url = link["short_url"].as_str().unwrap().to_owned();
    let styled = "foreground=1d4ed8&background=FFFFEE&margin=2&error_correction=Q";
    for (query, pixels) in [("size=300", 300), (styled, 512)] {
        let png = origin.get(&format!("{path}?format=png&{query}")).await;
        assert_eq!((png.status.as_u16(), png.header("content-type")), (200, "image/png"));
        assert_eq!(scan(&png.body), (pixels, pixels, url.clone()), "{query}");
    }
    let largest = origin.get(&format!("{path}?format=png&size=4096")).await;
    // PNG specification, section 11.2.1: the header comes first, with width and height.
    assert_eq!(largest.body[16..24], [0, 0, 16, 0, 0, 0, 16, 0]);
    origin
        .get("/api/v1/links/0198c0de-0000-7000-8000-000000000001/qr")
        .await
        .assert_problem(404, "link_not_found");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn wrong_parameter_of_a_qr_code_is_named(database: PgPool) {
    let origin = Origin::start(&database).await;
    let path = format!("{}/qr", link_path(&origin.create_link("https://example.com").await));
    for (query, code, field) in [
        ("format=gif", "invalid_format", "format"),
        ("size=0", "invalid_size", "size"),
        ("size=255", "invalid_size", "size"),
        ("size=4097", "invalid_size", "size"),
        ("size=big", "invalid_size", "size"),
        ("color=red", "unknown_parameter", "color"),
        ("foreground=red", "invalid_color", "foreground"),
        ("background=%23ffffff", "invalid_color", "background"),
        ("foreground=ffff00", "low_contrast", "foreground"),
        ("background=000000", "low_contrast", "background"),
        ("foreground=ffffff&background=000000", "low_contrast", "foreground"),
        ("margin=21", "invalid_margin", "margin"),
        ("margin=-1", "invalid_margin", "margin"),
        ("error_correction=h", "invalid_error_correction", "error_correction"),
        ("error_correction=L&logo=true", "invalid_error_correction", "error_correction"),
        ("logo=1", "invalid_logo", "logo"),
        ("logo=true", "invalid_logo", "logo"),
    ] {
        let answer = origin.get(&format!("{path}?{query}")).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), [field], "{query}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn qr_code_has_the_style_of_its_domain(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let path = format!("{}/qr", link_path(&link));
    for (patch, field) in [
        (json!({"qr_foreground": "ffff00"}), "qr_foreground"),
        (json!({"qr_background": "#000000"}), "qr_background"),
        (json!({"qr_foreground": "ffffff", "qr_background": "000000"}), "qr_foreground"),
    ] {
        let answer = patch_domain(&origin, patch).await;
        answer.assert_problem(422, "low_contrast");
        assert_eq!(answer.invalid_fields(), [field]);
    }
    let style = json!({"qr_foreground": "#00008B", "qr_background": "ffd700", "logo": LOGO});
    let answer = patch_domain(&origin, style).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        (&answer.json()["qr_foreground"], &answer.json()["qr_background"]),
        (&json!("00008b"), &json!("ffd700"))
    );
    let svg = String::from_utf8(origin.get(&path).await.body.to_vec()).unwrap();
    assert!(svg.contains("#00008b") && svg.contains("#ffd700") && !svg.contains("<image"), "{svg}");
    let svg =
        String::from_utf8(origin.get(&format!("{path}?logo=true&foreground=000000")).await.body.to_vec())
            .unwrap();
    assert!(svg.contains("#000000") && svg.contains("<image"), "{svg}");
    let png = origin.get(&format!("{path}?logo=true&format=png&size=1024&error_correction=H")).await;
    assert_eq!(scan(&png.body).2, link["short_url"].as_str().unwrap());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn picture_without_a_key_is_drawn_for_existing_links(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com", "alias": "sommer/grüße"})).await;
    let url = link["short_url"].as_str().unwrap();
    let path = "/sommer/gr%C3%BC%C3%9Fe+qr";
    for (size, pixels) in [("", 512), ("?size=1024", 1_024), ("?size=256", 256), ("?size=300", 512)] {
        let png = visit_with(&origin, Method::GET, &format!("{path}.png{size}"), &[]).await;
        assert_eq!((png.status.as_u16(), png.header("content-type")), (200, "image/png"), "{png:?}");
        assert_eq!(scan(&png.body), (pixels, pixels, url.to_owned()));
        assert_eq!(png.header("cache-control"), "public, max-age=300");
    }
    let svg = visit_with(&origin, Method::GET, &format!("{path}.svg"), &[]).await;
    assert!(svg.status == 200 && svg.body.starts_with(b"<svg "), "{svg:?}");
    let missing = visit_with(&origin, Method::GET, "/none+qr.png", &[]).await;
    assert_eq!(missing.status, 404);
    let posted = visit_with(&origin, Method::POST, &format!("{path}.png"), &[]).await;
    assert_eq!(posted.status, 405);
    origin.call(Method::DELETE, &link_path(&link), Value::Null).await;
    assert_eq!(visit_with(&origin, Method::GET, &format!("{path}.png"), &[]).await.status, 410);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn picture_is_as_new_as_its_link_and_its_style(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com", "alias": "a"})).await;
    let name = "a%2Bqr.svg.512";
    let drawn = resolve_picture(&origin, name).await;
    assert_eq!((&drawn["outcome"], &drawn["revision"]), (&json!("document"), &link["revision"]));
    patch_domain(&origin, json!({"qr_foreground": "00008b"})).await;
    let styled = resolve_picture(&origin, name).await;
    assert!(styled["revision"].as_i64() > drawn["revision"].as_i64(), "{styled}");
    assert!(styled["document"].as_str().unwrap().contains("#00008b"));
    patch_domain(&origin, json!({"qr_foreground": null})).await;
    let plain = resolve_picture(&origin, name).await;
    assert!(plain["revision"].as_i64() > styled["revision"].as_i64(), "{plain}");
    assert_eq!(plain["document"], drawn["document"]);
    assert_eq!(resolve_picture(&origin, "b%2Bqr.svg.512").await, json!({"outcome": "not_found"}));
    assert_eq!(resolve_picture(&origin, "a%2Bqr.svg.300").await, json!({"outcome": "not_found"}));
}

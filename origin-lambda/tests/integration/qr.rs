//! Tests of QR codes over the API. That a scanner reads them is tested in `src/qr.rs`.

use sqlx::PgPool;

use crate::harness::{Origin, link_path};

#[sqlx::test(migrator = "crate::LINKS")]
async fn qr_code_is_svg_or_png_of_the_requested_size(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let path = format!("{}/qr", link_path(&link));
    let svg = origin.get(&path).await;
    assert_eq!((svg.status.as_u16(), svg.header("content-type")), (200, "image/svg+xml"));
    assert!(svg.body.starts_with(b"<svg "));
    let png = origin.get(&format!("{path}?format=png&size=300")).await;
    assert_eq!((png.status.as_u16(), png.header("content-type")), (200, "image/png"));
    // PNG specification, section 11.2.1: the header comes first, with width and height.
    assert_eq!(png.body[16..24], [0, 0, 1, 44, 0, 0, 1, 44]);
    for (query, code, field) in [
        ("format=gif", "invalid_format", "format"),
        ("size=0", "invalid_size", "size"),
        ("size=255", "invalid_size", "size"),
        ("size=2049", "invalid_size", "size"),
        ("size=big", "invalid_size", "size"),
        ("color=red", "unknown_parameter", "color"),
    ] {
        let answer = origin.get(&format!("{path}?{query}")).await;
        answer.assert_problem(422, code);
        assert_eq!(answer.invalid_fields(), [field]);
    }
    origin
        .get("/api/v1/links/0198c0de-0000-7000-8000-000000000001/qr")
        .await
        .assert_problem(404, "link_not_found");
}

//! Tests of resolving names for the edge, and only for the edge.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, Method, Request, StatusCode};
use serde_json::json;
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, EDGE_SECRET, Origin, PREVIOUS_EDGE_SECRET, request};

#[sqlx::test(migrator = "crate::LINKS")]
async fn unknown_name_resolves_to_not_found(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let code = link["code"].as_str().unwrap();
    let swapped: String = code
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for (domain, code) in [
        (DOMAIN, "0000000"),
        (DOMAIN, swapped.as_str()),
        ("other.example", code),
        (DOMAIN, "too-long-and-malformed"),
        (DOMAIN, "%00%00%00%00%00%00%00"),
        (DOMAIN, "%FF"),
        ("not_a_domain", code),
    ] {
        let request = Request::get(format!("/internal/v1/links/{domain}/{code}"));
        let answer = origin
            .send(request.header("x-shortline-edge-secret", EDGE_SECRET).body(Body::empty()).unwrap())
            .await;
        assert_eq!(
            (answer.status, answer.json()),
            (StatusCode::OK, json!({"outcome": "not_found"})),
            "{domain}/{code}"
        );
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn several_names_are_resolved_in_order(database: PgPool) {
    let origin = Origin::start(&database).await;
    for alias in ["a", "a/b"] {
        let body = json!({"url": format!("https://example.com/{alias}"), "alias": alias});
        assert_eq!(origin.create(body.to_string()).await.status, 201);
    }
    let ask = async |query: &str| {
        let request = Request::get(format!("/internal/v1/links/{DOMAIN}?{query}"));
        origin.send(request.header("x-shortline-edge-secret", EDGE_SECRET).body(Body::empty()).unwrap()).await
    };
    let answer = ask("codes=a%2Fb%2Fc%2Ca%2Fb%2Cnone%2Ca").await.json();
    let outcome = |position: usize| (&answer[position]["outcome"], &answer[position]["record"]["code"]);
    assert_eq!(outcome(0), (&json!("not_found"), &json!(null)));
    assert_eq!(outcome(1), (&json!("found"), &json!("a/b")));
    assert_eq!(outcome(2), (&json!("not_found"), &json!(null)));
    assert_eq!(outcome(3), (&json!("found"), &json!("a")));
    assert_eq!(answer.as_array().unwrap().len(), 4);
    for query in ["", "codes=", "codes=a,,b", "code=a", "codes=a,b,c,d,e,f,g,h,i,j"] {
        ask(query).await.assert_problem(422, "unknown_parameter");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn internal_routes_answer_404_without_the_edge_secret(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let path = format!("/internal/v1/links/{DOMAIN}/{}", link["code"].as_str().unwrap());
    let absent = origin.get("/internal/v1/no-such-route").await;
    absent.assert_problem(404, "not_found");
    for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::OPTIONS] {
        for secret in [None, Some(""), Some("wrong"), Some(&EDGE_SECRET[1..])] {
            // The admin key does not open internal routes.
            let mut builder = request(method.clone(), &path);
            if let Some(secret) = secret {
                builder = builder.header("x-shortline-edge-secret", secret);
            }
            let answer = origin.send(builder.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, absent.status, "{method} {secret:?}");
            assert_eq!(header_names(&answer), header_names(&absent), "{method} {secret:?}");
            assert_eq!(answer.body, if method == Method::HEAD { Bytes::new() } else { absent.body.clone() });
        }
    }
}

/// Without the length, which only `HEAD` responses have before the server adds it.
fn header_names(answer: &Answer) -> Vec<&str> {
    answer.headers.keys().map(HeaderName::as_str).filter(|name| *name != "content-length").collect()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn previous_edge_secret_is_accepted(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let request = Request::get(format!("/internal/v1/links/{DOMAIN}/{}", link["code"].as_str().unwrap()))
        .header("x-shortline-edge-secret", PREVIOUS_EDGE_SECRET);
    assert_eq!(origin.send(request.body(Body::empty()).unwrap()).await.json()["outcome"], "found");
}

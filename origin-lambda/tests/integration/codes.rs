//! Tests of code leases: no code is issued twice, above the ceiling, with another key or in place of an alias.

use std::collections::HashSet;
use std::thread;

use axum::http::Method;
use link_core::names::code::SPACE;
use origin_lambda::links::codes::{CodeError, CodeIssuer};
use origin_lambda::store::LinksDatabase;
use serde_json::json;
use sqlx::PgPool;

use crate::harness::{Origin, POOL, cipher, config, connect_options, request};

fn issuer(database: &PgPool, block_size: u64, changes: &[(&'static str, &str)]) -> CodeIssuer {
    CodeIssuer::new(
        &config(changes).codes,
        LinksDatabase::connect_lazily(connect_options(database), POOL),
        block_size,
    )
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_lessees_issue_two_million_distinct_codes(database: PgPool) {
    const LESSEES: usize = 8;
    const CODES_EACH: usize = 250_000;
    const BLOCK: u64 = 1_000;

    // Each thread has its own runtime and pool, like eight processes.
    let lessees: Vec<_> = (0..LESSEES)
        .map(|_| {
            let database = database.clone();
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let issuer = issuer(&database, BLOCK, &[]);
                    let mut codes = Vec::with_capacity(CODES_EACH);
                    for _ in 0..CODES_EACH {
                        codes.push(packed(issuer.next().await.unwrap().as_str()));
                    }
                    codes
                })
            })
        })
        .collect();
    let mut codes: Vec<u64> = lessees.into_iter().flat_map(|lessee| lessee.join().unwrap()).collect();
    assert_eq!(codes.len(), LESSEES * CODES_EACH);
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), LESSEES * CODES_EACH);

    let next_id: i64 =
        sqlx::query_scalar("SELECT next_id FROM code_counter").fetch_one(&database).await.unwrap();
    // Every lessee used all ids of its blocks; none of them is a reserved word.
    assert_eq!(next_id, 2_000_000);
}

/// Seven characters in eight bytes: different codes are different numbers.
fn packed(code: &str) -> u64 {
    code.bytes().fold(0, |number, byte| number << 8 | u64::from(byte))
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn burst_leases_no_more_codes_than_it_uses(database: PgPool) {
    let origin = Origin::start(&database).await;
    let issuer = std::sync::Arc::new(issuer(&database, 100, &[]));
    let burst: Vec<_> = (0..400)
        .map(|_| {
            let issuer = issuer.clone();
            tokio::spawn(async move { issuer.next().await.unwrap() })
        })
        .collect();
    let mut codes = HashSet::new();
    for code in burst {
        assert!(codes.insert(code.await.unwrap()));
    }
    assert_eq!(origin.next_id().await, 400);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn last_partial_block_is_used_up_to_the_ceiling(database: PgPool) {
    let origin = Origin::builder(&database).config(&[("CODE_CEILING", "250")]).start().await;
    let issuers = [(); 3].map(|()| issuer(&database, 100, &[("CODE_CEILING", "250")]));
    let mut ids = HashSet::new();
    for issuer in &issuers {
        while let Ok(code) = issuer.next().await {
            ids.insert(cipher().id(&code));
        }
    }
    assert_eq!(ids, (0..250).collect());
    for issuer in &issuers {
        assert!(matches!(issuer.next().await, Err(CodeError::Exhausted { ceiling: 250 })));
    }
    assert_eq!(origin.next_id().await, 250);
    origin.create(r#"{"url": "https://example.com"}"#).await.assert_problem(507, "codes_exhausted");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn concurrent_lessees_use_every_id_below_the_ceiling(database: PgPool) {
    let lessees: Vec<_> = (0..8)
        .map(|_| {
            let issuer = issuer(&database, 7, &[("CODE_CEILING", "1000")]);
            tokio::spawn(async move {
                let mut ids = Vec::new();
                while let Ok(code) = issuer.next().await {
                    ids.push(cipher().id(&code));
                }
                ids
            })
        })
        .collect();
    let mut ids = Vec::new();
    for lessee in lessees {
        ids.extend(lessee.await.unwrap());
    }
    ids.sort_unstable();
    assert_eq!(ids, (0..1_000).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn ceiling_below_issued_codes_stops_issuing(database: PgPool) {
    let origin = Origin::builder(&database).config(&[("CODE_CEILING", "50")]).start().await;
    origin.set_next_id(70).await;
    origin.create(r#"{"url": "https://example.com"}"#).await.assert_problem(507, "codes_exhausted");
    assert_eq!(origin.next_id().await, 70);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn first_lease_stores_its_key_and_another_key_is_rejected(database: PgPool) {
    let other_key = "0".repeat(64);
    let other = issuer(&database, 100, &[("CODE_KEY", &other_key)]);
    let first = issuer(&database, 100, &[]);
    // Before the first code, any key is accepted.
    other.check_key().await.unwrap();
    first.next().await.unwrap();

    first.check_key().await.unwrap();
    for error in [other.check_key().await.unwrap_err(), other.next().await.unwrap_err()] {
        assert!(matches!(error, CodeError::KeyMismatch { .. }), "{error:?}");
        assert!(error.to_string().starts_with("CODE_KEY is not the key"), "{error}");
    }
    let origin = Origin::builder(&database).config(&[("CODE_KEY", &other_key)]).start().await;
    origin.create(r#"{"url": "https://example.com"}"#).await.assert_problem(500, "code_key_mismatch");
    // Only the first lessee has leased a block.
    assert_eq!(origin.next_id().await, 100);
    issuer_still_works(&first).await;
}

async fn issuer_still_works(issuer: &CodeIssuer) {
    for _ in 0..150 {
        issuer.next().await.unwrap();
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn one_of_two_concurrent_code_keys_is_stored(database: PgPool) {
    let other_key = "0".repeat(64);
    let issuers = [issuer(&database, 1, &[]), issuer(&database, 1, &[("CODE_KEY", &other_key)])];
    let (one, other) = tokio::join!(issuers[0].next(), issuers[1].next());
    assert!(one.is_ok() ^ other.is_ok(), "{one:?} {other:?}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn code_that_is_a_reserved_word_is_skipped(database: PgPool) {
    let ceiling = SPACE.to_string();
    for word in ["healthz", "HEALTHZ", "HeAlThZ"] {
        let reserved = cipher().id(&word.parse().unwrap());
        let origin = Origin::builder(&database).config(&[("CODE_CEILING", &ceiling)]).start().await;
        origin.set_next_id(reserved).await;
        let link = origin.create_link("https://example.com").await;
        assert_eq!(link["code"], cipher().code(reserved + 1).unwrap().as_str());
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn code_taken_by_an_alias_is_skipped(database: PgPool) {
    let origin = Origin::start(&database).await;
    let code = |id| cipher().code(id).unwrap().to_string();
    origin.take_code(&code(0)).await;
    origin.take_code(&code(1)).await;
    origin.take_code(&code(3)).await;
    assert_eq!(origin.create_link("https://example.com/one").await["code"], code(2));
    assert_eq!(origin.create_link("https://example.com/two").await["code"], code(4));
    let alias = origin.resolve(&code(0)).await.json();
    assert_eq!(alias["record"]["url"], "https://alias.example/");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn create_gives_up_after_ten_taken_codes(database: PgPool) {
    let origin = Origin::start(&database).await;
    for id in 0..10 {
        origin.take_code(cipher().code(id).unwrap().as_str()).await;
    }
    origin.create(r#"{"url": "https://example.com"}"#).await.assert_problem(500, "internal_error");
    assert_eq!(origin.create_link("https://example.com").await["code"], cipher().code(10).unwrap().as_str());
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn rejected_links_use_no_codes(database: PgPool) {
    let origin = Origin::start(&database).await;
    let url = "https://example.com/";
    origin.create(json!({"url": url}).to_string()).await;
    let issued = origin.next_id().await;
    for link in [
        json!({"url": url, "reuse": true}),
        json!({"url": url, "domain": "unknown.example"}),
        json!({"url": url, "external_id": "only one"}),
    ] {
        for _ in 0..3 {
            let links = json!({"links": vec![link.clone(); 90]});
            origin.call(Method::POST, "/api/v1/links/bulk", links).await;
            origin.create(link.to_string()).await;
        }
    }
    let repeated = async || {
        let request = request(Method::POST, "/api/v1/links").header("content-type", "application/json");
        let request = request.header("idempotency-key", "again");
        origin.send(request.body(json!({"url": url}).to_string().into()).unwrap()).await
    };
    let first = repeated().await;
    for _ in 0..100 {
        assert_eq!(repeated().await.json(), first.json());
    }
    assert_eq!(origin.next_id().await, issued);
}

//! Tests of domains that ignore the case of names.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, Origin, link_path};

const PATH: &str = "/api/v1/domains/go.example.com";

async fn ignore_case(origin: &Origin, ignore: bool) -> Answer {
    origin.call(Method::PATCH, PATH, json!({"ignore_case": ignore})).await
}

async fn create(origin: &Origin, alias: &str) -> Answer {
    origin.create(json!({"url": "https://a.test/", "alias": alias}).to_string()).await
}

/// What the edge is told of a name.
async fn outcome(origin: &Origin, code: &str) -> String {
    origin.resolve(code).await.json()["outcome"].as_str().unwrap().to_owned()
}

async fn location(origin: &Origin, path: &str) -> String {
    let visit = Request::get(path).header("host", DOMAIN).body(Body::empty()).unwrap();
    origin.send(visit).await.header("location").to_owned()
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn names_are_found_folded_while_the_domain_ignores_case(database: PgPool) {
    let origin = Origin::start(&database).await;
    assert_eq!(create(&origin, "Sale").await.status, 201);
    assert_eq!(outcome(&origin, "sale").await, "not_found");
    assert_eq!(ignore_case(&origin, true).await.json()["ignore_case"], true);
    assert_eq!(
        origin
            .create(
                json!({"url": "https://a.test/", "alias": "Grüße", "aliases": [{"code": "Hallo"}]})
                    .to_string()
            )
            .await
            .status,
        201
    );
    // Asked for before the edge looks a name up.
    for name in ["sale", "Sale", "gr%C3%BCsse", "hallo"] {
        assert_eq!(outcome(&origin, name).await, "found", "{name}");
    }
    for path in ["/SALE", "/sale", "/Sale.", "/GR%C3%9CSSE", "/hALLO"] {
        assert_eq!(location(&origin, path).await, "https://a.test/", "{path}");
    }
    let listed = origin.get("/api/v1/links?code=SALE").await.json();
    assert_eq!(listed["data"][0]["code"], "Sale", "{listed}");
    assert_eq!(ignore_case(&origin, false).await.json()["ignore_case"], false);
    for (name, expected) in [("sale", "deleted"), ("Sale", "found"), ("hallo", "deleted"), ("Hallo", "found")]
    {
        assert_eq!(outcome(&origin, name).await, expected, "{name}");
    }
    assert_eq!(location(&origin, "/SALE").await, "");
    assert_eq!(create(&origin, "SALE").await.status, 201, "case counts again");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn name_that_differs_by_case_only_is_taken(database: PgPool) {
    let origin = Origin::start(&database).await;
    ignore_case(&origin, true).await;
    create(&origin, "Sale").await;
    let other = origin.create_link_with(json!({"url": "https://b.test/", "alias": "other"})).await;
    for alias in ["sale", "SALE", "Sale"] {
        create(&origin, alias).await.assert_problem(409, "alias_taken");
        let change = origin.call(Method::PATCH, &link_path(&other), json!({"alias": alias})).await;
        change.assert_problem(409, "alias_taken");
        let further = json!({"aliases": [{"code": alias}]});
        let further = origin.call(Method::PATCH, &link_path(&other), further).await;
        further.assert_problem(409, "alias_taken");
        assert_eq!(further.invalid_fields(), ["aliases[0]"]);
    }
    let own = origin.call(Method::PATCH, &link_path(&other), json!({"alias": "OTHER"})).await;
    assert_eq!((own.status.as_u16(), &own.json()["code"]), (200, &json!("OTHER")), "of the link itself");
    assert_eq!(outcome(&origin, "other").await, "found");
    let bulk = json!({"links": [
        {"url": "https://a.test/", "alias": "Two"}, {"url": "https://a.test/", "alias": "TWO"},
        {"url": "https://a.test/", "alias": "two"}, {"url": "https://a.test/", "alias": "tWO"},
    ]});
    let bulk = origin.call(Method::POST, "/api/v1/links/bulk", bulk).await.json();
    let statuses: Vec<_> =
        bulk["data"].as_array().unwrap().iter().map(|each| each["status"].clone()).collect();
    assert_eq!(statuses, [201, 409, 409, 409], "{bulk}");

    let import = json!({"source": "bitly", "on_conflict": "suffix"});
    let import = origin.call(Method::POST, "/api/v1/imports", import).await.json();
    let rows = json!({"rows": [{"row_id": "1", "link": {"url": "https://c.test/", "alias": "SALE"}}]});
    let path = format!("/api/v1/imports/{}/rows", import["id"].as_str().unwrap());
    let verdicts = origin.call(Method::POST, &path, rows).await.json();
    assert_eq!(verdicts["results"][0]["link"]["code"], "SALE-2", "{verdicts}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn generated_code_is_exact_and_an_alias_of_its_shape_is_not(database: PgPool) {
    let origin = Origin::start(&database).await;
    ignore_case(&origin, true).await;
    let link = origin.create_link("https://a.test/").await;
    let code = link["code"].as_str().unwrap();
    assert!(code.bytes().any(|byte| byte.is_ascii_uppercase()), "{code}");
    assert_eq!(location(&origin, &format!("/{code}")).await, "https://a.test/");
    assert_eq!(location(&origin, &format!("/{}", code.to_lowercase())).await, "");
    // What is not changed does not become an alias.
    origin.call(Method::PATCH, &link_path(&link), json!({"title": "x"})).await;
    assert_eq!(location(&origin, &format!("/{}", code.to_lowercase())).await, "");
    create(&origin, "Summer1").await;
    for path in ["/Summer1", "/SUMMER1", "/summer1"] {
        assert_eq!(location(&origin, path).await, "https://a.test/", "{path}");
    }
    let exact = json!({"url": "https://b.test/", "alias": code.to_lowercase()});
    origin.create_link_with(exact).await;
    assert_eq!(location(&origin, &format!("/{code}")).await, "https://a.test/", "the exact code is first");
    assert_eq!(location(&origin, &format!("/{}", code.to_lowercase())).await, "https://b.test/");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn colliding_names_are_listed_and_nothing_changes(database: PgPool) {
    let origin = Origin::start(&database).await;
    for alias in ["Sale", "SALE", "news", "News", "free"] {
        assert_eq!(create(&origin, alias).await.status, 201);
    }
    origin
        .create_link_with(json!({"url": "https://a.test/", "alias": "x", "aliases": [{"code": "FREE"}]}))
        .await;
    let refused = ignore_case(&origin, true).await;
    refused.assert_problem(409, "names_collide");
    let details: Vec<_> =
        refused.json()["errors"].as_array().unwrap().iter().map(|error| error["detail"].clone()).collect();
    assert_eq!(
        details,
        [
            "would make FREE and free one name",
            "would make News and news one name",
            "would make SALE and Sale one name"
        ]
    );
    assert_eq!(origin.get(PATH).await.json()["ignore_case"], false);
    assert_eq!(outcome(&origin, "sale").await, "not_found");
    // A link may have several spellings of its own.
    for alias in ["SALE", "news", "FREE"] {
        let link = origin.get(&format!("/api/v1/links?code={alias}")).await.json()["data"][0].clone();
        origin.call(Method::DELETE, &link_path(&link), Value::Null).await;
    }
    let own =
        json!({"url": "https://a.test/", "alias": "Own", "aliases": [{"code": "OWN"}, {"code": "own"}]});
    origin.create_link_with(own).await;
    assert_eq!(ignore_case(&origin, true).await.status, 200);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn older_links_are_found_in_any_case_too(database: PgPool) {
    let origin = Origin::start(&database).await;
    create(&origin, "Old/Sale").await;
    origin.take_code("Ab0Ab0A").await;
    // As the release before left them.
    sqlx::query("UPDATE links SET folded = '[]'").execute(&origin.links).await.unwrap();
    assert_eq!(ignore_case(&origin, true).await.status, 200);
    assert_eq!(location(&origin, "/OLD/sale").await, "https://a.test/");
    assert_eq!(location(&origin, "/ab0ab0a").await, "", "it may be a generated code");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn edge_hears_of_every_spelling(database: PgPool) {
    let origin = Origin::start(&database).await;
    create(&origin, "Sale").await;
    let names = |edge: &Value| {
        let changes = edge["changes"].as_array().unwrap().iter();
        let mut names: Vec<_> = changes
            .map(|change| {
                let is_gone = change["record"].is_null() && change["document"].is_null();
                (change["code"].as_str().unwrap().to_owned(), !is_gone)
            })
            .collect();
        names.sort();
        names
    };
    let settings = || (".well-known/shortline-domain".to_owned(), true);
    let change = async |ignore: bool| {
        origin.call_through_edge(Method::PATCH, PATH, json!({"ignore_case": ignore})).await.parts().1
    };
    assert_eq!(
        names(&change(true).await),
        [settings(), ("Sale".to_owned(), true), ("sale".to_owned(), true)]
    );
    assert_eq!(names(&change(false).await), [settings(), ("sale".to_owned(), false)]);
    change(true).await;
    let link = origin.get("/api/v1/links?code=Sale").await.json()["data"][0].clone();
    let deleted = origin.call_through_edge(Method::DELETE, &link_path(&link), Value::Null).await.parts().1;
    assert_eq!(names(&deleted), [("Sale".to_owned(), false), ("sale".to_owned(), false)]);
    let restore = format!("{}/restore", link_path(&link));
    let restored = origin.call_through_edge(Method::POST, &restore, json!({})).await.parts().1;
    assert_eq!(names(&restored), [("Sale".to_owned(), true), ("sale".to_owned(), true)]);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn no_two_links_share_a_spelling_whoever_is_first(database: PgPool) {
    let origin = Origin::start(&database).await;
    for round in 0..8 {
        let (lower, upper) = (format!("race-{round}"), format!("RACE-{round}"));
        tokio::join!(create(&origin, &lower), create(&origin, &upper), ignore_case(&origin, true));
        let shared: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM link_names name JOIN links link USING (domain, code) WHERE name.link_id <> link.id",
        )
        .fetch_one(&origin.links)
        .await
        .unwrap();
        assert_eq!(shared, 0);
        let is_ignoring = origin.get(PATH).await.json()["ignore_case"] == true;
        let links = origin.get(&format!("/api/v1/links?search=race-{round}")).await.json();
        let links = links["data"].as_array().unwrap();
        assert!(!is_ignoring || links.len() == 1, "{links:?}");
        for link in links {
            origin.call(Method::DELETE, &link_path(link), Value::Null).await;
        }
        ignore_case(&origin, false).await;
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn picture_of_a_spelling_ends_when_case_counts_again(database: PgPool) {
    let origin = Origin::start(&database).await;
    create(&origin, "Sale").await;
    create(&origin, "other").await;
    let pictures = async || {
        let mut outcomes = Vec::new();
        for code in ["SALE%2Bqr.svg.512", "OTHER%2Bqr.svg.512", "NONE%2Bqr.svg.512"] {
            outcomes.push(outcome(&origin, code).await);
        }
        outcomes
    };
    ignore_case(&origin, true).await;
    assert_eq!(pictures().await, ["document", "document", "not_found"]);
    ignore_case(&origin, false).await;
    assert_eq!(pictures().await, ["deleted", "deleted", "not_found"]);
}

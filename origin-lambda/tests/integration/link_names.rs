//! Tests of links with several names.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, DOMAIN, EDGE_SECRET, Origin, link_path};

const OTHER: &str = "other.example";

async fn start(database: &PgPool) -> Origin {
    let origin = Origin::start(database).await;
    let added = origin.call(Method::POST, "/api/v1/domains", json!({"host": OTHER})).await;
    assert_eq!(added.status, 201, "{added:?}");
    origin
}

fn name(domain: &str, code: &str) -> Value {
    json!({"domain": domain, "code": code})
}

/// What the edge is told of a name: the id of its link, or else the outcome.
async fn resolved(origin: &Origin, domain: &str, code: &str) -> String {
    let path = format!("/internal/v1/links/{domain}/{code}");
    let request = Request::get(path).header("x-shortline-edge-secret", EDGE_SECRET);
    let answer = origin.send(request.body(Body::empty()).unwrap()).await.json();
    answer["record"]["id"].as_str().or(answer["outcome"].as_str()).unwrap().to_owned()
}

async fn patch(origin: &Origin, link: &Value, patch: Value) -> Answer {
    origin.call(Method::PATCH, &link_path(link), patch).await
}

/// The names in a list of changes, each with whether a link has it.
fn published(changes: &Value) -> Vec<(String, bool)> {
    let changes = changes["changes"].as_array().unwrap().iter();
    let mut names: Vec<_> = changes
        .map(|change| {
            let name = format!("{}/{}", change["domain"].as_str().unwrap(), change["code"].as_str().unwrap());
            (name, change["record"].is_object())
        })
        .collect();
    names.sort();
    names
}

fn all(names: &[&str], exist: bool) -> Vec<(String, bool)> {
    names.iter().map(|name| ((*name).to_owned(), exist)).collect()
}

fn summer() -> Value {
    json!({"url": "https://a.test/", "alias": "summer", "aliases": [{"code": "sommer"}, name(OTHER, "été")]})
}

const SUMMER: [&str; 3] = ["go.example.com/sommer", "go.example.com/summer", "other.example/été"];

#[sqlx::test(migrator = "crate::LINKS")]
async fn each_name_of_a_link_finds_it(database: PgPool) {
    let origin = start(&database).await;
    let (link, edge) = origin.call_through_edge(Method::POST, "/api/v1/links", summer()).await.parts();
    assert_eq!(link["aliases"], json!([name(DOMAIN, "sommer"), name(OTHER, "été")]));
    assert_eq!(published(&edge), all(&SUMMER, true));
    let id = link["id"].as_str().unwrap();
    for (domain, code) in [(DOMAIN, "summer"), (DOMAIN, "sommer"), (OTHER, "%C3%A9t%C3%A9")] {
        assert_eq!(resolved(&origin, domain, code).await, id, "{domain}/{code}");
        for query in
            [format!("domain={domain}&code={code}"), format!("code={code}"), format!("search={code}")]
        {
            let list = origin.get(&format!("/api/v1/links?{query}")).await.json();
            assert_eq!(list["data"], json!([link]), "{query}");
        }
    }
    assert_eq!(resolved(&origin, OTHER, "summer").await, "not_found");
    let list = origin.get(&format!("/api/v1/links?domain={OTHER}&code=summer")).await.json();
    assert_eq!(list["data"], json!([]));
    assert_eq!(origin.link(&link).await, link);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn each_change_of_a_link_is_published_for_all_names(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(summer()).await;
    let path = link_path(&link);
    for change in [json!({"title": "x"}), json!({"state": "disabled"})] {
        let (link, edge) = origin.call_through_edge(Method::PATCH, &path, change).await.parts();
        assert_eq!(published(&edge), all(&SUMMER, true));
        assert!(edge["changes"].as_array().unwrap().iter().all(|each| each["revision"] == link["revision"]));
    }
    let bulk = json!({"ids": [link["id"]], "change": {"tags": ["a"]}});
    let (answer, edge) = origin.call_through_edge(Method::PATCH, "/api/v1/links/bulk", bulk).await.parts();
    assert_eq!((answer["changed"].as_i64(), published(&edge)), (Some(1), all(&SUMMER, true)));
    // A sweep tells the edge nothing, which pulls.
    let blocked = origin.call(Method::POST, "/api/v1/blocked-hosts", json!({"host": "a.test"})).await;
    assert_eq!(blocked.status, 201, "{blocked:?}");
    let request = Request::get("/internal/v1/changes?limit=1").header("x-shortline-edge-secret", EDGE_SECRET);
    let pulled = origin.send(request.body(Body::empty()).unwrap()).await.json();
    assert_eq!(published(&pulled), all(&SUMMER, true), "names of one revision are never parted");
    assert!(pulled["changes"].as_array().unwrap().iter().all(|each| each["record"]["state"] == "disabled"));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn name_that_is_not_listed_any_more_is_gone(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(summer()).await;
    let id = link["id"].as_str().unwrap();
    let path = link_path(&link);
    let listed = json!({"aliases": [{"code": "sommer"}, {"code": "zomer"}]});
    let (_, edge) = origin.call_through_edge(Method::PATCH, &path, listed).await.parts();
    let here = ["go.example.com/sommer", "go.example.com/summer", "go.example.com/zomer"];
    assert_eq!(published(&edge), [all(&here, true), all(&["other.example/été"], false)].concat());
    assert_eq!(resolved(&origin, OTHER, "%C3%A9t%C3%A9").await, "deleted");

    // A further name becomes the first one; the first one is gone, since it is not listed.
    let (changed, edge) =
        origin.call_through_edge(Method::PATCH, &path, json!({"alias": "sommer"})).await.parts();
    assert_eq!(changed["aliases"], json!([name(DOMAIN, "zomer")]));
    let mut expected = all(&["go.example.com/sommer", "go.example.com/zomer"], true);
    expected.insert(1, ("go.example.com/summer".to_owned(), false));
    assert_eq!(published(&edge), expected);
    assert_eq!(resolved(&origin, DOMAIN, "summer").await, "deleted");

    // The old first name stays where it is listed, on another domain too.
    let moved = json!({"domain": OTHER, "alias": "summer", "aliases": [name(DOMAIN, "sommer")]});
    assert_eq!(patch(&origin, &link, moved).await.status, 200);
    for (domain, code, outcome) in [
        (OTHER, "summer", id),
        (DOMAIN, "sommer", id),
        (DOMAIN, "zomer", "deleted"),
        (OTHER, "sommer", "not_found"),
    ] {
        assert_eq!(resolved(&origin, domain, code).await, outcome, "{domain}/{code}");
    }
    let unpublished: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM publications name JOIN links link USING (domain, code) WHERE name.revision <> link.revision",
    )
    .fetch_one(&origin.links)
    .await
    .unwrap();
    assert_eq!(unpublished, 0, "a name could never be confirmed");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn name_of_another_link_is_refused_by_name(database: PgPool) {
    let origin = start(&database).await;
    origin.create_link_with(summer()).await;
    let mine = origin.create_link_with(json!({"url": "https://b.test/", "alias": "mine"})).await;
    for (body, field) in [
        (json!({"alias": "sommer"}), "alias"),
        (json!({"alias": "été", "domain": OTHER}), "alias"),
        (json!({"aliases": [{"code": "free"}, {"code": "summer"}]}), "aliases[1]"),
        (json!({"aliases": [name(OTHER, "été")]}), "aliases[0]"),
    ] {
        let mut new = body.clone();
        new["url"] = json!("https://c.test/");
        for refused in [origin.create(new.to_string()).await, patch(&origin, &mine, body.clone()).await] {
            refused.assert_problem(409, "alias_taken");
            assert_eq!(refused.invalid_fields(), [field], "{body}");
        }
        let bulk = json!({"links": [new, {"url": "https://d.test/"}]});
        let bulk = origin.call(Method::POST, "/api/v1/links/bulk", bulk).await.json();
        assert_eq!(bulk["data"][0]["error"]["code"], "alias_taken", "{bulk}");
        assert_eq!(bulk["data"][1]["status"], 201, "{bulk}");
    }
    let detail = patch(&origin, &mine, json!({"aliases": [{"code": "sommer"}]})).await.json();
    assert_eq!(detail["errors"][0]["detail"], "go.example.com/sommer belongs to another link");
    let unknown = patch(&origin, &mine, json!({"aliases": [name("none.example", "a")]})).await;
    unknown.assert_problem(422, "invalid_aliases");
    assert_eq!(unknown.invalid_fields(), ["aliases[0].domain"]);
    assert_eq!(resolved(&origin, DOMAIN, "free").await, "not_found", "nothing of a refused list is taken");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn links_of_one_request_share_no_name(database: PgPool) {
    let origin = start(&database).await;
    let bulk = json!({"links": [
        {"url": "https://a.test/", "alias": "a", "aliases": [{"code": "b"}]},
        {"url": "https://b.test/", "alias": "b"},
        {"url": "https://c.test/", "aliases": [{"code": "a"}]},
        {"url": "https://d.test/", "aliases": [{"code": "c"}]},
    ]});
    let bulk = origin.call(Method::POST, "/api/v1/links/bulk", bulk).await.json();
    let statuses: Vec<_> =
        bulk["data"].as_array().unwrap().iter().map(|outcome| outcome["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [201, 409, 409, 201], "{bulk}");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn of_two_that_want_a_name_one_gets_it(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://a.test/", "alias": "first"})).await;
    for round in 0..12 {
        let wanted = format!("wanted-{round}");
        let body = json!({"url": "https://b.test/", "alias": wanted}).to_string();
        let further = json!({"url": "https://c.test/", "aliases": [{"code": wanted}]}).to_string();
        let (created, added, changed) = tokio::join!(
            origin.create(body),
            origin.create(further),
            patch(&origin, &link, json!({"aliases": [{"code": wanted}]}))
        );
        let statuses = [created.status, added.status, changed.status].map(|status| status.as_u16());
        let won = statuses.iter().filter(|status| **status < 300).count();
        assert_eq!(won, 1, "{created:?} {added:?} {changed:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 2, "{statuses:?}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn restoration_brings_all_names_back_or_none(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(summer()).await;
    let path = link_path(&link);
    let (_, edge) = origin.call_through_edge(Method::DELETE, &path, Value::Null).await.parts();
    assert_eq!(published(&edge), all(&SUMMER, false));
    let restore = format!("{path}/restore");
    let taker = origin.create_link_with(json!({"url": "https://b.test/", "alias": "sommer"})).await;
    origin.call(Method::POST, &restore, Value::Null).await.assert_problem(409, "alias_taken");
    assert_eq!(resolved(&origin, DOMAIN, "summer").await, "deleted");
    origin.call(Method::DELETE, &link_path(&taker), Value::Null).await;
    let (restored, edge) = origin.call_through_edge(Method::POST, &restore, json!({})).await.parts();
    assert_eq!((published(&edge), &restored["aliases"]), (all(&SUMMER, true), &link["aliases"]));
    assert_eq!(resolved(&origin, OTHER, "%C3%A9t%C3%A9").await, link["id"].as_str().unwrap());
    // Deleted with many.
    let bulk = json!({"ids": [link["id"]]});
    let (answer, edge) = origin.call_through_edge(Method::DELETE, "/api/v1/links/bulk", bulk).await.parts();
    assert_eq!((answer["changed"].as_i64(), published(&edge)), (Some(1), all(&SUMMER, false)));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn domain_of_a_further_name_stays(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(summer()).await;
    let remove = async || origin.call(Method::DELETE, &format!("/api/v1/domains/{OTHER}"), Value::Null).await;
    remove().await.assert_problem(409, "domain_in_use");
    assert_eq!(patch(&origin, &link, json!({"aliases": null})).await.json()["aliases"], json!([]));
    assert_eq!(remove().await.status, 204);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn bound_key_keeps_names_of_other_domains(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(summer()).await;
    let key = origin.create_key(json!({"name": "a", "role": "editor", "domains": [DOMAIN]})).await;
    let change = async |aliases: Value| {
        let body = json!({"aliases": aliases});
        origin.call_as(key["key"].as_str().unwrap(), Method::PATCH, &link_path(&link), body).await
    };
    let kept = change(json!([name(OTHER, "été"), {"code": "zomer"}])).await;
    assert_eq!(kept.json()["aliases"], json!([name(OTHER, "été"), name(DOMAIN, "zomer")]), "{kept:?}");
    change(json!([name(OTHER, "new")])).await.assert_problem(422, "invalid_aliases");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn upsert_import_and_history_know_further_names(database: PgPool) {
    let origin = start(&database).await;
    let upsert = async |body: Value| origin.call(Method::PUT, "/api/v1/links/external/crm-1", body).await;
    let created = upsert(summer()).await;
    assert_eq!(created.status, 201, "{created:?}");
    let changed = upsert(json!({"aliases": [{"code": "zomer"}]})).await.json();
    assert_eq!(changed["aliases"], json!([name(DOMAIN, "zomer")]));
    let history = origin.get(&format!("{}/history", link_path(&changed))).await.json();
    let entry = &history["data"][0]["changes"][0];
    assert_eq!(
        (&entry["field"], &entry["after"]),
        (&json!("aliases"), &json!([name(DOMAIN, "zomer")])),
        "{history}"
    );

    let import =
        origin.call(Method::POST, "/api/v1/imports", json!({"source": "bitly", "on_conflict": "skip"})).await;
    let path = format!("/api/v1/imports/{}/rows", import.json()["id"].as_str().unwrap());
    let row = |id: &str, aliases: Value| json!({"row_id": id, "link": {"url": "https://a.test/", "alias": id, "aliases": aliases}});
    let rows =
        json!({"rows": [row("one", json!([{"code": "two"}])), row("three", json!([{"code": "zomer"}]))]});
    let verdicts = origin.call(Method::POST, &path, rows).await.json();
    assert_eq!(verdicts["results"][0]["verdict"], "created", "{verdicts}");
    assert_eq!(verdicts["results"][1]["problem"]["code"], "alias_taken", "{verdicts}");
    assert_eq!(
        resolved(&origin, DOMAIN, "two").await,
        verdicts["results"][0]["link"]["id"].as_str().unwrap()
    );
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn replacing_import_adds_names_and_removes_none(database: PgPool) {
    let origin = start(&database).await;
    let link = origin.create_link_with(summer()).await;
    let import = json!({"source": "bitly", "on_conflict": "replace"});
    let import = origin.call(Method::POST, "/api/v1/imports", import).await.json();
    let row = json!({"url": "https://b.test/", "alias": "sommer", "aliases": [{"code": "zomer"}]});
    let rows = json!({"rows": [{"row_id": "1", "link": row}]});
    let path = format!("/api/v1/imports/{}/rows", import["id"].as_str().unwrap());
    let verdicts = origin.call(Method::POST, &path, rows).await.json();
    assert_eq!(verdicts["results"][0]["verdict"], "replaced", "{verdicts}");
    let replaced = origin.get(&link_path(&link)).await.json();
    assert_eq!((&replaced["code"], &replaced["url"]), (&json!("summer"), &json!("https://b.test/")));
    let names = [name(DOMAIN, "sommer"), name(OTHER, "été"), name(DOMAIN, "zomer")];
    assert_eq!(replaced["aliases"], json!(names));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn redirect_without_the_edge_knows_further_names(database: PgPool) {
    let origin = start(&database).await;
    origin.create_link_with(summer()).await;
    for (host, path) in [(DOMAIN, "/sommer"), (OTHER, "/%C3%A9t%C3%A9")] {
        let visit = Request::get(path).header("host", host).body(Body::empty()).unwrap();
        let answer = origin.send(visit).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (302, "https://a.test/"),
            "{answer:?}"
        );
    }
}

//! Checks how Postgres plans the pages of a long list. The tests of the API check what is on them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "clippy.toml does not know #[sqlx::test]")]

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgPool;

use super::*;
use crate::auth::LinkBounds;
use crate::limits;
use crate::store::links::LinkState;

const LINKS: i64 = 100_000;
const PAGE: usize = 50;
const RARE_KEY: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);
const COMMON_KEY: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0002);

async fn fill(pool: &PgPool) {
    for statement in [
        "INSERT INTO links (domain, code, url, title, tags, external_id, disabled, starts_at, expires_at, status,
                            created_at, updated_at, archived, created_by)
         SELECT CASE WHEN n % 10000 = 0 THEN 'rare.example' ELSE 'go.example.com' END, 'code' || n,
                'https://example.com/landing/' || md5(n::text), CASE WHEN n % 20000 = 0 THEN 'A needle' END,
                CASE WHEN n % 5000 = 0 THEN ARRAY['rare'] WHEN n % 2 = 0 THEN ARRAY['common'] ELSE '{}' END,
                'id-' || n, n % 8000 = 0, CASE WHEN n % 9000 = 0 THEN to_timestamp(4e9) END,
                CASE WHEN n % 7000 = 0 THEN to_timestamp(1e9) END, 302, now(), now(), n % 6000 = 0,
                CASE WHEN n % 3000 = 0 THEN '0198c0de-0000-7000-8000-000000000001'::uuid WHEN n % 2 = 0
                     THEN '0198c0de-0000-7000-8000-000000000002'::uuid END
         FROM generate_series(1, $1) n",
        "INSERT INTO publications (domain, code, revision) SELECT domain, code, revision FROM links LIMIT $1",
        "INSERT INTO link_totals (link_id, clicks, human, bot, last_click_at)
         SELECT id, abs(hashtext(code)) % 1000, 0, 0, now() - abs(hashtext(code)) * interval '1 ms'
         FROM links WHERE hashtext(code) % 2 = 0 LIMIT $1",
    ] {
        sqlx::query(statement).bind(LINKS).execute(pool).await.unwrap();
    }
    sqlx::query("VACUUM ANALYZE links, publications, link_totals").execute(pool).await.unwrap();
}

/// The number of rows that all scans read, and the kinds of all nodes.
async fn rows_read(pool: &PgPool, query: &LinkQuery) -> (f64, Vec<String>) {
    let (mut rows, mut kinds) = (0.0, Vec::new());
    let terms = LinksDatabase::connect_lazily((*pool.connect_options()).clone(), limits::LISTS_SERVER_POOL);
    let terms = terms.search_terms(&query.filter, &"go.example.com".parse().unwrap()).await.unwrap();
    for group in query.groups().into_iter().take(1) {
        let mut explain = select(
            "EXPLAIN (ANALYZE, FORMAT JSON) ",
            query,
            &terms,
            group,
            PAGE + 1,
            UnixMillis(1_795_478_400_000),
        );
        let plan: Value = explain.build().fetch_one(pool).await.unwrap().get(0);
        visit(&plan[0]["Plan"], &mut |node| {
            let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
            if matches!(node["Relation Name"].as_str(), Some("links" | "link_totals")) {
                rows += (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops");
            }
            kinds.push(node["Node Type"].as_str().unwrap().to_owned());
        });
    }
    (rows, kinds)
}

fn visit(node: &Value, inspect: &mut impl FnMut(&Value)) {
    inspect(node);
    for child in node["Plans"].as_array().into_iter().flatten() {
        visit(child, inspect);
    }
}

fn filtered(filter: LinkFilter) -> LinkQuery {
    LinkQuery { filter, ..LinkQuery::default() }
}

fn within(domains: &[&str], creator: Option<Uuid>) -> LinkQuery {
    let domains = domains.iter().map(|name| name.parse().unwrap()).collect();
    filtered(LinkFilter { bounds: LinkBounds { domains, creator }, ..Default::default() })
}

#[sqlx::test(migrations = "../migrations/links")]
async fn page_of_a_long_list_uses_an_index(pool: PgPool) {
    fill(&pool).await;
    let middle: Uuid = sqlx::query_scalar("SELECT id FROM links ORDER BY id OFFSET 50000 LIMIT 1")
        .fetch_one(&pool)
        .await
        .unwrap();
    let after = |value| Some(LinkPosition { id: middle, value });
    let pages = [
        ("first", LinkQuery::default()),
        ("in the middle", LinkQuery { after: after(None), ..LinkQuery::default() }),
        ("oldest first", LinkQuery { order: Order::Ascending, after: after(None), ..LinkQuery::default() }),
        ("most clicks", LinkQuery { sort: LinkSort::Clicks, ..LinkQuery::default() }),
        (
            "fewer clicks",
            LinkQuery { sort: LinkSort::Clicks, after: after(Some(500)), ..LinkQuery::default() },
        ),
        ("no clicks", LinkQuery { sort: LinkSort::Clicks, order: Order::Ascending, ..LinkQuery::default() }),
        ("last click", LinkQuery { sort: LinkSort::LastClick, ..LinkQuery::default() }),
        (
            "domain",
            filtered(LinkFilter { domain: Some("rare.example".parse().unwrap()), ..Default::default() }),
        ),
        ("tag", filtered(LinkFilter { tags: vec!["rare".into()], ..Default::default() })),
        ("common tag", filtered(LinkFilter { tags: vec!["common".into()], ..Default::default() })),
        (
            "all of two tags",
            filtered(LinkFilter { tags: vec!["rare".into(), "none".into()], ..Default::default() }),
        ),
        (
            "any of two tags",
            filtered(LinkFilter { any_tags: vec!["rare".into(), "none".into()], ..Default::default() }),
        ),
        ("not a tag", filtered(LinkFilter { no_tags: vec!["common".into()], ..Default::default() })),
        ("untagged", filtered(LinkFilter { untagged: true, ..Default::default() })),
        ("last changed", LinkQuery { sort: LinkSort::Updated, ..LinkQuery::default() }),
        (
            "changed before",
            LinkQuery {
                sort: LinkSort::Updated,
                after: after(Some(1_795_478_400_000_000)),
                ..LinkQuery::default()
            },
        ),
        (
            "changed in a range",
            LinkQuery {
                sort: LinkSort::Updated,
                ..filtered(LinkFilter {
                    updated_from: Some(UnixMillis(1_000)),
                    updated_to: Some(UnixMillis(2_000)),
                    ..Default::default()
                })
            },
        ),
        (
            "created in a range",
            filtered(LinkFilter {
                created_from: Some(UnixMillis(1_000)),
                created_to: Some(UnixMillis(2_000)),
                ..Default::default()
            }),
        ),
        ("blocked", filtered(LinkFilter { state: Some(LinkState::Blocked), ..Default::default() })),
        ("disabled", filtered(LinkFilter { state: Some(LinkState::Disabled), ..Default::default() })),
        ("scheduled", filtered(LinkFilter { state: Some(LinkState::Scheduled), ..Default::default() })),
        ("expired", filtered(LinkFilter { state: Some(LinkState::Expired), ..Default::default() })),
        ("exhausted", filtered(LinkFilter { state: Some(LinkState::Exhausted), ..Default::default() })),
        ("active", filtered(LinkFilter { state: Some(LinkState::Active), ..Default::default() })),
        ("external id", filtered(LinkFilter { external_id: Some("id-77777".into()), ..Default::default() })),
        ("code", filtered(LinkFilter { code: Some("code77777".parse().unwrap()), ..Default::default() })),
        ("not archived", filtered(LinkFilter { archived: Some(false), ..Default::default() })),
        ("archived", filtered(LinkFilter { archived: Some(true), ..Default::default() })),
        ("rare creator", filtered(LinkFilter { created_by: Some(RARE_KEY), ..Default::default() })),
        ("common creator", filtered(LinkFilter { created_by: Some(COMMON_KEY), ..Default::default() })),
        ("own links", within(&[], Some(RARE_KEY))),
        ("one bound domain", within(&["rare.example"], None)),
        ("bound domains", within(&["rare.example", "none.example"], None)),
        ("common bound domains", within(&["rare.example", "go.example.com"], None)),
        ("own links of a domain", within(&["go.example.com"], Some(RARE_KEY))),
        ("search", filtered(LinkFilter { search: Some("NEEDLE".into()), ..Default::default() })),
        (
            "external id as text",
            filtered(LinkFilter { search: Some("id-77777".into()), ..Default::default() }),
        ),
        ("part of a rare tag", filtered(LinkFilter { search: Some("Rar".into()), ..Default::default() })),
        (
            "part of the default domain",
            filtered(LinkFilter { search: Some("go.exa".into()), ..Default::default() }),
        ),
        ("common text", filtered(LinkFilter { search: Some("landing".into()), ..Default::default() })),
    ];
    for (name, page) in pages {
        let (rows, kinds) = rows_read(&pool, &page).await;
        // A page and one more row, from each of two tables; twice that if half of the links match.
        assert!(rows <= 4.0 * (PAGE + 1) as f64, "{name}: {rows} rows by {kinds:?}");
        assert!(!kinds.iter().any(|kind| kind == "Seq Scan"), "{name}: {kinds:?}");
    }
}

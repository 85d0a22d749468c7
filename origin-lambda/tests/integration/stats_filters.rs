//! Tests of statistics by filters: one from a roll-up, several from raw clicks.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Origin, link_path};
use crate::stats::{ALL_LINKS, count_value, id, stats, stats_of_all};

/// Raw clicks and their sums, as the consumer writes them.
async fn clicks(
    origin: &Origin,
    link: &Value,
    at: &str,
    (country, device, referrer): (&str, &str, &str),
    clicks: i32,
) {
    sqlx::query(
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, class, country, device,
                             referrer, new_to_link, new_to_all)
         SELECT $2::timestamptz, 1, $1::uuid, gen_random_uuid(), ($2::timestamptz AT TIME ZONE 'UTC')::date, n, 302, false,
                'memory', 'r', 'human', $3, $4, nullif($5, ''), n % 2 = 0, n % 4 = 0
         FROM generate_series(1, $6) AS n",
    )
    .bind(id(link))
    .bind(at)
    .bind(country)
    .bind(device)
    .bind(referrer)
    .bind(clicks)
    .execute(&origin.analytics)
    .await
    .unwrap();
    for of in [id(link), ALL_LINKS] {
        for key in [("total", "", "human")] {
            count_value(origin, of, at, key, clicks).await;
        }
    }
}

fn counts(answer: &Value) -> (&Value, &Value, &Value) {
    (&answer["total"], &answer["visitors"], &answer["basis"])
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn one_filter_is_answered_by_a_roll_up(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com", "tags": ["a"]})).await;
    let at = "2026-11-22T12:00:00Z";
    count_value(&origin, id(&link), at, ("country", "DE", "human"), 4).await;
    count_value(&origin, id(&link), at, ("country", "DE", "bot"), 2).await;
    count_value(&origin, id(&link), at, ("country", "FR", "human"), 8).await;
    count_value(&origin, id(&link), "2026-11-10T12:00:00Z", ("country", "DE", "human"), 12).await;
    let range = "?from=2026-11-20&to=2026-11-24";
    for query in ["&country=DE", "&country=de", "&country=DE&timezone=%2B05:45"] {
        let answer = stats(&origin, &link, &format!("{range}{query}")).await;
        assert_eq!(counts(&answer), (&json!(6), &json!(3), &json!("rollup")), "{query}");
    }
    let people = stats(&origin, &link, &format!("{range}&country=DE&class=human&group_by=class")).await;
    assert_eq!(people["groups"], json!([{"value": "human", "clicks": 4, "visitors": 2}]));
    let before = stats(&origin, &link, "?from=2026-11-12&to=2026-11-24&country=DE").await;
    assert_eq!((&before["previous"]["total"], &before["change"]["total"]), (&json!(12), &json!(-0.5)));
    let tagged = stats_of_all(&origin, &format!("{range}&tag=a&country=DE&group_by=link")).await;
    assert_eq!((&tagged["groups"][0]["clicks"], &tagged["basis"]), (&json!(6), &json!("rollup")));
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn combined_filters_are_answered_by_raw_clicks(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link_with(json!({"url": "https://example.com", "tags": ["a"]})).await;
    let other = origin.create_link("https://example.com").await;
    let at = "2026-11-22T12:00:00Z";
    clicks(&origin, &link, at, ("DE", "mobile", "https://www.news.example/a"), 8).await;
    clicks(&origin, &link, at, ("DE", "desktop", "https://news.example/b"), 4).await;
    clicks(&origin, &link, at, ("FR", "mobile", ""), 2).await;
    clicks(&origin, &link, "2026-11-19T12:00:00Z", ("DE", "mobile", ""), 4).await;
    clicks(&origin, &other, at, ("DE", "mobile", ""), 16).await;
    let range = "?from=2026-11-22&to=2026-11-24";
    let of_link = async |query: &str| stats(&origin, &link, &format!("{range}{query}")).await;
    let answer = of_link("&country=DE&device=mobile").await;
    assert_eq!(counts(&answer), (&json!(8), &json!(4), &json!("raw")));
    assert_eq!((&answer["share"], &answer["series"][0]["clicks"]), (&json!(1.0), &json!(8)));
    assert_eq!(of_link("&country=DE&device=mobile&class=bot").await["total"], 0);
    assert_eq!(of_link("&referrer=news.example&country=DE").await["total"], 12);
    assert_eq!(of_link("&referrer=(direct)").await["total"], 2);
    let group = |value: &str, clicks: i64| json!({"value": value, "clicks": clicks, "visitors": clicks / 2});
    let by_referrer = of_link("&device=mobile&group_by=referrer").await;
    assert_eq!(by_referrer["groups"], json!([group("news.example", 8), group("(direct)", 2)]));
    assert_eq!(
        of_link("&device=mobile&group_by=country").await["groups"],
        json!([group("DE", 8), group("FR", 2)])
    );
    assert_eq!(of_link("&device=mobile&country=DE&group_by=tag").await["groups"], json!([group("a", 8)]));
    let hours = of_link("&device=mobile&country=DE&group_by=hour_of_week").await;
    assert_eq!(hours["groups"], json!([group("7-12", 8)]));

    let of_all = async |query: &str| stats_of_all(&origin, &format!("{range}{query}")).await;
    let all = of_all("&country=DE&device=mobile").await;
    assert_eq!(counts(&all), (&json!(24), &json!(6), &json!("raw")), "a visitor counts once for all links");
    let links = of_all("&country=DE&device=mobile&group_by=link").await;
    let value = |number: usize| links["groups"][number]["value"].clone();
    assert_eq!([value(0), value(1)], [other["id"].clone(), link["id"].clone()]);
    assert_eq!(of_all("&country=DE&device=mobile&tag=a").await["total"], 8);
    let before = stats(&origin, &link, "?from=2026-11-21&to=2026-11-24&country=DE&device=mobile").await;
    assert_eq!((&before["previous"]["total"], &before["change"]["total"]), (&json!(4), &json!(1.0)));
}

/// Places and versions in the names that the consumer gives them in roll-ups.
#[sqlx::test(migrator = "crate::LINKS")]
async fn raw_places_and_versions_are_named_as_in_roll_ups(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    sqlx::query(
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, class, country, region,
                             city, browser, browser_version, os, os_version)
         SELECT '2026-11-22T12:00:00Z', 1, $1::uuid, gen_random_uuid(), '2026-11-22', n, 302, false, 'memory', 'r', 'human',
                country, region, city, 'Firefox', version, 'iOS', '18.6'
         FROM (VALUES (1, 'US', 'US-TX', 'Paris', '145'), (2, 'FR', NULL, 'Paris', '145'), (3, 'FR', NULL, NULL, NULL))
              AS sent (n, country, region, city, version)",
    )
    .bind(id(&link))
    .execute(&origin.analytics)
    .await
    .unwrap();
    count_value(&origin, id(&link), "2026-11-22T12:00:00Z", ("total", "", "human"), 3).await;
    let of_link = async |query: &str| {
        stats(&origin, &link, &format!("?from=2026-11-22&to=2026-11-24&tier=memory{query}")).await
    };
    let group = |value: &str, clicks: i64| json!({"value": value, "clicks": clicks, "visitors": 0});
    for (dimension, groups) in [
        ("region", json!([group("US-TX", 1), group("(unknown)", 2)])),
        ("city", json!([group("Paris, FR", 1), group("Paris, US-TX", 1), group("(unknown)", 1)])),
        ("browser_version", json!([group("Firefox 145", 2), group("(unknown)", 1)])),
        ("os_version", json!([group("iOS 18.6", 3)])),
    ] {
        assert_eq!(of_link(&format!("&group_by={dimension}")).await["groups"], groups, "{dimension}");
        for group in groups.as_array().unwrap() {
            let value = group["value"].as_str().unwrap().replace(' ', "%20");
            let filtered = of_link(&format!("&{dimension}={value}")).await;
            assert_eq!(
                (&filtered["total"], &filtered["basis"]),
                (&group["clicks"], &json!("raw")),
                "{group}"
            );
        }
    }
    assert_eq!(of_link("&region=us-tx").await["total"], 1, "codes in any case");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn roll_up_of_a_value_and_its_detail_answers_for_both(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    for (dimension, value, clicks) in [
        ("total", "", 6),
        ("browser", "Firefox\t145", 3),
        ("browser", "Firefox\t144", 2),
        ("browser", "Firefox", 1),
        ("region", "FR\tParis", 3),
        ("region", "US-TX\tParis", 2),
        ("region", "US-TX", 1),
    ] {
        count_value(&origin, id(&link), "2026-11-22T12:00:00Z", (dimension, value, "human"), clicks).await;
    }
    for (dimension, groups) in [
        ("browser", json!([["Firefox", 6]])),
        ("browser_version", json!([["Firefox 145", 3], ["Firefox 144", 2], ["(unknown)", 1]])),
        ("region", json!([["US-TX", 3], ["(unknown)", 3]])),
        ("city", json!([["Paris, FR", 3], ["Paris, US-TX", 2], ["(unknown)", 1]])),
    ] {
        let period = "?from=2026-11-22&to=2026-11-23";
        let answer = stats(&origin, &link, &format!("{period}&group_by={dimension}")).await;
        let found: Vec<Value> = answer["groups"].as_array().unwrap().iter().map(pair).collect();
        assert_eq!(json!(found), groups, "{dimension}");
        for group in found.iter().filter(|group| group[0] != "(unknown)") {
            let value = group[0].as_str().unwrap().replace(' ', "%20");
            for read in ["interval=day", "interval=hour", "group_by=class"] {
                let filtered = stats(&origin, &link, &format!("{period}&{read}&{dimension}={value}")).await;
                assert_eq!(
                    (&filtered["total"], &filtered["basis"]),
                    (&group[1], &json!("rollup")),
                    "{group}"
                );
            }
        }
    }
    for nothing in ["browser=Fire", "browser_version=Firefox", "browser_version=Firefox%2014", "city=Paris"] {
        let answer = stats(&origin, &link, &format!("?from=2026-11-22&to=2026-11-23&{nothing}")).await;
        assert_eq!(answer["total"], 0, "{nothing}");
    }
}

fn pair(group: &Value) -> Value {
    json!([group["value"], group["clicks"]])
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn many_clicks_are_estimated_from_a_sample(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    sqlx::query(
        "INSERT INTO clicks (time, batch, link_id, producer, day, position, status, head, tier, request, class, country, device)
         SELECT at, 1, $1::uuid, '00010203-0405-0607-0809-0a0b0c0d0e0f', (at AT TIME ZONE 'UTC')::date, n, 302, false, 'memory', '',
                'human', CASE WHEN n % 4 = 0 THEN 'DE' ELSE 'FR' END, 'mobile'
         FROM generate_series(0, 399999) AS n,
              LATERAL (SELECT '2026-11-22T00:00:00Z'::timestamptz + n * interval '216 ms' AS at) AS times",
    )
    .bind(id(&link))
    .execute(&origin.analytics)
    .await
    .unwrap();
    for of in [id(&link), ALL_LINKS] {
        count_value(&origin, of, "2026-11-22T12:00:00Z", ("total", "", "human"), 400_000).await;
    }
    let range = "?from=2026-11-22&to=2026-11-23&country=DE&device=mobile";
    for answer in [stats(&origin, &link, range).await, stats_of_all(&origin, range).await] {
        assert_eq!((&answer["basis"], &answer["share"]), (&json!("sample"), &json!(0.5)));
        let total = answer["total"].as_i64().unwrap();
        assert!((90_000..110_000).contains(&total), "a quarter of 400,000 clicks is estimated as {total}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn comparison_with_deleted_clicks_is_left_out(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    clicks(&origin, &link, "2026-08-20T12:00:00Z", ("DE", "mobile", ""), 4).await;
    clicks(&origin, &link, "2026-11-20T12:00:00Z", ("DE", "mobile", ""), 8).await;
    for (from, change) in [("2026-08-27", json!(1.0)), ("2026-08-20", json!(null))] {
        let query = format!("?from={from}&country=DE&device=mobile");
        let answer = stats(&origin, &link, &query).await;
        assert_eq!(answer["change"]["total"], change, "{answer}");
    }
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn filter_that_cannot_be_answered_is_refused(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let long = format!("?referrer={}", "a".repeat(513));
    for (query, code) in [
        ("?country=", "invalid_filter"),
        ("?country=DE&country=FR", "invalid_filter"),
        ("?referrer=(other)", "invalid_filter"),
        ("?from=2020-01-01&interval=month&group_by=hour_of_week", "invalid_to"),
        ("?device=%00", "invalid_filter"),
        (long.as_str(), "invalid_filter"),
        ("?total=1", "unknown_parameter"),
        ("?domain=go.example.com", "unknown_parameter"),
        ("?from=2026-01-01&country=DE&device=mobile", "invalid_from"),
        ("?format=xml", "invalid_format"),
    ] {
        origin.get(&format!("{}/stats{query}", link_path(&link))).await.assert_problem(422, code);
    }
    // A roll-up is kept for ever.
    assert_eq!(stats(&origin, &link, "?from=2026-01-01&country=DE").await["basis"], "rollup");
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn campaigns_are_counted_and_combined(database: PgPool) {
    let origin = Origin::start(&database).await;
    let link = origin.create_link("https://example.com").await;
    let at = "2026-11-22T12:00:00Z";
    for (utm, clicks_of_it) in [("utm_source=mail&utm_term=a+b", 8), ("utm_source=mail", 4), ("", 2)] {
        clicks(&origin, &link, at, ("DE", "mobile", ""), clicks_of_it).await;
        sqlx::query("UPDATE clicks SET utm = nullif($1, '') WHERE utm IS NULL AND request = 'r'")
            .bind(utm)
            .execute(&origin.analytics)
            .await
            .unwrap();
        sqlx::query("UPDATE clicks SET request = 's'").execute(&origin.analytics).await.unwrap();
    }
    count_value(&origin, id(&link), at, ("utm_source", "mail", "human"), 12).await;
    let range = "?from=2026-11-22&to=2026-11-24";
    let of_link = async |query: &str| stats(&origin, &link, &format!("{range}{query}")).await;
    let group = |value: &str, clicks: i64| json!({"value": value, "clicks": clicks, "visitors": clicks / 2});
    let by_source = of_link("&group_by=utm_source").await;
    assert_eq!(
        (&by_source["groups"], &by_source["basis"]),
        (&json!([group("mail", 12), group("(none)", 2)]), &json!("rollup"))
    );
    assert_eq!(of_link("&utm_source=mail").await["total"], 12);
    assert_eq!(of_link("&utm_source=(none)").await["total"], 2);
    let combined = of_link("&utm_source=mail&country=DE&group_by=utm_term").await;
    assert_eq!(combined["basis"], "raw");
    assert_eq!(combined["groups"], json!([group("a b", 8), group("(none)", 4)]));
    let raw = origin.get(&format!("{}/clicks", link_path(&link))).await.json();
    let utm: Vec<_> =
        raw["data"].as_array().unwrap().iter().map(|click| click["utm"]["utm_term"].clone()).collect();
    assert_eq!(utm.iter().filter(|term| **term == "a b").count(), 8);
}

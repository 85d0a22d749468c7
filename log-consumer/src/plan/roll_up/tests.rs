//! Tests of roll-ups: every click counts once in each of its dimensions.

use link_core::record::LinkId;
use link_core::test_util;
use time::macros::date;

use super::*;

const MIDNIGHT: UnixMillis = UnixMillis(1_795_478_400_000);
const LINK: Uuid = Uuid::from_u128(1);

fn click(after: i64) -> Click {
    Click {
        link: LinkId(LINK),
        country: Some("DE".into()),
        domain: Some("go.example.com".into()),
        ..test_util::click(MIDNIGHT.plus_millis(after))
    }
}

fn attributes(class: Class) -> ClickAttributes {
    ClickAttributes {
        class,
        browser: None,
        browser_version: None,
        os: None,
        os_version: None,
        device: None,
        language: None,
        referrer: Some("a.example".into()),
    }
}

fn roll_up(clicks: &[(i64, Class, i64)]) -> RollUp {
    let mut sums = RollUp::default();
    for (after, class, times) in clicks {
        let counted = CountedClick {
            click: &click(*after),
            attributes: &attributes(*class),
            new_visitor: true,
            by_minute: true,
        };
        sums.add(LINK, counted, *times);
    }
    sums
}

fn values(sums: &RollUp, dimension: Dimension) -> Vec<(String, String, &'static str, i64)> {
    let of_dimension = sums.days.iter().filter(|(key, _)| key.dimension == dimension);
    of_dimension
        .map(|(key, quarters)| {
            let clicks = quarters.values().map(|count| count.clicks).sum();
            (key.day.to_string(), key.value.clone(), key.class, clicks)
        })
        .collect()
}

#[test]
fn click_counts_in_its_quarter_and_minute() {
    let sums = roll_up(&[(-1, Class::Human, 1), (0, Class::Human, 1), (900_000, Class::Human, 1)]);
    let quarters: Vec<_> = sums
        .days
        .iter()
        .filter(|(key, _)| key.dimension == Dimension::Total)
        .flat_map(|(key, quarters)| quarters.keys().map(move |quarter| (key.day.to_string(), *quarter)))
        .collect();
    assert_eq!(quarters, [("2026-11-23".into(), 95), ("2026-11-24".into(), 0), ("2026-11-24".into(), 1)]);
    let minutes: Vec<_> = sums.minutes.keys().map(|key| key.minute.0 - MIDNIGHT.0).collect();
    assert_eq!(minutes, [-60_000, 0, 900_000]);
}

#[test]
fn totals_separate_people_from_bots() {
    let clicks = [(0, Class::Human, 1), (1, Class::Bot, 1), (2, Class::Suspect, 1), (5, Class::Human, 1)];
    let last_click = MIDNIGHT.plus_millis(5);
    assert_eq!(
        roll_up(&clicks).totals[&LINK],
        TotalCount { clicks: 4, human: 2, bot: 1, ..TotalCount::none(last_click) }
    );
}

#[test]
fn subtracted_click_leaves_nothing() {
    let sums = roll_up(&[(0, Class::Human, 1), (0, Class::Human, -1)]);
    assert!(sums.days.values().flat_map(BTreeMap::values).all(|count| *count == ClickCount::default()));
    assert!(sums.minutes.values().all(|count| *count == ClickCount::default()));
}

#[test]
fn domain_is_a_dimension_of_all_links_only() {
    assert!(values(&roll_up(&[(0, Class::Human, 1)]), Dimension::Domain).is_empty());
    let mut all = RollUp::default();
    all.add(
        ALL_LINKS,
        CountedClick {
            click: &click(0),
            attributes: &attributes(Class::Human),
            new_visitor: false,
            by_minute: true,
        },
        1,
    );
    assert_eq!(values(&all, Dimension::Domain).len(), 1);
}

#[test]
fn one_row_counts_a_region_with_its_city_and_a_browser_with_its_version() {
    let text = |text: &str| Some(text.to_owned());
    for (region, city, expected) in [
        (text("US-TX"), text("Austin"), Some("US-TX\tAustin")),
        (None, text("Austin"), Some("DE\tAustin")),
        (text("DE-BE"), None, Some("DE-BE")),
        (None, None, None),
    ] {
        let click = Click { region, city, ..click(0) };
        let attributes = ClickAttributes {
            browser: text("Firefox"),
            browser_version: text("145"),
            os: text("iOS"),
            ..attributes(Class::Human)
        };
        let mut sums = RollUp::default();
        let counted =
            CountedClick { click: &click, attributes: &attributes, new_visitor: true, by_minute: true };
        sums.add(LINK, counted, 1);
        let value =
            |dimension| values(&sums, dimension).into_iter().map(|(_, value, ..)| value).collect::<Vec<_>>();
        assert_eq!(value(Dimension::Region), Vec::from_iter(expected));
        assert_eq!(value(Dimension::Browser), ["Firefox\t145"]);
        assert_eq!(value(Dimension::Os), ["iOS"]);
        for dimension in [Dimension::City, Dimension::BrowserVersion, Dimension::OsVersion] {
            assert!(value(dimension).is_empty(), "{dimension:?} has no rows");
        }
    }
}

#[test]
fn overflow_values_count_as_other_in_their_class() {
    let mut sums = roll_up(&[(0, Class::Bot, 1), (900_000, Class::Bot, 1), (0, Class::Human, 1)]);
    sums.fold_overflow([(LINK, Dimension::Referrer, date!(2026 - 11 - 24), "a.example".into())]);
    let day = || "2026-11-24".to_owned();
    assert_eq!(
        values(&sums, Dimension::Referrer),
        [(day(), OTHER.into(), "bot", 2), (day(), OTHER.into(), "human", 1)]
    );
    assert_eq!(values(&sums, Dimension::Country).len(), 2);
}

#[test]
fn overflow_details_count_for_their_value() {
    let text = |text: &str| Some(text.to_owned());
    let mut sums = RollUp::default();
    for city in ["Austin", "Dallas", "Waco"] {
        let click = Click { region: text("US-TX"), city: text(city), ..click(0) };
        let attributes = attributes(Class::Human);
        let counted =
            CountedClick { click: &click, attributes: &attributes, new_visitor: false, by_minute: true };
        sums.add(LINK, counted, 1);
    }
    let overflow = |city: &str| (LINK, Dimension::Region, date!(2026 - 11 - 24), format!("US-TX\t{city}"));
    sums.fold_overflow(["Austin", "Waco"].map(overflow));
    let row = |value: &str, clicks| ("2026-11-24".to_owned(), value.to_owned(), "human", clicks);
    assert_eq!(values(&sums, Dimension::Region), [row("US-TX", 2), row("US-TX\tDallas", 1)]);
}

#[test]
fn orphan_visits_count_by_name_and_the_rest_as_other() {
    let mut sums = RollUp::default();
    let name = |name: &str, visits| OrphanName { name: name.into(), visits };
    sums.add_orphan_visits(
        date!(2026 - 11 - 24),
        &[name("x/poster", 2), name("x/poster", 1), name("x/.env", 7)],
        4,
    );
    let day = || "2026-11-24".to_owned();
    assert_eq!(
        values(&sums, Dimension::Orphan),
        [
            (day(), OTHER.into(), "", 4),
            (day(), "x/.env".into(), "probe", 7),
            (day(), "x/poster".into(), "person", 3),
        ]
    );
}

#[test]
fn long_value_is_cut_at_a_character_boundary() {
    assert_eq!(truncated(&"ä".repeat(300)).len(), MAX_VALUE_BYTES);
    assert_eq!(truncated(&format!("x{}", "ä".repeat(300))).len(), MAX_VALUE_BYTES - 1);
}

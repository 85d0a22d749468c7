//! Statistics from the blocks' clicks, under the names of `expected`.

/// One row per click and link, then one per click for all links.
macro_rules! of_link_and_all {
    () => {
        "(SELECT toString(link) AS name, * EXCEPT link FROM trial.clicks
          UNION ALL SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff' AS name, * EXCEPT link FROM trial.clicks)"
    };
}

/// The dimensions of a click and their values; a click without a value is in no group.
macro_rules! dimensions {
    () => {
        "ARRAY JOIN [('total', ''), ('country', ifNull(toString(country), '~')), ('referrer', if(referrer IS NULL, '~', '(all)')),
                     ('browser', ifNull(toString(browser), '~')), ('os', ifNull(toString(os), '~')),
                     ('device', ifNull(toString(device), '~')), ('language', ifNull(toString(language), '~')),
                     ('destination', ifNull(destination, '~')), ('tier', toString(tier)),
                     ('domain', if(name LIKE 'ffffffff%', ifNull(toString(domain), '~'), '~'))] AS value"
    };
}

pub(super) const BY_VALUE: &str = "clicks by value and class";
/// By ClickHouse's materialized view, which every insert feeds.
pub(super) const ROLLED_UP: &str = "rolled-up clicks";

pub(super) const QUERIES: [(&str, &str); 8] = [
    ("raw clicks", "SELECT toString(producer), count() FROM trial.clicks GROUP BY producer"),
    (
        BY_VALUE,
        concat!(
            "SELECT concat(name, ' ', toString(day), ' ', value.1, ' ', value.2, ' ', class), count() FROM ",
            of_link_and_all!(),
            " ",
            dimensions!(),
            " WHERE value.2 <> '~' GROUP BY name, day, value.1, value.2, class"
        ),
    ),
    (
        "visitors by value",
        concat!(
            "SELECT concat(name, ' ', toString(day), ' ', value.1, ' ', value.2), uniqExact(visitor) FROM ",
            of_link_and_all!(),
            " ",
            dimensions!(),
            " WHERE value.2 <> '~' AND visitor IS NOT NULL AND value.1 IN ('total', 'country', 'browser', 'os', 'device', 'language')
              GROUP BY name, day, value.1, value.2"
        ),
    ),
    (
        "visitors known",
        concat!(
            "SELECT concat(name, ' ', toString(day)), uniqExact(visitor) FROM ",
            of_link_and_all!(),
            " WHERE visitor IS NOT NULL GROUP BY name, day"
        ),
    ),
    (
        "quarters of an hour",
        concat!(
            "SELECT concat(name, ' ', toString(day), ' ', toString(intDiv(time_ms % 86400000, 900000)), ' ', class), count() FROM ",
            of_link_and_all!(),
            " GROUP BY name, day, intDiv(time_ms % 86400000, 900000), class"
        ),
    ),
    (
        "minutes, of all links",
        "SELECT concat(toString(intDiv(time_ms, 60000)), ' ', class), count() FROM trial.clicks
         GROUP BY intDiv(time_ms, 60000), class",
    ),
    (
        "totals of links",
        concat!(
            "SELECT concat(name, ' ', figure.1), figure.2 FROM (
                 SELECT name, count() AS clicks, countIf(class = 'human') AS human, countIf(class = 'bot') AS bot,
                        max(time_ms) AS last FROM ",
            of_link_and_all!(),
            " GROUP BY name)
             ARRAY JOIN [('clicks', toInt64(clicks)), ('human', toInt64(human)), ('bot', toInt64(bot)), ('last', last)] AS figure
             WHERE figure.2 <> 0"
        ),
    ),
    (
        ROLLED_UP,
        "SELECT concat(toString(link), ' ', toString(day), ' total  ', class), sum(clicks) FROM trial.link_days
         GROUP BY link, day, class",
    ),
];

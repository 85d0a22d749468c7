-- Days that are over leave `link_days`, which had a row for each of them for ever: their sums go into a row a month, their quarters of
-- an hour, which are most of a row and hardly ever asked for, into a table of their own. A question about a year by a thousand values
-- reads some 36,000 rows then, and not a million. Expands only; whoever reads adds up the tables, and what comes late of a sealed
-- day is in `link_days` until it is sealed too.

-- Clicks of a link in a month, by one value of one dimension and by class; its days are in arrays.
CREATE TABLE link_months (
    clicks       bigint   NOT NULL,
    visitors     bigint   NOT NULL,
    link_id      uuid     NOT NULL,
    month        date     NOT NULL,                -- its first day
    dimension    text     NOT NULL,
    value        text     NOT NULL,
    class        text     NOT NULL,
    -- Subscripts 1 to 31, like `quarter_clicks` of `link_days`.
    day_clicks   bigint[] NOT NULL,
    day_visitors bigint[] NOT NULL,
    PRIMARY KEY (link_id, dimension, month, value, class)
    -- A month's rows are all updated once a day, one after the other.
) WITH (fillfactor = 50);

CREATE TABLE sealed_quarters (
    link_id          uuid      NOT NULL,
    day              date      NOT NULL,
    dimension        text      NOT NULL,
    value            text      NOT NULL,
    class            text      NOT NULL,
    quarter_clicks   integer[] NOT NULL,
    quarter_visitors integer[] NOT NULL,
    PRIMARY KEY (link_id, dimension, day, value, class)
);

-- `counts` with `added` at subscript `at`, as for quarters.
CREATE FUNCTION add_day(counts bigint[], at integer, added bigint) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF added <> 0 THEN
        counts[at] := coalesce(counts[at], 0) + added;
    END IF;
    RETURN counts;
END $$;

-- Every row of a day, sealed, open or in both places.
CREATE VIEW quarters_of_days AS
SELECT link_id, day, dimension, value, class, quarter_clicks, quarter_visitors FROM link_days
UNION ALL
SELECT link_id, day, dimension, value, class, quarter_clicks, quarter_visitors FROM sealed_quarters;

-- For the maintenance, which takes one day after the other, the first time out of years. Rows lie in the order in which their days
-- came, so that a summary of pages is enough, which costs whoever stores nothing.
CREATE INDEX link_days_by_day ON link_days USING brin (day);

-- A day or two of rows that are gone: room for the next.
ALTER TABLE link_days SET (autovacuum_vacuum_scale_factor = 0.05);

-- From when on days are sealed. An origin of before reads `link_days` only and finds nothing of a day that is sealed, so it is a week
-- after this migration where one may run: by then nobody takes that deployment back.
ALTER TABLE pipeline_state ADD COLUMN sealing_from timestamptz NOT NULL DEFAULT now();

UPDATE pipeline_state SET sealing_from = now() + interval '7 days' WHERE EXISTS (SELECT FROM batches);

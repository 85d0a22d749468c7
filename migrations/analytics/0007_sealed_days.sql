-- Quarters of an hour of days that are over, in a table of their own. They are most of a row of `link_days` and hardly ever asked
-- for: without them a question about many days reads a tenth of the pages. Expands only; whoever reads quarters adds up both tables.

-- Of a row of `link_days` with the same key. What comes late is in the arrays there, until the maintenance has added it here.
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

-- For the maintenance, which takes one day after the other. A row's day never changes, so its updates stay in their page as before.
CREATE INDEX link_days_by_day ON link_days (day);

-- A day's rows are written anew when it is sealed. Statistics would pass by the old ones until a fifth of the table is such, which
-- is two months of them.
ALTER TABLE link_days SET (autovacuum_vacuum_scale_factor = 0.005);

ALTER TABLE pipeline_state
    -- No later day is sealed; of those before, what comes late may not be sealed yet.
    ADD COLUMN sealed_to date,
    -- From when on days are sealed. An origin of before reads `link_days` only and would miss a sealed day's quarters, so it is a
    -- day after this migration where one may run, as with claims.
    ADD COLUMN sealing_from timestamptz NOT NULL DEFAULT now();

UPDATE pipeline_state SET sealing_from = now() + interval '1 day' WHERE EXISTS (SELECT FROM batches);

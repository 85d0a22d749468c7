-- Books as counters, classes of clicks, visitors, and the roll-ups that statistics are answered from. Expands only: the
-- consumer of before goes on storing; what it stores has rule 0, and `reclassify` takes it into the roll-ups.

ALTER TABLE clicks
    -- A hash under a key that lived for one day.
    ADD COLUMN visitor uuid,
    -- Number of the autonomous system, 32 bits unsigned.
    ADD COLUMN network bigint,
    -- Version of the rules that gave `class`, `browser`, `os` and `device`; 0 before there were any.
    ADD COLUMN rule smallint NOT NULL DEFAULT 0,
    -- Whether the visitor counts here, of this link and of all: the roll-ups can be corrected click by click.
    ADD COLUMN new_to_link boolean NOT NULL DEFAULT false,
    ADD COLUMN new_to_all boolean NOT NULL DEFAULT false,
    ADD COLUMN class text,
    ADD COLUMN browser text,
    ADD COLUMN os text,
    ADD COLUMN device text,
    ADD COLUMN language text,
    ADD COLUMN destination text,
    ADD COLUMN domain text,
    ADD COLUMN purpose text;

-- For erasure: the clicks of a visitor, who is known for one day.
CREATE INDEX clicks_by_visitor ON clicks (visitor) WHERE visitor IS NOT NULL;

-- Who was seen on which link on which UTC day: a visitor counts once.
CREATE TABLE visitors (
    day     date NOT NULL,
    link_id uuid NOT NULL,                         -- all bits set: on any link
    visitor uuid NOT NULL,
    PRIMARY KEY (day, link_id, visitor)
) PARTITION BY RANGE (day);

CREATE TABLE visitors_default PARTITION OF visitors DEFAULT;

-- Clicks of a link on a UTC day, by one value of one dimension and by class; the day's quarters of an hour are in arrays.
-- One row a day and value, where a row a quarter would be up to 96: a month is then 31 rows of a value, and a time zone
-- that cuts through a day reads the day's arrays.
CREATE TABLE link_days (
    clicks           bigint    NOT NULL,
    visitors         bigint    NOT NULL,
    link_id          uuid      NOT NULL,           -- all bits set: of all links
    day              date      NOT NULL,
    dimension        text      NOT NULL,           -- 'total' has the one value ''
    value            text      NOT NULL,
    class            text      NOT NULL,
    -- Subscripts 0 to 95, from the first quarter that has any to the last; NULL is none. Postgres stores no NULLs.
    quarter_clicks   integer[] NOT NULL,
    quarter_visitors integer[] NOT NULL,
    PRIMARY KEY (link_id, dimension, day, value, class)
) WITH (fillfactor = 70);

-- The last days to the minute.
CREATE TABLE link_minutes (
    minute   timestamptz NOT NULL,
    link_id  uuid        NOT NULL,
    day      date        NOT NULL,
    clicks   integer     NOT NULL,
    visitors integer     NOT NULL,
    class    text        NOT NULL,
    PRIMARY KEY (day, link_id, minute, class)
) PARTITION BY RANGE (day);

CREATE TABLE link_minutes_default PARTITION OF link_minutes DEFAULT;

-- All clicks of a link, for the links database. Also what a consumer locks before it touches any other roll-up of a link.
CREATE TABLE link_totals (
    link_id       uuid        PRIMARY KEY,
    clicks        bigint      NOT NULL,
    human         bigint      NOT NULL,
    bot           bigint      NOT NULL,
    last_click_at timestamptz NOT NULL
) WITH (fillfactor = 70);

-- `counts` with `added` at subscript `at`.
CREATE FUNCTION add_at(counts integer[], at integer, added bigint) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF added <> 0 THEN
        counts[at] := coalesce(counts[at], 0) + added;
    END IF;
    RETURN counts;
END $$;

-- The books of a producer, in clicks. Counters: whatever becomes of batches and clicks, they stay.
CREATE TABLE producers (
    producer      uuid        PRIMARY KEY,
    produced      bigint      NOT NULL,
    stored        bigint      NOT NULL,
    -- In messages that came again.
    duplicate     bigint      NOT NULL,
    dead_lettered bigint      NOT NULL,
    first_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX producers_by_age ON producers (last_at DESC, producer);

CREATE TABLE producer_drops (
    producer uuid   NOT NULL,
    reason   text   NOT NULL,
    clicks   bigint NOT NULL,
    PRIMARY KEY (producer, reason)
);

-- Whether the declaration is in the counters. It is not where the batch arrived after all.
ALTER TABLE dropped_batches ADD COLUMN counted boolean NOT NULL DEFAULT false;

-- Batches that are in the dead-letter queue, or were discarded from it.
CREATE TABLE dead_batches (
    producer  uuid        NOT NULL,
    batch     bigint      NOT NULL,
    clicks    bigint      NOT NULL,
    -- Not when it was sent again and stored.
    counted   boolean     NOT NULL,
    letter_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (producer, batch)
);

-- What is stored already.
INSERT INTO producers (producer, produced, stored, duplicate, dead_lettered, first_at, last_at)
SELECT producer, max(produced), sum(clicks), 0, 0, min(stored_at), max(stored_at) FROM batches GROUP BY producer;

UPDATE dropped_batches dropped SET counted = true
WHERE NOT EXISTS (SELECT FROM batches WHERE batches.producer = dropped.producer AND batches.batch = dropped.batch);

INSERT INTO producer_drops (producer, reason, clicks)
SELECT producer, reason, sum(clicks) FROM dropped_batches WHERE counted GROUP BY producer, reason;

-- The books ask for a batch of a producer without knowing its day.
CREATE INDEX batches_by_producer ON batches (producer, batch);

CREATE TABLE pipeline_state (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Every click before this time is in the tables and books above; set when the queue was seen empty.
    complete_until timestamptz
);

INSERT INTO pipeline_state DEFAULT VALUES;

-- A partition for one day. What the default partition holds of that day moves into it. Safe to call again.
CREATE FUNCTION make_day_partition(parent text, wanted date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    partition text := parent || to_char(wanted, '"_"YYYY"_"MM"_"DD');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Nobody may add to the default partition while it is emptied; and nobody who stores shall wait behind us for long.
    PERFORM set_config('lock_timeout', '2s', true);
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS)', partition, parent);
    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE day = $1 RETURNING *) INSERT INTO %I SELECT * FROM moved',
                   parent || '_default', partition) USING wanted;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   parent, partition, wanted, wanted + 1);
    RETURN true;
END $$;

-- Drops the partitions of days before `kept_from`, and those days' rows in the default partition. Returns how many
-- partitions went. Safe to call again.
CREATE FUNCTION drop_days_before(parent text, kept_from date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    partition text;
    dropped integer := 0;
BEGIN
    PERFORM set_config('lock_timeout', '2s', true);
    FOR partition IN
        SELECT child.relname FROM pg_inherits
        JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = to_regclass(parent) AND child.relname ~ '_\d{4}_\d{2}_\d{2}$'
          AND to_date(right(child.relname, 10), 'YYYY_MM_DD') < kept_from
        ORDER BY child.relname
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', partition);
        dropped := dropped + 1;
    END LOOP;
    EXECUTE format('DELETE FROM %I WHERE day < $1', parent || '_default') USING kept_from;
    RETURN dropped;
END $$;

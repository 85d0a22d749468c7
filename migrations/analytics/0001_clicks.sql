-- The analytics database: the books of batches, the raw clicks, and the first roll-up. Nothing here refers to the
-- links database: it may be another server, and a deleted link must not poison a batch.

-- One row for each batch that is stored: what makes a message that is delivered twice count once. Its clicks are
-- inserted in the transaction that inserts this row, or not at all.
CREATE TABLE batches (
    day       date        NOT NULL,                -- UTC day of the first click
    producer  uuid        NOT NULL,                -- 128 random bits that name an isolate
    batch     bigint      NOT NULL,                -- the producer's running number; 32 bits unsigned on the wire
    clicks    integer     NOT NULL,
    produced  bigint      NOT NULL,                -- the producer's total, this batch included
    stored_at timestamptz NOT NULL DEFAULT now(),
    -- The day comes first: new rows then meet in a few pages of the index, though producers are random.
    PRIMARY KEY (day, producer, batch)
);

-- What producers gave up, as they declared it. A row stays when its batch arrives after all: the books subtract what
-- is in `batches`, so it does not matter which of the two comes first.
CREATE TABLE dropped_batches (
    producer     uuid        NOT NULL,
    batch        bigint      NOT NULL,
    clicks       bigint      NOT NULL,             -- 32 bits unsigned on the wire, and nothing bounds a declaration
    -- Text, like `clicks.tier`: with an enum, a reason that only a newer consumer knows would need its migration first.
    reason       text        NOT NULL,
    -- The batch that brought the declaration. The dropped batch's own day is not known.
    declared_day date        NOT NULL,
    declared_in  bigint      NOT NULL,
    stored_at    timestamptz NOT NULL DEFAULT now(),
    -- Without the day: a batch is dropped once, however often and whenever that is declared.
    PRIMARY KEY (producer, batch)
);

-- One row for each click. The columns are ordered by alignment, so that a row holds no padding.
CREATE TABLE clicks (
    time     timestamptz NOT NULL,
    batch    bigint      NOT NULL,
    link_id  uuid        NOT NULL,
    producer uuid        NOT NULL,
    -- UTC day of the click itself, not of its batch: a question about some days then reads their partitions only.
    day      date        NOT NULL,
    -- With producer and batch the click's name for ever. No key: `batches` keeps clicks from being stored twice, and an
    -- index over three random columns would cost more than all the rest of an insert.
    position integer     NOT NULL,
    status   smallint    NOT NULL,
    head     boolean     NOT NULL,
    -- Text, though an enum would be 3 bytes smaller: a tier that an older migration does not know would turn readable
    -- clicks into dead letters.
    tier     text        NOT NULL,
    request  text        NOT NULL,
    country  text,
    agent    text,
    referrer text
) PARTITION BY RANGE (day);

-- Raw clicks of a link, newest first. Everything else is answered by roll-ups.
CREATE INDEX clicks_by_link ON clicks (link_id, time);

-- Takes what no daily partition was made for, so that a missing one fails nothing.
CREATE TABLE clicks_default PARTITION OF clicks DEFAULT;

-- Clicks of a link in the 15 minutes from `bucket`: the longest step that starts on every local midnight (there are
-- time zones at :30 and :45). The origin's statistics read this table by these names.
CREATE TABLE link_clicks_15m (
    link_id uuid        NOT NULL,
    bucket  timestamptz NOT NULL,
    clicks  bigint      NOT NULL,
    PRIMARY KEY (link_id, bucket)
    -- A hot link's row is updated several times a second. Room in its page lets the new version stay there, without a
    -- new entry in the index.
) WITH (fillfactor = 70);

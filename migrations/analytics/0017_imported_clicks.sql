-- The past of imported links: visits, whose batches are remembered forever, and counts by day without visits. Expands only.

ALTER TABLE batches
    -- Kept forever: whenever an import sends its visits again, each counts once.
    ADD COLUMN imported boolean NOT NULL DEFAULT false;

ALTER TABLE producers
    -- The producer is an import, and keeps a row of its own.
    ADD COLUMN imported boolean NOT NULL DEFAULT false;

ALTER TABLE link_totals
    -- Imported visits of these classes. They are in `clicks`, and not in `human` and `bot`: they use nothing up of a link's maximum.
    ADD COLUMN imported_human bigint NOT NULL DEFAULT 0,
    ADD COLUMN imported_bot   bigint NOT NULL DEFAULT 0;

-- Clicks of a day that another shortener counted and whose visits are not known; in the roll-ups under the class `imported`. Setting a
-- day again changes the roll-ups by the difference.
CREATE TABLE imported_days (
    link_id uuid   NOT NULL,
    day     date   NOT NULL,
    clicks  bigint NOT NULL CHECK (clicks >= 0),
    PRIMARY KEY (link_id, day)
);

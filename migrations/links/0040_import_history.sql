-- The past that imports bring: which visits came in which call, and which import a link has its visits of. Expands only.

ALTER TABLE imports
    ADD COLUMN visits         bigint  NOT NULL DEFAULT 0,
    ADD COLUMN skipped_visits bigint  NOT NULL DEFAULT 0,
    -- The number of the last call that brought visits.
    ADD COLUMN visit_calls    integer NOT NULL DEFAULT 0,
    -- Of these visits. An import is a producer of clicks, and numbers its batches.
    ADD COLUMN visit_batches  bigint  NOT NULL DEFAULT 0,
    -- Counts by day that were not there before.
    ADD COLUMN days           bigint  NOT NULL DEFAULT 0;

-- Kept as long as the import: a call that is repeated, after months too, makes the same batches.
CREATE TABLE import_visits (
    import         uuid      NOT NULL REFERENCES imports ON DELETE CASCADE,
    -- As the client numbers its calls, from 1.
    number         integer   NOT NULL,
    -- SHA-256 of the call's visits: those of a repeated call are the same.
    digest         bytea     NOT NULL,
    -- The import's visits and batches before this call.
    visits_before  bigint    NOT NULL,
    batches_before bigint    NOT NULL,
    visits         integer   NOT NULL,
    -- Visits that were left out, by their position in the call, and why.
    skipped        integer[] NOT NULL,
    skip_reasons   text[]    COLLATE "C" NOT NULL,
    PRIMARY KEY (import, number)
);

-- The import that a link has its visits of, the first that brought any: a source that is imported twice counts once. No foreign key: a
-- deleted link may be restored.
CREATE TABLE link_histories (
    link   uuid PRIMARY KEY,
    import uuid NOT NULL
);

ALTER TABLE link_totals
    -- Imported visits, in `clicks` and not in `human` and `bot`: they use nothing up of `max_clicks`. NULL is none.
    ADD COLUMN imported_human bigint,
    ADD COLUMN imported_bot   bigint;

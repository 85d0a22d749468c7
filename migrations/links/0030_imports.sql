-- Imports from other shorteners: who opened one, and what became of each of its rows. Expands only.

CREATE TABLE imports (
    -- In the order of opening.
    id           uuid PRIMARY KEY DEFAULT uuidv7(),
    source       text COLLATE "C" NOT NULL,
    on_conflict  text COLLATE "C" NOT NULL,
    title        text,
    -- The API key that opened it. Null: the bootstrap key.
    created_by   uuid,
    created_at   timestamptz NOT NULL,
    -- Rows by their last verdict. Writing rows locks the import first, so the counts are exact.
    created      bigint NOT NULL DEFAULT 0,
    replaced     bigint NOT NULL DEFAULT 0,
    skipped      bigint NOT NULL DEFAULT 0,
    failed       bigint NOT NULL DEFAULT 0,
    last_row_at  timestamptz,
    -- Null again when rows follow.
    finished_at  timestamptz
);

-- Kept as long as the import: a row that is sent again, after months too, gets the answer it had.
CREATE TABLE import_rows (
    import       uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
    -- The source's own id.
    row_id       text COLLATE "C" NOT NULL CHECK (octet_length(row_id) BETWEEN 1 AND 800),
    -- In the order in which the rows first came.
    number       bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    verdict      text COLLATE "C" NOT NULL CHECK (verdict IN ('created', 'replaced', 'skipped', 'failed')),
    -- Created, replaced or found. No foreign key: a deleted link leaves the verdict.
    link         uuid,
    -- The link's name at that time; of a failed row, the name that it asked for.
    domain       text COLLATE "C",
    code         text COLLATE "C",
    renamed_from text COLLATE "C",
    -- Of a failed row. A problem repeats what a client sent: as jsonb it could not have every character of that.
    problem      json,
    url          text,
    PRIMARY KEY (import, row_id)
);

CREATE INDEX import_rows_failed ON import_rows (import, number) WHERE verdict = 'failed';

-- Whether an import has made the link: then the import is told of, not each link.
ALTER TABLE links ADD COLUMN imported boolean NOT NULL DEFAULT false;

-- Replaces the function of 0010.
CREATE OR REPLACE FUNCTION tell_created_links() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_bulk boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM webhook_endpoints WHERE enabled AND 'link.created' = ANY (events)) THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM created WHERE NOT imported) THEN
        RETURN NULL;
    END IF;
    is_bulk := (SELECT bool_and(in_bulk) FROM created);
    PERFORM write_webhook_messages(
        (SELECT jsonb_agg(jsonb_build_object('type', 'link.created', 'id', id, 'domain', domain, 'tags', to_jsonb(tags),
                'data', CASE WHEN NOT is_bulk THEN jsonb_build_object('link', webhook_link(link::links)) END) ORDER BY id)
         FROM created AS link WHERE NOT imported),
        coalesce(is_bulk, false));
    RETURN NULL;
END $$;

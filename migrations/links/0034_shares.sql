-- Addresses at which the statistics of a link or a tag are read without a key. Expands only.

CREATE TABLE shares (
    -- Its time is that of the creation.
    id         uuid PRIMARY KEY DEFAULT uuidv7(),
    -- Random, and kept as it is, so that the address can be shown again: who reads this table reads the clicks as well.
    token      text COLLATE "C" NOT NULL UNIQUE,
    link       uuid,
    tag        text COLLATE "C",
    title      text,
    timezone   text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    CHECK (num_nonnulls(link, tag) = 1)
);

CREATE INDEX shares_by_link ON shares (link, id) WHERE link IS NOT NULL;
CREATE INDEX shares_by_tag ON shares (tag, id) WHERE tag IS NOT NULL;

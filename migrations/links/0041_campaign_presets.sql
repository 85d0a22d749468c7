-- Campaign parameters that people use again: sets with a name, which belong to a key. Expands only.

CREATE TABLE campaign_presets (
    id        uuid PRIMARY KEY DEFAULT uuidv7(),
    -- Nil for the bootstrap key, as in `sessions`.
    principal uuid NOT NULL,
    name      text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 240),
    -- Without the prefix `utm_`.
    utm       jsonb NOT NULL,
    UNIQUE (principal, name)
);

-- The exports that keys have open, over all origins: each holds a function for as long as somebody reads it. Expands only.

CREATE TABLE open_exports (
    -- The API key's id; nil for the bootstrap key.
    principal uuid NOT NULL,
    -- From 1 to as many as a key may have open. Rows of exports that are over are taken again, so there are never more.
    slot      integer NOT NULL,
    -- Of the export that holds the slot: one that outlasted its time must not free the next one's.
    token     uuid NOT NULL,
    -- An origin that ends in the middle of an export frees nothing; the slot is free then.
    until     timestamptz NOT NULL,
    PRIMARY KEY (principal, slot)
);

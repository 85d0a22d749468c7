-- Who changed what, for a year: an entry for each write, in the transaction of the write. Expands only. What the previous release changes
-- has no entry. The creation of a link has none either: the link itself says who created it and when.

CREATE TABLE audit_entries (
    -- Its time is that of the entry, and its order that of the entries: by this database's clock, which all origins share.
    id         uuid PRIMARY KEY DEFAULT uuidv7(),
    -- The API key that asked for the write. Nil: the bootstrap key. Null: nobody asked, as when a link is blocked after a host was.
    key        uuid,
    kind       text COLLATE "C" NOT NULL,
    action     text COLLATE "C" NOT NULL,
    -- What was changed: a link, or something else by its id or name. Neither for a change of many links.
    link       uuid,
    subject    text COLLATE "C",
    -- How it was called before the change, where that is not the subject.
    name       text,
    -- The link's, before the change. A key that is bound to domains sees no entry of another domain.
    domain     text COLLATE "C",
    -- A list of {field, before, after}, without secrets.
    changes    jsonb NOT NULL DEFAULT '[]',
    -- Of a change of many links: their count, and the filter and change that the client sent.
    bulk       jsonb,
    -- The entry of the change of many links that this link's is part of.
    part_of    uuid,
    -- Of a deleted link, which cannot say it any more.
    created_by uuid,
    created_at timestamptz
);

CREATE INDEX audit_entries_by_link ON audit_entries (link, id) WHERE link IS NOT NULL;
-- Links of a change of many are in their own histories only.
CREATE INDEX audit_entries_listed ON audit_entries (id) WHERE part_of IS NULL;
CREATE INDEX audit_entries_by_kind ON audit_entries (kind, id) WHERE part_of IS NULL;
CREATE INDEX audit_entries_by_key ON audit_entries (key, id, kind) WHERE part_of IS NULL;

-- The database of record. Applied directly, never through a pooling proxy and never by a starting origin.

-- One counter for all links, so that revisions only grow, through deletion and re-creation too: a cache may then always
-- prefer the higher one. Drawn through the column's default (an update says `revision = DEFAULT`), because RDS Proxy
-- pins a client's connection when the text of a statement holds nextval().
CREATE SEQUENCE link_revision;

CREATE TABLE links (
    -- Ordered by time, so that new rows land on the same index page; public, so no counter.
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    domain text COLLATE "C" NOT NULL CHECK (octet_length(domain) BETWEEN 1 AND 253),
    -- Compared byte for byte: aB and Ab are two codes. Wide enough for an alias.
    code text COLLATE "C" NOT NULL CHECK (octet_length(code) BETWEEN 1 AND 256),
    url text NOT NULL CHECK (octet_length(url) <= 8192),
    status smallint NOT NULL CHECK (status IN (301, 302, 307, 308)),
    expires_at timestamptz,
    revision bigint NOT NULL DEFAULT nextval('link_revision'),
    -- Both are set by the origin's clock, the one that also judged `expires_at`.
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Serves every resolution, and decides who wins when two want one name.
    UNIQUE (domain, code)
);

ALTER SEQUENCE link_revision OWNED BY links.revision;

-- Ids that become codes are leased from this row in blocks. A row and not a sequence: a lease takes a whole block, never
-- passes the ceiling and checks the key in one statement, and a sequence can do none of these.
CREATE TABLE code_counter (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    next_id bigint NOT NULL DEFAULT 0 CHECK (next_id >= 0),
    -- Of the key that turns ids into codes; set by the first lease, for ever. Under another key, issued ids would
    -- yield codes that are taken.
    key_fingerprint text
)
-- Every lease makes a new version of the one row; room on its page lets them be pruned in place.
WITH (fillfactor = 10);

INSERT INTO code_counter DEFAULT VALUES;

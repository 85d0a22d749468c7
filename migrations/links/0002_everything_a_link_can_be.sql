-- The settings of a link, and what the API keeps beside links: domains, hosts that are refused, keys, idempotent answers,
-- totals of clicks, and what the edge has yet to publish. Expands only: code of before runs on it too.

ALTER TABLE links
    ADD COLUMN title text CHECK (octet_length(title) <= 1024),
    ADD COLUMN notes text CHECK (octet_length(notes) <= 16384),
    -- Sorted, each once.
    ADD COLUMN tags text[] COLLATE "C" NOT NULL DEFAULT '{}',
    -- The link's id in the client's own system.
    ADD COLUMN external_id text COLLATE "C" CHECK (octet_length(external_id) BETWEEN 1 AND 1024),
    ADD COLUMN starts_at timestamptz,
    ADD COLUMN expired_url text CHECK (octet_length(expired_url) <= 8192),
    ADD COLUMN max_clicks bigint CHECK (max_clicks > 0),
    -- Argon2id, as a PHC string.
    ADD COLUMN password_hash text,
    ADD COLUMN forward_query boolean NOT NULL DEFAULT false,
    ADD COLUMN forward_path boolean NOT NULL DEFAULT false,
    -- As in the link record: the origin reads and writes it whole.
    ADD COLUMN rules jsonb NOT NULL DEFAULT '[]',
    -- Three reasons why a link is not followed. Each has its own way back, so none may overwrite another.
    ADD COLUMN disabled boolean NOT NULL DEFAULT false,
    ADD COLUMN blocked boolean NOT NULL DEFAULT false,
    ADD COLUMN exhausted boolean NOT NULL DEFAULT false,
    -- Of every destination, in lower case. Not indexed: they are searched only when the list of refused hosts grows, and an
    -- index would make every create pay for that.
    ADD COLUMN hosts text[] COLLATE "C" NOT NULL DEFAULT '{}',
    -- Of the settings: half a SHA-256. Null where a password, which is salted, makes a link unlike any other.
    ADD COLUMN fingerprint uuid;

-- As `Destination::host` reads it.
UPDATE links SET hosts = ARRAY[rtrim(substring(url FROM '^https?://(\[[^]]*\]|[^/?#:]*)'), '.')];

CREATE UNIQUE INDEX links_external_id ON links (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX links_fingerprint ON links (fingerprint, id) WHERE fingerprint IS NOT NULL;

-- Lists. An id begins with the moment of creation. What most links are not costs a create nothing.
CREATE INDEX links_by_domain ON links (domain, id);
CREATE INDEX links_not_active ON links (id) WHERE disabled OR blocked OR exhausted;
CREATE INDEX links_by_tag ON links USING gin (tags) WHERE tags <> '{}';

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What a search looks through.
CREATE FUNCTION searched_text(code text, url text, title text, notes text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(code || E'\n' || url || E'\n' || coalesce(title, '') || E'\n' || coalesce(notes, ''));

CREATE INDEX links_by_text ON links USING gin (searched_text(code, url, title, notes) gin_trgm_ops);

-- The name of every tag that a link has, and of some that none has any more: taking one out would race with whoever uses
-- it again. How many links have one is counted when it is asked for; a counter here would make all creates that share a
-- tag wait for each other.
CREATE TABLE tags (
    name text COLLATE "C" PRIMARY KEY
);

CREATE FUNCTION remember_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tags SELECT unnest(NEW.tags) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER remember_tags AFTER INSERT OR UPDATE OF tags ON links
    FOR EACH ROW WHEN (NEW.tags <> '{}') EXECUTE FUNCTION remember_tags();

-- What the edge must know of every name that ever had a link, and what it has confirmed. A name without a link is a
-- tombstone. The row is written in the transaction of the change itself, and always last, so that it is locked for a moment.
CREATE TABLE publications (
    domain text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    -- Of the link; drawn here for a tombstone, after all who may change the row have let go of it.
    revision bigint NOT NULL DEFAULT nextval('link_revision'),
    published_revision bigint,
    PRIMARY KEY (domain, code)
);

INSERT INTO publications (domain, code, revision) SELECT domain, code, revision FROM links;

CREATE INDEX publications_pending ON publications (revision) WHERE published_revision IS DISTINCT FROM revision;

-- A create that waits while the name's last link is being deleted drew its revision before the tombstone did. It fails
-- here and is tried again with a new one.
CREATE FUNCTION revisions_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'revision % of % would follow %', NEW.revision, NEW.code, OLD.revision
        USING ERRCODE = 'serialization_failure';
END $$;

CREATE TRIGGER revisions_only_grow BEFORE UPDATE OF revision ON publications
    FOR EACH ROW WHEN (NEW.revision < OLD.revision) EXECUTE FUNCTION revisions_only_grow();

-- After domains or blocked hosts have changed, every link is judged by them again, in the order of ids and some at a time.
-- Whoever changes them or judges links locks the row first.
CREATE TABLE host_sweep (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Links up to this one have been judged. Null when all have.
    judged_to uuid
);

INSERT INTO host_sweep DEFAULT VALUES;

-- Domains beside the default one, which is the origin's configuration.
CREATE TABLE domains (
    name text COLLATE "C" PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 253),
    created_at timestamptz NOT NULL
);

-- Hosts that no link may lead to, by the operator's word.
CREATE TABLE blocked_hosts (
    host text COLLATE "C" PRIMARY KEY CHECK (octet_length(host) BETWEEN 1 AND 253),
    -- Every host below it too.
    subdomains boolean NOT NULL,
    reason text CHECK (octet_length(reason) <= 1024),
    created_at timestamptz NOT NULL
);

-- What two requests that would reuse the same link wait for. A row is deleted in the transaction that inserts it, so none is
-- ever seen.
CREATE TABLE reuse_locks (
    domain text COLLATE "C" NOT NULL,
    fingerprint uuid NOT NULL,
    PRIMARY KEY (domain, fingerprint)
);

-- Answers to requests that carried an Idempotency-Key. Written in the transaction of what they report.
CREATE TABLE idempotent_answers (
    -- The API key's id; nil for the bootstrap key.
    principal uuid NOT NULL,
    route text NOT NULL,
    key text COLLATE "C" NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL,
    -- All null while the first request is under way, which nobody ever sees.
    status smallint,
    headers jsonb,
    body bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (principal, route, key)
);

CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 1024),
    role text NOT NULL CHECK (role IN ('admin', 'editor', 'reader')),
    -- SHA-256 of the key, which is long and random: a slow hash would add nothing but latency.
    key_hash bytea NOT NULL UNIQUE,
    -- Of a key that was rotated, until it ends.
    previous_hash bytea UNIQUE,
    previous_until timestamptz,
    requests_per_minute integer NOT NULL CHECK (requests_per_minute > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    -- Written when requests are reported, not for every one.
    last_used_at timestamptz,
    -- The last minute that requests were reported for, and how many.
    window_start timestamptz,
    window_requests integer NOT NULL DEFAULT 0
)
-- Every report makes a new version of a row; room on its page lets it stay there.
WITH (fillfactor = 50);

-- Absolute totals of the clicks, set by the log consumer. No foreign key: a late total of a deleted link must not fail.
CREATE TABLE link_totals (
    link_id uuid PRIMARY KEY,
    clicks bigint NOT NULL,
    human bigint NOT NULL,
    bot bigint NOT NULL,
    last_click_at timestamptz
) WITH (fillfactor = 70);

CREATE INDEX link_totals_by_clicks ON link_totals (clicks, link_id);
CREATE INDEX link_totals_by_last_click ON link_totals (last_click_at, link_id) WHERE last_click_at IS NOT NULL;

-- Exact for every time that the API can write; one floating-point number of milliseconds would not be.
CREATE FUNCTION unix_millis(millis bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_timestamp(millis / 1000) + (millis % 1000) * interval '1 millisecond';

CREATE FUNCTION unix_micros(micros bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_timestamp(micros / 1000000) + (micros % 1000000) * interval '1 microsecond';

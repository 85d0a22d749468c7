-- Webhooks: who is told of what happens, and what each is to be told. Expands only.
--
-- Triggers write the messages, in the transaction of the change, whoever makes it: the origin, the consumer, a gate or a sweep. Nothing
-- is written unless an endpoint wants it.

CREATE TABLE webhook_endpoints (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    url             text NOT NULL CHECK (octet_length(url) BETWEEN 1 AND 2048),
    -- Types of events.
    events          text[] COLLATE "C" NOT NULL CHECK (events <> '{}'),
    -- Empty: all. A link with any of the tags counts.
    domains         text[] COLLATE "C" NOT NULL DEFAULT '{}',
    tags            text[] COLLATE "C" NOT NULL DEFAULT '{}',
    enabled         boolean NOT NULL DEFAULT true,
    disabled_reason text,
    -- Of the secret, which is derived and stored nowhere. The one before signs too, until it ends.
    generation      integer NOT NULL DEFAULT 1,
    previous_until  timestamptz,
    -- Since the first failure after the last success.
    failing_since   timestamptz,
    last_error      text,
    last_success_at timestamptz,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);

-- An event for one endpoint: it depends on the endpoint's filters how much of a bulk it sees.
CREATE TABLE webhook_messages (
    -- In the order of writing: changes of one link wait for each other.
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    endpoint        uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
    type            text COLLATE "C" NOT NULL,
    -- The links that it is about. A later message about one of them waits until this one is delivered or has failed.
    subjects        uuid[] NOT NULL DEFAULT '{}',
    data            jsonb NOT NULL,
    -- What it was made of, if that is in the other database: written once, however often it is tried.
    source          uuid,
    state           text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT 'epoch',
    -- The sender that has it now.
    lease           uuid,
    leased_until    timestamptz,
    last_status     integer,
    last_error      text,
    finished_at     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (endpoint, source)
);

CREATE INDEX webhook_messages_due ON webhook_messages (endpoint, next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX webhook_messages_by_subject ON webhook_messages USING gin (subjects) WHERE state = 'pending';
CREATE INDEX webhook_messages_log ON webhook_messages (endpoint, id);
CREATE INDEX webhook_messages_by_age ON webhook_messages (created_at);

-- Whether the link was made with others in one request, which is one event.
ALTER TABLE links ADD COLUMN in_bulk boolean NOT NULL DEFAULT false;

CREATE TABLE webhook_state (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Links that expired up to then have been told of. Null while nobody wants to know.
    expired_until timestamptz
);

INSERT INTO webhook_state DEFAULT VALUES;

CREATE FUNCTION webhook_time(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- A link as a message shows it: bounded, and nothing secret. Notes and rules may be longer than a whole message.
CREATE FUNCTION webhook_link(link links) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(shown::text) > 18000 THEN shown || '{"tags": null}' ELSE shown END
    FROM (SELECT jsonb_build_object(
        'id', link.id, 'domain', link.domain, 'code', link.code, 'url', link.url, 'title', link.title, 'tags', to_jsonb(link.tags),
        'external_id', link.external_id, 'status', link.status, 'starts_at', webhook_time(link.starts_at),
        'expires_at', webhook_time(link.expires_at), 'max_clicks', link.max_clicks,
        'password_protected', link.password_hash IS NOT NULL, 'disabled', link.disabled, 'blocked', link.blocked,
        'exhausted', link.exhausted, 'revision', link.revision, 'created_at', webhook_time(link.created_at),
        'updated_at', webhook_time(link.updated_at)) AS shown)
$$;

-- What an editor sets. Everything else follows from it, or is no event of its own.
CREATE FUNCTION webhook_settings(link links) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_jsonb(link) - '{revision, updated_at, exhausted, gated_at, hosts, fingerprint}'::text[];

-- Writes `changes`, a list of {type, id, domain, tags, data}, for each endpoint that wants them: one message each, or one together.
CREATE FUNCTION write_webhook_messages(changes jsonb, is_bulk boolean) RETURNS void LANGUAGE sql AS $$
    WITH wanted AS (
        SELECT endpoint.id AS endpoint, change.* FROM webhook_endpoints endpoint
        JOIN jsonb_to_recordset(changes) AS change (type text, id uuid, domain text, tags text[], data jsonb)
            ON change.type = ANY (endpoint.events)
            AND (endpoint.domains = '{}' OR change.domain = ANY (endpoint.domains))
            AND (endpoint.tags = '{}' OR endpoint.tags && change.tags)
        WHERE endpoint.enabled
    )
    INSERT INTO webhook_messages (endpoint, type, subjects, data)
    SELECT endpoint, type, array_remove(ARRAY[id], NULL), data FROM wanted WHERE NOT is_bulk
    UNION ALL
    -- 200 ids are 8 KB.
    SELECT endpoint, type, array_agg(id ORDER BY id), jsonb_build_object(
        'count', count(*), 'link_ids', to_jsonb((array_agg(id ORDER BY id))[:200]), 'truncated', count(*) > 200)
    FROM wanted WHERE is_bulk GROUP BY endpoint, type
$$;

-- Concurrent creates of single links share a statement too, and each is an event of its own.
CREATE FUNCTION tell_created_links() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_bulk boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM webhook_endpoints WHERE enabled AND 'link.created' = ANY (events)) THEN
        RETURN NULL;
    END IF;
    is_bulk := (SELECT bool_and(in_bulk) FROM created);
    PERFORM write_webhook_messages(
        (SELECT jsonb_agg(jsonb_build_object('type', 'link.created', 'id', id, 'domain', domain, 'tags', to_jsonb(tags),
                'data', CASE WHEN NOT is_bulk THEN jsonb_build_object('link', webhook_link(link::links)) END) ORDER BY id)
         FROM created AS link),
        coalesce(is_bulk, false));
    RETURN NULL;
END $$;

CREATE FUNCTION tell_changed_links() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changes jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM webhook_endpoints
                   WHERE enabled AND events && ARRAY['link.updated', 'link.exhausted', 'link.blocked']) THEN
        RETURN NULL;
    END IF;
    WITH change AS (
        SELECT link::links AS link,
               CASE WHEN link.blocked AND NOT earlier.blocked THEN 'link.blocked'
                    WHEN link.exhausted AND NOT earlier.exhausted THEN 'link.exhausted'
                    ELSE 'link.updated' END AS type,
               ARRAY(SELECT CASE setting.key WHEN 'password_hash' THEN 'password' ELSE setting.key END
                     FROM jsonb_each(webhook_settings(link::links)) AS setting
                     WHERE setting.value IS DISTINCT FROM webhook_settings(earlier::links) -> setting.key
                     ORDER BY setting.key) AS fields
        FROM after_change AS link JOIN before_change AS earlier ON earlier.id = link.id
    )
    SELECT jsonb_agg(jsonb_build_object('type', type, 'id', (link).id, 'domain', (link).domain, 'tags', to_jsonb((link).tags),
               'data', jsonb_build_object('link', webhook_link(link), 'changed', to_jsonb(fields))) ORDER BY (link).id)
    INTO changes FROM change WHERE type <> 'link.updated' OR fields <> '{}';
    IF changes IS NOT NULL THEN
        -- Links that are exhausted at one moment share a statement only by chance.
        PERFORM write_webhook_messages(changes, jsonb_array_length(changes) > 1
            AND NOT changes @> '[{"type": "link.exhausted"}]');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION tell_deleted_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM webhook_endpoints WHERE enabled AND 'link.deleted' = ANY (events)) THEN
        RETURN NULL;
    END IF;
    PERFORM write_webhook_messages(
        (SELECT jsonb_agg(jsonb_build_object('type', 'link.deleted', 'id', id, 'domain', domain, 'tags', to_jsonb(tags),
                'data', jsonb_build_object('link', webhook_link(link::links))) ORDER BY id)
         FROM deleted AS link),
        (SELECT count(*) > 1 FROM deleted));
    RETURN NULL;
END $$;

CREATE TRIGGER tell_created_links AFTER INSERT ON links
    REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION tell_created_links();
CREATE TRIGGER tell_changed_links AFTER UPDATE ON links
    REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION tell_changed_links();
CREATE TRIGGER tell_deleted_links AFTER DELETE ON links
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION tell_deleted_links();

CREATE FUNCTION tell_domains() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed domains;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    PERFORM write_webhook_messages(
        jsonb_build_array(jsonb_build_object('type', CASE TG_OP WHEN 'INSERT' THEN 'domain.created' WHEN 'UPDATE' THEN 'domain.updated'
                ELSE 'domain.deleted' END,
            'domain', changed.name, 'data', jsonb_build_object('domain', jsonb_build_object('host', changed.name)))),
        false);
    RETURN NULL;
END $$;

CREATE TRIGGER tell_domains AFTER INSERT OR UPDATE OR DELETE ON domains FOR EACH ROW EXECUTE FUNCTION tell_domains();

-- Tells of links that expired since the last call and up to `until`. Two callers at once tell of each once.
CREATE FUNCTION tell_expired_links(until timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz;
    is_wanted boolean := EXISTS (SELECT FROM webhook_endpoints WHERE enabled AND 'link.expired' = ANY (events));
    wanted_before boolean := EXISTS (SELECT FROM webhook_state WHERE expired_until IS NOT NULL);
BEGIN
    IF NOT is_wanted AND NOT wanted_before THEN
        RETURN;
    END IF;
    SELECT expired_until INTO since FROM webhook_state FOR UPDATE;
    IF NOT is_wanted OR since IS NULL THEN
        UPDATE webhook_state SET expired_until = CASE WHEN is_wanted THEN until END;
    ELSIF since < until THEN
        UPDATE webhook_state SET expired_until = until;
        PERFORM write_webhook_messages(
            (SELECT coalesce(jsonb_agg(jsonb_build_object('type', 'link.expired', 'id', id, 'domain', domain, 'tags', to_jsonb(tags),
                    'data', jsonb_build_object('link', webhook_link(link))) ORDER BY expires_at, id), '[]')
             FROM links AS link WHERE expires_at > since AND expires_at <= until),
            false);
    END IF;
END $$;

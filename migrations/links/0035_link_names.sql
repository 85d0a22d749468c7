-- Several names of a link. `links.aliases` has the further ones in the client's order, `link_names` has them by name. Expands only: the
-- previous release neither reads nor writes them, and triggers do to all names of a link what it does to the link.

ALTER TABLE links
    -- [{"domain": …, "code": …}]; never the link's own domain and code.
    ADD COLUMN aliases jsonb NOT NULL DEFAULT '[]',
    -- The same of all its names without regard to case, as far as they are spelled otherwise. Names only where the domain ignores case.
    ADD COLUMN folded jsonb NOT NULL DEFAULT '[]',
    -- Not validated: no row is older than the columns.
    ADD CONSTRAINT names_are_bounded
        CHECK (octet_length(aliases::text) <= 16384 AND octet_length(folded::text) <= 16384) NOT VALID;

CREATE TABLE case_ignoring_domains (
    domain text COLLATE "C" PRIMARY KEY
);

-- Every name of a link beside its domain and code. No name is in both tables, and each has a row in `publications`.
CREATE TABLE link_names (
    domain  text COLLATE "C" NOT NULL CHECK (octet_length(domain) BETWEEN 1 AND 253),
    code    text COLLATE "C" NOT NULL CHECK (octet_length(code) BETWEEN 1 AND 256),
    link_id uuid NOT NULL,
    -- From `links.folded`: nobody is shown it.
    folded  boolean NOT NULL,
    PRIMARY KEY (domain, code)
);

CREATE INDEX link_names_by_link ON link_names (link_id);
CREATE INDEX link_names_by_code ON link_names (code);
CREATE INDEX link_names_by_text ON link_names USING gin (lower(code) gin_trgm_ops);

-- Those of the spellings that are names.
CREATE FUNCTION found_spellings(folded jsonb) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT coalesce(jsonb_agg(name ORDER BY position), '[]')
            FROM jsonb_array_elements(folded) WITH ORDINALITY AS spelling (name, position)
            WHERE name ->> 'domain' IN (SELECT domain FROM case_ignoring_domains));

CREATE FUNCTION further_names(link links) RETURNS TABLE (domain text, code text, folded boolean) LANGUAGE sql STABLE AS $$
    SELECT name.domain, name.code, folded
    FROM (SELECT false, link.aliases UNION ALL SELECT true, found_spellings(link.folded)) AS list (folded, names)
    CROSS JOIN LATERAL jsonb_to_recordset(names) AS name (domain text, code text)
    -- The previous release may have made one of them the first.
    WHERE (name.domain, name.code) <> (link.domain, link.code)
$$;

-- The link with this name, or with its spelling without regard to case where the domain ignores it.
CREATE FUNCTION link_named(domain text, code text, folded text) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT id FROM (
        SELECT code, 1 UNION ALL
        SELECT folded, 2 WHERE EXISTS (SELECT FROM case_ignoring_domains ignoring WHERE ignoring.domain = link_named.domain)
    ) AS spelling (code, position)
    CROSS JOIN LATERAL (
        SELECT links.id FROM links WHERE links.domain = link_named.domain AND links.code = spelling.code
        UNION ALL
        SELECT name.link_id FROM link_names name WHERE name.domain = link_named.domain AND name.code = spelling.code
    ) link
    ORDER BY position LIMIT 1
$$;

-- The first of the names, {domain, code, folded, position}, that another link has.
CREATE FUNCTION taken_name(names jsonb, link uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(name)
    FROM jsonb_to_recordset(names) AS name (domain text, code text, folded boolean, position integer)
    WHERE (EXISTS (SELECT FROM links other
                   WHERE other.domain = name.domain AND other.code = name.code AND other.id IS DISTINCT FROM link)
           OR EXISTS (SELECT FROM link_names other
                      WHERE other.domain = name.domain AND other.code = name.code AND other.link_id IS DISTINCT FROM link))
        AND (NOT name.folded OR name.domain IN (SELECT ignoring.domain FROM case_ignoring_domains ignoring))
    ORDER BY name.position, name.folded LIMIT 1
$$;

-- The first of the further names whose domain is not ours.
CREATE FUNCTION unknown_name(names jsonb, default_domain text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(name)
    FROM jsonb_to_recordset(names) AS name (domain text, code text, folded boolean, position integer)
    WHERE name.position > 0 AND name.domain <> default_domain AND name.domain NOT IN (SELECT ours.name FROM domains ours)
    ORDER BY name.position LIMIT 1
$$;

-- Takes, keeps and frees the further names of a link, and has the edge publish them with it. Statements check names first. What they cannot
-- see, since it was written a moment ago, fails here, and succeeds or is refused when it is tried again.
CREATE FUNCTION keep_link_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A domain that begins or ends to ignore case waits for this transaction.
    LOCK TABLE case_ignoring_domains IN ROW SHARE MODE;
    IF TG_OP = 'DELETE' THEN
        WITH gone AS (DELETE FROM link_names WHERE link_id = OLD.id RETURNING domain, code)
        INSERT INTO publications (domain, code) SELECT domain, code FROM gone ORDER BY domain, code
        ON CONFLICT (domain, code) DO UPDATE SET revision = DEFAULT;
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        WITH gone AS (
            DELETE FROM link_names WHERE link_id = NEW.id
                AND (domain, code) NOT IN (SELECT name.domain, name.code FROM further_names(NEW) name)
            RETURNING domain, code
        )
        INSERT INTO publications (domain, code)
        -- The one that became the first name is none less.
        SELECT domain, code FROM gone WHERE (domain, code) <> (NEW.domain, NEW.code) ORDER BY domain, code
        ON CONFLICT (domain, code) DO UPDATE SET revision = DEFAULT;
        UPDATE link_names kept SET folded = name.folded FROM further_names(NEW) name
        WHERE kept.link_id = NEW.id AND kept.domain = name.domain AND kept.code = name.code AND kept.folded <> name.folded;
    END IF;
    INSERT INTO link_names (domain, code, link_id, folded)
    SELECT domain, code, NEW.id, folded FROM further_names(NEW) ORDER BY domain, code
    ON CONFLICT DO NOTHING;
    INSERT INTO publications (domain, code, revision)
    SELECT domain, code, NEW.revision FROM link_names WHERE link_id = NEW.id ORDER BY domain, code
    ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision;
    -- Only now: a transaction that takes one of the names too has committed, or waits for the row in `publications`.
    IF EXISTS (SELECT FROM further_names(NEW) name LEFT JOIN link_names USING (domain, code)
               WHERE link_names.link_id IS DISTINCT FROM NEW.id)
        OR EXISTS (SELECT FROM link_names name JOIN links other ON other.domain = name.domain AND other.code = name.code
                   WHERE name.link_id = NEW.id) THEN
        RAISE EXCEPTION 'a name of link % was taken', NEW.id USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;

-- Links with one name, which most are, pay for none of this.
CREATE TRIGGER keep_link_names_of_new AFTER INSERT ON links
    FOR EACH ROW WHEN (NEW.aliases <> '[]' OR NEW.folded <> '[]') EXECUTE FUNCTION keep_link_names();
CREATE TRIGGER keep_link_names_of_changed AFTER UPDATE OF revision ON links
    FOR EACH ROW WHEN (NEW.aliases <> '[]' OR NEW.folded <> '[]' OR OLD.aliases <> '[]' OR OLD.folded <> '[]')
    EXECUTE FUNCTION keep_link_names();
CREATE TRIGGER keep_link_names_of_deleted AFTER DELETE ON links
    FOR EACH ROW WHEN (OLD.aliases <> '[]' OR OLD.folded <> '[]') EXECUTE FUNCTION keep_link_names();

-- The other side of the check above: a link with this first name waited for the link that took it as a further one.
CREATE FUNCTION one_link_per_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM link_names name JOIN links link ON link.domain = name.domain AND link.code = name.code
               WHERE name.domain = NEW.domain AND name.code = NEW.code AND name.link_id <> link.id) THEN
        RAISE EXCEPTION 'a name was taken' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER one_link_per_name BEFORE UPDATE OF revision ON publications
    FOR EACH ROW EXECUTE FUNCTION one_link_per_name();

-- Messages show the further names, and changes of them as `aliases`. Replaces the functions of 0010 and 0026.
CREATE OR REPLACE FUNCTION webhook_settings(link links) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_jsonb(link) - '{revision, updated_at, exhausted, gated_at, hosts, fingerprint, folded}'::text[];

CREATE OR REPLACE FUNCTION webhook_link(link links) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(shown::text) > 18000 THEN shown || '{"tags": null, "aliases": null}' ELSE shown END
    FROM (SELECT jsonb_build_object(
        'id', link.id, 'domain', link.domain, 'code', link.code, 'aliases', link.aliases, 'url', link.url, 'title', link.title,
        'tags', to_jsonb(link.tags), 'external_id', link.external_id, 'status', link.status,
        'starts_at', webhook_time(link.starts_at), 'expires_at', webhook_time(link.expires_at), 'max_clicks', link.max_clicks,
        'password_protected', link.password_hash IS NOT NULL, 'disabled', link.disabled, 'archived', link.archived,
        'blocked', link.blocked, 'exhausted', link.exhausted, 'revision', link.revision, 'created_at', webhook_time(link.created_at),
        'updated_at', webhook_time(link.updated_at)) AS shown)
$$;

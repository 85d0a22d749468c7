-- The gate of links with a maximum of clicks: how often each was followed, counted before it is followed.

ALTER TABLE links
    -- Since when so little is left of a maximum above 100,000 that every visit asks for leave. A smaller one is gated without it.
    ADD COLUMN gated_at timestamptz;

-- No foreign key: counting a click must not wait for a change to the link. Beside `links`, whose rows are wide and have
-- nine indexes; here a count is a version on the same page.
CREATE TABLE link_gates (
    link_id uuid PRIMARY KEY,
    used bigint NOT NULL CHECK (used >= 0),
    -- From then on `used` alone decides. Until then the consumer's total counts where it is higher: of clicks from before the
    -- gate began, the last ones are still on their way through the queue.
    alone_from timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Visits that were granted, so that a call that is repeated at another origin costs nothing. A token is a UUID of version 7: the
-- first ones are the oldest. Each statement that adds some takes out more that are an hour old, see `grant_visits`.
CREATE TABLE gate_tokens (
    token uuid PRIMARY KEY,
    link_id uuid NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- Clicks of a link's maximum that are used up.
CREATE FUNCTION used_clicks(link_id uuid) RETURNS bigint LANGUAGE sql STABLE
    RETURN (
        SELECT CASE WHEN gate.alone_from <= now()
                     AND (link.max_clicks <= 100000 OR link.gated_at <= now() - interval '10 minutes') THEN gate.used
                    ELSE greatest(gate.used, totals.human, 0) END
        FROM links link
        LEFT JOIN link_gates gate ON gate.link_id = link.id
        LEFT JOIN link_totals totals ON totals.link_id = link.id
        WHERE link.id = used_clicks.link_id
    );

-- Counts visits, in their order, as far as their links' maxima go. A function, so that all of it is one statement of the client, that
-- commits or does not, while each statement in it has a snapshot of its own: once the gates are locked, what others have counted
-- is visible. A token comes once in a call; without one a visit is never known again. `used_up`: nothing is left, and the link
-- does not say so yet.
CREATE FUNCTION grant_visits(links_visited uuid[], tokens uuid[]) RETURNS TABLE (outcome text, used_up boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO link_gates (link_id, used, alone_from)
    SELECT link.id, coalesce(totals.human, 0), now() + interval '10 minutes'
    FROM links link LEFT JOIN link_totals totals ON totals.link_id = link.id
    WHERE link.id = ANY (links_visited) AND link.max_clicks IS NOT NULL
        AND NOT EXISTS (SELECT FROM link_gates known WHERE known.link_id = link.id)
    ORDER BY link.id
    ON CONFLICT DO NOTHING;

    -- In one order, so that two calls never wait for each other in a circle.
    PERFORM FROM link_gates gate WHERE gate.link_id = ANY (links_visited) ORDER BY gate.link_id FOR UPDATE;

    DELETE FROM gate_tokens WHERE token IN (
        SELECT old.token FROM gate_tokens old WHERE old.token < (SELECT uuidv7(interval '-1 hour'))
        ORDER BY old.token LIMIT 2 * cardinality(links_visited) FOR UPDATE SKIP LOCKED);

    RETURN QUERY
    WITH link AS MATERIALIZED (
        SELECT link.id, NOT link.disabled AND NOT link.blocked AS is_open, link.exhausted, link.max_clicks,
               used_clicks(link.id) AS used, gate.link_id IS NOT NULL AS is_locked
        FROM links link LEFT JOIN link_gates gate ON gate.link_id = link.id
        WHERE link.id = ANY (links_visited)
    ), visit AS (
        SELECT given.link_id, given.token, given.position, coalesce(link.is_open, false) AS is_open, link.exhausted,
               link.max_clicks, link.used, link.is_locked,
               EXISTS (SELECT FROM gate_tokens known
                       WHERE known.token = given.token AND known.link_id = given.link_id) AS is_known
        FROM unnest(links_visited, tokens) WITH ORDINALITY AS given(link_id, token, position)
        LEFT JOIN link ON link.id = given.link_id
    ), judged AS (
        SELECT visit.*, CASE
            WHEN NOT visit.is_open THEN 'withdrawn'
            WHEN visit.is_known OR visit.max_clicks IS NULL THEN 'granted'
            -- The maximum was set a moment ago, after the gates were locked.
            WHEN visit.exhausted OR NOT visit.is_locked THEN 'exhausted'
            WHEN row_number() OVER (PARTITION BY visit.link_id, visit.is_known ORDER BY visit.position)
                <= visit.max_clicks - visit.used THEN 'counted'
            ELSE 'exhausted' END AS outcome
        FROM visit
    ), tally AS (
        SELECT judged.link_id, min(judged.used) + count(*) FILTER (WHERE judged.outcome = 'counted') AS used
        FROM judged WHERE judged.max_clicks IS NOT NULL GROUP BY judged.link_id
    ), kept AS (
        INSERT INTO gate_tokens (token, link_id)
        SELECT judged.token, judged.link_id FROM judged WHERE judged.outcome = 'counted' AND judged.token IS NOT NULL
    ), counted AS (
        UPDATE link_gates gate SET used = tally.used FROM tally
        WHERE gate.link_id = tally.link_id AND gate.used <> tally.used
    )
    SELECT CASE judged.outcome WHEN 'counted' THEN 'granted' ELSE judged.outcome END,
           coalesce(judged.is_open AND NOT judged.exhausted AND judged.max_clicks <= tally.used, false)
    FROM judged LEFT JOIN tally ON tally.link_id = judged.link_id
    ORDER BY judged.position;
END $$;

-- What the edge has of them does not say yet that it must ask.
WITH gated AS (
    UPDATE links SET revision = DEFAULT WHERE max_clicks <= 100000 RETURNING domain, code, revision
)
INSERT INTO publications (domain, code, revision) SELECT domain, code, revision FROM gated ORDER BY domain, code
ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision;

-- Lists of what has dates: a state may follow from them.
CREATE INDEX links_with_start ON links (id) WHERE starts_at IS NOT NULL;
CREATE INDEX links_with_expiry ON links (id) WHERE expires_at IS NOT NULL;

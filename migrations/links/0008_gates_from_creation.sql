-- A link that is gated from its creation counts from zero, and alone: the consumer's total also has visits that were sent to the
-- `expired_url`, which use nothing up. Every link that becomes gated later gets its gate with that change, by any writer: so
-- a link without a gate was never ungated, or is not gated.

CREATE FUNCTION start_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO link_gates AS gate (link_id, used, alone_from)
    VALUES (NEW.id, coalesce((SELECT human FROM link_totals WHERE link_id = NEW.id), 0), now() + interval '10 minutes')
    ON CONFLICT (link_id) DO UPDATE
        SET used = greatest(gate.used, excluded.used), alone_from = excluded.alone_from
        -- A link that was gated already has a complete count.
        WHERE OLD.max_clicks IS NULL OR OLD.gated_at IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER gate_starts AFTER UPDATE OF max_clicks, gated_at ON links FOR EACH ROW
    WHEN (NEW.max_clicks <= 100000 AND (OLD.max_clicks IS NULL OR OLD.max_clicks > 100000)
          OR NEW.max_clicks > 100000 AND NEW.gated_at IS NOT NULL AND OLD.gated_at IS NULL)
    EXECUTE FUNCTION start_gate();

INSERT INTO link_gates (link_id, used, alone_from)
SELECT link.id, coalesce(totals.human, 0), now() + interval '10 minutes'
FROM links link LEFT JOIN link_totals totals ON totals.link_id = link.id
WHERE link.max_clicks <= 100000 OR link.gated_at IS NOT NULL
ORDER BY link.id
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION used_clicks(link_id uuid) RETURNS bigint LANGUAGE sql STABLE
    RETURN (
        SELECT CASE
            -- Gated from its creation, and never followed.
            WHEN gate.link_id IS NULL AND link.max_clicks <= 100000 THEN 0
            WHEN gate.alone_from <= now()
                 AND (link.max_clicks <= 100000 OR link.gated_at <= now() - interval '10 minutes') THEN gate.used
            ELSE greatest(gate.used, totals.human, 0) END
        FROM links link
        LEFT JOIN link_gates gate ON gate.link_id = link.id
        LEFT JOIN link_totals totals ON totals.link_id = link.id
        WHERE link.id = used_clicks.link_id
    );

-- As before, but for the gate that a first visit makes.
CREATE OR REPLACE FUNCTION grant_visits(links_visited uuid[], tokens uuid[]) RETURNS TABLE (outcome text, used_up boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO link_gates (link_id, used, alone_from)
    SELECT link.id, CASE WHEN link.max_clicks <= 100000 THEN 0 ELSE coalesce(totals.human, 0) END,
           CASE WHEN link.max_clicks <= 100000 THEN now() ELSE now() + interval '10 minutes' END
    FROM links link LEFT JOIN link_totals totals ON totals.link_id = link.id
    WHERE link.id = ANY (links_visited) AND link.max_clicks IS NOT NULL
        AND NOT EXISTS (SELECT FROM link_gates known WHERE known.link_id = link.id)
    ORDER BY link.id
    ON CONFLICT DO NOTHING;

    -- In one order, to avoid deadlocks.
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
            -- The maximum was set after the gates were locked.
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

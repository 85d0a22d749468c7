-- A link that is gated from its creation counts from zero, and alone: the consumer's total also has visits that were sent to the
-- `expired_url`, which use nothing up. A link that becomes gated later gets its gate with that change.

INSERT INTO link_gates (link_id, used, alone_from)
SELECT link.id, coalesce(totals.human, 0), now() + interval '10 minutes'
FROM links link LEFT JOIN link_totals totals ON totals.link_id = link.id
WHERE link.max_clicks <= 100000
ORDER BY link.id
ON CONFLICT DO NOTHING;

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

-- What one key may do, beside its requests. Expands only.

-- The second limit of a key: how many links it makes or changes in a minute, and how many it has in the last one that any were
-- reported for.
ALTER TABLE api_keys
    ADD COLUMN links_per_minute integer NOT NULL DEFAULT 10000 CHECK (links_per_minute > 0),
    ADD COLUMN links_window_start timestamptz,
    ADD COLUMN window_links integer NOT NULL DEFAULT 0;

-- What became of each link of a bulk whose answer is too large to be kept; `status`, `headers` and `body` are null then.
ALTER TABLE idempotent_answers ADD COLUMN outcomes jsonb;

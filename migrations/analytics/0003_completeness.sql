-- Up to what time the books of a producer add up, kept by the consumer with the books themselves. `pipeline_state` is no longer
-- read and goes when nobody runs an origin of before.

ALTER TABLE producers
    -- The newest of its clicks that are stored.
    ADD COLUMN last_click_at timestamptz,
    -- Its newest click when its books last added up; before they first did, the start of its first day.
    ADD COLUMN complete_until timestamptz;

-- Those of whom something is awaited: few, unless something fails.
CREATE INDEX producers_awaited ON producers (complete_until) WHERE complete_until < last_click_at;

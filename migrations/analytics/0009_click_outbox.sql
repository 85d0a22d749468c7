-- What webhooks tell of clicks: sums that the consumer writes in the transaction of the clicks, and the origin takes along every ten
-- seconds. Expands only.

CREATE TABLE click_outbox (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link_id   uuid NOT NULL,
    class     text COLLATE "C" NOT NULL,
    clicks    bigint NOT NULL CHECK (clicks > 0),
    stored_at timestamptz NOT NULL DEFAULT now(),
    -- The message that takes it along; the row is deleted once that is written in the links database.
    message   uuid
);

CREATE INDEX click_outbox_by_message ON click_outbox (message);

CREATE TABLE click_outbox_state (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Whether an endpoint wants to know; the origin keeps it true to the links database.
    is_wanted boolean NOT NULL DEFAULT false,
    taken_at  timestamptz
);

INSERT INTO click_outbox_state DEFAULT VALUES;

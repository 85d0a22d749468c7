-- Deleted links, from which they can be restored for 30 days. Expands only. What the previous release deletes has no row here.

CREATE TABLE deleted_links (
    id uuid PRIMARY KEY,
    -- The link's row, and those of `link_totals` and `link_gates` if it had any. As JSON, so that a column which is added later needs no
    -- change here.
    link jsonb NOT NULL,
    totals jsonb,
    gate jsonb,
    -- By the origin's clock.
    deleted_at timestamptz NOT NULL
);

CREATE INDEX deleted_links_by_age ON deleted_links (deleted_at);

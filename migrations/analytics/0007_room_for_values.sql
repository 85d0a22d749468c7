-- Whether a value is one of a link's thousand is asked only where there may be a thousand: a click brings at most one of each dimension.
-- Expands only: a consumer of before asks each time, and what it adds counts in `clicks`.

ALTER TABLE link_totals
    -- `clicks`, when the link's values were counted last.
    ADD COLUMN counted_at     bigint  NOT NULL DEFAULT 0,
    -- The most that were found of one dimension and day. A thousand where nobody counted: there may be no room.
    ADD COLUMN counted_values integer NOT NULL DEFAULT 1000,
    -- The first day of which they were counted; NULL: of all days.
    ADD COLUMN counted_from   date;

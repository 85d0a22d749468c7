-- In which order clicks were stored, for clients that follow the clicks of all links. The time of a click does not say: a click may be
-- stored days after later ones. Expands only.
--
-- A consumer locks the row of all links in `link_totals` and holds it until it commits. So numbers that are drawn under this lock are
-- in the order of the commits: a client that has read up to a number misses nothing, whatever was under way then.

-- The transaction that stored a click. NULL: before this migration.
ALTER TABLE clicks ADD COLUMN stored_in xid8;
-- Separately, or every stored click would be rewritten.
ALTER TABLE clicks ALTER COLUMN stored_in SET DEFAULT pg_current_xact_id();

CREATE TABLE stored_transactions (
    number      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction xid8        NOT NULL DEFAULT pg_current_xact_id(),
    stored_at   timestamptz NOT NULL DEFAULT now(),
    -- The first and last day of its clicks: a reader opens these partitions only. Wide where a consumer of an earlier release stored them.
    first_day   date        NOT NULL DEFAULT '-infinity',
    last_day    date        NOT NULL DEFAULT 'infinity'
    -- The consumer adds the days to its own row.
) WITH (fillfactor = 70);

-- Where an installation without clicks begins to follow.
INSERT INTO stored_transactions DEFAULT VALUES;

CREATE FUNCTION note_stored_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stored_transactions DEFAULT VALUES;
    RETURN NULL;
END $$;

-- Triggers, so that clicks of a consumer of an earlier release are followed too. The row is locked when they run.
CREATE TRIGGER stored_transactions_are_numbered AFTER UPDATE ON link_totals FOR EACH ROW
    WHEN (NEW.link_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff' AND NEW.clicks > OLD.clicks)
    EXECUTE FUNCTION note_stored_transaction();
CREATE TRIGGER first_transaction_is_numbered AFTER INSERT ON link_totals FOR EACH ROW
    WHEN (NEW.link_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    EXECUTE FUNCTION note_stored_transaction();

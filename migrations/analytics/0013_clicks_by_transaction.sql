-- A migration of its own: while an index is made, consumers wait, and with a change of the table in the same transaction readers would
-- wait too.

-- Each transaction's clicks have one value, and values only grow: new entries meet in the last page of the index, and share a list.
CREATE INDEX clicks_by_transaction ON clicks (stored_in) WHERE stored_in IS NOT NULL;

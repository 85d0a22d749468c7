-- A migration of its own: while an index is made, writes wait, and with a change of the table in the same transaction lookups would wait too.

CREATE INDEX links_archived ON links (id) WHERE archived;

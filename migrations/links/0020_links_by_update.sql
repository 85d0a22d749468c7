-- For lists in the order of changes: what has changed since. A migration of its own, since writes wait while an index is created.

CREATE INDEX links_by_update ON links (updated_at, id);

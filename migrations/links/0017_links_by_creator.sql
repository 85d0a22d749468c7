-- For lists of one key's links. A migration of its own, since writes wait while an index is created.

CREATE INDEX links_by_creator ON links (created_by, id) WHERE created_by IS NOT NULL;

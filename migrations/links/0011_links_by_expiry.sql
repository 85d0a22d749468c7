-- A link expires without a change, so webhooks need somebody to look. A migration of its own: while an index is made, writes wait, and
-- with a change of the table in the same transaction lookups would wait too.

CREATE INDEX links_by_expiry ON links (expires_at) WHERE expires_at IS NOT NULL;

-- The preview of its own that a link shows in messengers and networks: `title`, `description` and `image`. Expands only.

ALTER TABLE links ADD COLUMN preview jsonb CHECK (octet_length(preview::text) <= 16384);

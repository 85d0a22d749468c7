-- A search also finds tags that contain its text.

CREATE INDEX tags_by_text ON tags USING gin (lower(name) gin_trgm_ops);

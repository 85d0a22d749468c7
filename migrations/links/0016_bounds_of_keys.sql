-- What a key is bound to, and which key created a link. Expands only. The previous release does not know the bounds: the text of a bound
-- key has a form that it rejects.

ALTER TABLE api_keys
    -- Empty: all.
    ADD COLUMN domains text[] COLLATE "C" NOT NULL DEFAULT '{}',
    -- Only the links that the key itself has created exist for it.
    ADD COLUMN own_links boolean NOT NULL DEFAULT false,
    -- Empty: all that its role allows.
    ADD COLUMN actions text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- The API key that created the link. Null for the bootstrap key, and for links from before. No foreign key: a create must not wait for
-- the row of its key, which counts requests.
ALTER TABLE links ADD COLUMN created_by uuid;

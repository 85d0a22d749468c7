-- Sessions of the dashboard: a person signs in with an API key, and a cookie stands for it for half a day. Expands only.

CREATE TABLE sessions (
    id         uuid PRIMARY KEY DEFAULT uuidv7(),
    -- SHA-256 of the cookie's token, which is long and random.
    token_hash bytea NOT NULL UNIQUE,
    -- The API key's id; nil for the bootstrap key.
    principal  uuid NOT NULL,
    -- Of the key that the session was made with: the session ends with it, also after a rotation. For the bootstrap key a hash under
    -- the code key, since an operator may have chosen a short one.
    key_hash   bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX sessions_by_principal ON sessions (principal, id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

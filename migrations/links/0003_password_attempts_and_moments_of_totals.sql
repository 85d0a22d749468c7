-- How often a link's password was tried, and when totals were counted. Expands only.

-- The latest tries at a link's password that failed or are under way; of all strangers together, over all origins. A row is written
-- before the password is checked, so that tries that come at once count too. No foreign key: a row goes within an hour.
CREATE TABLE password_attempts (
    link_id    uuid PRIMARY KEY,
    -- Newest first, a few more than count: a right password takes its own out again.
    failures   timestamptz[] NOT NULL,
    -- A right one too.
    last_at    timestamptz NOT NULL
);

CREATE INDEX password_attempts_by_age ON password_attempts (last_at);

-- When the analytics database counted a total, by its clock and with the link's row locked: the later of two is the one to keep, also
-- where clicks were erased in between. Null for what a consumer of the previous release has set.
ALTER TABLE link_totals ADD COLUMN as_of timestamptz;

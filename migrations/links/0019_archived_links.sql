-- Links that lists leave out. A flag and not a state: an archived link is followed like any other. Expands only.

ALTER TABLE links ADD COLUMN archived boolean NOT NULL DEFAULT false;

-- Where a click came from within its country, and the versions of browser and system. In `link_days` a city is a detail of its region's
-- row, and a version of its browser's or system's. Expands only: consumers of the release before leave them empty.

ALTER TABLE clicks
    ADD COLUMN region text,
    ADD COLUMN city text,
    ADD COLUMN browser_version text,
    ADD COLUMN os_version text;

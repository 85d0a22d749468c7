-- The links with the most clicks of any period, from the links' own rows of all clicks. Expands only. The first index adds an entry for
-- each link and day that has clicks, the others one when a day is sealed; later clicks change no column of an index.

CREATE INDEX link_days_of_all_links ON link_days (day, link_id) WHERE dimension = 'total';
CREATE INDEX link_months_of_all_links ON link_months (month, link_id) WHERE dimension = 'total';
CREATE INDEX sealed_quarters_of_all_links ON sealed_quarters (day, link_id) WHERE dimension = 'total';

-- Campaigns: the `utm_…` parameters of a click, as in a query. Their values are dimensions of `link_days`. Expands only.

ALTER TABLE clicks ADD COLUMN utm text;

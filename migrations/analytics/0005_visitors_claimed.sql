-- Which batch brought a visitor first. A claim is committed before its batch is stored and outlives a failed attempt, so that
-- consumers that meet the same new visitor wait for a statement only, and not for each other's transactions.
--
-- NULL is what a consumer of before wrote, in the transaction that stored the batch.
ALTER TABLE visitors ADD COLUMN claim bigint;

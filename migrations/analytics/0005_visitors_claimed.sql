-- Which batch brought a visitor first. A claim can be committed before its batch is stored and outlives a failed attempt, so that
-- consumers that meet the same new visitor wait for a statement only, and not for each other's transactions.
--
-- NULL is what a consumer of before wrote, in the transaction that stored the batch.
ALTER TABLE visitors ADD COLUMN claim bigint;

-- From when on claims are committed before their batches. A consumer of before takes a claimed visitor for a counted one, so it is
-- a day after this migration where one may run: longer than a deployment, its canary and its roll-back take. The table is read
-- again with that, though 0003 says that it goes.
ALTER TABLE pipeline_state ADD COLUMN claims_ahead_from timestamptz NOT NULL DEFAULT now();

UPDATE pipeline_state SET claims_ahead_from = now() + interval '1 day' WHERE EXISTS (SELECT FROM batches);

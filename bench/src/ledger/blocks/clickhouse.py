"""ClickHouse's engine as a process: loads blocks and answers queries, a JSON document a line each way."""

import json
import sys

from chdb import session

# One token names one insert, so the same file must always become the same blocks of rows: one thread, one block.
LOAD = """
    INSERT INTO trial.clicks
    SETTINGS insert_deduplication_token = '{block}', deduplicate_blocks_in_dependent_materialized_views = 1,
             max_insert_threads = 1, max_threads = 1, input_format_parallel_parsing = 0, max_insert_block_size = 10000000,
             min_insert_block_size_rows = 10000000, min_insert_block_size_bytes = 0
    SELECT * FROM file('{file}', JSONEachRow)
"""

TABLES = [
    "CREATE DATABASE IF NOT EXISTS trial",
    """CREATE TABLE IF NOT EXISTS trial.clicks (
        time_ms Int64, day Date, link UUID, producer UUID, batch UInt32, position UInt32,
        class LowCardinality(String), tier LowCardinality(String), country LowCardinality(Nullable(String)),
        referrer Nullable(String), browser LowCardinality(Nullable(String)), os LowCardinality(Nullable(String)),
        device LowCardinality(Nullable(String)), language LowCardinality(Nullable(String)), destination Nullable(String),
        domain LowCardinality(Nullable(String)), visitor Nullable(UUID)
    ) ENGINE = MergeTree PARTITION BY day ORDER BY (link, time_ms)
    SETTINGS non_replicated_deduplication_window = 100000""",
    """CREATE TABLE IF NOT EXISTS trial.link_days (day Date, link UUID, class LowCardinality(String), clicks UInt64)
    ENGINE = SummingMergeTree PARTITION BY day ORDER BY (link, class)
    SETTINGS non_replicated_deduplication_window = 100000""",
    """CREATE MATERIALIZED VIEW IF NOT EXISTS trial.roll_up TO trial.link_days
    AS SELECT day, link, class, count() AS clicks FROM trial.clicks GROUP BY day, link, class""",
]


def answer(engine, request):
    if "load" in request:
        engine.query(LOAD.format(block=request["load"], file=request["file"]))
        return None
    return json.loads(str(engine.query(request["query"], "JSONCompact")))["data"]


def main(folder):
    engine = session.Session(folder)
    for table in TABLES:
        engine.query(table)
    print(json.dumps({"answer": None}), flush=True)
    for line in sys.stdin:
        try:
            outcome = {"answer": answer(engine, json.loads(line))}
        except Exception as error:  # Whatever it was, the caller reports it.
            outcome = {"error": str(error)}
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

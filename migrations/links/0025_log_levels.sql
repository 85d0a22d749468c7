-- Levels of the log that an operator has raised for a module, until a time. Origin and consumer read them once a minute. Expands only.

CREATE TABLE log_levels (
    module  text PRIMARY KEY CHECK (length(module) BETWEEN 1 AND 128),
    level   text NOT NULL CHECK (level IN ('error', 'warn', 'info', 'debug', 'trace')),
    ends_at timestamptz NOT NULL
);

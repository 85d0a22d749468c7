-- All that an invocation adds to a row of `link_days` in one statement, however many quarters of an hour it is for.

-- Sums of two arrays, subscript by subscript; what neither has stays NULL.
CREATE FUNCTION add_counts(counts integer[], added integer[]) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    FOR at IN coalesce(array_lower(added, 1), 1)..coalesce(array_upper(added, 1), 0) LOOP
        IF added[at] <> 0 THEN
            counts[at] := coalesce(counts[at], 0) + added[at];
        END IF;
    END LOOP;
    RETURN counts;
END $$;

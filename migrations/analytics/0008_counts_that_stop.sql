-- A quarter of an hour's count stops at what it can hold, where it was an error that turned readable clicks into dead letters: all
-- orphans of a day count in its first quarter, and a flood of them is beyond 2^31. The sums beside the arrays are exact.
CREATE OR REPLACE FUNCTION add_counts(counts integer[], added integer[]) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    FOR at IN coalesce(array_lower(added, 1), 1)..coalesce(array_upper(added, 1), 0) LOOP
        IF added[at] <> 0 THEN
            counts[at] := least(coalesce(counts[at], 0)::bigint + added[at], 2147483647);
        END IF;
    END LOOP;
    RETURN counts;
END $$;

-- Hosts in the one spelling by which they are compared with our own and with blocked ones, as `link_core::host::comparable` has
-- it: an IPv6 address that only carries an IPv4 address is that address. And tags that no path can name.

CREATE FUNCTION pg_temp.comparable_host(host text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    address inet;
    bytes bytea;
    first integer := 12;
    turned integer := 0;
BEGIN
    IF host NOT LIKE '[%]' THEN
        RETURN host;
    END IF;
    address := trim(BOTH '[]' FROM host)::inet;
    -- Behind family, bits, a flag and the length.
    bytes := substr(inet_send(address), 5);
    IF address <<= '2002::/16' THEN
        first := 2;
    ELSIF address <<= '2001::/32' THEN
        turned := 255;
    ELSIF NOT (
        address <<= '::ffff:0:0/96' OR address <<= '::ffff:0:0:0/96' OR address <<= '64:ff9b::/96' OR address <<= '64:ff9b:1::/48'
        OR address <<= '::/96' AND get_byte(bytes, 12) + get_byte(bytes, 13) > 0
        OR substr(bytes, 9, 4) IN ('\x00005efe', '\x02005efe')
    ) THEN
        RETURN host;
    END IF;
    RETURN concat_ws('.', get_byte(bytes, first) # turned, get_byte(bytes, first + 1) # turned,
                     get_byte(bytes, first + 2) # turned, get_byte(bytes, first + 3) # turned);
END $$;

UPDATE links
SET hosts = (SELECT array_agg(DISTINCT pg_temp.comparable_host(host) COLLATE "C") FROM unnest(hosts) AS host)
WHERE EXISTS (SELECT FROM unnest(hosts) AS host WHERE host LIKE '[%]');

INSERT INTO blocked_hosts (host, subdomains, reason, created_at)
SELECT pg_temp.comparable_host(host), subdomains, reason, created_at FROM blocked_hosts WHERE host LIKE '[%]'
ON CONFLICT DO NOTHING;

-- contract: no code compares with the other spellings; the rows above stand for them.
DELETE FROM blocked_hosts WHERE host <> pg_temp.comparable_host(host);

-- More hosts are ours than were: every link is judged again.
UPDATE host_sweep SET judged_to = '00000000-0000-0000-0000-000000000000' WHERE EXISTS (SELECT FROM links);

UPDATE links SET tags = array_remove(array_remove(tags, '.'), '..') WHERE tags && ARRAY['.', '..'] AND tags <> '{}';

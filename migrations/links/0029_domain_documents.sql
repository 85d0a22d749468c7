-- What visitors may learn of a domain, the default one included: its settings, and the files that it serves below `/.well-known/`.
-- Expands only.

CREATE TABLE domain_documents (
    domain   text COLLATE "C" NOT NULL,
    -- A reserved name, under which the edge publishes the document like a link: `publications` has a row for it too.
    name     text COLLATE "C" NOT NULL,
    revision bigint NOT NULL DEFAULT nextval('link_revision'),
    -- As the edge reads it.
    document text NOT NULL CHECK (octet_length(document) <= 262144),
    PRIMARY KEY (domain, name)
);

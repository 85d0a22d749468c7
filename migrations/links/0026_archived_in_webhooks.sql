-- Messages show whether the link is archived, as `changed` names it. Replaces the function of 0010.

CREATE OR REPLACE FUNCTION webhook_link(link links) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(shown::text) > 18000 THEN shown || '{"tags": null}' ELSE shown END
    FROM (SELECT jsonb_build_object(
        'id', link.id, 'domain', link.domain, 'code', link.code, 'url', link.url, 'title', link.title, 'tags', to_jsonb(link.tags),
        'external_id', link.external_id, 'status', link.status, 'starts_at', webhook_time(link.starts_at),
        'expires_at', webhook_time(link.expires_at), 'max_clicks', link.max_clicks,
        'password_protected', link.password_hash IS NOT NULL, 'disabled', link.disabled, 'archived', link.archived,
        'blocked', link.blocked, 'exhausted', link.exhausted, 'revision', link.revision, 'created_at', webhook_time(link.created_at),
        'updated_at', webhook_time(link.updated_at)) AS shown)
$$;

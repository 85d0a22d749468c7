//! The columns of each list and record.

use crate::output::cell::Column;

pub const LINKS: [Column; 6] = [
    Column::text("SHORT URL", "short_url"),
    Column::number("CLICKS", "clicks.total"),
    Column::number("HUMAN", "clicks.human"),
    Column::text("STATE", "state"),
    Column::flexible("DESTINATION", "url"),
    Column::time("CREATED", "created_at"),
];

pub const LINK: [Column; 31] = [
    Column::text("SHORT URL", "short_url"),
    Column::text("OTHER NAMES", "aliases"),
    Column::text("DESTINATION", "url"),
    Column::text("STATE", "state"),
    Column::text("TITLE", "title"),
    Column::text("NOTES", "notes"),
    Column::text("TAGS", "tags"),
    Column::number("CLICKS", "clicks.total"),
    Column::number("BY PEOPLE", "clicks.human"),
    Column::number("BY BOTS", "clicks.bot"),
    Column::time("STARTS", "starts_at"),
    Column::time("EXPIRES", "expires_at"),
    Column::text("EXPIRED URL", "expired_url"),
    Column::number("MAX CLICKS", "max_clicks"),
    Column::text("PASSWORD", "password_protected"),
    Column::text("REDIRECT", "status"),
    Column::text("FORWARD QUERY", "forward_query"),
    Column::text("FORWARD PATH", "forward_path"),
    Column::text("RULES", "rules"),
    Column::text("PREVIEW TITLE", "preview.title"),
    Column::text("PREVIEW DESCRIPTION", "preview.description"),
    Column::text("PREVIEW IMAGE", "preview.image"),
    Column::text("ARCHIVED", "archived"),
    Column::text("EXTERNAL ID", "external_id"),
    Column::text("DOMAIN", "domain"),
    Column::text("CODE", "code"),
    Column::text("ID", "id"),
    Column::number("REVISION", "revision"),
    Column::number("PUBLISHED", "published_revision"),
    Column::time("CREATED", "created_at"),
    Column::time("UPDATED", "updated_at"),
];

pub const CLICKS: [Column; 7] = [
    Column::time("TIME", "time"),
    Column::text("CLASS", "class"),
    Column::text("COUNTRY", "country"),
    Column::text("BROWSER", "browser"),
    Column::text("OS", "os"),
    Column::text("DEVICE", "device"),
    Column::flexible("REFERRER", "referrer"),
];

pub const TAGS: [Column; 2] = [Column::text("TAG", "name"), Column::number("LINKS", "links")];

pub const DOMAINS: [Column; 5] = [
    Column::text("HOST", "host"),
    Column::text("DEFAULT", "default"),
    Column::flexible("NAME", "name"),
    Column::flexible("HOME URL", "home_url"),
    Column::time("CREATED", "created_at"),
];

pub const DOMAIN: [Column; 15] = [
    Column::text("HOST", "host"),
    Column::text("DEFAULT", "default"),
    Column::text("HOME URL", "home_url"),
    Column::text("NOT FOUND URL", "not_found_url"),
    Column::text("EXPIRED URL", "expired_url"),
    Column::text("ROBOTS", "robots"),
    Column::text("IGNORE CASE", "ignore_case"),
    Column::text("NAME", "name"),
    Column::text("COLOR", "color"),
    Column::text("QR FOREGROUND", "qr_foreground"),
    Column::text("QR BACKGROUND", "qr_background"),
    Column::text("LOGO", "logo_url"),
    Column::text("APPLE APP SITE ASSOCIATION", "apple_app_site_association"),
    Column::text("ASSETLINKS", "assetlinks"),
    Column::time("CREATED", "created_at"),
];

pub const SHARES: [Column; 6] = [
    Column::flexible("TITLE", "title"),
    Column::text("ID", "id"),
    Column::time("EXPIRES", "expires_at"),
    Column::text("TIMEZONE", "timezone"),
    Column::time("CREATED", "created_at"),
    Column::text("URL", "url"),
];

pub const IMPORTS: [Column; 8] = [
    Column::text("ID", "id"),
    Column::text("FROM", "source"),
    Column::flexible("TITLE", "title"),
    Column::number("ROWS", "counts.rows"),
    Column::number("CREATED", "counts.created"),
    Column::number("FAILED", "counts.failed"),
    Column::time("BEGUN", "created_at"),
    Column::time("FINISHED", "finished_at"),
];

pub const IMPORT: [Column; 13] = [
    Column::text("ID", "id"),
    Column::text("FROM", "source"),
    Column::text("TITLE", "title"),
    Column::text("ON CONFLICT", "on_conflict"),
    Column::number("ROWS", "counts.rows"),
    Column::number("CREATED", "counts.created"),
    Column::number("REPLACED", "counts.replaced"),
    Column::number("SKIPPED", "counts.skipped"),
    Column::number("FAILED", "counts.failed"),
    Column::text("BY KEY", "created_by"),
    Column::time("BEGUN", "created_at"),
    Column::time("LAST ROW", "last_row_at"),
    Column::time("FINISHED", "finished_at"),
];

pub const IMPORT_FAILURES: [Column; 6] = [
    Column::text("ROW", "row_id"),
    Column::text("CODE", "code"),
    Column::flexible("DETAIL", "detail"),
    Column::text("DOMAIN", "domain"),
    Column::text("ALIAS", "alias"),
    Column::flexible("URL", "url"),
];

pub const KEYS: [Column; 6] = [
    Column::flexible("NAME", "name"),
    Column::text("ROLE", "role"),
    Column::text("ID", "id"),
    Column::time("EXPIRES", "expires_at"),
    Column::time("LAST USED", "last_used_at"),
    Column::time("CREATED", "created_at"),
];

pub const KEY: [Column; 13] = [
    Column::text("NAME", "name"),
    Column::text("KEY", "key"),
    Column::text("ROLE", "role"),
    Column::text("ID", "id"),
    Column::text("DOMAINS", "domains"),
    Column::text("OWN LINKS ONLY", "own_links"),
    Column::text("ACTIONS", "actions"),
    Column::number("REQUESTS PER MINUTE", "requests_per_minute"),
    Column::number("LINKS PER MINUTE", "links_per_minute"),
    Column::time("EXPIRES", "expires_at"),
    Column::time("LAST USED", "last_used_at"),
    Column::time("OLD KEY UNTIL", "previous_until"),
    Column::time("CREATED", "created_at"),
];

pub const BLOCKED: [Column; 4] = [
    Column::text("HOST", "host"),
    Column::text("SUBDOMAINS", "subdomains"),
    Column::flexible("REASON", "reason"),
    Column::time("CREATED", "created_at"),
];

pub const ORPHANS: [Column; 4] = [
    Column::flexible("NAME", "name"),
    Column::text("CLASS", "class"),
    Column::number("VISITS", "visits"),
    Column::text("LAST DAY", "last_day"),
];

pub const PRODUCERS: [Column; 7] = [
    Column::text("PRODUCER", "producer"),
    Column::number("PRODUCED", "produced"),
    Column::number("STORED", "stored"),
    Column::number("DUPLICATE", "duplicate"),
    Column::number("DEAD-LETTERED", "dead_lettered"),
    Column::number("MISSING", "missing"),
    Column::time("LAST BATCH", "last_at"),
];

pub const CONTEXTS: [Column; 4] = [
    Column::text("NAME", "name"),
    Column::text("CURRENT", "current"),
    Column::text("URL", "url"),
    Column::text("KEY", "key"),
];

pub const IDENTITY: [Column; 9] = [
    Column::text("SERVER", "server"),
    Column::text("CONTEXT", "context"),
    Column::text("NAME", "name"),
    Column::text("ROLE", "role"),
    Column::text("DOMAINS", "key.domains"),
    Column::text("OWN LINKS ONLY", "key.own_links"),
    Column::text("ACTIONS", "key.actions"),
    Column::time("EXPIRES", "key.expires_at"),
    Column::text("KEY FROM", "key_from"),
];

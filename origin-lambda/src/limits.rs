//! Every limit, timeout and pool size of the origin, with its reason.

use std::time::Duration;

use startup::sqs::SqsTimeouts;

/// For requests that do not pass the edge, which has narrower limits.
pub const MAX_BODY_BYTES: usize = 5_000_000;

/// A body may have a million errors; a person fixes a few at a time.
pub const MAX_LISTED_ERRORS: usize = 20;
/// Names of unknown fields are cut to this length where an error repeats them.
pub const MAX_ECHOED_CHARACTERS: usize = 64;

pub const MAX_TITLE_CHARACTERS: usize = 200;
pub const MAX_NOTES_CHARACTERS: usize = 4_000;
/// Messengers cut a preview's title after some 70 characters, and its description after some 200 (X, "Summary card").
pub const MAX_PREVIEW_TITLE_CHARACTERS: usize = 200;
pub const MAX_PREVIEW_DESCRIPTION_CHARACTERS: usize = 500;
pub const MAX_PREVIEW_IMAGE_BYTES: usize = 2_048;
/// Long enough for any system's id, a URL included.
pub const MAX_EXTERNAL_ID_CHARACTERS: usize = 255;
pub const MAX_TAGS: usize = 50;
pub const MAX_TAG_CHARACTERS: usize = 64;
/// A link's password may be short, since Argon2 and the limit on attempts protect it; the maximum keeps hashing cheap.
pub const MIN_PASSWORD_CHARACTERS: usize = 4;
pub const MAX_PASSWORD_CHARACTERS: usize = 128;

/// Wrong passwords of one link, by all visitors together, within [`PASSWORD_FAILURES_WINDOW`].
pub const FREE_PASSWORD_FAILURES: i32 = 20;
pub const PASSWORD_FAILURES_WINDOW: Duration = Duration::from_hours(1);
/// After that a link accepts one attempt per interval, 43,200 a day: too few to guess a password of six random letters and
/// digits, and a visitor who knows theirs gets in after a few attempts.
pub const PASSWORD_RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// In which a visitor's password form has to arrive, as at the edge.
pub const FORM_TIMEOUT: Duration = Duration::from_secs(10);
/// Links whose old attempts a new attempt deletes: more than one, so that there are never many.
pub const PASSWORD_ATTEMPTS_PURGE_BATCH: i64 = 10;

/// Every visit evaluates the rules in order.
pub const MAX_RULES: usize = 50;
pub const MAX_SPLIT_BRANCHES: usize = 20;
pub const MAX_WEIGHT: u16 = 10_000;
/// Per condition.
pub const MAX_CONDITION_VALUES: usize = 50;
/// All rules of a link together, as JSON. An isolate keeps thousands of records in 16 MB.
pub const MAX_RULES_BYTES: usize = 65_536;

pub const MAX_KEY_NAME_CHARACTERS: usize = 100;
/// Domains that a key may be bound to: read with every request of the key, and in each of its statements.
pub const MAX_KEY_DOMAINS: usize = 100;
/// Ten a second: enough for a script that sends one request after the other.
pub const DEFAULT_REQUESTS_PER_MINUTE: u32 = 600;
pub const MAX_REQUESTS_PER_MINUTE: u32 = 1_000_000;
/// Links created or changed, in any number of requests. The default is ten full bulks; the minimum is one full bulk, which could
/// otherwise never succeed.
pub const DEFAULT_LINKS_PER_MINUTE: u32 = 10_000;
pub const MIN_LINKS_PER_MINUTE: u32 = 1_000;
pub const MAX_LINKS_PER_MINUTE: u32 = 10_000_000;
/// Requests of a key are reported to the shared counter a twentieth of its limit at a time, so that each origin lets through at
/// most 5 % too many, and never more than [`MAX_REPORT_SIZE`] at a time.
pub const REPORTS_PER_WINDOW: u32 = 20;
pub const MAX_REPORT_SIZE: u32 = 100;
/// How long a rotated key keeps working: time to distribute the new one manually.
pub const DEFAULT_GRACE_SECONDS: u32 = 24 * 60 * 60;
pub const MAX_GRACE_SECONDS: u32 = 30 * 24 * 60 * 60;

/// How long a person stays signed in to the dashboard: a working day.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(12);
/// Sessions of one key. A further one ends the oldest, so that a script that signs in for every call fills no table.
pub const MAX_SESSIONS_PER_KEY: i64 = 100;

/// Campaign presets of one key.
pub const MAX_CAMPAIGN_PRESETS: i64 = 100;
pub const MAX_PRESET_NAME_CHARACTERS: usize = 60;

/// Shares of one link or tag that have not expired.
pub const MAX_SHARES: i64 = 100;
pub const MAX_SHARE_TITLE_CHARACTERS: usize = 200;
/// How long counts are sent again to anyone with a share's address, who may ask as often as they like.
pub const SHARED_STATISTICS_TTL: Duration = Duration::from_mins(1);

pub const MAX_WEBHOOK_ENDPOINTS: i64 = 20;
pub const MAX_WEBHOOK_URL_BYTES: usize = 2_048;
/// Events, domains or tags that an endpoint selects.
pub const MAX_WEBHOOK_FILTERS: usize = 100;
/// Of one endpoint in one lease, so that a busy one does not take the others' turn.
pub const MAX_DELIVERIES_PER_ENDPOINT: i64 = 10;
/// Deliveries that one request sends again.
pub const MAX_REPLAYED_MESSAGES: i64 = 1_000;
/// How long an origin remembers whether there are webhooks at all.
pub const WEBHOOK_PRESENCE_TTL: Duration = Duration::from_secs(10);
/// A link's expiry is told this late, so that no origin's clock is ahead of it.
pub const EXPIRY_MARGIN_MILLIS: i64 = 5_000;
/// An endpoint hears of clicks at most this often.
pub const CLICKS_TAKEN_EVERY: Duration = Duration::from_secs(10);
/// Sums of links and classes in one message: some ten seconds of a busy installation; the rest comes with the next.
pub const MAX_TAKEN_ROWS: i64 = 20_000;
/// Links that a message about clicks names: 15 of its 20 KB.
pub const MAX_BATCH_LINKS: usize = 80;

/// Links whose tag is renamed or removed in one statement, which then ends within a pool's `operation`. Equals
/// [`MIN_LINKS_PER_MINUTE`], so that every key may run one.
pub const RETAG_BATCH_LINKS: i64 = 1_000;
/// How long one request repeats that statement; below the 15 s that the edge waits.
pub const RETAG_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a raised level of the log lasts: an hour is enough for a fault that is being looked at, and a forgotten one costs little.
pub const LOG_LEVEL_MILLIS: i64 = 60 * 60 * 1_000;
/// Modules with a raised level at a time.
pub const MAX_LOG_LEVELS: i64 = 32;
pub const MAX_LOG_MODULE_BYTES: usize = 128;

/// The name of a domain that visitors' pages show.
pub const MAX_DOMAIN_NAME_CHARACTERS: usize = 60;
/// A logo, before and after it is written anew. Its hexadecimal text, twice as long, stays below a document's 256 KB.
pub const MAX_LOGO_BYTES: usize = 65_536;
/// Enough for print in the middle of a QR code.
pub const MAX_LOGO_PIXELS: u32 = 512;
/// An association file, as JSON. Apple accepts 128 KB; the edge caches the whole file.
pub const MAX_ASSOCIATION_BYTES: usize = 65_536;

/// The reason why a host is blocked.
pub const MAX_REASON_CHARACTERS: usize = 200;
/// Links counted per tag: counting takes some microseconds a link, and the list of links has the rest.
pub const MAX_COUNTED_LINKS: i64 = 10_000;
/// Links checked in one transaction after own or blocked hosts have changed. If all of them change, that takes most of a pool's
/// `operation`; if it takes longer, the sweep continues with fewer.
pub const SWEEP_BATCH_LINKS: i64 = 5_000;
/// How long a request that has changed hosts sweeps links itself: some hundred thousand links, and well below the 15 s that the
/// edge waits.
pub const SWEEP_TIMEOUT: Duration = Duration::from_secs(5);

/// Keys whose secrets are compared with that of a call to YOURLS' API: some ten milliseconds, since each is derived.
pub const MAX_YOURLS_KEYS: i64 = 10_000;
/// For waiting until no other signature is compared with all keys' secrets.
pub const SIGNATURE_WAIT: Duration = Duration::from_secs(1);
/// How far the time of a signature may be from ours (YOURLS, `YOURLS_NONCE_LIFE`).
pub const YOURLS_SIGNATURE_SECONDS: i64 = 43_200;
/// Raw clicks that Shlink's clients can page through: they download them all, and more freezes their tabs.
pub const MAX_VISITS: usize = 100_000;
/// A page of them. Its clients ask for as many.
pub const MAX_VISITS_PAGE: usize = 5_000;
/// A page of short URLs for Shlink's clients; see [`EXPORT_CHUNK_LINKS`].
pub const MAX_SHORT_URLS_PAGE: usize = 200;
/// Domains for Shlink's clients, whose list has no pages.
pub const MAX_LISTED_DOMAINS: i64 = 10_000;

/// Links of one answer of YOURLS' API, those before its start included; see [`EXPORT_CHUNK_LINKS`].
pub const MAX_YOURLS_LINKS: usize = 200;
/// The name of the function that JSONP calls.
pub const MAX_CALLBACK_BYTES: usize = 128;

/// Items on a page of a list.
pub const DEFAULT_PAGE_SIZE: u16 = 50;
pub const MAX_PAGE_SIZE: u16 = 100;
/// Bytes of the links on a page, which then has fewer of them: a hundred of the longest would have more than the 6 MB that
/// Lambda streams at full speed, or sends in one piece, escaped. A part of an export ends there too. A single link is always shorter.
pub const MAX_PAGE_BYTES: usize = 4_000_000;

/// Links of an export that one statement reads: one with all that it can have takes 64 KB.
pub const EXPORT_CHUNK_LINKS: usize = 200;
/// A part ends after this time, though it is short: rare links may be far apart. Below the 15 s that the edge waits.
pub const LINKS_EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Ids leased at a time. The counter row is written once per hundred creates, and a Lambda instance that ends early wastes
/// 100 of 10⁹ ids: ten million such instances exhaust the space.
pub const CODE_BLOCK: u64 = 100;
/// Collisions of names that an answer lists when a domain is to ignore case.
pub const MAX_LISTED_COLLISIONS: i64 = 20;
/// Links whose changes the edge gets with the answer when a domain begins or ends to ignore case; it pulls the others.
pub const MAX_SPELLED_CHANGES: i64 = 1_000;

/// Names of a link beside its domain and code.
pub const MAX_ALIASES: usize = 20;

/// Codes tried for one link. A code is taken only if an alias has the same shape, so a second attempt is rare; the bound keeps a
/// defect from using up the lease.
pub const MAX_CODE_ATTEMPTS: u32 = 10;

/// Attempts of a write that conflicts with another write of the same names. Each waits for the other to end, so a second one is
/// rare.
pub const MAX_CONTENDED_ATTEMPTS: u32 = 5;

/// A statement in a transaction may insert a thousand links or wait for another transaction. Below the 15 s that the edge waits
/// for an answer of the API.
pub const TRANSACTION_STATEMENT_TIMEOUT: Duration = Duration::from_secs(8);

/// How long a repeated request with the same idempotency key gets the stored response.
pub const IDEMPOTENCY_TTL: Duration = Duration::from_hours(24);
/// Expired responses that a new one deletes: more than one, so that there are never many.
pub const IDEMPOTENCY_PURGE_BATCH: i64 = 10;
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;
/// A bulk's response up to this size, a hundred ordinary links, is stored as it was sent. Of a larger one, which may have 5 MB,
/// only each link's outcome is stored, some 70 bytes; the links themselves are in the database.
pub const MAX_STORED_RESPONSE_BYTES: usize = 65_536;

/// How long a deleted link can be restored. The hourly maintenance deletes the rest of it then (`migrate/src/maintenance`).
pub const RESTORABLE_DAYS: i64 = 30;

/// Links that one request changes or deletes: each of their names is purged by a tag of its own, a hundred at a time.
pub const MAX_CHANGED_LINKS: usize = 500;
pub const MAX_BULK_LINKS: usize = 1_000;
/// Rows of an import in one request, each of which may make a link.
pub const MAX_IMPORT_ROWS: usize = MAX_BULK_LINKS;
/// For other requests of the same import; with [`TRANSACTION_STATEMENT_TIMEOUT`], about as long as the edge waits.
pub const IMPORT_LOCK_WAIT: Duration = Duration::from_secs(8);
/// How often the lock is tried again that another process has: each try takes a connection for a millisecond.
pub const IMPORT_LOCK_RETRY: Duration = Duration::from_millis(50);
/// A source's own id of a row.
pub const MAX_ROW_ID_CHARACTERS: usize = 200;
/// Visits that an import brings with one request. Their batches are a third of the answer's bytes that an edge takes.
pub const MAX_IMPORT_VISITS: usize = 1_000;
/// The numbers of these requests: ten billion visits.
pub const MAX_VISIT_CALLS: i32 = 10_000_000;
/// The batches of one request, in the answer to the edge. A thousand usual visits have 0.4 MB.
pub const MAX_VISITS_BYTES: usize = 4_000_000;
/// For sending them without an edge.
pub const VISITS_SENDING_TIMEOUT: Duration = Duration::from_secs(5);
/// Counts by day with one request: some 10,000 rows of roll-ups, which take half a second.
pub const MAX_IMPORT_DAYS: usize = 5_000;
/// Of one link and day.
pub const MAX_IMPORTED_DAY_CLICKS: i64 = 1_000_000_000;
/// What is kept of a failed row, which may have anything in its fields: as long as a destination may be.
pub const MAX_FAILED_URL_CHARACTERS: usize = 8_192;
pub const MAX_FAILED_NAME_CHARACTERS: usize = 256;
/// Names with a number appended that one statement looks up, and how often for one request: some 200 numbers for each of a thousand
/// names, 8,000 for a single one.
pub const MAX_SUFFIX_CANDIDATES: usize = 20_000;
pub const MAX_SUFFIX_LOOKUPS: u32 = 10;
/// Failed rows of a file that one statement reads.
pub const FAILED_ROWS_CHUNK: i64 = 1_000;
/// Per bulk: hashing a password takes a core for tens of milliseconds.
pub const MAX_BULK_PASSWORDS: usize = 20;
/// For hashing all passwords of one bulk. Together with [`TRANSACTION_STATEMENT_TIMEOUT`] below the 15 s that the edge waits. A
/// bulk that takes longer is rejected before anything is written.
pub const BULK_HASHING_TIMEOUT: Duration = Duration::from_secs(6);

/// A value that an audit entry keeps, as JSON: all fields of a link but long rules fit, and an editor cannot fill the disk by changing
/// those again and again.
pub const MAX_AUDIT_VALUE_BYTES: usize = 16_384;
/// How long an entry is kept. The hourly maintenance deletes it then (`migrate/src/maintenance`).
pub const AUDIT_DAYS: i64 = 365;

/// Letters or digits in a row: the trigram index needs three, and a search for fewer reads every link.
pub const MIN_SEARCH_CHARACTERS: usize = 3;
pub const MAX_SEARCH_CHARACTERS: usize = 200;
/// Tags, and domains, whose name a search may match: few names are that alike.
pub const MAX_SEARCH_TERMS: i64 = 1_000;
/// Tags of one condition of a list.
pub const MAX_FILTER_TAGS: usize = 20;
/// Links counted for a list that is asked how many there are: some 50 ms.
pub const MAX_TOTAL_LINKS: i64 = 100_000;

/// Pixels on each side of a QR code. The longest short link needs 161 modules of at least one pixel, and twice the margin. 4,096 are
/// 35 cm at 300 dpi; SVG has no limit.
pub const MIN_QR_PIXELS: usize = 256;
pub const MAX_QR_PIXELS: usize = 4_096;
pub const DEFAULT_QR_PIXELS: usize = 512;
/// Light modules on each side: what ISO/IEC 18004 requires. Less is for a code that is placed on something light.
pub const DEFAULT_QR_MARGIN: usize = 4;
pub const MAX_QR_MARGIN: usize = 20;
/// For waiting until a core is free to draw; the edge waits 2 s for a picture.
pub const DRAWING_WAIT: Duration = Duration::from_secs(1);
/// By which share of white's luminance, in percent, the modules differ at least. Our own choice.
pub const MIN_QR_CONTRAST: u32 = 40;

/// Edge changes in the answer to a write; the edge fetches the rest. The client's part may have 5 MB, and Lambda streams up to
/// 6 MB at full speed.
pub const MAX_EDGE_CHANGES_BYTES: usize = 1_000_000;
/// Changes in one answer to the edge, which purges up to 100 tags with one call.
pub const MAX_PULLED_CHANGES: i64 = 500;
/// For skipping changes that this origin cannot read: a hundred thousand of them, and below the 15 s that the edge waits.
pub const UNREADABLE_CHANGES_TIMEOUT: Duration = Duration::from_secs(5);

/// Points in one series: 27 years by day or 416 days by hour, about 600 KB.
pub const MAX_SERIES_POINTS: i64 = 10_000;
/// Groups in one answer. A dimension has at most a thousand values per day; a year may have more.
pub const MAX_GROUPS: usize = 1_000;
/// Links whose counts are added up for one answer that selects them by domain or tag.
pub const MAX_SELECTED_LINKS: i64 = 10_000;
/// A value that statistics are filtered by. Roll-ups have values of 512 bytes at most.
pub const MAX_FILTER_BYTES: usize = 512;
/// One value of a link's `utm`; statistics keep 200 bytes of it.
pub const MAX_UTM_CHARACTERS: usize = 200;
/// Raw clicks read for one period of an answer that roll-ups do not have; of more, a sample is read.
pub const MAX_RAW_CLICKS: i64 = 200_000;
/// The parts of a period that a sample of links' clicks is taken from.
pub const SAMPLE_SLICES: i64 = 400;
/// For all statements of one answer; after that the last known answer is sent. The edge asks another origin after half of its
/// 15 s.
pub const STATISTICS_TIMEOUT: Duration = Duration::from_secs(6);
/// Cached statistics of one process, keys included: an answer has some kilobytes, the largest about a megabyte.
pub const MAX_CACHED_ANSWER_BYTES: usize = 16_000_000;
/// Raw clicks on a page, and per chunk of a CSV export.
pub const DEFAULT_PAGE_CLICKS: usize = 100;
pub const MAX_PAGE_CLICKS: usize = 1_000;
pub const CSV_CHUNK_CLICKS: i64 = 2_000;
/// CSV exports that a key, the bootstrap key included, may have open over all origins. Each occupies a function or a connection
/// until it is read.
pub const MAX_OPEN_EXPORTS: i32 = 3;
/// An export that takes longer is cut off. A Lambda has 30 s (infra/regions.tf), in which it writes some half a million clicks.
pub const EXPORT_LAMBDA_TIMEOUT: Duration = Duration::from_secs(25);
pub const EXPORT_SERVER_TIMEOUT: Duration = Duration::from_secs(300);
/// `Retry-After` when a key has too many exports open: most exports take seconds.
pub const EXPORT_RETRY_SECONDS: u32 = 10;
/// How long a client may stop reading. A Lambda limits the whole response; the server limits a pause, since TCP never gives up
/// a peer whose window stays full.
pub const RESPONSE_LAMBDA_TIMEOUT: Duration = Duration::from_secs(27);
pub const STALLED_READER_TIMEOUT: Duration = Duration::from_secs(30);
/// Rows deleted in one statement, which then ends within a pool's `operation`.
pub const ERASE_BATCH_ROWS: i64 = 20_000;
/// How long one request repeats that statement: below the 15 s that the edge waits.
pub const ERASE_TIMEOUT: Duration = Duration::from_secs(8);
/// Orphan names on a page.
pub const DEFAULT_PAGE_ORPHANS: u16 = 100;
pub const MAX_PAGE_ORPHANS: u16 = 1_000;
/// In one answer of `/api/v1/pipeline`.
pub const MAX_LISTED_PRODUCERS: i64 = 100;
pub const MAX_MISSING_RANGES: i64 = 1_000;

/// `Retry-After` when a database cannot be reached: longer than reconnecting takes after a fail-over, short enough for a person
/// to wait.
pub const RETRY_AFTER_SECONDS: u32 = 5;

/// Names in one request of the edge: all candidates of one path.
pub const MAX_RESOLVED_NAMES: usize = link_core::redirect::link_path::MAX_CANDIDATES;

/// How often a Lambda without clicks sends its orphan visits, which otherwise go with the clicks. A scanner must not cause a
/// message per request.
pub const ORPHAN_VISITS_FLUSH_INTERVAL_MILLIS: i64 = 1_000;

/// Batches of one kind, such as resolutions, that run at a time, and requests per batch. The fewer batches, the more requests
/// share each; the second one runs while the first waits for a lock.
pub const MAX_CONCURRENT_BATCHES: usize = 2;
pub const MAX_BATCHED_REQUESTS: usize = 100;

#[derive(Debug, Clone, Copy)]
pub struct PoolLimits {
    pub max_connections: u32,
    /// Requests that may wait for a connection; further ones are rejected immediately.
    pub max_waiting: u32,
    /// For getting a connection, including opening one.
    pub acquire: Duration,
    /// From asking for a connection to the last row. Not a `statement_timeout`: RDS Proxy rejects it as a startup option and pins
    /// a connection that sets it.
    pub operation: Duration,
}

/// A point select takes well under a millisecond, so 16 connections serve 10,000 a second, and eight origins, each with four more
/// for lists and four for statistics, stay below a Postgres limit of 200. Both timeouts are below the 2 s that the edge waits for
/// a resolution, so that it learns the reason, and asks the next origin or serves a stale copy.
pub const LINKS_SERVER_POOL: PoolLimits = PoolLimits {
    max_connections: 16,
    // A busy pool serves these in some 25 ms.
    max_waiting: 240,
    acquire: Duration::from_secs(1),
    operation: Duration::from_millis(1_500),
};

/// A Lambda instance serves one request at a time. The second connection serves the request after one that timed out, whose
/// statement still runs on the first.
pub const LINKS_LAMBDA_POOL: PoolLimits =
    PoolLimits { max_connections: 2, max_waiting: 2, ..LINKS_SERVER_POOL };

/// List queries are slow and rare.
pub const LISTS_SERVER_POOL: PoolLimits =
    PoolLimits { max_connections: 4, max_waiting: 12, ..LINKS_SERVER_POOL };
/// One, and one for the list after a list that timed out and still runs.
pub const LISTS_LAMBDA_POOL: PoolLimits = PoolLimits { max_connections: 2, ..LINKS_LAMBDA_POOL };

/// The pools of the links database.
#[derive(Debug, Clone, Copy)]
pub struct LinksPools {
    pub links: PoolLimits,
    pub lists: PoolLimits,
}

pub const SERVER_POOLS: LinksPools = LinksPools { links: LINKS_SERVER_POOL, lists: LISTS_SERVER_POOL };
pub const LAMBDA_POOLS: LinksPools = LinksPools { links: LINKS_LAMBDA_POOL, lists: LISTS_LAMBDA_POOL };

/// Statistics may scan a year; no redirect waits for them, and few people read them at a time.
pub const ANALYTICS_POOL: PoolLimits = PoolLimits {
    max_connections: 4,
    max_waiting: 12,
    acquire: Duration::from_secs(1),
    operation: Duration::from_secs(5),
};

/// When all connections of a pool are in use and none has been returned for this long, new requests are rejected instead of
/// waiting. Longer than opening a connection takes.
pub const POOL_STALLED_AFTER: Duration = Duration::from_millis(250);

/// A connection that has been idle for this long is pinged before use, since a proxy or a fail-over may have dropped it; a busy
/// one saves the round trip.
pub const PING_AFTER_IDLE: Duration = Duration::from_secs(2);
/// After a failure, every connection is pinged before use for this long, in which all dead ones are found.
pub const PING_AFTER_OUTAGE: Duration = Duration::from_secs(30);

/// For waiting on another request's report of the same key's requests, which is one small statement.
pub const KEY_REPORT_WAIT: Duration = Duration::from_millis(1_500);

/// Codes drawn for links that were not created are kept for the next links, up to those of a few of the largest requests.
pub const MAX_UNSPENT_CODES: usize = 4 * MAX_BULK_LINKS;

/// For waiting until a core is free to hash a password; the edge waits 5 s in all.
pub const HASHING_WAIT: Duration = Duration::from_secs(2);

/// For waiting on a code, including refills by other requests.
pub const CODE_WAIT: Duration = Duration::from_secs(2);

/// For `/readyz`: less than load balancers and orchestrators wait for a probe.
pub const READINESS_TIMEOUT: Duration = Duration::from_millis(800);

/// For requests in progress after SIGTERM; below the 10 s after which Docker kills.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(8);
/// For sending the remaining clicks after that; the origin still ends before Docker kills.
pub const SHIPPING_GRACE: Duration = Duration::from_millis(1_500);

/// SQS is usually in the same region. Calls take some 10 ms; a batch that is sent again after a timeout is still stored once.
pub const QUEUE_TIMEOUTS: SqsTimeouts =
    SqsTimeouts { connect: Duration::from_millis(500), attempt: Duration::from_secs(1) };
/// Between the calls of a batch while the queue does not answer.
pub const QUEUE_RETRY_DELAY: Duration = Duration::from_secs(1);
/// Batches sent to SQS at a time: 100 clicks each, in some 10 ms, are 40,000 clicks a second.
pub const MAX_BATCHES_IN_FLIGHT: usize = 4;
/// A Lambda must send its clicks before it answers, so the visitor waits for it. After a failure it does not try to send again
/// for [`QUEUE_COOLDOWN_MILLIS`].
pub const SYNC_SHIPPING_TIMEOUT: Duration = Duration::from_millis(1_500);
pub const QUEUE_COOLDOWN_MILLIS: i64 = 5_000;

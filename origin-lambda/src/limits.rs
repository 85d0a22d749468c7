//! Every limit, timeout and pool size of the origin, with its reason. Decides nothing about what happens beyond one.

use std::time::Duration;

/// Of what comes past the edge, which has narrower limits of its own.
pub const MAX_BODY_BYTES: usize = 5_000_000;

/// A body may be wrong in a million places; a person mends a few at a time.
pub const MAX_LISTED_ERRORS: usize = 20;
/// Names of unknown fields are repeated to the client only so far.
pub const MAX_ECHOED_CHARACTERS: usize = 64;

pub const MAX_TITLE_CHARACTERS: usize = 200;
pub const MAX_NOTES_CHARACTERS: usize = 4_000;
/// Long enough for any system's id, a URL included.
pub const MAX_EXTERNAL_ID_CHARACTERS: usize = 255;
pub const MAX_TAGS: usize = 50;
pub const MAX_TAG_CHARACTERS: usize = 64;
/// Of a link's password. Argon2 and the limit on attempts make up for a short one; the upper end keeps hashing cheap.
pub const MIN_PASSWORD_CHARACTERS: usize = 4;
pub const MAX_PASSWORD_CHARACTERS: usize = 128;

/// Of a link, by all strangers together within [`PASSWORD_FAILURES_WINDOW`]; a right password does not count.
pub const FREE_PASSWORD_FAILURES: i32 = 20;
pub const PASSWORD_FAILURES_WINDOW: Duration = Duration::from_hours(1);
/// Beyond that, a link takes one try in this time. 43,200 a day: a password of six random letters and digits is then beyond
/// guessing, and a visitor who knows theirs gets in after a few turns.
pub const PASSWORD_TURN: Duration = Duration::from_secs(2);
/// Links whose tries a new one deletes: more than one, so that there are never many.
pub const PASSWORD_ATTEMPTS_FORGOTTEN_AT_ONCE: i64 = 10;

/// Rules are read for every visit, first to last.
pub const MAX_RULES: usize = 50;
pub const MAX_SPLIT_BRANCHES: usize = 20;
pub const MAX_WEIGHT: u16 = 10_000;
/// Of one condition.
pub const MAX_CONDITION_VALUES: usize = 50;
/// Of all rules together, as JSON. An isolate keeps thousands of records in 16 MB.
pub const MAX_RULES_BYTES: usize = 65_536;

pub const MAX_KEY_NAME_CHARACTERS: usize = 100;
/// Ten a second: what a script that does one thing after the other needs.
pub const DEFAULT_REQUESTS_PER_MINUTE: u32 = 600;
pub const MAX_REQUESTS_PER_MINUTE: u32 = 1_000_000;
/// Made or changed, by whatever number of requests. Ten full bulks; never less than one, which would then never be answered.
pub const DEFAULT_LINKS_PER_MINUTE: u32 = 10_000;
pub const MIN_LINKS_PER_MINUTE: u32 = 1_000;
pub const MAX_LINKS_PER_MINUTE: u32 = 10_000_000;
/// What a key does is written in lots of a twentieth of its limit, so that an origin lets through 5 % too many at most, and no
/// larger ones than this.
pub const LOTS_PER_WINDOW: u32 = 20;
pub const MAX_LOT: u32 = 100;
/// How long a rotated key works beside its successor: time to roll the new one out by hand.
pub const DEFAULT_GRACE_SECONDS: u32 = 24 * 60 * 60;
pub const MAX_GRACE_SECONDS: u32 = 30 * 24 * 60 * 60;

/// Whose tag is renamed or removed in one statement, which then ends within a pool's `operation`. No key may change fewer in a minute.
pub const RETAGGED_LINKS: i64 = 1_000;
/// How long one request goes on with that; below the 15 s that the edge waits.
pub const RETAGGING_PATIENCE: Duration = Duration::from_secs(10);

/// Why a host is blocked.
pub const MAX_REASON_CHARACTERS: usize = 200;
/// Of a tag: counting takes some microseconds a link, and who needs to know more asks for the list.
pub const MAX_COUNTED_LINKS: i64 = 10_000;
/// Judged in one transaction after hosts have changed. Where all of them change, that takes most of a pool's `operation`; where it
/// takes longer, the sweep goes on with fewer.
pub const SWEEP_LINKS: i64 = 5_000;
/// How long a request that has changed hosts takes part in the sweep: some hundred thousand links, and well below the
/// 15 s that the edge waits.
pub const SWEEP_PATIENCE: Duration = Duration::from_secs(5);

/// Of a list.
pub const DEFAULT_PAGE_SIZE: u16 = 50;
pub const MAX_PAGE_SIZE: u16 = 100;

/// Ids leased at once. The counter row is then written once in a hundred creates, and a Lambda instance that dies young
/// wastes 100 of 10⁹ ids: ten million instances wear the space out, not ten thousand.
pub const CODE_BLOCK: u64 = 100;
/// Codes tried for one link. A code is taken only by an alias of the same shape, so a second try is rare and a third is
/// not expected in this universe; the bound keeps a defect from emptying the lease.
pub const MAX_CODE_ATTEMPTS: u32 = 10;

/// A write that met another one on the same names is tried again, up to this often. Each waits for the other to end, so a
/// second time is rare.
pub const MAX_CONTENDED_ATTEMPTS: u32 = 5;

/// A statement of a transaction: it may insert a thousand links, or wait for another one's end. Below the 15 s that the edge waits
/// for an answer of the API.
pub const IN_TRANSACTION: Duration = Duration::from_secs(8);

/// How long the answer to a request with an idempotency key is given again.
pub const IDEMPOTENCY_KEPT: Duration = Duration::from_hours(24);
/// Older answers that a new one deletes: more than one, so that there are never many.
pub const IDEMPOTENCY_PURGED_AT_ONCE: i64 = 10;
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;
/// Of a bulk's answer that is kept to the letter: a hundred ordinary links. Of a larger one the outcome of each link is kept, some 70
/// bytes; the links themselves are stored anyway, and one bulk's answer may have 5 MB.
pub const MAX_KEPT_ANSWER_BYTES: usize = 65_536;

pub const MAX_BULK_LINKS: usize = 1_000;
/// Of one bulk: hashing a password takes a core for tens of milliseconds.
pub const MAX_BULK_PASSWORDS: usize = 20;
/// For all passwords of one bulk. With a statement's [`IN_TRANSACTION`] after it, below the 15 s that the edge waits: a bulk that
/// takes longer is refused while nothing is written yet.
pub const BULK_HASHING_PATIENCE: Duration = Duration::from_secs(6);

/// In a row, letters or digits: the index of texts knows three of them at a time, and a search for less reads every link.
pub const MIN_SEARCHED_CHARACTERS: usize = 3;
pub const MAX_SEARCH_CHARACTERS: usize = 200;

/// Pixels on each side of a QR code. The longest short link makes 121 modules, which must have one each; what goes to print is
/// better taken as SVG.
pub const MIN_QR_PIXELS: usize = 256;
pub const MAX_QR_PIXELS: usize = 2_048;
pub const DEFAULT_QR_PIXELS: usize = 512;

/// What the edge is told of in the answer to a write; the rest it fetches. The client's part may have 5 MB, and Lambda streams
/// up to 6 MB without a limit on its pace.
pub const MAX_ANNOUNCED_BYTES: usize = 1_000_000;
/// Changes in one answer to the edge, which purges up to 100 tags with one call.
pub const MAX_PULLED_CHANGES: i64 = 500;
/// For reading on behind changes that this origin cannot read: a hundred thousand of them, and below the 15 s that the edge waits.
pub const UNREADABLE_PATIENCE: Duration = Duration::from_secs(5);

/// In one answer of statistics: 27 years of days or 416 days of hours, about 600 KB.
pub const MAX_SERIES_POINTS: i64 = 10_000;
/// In one answer of statistics. A day has a thousand values of a dimension at most, a year may have more.
pub const MAX_GROUPS: usize = 1_000;
/// Whose sums are added up for one answer, where they are selected by domain or tag.
pub const MAX_SELECTED_LINKS: i64 = 10_000;
/// For the answer as a whole, which takes several statements; then the last one that is known is told. Half of the 15 s that
/// the edge waits is when it asks another origin.
pub const STATISTICS_PATIENCE: Duration = Duration::from_secs(6);
/// Of answers of statistics that one process remembers, and of the questions: an answer has some kilobytes, a million where it is
/// the largest.
pub const MAX_REMEMBERED_BYTES: usize = 16_000_000;
/// Raw clicks in a page, and at a time on their way into a CSV file.
pub const DEFAULT_PAGE_CLICKS: usize = 100;
pub const MAX_PAGE_CLICKS: usize = 1_000;
pub const CLICKS_A_CHUNK: i64 = 2_000;
/// Of one key, the bootstrap key too, over all origins. Each holds a function, or a connection, for as long as somebody reads it.
pub const MAX_OPEN_EXPORTS: i32 = 3;
/// From its beginning on; what takes longer is cut off. A Lambda has 30 s (infra/regions.tf), in which it writes some half a million clicks.
pub const EXPORT_LAMBDA_PATIENCE: Duration = Duration::from_secs(25);
pub const EXPORT_SERVER_PATIENCE: Duration = Duration::from_secs(300);
/// What `Retry-After` says then: most exports take seconds.
pub const EXPORT_RETRY_SECONDS: u32 = 10;
/// A reader that takes nothing for this long is cut off: as a Lambda's answer as a whole, or by TCP, which waits for a peer that says its
/// window is full for ever.
pub const ANSWER_LAMBDA_PATIENCE: Duration = Duration::from_secs(27);
pub const SILENT_READER: Duration = Duration::from_secs(30);
/// Rows of a table that go in one statement, which then ends within a pool's `operation`.
pub const ERASED_AT_ONCE: i64 = 20_000;
/// How long one request goes on with that: below the 15 s that the edge waits.
pub const ERASING_PATIENCE: Duration = Duration::from_secs(8);
/// Names without a link in a page.
pub const DEFAULT_PAGE_ORPHANS: u16 = 100;
pub const MAX_PAGE_ORPHANS: u16 = 1_000;
/// In one answer of the pipeline.
pub const MAX_LISTED_PRODUCERS: i64 = 100;
pub const MAX_MISSING_RANGES: i64 = 1_000;

/// What `Retry-After` says when a database cannot be reached: longer than a fail-over's reconnects, short enough for a
/// person to wait.
pub const RETRY_AFTER_SECONDS: u32 = 5;

/// Of an edge's question: all that one path may mean.
pub const MAX_RESOLVED_NAMES: usize = link_core::link_path::MAX_CANDIDATES;

/// How often a Lambda that counts no click sends what visits to names without a link it has counted: nothing else would, and a
/// scanner must not have a message for each.
pub const ORPHANS_PAUSE_MILLIS: i64 = 1_000;

/// Of one kind, such as resolving: statements at a time for the requests of a moment, and requests in one. The fewer statements,
/// the more share each; a second one is for when the first waits for a lock.
pub const GATHERED_WORKS: usize = 2;
pub const MAX_GATHERED: usize = 100;

#[derive(Debug, Clone, Copy)]
pub struct PoolLimits {
    pub max_connections: u32,
    /// How many may wait for a connection; those who come then are refused at once.
    pub max_waiting: u32,
    /// Waiting for a free connection, opening one included.
    pub acquire: Duration,
    /// From asking for a connection to the last row. Kept here and not as `statement_timeout`: RDS Proxy refuses it as a
    /// startup option and pins a connection that sets it.
    pub operation: Duration,
}

/// A server: a point select takes well under a millisecond, so 16 connections carry 10,000 a second, and eight origins, each with
/// four more for lists and four for statistics, stay below a Postgres that allows 200. Both times lie below the 2 s that the edge
/// waits for a resolution: it then hears why, and asks the next origin or serves a stale copy.
pub const LINKS_SERVER_POOL: PoolLimits = PoolLimits {
    max_connections: 16,
    // Some 25 ms of a busy pool's work.
    max_waiting: 240,
    acquire: Duration::from_secs(1),
    operation: Duration::from_millis(1_500),
};

/// A Lambda instance serves one request at a time. The second connection is for the request after one that timed out,
/// while the first still waits for its statement.
pub const LINKS_LAMBDA_POOL: PoolLimits =
    PoolLimits { max_connections: 2, max_waiting: 2, ..LINKS_SERVER_POOL };

/// Lists are long and few.
pub const LISTS_SERVER_POOL: PoolLimits =
    PoolLimits { max_connections: 4, max_waiting: 12, ..LINKS_SERVER_POOL };
/// As with lookups: one, and one for the list after a list that was given up and still runs.
pub const LISTS_LAMBDA_POOL: PoolLimits = PoolLimits { max_connections: 2, ..LINKS_LAMBDA_POOL };

/// To the links database.
#[derive(Debug, Clone, Copy)]
pub struct LinksPools {
    pub links: PoolLimits,
    pub lists: PoolLimits,
}

pub const SERVER_POOLS: LinksPools = LinksPools { links: LINKS_SERVER_POOL, lists: LISTS_SERVER_POOL };
pub const LAMBDA_POOLS: LinksPools = LinksPools { links: LINKS_LAMBDA_POOL, lists: LISTS_LAMBDA_POOL };

/// Statistics may scan a year; nobody redirects by them, and few read them at once.
pub const ANALYTICS_POOL: PoolLimits = PoolLimits {
    max_connections: 4,
    max_waiting: 12,
    acquire: Duration::from_secs(1),
    operation: Duration::from_secs(5),
};

/// All connections of a pool are in use, and none has come back for this long: whoever would have to wait is refused. Longer
/// than it takes to open one.
pub const STALLED_AFTER: Duration = Duration::from_millis(250);

/// A connection that has been idle for this long is pinged before use (a proxy or a fail-over may have dropped it); a
/// busy one is spared the round trip.
pub const PING_AFTER_IDLE: Duration = Duration::from_secs(2);
/// After a failure, every connection is pinged before use for this long; by then the dead ones have all had their turn.
pub const PING_AFTER_OUTAGE: Duration = Duration::from_secs(30);

/// For others' report of the same key's requests, which is one small statement.
pub const KEY_WAIT: Duration = Duration::from_millis(1_500);

/// That were drawn for links that were not made, and are kept for the next: those of a few of the largest requests.
pub const MAX_UNSPENT_CODES: usize = 4 * MAX_BULK_LINKS;

/// Waiting for a core to work at a password, before others' turn it away; the edge waits 5 s in all.
pub const HASHING_WAIT: Duration = Duration::from_secs(2);

/// Waiting for a code, other requests' refills before it included.
pub const CODE_WAIT: Duration = Duration::from_secs(2);

/// `/readyz`: less than what load balancers and orchestrators wait for a probe.
pub const READINESS_CHECK: Duration = Duration::from_millis(800);

/// After SIGTERM, for the requests under way; below the 10 s after which Docker kills.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(8);
/// After that, for clicks that wait for the queue; with it the origin still ends before Docker kills.
pub const SHIPPING_GRACE: Duration = Duration::from_millis(1_500);

/// One connection to SQS, in the same region as a rule.
pub const QUEUE_CONNECT: Duration = Duration::from_millis(500);
/// One try of a call to SQS, which takes some 10 ms. One that was cut short but arrived is stored once all the same.
pub const QUEUE_ATTEMPT: Duration = Duration::from_secs(1);
/// Between a batch's calls while the queue does not answer.
pub const QUEUE_PAUSE: Duration = Duration::from_secs(1);
/// Batches on their way to SQS at a time: 100 clicks each, in some 10 ms, are 40,000 clicks a second.
pub const BATCHES_UNDER_WAY: usize = 4;
/// A Lambda has to send before it answers, so a visitor waits for this; after a failure, none does for a while.
pub const AT_ONCE_PATIENCE: Duration = Duration::from_millis(1_500);
pub const QUEUE_REST_MILLIS: i64 = 5_000;

//! The problem codes, with their status and title.

use axum::http::StatusCode;

/// One row per code. Clients branch on codes, so a code never changes its meaning.
macro_rules! problem_codes {
    ($($name:ident $code:literal $status:ident $title:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemCode { $($name),+ }

        impl ProblemCode {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            pub(crate) fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

problem_codes! {
    InvalidBody          "invalid_body"           UNPROCESSABLE_ENTITY   "The body is not a JSON object";
    MissingField         "missing_field"          UNPROCESSABLE_ENTITY   "A required field is missing";
    UnknownField         "unknown_field"          UNPROCESSABLE_ENTITY   "Unknown field";
    InvalidUrl           "invalid_url"            UNPROCESSABLE_ENTITY   "Invalid destination";
    InvalidAlias         "invalid_alias"          UNPROCESSABLE_ENTITY   "Invalid alias";
    InvalidAliases       "invalid_aliases"        UNPROCESSABLE_ENTITY   "Invalid aliases";
    InvalidCode          "invalid_code"           UNPROCESSABLE_ENTITY   "Invalid code";
    InvalidDomain        "invalid_domain"         UNPROCESSABLE_ENTITY   "Invalid domain";
    InvalidTitle         "invalid_title"          UNPROCESSABLE_ENTITY   "Invalid title";
    InvalidNotes         "invalid_notes"          UNPROCESSABLE_ENTITY   "Invalid notes";
    InvalidTags          "invalid_tags"           UNPROCESSABLE_ENTITY   "Invalid tags";
    InvalidExternalId    "invalid_external_id"    UNPROCESSABLE_ENTITY   "Invalid external id";
    InvalidStatus        "invalid_status"         UNPROCESSABLE_ENTITY   "The status is not a redirect";
    InvalidStartsAt      "invalid_starts_at"      UNPROCESSABLE_ENTITY   "Invalid start";
    InvalidExpiresAt     "invalid_expires_at"     UNPROCESSABLE_ENTITY   "Invalid expiry";
    InvalidExpiredUrl    "invalid_expired_url"    UNPROCESSABLE_ENTITY   "Invalid destination of the expired link";
    InvalidMaxClicks     "invalid_max_clicks"     UNPROCESSABLE_ENTITY   "Invalid maximum of clicks";
    InvalidPassword      "invalid_password"       UNPROCESSABLE_ENTITY   "Invalid password";
    InvalidForwardQuery  "invalid_forward_query"  UNPROCESSABLE_ENTITY   "forward_query is not true or false";
    InvalidForwardPath   "invalid_forward_path"   UNPROCESSABLE_ENTITY   "forward_path is not true or false";
    InvalidRules         "invalid_rules"          UNPROCESSABLE_ENTITY   "Invalid rules";
    InvalidState         "invalid_state"          UNPROCESSABLE_ENTITY   "Invalid state";
    InvalidCreatedAt     "invalid_created_at"     UNPROCESSABLE_ENTITY   "Invalid time of creation";
    InvalidPreview       "invalid_preview"        UNPROCESSABLE_ENTITY   "Invalid preview";
    InvalidArchived      "invalid_archived"       UNPROCESSABLE_ENTITY   "archived is not true or false";
    InvalidReuse         "invalid_reuse"          UNPROCESSABLE_ENTITY   "The link cannot be reused";
    InvalidUtm           "invalid_utm"            UNPROCESSABLE_ENTITY   "Invalid parameters of a campaign";
    InvalidLinks         "invalid_links"          UNPROCESSABLE_ENTITY   "Invalid list of links";
    InvalidRows          "invalid_rows"           UNPROCESSABLE_ENTITY   "Invalid list of rows";
    InvalidVisits        "invalid_visits"         UNPROCESSABLE_ENTITY   "Invalid list of visits";
    InvalidNumber        "invalid_number"         UNPROCESSABLE_ENTITY   "Invalid number";
    InvalidSource        "invalid_source"         UNPROCESSABLE_ENTITY   "Unknown source of an import";
    InvalidOnConflict    "invalid_on_conflict"    UNPROCESSABLE_ENTITY   "on_conflict is neither fail, skip, suffix nor replace";
    InvalidName          "invalid_name"           UNPROCESSABLE_ENTITY   "Invalid name";
    InvalidRole          "invalid_role"           UNPROCESSABLE_ENTITY   "Unknown role";
    InvalidRequestsPerMinute "invalid_requests_per_minute" UNPROCESSABLE_ENTITY "Invalid limit";
    InvalidLinksPerMinute "invalid_links_per_minute" UNPROCESSABLE_ENTITY "Invalid limit";
    InvalidGraceSeconds  "invalid_grace_seconds"  UNPROCESSABLE_ENTITY   "Invalid grace period";
    InvalidEvents        "invalid_events"         UNPROCESSABLE_ENTITY   "Invalid list of events";
    InvalidDomains       "invalid_domains"        UNPROCESSABLE_ENTITY   "Invalid list of domains";
    InvalidOwnLinks      "invalid_own_links"      UNPROCESSABLE_ENTITY   "own_links is not true or false";
    InvalidActions       "invalid_actions"        UNPROCESSABLE_ENTITY   "Invalid list of actions";
    InvalidCreatedBy     "invalid_created_by"     UNPROCESSABLE_ENTITY   "Invalid id of a key";
    InvalidEnabled       "invalid_enabled"        UNPROCESSABLE_ENTITY   "enabled is not true or false";
    InvalidChange        "invalid_change"         UNPROCESSABLE_ENTITY   "Invalid change";
    InvalidDryRun        "invalid_dry_run"        UNPROCESSABLE_ENTITY   "dry_run is not true or false";
    ReadOnlyField        "read_only_field"        UNPROCESSABLE_ENTITY   "The field can only be read";
    InvalidIds           "invalid_ids"            UNPROCESSABLE_ENTITY   "Invalid list of ids";
    InvalidHost          "invalid_host"           UNPROCESSABLE_ENTITY   "Invalid host";
    InvalidHomeUrl       "invalid_home_url"       UNPROCESSABLE_ENTITY   "Invalid destination of the bare domain";
    InvalidNotFoundUrl   "invalid_not_found_url"  UNPROCESSABLE_ENTITY   "Invalid destination of unknown paths";
    InvalidIgnoreCase    "invalid_ignore_case"    UNPROCESSABLE_ENTITY   "ignore_case is neither true nor false";
    InvalidRobots        "invalid_robots"         UNPROCESSABLE_ENTITY   "robots is neither allow nor disallow";
    InvalidColor         "invalid_color"          UNPROCESSABLE_ENTITY   "Invalid color";
    InvalidLogo          "invalid_logo"           UNPROCESSABLE_ENTITY   "Invalid logo";
    InvalidAppleAppSiteAssociation "invalid_apple_app_site_association" UNPROCESSABLE_ENTITY "Invalid association with iOS applications";
    InvalidAssetlinks    "invalid_assetlinks"     UNPROCESSABLE_ENTITY   "Invalid association with Android applications";
    InvalidSubdomains    "invalid_subdomains"     UNPROCESSABLE_ENTITY   "subdomains is not true or false";
    InvalidReason        "invalid_reason"         UNPROCESSABLE_ENTITY   "Invalid reason";
    InvalidIdempotencyKey "invalid_idempotency_key" UNPROCESSABLE_ENTITY "Invalid idempotency key";
    IdempotencyKeyReused "idempotency_key_reused" UNPROCESSABLE_ENTITY   "The idempotency key was used for another request";
    UnknownParameter     "unknown_parameter"      UNPROCESSABLE_ENTITY   "Unknown query parameter";
    InvalidLimit         "invalid_limit"          UNPROCESSABLE_ENTITY   "Invalid limit";
    InvalidCursor        "invalid_cursor"         UNPROCESSABLE_ENTITY   "Invalid cursor";
    InvalidCount         "invalid_count"          UNPROCESSABLE_ENTITY   "count is not true or false";
    InvalidSort          "invalid_sort"           UNPROCESSABLE_ENTITY   "Unknown sort order";
    InvalidSearch        "invalid_search"         UNPROCESSABLE_ENTITY   "Invalid search";
    InvalidFormat        "invalid_format"         UNPROCESSABLE_ENTITY   "Unknown format";
    InvalidSize          "invalid_size"           UNPROCESSABLE_ENTITY   "Invalid size";
    InvalidMargin        "invalid_margin"         UNPROCESSABLE_ENTITY   "Invalid margin";
    InvalidErrorCorrection "invalid_error_correction" UNPROCESSABLE_ENTITY "Invalid level of error correction";
    LowContrast          "low_contrast"           UNPROCESSABLE_ENTITY   "Scanners cannot read these colors";
    InvalidFrom          "invalid_from"           UNPROCESSABLE_ENTITY   "Invalid start of the range";
    InvalidTo            "invalid_to"             UNPROCESSABLE_ENTITY   "Invalid end of the range";
    InvalidInterval      "invalid_interval"       UNPROCESSABLE_ENTITY   "Invalid interval";
    InvalidTimezone      "invalid_timezone"       UNPROCESSABLE_ENTITY   "Unknown time zone";
    InvalidClass         "invalid_class"          UNPROCESSABLE_ENTITY   "Unknown class";
    InvalidGroupBy       "invalid_group_by"       UNPROCESSABLE_ENTITY   "Clicks cannot be grouped by this";
    InvalidSplit         "invalid_split"          UNPROCESSABLE_ENTITY   "Points cannot be split by this";
    InvalidFilter        "invalid_filter"         UNPROCESSABLE_ENTITY   "Invalid filter";
    InvalidProducer      "invalid_producer"       UNPROCESSABLE_ENTITY   "Invalid producer";
    InvalidLevel         "invalid_level"          UNPROCESSABLE_ENTITY   "Unknown level";
    InvalidPeriod        "invalid_period"         UNPROCESSABLE_ENTITY   "Unknown period";
    InvalidKind          "invalid_kind"           UNPROCESSABLE_ENTITY   "Unknown kind";
    TooManyLinks         "too_many_links"         UNPROCESSABLE_ENTITY   "Too many links";
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "The body is not sent as JSON";
    BodyTooLarge         "body_too_large"         PAYLOAD_TOO_LARGE      "The body is too large";
    MissingKey           "missing_key"            UNAUTHORIZED           "A key is required";
    InvalidKey           "invalid_key"            UNAUTHORIZED           "Unknown key";
    ExpiredKey           "expired_key"            UNAUTHORIZED           "The key has expired";
    InvalidSession       "invalid_session"        UNAUTHORIZED           "The session has ended";
    Forbidden            "forbidden"              FORBIDDEN              "The key does not permit this";
    KeyBound             "key_bound"              FORBIDDEN              "The key is bound to less than this";
    CrossSiteRequest     "cross_site_request"     FORBIDDEN              "The request may come from another site";
    WrongHost            "wrong_host"             FORBIDDEN              "The dashboard is on another host";
    WrongPassword        "wrong_password"         FORBIDDEN              "The password is wrong";
    NotFound             "not_found"              NOT_FOUND              "Not found";
    LinkNotFound         "link_not_found"         NOT_FOUND              "Link not found";
    KeyNotFound          "key_not_found"          NOT_FOUND              "Key not found";
    SessionNotFound      "session_not_found"      NOT_FOUND              "Session not found";
    WebhookNotFound      "webhook_not_found"      NOT_FOUND              "Webhook not found";
    DomainNotFound       "domain_not_found"       NOT_FOUND              "Domain not found";
    ShareNotFound        "share_not_found"        NOT_FOUND              "Share not found";
    PresetNotFound       "preset_not_found"       NOT_FOUND              "Preset not found";
    TagNotFound          "tag_not_found"          NOT_FOUND              "Tag not found";
    HostNotFound         "host_not_found"         NOT_FOUND              "This host is not blocked";
    ImportNotFound       "import_not_found"       NOT_FOUND              "Import not found";
    LogLevelNotFound     "log_level_not_found"    NOT_FOUND              "This module has no level of its own";
    CursorExpired        "cursor_expired"         GONE                   "The cursor is too old";
    MethodNotAllowed     "method_not_allowed"     METHOD_NOT_ALLOWED     "Method not allowed";
    AliasTaken           "alias_taken"            CONFLICT               "The alias is taken";
    ExternalIdTaken      "external_id_taken"      CONFLICT               "The external id is taken";
    DomainTaken          "domain_taken"           CONFLICT               "The domain already exists";
    NamesCollide         "names_collide"          CONFLICT               "Names differ by case only";
    DomainInUse          "domain_in_use"          CONFLICT               "The domain has links";
    TagTaken             "tag_taken"              CONFLICT               "The other tag already exists";
    TooManyWebhooks      "too_many_webhooks"      CONFLICT               "There are too many webhooks";
    TooManyShares        "too_many_shares"        CONFLICT               "There are too many shares";
    TooManyPresets       "too_many_presets"       CONFLICT               "There are too many presets";
    TooManyLogLevels     "too_many_log_levels"    CONFLICT               "Too many modules have a level of their own";
    HostTaken            "host_taken"             CONFLICT               "The host is already blocked";
    VisitsOutOfOrder     "visits_out_of_order"    CONFLICT               "Earlier visits of the import are missing";
    VisitsChanged        "visits_changed"         CONFLICT               "Other visits came with this number before";
    PreconditionFailed   "precondition_failed"    PRECONDITION_FAILED    "The link has changed since";
    RateLimited          "rate_limited"           TOO_MANY_REQUESTS      "Rate limit exceeded";
    TooManyPasswords     "too_many_passwords"     TOO_MANY_REQUESTS      "Too many password attempts";
    TooManyExports       "too_many_exports"       TOO_MANY_REQUESTS      "The key has too many exports open";
    CodesExhausted       "codes_exhausted"        INSUFFICIENT_STORAGE   "All codes have been issued";
    CodeKeyMismatch      "code_key_mismatch"      INTERNAL_SERVER_ERROR  "The origin has the wrong code key";
    Contention           "contention"             SERVICE_UNAVAILABLE    "Others are changing the same links";
    Overloaded           "overloaded"             SERVICE_UNAVAILABLE    "The origin is overloaded";
    WebhooksUnavailable  "webhooks_unavailable"   NOT_IMPLEMENTED        "Webhooks are not turned on";
    YourlsUnavailable    "yourls_unavailable"     NOT_FOUND              "YOURLS' API is not turned on";
    VisitsUnavailable    "visits_unavailable"     NOT_IMPLEMENTED        "Nothing takes the visits to the queue";
    VisitsNotSent        "visits_not_sent"        SERVICE_UNAVAILABLE    "The visits were not sent";
    DatabaseUnavailable  "database_unavailable"   SERVICE_UNAVAILABLE    "The links database cannot be reached";
    AnalyticsUnavailable "analytics_unavailable"  SERVICE_UNAVAILABLE    "The analytics database cannot be reached";
    InternalError        "internal_error"         INTERNAL_SERVER_ERROR  "Internal error";
}

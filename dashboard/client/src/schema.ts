// Generated from the OpenAPI document by `npm run client`. Do not edit.

export interface paths {
    "/api/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document as a web page */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who changed what
         * @description Newest first, kept for 365 days. An entry is written in the transaction of its change. A change of many links is one entry, with its filter and count; the history of each of them names it. The creation of a link has no entry: the link itself says who created it and when.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/blocked-hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List blocked hosts
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["listBlockedHosts"];
        put?: never;
        /**
         * Block a host as a destination
         * @description Links to the host become blocked. An IP address is blocked in every spelling, also embedded in an IPv6 address. If `applied` is false, the remaining links follow in the background.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        post: operations["blockHost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/blocked-hosts/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Unblock a host
         * @description Links that were blocked only because of this host work again.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        delete: operations["unblockHost"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaign-presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the campaign presets of the caller's key
         * @description Requires a key with the role `reader` or higher.
         */
        get: operations["listCampaignPresets"];
        put?: never;
        /**
         * Save campaign parameters to use them again
         * @description Replaces a preset of the same name. No other key sees it. It stays when the key is rotated, and goes when it is revoked. At most 100.
         *
         *     Requires a key with the role `reader` or higher.
         */
        post: operations["saveCampaignPreset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaign-presets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a campaign preset of the caller's key
         * @description Requires a key with the role `reader` or higher.
         */
        delete: operations["removeCampaignPreset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clicks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the clicks of all links
         * @description In the order in which clicks were stored, which is usually within two seconds of the click: a click that arrives late comes late, and none is skipped. Without `after`, the newest clicks; then ask again with `next_cursor` of the last answer, for example every second while `has_more` is false. A cursor is valid for 30 days.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `statistics`.
         */
        get: operations["followClicks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/domains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the domains of the shortener
         * @description Requires a key with the role `reader` or higher; one that is bound to actions needs `read`.
         */
        get: operations["listDomains"];
        put?: never;
        /**
         * Add a domain
         * @description Links must not point to a domain of the shortener, so existing links to this one become blocked.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        post: operations["addDomain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/domains/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a domain
         * @description Requires a key with the role `reader` or higher; one that is bound to actions needs `read`.
         */
        get: operations["getDomain"];
        put?: never;
        post?: never;
        /**
         * Remove a domain without links
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        delete: operations["removeDomain"];
        options?: never;
        head?: never;
        /**
         * Change what a domain shows its visitors
         * @description A JSON merge patch (RFC 7396), for the default domain too. A change is published like that of a link.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        patch: operations["changeDomain"];
        trace?: never;
    };
    "/api/v1/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List imports
         * @description Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        get: operations["listImports"];
        put?: never;
        /**
         * Open an import from another shortener
         * @description `on_conflict` says what becomes of a row whose alias is taken: it fails, is skipped, gets the alias with `-2`, `-3` and so on, or its fields replace those of the link that has the name, for which a key that is bound to actions needs `change` too. An import exists for the key that opened it and for administrators.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        post: operations["openImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an import
         * @description Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        get: operations["getImport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import counts by day
         * @description Clicks by UTC day of rows that came before, for a system that does not give its visits: up to 1000 rows with 5000 days together. They count under the class `imported`, and lie at noon within their day. A count is set, not added: the last that was sent for a link and day counts. Clicks and imported visits of the same day count besides.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        post: operations["importDays"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the failed rows of an import
         * @description Rows whose last verdict is `failed`, in the order in which they first came; without `format`, as `Accept` says. A CSV file ends at a row after 4 MB, and its header `Link` with `rel="next"` says where the next part is; `limit` does not apply.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        get: operations["listImportFailures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish an import
         * @description Tells webhooks (`import.finished`). Safe to repeat. Rows may follow all the same, as those of a repaired file do; then finish it again.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        post: operations["finishImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import rows
         * @description Up to 1000 rows, 20 passwords. Each row is written or fails by itself. A `row_id` that came before in this import, months ago or in this request, gets the answer it had (`repeated`), whatever its link says now; only a row that failed is tried again. Where the link that has the alias already has the row's destination and every other field of the row, it is skipped, whatever `on_conflict` says. `dry_run` gives the same verdicts, and writes and remembers nothing.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        post: operations["importRows"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/visits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import visits
         * @description Up to 1000 visits that another shortener answered, of rows that came before. The client numbers these calls from 1, without gaps. They become clicks like others: in statistics from the time of the visit, raw while raw clicks are kept, and in the click accounting, with the import as their producer. The same number with the same visits is safe to repeat, after months too, and each visit counts once. After a 503, repeat it: some of the visits may have been sent. A visit has no visitor, and uses nothing up of a maximum of clicks. A link has the visits of one import, the first that brings any; those of others are skipped. Webhooks are not told of single visits. Needs the edge, or `CLICK_QUEUE_URL` at the origin.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        post: operations["importVisits"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description Only this response shows the key. A key may be bound to domains, to the links that it creates, and to single actions. What is out of bounds does not exist for it: single things answer 404, and lists, statistics, tags and domains leave it out.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the key that the request carries
         * @description Requires a key with the role `reader` or higher.
         */
        get: operations["getCurrentKey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a key's metadata
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["getKey"];
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description Its next request is rejected.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace a key with a new one
         * @description The old key keeps working for a grace period, so that its users can switch.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}/yourls-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a key's secret for YOURLS' API
         * @description Clients of YOURLS send it as `signature`, or sign the time with it. It stays the same when the key is rotated, and ends with the key. The audit says who has seen it.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["getYourlsSecret"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List links
         * @description Requires a key with the role `reader` or higher; one that is bound to actions needs `read`.
         */
        get: operations["listLinks"];
        put?: never;
        /**
         * Create a link
         * @description Without an alias, the link gets a code of seven characters that was never issued before.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        post: operations["createLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create many links
         * @description Up to 1000. Each link is created or rejected on its own. A repeated request with the same idempotency key gets the identical response up to 65536 bytes; a larger one has the same outcomes and the current state of the links.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `create`.
         */
        post: operations["createLinks"];
        /**
         * Delete many links
         * @description Deletes up to 500 links in one transaction: those with the `ids`, or those that match the `filter`. Each can be restored for 30 days. `dry_run` deletes nothing.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `delete`.
         */
        delete: operations["deleteLinks"];
        options?: never;
        head?: never;
        /**
         * Change many links
         * @description Changes up to 500 links in one transaction: those with the `ids`, or those that match the `filter`. `change` is a merge patch for each of them, and may have `add_tags` and `remove_tags`; alias, aliases, domain, external id and password are of one link only. A link that cannot be changed does not fail the others. `dry_run` changes nothing and tells what would become of each link; of a filter that matches too many, how many (up to 10000).
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        patch: operations["changeLinks"];
        trace?: never;
    };
    "/api/v1/links/external/{external_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Create or change the link with an external id
         * @description Creates the link if none has this external id, which needs the action `create` too. Otherwise the body is a merge patch: missing fields stay as they are. Safe to repeat.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        put: operations["upsertLink"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a link
         * @description Requires a key with the role `reader` or higher; one that is bound to actions needs `read`.
         */
        get: operations["getLink"];
        put?: never;
        post?: never;
        /**
         * Delete a link
         * @description Visitors get 410 at each of its names. They can be used again immediately; the clicks stay in the statistics. The link can be restored for 30 days.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `delete`.
         */
        delete: operations["deleteLink"];
        options?: never;
        head?: never;
        /**
         * Change a link
         * @description A new alias or domain frees the old name immediately, unless `aliases` has it; id, clicks and history stay. A client may send back what it was given: fields that can only be read are ignored if they are unchanged.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        patch: operations["changeLink"];
        trace?: never;
    };
    "/api/v1/links/{id}/clicks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a link's clicks, newest first
         * @description CSV is streamed. A key may have 3 CSV exports open at a time. An export that takes too long is cut off without its last chunk: request the rest with `to` set to the time of the last click received.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `statistics`.
         */
        get: operations["listClicks"];
        put?: never;
        post?: never;
        /**
         * Erase a link's clicks
         * @description Also works for a deleted link. Click accounting does not change: erased clicks still count as stored. A link with `max_clicks` starts from zero again, and opens if it was exhausted. With millions of clicks the response may be `overloaded`: send the request again to continue.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        delete: operations["eraseLinkClicks"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who changed a link
         * @description Newest first, the creation last; kept for 365 days, also when the link is deleted. A key that is bound to domains sees no changes from when the link was on another domain, and `bulk` without details.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `read`.
         */
        get: operations["listLinkHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/{id}/qr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Draw a QR code of the short link
         * @description Colors that differ by less than 40 % of white's luminance are refused: many scanners cannot read them. `/{code}+qr.svg` and `/{code}+qr.png` on a link's domain, with any of its names, are such pictures in the domain's colors and with its logo, for anyone; `?size=` is 256, 512 or 1024.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `read`.
         */
        get: operations["getLinkQr"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a deleted link
         * @description Up to 30 days after the deletion. Id, names, settings, clicks and the use of `max_clicks` come back; 409 if one of its names or its external id was taken meanwhile. A link whose destination was blocked meanwhile comes back as `blocked`. A link that was not deleted is returned as it is. Webhooks hear of `link.created`.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        post: operations["restoreLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/{id}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a link's shares
         * @description Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        get: operations["listLinkShares"];
        put?: never;
        /**
         * Share a link's statistics
         * @description Anyone with the `url` can read how often the link was clicked, by country, device and referring host: never destinations, notes or single clicks. The key must be allowed to read statistics as well. At most 100 that have not expired.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        post: operations["shareLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/{id}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a share of a link
         * @description Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        delete: operations["unshareLink"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count a link's clicks, also of a deleted link
         * @description The range is widened to whole quarters of an hour, or to whole minutes for `minute`, which covers the last 48 hours. While the analytics database is slow or unavailable, the last known numbers are returned with their age in `stale_seconds`. Without `from`, the range starts with the interval 30 days before its end; by the minute, an hour before. Filters may be combined: what roll-ups do not answer is counted from up to 200000 raw clicks of each period, which are kept for 180 days unless `RAW_CLICK_DAYS` says otherwise; of more, a sample is read and the numbers are estimates.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `statistics`.
         */
        get: operations["getLinkStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/log-levels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List raised levels of the log
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["listLogLevels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/log-levels/{module}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Raise the level of a module of origin or consumer
         * @description For an hour, without a deployment: every origin and consumer reads it within a minute. A module is the path of a Rust module of Shortline, such as log_consumer or origin_lambda::store.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        put: operations["raiseLogLevel"];
        post?: never;
        /**
         * Remove a raised level
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        delete: operations["removeLogLevel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orphans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List orphan visits: names that visitors requested and no link has
         * @description Of the last 30 days, most frequent first, for example to find misprinted links. Requests by scanners (`/wp-login.php`, `/.env`) and requests that browsers make on any host (`/apple-touch-icon.png`) have the class `probe`. Names above the cardinality limit are combined as `(other)`, without a class. A key that is bound to several domains must name one of them.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `statistics`.
         */
        get: operations["listOrphans"];
        put?: never;
        post?: never;
        /**
         * Delete orphan visits
         * @description Deletes the matching names of all days; without parameters, all names.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        delete: operations["deleteOrphans"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the click accounting
         * @description For every producer and in total: produced = stored + dropped + dead_lettered + missing. Not for a key that is bound to some of the links.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `statistics`.
         */
        get: operations["getPipeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sessions of the caller's key
         * @description Requires a key with the role `reader` or higher.
         */
        get: operations["listSessions"];
        put?: never;
        /**
         * Sign in to the dashboard with a key
         * @description The answer sets the cookie `__Host-shortline-session` for 12 hours, or until the key expires if that is earlier. The session may do what its key may do, counts towards the key's limits, and ends with it. A key has at most 100 sessions; a further one ends the oldest. After 20 wrong keys within an hour, one attempt in 2 s is accepted at the bootstrap key. Sessions exist on the dashboard's host only.
         */
        post: operations["signIn"];
        /**
         * End all sessions of the caller's key
         * @description Requires a key with the role `reader` or higher.
         */
        delete: operations["signOutEverywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read who is signed in
         * @description Requires a key with the role `reader` or higher.
         */
        get: operations["getSession"];
        put?: never;
        post?: never;
        /**
         * End this session
         * @description Requires a key with the role `reader` or higher.
         */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session of the caller's key
         * @description Requires a key with the role `reader` or higher.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shared/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read shared statistics
         * @description Each origin counts once in 60 s, for one request at a time. While clicks cannot be counted, or a tag has more links than can be, the last counts are sent, with their age.
         */
        get: operations["readShared"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the clicks of all links
         * @description The range is widened to whole quarters of an hour, or to whole minutes for `minute`, which covers the last 48 hours. While the analytics database is slow or unavailable, the last known numbers are returned with their age in `stale_seconds`. Without `from`, the range starts with the interval 30 days before its end; by the minute, an hour before. Filters may be combined: what roll-ups do not answer is counted from up to 200000 raw clicks of each period, which are kept for 180 days unless `RAW_CLICK_DAYS` says otherwise; of more, a sample is read and the numbers are estimates.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `statistics`.
         */
        get: operations["getStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tags with the number of their links
         * @description For a key that is bound to some of the links, of its newest 10000.
         *
         *     Requires a key with the role `reader` or higher; one that is bound to actions needs `read`.
         */
        get: operations["listTags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tags/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a tag from all links
         * @description Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        delete: operations["removeTag"];
        options?: never;
        head?: never;
        /**
         * Rename a tag on all links
         * @description If the new name already exists, the two tags are merged, unless the old one has shares: they would show more links than before.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        patch: operations["renameTag"];
        trace?: never;
    };
    "/api/v1/tags/{name}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a tag's shares
         * @description Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        get: operations["listTagShares"];
        put?: never;
        /**
         * Share a tag's statistics
         * @description Anyone with the `url` can read how often the link was clicked, by country, device and referring host: never destinations, notes or single clicks. The key must be allowed to read statistics as well. At most 100 that have not expired. Counts the links that have the tag at the time of reading. A key that is bound to some links cannot share a tag. A share follows its tag when it is renamed, and ends when it is removed.
         *
         *     Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        post: operations["shareTag"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tags/{name}/shares/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a share of a tag
         * @description Requires a key with the role `editor` or higher; one that is bound to actions needs `change`.
         */
        delete: operations["unshareTag"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/visitors/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what is stored of a visitor
         * @description By the hash of the visitor's clicks, which changes every day: the clicks of that day, newest first. An unknown hash has none.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["getVisitor"];
        put?: never;
        post?: never;
        /**
         * Erase the clicks of a visitor
         * @description By the hash of the visitor's clicks, which changes every day.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        delete: operations["eraseVisitor"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Send events to a URL
         * @description Standard Webhooks 1.0. The secret verifies what is sent; this answer and that of a rotation show it. There may be 20 webhooks.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a webhook
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook and its log
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change a webhook
         * @description A merge patch (RFC 7396). `enabled: true` lets a disabled one continue with what it has missed since.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was sent to a webhook
         * @description Newest first, kept for 30 days.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send deliveries again
         * @description Those with the `ids`, or all that failed of events from `from` to `to`; at most 1000 in one call. They keep their `webhook-id`.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        post: operations["replayDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace a webhook's secret
         * @description For the grace period each message has two signatures, of the new and of the previous secret.
         *
         *     Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send the event `webhook.test`
         * @description Requires a key with the role `admin` or higher, which is bound to nothing.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check whether the process is alive */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check whether links can be created and resolved */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddedDomain: {
            /** @description Served as `/.well-known/apple-app-site-association`: up to 65536 bytes of JSON. */
            apple_app_site_association: Record<string, never> | null;
            /** @description Whether all existing links have been checked; otherwise that continues in the background. */
            applied: boolean;
            /** @description Served as `/.well-known/assetlinks.json`: up to 65536 bytes of JSON. */
            assetlinks: Record<string, never>[] | null;
            /** @description The color of pages: six hexadecimal digits. */
            color: string | null;
            /** Format: date-time */
            created_at: string | null;
            /** @description Whether new links use this domain by default. */
            default: boolean;
            /**
             * Format: uri
             * @description Where expired and exhausted links lead that have no `expired_url` of their own.
             */
            expired_url: string | null;
            /**
             * Format: uri
             * @description Where the bare domain leads. Without it `FALLBACK_URL` does, or else a page with a link to the dashboard.
             */
            home_url: string | null;
            host: string;
            /**
             * @description Whether aliases are found whatever their case; generated codes never are. Links keep the spelling that they were given, and a name that differs by case only is taken. Refused with 409 if names of the domain differ by case only.
             * @default false
             */
            ignore_case: boolean | null;
            /**
             * Format: uri
             * @description Where the domain serves its logo.
             */
            logo_url: string | null;
            /** @description The name that pages show to visitors. */
            name: string | null;
            /** @description Where visitors of a path go that means no link, instead of `FALLBACK_URL`; not of one whose first segment is reserved, such as `favicon.ico`. `{path}` in its path, query or fragment stands for the visited path. */
            not_found_url: string | null;
            /** @description What is behind them; white by default. */
            qr_background: string | null;
            /** @description The color of QR codes; black by default. Colors that scanners cannot read are refused. */
            qr_foreground: string | null;
            /**
             * @description What `/robots.txt` tells crawlers.
             * @default allow
             * @enum {string|null}
             */
            robots: "allow" | "disallow" | null;
        };
        /**
         * @example {
         *       "action": "changed",
         *       "actor": "key",
         *       "bulk": null,
         *       "changes": [
         *         {
         *           "after": "Summer",
         *           "before": null,
         *           "field": "title"
         *         }
         *       ],
         *       "id": "0198c0de-0000-7000-8000-000000000001",
         *       "key": "0198c0de-0000-7000-8000-000000000001",
         *       "key_name": "Newsletter",
         *       "kind": "link",
         *       "subject": {
         *         "id": "0198c0de-0000-7000-8000-000000000001",
         *         "name": "go.example.com/summer"
         *       },
         *       "time": "2027-01-31T12:00:00.000Z"
         *     }
         */
        AuditEntry: {
            /** @description `created`, `changed`, `deleted`; for links `restored`, `blocked`, `unblocked`; for keys `revoked`; for keys and webhooks `rotated`; for tags `renamed`; for imports `finished`, with the number of rows by verdict. */
            action: string;
            /**
             * @description A key, the bootstrap key, or the shortener by itself, as when it blocks links after a host was blocked. What the links' own visits cause is no change.
             * @enum {string}
             */
            actor: "key" | "bootstrap" | "system";
            /** @description The change of many links that this is, or, in the history of a link, that it is part of. */
            bulk: {
                /** @description As it was sent. */
                change: Record<string, never> | null;
                /** @description The links that were changed. Null for keys that not all links exist for. */
                count: number | null;
                /** @description As it was sent. Null if the links were named by their ids. */
                filter: Record<string, never> | null;
                /**
                 * Format: uuid
                 * @description Of its entry in the audit.
                 */
                id: string;
            } | null;
            /** @description Empty where `action` says it all. */
            changes: {
                /** @description Null if there is none. Of a secret, `before` and `after` are `set`, `changed` or null only; of the URL of a webhook, its origin. */
                after: unknown;
                /** @description Null if there was none. */
                before: unknown;
                field: string;
                /** @description A value has more than 16384 bytes as JSON or the character U+0000, and is null. */
                truncated?: boolean;
            }[];
            /**
             * Format: uuid
             * @description Null for the creation of a link.
             */
            id: string | null;
            /**
             * Format: uuid
             * @description The key, if a key or its session asked for the change.
             */
            key: string | null;
            /** @description Its name, in the audit only. */
            key_name: string | null;
            /** @enum {string} */
            kind: "link" | "tag" | "key" | "domain" | "blocked_host" | "webhook" | "import" | "share";
            /** @description What was changed. Null for a change of many links. */
            subject: {
                /** @description An id; of a domain, a host or a tag its name. */
                id: string;
                /** @description How it was called before: domain and code of a link, the name of a key, the origin of a webhook. */
                name: string | null;
            } | null;
            /**
             * Format: date-time
             * @description By the database's clock; the creation of a link by the origin's.
             */
            time: string;
        };
        AuditList: {
            data: components["schemas"]["AuditEntry"][];
            next_cursor: string | null;
        };
        BlockedHost: {
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            host: string;
            reason: string | null;
            subdomains: boolean;
        };
        BlockedHostList: {
            data: components["schemas"]["BlockedHost"][];
            next_cursor: string | null;
        };
        Bulk: {
            links: unknown[];
        };
        /** @description Either `ids` or `filter`. */
        BulkChange: {
            change: {
                add_tags?: string[];
                /**
                 * @description Lists leave the link out unless they are asked for it. It works like any other.
                 * @default false
                 */
                archived?: boolean | null;
                /**
                 * Format: uri
                 * @description Where visitors go after the link has expired or is exhausted.
                 */
                expired_url?: string | null;
                /**
                 * Format: date-time
                 * @description From then on visitors go to expired_url or get 410. Must be in the future, or the link's current value.
                 */
                expires_at?: string | null;
                /**
                 * @description Appends the rest of the path after the link's name to the destination.
                 * @default false
                 */
                forward_path?: boolean | null;
                /**
                 * @description Adds the visitor's query string to the destination's.
                 * @default false
                 */
                forward_query?: boolean | null;
                /** @description How often people may follow the link before it is exhausted. Visits are counted before they are redirected, so a maximum of up to 100000 is never exceeded. A larger maximum is counted this way once at most a tenth of it, but at least 100000 clicks, is left, or while clicks are counted with a delay of more than 10 s; clicks of the seconds before may exceed it. HEAD requests, prefetches, link previews, bots and `/{code}+` use no click and do not get the destination. While no origin can be reached, such a link answers 503. */
                max_clicks?: number | null;
                notes?: string | null;
                /** @description What messengers and networks show for the link, in place of its destination's own preview: they get a page with these tags, and people the redirect. A change merges its parts; a link with a password or a state other than active shows none. */
                preview?: {
                    description?: string | null;
                    /** Format: uri */
                    image?: string | null;
                    title?: string | null;
                } | null;
                remove_tags?: string[];
                /** @description The first matching rule applies; otherwise url. */
                rules?: components["schemas"]["Rule"][] | null;
                /**
                 * Format: date-time
                 * @description Until then visitors see that the link is not active yet.
                 */
                starts_at?: string | null;
                /**
                 * @description The other states follow from the link's destinations, dates and clicks.
                 * @default active
                 * @enum {string|null}
                 */
                state?: "active" | "disabled" | null;
                /**
                 * @default 302
                 * @enum {integer|null}
                 */
                status?: 301 | 302 | 307 | 308 | null;
                tags?: string[] | null;
                title?: string | null;
                /**
                 * Format: uri
                 * @description The destination: an absolute URL without credentials that does not point to this shortener. Surrounding spaces and invisible characters are removed.
                 */
                url?: string;
                /** @description Put into the destination's query as `utm_source` and so on. Not kept beside it, so a later change of `url` leaves them out. */
                utm?: {
                    campaign?: string | null;
                    content?: string | null;
                    medium?: string | null;
                    source?: string | null;
                    term?: string | null;
                } | null;
                /**
                 * @description What becomes of a parameter that the destination has already.
                 * @default keep
                 * @enum {string|null}
                 */
                utm_conflict?: "keep" | "replace" | null;
            };
            /** @default false */
            dry_run?: boolean | null;
            /** @description The filters of `GET /api/v1/links`, under the same names. All of them must hold. */
            filter?: Record<string, never> | null;
            ids?: string[] | null;
        };
        BulkChangeOutcomes: {
            /** @description Those that are different or gone now; with dry_run, that would be. */
            changed: number;
            /** @description Empty if a dry run's filter matches too many links. */
            data: {
                error?: components["schemas"]["Problem"];
                /** Format: uuid */
                id: string;
                /** @description The status that changing or deleting this link alone would have. */
                status: number;
            }[];
            dry_run: boolean;
            /** @description The links that the ids or the filter name. */
            matched: number;
        };
        /** @description Either `ids` or `filter`. */
        BulkDeletion: {
            /** @default false */
            dry_run?: boolean | null;
            /** @description The filters of `GET /api/v1/links`, under the same names. All of them must hold. */
            filter?: Record<string, never> | null;
            ids?: string[] | null;
        };
        BulkOutcomes: {
            data: {
                /** @description In a large repeated response, without `errors`. */
                error?: components["schemas"]["Problem"];
                /** @description The position in the request, from 0. */
                index: number;
                /** @description In a large repeated response, the link's current state; absent if it was deleted since. */
                link?: components["schemas"]["Link"];
                /** @description The status that creating this link alone would have. */
                status: number;
            }[];
        };
        CampaignPreset: {
            /** Format: uuid */
            id: string;
            name: string;
            /** @description Values by parameter, without `utm_`. */
            utm: {
                [key: string]: string;
            };
        };
        CurrentKey: {
            /** @description Null for the bootstrap key, which has no limits. */
            key: components["schemas"]["Key"] | null;
            /** @description The key's name; SHORTLINE_ADMIN_KEY for the bootstrap key. */
            name: string;
            /** @enum {string} */
            role: "reader" | "editor" | "admin";
        };
        CurrentSession: {
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            /** @description Whether the request was made with this session. */
            current: boolean;
            /**
             * Format: date-time
             * @description When the session ends, unless its key ends before.
             */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** @description Null for the bootstrap key, which has no limits. */
            key: components["schemas"]["Key"] | null;
            /** @description The key's name; SHORTLINE_ADMIN_KEY for the bootstrap key. */
            name: string;
            /** @enum {string} */
            role: "reader" | "editor" | "admin";
        };
        Delivery: {
            attempts: number;
            /**
             * Format: date-time
             * @description When the event happened.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was delivered or failed for good.
             */
            finished_at?: string | null;
            /** Format: uuid */
            id: string;
            last_error?: string | null;
            last_status?: number | null;
            /**
             * Format: date-time
             * @description After a failed attempt.
             */
            next_attempt_at?: string | null;
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            type: string;
            /** @description The header `webhook-id`. */
            webhook_id: string;
        };
        DeliveryList: {
            data: components["schemas"]["Delivery"][];
            next_cursor: string | null;
        };
        Domain: {
            /** @description The color of pages: six hexadecimal digits. */
            color: string | null;
            /** Format: date-time */
            created_at: string | null;
            /** @description Whether new links use this domain by default. */
            default: boolean;
            /**
             * Format: uri
             * @description Where expired and exhausted links lead that have no `expired_url` of their own.
             */
            expired_url: string | null;
            /**
             * Format: uri
             * @description Where the bare domain leads. Without it `FALLBACK_URL` does, or else a page with a link to the dashboard.
             */
            home_url: string | null;
            host: string;
            /**
             * @description Whether aliases are found whatever their case; generated codes never are. Links keep the spelling that they were given, and a name that differs by case only is taken. Refused with 409 if names of the domain differ by case only.
             * @default false
             */
            ignore_case: boolean | null;
            /**
             * Format: uri
             * @description Where the domain serves its logo.
             */
            logo_url: string | null;
            /** @description The name that pages show to visitors. */
            name: string | null;
            /** @description Where visitors of a path go that means no link, instead of `FALLBACK_URL`; not of one whose first segment is reserved, such as `favicon.ico`. `{path}` in its path, query or fragment stands for the visited path. */
            not_found_url: string | null;
            /** @description What is behind them; white by default. */
            qr_background: string | null;
            /** @description The color of QR codes; black by default. Colors that scanners cannot read are refused. */
            qr_foreground: string | null;
            /**
             * @description What `/robots.txt` tells crawlers.
             * @default allow
             * @enum {string|null}
             */
            robots: "allow" | "disallow" | null;
        };
        DomainList: {
            data: components["schemas"]["Domain"][];
            next_cursor: string | null;
        };
        DomainPatch: {
            /** @description Served as `/.well-known/apple-app-site-association`: up to 65536 bytes of JSON. */
            apple_app_site_association?: Record<string, never> | null;
            /** @description Served as `/.well-known/assetlinks.json`: up to 65536 bytes of JSON. */
            assetlinks?: Record<string, never>[] | null;
            /** @description The color of pages: six hexadecimal digits. */
            color?: string | null;
            /**
             * Format: uri
             * @description Where expired and exhausted links lead that have no `expired_url` of their own.
             */
            expired_url?: string | null;
            /**
             * Format: uri
             * @description Where the bare domain leads. Without it `FALLBACK_URL` does, or else a page with a link to the dashboard.
             */
            home_url?: string | null;
            /**
             * @description Whether aliases are found whatever their case; generated codes never are. Links keep the spelling that they were given, and a name that differs by case only is taken. Refused with 409 if names of the domain differ by case only.
             * @default false
             */
            ignore_case?: boolean | null;
            /** @description A PNG in base64, of at most 65536 bytes and 512 by 512 pixels. It is written anew, without metadata; `logo_url` says where pages load it. */
            logo?: string | null;
            /** @description The name that pages show to visitors. */
            name?: string | null;
            /** @description Where visitors of a path go that means no link, instead of `FALLBACK_URL`; not of one whose first segment is reserved, such as `favicon.ico`. `{path}` in its path, query or fragment stands for the visited path. */
            not_found_url?: string | null;
            /** @description What is behind them; white by default. */
            qr_background?: string | null;
            /** @description The color of QR codes; black by default. Colors that scanners cannot read are refused. */
            qr_foreground?: string | null;
            /**
             * @description What `/robots.txt` tells crawlers.
             * @default allow
             * @enum {string|null}
             */
            robots?: "allow" | "disallow" | null;
        };
        DomainWithFiles: {
            /** @description Served as `/.well-known/apple-app-site-association`: up to 65536 bytes of JSON. */
            apple_app_site_association: Record<string, never> | null;
            /** @description Served as `/.well-known/assetlinks.json`: up to 65536 bytes of JSON. */
            assetlinks: Record<string, never>[] | null;
            /** @description The color of pages: six hexadecimal digits. */
            color: string | null;
            /** Format: date-time */
            created_at: string | null;
            /** @description Whether new links use this domain by default. */
            default: boolean;
            /**
             * Format: uri
             * @description Where expired and exhausted links lead that have no `expired_url` of their own.
             */
            expired_url: string | null;
            /**
             * Format: uri
             * @description Where the bare domain leads. Without it `FALLBACK_URL` does, or else a page with a link to the dashboard.
             */
            home_url: string | null;
            host: string;
            /**
             * @description Whether aliases are found whatever their case; generated codes never are. Links keep the spelling that they were given, and a name that differs by case only is taken. Refused with 409 if names of the domain differ by case only.
             * @default false
             */
            ignore_case: boolean | null;
            /**
             * Format: uri
             * @description Where the domain serves its logo.
             */
            logo_url: string | null;
            /** @description The name that pages show to visitors. */
            name: string | null;
            /** @description Where visitors of a path go that means no link, instead of `FALLBACK_URL`; not of one whose first segment is reserved, such as `favicon.ico`. `{path}` in its path, query or fragment stands for the visited path. */
            not_found_url: string | null;
            /** @description What is behind them; white by default. */
            qr_background: string | null;
            /** @description The color of QR codes; black by default. Colors that scanners cannot read are refused. */
            qr_foreground: string | null;
            /**
             * @description What `/robots.txt` tells crawlers.
             * @default allow
             * @enum {string|null}
             */
            robots: "allow" | "disallow" | null;
        };
        Import: {
            counts: {
                created: number;
                days: number;
                failed: number;
                replaced: number;
                rows: number;
                skipped: number;
                skipped_visits: number;
                visits: number;
            };
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description The key. Null for the bootstrap key.
             */
            created_by: string | null;
            /**
             * Format: date-time
             * @description Null again when rows, visits or counts by day follow.
             */
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description When rows were last written.
             */
            last_row_at: string | null;
            /** @enum {string} */
            on_conflict: "fail" | "skip" | "suffix" | "replace";
            /** @enum {string} */
            source: "csv" | "bitly" | "shortio" | "rebrandly" | "dub" | "shlink" | "yourls" | "kutt" | "sink" | "shortline" | "other";
            title: string | null;
            /** @description The number of the last call that brought visits. */
            visit_calls: number;
        };
        ImportDays: {
            rows: {
                days: {
                    clicks: number;
                    /**
                     * Format: date
                     * @description In UTC, from 1970 to today.
                     */
                    day: string;
                }[];
                /** @description The source's own id of the row. */
                row_id: string;
            }[];
        };
        ImportFailureList: {
            data: {
                /** @description As it was sent. */
                alias: string | null;
                /**
                 * @description Of the problem: as in creating a link, and that of `created_at`.
                 * @example alias_taken
                 * @example invalid_created_at
                 */
                code: string;
                /** @description Of the first invalid field, else of the problem. */
                detail: string;
                /** @description As it was sent. */
                domain: string | null;
                /** @description The first invalid field. */
                field: string | null;
                /** @description The source's own id of the row. */
                row_id: string;
                /** @description As it was sent, up to 8,192 characters. */
                url: string | null;
            }[];
            next_cursor: string | null;
        };
        ImportList: {
            data: components["schemas"]["Import"][];
            next_cursor: string | null;
        };
        ImportRows: {
            /** @default false */
            dry_run?: boolean | null;
            rows: {
                /** @description A link as in `POST /api/v1/links`, and `created_at`: when it was created, from 1970 on and not in the future. Lists sort it there. */
                link?: unknown;
                /** @description The source's own id of the row. */
                row_id: string;
            }[];
        };
        ImportVerdicts: {
            counts: {
                created: number;
                failed: number;
                replaced: number;
                skipped: number;
            };
            dry_run: boolean;
            results: {
                /** @description Created, replaced or found, by the name that it had then. Null for what a dry run would create, and for a link that does not exist for the key. */
                link: {
                    code: string;
                    domain: string;
                    /** Format: uuid */
                    id: string;
                    /** Format: uri */
                    short_url: string;
                } | null;
                problem: components["schemas"]["Problem"] | null;
                /** @description The alias that was taken. */
                renamed_from: string | null;
                /** @description The row came before, in this request or an earlier one. */
                repeated: boolean;
                /** @description The source's own id of the row. */
                row_id: string;
                /** @enum {string} */
                verdict: "created" | "replaced" | "skipped" | "failed";
            }[];
        };
        ImportVisits: {
            number: number;
            visits: {
                /** @description ISO 3166-1 alpha-2. */
                country?: string | null;
                /** @description Query, fragment and user info are removed, and what is beyond 1,024 bytes. */
                referrer?: string | null;
                /** @description The source's own id of the row. */
                row_id: string;
                /**
                 * Format: date-time
                 * @description From 1970 on and not in the future.
                 */
                time: string;
                /** @description Up to 512 bytes are kept. */
                user_agent?: string | null;
            }[];
        };
        ImportedDays: {
            /** @description Counts that are set, each link and day once. */
            days: number;
            skipped: {
                /**
                 * @description `unknown_row`: the import has no such row; `no_link`: the row failed, or its link does not exist for the key; `other_import`: the link has the visits of another import.
                 * @enum {string}
                 */
                reason: "unknown_row" | "no_link" | "other_import";
                /** @description The source's own id of the row. */
                row_id: string;
            }[];
        };
        ImportedVisits: {
            number: number;
            /** @description The number came before. */
            repeated: boolean;
            skipped: {
                /** @description In the request, from 0. */
                position: number;
                /**
                 * @description `unknown_row`: the import has no such row; `no_link`: the row failed, or its link does not exist for the key; `other_import`: the link has the visits of another import.
                 * @enum {string}
                 */
                reason: "unknown_row" | "no_link" | "other_import";
                /** @description The source's own id of the row. */
                row_id: string;
            }[];
            /** @description Without the skipped ones. */
            visits: number;
        };
        Key: {
            /** @description The actions that it is bound to; null for all that its role allows. */
            actions: ("create" | "read" | "change" | "delete" | "statistics")[] | null;
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            /** @description The domains that it is bound to; null for all. */
            domains: string[] | null;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description With a precision of a minute.
             */
            last_used_at: string | null;
            links_per_minute: number;
            name: string;
            /** @description Whether only the links exist for it that it has created. */
            own_links: boolean;
            /**
             * Format: date-time
             * @description Until when the key before the last rotation works.
             */
            previous_until: string | null;
            requests_per_minute: number;
            /** @enum {string} */
            role: "reader" | "editor" | "admin";
        };
        KeyList: {
            data: components["schemas"]["Key"][];
            next_cursor: string | null;
        };
        Link: {
            /** @description Its further names. */
            aliases: {
                code: string;
                domain: string;
            }[];
            archived: boolean;
            clicks: {
                bot: number;
                human: number;
                total: number;
            };
            /** @description The path after the domain: a code of seven characters, or the alias. */
            code: string;
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description The id of the key that has created it; null for SHORTLINE_ADMIN_KEY, and for links from before keys were noted.
             */
            created_by: string | null;
            domain: string;
            expired_url: string | null;
            /** Format: date-time */
            expires_at: string | null;
            external_id: string | null;
            forward_path: boolean;
            forward_query: boolean;
            /** Format: uuid */
            id: string;
            max_clicks: number | null;
            notes: string | null;
            password_protected: boolean;
            preview: {
                description: string | null;
                image: string | null;
                title: string | null;
            } | null;
            /** @description The last revision that the edge has confirmed. */
            published_revision: number | null;
            /** @description Grows with every change; the ETag contains it. */
            revision: number;
            rules: components["schemas"]["Rule"][];
            /** Format: uri */
            short_url: string;
            /** Format: date-time */
            starts_at: string | null;
            /**
             * @description The current state; the first that applies. Blocked: a destination is on a blocked host. Scheduled: before `starts_at`.
             * @enum {string}
             */
            state: "blocked" | "disabled" | "scheduled" | "expired" | "exhausted" | "active";
            /** @enum {integer} */
            status: 301 | 302 | 307 | 308;
            tags: string[];
            title: string | null;
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            updated_at: string;
            /** Format: uri */
            url: string;
        };
        LinkList: {
            data: components["schemas"]["Link"][];
            next_cursor: string | null;
            /** @description With `count`: the links on all pages, at most 100000. */
            total?: number;
            /** @description With `count`: whether there are more than that. */
            total_exceeded?: boolean;
        };
        /** @description A JSON merge patch (RFC 7396): missing fields stay as they are, and null resets a field to its default. */
        LinkPatch: {
            /** @description Letters with their marks and digits of any script, emoji and - _ . ~, in up to 4 segments separated by slashes and up to 256 bytes. Stored in NFC, without variation selectors. Invisible characters, full-width forms and mixed scripts with letters that look alike are rejected. Case-sensitive, unless the domain ignores case. The first segment must not be a reserved word such as api. */
            alias?: string;
            /** @description Further names of the link, on any domains. Each leads where the first one does and counts for the same link. The list replaces the earlier one: a name that is not listed any more is gone, as is a changed alias that is not listed. The link's own domain and code are left out. */
            aliases?: {
                /** @description Letters with their marks and digits of any script, emoji and - _ . ~, in up to 4 segments separated by slashes and up to 256 bytes. Stored in NFC, without variation selectors. Invisible characters, full-width forms and mixed scripts with letters that look alike are rejected. Case-sensitive, unless the domain ignores case. The first segment must not be a reserved word such as api. */
                code: string;
                /** @description One of GET /api/v1/domains; by default the link's own. */
                domain?: string | null;
            }[] | null;
            /**
             * @description Lists leave the link out unless they are asked for it. It works like any other.
             * @default false
             */
            archived?: boolean | null;
            /** @description Moves the link to another domain, with its id, clicks and history. */
            domain?: string;
            /**
             * Format: uri
             * @description Where visitors go after the link has expired or is exhausted.
             */
            expired_url?: string | null;
            /**
             * Format: date-time
             * @description From then on visitors go to expired_url or get 410. Must be in the future, or the link's current value.
             */
            expires_at?: string | null;
            /** @description The link's id in your own system; unique. */
            external_id?: string | null;
            /**
             * @description Appends the rest of the path after the link's name to the destination.
             * @default false
             */
            forward_path?: boolean | null;
            /**
             * @description Adds the visitor's query string to the destination's.
             * @default false
             */
            forward_query?: boolean | null;
            /** @description How often people may follow the link before it is exhausted. Visits are counted before they are redirected, so a maximum of up to 100000 is never exceeded. A larger maximum is counted this way once at most a tenth of it, but at least 100000 clicks, is left, or while clicks are counted with a delay of more than 10 s; clicks of the seconds before may exceed it. HEAD requests, prefetches, link previews, bots and `/{code}+` use no click and do not get the destination. While no origin can be reached, such a link answers 503. */
            max_clicks?: number | null;
            notes?: string | null;
            /** @description Visitors must enter it. Stored as a hash. */
            password?: string | null;
            /** @description What messengers and networks show for the link, in place of its destination's own preview: they get a page with these tags, and people the redirect. A change merges its parts; a link with a password or a state other than active shows none. */
            preview?: {
                description?: string | null;
                /** Format: uri */
                image?: string | null;
                title?: string | null;
            } | null;
            /** @description The first matching rule applies; otherwise url. */
            rules?: components["schemas"]["Rule"][] | null;
            /**
             * Format: date-time
             * @description Until then visitors see that the link is not active yet.
             */
            starts_at?: string | null;
            /**
             * @description The other states follow from the link's destinations, dates and clicks.
             * @default active
             * @enum {string|null}
             */
            state?: "active" | "disabled" | null;
            /**
             * @default 302
             * @enum {integer|null}
             */
            status?: 301 | 302 | 307 | 308 | null;
            tags?: string[] | null;
            title?: string | null;
            /**
             * Format: uri
             * @description The destination: an absolute URL without credentials that does not point to this shortener. Surrounding spaces and invisible characters are removed.
             */
            url?: string;
            /** @description Put into the destination's query as `utm_source` and so on. Not kept beside it, so a later change of `url` leaves them out. */
            utm?: {
                campaign?: string | null;
                content?: string | null;
                medium?: string | null;
                source?: string | null;
                term?: string | null;
            } | null;
            /**
             * @description What becomes of a parameter that the destination has already.
             * @default keep
             * @enum {string|null}
             */
            utm_conflict?: "keep" | "replace" | null;
        };
        LogLevel: {
            /**
             * Format: date-time
             * @description An hour after it was raised.
             */
            ends_at: string;
            level: string;
            module: string;
        };
        LogLevelList: {
            data: components["schemas"]["LogLevel"][];
        };
        NewCampaignPreset: {
            name: string;
            /** @description As in a new link. At least one has a value. */
            utm: {
                campaign?: string | null;
                content?: string | null;
                medium?: string | null;
                source?: string | null;
                term?: string | null;
            };
        };
        NewImport: {
            /** @default fail */
            on_conflict?: ("fail" | "skip" | "suffix" | "replace") | null;
            /** @enum {string} */
            source: "csv" | "bitly" | "shortio" | "rebrandly" | "dub" | "shlink" | "yourls" | "kutt" | "sink" | "shortline" | "other";
            title?: string | null;
        };
        /** @description A key that is bound to domains, to its own links or to actions must be an editor or a reader. */
        NewKey: {
            /** @description Binds the key to these actions; others answer 403. Null: all that its role allows. */
            actions?: ("create" | "read" | "change" | "delete" | "statistics")[] | null;
            /** @description Binds the key to these domains: other links and domains do not exist for it. A new link without a domain gets the first one, unless the default domain is among them. Null: all. */
            domains?: string[] | null;
            /**
             * Format: date-time
             * @description When the key expires; by default never.
             */
            expires_at?: string | null;
            /**
             * @description Links created or changed, in any number of requests. A request that would exceed the limit gets 429 with `Retry-After`, and nothing is written.
             * @default 10000
             */
            links_per_minute?: number | null;
            name: string;
            /**
             * @description Binds the key to the links that it has created: others do not exist for it.
             * @default false
             */
            own_links?: boolean | null;
            /**
             * @description Requests of any kind. Above the limit they get 429 with `Retry-After`.
             * @default 600
             */
            requests_per_minute?: number | null;
            /** @enum {string} */
            role: "reader" | "editor" | "admin";
        };
        NewLink: {
            /** @description Letters with their marks and digits of any script, emoji and - _ . ~, in up to 4 segments separated by slashes and up to 256 bytes. Stored in NFC, without variation selectors. Invisible characters, full-width forms and mixed scripts with letters that look alike are rejected. Case-sensitive, unless the domain ignores case. The first segment must not be a reserved word such as api. */
            alias?: string | null;
            /** @description Further names of the link, on any domains. Each leads where the first one does and counts for the same link. The list replaces the earlier one: a name that is not listed any more is gone, as is a changed alias that is not listed. The link's own domain and code are left out. */
            aliases?: {
                /** @description Letters with their marks and digits of any script, emoji and - _ . ~, in up to 4 segments separated by slashes and up to 256 bytes. Stored in NFC, without variation selectors. Invisible characters, full-width forms and mixed scripts with letters that look alike are rejected. Case-sensitive, unless the domain ignores case. The first segment must not be a reserved word such as api. */
                code: string;
                /** @description One of GET /api/v1/domains; by default the link's own. */
                domain?: string | null;
            }[] | null;
            /**
             * @description Lists leave the link out unless they are asked for it. It works like any other.
             * @default false
             */
            archived?: boolean | null;
            /** @description One of GET /api/v1/domains; by default the default domain. */
            domain?: string | null;
            /**
             * Format: uri
             * @description Where visitors go after the link has expired or is exhausted.
             */
            expired_url?: string | null;
            /**
             * Format: date-time
             * @description From then on visitors go to expired_url or get 410. Must be in the future, or the link's current value.
             */
            expires_at?: string | null;
            /** @description The link's id in your own system; unique. */
            external_id?: string | null;
            /**
             * @description Appends the rest of the path after the link's name to the destination.
             * @default false
             */
            forward_path?: boolean | null;
            /**
             * @description Adds the visitor's query string to the destination's.
             * @default false
             */
            forward_query?: boolean | null;
            /** @description How often people may follow the link before it is exhausted. Visits are counted before they are redirected, so a maximum of up to 100000 is never exceeded. A larger maximum is counted this way once at most a tenth of it, but at least 100000 clicks, is left, or while clicks are counted with a delay of more than 10 s; clicks of the seconds before may exceed it. HEAD requests, prefetches, link previews, bots and `/{code}+` use no click and do not get the destination. While no origin can be reached, such a link answers 503. */
            max_clicks?: number | null;
            notes?: string | null;
            /** @description Visitors must enter it. Stored as a hash. */
            password?: string | null;
            /** @description What messengers and networks show for the link, in place of its destination's own preview: they get a page with these tags, and people the redirect. A change merges its parts; a link with a password or a state other than active shows none. */
            preview?: {
                description?: string | null;
                /** Format: uri */
                image?: string | null;
                title?: string | null;
            } | null;
            /**
             * @description Return an existing link with the same settings, if there is one. A link with `aliases` is always new.
             * @default false
             */
            reuse?: boolean | null;
            /** @description The first matching rule applies; otherwise url. */
            rules?: components["schemas"]["Rule"][] | null;
            /**
             * Format: date-time
             * @description Until then visitors see that the link is not active yet.
             */
            starts_at?: string | null;
            /**
             * @description The other states follow from the link's destinations, dates and clicks.
             * @default active
             * @enum {string|null}
             */
            state?: "active" | "disabled" | null;
            /**
             * @default 302
             * @enum {integer|null}
             */
            status?: 301 | 302 | 307 | 308 | null;
            tags?: string[] | null;
            title?: string | null;
            /**
             * Format: uri
             * @description The destination: an absolute URL without credentials that does not point to this shortener. Surrounding spaces and invisible characters are removed.
             */
            url: string;
            /** @description Put into the destination's query as `utm_source` and so on. Not kept beside it, so a later change of `url` leaves them out. */
            utm?: {
                campaign?: string | null;
                content?: string | null;
                medium?: string | null;
                source?: string | null;
                term?: string | null;
            } | null;
            /**
             * @description What becomes of a parameter that the destination has already.
             * @default keep
             * @enum {string|null}
             */
            utm_conflict?: "keep" | "replace" | null;
        };
        NewShare: {
            /**
             * Format: date-time
             * @description By default never.
             */
            expires_at?: string | null;
            /** @description In which days are counted: a name of the IANA database or an offset; UTC by default. */
            timezone?: string | null;
            /** @description Shown with the statistics. */
            title?: string | null;
        };
        NewWebhook: {
            /** @description Only events of these domains; by default of all. */
            domains?: string[] | null;
            enabled?: boolean | null;
            events: ("link.created" | "link.updated" | "link.deleted" | "link.expired" | "link.exhausted" | "link.blocked" | "domain.created" | "domain.updated" | "domain.deleted" | "import.finished" | "clicks.batch")[];
            /** @description Only events of links with one of these tags; by default of all. */
            tags?: string[] | null;
            /**
             * Format: uri
             * @description https, and a public host that is not one of this shortener.
             */
            url: string;
        };
        NewlyBlockedHost: {
            /** @description Whether all existing links have been checked; otherwise that continues in the background. */
            applied: boolean;
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            host: string;
            reason: string | null;
            subdomains: boolean;
        };
        /** @description RFC 9457. */
        Problem: {
            /** @description Stable; for programs. */
            code: string;
            /** @description For people. */
            detail: string;
            /** @description The invalid fields. */
            errors?: {
                detail: string;
                field: string;
            }[];
            status: number;
            title: string;
            /**
             * Format: uri
             * @description `urn:shortline:problem:` followed by the code.
             */
            type: string;
        };
        Replay: {
            /**
             * Format: date-time
             * @description With `to`: failed deliveries of events from this time.
             */
            from?: string | null;
            ids?: string[] | null;
            /**
             * Format: date-time
             * @description And before this one.
             */
            to?: string | null;
        };
        Replayed: {
            more: boolean;
            replayed: number;
        };
        Rotation: {
            /** @description How long the old key keeps working. */
            grace_seconds?: number | null;
        };
        /** @description Sends visits that meet all conditions to one url, or splits them by weight. A visitor stays in the same branch all day. */
        Rule: {
            if?: {
                /**
                 * Format: date-time
                 * @description From this time on.
                 */
                after?: string | null;
                /**
                 * Format: date-time
                 * @description Until this time.
                 */
                before?: string | null;
                country?: string | string[] | null;
                device?: ("desktop" | "mobile" | "tablet") | ("desktop" | "mobile" | "tablet")[] | null;
                language?: string | string[] | null;
                os?: ("android" | "chromeos" | "ios" | "linux" | "macos" | "windows") | ("android" | "chromeos" | "ios" | "linux" | "macos" | "windows")[] | null;
                query?: {
                    [key: string]: (string | string[] | null) | {
                        /** @constant */
                        any: true;
                    } | {
                        /** @constant */
                        empty: true;
                    };
                } | null;
            } | null;
            split?: {
                /**
                 * Format: uri
                 * @description The destination for this share of the visitors.
                 */
                url: string;
                /** @default 1 */
                weight?: number | null;
            }[];
            /**
             * Format: uri
             * @description Where matching visits lead: like the link's url, or, in a rule with `os`, an app's URL such as `tel:+49123` or `intent://…`, if the operator allows its scheme (`ALLOWED_SCHEMES`; none unless set). A host in it, and the `S.browser_fallback_url` of an intent, must not be blocked or ours. Path and query are forwarded to it only if it has a host.
             */
            url?: string;
        } & (unknown | unknown);
        Session: {
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            /** @description Whether the request was made with this session. */
            current: boolean;
            /**
             * Format: date-time
             * @description When the session ends, unless its key ends before.
             */
            expires_at: string;
            /** Format: uuid */
            id: string;
        };
        SessionList: {
            data: components["schemas"]["Session"][];
            next_cursor: string | null;
        };
        Share: {
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description The key. Null: the bootstrap key.
             */
            created_by: string | null;
            /**
             * Format: date-time
             * @description By default never.
             */
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            /** @description In which days are counted. */
            timezone: string;
            /** @description Shown with the statistics. */
            title: string | null;
            /**
             * Format: uri
             * @description Where the statistics are read as JSON.
             */
            url: string;
        };
        SharedStatistics: {
            /** @description How long ago the clicks were counted. */
            age_seconds: number;
            /**
             * Format: date-time
             * @description All clicks up to this time are counted.
             */
            complete_until: string | null;
            countries: {
                clicks: number;
                value: string;
                visitors: number;
            }[];
            devices: {
                clicks: number;
                value: string;
                visitors: number;
            }[];
            /**
             * Format: date-time
             * @description By default never.
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description Start of the first point.
             */
            from: string;
            /** @enum {string} */
            period: "24h" | "7d" | "30d" | "90d" | "12mo";
            referrers: {
                clicks: number;
                value: string;
                visitors: number;
            }[];
            series: {
                /** @description Clicks by class, without zeros. */
                classes: {
                    [key: string]: number;
                };
                clicks: number;
                /**
                 * Format: date-time
                 * @description Of the hour, day or month.
                 */
                start: string;
                visitors: number;
            }[];
            /** @description Of a shared link. */
            short_url: string | null;
            /** @description The shared tag. */
            tag: string | null;
            /** @description Of the points. */
            timezone: string;
            /** @description Shown with the statistics. */
            title: string | null;
            /**
             * Format: date-time
             * @description End of the last.
             */
            to: string;
            total: number;
            visitors: number;
        };
        ShownKey: {
            /** @description Shown only once; the shortener stores a hash. */
            key: string;
        } & components["schemas"]["Key"];
        SignIn: {
            /** @description An API key. */
            key: string;
        };
        Tag: {
            /** @description The number of links with this tag, at most 10000. */
            links: number;
            name: string;
        };
        TagList: {
            data: components["schemas"]["Tag"][];
            next_cursor: string | null;
        };
        /** @description For a new link `url` is required. */
        Upsert: {
            /** @description Letters with their marks and digits of any script, emoji and - _ . ~, in up to 4 segments separated by slashes and up to 256 bytes. Stored in NFC, without variation selectors. Invisible characters, full-width forms and mixed scripts with letters that look alike are rejected. Case-sensitive, unless the domain ignores case. The first segment must not be a reserved word such as api. */
            alias?: string;
            /** @description Further names of the link, on any domains. Each leads where the first one does and counts for the same link. The list replaces the earlier one: a name that is not listed any more is gone, as is a changed alias that is not listed. The link's own domain and code are left out. */
            aliases?: {
                /** @description Letters with their marks and digits of any script, emoji and - _ . ~, in up to 4 segments separated by slashes and up to 256 bytes. Stored in NFC, without variation selectors. Invisible characters, full-width forms and mixed scripts with letters that look alike are rejected. Case-sensitive, unless the domain ignores case. The first segment must not be a reserved word such as api. */
                code: string;
                /** @description One of GET /api/v1/domains; by default the link's own. */
                domain?: string | null;
            }[] | null;
            /**
             * @description Lists leave the link out unless they are asked for it. It works like any other.
             * @default false
             */
            archived?: boolean | null;
            /** @description One of GET /api/v1/domains; by default the default domain. */
            domain?: string;
            /**
             * Format: uri
             * @description Where visitors go after the link has expired or is exhausted.
             */
            expired_url?: string | null;
            /**
             * Format: date-time
             * @description From then on visitors go to expired_url or get 410. Must be in the future, or the link's current value.
             */
            expires_at?: string | null;
            /** @description The link's id in your own system; unique. */
            external_id?: string | null;
            /**
             * @description Appends the rest of the path after the link's name to the destination.
             * @default false
             */
            forward_path?: boolean | null;
            /**
             * @description Adds the visitor's query string to the destination's.
             * @default false
             */
            forward_query?: boolean | null;
            /** @description How often people may follow the link before it is exhausted. Visits are counted before they are redirected, so a maximum of up to 100000 is never exceeded. A larger maximum is counted this way once at most a tenth of it, but at least 100000 clicks, is left, or while clicks are counted with a delay of more than 10 s; clicks of the seconds before may exceed it. HEAD requests, prefetches, link previews, bots and `/{code}+` use no click and do not get the destination. While no origin can be reached, such a link answers 503. */
            max_clicks?: number | null;
            notes?: string | null;
            /** @description Visitors must enter it. Stored as a hash. */
            password?: string | null;
            /** @description What messengers and networks show for the link, in place of its destination's own preview: they get a page with these tags, and people the redirect. A change merges its parts; a link with a password or a state other than active shows none. */
            preview?: {
                description?: string | null;
                /** Format: uri */
                image?: string | null;
                title?: string | null;
            } | null;
            /** @description The first matching rule applies; otherwise url. */
            rules?: components["schemas"]["Rule"][] | null;
            /**
             * Format: date-time
             * @description Until then visitors see that the link is not active yet.
             */
            starts_at?: string | null;
            /**
             * @description The other states follow from the link's destinations, dates and clicks.
             * @default active
             * @enum {string|null}
             */
            state?: "active" | "disabled" | null;
            /**
             * @default 302
             * @enum {integer|null}
             */
            status?: 301 | 302 | 307 | 308 | null;
            tags?: string[] | null;
            title?: string | null;
            /**
             * Format: uri
             * @description The destination: an absolute URL without credentials that does not point to this shortener. Surrounding spaces and invisible characters are removed.
             */
            url?: string;
            /** @description Put into the destination's query as `utm_source` and so on. Not kept beside it, so a later change of `url` leaves them out. */
            utm?: {
                campaign?: string | null;
                content?: string | null;
                medium?: string | null;
                source?: string | null;
                term?: string | null;
            } | null;
            /**
             * @description What becomes of a parameter that the destination has already.
             * @default keep
             * @enum {string|null}
             */
            utm_conflict?: "keep" | "replace" | null;
        };
        Webhook: {
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            created_at: string;
            domains: string[];
            enabled: boolean;
            events: ("link.created" | "link.updated" | "link.deleted" | "link.expired" | "link.exhausted" | "link.blocked" | "domain.created" | "domain.updated" | "domain.deleted" | "import.finished" | "clicks.batch")[];
            /**
             * Format: date-time
             * @description The first failure after the last success.
             */
            failing_since?: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description When the receiver last answered 2xx.
             */
            last_success_at?: string | null;
            /**
             * Format: date-time
             * @description Until when the secret before the last rotation signs too.
             */
            previous_secret_until?: string | null;
            /** @description Why it is failing or disabled. */
            reason: string | null;
            /** @enum {string} */
            state: "active" | "failing" | "disabled";
            tags: string[];
            /**
             * Format: date-time
             * @description By the origin's clock.
             */
            updated_at: string;
            /**
             * Format: uri
             * @description https, and a public host that is not one of this shortener.
             */
            url: string;
        };
        WebhookList: {
            data: components["schemas"]["Webhook"][];
            next_cursor: string | null;
        };
        WebhookPatch: {
            /** @description Only events of these domains; by default of all. */
            domains?: string[] | null;
            enabled?: boolean | null;
            events?: ("link.created" | "link.updated" | "link.deleted" | "link.expired" | "link.exhausted" | "link.blocked" | "domain.created" | "domain.updated" | "domain.deleted" | "import.finished" | "clicks.batch")[];
            /** @description Only events of links with one of these tags; by default of all. */
            tags?: string[] | null;
            /**
             * Format: uri
             * @description https, and a public host that is not one of this shortener.
             */
            url?: string;
        };
        WebhookWithSecret: {
            secret: string;
        } & components["schemas"]["Webhook"];
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An HTML page without scripts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Only what this key has changed, or the bootstrap key, or the shortener by itself. */
                key?: string | ("bootstrap" | "system");
                /** @description Only changes of this kind of thing. */
                kind?: "link" | "tag" | "key" | "domain" | "blocked_host" | "webhook" | "import" | "share";
                /** @description Only entries of this time or later. */
                from?: string;
                /** @description Only entries before this time. */
                to?: string;
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries; fewer than `limit` where they are long. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_created_by`: Invalid id of a key; `invalid_cursor`: Invalid cursor; `invalid_from`: Invalid start of the range; `invalid_kind`: Unknown kind; `invalid_limit`: Invalid limit; `invalid_to`: Invalid end of the range; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_created_by" | "invalid_cursor" | "invalid_from" | "invalid_kind" | "invalid_limit" | "invalid_to" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listBlockedHosts: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of hosts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockedHostList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    blockHost: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "host": "malware.example",
                 *       "reason": "reported"
                 *     }
                 */
                "application/json": {
                    /** @description For example go.example.com or münchen.example, without scheme, port and path. */
                    host: string;
                    reason?: string | null;
                    /**
                     * @description Also block all subdomains.
                     * @default true
                     */
                    subdomains?: boolean | null;
                };
            };
        };
        responses: {
            /** @description The blocked host. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewlyBlockedHost"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `host_taken`: The host is already blocked */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "host_taken";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_host`: Invalid host; `invalid_reason`: Invalid reason; `invalid_subdomains`: subdomains is not true or false; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_host" | "invalid_reason" | "invalid_subdomains" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    unblockHost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The host is unblocked. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `host_not_found`: This host is not blocked */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "host_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listCampaignPresets: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of presets, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["CampaignPreset"][];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    saveCampaignPreset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Newsletter",
                 *       "utm": {
                 *         "medium": "email",
                 *         "source": "newsletter"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["NewCampaignPreset"];
            };
        };
        responses: {
            /** @description The preset. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignPreset"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_presets`: There are too many presets */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "too_many_presets";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_name`: Invalid name; `invalid_utm`: Invalid parameters of a campaign; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_name" | "invalid_utm" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    removeCampaignPreset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The preset is removed. Links that were made with it stay as they are. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `preset_not_found`: Preset not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "preset_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    followClicks: {
        parameters: {
            query?: {
                /** @description `next_cursor` of an earlier answer: only clicks that were stored after it. */
                after?: string;
                /** @description Items per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Clicks, the one stored first at the beginning. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description From the user agent. */
                            browser: string | null;
                            /** @description The major version; groups and filters have it with the browser: Firefox 145. */
                            browser_version: string | null;
                            /** @description In English, by Cloudflare; groups and filters have it with its region, or else its country: Austin, US-TX. */
                            city: string | null;
                            /** @enum {string|null} */
                            class: "head" | "prefetch" | "preview" | "bot" | "suspect" | "human" | null;
                            /** @description ISO 3166-1 alpha-2. */
                            country: string | null;
                            /** @description The destination that a rule chose; null for the link's own. */
                            destination: string | null;
                            /** @description From the user agent. */
                            device: string | null;
                            /** @description The visitor's most preferred language. */
                            language: string | null;
                            /** Format: uuid */
                            link_id: string;
                            /** @description From the user agent. */
                            os: string | null;
                            /** @description Major and minor version where the user agent has both; groups and filters have it with the system: iOS 18.6. Browsers freeze some: Windows 10 is 11 too, macOS 10.15 and Android 10 are later ones too. */
                            os_version: string | null;
                            /** @description The referrer's URL without query, fragment and user info; statistics group by its host. */
                            referrer: string | null;
                            /** @description ISO 3166-2, such as US-TX, by Cloudflare. */
                            region: string | null;
                            request_id: string;
                            /**
                             * Format: uri
                             * @description Null if the link is deleted.
                             */
                            short_url: string | null;
                            status: number;
                            /** @description The cache that answered. */
                            tier: string;
                            /**
                             * Format: date-time
                             * @description Time of the visit.
                             */
                            time: string;
                            /** @description The header, up to 512 bytes. */
                            user_agent: string | null;
                            /** @description The `utm_…` parameters of the visit, else of the destination, by name. */
                            utm: {
                                [key: string]: string;
                            } | null;
                            /** @description A hash that changes every UTC day. */
                            visitor: string | null;
                        }[];
                        /** @description Whether later clicks are stored already. */
                        has_more: boolean;
                        /** @description Where to go on, also after the last click that is stored. */
                        next_cursor: string;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cursor_expired`: The cursor is too old */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cursor_expired";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listDomains: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of domains. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    addDomain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "host": "go.example.org"
                 *     }
                 */
                "application/json": {
                    /** @description For example go.example.com or münchen.example, without scheme, port and path. */
                    host: string;
                };
            };
        };
        responses: {
            /** @description The domain. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedDomain"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `domain_taken`: The domain already exists */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "domain_taken";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_host`: Invalid host; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_host" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getDomain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The domain. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainWithFiles"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `domain_not_found`: Domain not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "domain_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    removeDomain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The domain is removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `domain_not_found`: Domain not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "domain_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `domain_in_use`: The domain has links */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "domain_in_use";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    changeDomain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "home_url": "https://example.com/",
                 *       "robots": "disallow"
                 *     }
                 */
                "application/json": components["schemas"]["DomainPatch"];
            };
        };
        responses: {
            /** @description The changed domain. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainWithFiles"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `domain_not_found`: Domain not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "domain_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `names_collide`: Names differ by case only */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "names_collide";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_apple_app_site_association`: Invalid association with iOS applications; `invalid_assetlinks`: Invalid association with Android applications; `invalid_body`: The body is not a JSON object; `invalid_color`: Invalid color; `invalid_expired_url`: Invalid destination of the expired link; `invalid_home_url`: Invalid destination of the bare domain; `invalid_ignore_case`: ignore_case is neither true nor false; `invalid_logo`: Invalid logo; `invalid_name`: Invalid name; `invalid_not_found_url`: Invalid destination of unknown paths; `invalid_robots`: robots is neither allow nor disallow; `low_contrast`: Scanners cannot read these colors; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_apple_app_site_association" | "invalid_assetlinks" | "invalid_body" | "invalid_color" | "invalid_expired_url" | "invalid_home_url" | "invalid_ignore_case" | "invalid_logo" | "invalid_name" | "invalid_not_found_url" | "invalid_robots" | "low_contrast" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listImports: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of imports, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    openImport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "on_conflict": "skip",
                 *       "source": "csv",
                 *       "title": "Old campaigns"
                 *     }
                 */
                "application/json": components["schemas"]["NewImport"];
            };
        };
        responses: {
            /** @description The import. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_on_conflict`: on_conflict is neither fail, skip, suffix nor replace; `invalid_source`: Unknown source of an import; `invalid_title`: Invalid title; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_on_conflict" | "invalid_source" | "invalid_title" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The import, with its rows by their last verdict. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `import_not_found`: Import not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "import_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    importDays: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "rows": [
                 *         {
                 *           "days": [
                 *             {
                 *               "clicks": 12,
                 *               "day": "2019-06-01"
                 *             }
                 *           ],
                 *           "row_id": "17"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ImportDays"];
            };
        };
        responses: {
            /** @description The counts are set. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportedDays"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `import_not_found`: Import not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "import_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_rows`: Invalid list of rows; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_rows" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listImportFailures: {
        parameters: {
            query?: {
                /** @description A page as JSON, or a file. */
                format?: "json" | "csv";
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The failed rows. */
            200: {
                headers: {
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportFailureList"];
                    "text/csv": string;
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `import_not_found`: Import not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "import_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_format`: Unknown format; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_format" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    finishImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The import. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `import_not_found`: Import not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "import_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    importRows: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "rows": [
                 *         {
                 *           "link": {
                 *             "alias": "summer",
                 *             "created_at": "2019-06-01T00:00:00Z",
                 *             "url": "https://example.com/landing"
                 *           },
                 *           "row_id": "17"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ImportRows"];
            };
        };
        responses: {
            /** @description A verdict for each row, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportVerdicts"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `import_not_found`: Import not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "import_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_dry_run`: dry_run is not true or false; `invalid_rows`: Invalid list of rows; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_dry_run" | "invalid_rows" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `code_key_mismatch`: The origin has the wrong code key; `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "code_key_mismatch" | "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `codes_exhausted`: All codes have been issued */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "codes_exhausted";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    importVisits: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "number": 1,
                 *       "visits": [
                 *         {
                 *           "country": "DE",
                 *           "referrer": "https://news.example/",
                 *           "row_id": "17",
                 *           "time": "2019-06-01T12:00:00Z",
                 *           "user_agent": "Mozilla/5.0"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ImportVisits"];
            };
        };
        responses: {
            /** @description The visits are on their way to the roll-ups. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportedVisits"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `import_not_found`: Import not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "import_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `visits_changed`: Other visits came with this number before; `visits_out_of_order`: Earlier visits of the import are missing */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "visits_changed" | "visits_out_of_order";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_number`: Invalid number; `invalid_visits`: Invalid list of visits; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_number" | "invalid_visits" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `visits_unavailable`: Nothing takes the visits to the queue */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "visits_unavailable";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded; `visits_not_sent`: The visits were not sent */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded" | "visits_not_sent";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys, without the secret part. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Newsletter",
                 *       "role": "editor"
                 *     }
                 */
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description The key. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownKey"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_actions`: Invalid list of actions; `invalid_body`: The body is not a JSON object; `invalid_domains`: Invalid list of domains; `invalid_expires_at`: Invalid expiry; `invalid_links_per_minute`: Invalid limit; `invalid_name`: Invalid name; `invalid_own_links`: own_links is not true or false; `invalid_requests_per_minute`: Invalid limit; `invalid_role`: Unknown role; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_actions" | "invalid_body" | "invalid_domains" | "invalid_expires_at" | "invalid_links_per_minute" | "invalid_name" | "invalid_own_links" | "invalid_requests_per_minute" | "invalid_role" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getCurrentKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key, its role and its bounds. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CurrentKey"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key, without its secret part. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `key_not_found`: Key not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "key_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key is revoked. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `key_not_found`: Key not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "key_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "grace_seconds": 86400
                 *     }
                 */
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description The new key, which only this response shows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShownKey"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `key_not_found`: Key not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "key_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_grace_seconds`: Invalid grace period; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_grace_seconds" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getYourlsSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        secret: string;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `key_not_found`: Key not found; `yourls_unavailable`: YOURLS' API is not turned on */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "key_not_found" | "yourls_unavailable";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listLinks: {
        parameters: {
            query?: {
                /** @description Only links of this domain. */
                domain?: string;
                /** @description Only the links with this code, alias or further name. `domain` is then that of the name. */
                code?: string;
                /** @description Only links with all of these tags. */
                tag?: string[];
                /** @description Only links with one of these tags. */
                any_tag?: string[];
                /** @description Only links without these tags. */
                no_tag?: string[];
                /** @description Only links without tags. */
                untagged?: boolean;
                /** @description Only links created at this time or later. */
                created_from?: string;
                /** @description Only links created before this time. */
                created_to?: string;
                /** @description Only links changed at this time or later. Changes are stored in another order than their times: a client that follows them with `sort=updated&order=asc` reads the last minute again. Deleted links are not listed, archived ones with `archived=all`. */
                updated_from?: string;
                /** @description Only links changed before this time. */
                updated_to?: string;
                /** @description Only links in this state. */
                state?: "blocked" | "disabled" | "scheduled" | "expired" | "exhausted" | "active";
                /** @description Only the link with this external id. */
                external_id?: string;
                /** @description Only links that this key has created. */
                created_by?: string;
                /** @description Only archived links, only others, or all. */
                archived?: "true" | "false" | "all";
                /** @description Only links with this text in a name, destination, title, notes, a tag or the domain, ignoring case, or with this external id. Needs at least three letters or digits in a row. */
                search?: string;
                /** @description Sort key. */
                sort?: "created" | "updated" | "clicks" | "last_click";
                /** @description `desc` has the newest or highest first. */
                order?: "desc" | "asc";
                /** @description A page as JSON, or a file. A file ends at a row after 4 MB or 5 s, and its header `Link` with `rel="next"` says where the next part is; only the first part of a CSV has a header row. `limit` does not apply. */
                format?: "json" | "csv" | "jsonl";
                /** @description Adds how many links there are on all pages, in `total`. */
                count?: boolean;
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of links. */
            200: {
                headers: {
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkList"];
                    "application/jsonl": string;
                    "text/csv": string;
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_archived`: archived is not true or false; `invalid_code`: Invalid code; `invalid_count`: count is not true or false; `invalid_created_by`: Invalid id of a key; `invalid_cursor`: Invalid cursor; `invalid_domain`: Invalid domain; `invalid_external_id`: Invalid external id; `invalid_format`: Unknown format; `invalid_from`: Invalid start of the range; `invalid_limit`: Invalid limit; `invalid_search`: Invalid search; `invalid_sort`: Unknown sort order; `invalid_state`: Invalid state; `invalid_tags`: Invalid tags; `invalid_to`: Invalid end of the range; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_archived" | "invalid_code" | "invalid_count" | "invalid_created_by" | "invalid_cursor" | "invalid_domain" | "invalid_external_id" | "invalid_format" | "invalid_from" | "invalid_limit" | "invalid_search" | "invalid_sort" | "invalid_state" | "invalid_tags" | "invalid_to" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    createLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tags": [
                 *         "summer"
                 *       ],
                 *       "title": "Summer sale",
                 *       "url": "https://example.com/landing"
                 *     }
                 */
                "application/json": components["schemas"]["NewLink"];
            };
        };
        responses: {
            /** @description An existing link, if `reuse` was requested. */
            200: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "aliases": [],
                     *       "archived": false,
                     *       "clicks": {
                     *         "bot": 0,
                     *         "human": 0,
                     *         "total": 0
                     *       },
                     *       "code": "7G6HVhV",
                     *       "created_at": "2026-11-24T00:00:00.000Z",
                     *       "created_by": null,
                     *       "domain": "go.example.com",
                     *       "expired_url": null,
                     *       "expires_at": null,
                     *       "external_id": null,
                     *       "forward_path": false,
                     *       "forward_query": false,
                     *       "id": "0198c0de-0000-7000-8000-000000000001",
                     *       "max_clicks": null,
                     *       "notes": null,
                     *       "password_protected": false,
                     *       "preview": null,
                     *       "published_revision": 42,
                     *       "revision": 42,
                     *       "rules": [],
                     *       "short_url": "https://go.example.com/7G6HVhV",
                     *       "starts_at": null,
                     *       "state": "active",
                     *       "status": 302,
                     *       "tags": [
                     *         "summer"
                     *       ],
                     *       "title": "Summer sale",
                     *       "updated_at": "2026-11-24T00:00:00.000Z",
                     *       "url": "https://example.com/landing"
                     *     }
                     */
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description The link, which works immediately. */
            201: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "aliases": [],
                     *       "archived": false,
                     *       "clicks": {
                     *         "bot": 0,
                     *         "human": 0,
                     *         "total": 0
                     *       },
                     *       "code": "7G6HVhV",
                     *       "created_at": "2026-11-24T00:00:00.000Z",
                     *       "created_by": null,
                     *       "domain": "go.example.com",
                     *       "expired_url": null,
                     *       "expires_at": null,
                     *       "external_id": null,
                     *       "forward_path": false,
                     *       "forward_query": false,
                     *       "id": "0198c0de-0000-7000-8000-000000000001",
                     *       "max_clicks": null,
                     *       "notes": null,
                     *       "password_protected": false,
                     *       "preview": null,
                     *       "published_revision": 42,
                     *       "revision": 42,
                     *       "rules": [],
                     *       "short_url": "https://go.example.com/7G6HVhV",
                     *       "starts_at": null,
                     *       "state": "active",
                     *       "status": 302,
                     *       "tags": [
                     *         "summer"
                     *       ],
                     *       "title": "Summer sale",
                     *       "updated_at": "2026-11-24T00:00:00.000Z",
                     *       "url": "https://example.com/landing"
                     *     }
                     */
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `alias_taken`: The alias is taken; `external_id_taken`: The external id is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "alias_taken" | "external_id_taken";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The idempotency key was used for another request; `invalid_alias`: Invalid alias; `invalid_aliases`: Invalid aliases; `invalid_archived`: archived is not true or false; `invalid_body`: The body is not a JSON object; `invalid_domain`: Invalid domain; `invalid_expired_url`: Invalid destination of the expired link; `invalid_expires_at`: Invalid expiry; `invalid_external_id`: Invalid external id; `invalid_forward_path`: forward_path is not true or false; `invalid_forward_query`: forward_query is not true or false; `invalid_idempotency_key`: Invalid idempotency key; `invalid_max_clicks`: Invalid maximum of clicks; `invalid_notes`: Invalid notes; `invalid_password`: Invalid password; `invalid_preview`: Invalid preview; `invalid_reuse`: The link cannot be reused; `invalid_rules`: Invalid rules; `invalid_starts_at`: Invalid start; `invalid_state`: Invalid state; `invalid_status`: The status is not a redirect; `invalid_tags`: Invalid tags; `invalid_title`: Invalid title; `invalid_url`: Invalid destination; `invalid_utm`: Invalid parameters of a campaign; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused" | "invalid_alias" | "invalid_aliases" | "invalid_archived" | "invalid_body" | "invalid_domain" | "invalid_expired_url" | "invalid_expires_at" | "invalid_external_id" | "invalid_forward_path" | "invalid_forward_query" | "invalid_idempotency_key" | "invalid_max_clicks" | "invalid_notes" | "invalid_password" | "invalid_preview" | "invalid_reuse" | "invalid_rules" | "invalid_starts_at" | "invalid_state" | "invalid_status" | "invalid_tags" | "invalid_title" | "invalid_url" | "invalid_utm" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `code_key_mismatch`: The origin has the wrong code key; `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "code_key_mismatch" | "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `codes_exhausted`: All codes have been issued */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "codes_exhausted";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    createLinks: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "links": [
                 *         {
                 *           "url": "https://example.com/a"
                 *         },
                 *         {
                 *           "url": "https://example.com/b"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Bulk"];
            };
        };
        responses: {
            /** @description An outcome for each link, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkOutcomes"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The idempotency key was used for another request; `invalid_body`: The body is not a JSON object; `invalid_idempotency_key`: Invalid idempotency key; `invalid_links`: Invalid list of links; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "idempotency_key_reused" | "invalid_body" | "invalid_idempotency_key" | "invalid_links" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `code_key_mismatch`: The origin has the wrong code key; `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "code_key_mismatch" | "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `codes_exhausted`: All codes have been issued */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "codes_exhausted";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteLinks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ids": [
                 *         "0198c0de-0000-7000-8000-000000000001"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["BulkDeletion"];
            };
        };
        responses: {
            /** @description What became of each link. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkChangeOutcomes"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_change`: Invalid change; `invalid_code`: Invalid code; `invalid_created_by`: Invalid id of a key; `invalid_domain`: Invalid domain; `invalid_dry_run`: dry_run is not true or false; `invalid_external_id`: Invalid external id; `invalid_filter`: Invalid filter; `invalid_from`: Invalid start of the range; `invalid_ids`: Invalid list of ids; `invalid_search`: Invalid search; `invalid_state`: Invalid state; `invalid_tags`: Invalid tags; `invalid_to`: Invalid end of the range; `missing_field`: A required field is missing; `read_only_field`: The field can only be read; `too_many_links`: Too many links; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_change" | "invalid_code" | "invalid_created_by" | "invalid_domain" | "invalid_dry_run" | "invalid_external_id" | "invalid_filter" | "invalid_from" | "invalid_ids" | "invalid_search" | "invalid_state" | "invalid_tags" | "invalid_to" | "missing_field" | "read_only_field" | "too_many_links" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    changeLinks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "change": {
                 *         "add_tags": [
                 *           "archive"
                 *         ],
                 *         "state": "disabled"
                 *       },
                 *       "dry_run": true,
                 *       "filter": {
                 *         "tag": "summer"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["BulkChange"];
            };
        };
        responses: {
            /** @description What became of each link. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkChangeOutcomes"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `alias_taken`: The alias is taken; `external_id_taken`: The external id is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "alias_taken" | "external_id_taken";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_alias`: Invalid alias; `invalid_aliases`: Invalid aliases; `invalid_archived`: archived is not true or false; `invalid_body`: The body is not a JSON object; `invalid_change`: Invalid change; `invalid_code`: Invalid code; `invalid_created_by`: Invalid id of a key; `invalid_domain`: Invalid domain; `invalid_dry_run`: dry_run is not true or false; `invalid_expired_url`: Invalid destination of the expired link; `invalid_expires_at`: Invalid expiry; `invalid_external_id`: Invalid external id; `invalid_filter`: Invalid filter; `invalid_forward_path`: forward_path is not true or false; `invalid_forward_query`: forward_query is not true or false; `invalid_from`: Invalid start of the range; `invalid_ids`: Invalid list of ids; `invalid_max_clicks`: Invalid maximum of clicks; `invalid_notes`: Invalid notes; `invalid_password`: Invalid password; `invalid_preview`: Invalid preview; `invalid_reuse`: The link cannot be reused; `invalid_rules`: Invalid rules; `invalid_search`: Invalid search; `invalid_starts_at`: Invalid start; `invalid_state`: Invalid state; `invalid_status`: The status is not a redirect; `invalid_tags`: Invalid tags; `invalid_title`: Invalid title; `invalid_to`: Invalid end of the range; `invalid_url`: Invalid destination; `invalid_utm`: Invalid parameters of a campaign; `missing_field`: A required field is missing; `read_only_field`: The field can only be read; `too_many_links`: Too many links; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_alias" | "invalid_aliases" | "invalid_archived" | "invalid_body" | "invalid_change" | "invalid_code" | "invalid_created_by" | "invalid_domain" | "invalid_dry_run" | "invalid_expired_url" | "invalid_expires_at" | "invalid_external_id" | "invalid_filter" | "invalid_forward_path" | "invalid_forward_query" | "invalid_from" | "invalid_ids" | "invalid_max_clicks" | "invalid_notes" | "invalid_password" | "invalid_preview" | "invalid_reuse" | "invalid_rules" | "invalid_search" | "invalid_starts_at" | "invalid_state" | "invalid_status" | "invalid_tags" | "invalid_title" | "invalid_to" | "invalid_url" | "invalid_utm" | "missing_field" | "read_only_field" | "too_many_links" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    upsertLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description The last known `ETag`; rejected with 412 if the link has changed since. */
                "If-Match"?: string;
            };
            path: {
                external_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "title": "Summer sale",
                 *       "url": "https://example.com/landing"
                 *     }
                 */
                "application/json": components["schemas"]["Upsert"];
            };
        };
        responses: {
            /** @description The changed link. */
            200: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "aliases": [],
                     *       "archived": false,
                     *       "clicks": {
                     *         "bot": 0,
                     *         "human": 0,
                     *         "total": 0
                     *       },
                     *       "code": "7G6HVhV",
                     *       "created_at": "2026-11-24T00:00:00.000Z",
                     *       "created_by": null,
                     *       "domain": "go.example.com",
                     *       "expired_url": null,
                     *       "expires_at": null,
                     *       "external_id": null,
                     *       "forward_path": false,
                     *       "forward_query": false,
                     *       "id": "0198c0de-0000-7000-8000-000000000001",
                     *       "max_clicks": null,
                     *       "notes": null,
                     *       "password_protected": false,
                     *       "preview": null,
                     *       "published_revision": 42,
                     *       "revision": 42,
                     *       "rules": [],
                     *       "short_url": "https://go.example.com/7G6HVhV",
                     *       "starts_at": null,
                     *       "state": "active",
                     *       "status": 302,
                     *       "tags": [
                     *         "summer"
                     *       ],
                     *       "title": "Summer sale",
                     *       "updated_at": "2026-11-24T00:00:00.000Z",
                     *       "url": "https://example.com/landing"
                     *     }
                     */
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description The new link. */
            201: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "aliases": [],
                     *       "archived": false,
                     *       "clicks": {
                     *         "bot": 0,
                     *         "human": 0,
                     *         "total": 0
                     *       },
                     *       "code": "7G6HVhV",
                     *       "created_at": "2026-11-24T00:00:00.000Z",
                     *       "created_by": null,
                     *       "domain": "go.example.com",
                     *       "expired_url": null,
                     *       "expires_at": null,
                     *       "external_id": null,
                     *       "forward_path": false,
                     *       "forward_query": false,
                     *       "id": "0198c0de-0000-7000-8000-000000000001",
                     *       "max_clicks": null,
                     *       "notes": null,
                     *       "password_protected": false,
                     *       "preview": null,
                     *       "published_revision": 42,
                     *       "revision": 42,
                     *       "rules": [],
                     *       "short_url": "https://go.example.com/7G6HVhV",
                     *       "starts_at": null,
                     *       "state": "active",
                     *       "status": 302,
                     *       "tags": [
                     *         "summer"
                     *       ],
                     *       "title": "Summer sale",
                     *       "updated_at": "2026-11-24T00:00:00.000Z",
                     *       "url": "https://example.com/landing"
                     *     }
                     */
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `alias_taken`: The alias is taken; `external_id_taken`: The external id is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "alias_taken" | "external_id_taken";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The link has changed since */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_alias`: Invalid alias; `invalid_aliases`: Invalid aliases; `invalid_archived`: archived is not true or false; `invalid_body`: The body is not a JSON object; `invalid_domain`: Invalid domain; `invalid_expired_url`: Invalid destination of the expired link; `invalid_expires_at`: Invalid expiry; `invalid_external_id`: Invalid external id; `invalid_forward_path`: forward_path is not true or false; `invalid_forward_query`: forward_query is not true or false; `invalid_max_clicks`: Invalid maximum of clicks; `invalid_notes`: Invalid notes; `invalid_password`: Invalid password; `invalid_preview`: Invalid preview; `invalid_reuse`: The link cannot be reused; `invalid_rules`: Invalid rules; `invalid_starts_at`: Invalid start; `invalid_state`: Invalid state; `invalid_status`: The status is not a redirect; `invalid_tags`: Invalid tags; `invalid_title`: Invalid title; `invalid_url`: Invalid destination; `invalid_utm`: Invalid parameters of a campaign; `missing_field`: A required field is missing; `read_only_field`: The field can only be read; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_alias" | "invalid_aliases" | "invalid_archived" | "invalid_body" | "invalid_domain" | "invalid_expired_url" | "invalid_expires_at" | "invalid_external_id" | "invalid_forward_path" | "invalid_forward_query" | "invalid_max_clicks" | "invalid_notes" | "invalid_password" | "invalid_preview" | "invalid_reuse" | "invalid_rules" | "invalid_starts_at" | "invalid_state" | "invalid_status" | "invalid_tags" | "invalid_title" | "invalid_url" | "invalid_utm" | "missing_field" | "read_only_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `code_key_mismatch`: The origin has the wrong code key; `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "code_key_mismatch" | "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `codes_exhausted`: All codes have been issued */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "codes_exhausted";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "aliases": [],
                     *       "archived": false,
                     *       "clicks": {
                     *         "bot": 0,
                     *         "human": 0,
                     *         "total": 0
                     *       },
                     *       "code": "7G6HVhV",
                     *       "created_at": "2026-11-24T00:00:00.000Z",
                     *       "created_by": null,
                     *       "domain": "go.example.com",
                     *       "expired_url": null,
                     *       "expires_at": null,
                     *       "external_id": null,
                     *       "forward_path": false,
                     *       "forward_query": false,
                     *       "id": "0198c0de-0000-7000-8000-000000000001",
                     *       "max_clicks": null,
                     *       "notes": null,
                     *       "password_protected": false,
                     *       "preview": null,
                     *       "published_revision": 42,
                     *       "revision": 42,
                     *       "rules": [],
                     *       "short_url": "https://go.example.com/7G6HVhV",
                     *       "starts_at": null,
                     *       "state": "active",
                     *       "status": 302,
                     *       "tags": [
                     *         "summer"
                     *       ],
                     *       "title": "Summer sale",
                     *       "updated_at": "2026-11-24T00:00:00.000Z",
                     *       "url": "https://example.com/landing"
                     *     }
                     */
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description The last known `ETag`; rejected with 412 if the link has changed since. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The link has changed since */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    changeLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description The last known `ETag`; rejected with 412 if the link has changed since. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "title": null,
                 *       "url": "https://example.com/other"
                 *     }
                 */
                "application/json": components["schemas"]["LinkPatch"];
            };
        };
        responses: {
            /** @description The changed link. */
            200: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "aliases": [],
                     *       "archived": false,
                     *       "clicks": {
                     *         "bot": 0,
                     *         "human": 0,
                     *         "total": 0
                     *       },
                     *       "code": "7G6HVhV",
                     *       "created_at": "2026-11-24T00:00:00.000Z",
                     *       "created_by": null,
                     *       "domain": "go.example.com",
                     *       "expired_url": null,
                     *       "expires_at": null,
                     *       "external_id": null,
                     *       "forward_path": false,
                     *       "forward_query": false,
                     *       "id": "0198c0de-0000-7000-8000-000000000001",
                     *       "max_clicks": null,
                     *       "notes": null,
                     *       "password_protected": false,
                     *       "preview": null,
                     *       "published_revision": 42,
                     *       "revision": 42,
                     *       "rules": [],
                     *       "short_url": "https://go.example.com/7G6HVhV",
                     *       "starts_at": null,
                     *       "state": "active",
                     *       "status": 302,
                     *       "tags": [
                     *         "summer"
                     *       ],
                     *       "title": "Summer sale",
                     *       "updated_at": "2026-11-24T00:00:00.000Z",
                     *       "url": "https://example.com/landing"
                     *     }
                     */
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `alias_taken`: The alias is taken; `external_id_taken`: The external id is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "alias_taken" | "external_id_taken";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: The link has changed since */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "precondition_failed";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_alias`: Invalid alias; `invalid_aliases`: Invalid aliases; `invalid_archived`: archived is not true or false; `invalid_body`: The body is not a JSON object; `invalid_domain`: Invalid domain; `invalid_expired_url`: Invalid destination of the expired link; `invalid_expires_at`: Invalid expiry; `invalid_external_id`: Invalid external id; `invalid_forward_path`: forward_path is not true or false; `invalid_forward_query`: forward_query is not true or false; `invalid_max_clicks`: Invalid maximum of clicks; `invalid_notes`: Invalid notes; `invalid_password`: Invalid password; `invalid_preview`: Invalid preview; `invalid_reuse`: The link cannot be reused; `invalid_rules`: Invalid rules; `invalid_starts_at`: Invalid start; `invalid_state`: Invalid state; `invalid_status`: The status is not a redirect; `invalid_tags`: Invalid tags; `invalid_title`: Invalid title; `invalid_url`: Invalid destination; `invalid_utm`: Invalid parameters of a campaign; `missing_field`: A required field is missing; `read_only_field`: The field can only be read; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_alias" | "invalid_aliases" | "invalid_archived" | "invalid_body" | "invalid_domain" | "invalid_expired_url" | "invalid_expires_at" | "invalid_external_id" | "invalid_forward_path" | "invalid_forward_query" | "invalid_max_clicks" | "invalid_notes" | "invalid_password" | "invalid_preview" | "invalid_reuse" | "invalid_rules" | "invalid_starts_at" | "invalid_state" | "invalid_status" | "invalid_tags" | "invalid_title" | "invalid_url" | "invalid_utm" | "missing_field" | "read_only_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listClicks: {
        parameters: {
            query?: {
                /** @description Start of the range. A date means the start of that day in `timezone`; a time without an offset is local to `timezone`. */
                from?: string;
                /** @description End of the range, exclusive; by default now. */
                to?: string;
                /** @description A name of the IANA database or an offset such as +02:00. Days, weeks and months start by it. */
                timezone?: string;
                /** @description One page as JSON, or all clicks as CSV. */
                format?: "json" | "csv";
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Clicks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description From the user agent. */
                            browser: string | null;
                            /** @description The major version; groups and filters have it with the browser: Firefox 145. */
                            browser_version: string | null;
                            /** @description In English, by Cloudflare; groups and filters have it with its region, or else its country: Austin, US-TX. */
                            city: string | null;
                            /** @enum {string|null} */
                            class: "head" | "prefetch" | "preview" | "bot" | "suspect" | "human" | null;
                            /** @description ISO 3166-1 alpha-2. */
                            country: string | null;
                            /** @description The destination that a rule chose; null for the link's own. */
                            destination: string | null;
                            /** @description From the user agent. */
                            device: string | null;
                            /** @description The visitor's most preferred language. */
                            language: string | null;
                            /** @description From the user agent. */
                            os: string | null;
                            /** @description Major and minor version where the user agent has both; groups and filters have it with the system: iOS 18.6. Browsers freeze some: Windows 10 is 11 too, macOS 10.15 and Android 10 are later ones too. */
                            os_version: string | null;
                            /** @description The referrer's URL without query, fragment and user info; statistics group by its host. */
                            referrer: string | null;
                            /** @description ISO 3166-2, such as US-TX, by Cloudflare. */
                            region: string | null;
                            request_id: string;
                            status: number;
                            /** @description The cache that answered. */
                            tier: string;
                            /**
                             * Format: date-time
                             * @description Time of the visit.
                             */
                            time: string;
                            /** @description The header, up to 512 bytes. */
                            user_agent: string | null;
                            /** @description The `utm_…` parameters of the visit, else of the destination, by name. */
                            utm: {
                                [key: string]: string;
                            } | null;
                            /** @description A hash that changes every UTC day. */
                            visitor: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                    "text/csv": string;
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_format`: Unknown format; `invalid_from`: Invalid start of the range; `invalid_limit`: Invalid limit; `invalid_timezone`: Unknown time zone; `invalid_to`: Invalid end of the range; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_format" | "invalid_from" | "invalid_limit" | "invalid_timezone" | "invalid_to" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded; `too_many_exports`: The key has too many exports open */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited" | "too_many_exports";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseLinkClicks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The number of erased clicks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        clicks: number;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listLinkHistory: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries; fewer than `limit` where they are long. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getLinkQr: {
        parameters: {
            query?: {
                /** @description Image format. */
                format?: "svg" | "png";
                /** @description Width and height in pixels. */
                size?: number;
                /** @description The color of the code, as six hexadecimal digits. The domain's by default, else black. */
                foreground?: string;
                /** @description What is behind the code. The domain's by default, else white. */
                background?: string;
                /** @description Modules of background on each side. Scanners need four; less is for a code that is placed on something light. */
                margin?: number;
                /** @description How much of the code may be damaged: some 7, 15, 25 or 30 %. M by default, and always H with a logo. */
                error_correction?: "L" | "M" | "Q" | "H";
                /** @description Puts the domain's logo into the middle. */
                logo?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                    "image/svg+xml": string;
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_color`: Invalid color; `invalid_error_correction`: Invalid level of error correction; `invalid_format`: Unknown format; `invalid_logo`: Invalid logo; `invalid_margin`: Invalid margin; `invalid_size`: Invalid size; `low_contrast`: Scanners cannot read these colors; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_color" | "invalid_error_correction" | "invalid_format" | "invalid_logo" | "invalid_margin" | "invalid_size" | "low_contrast" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link, which works immediately. */
            200: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "aliases": [],
                     *       "archived": false,
                     *       "clicks": {
                     *         "bot": 0,
                     *         "human": 0,
                     *         "total": 0
                     *       },
                     *       "code": "7G6HVhV",
                     *       "created_at": "2026-11-24T00:00:00.000Z",
                     *       "created_by": null,
                     *       "domain": "go.example.com",
                     *       "expired_url": null,
                     *       "expires_at": null,
                     *       "external_id": null,
                     *       "forward_path": false,
                     *       "forward_query": false,
                     *       "id": "0198c0de-0000-7000-8000-000000000001",
                     *       "max_clicks": null,
                     *       "notes": null,
                     *       "password_protected": false,
                     *       "preview": null,
                     *       "published_revision": 42,
                     *       "revision": 42,
                     *       "rules": [],
                     *       "short_url": "https://go.example.com/7G6HVhV",
                     *       "starts_at": null,
                     *       "state": "active",
                     *       "status": 302,
                     *       "tags": [
                     *         "summer"
                     *       ],
                     *       "title": "Summer sale",
                     *       "updated_at": "2026-11-24T00:00:00.000Z",
                     *       "url": "https://example.com/landing"
                     *     }
                     */
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `alias_taken`: The alias is taken; `external_id_taken`: The external id is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "alias_taken" | "external_id_taken";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_aliases`: Invalid aliases; `invalid_domain`: Invalid domain; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_aliases" | "invalid_domain" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listLinkShares: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of shares, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Share"][];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    shareLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "expires_at": "2027-06-01T00:00:00Z",
                 *       "title": "Spring campaign"
                 *     }
                 */
                "application/json": components["schemas"]["NewShare"];
            };
        };
        responses: {
            /** @description The share. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_shares`: There are too many shares */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "too_many_shares";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_expires_at`: Invalid expiry; `invalid_timezone`: Unknown time zone; `invalid_title`: Invalid title; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_expires_at" | "invalid_timezone" | "invalid_title" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    unshareLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                share: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its address answers `share_not_found`. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found; `share_not_found`: Share not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found" | "share_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getLinkStats: {
        parameters: {
            query?: {
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                country?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                region?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                city?: string;
                /** @description Only clicks with this value, as in groups; `(direct)` for clicks without one. */
                referrer?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                browser?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                browser_version?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                os?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                os_version?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                device?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                language?: string;
                /** @description Only clicks with this value, as in groups; `(default)` for clicks without one. */
                destination?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                tier?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_source?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_medium?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_campaign?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_term?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_content?: string;
                /** @description Start of the range. A date means the start of that day in `timezone`; a time without an offset is local to `timezone`. */
                from?: string;
                /** @description End of the range, exclusive; by default now. */
                to?: string;
                /** @description A name of the IANA database or an offset such as +02:00. Days, weeks and months start by it. */
                timezone?: string;
                /** @description The interval of the series. */
                interval?: "minute" | "hour" | "day" | "week" | "month";
                /** @description Only clicks of this class. `imported`: counts by day of another shortener, without visits, which no other dimension has. */
                class?: "head" | "prefetch" | "preview" | "bot" | "suspect" | "human" | "imported" | "all";
                /** @description Gives each point its clicks by class. */
                split?: "class";
                /** @description Groups the clicks. A link counts for each of its current tags. The value of `link` is an id; that of `hour_of_week` is the weekday, from 1 for Monday, and the hour, as in `1-09`, in the time zone. */
                group_by?: "country" | "region" | "city" | "referrer" | "browser" | "browser_version" | "os" | "os_version" | "device" | "language" | "destination" | "tier" | "domain" | "utm_source" | "utm_medium" | "utm_campaign" | "utm_term" | "utm_content" | "class" | "tag" | "link" | "hour_of_week";
                /** @description As CSV: the groups, or without `group_by` the series. */
                format?: "json" | "csv";
            };
            header?: {
                /** @description The last known `ETag`; answered with 304 if the numbers are the same. */
                "If-None-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Clicks and visitors. A visitor counts once per link and day. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description What the numbers are from. Those of a sample are estimates.
                         * @enum {string}
                         */
                        basis: "rollup" | "raw" | "sample";
                        change: {
                            /** @description Of clicks: 0.25 is a quarter more; null if there were none before. */
                            total: number | null;
                            /** @description Of visitors: 0.25 is a quarter more; null if there were none before. */
                            visitors: number | null;
                        };
                        class: string;
                        /**
                         * Format: date-time
                         * @description All earlier clicks are stored or accounted for, according to the producers' running totals. Never later than the newest stored click or a minute ago, since messages may arrive out of order. While clicks of a producer are missing, it stays at the last time when that producer's totals were complete; after 14 days, the longest that a queue keeps a message, they are no longer awaited. Does not include clicks that a producer sent last and that have not been received yet. Null before the first click.
                         */
                        complete_until: string | null;
                        /**
                         * Format: date-time
                         * @description Start of the widened range.
                         */
                        from: string;
                        groups?: {
                            clicks: number;
                            /**
                             * Format: uri
                             * @description Of a link that exists; only with `group_by=link`.
                             */
                            short_url?: string;
                            value: string;
                            visitors: number;
                        }[];
                        previous: {
                            /**
                             * Format: date-time
                             * @description Start of the preceding period, which is as long as the range, or as its past part if it ends in the future.
                             */
                            from: string;
                            /**
                             * Format: date-time
                             * @description Start of the range.
                             */
                            to: string;
                            total: number;
                            visitors: number;
                        };
                        /** @description Every interval of the range, including those without clicks. */
                        series: {
                            /** @description Clicks by class, without zeros; only with `split=class`. */
                            classes?: {
                                [key: string]: number;
                            };
                            clicks: number;
                            /**
                             * Format: date-time
                             * @description Start of the interval.
                             */
                            start: string;
                            visitors: number;
                        }[];
                        /** @description The part of the range's clicks that was read. */
                        share: number;
                        /** @description Age of the numbers; only present while the analytics database is slow or unavailable. */
                        stale_seconds?: number;
                        timezone: string;
                        /**
                         * Format: date-time
                         * @description End of the widened range, exclusive.
                         */
                        to: string;
                        total: number;
                        /** @description Whether groups beyond a limit are combined as `(other)`. */
                        truncated: boolean;
                        visitors: number;
                    };
                    "text/csv": string;
                };
            };
            /** @description The numbers have not changed. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `link_not_found`: Link not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "link_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_class`: Unknown class; `invalid_filter`: Invalid filter; `invalid_format`: Unknown format; `invalid_from`: Invalid start of the range; `invalid_group_by`: Clicks cannot be grouped by this; `invalid_interval`: Invalid interval; `invalid_split`: Points cannot be split by this; `invalid_timezone`: Unknown time zone; `invalid_to`: Invalid end of the range; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_class" | "invalid_filter" | "invalid_format" | "invalid_from" | "invalid_group_by" | "invalid_interval" | "invalid_split" | "invalid_timezone" | "invalid_to" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listLogLevels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those that have not ended, in the order of modules. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLevelList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    raiseLogLevel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                module: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "level": "debug"
                 *     }
                 */
                "application/json": {
                    /** @enum {unknown} */
                    level: "error" | "warn" | "info" | "debug" | "trace";
                };
            };
        };
        responses: {
            /** @description The level, and when it ends. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLevel"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `log_level_not_found`: This module has no level of its own */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "log_level_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_log_levels`: Too many modules have a level of their own */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "too_many_log_levels";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_level`: Unknown level; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_level" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    removeLogLevel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                module: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The module logs as configured again. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `log_level_not_found`: This module has no level of its own */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "log_level_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    listOrphans: {
        parameters: {
            query?: {
                /** @description Only names of this domain. */
                domain?: string;
                /** @description Only names of this class. */
                class?: "person" | "probe";
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Names. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @enum {string|null} */
                            class: "person" | "probe" | null;
                            /** Format: date */
                            last_day: string;
                            /** @description Domain and path. */
                            name: string;
                            visits: number;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this; `key_bound`: The key is bound to less than this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden" | "key_bound";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_class`: Unknown class; `invalid_cursor`: Invalid cursor; `invalid_domain`: Invalid domain; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_class" | "invalid_cursor" | "invalid_domain" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteOrphans: {
        parameters: {
            query?: {
                /** @description Only names of this domain. */
                domain?: string;
                /** @description Only names of this class. */
                class?: "person" | "probe";
                /** @description Only this name, as it is listed. */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The number of deleted names. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        names: number;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_class`: Unknown class; `invalid_domain`: Invalid domain; `invalid_search`: Invalid search; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_class" | "invalid_domain" | "invalid_search" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getPipeline: {
        parameters: {
            query?: {
                /** @description Only this producer, with the numbers of its missing batches. */
                producer?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Numbers of clicks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description All earlier clicks are stored or accounted for, according to the producers' running totals. Never later than the newest stored click or a minute ago, since messages may arrive out of order. While clicks of a producer are missing, it stays at the last time when that producer's totals were complete; after 14 days, the longest that a queue keeps a message, they are no longer awaited. Does not include clicks that a producer sent last and that have not been received yet. Null before the first click.
                         */
                        complete_until: string | null;
                        producers: {
                            dead_lettered: number;
                            dropped: {
                                [key: string]: number;
                            };
                            duplicate: number;
                            /**
                             * Format: date-time
                             * @description The time of its first batch.
                             */
                            first_at: string;
                            /**
                             * Format: uuid
                             * @description The import that the producer is; absent for others.
                             */
                            import?: string;
                            /**
                             * Format: date-time
                             * @description The time of its last batch.
                             */
                            last_at: string;
                            missing: number;
                            /** @description First and last batch number of each gap; only if one producer is requested. Batch numbers are kept for 35 days. */
                            missing_batches?: number[][];
                            produced: number;
                            producer: string;
                            stored: number;
                        }[];
                        total: {
                            dead_lettered: number;
                            dropped: {
                                [key: string]: number;
                            };
                            duplicate: number;
                            missing: number;
                            produced: number;
                            stored: number;
                        };
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this; `key_bound`: The key is bound to less than this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden" | "key_bound";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_producer`: Invalid producer; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_producer" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: {
                /** @description Required, so that no other page can sign a person in. */
                "Shortline-Dashboard"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "slk_…"
                 *     }
                 */
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description The session, whose cookie only this response has. */
            201: {
                headers: {
                    Location?: string;
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CurrentSession"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `wrong_host`: The dashboard is on another host */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "wrong_host";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    signOutEverywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions have ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session and its key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CurrentSession"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `session_not_found`: Session not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "session_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended, and the cookie is removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `session_not_found`: Session not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "session_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended. If it was this request's own, the cookie is removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `session_not_found`: Session not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "session_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    readShared: {
        parameters: {
            query?: {
                /** @description Up to now, in the share's time zone. Points are hours, days or months. */
                period?: "24h" | "7d" | "30d" | "90d" | "12mo";
            };
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Counts of clicks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharedStatistics"];
                };
            };
            /** @description `share_not_found`: Share not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "share_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_period`: Unknown period; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_period" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getStats: {
        parameters: {
            query?: {
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                country?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                region?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                city?: string;
                /** @description Only clicks with this value, as in groups; `(direct)` for clicks without one. */
                referrer?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                browser?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                browser_version?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                os?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                os_version?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                device?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                language?: string;
                /** @description Only clicks with this value, as in groups; `(default)` for clicks without one. */
                destination?: string;
                /** @description Only clicks with this value, as in groups; `(unknown)` for clicks without one. */
                tier?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_source?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_medium?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_campaign?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_term?: string;
                /** @description Only clicks with this value, as in groups; `(none)` for clicks without one. */
                utm_content?: string;
                /** @description Start of the range. A date means the start of that day in `timezone`; a time without an offset is local to `timezone`. */
                from?: string;
                /** @description End of the range, exclusive; by default now. */
                to?: string;
                /** @description A name of the IANA database or an offset such as +02:00. Days, weeks and months start by it. */
                timezone?: string;
                /** @description The interval of the series. */
                interval?: "minute" | "hour" | "day" | "week" | "month";
                /** @description Only clicks of this class. `imported`: counts by day of another shortener, without visits, which no other dimension has. */
                class?: "head" | "prefetch" | "preview" | "bot" | "suspect" | "human" | "imported" | "all";
                /** @description Gives each point its clicks by class. */
                split?: "class";
                /** @description Groups the clicks. A link counts for each of its current tags. The value of `link` is an id; that of `hour_of_week` is the weekday, from 1 for Monday, and the hour, as in `1-09`, in the time zone. */
                group_by?: "country" | "region" | "city" | "referrer" | "browser" | "browser_version" | "os" | "os_version" | "device" | "language" | "destination" | "tier" | "domain" | "utm_source" | "utm_medium" | "utm_campaign" | "utm_term" | "utm_content" | "class" | "tag" | "link" | "hour_of_week";
                /** @description As CSV: the groups, or without `group_by` the series. */
                format?: "json" | "csv";
                /** @description Only links of this domain. */
                domain?: string;
                /** @description Only links that have this tag now. */
                tag?: string;
            };
            header?: {
                /** @description The last known `ETag`; answered with 304 if the numbers are the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Clicks and visitors. A visitor counts once per link and day. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description What the numbers are from. Those of a sample are estimates.
                         * @enum {string}
                         */
                        basis: "rollup" | "raw" | "sample";
                        change: {
                            /** @description Of clicks: 0.25 is a quarter more; null if there were none before. */
                            total: number | null;
                            /** @description Of visitors: 0.25 is a quarter more; null if there were none before. */
                            visitors: number | null;
                        };
                        class: string;
                        /**
                         * Format: date-time
                         * @description All earlier clicks are stored or accounted for, according to the producers' running totals. Never later than the newest stored click or a minute ago, since messages may arrive out of order. While clicks of a producer are missing, it stays at the last time when that producer's totals were complete; after 14 days, the longest that a queue keeps a message, they are no longer awaited. Does not include clicks that a producer sent last and that have not been received yet. Null before the first click.
                         */
                        complete_until: string | null;
                        /**
                         * Format: date-time
                         * @description Start of the widened range.
                         */
                        from: string;
                        groups?: {
                            clicks: number;
                            /**
                             * Format: uri
                             * @description Of a link that exists; only with `group_by=link`.
                             */
                            short_url?: string;
                            value: string;
                            visitors: number;
                        }[];
                        previous: {
                            /**
                             * Format: date-time
                             * @description Start of the preceding period, which is as long as the range, or as its past part if it ends in the future.
                             */
                            from: string;
                            /**
                             * Format: date-time
                             * @description Start of the range.
                             */
                            to: string;
                            total: number;
                            visitors: number;
                        };
                        /** @description Every interval of the range, including those without clicks. */
                        series: {
                            /** @description Clicks by class, without zeros; only with `split=class`. */
                            classes?: {
                                [key: string]: number;
                            };
                            clicks: number;
                            /**
                             * Format: date-time
                             * @description Start of the interval.
                             */
                            start: string;
                            visitors: number;
                        }[];
                        /** @description The part of the range's clicks that was read. */
                        share: number;
                        /** @description Age of the numbers; only present while the analytics database is slow or unavailable. */
                        stale_seconds?: number;
                        timezone: string;
                        /**
                         * Format: date-time
                         * @description End of the widened range, exclusive.
                         */
                        to: string;
                        total: number;
                        /** @description Whether groups beyond a limit are combined as `(other)`. */
                        truncated: boolean;
                        visitors: number;
                    };
                    "text/csv": string;
                };
            };
            /** @description The numbers have not changed. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_class`: Unknown class; `invalid_domain`: Invalid domain; `invalid_filter`: Invalid filter; `invalid_format`: Unknown format; `invalid_from`: Invalid start of the range; `invalid_group_by`: Clicks cannot be grouped by this; `invalid_interval`: Invalid interval; `invalid_split`: Points cannot be split by this; `invalid_tags`: Invalid tags; `invalid_timezone`: Unknown time zone; `invalid_to`: Invalid end of the range; `too_many_links`: Too many links; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_class" | "invalid_domain" | "invalid_filter" | "invalid_format" | "invalid_from" | "invalid_group_by" | "invalid_interval" | "invalid_split" | "invalid_tags" | "invalid_timezone" | "invalid_to" | "too_many_links" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listTags: {
        parameters: {
            query?: {
                /** @description Only tags that start with this text. */
                search?: string;
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tags. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `invalid_search`: Invalid search; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "invalid_search" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    removeTag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tag is removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `tag_not_found`: Tag not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "tag_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    renameTag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "summer"
                 *     }
                 */
                "application/json": {
                    name: string;
                };
            };
        };
        responses: {
            /** @description The renamed tag. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tag"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `tag_not_found`: Tag not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "tag_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `tag_taken`: The other tag already exists */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "tag_taken";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_name`: Invalid name; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_name" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listTagShares: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of shares, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Share"][];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `tag_not_found`: Tag not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "tag_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    shareTag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "expires_at": "2027-06-01T00:00:00Z",
                 *       "title": "Spring campaign"
                 *     }
                 */
                "application/json": components["schemas"]["NewShare"];
            };
        };
        responses: {
            /** @description The share. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `tag_not_found`: Tag not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "tag_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_shares`: There are too many shares */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "too_many_shares";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_expires_at`: Invalid expiry; `invalid_timezone`: Unknown time zone; `invalid_title`: Invalid title; `too_many_links`: Too many links; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_expires_at" | "invalid_timezone" | "invalid_title" | "too_many_links" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    unshareTag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                share: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its address answers `share_not_found`. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `share_not_found`: Share not found; `tag_not_found`: Tag not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "share_not_found" | "tag_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getVisitor: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Clicks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @description From the user agent. */
                            browser: string | null;
                            /** @description The major version; groups and filters have it with the browser: Firefox 145. */
                            browser_version: string | null;
                            /** @description In English, by Cloudflare; groups and filters have it with its region, or else its country: Austin, US-TX. */
                            city: string | null;
                            /** @enum {string|null} */
                            class: "head" | "prefetch" | "preview" | "bot" | "suspect" | "human" | null;
                            /** @description ISO 3166-1 alpha-2. */
                            country: string | null;
                            /** @description The destination that a rule chose; null for the link's own. */
                            destination: string | null;
                            /** @description From the user agent. */
                            device: string | null;
                            /** @description The visitor's most preferred language. */
                            language: string | null;
                            /** Format: uuid */
                            link_id: string;
                            /** @description From the user agent. */
                            os: string | null;
                            /** @description Major and minor version where the user agent has both; groups and filters have it with the system: iOS 18.6. Browsers freeze some: Windows 10 is 11 too, macOS 10.15 and Android 10 are later ones too. */
                            os_version: string | null;
                            /** @description The referrer's URL without query, fragment and user info; statistics group by its host. */
                            referrer: string | null;
                            /** @description ISO 3166-2, such as US-TX, by Cloudflare. */
                            region: string | null;
                            request_id: string;
                            /**
                             * Format: uri
                             * @description Null if the link is deleted.
                             */
                            short_url: string | null;
                            status: number;
                            /** @description The cache that answered. */
                            tier: string;
                            /**
                             * Format: date-time
                             * @description Time of the visit.
                             */
                            time: string;
                            /** @description The header, up to 512 bytes. */
                            user_agent: string | null;
                            /** @description The `utm_…` parameters of the visit, else of the destination, by name. */
                            utm: {
                                [key: string]: string;
                            } | null;
                            /** @description A hash that changes every UTC day. */
                            visitor: string | null;
                        }[];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseVisitor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The number of erased clicks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        clicks: number;
                    };
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `analytics_unavailable`: The analytics database cannot be reached; `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "analytics_unavailable" | "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of webhooks, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "events": [
                 *         "link.created",
                 *         "link.deleted"
                 *       ],
                 *       "url": "https://receiver.example/hooks"
                 *     }
                 */
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            /** @description The webhook with its secret. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_webhooks`: There are too many webhooks */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "too_many_webhooks";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_domains`: Invalid list of domains; `invalid_enabled`: enabled is not true or false; `invalid_events`: Invalid list of events; `invalid_tags`: Invalid tags; `invalid_url`: Invalid destination; `missing_field`: A required field is missing; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_domains" | "invalid_enabled" | "invalid_events" | "invalid_tags" | "invalid_url" | "missing_field" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhooks_unavailable`: Webhooks are not turned on */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhooks_unavailable";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook, without its secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhook_not_found`: Webhook not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nothing more is sent. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhook_not_found`: Webhook not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": true
                 *     }
                 */
                "application/json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            /** @description The changed webhook. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhook_not_found`: Webhook not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_domains`: Invalid list of domains; `invalid_enabled`: enabled is not true or false; `invalid_events`: Invalid list of events; `invalid_tags`: Invalid tags; `invalid_url`: Invalid destination; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_domains" | "invalid_enabled" | "invalid_events" | "invalid_tags" | "invalid_url" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Items per page. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
                cursor?: string;
                /** @description Only deliveries in this state. */
                state?: "pending" | "delivered" | "failed";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhook_not_found`: Webhook not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_cursor`: Invalid cursor; `invalid_limit`: Invalid limit; `invalid_state`: Invalid state; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_cursor" | "invalid_limit" | "invalid_state" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    replayDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "2027-01-31T00:00:00Z",
                 *       "to": "2027-02-01T00:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["Replay"];
            };
        };
        responses: {
            /** @description How many are sent again. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhook_not_found`: Webhook not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_from`: Invalid start of the range; `invalid_ids`: Invalid list of ids; `invalid_to`: Invalid end of the range; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_from" | "invalid_ids" | "invalid_to" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "grace_seconds": 86400
                 *     }
                 */
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description The webhook with its new secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhook_not_found`: Webhook not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "body_too_large";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The body is not sent as JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unsupported_media_type";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_body`: The body is not a JSON object; `invalid_grace_seconds`: Invalid grace period; `unknown_field`: Unknown field; `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "invalid_body" | "invalid_grace_seconds" | "unknown_field" | "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhooks_unavailable`: Webhooks are not turned on */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhooks_unavailable";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery, which follows within a minute. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description `expired_key`: The key has expired; `invalid_key`: Unknown key; `invalid_session`: The session has ended; `missing_key`: A key is required */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "expired_key" | "invalid_key" | "invalid_session" | "missing_key";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `cross_site_request`: The request may come from another site; `forbidden`: The key does not permit this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "cross_site_request" | "forbidden";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhook_not_found`: Webhook not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhook_not_found";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_parameter`: Unknown query parameter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "unknown_parameter";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Rate limit exceeded */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "rate_limited";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error`: Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "internal_error";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `webhooks_unavailable`: Webhooks are not turned on */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "webhooks_unavailable";
                    } & components["schemas"]["Problem"];
                };
            };
            /** @description `contention`: Others are changing the same links; `database_unavailable`: The links database cannot be reached; `overloaded`: The origin is overloaded */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {unknown} */
                        code?: "contention" | "database_unavailable" | "overloaded";
                    } & components["schemas"]["Problem"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is alive. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description Not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
}

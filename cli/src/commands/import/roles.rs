//! What the columns of a table can hold, and the names and hosts that are hints for it.

use Role::{
    Alias, Archived, Clicks, CreatedAt, Domain, ExpiredUrl, ExpiresAt, FurtherNames, HumanClicks, Id,
    MaxClicks, Notes, Password, Protected, ShortUrl, StartsAt, State, Status, Tags, Title,
};

use super::names::Name;

/// What a column holds, by the name that `--map` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Url,
    ShortUrl,
    Alias,
    /// Separated by `|`, commas or spaces.
    FurtherNames,
    Domain,
    Title,
    Notes,
    Tags,
    CreatedAt,
    StartsAt,
    ExpiresAt,
    ExpiredUrl,
    MaxClicks,
    Password,
    /// Whether there is a password.
    Protected,
    Status,
    /// Whether the link redirects.
    State,
    Archived,
    Id,
    Clicks,
    /// What a maximum counts, where a table has several counts.
    HumanClicks,
}

/// Names of columns in small letters and digits only, as exports have them. `url`, `link` and `href` are in none: they mean
/// the short URL in one export and the destination in another.
const HINTS: [(Role, &str, &[&str]); 21] = [
    (
        Role::Url,
        "url",
        &[
            "longurl",
            "destinationurl",
            "destination",
            "destinationlink",
            "originalurl",
            "target",
            "targeturl",
            "longlink",
            "redirecturl",
            "deeplink",
            "landingpage",
        ],
    ),
    (
        ShortUrl,
        "short_url",
        &["shorturl", "shortlink", "bitlink", "shortened", "shortenedurl", "fullurl", "secureshorturl"],
    ),
    (
        Alias,
        "alias",
        &[
            "alias",
            "shortcode",
            "slug",
            "keyword",
            "backhalf",
            "custombackhalf",
            "path",
            "slashtag",
            "code",
            "key",
            "customurl",
            "shortid",
            "address",
        ],
    ),
    (FurtherNames, "aliases", &["aliases", "furthernames", "custombitlinks"]),
    (Domain, "domain", &["domain", "domainname", "hostname", "host", "authority"]),
    (Title, "title", &["title", "name", "linktitle"]),
    (Notes, "notes", &["notes", "note", "description", "comment", "comments"]),
    (Tags, "tags", &["tags", "tag", "labels", "tagnames"]),
    (
        CreatedAt,
        "created_at",
        &[
            "createdat",
            "created",
            "datecreated",
            "creationdate",
            "createddate",
            "timestamp",
            "dateadded",
            "date",
        ],
    ),
    (StartsAt, "starts_at", &["startsat", "validsince", "startdate"]),
    (
        ExpiresAt,
        "expires_at",
        &["expiresat", "expires", "expiry", "expiration", "expirationdate", "validuntil", "expirydate"],
    ),
    (ExpiredUrl, "expired_url", &["expiredurl"]),
    (MaxClicks, "max_clicks", &["maxclicks", "maxvisits", "clickslimit", "clicklimit"]),
    (Password, "password", &["password", "passwort"]),
    (
        Protected,
        "password_protected",
        &["passwordprotected", "haspassword", "protected", "isprotected", "ispasswordprotected", "password"],
    ),
    (Status, "status", &["status", "redirecttype", "statuscode", "redirectstatus"]),
    (
        State,
        "state",
        &[
            "state",
            "status",
            "linkstatus",
            "enabled",
            "isenabled",
            "active",
            "isactive",
            "disabled",
            "isdisabled",
            "inactive",
            "isinactive",
            "paused",
        ],
    ),
    (Archived, "archived", &["archived", "isarchived"]),
    (Id, "id", &["id", "linkid", "idstring", "rowid"]),
    (
        Clicks,
        "clicks",
        &["clicks", "visits", "totalclicks", "clickstotal", "visitcount", "clickcount", "totalengagements"],
    ),
    (HumanClicks, "clicks_human", &["clickshuman", "humanclicks"]),
];

const EITHER_URL: [&str; 4] = ["url", "link", "href", "uri"];

/// Hosts of services: what they have is a short URL.
const SERVICES: [&str; 22] = [
    "bit.ly",
    "bitly.com",
    "j.mp",
    "buff.ly",
    "cutt.ly",
    "dub.sh",
    "goo.gl",
    "is.gd",
    "kutt.it",
    "kutt.to",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "short.gy",
    "shorturl.at",
    "spoo.me",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "v.gd",
    "page.link",
];

impl Role {
    pub fn name(self) -> &'static str {
        HINTS.iter().find(|(role, ..)| *role == self).map_or("", |(_, name, _)| name)
    }

    /// What a name can mean; the values decide.
    pub fn of_header(header: &str) -> impl Iterator<Item = Self> {
        let header = normal(header);
        HINTS.iter().filter(move |(.., headers)| headers.contains(&header.as_str())).map(|(role, ..)| *role)
    }

    /// Of the name that `--map` takes.
    pub fn of_name(text: &str) -> Option<Self> {
        HINTS.iter().find(|(_, name, _)| *name == text).map(|(role, ..)| *role)
    }

    pub fn names() -> Vec<&'static str> {
        HINTS.iter().map(|(_, name, _)| *name).collect()
    }
}

/// Whether the name says that the column has URLs, but not which.
pub fn is_either_url(header: &str) -> bool {
    EITHER_URL.contains(&normal(header).as_str())
}

/// Whether "yes" in the column says that the link is off.
pub fn is_negative(header: &str) -> bool {
    let header = normal(header);
    matches!(header.trim_start_matches("is"), "disabled" | "inactive" | "paused")
}

/// Whether the name says that the column has passwords, or something of them.
pub fn is_of_passwords(header: &str) -> bool {
    let header = normal(header);
    ["passw", "passphrase", "kennwort"].iter().any(|word| header.contains(word))
}

/// In small letters and digits only.
pub fn normal(header: &str) -> String {
    header.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether it is a short URL of a known service.
pub fn is_service(name: &Name) -> bool {
    let host = name.host.as_deref().unwrap_or_default();
    SERVICES.iter().any(|service| {
        host == *service || host.strip_suffix(service).is_some_and(|start| start.ends_with('.'))
    })
}

//! Classifies orphan visits: a person's typo, or a probe. A probe is a scanner looking for a known weakness, or a file that browsers and
//! crawlers request from every host. Decided by the name alone, which is all that is counted of an orphan visit.

/// The class of orphan visits to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrphanClass {
    Person,
    Probe,
}

/// Extensions of server files (source, configuration, archives, dumps, keys, logs) and of a site's assets. Not `.pdf` or `.html`, which
/// a link's name may have.
const EXTENSIONS: [&str; 68] = [
    "7z",
    "action",
    "ashx",
    "asmx",
    "asp",
    "aspx",
    "axd",
    "backup",
    "bak",
    "bat",
    "bk",
    "bz2",
    "cer",
    "cfg",
    "cfm",
    "cgi",
    "class",
    "conf",
    "config",
    "crt",
    "css",
    "db",
    "dll",
    "do",
    "dump",
    "env",
    "exe",
    "git",
    "gz",
    "hta",
    "ico",
    "inc",
    "ini",
    "jar",
    "js",
    "json",
    "jsp",
    "jspx",
    "key",
    "log",
    "lua",
    "map",
    "mdb",
    "old",
    "orig",
    "p12",
    "pem",
    "pfx",
    "php",
    "php5",
    "php7",
    "phtml",
    "pl",
    "properties",
    "py",
    "rar",
    "rb",
    "save",
    "sh",
    "sql",
    "sqlite",
    "svc",
    "swp",
    "tar",
    "tgz",
    "war",
    "webmanifest",
    "zip",
];
/// Whole file names whose extension alone proves nothing: `readme.txt` is a probe, `alice.txt` is not.
const FILES: [&str; 24] = [
    "ads.txt",
    "app-ads.txt",
    "browserconfig.xml",
    "changelog.txt",
    "config.xml",
    "config.yaml",
    "config.yml",
    "crossdomain.xml",
    "docker-compose.yml",
    "dockerfile",
    "humans.txt",
    "license.txt",
    "llms.txt",
    "phpinfo",
    "pom.xml",
    "readme.md",
    "readme.txt",
    "robots.txt",
    "security.txt",
    "server-info",
    "server-status",
    "web.xml",
    "wlwmanifest.xml",
    "xmlrpc",
];
/// Prefixes of a path segment: products known for their weaknesses, and icons.
const SEGMENT_STARTS: [&str; 32] = [
    "_ignition",
    "_profiler",
    "_vti_",
    "adminer",
    "android-chrome",
    "apple-touch-icon",
    "apple-app-site-association",
    "boaform",
    "cgi-bin",
    "dana-na",
    "evox",
    "favicon",
    "goform",
    "gponform",
    "hnap1",
    "mstile",
    "nmaplowercheck",
    "phpmyadmin",
    "phpunit",
    "remote_agent",
    "reportserver",
    "setup.cgi",
    "sitemap",
    "trinity.txt",
    "vpnsvc",
    "wp-admin",
    "wp-content",
    "wp-includes",
    "wp-json",
    "wp-login",
    "xampp",
    "zabbix",
];
/// Whole path segments that nobody chooses for a link.
const SEGMENTS: [&str; 40] = [
    "+cscoe+",
    "actuator",
    "admin",
    "administrator",
    "api-docs",
    "autodiscover",
    "cgi",
    "dns-query",
    "druid",
    "ecp",
    "elmah",
    "geoserver",
    "global-protect",
    "graphql",
    "hudson",
    "jenkins",
    "jmx-console",
    "laravel",
    "mifs",
    "myadmin",
    "mysql",
    "nacos",
    "node_modules",
    "owa",
    "phpmyadmin",
    "pma",
    "solr",
    "sslmgr",
    "sslvpn",
    "struts",
    "swagger",
    "swagger-ui",
    "telescope",
    "userportal",
    "vendor",
    "webdav",
    "wordpress",
    "wp",
    "wp1",
    "wp2",
];
/// Text anywhere in a name.
const FRAGMENTS: [&str; 21] = [
    "${",
    "../",
    "..\\",
    "/.",
    "<script",
    "<?",
    "\\",
    "{{",
    "cmd=",
    "/console/",
    "/containers/json",
    "/etc/",
    "/manager/html",
    "/proc/self",
    "/sdk/",
    "jndi:",
    "select ",
    "union ",
    "wget ",
    "win.ini",
    "\0",
];

impl OrphanClass {
    /// `name` is domain and path, as orphan visits are counted.
    pub fn of(name: &str) -> Self {
        let (_, path) = name.split_at(name.find('/').unwrap_or(name.len()));
        if is_probe(&decoded(path)) { Self::Probe } else { Self::Person }
    }

    /// The name in the tables and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Probe => "probe",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Person, Self::Probe].into_iter().find(|class| class.as_str() == name)
    }
}

fn is_probe(path: &str) -> bool {
    let fragment = |text: &&str| path.contains(*text);
    let segment = |segment: &str| {
        SEGMENTS.contains(&segment)
            || FILES.contains(&segment)
            || SEGMENT_STARTS.iter().any(|start| segment.starts_with(start))
            // Includes `.php~`, `.env.production`, `.sql.gz`.
            || segment.split('.').skip(1).any(|part| EXTENSIONS.contains(&part.trim_end_matches(['~', '_'])))
    };
    FRAGMENTS.iter().any(fragment) || path.split(['/', '?', '&', '=']).any(segment)
}

/// Lower-cased, with the escapes decoded that probes hide behind.
fn decoded(path: &str) -> String {
    let mut path = path.to_lowercase();
    // Some probes escape twice.
    path = path.replace("%25", "%");
    for (escaped, plain) in [
        ("%2e", "."),
        ("%2f", "/"),
        ("%5c", "\\"),
        ("%24", "$"),
        ("%7b", "{"),
        ("%3c", "<"),
        ("%3f", "?"),
        ("%00", "\0"),
        ("%20", " "),
        ("%3a", ":"),
        ("%2d", "-"),
        ("%5f", "_"),
    ] {
        if path.contains(escaped) {
            path = path.replace(escaped, plain);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_separated_from_typos() {
        for path in [
            "/wp-login.php",
            "/.env",
            "/xmlrpc.php",
            "/apple-touch-icon.png",
            "/apple-touch-icon-precomposed.png",
            "/apple-touch-icon-120x120.png",
            "/favicon-32x32.png",
            "/WP-LOGIN.PHP",
            "/blog/wp-includes/wlwmanifest.xml",
            "/wp/v2/users",
            "/.git/config",
            "/.aws/credentials",
            "/.well-known/traffic-advice",
            "/api/.env.production",
            "/%2eenv",
            "/%252eenv",
            "/.DS_Store",
            "/config.json",
            "/backup.zip",
            "/db.sql.gz",
            "/index.php~",
            "/phpinfo",
            "/phpmyadmin/index",
            "/phpMyAdmin-5",
            "/vendor/phpunit/src",
            "/cgi-bin/luci",
            "/actuator/health",
            "/manager/html",
            "/server-status",
            "/_ignition/execute",
            "/HNAP1",
            "/boaform/admin",
            "/solr/admin",
            "/owa/auth",
            "/+CSCOE+/logon",
            "/ads.txt",
            "/sitemap.xml",
            "/sitemap_index.xml",
            "/login.action",
            "/../../etc/passwd",
            "/..%2f..%2fetc%2fpasswd",
            "/${jndi:ldap://x}",
            "/a?cmd=id",
            "/shell.jsp",
            "/id_rsa.key",
            "/wordpress",
            "/admin",
            "/graphql",
            "/manifest.json",
            "/service-worker.js",
            "/style.css",
        ] {
            assert_eq!(OrphanClass::of(&format!("go.example.com{path}")), OrphanClass::Probe, "{path}");
        }
        for path in [
            "",
            "/",
            "/summer-sael",
            "/Sommer2026",
            "/poster",
            "/events/2026/berlin",
            "/menu.html",
            "/flyer.pdf",
            "/münchen",
            "/v1.2",
            "/%C3%A4pfel",
            "/newsletter-12",
            "/environment",
            "/php",
            "/git",
            "/admins",
            "/envelope",
            "/sale-50",
            "/a.b",
            "/report.final",
            "/wpa",
            "/vendors",
            "/J.Smith",
            "/st.gallen",
            "/c++",
        ] {
            assert_eq!(OrphanClass::of(&format!("go.example.com{path}")), OrphanClass::Person, "{path}");
        }
    }

    #[test]
    fn domain_does_not_decide_the_class() {
        assert_eq!(OrphanClass::of("go.php.zip/poster"), OrphanClass::Person);
        assert_eq!(OrphanClass::of("wp-login.php"), OrphanClass::Person);
        assert_eq!(OrphanClass::of("(other)"), OrphanClass::Person);
    }

    #[test]
    fn class_round_trips_through_its_name() {
        for class in [OrphanClass::Person, OrphanClass::Probe] {
            assert_eq!(OrphanClass::from_name(class.as_str()), Some(class));
        }
        assert_eq!(OrphanClass::from_name("robot"), None);
    }
}

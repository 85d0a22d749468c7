//! Whether a name that no link has is a person's typo or a probe: a scanner's question for a known weakness, or what browsers and
//! crawlers ask every host for. Judged by the name alone, which is all that is counted of an orphan visit.

/// The class of orphan visits, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrphanClass {
    Person,
    Probe,
}

/// What only servers have: source and configuration, archives and dumps, keys and logs; and what a site has beside its pages. A link's
/// name may end in `.pdf` or `.html`.
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
/// Ends that are a probe with a whole name only: `readme.txt`, but not `alice.txt`.
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
/// How a segment begins: products that are known for their weaknesses, and icons.
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
/// Whole segments that nobody gives to a link by hand.
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
/// Anywhere in a name.
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
    /// `name` is domain and path, as an orphan visit is counted.
    pub fn of(name: &str) -> Self {
        let (_, path) = name.split_at(name.find('/').unwrap_or(name.len()));
        if is_probe(&decoded(path)) { Self::Probe } else { Self::Person }
    }

    /// As in the tables and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Probe => "probe",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Person, Self::Probe].into_iter().find(|class| class.as_str() == name)
    }
}

fn is_probe(path: &str) -> bool {
    let fragment = |text: &&str| path.contains(*text);
    let segment = |segment: &str| {
        SEGMENTS.contains(&segment)
            || FILES.contains(&segment)
            || SEGMENT_STARTS.iter().any(|start| segment.starts_with(start))
            // Also `.php~`, `.env.production`, `.sql.gz`.
            || segment.split('.').skip(1).any(|part| EXTENSIONS.contains(&part.trim_end_matches(['~', '_'])))
    };
    FRAGMENTS.iter().any(fragment) || path.split(['/', '?', '&', '=']).any(segment)
}

/// In lower case, with the characters that are escaped to hide a probe as themselves.
fn decoded(path: &str) -> String {
    let mut path = path.to_lowercase();
    // Escaped twice, as some do.
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
    fn probes_are_told_from_typos() {
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
    fn a_domain_is_no_evidence() {
        assert_eq!(OrphanClass::of("go.php.zip/poster"), OrphanClass::Person);
        assert_eq!(OrphanClass::of("wp-login.php"), OrphanClass::Person);
        assert_eq!(OrphanClass::of("(other)"), OrphanClass::Person);
    }

    #[test]
    fn a_class_is_found_by_its_name() {
        for class in [OrphanClass::Person, OrphanClass::Probe] {
            assert_eq!(OrphanClass::named(class.as_str()), Some(class));
        }
        assert_eq!(OrphanClass::named("robot"), None);
    }
}

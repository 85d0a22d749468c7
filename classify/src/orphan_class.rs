//! Classifies orphan visits: a person's typo, or a probe. A probe is a scanner looking for a known weakness, or a file that browsers and
//! crawlers request from every host. Decided by the name alone, which is all that is counted of an orphan visit.

/// The class of orphan visits to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrphanClass {
    Person,
    Probe,
}

/// Extensions of server files (source, archives, dumps, keys) and of a site's assets. Not `.pdf` or `.html`, which a link's name may
/// have.
const EXTENSIONS: &str = "\
    7z asa ashx asmx asp aspx axd bak bk bz2 cer cfm cgi crt css dll exe gz hta ico ini json jsp jspx mdb p12 pem pfx php phtml rar \
    sql sqlite sqlite3 swp tar tfstate tfvars tgz webmanifest zip";
/// Extensions that are also words, names or top-level domains. They prove a probe after a stem of [`STEMS`] or below a directory:
/// `nginx.conf` and `js/node.js` are probes, `rust.conf` and `node.js` are not.
const AMBIGUOUS_EXTENSIONS: &str = "\
    action backup bat cfg class conf config db do dump env git inc jar js key lock log lua map md old orig pl properties py rb save sh \
    svc war xml yaml yml";
/// Words of which one occurs in the stem of a server file.
const STEMS: &str = "\
    access admin apache app application applicationcontext atom auth aws backup bootstrap browserconfig build bundle cargo cert \
    changelog clientaccesspolicy common composer config configuration connect connection console credentials crossdomain data database \
    db debug default deploy dev docker dump entrypoint env error feed flake formmail functions gemfile git gradle gruntfile gulpfile \
    htaccess htpasswd httpd id include index init install jquery laravel license local localhost log login logs main manage mysql \
    nginx npm openapi opensearch openvpn package passwd php phpinfo phpunit pipfile pnpm podfile poetry pom printenv private prod \
    production public readme redis router rsa rss run runtime script scripts secret secrets security server serverless service \
    settings setup shell sitemap sql ssh ssl staging start startup struts sw swagger syslog test thumbs upload user users values \
    vendor web webpack wlwmanifest worker wp wsgi www yarn";
/// What backup programs and editors append to a file's name.
const COPY_SUFFIXES: &str = "\
    0 1 2 backup copy dev dist example local old orig original prod production sample save staging swo temp tmp txt";
/// Whole file names whose extension alone proves nothing: `readme.txt` is a probe, `alice.txt` is not.
const FILES: &str = "\
    ads.txt app-ads.txt backup.txt changelog.txt credentials.txt dockerfile gemfile hello.world humans.txt hystrix.stream jenkinsfile \
    license.txt llms-full.txt llms.txt makefile passwords.txt pipfile procfile rakefile readme.txt requirements.txt robots.txt \
    secrets.txt security.txt shell.txt stssys.htm trafficbasedsspsitemap.xml users.txt vagrantfile";
/// Prefixes of a path segment: products known for their weaknesses, and icons.
const SEGMENT_STARTS: &str = "\
    _ignition _profiler _vti_ actuator adminer android-chrome apple-app-site-association apple-touch-icon boaform cgi-bin cgi-mod \
    cgi-sys dana-cached dana-na evox favicon goform gponform hnap1 id_dsa id_ecdsa id_ed25519 id_rsa jboss magento_ mstile \
    nmaplowercheck phpinfo phpldapadmin phpmyadmin phppgadmin phpunit remote_agent reportserver roundcube setup.cgi sitemap sqladmin \
    squirrelmail struts swagger-ui swagger_ trinity.txt typo3 vpnsvc wls-wsat wp-activate wp-admin wp-comments wp-config wp-content \
    wp-cron wp-includes wp-json wp-links wp-load wp-login wp-mail wp-register wp-settings wp-signup wp-sitemap wp-trackback xampp \
    zabbix";
/// Whole path segments that nobody chooses for a link, also with a number or version behind them.
const SEGMENTS: &str = "\
    +cscoe+ +cscol+ +webvpn+ _all_dbs _all_docs _cat _catalog _cluster _config _debugbar _environment _fragment _layouts _mapping \
    _next _nodes _nuxt _phpmyadmin _search _snapshot _users _utils ab2g ab2h admin-console admincp administrator adminpanel \
    alertmanager alfacgiapi api-docs aspnet_client authorized_keys autodiscover axis2 bitrix c99 cacti certsrv cfide cgi ckeditor cmd \
    cpanel dbadmin debugbar developmentserver dns-query druid drupal ecp elfinder elmah engine.io error_log fckeditor fpm-status \
    ganglia geoserver global-protect gradio_api grafana graphiql graphql hangfire heapdump hikvision horde host-manager hsqldb \
    httptrace hudson isapi jenkins jmreport jmx-console jolokia joomla json-rpc jsonrpc kibana kindeditor known_hosts laravel \
    log-viewer logonpoint lucee luci magento meta-inf mifs minio mongo-express myadmin mysql mysqladmin nacos nagios netdata \
    nginx_status node_modules opencart owa passwd pgadmin plesk pma portainer prestashop prometheus r57 rainloop rdweb sdapi seeyon \
    server-info server-status signalr sitecore socket.io sockjs-node solr sonicui sqlite sqlmanager ssl-vpn sslmgr sslvpn stub_status \
    swagger telerik thinkphp threaddump tmui ueditor umbraco userportal vendor vpns web-console web-inf webdav webfig webmin whm \
    wordpress wp xmlrpc zentao zeppelin";
/// First segments that somebody may also have typed as an alias. Probes, because scanners request them from every host: among their
/// requests a person's typo would not be found.
const WORDS: &str = "admin console credentials debug env metrics secrets shell";
/// The start of a whole path: words that prove a probe only at this place.
const PATH_STARTS: &str = "\
    aws/credentials bin/ clockwork/app computemetadata/ console/ cvs/entries cvs/root debug/ horizon/api images/json latest/meta-data \
    logon/logonpoint manager/html manager/text mgmt/shared/ mgmt/tm/ nf/auth proc/self rails/info remote/error remote/fgt_lang \
    remote/info remote/login rest/v1/ sdk/ telescope/ user/login users/sign_in v1/agent/ v1/chat/ v1/completions v1/embeddings v1/kv/ \
    v1/models v1/sys/ vpn/index.html ws/v1/";
/// Text anywhere in a name.
const FRAGMENTS: [&str; 20] = [
    "${",
    "../",
    "..;",
    "<script",
    "<?",
    "\\",
    "{{",
    "cmd=",
    "/containers/json",
    "/etc/",
    "/proc/self",
    "jndi:",
    "onerror=",
    "php://",
    "sleep(",
    "waitfor delay",
    "wget ",
    "win.ini",
    "xp_cmdshell",
    "\0",
];
/// SQL injections: words that occur in this order, where each alone is an ordinary word.
const SQL: [(&str, &str); 2] = [("select ", "from "), ("union ", "select ")];

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
    let is_sql = |(first, second): &(&str, &str)| {
        path.split_once(first).is_some_and(|(_, behind)| behind.contains(second))
    };
    FRAGMENTS.iter().any(|fragment| path.contains(fragment))
        || SQL.iter().any(is_sql)
        || words(PATH_STARTS).any(|start| is_below(path, start))
        || path.split('/').filter(|segment| !segment.is_empty()).enumerate().any(|(depth, segment)| {
            segment.split(['?', '&', '=', ';']).any(|part| is_probe_segment(part, depth > 0))
        })
}

/// `start` may end within a segment only if it ends with a slash.
fn is_below(path: &str, start: &str) -> bool {
    let behind = path.trim_start_matches('/').strip_prefix(start);
    behind.is_some_and(|behind| start.ends_with('/') || !behind.starts_with(char::is_alphanumeric))
}

fn is_probe_segment(segment: &str, has_directory: bool) -> bool {
    // Servers ignore blanks and dots at the end of a name, and scanners append them.
    let segment =
        segment.trim_start_matches(' ').trim_end_matches([' ', '.', ',', ':', '!', ')', '"', '\'', '>']);
    let bare = segment.strip_suffix(".html").or_else(|| segment.strip_suffix(".htm")).unwrap_or(segment);
    let without_number = bare.trim_end_matches(|character: char| {
        character.is_ascii_digit() || matches!(character, '.' | '-' | '_')
    });
    let is_dotfile = segment.strip_prefix('.').is_some_and(|name| name.starts_with(char::is_alphanumeric));
    is_dotfile
        || [bare, without_number].iter().any(|name| has(SEGMENTS, name))
        || !has_directory && has(WORDS, segment)
        || has(FILES, segment)
        || words(SEGMENT_STARTS).any(|start| segment.starts_with(start))
        || is_server_file(segment, has_directory)
}

/// Includes copies: `.php~`, `.sql.old`.
fn is_server_file(name: &str, has_directory: bool) -> bool {
    let name = name.trim_end_matches(['~', '_', '#']);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    // `.php5`, `.phps`, `.php_bak`.
    let is_server = has(EXTENSIONS, extension) || extension.starts_with("php");
    let is_ambiguous = has(AMBIGUOUS_EXTENSIONS, extension);
    let is_known_stem = || stem.split(['.', '-', '_']).any(|part| has(STEMS, part));
    is_server
        || is_ambiguous && (has_directory || is_known_stem())
        || has(COPY_SUFFIXES, extension) && is_server_file(stem, has_directory)
}

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(' ')
}

fn has(list: &'static str, word: &str) -> bool {
    words(list).any(|listed| listed == word)
}

/// Lower-cased, with the escapes decoded that probes hide behind: all of ASCII, because some escape letters. Twice, because some
/// escape twice.
fn decoded(path: &str) -> String {
    unescaped(&unescaped(path)).to_lowercase()
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut unescaped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escape = part.split_at_checked(2).and_then(|(digits, rest)| {
            let byte = u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii)?;
            Some((char::from(byte), rest))
        });
        match escape {
            Some((character, rest)) => {
                unescaped.push(character);
                unescaped.push_str(rest);
            }
            None => {
                unescaped.push('%');
                unescaped.push_str(part);
            }
        }
    }
    unescaped
}

#[cfg(test)]
mod tests;

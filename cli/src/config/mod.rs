//! Which installation a command talks to, and with which key: options before `SHORTLINE_*` before the configuration file.

pub mod credentials;
pub mod file;

use std::path::{Path, PathBuf};

use url::Url;

use crate::error::CliError;
use file::{ConfigFile, KeyPlace};

/// What the environment says. Empty variables count as unset.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    pub server: Option<String>,
    pub key: Option<String>,
    pub context: Option<String>,
    /// The configuration folder; None where there is no home, as in a container.
    pub folder: Option<PathBuf>,
}

impl Environment {
    pub fn read() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let base = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || variable("HOME").map(|home| PathBuf::from(home).join(".config"));
        Self {
            server: variable("SHORTLINE_URL"),
            key: variable("SHORTLINE_KEY"),
            context: variable("SHORTLINE_CONTEXT"),
            folder: base.or_else(home).map(|base| base.join("shortline")),
        }
    }

    pub fn folder(&self) -> Result<&Path, CliError> {
        self.folder
            .as_deref()
            .ok_or_else(|| CliError::usage("set HOME or XDG_CONFIG_HOME to remember contexts"))
    }
}

/// The installation of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub server: Url,
    pub key: Key,
    /// None if the server comes from an option or the environment.
    pub context: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Environment(String),
    Stored { context: String, place: KeyPlace },
    Missing,
}

/// A stored key is only ever sent to the server it was stored for, however the server is named.
pub fn resolve(
    server_option: Option<&str>,
    context_option: Option<&str>,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<Target, CliError> {
    // A named context is more specific than SHORTLINE_URL; --server is more specific than anything.
    let named = context_option.or(environment.context.as_deref().filter(|_| environment.server.is_none()));
    let explicit = match (server_option, context_option) {
        (Some(server), _) => Some(server),
        (None, Some(_)) => None,
        (None, None) => environment.server.as_deref(),
    };
    let (server, context) = match explicit {
        Some(server) => {
            let server = parse_server(server)?;
            let context = file.contexts.iter().find(|(_, entry)| entry.url == server.as_str());
            (server, context.map(|(name, _)| name.clone()))
        }
        None => {
            let name = named.map(str::to_owned).or_else(|| file.current.clone()).ok_or(CliError::NoServer)?;
            let entry = file.contexts.get(&name).ok_or_else(|| unknown_context(&name, file))?;
            (parse_server(&entry.url)?, Some(name))
        }
    };
    let stored = context.as_ref().and_then(|name| file.contexts.get(name).map(|entry| (name, entry.key)));
    let key = match (&environment.key, stored) {
        // The stored key of a context that was named on the command line is meant.
        (Some(_), Some((name, Some(place)))) if context_option.is_some() && server_option.is_none() => {
            Key::Stored { context: name.clone(), place }
        }
        (Some(key), _) => Key::Environment(key.clone()),
        (None, Some((name, Some(place)))) => Key::Stored { context: name.clone(), place },
        (None, _) => Key::Missing,
    };
    Ok(Target { server, key, context })
}

pub fn unknown_context(name: &str, file: &ConfigFile) -> CliError {
    let known: Vec<&str> = file.contexts.keys().map(String::as_str).collect();
    CliError::usage(match known.as_slice() {
        [] => format!("there is no context {name}; `shortline login` makes one"),
        known => format!("there is no context {name}; the contexts are {}", known.join(", ")),
    })
}

/// Scheme, host and port. Without a scheme it is https, or http for this machine.
pub fn parse_server(text: &str) -> Result<Url, CliError> {
    let text = text.trim();
    let wrong = || CliError::usage(format!("{text} is not an address such as https://go.example.com"));
    let parse = |text: &str| Url::parse(text).map_err(|_| wrong());
    let mut url = if text.contains("://") { parse(text)? } else { parse(&format!("http://{text}"))? };
    if !text.contains("://") && !is_local(&url) {
        url = parse(&format!("https://{text}"))?;
    }
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !url.username().is_empty() {
        return Err(wrong());
    }
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// Whether what is sent to it stays on this machine.
pub fn is_local(server: &Url) -> bool {
    match server.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::file::ContextEntry;
    use super::*;

    fn file() -> ConfigFile {
        let entry = |url: &str| ContextEntry { url: url.into(), key: Some(KeyPlace::File) };
        ConfigFile {
            current: Some("work".into()),
            contexts: [
                ("home".to_owned(), entry("https://home.example/")),
                ("work".to_owned(), entry("https://work.example/")),
            ]
            .into(),
        }
    }

    fn stored(name: &str) -> Key {
        Key::Stored { context: name.into(), place: KeyPlace::File }
    }

    fn shown(server: Option<&str>, context: Option<&str>, environment: &Environment) -> (String, Key) {
        let target = resolve(server, context, environment, &file()).unwrap();
        (target.server.to_string(), target.key)
    }

    #[test]
    fn options_precede_environment_precedes_file() {
        let nothing = Environment::default();
        let work = ("https://work.example/".to_owned(), stored("work"));
        let home = ("https://home.example/".to_owned(), stored("home"));
        assert_eq!(shown(None, None, &nothing), work);
        assert_eq!(shown(None, Some("home"), &nothing), home);
        assert_eq!(shown(None, None, &Environment { context: Some("home".into()), ..nothing.clone() }), home);
        let url = Environment { server: Some("https://home.example".into()), ..nothing.clone() };
        assert_eq!(shown(None, None, &url), home);
        assert_eq!(shown(None, Some("work"), &url), work);
        assert_eq!(shown(Some("home.example"), Some("work"), &url), home);
        let key = Environment { key: Some("slk_e".into()), ..nothing };
        assert_eq!(shown(None, None, &key).1, Key::Environment("slk_e".into()));
        assert_eq!(shown(None, Some("work"), &key), work);
    }

    #[test]
    fn stored_key_goes_to_no_other_server() {
        let other = Environment { server: Some("https://other.example".into()), ..Environment::default() };
        assert_eq!(shown(None, None, &other).1, Key::Missing);
        assert_eq!(shown(Some("http://work.example"), None, &Environment::default()).1, Key::Missing);
        assert_eq!(shown(Some("https://work.example:8443"), None, &Environment::default()).1, Key::Missing);
    }

    #[test]
    fn unknown_context_is_named() {
        let error = resolve(None, Some("x"), &Environment::default(), &file()).unwrap_err();
        assert_eq!(error.to_string(), "there is no context x; the contexts are home, work");
        let nowhere = resolve(None, None, &Environment::default(), &ConfigFile::default()).unwrap_err();
        assert!(matches!(nowhere, CliError::NoServer));
    }

    #[test]
    fn server_is_scheme_host_and_port() {
        for (text, expected) in [
            ("https://go.example.com/dashboard/?x#y", "https://go.example.com/"),
            ("go.example.com", "https://go.example.com/"),
            ("localhost:8787", "http://localhost:8787/"),
            ("127.0.0.1:8787", "http://127.0.0.1:8787/"),
            ("[::1]:8787", "http://[::1]:8787/"),
            ("127.0.0.1.nip.io", "https://127.0.0.1.nip.io/"),
            ("localhost.example.com:8443", "https://localhost.example.com:8443/"),
            (" HTTPS://GO.example.com:443 ", "https://go.example.com/"),
        ] {
            assert_eq!(parse_server(text).unwrap().as_str(), expected, "{text}");
        }
        for wrong in ["", "ftp://go.example.com", "https://a:b@go.example.com", "https://"] {
            assert!(parse_server(wrong).is_err(), "{wrong}");
        }
    }
}

//! Tells the columns of a table apart: by their values, with the names in the first line as hints.

use std::collections::BTreeSet;

use url::Url;

use super::names::Name;
use super::roles::Role::{
    self, Alias, CreatedAt, ExpiresAt, Password, Protected, ShortUrl, StartsAt, State, Status, Title,
};
use super::roles::{is_either_url, is_service, normal};
use super::{states, times};

/// Share of a column's values that must be URLs, in percent: where its name says so, and otherwise.
const MIN_NAMED_URLS: usize = 50;
const MIN_URLS: usize = 90;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pub names: Vec<String>,
    pub roles: Vec<Option<Role>>,
}

impl Columns {
    /// `url=Link, title=Name`, for people.
    pub fn shown(&self) -> String {
        let known = self.names.iter().zip(&self.roles);
        let parts = known.filter_map(|(name, role)| Some(format!("{}={name}", role.as_ref()?.name())));
        parts.collect::<Vec<_>>().join(", ")
    }

    fn position(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|known| *known == Some(role))
    }

    fn set(&mut self, position: usize, role: Role) {
        if let Some(place) = self.roles.get_mut(position) {
            *place = Some(role);
        }
    }
}

/// Whether the first line has values, so that the columns have no names.
pub fn is_data(first: &[String]) -> bool {
    first
        .iter()
        .any(|value| value.contains("://") || Name::of_short_url(value).is_some_and(|name| is_service(&name)))
}

/// What the columns hold, or why that cannot be said. `is_ours` knows the hosts of this installation.
pub fn recognise(
    names: Vec<String>,
    has_names: bool,
    sample: &[Vec<String>],
    map: &[String],
    is_ours: &dyn Fn(&str) -> bool,
) -> Result<Columns, String> {
    let mut columns = Columns { roles: vec![None; names.len()], names };
    for assignment in map {
        let (role, position) = assigned(&columns.names, assignment)?;
        columns.set(position, role);
    }
    for (position, name) in columns.names.clone().iter().enumerate() {
        if !has_names || columns.roles.get(position) != Some(&None) {
            continue;
        }
        let values = values(sample, position);
        let is_open = |role: &Role| columns.position(*role).is_none() && fits(*role, &values);
        if let Some(role) = Role::of_header(name).find(is_open) {
            columns.set(position, role);
        }
    }
    let is_given =
        |role: Role| map.iter().any(|assignment| assignment.starts_with(&format!("{}=", role.name())));
    assign_urls(&mut columns, sample, is_given(Role::Url), is_given(ShortUrl), is_ours)?;
    if !has_names {
        assign_nameless(&mut columns, sample);
    }
    Ok(columns)
}

fn assigned(names: &[String], assignment: &str) -> Result<(Role, usize), String> {
    let (field, column) =
        assignment.split_once('=').ok_or_else(|| format!("write FIELD=COLUMN instead of {assignment}"))?;
    let role = Role::of_name(field);
    let role = role
        .ok_or_else(|| format!("there is no field {field}; the fields are {}", Role::names().join(", ")))?;
    let by_name = names.iter().position(|name| name == column);
    let by_number =
        || column.parse::<usize>().ok()?.checked_sub(1).filter(|position| *position < names.len());
    let position = by_name
        .or_else(|| names.iter().position(|name| normal(name) == normal(column)))
        .or_else(by_number)
        .ok_or_else(|| format!("there is no column {column}; the columns are {}", names.join(", ")))?;
    Ok((role, position))
}

fn values(sample: &[Vec<String>], position: usize) -> Vec<&str> {
    let values = sample.iter().filter_map(|row| row.get(position)).map(|value| value.trim());
    values.filter(|value| !value.is_empty()).collect()
}

/// Whether the values contradict what the name says.
fn fits(role: Role, values: &[&str]) -> bool {
    let most = |is: &dyn Fn(&&&str) -> bool| values.iter().filter(is).count() * 2 >= values.len();
    match role {
        Status => most(&|value| matches!(**value, "301" | "302" | "307" | "308")),
        State => most(&|value| states::is_state(value)),
        Protected => most(&|value| states::yes_or_no(value).is_some()),
        Password => !values.iter().all(|value| states::yes_or_no(value).is_some()) || values.is_empty(),
        Alias => !most(&|value| value.contains("://")) || values.is_empty(),
        CreatedAt => most(&|value| times::read(&(**value).into()).is_some()),
        // A time that cannot be read disables its link, where a column that is left out would make it last for ever.
        StartsAt | ExpiresAt => {
            !values.iter().all(|value| states::yes_or_no(value).is_some()) || values.is_empty()
        }
        _ => true,
    }
}

#[derive(Debug)]
struct UrlColumn {
    position: usize,
    /// Higher for short URLs.
    score: i32,
    /// The column's name says that it has URLs.
    is_named: bool,
    is_named_short: bool,
}

fn assign_urls(
    columns: &mut Columns,
    sample: &[Vec<String>],
    has_url: bool,
    has_short_url: bool,
    is_ours: &dyn Fn(&str) -> bool,
) -> Result<(), String> {
    let mut candidates: Vec<UrlColumn> = Vec::new();
    for (position, name) in columns.names.iter().enumerate() {
        let role = columns.roles.get(position).copied().flatten();
        let is_given = (role == Some(Role::Url) && has_url) || (role == Some(ShortUrl) && has_short_url);
        let is_open = !is_given && matches!(role, None | Some(Role::Url | ShortUrl));
        let values = values(sample, position);
        let is_named = role.is_some() || is_either_url(name);
        if is_open && is_urls(&values, if is_named { MIN_NAMED_URLS } else { MIN_URLS }) {
            let score = score(&values, is_ours)
                + match role {
                    Some(ShortUrl) => 2,
                    Some(Role::Url) => -2,
                    _ => 0,
                };
            candidates.push(UrlColumn { position, score, is_named, is_named_short: role == Some(ShortUrl) });
        }
    }
    // Pictures, QR codes and the like.
    if candidates.iter().filter(|column| column.is_named).count() > 0 {
        candidates.retain(|column| column.is_named);
    }
    for column in &candidates {
        if let Some(role) = columns.roles.get_mut(column.position) {
            *role = None;
        }
    }
    let has_short_url = has_short_url || columns.position(Alias).is_some();
    if has_url {
        if let Some(best) = extreme(&candidates, |column| column.score).filter(|column| column.score > 0) {
            columns.set(best.position, ShortUrl);
        }
        return Ok(());
    }
    let destination = extreme(&candidates, |column| -column.score);
    match (destination, candidates.len()) {
        (_, 0) => Err(unclear(columns, "no column holds destinations", &[])),
        (Some(only), 1) if only.is_named_short || (only.score >= 4 && !has_short_url) => {
            Err(unclear(columns, "only short URLs were found, and no destinations", &candidates))
        }
        (Some(destination), count) => {
            let position = destination.position;
            columns.set(position, Role::Url);
            let others: Vec<UrlColumn> =
                candidates.into_iter().filter(|column| column.position != position).collect();
            if let Some(short) = extreme(&others, |column| column.score).filter(|_| count > 1) {
                columns.set(short.position, ShortUrl);
            }
            Ok(())
        }
        (None, _) => Err(unclear(columns, "the destination column is ambiguous", &candidates)),
    }
}

/// The column with the highest value, if only one has it.
fn extreme(columns: &[UrlColumn], value: impl Fn(&UrlColumn) -> i32) -> Option<&UrlColumn> {
    let best = columns.iter().max_by_key(|column| value(column))?;
    (columns.iter().filter(|column| value(column) == value(best)).count() == 1).then_some(best)
}

fn unclear(columns: &Columns, what: &str, candidates: &[UrlColumn]) -> String {
    let name = |column: &UrlColumn| columns.names.get(column.position).cloned().unwrap_or_default();
    let of_urls: Vec<String> = candidates.iter().map(name).collect();
    let of_urls = match of_urls.as_slice() {
        [] => String::new(),
        names => format!("; URLs are in {}", names.join(" and ")),
    };
    let recognised = match columns.shown() {
        none if none.is_empty() => "nothing else was recognised".to_owned(),
        shown => format!("recognised: {shown}"),
    };
    format!("{what}{of_urls}; {recognised}. Say which column it is: --map url=COLUMN")
}

fn is_urls(values: &[&str], min_percent: usize) -> bool {
    let is_url = |value: &&&str| {
        !value.contains(char::is_whitespace)
            && (value.contains("://") || value.split_once('/').is_some_and(|(host, _)| host.contains('.')))
            && Name::of_short_url(value).is_some()
    };
    !values.is_empty() && values.iter().filter(is_url).count() * 100 >= values.len() * min_percent
}

/// From values alone, where a name counts 2: 5 if their hosts are shorteners, 1 if they look short, -1 if they do not.
fn score(values: &[&str], is_ours: &dyn Fn(&str) -> bool) -> i32 {
    let names: Vec<Name> = values.iter().filter_map(|value| Name::of_short_url(value)).collect();
    let is_short_host = |name: &&Name| is_service(name) || name.host.as_deref().is_some_and(is_ours);
    if names.iter().filter(is_short_host).count() * 2 > names.len() {
        return 5;
    }
    let hosts: BTreeSet<&Option<String>> = names.iter().map(|name| &name.host).collect();
    let different: BTreeSet<String> = names.iter().map(Name::id).collect();
    let is_short = |value: &&&str| {
        let has_query = Url::parse(value).is_ok_and(|url| url.query().is_some() || url.fragment().is_some());
        let segments = Name::of_short_url(value).map_or(0, |name| name.back_half.split('/').count());
        !has_query && segments == 1 && value.chars().count() <= 64
    };
    let short = values.iter().filter(is_short).count();
    let is_like_short = short * 100 >= values.len() * 95
        && different.len() == names.len()
        && (hosts.len() == 1 || hosts.len() * 20 <= names.len());
    if is_like_short { 1 } else { -1 }
}

/// Columns without names: a time is the creation, different words are names, other texts a title.
fn assign_nameless(columns: &mut Columns, sample: &[Vec<String>]) {
    for position in 0..columns.names.len() {
        let values = values(sample, position);
        if columns.roles.get(position) != Some(&None) || values.is_empty() {
            continue;
        }
        let all = |is: &dyn Fn(&&str) -> bool| values.iter().all(is);
        let is_word = |value: &&str| value.chars().all(|c| c.is_alphanumeric() || "-_.~/".contains(c));
        let different: BTreeSet<&&str> = values.iter().collect();
        let has_name = columns.position(ShortUrl).is_some() || columns.position(Alias).is_some();
        let role = if all(&|value| times::read(&(*value).into()).is_some()) {
            CreatedAt
        } else if !has_name && all(&is_word) && different.len() == values.len() {
            Alias
        } else {
            Title
        };
        if columns.position(role).is_none() {
            columns.set(position, role);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is recognised in a table, or the error.
    fn recognised(table: &str, map: &[&str]) -> String {
        let mut rows: Vec<Vec<String>> =
            table.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        let is_data = is_data(&rows[0]);
        let names =
            if is_data { (1..=rows[0].len()).map(|n| n.to_string()).collect() } else { rows.remove(0) };
        let map: Vec<String> = map.iter().map(|one| (*one).to_owned()).collect();
        match recognise(names, !is_data, &rows, &map, &|host| host == "go.example.com") {
            Ok(columns) => columns.shown(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn values_tell_what_link_and_url_mean() {
        for (table, expected) in [
            ("link,url\nhttps://bit.ly/a,https://example.com/x\n", "short_url=link, url=url"),
            ("link,url\nhttps://example.com/x,https://dub.sh/a\n", "url=link, short_url=url"),
            ("link,url\nhttps://example.com/x,go.example.com/a\n", "url=link, short_url=url"),
            // One unknown host whose paths are short, against many.
            (
                "link,url\nhttps://s.test/a,https://x.test/1?q\nhttps://s.test/b,https://y.test/a/b\n",
                "short_url=link, url=url",
            ),
            // What the name says yields to hosts that are known.
            (
                "Long URL,Short URL\nhttps://bit.ly/a,https://x.test/1?q\n",
                "short_url=Long URL, url=Short URL",
            ),
            (
                "Short link,Destination URL,Clicks\ndub.sh/a,https://dub.sh/b,3\n",
                "short_url=Short link, url=Destination URL, clicks=Clicks",
            ),
            ("link\nhttps://example.com/x/y\n", "url=link"),
            ("slug,url\nabc,https://go.example.com/x\n", "alias=slug, url=url"),
            (
                "keyword,url,title,timestamp,ip,clicks\na,https://x.test/,T,2020-01-02 03:04:05,::1,7\n",
                "alias=keyword, url=url, title=title, created_at=timestamp, clicks=clicks",
            ),
            (
                "Long URL,QR code,Status\nhttps://x.test/,https://qr.test/1.png,active\n",
                "url=Long URL, state=Status",
            ),
            (
                "url,hasPassword,clicks_total,clicks_human\nhttps://x.test/,false,3,2\n",
                "url=url, password_protected=hasPassword, clicks=clicks_total, clicks_human=clicks_human",
            ),
            ("url,password\nhttps://x.test/,true\n", "url=url, password_protected=password"),
            ("path,originalURL,code\nabc,https://x.test/,5\n", "alias=path, url=originalURL"),
            // Left out, the links would last for ever.
            ("url,expires\nhttps://x.test/,12/31/2027\n", "url=url, expires_at=expires"),
            ("url,expires\nhttps://x.test/,yes\n", "url=url"),
        ] {
            let found = recognised(table, &[]);
            assert_eq!(found, expected, "{table}");
        }
    }

    #[test]
    fn first_line_may_be_missing() {
        for (table, expected) in [
            ("https://bit.ly/a,https://example.com/x\n", "short_url=1, url=2"),
            ("bit.ly/a,https://example.com/x\n", "short_url=1, url=2"),
            ("https://x.test/a/b,abc,My page\nhttps://y.test/?q,def,My page\n", "url=1, alias=2, title=3"),
            ("https://x.test/a/b\n", "url=1"),
        ] {
            assert_eq!(recognised(table, &[]), expected, "{table}");
        }
    }

    #[test]
    fn unclear_table_says_what_was_recognised_and_map_decides() {
        let table =
            "name,link,url\nA,https://x.test/a,https://y.test/b\nB,https://x.test/c,https://y.test/d\n";
        assert_eq!(
            recognised(table, &[]),
            "error: the destination column is ambiguous; URLs are in link and url; recognised: title=name. \
             Say which column it is: --map url=COLUMN"
        );
        assert_eq!(recognised(table, &["url=url"]), "title=name, short_url=link, url=url");
        assert_eq!(recognised(table, &["url=2"]), "title=name, url=link, short_url=url");
        assert_eq!(recognised(table, &["url=url", "alias=NAME"]), "alias=name, short_url=link, url=url");
        for (map, part) in [("url", "FIELD=COLUMN"), ("x=url", "no field x"), ("url=x", "no column x")] {
            assert!(recognised(table, &[map]).contains(part), "{map}");
        }
        assert!(recognised("a,b\n1,2\n", &[]).contains("no column holds destinations"));
        for table in ["link,n\nhttps://bit.ly/a,1\n", "short_url,slug\nhttps://x.test/a?q,a\n"] {
            assert!(recognised(table, &[]).contains("no destinations"), "{table}");
        }
    }
}

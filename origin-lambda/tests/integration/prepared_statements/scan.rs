//! Finds the SQL statements in sources: strings, `concat!` and the sources' own macros that start with an SQL keyword.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream, TokenTree};
use syn::Lit;

const KEYWORDS: [&str; 16] = [
    "ALTER", "CALL", "CREATE", "DELETE", "DROP", "GRANT", "INSERT", "LOCK", "MERGE", "REVOKE", "SELECT",
    "SET", "TRUNCATE", "UPDATE", "VALUES", "WITH",
];

/// `site` is the file and the function or constant: `migrate/src/lock.rs::acquire`.
#[derive(Debug)]
pub struct Statement {
    pub site: String,
    pub sql: String,
}

#[derive(Debug, Default)]
pub struct Sources {
    pub statements: Vec<Statement>,
    /// The functions that put SQL together at run time.
    pub assembling: BTreeSet<String>,
    /// The sites of queries whose text does not start with a known keyword.
    pub unrecognised: Vec<String>,
}

/// Scans the sources of one crate, without its tests. `directory` is relative to the workspace.
pub fn scan(directory: &str, sources: &mut Sources) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    rust_files(&workspace.join(directory), &mut files);
    assert!(!files.is_empty(), "{directory} has no sources");
    let parsed: Vec<(String, Vec<TokenTree>)> = files
        .iter()
        .map(|file| {
            let tokens: TokenStream = fs::read_to_string(file).unwrap().parse().unwrap();
            let name = file.strip_prefix(workspace).unwrap().to_str().unwrap().to_owned();
            (name, tokens.into_iter().collect())
        })
        .collect();
    let mut macros = Macros::default();
    parsed.iter().for_each(|(_, tokens)| macros.find(tokens));
    for (file, tokens) in &parsed {
        Scanner { macros: &macros, file, sources }.walk(tokens, "");
    }
}

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            rust_files(&path, files);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

/// Macros by name, each with the names of its parameters and its body. Only their first rule counts.
#[derive(Debug, Default)]
struct Macros(HashMap<String, (Vec<String>, Vec<TokenTree>)>);

impl Macros {
    fn find(&mut self, tokens: &[TokenTree]) {
        for (position, token) in tokens.iter().enumerate() {
            if let [TokenTree::Ident(keyword), mark, TokenTree::Ident(name), TokenTree::Group(rules), ..] =
                &tokens[position..]
                && keyword == "macro_rules"
                && is_punct(mark, '!')
            {
                let rules: Vec<_> = rules.stream().into_iter().collect();
                if let [TokenTree::Group(pattern), _, _, TokenTree::Group(body), ..] = &rules[..] {
                    let rule = (parameters(pattern), body.stream().into_iter().collect());
                    self.0.insert(name.to_string(), rule);
                }
            }
            if let TokenTree::Group(group) = token {
                self.find(&group.stream().into_iter().collect::<Vec<_>>());
            }
        }
    }

    fn expand(&self, name: &Ident, arguments: &Group) -> Option<Vec<TokenTree>> {
        let (parameters, body) = self.0.get(&name.to_string())?;
        let arguments: HashMap<_, _> =
            parameters.iter().cloned().zip(split(arguments.stream().into_iter().collect())).collect();
        Some(substitute(body, &arguments))
    }

    /// The text of an expression that is a constant string.
    fn text(&self, expression: &[TokenTree]) -> Option<String> {
        match expression {
            [TokenTree::Literal(literal)] => string(literal),
            [TokenTree::Group(block)] if block.delimiter() == Delimiter::Brace => {
                self.text(&block.stream().into_iter().collect::<Vec<_>>())
            }
            [path @ .., TokenTree::Ident(name), mark, TokenTree::Group(arguments)] if is_punct(mark, '!') => {
                let is_path = |token: &TokenTree| matches!(token, TokenTree::Ident(_) | TokenTree::Punct(_));
                if !path.iter().all(is_path) {
                    return None;
                }
                if name == "concat" {
                    let parts = split(arguments.stream().into_iter().collect());
                    return parts.iter().map(|part| self.text(part)).collect();
                }
                self.text(&self.expand(name, arguments)?)
            }
            _ => None,
        }
    }
}

fn parameters(pattern: &Group) -> Vec<String> {
    let tokens: Vec<_> = pattern.stream().into_iter().collect();
    tokens.windows(2).filter(|pair| is_punct(&pair[0], '$')).map(|pair| pair[1].to_string()).collect()
}

fn substitute(tokens: &[TokenTree], arguments: &HashMap<String, Vec<TokenTree>>) -> Vec<TokenTree> {
    let mut substituted = Vec::new();
    let mut rest = tokens;
    while let [token, after @ ..] = rest {
        rest = after;
        match (token, after) {
            (dollar, [TokenTree::Ident(name), after @ ..])
                if is_punct(dollar, '$') && arguments.contains_key(&name.to_string()) =>
            {
                substituted.extend(arguments[&name.to_string()].iter().cloned());
                rest = after;
            }
            (TokenTree::Group(group), _) => {
                let inner = substitute(&group.stream().into_iter().collect::<Vec<_>>(), arguments);
                substituted.push(Group::new(group.delimiter(), inner.into_iter().collect()).into());
            }
            _ => substituted.push(token.clone()),
        }
    }
    substituted
}

/// Splits at commas, without empty parts.
fn split(tokens: Vec<TokenTree>) -> Vec<Vec<TokenTree>> {
    let parts = tokens.split(|token| is_punct(token, ','));
    parts.filter(|part| !part.is_empty()).map(<[_]>::to_vec).collect()
}

fn string(literal: &Literal) -> Option<String> {
    match Lit::new(literal.clone()) {
        Lit::Str(string) => Some(string.value()),
        _ => None,
    }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_sql(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    words.next().is_some_and(|word| KEYWORDS.contains(&word))
        && text.trim_start().contains(char::is_whitespace)
}

struct Scanner<'a> {
    macros: &'a Macros,
    file: &'a str,
    sources: &'a mut Sources,
}

impl Scanner<'_> {
    /// `item` is the function or constant around the tokens.
    fn walk(&mut self, tokens: &[TokenTree], item: &str) {
        let mut item = item.to_owned();
        let mut rest = tokens;
        while let [token, after @ ..] = rest {
            rest = after;
            match (token, after) {
                (hash, [TokenTree::Group(attribute), after @ ..])
                    if is_punct(hash, '#') && attribute.delimiter() == Delimiter::Bracket =>
                {
                    rest = if is_for_tests(attribute) { without_item(after) } else { after };
                }
                (TokenTree::Ident(keyword), [_, TokenTree::Ident(_), TokenTree::Group(_), after @ ..])
                    if keyword == "macro_rules" =>
                {
                    rest = after;
                }
                (TokenTree::Ident(name), [mark, TokenTree::Group(arguments), after @ ..])
                    if is_punct(mark, '!') =>
                {
                    self.invocation(name, arguments, &rest_of_invocation(tokens, rest), &item);
                    rest = after;
                }
                (TokenTree::Ident(keyword), [TokenTree::Ident(name), ..]) if defines(keyword, name) => {
                    item = name.to_string();
                }
                (TokenTree::Ident(name), [TokenTree::Group(_), ..]) if name == "AssertSqlSafe" => {
                    self.sources.assembling.insert(self.site(&item));
                }
                (TokenTree::Ident(name), [_, _, TokenTree::Ident(function), ..])
                    if name == "QueryBuilder" && function == "new" =>
                {
                    self.sources.assembling.insert(self.site(&item));
                }
                (TokenTree::Ident(name), [_, _, TokenTree::Ident(function), after @ ..])
                    if name == "sqlx" =>
                {
                    self.query(function, after, &item);
                }
                (TokenTree::Literal(literal), _) => self.add(string(literal), &item),
                (TokenTree::Group(group), _) => {
                    self.walk(&group.stream().into_iter().collect::<Vec<_>>(), &item);
                }
                _ => {}
            }
        }
    }

    fn invocation(&mut self, name: &Ident, arguments: &Group, whole: &[TokenTree], item: &str) {
        if let Some(text) = self.macros.text(whole) {
            self.add(Some(text), item);
        } else if let Some(expanded) = self.macros.expand(name, arguments) {
            self.walk(&expanded, item);
        } else {
            self.walk(&arguments.stream().into_iter().collect::<Vec<_>>(), item);
        }
    }

    /// Notes a query whose constant text is not recognised as SQL.
    fn query(&mut self, function: &Ident, after: &[TokenTree], item: &str) {
        if !["query", "query_as", "query_scalar", "raw_sql"].contains(&function.to_string().as_str()) {
            return;
        }
        let mut depth = 0;
        for token in after {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
                TokenTree::Punct(punct) if punct.as_char() == '>' => depth -= 1,
                TokenTree::Group(arguments) if depth == 0 => {
                    let arguments = split(arguments.stream().into_iter().collect());
                    let text = arguments.first().and_then(|argument| self.macros.text(argument));
                    if text.is_some_and(|text| !is_sql(&text)) {
                        self.sources.unrecognised.push(self.site(item));
                    }
                    return;
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, text: Option<String>, item: &str) {
        if let Some(sql) = text.filter(|text| is_sql(text)) {
            self.sources.statements.push(Statement { site: self.site(item), sql });
        }
    }

    fn site(&self, item: &str) -> String {
        format!("{}::{item}", self.file)
    }
}

/// The three tokens of a macro invocation: its name, the mark and its arguments. `after_name` follows the name.
fn rest_of_invocation(tokens: &[TokenTree], after_name: &[TokenTree]) -> Vec<TokenTree> {
    let start = tokens.len() - after_name.len() - 1;
    tokens[start..start + 3].to_vec()
}

fn defines(keyword: &Ident, name: &Ident) -> bool {
    ["fn", "const", "static"].iter().any(|word| keyword == word) && name != "fn" && name != "mut"
}

fn is_for_tests(attribute: &Group) -> bool {
    attribute.to_string().replace(' ', "") == "[cfg(test)]"
}

/// What follows the item at the start of the tokens.
fn without_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ';'),
    };
    let end = tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1);
    &tokens[end..]
}

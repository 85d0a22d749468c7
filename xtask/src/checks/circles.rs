//! Finds files of one crate that import each other in a circle: strongly connected components of the graph of its paths.
//!
//! Reads text, not types: it follows paths that begin with `crate`, `super`, `self` or the name of a module below. A
//! module that only declares or re-exports (`pub use`) what is below it does not import it, and a path through a re-export
//! leads to the file behind it. Test code is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The module's path from the crate's root: empty for the root itself.
type Module = Vec<String>;

#[derive(Debug, Default)]
pub(super) struct Sources {
    modules: BTreeMap<Module, Source>,
}

#[derive(Debug)]
struct Source {
    file: PathBuf,
    code: String,
    /// Module paths behind names that this file re-exports.
    reexports: BTreeMap<String, Vec<String>>,
}

impl Sources {
    /// `files` are those below a crate's `src`, with their text.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a Path, &'a str)>) -> Self {
        let mut sources = Self::default();
        let files: Vec<(&Path, &str)> = files.into_iter().collect();
        let has_library = files.iter().any(|(file, _)| *file == Path::new("lib.rs"));
        let tests: Vec<Module> =
            files.iter().flat_map(|(file, text)| test_modules(&module_of(file), text)).collect();
        for (file, text) in files {
            let mut module = module_of(file);
            if tests.iter().any(|tests| module.starts_with(tests)) {
                continue;
            }
            if has_library && file == Path::new("main.rs") {
                // The root of a program of its own, which no module of the library can import.
                module.push("main".to_owned());
            }
            let code = without_tests_and_comments(text);
            let mut reexports = BTreeMap::new();
            for path in public_uses(&code) {
                if let Some(name) = path.last() {
                    reexports.insert(name.clone(), path.clone());
                }
            }
            sources.modules.insert(module, Source { file: file.to_path_buf(), code, reexports });
        }
        sources
    }

    /// Each circle as the sorted paths of its files.
    pub(super) fn circles(&self) -> Vec<Vec<String>> {
        let imports: BTreeMap<&Module, BTreeSet<&Module>> =
            self.modules.keys().map(|module| (module, self.imports(module))).collect();
        let reach: BTreeMap<&Module, BTreeSet<&Module>> =
            self.modules.keys().map(|module| (module, reachable(module, &imports))).collect();
        let together = |one: &Module, other: &Module| {
            let reaches = |from, to| reach.get(from).is_some_and(|reached| reached.contains(to));
            reaches(one, other) && reaches(other, one)
        };
        let mut circles = BTreeSet::new();
        for module in self.modules.keys() {
            let members =
                self.modules.iter().filter(|(other, _)| *other == module || together(module, other));
            let mut files: Vec<String> =
                members.map(|(_, source)| source.file.display().to_string()).collect();
            files.sort();
            if files.len() > 1 {
                circles.insert(files);
            }
        }
        circles.into_iter().collect()
    }

    fn imports(&self, module: &Module) -> BTreeSet<&Module> {
        let Some(source) = self.modules.get(module) else { return BTreeSet::new() };
        let code = without_public_uses(&source.code);
        let paths = paths_in(&code);
        let targets = paths.iter().filter_map(|path| self.target(module, path, 0));
        targets.filter(|target| *target != module).collect()
    }

    /// The module whose file defines what a path in `module` names.
    fn target(&self, module: &Module, path: &[String], depth: usize) -> Option<&Module> {
        let (first, rest) = path.split_first()?;
        let (mut current, mut rest) = match first.as_str() {
            "crate" => (Module::new(), rest),
            "self" => (module.clone(), rest),
            "super" => (module.split_last()?.1.to_vec(), rest),
            name => {
                let below = [module.as_slice(), &[name.to_owned()]].concat();
                self.modules.get_key_value(&below)?;
                (below, rest)
            }
        };
        while let Some((next, after)) = rest.split_first() {
            let deeper = if next == "super" {
                current.split_last()?.1.to_vec()
            } else {
                [current.as_slice(), std::slice::from_ref(next)].concat()
            };
            if !self.modules.contains_key(&deeper) {
                break;
            }
            (current, rest) = (deeper, after);
        }
        let (found, source) = self.modules.get_key_value(&current)?;
        let reexport = rest.first().and_then(|name| source.reexports.get(name));
        // A re-export of another crate's item leads nowhere here.
        match reexport {
            Some(path) if depth < 8 => self.target(&current, path, depth + 1),
            _ => Some(found),
        }
    }
}

fn reachable<'a>(
    from: &'a Module,
    imports: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(module) = next.pop() {
        for import in imports.get(module).into_iter().flatten() {
            if reached.insert(*import) {
                next.push(import);
            }
        }
    }
    reached
}

/// `src/a/mod.rs` and `src/a.rs` are `a`; `lib.rs` and `main.rs` are the root.
fn module_of(file: &Path) -> Module {
    let mut names: Module = file.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if let Some(last) = names.pop() {
        match last.trim_end_matches(".rs") {
            "mod" | "lib" | "main" => {}
            name => names.push(name.to_owned()),
        }
    }
    names
}

/// Modules of their own files that are only compiled for tests.
fn test_modules(module: &Module, text: &str) -> Vec<Module> {
    let after = text.split("#[cfg(test)]\n").skip(1);
    let names = after.filter_map(|rest| module_declared(rest.lines().next()?)?.strip_suffix(';'));
    names.map(|name| [module.as_slice(), &[name.to_owned()]].concat()).collect()
}

/// What follows `mod`, also where the module is visible to other tests of the crate.
fn module_declared(line: &str) -> Option<&str> {
    let line = line.trim();
    let visible = line.strip_prefix("pub(").and_then(|line| Some(line.split_once(") ")?.1));
    visible.unwrap_or(line).strip_prefix("mod ")
}

/// Cuts off the tests, which are the last module of a file.
fn without_tests_and_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_tests = |pair: &[&str]| {
        matches!(pair, [test, module] if *test == "#[cfg(test)]"
            && module_declared(module).is_some_and(|module| module.ends_with('{')))
    };
    let end = lines.windows(2).position(is_tests).unwrap_or(lines.len());
    let code = lines.iter().take(end).map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// The statements `pub use …;`, also those with a restricted visibility.
fn public_use_statements(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find("use ") {
        let (before, statement) = rest.split_at(start);
        let line = before.rsplit(['\n', ';', '}']).next().unwrap_or_default().trim();
        let end = statement.find(';').map_or(statement.len(), |end| end + 1);
        let (statement, after) = statement.split_at(end);
        if line == "pub" || (line.starts_with("pub(") && line.ends_with(')')) {
            found.push(statement);
        }
        rest = after;
    }
    found
}

fn without_public_uses(code: &str) -> String {
    public_use_statements(code)
        .into_iter()
        .fold(code.to_owned(), |code, statement| code.replace(statement, ";"))
}

fn public_uses(code: &str) -> Vec<Vec<String>> {
    public_use_statements(code)
        .into_iter()
        .flat_map(|statement| use_paths(statement.trim_start_matches("use ")))
        .collect()
}

/// All paths of a use tree: `a::{b, c::D}` has `a::b` and `a::c::D`.
fn use_paths(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim().trim_end_matches(';').trim();
    if tree.starts_with("::") {
        return Vec::new();
    }
    let Some((prefix, group)) = tree.split_once('{') else {
        // Renamed or not, the path is the same.
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![
            path.split("::").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        ];
    };
    let prefix: Vec<String> =
        prefix.split("::").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let group = group.rsplit_once('}').map_or(group, |(group, _)| group);
    let mut paths = Vec::new();
    for branch in branches(group) {
        for path in use_paths(branch) {
            let path = if path.first().is_some_and(|name| name == "self") { Vec::new() } else { path };
            paths.push([prefix.clone(), path].concat());
        }
    }
    paths
}

/// Splits at the commas outside of braces.
fn branches(group: &str) -> Vec<&str> {
    let (mut branches, mut depth, mut start) = (Vec::new(), 0, 0);
    for (index, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.extend(group.get(start..index));
                start = index + 1;
            }
            _ => {}
        }
    }
    branches.extend(group.get(start..));
    branches.retain(|branch| !branch.trim().is_empty());
    branches
}

/// Every path in the code: those of `use` statements, and those written out.
fn paths_in(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find("use ") {
        let (before, statement) = rest.split_at(start);
        let is_statement = before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
        let end = statement.find(';').map_or(statement.len(), |end| end + 1);
        let (statement, after) = statement.split_at(if is_statement { end } else { "use ".len() });
        if is_statement {
            paths.extend(use_paths(statement.trim_start_matches("use ")));
        }
        rest = after;
    }
    let words = code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    // What ends with colons is the beginning of a use tree; what begins with them is in another crate.
    let written =
        words.filter(|word| word.contains("::") && !word.ends_with("::") && !word.starts_with("::"));
    paths.extend(
        written.map(|word| word.split("::").map(str::to_owned).filter(|name| !name.is_empty()).collect()),
    );
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        Sources::new(files.iter().map(|(file, text)| (Path::new(*file), *text))).circles()
    }

    #[test]
    fn circle_of_two_files_is_found() {
        let files = [
            ("lib.rs", "mod a;\nmod b;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "pub struct B;\nfn f(a: super::a::A) {}"),
        ];
        assert_eq!(circles(&files), [["a.rs", "b.rs"]]);
    }

    #[test]
    fn crate_with_the_name_of_a_module_is_no_import_of_it() {
        let files = [
            ("qr/mod.rs", "mod png;\nuse ::png::Info;\nstruct Qr(::png::Encoder);"),
            ("qr/png.rs", "use super::Qr;\nuse ::png::{BitDepth, Encoder};"),
        ];
        assert_eq!(circles(&files), Vec::<Vec<String>>::new());
    }

    #[test]
    fn circle_through_a_third_file_and_a_module_is_found() {
        let files = [
            ("lib.rs", "mod a;\nmod c;"),
            ("a/mod.rs", "mod b;\nuse b::B;\npub struct A;"),
            ("a/b.rs", "use crate::{c::{C, D}, x};"),
            ("c.rs", "use crate::a::A;"),
        ];
        assert_eq!(circles(&files), [["a/b.rs", "a/mod.rs", "c.rs"]]);
    }

    #[test]
    fn child_that_uses_its_parents_items_makes_a_circle() {
        let files = [("a/mod.rs", "mod b;\nfn f() { b::g() }"), ("a/b.rs", "use super::Shared;")];
        assert_eq!(circles(&files), [["a/b.rs", "a/mod.rs"]]);
    }

    #[test]
    fn reexports_declarations_comments_and_tests_make_no_circle() {
        let files = [
            ("lib.rs", "mod a;\npub use a::c::C;"),
            ("a/mod.rs", "mod b;\nmod c;\npub use b::B;\npub(crate) use c::{C, D};"),
            // It imports c.rs, though the path leads through mod.rs.
            ("a/b.rs", "use super::C;\nuse super::{c};\n// crate::a::B"),
            ("a/c.rs", "use std::fmt;\n#[cfg(test)]\nmod tests {\n    use crate::a::B;\n}"),
            ("d/mod.rs", "#[cfg(test)]\nmod tests;\nuse crate::a::B;"),
            ("d/tests.rs", "use super::*;\nuse crate::d::D;"),
            ("e.rs", "#[cfg(test)]\npub(super) mod tests {\n    use crate::f::F;\n}"),
            ("f.rs", "use crate::e::E;\n#[cfg(test)]\npub(crate) mod fixtures;"),
            ("f/fixtures.rs", "use crate::f::F;"),
        ];
        assert_eq!(circles(&files), Vec::<Vec<String>>::new());
    }
}

//! A crate's modules, and the paths that each of them names.
//!
//! The tree follows the `mod` declarations from the crate's root file, as the compiler does. It
//! knows no types and expands no macro: a path inside a macro call is found, a path that a macro
//! makes is not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Names of a module from the crate's root down; the root itself is empty.
pub type ModulePath = Vec<String>;

/// What one module names. Paths are as written, one string a segment.
#[derive(Debug, Default, Clone)]
pub struct Module {
    /// Paths in code and in `use`.
    pub named: BTreeSet<Vec<String>>,
    /// What `use` brings into the module: the name, and the path it is short for.
    pub imported: BTreeMap<String, Vec<String>>,
}

/// All modules of a crate but those for tests.
#[derive(Debug, Default)]
pub struct ModuleTree {
    /// By path.
    pub modules: BTreeMap<ModulePath, Module>,
}

/// Why a crate's sources could not be read.
#[derive(Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing(PathBuf),
    /// The file is not made of Rust's tokens.
    NotRust(PathBuf),
}

/// Reads a file, none where it is absent.
type Open<'a> = &'a dyn Fn(&Path) -> Option<String>;

impl ModuleTree {
    /// Reads the crate whose root file is `file`, `src/lib.rs` say.
    ///
    /// # Errors
    /// If a module's file is absent or no Rust.
    pub fn read(file: &Path, open: Open<'_>) -> Result<Self, ReadError> {
        let mut tree = Self::default();
        let dir = file.parent().unwrap_or(Path::new("")).to_owned();
        tree.read_file(file, &dir, Vec::new(), open)?;
        Ok(tree)
    }

    /// Reads one module's file. Its children's files are located in `dir`.
    fn read_file(
        &mut self,
        file: &Path,
        dir: &Path,
        path: ModulePath,
        open: Open<'_>,
    ) -> Result<(), ReadError> {
        let text = open(file).ok_or_else(|| ReadError::Missing(file.to_owned()))?;
        let tokens: TokenStream =
            text.parse().map_err(|_not_rust| ReadError::NotRust(file.to_owned()))?;
        self.read_module(tokens, dir, path, open)
    }

    fn read_module(
        &mut self,
        tokens: TokenStream,
        dir: &Path,
        path: ModulePath,
        open: Open<'_>,
    ) -> Result<(), ReadError> {
        let mut module = Module::default();
        let mut children = Vec::new();
        module.scan(tokens, &mut children);
        self.modules.insert(path.clone(), module);
        for child in children {
            let dir = dir.join(&child.name);
            let path = [path.as_slice(), std::slice::from_ref(&child.name)].concat();
            if let Some(body) = child.body {
                self.read_module(body, &dir, path, open)?;
                continue;
            }
            let beside = dir.with_extension("rs");
            let file = if open(&beside).is_some() { beside } else { dir.join("mod.rs") };
            self.read_file(&file, &dir, path, open)?;
        }
        Ok(())
    }

    /// The module that owns what `named` means in the module `at`; none where it is another
    /// crate's.
    #[must_use]
    pub fn owner(&self, at: &[String], named: &[String]) -> Option<ModulePath> {
        let mut path = self.absolute(at, named)?;
        // A chain of re-exports ends; a loop of them is not Rust.
        for _ in 0..16 {
            let depth =
                (0..=path.len()).rev().find(|&depth| self.modules.contains_key(&path[..depth]))?;
            let module = path[..depth].to_vec();
            let again = path.get(depth).and_then(|name| self.modules[&module].imported.get(name));
            let Some(target) = again.and_then(|target| self.absolute(&module, target)) else {
                return Some(module);
            };
            if target == path[..=depth] {
                return Some(module);
            }
            path = [target, path[depth + 1..].to_vec()].concat();
        }
        None
    }

    /// The path from the crate's root on. It may end in names that are no modules.
    fn absolute(&self, at: &[String], named: &[String]) -> Option<Vec<String>> {
        let mut base = at.to_vec();
        let mut rest = named;
        match rest.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
            }
            name => {
                let child = [at, &[name.to_owned()]].concat();
                if !self.modules.contains_key(&child) {
                    let target = self.modules.get(at)?.imported.get(name)?;
                    // What another crate's path is called here leads out of this crate.
                    if target.first().is_some_and(|first| first == name) {
                        return None;
                    }
                    base = self.absolute(at, target)?;
                    rest = &rest[1..];
                }
            }
        }
        Some([base, rest.to_vec()].concat())
    }
}

/// A module that is declared inside of another.
struct Child {
    name: String,
    /// Its content where it has no file of its own.
    body: Option<TokenStream>,
}

impl Module {
    /// Takes in one level of tokens and all groups below but the bodies of modules.
    fn scan(&mut self, tokens: TokenStream, children: &mut Vec<Child>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if let Some(group) = attribute(&tokens[at..]) {
                at += 2;
                if only_for_tests(group) {
                    at += item_length(&tokens[at..]);
                }
            } else if let Some((child, length)) = declared(&tokens[at..]) {
                children.push(child);
                at += length;
            } else if ident(tokens.get(at), "use") && !punct(tokens.get(at + 1), '<') {
                let length = item_length(&tokens[at..]);
                self.import(&[], &tokens[at + 1..at + length]);
                at += length;
            } else if let TokenTree::Group(group) = &tokens[at] {
                self.scan(group.stream(), children);
                at += 1;
            } else {
                let (path, length) = leading_path(&tokens[at..]);
                if path.len() > 1 {
                    self.named.insert(path);
                }
                at += length.max(1);
            }
        }
    }

    /// Takes in a tree of `use` without its first word, `a::{b, c as d}` say.
    fn import(&mut self, prefix: &[String], tokens: &[TokenTree]) {
        let (path, length) = leading_path(tokens);
        let mut whole = [prefix, &path].concat();
        let rest = &tokens[length..];
        let deeper = rest.iter().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        });
        if let Some(group) = deeper {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            for branch in inner.split(|token| punct(Some(token), ',')) {
                if !branch.is_empty() {
                    self.import(&whole, branch);
                }
            }
            return;
        }
        // `a::{self}` is `a`.
        if whole.len() > 1 && whole.last().is_some_and(|name| name == "self") {
            whole.pop();
        }
        let alias = match rest {
            [word, TokenTree::Ident(name), ..] if ident(Some(word), "as") => Some(name.to_string()),
            [] => whole.last().cloned(),
            [first, ..] if punct(Some(first), ';') => whole.last().cloned(),
            _ => None, // a glob
        };
        if let Some(alias) = alias {
            self.imported.insert(alias, whole.clone());
        }
        if !whole.is_empty() {
            self.named.insert(whole);
        }
    }
}

/// `#[…]` at the front: its brackets.
fn attribute(tokens: &[TokenTree]) -> Option<&Group> {
    match tokens {
        [hash, TokenTree::Group(group), ..] if punct(Some(hash), '#') => Some(group),
        _ => None,
    }
}

/// Whether an attribute leaves its item out of what is shipped: `cfg(test)`,
/// `cfg(any(test, …))`, `test`.
fn only_for_tests(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    text == "test" || text.starts_with("cfg(test") || text.starts_with("cfg(any(test")
}

/// `mod name;` or `mod name { … }` at the front, and how many tokens it takes.
fn declared(tokens: &[TokenTree]) -> Option<(Child, usize)> {
    let [word, TokenTree::Ident(name), end, ..] = tokens else { return None };
    if !ident(Some(word), "mod") {
        return None;
    }
    let body = match end {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        end if punct(Some(end), ';') => None,
        _ => return None,
    };
    Some((Child { name: name.to_string(), body }, 3))
}

/// How many tokens the item at the front takes: up to its `;` or its braces.
fn item_length(tokens: &[TokenTree]) -> usize {
    let mut is_use = false;
    for (at, token) in tokens.iter().enumerate() {
        is_use |= ident(Some(token), "use") && !punct(tokens.get(at + 1), '<');
        let braces =
            matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if punct(Some(token), ';') || (braces && !is_use) {
            return at + 1;
        }
    }
    tokens.len()
}

/// The path at the front, `a::b::c` say, and how many tokens it takes with a last `::`.
fn leading_path(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut at = 0;
    let colons = |at: usize| punct(tokens.get(at), ':') && punct(tokens.get(at + 1), ':');
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        path.push(name.to_string());
        at += 1;
        if !colons(at) {
            break;
        }
        at += 2;
    }
    (path, at)
}

fn ident(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    fn tree(files: &[(&str, &str)]) -> ModuleTree {
        let open = |file: &Path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == file);
            found.map(|(_, text)| (*text).to_owned())
        };
        ModuleTree::read(Path::new("src/lib.rs"), &open).expect("a crate")
    }

    #[test]
    fn files_beside_in_folders_and_inline_are_modules_and_tests_are_not() {
        let tree = tree(&[
            ("src/lib.rs", "mod a; pub(crate) mod b; mod c { mod d { } } #[cfg(test)] mod tests;"),
            ("src/a.rs", "mod deep; #[cfg(test)] mod tests { use crate::b; }"),
            ("src/a/deep.rs", ""),
            ("src/b/mod.rs", "#[cfg(any(test, feature = \"fixtures\"))] pub mod fixtures;"),
        ]);
        let found: Vec<String> = tree.modules.keys().map(|path| path.join("::")).collect();
        assert_eq!(found, ["", "a", "a::deep", "b", "c", "c::d"]);
    }

    #[test]
    fn a_module_without_a_file_is_an_error() {
        let open = |file: &Path| (file == Path::new("lib.rs")).then(|| "mod gone;".to_owned());
        let read = ModuleTree::read(Path::new("lib.rs"), &open);
        assert_eq!(read.err(), Some(ReadError::Missing(PathBuf::from("gone/mod.rs"))));
    }

    #[test]
    fn paths_are_found_in_use_code_and_macros_but_not_in_words() {
        let tree = tree(&[(
            "src/lib.rs",
            "// crate::comment::X\n/// crate::doc::X\nuse crate::a::{self, b::C as D, e::*};\n\
             fn f() -> crate::g::T { let _ = \"crate::text::X\"; log!(\"{}\", crate::h::i()); }\n\
             #[cfg(test)] use crate::only::Tests; #[cfg(test)] fn t() { crate::only::in_test() }",
        )]);
        let module = &tree.modules[&Vec::<String>::new()];
        let named: Vec<String> = module.named.iter().map(|path| path.join("::")).collect();
        assert_eq!(
            named,
            ["crate::a", "crate::a::b::C", "crate::a::e", "crate::g::T", "crate::h::i"]
        );
        assert_eq!(module.imported["D"], path("crate::a::b::C"));
    }

    #[test]
    fn a_path_is_followed_through_re_exports_to_its_owner() {
        let tree = tree(&[
            ("src/lib.rs", "mod a; mod b; pub use a::inner::Thing; use std::fmt;"),
            ("src/a.rs", "mod inner; pub use self::inner::Thing as Other;"),
            ("src/a/inner.rs", "pub struct Thing;"),
            ("src/b.rs", "use super::Thing; use crate::a; fn f() { a::Other; fmt::X; }"),
        ]);
        let owner = |named: &str| tree.owner(&path("b"), &path(named));
        assert_eq!(owner("super::Thing"), Some(path("a::inner")));
        assert_eq!(owner("a::Other"), Some(path("a::inner")));
        assert_eq!(owner("crate::a::Unknown"), Some(path("a")));
        assert_eq!(owner("std::fmt::Display"), None);
        assert_eq!(tree.owner(&[], &path("fmt::Display")), None);
    }
}

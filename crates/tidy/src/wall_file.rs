//! The page about the wall file, `docs/wall-file.md`, made of the types that read it.
//!
//! Policy: what the page says stands once, in the comments of `crates/config`; a setting that may
//! be left out says its default there, or there is no page.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use syn::{
    Attribute, Expr, Field, Fields, GenericArgument, Item, ItemEnum, ItemStruct, Lit, Meta, Type,
    Variant,
};

use crate::rust_files;

/// The type that is the whole file.
const ROOT: &str = "Wall";

/// What stands above the settings.
const HEAD: &str = "# The wall file

Every setting of `wall.ron`, with its default. This page is made of the types that read the file
(`UPDATE_DOCS=1 cargo test --release -p tidy`) and checked against them; `assets/wall.ron` is a file with
all of it, and `camwall new` and `camwall import` write a first one.

The file is [RON](https://github.com/ron-rs/ron). Words have one spelling: values as RON writes them (`Tcp`,
`Always`), settings and actions in lower case (`stale_after`, `zoom_in`). Another spelling is a mistake, and so
is an unknown setting; `camwall check` lists all of them with line and column. Maps keep their order, a
camera may stand in several tiles, and places may stay empty. Relative paths start at the wall file's folder.
";

/// Why there is no page.
#[derive(Debug)]
pub enum NoPage {
    /// A file can't be read.
    Unreadable(io::Error),
    /// A file is no Rust.
    NotRust(String),
    /// What the comments lack, one each.
    Lacking(Vec<String>),
}

/// The page about the types of a crate whose sources are in `folder`.
///
/// # Errors
/// If it can't be read, or a comment lacks what the page needs.
pub fn wall_file_page(folder: &Path) -> Result<String, NoPage> {
    let mut types = Types::default();
    for file in rust_files(&[folder.to_owned()]).map_err(NoPage::Unreadable)? {
        let text = fs::read_to_string(&file).map_err(NoPage::Unreadable)?;
        types.read(&text).map_err(|why| NoPage::NotRust(format!("{}: {why}", file.display())))?;
    }
    page(&types)
}

fn page(types: &Types) -> Result<String, NoPage> {
    let mut page =
        Page { types, text: HEAD.to_owned(), next: vec![ROOT.to_owned()], lacking: vec![] };
    let mut done = Vec::new();
    while !page.next.is_empty() {
        let name = page.next.remove(0);
        if done.contains(&name) {
            continue;
        }
        match (types.structs.get(&name), types.enums.get(&name)) {
            (Some(item), _) => page.structure(item),
            (_, Some(item)) => page.words(item),
            _ => {}
        }
        done.push(name);
    }
    if page.lacking.is_empty() { Ok(page.text) } else { Err(NoPage::Lacking(page.lacking)) }
}

/// The types of a crate by their names.
#[derive(Default)]
struct Types {
    structs: BTreeMap<String, ItemStruct>,
    enums: BTreeMap<String, ItemEnum>,
}

impl Types {
    fn read(&mut self, text: &str) -> Result<(), syn::Error> {
        for item in syn::parse_file(text)?.items {
            match item {
                Item::Struct(item) if reads(&item.attrs) => {
                    self.structs.insert(item.ident.to_string(), item);
                }
                Item::Enum(item) if reads(&item.attrs) => {
                    self.enums.insert(item.ident.to_string(), item);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A page that is being written.
struct Page<'a> {
    types: &'a Types,
    text: String,
    /// Types that are named and not told yet.
    next: Vec<String>,
    lacking: Vec<String>,
}

impl Page<'_> {
    fn structure(&mut self, item: &ItemStruct) {
        let name = item.ident.to_string();
        let title = if name == ROOT { "The file" } else { &name };
        self.text.push_str(&format!("\n## {title}\n\n{}\n", told(&item.attrs)));
        let Fields::Named(fields) = &item.fields else { return };
        let all = says(&item.attrs, "serde", "default");
        self.table(&name, fields.named.iter(), all);
    }

    /// Settings, one a row; `all` where the structure as a whole has defaults.
    fn table<'f>(&mut self, owner: &str, fields: impl Iterator<Item = &'f Field>, all: bool) {
        self.text.push_str("\n| setting | what it is | default | meaning |\n|---|---|---|---|\n");
        for field in fields {
            let Some(ident) = &field.ident else { continue };
            let name = written(&field.attrs, "rename").unwrap_or_else(|| ident.to_string());
            let (meaning, default) = split_default(&told(&field.attrs));
            let optional = all || says(&field.attrs, "serde", "default");
            let default = match (default, optional) {
                (Some(default), true) => default,
                (None, false) => "required".to_owned(),
                (None, true) => {
                    self.lacking.push(format!("{owner}.{name}: its comment says no `Default:`"));
                    continue;
                }
                (Some(_), false) => {
                    self.lacking
                        .push(format!("{owner}.{name}: it is required, and says a default"));
                    continue;
                }
            };
            let kind = self.kind(&field.ty, &reader(&field.attrs));
            let row = format!("| `{name}` | {kind} | {default} | {meaning} |\n");
            self.text.push_str(&row);
        }
    }

    fn words(&mut self, item: &ItemEnum) {
        self.text.push_str(&format!("\n## {}\n\n{}\n", item.ident, told(&item.attrs)));
        self.text.push_str("\n| word | meaning |\n|---|---|\n");
        let shown = |variant: &&Variant| !says(&variant.attrs, "serde", "skip");
        for variant in item.variants.iter().filter(shown) {
            let within = match &variant.fields {
                Fields::Unit => String::new(),
                Fields::Unnamed(fields) => {
                    let kinds: Vec<String> =
                        fields.unnamed.iter().map(|field| self.kind(&field.ty, "")).collect();
                    format!(" with a {}", kinds.join(", "))
                }
                Fields::Named(_) => ", with the settings below".to_owned(),
            };
            let default = if says(&variant.attrs, "default", "") { " (default)" } else { "" };
            let meaning = told(&variant.attrs);
            let row = format!("| `{}`{within}{default} | {meaning} |\n", variant.ident);
            self.text.push_str(&row);
        }
        for variant in item.variants.iter().filter(shown) {
            if let Fields::Named(fields) = &variant.fields {
                self.text.push_str(&format!("\n`{}`:\n", variant.ident));
                self.table(&variant.ident.to_string(), fields.named.iter(), false);
            }
        }
    }

    /// What a value is, in words; `reader` is the function that reads it.
    fn kind(&mut self, ty: &Type, reader: &str) -> String {
        match reader.trim_start_matches("maybe_") {
            "duration" => return "length of time, `\"1m 30s\"`".to_owned(),
            "size" => return "size, `\"500GB\"`".to_owned(),
            "time" => return "time of day, `\"22:00\"`".to_owned(),
            _ => {}
        }
        if let Type::Tuple(tuple) = ty {
            let kinds: Vec<String> = tuple.elems.iter().map(|ty| self.kind(ty, "")).collect();
            return format!("({})", kinds.join(", "));
        }
        let Type::Path(path) = ty else { return "?".to_owned() };
        let Some(last) = path.path.segments.last() else { return "?".to_owned() };
        let inner: Vec<&Type> = match &last.arguments {
            syn::PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().filter_map(inner_type).collect()
            }
            _ => Vec::new(),
        };
        match (last.ident.to_string().as_str(), inner.as_slice()) {
            ("Option", [ty]) => self.kind(ty, ""),
            ("Vec", [ty]) => format!("list: {}", self.kind(ty, "")),
            ("IndexMap", [key, value]) => {
                format!("map: {} → {}", self.kind(key, ""), self.kind(value, ""))
            }
            ("String" | "Secret", _) => "text".to_owned(),
            ("PathBuf", _) => "path".to_owned(),
            ("CameraAddress", _) => "address".to_owned(),
            ("bool", _) => "`true` or `false`".to_owned(),
            ("u8" | "u16" | "u32" | "u64" | "usize", _) => "number".to_owned(),
            (name, _) => self.own(name),
        }
    }

    /// A type of the crate: a link, or what it is where it has no name of its own in the file.
    fn own(&mut self, name: &str) -> String {
        let Some(item) = self.types.structs.get(name) else {
            if self.types.enums.contains_key(name) {
                self.next.push(name.to_owned());
                return format!("[{name}](#{})", name.to_lowercase());
            }
            return match name {
                "Weekly" => "list: text".to_owned(),
                _ => {
                    self.lacking.push(format!("{name}: nobody says what it is"));
                    "?".to_owned()
                }
            };
        };
        if let Fields::Unnamed(fields) = &item.fields {
            let inner = fields.unnamed.first().map(|field| field.ty.clone());
            return inner.map_or_else(|| "?".to_owned(), |ty| self.kind(&ty, ""));
        }
        self.next.push(name.to_owned());
        format!("[{name}](#{})", name.to_lowercase())
    }
}

/// The type between `<` and `>`, where it is one.
fn inner_type(argument: &GenericArgument) -> Option<&Type> {
    match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

/// Whether a type is read from a file.
fn reads(attributes: &[Attribute]) -> bool {
    says(attributes, "derive", "Deserialize")
}

/// Whether there is an attribute of that name in which that word stands; the empty word in any.
fn says(attributes: &[Attribute], name: &str, word: &str) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident(name)).any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return word.is_empty() };
        let tokens = list.tokens.to_string();
        word.is_empty()
            || tokens.split(|c: char| !c.is_alphanumeric() && c != '_').any(|it| it == word)
    })
}

/// The function that reads a field, where it is not the type's own.
fn reader(attributes: &[Attribute]) -> String {
    let path = written(attributes, "deserialize_with").unwrap_or_default();
    path.rsplit("::").next().unwrap_or_default().to_owned()
}

/// What serde is told of a field under a name.
fn written(attributes: &[Attribute], name: &str) -> Option<String> {
    let serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let tokens: String = serde
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .map(|list| list.tokens.to_string())
        .collect();
    let (_, rest) = tokens.split_once(name)?;
    rest.split('"').nth(1).map(str::to_owned)
}

/// A comment as one paragraph, without links into the code.
fn told(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| {
        let Meta::NameValue(meta) = &attribute.meta else { return None };
        let Expr::Lit(expr) = &meta.value else { return None };
        let Lit::Str(text) = &expr.lit else { return None };
        meta.path.is_ident("doc").then(|| text.value().trim().to_owned())
    };
    let lines: Vec<String> = attributes.iter().filter_map(line).collect();
    lines.join(" ").replace("[`", "`").replace("`]", "`").replace('|', "\\|").trim().to_owned()
}

/// What a setting means, and its default.
fn split_default(told: &str) -> (String, Option<String>) {
    match told.split_once("Default: ") {
        Some((meaning, default)) => {
            let default = default.trim().trim_end_matches('.');
            (meaning.trim().to_owned(), Some(default.to_owned()))
        }
        None => (told.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> Result<String, NoPage> {
        let mut types = Types::default();
        types.read(text).expect("Rust");
        page(&types)
    }

    const GOOD: &str = r#"
        /// All of it.
        #[derive(Debug, Deserialize)]
        pub struct Wall {
            /// Cameras by [`id`].
            pub cameras: IndexMap<String, Camera>,
            /// How long. Default: `"2s"`.
            #[serde(default, rename = "for", deserialize_with = "units::maybe_duration")]
            pub stale: Option<Duration>,
            /// When.
            #[serde(deserialize_with = "time")]
            pub from: Time,
        }
        /// One camera.
        #[derive(Deserialize)]
        #[serde(default)]
        pub struct Camera {
            /// How it fills
            /// its tile. Default: `Whole`.
            pub fit: Fit,
        }
        /// How.
        #[derive(Default, Deserialize)]
        pub enum Fit {
            /// All.
            #[default]
            Whole,
            /// Some.
            Part {
                /// How much.
                percent: u32,
            },
            /// Never in a file.
            #[serde(skip)]
            Typed(Secret),
        }
        /// Not of the file.
        pub struct Other { pub field: Duration }
    "#;

    #[test]
    fn types_become_tables() {
        let page = made(GOOD).unwrap_or_else(|why| panic!("{why:?}"));
        for row in [
            "| `cameras` | map: text → [Camera](#camera) | required | Cameras by `id`. |",
            "| `from` | time of day, `\"22:00\"` | required | When. |",
            "| `for` | length of time, `\"1m 30s\"` | `\"2s\"` | How long. |",
            "| `fit` | [Fit](#fit) | `Whole` | How it fills its tile. |",
            "| `Whole` (default) | All. |",
            "| `Part`, with the settings below | Some. |",
            "| `percent` | number | required | How much. |",
        ] {
            assert!(page.lines().any(|line| line == row), "no {row} in\n{page}");
        }
        assert!(!page.contains("Typed") && !page.contains("Other"), "{page}");
    }

    #[test]
    fn a_setting_that_does_not_say_its_default_makes_no_page() {
        let lacking = |text: &str| match made(text) {
            Err(NoPage::Lacking(lacking)) => lacking,
            other => panic!("{other:?}"),
        };
        assert_eq!(lacking(&GOOD.replace("Default: `\"2s\"`.", "")).len(), 1);
        assert_eq!(lacking(&GOOD.replace("Cameras by [`id`].", "Default: none.")).len(), 1);
        assert_eq!(lacking(&GOOD.replace("pub fit: Fit", "pub fit: Unknown")).len(), 1);
    }
}

//! The rules, held against the workspace as it is.
//!
//! Proves that modules form no cycles, that imports point down, who names FFmpeg and the GPU, and
//! where unsafe code is. That the checks can fail is proved by the unit tests of this crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use tidy::{ModuleTree, Package};

/// What each of our crates may be built on, of ours.
const BUILT_ON: &[(&str, &[&str])] = &[
    (
        "camwall",
        &[
            "camwall-config",
            "camwall-media",
            "camwall-recorder",
            "camwall-setup",
            "camwall-words",
            "workspace-hack",
        ],
    ),
    ("camwall-address", &[]),
    ("camwall-config", &["camwall-address", "camwall-words"]),
    ("camwall-media", &["camwall-address"]),
    ("camwall-recorder", &["camwall-media"]),
    ("camwall-words", &[]),
    ("camwall-setup", &["camwall-address", "camwall-config"]),
    ("camsim", &[]),
    ("testkit", &["camwall-media"]),
    ("tidy", &[]),
    ("workspace-hack", &[]),
];

/// Who may name what: the words, and where the files are that may use them.
const ONLY_IN: &[(&[&str], &[&str])] = &[
    (&["wgpu"], &["src/render/"]),
    (&["ffmpeg_next", "ffmpeg_sys_next", "retina"], &["crates/media/src/"]),
    (&["bevy", "winit"], &["src/", "tests/", "benches/"]),
];

/// The files with unsafe code, and no others.
const UNSAFE: &[&str] = &[
    "benches/wall/barcode.rs",
    "crates/camsim/src/process.rs",
    "crates/media/src/ffmpeg/allocator.rs",
    "crates/media/src/ffmpeg/codec_params.rs",
    "crates/media/src/ffmpeg/decoder.rs",
    "crates/media/src/ffmpeg/demuxer.rs",
    "crates/media/src/ffmpeg/log.rs",
    "crates/media/src/ffmpeg/mod.rs",
    "crates/media/src/ffmpeg/muxer.rs",
    "crates/media/src/ffmpeg/parser.rs",
    "crates/media/src/ffmpeg/picture_room.rs",
    "crates/media/src/ffmpeg/swscale.rs",
    "crates/media/src/picture_memory.rs",
    "src/kernel.rs",
    "src/render/pipeline.rs",
    "src/render/target.rs",
    "src/window/hotplug.rs",
];

fn packages() -> Vec<Package> {
    tidy::packages().expect("cargo metadata")
}

/// Every Rust file of ours.
fn files() -> Vec<PathBuf> {
    let root = tidy::root();
    let mut folders: Vec<PathBuf> = Vec::new();
    for package in packages() {
        folders.extend(
            ["src", "tests", "benches", "examples"].map(|folder| package.folder.join(folder)),
        );
    }
    folders.push(root.join("fuzz"));
    let files = tidy::rust_files(&folders).expect("readable sources");
    assert!(files.len() > 100, "only {} files found", files.len());
    files
}

#[test]
fn no_module_imports_a_sibling_that_imports_it_back() {
    let mut wrong = Vec::new();
    for package in packages() {
        let open = |file: &std::path::Path| fs::read_to_string(file).ok();
        let tree = ModuleTree::read(&package.root_file, &open).expect("a readable crate");
        let cycles = tidy::check_cycles(&tree);
        wrong.extend(cycles.iter().map(|cycle| format!("{}: {cycle}", package.name)));
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn imports_between_crates_point_down() {
    let packages = packages();
    let ours: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    for package in &packages {
        let allowed = BUILT_ON.iter().find(|(name, _)| *name == package.name);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{} is not in BUILT_ON", package.name));
        for dependency in &package.dependencies {
            assert!(
                !ours.contains(&dependency.as_str()) || allowed.contains(&dependency.as_str()),
                "{} is built on {dependency}",
                package.name
            );
        }
    }
}

#[test]
fn the_gpu_ffmpeg_and_bevy_are_named_only_where_they_belong() {
    let (root, files) = (tidy::root(), files());
    for (words, places) in ONLY_IN {
        let found = tidy::files_naming(&root, &files, words).expect("readable sources");
        assert!(!found.is_empty(), "nobody names {words:?}: the rule is out of date");
        let wrong: Vec<&String> = found
            .iter()
            .filter(|file| !places.iter().any(|place| file.starts_with(place)))
            .collect();
        assert!(wrong.is_empty(), "{words:?} are named in {wrong:#?}, allowed in {places:?}");
    }
}

#[test]
fn unsafe_code_is_only_in_the_known_files() {
    let found = tidy::files_naming(&tidy::root(), &files(), &["unsafe"]).expect("readable sources");
    assert_eq!(found, UNSAFE, "files with unsafe code, as found and as allowed");
}

/// The words in back quotes of a document, those in code blocks apart.
fn quoted(text: &str) -> Vec<&str> {
    let outside = text.split("```").step_by(2);
    outside.flat_map(|part| part.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn what_the_documents_name_exists() {
    let root = tidy::root();
    let mut known = BTreeSet::new();
    for file in files() {
        let text = fs::read_to_string(&file).expect("a readable file");
        known.extend(tidy::idents(&text).expect("Rust"));
    }
    let mut wrong = Vec::new();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root.join(document)).expect("the document");
        for word in quoted(&text) {
            let is_word = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            // A test's name or a type's: other words may be those of Cargo or of the wall file.
            let long = word.matches('_').count() > 2;
            let type_name =
                word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase);
            let is_path = word.contains('/')
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
            let beside_src = root.join("src").join(word);
            let missing = (is_word && (long || type_name) && !known.contains(word))
                || (is_path && !root.join(word).exists() && !beside_src.exists());
            if missing {
                wrong.push(format!("{document}: `{word}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "named, but not there:\n{}", wrong.join("\n"));
}

#[test]
fn words_in_back_quotes_are_found() {
    assert_eq!(quoted("a `b` c\n```text\n`d`\n```\n`e/f`"), ["b", "e/f"]);
}

#[test]
fn the_wall_files_page_is_as_the_types_say() {
    let root = tidy::root();
    let page = match tidy::wall_file_page(&root.join("crates/config/src")) {
        Ok(page) => page,
        Err(tidy::NoPage::Lacking(lacking)) => panic!("no page:\n{}", lacking.join("\n")),
        Err(why) => panic!("no page: {why:?}"),
    };
    let file = root.join("docs/wall-file.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page, "{} is old: UPDATE_DOCS=1 writes it anew", file.display());
}

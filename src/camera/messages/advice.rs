//! Holds the words that messages advise against what the wall file takes.
//!
//! Every string of the program's sources that says `` `key: Value` `` is taken for advice, also
//! where a second word follows behind `or`, and so are the page about the wall file and what a
//! mistake's message lists as allowed. Each is written into a small wall and read by the real
//! parser.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::tests::every_sentence;
use camwall_config::Wall;

/// Where a setting is written: a small wall with `{}` in its place. `None` is a place nobody told
/// this test.
fn wall_with(key: &str) -> Option<&'static str> {
    Some(match key {
        "trust" => r#"(cameras: { "c": (main: "rtsps://h/1", {}) })"#,
        "transport" | "via" | "fit" | "login" | "auth" | "record" | "options" => {
            r#"(cameras: { "c": (main: "rtsp://h/1", {}) })"#
        }
        "overlap" => {
            r#"(cameras: { "c": (main: "rtsp://h/1") },
                layouts: { "l": Tiles(columns: 1, rows: 1, tiles: [
                    (camera: "c", column: 0, row: 0, {}) ]) })"#
        }
        "hotspot" => {
            r#"(cameras: { "c": (main: "rtsp://h/1") },
                layouts: { "l": Tiles(columns: 2, rows: 1, tiles: [
                    (camera: "c", column: 0, row: 0), (column: 1, row: 0, {}) ]) })"#
        }
        "recording" | "overlay" | "window" | "show" => {
            r#"(cameras: { "c": (main: "rtsp://h/1") }, {})"#
        }
        "dir" | "must_exist" | "container" | "segment" | "segment_size" | "pre_roll" | "memory"
        | "keep" => r#"(cameras: { "c": (main: "rtsp://h/1") }, recording: ({}))"#,
        _ => return None,
    })
}

/// What the parser says of this setting; nothing where it takes it.
fn refused(key: &str, value: &str) -> Option<String> {
    let Some(wall) = wall_with(key) else {
        return Some(format!("this test knows no place for `{key}`: tell it"));
    };
    // What the reader shall fill in.
    let filled = value.replace("\"…\"", "\"X\"").replace('…', "\"x\"");
    let text = wall.replace("{}", &format!("{key}: {filled}"));
    Wall::parse(&text, "wall.ron").err().map(|errors| errors.to_string())
}

/// The advice in a text: between backticks a key, a colon and a value, and further words behind
/// `or`.
fn advice(text: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = text.split('`').collect();
    let quoted = || (1..parts.len()).step_by(2).filter(|at| at + 1 < parts.len());
    let mut found = Vec::new();
    let mut last: Option<(usize, String)> = None;
    for at in quoted() {
        let word = parts[at].replace("\\\"", "\"");
        let setting = word.split_once(": ").filter(|(key, value)| {
            let plain = |c: char| c.is_ascii_lowercase() || c == '_';
            !key.is_empty() && key.chars().all(plain) && !value.is_empty() && !value.contains('{')
        });
        if let Some((key, value)) = setting {
            found.push((key.to_owned(), value.to_owned()));
            last = Some((at, key.to_owned()));
        } else if let Some((before, key)) = last.take()
            && before + 2 == at
            && parts[at - 1] == " or "
            && word.chars().all(|c| c.is_ascii_alphanumeric())
        {
            found.push((key.clone(), word));
            last = Some((at, key));
        }
    }
    found
}

/// All Rust sources of the program, wherever its crates are.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src"), root.join("crates")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        // There may be no crates yet.
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// What a source says to people: its lines without comments, without its tests, whose texts are
/// wrong on purpose.
fn strings(source: &str) -> String {
    let program = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = program.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.trim_end().trim_end_matches('\\')).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_messages_advise_is_what_the_wall_file_takes() {
    let mut all = Vec::new();
    for path in sources() {
        let is_test = path.components().any(|part| part.as_os_str() == "tests")
            || path.ends_with("tests.rs")
            || path.ends_with("advice.rs");
        if !is_test {
            let text = strings(&fs::read_to_string(&path).unwrap());
            all.extend(advice(&text).into_iter().map(|found| (path.clone(), found)));
        }
    }
    let keys: Vec<&str> = all.iter().map(|(_, (key, _))| key.as_str()).collect();
    for key in ["transport", "via", "login", "record", "container", "recording", "overlap"] {
        assert!(keys.contains(&key), "no advice about `{key}` any more? found: {all:#?}");
    }
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|(path, (key, value))| {
            let why = refused(key, value)?;
            Some(format!("{}: `{key}: {value}`: {why}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "advised, but refused:\n{}", wrong.join("\n"));
}

#[test]
fn sentences_for_operators_advise_what_the_wall_file_takes() {
    let found: Vec<_> = every_sentence().into_iter().flat_map(advice).collect();
    for word in ["Auto", "Udp", "Tcp"] {
        let advised = ("transport".to_owned(), word.to_owned());
        assert!(found.contains(&advised), "{advised:?} in {found:?}");
    }
    for (key, value) in found {
        assert_eq!(refused(&key, &value), None, "`{key}: {value}`");
    }
}

#[test]
fn what_a_mistakes_message_allows_is_allowed() {
    for key in ["transport", "via", "fit", "container"] {
        let message = refused(key, "Xyzzy").expect("no such word");
        let allowed = message.split_once("llowed: ").expect(&message).1;
        let words: Vec<&str> = allowed.split('`').skip(1).step_by(2).collect();
        assert!(words.len() >= 2, "{message}");
        for word in words {
            assert_eq!(refused(key, word), None, "`{key}: {word}`");
        }
    }
}

#[test]
fn the_words_on_the_page_about_the_wall_file_are_taken() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/wall-file.md");
    let page = fs::read_to_string(page).unwrap();
    let mut rows = 0;
    for (key, title) in [("transport", "Transport"), ("via", "Via"), ("record", "Record")] {
        let section = page.split("\n## ").find(|it| it.lines().next() == Some(title)).expect(title);
        for row in section.lines().filter(|row| row.starts_with("| `")) {
            let word = row.split('`').nth(1).expect(row);
            // A word with something in it is told with an example.
            let example = row.rsplit_once("`[").map(|(_, rest)| rest.trim_end_matches("`. |"));
            let word = example.map_or(word.to_owned(), |list| format!("{word}([{list})"));
            assert_eq!(refused(key, &word), None, "`{key}: {word}` in {row}");
            rows += 1;
        }
    }
    assert!(rows >= 8, "{rows} words");
}

#[test]
fn advice_is_found_where_it_is_given() {
    let text =
        r#"use `transport: Auto` or `Udp`; `login: Env(\"…\")`, `overlap`, `x: {y}`, `via: Z`"#;
    let found = advice(text);
    let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let login = ("login", "Env(\"…\")");
    assert_eq!(found, [("transport", "Auto"), ("transport", "Udp"), login, ("via", "Z")]);
    assert!(refused("transport", "Sideways").is_some());
    assert!(refused("colour", "Red").is_some(), "a key without a place is no silence");
}

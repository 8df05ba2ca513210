//! Every word of the wall file has one spelling: another is refused, and the right one named.

use super::{camera, errors, sound, wall};
use crate::{Action, Chord};

/// Words of one kind: what messages call the kind, line 2 of a wall file with `@` for the word, and
/// the words.
type Words = (&'static str, fn(&str) -> String, &'static str, &'static [&'static str]);

/// The words of all enums of the wall file.
const WORDS: [Words; 20] = [
    ("transport", camera, r#"main: "rtsp://h", transport: @"#, &["Tcp", "Udp", "Auto"]),
    ("via", camera, r#"main: "rtsp://h", via: @"#, &["Auto", "Retina", "Ffmpeg"]),
    ("fit", camera, r#"main: "rtsp://h", fit: @"#, &["Contain", "Cover", "Stretch"]),
    ("login", camera, r#"main: "rtsp://h", login: @("X")"#, &["Env", "Credential", "File"]),
    ("auth", camera, r#"main: "rtsp://h", login: Env("X"), auth: @"#, &["Any", "Digest"]),
    ("trust", camera, r#"main: "rtsps://h", trust: @"#, &["System"]),
    ("trust", camera, r#"main: "rtsps://h", trust: @("X")"#, &["Ca"]),
    (
        "trust",
        camera,
        r#"main: "rtsps://h", trust: @("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"#,
        &["Fingerprint"],
    ),
    ("trust", camera, r#"main: "rtsps://h", trust: @"#, &["Anyone"]),
    ("record", camera, r#"main: "/a", record: @"#, &["Never", "Always"]),
    ("record", camera, r#"main: "/a", record: @(["Mon 08:00-18:00"])"#, &["Weekly"]),
    ("layout", wall, r#"layouts: { "a": @(cameras: ["gate"]) }"#, &["Grid"]),
    ("layout", wall, r#"layouts: { "a": @(columns: 1, rows: 1, tiles: []) }"#, &["Tiles"]),
    ("monitor", wall, r#"window: (monitor: @("DP-1"))"#, &["Name"]),
    ("monitor", wall, r#"window: (monitor: @(0))"#, &["Index"]),
    ("rotation", wall, "window: (rotation: @)", &["None", "Right", "Half", "Left"]),
    ("container", wall, r#"recording: (container: @)"#, &["Matroska"]),
    ("container", wall, r#"recording: (container: @)"#, &["Mp4"]),
    ("sandbox", wall, "sandbox: @", &["On", "Off"]),
    (
        "language",
        wall,
        "language: @",
        &["Auto", "English", "German", "Japanese", "TraditionalChinese"],
    ),
];

/// The same letters in other cases: `udp`, `UDP`, `uDP`.
fn other_cases(word: &str) -> Vec<String> {
    let swapped =
        |c: char| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let mut cases =
        vec![word.to_lowercase(), word.to_uppercase(), word.chars().map(swapped).collect()];
    cases.retain(|case| case != word);
    cases.dedup();
    cases
}

/// All words of a kind, as messages list them.
fn allowed(kind: &str) -> String {
    let same = WORDS.iter().filter(|(known, ..)| *known == kind);
    let words: Vec<String> =
        same.flat_map(|(.., words)| *words).map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

#[test]
fn words_are_spelled_as_ron_spells_them() {
    for (kind, file, line, words) in WORDS {
        let column = line.find('@').unwrap() + 1;
        let place = format!("wall.ron:2:{column}:");
        for word in words {
            let with = |text: &str| file(&line.replace('@', text));
            sound(&with(word));
            for other in other_cases(word) {
                let hint = format!("did you mean `{word}`? Allowed: {}", allowed(kind));
                let expected = format!("{place} unknown {kind} `{other}`; {hint}");
                assert_eq!(errors(&with(&other)), expected);
                if !line.contains("@(") {
                    let expected = format!("{place} write {kind} `{word}` without quotes");
                    assert_eq!(errors(&with(&format!("{other:?}"))), expected);
                }
            }
        }
        // The list of what is allowed comes from the types: no word is missing above.
        let expected = format!("{place} unknown {kind} `Zzzzzz`; allowed: {}", allowed(kind));
        assert_eq!(errors(&file(&line.replace('@', "Zzzzzz"))), expected);
    }
}

#[test]
fn the_words_of_ron_itself_have_one_spelling() {
    for (line, wrong, right) in [
        ("window: (monitor: @)", "none", "None"),
        ("show: @", "NONE", "None"),
        ("recording: (keep: (age: @))", "none", "None"),
        (r#"recording: (keep: (age: @("7d")))"#, "some", "Some"),
        ("recording: @()", "recording", "Recording"),
    ] {
        let column = line.find('@').unwrap() + 1;
        sound(&wall(&line.replace('@', right)));
        let expected =
            format!("wall.ron:2:{column}: unknown word `{wrong}`; did you mean `{right}`?");
        assert_eq!(errors(&wall(&line.replace('@', wrong))), expected);
    }
}

#[test]
fn keys_are_spelled_as_they_are_shown() {
    let keys = "Enter Esc Tab Space Backspace Insert Delete Home End PageUp PageDown Left Right \
                Up Down F1 F24";
    let modified = ["Ctrl", "Alt", "Shift"].map(|modifier| (modifier, "+Q"));
    for (word, rest) in keys.split_whitespace().map(|key| (key, "")).chain(modified) {
        let right: Chord = format!("{word}{rest}").parse().unwrap();
        assert_eq!(right.to_string(), format!("{word}{rest}"));
        for other in other_cases(word) {
            let said = format!("{other}{rest}").parse::<Chord>().unwrap_err().to_string();
            assert!(said.contains(&format!("`{other}`; did you mean `{word}`?")), "{said}");
        }
    }
}

#[test]
fn actions_are_spelled_as_fields_are() {
    for name in Action::all().map(Action::name) {
        let keys = |name: &str| wall(&format!("keys: {{ {name:?}: [] }}"));
        sound(&keys(name));
        let mut others = other_cases(name);
        others.push(name.replace('_', "-"));
        others.retain(|other| other != name);
        for other in others {
            let expected =
                format!("wall.ron:2:9: unknown action `{other}`; did you mean `{name}`?");
            assert_eq!(errors(&keys(&other)), expected);
        }
    }
}

#[test]
fn days_are_spelled_in_one_way() {
    for day in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Daily"] {
        let with =
            |day: &str| camera(&format!(r#"main: "/a", record: Weekly(["{day} 8:00-9:00"])"#));
        sound(&with(day));
        for other in other_cases(day) {
            let said = errors(&with(&other));
            let expected =
                format!("wall.ron:2:29: unknown day `{other}`; did you mean `{day}`? Allowed: ");
            assert!(said.starts_with(&expected), "{said}");
        }
    }
}

//! Which language the program speaks: by the locale, by the wall file, and never in the log.

use testkit::{Run, SOON, StatusLine, WallFile};

/// A camera that no layout has, and a setting that is none.
const WRONG: &str = r#"(
    cameras: { "gate": (main: "rtsp://10.0.0.11/live") },
    layouts: { "all": Grid(cameras: ["gtae"]) },
    {}
)"#;

/// What `check` says of such a file in this locale; `setting` stands in it.
fn checked(locale: &str, setting: &str) -> String {
    let wall = WallFile::verbatim(&WRONG.replace("{}", setting));
    let ended = Run::bare(["check"]).args([wall.path()]).env("LC_ALL", locale).finish(SOON);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.stdout, "");
    let path = wall.path().display().to_string();
    ended.stderr.trim_end().replace(&path, "wall.ron")
}

#[test]
fn check_speaks_the_language_of_the_locale() {
    for (locale, said) in [
        ("C.UTF-8", "unknown camera `gtae` in layout `all`; did you mean `gate`?"),
        ("fr_FR.UTF-8", "unknown camera `gtae` in layout `all`; did you mean `gate`?"),
        ("de_DE.UTF-8", "unbekannte Kamera `gtae` in Layout `all`; ist `gate` gemeint?"),
        ("ja_JP.UTF-8", "レイアウト `all` に不明なカメラ `gtae`。`gate` ではありませんか"),
        ("zh_TW.UTF-8", "版面 `all` 中有未知的攝影機 `gtae`；是不是 `gate`？"),
    ] {
        assert_eq!(checked(locale, ""), format!("wall.ron:3:38: {said}"), "{locale}");
    }
}

#[test]
fn check_speaks_the_language_of_the_file_also_where_that_is_wrong() {
    let said = "wall.ron:3:38: unbekannte Kamera `gtae` in Layout `all`; ist `gate` gemeint?";
    assert_eq!(checked("ja_JP.UTF-8", "language: German,"), said);
    let both = checked("ja_JP.UTF-8", "language: German, shwo: \"all\",");
    let field = "wall.ron:4:23: unbekannte Einstellung `shwo` in `wall`; ist `show` gemeint?";
    assert!(both.contains(said) && both.contains(field), "{both}");
    // Torn text says nothing any more: the locale does.
    let torn = checked("zh_TW.UTF-8", "language: German, keys: {");
    assert_eq!(torn, "wall.ron:5:1: 非預期的字元 `)`");
}

#[test]
fn a_sound_file_is_reported_in_its_language() {
    let text = r#"(cameras: { "gate": (main: "/dev/null") }, language: TraditionalChinese)"#;
    let wall = WallFile::verbatim(text);
    let ended = Run::bare(["check"]).args([wall.path()]).finish(SOON);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("1 部攝影機、1 個版面，沒有錯誤"), "{}", ended.stdout);
    assert!(ended.stdout.contains("沙箱："), "{}", ended.stdout);
}

/// Words without which no German sentence is; in the other languages no sentence is ASCII.
const GERMAN: [&str; 13] = [
    " der ",
    " die ",
    " das ",
    " ist ",
    " und ",
    " nicht ",
    " keine ",
    " von ",
    "Kamera",
    "Aufzeichnung",
    "Zugangsdaten",
    "Verbindung",
    "unbekannt",
];

#[test]
fn the_log_is_english_in_every_language_also_of_a_file_that_is_refused() {
    for (language, locale) in [
        ("German", "de_DE.UTF-8"),
        ("Japanese", "ja_JP.UTF-8"),
        ("TraditionalChinese", "zh_TW.UTF-8"),
    ] {
        let text = r#"(
            cameras: {
                "gate": (main: "rtsp://127.0.0.1:1/live", record: Always),
                "clip": (main: "./nowhere.mp4", login: Env("NOBODY_SET_THIS")),
            },
            {}
        )"#;
        let setting = format!("language: {language},");
        let wall = WallFile::verbatim(&text.replace("{}", &setting));
        let run =
            Run::bare([wall.path()]).args(["--headless", "--for", "90s", "--size", "640x360"]);
        let run = run.args(["--status-every", "100ms"]).status_file(wall.file("status.jsonl"));
        let mut camwall = run.env("LC_ALL", locale).env("RUST_LOG", "camwall=debug").start();
        let offline = |line: &StatusLine| line.is("gate", "offline");
        camwall.wait_for("a camera that is not there", SOON, offline);
        std::fs::write(wall.path(), WRONG.replace("{}", &setting)).expect("written");
        camwall.wait_for("refused", SOON, |line| line.config.mistakes > 0);
        let ended = camwall.terminate();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        for said in [
            "gate: no connection",
            "it has mistakes and is not taken over",
            "unknown camera `gtae` in layout `all`; did you mean `gate`?",
        ] {
            assert!(ended.stderr.contains(said), "{language}: no {said}: {}", ended.stderr);
        }
        for german in GERMAN {
            assert!(!ended.stderr.contains(german), "{language}, {german}: {}", ended.stderr);
        }
        assert!(ended.stderr.is_ascii(), "{language}: {}", ended.stderr);
    }
}

//! Help and exit codes.

use testkit::{Run, SOON, WallFile, rtsp};

#[test]
fn help_is_as_it_was() {
    for (name, args) in [
        ("help", vec!["--help"]),
        ("help_check", vec!["check", "--help"]),
        ("help_recordings", vec!["recordings", "--help"]),
        ("help_new", vec!["new", "--help"]),
        ("help_import", vec!["import", "--help"]),
        ("help_generate", vec!["generate", "--help"]),
    ] {
        let ended = Run::bare(args).finish(SOON);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
        insta::assert_snapshot!(name, ended.stdout);
    }
}

#[test]
fn exit_codes_are_as_they_were() {
    let wall = WallFile::new(&[("gate", rtsp("rtsp://127.0.0.1:1/x"))], "");
    let wrong = WallFile::verbatim("(cameras: {})");
    let empty = tempfile::tempdir().expect("a folder");
    let text = |path: &std::path::Path| path.to_str().expect("a plain path").to_owned();
    let (wall, wrong, empty) = (text(&wall.path()), text(&wrong.path()), text(empty.path()));
    let unwritten = format!("{empty}/wall.ron");
    let cases = [
        "--version",
        "--no-such-option",
        "WALL --size large",
        "WALL --table --status -",
        "check WALL --headless",
        "WALL --headless --for 1s --size 64x64",
        "WALL",
        "WALL --headless --layout nowhere",
        "WALL --headless --status /nonexistent/status.jsonl",
        "WALL --headless --snapshot /nonexistent/wall.png",
        "WRONG --headless",
        "/nonexistent/wall.ron --headless",
        "check WALL",
        "check WRONG",
        "check --diff WALL WALL",
        "check --diff WALL WRONG",
        "check --diff WALL",
        "check WALL --probe",
        "recordings EMPTY",
        "recordings EMPTY --verify",
        "recordings EMPTY --camera gate",
        "recordings /nonexistent",
        "recordings",
        "rtsp://127.0.0.1:1/x",
        "rtsp://127.0.0.1:1/x --headless --for 1s --size 64x64",
        "rtsp://u:p@127.0.0.1:1/x",
        "WALL rtsp://127.0.0.1:1/x",
        "WALL --login Env(X)",
        "check rtsp://127.0.0.1:1/x",
        "new WALL",
        "import WRONG --output EMPTY/wall.ron",
        "import /nonexistent --output EMPTY/wall.ron",
        "generate man",
        "generate",
    ];
    let lines: Vec<String> = cases
        .iter()
        .map(|case| {
            let args = case.split(' ').map(|word| match word {
                "WALL" => wall.as_str(),
                "WRONG" => wrong.as_str(),
                "EMPTY" => empty.as_str(),
                "EMPTY/wall.ron" => unwritten.as_str(),
                word => word,
            });
            let ended = Run::bare(args).finish(2 * SOON);
            format!("{:?} camwall {case}", ended.code.expect("an exit code"))
        })
        .collect();
    insta::assert_snapshot!("exit_codes", lines.join("\n"));
}

/// What is printed for other programs to read.
fn generated(what: &str) -> String {
    let ended = Run::bare(["generate", what]).finish(SOON);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{what}: {ended:?}");
    ended.stdout
}

/// The long options of a help text.
fn options(help: &str) -> Vec<String> {
    let words = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let mut options: Vec<String> =
        words.filter(|word| word.len() > 3 && word.starts_with("--")).map(str::to_owned).collect();
    options.sort();
    options.dedup();
    options
}

#[test]
fn the_manual_and_the_completions_have_every_option_of_the_help() {
    let manual = generated("man").replace("\\-", "-");
    let shells =
        ["bash", "zsh", "fish", "elvish", "powershell"].map(|shell| (shell, generated(shell)));
    let commands = ["", "check", "recordings", "new", "import", "generate"];
    for command in commands {
        let args = [command, "--help"].into_iter().filter(|arg| !arg.is_empty());
        let help = Run::bare(args).finish(SOON).stdout;
        assert!(!options(&help).is_empty(), "{command}: {help}");
        for option in options(&help) {
            assert!(manual.contains(&option), "{command} {option} is not in the manual");
            let bare = option.trim_start_matches('-');
            for (shell, text) in &shells {
                assert!(text.contains(bare), "{command} {option} is not completed in {shell}");
            }
        }
    }
    for command in &commands[1..] {
        assert!(manual.contains(&format!("CAMWALL {}", command.to_uppercase())), "{command}");
    }
    assert!(manual.contains("Exit codes") && manual.contains("RUST_LOG"), "{manual}");
}

#[test]
fn shells_and_man_take_what_is_generated() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("camwall.bash");
    std::fs::write(&file, generated("bash")).expect("written");
    // What bash offers behind `camwall --`, and behind `camwall `.
    let offered = |typed: &str| {
        let script = format!(
            "source {}; COMP_WORDS=(camwall {typed}); COMP_CWORD=1; _camwall camwall '{typed}' camwall; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            file.display()
        );
        let output =
            std::process::Command::new("bash").args(["-c", &script]).output().expect("bash");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(offered("--").contains("--snapshot"), "{}", offered("--"));
    assert!(offered("im").contains("import"), "{}", offered("im"));
    // Each request of the manual is one that man knows.
    for line in generated("man").lines().filter(|line| line.starts_with('.')) {
        let request = line.split_whitespace().next().unwrap_or_default();
        let known = [
            ".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".RS", ".RE", ".IP", ".br", ".nf", ".fi",
            ".PP",
        ];
        assert!(known.contains(&request), "{line}");
    }
}

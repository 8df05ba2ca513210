//! Command lines, right and wrong, and what is repeated of them.

use super::*;

fn read(args: &[&str]) -> Result<Cli, WrongCommandLine> {
    Cli::read(["camwall"].iter().chain(args).map(Into::into))
}

fn run(args: &[&str]) -> RunArgs {
    read(args).unwrap().run
}

/// What is said of a wrong command line.
fn said(args: &[&str]) -> String {
    match read(args) {
        Err(WrongCommandLine::Said(text)) => text,
        Err(WrongCommandLine::Clap(error)) => error.render().to_string(),
        Ok(cli) => panic!("{args:?} is right: {cli:?}"),
    }
}

#[test]
fn a_wall_is_opened_of_a_file_or_of_addresses() {
    assert_eq!(run(&[]).wall_file(), Some(Path::new("wall.ron")));
    assert_eq!(run(&["./new"]).wall_file(), Some(Path::new("./new")));
    let args = run(&["rtsp://h/1", "--headless", "rtsp://h/2", "--login", "Env(GATE)"]);
    assert_eq!(args.wall_file(), None);
    let addresses: Vec<_> = args.addresses().map(CameraAddress::expose).collect();
    assert_eq!(addresses, ["rtsp://h/1", "rtsp://h/2"]);
    assert_eq!(args.login, Some(Login::Env("GATE".into())));
    for (args, why) in [
        (&["wall.ron", "rtsp://h/1"][..], "either a wall file or addresses"),
        (&["a.ron", "b.ron"], "one wall file"),
        (&["a.ron", "--login", "Env(X)"], "`--login` is for addresses"),
        (&["check", "rtsp://h/1"], "only opens a wall"),
        (&["import", "http://h/1"], "only opens a wall"),
    ] {
        assert!(said(args).contains(why), "{args:?}: {}", said(args));
    }
}

#[test]
fn of_an_address_on_a_wrong_command_line_the_origin_is_repeated_and_no_more() {
    let url = "rtsp://u:canary@10.0.0.7/canary?key=canary";
    for args in [
        &["--size", url][..],
        &[url, "--no-such-option"],
        &["--layout", url, "--for", url],
        &["--other=", url, "x"],
        &["check", url],
        &["check", url, url],
        &["--login", url],
        &["--login", "rtsp://h/canary", url],
        &["wall.ron", url],
        &["generate", url],
    ] {
        let said = said(args);
        assert!(!said.contains("canary"), "{args:?}: {said}");
    }
    let sound = "rtsp://10.0.0.7/canary";
    assert!(!format!("{:?}", run(&[sound])).contains("canary"));
}

#[test]
fn logins_are_spelt_as_in_the_wall_file() {
    for (text, login) in [
        ("Env(GATE)", Login::Env("GATE".into())),
        (" Env ( \"GATE\" )", Login::Env("GATE".into())),
        ("File(/etc/a b)", Login::File("/etc/a b".into())),
        ("Credential(gate)", Login::Credential("gate".into())),
    ] {
        assert_eq!(parse_login(text), Ok(login), "{text}");
    }
    for text in [
        "",
        "GATE",
        "Env",
        "Env()",
        "env(X)",
        "Env(a=b)",
        "Env(u:canary)",
        "Credential(../x)",
        "Env(\"\")",
    ] {
        let said = parse_login(text).unwrap_err();
        assert!(!said.contains("canary"), "{text}: {said}");
    }
}

#[test]
fn the_example_of_the_help_parses() {
    let args = "site.ron --headless --size 1920x1080 --for 20s --snapshot wall.png --status -";
    let args = run(&args.split(' ').collect::<Vec<_>>());
    assert_eq!(args.headless, Headless::Always);
    assert_eq!(args.size, Some((1920, 1080)));
    assert_eq!(args.run_for, Some(Duration::from_secs(20)));
    assert_eq!(args.status, Some(PathBuf::from("-")));
    assert_eq!(run(&["--headless=auto"]).headless, Headless::Auto);
    assert_eq!(run(&[]).headless, Headless::Never);
}

#[test]
fn wrong_sizes_are_refused() {
    for size in ["", "1920", "0x1080", "1920x", "99999x1080", "-1x5", "axb"] {
        let args = ["camwall", "--size", size];
        assert!(Cli::try_parse_from(args).is_err(), "{size}");
    }
}

#[test]
fn addresses_are_told_from_paths() {
    for arg in ["rtsp://u:p@h/x", "--layout=http://h", "a://b"] {
        assert!(is_address(OsStr::new(arg)), "{arg}");
    }
    for arg in ["wall.ron", "a:b/c@d", "--status=-", ""] {
        assert!(!is_address(OsStr::new(arg)), "{arg}");
    }
}

#[test]
fn check_compares_two_files_and_does_nothing_else() {
    let parse = |args: &str| Cli::try_parse_from(format!("camwall check {args}").split(' '));
    let Some(Command::Check(args)) = parse("--diff a.ron b.ron").unwrap().command else {
        panic!("no check")
    };
    assert_eq!(args.compared(), Some(["a.ron", "b.ron"].map(PathBuf::from)));
    for wrong in ["--diff a.ron", "--diff a.ron b.ron c.ron", "--diff a.ron b.ron --probe"] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn check_takes_its_own_arguments() {
    let cli = Cli::try_parse_from(["camwall", "check", "a.ron", "--probe"]).unwrap();
    let Some(Command::Check(args)) = cli.command else { panic!("no check") };
    assert!(args.probe && args.wall.as_os_str() == "a.ron");
}

#[test]
fn recordings_takes_its_own_arguments() {
    let parse = |args: &str| Cli::try_parse_from(format!("camwall recordings {args}").split(' '));
    let cli = parse("/srv/video --verify --camera gate").unwrap();
    let Some(Command::Recordings(args)) = cli.command else { panic!("no recordings") };
    assert!(args.verify && !args.json && args.dir.as_os_str() == "/srv/video");
    assert_eq!(args.camera.as_deref(), Some("gate"));
    assert!(parse("--verify").is_err(), "the folder is to be named");
}

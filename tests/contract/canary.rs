//! Nothing that the program writes holds more of an address than scheme, host and port: not its log
//! at trace, its status lines, its table, its ledger, its recordings' and snapshots' names, its
//! findings, nor its command line. The addresses are the forms of real vendors.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use testkit::{Camsim, Run, SOON, WallFile, half_turn, rtsp};

/// In every secret here.
const CANARY: &str = "k4nari";
/// The secret as it is written in addresses: plain, percent-encoded, and with letters of others.
const FORMS: [&str; 3] = ["k4nari77", "k4nari%2Fx%40", "k4nari-grün-東"];

/// A camera that answers each connection by repeating what it was asked for.
fn parrot() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A camera that is hung up on has nothing more to say.
            answer(stream).ok();
        }
    });
    port
}

fn answer(mut stream: std::net::TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut asked = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut asked)?;
    let mut words = asked.split_whitespace();
    let (uri, protocol) = (words.nth(1).unwrap_or("*"), words.next().unwrap_or("RTSP/1.0"));
    let protocol = if protocol.starts_with("HTTP") { "HTTP/1.1" } else { protocol };
    write!(stream, "{protocol} 404 no {uri} here\r\nCSeq: 1\r\nContent-Base: {uri}\r\n\r\n")
}

fn cameras(host: &str) -> Vec<(String, String)> {
    let table = include_str!("../../crates/address/tests/vendor-urls.txt");
    let forms = table.lines().filter(|line| !line.starts_with('#')).enumerate();
    let camera = |(number, line): (usize, &str)| {
        let form = FORMS[number % FORMS.len()];
        let url = line.replace("CANARY", form).replace("HOST", host);
        (format!("c{number}"), rtsp(&url))
    };
    let mut cameras: Vec<_> = forms.map(camera).collect();
    let by_ffmpeg = |(id, fields): &(String, String)| {
        let more = "via: Ffmpeg, login: File(\"login\")";
        (format!("{id}f"), format!("{fields}, {more}"))
    };
    cameras.extend(cameras.clone().iter().filter(|(_, it)| it.contains("rtsp://")).map(by_ffmpeg));
    let options =
        format!("main: \"srt://{host}\", options: {{ \"passphrase\": \"{CANARY}-option\" }}");
    cameras.push(("option".into(), options));
    cameras
}

/// All files below a folder, and their text, as far as it is text.
fn written(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            written(&path, all);
        } else if !path.ends_with("wall.ron") && !path.ends_with("login") {
            let bytes = fs::read(&path).expect("a file");
            all.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

fn holds_none(what: &str, text: &str) {
    let line = text.lines().find(|line| line.to_lowercase().contains(CANARY));
    assert_eq!(line, None, "in {what}");
}

#[test]
fn no_address_is_told_anywhere() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "1"]);
    for host in [format!("127.0.0.1:{}", parrot()), "127.0.0.1:1".to_owned()] {
        let mut cameras = cameras(&host);
        let live = format!("{}, record: Always", rtsp(&server.url("cam1/sub")));
        cameras.push(("live".into(), live));
        let wall = WallFile::new(&cameras, "recording: (dir: \"recordings\", segment: \"1s\"),");
        fs::write(wall.file("login"), format!("{CANARY}-user:{CANARY}-password\n"))
            .expect("written");
        let run = Run::offscreen(&wall).env("RUST_LOG", "trace,wgpu_core=info,naga=info");
        let mut camwall = run.args([Path::new("--snapshot"), &wall.file("wall.png")]).start();
        camwall.wait_for("a live camera among dead ones", SOON, |line| {
            line.t > 6.0 && line.camera("live").is_live()
        });
        let command = fs::read(format!("/proc/{}/cmdline", camwall.pid())).expect("it runs");
        holds_none("the command line", &String::from_utf8_lossy(&command));
        let ended = camwall.terminate();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("rtsp://{host}")), "the origin is told");
        holds_none("the log", &ended.stderr);
        holds_none("standard output", &ended.stdout);
        let mut all = Vec::new();
        written(wall.folder(), &mut all);
        assert!(
            all.iter().any(|(name, _)| name.ends_with(".jsonl")),
            "a ledger or status: {all:?}"
        );
        for (name, text) in &all {
            holds_none("a file's name", name);
            holds_none(name, text);
        }
        let path = wall.path();
        let table = ["--headless", "--for", "2s", "--size", "64x64", "--table"];
        for (what, run) in [
            ("the table", Run::bare([&path]).args(table)),
            ("the findings", Run::bare(["check"]).args([&path])),
            ("what was probed", Run::bare(["check", "--probe"]).args([&path])),
        ] {
            let ended = run.env("RUST_LOG", "debug").finish(4 * SOON);
            assert!(!ended.stdout.is_empty(), "{what}: {}", ended.stderr);
            holds_none(what, &format!("{}{}", ended.stdout, ended.stderr));
        }
    }
}

#[test]
fn a_login_on_the_command_line_is_refused_and_not_repeated() {
    let url = format!("rtsp://admin:{CANARY}@127.0.0.1/x");
    for args in [
        vec![url.as_str()],
        vec!["check", &url],
        vec!["--layout", &url],
        vec!["--x", &url],
        vec!["--size", &url],
        vec!["import", &url],
        vec!["wall.ron", "--login", &url],
    ] {
        let ended = Run::bare(&args).finish(SOON);
        assert_eq!(ended.code, Some(2), "{args:?}");
        assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
        holds_none("the refusal", &format!("{}{}", ended.stdout, ended.stderr));
    }
}

#[test]
fn there_is_no_core_file_after_a_crash() {
    let _turn = half_turn();
    let wall = WallFile::new(&[("gate", rtsp("rtsp://127.0.0.1:1/x"))], "");
    let program = testkit::program("camwall");
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"])
        .arg(program)
        .arg(wall.path())
        .args(["--headless", "--for", "60s", "--size", "64x64"])
        .current_dir(wall.folder())
        .stderr(Stdio::null())
        .spawn()
        .expect("a program");
    let limits = format!("/proc/{}/limits", child.id());
    let off = |text: String| {
        let line = text.lines().find(|line| line.starts_with("Max core file size"));
        line.is_some_and(|line| line.split_whitespace().skip(4).take(2).eq(["0", "0"]))
    };
    let until = std::time::Instant::now() + SOON;
    while !fs::read_to_string(&limits).is_ok_and(off) {
        assert!(std::time::Instant::now() < until, "no core files before it begins");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Rust's own handler puts the system's back at the first one, and dies of the second.
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        assert!(std::time::Instant::now() < until, "it dies of it");
        let segv = ["-SEGV", &child.id().to_string()].map(str::to_owned);
        Command::new("kill").args(segv).stderr(Stdio::null()).status().expect("kill");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((status.signal(), status.core_dumped()), (Some(11), false));
    let cores = fs::read_dir(wall.folder()).expect("a folder").flatten();
    assert!(cores.map(|it| it.file_name()).all(|name| !name.to_string_lossy().contains("core")));
}

//! The rules on real folders. What is confined is a thread of the test, and those that it starts.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use clap::Parser;
use tempfile::TempDir;

use super::paths::{Use, real};
use super::{Granted, Lacking, Needs, SandboxReport, Whose, confine};
use crate::cli::Cli;
use camwall_config::Wall;

/// A folder `site` for the wall, one for `logins`, and one, `other`, that no wall needs.
fn folders() -> (TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().canonicalize().unwrap();
    for folder in ["site", "logins", "disks", "other"] {
        fs::create_dir(root.join(folder)).unwrap();
        fs::write(root.join(folder).join("file"), folder).unwrap();
    }
    (temp, root)
}

/// What the wall in `root/site` needs whose file has these cameras and this rest.
fn needs(root: &Path, cameras: &str, rest: &str) -> Needs {
    let text =
        format!("(cameras: {{ {cameras} }}, {rest})").replace("ROOT", root.to_str().unwrap());
    let loaded = Wall::parse(&text, "wall.ron").unwrap_or_else(|errors| panic!("{errors}"));
    let cli = Cli::try_parse_from(["camwall", "--status", "-"]).unwrap();
    Needs::of_run(&cli.run, &loaded.wall, &root.join("site"))
}

const GATE: &str = r#""gate": (main: "rtsp://10.0.0.1/x", login: File("../logins/gate"))"#;

/// What becomes of this in a thread that is confined, and in one that that starts.
fn confined<T: Send>(needs: &Needs, work: impl Fn() -> T + Sync) -> (SandboxReport, [T; 2]) {
    thread::scope(|scope| {
        let all = scope.spawn(|| {
            let report = confine(needs);
            let here = work();
            let below = thread::scope(|scope| scope.spawn(&work).join().unwrap());
            (report, [here, below])
        });
        all.join().unwrap()
    })
}

/// Asserts that this kernel can do what the tests are about.
fn assert_whole(report: &SandboxReport) {
    assert!(report.is_whole(), "these tests need Landlock and seccomp: {report}");
}

fn denied<T>(result: std::io::Result<T>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

#[test]
fn what_the_wall_names_is_reached_and_nothing_else() {
    let (_temp, root) = folders();
    let rest = r#"recording: (dir: "ROOT/disks/video")"#;
    let needs = needs(&root, GATE, rest);
    let (report, results) = confined(&needs, || {
        let at = |path: &str| root.join(path);
        assert_eq!(fs::read_to_string(at("site/file")).unwrap(), "site");
        assert_eq!(fs::read_to_string(at("logins/file")).unwrap(), "logins");
        fs::create_dir_all(at("disks/video/gate")).unwrap();
        fs::write(at("disks/video/gate/1.part"), "x").unwrap();
        fs::rename(at("disks/video/gate/1.part"), at("disks/video/gate/1")).unwrap();
        fs::write(at("disks/video/gate/1"), "shorter").unwrap();
        fs::rename(at("disks/video/gate/1"), at("disks/video/1")).unwrap();
        fs::remove_dir_all(at("disks/video")).unwrap();
        [
            denied(fs::read(at("other/file"))),
            denied(fs::read_dir(at("other"))),
            denied(fs::write(at("other/new"), "x")),
            denied(fs::remove_file(at("other/file"))),
            denied(fs::write(at("site/new"), "x")),
            denied(fs::write(at("logins/file"), "x")),
            denied(fs::read_dir("/")),
        ]
    });
    assert_whole(&report);
    assert_eq!(results, [[true; 7]; 2]);
    assert_eq!(report.remarks(), []);
}

#[test]
fn what_is_replaced_by_another_of_its_name_is_read() {
    let (_temp, root) = folders();
    fs::write(root.join("logins/gate"), "old").unwrap();
    let needs = needs(&root, GATE, "");
    let (report, results) = confined(&needs, || {
        // Another program does that: a thread that is not confined.
        let login = root.join("logins/gate");
        assert!(denied(fs::rename(root.join("logins/file"), &login)));
        fs::read_to_string(login).unwrap()
    });
    assert_whole(&report);
    assert_eq!(results, ["old", "old"]);
    let (go, gone) = std::sync::mpsc::sync_channel::<()>(0);
    let gone = std::sync::Mutex::new(gone);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            confine(&needs);
            gone.lock().unwrap().recv().unwrap();
            fs::read_to_string(root.join("logins/gate")).unwrap()
        });
        fs::write(root.join("logins/gate.new"), "new").unwrap();
        fs::rename(root.join("logins/gate.new"), root.join("logins/gate")).unwrap();
        go.send(()).unwrap();
        assert_eq!(reader.join().unwrap(), "new");
    });
}

#[test]
fn no_program_is_started() {
    let (_temp, root) = folders();
    let run = || Command::new("/bin/true").status();
    assert!(run().unwrap().success());
    let (report, results) = confined(&needs(&root, GATE, ""), || denied(run()));
    assert_whole(&report);
    assert_eq!(results, [true; 2]);
}

#[test]
fn what_the_system_needs_is_read() {
    let (_temp, root) = folders();
    let (report, results) = confined(&needs(&root, GATE, ""), || {
        for file in ["/proc/self/status", "/proc/self/stat", "/proc/stat", "/etc/nsswitch.conf"] {
            fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        }
        fs::read_dir("/usr/lib").unwrap();
        fs::write("/dev/null", "x").unwrap();
        std::net::ToSocketAddrs::to_socket_addrs("localhost:1").unwrap().count()
    });
    assert_whole(&report);
    assert!(results.iter().all(|addresses| *addresses > 0));
}

/// The uses of the paths below `root`, in order, as one text.
fn listed(needs: &Needs, root: &Path) -> String {
    let below = needs.rules().filter_map(|(path, what)| {
        let path = real(path);
        path.strip_prefix(root).ok().map(|path| format!("{what:?} {}", path.display()))
    });
    let mut all: Vec<String> = below.collect();
    all.sort();
    all.dedup();
    all.join(", ")
}

#[test]
fn folders_are_named_and_not_what_lies_in_them() {
    let (_temp, root) = folders();
    let files = r#""a": (main: "../other/clip.mp4", sub: "file:///ROOT/disks/clip.mp4")"#;
    let video = r#"recording: (dir: "ROOT/disks/video")"#;
    for (cameras, rest, expected) in [
        (GATE, "", "Read logins, Read site, Write site"),
        (GATE, video, "Read logins, Read site, Write disks"),
        (files, video, "Read disks, Read other, Read site, Write disks"),
        // Not there yet: the nearest folder above that is.
        (GATE, r#"recording: (dir: "ROOT/disks/a/b/c")"#, "Read logins, Read site, Write disks"),
    ] {
        let needs = needs(&root, cameras, rest);
        assert_eq!(listed(&needs, &root), expected, "{cameras} {rest}");
        assert_eq!(needs.remarks(), []);
    }
}

#[test]
fn the_command_line_is_heeded() {
    let (_temp, root) = folders();
    let loaded = Wall::parse(r#"(cameras: {"a": (main: "rtsp://h/x")})"#, "wall.ron").unwrap();
    let (status, picture) = (root.join("other/status"), root.join("disks/wall.png"));
    let args = ["camwall", "--status", status.to_str().unwrap(), "--snapshot"];
    let args = args.into_iter().chain([picture.to_str().unwrap()]);
    let cli = Cli::try_parse_from(args).unwrap();
    let needs = Needs::of_run(&cli.run, &loaded.wall, &root.join("site"));
    assert_eq!(listed(&needs, &root), "Read site, Write disks, Write other, Write site");
    // A device is not a folder's business.
    let cli = Cli::try_parse_from(["camwall", "--status", "/dev/null"]).unwrap();
    let needs = Needs::of_run(&cli.run, &loaded.wall, &root.join("site"));
    let write = needs.rules().any(|(path, what)| path == Path::new("/dev") && what != Use::Read);
    assert!(!write, "{needs:?}");
}

#[test]
fn what_lies_in_the_root_is_remarked_on() {
    let (_temp, root) = folders();
    let own = needs(&root, GATE, r#"recording: (dir: "/usr")"#);
    assert!(own.remarks()[0].to_string().contains("/usr itself is reached"), "{:?}", own.remarks());
    assert!(own.rules().any(|rule| rule == (Path::new("/usr"), Use::Write)));
    let none = needs(&root, GATE, r#"recording: (dir: "/no-such-folder/video")"#);
    assert!(none.remarks()[0].to_string().contains("out of reach"), "{:?}", none.remarks());
    let all = own.rules().chain(none.rules()).find(|(path, _)| *path == Path::new("/"));
    assert_eq!(all, None);
}

#[test]
fn a_first_wall_is_written_into_its_folder_and_nowhere_else() {
    let (_temp, root) = folders();
    let needs = Needs::of_new(&root.join("site/wall.ron"), &[root.join("logins/file")]);
    let (report, results) = confined(&needs, || {
        let at = |path: &str| root.join(path);
        assert_eq!(fs::read_to_string(at("logins/file")).unwrap(), "logins");
        fs::create_dir_all(at("site/logins")).unwrap();
        fs::write(at("site/logins/gate"), "x").unwrap();
        fs::write(at("site/wall.ron"), "x").unwrap();
        fs::remove_file(at("site/wall.ron")).unwrap();
        [
            denied(fs::write(at("logins/new"), "x")),
            denied(fs::read(at("other/file"))),
            denied(fs::write(at("other/new"), "x")),
        ]
    });
    assert_whole(&report);
    assert_eq!(results, [[true; 3]; 2]);
}

#[test]
fn what_is_only_printed_needs_no_file() {
    let (_temp, root) = folders();
    let (report, results) = confined(&Needs::nothing(), || {
        [
            denied(fs::read(root.join("site/file"))),
            denied(fs::write(root.join("site/new"), "x")),
            denied(fs::read("/etc/passwd")),
        ]
    });
    assert_whole(&report);
    assert_eq!(results, [[true; 3]; 2]);
}

/// Whose paths are out of reach.
fn lacking(granted: &Granted, needs: &Needs) -> Vec<String> {
    granted.covers(needs).into_iter().map(|lacking| lacking.whose.to_string()).collect()
}

#[test]
fn what_was_granted_covers_what_the_kernel_lets_through_and_nothing_else() {
    let (_temp, root) = folders();
    fs::create_dir(root.join("logins/deep")).unwrap();
    std::os::unix::fs::symlink(root.join("other"), root.join("logins/link")).unwrap();
    let camera = |rest: &str| format!(r#""gate": (main: "rtsp://10.0.0.1/x", {rest})"#);
    // What a wall file asks for later, and whether it is covered.
    let later = [
        (camera(r#"login: File("../logins/file")"#), "logins/file", true),
        (camera(r#"login: File("../logins/deep/../file")"#), "logins/file", true),
        (camera(r#"login: File("file")"#), "site/file", true),
        (camera(r#"login: File("../other/file")"#), "other/file", false),
        (camera(r#"login: File("../logins/link/file")"#), "other/file", false),
        (camera(r#"login: File("../disks/file")"#), "disks/file", true),
        (camera(r#"trust: Ca("../other/file")"#).replace("rtsp:", "rtsps:"), "other/file", false),
        (r#""gate": (main: "../other/file")"#.to_owned(), "other/file", false),
    ];
    let rest = r#"recording: (dir: "ROOT/disks/video")"#;
    let own = needs(&root, GATE, rest);
    let (report, read) =
        confined(&own, || later.each_ref().map(|(_, path, _)| fs::read(root.join(path)).is_ok()));
    assert_whole(&report);
    for granted in [report.granted(), &Granted::to(&own)] {
        assert_eq!(lacking(granted, &own), [""; 0], "the wall that it was made for");
        for ((cameras, _, covered), read) in later.iter().zip(read[0]) {
            let lacks = lacking(granted, &needs(&root, cameras, rest));
            assert_eq!((lacks.is_empty(), read), (*covered, *covered), "{cameras}: {lacks:?}");
        }
    }
    let elsewhere = needs(&root, &later[3].0, rest);
    let lacks = report.granted().covers(&elsewhere);
    let path = root.join("site/../other/file");
    let whose = Whose::Login("gate".to_owned());
    assert_eq!(lacks, [Lacking { camera: Some("gate".into()), whose, path }]);
    assert_eq!(Granted::default().covers(&elsewhere), [], "without a sandbox");
}

#[test]
fn a_folder_that_is_made_anew_is_another() {
    let (_temp, root) = folders();
    let own = needs(&root, GATE, "");
    fs::write(root.join("logins/gate"), "old").unwrap();
    let (go, gone) = std::sync::mpsc::sync_channel::<()>(0);
    let gone = std::sync::Mutex::new(gone);
    let (report, denied) = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let report = confine(&own);
            gone.lock().unwrap().recv().unwrap();
            (report, denied(fs::read_to_string(root.join("logins/gate"))))
        });
        // It may get the number of the one that is gone.
        std::thread::sleep(std::time::Duration::from_millis(50));
        fs::remove_dir_all(root.join("logins")).unwrap();
        fs::create_dir(root.join("logins")).unwrap();
        fs::write(root.join("logins/gate"), "new").unwrap();
        go.send(()).unwrap();
        reader.join().unwrap()
    });
    assert_whole(&report);
    assert!(denied, "the kernel knows the old folder");
    assert_eq!(lacking(report.granted(), &own), ["camera gate: the login"]);
}

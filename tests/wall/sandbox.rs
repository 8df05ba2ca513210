//! What a wall may do that somebody else has taken over: a probe tries it in each of its threads.

use testkit::{
    Camsim, Camwall, Disk, Ended, Preloaded, Probe, Run, SOON, Tried, WallFile, half_turn, rtsp,
};

/// A wall with cameras by retina and by FFmpeg, a file, a login, a recording, and `rest`.
fn wall(server: &Camsim, rest: &str) -> WallFile {
    let url = |path: &str| rtsp(&server.url(path));
    let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clips/cam4-1080.h264");
    let wall = WallFile::new(
        &[
            ("retina", format!("{}, record: Always", url("cam1/sub"))),
            ("ffmpeg", format!("{}, via: Ffmpeg", url("cam2/sub"))),
            ("login", format!(r#"{}, login: File("login")"#, url("cam3/sub"))),
            ("file", format!("main: {clip:?}")),
        ],
        &format!("recording: (keep: (free: \"20MB\")), {rest}"),
    );
    std::fs::write(wall.file("login"), "operator:secret\n").expect("written");
    wall
}

fn started(run: Run) -> Camwall {
    let mut camwall = run.start();
    camwall.wait_for("all live, one recorded", SOON, |line| {
        line.all_live() && line.camera("retina").recording
    });
    camwall
}

/// What each thread could do, and how the wall ended.
fn tried(rest: &str) -> (Vec<Tried>, Ended) {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "3"]);
    let wall = wall(&server, rest);
    let probe = Probe::build();
    let camwall = started(probe.given_to(Run::offscreen(&wall), &wall.path()));
    // As editors do.
    std::fs::copy(wall.path(), wall.file("new")).expect("copied");
    std::fs::rename(wall.file("new"), wall.path()).expect("renamed");
    let answers = probe.ask(&camwall);
    for thread in
        ["camwall", "log", "watchdog", "signals", "reload", "io", "status", "retina.record"]
    {
        assert!(answers.iter().any(|it| it.thread == thread), "no {thread}: {answers:#?}");
    }
    let ended = camwall.terminate();
    // The driver's own threads count too; a GPU's have no name of theirs.
    let drivers = ended.stderr.contains("llvmpipe").then_some("llvmpipe");
    for kind in [".decode", ".demux"].into_iter().chain(drivers) {
        assert!(answers.iter().any(|it| it.thread.contains(kind)), "no {kind}: {answers:#?}");
    }
    (answers, ended)
}

#[test]
fn no_thread_reaches_what_the_wall_does_not_need() {
    let (answers, ended) = tried("");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let refused = "ptrace,process_vm_readv,process_vm_writev,mount,umount2,move_mount,open_tree,\
                   fsopen,pivot_root,unshare,setns,io_uring_setup,bpf,keyctl,add_key,request_key,\
                   perf_event_open,userfaultfd,init_module,kexec_load";
    for it in &answers {
        let denied = (libc::EACCES, libc::EACCES, libc::EPERM);
        assert_eq!((it.read, it.create, it.exec), denied, "{it:?}");
        assert_eq!(it.wanted, 0, "the wall file, which was replaced: {it:?}");
        assert_eq!(it.refused.join(","), refused, "{it:?}");
    }
    let said = ended.stderr.lines().filter(|line| line.contains("sandbox:"));
    let said: Vec<&str> = said.collect();
    assert_eq!(said.len(), 1, "once: {said:#?}");
    assert!(said[0].contains("Landlock") && said[0].contains("seccomp"), "{said:#?}");
}

#[test]
fn without_the_sandbox_every_thread_does() {
    let (answers, ended) = tried("sandbox: Off");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for it in &answers {
        assert_eq!((it.read, it.create, it.exec, it.wanted), (0, 0, 0, 0), "{it:?}");
    }
    assert!(ended.stderr.contains("sandbox: off, as the wall file says"), "{}", ended.stderr);
}

#[test]
fn a_login_that_is_replaced_is_read() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "1", "--login", "operator:right"]);
    let folder = tempfile::tempdir().expect("a folder");
    let login = folder.path().join("login");
    let fields = format!("{}, login: File({login:?})", rtsp(&server.url("cam1/sub")));
    let wall = WallFile::new(&[("gate", fields)], "");
    std::fs::write(&login, "operator:wrong\n").expect("written");
    let mut camwall = Run::offscreen(&wall).start();
    camwall.wait_for("refused", SOON, |line| line.is("gate", "auth_failed"));
    std::fs::write(folder.path().join("new"), "operator:right\n").expect("written");
    std::fs::rename(folder.path().join("new"), &login).expect("renamed");
    camwall.wait_for("let in", SOON, |line| line.camera("gate").is_live());
    assert_eq!(camwall.terminate().code, Some(0));
}

#[test]
fn a_disk_that_is_mounted_late_is_recorded_to() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "1"]);
    let disks = tempfile::tempdir().expect("a folder");
    let at = disks.path().join("video");
    let fields = format!("{}, record: Always", rtsp(&server.url("cam1/sub")));
    let rest = format!(r#"recording: (dir: {at:?}, segment: "2s", keep: (free: "5MB"))"#);
    let wall = WallFile::new(&[("gate", fields)], &rest);
    let disk = Disk::later(&at);
    let mut camwall = disk.give_to(Run::offscreen(&wall)).start();
    camwall.wait_for("recorded", SOON, |line| line.camera("gate").recording);
    disk.mount_now("60M");
    let seen = disk.seen_from_outside();
    camwall.wait_that("files on the disk", SOON, || seen.join("gate").exists());
    camwall.wait_for("recorded again", SOON, |line| line.camera("gate").recording);
    assert_eq!(camwall.terminate().code, Some(0));
    let archive = testkit::archive::Archive::on(&disk);
    assert!(!archive.camera("gate").segments.is_empty());
}

#[test]
fn a_gpu_that_is_lost_is_made_anew() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "1"]);
    let wall = WallFile::new(&[("gate", rtsp(&server.url("cam1/sub")))], "");
    let lost = wall.file("lost");
    let library = Preloaded::build("lost_gpu.c");
    let run = Run::offscreen(&wall).env("LD_PRELOAD", library.library()).env("CAMWALL_LOST", &lost);
    let shown = |line: &testkit::StatusLine| line.camera("gate").fps_shown > 5.0;
    let mut camwall = run.start();
    camwall.wait_for("shown", SOON, shown);
    std::fs::write(&lost, "").expect("written");
    camwall.wait_that("the GPU is lost", SOON, || !lost.exists());
    camwall.wait_for("shown again", SOON, shown);
    camwall.wait_for("and still shown", SOON, shown);
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("DeviceLost"), "{}", ended.stderr);
}

//! What `camwall check` says, in English.

use crate::{Check, Folder, LoginFault, Probe};

pub const CHECK: Check = Check {
    no_mistakes: |file, has| format!("{file}: {has}, no mistakes"),
    has: |cameras, layouts, tours, walls| {
        let cameras = if cameras == 1 { "1 camera".into() } else { format!("{cameras} cameras") };
        let layouts = if layouts == 1 { "1 layout".into() } else { format!("{layouts} layouts") };
        let tours = match tours {
            0 => String::new(),
            1 => ", 1 tour".into(),
            _ => format!(", {tours} tours"),
        };
        let walls = if walls > 1 { format!(", {walls} walls") } else { String::new() };
        format!("{cameras}, {layouts}{tours}{walls}")
    },
    warning: |what| format!("{what} (warning)"),
    login: |camera, why| format!("camera {camera}: login: {why}"),
    trust: |camera, why| format!("camera {camera}: trust: {why}"),
    no_text: |why| format!("no text on the wall, the built-in font: {why}"),
    lacks: |camera, what| format!("camera `{camera}`: {what}"),
    layout_lacks: |layout, what| format!("layout `{layout}`: {what}"),
    tour_lacks: |tour, what| format!("tour `{tour}`: {what}"),
    wall_lacks: |wall, what| format!("wall `{wall}`: {what}"),
    no_font: |characters, more, packages| {
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("no installed font has {characters}{more}; `apt install {packages}`")
    },
    no_own_font: |packages| {
        format!(
            "no installed font has the letters of this language, so the wall speaks English; `apt install {packages}`"
        )
    },
    recordings: |folder, found| format!("recordings: {folder}: {found}"),
    no_recordings: |why| format!("no recordings: {why}"),
    sandbox_off: "sandbox: off, as the wall file says",
    sandbox: |files, calls| format!("sandbox: {files}, {calls}"),
    files_by_landlock: |version| format!("files by Landlock {version}"),
    all_files: |why| format!("all files, for Landlock is not there ({why})"),
    calls_by_seccomp: "system calls by seccomp",
    all_calls: |why| format!("all system calls, for seccomp is not there ({why})"),
    not_offered: "this kernel does not offer it",
    refused: "the kernel refused it",
    device_not_there: |device| {
        format!(
            "sandbox: {device} is not there, and root's program reaches only devices that are there \
             when it starts"
        )
    },
    reached_itself: |whose, path| {
        format!(
            "sandbox: {whose}: {path} lies in `/`, which would be everything, so only {path} itself is \
             reached: what is mounted or put there later needs a new start"
        )
    },
    out_of_reach: |whose, path| {
        format!(
            "sandbox: {whose}: nothing of {path} is there but `/`, which would be everything, so it is \
             out of reach: make it, or the folder above it, and start again"
        )
    },
    of_wall_file: "the wall file",
    of_recordings: "the recordings",
    of_authorities: |camera| format!("camera {camera}: its authorities"),
    of_login: |camera| format!("camera {camera}: the login"),
    of_camera: |camera| format!("camera {camera}"),
    of_some_camera: "a camera",
};

pub const FOLDER: Folder = Folder {
    not_a_folder: |path| {
        format!("can't use {path}: it is no folder; name another one, or move what is there")
    },
    dead_link: |path| {
        format!("can't use {path}: it is a link that leads nowhere; is the disk mounted?")
    },
    denied: |tried, path| {
        format!(
            "can't {tried} {path}: no permission; give the user who runs camwall the right to write there, \
             or name another folder"
        )
    },
    read_only: |tried, path| {
        format!(
            "can't {tried} {path}: the file system is read-only; mount it for writing, or name another folder"
        )
    },
    full: |tried, path| {
        format!("can't {tried} {path}: the disk is full; make room, or name another folder")
    },
    unusable: |tried, path, why| format!("can't {tried} {path}: {why}; name another folder"),
    marked_disk: "there, marked, a disk of its own",
    marked: "there, marked, on the system's disk and not on one of its own",
    unmarked_disk: "there, a disk of its own, marked by the first start",
    neither: "there, but not marked, and nothing is mounted on it",
    absent: |path| {
        format!("{path} is not there, and is not made where it must exist; mount its disk")
    },
    hidden: |path, why| format!("{path} must exist, and can't be looked at: {why}; mount its disk"),
    unmarked: |path, marker| {
        format!(
            "{path} has no {marker}, and nothing is mounted on it; mount its disk; where that is \
             mounted, start once without `must_exist` to have it marked"
        )
    },
};

pub const LOGIN: LoginFault = LoginFault {
    no_variable: |name| {
        format!("environment variable `{name}` is not set; it must hold `user:password`")
    },
    variable_not_text: |name| format!("environment variable `{name}` is not UTF-8 text"),
    no_credentials: |name| {
        format!(
            "`CREDENTIALS_DIRECTORY` is not set, where credential `{name}` would be; systemd sets it \
             for `LoadCredential={name}:…`"
        )
    },
    unreadable: |path, why| format!("cannot read {path}: {why}"),
    variable_without_login: |name| {
        format!("environment variable `{name}` does not hold `user:password`")
    },
    file_without_login: |path| format!("the first line of {path} does not hold `user:password`"),
    not_given: "the camera wants a login, and none was given; `--login` says where one is",
    others_read: |path, mode| format!("others can read {path} (mode {mode}): `chmod 600` it"),
    not_a_file: "not a regular file",
    long_line: "the first line is too long",
    not_text: "not UTF-8 text",
};

pub const PROBE: Probe = Probe {
    camera: "camera",
    stream: "stream",
    codec: "codec",
    size: "size",
    fps: "fps",
    gop: "GOP s",
    audio: "audio",
    login: "login",
    first: "first ms",
    over: "over",
    by: "by",
    refused: "refused",
    accepted: "accepted",
    no_login: "none",
    no_audio: "none",
    trusted: "trusted by this computer",
    self_issued: "issued by itself",
    certificate: |subject, until, trusted| format!("of {subject}, until {until}, {trusted}"),
    warned: |certificate, ending| format!("{certificate}, {ending} (warning)"),
    runs_out: |days| match days {
        0 => "runs out today".to_owned(),
        1 => "runs out tomorrow".to_owned(),
        days => format!("runs out in {days} days"),
    },
    has_run_out: "has run out",
    no_authorities: |path, why| format!("no authorities: {path}: {why}"),
    large_authorities: "larger than 1 MiB",
    empty_authorities: "no certificate in PEM form in it",
    not_pem: "it is no PEM file",
};

//! What a tile says, in English.

use crate::{States, Tile, Warned};

pub const STATES: States = States {
    live: "LIVE",
    connecting: "CONNECTING",
    late: "LATE",
    no_new_picture: "NO NEW PICTURE",
    cant_decode: "CAN'T DECODE",
    busy: "BUSY",
    no_login: "NO LOGIN",
    not_trusted: "NOT TRUSTED",
    offline: "OFFLINE",
    login_refused: "LOGIN REFUSED",
    ended: "ENDED",
};

pub const WARNED: Warned = Warned {
    frozen: "FROZEN",
    dark: "DARK",
    damaged: "DAMAGED",
    clock: "CLOCK",
    keep: "KEEP NOT MET",
    reduced: "REDUCED",
    unverified: "ENCRYPTED, NOT VERIFIED",
    since: |word, time| format!("{word} since {time}"),
};

pub const TILE: Tile = Tile {
    rec: "REC",
    kept: "KEPT",
    not_recording: "NOT RECORDING",
    late_by: |word, seconds| format!("{word} {seconds} s"),
    picture_old: |seconds| format!("{seconds} s old"),
    since: |time| format!("since {time}"),
    last_picture: |time, seconds| format!("last picture {time}, {seconds} s ago"),
    trying_now: "trying again now",
    trying_in: |seconds| format!("trying again in {seconds} s"),
    main_stream: "main",
    sub_stream: "sub",
    delay_and_age: |milliseconds, age| format!("delay {milliseconds} ms  age {age}"),
    camera_number: |digits| format!("Camera {digits}_"),
};

//! What the wall is to say of each row of the scripted server, typed by hand: `crates/camsim`'s
//! tables say what the row does, and nothing here is read from the program.

use super::judge::{Begins, Expected};

/// How long the wall runs, in seconds.
pub const LENGTH: u32 = 60;

/// After so many seconds these rows, which are broken for good, are made good.
pub const HEALED: (f64, &[&str]) = (
    20.0,
    &[
        "syn",
        "silent",
        "silent-describe",
        "garbage",
        "gone",
        "moved",
        "broken-sdp",
        "rtcp-only",
        "audio-only",
    ],
);

/// From then on the next try brings a picture: it comes after the pause of an unreachable camera, of
/// which the fourth is 10 s and the fifth 30, a fifth more or less.
const fn again() -> Begins {
    begins("live", "good", 0.0, 38.0)
}

const fn begins(word: &'static str, phase: &'static str, from: f64, to: f64) -> Begins {
    Begins { word, phase, from, to }
}

const fn row(row: &'static str, words: &'static [Begins]) -> Expected {
    Expected { row, words, also: &[] }
}

/// A row in which these words come and go as well.
const fn flickers(
    row: &'static str,
    words: &'static [Begins],
    also: &'static [&'static str],
) -> Expected {
    Expected { row, words, also }
}

/// From its first second on, and nothing else.
const LIVE: &[Begins] = &[begins("live", "good", 0.0, 2.0)];

/// Rows in the order of the server's tables.
pub const TABLE: &[Expected] = &[
    row("good", LIVE),
    row("good-2", LIVE),
    row("good-3", LIVE),
    row(
        "late",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("stale", "held", 2.0, 2.0),
            begins("late", "backlog", 0.0, 0.5),
            // Connected anew after 3 s, without the backlog.
            begins("live", "backlog", 3.0, 5.0),
        ],
    ),
    row(
        "late-again",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("stale", "held", 2.0, 2.0),
            begins("late", "backlog", 0.0, 0.5),
            begins("live", "good#2", 0.0, 1.0),
            begins("stale", "held#2", 2.0, 2.0),
            // The next try for this reason comes 30 s after the first.
            begins("late", "backlog#2", 0.0, 0.5),
            begins("live", "good#3", 0.0, 1.0),
            begins("stale", "held#3", 2.0, 2.0),
            begins("late", "backlog#3", 0.0, 0.5),
        ],
    ),
    // Two key frames of 2 s each that fail.
    flickers(
        "scrambled",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("live damaged", "scrambled", 0.0, 0.5),
            begins("undecodable", "scrambled", 2.0, 5.0),
            begins("live", "good#2", 0.0, 2.5),
        ],
        &["live damaged"],
    ),
    flickers(
        "damaged",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("live damaged", "lossy", 0.0, 2.5),
            begins("live", "lossy", 0.0, 17.5),
        ],
        &["live damaged"],
    ),
    // Ten seconds and two key frames of 2 s after the last change.
    row(
        "frozen",
        &[
            begins("live", "moving", 0.0, 2.0),
            begins("live frozen", "frozen", 10.0, 12.5),
            begins("live", "moving#2", 0.0, 0.5),
        ],
    ),
    row(
        "dark",
        &[
            begins("live", "picture", 0.0, 2.0),
            begins("live dark", "dark", 3.0, 3.5),
            begins("live", "picture#2", 1.0, 1.5),
        ],
    ),
    row("night", LIVE),
    row("keepalive", LIVE),
    row("gop30-h265", &[begins("live", "good", 27.5, 29.5)]),
    row("minute", LIVE),
    // The time between its pictures has to be learnt.
    flickers("slow-rate", LIVE, &["stale"]),
    row("jump-forward", LIVE),
    row("jump-back", LIVE),
    row("wrap", LIVE),
    row("busy", &[begins("busy", "busy", 0.0, 0.5), begins("live", "good", 0.0, 12.0)]),
    row("busy-453", &[begins("busy", "busy", 0.0, 0.5), begins("live", "good", 0.0, 12.0)]),
    row("hangs-up", &[begins("busy", "busy", 0.0, 0.5), begins("live", "good", 0.0, 12.0)]),
    row("refused", &[begins("offline", "refused", 0.0, 1.0), begins("live", "good", 0.0, 12.0)]),
    row("syn", &[begins("offline", "no-answer", 5.0, 6.0), again()]),
    row("silent", &[begins("offline", "broken", 5.0, 5.5), again()]),
    row("slow-answers", &[begins("live", "good", 0.0, 4.0)]),
    row("silent-describe", &[begins("offline", "broken", 5.0, 5.5), again()]),
    row("garbage", &[begins("offline", "broken", 0.0, 2.0), again()]),
    row("gone", &[begins("offline", "broken", 0.0, 0.5), again()]),
    row("moved", &[begins("offline", "broken", 0.0, 0.5), again()]),
    row("broken-sdp", &[begins("offline", "broken", 0.0, 2.0), again()]),
    row("session-gone", &[begins("busy", "good", -8.0, 0.0), begins("live", "good", 0.0, 1.0)]),
    row("auth", LIVE),
    row("auth-wrong", &[begins("auth_failed", "wrong", 0.0, 0.5)]),
    row("auth-changed", &[begins("live", "old", 0.0, 2.0)]),
    row("stale-nonce", LIVE),
    // Its second session ends like its first, and the third goes through the relay.
    row(
        "stale-keepalive",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("offline", "good", 23.5, 26.5),
            begins("live", "good", 24.3, 29.5),
        ],
    ),
    row("one-time-nonce", LIVE),
    row(
        "silent-play",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("stale", "silent", 2.0, 2.0),
            begins("offline", "silent", 10.0, 10.3),
            begins("live", "silent", 10.8, 13.0),
        ],
    ),
    // The second try is given twice the time, because the camera is there: it is still on when the
    // pictures come.
    row(
        "rtcp-only",
        &[begins("offline", "rtcp-only", 10.0, 10.3), begins("live", "good", 0.0, 2.0)],
    ),
    row(
        "audio-only",
        &[begins("offline", "audio-only", 10.0, 10.3), begins("live", "good", 0.0, 2.0)],
    ),
    row(
        "half-close",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("offline", "half-close", 0.0, 0.2),
            begins("live", "half-close", 0.8, 3.2),
        ],
    ),
    row(
        "rst",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("offline", "rst", 0.0, 0.2),
            begins("live", "rst", 0.8, 3.2),
        ],
    ),
    row(
        "truncated",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("offline", "truncated", 0.0, 0.2),
            begins("live", "truncated", 0.8, 3.2),
        ],
    ),
    flickers("udp-1", &[begins("live", "lossy", 0.0, 6.0)], &["live damaged"]),
    flickers("udp-5", &[begins("live damaged", "lossy", 0.0, 6.0)], &["live"]),
    flickers("udp-10", &[begins("live damaged", "lossy", 0.0, 6.0)], &["live"]),
    // What it films in a second takes two to arrive.
    flickers(
        "thin",
        &[begins("live", "good", 0.0, 4.0), begins("late", "good", 3.0, 9.0)],
        &["live", "stale"],
    ),
    row("flood", LIVE),
    row("drip", LIVE),
    row("no-parameters", LIVE),
    row("no-sps", &[begins("undecodable", "good", 2.0, 5.0)]),
    flickers("intra-refresh", &[begins("live", "good", 0.0, 5.0)], &["live damaged"]),
    flickers("several-pps", &[begins("live", "good", 0.0, 3.0)], &[]),
    row("interlaced", LIVE),
    row("grey10", LIVE),
    row("no-sar", LIVE),
    row("sps-key", LIVE),
    flickers("sps-nonkey", LIVE, &["live damaged"]),
];

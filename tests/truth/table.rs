//! What the wall is to say of each row of the scripted server, typed by hand: `crates/camsim`'s
//! tables say what the row does, and nothing here is read from the program.
//!
//! Tries in vain come at 0, 1, 3, 8 and 18 s, a fifth of each pause more or less; where each takes
//! five seconds, at 0, 6, 13 and 23 s.

use super::expected::{ANEW, Begins, Expected, FFMPEG, TCP, UDP, begins, row};

/// How long the wall runs, in seconds: a refused login is tried again after 72 s at the latest.
pub const LENGTH: u32 = 75;

/// After so many seconds these rows, which are broken for good, are made good.
pub const HEALED: [(f64, &[&str]); 3] = [
    (12.0, &["garbage", "gone", "moved", "broken-sdp", "auth-wrong"]),
    (
        20.0,
        &[
            "syn",
            "silent",
            "silent-describe",
            "silent-setup",
            "silent-play-answer",
            "rtcp-only",
            "audio-only",
        ],
    ),
    (65.0, &["udp-1", "udp-5", "udp-10"]),
];

/// From its first second on, and nothing else.
const LIVE: &[Begins] = &[begins("live", "good", 0.0, 2.0)];

/// Busy for 12 s: the fourth pause is 10 s at the most, so that the fifth try comes between 14.4 and
/// 19.6 s.
const BUSY: &[Begins] = &[begins("busy", "busy", 0.0, 0.5), begins("live", "good", 2.4, 8.0)];

/// Fails at once until it is made good at 12 s: the fourth pause is 10 s, so that the fifth try comes
/// between 14.4 and 21.6 s.
const BROKEN: &[Begins] =
    &[begins("offline", "broken", 0.0, 0.5), begins("live", "good", 1.0, 10.0)];

/// The same where retina does not understand and FFmpeg is tried at once.
const MISUNDERSTOOD: &[Begins] =
    &[begins("offline", "broken", 0.0, 2.0), begins("live", "good", 1.0, 10.0)];

/// Lets wait for 5 s until it is made good at 20 s, between the third try and the fourth, which comes
/// between 21.4 and 24.6 s.
const SILENT: &[Begins] =
    &[begins("offline", "broken", 5.0, 5.5), begins("live", "good", 0.4, 7.0)];

/// 20 s of noise from the sixth second on: two key frames of 2 s each fail, the decoder is opened
/// anew; 5 s later the connection, then 5 s later by the other client. The second key frame comes when
/// the last picture is 2 s old, which may be said first.
const SCRAMBLED: &[Begins] = &[
    begins("live", "good", 0.0, 2.0),
    begins("live damaged", "scrambled", 0.0, 0.5),
    begins("undecodable", "scrambled", 2.0, 5.0),
    begins("live", "good#2", 0.0, 2.5),
];

const fn busy(name: &'static str) -> Expected {
    row(name, BUSY).reconnects(4, 4)
}

const fn broken(name: &'static str) -> Expected {
    row(name, BROKEN).reconnects(4, 4)
}

const fn misunderstood(name: &'static str) -> Expected {
    row(name, MISUNDERSTOOD).reconnects(5, 5).by(&[FFMPEG])
}

const fn silent(name: &'static str) -> Expected {
    row(name, SILENT).connecting(5.5).reconnects(3, 3)
}

/// Cut off after 5 s, and back after a second.
const fn cut_off(name: &'static str, words: &'static [Begins]) -> Expected {
    row(name, words).reconnects(1, 1).by(&[TCP, TCP])
}

const fn scrambled(name: &'static str) -> Expected {
    row(name, SCRAMBLED)
        .also(&[("live damaged", 4.5), ("stale", 0.5)])
        .ends(begins("live", "good#2", 0.0, 2.5))
        .reconnects(2, 2)
        .by(&[TCP, ANEW, TCP, FFMPEG])
}

/// Refuses TCP at once. It may be live by chance when it is made good.
const fn udp(name: &'static str, words: &'static [Begins]) -> Expected {
    let good = begins("live", "good", -65.0, 2.5);
    row(name, words).connecting(6.0).reconnects(1, 1).by(&[UDP]).ends(good)
}

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
    )
    .reconnects(1, 1)
    .by(&[TCP, TCP])
    .late_by(5_500, 7_000),
    row(
        "late-again",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("stale", "held", 2.0, 2.0),
            begins("late", "backlog", 0.0, 0.5),
            begins("live", "good#2", 0.0, 1.0),
            begins("stale", "held#2", 2.0, 2.0),
            // The next try for this reason comes 30 s after the first, the one after it not before
            // two minutes more.
            begins("late", "backlog#2", 0.0, 0.5),
            begins("live", "good#3", 0.0, 1.0),
            begins("stale", "held#3", 2.0, 2.0),
            begins("late", "backlog#3", 0.0, 0.5),
        ],
    )
    .reconnects(2, 2)
    .by(&[TCP, TCP, TCP])
    .late_by(5_500, 7_000),
    scrambled("scrambled"),
    scrambled("scrambled-slices"),
    row(
        "damaged",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("live damaged", "lossy", 0.0, 2.5),
            begins("live", "lossy", 0.0, 17.5),
        ],
    )
    .also(&[("live damaged", 17.5)])
    .ends(begins("live", "good#2", 0.0, 2.5)),
    // Ten seconds and two key frames of 2 s after the last change. Since when it is frozen no status
    // line tells, only from when on it is said.
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
    // The first key frame comes after 28.5 s.
    row("gop30-h265", &[begins("live", "good", 27.5, 29.5)]).connecting(29.5),
    row("minute", LIVE),
    // The time between its pictures has to be learnt: two gaps of 5 s.
    row("slow-rate", LIVE).also(&[("stale", 3.5)]).ends(begins("live", "good", 0.0, 10.5)),
    row("jump-forward", LIVE),
    row("jump-back", LIVE),
    row("wrap", LIVE),
    // It says itself when it may be asked again: every 2 s, the last time as it is made good.
    row("busy", &[begins("busy", "busy", 0.0, 0.5), begins("live", "good", 0.0, 2.5)])
        .reconnects(6, 7)
        .pauses(&[2.0]),
    busy("busy-453"),
    busy("hangs-up"),
    // The wall starts within two of the eight seconds in which nobody listens: the fourth try may
    // come before their end.
    row("refused", &[begins("offline", "refused", 0.0, 2.0), begins("live", "good", 0.0, 12.0)])
        .reconnects(3, 4),
    row("syn", &[begins("offline", "no-answer", 5.0, 7.5), begins("live", "good", 0.4, 7.0)])
        .connecting(5.5)
        .reconnects(3, 3),
    silent("silent"),
    // Three answers.
    row("slow-answers", &[begins("live", "good", 0.0, 4.0)]).connecting(8.0),
    silent("silent-describe"),
    silent("silent-setup"),
    silent("silent-play-answer"),
    misunderstood("garbage"),
    broken("gone"),
    broken("moved"),
    misunderstood("broken-sdp"),
    // Twice, and pauses of one and two seconds between them.
    row("session-gone", &[begins("busy", "good", -4.5, -2.0), begins("live", "good", 0.0, 1.0)])
        .reconnects(2, 2),
    row("auth", LIVE),
    // A refused login is left alone for 60 s, a fifth more or less; it is good from the twelfth on.
    row(
        "auth-wrong",
        &[begins("auth_failed", "wrong", 0.0, 0.5), begins("live", "good", 35.0, 62.0)],
    )
    .reconnects(1, 1)
    .pauses(&[60.0]),
    row("auth-changed", &[begins("live", "old", 0.0, 2.0)]),
    row("stale-nonce", LIVE),
    row("stale-keepalive", LIVE),
    row("one-time-nonce", LIVE),
    cut_off(
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
    cut_off(
        "rtcp-only",
        &[begins("offline", "rtcp-only", 10.0, 10.3), begins("live", "good", 0.0, 2.0)],
    )
    .connecting(10.5),
    cut_off(
        "audio-only",
        &[begins("offline", "audio-only", 10.0, 10.3), begins("live", "good", 0.0, 2.0)],
    )
    .connecting(10.5),
    cut_off(
        "half-close",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("offline", "half-close", 0.0, 0.2),
            begins("live", "half-close", 0.8, 3.2),
        ],
    ),
    cut_off(
        "rst",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("offline", "rst", 0.0, 0.2),
            begins("live", "rst", 0.8, 3.2),
        ],
    ),
    cut_off(
        "truncated",
        &[
            begins("live", "good", 0.0, 2.0),
            begins("offline", "truncated", 0.0, 0.2),
            begins("live", "truncated", 0.8, 3.2),
        ],
    ),
    // Of about ten packets of a key frame all have to come. Made good ten seconds before the end.
    udp("udp-1", &[begins("live", "lossy", 0.0, 6.0)]).also(&[("live damaged", 10.0)]),
    udp("udp-5", &[begins("live damaged", "lossy", 0.0, 6.0)]).also(&[("live", 11.0)]),
    udp("udp-10", &[begins("live damaged", "lossy", 0.0, 6.0)]).also(&[("live", 11.0)]),
    // What it films in a second takes two to arrive: more than 2 s late after 4 s, connected anew 3 s
    // later and again 30 s later.
    row("thin", &[begins("live", "good", 0.0, 4.0), begins("late", "good", 3.0, 9.0)])
        .also(&[("live", 9.0), ("stale", 4.0)])
        .ends(begins("late", "good", 38.0, 50.0))
        .connecting(4.0)
        .reconnects(2, 2)
        .by(&[TCP, TCP, TCP]),
    row("flood", LIVE),
    row("drip", LIVE),
    row("no-parameters", LIVE),
    // As `scrambled`, and for good: the connection is made anew once more 30 s later, by the first
    // client.
    row("no-sps", &[begins("undecodable", "good", 2.0, 5.0)])
        .connecting(5.0)
        .reconnects(3, 3)
        .by(&[TCP, ANEW, TCP, FFMPEG, TCP]),
    // The key frame comes after 19.5 s.
    row("intra-refresh", &[begins("live", "good", 0.0, 5.0)])
        .also(&[("live damaged", 22.0)])
        .ends(begins("live", "good", 0.0, 22.0))
        .connecting(5.0),
    row("several-pps", &[begins("live", "good", 0.0, 3.0)]).connecting(3.0),
    row("interlaced", LIVE),
    row("grey10", LIVE),
    row("no-sar", LIVE),
    row("sps-key", LIVE),
    // The key frame that fits comes 1.5 s after the parameters, each 8 s.
    row("sps-nonkey", LIVE).also(&[("live damaged", 2.0)]),
];

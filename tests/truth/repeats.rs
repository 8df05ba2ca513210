//! Nothing is left behind of a camera, whatever it did: threads and descriptors of this process, in
//! which the feeds run without a wall, are as many after fifty feeds of each row as after five, and
//! after eight feeds of each row that takes its time as before them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_media::{Feed, FeedSpec, FeedState, FeedStatus, Login};
use testkit::{SECOND, Scripted, turn};

use super::table::TABLE;

/// How long five feeds of each row are left alone.
const ROUND: Duration = Duration::from_millis(1400);
/// Rows that let eight at a time wait for 5 s, so that the others of them do not come to it.
const HOLD_UP: [&str; 6] =
    ["syn", "silent", "silent-describe", "silent-setup", "silent-play-answer", "slow-answers"];
/// Rows that take no connection, for a while or for ever.
const DEAF: [&str; 2] = ["refused", "syn"];
/// Feeds of each slow row at once.
const AT_ONCE: usize = 8;
/// What lags behind: descriptors of sockets that are closing, and threads of the C library and of the
/// tests. What is left behind of a row is left behind eight times.
const LAG: usize = 2;

/// How a feed knows that a row's trouble was reached.
type Reached = fn(&FeedStatus) -> bool;

/// Rows whose trouble takes time, and how long they are left alone.
const SLOW: [(Duration, &[(&str, Reached)]); 2] = [
    (
        // The latest trouble is that of `silent-play`, which is given up after 15 s.
        Duration::from_millis(17_500),
        &[
            ("keepalive", live),
            ("stale-nonce", live),
            ("one-time-nonce", live),
            ("silent-play", again),
            ("rtcp-only", again),
            ("late", again),
            ("scrambled", again),
            ("rst", again),
            ("hangs-up", again),
        ],
    ),
    // Each waits for 5 s, and eight of them at once.
    (Duration::from_millis(11_500), &[("silent", down), ("silent-play-answer", down)]),
];

fn live(status: &FeedStatus) -> bool {
    status.state == FeedState::Live && status.reconnects == 0
}

fn again(status: &FeedStatus) -> bool {
    status.reconnects > 0
}

fn down(status: &FeedStatus) -> bool {
    matches!(status.state, FeedState::Down(_))
}

/// Threads and open descriptors of this process.
fn held() -> (usize, usize) {
    let count = |path| std::fs::read_dir(path).expect("procfs").count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

/// Waits until no more is held than before.
fn settle(before: (usize, usize)) {
    let until = Instant::now() + 3 * SECOND;
    loop {
        let (threads, files) = held();
        if threads <= before.0 + LAG && files <= before.1 + LAG {
            return;
        }
        let more = Instant::now() < until;
        assert!(more, "{threads} threads and {files} descriptors, {before:?} before");
        std::thread::sleep(SECOND / 50);
    }
}

fn open(server: &Scripted, row: &str) -> Feed {
    let mut spec = FeedSpec::new(row, server.url(row));
    spec.login = server.login(row).map(|(user, password)| Login::new(user, password).into());
    Feed::open(spec, Arc::new(|| {}))
}

/// Opens feeds of these rows and closes them after so long; `meanwhile` sees them before.
fn round(server: &Scripted, rows: &[&str], lasts: Duration, meanwhile: impl FnOnce(&[Feed])) {
    let feeds: Vec<Feed> = rows.iter().map(|row| open(server, row)).collect();
    std::thread::sleep(lasts);
    meanwhile(&feeds);
    feeds.iter().for_each(Feed::stop);
    for (feed, row) in feeds.into_iter().zip(rows) {
        assert!(feed.close(3 * SECOND), "a feed of {row} does not end");
    }
}

#[test]
fn fifty_feeds_of_every_row_leave_nothing_behind() {
    let _turn = turn();
    let all: Vec<&str> = TABLE.iter().map(|expected| expected.row).collect();
    let server = Scripted::start(&all);
    let holds_up = |row: &&str| HOLD_UP.contains(row);
    let mut quick: Vec<&str> =
        all.iter().filter(|row| !holds_up(row)).flat_map(|row| [*row; 5]).collect();
    // Who comes first connects first, so those that hold the others up have rounds of their own, and
    // each round of the others begins with another.
    let slow = HOLD_UP.repeat(5);
    let mut rounds = |count| {
        for _ in 0..count {
            let part = quick.len() * 3 / 10;
            quick.rotate_left(part);
            round(&server, &quick, ROUND, |_| {});
            round(&server, &slow, ROUND, |_| {});
        }
    };
    rounds(1);
    let after_five = held();
    rounds(9);
    settle(after_five);
    for row in all.into_iter().filter(|row| !DEAF.contains(row)) {
        let connections = server.drain("connect", row).len();
        let least = if holds_up(&row) { 5 } else { 20 };
        assert!(connections >= least, "only {connections} connections of {row}");
    }
}

#[test]
fn what_takes_long_leaves_nothing_behind() {
    let _turn = turn();
    for (lasts, slow) in SLOW {
        let rows: Vec<&str> = slow.iter().map(|(row, _)| *row).collect();
        let server = Scripted::start(&[&rows[..], &["good"]].concat());
        // What a first connection leaves for all later ones, without the rows' own time having begun.
        round(&server, &["good"], SECOND, |_| {});
        let before = held();
        let many: Vec<&str> = rows.iter().flat_map(|row| [*row; AT_ONCE]).collect();
        round(&server, &many, lasts, |feeds| {
            let reached = slow.iter().flat_map(|(row, reached)| [(*row, *reached); AT_ONCE]);
            for ((row, reached), feed) in reached.zip(feeds) {
                let status = feed.status();
                assert!(reached(&status), "{row}: {status:#?}");
            }
        });
        settle(before);
    }
}

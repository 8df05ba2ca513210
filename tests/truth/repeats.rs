//! Nothing is left behind of a camera, whatever it did: threads and descriptors of this process, in
//! which the feeds run without a wall, are as many after fifty rounds as after five.

use std::sync::Arc;
use std::time::Duration;

use camwall_media::{Feed, FeedSpec};
use testkit::{SECOND, Scripted, turn};

use super::table::TABLE;

/// How long each connection is left alone.
const ROUND: Duration = Duration::from_millis(400);

/// Threads and open descriptors of this process.
fn held() -> (usize, usize) {
    let count = |path| std::fs::read_dir(path).expect("procfs").count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

#[test]
fn fifty_rounds_of_every_row_leave_nothing_behind() {
    let _turn = turn();
    let rows: Vec<&str> = TABLE.iter().map(|expected| expected.row).collect();
    let server = Scripted::start(&rows);
    let mut after_five = (0, 0);
    for round in 1..=50 {
        let open = |row: &&str| Feed::open(FeedSpec::new(*row, server.url(row)), Arc::new(|| {}));
        let feeds: Vec<Feed> = rows.iter().map(open).collect();
        std::thread::sleep(ROUND);
        feeds.iter().for_each(Feed::stop);
        for feed in feeds {
            assert!(feed.close(3 * SECOND), "round {round}: a feed does not end");
        }
        if round == 5 {
            after_five = held();
        }
    }
    // Descriptors of sockets that are closing, and threads of the C library, may lag behind.
    let (threads, files) = held();
    assert!(threads <= after_five.0 + 2, "{threads} threads, {} after five rounds", after_five.0);
    assert!(files <= after_five.1 + 2, "{files} descriptors, {} after five rounds", after_five.1);
}

//! Logins in files that come, change and go while the feed runs.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use camwall_config as config;
use camwall_media::{FeedSpec, FeedState, LoginSource, MissingLogin, OutageKind, Via};

use testkit::{Camsim, SECOND, SOON, feed::*};

/// As the program hands logins in.
fn with_login(mut spec: FeedSpec, folder: &Path) -> FeedSpec {
    let folder = folder.to_owned();
    let login = config::Login::File("gate.login".into());
    spec.login = Some(LoginSource::new(move || {
        login.resolve(&folder).map_err(|error| MissingLogin(error.to_string()))
    }));
    spec
}

fn kind(state: &FeedState) -> Option<OutageKind> {
    match state {
        FeedState::Down(outage) => Some(outage.error.outage()),
        _ => None,
    }
}

#[test]
fn nobody_is_called_without_a_login_even_where_the_address_has_one() {
    let camera = TcpListener::bind("127.0.0.1:0").expect("a port");
    camera.set_nonblocking(true).expect("a setting");
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("rtsp://a:b@{}/x", camera.local_addr().expect("an address"));
    let feed = open(with_login(spec(url, Via::Auto), folder.path()));
    let status = wait_for(&feed, "no login", SOON, |s| kind(&s.state).is_some());
    assert_eq!(kind(&status.state), Some(OutageKind::NoLogin));
    std::thread::sleep(SECOND / 2);
    assert_eq!(camera.accept().expect_err("nobody").kind(), ErrorKind::WouldBlock);
    assert_eq!(feed.status().reconnects, 0);
    close(feed);
}

#[test]
fn a_login_that_appears_or_changes_is_taken_within_ten_seconds() {
    let server = Camsim::start(&["--login", "viewer:canary-right"]);
    for via in BOTH {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |text: &str| std::fs::write(folder.path().join("gate.login"), text).unwrap();
        let feed = open(with_login(spec(server.url("cam1/sub"), via), folder.path()));
        wait_for(&feed, "no login", SOON, |s| kind(&s.state) == Some(OutageKind::NoLogin));
        write("viewer:canary-wrong\n");
        let refused =
            |s: &camwall_media::FeedStatus| kind(&s.state) == Some(OutageKind::LoginRefused);
        let status = wait_for(&feed, "a refusal", 12 * SECOND, refused);
        assert!(!format!("{status:?}").contains("canary"), "{status:?}");
        let changed = Instant::now();
        write("viewer:canary-right\n");
        wait_for(&feed, "live", 12 * SECOND, is_live);
        assert!(changed.elapsed() < Duration::from_secs(10), "{:?}", changed.elapsed());
        close(feed);
    }
}

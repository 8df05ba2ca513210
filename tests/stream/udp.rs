//! UDP where the network, or the moment of joining, is not kind.

use std::time::{Duration, Instant};

use camwall_media::{LowerTransport, SourceError, Transport};

use testkit::{
    Camsim, SECOND, SOON,
    feed::*,
    relay::{Datagrams, Relay},
};

/// TCP is refused and no datagram arrives: both are tried, and the tile says that it is UDP that
/// brings nothing.
#[test]
fn a_camera_reachable_by_neither_way_is_offline_and_says_why() {
    let server = Camsim::start(&["--transport", "udp"]);
    let begun = Instant::now();
    let feeds = BOTH.map(|via| {
        let relay = Relay::start(server.port, Datagrams::Lost);
        let feed = open(spec(relay.url("cam1/sub"), via));
        (via, relay, feed)
    });
    for (via, _relay, feed) in feeds {
        let first = wait_for(&feed, "offline", SOON, is_offline);
        assert!((2 * SECOND..8 * SECOND).contains(&begun.elapsed()), "{:?}", begun.elapsed());
        let silent = SourceError::Idle {
            after: 3 * SECOND,
            started: false,
            over: Some(LowerTransport::Udp),
        };
        assert_eq!(*reason(&first), silent, "{via:?}");
        close(feed);
    }
}

/// The first datagram is one from the middle of a key frame, as where a server that streams anyway
/// is joined, and no sequence number was announced.
#[test]
fn a_stream_joined_in_mid_picture_is_read_on() {
    let server = Camsim::start(&["--transport", "udp"]);
    for path in ["cam1/main", "cam7/main"] {
        for via in BOTH {
            let relay = Relay::start(server.port, Datagrams::FromMidPicture);
            let mut spec = spec(relay.url(path), via);
            spec.transport = Transport::Udp;
            let feed = open(spec);
            let status = wait_for(&feed, "live", SOON, is_live);
            assert!(relay.joined_in_mid_picture(), "{path}: the relay did its work");
            assert_eq!(status.reconnects, 0, "{via:?} {path}: {status:?}");
            assert_eq!(status.transport, Some(LowerTransport::Udp));
            assert!(status.via.is_some_and(|name| name.contains("UDP")), "{status:?}");
            if via == camwall_media::Via::Retina {
                assert!(status.frames_lost > 0, "what was missed counts: {status:?}");
            }
            std::thread::sleep(Duration::from_millis(300));
            assert_eq!(feed.status().decode_errors, 0, "{via:?} {path}: only whole pictures");
            close(feed);
        }
    }
}

//! Cameras of RTSP that lie about where they are, by both clients.

use std::sync::Arc;

use super::liar::{Answer, start};
use super::victim::{NUMBER, Victim};
use super::{Camera, PLAYS};

/// A lie of an RTSP camera: what it makes of an answer, given the method and its victim.
struct Lie {
    name: &'static str,
    fields: &'static str,
    lie: fn(&str, &mut Answer, &Victim),
    state: &'static str,
    /// With the victim's number and port in the place of VICTIM.
    says: &'static str,
}

const TOLD: &str = "sent to another address: status 302, to rtsp://VICTIM";

/// What begins with "moved" is refused; the others' addresses are not gone by, and they play.
const LIES: [Lie; 12] = [
    Lie {
        name: "moved",
        fields: "",
        lie: |method, answer, victim| {
            if method == "DESCRIBE" {
                moved(answer, "302 Moved Temporarily", victim);
            }
        },
        state: "offline",
        says: TOLD,
    },
    Lie {
        name: "moved-for-good",
        fields: "",
        lie: |method, answer, victim| {
            if method == "DESCRIBE" {
                moved(answer, "301 Moved Permanently", victim);
            }
        },
        state: "offline",
        says: "sent to another address: status 301, to rtsp://VICTIM",
    },
    Lie {
        name: "moved-at-once",
        fields: "",
        lie: |_, answer, victim| moved(answer, "302 Moved Temporarily", victim),
        state: "offline",
        says: TOLD,
    },
    Lie {
        name: "moved-at-setup",
        fields: "",
        lie: |method, answer, victim| {
            if method == "SETUP" {
                moved(answer, "302 Moved Temporarily", victim);
            }
        },
        state: "offline",
        says: TOLD,
    },
    Lie {
        name: "moved-at-play",
        fields: "",
        lie: |method, answer, victim| {
            if method == "PLAY" {
                moved(answer, "302 Moved Temporarily", victim);
            }
        },
        state: "offline",
        says: TOLD,
    },
    // RFC 2326, section 10.10.
    Lie {
        name: "moved-by-request",
        fields: "",
        lie: |method, answer, victim| {
            if method == "SETUP" {
                redirect(answer, victim);
                answer.hangs_up = true;
            }
        },
        state: "offline",
        says: "sent to another address: REDIRECT, to rtsp://VICTIM",
    },
    Lie {
        name: "asks-to-move",
        fields: "",
        lie: |method, answer, victim| {
            if method == "SETUP" {
                redirect(answer, victim);
            }
        },
        state: "live",
        says: PLAYS,
    },
    Lie {
        name: "base",
        fields: "",
        lie: |method, answer, victim| {
            if method == "DESCRIBE" {
                let place = format!("rtsp://{}/canary/", victim.place());
                answer.set("Content-Base", &place);
                answer.set("Content-Location", &place);
            }
        },
        state: "live",
        says: PLAYS,
    },
    Lie {
        name: "control",
        fields: "",
        lie: |method, answer, victim| {
            if method == "DESCRIBE" {
                let control = format!("a=control:rtsp://{}/canary/track1", victim.place());
                answer.body = answer.body.replace("a=control:track1", &control);
            }
        },
        state: "live",
        says: PLAYS,
    },
    Lie {
        name: "info",
        fields: "",
        lie: |method, answer, victim| {
            if method == "PLAY" {
                let info = format!("url=rtsp://{}/canary/track1;seq=1000", victim.place());
                answer.set("RTP-Info", &info);
            }
        },
        state: "live",
        says: PLAYS,
    },
    // To nobody in particular, so that each of them is a number to listen or to send to.
    Lie {
        name: "multicast",
        fields: "transport: Udp",
        lie: |method, answer, victim| {
            if method == "SETUP" {
                sends_from_elsewhere(answer, victim);
                answer.head = answer.head.replacen("unicast;", "multicast;", 1);
                answer.head = answer.head.replacen("server_port=", "port=", 1);
            }
        },
        state: "offline",
        says: "not understood by",
    },
    Lie {
        name: "source",
        fields: "transport: Udp",
        lie: |method, answer, victim| match method {
            "DESCRIBE" => answer.body = answer.body.replace("127.0.0.1", NUMBER),
            "SETUP" => sends_from_elsewhere(answer, victim),
            _ => {}
        },
        state: "live",
        says: PLAYS,
    },
];

fn moved(answer: &mut Answer, status: &str, victim: &Victim) {
    let location = format!("Location: rtsp://me:canary@{}/canary?canary", victim.place());
    answer.becomes(status, &location);
}

fn redirect(answer: &mut Answer, victim: &Victim) {
    let request = format!(
        "REDIRECT * RTSP/1.0\r\nCSeq: 1\r\nLocation: rtsp://{}/canary\r\n\r\n",
        victim.place()
    );
    answer.head.insert_str(0, &request);
}

/// Datagrams are said to come from the victim, from the ports of which they come, and to go there.
fn sends_from_elsewhere(answer: &mut Answer, victim: &Victim) {
    let ports = answer.head.split_once("server_port=").and_then(|(_, rest)| {
        let (first, rest) = rest.split_once('-')?;
        let second = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        Some([first.parse().ok()?, second.parse().ok()?])
    });
    ports.into_iter().flatten().for_each(|port| victim.heed(port));
    let named = format!("unicast;source={NUMBER};destination={NUMBER};");
    answer.head = answer.head.replacen("unicast;", &named, 1);
}

/// The liars, by both clients.
pub fn lies(good: &str) -> Vec<Camera> {
    let to = good.trim_start_matches("rtsp://").trim_end_matches("/good");
    let mut cameras = Vec::new();
    for via in ["Retina", "Ffmpeg"] {
        for Lie { name, fields, lie, state, says } in LIES {
            let victim = Arc::new(Victim::start());
            let heard = Arc::clone(&victim);
            let own = start(to, move |method, answer| lie(method, answer, &heard));
            let fields = format!("main: \"rtsp://{own}/good\", via: {via}, {fields}");
            let says = says.replace("VICTIM", &victim.place());
            let id = format!("{name}-{}", via.to_lowercase());
            cameras.push(Camera { id, fields, victim, state, says });
        }
    }
    cameras
}

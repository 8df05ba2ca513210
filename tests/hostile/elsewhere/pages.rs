//! Web cameras that answer with something else than pictures, or with a playlist of somebody else's.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use testkit::media::ffmpeg;
use testkit::web;

use super::victim::Victim;
use super::{Camera, PLAYS};

/// What a web camera answers to the question for this path; all others are answered with pictures.
struct Page {
    name: &'static str,
    fields: &'static str,
    path: &'static str,
    status: &'static str,
    /// With VICTIM as above, and CAMERA for the camera's own.
    headers: &'static str,
    body: &'static str,
    state: &'static str,
    says: &'static str,
}

const HLS: &str = "hls: true";
const NOT_UNDERSTOOD: &str = "not understood by FFmpeg: FFmpeg: Invalid";
const NAMES: &str = "sent to another address: a playlist names http://VICTIM";

/// A page without headers, at the address of the wall file.
const fn page(name: &'static str, body: &'static str, says: &'static str) -> Page {
    let (fields, path, status, headers) = ("", "/cam.mjpg", "200 OK", "");
    Page { name, fields, path, status, headers, body, state: "offline", says }
}

/// The same where the wall file asks for a playlist.
const fn playlist(name: &'static str, body: &'static str, says: &'static str) -> Page {
    Page { fields: HLS, ..page(name, body, says) }
}

/// A camera's own playlist, of which there may be more to come.
const OWN: &str = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n\
    #EXTINF:2.0,\n0.ts\n#EXTINF:2.0,\nhttp://CAMERA/1.ts\n";

const PAGES: [Page; 18] = [
    Page {
        status: "302 Found",
        headers: "Location: http://me:canary@VICTIM/canary?canary\r\n",
        ..page("web-moved", "", "sent to another address: status 302, to http://VICTIM")
    },
    Page {
        status: "308 Permanent Redirect",
        headers: "Location: //VICTIM/canary\r\n",
        ..page("web-moved-for-good", "", "sent to another address: status 308, to http://VICTIM")
    },
    Page {
        status: "302 Found",
        headers: "Location: rtsp://VICTIM/canary\r\n",
        ..page("web-moved-to-rtsp", "", "sent to another address: status 302, to rtsp://VICTIM")
    },
    // Where pictures are expected no playlist of any kind is read.
    Page {
        headers: "Content-Type: application/vnd.apple.mpegurl\r\n",
        ..page(
            "playlist",
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://VICTIM/canary.ts\n",
            "a playlist, which is read only with hls: true",
        )
    },
    Page {
        headers: "Content-Type: application/dash+xml\r\n",
        ..page(
            "dash",
            "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" \
             mediaPresentationDuration=\"PT9S\"><Period><AdaptationSet mimeType=\"video/mp4\">\
             <Representation id=\"1\" bandwidth=\"1\"><BaseURL>http://VICTIM/canary.mp4</BaseURL>\
             </Representation></AdaptationSet></Period></MPD>\n",
            NOT_UNDERSTOOD,
        )
    },
    Page {
        headers: "Content-Type: application/sdp\r\n",
        ..page(
            "sdp",
            "v=0\r\no=- 1 1 IN IP4 VICTIM\r\ns=x\r\nt=0 0\r\na=control:rtsp://VICTIM/canary\r\n\
             m=video 5004 RTP/AVP 96\r\nc=IN IP4 127.0.0.2\r\na=rtpmap:96 H264/90000\r\n",
            NOT_UNDERSTOOD,
        )
    },
    page("concat", "ffconcat version 1.0\nfile http://VICTIM/canary.ts\n", NOT_UNDERSTOOD),
    page("quicktime", "RTSPtextRTSP://VICTIM/canary\r\n", NOT_UNDERSTOOD),
    // Where a playlist is asked for it names what is the camera's, or it is none.
    playlist("segment", "#EXTM3U\n#EXTINF:2,\nhttp://VICTIM/canary.ts\n", NAMES),
    playlist("no-scheme", "#EXTM3U\n#EXTINF:2,\n//VICTIM/canary.ts\n#EXT-X-ENDLIST\n", NAMES),
    playlist(
        "key",
        "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"http://VICTIM/canary\"\n#EXTINF:2,\n0.ts\n",
        NAMES,
    ),
    playlist("map", "#EXTM3U\n#EXT-X-MAP:URI=\"http://VICTIM/canary\"\n#EXTINF:2,\n0.m4s\n", NAMES),
    playlist("variant", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://VICTIM/c.m3u8\n", NAMES),
    playlist(
        "file",
        "#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "sent to another address: a playlist names file://",
    ),
    // Its own playlist names another of its own, which names the victim.
    Page {
        path: "/inner.m3u8",
        ..playlist("inner", "#EXTM3U\n#EXTINF:2,\nhttp://VICTIM/canary.ts\n", NAMES)
    },
    // All that is named is its own, and answers by sending us away.
    Page {
        path: "/0.ts",
        status: "302 Found",
        headers: "Location: http://VICTIM/canary.ts\r\n",
        ..playlist("segment-moved", "", "sent to another address: status 302, to http://VICTIM")
    },
    Page {
        path: "/key",
        status: "307 Temporary Redirect",
        headers: "Location: http://VICTIM/canary\r\n",
        ..playlist("key-moved", "", "sent to another address: status 307, to http://VICTIM")
    },
    // And what only looks like it: no redirection, so that the name is nobody's business.
    Page {
        path: "/cam.mjpg",
        headers: "Location: http://VICTIM/canary/\r\nContent-Location: http://VICTIM/canary/\r\n",
        state: "live",
        ..playlist("own", OWN, PLAYS)
    },
];

/// Web cameras. Where a page is deeper than the address, what is above leads there.
pub fn pages(folder: &Path) -> Vec<Camera> {
    let camera = |Page { name, fields, path, status, headers, body, state, says }: Page| {
        let victim = Arc::new(Victim::start());
        let place = victim.place();
        let with_victim = |text: &str| text.replace("VICTIM", &place);
        let (headers, body, says) = (with_victim(headers), with_victim(body), with_victim(says));
        let above = match path {
            "/inner.m3u8" => "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\ninner.m3u8\n".to_owned(),
            "/key" => OWN.replace("#EXTINF", "#EXT-X-KEY:METHOD=AES-128,URI=\"key\"\n#EXTINF"),
            _ => OWN.to_owned(),
        };
        let segments = ["0.ts", "1.ts"].map(|name| std::fs::read(folder.join(name)).unwrap());
        let port = web::serve(move |asked, stream| {
            let asked_path = asked.split(' ').nth(1).unwrap_or_default();
            let host = asked.lines().find_map(|line| line.strip_prefix("Host: "));
            let own = |text: &str| text.replace("CAMERA", host.unwrap_or_default());
            let said = match asked_path {
                it if it == path => {
                    let said = web::answer(&headers, own(&body).as_bytes());
                    let rest = said.strip_prefix(b"HTTP/1.1 200 OK").unwrap_or_default();
                    [format!("HTTP/1.1 {status}").as_bytes(), rest].concat()
                }
                "/cam.mjpg" => web::answer("", own(&above).as_bytes()),
                it => web::answer("", &segments[usize::from(it.contains('1'))]),
            };
            stream.write_all(&said)
        });
        let fields = format!("main: \"http://127.0.0.1:{port}/cam.mjpg\", {fields}");
        Camera { id: name.to_owned(), fields, victim, state, says }
    };
    PAGES.into_iter().map(camera).collect()
}

/// Two segments of two seconds of camera 1.
pub fn segments(folder: &Path) {
    let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clips/cam1-360.h264");
    let name = |name: &str| folder.join(name).to_str().expect("a plain path").to_owned();
    let (list, names) = (name("list.m3u8"), name("%d.ts"));
    let input = ["-r", "25", "-i", clip, "-c", "copy", "-f", "hls", "-hls_time", "2"];
    let output = ["-hls_list_size", "0", "-hls_segment_filename", &names, &list];
    ffmpeg(input.into_iter().chain(output));
}

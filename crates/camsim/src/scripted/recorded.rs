//! Rows of recorded answers: those that the crate retina ships for its own tests.
//!
//! Read once at the start. Each file becomes a row whose first answer of that kind is the file's;
//! the dialogue around it is ours, or that of other files of the same camera. Policy: an answer is
//! served as it is but for its number, for addresses, which lead here, and for what follows from
//! those.

use std::collections::BTreeMap;
use std::path::Path;

use super::rows::SMALL;
use super::script::film::{Film, h265};
use super::script::row::{Login, Nonces, Recorded, Row, TrackStart, Transports, row};
use super::script::step::{Answer, Happens, Method, Step, on};
use super::wire::rtsp::header;

/// There are 46 in retina 0.4.21; fewer than this is the wrong directory.
const MIN_FILES: usize = 40;
const LARGE_H265: Film = h265("cam7-360.h265", 25);

/// What a file holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Options,
    Describe,
    Sdp,
    Setup,
    SecondSetup,
    Play,
    Teardown,
    Unauthorized,
}

/// A file.
#[derive(Clone, Debug)]
struct File {
    stem: String,
    kind: Kind,
    /// The camera, such as `gw_main`; empty where the file is nobody's.
    camera: String,
    text: String,
}

/// A row for each file of `dir`. The message of an error is meant for the user.
pub fn rows(dir: &Path) -> Result<Vec<Row>, String> {
    let files = read(dir)?;
    if files.len() < MIN_FILES {
        let (found, dir) = (files.len(), dir.display());
        return Err(format!("{found} recorded answers in {dir}, at least {MIN_FILES} expected"));
    }
    Ok(files.values().map(|file| build(file, &files)).collect())
}

fn read(dir: &Path) -> Result<BTreeMap<String, File>, String> {
    let wrong =
        |e: &dyn std::fmt::Display| format!("no recorded answers in {}: {e}", dir.display());
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(dir).map_err(|e| wrong(&e))?.flatten() {
        let path = entry.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let Some((kind, camera)) = kind(stem) else {
            return Err(format!("{stem}: what kind of answer is that?"));
        };
        let text = std::fs::read_to_string(&path).map_err(|e| wrong(&e))?;
        let file = File { stem: stem.to_owned(), kind, camera: camera.to_owned(), text };
        files.insert(file.stem.clone(), file);
    }
    Ok(files)
}

/// `gw_main_setup_audio` is a second SETUP of `gw_main`.
fn kind(stem: &str) -> Option<(Kind, &str)> {
    const WORDS: [(&str, Kind); 8] = [
        ("setup_audio", Kind::SecondSetup),
        ("setup", Kind::Setup),
        ("describe", Kind::Describe),
        ("sdp", Kind::Sdp),
        ("play", Kind::Play),
        ("options", Kind::Options),
        ("teardown", Kind::Teardown),
        ("unauthorized", Kind::Unauthorized),
    ];
    if stem == "bad_rtptime" {
        // A PLAY of bunny's, changed.
        return Some((Kind::Play, "bunny"));
    }
    WORDS.iter().find_map(|(word, kind)| {
        let start = stem.find(word)?;
        Some((*kind, stem[..start].trim_end_matches('_')))
    })
}

fn build(file: &File, files: &BTreeMap<String, File>) -> Row {
    // The same camera's answers for the other steps, the row's own before any.
    let of_camera = |kind: Kind| {
        let same = |other: &&File| other.kind == kind && other.camera == file.camera;
        let found = files.values().find(|other| same(other) && !file.camera.is_empty());
        if file.kind == kind { Some(file) } else { found }
    };
    let description = of_camera(Kind::Describe).or(of_camera(Kind::Sdp));
    let description = if file.kind == Kind::Sdp { Some(file) } else { description };
    let is_h265 = description.is_some_and(|file| file.text.contains(" H265/90000"));
    let film = if is_h265 { LARGE_H265 } else { SMALL };

    let mut row = row(format!("recorded/{}", file.stem), film).then_good();
    let setup = of_camera(Kind::Setup);
    let (session, tracks_of_file) = (session(&file.text), tracks(&file.text));
    let mut recorded = Recorded { session, tracks: tracks_of_file, sdp: None };
    let mut steps: Vec<Step> = Vec::new();
    let mut serve = |happens, text: &str| {
        steps.push(on(happens, Answer::Recorded(text.to_owned())));
    };
    match description {
        Some(file) if file.kind == Kind::Sdp => recorded.sdp = Some(file.text.clone()),
        Some(file) => serve(Happens::Asks(Method::Describe), &file.text),
        None => {}
    }
    match file.kind {
        Kind::Describe | Kind::Sdp => {}
        Kind::Options => serve(Happens::Asks(Method::Options), &file.text),
        Kind::Setup => serve(Happens::SetsUp(1), &file.text),
        Kind::SecondSetup => {
            // Its camera has sound whether or not the description was recorded.
            row = row.with_sound();
            if let Some(first) = setup {
                serve(Happens::SetsUp(1), &same_day(&first.text, &recorded));
            }
            serve(Happens::SetsUp(2), &file.text);
        }
        Kind::Play => {
            if let Some(setup) = setup {
                serve(Happens::SetsUp(1), &same_day(&setup.text, &recorded));
            }
            serve(Happens::Asks(Method::Play), &file.text);
        }
        Kind::Teardown => serve(Happens::Asks(Method::Teardown), &file.text),
        Kind::Unauthorized => row = row.asks_for(login(&file.text)),
    }
    // A camera that was asked for UDP, and would answer so.
    let transport = match file.kind {
        Kind::Setup | Kind::SecondSetup => header(&file.text, "Transport"),
        _ => setup
            .and_then(|file| header(&file.text, "Transport"))
            .filter(|_| file.kind == Kind::Play),
    };
    if transport.is_some_and(|transport| !transport.contains("/TCP")) {
        row.transports = Transports::UdpOnly;
    }
    // What the answer leaves open is as the SETUP before it said.
    if recorded.tracks.iter().all(|track| track.ssrc.is_none())
        && let Some(ssrc) = setup.and_then(|setup| tracks(&setup.text).first()?.ssrc)
    {
        recorded.tracks.iter_mut().for_each(|track| track.ssrc = Some(ssrc));
    }
    row.recorded = Some(recorded);
    row.script(steps)
}

fn session(text: &str) -> Option<String> {
    let id = header(text, "Session")?.split(';').next()?;
    Some(id.trim().to_owned())
}

/// Another answer of the camera, from another day, with the session and source of this one.
fn same_day(text: &str, recorded: &Recorded) -> String {
    let mut text = text.to_owned();
    if let (Some(old), Some(new)) = (session(&text), &recorded.session) {
        text = text.replacen(&old, new, 1);
    }
    let ours = recorded.tracks.iter().find_map(|track| track.ssrc);
    let transport = header(&text, "Transport").unwrap_or_default();
    if let (Some(ours), Some(theirs)) = (ours, value(transport, "ssrc=").map(str::to_owned)) {
        text = text.replacen(&format!("ssrc={theirs}"), &format!("ssrc={ours:08X}"), 1);
    }
    text
}

/// A value such as that of `ssrc=` in a list with semicolons.
fn value<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    list.split(';').find_map(|word| word.trim().strip_prefix(name))
}

fn hexadecimal(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

/// What the answer says of the RTP to come.
fn tracks(text: &str) -> Vec<TrackStart> {
    if let Some(transport) = header(text, "Transport") {
        let ssrc = value(transport, "ssrc=").and_then(hexadecimal);
        return vec![TrackStart { ssrc, ..TrackStart::default() }];
    }
    let info = header(text, "RTP-Info").unwrap_or_default();
    let part = |part: &str| {
        // Dahua's is decimal and has more than eight digits.
        let decimal = |text: &str| text.parse().ok();
        let read = |text: &str| if text.len() > 8 { decimal(text) } else { hexadecimal(text) };
        Some(TrackStart {
            control: value(part, "url=")?.to_owned(),
            sequence: value(part, "seq=").and_then(|text| text.parse().ok()),
            timestamp: value(part, "rtptime=").and_then(|text| text.parse().ok()),
            ssrc: value(part, "ssrc=").and_then(read),
        })
    };
    info.split(',').filter_map(part).collect()
}

/// The realm and nonce of a recorded refusal; the user is ours.
fn login(text: &str) -> Login {
    let value = |name: &str| {
        let (_, after) = text.split_once(&format!("{name}=\""))?;
        Some(after.split_once('"')?.0.to_owned())
    };
    let right = vec![("", "viewer", "s3cret-word")];
    let realm = value("realm").unwrap_or_default();
    Login { right, realm, nonce: value("nonce"), nonces: Nonces::Lasting, never_in: None }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Recorded, kind, same_day, session, tracks};

    fn lines(text: &str) -> String {
        text.replace('\n', "\r\n")
    }

    #[test]
    fn a_files_name_says_what_it_holds() {
        let known = [
            ("gw_main_setup_audio", Kind::SecondSetup, "gw_main"),
            ("hikvision_setup_ssrc_space", Kind::Setup, "hikvision"),
            ("setup_ssrc_4_hex_digits", Kind::Setup, ""),
            ("dahua_describe_h265_pcma", Kind::Describe, "dahua"),
            ("dahua_play_decimal_ssrc", Kind::Play, "dahua"),
            ("bad_rtptime", Kind::Play, "bunny"),
        ];
        for (stem, wanted, camera) in known {
            assert_eq!(kind(stem), Some((wanted, camera)), "{stem}");
        }
        assert_eq!(kind("README"), None);
    }

    #[test]
    fn media_begins_as_the_answer_says() {
        let play = lines(
            "RTSP/1.0 200 OK\nSession:   F8;timeout=6\nRTP-Info: url=trackID=1;seq=16852;\
             rtptime=1070938629;ssrc=dcc4a0d8,url=rtsp://h/x;seq=1;rtptime=-1;ssrc=4294962989\n\n",
        );
        assert_eq!(session(&play).as_deref(), Some("F8"));
        let found = tracks(&play);
        let first = &found[0];
        assert_eq!(first.control, "trackID=1");
        assert_eq!((first.sequence, first.timestamp), (Some(16852), Some(1_070_938_629)));
        assert_eq!((first.ssrc, found[1].ssrc), (Some(0xdcc4_a0d8), Some(4_294_962_989)));
        assert_eq!(found[1].timestamp, None);
        let setup = lines("RTSP/1.0 200 OK\nTransport: RTP/AVP/TCP;ssrc= d6d6627;x=1\n\n");
        assert_eq!(tracks(&setup)[0].ssrc, Some(0x0d6d_6627));
        // Both in one dialogue: the answer that is tested is right.
        let recorded = Recorded { session: session(&play), tracks: tracks(&play), sdp: None };
        let setup =
            lines("RTSP/1.0 200 OK\nSession: 77;timeout=5\nTransport: RTP/AVP/TCP;ssrc=1A;x=1\n\n");
        let wanted =
            setup.replace("Session: 77", "Session: F8").replace("ssrc=1A", "ssrc=DCC4A0D8");
        assert_eq!(same_day(&setup, &recorded), wanted);
    }
}

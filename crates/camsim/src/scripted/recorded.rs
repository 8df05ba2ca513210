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
    let mut recorded = Recorded { session: session(&file.text), ..Recorded::default() };
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
            if let Some(first) = of_camera(Kind::Setup) {
                serve(Happens::SetsUp(1), &same_session(&first.text, &recorded));
            }
            serve(Happens::SetsUp(2), &file.text);
        }
        Kind::Play => {
            if let Some(setup) = of_camera(Kind::Setup) {
                serve(Happens::SetsUp(1), &same_session(&setup.text, &recorded));
            }
            serve(Happens::Asks(Method::Play), &file.text);
        }
        Kind::Teardown => serve(Happens::Asks(Method::Teardown), &file.text),
        Kind::Unauthorized => row = row.asks_for(login(&file.text)),
    }
    if file.stem.ends_with("_udp") {
        row.transports = Transports::UdpOnly;
    }
    recorded.tracks = tracks(file);
    row.recorded = Some(recorded);
    row.script(steps)
}

/// The value of a header line.
fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = text.split_once("\r\n\r\n")?;
    let line = head.lines().find_map(|line| line.split_once(':').filter(|(n, _)| *n == name))?;
    Some(line.1.trim())
}

fn session(text: &str) -> Option<String> {
    let id = header(text, "Session")?.split(';').next()?;
    Some(id.trim().to_owned())
}

/// Another answer of the camera, from another day, with the session of this one.
fn same_session(text: &str, recorded: &Recorded) -> String {
    match (session(text), &recorded.session) {
        (Some(old), Some(new)) => text.replacen(&old, new, 1),
        _ => text.to_owned(),
    }
}

/// What the answer says of the RTP to come.
fn tracks(file: &File) -> Vec<TrackStart> {
    let value = |part: &str, name: &str| {
        let found = part.split(';').find_map(|word| word.trim().strip_prefix(name))?;
        Some(found.trim().to_owned())
    };
    let hexadecimal = |text: String| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    if let Some(transport) = header(&file.text, "Transport") {
        let ssrc = value(transport, "ssrc=").and_then(hexadecimal);
        return vec![TrackStart { ssrc, ..TrackStart::default() }];
    }
    let info = header(&file.text, "RTP-Info").unwrap_or_default();
    let part = |part: &str| {
        // Dahua's is decimal and has more than eight digits.
        let ssrc = value(part, "ssrc=");
        let ssrc = ssrc
            .and_then(|text| if text.len() > 8 { text.parse().ok() } else { hexadecimal(text) });
        Some(TrackStart {
            control: value(part, "url=")?,
            sequence: value(part, "seq=").and_then(|text| text.parse().ok()),
            timestamp: value(part, "rtptime=").and_then(|text| text.parse().ok()),
            ssrc,
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
    Login { right, realm, nonce: value("nonce"), nonces: Nonces::Lasting, never: false }
}

#[cfg(test)]
mod tests {
    use super::{File, Kind, kind, session, tracks};

    fn file(text: &str) -> File {
        let (stem, camera) = (String::new(), String::new());
        File { stem, kind: Kind::Play, camera, text: text.replace('\n', "\r\n") }
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
        let play = file(
            "RTSP/1.0 200 OK\nSession:   F8;timeout=6\nRTP-Info: url=trackID=1;seq=16852;\
             rtptime=1070938629;ssrc=dcc4a0d8,url=rtsp://h/x;seq=1;rtptime=-1;ssrc=4294962989\n\n",
        );
        assert_eq!(session(&play.text).as_deref(), Some("F8"));
        let found = tracks(&play);
        let first = &found[0];
        assert_eq!(first.control, "trackID=1");
        assert_eq!((first.sequence, first.timestamp), (Some(16852), Some(1_070_938_629)));
        assert_eq!((first.ssrc, found[1].ssrc), (Some(0xdcc4_a0d8), Some(4_294_962_989)));
        assert_eq!(found[1].timestamp, None);
        let setup = file("RTSP/1.0 200 OK\nTransport: RTP/AVP/TCP;ssrc= d6d6627;x=1\n\n");
        assert_eq!(tracks(&setup)[0].ssrc, Some(0x0d6d_6627));
    }
}

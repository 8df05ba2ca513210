//! What is found by rules, in English.

use super::hint;
use super::reasons::url;
use crate::mistake::{AddressMistake, CameraMistake, RecordingMistake, Side, WallMistake};

pub fn camera(mistake: &CameraMistake) -> String {
    use CameraMistake as M;
    match mistake {
        M::NoCameras => "no cameras; a wall needs at least one".into(),
        M::AddressAsId => "an address as the id of a camera; it belongs into `main`".into(),
        M::IdIsPath { id } => format!(
            "camera id `{id}`: ids become names of folders, so they hold no `/` or `\\` and are not \
             `.` or `..`"
        ),
        M::BlankLabel => "a blank name; leave it out to show the id".into(),
        M::LoginInName => "a login in the name, which the tile shows".into(),
        M::RetinaOnlyRtsp => {
            "`via: Retina` opens only `rtsp://` and `rtsps://`; use `Auto` or `Ffmpeg` here".into()
        }
        M::LoginTwice { origin } => {
            format!("`login` wins over the one in the address, `{origin}`; take that out")
        }
        M::LoginInAddress { origin } => format!(
            "a login in the file, in the address of `{origin}`; keep it out of the file with \
             `login: Credential(\"…\")` or `File(\"…\")`"
        ),
        M::EnvName => "`Env` takes the name of a variable that holds `user:password`, such as \
                       `GATE_LOGIN`"
            .into(),
        M::CredentialName => "`Credential` takes the name of a credential that holds \
                              `user:password`, without `/` and `..`, such as `gate`"
            .into(),
        M::LoginPath => "`File` takes the path of a file that holds `user:password`".into(),
        M::LoginAsPath => "`File` takes the path of a file that holds `user:password`; one with a \
                           `:` in its name begins with `./`"
            .into(),
        M::Area { side } => {
            let side = match side {
                Side::Width => "width",
                Side::Height => "height",
            };
            format!("an area is within 0 to 100 % of the picture's {side}")
        }
        M::ManyAreas { most } => format!("a mask has at most {most} areas"),
        M::HlsNotWeb => "`hls` is for cameras with `http://` or `https://` addresses".into(),
        M::OptionsUnused => "`options` are for FFmpeg; `via: Retina` does not use them".into(),
        M::OptionName => "an option has a name, and no NUL character".into(),
        M::OptionOurs { option } => {
            format!("`{option}` can't be set: camwall decides what FFmpeg may open")
        }
        M::RtspsOverUdp => {
            "`rtsps://` over UDP: its pictures would go in clear; use `transport: Tcp`".into()
        }
        M::AuthWithoutLogin => "`auth` is about a login, and this camera has none".into(),
        M::FingerprintMethod => "a fingerprint begins with `sha256:`; `camwall check --probe` \
                                 prints the one to write here"
            .into(),
        M::FingerprintDigits => "a fingerprint has 64 digits 0-9 a-f behind `sha256:`; `camwall \
                                 check --probe` prints the one to write here"
            .into(),
        M::CaPath => "`Ca` takes the path of a PEM file of authorities".into(),
        M::TrustInClear => "`trust` is for `rtsps://`, `https://` and `rtmps://`; this camera's \
                            addresses are not encrypted"
            .into(),
    }
}

pub fn address(mistake: &AddressMistake) -> String {
    use AddressMistake as M;
    match mistake {
        M::UnknownScheme { scheme, hint: right } => {
            format!("unsupported scheme `{scheme}`{}, or a path", hint(right))
        }
        M::NotAScheme { hint: right } => {
            format!("what stands before `://` is no scheme{}, or a path", hint(right))
        }
        M::NoSource => "no source; write a URL such as `rtsp://10.0.0.11/stream1`".into(),
        M::UntidySource => "a source holds no control characters and no spaces around it".into(),
        M::NothingFollows { scheme } => {
            format!("`{scheme}://` is not all; write what follows it")
        }
        M::NoHost { scheme } => format!("this `{scheme}://` URL names no host"),
        M::NotAUrl { why, has_at: false } => format!("not a URL: {}", url(*why)),
        M::NotAUrl { why, has_at: true } => {
            format!(
                "not a URL: {}; in a password write `#`, `/`, `?` as `%23`, `%2F`, `%3F`",
                url(*why)
            )
        }
        M::NoScheme => "no scheme; write `rtsp://…` for a camera, or `./…` for a file".into(),
    }
}

pub fn wall(mistake: &WallMistake) -> String {
    use WallMistake as M;
    match mistake {
        M::UnknownLayout { setting, layout, hint: right } => {
            format!("`{setting}` names no layout: `{layout}`{}", hint(right))
        }
        M::UnknownShown { shown, hint: right } => {
            format!("`show`: no layout or tour is called `{shown}`{}", hint(right))
        }
        M::SameName { name } => {
            format!("a layout and a tour are both called `{name}`; give one of them another name")
        }
        M::UnknownStep { layout, tour, hint: right } => {
            format!("unknown layout `{layout}` in tour `{tour}`{}", hint(right))
        }
        M::TourInTour { shown, tour } => {
            format!("tour `{tour}` shows `{shown}`, which is a tour; a step shows a layout")
        }
        M::Steps { most, steps } => format!("a tour has 1 to {most} steps, not {steps}"),
        M::BesideWalls { setting } => {
            format!("`{setting}` is for a file with one wall; with `walls` each wall has its own")
        }
        M::ManyWalls { most, walls } => format!("at most {most} walls, not {walls}"),
        M::WallIsPath { wall } => {
            format!("wall `{wall}`: the name of a wall holds no `/` or `\\` and is not `.` or `..`")
        }
        M::SameMonitor { wall, other } => {
            format!("wall `{wall}` covers the monitor of wall `{other}`; give it another one")
        }
        M::EmptyNight => "the night ends when it begins".into(),
        M::WindowSide { most, side } => {
            format!("a window side is 1 to {most} pixels, not {side}")
        }
        M::BlankMonitor => {
            "a monitor's name must not be blank; leave `monitor` out for the primary".into()
        }
        M::ManyRows { layout, rows, most } => {
            format!("layout `{layout}` has {rows} rows; at most {most}")
        }
        M::NoPlaces { layout } => {
            format!("layout `{layout}` has no places; `\"\"` makes an empty one")
        }
        M::Cells { setting, most, cells } => format!("`{setting}` is 1 to {most}, not {cells}"),
        M::UnknownCamera { camera, layout, hint: right } => {
            format!("unknown camera `{camera}` in layout `{layout}`{}", hint(right))
        }
        M::TileOfOne { layout } => format!(
            "a tile of layout `{layout}` shows one thing: write `camera`, `tour` or `hotspot: true`"
        ),
        M::HotspotAlone { layout } => {
            format!("layout `{layout}` has a hotspot and no other tile to select")
        }
        M::TilesMeet { tile, other, layout } => format!(
            "tile `{tile}` lies over tile `{other}` in layout `{layout}`; move it, or add \
             `overlap: true` for picture in picture"
        ),
        M::AtLeastOne { setting } => format!("`{setting}` must be at least 1"),
        M::TileTooFar { camera, setting, reached, layout, last } => format!(
            "tile `{camera}` reaches {setting} {reached}; layout `{layout}` ends at {setting} {last}"
        ),
    }
}

pub fn recording(mistake: &RecordingMistake) -> String {
    use RecordingMistake as M;
    match mistake {
        M::FolderPath => "`dir` is the path of a folder such as \"recordings\", without NUL".into(),
        M::Tilde => "`dir`: `~` is not your home here, but a folder of that name".into(),
        M::NeverCounts { per_camera, total } => {
            format!("`per_camera`, {per_camera}, never counts: `total` is only {total}")
        }
        M::SameFolder { id, other } => {
            format!("camera id `{id}` would be recorded to the folder of `{other}`; change one")
        }
        M::OnlyCase { id, other } => format!(
            "camera ids `{other}` and `{id}` differ only in case; where a disk ignores case their \
             recordings share a folder"
        ),
    }
}

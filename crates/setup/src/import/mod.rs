//! Lists of cameras that other programs and people keep, as drafts of a wall.
//!
//! Pure. Policies: what it is is seen by its content, not by its name; a list may be hostile, so
//! its size and number of cameras are bounded; an error says where, and nothing of what stands
//! there; what is not taken over is told.

mod cctv_viewer;
mod csv;
mod m3u;
mod opensurv;
mod qt_settings;

use std::collections::BTreeSet;
use std::fmt;

use camwall_address::CameraAddress;
use camwall_config::{Camera, Transport};
use indexmap::IndexMap;

use crate::draft::{Draft, Given, NotTaken};
use crate::names::tidy_name;
use crate::remark::{Place, Remark, What};

/// Longest list, bytes.
pub const MOST_BYTES: usize = 1_000_000;

/// What a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table, by commas, semicolons or tabs; or one address a line.
    Csv,
    /// A playlist as media players have them.
    M3u,
    /// The settings of cctv-viewer.
    CctvViewer,
    /// The screens of a monitor of OpenSurv.
    OpenSurv,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "a table",
            Self::M3u => "an M3U list",
            Self::CctvViewer => "settings of cctv-viewer",
            Self::OpenSurv => "screens of OpenSurv",
        })
    }
}

/// A list that was read.
#[derive(Debug)]
pub struct Imported {
    /// What it is.
    pub format: Format,
    /// The wall it makes.
    pub draft: Draft,
    /// What is not as it was.
    pub told: Vec<Remark>,
}

/// Why a list is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is too long.
    #[error("larger than {MOST_BYTES} bytes")]
    TooLong,
    /// It is no text.
    #[error("not UTF-8 text: line {0} holds other bytes")]
    NotText(usize),
    /// It is nothing we know.
    #[error(
        "no list of cameras: it is neither a table with addresses, nor M3U, nor of cctv-viewer or \
         OpenSurv"
    )]
    Unknown,
    /// It is a stream.
    #[error("a playlist of one stream (HLS), not a list of cameras")]
    Stream,
    /// It is broken.
    #[error("{format} that can't be read, in line {line}")]
    Broken {
        /// What it looks like.
        format: Format,
        /// Where, from 1.
        line: usize,
    },
    /// Several lists, and this one is not of a monitor of OpenSurv.
    #[error("several lists are read of OpenSurv alone, one for each monitor")]
    Several,
    /// There are too many cameras.
    #[error("{0}")]
    TooMany(NotTaken),
    /// There is none.
    #[error("no camera in it")]
    NoCamera(Vec<Remark>),
}

/// Reads lists: one, or those of several monitors of OpenSurv, which are walls in their order.
///
/// # Errors
/// If one is none, with its number from 0; if there is no camera.
pub fn read_all(lists: &[Vec<u8>]) -> Result<Imported, (usize, ImportError)> {
    if let [only] = lists {
        return read(only).map_err(|why| (0, why));
    }
    let mut list = List::default();
    for (number, bytes) in lists.iter().enumerate() {
        list.number = number;
        let read = text_of(bytes).and_then(|text| match opensurv::is_one(text) {
            true => opensurv::read(text, Some(number), &mut list),
            false => Err(ImportError::Several),
        });
        read.map_err(|why| (number, why))?;
    }
    list.finish(Format::OpenSurv).map_err(|why| (0, why))
}

/// What is to be read of a list, without a byte order mark.
fn text_of(bytes: &[u8]) -> Result<&str, ImportError> {
    if bytes.len() > MOST_BYTES {
        return Err(ImportError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|why| {
        let before = &bytes[..why.valid_up_to()];
        ImportError::NotText(before.split(|byte| *byte == b'\n').count())
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads a list.
///
/// # Errors
/// If it is none, or has no camera.
pub fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let text = text_of(bytes)?;
    let mut list = List::default();
    let format = if text.lines().any(|line| line.trim_start().starts_with("#EXT-X-")) {
        return Err(ImportError::Stream);
    } else if m3u::is_one(text) {
        m3u::read(text, &mut list)?;
        Format::M3u
    } else if cctv_viewer::is_one(text) {
        cctv_viewer::read(text, &mut list)?;
        Format::CctvViewer
    } else if opensurv::is_one(text) {
        opensurv::read(text, None, &mut list)?;
        Format::OpenSurv
    } else if text.contains("://") {
        csv::read(text, &mut list)?;
        Format::Csv
    } else {
        return Err(ImportError::Unknown);
    };
    list.finish(format)
}

/// Lists while they are read.
#[derive(Debug, Default)]
struct List {
    /// Which one is being read, from 0.
    number: usize,
    draft: Draft,
    told: Vec<Remark>,
    /// Options of this list that are not taken over, by their names.
    left_out: BTreeSet<&'static str>,
}

/// Cameras by the group they stand in.
type Groups = IndexMap<String, Vec<String>>;

impl List {
    /// Adds a camera that stands there; its id, also where it is there already.
    fn add(&mut self, place: Place, given: Given) -> Result<Option<String>, ImportError> {
        match self.draft.add(given) {
            Ok((id, told)) => {
                told.into_iter().for_each(|what| self.tell(place, what));
                if self.draft.camera(&id).is_some_and(|camera| holds_key(camera)) {
                    self.tell_once(place, What::Key);
                }
                Ok(Some(id))
            }
            Err(NotTaken::Camera(what)) => {
                self.tell(place, what);
                Ok(None)
            }
            Err(error @ NotTaken::TooMany) => Err(ImportError::TooMany(error)),
        }
    }

    /// The camera that is shown there: that of the address, if there is one, else a new one.
    fn show(&mut self, place: Place, given: Given) -> Result<Option<String>, ImportError> {
        match self.draft.at(&given.main) {
            Some(id) => Ok(Some(id.to_owned())),
            None => self.add(place, given),
        }
    }

    /// Adds a camera to its group, if it has one. One that stands in another group is in both.
    fn add_to(
        &mut self,
        groups: &mut Groups,
        group: Option<String>,
        place: Place,
        given: Given,
    ) -> Result<Option<String>, ImportError> {
        let Some(group) = group else { return self.add(place, given) };
        let there = groups.entry(group).or_default();
        let known = self.draft.at(&given.main).map(str::to_owned);
        let id = match known.filter(|id| !there.contains(id)) {
            Some(id) => {
                self.tell_other(&id, place, &given);
                Some(id)
            }
            None => self.add(place, given)?,
        };
        there.extend(id.clone());
        Ok(id)
    }

    /// Tells what a camera that is there does not take of another place where it stands.
    fn tell_other(&mut self, id: &str, place: Place, given: &Given) {
        let Some(camera) = self.draft.cameras().get(id) else { return };
        let name = given.name.as_deref().and_then(tidy_name);
        let other_name = name.is_some_and(|name| camera.name.as_deref() != Some(&name));
        let other_sub = given.sub.is_some() && given.sub != camera.sub;
        let login = given.login.as_ref();
        if other_name || other_sub || login.is_some_and(|login| !self.draft.logs_in(id, login)) {
            self.tell(place, What::Known(id.to_owned()));
        }
    }

    /// Has a camera be asked for its pictures over this, where it can be asked.
    fn ask_over(&mut self, id: &str, transport: Transport) {
        if let Some(camera) = self.draft.camera(id)
            && camera.main.expose().starts_with("rtsp://")
        {
            camera.transport = transport;
        }
    }

    fn tell(&mut self, place: Place, what: What) {
        self.told.push(Remark { list: self.number, place, what });
    }

    /// The same where that holds for all that follow.
    fn tell_once(&mut self, place: Place, what: What) {
        if !self.told.iter().any(|told| told.list == self.number && told.what == what) {
            self.tell(place, what);
        }
    }

    /// Tells which options of this list are not taken over. Once, at its end.
    fn tell_options(&mut self) {
        let names: Vec<String> = self.left_out.iter().map(|name| format!("`{name}`")).collect();
        self.left_out.clear();
        if !names.is_empty() {
            self.tell(Place::Options, What::Options(names.join(", ")));
        }
    }

    /// What was read, if there is a camera in it.
    fn finish(self, format: Format) -> Result<Imported, ImportError> {
        let Self { draft, told, .. } = self;
        if draft.cameras().is_empty() {
            return Err(ImportError::NoCamera(told));
        }
        Ok(Imported { format, draft, told })
    }
}

/// Whether an address of a camera holds what is nobody else's business.
fn holds_key(camera: &Camera) -> bool {
    let addresses = [Some(&camera.main), camera.sub.as_ref()];
    addresses.into_iter().flatten().any(CameraAddress::holds_secret)
}

#[cfg(test)]
mod tests;

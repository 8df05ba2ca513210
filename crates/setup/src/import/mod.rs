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

use std::fmt;

use crate::draft::{Draft, Given, NotTaken};
use crate::remark::{Place, Remark};

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
}

impl List {
    /// Adds a camera that stands there; its id, also where it is there already.
    fn add(&mut self, place: Place, given: Given) -> Result<Option<String>, ImportError> {
        match self.draft.add(given) {
            Ok((id, told)) => {
                told.into_iter().for_each(|what| self.tell(place, what));
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

    fn tell(&mut self, place: Place, what: crate::remark::What) {
        self.told.push(Remark { list: self.number, place, what });
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

#[cfg(test)]
mod tests;

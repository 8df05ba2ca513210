//! What is told of a list that was read: what was left out, and what is not as it was.
//!
//! Plain data. Policy: nothing of the list's own texts is in it but what stands on a tile anyway;
//! an address is told by its origin.

use std::fmt;

use camwall_address::AddressError;

/// What is told of a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Remark {
    /// In which of the lists, from 0.
    pub list: usize,
    /// Where it stands.
    pub place: Place,
    /// What is told of it.
    pub what: What,
}

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A line, from 1.
    Line(usize),
    /// A camera of a preset, both from 1.
    Preset(usize, usize),
    /// A stream of a screen, both from 1.
    Stream(usize, usize),
    /// A screen, from 1.
    Screen(usize),
    /// The list as a whole.
    Options,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Preset(preset, item) => write!(f, "preset {preset}, place {item}"),
            Self::Stream(screen, stream) => write!(f, "screen {screen}, stream {stream}"),
            Self::Screen(screen) => write!(f, "screen {screen}"),
            Self::Options => f.write_str("options"),
        }
    }
}

/// What is told of a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum What {
    /// No camera: its address is none.
    #[error("left out: {0}")]
    Address(#[from] AddressError),
    /// No camera: there is no address.
    #[error("left out: there is no address in it")]
    NoAddress,
    /// No camera: a password that is not encoded.
    #[error(
        "left out: it can't be told which part of its address is the host; in a password write `#`, \
         `/`, `?`, `@` as `%23`, `%2F`, `%3F`, `%40`"
    )]
    Doubtful,
    /// A camera without its sub stream.
    #[error("its smaller stream is left out: its address is none")]
    Sub,
    /// The same address as another camera.
    #[error("left out: the address is that of camera `{0}`")]
    Again(String),
    /// A camera that is there already, under another name, smaller stream or login.
    #[error("it is camera `{0}`, which keeps its name, smaller stream and login")]
    Known(String),
    /// An address that holds a key.
    #[error(
        "its address holds a key or a password that is no login, and others may too: the wall file \
         holds it, readable for you alone"
    )]
    Key,
    /// Options that are not taken over, by the names that the program has for them.
    #[error("not taken over: {0}")]
    Options(String),
    /// A login in words such as `<user>`.
    #[error("`<…>` stands where its login should be: no login is taken over")]
    Placeholder,
    /// A login that no file can hold.
    #[error(
        "its login is left out: a file holds `user:password` on a line, so the user is not empty and \
         has no `:`, and neither is longer than a line"
    )]
    Login,
    /// A picture that is fetched once, not a camera.
    #[error("left out: a picture and no camera")]
    Picture,
    /// Columns that nobody knows the meaning of.
    #[error("left out: columns without a heading beside the address and the name")]
    Columns,
    /// A size that had to be assumed.
    #[error("its screen is taken to be {0} × {1} points large")]
    Extent(u32, u32),
    /// Places that fit into no grid of cells.
    #[error("places are moved to the nearest of 64 × 64 cells")]
    Nearest,
    /// Places that can't be.
    #[error("its coordinates are no place on a screen: it stands in a grid with the others")]
    NoPlace,
    /// How long a screen is shown, in seconds, and for how long it is now.
    #[error("shown for {1} s instead of {0} s: a step of a tour takes 2 s to 1 h")]
    Duration(u32, u32),
    /// More screens than a tour has steps.
    #[error("no step of the tour: it has at most {0}")]
    Step(usize),
    /// A screen that is turned.
    #[error("the screen is not turned: `rotation` in the wall file turns a whole wall")]
    Turned,
}

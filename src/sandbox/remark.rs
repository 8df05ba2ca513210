//! What is to be told of the rules, and whose a path is, as data: `check` says it in the wall's language.
//!
//! Pure.

use std::fmt;
use std::path::PathBuf;

use camwall_words::{Check, EN};

/// Whose a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// That of the recordings.
    Recordings,
    /// That of the wall file.
    WallFile,
    /// A camera's authorities.
    Authorities(String),
    /// A camera's login.
    Login(String),
    /// A camera's source.
    Camera(String),
    /// The source of some camera.
    SomeCamera,
    /// What the command line names, as it is called there.
    Option(&'static str),
}

impl Whose {
    /// It, in the words of a language.
    #[must_use]
    pub fn say(&self, words: &Check) -> String {
        match self {
            Self::Recordings => words.of_recordings.to_owned(),
            Self::WallFile => words.of_wall_file.to_owned(),
            Self::Authorities(camera) => (words.of_authorities)(camera),
            Self::Login(camera) => (words.of_login)(camera),
            Self::Camera(camera) => (words.of_camera)(camera),
            Self::SomeCamera => words.of_some_camera.to_owned(),
            Self::Option(option) => (*option).to_owned(),
        }
    }
}

impl fmt::Display for Whose {
    /// In English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(&EN.check))
    }
}

/// What is wider or narrower than it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A device that is not there when root's program starts.
    DeviceNotThere(PathBuf),
    /// A path in `/`, of which only it itself is reached.
    ReachedItself(Whose, PathBuf),
    /// A path of which nothing is there.
    OutOfReach(Whose, PathBuf),
}

impl Remark {
    /// It, in the words of a language.
    #[must_use]
    pub fn say(&self, words: &Check) -> String {
        match self {
            Self::DeviceNotThere(device) => (words.device_not_there)(&device.display().to_string()),
            Self::ReachedItself(whose, path) => {
                (words.reached_itself)(&whose.say(words), &path.display().to_string())
            }
            Self::OutOfReach(whose, path) => {
                (words.out_of_reach)(&whose.say(words), &path.display().to_string())
            }
        }
    }
}

impl fmt::Display for Remark {
    /// In English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(&EN.check))
    }
}

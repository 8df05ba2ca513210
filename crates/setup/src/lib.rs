//! How a first wall file comes about: from addresses, from questions and answers, or from the list
//! of another program.
//!
//! Runs on the caller's thread; asks nobody and connects to nobody itself, and only [`save()`]
//! touches the disk. Policies: a password that is found goes into a file of its own that nobody
//! else can read, and into nothing else; what is left out is said, and never guessed; nothing that
//! is there is overwritten.

#![forbid(unsafe_code)]

mod addresses;
mod dialogue;
mod draft;
#[cfg(any(test, feature = "fixtures"))]
pub mod fuzzing;
mod import;
mod names;
mod remark;
mod save;

pub use self::addresses::{Refused, check_address, wall_of};
pub use self::dialogue::{Asked, Found, Reply, Surroundings, ask};
pub use self::draft::{Draft, Given, LOGINS, LoginFile, MOST_CAMERAS, NotTaken};
pub use self::import::{Format, ImportError, Imported, MOST_BYTES, read, read_all};
pub use self::remark::{Place, Remark, What};
pub use self::save::{SaveError, Saved, save};

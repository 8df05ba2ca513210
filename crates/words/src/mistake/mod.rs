//! What can be wrong with a wall file, as data: each language says it in its own words.
//!
//! Who finds a mistake gives what it is about; names of settings and what the file says are given as the
//! file has them. Policy: nothing in here holds a password, since all of it is shown.

mod of_file;
mod of_settings;
mod parts;
mod reasons;

pub use self::of_file::{FileMistake, FormMistake, KeysMistake, ValueMistake};
pub use self::of_settings::{AddressMistake, CameraMistake, RecordingMistake, WallMistake};
pub(crate) use self::parts::list;
pub use self::parts::{ChordFault, Expected, Found, Hint, Named, Opened, Range, Side, Syntax};
pub use self::reasons::{DurationFault, UrlFault};
use crate::Words;

/// Declares the mistakes of a topic, with an example of what each is about.
macro_rules! mistakes {
    ($(#[$about:meta])* $name:ident {
        $($(#[$doc:meta])* $mistake:ident $({ $($field:ident: $type:ty = $example:expr),+ })?,)+
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the sentence of each mistake says what its fields are")]
        pub enum $name {
            $($(#[$doc])* $mistake $({ $($field: $type),+ })?,)+
        }

        impl $name {
            /// One of each, with its name.
            #[must_use]
            #[allow(clippy::useless_conversion, reason = "examples of all types are written alike")]
            pub fn examples() -> Vec<(&'static str, Self)> {
                vec![$((stringify!($mistake), Self::$mistake $({ $($field: $example.into()),+ })?),)+]
            }
        }
    };
}

use mistakes;

/// Makes one of all topics.
macro_rules! topics {
    ($($(#[$doc:meta])* $topic:ident $field:ident: $mistake:ident,)+) => {
        /// A mistake in a wall file, or something that works and is not wise.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Mistake {
            $($(#[$doc])* $topic($mistake),)+
            /// What the program itself found, in words already.
            Told(String),
        }

        /// How a language says each topic's mistakes.
        #[derive(Debug, Clone, Copy)]
        pub struct Mistakes {
            $($(#[$doc])* pub $field: fn(&$mistake) -> String,)+
        }

        impl Mistake {
            /// The mistake in the words of a language.
            #[must_use]
            pub fn say(&self, words: &Words) -> String {
                match self {
                    $(Self::$topic(mistake) => (words.mistakes.$field)(mistake),)+
                    Self::Told(text) => text.clone(),
                }
            }

            /// One of each, with its name.
            #[must_use]
            pub fn examples() -> Vec<(&'static str, Self)> {
                let mut all = Vec::new();
                $(all.extend(
                    $mistake::examples().into_iter().map(|(name, it)| (name, Self::$topic(it))),
                );)+
                all
            }
        }

        $(impl From<$mistake> for Mistake {
            fn from(mistake: $mistake) -> Self {
                Self::$topic(mistake)
            }
        })+
    };
}

topics! {
    /// What is wrong with the file itself, and with its text.
    File file: FileMistake,
    /// Values of the wrong kind, names that no setting has.
    Form form: FormMistake,
    /// Values that can't be read or are out of range, by whatever setting.
    Value value: ValueMistake,
    /// Chords and actions.
    Keys keys: KeysMistake,
    /// Settings of a camera.
    Camera camera: CameraMistake,
    /// Addresses of cameras.
    Address address: AddressMistake,
    /// Layouts and the window.
    Wall wall: WallMistake,
    /// Recordings.
    Recording recording: RecordingMistake,
}

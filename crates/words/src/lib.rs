//! What the wall and `camwall check` say: one table a language.
//!
//! Plain data; any thread. Knows nothing of the program: whoever has something to say asks a table
//! for the text and fills in what it is about. Policy: a table lists every text, so that one that is
//! missing in a language does not compile; log lines and the command line's errors are English and
//! not in here. Corrections of the translations are welcome.
//!
//! A table that lacks one of its texts is refused by the compiler:
//!
//! ```
//! let numbers = camwall_words::Numbers { decimal: ',', colon: ": " };
//! assert_eq!(numbers.tenths(2.5), "2,5");
//! ```
//!
//! ```compile_fail,E0063
//! let numbers = camwall_words::Numbers { decimal: ',' };
//! ```
//!
//! ```compile_fail,E0063
//! let states = camwall_words::States {
//!     connecting: "接続中",
//!     late: "遅延",
//!     no_new_picture: "新しい映像なし",
//!     cant_decode: "デコード不可",
//!     busy: "ビジー",
//!     no_login: "ログイン情報なし",
//!     not_trusted: "証明書信頼不可",
//!     offline: "オフライン",
//!     login_refused: "ログイン拒否",
//!     ended: "終了",
//! };
//! ```

#![forbid(unsafe_code)]

mod advice;
mod check;
mod de;
mod diff;
mod en;
mod help;
mod ja;
mod language;
mod mistake;
mod recording;
mod reload;
mod system;
#[cfg(test)]
mod tests;
mod texts;
mod tile;
mod walls;
mod zh_tw;

pub use self::advice::Advice;
pub use self::check::{Check, Folder, LoginFault, Probe};
pub use self::de::DE;
pub use self::diff::Difference;
pub use self::en::EN;
pub use self::help::Help;
pub use self::ja::JA;
pub use self::language::Language;
pub use self::mistake::{
    AddressMistake, CameraMistake, ChordFault, DurationFault, Expected, FileMistake, FormMistake,
    Found, Hint, KeysMistake, Mistake, Mistakes, Named, Opened, Range, RecordingMistake, Side,
    Syntax, UrlFault, ValueMistake, WallMistake,
};
pub use self::recording::{Causes, Notes, Recording};
pub use self::reload::Reload;
pub use self::system::{System, SystemFault};
pub use self::tile::{States, Tile, Warned};
pub use self::walls::Walls;
pub use self::zh_tw::ZH_TW;

/// All texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The language's tag in BCP 47.
    pub tag: &'static str,
    /// The words of a camera's state.
    pub states: States,
    /// What is wrong with a picture that is live.
    pub warned: Warned,
    /// What else a tile says.
    pub tile: Tile,
    /// What a wall says as a whole.
    pub walls: Walls,
    /// Why there is no picture, and what to do.
    pub advice: Advice,
    /// What is said of recordings.
    pub recording: Recording,
    /// Why a camera is not recorded.
    pub causes: Causes,
    /// What came of a key that is about recordings.
    pub notes: Notes,
    /// What keys and mouse do.
    pub help: Help,
    /// What is said of a wall file that was changed while the wall runs.
    pub reload: Reload,
    /// Why the system did not do what was asked of it.
    pub system: System,
    /// What is wrong with a wall file.
    pub mistakes: Mistakes,
    /// What `check` reports.
    pub check: Check,
    /// What is said of a recording folder.
    pub folder: Folder,
    /// Why a login can't be used.
    pub login: LoginFault,
    /// What `check --probe` reports.
    pub probe: Probe,
    /// What another wall file would change.
    pub diff: Difference,
    /// How dates and times are written.
    pub dates: Dates,
    /// How numbers are written.
    pub numbers: Numbers,
}

/// How dates and times are written: patterns of `strftime`, with 24 hours.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    /// A time of today.
    pub time: &'static str,
    /// A time of another day.
    pub day_and_time: &'static str,
}

/// How numbers are written, and what stands between two sentences.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    /// What stands before the tenths.
    pub decimal: char,
    /// What stands between what is wrong and what to do.
    pub colon: &'static str,
}

impl Numbers {
    /// A number with one digit behind the decimal sign.
    #[must_use]
    pub fn tenths(&self, number: f32) -> String {
        let text = format!("{number:.1}");
        if self.decimal == '.' { text } else { text.replace('.', &self.decimal.to_string()) }
    }
}

impl Words {
    /// Every text under its name, as the tables call it; what is filled in are examples.
    #[must_use]
    pub fn each(&self) -> Vec<(String, String)> {
        let topics = [
            ("states", self.states.each()),
            ("warned", self.warned.each()),
            ("tile", self.tile.each()),
            ("walls", self.walls.each()),
            ("advice", self.advice.each()),
            ("recording", self.recording.each()),
            ("causes", self.causes.each()),
            ("notes", self.notes.each()),
            ("help", self.help.each()),
            ("reload", self.reload.each()),
            ("system", self.system.each()),
            ("check", self.check.each()),
            ("folder", self.folder.each()),
            ("login", self.login.each()),
            ("probe", self.probe.each()),
            ("diff", self.diff.each()),
        ];
        let named = |(topic, texts): (&str, Vec<(&'static str, String)>)| {
            let topic = topic.to_owned();
            texts.into_iter().map(move |(name, text)| (format!("{topic}.{name}"), text))
        };
        topics.into_iter().flat_map(named).collect()
    }

    /// The first half of a sentence of [`Advice`]: what is wrong, without what to do.
    #[must_use]
    pub fn what<'s>(&self, sentence: &'s str) -> &'s str {
        sentence.split(self.numbers.colon).next().unwrap_or_default()
    }
}

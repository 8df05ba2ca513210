//! Mistakes that are found while the file is read: its text, the kinds of its values.

use super::{
    ChordFault, DurationFault, Expected, Found, Hint, Named, Opened, Range, Syntax, mistakes,
};
use crate::SystemFault;

mistakes! {
    /// What is wrong with the file itself, and with its text.
    FileMistake {
        /// There is no such file.
        NoFile,
        /// The path is that of a folder.
        IsFolder,
        /// The path is that of a pipe, a device or the like.
        NotAFile,
        /// It is longer than wall files are.
        TooLong { most: u64 = 4_000_000_u64 },
        /// The system does not let it be read, for this reason.
        Unreadable { why: SystemFault = SystemFault::Denied },
        /// The file is not text; the first wrong line is named.
        NotUtf8 { line: usize = 2_usize },
        /// The text is no RON; where a bracket is open, that is said.
        Syntax { what: Syntax = Syntax::CommaOrBracket, opened: Option<Opened> = Opened::EXAMPLE },
        /// Our own reader can't follow the text.
        TooUnusual,
        /// Others can read a file that holds a login; its mode is in octal digits.
        OthersRead { mode: String = "0644" },
    }
}

mistakes! {
    /// Values of the wrong kind, names that no setting has.
    FormMistake {
        /// Our own reader can't read this value.
        CannotCheck,
        /// `written` is `word` in another case.
        UnknownWord { written: String = "none", word: String = "None" },
        /// A value of another kind is wanted.
        WrongType { expected: Expected = Expected::Number, found: Found = Found::Text },
        /// `word`, one of the setting `what`, stands in quotes.
        WithoutQuotes { what: String = "transport", word: String = "Udp" },
        /// The setting `what` takes a word, and this is none.
        CannotBe {
            what: String = "transport",
            found: Found = Found::Text,
            hint: Hint = Hint::allowed(["Tcp", "Udp"])
        },
        /// The setting `what` has no such word.
        UnknownVariant {
            what: String = "transport",
            name: String = "Ucp",
            hint: Hint = Hint::both("Udp", ["Tcp", "Udp"])
        },
        /// The section `what` has no setting `field`.
        UnknownField {
            field: String = "mian",
            what: String = "camera",
            hint: Hint = Hint::both("main", ["main", "sub"])
        },
        /// The section `what` needs the setting `field`.
        MissingField { field: String = "main", what: String = "camera" },
        /// A name in a map stands without quotes.
        KeyInQuotes { key: String = "gate" },
        /// The word takes nothing behind it.
        TakesNoValue { word: String = "Udp" },
        /// The word takes one value.
        TakesOneValue { word: String = "Env" },
        /// The word takes so many values.
        TakesValues { word: String = "Pair", count: usize = 2_usize },
        /// A key stands twice in `inside`, or in the file; the first one stands in that line.
        GivenTwice { key: String = "gate", inside: Option<String> = None, line: usize = 3_usize },
    }
}

mistakes! {
    /// Values that can't be read or are out of range, by whatever setting.
    ValueMistake {
        /// Not a length of time.
        Duration { why: DurationFault = DurationFault::NoNumber },
        /// Not a size in bytes.
        Size,
        /// A schedule without times.
        NoTimes,
        /// Not days and times.
        SpanForm,
        /// There is no such day.
        UnknownDay { day: String = "Mno", hint: Hint = Hint::both("Mon", ["Mon", "Tue"]) },
        /// There is no such time of day.
        UnknownTime { time: String = "25:00" },
        /// There is no such time of day.
        TimeOfDay { time: String = "24:00" },
        /// It ends when it begins.
        EmptySpan,
        /// A setting is out of its range; `value` is as the file has it.
        OutOfRange {
            setting: String = "segment",
            range: Range = Range::Between("1s", "24h"),
            value: String = "\"25h\""
        },
        /// A blank name.
        Blank { named: Named = Named::Layout },
        /// A name with control characters or spaces around it.
        Untidy { named: Named = Named::Camera, name: String = " gate" },
        /// A name of `length` characters, of which there may be `most`.
        LongName { named: Named = Named::Camera, most: usize = 64_usize, length: usize = 70_usize },
    }
}

mistakes! {
    /// Chords and actions.
    KeysMistake {
        /// Not a chord.
        Chord { text: String = "Ctrl+Enterr", fault: ChordFault = ChordFault::Digit },
        /// A chord stands twice for an action.
        ChordTwice { chord: String = "X", action: String = "help" },
        /// A chord stands for two actions.
        ChordOfTwo { chord: String = "X", action: String = "help", other: String = "quit" },
        /// A chord does `action`, and no longer `other`, whose key it is by default.
        ChordTaken { chord: String = "N", action: String = "next_layout", other: String = "next_camera" },
        /// The file has no such wall.
        UnknownWall { wall: String = "lfet", hint: Hint = Hint::Near("left".into()) },
        /// There is no such action.
        UnknownAction { action: String = "quitt", hint: Hint = Hint::Near("quit".into()) },
    }
}

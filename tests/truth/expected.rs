//! The words in which the table is written.
//!
//! Plain data.

/// The ways to a camera, as the log calls them.
pub const TCP: &str = "retina over TCP";
pub const UDP: &str = "retina over UDP";
pub const FFMPEG: &str = "FFmpeg";
/// Among the ways: the decoder was opened anew in between.
pub const ANEW: &str = "the decoder anew";

/// Pauses before the next try, in seconds; the last one repeats.
const PAUSES: &[f64] = &[1.0, 2.0, 5.0, 10.0, 30.0];
/// A camera that is connected has a picture so soon.
const CONNECTING: f64 = 2.0;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    pub row: &'static str,
    /// The words in their order, and when each begins.
    pub words: &'static [Begins],
    /// What else may be seen in between and at the end, where words come and go, and for how many
    /// seconds at most.
    pub also: &'static [(&'static str, f64)],
    /// The word that is said last, and when it begins to be; without, the last of `words`.
    pub ends: Option<Begins>,
    /// How long `connecting` may be said at a time, in seconds.
    pub connecting: f64,
    /// How many connections are made anew, at the least and at the most.
    pub reconnects: (u64, u64),
    /// By which ways connections come up, in their order.
    pub ways: &'static [&'static str],
    /// The pauses between tries, in seconds; the last one repeats.
    pub pauses: &'static [f64],
    /// How late pictures are while it is said, in milliseconds.
    pub late_ms: Option<(u64, u64)>,
}

/// A word begins so many seconds after the start of a phase of the row.
#[derive(Debug, Clone, Copy)]
pub struct Begins {
    /// State and warnings, as in the status lines: `live damaged`.
    pub word: &'static str,
    /// `good`, or `good#2` for the second of that name.
    pub phase: &'static str,
    /// Seconds, at the earliest and at the latest.
    pub from: f64,
    pub to: f64,
}

pub const fn begins(word: &'static str, phase: &'static str, from: f64, to: f64) -> Begins {
    Begins { word, phase, from, to }
}

/// A row with these words and no other, connected once and by the first way.
pub const fn row(row: &'static str, words: &'static [Begins]) -> Expected {
    Expected {
        row,
        words,
        also: &[],
        ends: None,
        connecting: CONNECTING,
        reconnects: (0, 0),
        ways: &[TCP],
        pauses: PAUSES,
        late_ms: None,
    }
}

impl Expected {
    pub const fn also(self, also: &'static [(&'static str, f64)]) -> Self {
        Self { also, ..self }
    }

    pub const fn ends(self, ends: Begins) -> Self {
        Self { ends: Some(ends), ..self }
    }

    pub const fn connecting(self, seconds: f64) -> Self {
        Self { connecting: seconds, ..self }
    }

    pub const fn reconnects(self, least: u64, most: u64) -> Self {
        Self { reconnects: (least, most), ..self }
    }

    pub const fn by(self, ways: &'static [&'static str]) -> Self {
        Self { ways, ..self }
    }

    pub const fn pauses(self, pauses: &'static [f64]) -> Self {
        Self { pauses, ..self }
    }

    pub const fn late_by(self, least: u64, most: u64) -> Self {
        Self { late_ms: Some((least, most)), ..self }
    }

    /// Whether a word may come and go.
    pub fn passes_over(&self, word: &str) -> bool {
        self.also.iter().any(|(also, _)| *also == word)
    }
}

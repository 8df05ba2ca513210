//! Reads a wall file: from bytes to a wall without mistakes, with what is said of its places.
//!
//! Runs on the caller's thread. Policy: `ron` decides whether the form is right; the tree of places is
//! asked for all the reasons, and where things stand. The text of a file may hold passwords: it is
//! in no message and no `Debug`.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use camwall_words::{FileMistake, Mistake, SystemFault};
use ron::{Options, extensions::Extensions};
use serde::de::IgnoredAny;

use super::diagnostic::{ConfigErrors, Diagnostic, Remark, place, place_one};
use super::labels::{Label, labels};
use super::login;
use super::validate::{Names, asked_at, secret_at, validate};
use super::{DEFAULT_LAYOUT, Layout, Wall};

/// A wall file that is in order.
#[derive(Clone, PartialEq)]
pub struct Loaded {
    /// The wall.
    pub wall: Wall,
    /// What works but is not wise, sorted by place.
    pub warnings: Vec<Diagnostic>,
    /// Where the file asks for recording.
    recording: Diagnostic,
    /// The names that the wall writes.
    labels: Vec<Label>,
    /// Where the file first holds what is secret: a byte offset in `text`.
    secret: Option<usize>,
    text: String,
}

impl fmt::Debug for Loaded {
    /// Without the text of the file, which may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("wall", &self.wall)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

impl Loaded {
    /// Adds a warning where the file, whose permissions are `mode`, holds what is secret and others
    /// may read it.
    fn warn_of_readers(&mut self, mode: u32) {
        let Some(at) = self.secret.filter(|_| mode & login::OTHERS_READ != 0) else { return };
        let exposed = FileMistake::OthersRead { mode: format!("{mode:04o}") };
        let warning = place_one(&self.text, &self.recording.file, Remark::new(at, exposed));
        let place = |warning: &Diagnostic| (warning.line, warning.column);
        let before = self.warnings.partition_point(|other| place(other) <= place(&warning));
        self.warnings.insert(before, warning);
    }

    /// The file's text, without a byte order mark. It may hold passwords.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is said about the folder of the recordings, at the place where the file asks for them.
    #[must_use]
    pub fn about_recordings(&self, message: &str) -> Diagnostic {
        Diagnostic { what: Mistake::Told(message.to_owned()), ..self.recording.clone() }
    }

    /// The names that the wall writes, in the order of the file.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What is said about one of these names, at the place where the file gives it.
    #[must_use]
    pub fn about_label(&self, label: &Label, message: &str) -> Diagnostic {
        let remark = Remark::new(label.at, Mistake::Told(message.to_owned()));
        place_one(&self.text, &self.recording.file, remark)
    }
}

/// How long a wall file may be, in bytes: a thousand cameras take a tenth of it.
pub const MOST_BYTES: u64 = 4_000_000;

impl Wall {
    /// Reads and checks a wall file.
    ///
    /// # Errors
    /// If the file cannot be read, or with all its mistakes.
    pub fn load(path: &Path) -> Result<Loaded, ConfigErrors> {
        Self::of_bytes(Self::read(path)?, path)
    }

    /// Reads a wall file, of [`MOST_BYTES`] at most.
    ///
    /// # Errors
    /// If the file cannot be read, or is too long.
    pub fn read(path: &Path) -> Result<Vec<u8>, ConfigErrors> {
        let file = path.display().to_string();
        let mut bytes = Vec::new();
        let opened =
            File::open(path).and_then(|it| it.take(MOST_BYTES + 1).read_to_end(&mut bytes));
        let refused = |why| ConfigErrors::Unreadable { file: file.clone(), why };
        opened.map_err(|why| {
            refused(match why.kind() {
                io::ErrorKind::NotFound => FileMistake::NoFile,
                io::ErrorKind::IsADirectory => FileMistake::IsFolder,
                _ => FileMistake::Unreadable { why: SystemFault::of(&why) },
            })
        })?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(refused(FileMistake::TooLong { most: MOST_BYTES }));
        }
        Ok(bytes)
    }

    /// Checks what was read of the wall file at `path`.
    ///
    /// # Errors
    /// With all mistakes.
    pub fn of_bytes(bytes: Vec<u8>, path: &Path) -> Result<Loaded, ConfigErrors> {
        let file = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|why| {
            let line = why.as_bytes()[..why.utf8_error().valid_up_to()]
                .split(|&byte| byte == b'\n')
                .count();
            let why = FileMistake::NotUtf8 { line };
            ConfigErrors::Unreadable { file: file.clone(), why }
        })?;
        let mut loaded = Self::parse(&text, &file)?;
        if let Ok(metadata) = path.metadata() {
            loaded.warn_of_readers(metadata.permissions().mode() & 0o777);
        }
        Ok(loaded)
    }

    /// Checks the text of a wall file; `file_name` is what messages call it.
    ///
    /// # Errors
    /// With all mistakes.
    ///
    /// ```
    /// use camwall_config::Wall;
    ///
    /// let text = r#"(
    ///     cameras: { "gate": (main: "rtsp://10.0.0.11/live") },
    ///     layouts: { "all": Grid(cameras: ["gtae"]) },
    /// )"#;
    /// let errors = Wall::parse(text, "wall.ron").unwrap_err();
    /// assert_eq!(
    ///     errors.to_string(),
    ///     "wall.ron:3:38: unknown camera `gtae` in layout `all`; did you mean `gate`?"
    /// );
    /// ```
    pub fn parse(text: &str, file_name: &str) -> Result<Loaded, ConfigErrors> {
        // Some editors begin a file with a byte order mark, which is no RON.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let wrong = |remarks| ConfigErrors::Wrong(place(text, file_name, remarks));
        let Checked { mut wall, warnings, recording, labels, secret } =
            check(text).map_err(wrong)?;
        if wall.layouts.is_empty() {
            let cameras = wall.cameras.keys().cloned().collect();
            wall.layouts.insert(DEFAULT_LAYOUT.to_owned(), Layout::Grid { columns: None, cameras });
        }
        let recording =
            place_one(text, file_name, Remark::new(recording, Mistake::Told(String::new())));
        let warnings = place(text, file_name, warnings);
        Ok(Loaded { wall, warnings, recording, labels, secret, text: text.to_owned() })
    }
}

/// A wall without mistakes, and places in its file.
struct Checked {
    wall: Wall,
    warnings: Vec<Remark>,
    /// Where it asks for recording.
    recording: usize,
    /// The names that it writes.
    labels: Vec<Label>,
    /// Where it first holds what is secret.
    secret: Option<usize>,
}

/// The wall, or all errors. `ron` decides whether the form is right; only where it
/// says no, the tree is asked for all the reasons.
fn check(text: &str) -> Result<Checked, Vec<Remark>> {
    let ron = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    let read = ron.from_str::<Wall>(text);
    if let Err(typed) = &read
        && let Err(error) = ron.from_str::<IgnoredAny>(text)
    {
        // Without types `(main "x")` begins like a tuple, so only the typed pass misses the colon.
        let colon = typed.code == ron::Error::ExpectedMapColon;
        return Err(vec![crate::spanned::syntax::remark(text, if colon { typed } else { &error })]);
    }
    let mut tree = match (crate::spanned::scanner::tree(text), &read) {
        (Ok(tree), _) => tree,
        (Err(_), Err(error)) => return Err(vec![crate::spanned::syntax::remark(text, error)]),
        (Err(_), Ok(_)) => return Err(vec![Remark::new(0, FileMistake::TooUnusual)]),
    };
    let names = Names::of(&tree);
    let mut errors = Vec::new();
    tree.remove_duplicates(text, None, &mut errors);
    let wall = match read {
        Ok(wall) if errors.is_empty() => Some(wall),
        Ok(_) => crate::spanned::explain::explain(&mut tree, &mut errors),
        Err(error) => {
            let wall = crate::spanned::explain::explain(&mut tree, &mut errors);
            if errors.is_empty() {
                errors.push(crate::spanned::syntax::remark(text, &error));
            }
            wall
        }
    };
    let mut warnings = Vec::new();
    if let Some(wall) = &wall {
        (errors, warnings) = validate(wall, &names, tree.spot(), errors);
    }
    match wall {
        Some(wall) if errors.is_empty() => {
            let recording = asked_at(&wall, tree.spot());
            let labels = labels(&wall, tree.spot());
            let secret = secret_at(&wall, tree.spot());
            Ok(Checked { wall, warnings, recording, labels, secret })
        }
        _ => Err(errors),
    }
}

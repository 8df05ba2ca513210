//! Where a camera's login is kept, and fetching it from there.
//!
//! Runs on the thread that opens the camera: [`Login::resolve`] reads the environment or a small
//! file. Policy: a login is fetched when it is needed, so that a changed file counts at the next
//! connect, and no more than the beginning of a file is read, and only of a regular one: a pipe could
//! be waited for without end; neither messages nor `Debug` output ever hold a password.

use std::{
    ffi::OsStr,
    fmt,
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use camwall_address::Login as Credentials;
use serde::Deserialize;

/// How much of a file is read: a line with a long user and a long password fits many times.
const MOST_BYTES: u64 = 4096;

/// Where a login is kept, so that no password need be written into the wall file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum Login {
    /// An environment variable that holds `user:password`.
    Env(String),
    /// A credential of this name that systemd hands to the service (`LoadCredential=`); its first line
    /// is `user:password`.
    Credential(String),
    /// A file whose first line is `user:password`. Relative paths start at the wall file's folder.
    File(PathBuf),
    /// What was typed when the program was started, for cameras that stand in no file; nothing where
    /// nobody was asked, and then they are tried without.
    #[serde(skip)]
    Typed(Option<Credentials>),
}

/// The bits of a file's mode by which its group or all others read it.
pub(super) const OTHERS_READ: u32 = 0o044;

/// A login file that others may read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("others can read {} (mode {mode:04o}): `chmod 600` it", .path.display())]
pub struct Exposed {
    /// The file.
    pub path: PathBuf,
    /// Its permissions.
    pub mode: u32,
}

/// Why there is no login.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The variable is not set.
    #[error("environment variable `{0}` is not set; it must hold `user:password`")]
    EnvMissing(String),
    /// The variable is not text.
    #[error("environment variable `{0}` is not UTF-8 text")]
    EnvNotText(String),
    /// systemd handed no credentials over.
    #[error(
        "`CREDENTIALS_DIRECTORY` is not set, where credential `{0}` would be; systemd sets it for \
         `LoadCredential={0}:…`"
    )]
    NoCredentials(String),
    /// The file cannot be read.
    #[error("cannot read {}: {why}", .path.display())]
    FileUnreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        why: io::Error,
    },
    /// Nobody was there to be asked.
    #[error("the camera wants a login, and none was given; `--login` says where one is")]
    NotGiven,
    /// There is a value, but not `user:password`.
    #[error("{0} does not hold `user:password`")]
    NoColon(Whence),
}

/// Where something is that is no login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whence {
    /// An environment variable.
    Variable(String),
    /// The first line of a file.
    File(PathBuf),
}

impl fmt::Display for Whence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "environment variable `{name}`"),
            Self::File(path) => write!(f, "the first line of {}", path.display()),
        }
    }
}

/// Why a file that can be read holds no login: what [`LoginError::FileUnreadable`] carries where the
/// system has nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginFileFault {
    /// A folder, a pipe, a device.
    #[error("not a regular file")]
    NotAFile,
    /// More than is read.
    #[error("the first line is too long")]
    LongLine,
    /// Other bytes.
    #[error("not UTF-8 text")]
    NotText,
}

impl Login {
    /// The file that holds it, if one does. `base_dir` is the folder of the wall file.
    #[must_use]
    pub fn file(&self, base_dir: &Path) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(base_dir.join(path)),
            Self::Env(_) | Self::Credential(_) | Self::Typed(_) => None,
        }
    }

    /// Fetches user and password. `base_dir` is the folder of the wall file.
    ///
    /// # Errors
    /// If the variable or file is missing or does not hold `user:password`.
    pub fn resolve(&self, base_dir: &Path) -> Result<Credentials, LoginError> {
        match self {
            Self::Env(name) => match std::env::var(name) {
                Ok(value) => split(&value, || Whence::Variable(name.clone())),
                Err(std::env::VarError::NotPresent) => Err(LoginError::EnvMissing(name.clone())),
                Err(std::env::VarError::NotUnicode(_)) => Err(LoginError::EnvNotText(name.clone())),
            },
            Self::Credential(name) => {
                credential(name, std::env::var_os("CREDENTIALS_DIRECTORY").as_deref())
            }
            Self::File(path) => from_file(base_dir.join(path)),
            Self::Typed(login) => login.clone().ok_or(LoginError::NotGiven),
        }
    }

    /// Whether others on this computer may read it. Only a file's mode tells; systemd keeps
    /// credentials itself. `base_dir` is the folder of the wall file.
    #[must_use]
    pub fn exposed(&self, base_dir: &Path) -> Option<Exposed> {
        let Self::File(path) = self else { return None };
        let path = base_dir.join(path);
        let mode = path.metadata().ok()?.permissions().mode() & 0o777;
        (mode & OTHERS_READ != 0).then_some(Exposed { path, mode })
    }
}

/// A credential in systemd's folder, if there is one.
pub(super) fn credential(name: &str, folder: Option<&OsStr>) -> Result<Credentials, LoginError> {
    match folder.filter(|folder| !folder.is_empty()) {
        Some(folder) => from_file(Path::new(folder).join(name)),
        None => Err(LoginError::NoCredentials(name.to_owned())),
    }
}

fn from_file(path: PathBuf) -> Result<Credentials, LoginError> {
    match beginning(&path) {
        Ok(text) => split(&text, || Whence::File(path.clone())),
        Err(why) => Err(LoginError::FileUnreadable { path, why }),
    }
}

/// The first line of a regular file, within its first [`MOST_BYTES`].
fn beginning(path: &Path) -> io::Result<String> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, LoginFileFault::NotAFile));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    let wrong = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.len() as u64 == MOST_BYTES {
        return Err(wrong(LoginFileFault::LongLine));
    }
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8(line.to_vec()).map_err(|_not_text| wrong(LoginFileFault::NotText))
}

fn split(text: &str, whence: impl Fn() -> Whence) -> Result<Credentials, LoginError> {
    let line = text.lines().next().unwrap_or_default();
    match line.split_once(':') {
        Some((user, password)) if !user.is_empty() => Ok(Credentials::new(user, password)),
        _ => Err(LoginError::NoColon(whence())),
    }
}

//! Writes a first wall file and the files of its logins.
//!
//! Runs on the caller's thread. Policies: all or nothing, and nothing that is there is overwritten,
//! not even by who makes it in the same moment (`O_EXCL`); login files have mode 0600 and their
//! folder 0700, from the moment they are there.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use camwall_config::Wall;

use crate::draft::{LOGINS, LoginFile};

/// Who may read a file that holds a secret: its owner.
const PRIVATE: u32 = 0o600;

/// Who may read a wall file without one.
const PUBLIC: u32 = 0o644;

/// What was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Saved {
    /// The wall file.
    pub wall: PathBuf,
    /// The login files.
    pub logins: Vec<PathBuf>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// A file is there.
    #[error("{} is there already, and nothing is overwritten", .0.display())]
    Exists(PathBuf),
    /// It can't be written.
    #[error("cannot write {}: {why}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        why: io::Error,
    },
}

/// Writes `wall` as `file`, with `head` above it, and its logins beside it.
///
/// # Errors
/// If one of them is there or can't be written; then none is left.
pub fn save(
    file: &Path,
    head: &str,
    wall: &Wall,
    logins: &[LoginFile],
) -> Result<Saved, SaveError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    if fs::symlink_metadata(file).is_ok() {
        return Err(SaveError::Exists(file.to_owned()));
    }
    let mut made = Made::default();
    if !logins.is_empty() {
        made.folder(folder.join(LOGINS))?;
    }
    for LoginFile { path, login } in logins {
        let text = format!("{}:{}\n", login.user(), login.password());
        made.file(folder.join(path), &text, PRIVATE)?;
    }
    // Last: where it is, what it names is there.
    let mode = if holds_secret(wall) { PRIVATE } else { PUBLIC };
    made.file(file.to_owned(), &wall.write(head), mode)?;
    let logins = logins.iter().map(|login| folder.join(&login.path)).collect();
    made.kept = true;
    Ok(Saved { wall: file.to_owned(), logins })
}

/// Whether the wall file holds what is nobody else's business.
fn holds_secret(wall: &Wall) -> bool {
    wall.cameras.values().any(|camera| {
        let addresses = [Some(&camera.main), camera.sub.as_ref()];
        addresses.into_iter().flatten().any(|address| address.holds_secret())
            || !camera.options.is_empty()
    })
}

/// What has been made so far; it goes again unless it is kept.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folder: Option<PathBuf>,
    kept: bool,
}

impl Made {
    fn folder(&mut self, path: PathBuf) -> Result<(), SaveError> {
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => self.folder = Some(path),
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            Err(why) => return Err(SaveError::Unwritable { path, why }),
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, text: &str, mode: u32) -> Result<(), SaveError> {
        let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        let mut file = match opened {
            Ok(file) => file,
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {
                return Err(SaveError::Exists(path));
            }
            Err(why) => return Err(SaveError::Unwritable { path, why }),
        };
        self.files.push(path.clone());
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(|why| SaveError::Unwritable { path, why })
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // What can't be removed either is left: the error that led here says where.
        for file in &self.files {
            fs::remove_file(file).ok();
        }
        if let Some(folder) = &self.folder {
            fs::remove_dir(folder).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;
    use crate::draft::{Draft, Given};

    fn made(main: &str) -> (Wall, Vec<LoginFile>) {
        let mut draft = Draft::default();
        draft.add(Given::at(main.into())).unwrap();
        draft.finish()
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o777
    }

    /// All names below a folder.
    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_login_is_its_owners_alone_and_read_back() {
        let temp = tempfile::tempdir().unwrap();
        let (wall, logins) = made("rtsp://op:pass:word@h/1");
        let file = temp.path().join("wall.ron");
        let saved = save(&file, "", &wall, &logins).unwrap();
        assert_eq!(saved.logins, [temp.path().join("logins/h")]);
        assert_eq!(mode(&temp.path().join("logins")), 0o700);
        assert_eq!(mode(&saved.logins[0]), 0o600);
        assert_eq!(mode(&file) & 0o133, 0);
        let loaded = Wall::load(&file).unwrap();
        assert_eq!(loaded.warnings, []);
        let login = loaded.wall.cameras["h"].login.clone().unwrap();
        assert_eq!(login.resolve(temp.path()).unwrap(), logins[0].login);
        assert_eq!(login.exposed(temp.path()), None);
    }

    #[test]
    fn a_wall_file_with_a_key_in_it_is_its_owners_alone() {
        let temp = tempfile::tempdir().unwrap();
        let (wall, logins) = made("srt://h:1?passphrase=canary");
        let file = temp.path().join("wall.ron");
        save(&file, "", &wall, &logins).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(names(temp.path()), ["wall.ron"]);
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_half_is_left() {
        let temp = tempfile::tempdir().unwrap();
        let (wall, logins) = made("rtsp://op:canary@h/1");
        let file = temp.path().join("wall.ron");
        fs::write(&file, "mine").unwrap();
        assert!(
            matches!(save(&file, "", &wall, &logins), Err(SaveError::Exists(at)) if at == file)
        );
        assert_eq!(names(temp.path()), ["wall.ron"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        // A link that leads nowhere is there, too.
        let link = temp.path().join("link.ron");
        symlink(temp.path().join("nowhere"), &link).unwrap();
        assert!(matches!(save(&link, "", &wall, &logins), Err(SaveError::Exists(_))));
        // A login file that is there.
        fs::create_dir(temp.path().join("logins")).unwrap();
        fs::write(temp.path().join("logins/h"), "mine").unwrap();
        let other = temp.path().join("other.ron");
        assert!(matches!(save(&other, "", &wall, &logins), Err(SaveError::Exists(_))));
        assert_eq!(fs::read_to_string(temp.path().join("logins/h")).unwrap(), "mine");
        assert_eq!(names(temp.path()), ["link.ron", "logins", "wall.ron"]);
        // A folder that is not there, after a login was written.
        fs::remove_dir_all(temp.path().join("logins")).unwrap();
        let far = temp.path().join("no/such/wall.ron");
        assert!(matches!(save(&far, "", &wall, &logins), Err(SaveError::Unwritable { .. })));
        assert_eq!(names(temp.path()), ["link.ron", "wall.ron"]);
    }
}

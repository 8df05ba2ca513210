//! From a path to the folder through which it is reached, and what it is used for.
//!
//! Pure but for looking at the disk. Policy: links are followed as far as there is anything, also
//! those that lead nowhere yet, because their disk may come later.

use std::fs;
use std::path::{Path, PathBuf, absolute};

/// Links that are followed; the kernel follows as many.
const MOST_LINKS: usize = 40;

/// What a path is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// Files are read and folders listed.
    Read,
    /// Files are opened, and driven by commands of their own.
    Device,
    /// Files and folders are made, written, renamed and removed.
    Write,
}

impl Use {
    /// Whether what may be used so may be used as `other` says, too.
    pub(super) fn includes(self, other: Self) -> bool {
        self == other || other == Self::Read
    }
}

/// The folder that a rule is to name so that `path` may come, go and be replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// The folder above, or the nearest one above that that there is.
    Folder(PathBuf),
    /// The folder above is `/`, which would be everything: the path itself.
    Itself(PathBuf),
    /// Nothing between `/` and the path is there: no rule can name it.
    Nothing(PathBuf),
}

/// How `path` is reached.
pub(super) fn gate(path: &Path) -> Gate {
    let real = real(path);
    let mut above = real.ancestors().skip(1).filter(|folder| folder.parent().is_some());
    if let Some(folder) = above.find(|folder| folder.is_dir()) {
        return Gate::Folder(folder.to_owned());
    }
    if real.exists() { Gate::Itself(real) } else { Gate::Nothing(real) }
}

/// The folder that `path` is written into where it is a link: another link may take its place.
pub(super) fn link_folder(path: &Path) -> Option<PathBuf> {
    let path = absolute(path).ok()?;
    let folder = path.parent()?.canonicalize().ok()?;
    (path.is_symlink() && folder.parent().is_some()).then_some(folder)
}

/// `path` from the root on, with its links followed: those of what is there, and then those that
/// lead to what is not.
pub(super) fn real(path: &Path) -> PathBuf {
    let mut path = absolute(path).unwrap_or_else(|_no_folder| path.to_owned());
    for _ in 0..MOST_LINKS {
        match followed(&path) {
            Ok(real) => return real,
            Err(further) => path = further,
        }
    }
    path
}

/// The path without links, or where a link that leads nowhere points to.
fn followed(path: &Path) -> Result<PathBuf, PathBuf> {
    for there in path.ancestors() {
        let Ok(rest) = path.strip_prefix(there) else { break };
        if let Ok(real) = there.canonicalize() {
            // An empty rest would add a slash.
            return Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) });
        }
        if let (Ok(target), Some(folder)) = (fs::read_link(there), there.parent()) {
            return Err(folder.join(target).join(rest));
        }
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_is_reached_through_the_nearest_folder_that_there_is() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/file"), "").unwrap();
        for (path, folder) in [
            ("a/file", "a"),
            ("a/b", "a"),
            ("a/b/later", "a/b"),
            ("a/b/later/still", "a/b"),
            ("later/still/more", ""),
        ] {
            let expected = if folder.is_empty() { root.clone() } else { root.join(folder) };
            assert_eq!(gate(&root.join(path)), Gate::Folder(expected), "{path}");
        }
    }

    #[test]
    fn links_are_followed_also_to_what_is_not_there_yet() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        for folder in ["disks", "srv", "disks/one"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        symlink(root.join("disks/one"), root.join("srv/there")).unwrap();
        symlink("../disks/two/video", root.join("srv/later")).unwrap();
        symlink("round", root.join("srv/round")).unwrap();
        assert_eq!(real(&root.join("srv/there/x")), root.join("disks/one/x"));
        assert_eq!(gate(&root.join("srv/there")), Gate::Folder(root.join("disks")));
        assert_eq!(link_folder(&root.join("srv/there")), Some(root.join("srv")));
        assert_eq!(link_folder(&root.join("disks/one")), None);
        let later = gate(&root.join("srv/later"));
        let Gate::Folder(later) = later else { panic!("{later:?}") };
        assert_eq!(later.canonicalize().unwrap(), root.join("disks"));
        // A link to itself ends.
        assert!(matches!(gate(&root.join("srv/round")), Gate::Folder(_)));
    }

    #[test]
    fn what_lies_in_the_root_is_named_itself_or_not_at_all() {
        assert_eq!(gate(Path::new("/")), Gate::Itself("/".into()));
        assert_eq!(gate(Path::new("/usr")), Gate::Itself("/usr".into()));
        let missing = Path::new("/there-is-no-such-folder");
        assert_eq!(gate(missing), Gate::Nothing(missing.to_owned()));
        assert_eq!(gate(&missing.join("x/y")), Gate::Nothing(missing.join("x/y")));
        assert_eq!(gate(Path::new("/usr/lib")), Gate::Folder("/usr".into()));
    }
}

//! What a wall needs of the disk: the wall file's words as folders.
//!
//! Pure but for looking at the disk; runs on the main thread. Policy: what is named is reached
//! through the folder above it, so that another may take its place. Where that would be `/`, the
//! path itself is named, and a remark says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::geteuid;

use super::paths::{self, Gate, Use};
use super::remark::{Remark, Whose};
use super::system;
use crate::camera::feed_spec;
use crate::cli::{RecordingsArgs, RunArgs};
use camwall_config::{Trust, Wall};

/// The paths that a wall needs, each with all that lies below it.
#[derive(Debug)]
pub struct Needs {
    rules: BTreeMap<PathBuf, Vec<Use>>,
    /// What the wall file names, and what each path is used for.
    named: Vec<(Lacking, Use)>,
    remarks: Vec<Remark>,
    /// Permissions stop nobody: the program runs as root.
    root: bool,
}

/// Something that a wall needs and can't reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The camera that needs it.
    pub camera: Option<String>,
    /// What it is.
    pub whose: Whose,
    /// Where it is.
    pub path: PathBuf,
}

impl Needs {
    /// Of the wall in `file`, which lies in `folder`, for `camwall check`; one that was made of addresses has
    /// no file.
    #[must_use]
    pub fn of_wall(file: Option<&Path>, wall: &Wall, folder: &Path) -> Self {
        let mut needs = Self::of_system(geteuid().is_root());
        needs.add_wall(file, wall, folder);
        needs
    }

    /// The same, without what every wall needs.
    #[must_use]
    pub fn of_wall_alone(file: &Path, wall: &Wall, folder: &Path) -> Self {
        let mut needs = Self::without(geteuid().is_root());
        needs.add_wall(Some(file), wall, folder);
        needs
    }

    /// Of a command that reads nothing more.
    #[must_use]
    pub fn of_no_wall() -> Self {
        Self::of_system(geteuid().is_root())
    }

    /// As [`of_wall`](Self::of_wall), and of the command line that opens it.
    #[must_use]
    pub fn of_run(args: &RunArgs, wall: &Wall, folder: &Path) -> Self {
        let mut needs = Self::of_wall(args.wall_file(), wall, folder);
        if let Some(path) = &args.snapshot {
            needs.reach(Whose::Option("--snapshot"), path, Use::Write);
        }
        match args.status.as_deref() {
            None => {}
            Some(path) if path == Path::new("-") => {}
            // A pipe or a terminal is there already, and stays.
            Some(path) if path.exists() && !path.is_file() && !path.is_dir() => {
                needs.add(path.to_owned(), Use::Device);
            }
            Some(path) => needs.reach(Whose::Option("--status"), path, Use::Write),
        }
        needs
    }

    /// Of `camwall recordings`, which writes nothing.
    #[must_use]
    pub fn of_recordings(args: &RecordingsArgs) -> Self {
        let mut needs = Self::of_system(geteuid().is_root());
        needs.add(args.dir.clone(), Use::Read);
        needs
    }

    /// Of what makes a wall file: the folder in which it comes to lie, and the lists of which it is made.
    #[must_use]
    pub fn of_new(file: &Path, lists: &[PathBuf]) -> Self {
        let mut needs = Self::of_system(geteuid().is_root());
        needs.reach(Whose::WallFile, file, Use::Write);
        for list in lists {
            needs.reach(Whose::Option("the list"), list, Use::Read);
        }
        needs
    }

    /// Of what only writes to where its output leads.
    #[must_use]
    pub fn nothing() -> Self {
        Self::without(geteuid().is_root())
    }

    fn without(root: bool) -> Self {
        Self { rules: BTreeMap::new(), named: Vec::new(), remarks: Vec::new(), root }
    }

    fn of_system(root: bool) -> Self {
        let mut needs = Self::without(root);
        system::collect(root, |path, what| needs.add(path, what));
        needs
    }

    fn add_wall(&mut self, file: Option<&Path>, wall: &Wall, folder: &Path) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        self.add(folder.to_owned(), Use::Read);
        let recordings = wall.recording.clone().unwrap_or_default().folder(folder);
        self.reach(Whose::Recordings, &recordings, Use::Write);
        if !wall.asks_for_recording() {
            // Only who presses a key would need it.
            self.remarks.clear();
        }
        // It may be a link, or lie in `/`; it is read again.
        if let Some(file) = file {
            self.reach(Whose::WallFile, file, Use::Read);
        }
        for (id, camera) in &wall.cameras {
            if let Trust::Ca(file) = &camera.trust {
                self.reach_for(id, Whose::Authorities(id.clone()), &folder.join(file), Use::Read);
            }
            if let Some(file) = camera.login.as_ref().and_then(|login| login.file(folder)) {
                self.reach_for(id, Whose::Login(id.clone()), &file, Use::Read);
            }
            for address in [Some(&camera.main), camera.sub.as_ref()].into_iter().flatten() {
                let spec = feed_spec(id, camera, address, folder, Duration::ZERO);
                match spec.local_path() {
                    Some(device) if device.starts_with("/dev") => self.add_device(id, device),
                    Some(file) => self.reach_for(id, Whose::Camera(id.clone()), &file, Use::Read),
                    None => {}
                }
            }
        }
    }

    /// A camera's device. It may be plugged in later, so its folder is opened to a user whom
    /// permissions stop; as root, whom they do not stop, only what is there.
    fn add_device(&mut self, id: &str, device: PathBuf) {
        self.name(Some(id), Whose::Camera(id.to_owned()), &device, Use::Device);
        if !self.root {
            self.reach(Whose::SomeCamera, &device, Use::Device);
        } else if device.exists() {
            self.add(paths::real(&device), Use::Device);
        } else {
            self.remarks.push(Remark::DeviceNotThere(device));
        }
    }

    /// Adds what lets `path` of a camera come and go.
    fn reach_for(&mut self, id: &str, whose: Whose, path: &Path, usage: Use) {
        self.reach(whose.clone(), path, usage);
        self.name(Some(id), whose, path, usage);
    }

    /// Notes what the wall file names.
    fn name(&mut self, camera: Option<&str>, whose: Whose, path: &Path, usage: Use) {
        let camera = camera.map(str::to_owned);
        self.named.push((Lacking { camera, whose, path: path.to_owned() }, usage));
    }

    /// What the wall file names of cameras, and what each path is used for.
    pub(super) fn named(&self) -> impl Iterator<Item = &(Lacking, Use)> {
        self.named.iter()
    }

    /// Adds what lets `path`, which `whose` is, come and go.
    fn reach(&mut self, whose: Whose, path: &Path, what: Use) {
        if let Some(folder) = paths::link_folder(path) {
            self.add(folder, Use::Read);
        }
        match paths::gate(path) {
            Gate::Folder(folder) => self.add(folder, what),
            Gate::Itself(path) => {
                self.remarks.push(Remark::ReachedItself(whose, path.clone()));
                self.add(path, what);
            }
            Gate::Nothing(path) => {
                self.remarks.push(Remark::OutOfReach(whose, path));
            }
        }
    }

    fn add(&mut self, path: PathBuf, what: Use) {
        // A rule for it would be none.
        if paths::real(&path) == Path::new("/") {
            return;
        }
        let uses = self.rules.entry(path).or_default();
        if !uses.contains(&what) {
            uses.push(what);
        }
    }

    /// Each path and what it is used for; a path may come more than once.
    pub(super) fn rules(&self) -> impl Iterator<Item = (&Path, Use)> {
        self.rules.iter().flat_map(|(path, uses)| uses.iter().map(|what| (path.as_path(), *what)))
    }

    /// What an administrator should know.
    pub(super) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }
}

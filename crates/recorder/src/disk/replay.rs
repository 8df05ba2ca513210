//! What a power cut may leave of what was done to a disk.
//!
//! Pure but for [`DiskModel::leave`], which writes the rest into a folder. The model is that of a
//! journalled file system at its worst:
//! - of a folder's entries that were made, renamed or removed since it was synced, a beginning is
//!   there, in the order in which that was done;
//! - of a file's bytes those are there that were synced; of what was written or cut off since, each
//!   block is as it was at any time since, or torn between two such times at any sector, and the file
//!   is as long as it was at any time since, or between; where nothing was written it holds zeros;
//! - what a sync that failed was to bring to the disk no later one brings there, see [`CachedFile`];
//! - when a file was written last is told by the last write, or by the last before it was synced;
//! - whether a file's sync carries its own name to the disk is asked both ways.

mod nodes;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Instant;

use self::nodes::{EntryChange, Folder, ModelFile, Node};
use super::cached::{ByteChange, CachedFile};
use super::log::{DiskCall, Logged};

/// A disk of which every call is known.
#[derive(Clone, Debug)]
pub struct DiskModel {
    /// Whether a file's sync brings the entries of its folders to the disk up to its own.
    sync_carries_name: bool,
    nodes: Vec<Node>,
    /// Which node an open file is, by its number.
    open: HashMap<u64, usize>,
}

/// What is there, by paths below the root: bytes of files, none of folders.
pub type Image = BTreeMap<std::path::PathBuf, Option<Vec<u8>>>;

/// Reads what is in a folder.
///
/// # Errors
/// Where it can't be read.
pub fn read_image(root: &Path) -> std::io::Result<Image> {
    let mut image = Image::new();
    for entry in walkdir::WalkDir::new(root).min_depth(1) {
        let entry = entry?;
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_owned();
        let bytes = entry.file_type().is_file().then(|| fs::read(entry.path())).transpose()?;
        image.insert(path, bytes);
    }
    Ok(image)
}

impl DiskModel {
    /// A disk on which `image` is, and nothing else was ever done.
    pub fn new(image: &Image, sync_carries_name: bool) -> Self {
        let root = Node::Folder(Folder::default());
        let mut this = Self { sync_carries_name, nodes: vec![root], open: HashMap::new() };
        for (path, bytes) in image {
            let node = match bytes {
                Some(bytes) => {
                    let bytes = CachedFile::new(bytes.clone());
                    Node::File(ModelFile { bytes, written: [None; 2] })
                }
                None => Node::Folder(Folder::default()),
            };
            this.put(path, node);
            let (above, _) = this.above(path);
            let folder = this.folder(above);
            folder.sync(folder.since.len());
        }
        this
    }

    /// Does a call, whose paths are below `root`.
    ///
    /// # Panics
    /// Where it can't have been done to this disk.
    pub fn apply(&mut self, root: &Path, Logged { at: now, call }: &Logged) {
        let below = |path: &Path| path.strip_prefix(root).unwrap().to_owned();
        match call {
            DiskCall::MakeDir(path) => {
                self.put(&below(path), Node::Folder(Folder::default()));
            }
            DiskCall::Open { file, path, made } => {
                let path = below(path);
                let node = if *made {
                    self.put(&path, Node::File(ModelFile::default()))
                } else {
                    self.find(&path).unwrap()
                };
                self.open.insert(*file, node);
            }
            DiskCall::Write { file, at, data } => {
                let at = usize::try_from(*at).unwrap();
                self.file(*file).change(ByteChange::Write(at, data.clone()), *now);
            }
            DiskCall::Clear { file, from, length } => {
                let at = usize::try_from(*from).unwrap();
                let zeros = vec![0; usize::try_from(*length).unwrap()];
                self.file(*file).change(ByteChange::Write(at, zeros), *now);
            }
            DiskCall::SetLen(file, length) => {
                let length = usize::try_from(*length).unwrap();
                self.file(*file).change(ByteChange::Length(length), *now);
            }
            DiskCall::Sync(number) => {
                let file = self.file(*number);
                file.bytes.sync();
                file.written[0] = file.written[1];
                if self.sync_carries_name {
                    self.carry(self.open[number]);
                }
            }
            DiskCall::SyncFailed(file) => self.file(*file).bytes.sync_failed(),
            DiskCall::ReadAgain { file, bytes } => {
                self.file(*file).bytes.read_again(bytes.clone());
            }
            DiskCall::SyncDir(path) => {
                let at = self.find(&below(path)).unwrap();
                let folder = self.folder(at);
                folder.sync(folder.since.len());
            }
            DiskCall::Rename(from, to) => {
                let ((above, name), (other, new)) =
                    (self.above(&below(from)), self.above(&below(to)));
                assert_eq!(above, other, "nothing is moved from folder to folder");
                self.folder(above).since.push(EntryChange::Move(name, new));
            }
            DiskCall::Remove(path) | DiskCall::RemoveDir(path) => {
                let (above, name) = self.above(&below(path));
                self.folder(above).since.push(EntryChange::Take(name));
            }
        }
    }

    /// What whoever uses it sees.
    pub fn now(&self) -> Image {
        let mut image = Image::new();
        self.see(0, Path::new(""), &mut image);
        image
    }

    fn see(&self, node: usize, path: &Path, image: &mut Image) {
        match &self.nodes[node] {
            Node::File(file) => drop(image.insert(path.to_owned(), Some(file.bytes.now()))),
            Node::Folder(folder) => {
                if node != 0 {
                    image.insert(path.to_owned(), None);
                }
                for (name, node) in folder.now() {
                    self.see(node, &path.join(name), image);
                }
            }
        }
    }

    /// The bytes of a file that a power cut can't take; none where it can take the file.
    pub fn safe(&self, path: &Path) -> Option<Vec<u8>> {
        let mut at = 0;
        for name in path {
            let Node::Folder(folder) = &self.nodes[at] else { return None };
            at = *folder.synced.get(name)?;
        }
        match &self.nodes[at] {
            Node::File(file) => {
                // What every time since has in common, from the beginning on.
                let states = file.bytes.states();
                let same = |at: usize| states.iter().all(|it| it.get(at) == states[0].get(at));
                let length = (0..states[0].len()).take_while(|at| same(*at)).count();
                Some(states[0][..length].to_vec())
            }
            Node::Folder(_) => None,
        }
    }

    /// When the file that has this name now was written last, by what a power cut leaves of that; none where
    /// it was not written since the beginning.
    pub fn written(&self, path: &Path, random: &mut fastrand::Rng) -> Option<Instant> {
        match &self.nodes[self.find(path)?] {
            Node::File(file) => file.written[random.usize(..2)].or(file.written[1]),
            Node::Folder(_) => None,
        }
    }

    /// Writes into the empty folder `root` what a power cut now leaves.
    ///
    /// # Errors
    /// Where that can't be written.
    pub fn leave(&self, root: &Path, random: &mut fastrand::Rng) -> std::io::Result<()> {
        self.leave_folder(0, root, random)
    }

    fn leave_folder(
        &self,
        node: usize,
        path: &Path,
        random: &mut fastrand::Rng,
    ) -> std::io::Result<()> {
        match &self.nodes[node] {
            Node::File(file) => fs::write(path, file.left(random)),
            Node::Folder(folder) => {
                if node != 0 {
                    fs::create_dir(path)?;
                }
                let changes = match random.u8(..3) {
                    0 => 0,
                    1 => folder.since.len(),
                    _ => random.usize(..=folder.since.len()),
                };
                for (name, node) in folder.after(changes) {
                    self.leave_folder(node, &path.join(name), random)?;
                }
                Ok(())
            }
        }
    }

    fn put(&mut self, path: &Path, node: Node) -> usize {
        let at = self.nodes.len();
        self.nodes.push(node);
        let (above, name) = self.above(path);
        self.folder(above).since.push(EntryChange::Put(name, at));
        at
    }

    /// Brings the name of a node, and those of the folders above it, to the disk.
    fn carry(&mut self, node: usize) {
        let mut carried = node;
        while carried != 0 {
            let holds = |it: &Node| match it {
                Node::Folder(folder) => {
                    folder.synced.values().chain(folder.now().values()).any(|of| *of == carried)
                }
                Node::File(_) => false,
            };
            // One that was removed has no name.
            let Some(above) = self.nodes.iter().position(holds) else { return };
            let folder = self.folder(above);
            let made = |it: &EntryChange| matches!(it, EntryChange::Put(_, of) if *of == carried);
            let changes = folder.since.iter().position(made).map_or(0, |at| at + 1);
            folder.sync(changes);
            carried = above;
        }
    }

    fn find(&self, path: &Path) -> Option<usize> {
        let mut at = 0;
        for name in path {
            let Node::Folder(folder) = &self.nodes[at] else { return None };
            at = *folder.now().get(name)?;
        }
        Some(at)
    }

    /// The folder of a path, and its name there.
    fn above(&self, path: &Path) -> (usize, OsString) {
        let folder = self.find(path.parent().unwrap()).unwrap();
        (folder, path.file_name().unwrap().to_owned())
    }

    fn folder(&mut self, at: usize) -> &mut Folder {
        match &mut self.nodes[at] {
            Node::Folder(folder) => folder,
            Node::File(_) => panic!("a file is no folder"),
        }
    }

    fn file(&mut self, number: u64) -> &mut ModelFile {
        match &mut self.nodes[self.open[&number]] {
            Node::File(file) => file,
            Node::Folder(_) => panic!("a folder is no file"),
        }
    }
}

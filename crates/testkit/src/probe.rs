//! A probe in every thread of a wall: what can it read, make and start there?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::preloaded::Preloaded;
use super::{Camwall, Run, SECOND, SOON};

/// The signal on which all threads try; `probe.c` says so, too.
const ASK: libc::c_int = 42;

/// A library that tries in each thread what a sandbox forbids; `probe.c` says how.
pub struct Probe {
    library: Preloaded,
}

/// What one thread could do; numbers are those of the system's errors, 0 is a success.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The thread's number.
    pub id: u32,
    /// The thread's name.
    pub thread: String,
    /// Reading a file that no wall needs.
    pub read: i32,
    /// Making one there.
    pub create: i32,
    /// Starting a program.
    pub exec: i32,
    /// Reading the file that the wall needs.
    pub wanted: i32,
    /// Calls that were refused with EPERM, of those that `probe.c` lists.
    pub refused: Vec<String>,
}

impl Probe {
    /// Builds it.
    pub fn build() -> Self {
        let library = Preloaded::build("probe.c");
        std::fs::create_dir(library.folder().join("other")).expect("a folder");
        std::fs::write(library.folder().join("other/file"), "secret").expect("a file");
        Self { library }
    }

    /// Has it in a wall, which needs to read the file `wanted`.
    pub fn given_to(&self, run: Run, wanted: &Path) -> Run {
        run.env("LD_PRELOAD", self.library.library())
            .env("CAMWALL_PROBE", self.report())
            .env("CAMWALL_PROBE_OTHER", self.library.folder().join("other"))
            .env("CAMWALL_PROBE_WANTED", wanted)
    }

    /// Has all threads of the wall try; what came of it, once each thread that was there before and
    /// still is has answered.
    pub fn ask(&self, camwall: &Camwall) -> Vec<Tried> {
        let before = threads(camwall);
        let answered = self.answers().len();
        camwall.signal(ASK);
        let until = Instant::now() + SOON;
        loop {
            let answers = self.answers().split_off(answered);
            let there = threads(camwall);
            let waits = |thread: &&u32| !answers.iter().any(|it| it.id == **thread);
            let waiting: Vec<&u32> = before.intersection(&there).filter(waits).collect();
            if waiting.is_empty() {
                return answers;
            }
            assert!(Instant::now() < until, "no answer of {waiting:?}, but {answers:#?}");
            std::thread::sleep(SECOND / 20);
        }
    }

    /// All answers so far.
    fn answers(&self) -> Vec<Tried> {
        let text = std::fs::read_to_string(self.report()).expect("the library is in the wall");
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(Tried::parse).collect()
    }

    fn report(&self) -> PathBuf {
        self.library.folder().join("report")
    }
}

impl Tried {
    fn parse(line: &str) -> Self {
        let words: Vec<&str> = line.split(' ').collect();
        let [id, thread, read, create, exec, wanted, refused] = words[..] else {
            panic!("not an answer: {line}")
        };
        let value = |word: &str| word.split_once('=').expect("a name").1.to_owned();
        let number = |word: &str| value(word).parse().expect("a number");
        Self {
            id: id.parse().expect("a number"),
            thread: thread.to_owned(),
            read: number(read),
            create: number(create),
            exec: number(exec),
            wanted: number(wanted),
            refused: value(refused).split_terminator(',').map(str::to_owned).collect(),
        }
    }
}

/// The numbers of a wall's threads.
fn threads(camwall: &Camwall) -> BTreeSet<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", camwall.pid())).expect("it runs");
    let number =
        |task: std::io::Result<std::fs::DirEntry>| task.ok()?.file_name().to_str()?.parse().ok();
    tasks.filter_map(number).collect()
}

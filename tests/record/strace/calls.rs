//! The calls that change an archive: as `strace` writes them, and as camwall's log does.
//!
//! Policy: of what `strace` saw, everything counts that names a path or an open file, but for what is known
//! to leave files as they are. So a call that nobody thought of is one that the log does not tell.

use std::collections::HashMap;
use std::path::Path;

/// What `strace` is to follow: all but what only reads, looks, waits, talks to others or is about the
/// process itself. `?`: some of these are not on every machine.
pub const FOLLOWED: &str = "trace=!\
    ?read,?pread64,?readv,?preadv,?preadv2,?lseek,?fadvise64,?readahead,?getdents,?getdents64,\
    ?stat,?lstat,?fstat,?newfstatat,?statx,?statfs,?fstatfs,?access,?faccessat,?faccessat2,\
    ?readlink,?readlinkat,?getcwd,?chdir,?flock,?fcntl,?close,?close_range,?dup,?dup2,?dup3,\
    ?inotify_add_watch,?landlock_add_rule,?memfd_create,?execve,?prctl,\
    ?futex,?poll,?ppoll,?select,?pselect6,?epoll_wait,?epoll_pwait,?epoll_pwait2,?epoll_ctl,\
    ?nanosleep,?clock_nanosleep,?clock_gettime,?gettimeofday,?sched_yield,?wait4,\
    ?recvmsg,?recvfrom,?recvmmsg,?sendmsg,?sendto,?sendmmsg,?socket,?connect,?bind,\
    ?brk,?munmap,?mprotect,?madvise,?rt_sigaction,?rt_sigprocmask,?rt_sigreturn,?getrandom";

/// Calls by which something is written that `strace` does not see.
const UNSEEN: [&str; 4] = ["io_uring_setup", "io_setup", "open_by_handle_at", "ptrace"];

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which thread made it, in the 15 bytes that Linux keeps of its name.
    pub thread: String,
    pub name: String,
    pub path: String,
    /// The new name, of a renaming.
    pub to: Option<String>,
    pub offset: Option<u64>,
    /// Bytes to write, or where to cut.
    pub length: Option<u64>,
    /// What it returned, or the number of its error, negative.
    pub result: i64,
}

/// Reads what `strace -f -y -Y -s 0` wrote; what only reads is left out.
pub fn of_strace(text: &str) -> Vec<Call> {
    let mut unfinished: HashMap<&str, String> = HashMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once("> ") else { continue };
        let rest = rest.trim_start();
        if let Some(begin) = rest.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, begin.to_owned());
        } else if let Some((_, end)) = rest.split_once(" resumed>") {
            // One that ended a thread or began a program has none.
            let begin = unfinished.remove(thread).unwrap_or_default();
            calls.extend(traced(thread, &format!("{begin}{end}")).unwrap_or_default());
        } else {
            calls.extend(traced(thread, rest).unwrap_or_default());
        }
    }
    calls
}

/// Reads one whole call of `strace`: `mkdir("/a", 0777) = 0`. Several where it is one that camwall does
/// not know, one for each path that it names.
fn traced(thread: &str, text: &str) -> Option<Vec<Call>> {
    let (_, thread) = thread.split_once('<')?;
    // What a kill cut off has no result, or a question mark.
    let (call, answer) = text.rsplit_once(" = ")?;
    let (name, all) = call.trim_end().strip_suffix(')')?.split_once('(')?;
    let args: Vec<&str> = all.split(", ").collect();
    let arg = |at: usize| args.get(at).copied().unwrap_or_default();
    let failed = answer.starts_with('-');
    assert!(failed || !UNSEEN.contains(&name), "what this does is not seen: {text}");
    let number = |at: usize| arg(at).parse().ok();
    let made = |name: &str, path: String| {
        let (thread, name) = (thread.to_owned(), name.to_owned());
        let result = result_of(answer)?;
        Some(Call { thread, name, path, to: None, offset: None, length: None, result })
    };
    let opened = || Some(file_of(arg(0))?.to_owned());
    let known = match name {
        "openat" if changes(arg(2)) => made(name, path_at(arg(0), arg(1))),
        "write" => Some(Call { length: number(2), ..made(name, opened()?)? }),
        "pwrite64" => Some(Call { length: number(2), offset: number(3), ..made(name, opened()?)? }),
        "ftruncate" => Some(Call { length: number(1), ..made(name, opened()?)? }),
        // A stretch of zeros; what else it can do camwall does not.
        "fallocate" if arg(1) == "FALLOC_FL_ZERO_RANGE" => {
            Some(Call { offset: number(2), length: number(3), ..made(name, opened()?)? })
        }
        "fsync" | "fdatasync" => made(name, opened()?),
        "rename" => Some(Call { to: Some(unquoted(arg(1))), ..made(name, unquoted(arg(0)))? }),
        "renameat2" => {
            let to = Some(path_at(arg(2), arg(3)));
            Some(Call { to, ..made(name, path_at(arg(0), arg(1)))? })
        }
        "mkdir" | "rmdir" | "unlink" => made(name, unquoted(arg(0))),
        "mkdirat" => made("mkdir", path_at(arg(0), arg(1))),
        "unlinkat" if arg(2).contains("AT_REMOVEDIR") => made("rmdir", path_at(arg(0), arg(1))),
        "unlinkat" => made("unlink", path_at(arg(0), arg(1))),
        "open" | "openat" | "openat2" if !changes(all) => None,
        // A copy of what is in the file, which stays the process's own.
        "mmap" if !all.contains("MAP_SHARED") => None,
        _ if failed => None,
        _ => {
            let call = |path| Call {
                thread: thread.to_owned(),
                name: name.to_owned(),
                path,
                to: None,
                offset: None,
                length: None,
                result: 0,
            };
            return Some(named_in(&args).into_iter().map(call).collect());
        }
    };
    known.map(|call| vec![call])
}

/// The path of an open file, as `strace -y` writes it: `21</a/b>`.
fn file_of(arg: &str) -> Option<&str> {
    let (path, _) = arg.split_once('<')?.1.split_once('>')?;
    path.starts_with('/').then_some(path)
}

/// A path that is relative to a folder which is open: `5</a>` and `"b"`.
fn path_at(folder: &str, path: &str) -> String {
    let folder = file_of(folder).unwrap_or_default();
    Path::new(folder).join(unquoted(path)).to_string_lossy().into_owned()
}

fn unquoted(arg: &str) -> String {
    arg.trim_matches('"').to_owned()
}

/// All paths and open files that are among what a call was given.
fn named_in(args: &[&str]) -> Vec<String> {
    let mut named = Vec::new();
    let mut folder = "";
    for (at, arg) in args.iter().enumerate() {
        if let Some(path) = file_of(arg) {
            folder = arg;
            named.push(path.to_owned());
        } else if let Some((before, rest)) = arg.split_once('"')
            && let Some((path, _)) = rest.split_once('"')
            && !path.is_empty()
            && (at == 0 && before.is_empty() || path.starts_with('/') || !folder.is_empty())
        {
            named.push(path_at(folder, path));
        }
    }
    named
}

/// Whether a file is opened to be changed, or made.
fn changes(flags: &str) -> bool {
    let changing = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"];
    changing.iter().any(|flag| flags.contains(flag))
}

/// `17</a/b>`, `0`, or `-1 ENOENT (No such file or directory)`.
fn result_of(text: &str) -> Option<i64> {
    let mut words = text.split(['<', ' ']);
    let number: i64 = words.next()?.parse().ok()?;
    if number >= 0 {
        return Some(number);
    }
    let error = match words.next()? {
        "ENOENT" => libc::ENOENT,
        "EEXIST" => libc::EEXIST,
        "ENOTEMPTY" => libc::ENOTEMPTY,
        "ENOTDIR" => libc::ENOTDIR,
        "EACCES" => libc::EACCES,
        other => panic!("an error that nothing here should meet: {other}"),
    };
    Some(-i64::from(error))
}

/// Reads camwall's log: of each line
/// `… TRACE cam1.record disk call="pwrite64" path="/a/b" offset=0 length=9 result=9`, in which what a
/// call does not have is missing, and `errno=2` stands for the result of one that failed. This is the
/// one place that knows the form.
pub fn of_log(text: &str) -> Vec<Call> {
    text.lines().filter_map(logged).collect()
}

fn logged(line: &str) -> Option<Call> {
    let (head, fields) = line.split_once(" disk call=")?;
    let thread = head.split_whitespace().last()?;
    let fields = format!("call={fields}");
    let fields: HashMap<&str, &str> =
        fields.split(' ').filter_map(|field| field.split_once('=')).collect();
    let text = |name: &str| fields.get(name).map(|value| value.trim_matches('"').to_owned());
    let number = |name: &str| fields.get(name).map(|value| value.parse::<u64>().expect("a number"));
    let errno = number("errno").map(|errno| -(errno as i64));
    Some(Call {
        thread: thread.chars().take(15).collect(),
        name: text("call")?,
        path: text("path")?,
        to: text("to"),
        offset: number("offset"),
        length: number("length"),
        result: errno.or_else(|| number("result").map(|result| result as i64))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRACE: &str = r#"7<cam1.record> mkdir("/rec/cam1", 0777)     = 0
7<cam1.record> openat(AT_FDCWD</tmp>, "/rec/cam1/a.mkv.part", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0666 <unfinished ...>
8<retention> unlink("/rec/cam1/old.mkv") = -1 ENOENT (No such file or directory)
7<cam1.record> <... openat resumed>)             = 21</rec/cam1/a.mkv.part>
7<cam1.record> openat(AT_FDCWD</tmp>, "/rec/cam1", O_RDONLY|O_CLOEXEC) = 22</rec/cam1>
7<cam1.record> fsync(22</rec/cam1>)         = 0
7<cam1.record> pwrite64(21</rec/cam1/a.mkv.part>, ""..., 574, 44) = 570
7<cam1.record> renameat2(AT_FDCWD</tmp>, "/rec/cam1/a.mkv.part", AT_FDCWD</tmp>, "/rec/cam1/a.mkv", RENAME_NOREPLACE) = 0
7<cam1.record> ftruncate(21</rec/cam1/a.mkv>(deleted), 5) = 0
7<cam1.record> fallocate(21</rec/cam1/a.mkv>, FALLOC_FL_ZERO_RANGE, 4096, 8192) = 0
7<cam1.record> fdatasync(21</rec/cam1/a.mkv> <unfinished ...>
7<cam1.record> <... fdatasync resumed>)     = ?
7<cam1.record> +++ killed by SIGKILL +++
"#;

    const LOG: &str = r#"2026-11-26T14:48:44.776692Z TRACE cam1.record disk call="mkdir" path="/rec/cam1" result=0
2026-11-26T14:48:44.776692Z  INFO        main layout all: 1 tiles on 320x180
2026-11-26T14:48:44.776692Z TRACE   retention disk call="unlink" path="/rec/cam1/old.mkv" errno=2
2026-11-26T14:48:44.776692Z TRACE cam1.record disk call="openat" path="/rec/cam1/a.mkv.part" result=21
2026-11-26T14:48:44.776692Z TRACE cam1.record disk call="fsync" path="/rec/cam1" result=0
2026-11-26T14:48:44.776692Z TRACE cam1.record disk call="pwrite64" path="/rec/cam1/a.mkv.part" offset=44 length=574 result=570
2026-11-26T14:48:44.776692Z TRACE cam1.record disk call="renameat2" path="/rec/cam1/a.mkv.part" to="/rec/cam1/a.mkv" result=0
2026-11-26T14:48:44.776692Z TRACE cam1.record disk call="ftruncate" path="/rec/cam1/a.mkv" length=5 result=0
2026-11-26T14:48:44.776692Z TRACE cam1.record disk call="fallocate" path="/rec/cam1/a.mkv" offset=4096 length=8192 result=0
"#;

    /// What a program can do to a folder, in the words of a shell.
    const DEEDS: &str = r#"
        cd "$1" || exit
        echo more > a; echo more >> a; truncate -s 9000 a; fallocate -l 20000 a; cat a > b
        cp a c; cp --sparse=always a d; ln a e; ln -s a f; mkfifo g; mkdir h; rmdir h
        mv a i; touch -d yesterday b; chmod 600 b; chown 0 b; rm b; ln -f c d
        dd if=c of=j bs=512 conv=notrunc,fsync 2>/dev/null; sync -d j; sync "$1"
    "#;

    #[test]
    fn whatever_a_program_does_to_a_folder_is_seen() {
        let temp = tempfile::tempdir().unwrap();
        let (folder, file) = (temp.path().join("it"), temp.path().join("seen"));
        std::fs::create_dir(&folder).unwrap();
        let strace = std::process::Command::new("strace")
            .args(["-f", "-y", "-Y", "-s", "0", "--seccomp-bpf", "-e", FOLLOWED, "-o"])
            .arg(&file)
            .args(["sh", "-c", DEEDS, "sh"])
            .arg(&folder)
            .status();
        strace.expect("the tests need strace");
        let calls = of_strace(&std::fs::read_to_string(file).unwrap());
        let mut seen: Vec<&str> = calls
            .iter()
            // Relative to a folder of which the call itself does not tell.
            .filter(|call| {
                !call.path.starts_with('/') || Path::new(&call.path).starts_with(&folder)
            })
            .map(|call| call.name.as_str())
            .collect();
        seen.sort_unstable();
        seen.dedup();
        for name in ["openat", "write", "ftruncate", "fallocate", "mkdir", "rmdir", "unlink"] {
            assert!(seen.contains(&name), "no {name} in {seen:?}");
        }
        for name in ["linkat", "symlinkat", "mknodat", "utimensat", "fchmodat", "fchownat"] {
            assert!(seen.contains(&name), "no {name} in {seen:?}");
        }
        for names in
            [["copy_file_range", "ioctl"], ["renameat2", "renameat"], ["fdatasync", "sync"]]
        {
            assert!(names.iter().any(|name| seen.contains(name)), "none of {names:?} in {seen:?}");
        }
    }

    #[test]
    fn a_call_that_nobody_knows_counts_for_each_path_that_it_names() {
        let seen = |line: &str| -> Vec<(String, String)> {
            let calls = of_strace(&format!("7<tokio-rt worker> {line}"));
            calls.into_iter().map(|call| (call.name, call.path)).collect()
        };
        let one = |line: &str, path: &str| {
            let (name, _) = line.split_once('(').unwrap();
            assert_eq!(seen(line), [(name.to_owned(), path.to_owned())]);
        };
        one(r#"creat("/rec/a", 0666) = 3</rec/a>"#, "/rec/a");
        one(r#"open("/rec/a", O_RDONLY|O_CREAT, 0666) = 3</rec/a>"#, "/rec/a");
        one(r#"truncate("a", 5) = 0"#, "a");
        one(r#"writev(3</rec/a>, [{iov_base=""..., iov_len=9}], 1) = 9"#, "/rec/a");
        one(r#"pwritev2(3</rec/a>, [{iov_base=""..., iov_len=9}], 1, 0, 0) = 9"#, "/rec/a");
        one("fallocate(3</rec/a>, 0, 0, 9) = 0", "/rec/a");
        one("mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3</rec/a>, 0) = 0x7f40907cb000", "/rec/a");
        one(r#"setxattr("/rec/a", "user.b", ""..., 1, 0) = 0"#, "/rec/a");
        one("syscall_0x1d3(3</rec/a>, 0) = 0", "/rec/a");
        let both = r#"linkat(AT_FDCWD</rec>, "a", AT_FDCWD</rec>, "/other/b", 0) = 0"#;
        let paths: Vec<String> = seen(both).into_iter().map(|(_, path)| path).collect();
        assert_eq!(paths, ["/rec", "/rec/a", "/rec", "/other/b"]);
        let opened = r#"openat2(5</rec>, "a", {flags=O_RDWR, resolve=0}, 24) = 3</rec/a>"#;
        assert_eq!(seen(opened).len(), 2);
        let copied = "sendfile(4</rec/b>, 3</rec/a>, NULL, 9) = 9";
        assert_eq!(seen(copied).len(), 2);
        // What changes nothing.
        for line in [
            r#"openat(AT_FDCWD</tmp>, "/rec/a", O_RDONLY|O_CLOEXEC) = 3</rec/a>"#,
            "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</rec/a>, 0) = 0x7f40907cb000",
            r#"link("/rec/a", "/rec/b") = -1 EXDEV (Invalid cross-device link)"#,
            "write(3<pipe:[1234]>, \"\"..., 9) = 9",
        ] {
            assert_eq!(seen(line), [], "{line}");
        }
        let ring = "io_uring_setup(8, {flags=0}) = 5<anon_inode:[io_uring]>";
        assert!(std::panic::catch_unwind(|| seen(ring)).is_err());
    }

    #[test]
    fn both_are_read_as_the_same_calls() {
        let of = |thread: &str, calls: Vec<Call>| -> Vec<Call> {
            calls.into_iter().filter(|call| call.thread == thread).collect()
        };
        for (thread, count) in [("cam1.record", 7), ("retention", 1)] {
            let logged = of(thread, of_log(LOG));
            assert_eq!(logged, of(thread, of_strace(STRACE)));
            assert_eq!(logged.len(), count, "{logged:#?}");
        }
    }
}

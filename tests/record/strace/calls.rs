//! The calls that change an archive: as `strace` writes them, and as camwall's log does.

use std::collections::HashMap;

/// What `strace` is to follow: all that changes files, and what opens them.
pub const FOLLOWED: &str = "trace=openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat2,\
    unlink,unlinkat,rmdir,mkdir,mkdirat";

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
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(begin) = rest.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, begin.to_owned());
        } else if let Some((_, end)) = rest.split_once(" resumed>") {
            let begin = unfinished.remove(thread).expect("what is resumed was begun");
            calls.extend(traced(thread, &format!("{begin}{end}")));
        } else {
            calls.extend(traced(thread, rest));
        }
    }
    calls
}

/// Reads one whole call of `strace`: `mkdir("/a", 0777) = 0`.
fn traced(thread: &str, text: &str) -> Option<Call> {
    let (_, thread) = thread.strip_suffix('>')?.split_once('<')?;
    // What a kill cut off has no result, or a question mark.
    let (call, result) = text.rsplit_once(" = ")?;
    let (name, args) = call.trim_end().strip_suffix(')')?.split_once('(')?;
    let args: Vec<&str> = args.split(", ").collect();
    let result = result_of(result)?;
    let quoted = |at: usize| args.get(at).map(|arg| arg.trim_matches('"').to_owned());
    let number = |at: usize| args.get(at).and_then(|arg| arg.parse().ok());
    let call = |name: &str, path: Option<String>| {
        let (thread, name) = (thread.to_owned(), name.to_owned());
        Some(Call { thread, name, path: path?, to: None, offset: None, length: None, result })
    };
    let opened = args.first().and_then(|arg| arg.split_once('<')?.1.split_once('>'));
    let opened = opened.map(|(path, _)| path.to_owned());
    match name {
        "openat" if changes(args.get(2)?) => call(name, quoted(1)),
        "write" => Some(Call { length: number(2), ..call(name, opened)? }),
        "pwrite64" => Some(Call { length: number(2), offset: number(3), ..call(name, opened)? }),
        "ftruncate" => Some(Call { length: number(1), ..call(name, opened)? }),
        "fsync" | "fdatasync" => call(name, opened),
        "rename" => Some(Call { to: quoted(1), ..call(name, quoted(0))? }),
        "renameat2" => Some(Call { to: quoted(3), ..call(name, quoted(1))? }),
        "mkdir" | "rmdir" | "unlink" => call(name, quoted(0)),
        "mkdirat" => call("mkdir", quoted(1)),
        "unlinkat" if args.get(2)?.contains("AT_REMOVEDIR") => call("rmdir", quoted(1)),
        "unlinkat" => call("unlink", quoted(1)),
        _ => None,
    }
}

/// Whether a file is opened to be changed.
fn changes(flags: &str) -> bool {
    flags.split('|').any(|flag| matches!(flag, "O_WRONLY" | "O_RDWR"))
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
"#;

    #[test]
    fn both_are_read_as_the_same_calls() {
        let of = |thread: &str, calls: Vec<Call>| -> Vec<Call> {
            calls.into_iter().filter(|call| call.thread == thread).collect()
        };
        for (thread, count) in [("cam1.record", 6), ("retention", 1)] {
            let logged = of(thread, of_log(LOG));
            assert_eq!(logged, of(thread, of_strace(STRACE)));
            assert_eq!(logged.len(), count, "{logged:#?}");
        }
    }
}

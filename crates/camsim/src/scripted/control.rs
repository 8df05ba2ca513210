//! The commands of the scripted mode: one a line on stdin, each answered by one line on stdout.
//!
//! Read on the main thread when poll says that there is something. The end of stdin is not the
//! end of the simulator.

use std::io::Read;

use serde_json::{Map, Value, json};

use super::server::Server;
use crate::report::Events;

/// No command is longer.
const MAX_LINE: usize = 4096;

/// What was read and not obeyed yet.
#[derive(Debug, Default)]
pub struct Input {
    line: Vec<u8>,
    /// Somebody said `quit`.
    pub quits: bool,
}

impl Input {
    /// Reads once, and obeys whole lines. False at the end of stdin.
    pub fn read(&mut self, server: &mut Server, events: &Events) -> bool {
        let mut bytes = [0; 1024];
        // Standard input of the process, not Rust's buffer: poll knows nothing of that.
        let count = match rustix::io::read(std::io::stdin(), &mut bytes) {
            Ok(count) => count,
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => return true,
            Err(_) => 0,
        };
        let mut text = &bytes[..count];
        let mut byte = [0];
        while text.read(&mut byte).is_ok_and(|count| count > 0) {
            if byte != *b"\n" && self.line.len() < MAX_LINE {
                self.line.push(byte[0]);
            } else {
                let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                events.emit(&self.answer(server, line.trim()));
            }
        }
        count > 0
    }

    fn answer(&mut self, server: &mut Server, line: &str) -> Value {
        let words: Vec<&str> = line.split_whitespace().collect();
        let done = match words[..] {
            ["stat"] => return stat(server),
            ["quit"] => {
                self.quits = true;
                Ok(())
            }
            ["next", row] => server.next(row),
            ["again", row] => server.again(row),
            _ => Err("commands: stat, next ROW, again ROW, quit".into()),
        };
        match done {
            Ok(()) => json!({"event": "done", "command": line}),
            Err(reason) => json!({"event": "error", "command": line, "reason": reason}),
        }
    }
}

fn stat(server: &Server) -> Value {
    // Entries of /proc/self: what the kernel counts, whoever opened or started it.
    let entries = |dir: &str| std::fs::read_dir(dir).map_or(0, Iterator::count);
    let open = server.stands.iter();
    let open: Map<String, Value> =
        open.map(|stand| (stand.row.name.clone(), stand.connections.len().into())).collect();
    json!({
        "event": "stat",
        "connections": open,
        "threads": entries("/proc/self/task"),
        "files": entries("/proc/self/fd"),
    })
}

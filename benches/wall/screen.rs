//! A screen without a monitor.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// A running Xvfb; ends when dropped.
pub struct Screen {
    child: Child,
    /// What `DISPLAY` is to be.
    pub display: String,
}

impl Screen {
    /// 1920×1080 with 24 bits, on a free display number.
    pub fn start() -> Self {
        let mut child = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1920x1080x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts; `make setup` installs it");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("Xvfb says its number");
        Self { child, display: format!(":{}", line.trim()) }
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

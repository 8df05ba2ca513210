//! Cameras of Video4Linux that are not there: a preloaded library answers for `/dev/video…`.
//!
//! All that is FFmpeg's or ours is the real thing, down to the calls that the kernel would answer.

use std::path::PathBuf;
use std::process::Command;

use super::Preloaded;

/// As many as `devices.c` answers for.
const MOST: usize = 16;
/// Where the picture begins in a device's file.
const PAGE: usize = 4096;
/// The folder in which the library finds the devices' files.
const FOLDER: &str = "CAMWALL_DEVICES";

/// Devices of the programs that they are given to; they go when dropped.
pub struct Devices {
    library: Preloaded,
    count: usize,
}

impl Devices {
    /// Builds the library; there is no device yet.
    pub fn build() -> Self {
        Self { library: Preloaded::build("devices.c"), count: 0 }
    }

    /// One more, which gives this picture five times a second in the format that Video4Linux calls by
    /// `fourcc`; its path. What was started before does not see it.
    ///
    /// # Panics
    /// Where there are 16 already.
    pub fn plug_in(
        &mut self,
        fourcc: &str,
        (width, height): (u32, u32),
        picture: &[u8],
    ) -> PathBuf {
        assert!(self.count < MOST, "no more devices");
        let name = format!("video{}", self.count);
        self.count += 1;
        let text = format!("{fourcc} {width} {height} {}", picture.len());
        let page = format!("{text:<PAGE$}");
        let all = [page.as_bytes(), picture].concat();
        std::fs::write(self.library.folder().join(&name), all).expect("a file");
        PathBuf::from("/dev").join(name)
    }

    /// Plugs them into a program that is to be started.
    pub fn given_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LD_PRELOAD", self.library.library()).env(FOLDER, self.library.folder())
    }
}

//! What no bytes of a camera, and no address, may do, for the targets in `fuzz/`.
//!
//! Each function takes any bytes, has the code at the edge work on them, and panics where a promise of
//! that code is broken: that is what a fuzzer looks for. Runs on the caller's thread. The tests below
//! replay the corpora, so that what was found once is never lost.

mod address;
mod packets;
mod picture_limits;
mod sdp;
mod timestamps;
mod units;

pub use self::address::address;
pub use self::packets::packets;
pub use self::sdp::sdp;
pub use self::timestamps::timestamps;
pub use crate::source::relay::fuzzing::{rtsp_dialogue, rtsp_messages};

/// Takes numbers off the front of a fuzzer's bytes; zeros where there are no more.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    fn number(&mut self) -> i64 {
        let mut all = [0; 8];
        let taken = self.take(8);
        all[..taken.len()].copy_from_slice(taken);
        i64::from_le_bytes(all)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Runs a target on its corpus.
    fn replay(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let files: Vec<_> = std::fs::read_dir(folder).expect("the corpus").collect();
        assert!(files.len() >= 10, "the corpus of {target} is gone");
        for file in files {
            let path = file.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("readable");
            let kept = std::panic::catch_unwind(|| run(&bytes)).is_ok();
            assert!(kept, "{}", path.display());
        }
    }

    #[test]
    fn the_corpus_of_addresses_keeps_every_promise() {
        replay("address", address);
    }

    #[test]
    fn the_corpus_of_rtsp_messages_keeps_every_promise() {
        replay("rtsp_messages", rtsp_messages);
    }

    #[test]
    fn the_corpus_of_rtsp_dialogues_keeps_every_promise() {
        replay("rtsp_dialogue", rtsp_dialogue);
    }

    #[test]
    fn the_corpus_of_descriptions_keeps_every_promise() {
        replay("sdp", sdp);
    }

    #[test]
    fn the_corpus_of_packets_keeps_every_promise() {
        replay("packets", packets);
    }

    #[test]
    fn the_corpus_of_timestamps_keeps_every_promise() {
        replay("timestamps", timestamps);
    }
}

//! Where a camera's archive goes on in memory: the file being written, and the packets of it that no disk
//! has yet.
//!
//! Told by the thread `ID.record`, once a key frame; read by any. The join: the writer tells which file it
//! has begun, and the number in the hub of each key frame that went into it, so that a group of that file
//! is a GOP of the hub, and both have the same pictures and the same sounds in the same order. Who reads
//! stands in a group behind so many of each, wherever they came from. Policies:
//! - of memory, the groups of the file being written are read, the newest as far as it came; what waits
//!   behind them in the hub for a disk that is slow follows once the writer takes it;
//! - whoever reads has no place in the hub: nothing is kept for him, and what is forgotten meanwhile he
//!   reads from the file;
//! - what came from memory may reach no file, where a disk fails or something is missing in the middle of
//!   a group; the gap that the ledger then tells has that time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use camwall_media::{Delivery, MediaType, Packet, PacketTap, StreamInfo};

/// A camera's clock that is so far off the time of arrival has jumped, seconds.
const JUMP: f64 = 10.0;

/// The end of a camera's archive. Clones are of the same.
#[derive(Clone, Debug, Default)]
pub struct LiveEnd(Arc<Mutex<Option<OpenFile>>>);

/// The writer's side of it: nothing is being written once this is gone.
#[derive(Debug, Default)]
pub(crate) struct LiveWriter(LiveEnd);

/// The file being written.
#[derive(Debug)]
struct OpenFile {
    tap: PacketTap,
    name: String,
    /// Whether there is sound in it.
    sound: bool,
    /// Its first picture: the camera's time in seconds, and when it arrived.
    zero: Option<(Option<f64>, Instant)>,
    /// Key frames in it that are no longer in memory, and the numbers of the others.
    gone: usize,
    keys: VecDeque<u64>,
}

/// A group of the file being written, as far as it came.
pub(super) struct LiveGroup {
    pub video: Arc<StreamInfo>,
    pub audio: Option<Arc<StreamInfo>>,
    /// The packets, and their places in time behind the file's first picture, nanoseconds.
    pub packets: Vec<(Arc<Packet>, i64)>,
    /// Whether nothing more comes of it.
    pub whole: bool,
}

impl LiveWriter {
    /// Tells it to those who have this.
    pub fn new(end: LiveEnd) -> Self {
        end.set(None);
        Self(end)
    }

    /// A file was begun, of packets that are in the hub of `tap`.
    pub fn begin(&self, tap: Option<PacketTap>, name: String, sound: bool) {
        let file = |tap| OpenFile { tap, name, sound, zero: None, gone: 0, keys: VecDeque::new() };
        self.0.set(tap.map(file));
    }

    /// A packet is in it.
    pub fn wrote(&self, delivery: &Delivery) {
        // One without contents reaches no file.
        if !delivery.is_key() || delivery.packet.data().is_empty() {
            return;
        }
        let mut file = self.0.lock();
        let Some(file) = &mut *file else { return };
        file.zero.get_or_insert((delivery.packet.seconds(), delivery.packet.arrived));
        file.keys.push_back(delivery.number);
        let base = file.tap.base();
        while file.keys.front().is_some_and(|key| *key < base) {
            file.keys.pop_front();
            file.gone += 1;
        }
    }

    /// All of it is on the disk, or never will be.
    pub fn end(&self) {
        self.0.set(None);
    }
}

impl Drop for LiveWriter {
    fn drop(&mut self) {
        self.end();
    }
}

impl LiveEnd {
    /// How many groups the file of this name has, if it is being written.
    pub(super) fn count(&self, name: &str) -> usize {
        let file = self.lock();
        let file = file.as_ref().filter(|file| file.name == name);
        file.map_or(0, |file| file.gone + file.keys.len())
    }

    /// A group of the file of this name, if it is being written and all of it is in memory.
    pub(super) fn group(&self, name: &str, index: usize) -> Option<LiveGroup> {
        let (tap, key, sound, zero) = {
            let file = self.lock();
            let file = file.as_ref().filter(|file| file.name == name)?;
            let key = *file.keys.get(index.checked_sub(file.gone)?)?;
            (file.tap.clone(), key, file.sound, file.zero?)
        };
        let gop = tap.gop(key)?;
        let first = gop.packets.first()?;
        let (video, audio) = (first.packet.info.clone(), first.session.audio.clone());
        let is_in_file = |packet: &Packet| {
            !packet.data().is_empty() && (sound || packet.media_type() == MediaType::Video)
        };
        let packets = gop.packets.into_iter().map(|it| it.packet).filter(|it| is_in_file(it));
        let packets = packets.map(|it| (it.clone(), after(zero, &it))).collect();
        Some(LiveGroup { video, audio: audio.filter(|_| sound), packets, whole: gop.whole })
    }

    fn set(&self, file: Option<OpenFile>) {
        *self.lock() = file;
    }

    fn lock(&self) -> MutexGuard<'_, Option<OpenFile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a packet lies behind the first picture, nanoseconds: by the camera's clock, unless that jumped.
fn after((seconds, arrived): (Option<f64>, Instant), packet: &Packet) -> i64 {
    let waited = packet.arrived.saturating_duration_since(arrived);
    let by_camera = packet.seconds().zip(seconds).map(|(now, then)| now - then);
    let found = by_camera.filter(|it| (it - waited.as_secs_f64()).abs() < JUMP);
    #[expect(clippy::cast_possible_truncation, reason = "a file lasts for hours, not centuries")]
    let nanos = found.map(|it| (it * 1e9).round() as i64);
    nanos.unwrap_or(i64::try_from(waited.as_nanos()).unwrap_or(i64::MAX))
}

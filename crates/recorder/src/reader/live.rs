//! Where a camera's archive goes on in memory: what the file being written has and no disk yet, and what
//! waits behind it until the writer takes it.
//!
//! Told by the thread `ID.record`, once a packet; read by any. The join: the writer tells which file it
//! has begun, and the number in the hub of each key frame that went into it, so that a group of that file
//! is a GOP of the hub, and both have the same pictures and the same sounds in the same order. Policies:
//! - of memory, the groups of the file being written are read, the newest as far as it came; then what
//!   waits in the hub for a disk that is slow. Who has read that knows the number of its key frame, and so
//!   finds where it lies once the writer has taken it;
//! - what the writer took is held here until the system has it: the hub may have forgotten it before;
//! - whoever reads has no place in the hub: nothing is kept for him, and what is forgotten meanwhile he
//!   reads from the file;
//! - what came from memory may reach no file, where a disk fails or something is missing in the middle of
//!   a group; the gap that the ledger then tells has that time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camwall_media::{Delivery, HubId, MediaType, PacketTap};
use jiff::{SignedDuration, Timestamp};

use super::group::{ArchivedPacket, Group};

/// A camera's clock that is so far off the time of arrival has jumped, seconds: as files have it.
const JUMP: f64 = 5.0;
/// Key frames whose places in files are known: those of some minutes.
const KEYS: usize = 512;
/// Most bytes of packets that are held because no disk has them; what is beyond is read from the file.
const HELD: usize = 16 << 20;

/// The end of a camera's archive. Clones are of the same.
#[derive(Clone, Debug, Default)]
pub struct LiveEnd(Arc<Mutex<Tail>>);

/// The writer's side of it: nothing is being written once this is gone.
#[derive(Debug, Default)]
pub(crate) struct LiveWriter(LiveEnd);

/// The newest file, and what is behind it.
#[derive(Debug, Default)]
struct Tail {
    /// Looks at what may still go into it, or into the next; none where nothing may.
    tap: Option<PacketTap>,
    /// Whether it is being written.
    open: bool,
    hub: HubId,
    file: Arc<str>,
    frame: Frame,
    /// Its groups.
    count: usize,
    /// The newest key frames that went into files: number, file, and group.
    keys: VecDeque<(u64, Arc<str>, usize)>,
    /// The newest packets that did, from the last group on that the system may not have as a whole.
    held: VecDeque<Delivery>,
    held_bytes: usize,
}

/// How packets lie in a file.
#[derive(Clone, Debug, Default)]
struct Frame {
    start: Timestamp,
    /// Whether there is sound in it.
    sound: bool,
    /// Its first picture.
    first: Option<Delivery>,
}

/// What waits behind the newest file.
pub(super) struct Waiting {
    /// The newest file, and how many groups it has.
    pub file: Arc<str>,
    pub count: usize,
    /// Numbers of the key frames.
    pub keys: Vec<u64>,
    pub hub: HubId,
}

impl LiveWriter {
    /// Tells it to those who have this.
    pub fn new(end: LiveEnd) -> Self {
        let this = Self(end);
        this.end();
        this
    }

    /// A file was begun, of packets that are in the hub of `tap`.
    pub fn begin(&self, tap: Option<PacketTap>, file: String, start: Timestamp, sound: bool) {
        let mut tail = self.0.lock();
        let hub = tap.as_ref().map(PacketTap::id).unwrap_or_default();
        if tail.hub != hub {
            tail.keys.clear();
        }
        let keys = std::mem::take(&mut tail.keys);
        let (open, file) = (tap.is_some(), file.into());
        let frame = Frame { start, sound, first: None };
        *tail = Tail { tap, open, hub, file, frame, keys, ..Tail::default() };
    }

    /// A packet is in it.
    pub fn wrote(&self, delivery: &Delivery) {
        let bytes = delivery.packet.data().len();
        // One without contents reaches no file.
        if bytes == 0 {
            return;
        }
        let mut tail = self.0.lock();
        if delivery.is_key() {
            tail.frame.first.get_or_insert_with(|| delivery.clone());
            let key = (delivery.number, tail.file.clone(), tail.count);
            tail.keys.push_back(key);
            tail.count += 1;
            if tail.keys.len() > KEYS {
                tail.keys.pop_front();
            }
        }
        tail.held_bytes += bytes;
        tail.held.push_back(delivery.clone());
        tail.let_go(|tail| tail.held_bytes > HELD);
    }

    /// The system has all of it that was written.
    pub fn flushed(&self) {
        let mut tail = self.0.lock();
        // The newest group goes on, and may be forgotten in the hub before the rest is flushed.
        if let Some(key) = tail.keys.back().map(|key| key.0) {
            tail.let_go(|tail| tail.held.front().is_some_and(|it| it.number < key));
        }
    }

    /// It is over, and what comes next goes into another.
    pub fn goes_on(&self, tap: Option<PacketTap>) {
        self.0.lock().tap = tap;
    }

    /// All of it is on the disk, or never will be.
    pub fn end(&self) {
        let mut tail = self.0.lock();
        (tail.tap, tail.open) = (None, false);
        tail.let_go(|_| true);
    }
}

impl Drop for LiveWriter {
    fn drop(&mut self) {
        self.end();
    }
}

impl LiveEnd {
    /// How many groups the file of this name has, if it is being written.
    pub(super) fn count(&self, file: &str) -> usize {
        let tail = self.lock();
        if tail.open && *tail.file == *file { tail.count } else { 0 }
    }

    /// The number of the key frame with which a group of a file begins, where that was written lately.
    pub(super) fn number(&self, file: &str, group: usize) -> Option<(HubId, u64)> {
        let tail = self.lock();
        let key = tail.keys.iter().rfind(|(_, name, index)| **name == *file && *index == group)?;
        Some((tail.hub.clone(), key.0))
    }

    /// The file and the group that begin with a key frame, where that was written lately.
    pub(super) fn place(&self, hub: &HubId, key: u64) -> Option<(Arc<str>, usize)> {
        let tail = self.lock();
        let key = tail.keys.iter().find(|(number, ..)| *number == key && tail.hub == *hub)?;
        Some((key.1.clone(), key.2))
    }

    /// A group of the file of this name, if it is being written and all of it is in memory.
    pub(super) fn group(&self, file: &str, index: usize) -> Option<Group> {
        let tail = self.lock();
        let mut keys = tail.keys.iter().rev();
        let key = keys.find(|(_, name, group)| **name == *file && *group == index)?.0;
        let tap = tail.tap.as_ref().filter(|_| tail.open)?;
        let (packets, whole) = match tap.gop(key) {
            Some(gop) => (gop.packets, gop.whole),
            None => {
                let from = tail.held.iter().position(|it| it.number == key)?;
                let behind = tail.held.iter().skip(from + 1).position(Delivery::is_key);
                let count = behind.map_or(tail.held.len() - from, |behind| behind + 1);
                // The hub forgets none that goes on.
                (tail.held.iter().skip(from).take(count).cloned().collect(), true)
            }
        };
        let frame = tail.frame.clone();
        drop(tail);
        frame.group(&packets, whole)
    }

    /// What waits in the hub until the writer takes it.
    pub(super) fn waiting(&self) -> Option<Waiting> {
        let tail = self.lock();
        let tap = tail.tap.as_ref()?;
        let taken = tail.keys.back()?.0;
        let keys = tap.keys_from(taken + 1);
        Some(Waiting { file: tail.file.clone(), count: tail.count, keys, hub: tail.hub.clone() })
    }

    /// A group of what waits, by the clock of the newest file.
    pub(super) fn waiting_group(&self, key: u64) -> Option<Group> {
        let tail = self.lock();
        let gop = tail.tap.as_ref()?.gop(key)?;
        let frame = tail.frame.clone();
        drop(tail);
        frame.group(&gop.packets, gop.whole)
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail {
    /// Forgets the oldest packets that are held, as long as that is so.
    fn let_go(&mut self, so: impl Fn(&Self) -> bool) {
        while !self.held.is_empty() && so(self) {
            let gone = self.held.pop_front();
            self.held_bytes -= gone.map_or(0, |it| it.packet.data().len());
        }
    }
}

impl Frame {
    /// What a file gets of these packets, which are of one connection.
    fn group(&self, packets: &[Delivery], whole: bool) -> Option<Group> {
        let first = packets.first()?;
        let (video, session) = (first.packet.info.clone(), &first.session);
        let is_in_file = |it: &&Delivery| {
            let kind = it.packet.media_type();
            !it.packet.data().is_empty() && (self.sound || kind == MediaType::Video)
        };
        let archived = |it: &Delivery| ArchivedPacket {
            at: self.time_of(it),
            media_type: it.packet.media_type(),
            keyframe: it.packet.keyframe,
            data: it.packet.data().to_vec(),
        };
        let audio = session.audio.clone().filter(|_| self.sound);
        let packets = packets.iter().filter(is_in_file).map(archived).collect();
        Some(Group { video, audio, packets, whole, grows: true })
    }

    /// When a packet is shown: by the camera's clock from the file's first picture on, unless that jumped
    /// or is of another connection.
    fn time_of(&self, it: &Delivery) -> Timestamp {
        let Some(first) = &self.first else { return self.start };
        let waited = it.packet.arrived.saturating_duration_since(first.packet.arrived);
        let same = Arc::ptr_eq(&first.session, &it.session);
        let times = it.packet.seconds().zip(first.packet.seconds()).filter(|_| same);
        let by_camera = times.map(|(now, then)| now - then);
        let by_camera = by_camera.filter(|it| (it - waited.as_secs_f64()).abs() < JUMP);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a file lasts for hours, not centuries"
        )]
        let nanos = by_camera.map(|it| (it * 1e9).round() as i64);
        let nanos = nanos.unwrap_or(i64::try_from(waited.as_nanos()).unwrap_or(i64::MAX));
        self.start.checked_add(SignedDuration::from_nanos(nanos)).unwrap_or(self.start)
    }
}

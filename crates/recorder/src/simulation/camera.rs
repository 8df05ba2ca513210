//! A camera without a network, which sends what a test tells it to, each packet with its number in
//! it, so that every file can be asked which it holds.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_media::fixtures::{FakeHub, aac, alaw, h264_of, packet_of};
use camwall_media::{ConnectionState, Keep, MediaType, Packet, StreamInfo, Subscription};

/// Stands before a packet's number: of pictures, and of sound.
const MARKS: [&str; 2] = ["<picture ", "<a sound "];
/// Digits of a packet's number.
const DIGITS: usize = 8;

/// A packet on its way.
struct Sent {
    info: Arc<StreamInfo>,
    /// None where it has no contents.
    number: Option<u64>,
    pts: i64,
    keyframe: bool,
    /// When it reaches the program.
    at: Instant,
}

/// A camera.
pub struct SimulatedCamera {
    /// Between two pictures.
    pub interval: Duration,
    /// Pictures from key frame to key frame.
    pub gop: u64,
    /// By how much a picture is late on the way, in turn.
    pub jitter: Vec<Duration>,
    /// Whether it sends sound, from the next connection on.
    pub sound: bool,
    /// Whether that is sound as telephones have it, which MP4 can't hold.
    pub telephone: bool,
    /// The state of the connection.
    pub link: ConnectionState,
    /// Whether it sends nothing although it is connected.
    pub frozen: bool,
    /// Whether the packets that it sends have no contents.
    pub hollow: bool,
    /// Until when packets are held up on the way.
    pub held_until: Option<Instant>,
    hub: FakeHub,
    video: Arc<StreamInfo>,
    audio: Option<Arc<StreamInfo>>,
    variant: u8,
    /// When the next picture, and the next sound, is sent.
    next: Instant,
    next_sound: Instant,
    pictures: u64,
    sounds: i64,
    /// The camera's time 0.
    began: Instant,
    way: VecDeque<Sent>,
    latest: Instant,
    /// Pictures and sounds that were sent.
    numbers: [u64; 2],
}

impl SimulatedCamera {
    /// Connected, ten pictures a second, a key frame each second, no sound; first at `now`.
    pub fn new(now: Instant) -> Self {
        Self {
            interval: Duration::from_millis(100),
            gop: 10,
            jitter: Vec::new(),
            sound: false,
            telephone: false,
            link: ConnectionState::Up,
            frozen: false,
            hollow: false,
            held_until: None,
            hub: FakeHub::default(),
            video: h264_of(640, 360, 0),
            audio: None,
            variant: 0,
            next: now,
            next_sound: now,
            pictures: 0,
            sounds: 0,
            began: now,
            way: VecDeque::new(),
            latest: now,
            numbers: [0; 2],
        }
    }

    /// Another run of the program reads the camera, whose packets of before are in no memory.
    pub fn subscribe(&mut self, keep: Keep) -> Subscription {
        self.hub = FakeHub::default();
        self.hub.set_connection(self.link);
        self.hub.subscribe(keep)
    }

    /// The feed that reads it is closed: nothing more comes of it.
    pub fn close_feed(&mut self) {
        self.hub.close();
        self.link = ConnectionState::Connecting;
        self.way.clear();
    }

    /// Connects anew at `now`: another session, which begins with a key frame.
    pub fn connect(&mut self, now: Instant) {
        self.audio = self.sound.then(if self.telephone { alaw } else { aac });
        self.hub.reconnect(self.audio.clone());
        self.link = ConnectionState::Up;
        self.hub.set_connection(self.link);
        (self.next, self.next_sound, self.began) = (now, now, now);
        (self.pictures, self.sounds) = (0, 0);
        self.way.clear();
    }

    /// Loses the connection.
    pub fn disconnect(&mut self, link: ConnectionState) {
        self.link = link;
        self.hub.set_connection(link);
        self.way.clear();
    }

    /// Sends pictures with other parameter sets, from the next on, which is a key frame.
    pub fn change_parameters(&mut self) {
        self.variant = self.variant.wrapping_add(1);
        self.video = h264_of(640, 360, self.variant);
        self.pictures = self.pictures.next_multiple_of(self.gop);
    }

    /// Its clock jumps ahead.
    pub fn jump(&mut self, by: Duration) {
        self.began -= by;
    }

    /// What it sends next has the numbers after these, of pictures and of sounds.
    pub fn count_from(&mut self, numbers: [u64; 2]) {
        self.numbers = numbers;
    }

    /// How many pictures and sounds it sent.
    pub fn sent(&self) -> [u64; 2] {
        self.numbers
    }

    /// What arrives up to `now` reaches the hub, but for the newest `held` packets of it; gives what did.
    /// Of `lose` the next packets are lost because the memory is full.
    pub fn arrive(&mut self, now: Instant, held: usize, lose: &mut u32) -> Vec<Arc<Packet>> {
        if self.link != ConnectionState::Up {
            return Vec::new();
        }
        self.send(now);
        let mut arrived = Vec::new();
        while self.way.get(held).is_some_and(|sent| sent.at <= now) {
            let Some(sent) = self.way.pop_front() else { break };
            let mark = MARKS[usize::from(sent.info.media_type == MediaType::Audio)];
            let text = match sent.number {
                None => String::new(),
                Some(number) => format!("{mark}{number:0DIGITS$}>"),
            };
            let packet = packet_of(&sent.info, text.as_bytes(), sent.pts, sent.keyframe, sent.at);
            self.hub.push(&packet);
            if *lose > 0 {
                *lose -= 1;
                self.hub.overflow();
            } else {
                arrived.push(packet);
            }
        }
        arrived
    }

    fn send(&mut self, now: Instant) {
        while self.next <= now || (self.audio.is_some() && self.next_sound <= now) {
            if self.audio.is_some() && self.next_sound < self.next {
                self.send_sound();
            } else {
                self.send_picture();
            }
        }
    }

    fn send_picture(&mut self) {
        let place = usize::try_from(self.pictures).unwrap_or(0);
        let late = match self.jitter.len() {
            0 => Duration::ZERO,
            length => self.jitter[place % length],
        };
        let keyframe = self.pictures.is_multiple_of(self.gop);
        let pts = self.next.duration_since(self.began).as_micros() * 9 / 100;
        self.put(self.video.clone(), i64::try_from(pts).unwrap_or(0), keyframe, late);
        self.pictures += 1;
        self.next += self.interval;
    }

    fn send_sound(&mut self) {
        let Some(info) = self.audio.clone() else { return };
        let rate = u128::from(info.time_base.1.unsigned_abs());
        let pts = self.next_sound.duration_since(self.began).as_micros() * rate / 1_000_000;
        self.put(info, i64::try_from(pts).unwrap_or(0), true, Duration::ZERO);
        self.sounds += 1;
        self.next_sound += Duration::from_millis(64);
    }

    fn put(&mut self, info: Arc<StreamInfo>, pts: i64, keyframe: bool, late: Duration) {
        let sent_at = if info.media_type == MediaType::Video { self.next } else { self.next_sound };
        if self.frozen {
            return;
        }
        let held = self.held_until.filter(|until| *until > sent_at);
        // Nothing overtakes on the way.
        self.latest = held.unwrap_or(sent_at + late).max(self.latest);
        let kind = usize::from(info.media_type == MediaType::Audio);
        let number = (!self.hollow).then_some(self.numbers[kind]);
        self.numbers[kind] += u64::from(!self.hollow);
        self.way.push_back(Sent { info, number, pts, keyframe, at: self.latest });
    }
}

/// The packets in a file by their numbers, which count what the camera sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Pictures.
    pub pictures: Vec<u64>,
    /// Pieces of sound.
    pub sounds: Vec<u64>,
}

/// The number of a picture or a sound, by its payload.
pub fn number_of(payload: &[u8], media_type: MediaType) -> Option<u64> {
    let mark = MARKS[usize::from(media_type == MediaType::Audio)];
    let digits = payload.strip_prefix(mark.as_bytes())?.get(..DIGITS)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The packets in a file, in the order of their numbers.
///
/// # Errors
/// Where it can't be read.
pub fn numbers_in(path: &Path) -> std::io::Result<Numbers> {
    let bytes = std::fs::read(path)?;
    let mut numbers = Numbers::default();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'<') {
        numbers.pictures.extend(number_of(&bytes[at..], MediaType::Video));
        numbers.sounds.extend(number_of(&bytes[at..], MediaType::Audio));
    }
    numbers.pictures.sort_unstable();
    numbers.sounds.sort_unstable();
    Ok(numbers)
}

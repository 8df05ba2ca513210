//! A hundred thousand packets that are not what a camera meant: no crash, no panic, no picture beyond
//! its limits, no memory that grows.
//!
//! They are decoded in a process of their own, so that a crash is a test that fails and says its seed, and
//! memory is what they alone take. `CAMWALL_SEED` asks for the same packets again, `CAMWALL_PACKETS`
//! for more.

use std::io::Write as _;
use std::process::Command;

use fastrand::Rng;

use super::*;
use crate::frame::Frame;
use crate::limits::{MAX_PIXELS, MAX_SIDE};
use crate::source::spec::ScaleTarget;

mod files;
mod mutate;

use self::mutate::Mutator;

const SEED: &str = "CAMWALL_SEED";
const COUNT: &str = "CAMWALL_PACKETS";
const PACKETS: usize = 100_000;
/// One packet of so many comes out of a container that was changed, and not out of a clip.
const FROM_FILES: usize = 8;
/// Small pictures: what is looked for does not depend on their size.
const CLIPS: [&str; 13] = [
    "cam9-240.h264",
    "cam9-288.h264",
    "cam9-360.h264",
    "cam7-360.h265",
    "cam11-360.mjpeg",
    "odd-black.h264",
    "odd-gop30.h265",
    "odd-grey10.h264",
    "odd-interlaced.h264",
    "odd-intra-refresh.h264",
    "odd-no-sar.h264",
    "odd-several-pps.h264",
    "odd-sps-nonkey.h264",
];
/// A renderer's limit, as some have it: smaller than most of the clips.
const SMALL_SIDE: u32 = 330;
/// No packet may take longer, on a computer that others load.
const LONGEST: Duration = Duration::from_secs(20);
/// What all of it may leave behind, bytes.
const LEFT: u64 = 64 << 20;
/// What may be used at any time, bytes: as much as the pictures of one decoder may take.
const MOST: u64 = 512 << 20;

/// What was done, over all packets.
#[derive(Debug, Default)]
struct Told {
    packets: usize,
    pictures: usize,
    failed: usize,
    /// Pixels of the largest picture.
    largest: u64,
    /// Packets of streams that the renderer has no room for.
    refused: usize,
    slowest: Duration,
}

#[test]
fn a_hundred_thousand_packets_that_make_no_sense_do_no_harm() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number(SEED).unwrap_or_else(|| fastrand::u64(..));
    let count = number(COUNT).unwrap_or(PACKETS as u64);
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "decode::tests::mutated::in_a_process_of_its_own"])
        .args(["--ignored", "--nocapture"])
        .env(SEED, seed.to_string())
        .env(COUNT, count.to_string())
        .output()
        .expect("this program again");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&child.stdout), text(&child.stderr));
    assert!(child.status.success(), "{SEED}={seed}: {}\n{out}\n{err}", child.status);
    assert!(out.contains(&format!("Told {{ packets: {count},")), "{SEED}={seed}: {out}");
}

#[test]
#[ignore = "the test above runs it"]
fn in_a_process_of_its_own() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (seed, count) =
        (number(SEED).unwrap_or(1), number(COUNT).unwrap_or(PACKETS as u64) as usize);
    let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips");
    let files = files::Files::new(&clips);
    let coded = CLIPS.map(|name| packets(&clips.join(name)));
    let streams = coded.into_iter().chain(files.raw());
    let streams = streams.map(|stream| stream.into_iter().map(Arc::new).collect());
    let mut mutator = Mutator::new(streams.collect(), seed);
    let mut told = Told::default();
    // The first ones fill the caches that stay.
    let mut before = None;
    while told.packets < count {
        let room = count - told.packets;
        if told.packets % FROM_FILES == 0 {
            files.play(mutator.rng(), room, &mut told);
        } else {
            play(&mut mutator, room, &mut told);
        }
        if told.packets > count / 10 {
            before.get_or_insert_with(memory);
        }
    }
    let (now, peak) = (memory(), status("VmHWM:"));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{told:?}, memory {before:?}, then {now}, at most {peak}").expect("a reader");
    // Most packets are as they were, or nearly: they must decode.
    assert!(told.pictures > count / 4 && told.failed > count / 10, "{told:?}");
    assert!(now < before.unwrap_or(now) + LEFT, "memory grew from {before:?} to {now}");
    assert!(peak < MOST, "{peak} bytes");
    assert!(told.largest > 1 << 20 && told.refused > 0, "no size was forged: {told:?}");
}

/// Bytes of the process's own memory.
fn memory() -> u64 {
    crate::ffmpeg::allocator::return_memory();
    status("VmRSS:")
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a line of memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

/// Some packets of one stream, changed, by one decoder.
fn play(mutator: &mut Mutator, room: usize, told: &mut Told) {
    let mut player = Player::new(mutator.rng());
    for packet in mutator.run().into_iter().take(room) {
        player.decode(packet, told);
    }
}

/// A decode thread's decoder and what it is told.
struct Player {
    decoder: Decoder,
    out: Outputs,
    rng: Rng,
    first: bool,
}

impl Player {
    /// Its pictures are shown as they are, or as large as some tile.
    fn new(rng: &mut Rng) -> Self {
        let largest_side = if rng.u8(..8) == 0 { SMALL_SIDE } else { MAX_SIDE };
        let deep_textures = rng.bool();
        let out = Outputs { deep_textures, largest_side, ..outputs(Watch::default()) };
        let sizes = [(160, 120), (176, 144), (320, 180), (641, 363), (1, 1)];
        if let Some((width, height)) = rng.choice(sizes).filter(|_| rng.bool()) {
            out.scale.set(Some(ScaleTarget { width, height }));
        }
        Self { decoder: Decoder::new(&out), out, rng: rng.fork(), first: true }
    }

    fn decode(&mut self, packet: Packet, told: &mut Told) {
        let restart = self.first || self.rng.u8(..) < 4;
        let job = Job {
            first: self.first,
            reopen: self.rng.u8(..) < 2,
            blind: self.rng.u8(..) < 8,
            whole: self.rng.u8(..) < 128,
            lossy: self.rng.bool(),
            ..job(packet, restart)
        };
        self.first = false;
        let begun = Instant::now();
        let decoded = decode(&mut self.decoder, &job, &self.out);
        let took = begun.elapsed();
        assert!(took < LONGEST, "a packet took {took:?}");
        told.slowest = told.slowest.max(took);
        told.packets += 1;
        told.failed += usize::from(decoded.failed);
        told.refused += usize::from(self.decoder.refusal.is_some());
        while let Some(frame) = self.out.frame_queue.take() {
            told.pictures += 1;
            told.largest = told.largest.max(u64::from(frame.width) * u64::from(frame.height));
            sound(&frame, self.out.largest_side);
        }
    }
}

/// The picture is within the limits, each plane has its size, and every row of it is there to be read.
fn sound(frame: &Frame, side: u32) {
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    assert!((1..=MAX_PIXELS).contains(&pixels), "{frame:?}");
    assert!(frame.width.max(frame.height) <= side, "{frame:?} where no side may be over {side}");
    let planes = match frame.layout {
        PlaneLayout::Packed | PlaneLayout::Planar { chroma: Chroma::Gray, .. } => 1,
        PlaneLayout::SemiPlanar => 2,
        PlaneLayout::Planar { .. } => 3,
    };
    for index in 0..planes {
        let plane = frame.plane(index).unwrap_or_else(|| panic!("no plane {index}: {frame:?}"));
        if let Some(shape) = frame.layout.plane_shape(index, (frame.width, frame.height)) {
            let (width, height) = (plane.width, plane.height);
            assert_eq!((width, height, plane.channels, plane.bytes_per_sample), shape);
        }
        let row = plane.width as usize * usize::from(plane.channels * plane.bytes_per_sample);
        assert!(row > 0 && plane.stride >= row, "{plane:?}", plane = plane.stride);
        assert_eq!(plane.data.len(), plane.stride * (plane.height as usize - 1) + row);
        let rows = plane.data.chunks(plane.stride);
        let ends = rows.map(|row| u64::from(row[0]) + u64::from(row[row.len() - 1])).sum::<u64>();
        std::hint::black_box(ends);
    }
}

//! The cameras: which clips a camera plays and what a test has done to it.
//!
//! Owns the switches (`freeze`, `resize`) and the list of running feeders. The main thread sets
//! the switches, the feeders read them once per frame, so a plain atomic is enough: a switch
//! takes effect within one frame and orders nothing else.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::Sender;

use crate::clips::{Clip, Codec, Library, Scene};
use crate::feeder::Order;

/// The cameras whose main streams carry AAC. The first four stay silent for the benchmarks.
const AAC_CAMERAS: [usize; 2] = [5, 7];
/// The camera whose main stream carries G.711 µ-law.
const PCMU_CAMERA: usize = 6;
/// The camera whose main stream carries G.711 A-law.
const PCMA_CAMERA: usize = 8;

/// Which clips the cameras may use; `None` is any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection {
    /// Only this codec.
    pub codec: Option<Codec>,
    /// Only main pictures of this height.
    pub height: Option<u32>,
}

/// One elementary stream of a mount.
#[derive(Debug)]
pub struct Track {
    clip: Arc<Clip>,
    /// What `resize` switches to: another size, same codec.
    other: Option<Arc<Clip>>,
}

/// One mount, such as `/cam1/main`.
#[derive(Debug)]
pub struct Stream {
    /// `main` or `sub`.
    pub name: &'static str,
    /// The pictures, then the sound if there is any.
    pub tracks: Vec<Track>,
}

/// One simulated camera.
#[derive(Debug)]
pub struct Camera {
    /// `cam1` and so on.
    pub name: String,
    /// `main` and `sub`.
    pub streams: [Stream; 2],
    /// Connected, but sends nothing.
    pub frozen: AtomicBool,
    /// The main stream plays its other clip.
    pub resized: AtomicBool,
    feeds: Mutex<Vec<(u64, Sender<Order>)>>,
    next_feed: AtomicU64,
}

/// Takes a feeder off its camera's list when its thread ends, however it ends.
#[derive(Debug)]
pub struct FeedGuard {
    camera: Arc<Camera>,
    id: u64,
}

impl Drop for FeedGuard {
    fn drop(&mut self) {
        self.camera.feeds().retain(|(id, _)| *id != self.id);
    }
}

impl Track {
    /// The clip this track should play now.
    pub fn clip(&self, camera: &Camera) -> &Arc<Clip> {
        match &self.other {
            Some(other) if camera.resized.load(Ordering::Relaxed) => other,
            _ => &self.clip,
        }
    }

    /// The codec, which `resize` never changes.
    pub fn codec(&self) -> Codec {
        self.clip.codec
    }
}

impl Camera {
    /// Enters a feeder on the list; the guard takes it off again.
    pub fn enter_feed(self: &Arc<Self>, orders: Sender<Order>) -> FeedGuard {
        let id = self.next_feed.fetch_add(1, Ordering::Relaxed);
        self.feeds().push((id, orders));
        FeedGuard { camera: Arc::clone(self), id }
    }

    /// Number of feeders now running.
    pub fn feed_count(&self) -> usize {
        self.feeds().len()
    }

    /// Has every stream of this camera end.
    pub fn end(&self) {
        for (_, orders) in self.feeds().iter() {
            // A feeder that is already gone has nothing left to end; a running one makes room in
            // its channel within a frame.
            orders.send(Order::End).ok();
        }
    }

    /// Whether `resize` has something to switch to.
    pub fn can_resize(&self) -> bool {
        self.streams[0].tracks[0].other.is_some()
    }

    fn feeds(&self) -> MutexGuard<'_, Vec<(u64, Sender<Order>)>> {
        // A panic elsewhere cannot leave a Vec of senders half changed.
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets up `count` cameras, reusing the clips cyclically. The first nine are plain ones, the next
/// two are coded as few cameras do it.
pub fn build(
    library: &Library,
    count: usize,
    selection: Selection,
) -> Result<Vec<Arc<Camera>>, String> {
    let fits = |scene: &&Scene| {
        selection.codec.is_none_or(|codec| scene.main.codec == codec)
            && selection.height.is_none_or(|h| scene.main.height == h)
    };
    let scenes: Vec<&Scene> = library.scenes.iter().filter(fits).collect();
    if scenes.is_empty() {
        return Err("no clip has this codec and size".into());
    }
    let camera = |number: usize| {
        let scene = scenes[(number - 1) % scenes.len()];
        Arc::new(Camera {
            name: format!("cam{number}"),
            streams: [main_stream(library, scene, number), sub_stream(scene)],
            frozen: AtomicBool::new(false),
            resized: AtomicBool::new(false),
            feeds: Mutex::default(),
            next_feed: AtomicU64::new(0),
        })
    };
    Ok((1..=count).map(camera).collect())
}

fn main_stream(library: &Library, scene: &Scene, number: usize) -> Stream {
    let clip = &scene.main;
    let other = library
        .scenes
        .iter()
        .map(|s| &s.main)
        .find(|other| other.codec == clip.codec && other.height != clip.height);
    let mut tracks = vec![Track { clip: Arc::clone(clip), other: other.cloned() }];
    let sound = match number {
        number if AAC_CAMERAS.contains(&number) => Some(&library.aac),
        PCMU_CAMERA => Some(&library.pcmu),
        PCMA_CAMERA => Some(&library.pcma),
        _ => None,
    };
    tracks.extend(sound.map(|clip| Track { clip: Arc::clone(clip), other: None }));
    Stream { name: "main", tracks }
}

fn sub_stream(scene: &Scene) -> Stream {
    Stream { name: "sub", tracks: vec![Track { clip: Arc::clone(&scene.sub), other: None }] }
}

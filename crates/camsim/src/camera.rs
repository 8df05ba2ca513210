//! The cameras: which clips a camera plays and what a test has done to it.
//!
//! Owns the switches (`freeze`, `resize`, `sub`) and the list of running feeders. The main thread
//! sets the switches, the feeders read them once per frame, so a plain atomic is enough: a switch
//! takes effect within one frame and orders nothing else.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::Sender;

use crate::clips::{Clip, Library, Scene};
use crate::codec::Codec;

/// What a feeder is told.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The source of this track has run empty; the first time, that it has started.
    Wanted(usize),
    /// The media is gone.
    Stop,
    /// End the stream.
    End,
}

/// The cameras whose main streams carry AAC. The first four stay silent for the benchmarks.
const AAC_CAMERAS: [usize; 2] = [5, 7];
/// The camera whose main stream carries G.711 µ-law.
const PCMU_CAMERA: usize = 6;
/// The camera whose main stream carries G.711 A-law.
const PCMA_CAMERA: usize = 8;

/// Which clips the cameras may use; `None` is any.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Only this codec.
    pub codec: Option<Codec>,
    /// Only main pictures of this height.
    pub height: Option<u32>,
    /// Heights of the sub pictures: the first camera has the first, and so on, in a circle.
    pub subs: Vec<u32>,
}

/// One elementary stream of a mount.
#[derive(Debug)]
pub struct Track {
    /// The sizes it can play, all of one codec; never empty.
    clips: Vec<Arc<Clip>>,
    /// The one of them that it should play.
    current: AtomicUsize,
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
    fn new(clips: Vec<Arc<Clip>>, current: usize) -> Self {
        Self { clips, current: AtomicUsize::new(current) }
    }

    /// The clip this track should play now.
    pub fn clip(&self) -> &Arc<Clip> {
        &self.clips[self.current.load(Ordering::Relaxed)]
    }

    /// The codec, which is the same in every size.
    pub fn codec(&self) -> Codec {
        self.clips[0].codec
    }

    /// Goes on with the next size, in a circle; false if there is no other.
    pub fn resize(&self) -> bool {
        let next = (self.current.load(Ordering::Relaxed) + 1) % self.clips.len();
        self.current.store(next, Ordering::Relaxed);
        self.clips.len() > 1
    }

    /// Goes on with the clip of this height; false if there is none.
    pub fn resize_to(&self, height: u32) -> bool {
        let found = self.clips.iter().position(|clip| clip.height == height);
        if let Some(index) = found {
            self.current.store(index, Ordering::Relaxed);
        }
        found.is_some()
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
    selection: &Selection,
) -> Result<Vec<Arc<Camera>>, String> {
    let fits = |scene: &&Scene| {
        selection.codec.is_none_or(|codec| scene.main.codec == codec)
            && selection.height.is_none_or(|h| scene.main.height == h)
    };
    let scenes: Vec<&Scene> = library.scenes.iter().filter(fits).collect();
    let camera = |index: usize| {
        let (round, turn) = (index / selection.subs.len(), index % selection.subs.len());
        let height = selection.subs[turn];
        let with_sub = scenes.iter().filter_map(|scene| Some((*scene, scene.sub(height)?)));
        let with_sub: Vec<(&Scene, usize)> = with_sub.collect();
        if with_sub.is_empty() {
            return Err(format!("no clip has this codec and size, with a sub of {height} lines"));
        }
        let (scene, sub) = with_sub[round % with_sub.len()];
        let number = index + 1;
        Ok(Arc::new(Camera {
            name: format!("cam{number}"),
            streams: [main_stream(library, scene, number), sub_stream(scene, sub)],
            frozen: AtomicBool::new(false),
            feeds: Mutex::default(),
            next_feed: AtomicU64::new(0),
        }))
    };
    (0..count).map(camera).collect()
}

fn main_stream(library: &Library, scene: &Scene, number: usize) -> Stream {
    let clip = &scene.main;
    let other = library
        .scenes
        .iter()
        .map(|s| &s.main)
        .find(|other| other.codec == clip.codec && other.height != clip.height);
    let clips = [Some(clip), other].into_iter().flatten().cloned().collect();
    let mut tracks = vec![Track::new(clips, 0)];
    let sound = match number {
        number if AAC_CAMERAS.contains(&number) => Some(&library.aac),
        PCMU_CAMERA => Some(&library.pcmu),
        PCMA_CAMERA => Some(&library.pcma),
        _ => None,
    };
    tracks.extend(sound.map(|clip| Track::new(vec![Arc::clone(clip)], 0)));
    Stream { name: "main", tracks }
}

fn sub_stream(scene: &Scene, index: usize) -> Stream {
    Stream { name: "sub", tracks: vec![Track::new(scene.subs.clone(), index)] }
}

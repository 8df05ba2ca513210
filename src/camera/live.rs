//! The seam between camera entities and the threads that serve them.
//!
//! Main world. A [`Camera`] that is added gets [`Feeds`], which own what serves it; one that
//! is despawned loses them, and dropping them ends that. Policy: the stream is chosen by
//! the largest tile the camera has (the rule is in `stream_choice`), and changed make-before-break:
//! the old one stays on the wall until the new one has a frame, for ever if it never has one. The
//! main stream stays connected, undecoded, where its recorder needs it. A camera that nobody sees
//! stays connected as it is and is not decoded, unless the wall file wants it warm: then it is on the
//! stream of the tile for which it is kept. It does not wake the wall.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bevy::prelude::*;
use jiff::Zoned;
use tracing::{info, warn};

use crate::camera::{
    Camera, Health, PictureShape, PictureWarnings, Prewarmed, StreamKind, StreamStats,
    TextureSupport, TileLines, WallFile, take_all,
};
use crate::pacing::FramePacer;
use camwall_config as config;
use camwall_config::{CameraFields, Login, LoginError};
use camwall_media::Fingerprint;
use camwall_media::{
    CameraAddress, CameraShare, Feed, FeedSpec, LoginMethods, LoginSource, MissingLogin,
    RouteMemory, Transport, Trust, Via, Watch,
};

use crate::camera::feeds::{Feeds, Routes};
use crate::camera::recording_plan::holds_main;
use crate::camera::stream_choice::{Choice, Step, StreamDemand};
use crate::camera::waker::Waker;

/// Opens a feed for each new camera.
pub fn open_feeds(
    mut commands: Commands,
    cameras: Query<(Entity, &Camera, &TileLines, Option<&Prewarmed>), Without<Feeds>>,
    file: Res<WallFile>,
    textures: Res<TextureSupport>,
    pacer: Res<FramePacer>,
) {
    for (entity, camera, lines, prewarmed) in &cameras {
        let has_sub = camera.config.sub.is_some();
        let recording = file.wall.recording.as_ref();
        let main_held = holds_main(&camera.config.record, recording, &Zoned::now());
        let kind = Choice::first(needed_lines(lines, prewarmed), has_sub, main_held);
        let (visible, routes) = (lines.0.is_some(), Routes::default());
        let waker = Waker::new(pacer.clone(), visible);
        let feed = open(camera, kind, &routes, &file, *textures, &waker);
        let feeds = Feeds::new(kind, feed, visible || prewarmed.is_some(), routes, waker);
        commands.entity(entity).insert(feeds);
    }
}

/// How many lines a camera's picture needs: those of its tiles, or while it has none, those of the tile
/// for which it is kept warm.
fn needed_lines(lines: &TileLines, prewarmed: Option<&Prewarmed>) -> Option<u32> {
    lines.0.or_else(|| prewarmed.and_then(|warm| warm.0))
}

fn open(
    camera: &Camera,
    kind: StreamKind,
    routes: &Routes,
    file: &WallFile,
    textures: TextureSupport,
    waker: &Waker,
) -> Feed {
    let config = &camera.config;
    let url = match (kind, &config.sub) {
        (StreamKind::Sub, Some(sub)) => sub,
        _ => &config.main,
    };
    let stale_after = file.wall.overlay.stale_after;
    let waker = waker.clone();
    let spec = FeedSpec {
        routes: routes.of(kind).clone(),
        share: routes.share().clone(),
        deep_textures: textures.deep,
        largest_side: textures.side,
        ..feed_spec(&camera.id, config, url, &file.folder, stale_after)
    };
    Feed::open(spec, Arc::new(move || waker.wake()))
}

/// What the wall file says of a camera, for the stream at `url`. Paths in it are relative to
/// `folder`. Nothing is read: a login is read for each try, on a thread of its own.
pub fn feed_spec(
    id: &str,
    config: &config::Camera,
    url: &CameraAddress,
    folder: &Path,
    stale_after: Duration,
) -> FeedSpec {
    let login = config.login.clone().map(|login| {
        if login == Login::Typed(None) {
            return LoginSource::nowhere(&LoginError::NotGiven.to_string());
        }
        let folder = folder.to_owned();
        let (id, told) = (id.to_owned(), AtomicBool::new(false));
        LoginSource::new(move || {
            let found = login.resolve(&folder);
            if let Some(exposed) = login.exposed(&folder)
                && !told.swap(true, Ordering::Relaxed)
            {
                warn!("{id}: login: {exposed}");
            }
            found.map_err(|error| MissingLogin(error.to_string()))
        })
    });
    FeedSpec {
        id: Arc::from(id),
        url: url.beside(folder),
        login,
        auth: match config.auth {
            config::Auth::Any => LoginMethods::Any,
            config::Auth::Digest => LoginMethods::Digest,
        },
        trust: trust(config, folder),
        transport: match config.transport {
            config::Transport::Tcp => Transport::Tcp,
            config::Transport::Udp => Transport::Udp,
            config::Transport::Auto => Transport::Auto,
        },
        via: match config.via {
            config::Via::Auto => Via::Auto,
            config::Via::Retina => Via::Retina,
            config::Via::Ffmpeg => Via::Ffmpeg,
        },
        options: config.options.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        hls: config.hls,
        stale_after,
        interval: config.interval,
        watch: Watch {
            frozen: config.watch.frozen,
            dark: config.watch.dark,
            mask: config.watch.mask.iter().map(part_of_picture).collect(),
        },
        routes: RouteMemory::default(),
        share: CameraShare::default(),
        deep_textures: true,
        largest_side: TextureSupport::default().side,
    }
}

/// Whom the wall file trusts. A pin that can't be read was a mistake in it, and nobody is trusted then.
fn trust(config: &config::Camera, folder: &Path) -> Trust {
    match &config.trust {
        config::Trust::System => Trust::System,
        config::Trust::Ca(path) => Trust::Ca(folder.join(path)),
        config::Trust::Fingerprint(pin) => {
            Trust::Fingerprint(pin.parse().unwrap_or(Fingerprint([0; 32])))
        }
        config::Trust::Anyone => Trust::Anyone,
    }
}

/// An area of the wall file in parts of the picture, 0 to 1.
fn part_of_picture(area: &config::Area) -> [f32; 4] {
    [area.left, area.top, area.width, area.height].map(|percent| percent as f32 / 100.0)
}

/// Starts the change to the other stream where the tiles call for it, and finishes it once that
/// stream has a frame; has decoded what is looked at.
pub fn choose_streams(
    mut cameras: Query<(&Camera, &TileLines, Option<&Prewarmed>, &mut Feeds)>,
    file: Res<WallFile>,
    textures: Res<TextureSupport>,
    pacer: Res<FramePacer>,
) {
    let now = Instant::now();
    for (camera, lines, prewarmed, mut feeds) in &mut cameras {
        let feeds = &mut *feeds;
        let visible = lines.0.is_some();
        // First, so that no picture comes unnoticed.
        feeds.waker.set_visible(visible);
        let (routes, waker) = (feeds.routes.clone(), feeds.waker.clone());
        let open = |kind| open(camera, kind, &routes, &file, *textures, &waker);
        if feeds.main_held && !feeds.has(StreamKind::Main) {
            feeds.put(StreamKind::Main, open(StreamKind::Main), false);
        }
        // Asked first: the size of a picture is known before the picture is there, so nothing goes
        // onto the wall whose size has not been looked at.
        let ready = feeds.is_next_ready();
        feeds.choice.learn(feeds.sub_lines());
        let sub = feeds.sub_condition();
        let demand = StreamDemand {
            tile: needed_lines(lines, prewarmed),
            has_sub: camera.config.sub.is_some() && feeds.sub_trouble.is_usable(sub, now),
            has_main: feeds.main_trouble.is_usable(feeds.main_is_too_slow(), now),
            shown: feeds.shown,
            next: feeds.next,
        };
        match feeds.choice.step(&demand, now) {
            Step::Keep => feeds.next = None,
            Step::Await => {}
            Step::Start(kind) => {
                if !feeds.has(kind) {
                    feeds.put(kind, open(kind), true);
                }
                feeds.next = Some(kind);
            }
            Step::Wait(until) => {
                feeds.next = None;
                pacer.wake_at(until);
            }
        }
        if ready && feeds.switch() {
            feeds.choice.switched(now);
            info!("camera {}: now on its {} stream", camera.id, feeds.shown.as_str());
        }
        feeds.tidy(visible, prewarmed.is_some());
    }
}

/// Follows another wall file: of the cameras that are described differently, opens the streams anew that
/// are others, and tells those that stay what they are to look for.
pub fn follow_file(
    In(changed): In<Vec<(Entity, CameraFields)>>,
    mut cameras: Query<(&Camera, &mut Feeds)>,
    file: Res<WallFile>,
    textures: Res<TextureSupport>,
) {
    for (entity, fields) in changed {
        let Ok((camera, mut feeds)) = cameras.get_mut(entity) else { continue };
        let feeds = &mut *feeds;
        let waker = feeds.waker.clone();
        let open = |kind, routes: &Routes| open(camera, kind, routes, &file, *textures, &waker);
        for kind in [(fields.main, StreamKind::Main), (fields.sub, StreamKind::Sub)] {
            let (true, kind) = kind else { continue };
            feeds.renew(kind);
            if !feeds.has(kind) {
                continue;
            }
            let routes = feeds.routes.clone();
            if kind == StreamKind::Sub && camera.config.sub.is_none() {
                info!("camera {}: has no sub stream any more", camera.id);
                feeds.leave_sub(|| open(StreamKind::Main, &routes));
            } else {
                info!("camera {}: its {} stream connects anew", camera.id, kind.as_str());
                feeds.reopen(kind, open(kind, &routes));
            }
        }
        let stale_after = file.wall.overlay.stale_after;
        let main = &camera.config.main;
        let spec = feed_spec(&camera.id, &camera.config, main, &file.folder, stale_after);
        feeds.all().for_each(|feed| feed.retune(spec.tuning()));
    }
}

/// Copies the feeds' state into the components; what did not change is left alone.
pub fn read_feeds(
    mut cameras: Query<(
        &mut Feeds,
        &mut Health,
        &mut PictureWarnings,
        &mut PictureShape,
        &mut StreamStats,
    )>,
) {
    for (mut feeds, mut health, mut warnings, mut shape, mut stats) in &mut cameras {
        feeds.read();
        if let Some(status) = feeds.on_wall() {
            stats.feed.clone_from(status);
        }
        if !feeds.is_decoded() {
            // No frame is expected: that the newest grows old says nothing.
            stats.feed.last_frame_at = None;
        }
        stats.stream = feeds.shown;
        stats.shown = feeds.shown_before + feeds.picture.shown();
        stats.delay = feeds.picture.delay();
        stats.totals = feeds.totals();
        stats.memory = feeds.memory();
        let before = health.state();
        if health.0 != stats.feed.state {
            health.0 = stats.feed.state.clone();
        }
        if stats.state_since.is_none() || health.state() != before {
            // By the stream's own account, unless that is of an earlier word: of two outages the
            // second may have another.
            let earlier = stats.state_since;
            let by_feed = stats.feed.state_since.filter(|at| earlier.is_none_or(|it| *at > it));
            stats.state_since = Some(by_feed.unwrap_or_else(Instant::now));
        }
        warnings.set_if_neq(PictureWarnings(stats.feed.warnings));
        let size = UVec2::new(stats.feed.width, stats.feed.height);
        shape.set_if_neq(PictureShape { size, sar: stats.feed.sar });
    }
}

/// How long the feeds may take to end at exit: one second each, all at once.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(1500);

/// Ends all feeds, so that each camera sees its TEARDOWN before the program is gone.
pub fn close_feeds(world: &mut World) {
    let taken: Vec<Feeds> = take_all(world);
    let until = Instant::now() + CLOSE_TIMEOUT;
    let feeds: Vec<Feed> = taken.into_iter().flat_map(Feeds::into_all).collect();
    // `stop` first for all: they say goodbye side by side.
    for feed in &feeds {
        feed.stop();
    }
    for feed in feeds {
        feed.close(until.saturating_duration_since(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read, net::TcpListener, path::PathBuf};

    use super::*;
    use crate::camera::CameraState;
    use camwall_config::Wall;

    /// An app with one camera at `address`, its feed opened.
    fn app(address: &str) -> App {
        let text = format!(r#"(cameras: {{ "gate": (main: "rtsp://{address}/live") }})"#);
        let wall = Wall::parse(&text, "wall.ron").unwrap().wall;
        let mut app = App::new();
        app.insert_resource(WallFile { wall, folder: PathBuf::new() })
            .insert_resource(FramePacer::start(|| {}).unwrap())
            .init_resource::<TextureSupport>()
            .add_systems(Startup, crate::camera::spawn_cameras)
            .add_systems(Update, (open_feeds, read_feeds).chain());
        app.update();
        app
    }

    /// A camera that accepts a connection and then says nothing holds the feed in a read.
    #[test]
    fn despawning_a_camera_closes_its_connection_though_it_waits_for_an_answer() {
        let camera = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut app = app(&camera.local_addr().unwrap().to_string());
        let (mut connection, _) = camera.accept().unwrap();
        let entity = app.world_mut().query_filtered::<Entity, With<Feeds>>().single(app.world());
        let gone = Instant::now();
        app.world_mut().despawn(entity.unwrap());
        // The request, and then the end of the connection.
        connection.read_to_end(&mut Vec::new()).unwrap();
        assert!(gone.elapsed() < Duration::from_secs(1), "{:?}", gone.elapsed());
    }

    #[test]
    fn an_unreachable_camera_is_offline_and_changed_once() {
        // Bound and dropped: nobody listens there.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut app = app(&address);
        app.init_resource::<Changes>();
        app.add_systems(
            Last,
            |changed: Query<&Health, Changed<Health>>, mut seen: ResMut<Changes>| {
                seen.0.extend(changed.iter().map(Health::state));
            },
        );
        let until = Instant::now() + Duration::from_secs(20);
        while !app.world().resource::<Changes>().0.contains(&CameraState::Offline) {
            app.update();
            assert!(Instant::now() < until, "not offline");
            std::thread::yield_now();
        }
        for _ in 0..100 {
            app.update();
        }
        let mut seen = app.world().resource::<Changes>().0.clone();
        // A further try in vain changes what is told of the next one; updates do not.
        assert!(seen.len() < 10, "{seen:?}");
        seen.dedup();
        // It may be offline before the first update that looks.
        if seen.first() == Some(&CameraState::Connecting) {
            seen.remove(0);
        }
        assert_eq!(seen, [CameraState::Offline]);
    }

    /// The states that were told, in turn.
    #[derive(Resource, Default)]
    struct Changes(Vec<CameraState>);
}

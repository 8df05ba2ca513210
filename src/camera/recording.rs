//! The seam between camera entities and the threads that record them.
//!
//! Main world. A camera with the component [`Recording`] is recorded, one without is not; the wall
//! file, its schedule and keys only insert and remove it. Policy: what is recorded is the main
//! stream, whatever is shown; a decision by key holds until the schedule next says something else;
//! the status tells what reaches the disk, not what was ordered.

use std::{
    collections::HashSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::prelude::*;
use jiff::Zoned;
use tracing::{error, info, warn};

use crate::camera::feeds::Feeds;
use crate::camera::messages::recording as messages;
use crate::camera::{Camera, CameraAction, CameraStatus, WallFile};
use crate::pacing::{FramePacer, RedrawState};
use camwall_config as config;
use camwall_config::{Action, Record};
use camwall_media::Container;
use camwall_recorder::{
    Cause, Intent, LazyStorage, RecorderEvent, RecorderSpec, RetentionLimits, SegmentSettings,
    StorageEvent, sweep,
};

/// This camera is being recorded, or is to be as soon as that is possible.
#[derive(Component, Debug, Default)]
pub struct Recording;

/// The recording folder.
#[derive(Resource)]
pub struct RecordingStorage(Arc<LazyStorage>);

/// A camera's recorder, whether it records or only remembers the pre-roll.
#[derive(Component)]
pub struct Recorder {
    pub(crate) recorder: camwall_recorder::Recorder,
    switch: RecordingSwitch,
    /// Which main feed it listens to, by [`Feeds::main_number`].
    source: Option<u64>,
    /// The main stream is needed until then, for a snapshot.
    pub(crate) snapshot_until: Option<Instant>,
}

/// Who wants a camera recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RecordingSwitch {
    /// What the wall file says now.
    planned: bool,
    /// What a key said since the wall file last said something else.
    by_hand: Option<bool>,
    /// Whether an earlier run that was killed has been asked what it recorded.
    resumed: bool,
}

impl RecordingSwitch {
    fn is_on(self) -> bool {
        self.by_hand.unwrap_or(self.planned)
    }

    /// Follows the plan; a change of plan ends what was said by hand.
    fn plan(&mut self, planned: bool) {
        if self.planned != planned {
            *self = Self { planned, by_hand: None, resumed: true };
        }
    }

    /// Why it is off; none where nobody ever said anything.
    fn off(self, record: &Record) -> Option<Cause> {
        match (self.by_hand, record) {
            (Some(_), _) => Some(Cause::StoppedByHand),
            (None, Record::Weekly(_)) => Some(Cause::NotScheduled),
            (None, _) => None,
        }
    }
}

fn planned(record: &Record, now: &Zoned) -> bool {
    match record {
        Record::Never => false,
        Record::Always => true,
        Record::Weekly(weekly) => weekly.is_on(now.datetime()),
    }
}

/// How long a snapshot may wait for the main stream.
const SNAPSHOT: Duration = Duration::from_secs(16);
/// How long a word to the operator stays on the tile.
const NOTE: Duration = Duration::from_secs(4);
/// How often the schedule is looked at.
const SCHEDULE: Duration = Duration::from_secs(1);
/// How long finishing files may take at exit: an operator waits no longer than five seconds.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(4000);

/// Knows the recording folder; opens nothing.
pub fn find_storage(mut commands: Commands, file: Res<WallFile>) {
    let recording = file.wall.recording.clone().unwrap_or_default();
    let root = std::path::absolute(recording.folder(&file.folder))
        .unwrap_or_else(|_no_such_folder| recording.folder(&file.folder));
    let known: Vec<String> = file.wall.cameras.keys().map(|id| config::folder_of(id)).collect();
    let storage = LazyStorage::new(
        root.clone(),
        limits(&recording.keep),
        known.clone(),
        Arc::new(log_storage),
    );
    if file.wall.recording.is_some() {
        sweep_later(&storage, root, known.into_iter().collect());
    }
    commands.insert_resource(RecordingStorage(storage));
}

fn limits(keep: &config::Retention) -> RetentionLimits {
    let config::Retention { age, total, per_camera, free } = *keep;
    RetentionLimits { age, total, per_camera, free }
}

/// Logs what a recorder tells, on its thread.
fn log_recorder(event: RecorderEvent<'_>) {
    match event {
        RecorderEvent::Changed => {}
        RecorderEvent::NotRecording { camera, error } => {
            error!("{camera}: NOT RECORDING: {}", messages::error(error));
        }
        RecorderEvent::NotClosed { camera, error } => {
            error!("{camera}: {}", messages::error(error))
        }
        RecorderEvent::RecordedAgain { camera, after } => {
            info!("{camera}: recorded again after: {}", messages::detail(after));
        }
    }
}

/// Logs what the recording folder tells, on the thread `retention`.
fn log_storage(event: StorageEvent<'_>) {
    match event {
        StorageEvent::Unusable { root, error } => {
            let (root, why) = (root.display(), messages::storage(error));
            warn!("{root}: nothing is recorded: {why}; trying again");
        }
        StorageEvent::Usable { root } => {
            info!("{}: can be recorded to again", root.display());
        }
    }
}

fn container(asked: config::Container) -> Container {
    match asked {
        config::Container::Matroska => Container::Matroska,
        config::Container::Mp4 => Container::FragmentedMp4,
    }
}

/// Finishes what cameras that are no longer on the wall left behind, on a thread of its own.
fn sweep_later(storage: &Arc<LazyStorage>, root: std::path::PathBuf, known: HashSet<String>) {
    let storage = Arc::clone(storage);
    let work = move || {
        let storage = storage.get();
        if storage.settled(SNAPSHOT) && storage.ready().is_ok() {
            sweep(&root, &known);
        }
    };
    if let Err(error) = std::thread::Builder::new().name("sweep".into()).spawn(work) {
        error!("no thread to finish what old cameras left: {error}");
    }
}

/// Starts a recorder for each new camera.
pub fn open_recorders(
    mut commands: Commands,
    cameras: Query<(Entity, &Camera), (With<Feeds>, Without<Recorder>)>,
    file: Res<WallFile>,
    storage: Res<RecordingStorage>,
    pacer: Res<FramePacer>,
) {
    let now = Zoned::now();
    for (entity, camera) in &cameras {
        let spec = spec(camera, &file, storage.0.root());
        let pacer = pacer.clone();
        let handler = Arc::new(move |event: RecorderEvent<'_>| {
            log_recorder(event);
            if matches!(event, RecorderEvent::Changed) {
                pacer.notify();
            }
        });
        let recorder = match camwall_recorder::Recorder::open(spec, Arc::clone(&storage.0), handler)
        {
            Ok(recorder) => recorder,
            Err(error) => {
                error!("camera {}: no thread to record with: {error}; trying again", camera.id);
                continue;
            }
        };
        let switch = RecordingSwitch {
            planned: planned(&camera.config.record, &now),
            by_hand: None,
            resumed: false,
        };
        let recorder = Recorder { recorder, switch, source: None, snapshot_until: None };
        commands.entity(entity).insert(recorder);
        if switch.is_on() {
            commands.entity(entity).insert(Recording);
        }
    }
}

fn spec(camera: &Camera, file: &WallFile, root: &Path) -> RecorderSpec {
    let recording = file.wall.recording.clone().unwrap_or_default();
    RecorderSpec {
        settings: SegmentSettings {
            id: Arc::clone(&camera.id),
            title: camera.name.clone(),
            root: root.to_owned(),
            folder: config::folder_of(&camera.id),
            container: container(recording.container),
            length: recording.segment,
            size: recording.segment_size,
        },
        pre_roll: recording.pre_roll,
        memory: usize::try_from(recording.memory).unwrap_or(usize::MAX),
        eager: file.wall.recording.is_some() || camera.config.record != Record::Never,
    }
}

/// Follows the schedules, and takes up what a killed run recorded by key.
pub fn follow_schedule(
    mut commands: Commands,
    mut cameras: Query<(Entity, &Camera, &mut Recorder)>,
    mut looked: Local<Option<Instant>>,
) {
    let now = Instant::now();
    if looked.is_some_and(|at| now.duration_since(at) < SCHEDULE) {
        return;
    }
    *looked = Some(now);
    let local = Zoned::now();
    for (entity, camera, mut recorder) in &mut cameras {
        let before = recorder.switch;
        if !before.resumed && recorder.recorder.was_interrupted() {
            recorder.switch.resumed = true;
            if before.by_hand.is_none() && camera.config.record == Record::Never {
                info!("camera {}: was being recorded when camwall was killed: goes on", camera.id);
                recorder.switch.by_hand = Some(true);
            }
        }
        recorder.switch.plan(planned(&camera.config.record, &local));
        if recorder.switch != before {
            apply(&mut commands, entity, recorder.switch);
        }
    }
}

/// Record, protect and snapshot keys, each for the camera that was selected when it was pressed.
pub fn act(
    mut commands: Commands,
    mut actions: MessageReader<CameraAction>,
    mut cameras: Query<(Entity, &Camera, &mut Recorder, &mut CameraStatus)>,
) {
    for CameraAction { action, camera } in actions.read() {
        if *action == Action::RecordAll {
            let all = cameras.iter().all(|(_, _, recorder, _)| recorder.switch.is_on());
            for (entity, camera, mut recorder, _) in &mut cameras {
                order(&mut commands, entity, camera, &mut recorder, !all);
            }
            continue;
        }
        // A camera that is gone is not to be recorded, and no other in its place.
        let Some(Ok((entity, camera, mut recorder, mut status))) =
            camera.map(|entity| cameras.get_mut(entity))
        else {
            continue;
        };
        let taken = match action {
            Action::Record => {
                let on = !recorder.switch.is_on();
                order(&mut commands, entity, camera, &mut recorder, on);
                true
            }
            Action::Protect => recorder.recorder.protect(),
            Action::Snapshot => {
                recorder.snapshot_until = Some(Instant::now() + SNAPSHOT);
                recorder.recorder.snapshot()
            }
            _ => true,
        };
        if !taken {
            status.note = Some(("BUSY, TRY AGAIN".to_owned(), Instant::now() + NOTE));
        }
    }
}

/// What a key said.
fn order(
    commands: &mut Commands,
    entity: Entity,
    camera: &Camera,
    recorder: &mut Recorder,
    on: bool,
) {
    if recorder.switch.is_on() != on {
        info!("camera {}: recording {} by hand", camera.id, if on { "begun" } else { "ended" });
        recorder.switch.by_hand = Some(on);
        apply(commands, entity, recorder.switch);
    }
}

fn apply(commands: &mut Commands, entity: Entity, switch: RecordingSwitch) {
    if switch.is_on() {
        commands.entity(entity).insert(Recording);
    } else {
        commands.entity(entity).remove::<Recording>();
    }
}

/// Tells the threads what the components say, and keeps their packets coming.
pub fn drive(
    mut cameras: Query<(&Camera, &mut Feeds, &mut Recorder, Has<Recording>)>,
    file: Res<WallFile>,
) {
    let now = Instant::now();
    let pre_roll = file.wall.recording.as_ref().map(|recording| !recording.pre_roll.is_zero());
    for (camera, mut feeds, mut recorder, recording) in &mut cameras {
        if recording {
            recorder.recorder.set_intent(Intent::On);
        } else if let Some(cause) = recorder.switch.off(&camera.config.record) {
            recorder.recorder.set_intent(Intent::Off(cause));
        }
        recorder.snapshot_until = recorder.snapshot_until.filter(|until| now < *until);
        let remember = match (&camera.config.record, pre_roll) {
            // Nobody speaks of recording: a sub stream on the wall is then the only connection.
            (Record::Never, None) => false,
            (_, wanted) => wanted.unwrap_or(true),
        };
        feeds.hold_main(recording || remember || recorder.snapshot_until.is_some());
        let number = feeds.main_number();
        if recorder.source != number {
            let budget = recorder.recorder.budget();
            let source = feeds.main().map(|main| main.subscribe(budget));
            if recorder.recorder.connect(source) {
                recorder.source = number;
            }
        }
    }
}

/// Copies the recorders' state into the components; a change redraws the wall.
pub fn read_recorders(
    mut cameras: Query<(&mut Recorder, &mut CameraStatus)>,
    pacer: Res<FramePacer>,
    mut redraw: ResMut<RedrawState>,
) {
    let now = Instant::now();
    for (mut recorder, mut status) in &mut cameras {
        let status = status.bypass_change_detection();
        let mut record = recorder.recorder.status();
        if recorder.switch.planned && !recorder.switch.is_on() {
            // The wall file wants it, somebody does not: that is for all to see.
            record.wanted = true;
            record.fault = Some(Cause::StoppedByHand);
        }
        let mut changed = status.record != record;
        status.record = record;
        if let Some(note) = recorder.recorder.note() {
            recorder.snapshot_until = None;
            status.note = Some((messages::note(&note), now + NOTE));
            pacer.wake_at(now + NOTE);
            changed = true;
        }
        if status.note.as_ref().is_some_and(|(_, until)| *until <= now) {
            status.note = None;
            changed = true;
        }
        if changed {
            redraw.request();
        }
    }
}

/// Finishes all files, side by side. The feeds still run: what was received is still written.
pub fn close(world: &mut World) {
    let mut query = world.query_filtered::<Entity, With<Recorder>>();
    let entities: Vec<Entity> = query.iter(world).collect();
    let recorders: Vec<Recorder> =
        entities.into_iter().filter_map(|entity| world.entity_mut(entity).take()).collect();
    let deadline = Instant::now() + CLOSE_TIMEOUT;
    for recorder in &recorders {
        recorder.recorder.finish();
    }
    for recorder in recorders {
        recorder.recorder.close(deadline);
    }
    if let Some(storage) = world.get_resource::<RecordingStorage>() {
        storage.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(planned: bool) -> RecordingSwitch {
        RecordingSwitch { planned, by_hand: None, resumed: false }
    }

    #[test]
    fn a_key_holds_until_the_schedule_changes() {
        let mut weekly = switch(false);
        weekly.by_hand = Some(true);
        weekly.plan(false);
        assert!(weekly.is_on());
        weekly.plan(true);
        assert_eq!((weekly.is_on(), weekly.by_hand), (true, None));
        weekly.by_hand = Some(false);
        weekly.plan(true);
        assert!(!weekly.is_on());
        weekly.plan(false);
        weekly.plan(true);
        assert!(weekly.is_on());
    }

    #[test]
    fn why_it_is_off() {
        assert_eq!(switch(false).off(&Record::Never), None);
        let stopped = RecordingSwitch { by_hand: Some(false), ..switch(true) };
        assert_eq!(stopped.off(&Record::Always), Some(Cause::StoppedByHand));
    }
}

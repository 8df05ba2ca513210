//! The seam between camera entities and the threads that record them.
//!
//! Main world. A camera with the component [`Recording`] is recorded, one without is not; the wall
//! file, its schedule and keys only insert and remove it. Policy: what is recorded is the main
//! stream, whatever is shown; a decision by key holds until the schedule next says something else;
//! the status tells what reaches the disk, not what was ordered.

mod doubts;
mod events;
mod leaving;
mod settings;
mod switch;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::prelude::*;
use jiff::Zoned;
use tracing::{error, info};

use crate::camera::feeds::Feeds;
use crate::camera::messages::recording as messages;
use crate::camera::recording_plan::{by_hand_goes_on, keeps_pre_roll, on_since, planned};
use crate::camera::waker::Waker;
use crate::camera::{Camera, CameraSystems, Notice, RecordingStatus, WallFile, take_all};
use crate::interface::Interface;
use crate::operation::{Operation, Phase};
use crate::pacing::FramePacer;
use camwall_config::Action;
use camwall_recorder::{Cause, Intent, RecorderEvent, RecorderHandler};
use camwall_words::Notes;
use events::log_recorder;
use settings::{described, spec};
use switch::RecordingSwitch;

use leaving::Leaving;
pub use leaving::retire;
pub use settings::{RecordingStorage, follow_file};

/// Adds the recorders.
pub fn plugin(app: &mut App) {
    app.init_resource::<Leaving>()
        .add_systems(PreStartup, settings::find_storage)
        .add_systems(
            Update,
            (
                (leaving::let_go, open_recorders, read_recorders, doubts::log_doubts)
                    .chain()
                    .after(super::live::read_feeds)
                    .in_set(CameraSystems::Read),
                (follow_schedule, drive_recorders)
                    .chain()
                    .before(super::live::choose_streams)
                    .in_set(CameraSystems::Act),
            ),
        )
        .add_observer(operate);
}

/// This camera is being recorded, or is to be as soon as that is possible.
#[derive(Component, Debug, Default)]
pub struct Recording;

/// A camera's recorder: records, or only keeps the pre-roll.
#[derive(Component)]
pub struct Recorder {
    recorder: camwall_recorder::Recorder,
    switch: RecordingSwitch,
    /// What the recorder was told last.
    intent: Option<Intent>,
    /// When the schedule that is on turned on: nothing before that is recorded.
    not_before: Option<Instant>,
    /// The main feed that the recorder listens to, by [`Feeds::main_number`].
    source: Option<u64>,
    /// The main stream is needed until then, for a snapshot.
    snapshot_until: Option<Instant>,
    /// The wall file says something else by now, and the recorder has not been told.
    outdated: bool,
}

/// How long a snapshot may wait for the main stream.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(16);
/// How long a word to the operator stays on the tile.
const NOTE_DURATION: Duration = Duration::from_secs(4);
/// How often the schedule is looked at.
const SCHEDULE_INTERVAL: Duration = Duration::from_secs(1);
/// How long finishing files may take at exit: an operator waits no longer than five seconds.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(4000);

/// Starts a recorder for each new camera.
pub fn open_recorders(
    mut commands: Commands,
    cameras: Query<(Entity, &Camera, &Feeds), Without<Recorder>>,
    file: Res<WallFile>,
    storage: Res<RecordingStorage>,
    mut leaving: ResMut<Leaving>,
) {
    if cameras.is_empty() {
        return;
    }
    let now = Zoned::now();
    for (entity, camera, feeds) in &cameras {
        let spec = spec(camera, &file, storage.0.root());
        let handler = handler(feeds.waker.clone());
        let store = Arc::clone(&storage.0);
        // Who comes back is recorded once that is finished which was recorded of it.
        let before = leaving.of(&camera.id);
        let recorder = match camwall_recorder::Recorder::open(before, spec, store, handler) {
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
        let not_before = on_since(&camera.config.record, &now, None);
        let (intent, source, snapshot_until) = (None, None, None);
        let recorder = Recorder {
            recorder,
            switch,
            intent,
            not_before,
            source,
            snapshot_until,
            outdated: false,
        };
        commands.entity(entity).insert(recorder);
        if switch.is_on() {
            commands.entity(entity).insert(Recording);
        }
    }
}

/// Logs what a recorder tells, and wakes the wall when its tile is to say something else.
fn handler(waker: Waker) -> RecorderHandler {
    Arc::new(move |event| match event {
        RecorderEvent::Changed => waker.wake(),
        RecorderEvent::Told { what, camera, error } => log_recorder(what, camera, error),
    })
}

/// Follows the schedules, and takes up what a killed run recorded by key.
pub fn follow_schedule(
    mut commands: Commands,
    mut cameras: Query<(Entity, &Camera, &mut Recorder)>,
    mut looked: Local<Option<Instant>>,
) {
    let now = Instant::now();
    if looked.is_some_and(|at| now.duration_since(at) < SCHEDULE_INTERVAL) {
        return;
    }
    let before = looked.replace(now);
    let local = Zoned::now();
    for (entity, camera, mut recorder) in &mut cameras {
        let (was, record) = (recorder.switch, &camera.config.record);
        if !was.resumed
            && let Some(until) = recorder.recorder.status().interrupted
        {
            recorder.switch.resumed = true;
            if was.by_hand.is_none() && by_hand_goes_on(record, until, &local) {
                info!("camera {}: was being recorded when camwall was killed: goes on", camera.id);
                recorder.switch.by_hand = Some(true);
            }
        }
        recorder.switch.plan(planned(record, &local));
        if recorder.switch.planned != was.planned {
            recorder.not_before = on_since(record, &local, before);
        }
        if recorder.switch != was {
            apply(&mut commands, entity, recorder.switch);
        }
    }
}

/// Does what concerns recordings: record, protect and snapshot, each for the camera that it is
/// aimed at, and what is for all of them. A camera that is gone is not recorded, and no other in its place.
pub fn operate(
    operation: On<Operation>,
    storage: Res<RecordingStorage>,
    interface: Res<Interface>,
    mut commands: Commands,
    mut cameras: Query<(Entity, &Camera, &mut Recorder, &RecordingStatus, &mut Notice)>,
) {
    if operation.phase != Phase::Pressed {
        return;
    }
    if operation.action == Action::RecordAll {
        let all = cameras.iter().all(|(_, _, recorder, ..)| recorder.switch.is_on());
        for (entity, camera, mut recorder, ..) in &mut cameras {
            order(&mut commands, entity, camera, &mut recorder, !all);
        }
        return;
    }
    if operation.action == Action::TrustClock {
        let doubtful = cameras.iter_mut().filter(|(.., status, _)| status.0.doubts.clock);
        return trust_clock(&storage, &interface.0.notes, doubtful.map(|(.., notice)| notice));
    }
    let Ok((entity, camera, mut recorder, _, mut notice)) = cameras.get_mut(operation.entity)
    else {
        return;
    };
    let taken = match operation.action {
        Action::Record => {
            let on = !recorder.switch.is_on();
            order(&mut commands, entity, camera, &mut recorder, on);
            true
        }
        Action::Protect => recorder.recorder.protect(),
        Action::Snapshot => {
            recorder.snapshot_until = Some(Instant::now() + SNAPSHOT_TIMEOUT);
            recorder.recorder.snapshot()
        }
        _ => true,
    };
    if !taken {
        notice.0 = Some((interface.0.notes.busy.to_owned(), Instant::now() + NOTE_DURATION));
    }
}

/// Takes an operator's word for the clock where tiles doubt it, and says so on them.
fn trust_clock<'a>(
    storage: &RecordingStorage,
    words: &Notes,
    tiles: impl Iterator<Item = Mut<'a, Notice>>,
) {
    let until = Instant::now() + NOTE_DURATION;
    let mut doubted = false;
    for mut notice in tiles {
        notice.0 = Some((words.clock_trusted.to_owned(), until));
        doubted = true;
    }
    if doubted {
        info!("recordings: the clock is right, says an operator");
        storage.0.confirm_clock();
    }
}

/// Switches a camera's recording by hand.
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

/// Tells the threads what the components say, and keeps packets coming to them.
pub fn drive_recorders(
    mut cameras: Query<(&Camera, &mut Feeds, &mut Recorder, Has<Recording>)>,
    file: Res<WallFile>,
    storage: Res<RecordingStorage>,
) {
    let now = Instant::now();
    for (camera, mut feeds, mut recorder, recording) in &mut cameras {
        if recorder.outdated {
            // Where it has no time to listen it is told with the next update.
            let spec = described(camera, &file, storage.0.root());
            recorder.outdated = !recorder.recorder.reconfigure(spec);
        }
        let off = || recorder.switch.off(&camera.config.record).map(Intent::Off);
        let wish = if recording { Some(Intent::On) } else { off() };
        if let Some(intent) = wish.filter(|_| recorder.intent != wish) {
            // Where it has no time to listen it is told with the next update.
            if recorder.recorder.set_intent(intent, recorder.not_before) {
                recorder.intent = wish;
            }
        }
        recorder.snapshot_until = recorder.snapshot_until.filter(|until| now < *until);
        let pre_roll = keeps_pre_roll(&camera.config.record, file.wall.recording.as_ref());
        feeds.hold_main(recording || pre_roll || recorder.snapshot_until.is_some());
        let number = feeds.main_number();
        if recorder.source != number {
            let source = feeds.main().map(|main| main.subscribe(recorder.recorder.keep()));
            if recorder.recorder.connect(source) {
                recorder.source = number;
            }
        }
    }
}

/// Copies the recorders' state into the components; what did not change is left alone.
pub fn read_recorders(
    mut cameras: Query<(&mut Recorder, &mut RecordingStatus, &mut Notice)>,
    interface: Res<Interface>,
    pacer: Res<FramePacer>,
) {
    let now = Instant::now();
    for (mut recorder, mut recording, mut notice) in &mut cameras {
        let mut status = recorder.recorder.status();
        if recorder.switch.planned && !recorder.switch.is_on() {
            // The wall file wants it, somebody does not: that is for all to see.
            status.wanted = true;
            status.fault = Some(Cause::StoppedByHand);
        }
        recording.set_if_neq(RecordingStatus(status));
        if let Some(note) = recorder.recorder.note() {
            recorder.snapshot_until = None;
            notice.0 = Some((messages::note(&interface.0.notes, &note), now + NOTE_DURATION));
            pacer.wake_at(now + NOTE_DURATION);
        } else if notice.0.as_ref().is_some_and(|(_, until)| *until <= now) {
            notice.0 = None;
        }
    }
}

/// Finishes all files, side by side. The feeds still run: what was received is still written.
pub fn close_recorders(world: &mut World) {
    let recorders: Vec<Recorder> = take_all(world);
    let recorders = recorders.into_iter().map(|recorder| recorder.recorder);
    let leaving = world.get_resource_mut::<Leaving>().map(|mut leaving| leaving.take());
    let mut recorders: Vec<_> = recorders.chain(leaving.into_iter().flatten()).collect();
    let deadline = Instant::now() + CLOSE_TIMEOUT;
    for recorder in &mut recorders {
        recorder.finish();
    }
    for recorder in recorders {
        recorder.close(deadline);
    }
    if let Some(storage) = world.get_resource::<RecordingStorage>() {
        storage.0.close();
    }
}

#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod same_update_tests;
#[cfg(test)]
mod wake_tests;

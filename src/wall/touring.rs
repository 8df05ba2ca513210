//! Tours on walls: layouts one after the other, and cameras one after the other in one tile.
//!
//! Main world, after the operator was heard. Has [`Touring`] of a wall and [`TileTour`] of a tile go on;
//! when they do is decided in [`super::tour`]. Policy: what an operator does on a wall pauses all its
//! tours; the tour of a tile goes on where it was when its layout is shown again. On a wall that waits for
//! its monitor tours stand still. Walls and tiles without a tour are not even looked at.

use std::time::{Duration, Instant};

use bevy::{ecs::system::SystemParam, prelude::*};

use super::tiles::{Anew, TileAccess, WallState, WallStateItem};
use super::tour::{Attention, Moment, Pace, Progress};
use super::toured::{TileTour, TourLine, TourShown, Touring, tour_of};
use super::{ActiveLayout, Maximized, OnWall, Waiting};
use crate::camera::{Camera, CameraState, Feeds, Health};
use crate::operation::Touched;
use crate::pacing::{FramePacer, HEARTBEAT};
use camwall_config as config;

/// Whether the pictures of cameras are there.
#[derive(SystemParam)]
pub struct Pictures<'w, 's> {
    cameras: Query<'w, 's, (&'static Camera, &'static Health, Option<&'static Feeds>)>,
}

impl Pictures<'_, '_> {
    /// Whether each of the cameras that `wanted` names has a picture, or none is to be expected of it.
    fn are_there(&self, wanted: impl Fn(&str) -> bool) -> bool {
        let mut cameras = self.cameras.iter().filter(|(camera, ..)| wanted(&camera.id));
        cameras.all(|(_, health, feeds)| match health.state() {
            CameraState::Connecting | CameraState::Live | CameraState::Late => {
                feeds.is_some_and(Feeds::has_picture)
            }
            // Its tile says so.
            _ => true,
        })
    }
}

/// Has the tours go on.
pub fn go_on(
    mut walls: Query<(WallState, &mut TourShown), Without<Waiting>>,
    toured: Query<(Entity, &OnWall), With<TileTour>>,
    mut tiles: TileAccess,
    pictures: Pictures,
    pacer: Res<FramePacer>,
) {
    for (mut view, mut shown) in &mut walls {
        let wall = view.entity;
        let of_wall = || toured.iter().filter(|(_, on)| on.0 == wall).map(|(tile, _)| tile);
        if view.touring.is_none() && of_wall().next().is_none() {
            shown.set_if_neq(TourShown(None));
            continue;
        }
        let moment = moment(&view, &tiles);
        let (mut line, other) = match wall_goes_on(&mut view, &mut tiles, &pictures, &pacer, moment)
        {
            Some((line, other)) => (Some(line), other),
            None => (None, false),
        };
        // Where another layout is shown, its tiles go on with the next update.
        for tile in of_wall().filter(|_| !other) {
            let pace = tile_goes_on(&mut view, tile, &mut tiles, &pictures, &pacer, moment);
            if view.touring.is_none() {
                line = paused_first(line, pace);
            }
        }
        shown.set_if_neq(TourShown(line));
    }
}

/// What is told of the tours of tiles: which of those that are paused goes on first.
fn paused_first(line: Option<TourLine>, pace: Option<Pace>) -> Option<TourLine> {
    let pace = pace.filter(|pace| *pace != Pace::Running);
    let pace = match (line.map(|line| line.pace), pace) {
        (Some(Pace::Paused(one)), Some(Pace::Paused(other))) => Pace::Paused(one.min(other)),
        (Some(Pace::Paused(one)), _) => Pace::Paused(one),
        (one, other) => other.or(one)?,
    };
    Some(TourLine { tour: None, step: (0, 1), pace })
}

/// A wall's tour goes on; what is told of it, and whether it shows another layout now.
fn wall_goes_on(
    view: &mut WallStateItem<'_, '_>,
    tiles: &mut TileAccess<'_, '_>,
    pictures: &Pictures<'_, '_>,
    pacer: &FramePacer,
    moment: Moment,
) -> Option<(TourLine, bool)> {
    let Touring { tour: number, mut progress } = *view.touring.as_deref()?;
    let file = &tiles.file.wall;
    let (_, tour) = file.tours.get_index(number)?;
    let moment = of_tour(tour, &progress, moment);
    let layout = |step: usize| file.layouts.get_full(tour.steps.get(step)?.show.as_str());
    let came = progress.go_on(&moment, |step| {
        layout(step).is_none_or(|(_, name, layout)| {
            pictures.are_there(|camera| view.parked_tours.shows((name, layout), camera))
        })
    });
    let moment = of_tour(tour, &progress, moment);
    wake(pacer, &progress, &moment);
    let pace = whole_seconds(progress.pace(&moment));
    let line = TourLine { tour: Some(number), step: (progress.step(), moment.steps), pace };
    let shown = came.and_then(layout).map(|(layout, ..)| layout);
    if let Some(touring) = &mut view.touring {
        touring.set_if_neq(Touring { tour: number, progress });
    }
    let other = shown.is_some_and(|layout| {
        view.maximized.set_if_neq(Maximized(None));
        view.layout.set_if_neq(ActiveLayout(layout))
    });
    if other {
        tiles.arrange(view, Anew::Tour);
    }
    Some((line, other))
}

/// A tile's tour goes on; how it does.
fn tile_goes_on(
    view: &mut WallStateItem<'_, '_>,
    tile: Entity,
    tiles: &mut TileAccess<'_, '_>,
    pictures: &Pictures<'_, '_>,
    pacer: &FramePacer,
    moment: Moment,
) -> Option<Pace> {
    let (own, index) = tiles.tour(tile)?;
    let tour = tour_of(tiles.file.wall.layouts.get(&own.layout)?, index)?;
    let (before, mut progress) = (own.progress, own.progress);
    let moment = of_tour(tour, &progress, moment);
    let show = |step: usize| tour.steps.get(step).map(|step| step.show.as_str());
    let came = progress.go_on(&moment, |step| pictures.are_there(|id| show(step) == Some(id)));
    let moment = of_tour(tour, &progress, moment);
    wake(pacer, &progress, &moment);
    // Not where it goes on with the camera that is there.
    let show = came.and_then(show).filter(|show| *show != own.show).map(str::to_owned);
    if before != progress
        && let Some(mut own) = tiles.tour_mut(tile)
    {
        own.progress = progress;
        own.show = show.clone().unwrap_or_else(|| std::mem::take(&mut own.show));
    }
    if let Some(show) = show {
        tiles.show(view, tile, &show);
    }
    Some(whole_seconds(progress.pace(&moment)))
}

/// The moment on a wall, whatever tours there.
fn moment(view: &WallStateItem<'_, '_>, tiles: &TileAccess<'_, '_>) -> Moment {
    let closely = view.panels.help || view.maximized.open().is_some();
    Moment {
        now: tiles.now(),
        dwell: Duration::ZERO,
        steps: 1,
        resume_after: Duration::ZERO,
        attention: *view.attention,
        looked_at: closely || tiles.is_enlarged(view.tiles),
    }
}

/// The moment as the tour has it that is there.
fn of_tour(tour: &config::Tour, progress: &Progress, moment: Moment) -> Moment {
    let (dwell, steps) = (tour.time(progress.step()), tour.steps.len());
    Moment { dwell, steps, resume_after: tour.resume_after, ..moment }
}

/// Told anew once a second, not in each update.
fn whole_seconds(pace: Pace) -> Pace {
    match pace {
        Pace::Paused(left) => {
            let more = u64::from(left.subsec_nanos() > 0);
            Pace::Paused(Duration::from_secs(left.as_secs() + more))
        }
        other => other,
    }
}

/// Has the wall woken for what is due before the next heartbeat.
fn wake(pacer: &FramePacer, progress: &Progress, moment: &Moment) {
    if let Some(due) = progress.due(moment) {
        let left = due.saturating_sub(moment.now);
        if left < HEARTBEAT {
            pacer.wake_at(Instant::now() + left);
        }
    }
}

/// The key of the tour: the tours of the wall stay where they are, or go on. Where there is none, the
/// first of the file begins.
pub(super) fn toggle(view: &mut WallStateItem<'_, '_>, tiles: &mut TileAccess<'_, '_>) {
    let moment = moment(view, tiles);
    let file = &tiles.file.wall;
    let of_wall = view.touring.as_deref().and_then(|Touring { tour, progress }| {
        let (_, tour) = file.tours.get_index(*tour)?;
        Some(progress.is_running(&of_tour(tour, progress, moment)))
    });
    let of_tiles = view.tiles.into_iter().flat_map(|tiles| tiles.iter()).filter_map(|tile| {
        let (own, index) = tiles.tour(tile)?;
        let tour = tour_of(file.layouts.get(&own.layout)?, index)?;
        Some(own.progress.is_running(&of_tour(tour, &own.progress, moment)))
    });
    if let Some(running) = of_wall.into_iter().chain(of_tiles).reduce(|one, other| one || other) {
        view.attention.toggle(running);
        if !running {
            hold(view, tiles);
        }
        return;
    }
    let first = file.tours.first().and_then(|(_, tour)| tour.shows().next());
    let Some(layout) = first.and_then(|show| file.layouts.get_index_of(show)) else { return };
    view.attention.toggle(false);
    view.maximized.set_if_neq(Maximized(None));
    tiles.commands.entity(view.entity).insert(Touring::begin(0));
    if view.layout.set_if_neq(ActiveLayout(layout)) {
        tiles.arrange(view, Anew::Layout);
    }
}

/// Has all tours of a wall be paused, so that each shows its step when it goes on: what paused them may
/// have come just now.
fn hold(view: &mut WallStateItem<'_, '_>, tiles: &mut TileAccess<'_, '_>) {
    if let Some(touring) = &mut view.touring {
        touring.progress.hold();
    }
    for tile in view.tiles.into_iter().flat_map(|tiles| tiles.iter()) {
        if let Some(mut tour) = tiles.tour_mut(tile) {
            tour.progress.hold();
        }
    }
}

/// Pauses the tours of a wall on which something was pressed that does nothing.
pub fn pause(touched: On<Touched>, mut walls: Query<&mut Attention>, time: Res<Time<Real>>) {
    if let Ok(mut attention) = walls.get_mut(touched.entity) {
        attention.operate(time.elapsed());
    }
}

//! What must hold after every update, whatever happened.

use std::collections::BTreeSet;

use super::adapter::Adapter;
use super::model::{Model, Selected};
use super::views::{DrawnView, NOBODY, Part, Px, TileView};
use super::walls::Fit;

/// How much a picture can be enlarged.
const MOST: f32 = 16.0;

/// How each camera was zoomed when it was last looked at.
pub(super) type Zooms = Vec<(f32, Part)>;

pub(super) fn zooms(adapter: &Adapter, cameras: usize) -> Zooms {
    (0..cameras).map(|camera| adapter.zoom(camera)).collect()
}

/// Compares the wall with the model; `before` are the zooms before the update.
pub(super) fn verify(adapter: &mut Adapter, model: &mut Model, before: &Zooms) {
    model.follow_tours(adapter.tour(), &adapter.tours());
    model.follow_hotspots(adapter.selected(), &adapter.tiles());
    verify_tiles(adapter, model);
    verify_selection(adapter, model);
    verify_actions(adapter, model);
    model.end(adapter.selected());
    let shown = (adapter.layout(), adapter.help_and_stats(), adapter.fullscreen(), adapter.exits());
    let wanted = (model.layout, (model.help, model.stats), model.fullscreen, model.exits);
    assert_eq!(shown, wanted, "layout, (help, figures), window, ends of the program");
    assert_eq!(adapter.typed(), model.typed, "the number that is typed");
    verify_zooms(before, &zooms(adapter, model.cameras()), model);
    let drawn = adapter.drawn();
    verify_drawn(&drawn, model);
    verify_decoded(adapter, &drawn, model);
    for tile in &drawn {
        verify_picture(tile, model, adapter.zoom(tile.camera));
    }
}

fn verify_tiles(adapter: &Adapter, model: &Model) {
    assert_eq!(adapter.wall_size(), model.size, "the wall's size");
    let tiles = adapter.tiles();
    let wanted: Vec<TileView> = model.tiles.iter().map(|(tile, _)| *tile).collect();
    assert_eq!(tiles, wanted, "a camera's place is that of the layout");
    let wall = Px { x: 0, y: 0, width: model.size.0, height: model.size.1 };
    for (i, TileView { rect, .. }) in tiles.iter().enumerate() {
        assert!(holds(wall, *rect), "{rect:?} leaves the wall");
        for (j, other) in tiles.iter().enumerate().skip(i + 1) {
            let declared = model.tiles[i].1 || model.tiles[j].1;
            assert!(declared || !meet(*rect, other.rect), "{rect:?} meets {other:?}");
        }
    }
}

fn verify_selection(adapter: &Adapter, model: &Model) {
    let (tiles, selected) = (adapter.tiles(), adapter.selected());
    assert!(selected.is_none_or(|tile| tile < tiles.len()), "{selected:?} is selected, no tile");
    match model.selected {
        Selected::Nothing => assert_eq!(selected, None, "there is nothing to select"),
        Selected::Tile(tile) => assert_eq!(selected, Some(tile), "another tile is selected"),
        Selected::Camera(camera) => {
            let hotspot = selected.is_some_and(|tile| model.hotspots.contains(&tile));
            assert!(!hotspot, "a hotspot is selected, not the camera's own tile");
            let selected = selected.map(|tile| tiles[tile].camera);
            assert_eq!(selected, Some(camera), "another camera is selected");
        }
        Selected::Unknown => assert!(selected.is_some(), "nothing is selected"),
    }
    let maximized = adapter.maximized();
    assert_eq!(maximized.is_some(), model.maximized, "full screen: {maximized:?}");
    assert!(maximized.is_none() || maximized == selected, "what is full-screen is not selected");
}

/// Each key that asks something of a camera did so once, of the camera that was selected then.
fn verify_actions(adapter: &mut Adapter, model: &mut Model) {
    let done = adapter.take_actions();
    let names = |action: &(&'static str, _)| action.0;
    let asked: Vec<_> = model.asked.iter().map(|asked| asked.action).collect();
    assert_eq!(done.iter().map(names).collect::<Vec<_>>(), asked, "actions of cameras");
    let selected_last = adapter.selected();
    for ((action, camera), asked) in done.iter().zip(&model.asked) {
        let of = |tile: usize| {
            let camera = model.tiles.get(tile).map(|(tile, _)| tile.camera);
            camera.filter(|camera| *camera != NOBODY)
        };
        let wanted = match asked.selected {
            Selected::Nothing => None,
            Selected::Tile(_) | Selected::Camera(_) => asked.camera,
            Selected::Unknown if asked.changes == model.changes => selected_last.and_then(of),
            Selected::Unknown => *camera,
        };
        let gone = wanted.is_some_and(|camera| model.removed.contains(&camera));
        assert!(*camera == wanted || gone && camera.is_none(), "{done:?}: {action} of {wanted:?}");
    }
    for (action, camera) in done {
        record(model, action, camera);
    }
    let recorded: Vec<usize> = model.recorded.iter().copied().collect();
    assert_eq!(adapter.recorded(), recorded, "cameras that are recorded");
}

/// What an action orders for the recordings.
fn record(model: &mut Model, action: &str, camera: Option<usize>) {
    let there = (0..model.cameras()).filter(|camera| !model.removed.contains(camera));
    let all: BTreeSet<usize> = there.collect();
    if action == "record_all" {
        model.recorded = if model.recorded == all { BTreeSet::new() } else { all };
    } else if let ("record", Some(camera)) = (action, camera.filter(|camera| all.contains(camera)))
    {
        let begins = !model.recorded.remove(&camera);
        model.recorded.extend(Some(camera).filter(|_| begins));
    }
}

fn verify_zooms(before: &Zooms, after: &Zooms, model: &Model) {
    let may = &model.zoom;
    for (camera, ((was, from), (now, to))) in before.iter().zip(after).enumerate() {
        if model.removed.contains(&camera) {
            // There is no picture to enlarge.
            continue;
        }
        let name = format!("camera {camera}: {was} {from:?} → {now} {to:?}");
        assert!((1.0..=MOST).contains(now), "{name}: too small or large");
        let (width, height) = span(*to);
        assert!(within(*to, 0.0), "{name}: leaves the picture");
        let side = 1.0 / now;
        assert!(
            (width - side).abs() < 1e-4 && (height - side).abs() < 1e-4,
            "{name}: not its part"
        );
        let hit = may.only.is_none_or(|only| only == camera);
        assert!(now <= was || may.larger && hit, "{name}: nobody enlarged it");
        assert!(now >= was || may.smaller && hit, "{name}: nobody made it smaller");
        let same = from.min == to.min && from.max == to.max;
        let moved = may.larger || may.smaller || may.aside;
        assert!(same || moved && hit, "{name}: nobody moved it");
        assert!(!may.whole.contains(&camera) || *now == 1.0, "{name}: not whole after full screen");
        if may.only != Some(camera) {
            continue;
        }
        if let Some(by) = may.by {
            let wanted = (was * by).clamp(1.0, MOST);
            assert!((now - wanted).abs() < 0.003 * wanted, "{name}: not by {by}");
        }
        if let Some(by) = may.dragged {
            assert_eq!(now, was, "{name}: dragging enlarges");
            let axis = |by: f32, (min, max): (f32, f32), moved: f32| {
                let room = if by > 0.0 { min } else { 1.0 - max };
                let right = by == 0.0 || moved * by <= 0.0 && (room < 1e-3 || moved.abs() > 1e-6);
                assert!(right, "{name}: dragged by {by}, moved by {moved}");
            };
            axis(by.0, (from.min.0, from.max.0), to.min.0 - from.min.0);
            axis(by.1, (from.min.1, from.max.1), to.min.1 - from.min.1);
        }
    }
}

/// Every camera of the layout is drawn in its place, in order; what is full-screen is drawn alone,
/// and what is on its way there or back over all others.
fn verify_drawn(drawn: &[DrawnView], model: &Model) {
    let there = |tile: &usize| {
        let camera = model.tiles[*tile].0.camera;
        camera != NOBODY && !model.removed.contains(&camera)
    };
    let order = |flying: Option<usize>| {
        let resting = (0..model.tiles.len()).filter(move |tile| Some(*tile) != flying);
        resting.chain(flying).filter(there)
    };
    let wall = Px { x: 0, y: 0, width: model.size.0, height: model.size.1 };
    let as_at_rest = || {
        let wanted: Vec<_> = match (model.maximized, model.selected) {
            (true, Selected::Tile(tile)) => Some(tile)
                .filter(there)
                .map(|tile| (model.tiles[tile].0.camera, wall))
                .into_iter()
                .collect(),
            _ => order(None)
                .map(|tile| (model.tiles[tile].0.camera, model.tiles[tile].0.rect))
                .collect(),
        };
        drawn.iter().map(|drawn| (drawn.camera, drawn.rect)).eq(wanted)
    };
    let in_flight = |flying: usize| {
        let wanted: Vec<usize> = order(Some(flying)).collect();
        let fits = |(drawn, tile): (&DrawnView, &usize)| {
            let TileView { camera, rect } = model.tiles[*tile].0;
            let on_its_way = *tile == flying && holds(drawn.rect, rect) && holds(wall, drawn.rect);
            drawn.camera == camera && (drawn.rect == rect || on_its_way)
        };
        drawn.len() == wanted.len() && drawn.iter().zip(&wanted).all(fits)
    };
    let right = match model.flight {
        None => as_at_rest(),
        Some((Some(tile), _)) => as_at_rest() || in_flight(tile),
        Some((None, _)) => true,
    };
    assert!(right, "{drawn:?} is drawn");
    for tile in drawn {
        let live = model.said.get(&tile.camera).is_some_and(|(live, _)| *live);
        assert_eq!(tile.stale, !live, "camera {}: marked as not live", tile.camera);
    }
}

/// What is drawn is decoded, and beside it what the wall file wants warm; and perhaps what a tour shows
/// next.
fn verify_decoded(adapter: &mut Adapter, drawn: &[DrawnView], model: &Model) {
    let there = |camera: &usize| !model.removed.contains(camera);
    let warm = model.plan.prewarmed().filter(there);
    let wanted: BTreeSet<usize> = drawn.iter().map(|tile| tile.camera).chain(warm).collect();
    let next = model.may_be_warm();
    let mut decoded = adapter.decoded();
    decoded.retain(|camera| wanted.contains(camera) || !next.contains(camera));
    assert!(decoded.into_iter().eq(wanted), "cameras that are decoded");
}

/// A picture keeps its shape, as its fit says, and lies in its tile.
fn verify_picture(tile: &DrawnView, model: &Model, (factor, zoomed): (f32, Part)) {
    let (_, size) = model.said.get(&tile.camera).copied().unwrap_or_default();
    let Some((dst, src)) = tile.placement else {
        return assert!(size.0 == 0 || size.1 == 0, "{tile:?}: no picture");
    };
    assert!(holds(tile.rect, dst), "{tile:?}: the picture leaves its tile");
    assert!(within(src, 0.0), "{tile:?}: shows what is not in the picture");
    let [width, height] = [dst.width, dst.height].map(f64::from);
    let (across, down) = (f64::from(size.0), f64::from(size.1));
    let fit = model.plan.fits[tile.camera];
    if fit != Fit::Cover {
        assert_eq!((src.min, src.max), (zoomed.min, zoomed.max), "{tile:?}: not the zoom's part");
    }
    match fit {
        Fit::Contain => {
            let wide =
                (width - height * across / down).abs() <= 1.0 && dst.height == tile.rect.height;
            let high =
                (height - width * down / across).abs() <= 1.0 && dst.width == tile.rect.width;
            let line = width == 1.0 || height == 1.0;
            assert!(wide || high || line, "{tile:?}: lost its shape");
        }
        Fit::Stretch => assert_eq!(dst, tile.rect, "{tile:?}: does not fill its tile"),
        Fit::Cover => {
            assert_eq!(dst, tile.rect, "{tile:?}: does not fill its tile");
            let part = span(src);
            let (part_across, part_down) =
                (f64::from(part.0 * factor) * across, f64::from(part.1 * factor) * down);
            // How wide the part would be at the tile's height.
            let off = part_across / part_down * height - width;
            assert!(off.abs() <= 1.0 + 0.01 * width, "{tile:?}: {off} pixels too wide");
        }
    }
}

fn span(part: Part) -> (f32, f32) {
    (part.max.0 - part.min.0, part.max.1 - part.min.1)
}

fn within(part: Part, margin: f32) -> bool {
    let axis = |min: f32, max: f32| -margin <= min && min < max && max <= 1.0 + margin;
    axis(part.min.0, part.max.0) && axis(part.min.1, part.max.1)
}

fn holds(outer: Px, inner: Px) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

fn meet(one: Px, other: Px) -> bool {
    one.x < other.x + other.width
        && other.x < one.x + one.width
        && one.y < other.y + other.height
        && other.y < one.y + one.height
}

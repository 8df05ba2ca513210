//! What a wall does for its window, its screen, and an operator who looks at one camera.

use bevy::math::{IVec2, UVec2};

use super::tests::Bench;
use super::*;
use camwall_config::Action;

const TEXT: &str = r#"(
    cameras: { "a": (main: "./a"), "b": (main: "./b"), "c": (main: "./c") },
    layouts: { "all": Grid(columns: 3, cameras: ["a", "b", "c"]) },
)"#;

/// Left edges of the tiles, in the order of the file.
fn left_edges(bench: &mut Bench) -> Vec<u32> {
    bench.drawn().into_iter().map(|(_, rect)| rect.x).collect()
}

#[test]
fn a_wall_is_as_large_as_its_window_turned() {
    let mut bench = Bench::of(TEXT);
    let mut window = Window::default();
    window.resolution.set_physical_resolution(1920, 1080);
    let window = bench.app.world_mut().spawn(window).id();
    for (rotation, size) in [
        (Rotation::Right, (1080, 1920)),
        (Rotation::Half, (1920, 1080)),
        (Rotation::Left, (1080, 1920)),
        (Rotation::None, (1920, 1080)),
    ] {
        let turned = (OnWindow(window), Turned(rotation));
        bench.app.world_mut().entity_mut(bench.wall).insert(turned);
        bench.pass(Duration::ZERO);
        assert_eq!(bench.get::<Wall>().size, UVec2::from(size), "{rotation:?}");
        assert_eq!(left_edges(&mut bench), [0, size.0 / 3, size.0 / 3 * 2], "{rotation:?}");
    }
}

#[test]
fn tiles_change_places_by_night_and_go_back_and_what_is_selected_stays_so() {
    let mut bench = Bench::of(TEXT);
    bench.act(Action::Right);
    let selected = bench.get::<Selected>();
    let day = left_edges(&mut bench);
    for mirrored in [true, false] {
        let care = ScreenCare { mirrored, dim: 0, moved: IVec2::ZERO };
        bench.app.insert_resource(care);
        let mut wanted = day.clone();
        if mirrored {
            wanted.reverse();
        }
        // Cells of unlike width are mirrored as cells.
        let near = |(one, other): (u32, &u32)| one.abs_diff(*other) <= 1;
        let edges = left_edges(&mut bench);
        assert!(edges.iter().copied().zip(&wanted).all(near), "{mirrored}: {edges:?} {wanted:?}");
        assert_eq!(bench.get::<Selected>(), selected);
    }
}

#[test]
fn in_full_screen_the_next_camera_is_there_at_once() {
    let mut bench = Bench::of(TEXT);
    bench.act(Action::OpenOrBack).rest();
    for (action, shown) in
        [(Action::NextCamera, 2), (Action::PreviousCamera, 1), (Action::PreviousCamera, 3)]
    {
        bench.act(action);
        let rect = bench.get::<Wall>().rect();
        assert_eq!(bench.drawn(), [(shown, rect)], "{action:?}");
    }
}

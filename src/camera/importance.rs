//! Tells a camera's feeds whether somebody looks at it more than at others.
//!
//! Main world. Policy: the wall says it of the camera; a feed is told when that changes and when it is
//! opened, and not again.

use bevy::prelude::*;

use super::live::choose_streams;
use super::{CameraSystems, Feeds, Important};

/// Tells the feeds of cameras that are important, or no longer.
pub fn plugin(app: &mut App) {
    app.add_systems(Update, tell_feeds.in_set(CameraSystems::Act).before(choose_streams));
}

/// Feeds are added once, after their camera, and learn then what it is.
type Told = Or<(Changed<Important>, Added<Feeds>)>;

fn tell_feeds(mut cameras: Query<(&Important, &mut Feeds), Told>) {
    for (important, mut feeds) in &mut cameras {
        feeds.set_important(important.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use camwall_media::{Feed, FeedSpec};

    use super::*;
    use crate::camera::{StreamKind, feeds::Routes, waker::Waker};
    use crate::pacing::FramePacer;

    fn feeds() -> Feeds {
        // Nobody listens there.
        let feed = Feed::open(FeedSpec::new("cam", "rtsp://127.0.0.1:1/live"), Arc::new(|| {}));
        let waker = Waker::new(FramePacer::start(|| {}).unwrap(), true);
        Feeds::new(StreamKind::Main, feed, true, Routes::default(), waker)
    }

    #[test]
    fn feeds_are_told_what_their_camera_is_whichever_comes_first() {
        let mut app = App::new();
        app.add_systems(Update, tell_feeds);
        let camera = app.world_mut().spawn(Important(true)).id();
        app.update();
        app.world_mut().entity_mut(camera).insert(feeds());
        let told = |app: &mut App| {
            app.update();
            app.world().get::<Feeds>(camera).is_some_and(Feeds::is_important)
        };
        assert!(told(&mut app));
        app.world_mut().entity_mut(camera).insert(Important(false));
        assert!(!told(&mut app));
        app.world_mut().entity_mut(camera).insert(Important(true));
        assert!(told(&mut app));
    }
}

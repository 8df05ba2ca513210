//! `camwall rtsp://…`: a wall of addresses, and the login that its cameras want.
//!
//! Main thread, before there is a wall; each camera is looked at on a thread of its own. Policies:
//! nobody is asked who need not be, so each camera is tried without a login first; one answer serves
//! all that want one; where nobody can be asked, such a camera says NO LOGIN and is left alone.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use camwall_config::{Login, Wall};
use camwall_media::{Feed, FeedSpec, FeedState, Login as Credentials};

use super::at_once::at_once;
use super::terminal;
use crate::camera::feed_spec;
use crate::cli::RunArgs;
use crate::opening::Opened;

/// How long a camera may take to say that it wants a login.
const LOOK: Duration = Duration::from_secs(3);

/// How often its state is looked at.
const AGAIN: Duration = Duration::from_millis(20);

/// Cameras that are looked at at the same time.
const AT_ONCE: usize = 32;

/// Asks for the login of a wall of addresses, where a camera of it wants one and none is named.
pub fn ask_login(args: &RunArgs, opened: &mut Opened) {
    if args.wall_file().is_some() || args.login.is_some() {
        return;
    }
    camwall_media::init();
    let wall = &mut opened.loaded.wall;
    let refused = who_wants_one(wall);
    let Some(first) = refused.first() else { return };
    let login = terminal::is_there().then(|| asked(&label(wall, first), refused.len())).flatten();
    for id in &refused {
        if let Some(camera) = wall.cameras.get_mut(id) {
            camera.login = Some(Login::Typed(login.clone()));
        }
    }
}

fn label(wall: &Wall, id: &str) -> String {
    wall.cameras.get(id).map_or(id, |camera| camera.label(id)).to_owned()
}

/// The login that is typed; nothing where Enter is the answer, or there is none.
fn asked(first: &str, count: usize) -> Option<Credentials> {
    let whom = match count {
        1 => first.to_owned(),
        more => format!("{first} and {} more", more - 1),
    };
    terminal::say(&format!("Login for {whom} (Enter: none)"));
    let user = terminal::line("User: ").ok()??;
    let user = user.trim();
    if user.is_empty() {
        return None;
    }
    let password = terminal::secret("Password: ").ok()??;
    Some(Credentials::new(user, password))
}

/// The cameras that refuse who has no login, in their order.
fn who_wants_one(wall: &Wall) -> Vec<String> {
    let stale_after = wall.overlay.stale_after;
    let cameras: Vec<_> = wall.cameras.iter().collect();
    let looks = at_once(&cameras, AT_ONCE, |(id, camera)| {
        wants_login(feed_spec(id, camera, &camera.main, "".as_ref(), stale_after))
    });
    // Whose look panics is asked by the wall again.
    let refused = cameras.iter().zip(looks).filter(|(_, refused)| *refused == Some(true));
    refused.map(|((id, _), _)| (*id).clone()).collect()
}

/// Whether a camera refuses who has no login. Takes [`LOOK`] at most, and a moment for hanging up.
fn wants_login(spec: FeedSpec) -> bool {
    let until = Instant::now() + LOOK;
    let feed = Feed::open(spec, Arc::new(|| {}));
    let refused = loop {
        let status = feed.status();
        match &status.state {
            FeedState::Down(outage) => break outage.error.is_auth(),
            FeedState::Connecting if status.codec.is_none() && Instant::now() < until => {
                thread::sleep(AGAIN);
            }
            _ => break false,
        }
    };
    feed.close(Duration::from_secs(1));
    refused
}

//! `camwall rtsp://…`: a wall of addresses, and the login that its cameras want.
//!
//! Main thread, before there is a wall. Policies: the wall is there at once, so cameras are looked at
//! only where somebody can be asked, all at the same time, and who has not answered within a second
//! is not waited for; nobody is asked who need not be, so each camera is tried without a login first;
//! one answer serves all that want one; who wants one and has none says NO LOGIN.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use camwall_config::{Camera, Login, Wall};
use camwall_media::{Feed, FeedState, Login as Credentials};

use super::terminal;
use crate::camera::feed_spec;
use crate::cli::RunArgs;
use crate::opening::Opened;

/// How long all cameras together may take to say that they want a login.
const LOOK: Duration = Duration::from_secs(1);

/// How often they are looked at.
const AGAIN: Duration = Duration::from_millis(20);

/// How long hanging up may take, of a camera that sends.
const HANG_UP: Duration = Duration::from_secs(1);

/// Asks for the login of a wall of addresses, where a camera of it wants one and none is named.
pub fn ask_login(args: &RunArgs, opened: &mut Opened) {
    if args.wall_file().is_some() || args.login.is_some() {
        return;
    }
    let wall = &mut opened.loaded.wall;
    for camera in wall.cameras.values_mut() {
        camera.login = Some(Login::Typed(None));
    }
    if !terminal::is_there() {
        return;
    }
    camwall_media::init();
    let refused = who_wants_one(wall);
    let Some(first) = refused.first() else { return };
    let Some(login) = asked(&label(wall, first), refused.len()) else { return };
    for id in &refused {
        if let Some(camera) = wall.cameras.get_mut(id) {
            camera.login = Some(Login::Typed(Some(login.clone())));
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

/// The cameras that refuse who has no login, in their order. Takes [`LOOK`] at most, and [`HANG_UP`].
fn who_wants_one(wall: &Wall) -> Vec<String> {
    let until = Instant::now() + LOOK;
    let stale_after = wall.overlay.stale_after;
    let open = |(id, camera): (&String, &Camera)| {
        let spec = feed_spec(id, camera, &camera.main, "".as_ref(), stale_after);
        (id.clone(), Feed::open(spec, Arc::new(|| {})))
    };
    let feeds: Vec<(String, Feed)> = wall.cameras.iter().map(open).collect();
    while Instant::now() < until && feeds.iter().any(|(_, feed)| answer(feed) == Answer::NoneYet) {
        thread::sleep(AGAIN);
    }
    let refused = feeds.iter().filter(|(_, feed)| answer(feed) == Answer::Refused);
    let refused = refused.map(|(id, _)| id.clone()).collect();
    // Some cameras have one viewer at a time: who sends is hung up on before the wall calls.
    thread::scope(|scope| {
        for (_, feed) in feeds {
            if answer(&feed) == Answer::Sends {
                scope.spawn(move || feed.close(HANG_UP));
            }
        }
    });
    refused
}

/// What a camera says to who has no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    NoneYet,
    Refused,
    Sends,
    /// Something else is wrong with it.
    Wrong,
}

fn answer(feed: &Feed) -> Answer {
    let status = feed.status();
    match &status.state {
        FeedState::Down(outage) if outage.error.is_auth() => Answer::Refused,
        FeedState::Down(_) => Answer::Wrong,
        FeedState::Connecting if status.codec.is_none() => Answer::NoneYet,
        _ => Answer::Sends,
    }
}

//! Questions and answers that end in a wall: `camwall new`.
//!
//! Pure of terminals, networks and disks: whoever asks, waits and connects is a [`Surroundings`], so
//! that a test feeds lines. Policies: every question has an answer that Enter gives; a camera that
//! does not answer is taken all the same, and said; a password is asked for where a camera wants
//! one, and repeated nowhere; the end of the answers ends the questions, and then there is no wall.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use camwall_address::{CameraAddress, Login as Credentials};
use camwall_config::{Camera, Layout, Record, Recording, Wall};

use crate::draft::{Draft, Given, LoginFile, NotTaken};
use crate::remark::What;

/// How often a login may be wrong.
const TRIES: usize = 3;

/// What the questions need of the world.
pub trait Surroundings {
    /// Says something that needs no answer: whole lines.
    fn say(&mut self, text: &str);

    /// Asks, and waits for a line; nothing where there are no more.
    ///
    /// # Errors
    /// If there is nobody to ask.
    fn line(&mut self, question: &str) -> io::Result<Option<String>>;

    /// The same for what nobody is to see.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    fn secret(&mut self, question: &str) -> io::Result<Option<String>>;

    /// Connects to all of them at once as the wall does, and says in their order what came of it.
    fn probe(&mut self, cameras: &[Asked<'_>]) -> Vec<Found>;
}

/// A camera that is connected to.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Its id.
    pub id: &'a str,
    /// What is known of it.
    pub camera: &'a Camera,
    /// Its login, if it has one.
    pub login: Option<&'a Credentials>,
}

/// What came of connecting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A picture: its codec, size and rate in words.
    Picture(String),
    /// It wants a login, or another one.
    LoginRefused,
    /// Neither: why, in words.
    Failed(String),
}

/// What came of the questions.
#[derive(Debug)]
pub enum Reply {
    /// A wall and its logins.
    Wall(Box<Wall>, Vec<LoginFile>),
    /// The answers ended before the questions did.
    Ended,
}

/// Asks for all that a first wall needs.
///
/// # Errors
/// If there is nobody to ask.
pub fn ask(around: &mut impl Surroundings) -> io::Result<Reply> {
    let mut draft = Draft::default();
    let asked = addresses(around, &mut draft)
        .and_then(|()| logins(around, &mut draft))
        .and_then(|()| names(around, &mut draft))
        .and_then(|()| grid(around, &mut draft))
        .and_then(|()| recording(around, &mut draft));
    match asked {
        Ok(recording) => {
            let (mut wall, logins) = draft.finish();
            wall.recording = recording;
            Ok(Reply::Wall(Box::new(wall), logins))
        }
        Err(Stop::Ended) => Ok(Reply::Ended),
        Err(Stop::Broken(why)) => Err(why),
    }
}

/// Why no further question is asked.
enum Stop {
    Ended,
    Broken(io::Error),
}

/// An answer without the blanks around it.
fn line(around: &mut impl Surroundings, question: &str) -> Result<String, Stop> {
    let line = around.line(question).map_err(Stop::Broken)?.ok_or(Stop::Ended)?;
    Ok(line.trim().to_owned())
}

/// An answer, or what Enter gives.
fn line_or(around: &mut impl Surroundings, question: &str, default: &str) -> Result<String, Stop> {
    let answer = line(around, &format!("{question} [{default}]: "))?;
    Ok(if answer.is_empty() { default.to_owned() } else { answer })
}

fn addresses(around: &mut impl Surroundings, draft: &mut Draft) -> Result<(), Stop> {
    around.say(
        "The addresses of the cameras, such as rtsp://10.0.0.11/stream1, one a line.\n\
         An empty line ends the list.",
    );
    loop {
        let answer = line(around, &format!("Camera {}: ", draft.cameras().len() + 1))?;
        if answer.is_empty() {
            if !draft.cameras().is_empty() {
                return Ok(());
            }
            around.say("A wall needs a camera.");
            continue;
        }
        let address = CameraAddress::new(answer);
        if address.check().is_ok() && address.holds_secret() && !address.has_user_info() {
            around.say("It holds a key: the wall file will be readable for you alone.");
        }
        match draft.add(Given::at(address)) {
            Ok((_, told)) => told.iter().for_each(|what| around.say(&format!("{what}."))),
            Err(NotTaken::Camera(what)) => around.say(&format!("{what}.")),
            Err(why @ NotTaken::TooMany) => {
                around.say(&format!("{why}."));
                return Ok(());
            }
        }
    }
}

/// Connects to all, and asks for the logins that are wanted.
fn logins(around: &mut impl Surroundings, draft: &mut Draft) -> Result<(), Stop> {
    let all: Vec<String> = draft.cameras().keys().cloned().collect();
    around.say("Connecting …");
    let mut refused = probe(around, draft, &all);
    let mut tries = 0;
    while !refused.is_empty() && tries < TRIES {
        let whom = label(draft, &refused[0]);
        let more = refused.len() - 1;
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        let user = line(around, &format!("User for {whom}{others} (Enter: no login): "))?;
        if user.is_empty() {
            // Of those that want one each may have its own.
            refused.remove(0);
            tries = 0;
            continue;
        }
        let secret = around.secret("Password: ").map_err(Stop::Broken)?.ok_or(Stop::Ended)?;
        let login = Credentials::new(user, secret);
        let told: Vec<What> =
            refused.iter().flat_map(|id| draft.log_in(id, login.clone())).take(1).collect();
        told.iter().for_each(|what| around.say(&format!("{what}.")));
        let before = refused.len();
        refused = probe(around, draft, &refused.clone());
        tries = if refused.len() < before { 0 } else { tries + 1 };
    }
    if let [first, rest @ ..] = refused.as_slice() {
        let more =
            if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let whom = label(draft, first);
        around.say(&format!(
            "{whom}{more}: still refused. The file says where the login is kept: mend it there."
        ));
    }
    Ok(())
}

/// Connects to these, says what came of it, and gives those back that want another login.
fn probe(around: &mut impl Surroundings, draft: &Draft, ids: &[String]) -> Vec<String> {
    let asked: Vec<Asked<'_>> = ids
        .iter()
        .filter_map(|id| {
            let camera = draft.cameras().get(id)?;
            let file = camera.login.as_ref().and_then(|login| login.file("".as_ref()));
            let login = file.and_then(|file| draft.login_in(&file));
            Some(Asked { id, camera, login })
        })
        .collect();
    let found = around.probe(&asked);
    let mut text = String::new();
    let mut refused = Vec::new();
    for (asked, found) in asked.iter().zip(&found) {
        let what = match found {
            Found::Picture(what) => what.as_str(),
            Found::Failed(why) => why.as_str(),
            Found::LoginRefused => {
                refused.push(asked.id.to_owned());
                if asked.login.is_some() { "the login is refused" } else { "it wants a login" }
            }
        };
        // A String takes all.
        writeln!(text, "  {:<20} {what}", asked.camera.label(asked.id)).ok();
    }
    around.say(text.trim_end());
    refused
}

fn label(draft: &Draft, id: &str) -> String {
    draft.cameras().get(id).map_or(id, |camera| camera.label(id)).to_owned()
}

fn names(around: &mut impl Surroundings, draft: &mut Draft) -> Result<(), Stop> {
    around.say(
        "What the tiles are to say, and the address of a smaller stream where there is one: a small \
         tile then costs less.",
    );
    let ids: Vec<String> = draft.cameras().keys().cloned().collect();
    for (id, number) in ids.iter().zip(1..) {
        let default = label(draft, id);
        let name = line_or(around, &format!("Name of camera {number}"), &default)?;
        draft.name(id, &name);
        loop {
            let sub = line(around, &format!("Smaller stream of {name} (Enter: none): "))?;
            if sub.is_empty() {
                break;
            }
            match draft.add_sub(id, &CameraAddress::new(sub)) {
                Ok(()) => break,
                Err(why) => around.say(&format!("{why}.")),
            }
        }
    }
    Ok(())
}

/// The smallest square that holds all.
fn side(cameras: usize) -> usize {
    (1..).find(|side| side * side >= cameras).unwrap_or(cameras)
}

fn grid(around: &mut impl Surroundings, draft: &mut Draft) -> Result<(), Stop> {
    let cameras: Vec<String> = draft.cameras().keys().cloned().collect();
    let (least, most) = (cameras.len().div_ceil(64), cameras.len().min(64));
    let columns = loop {
        let default = side(cameras.len()).to_string();
        let answer = line_or(around, "Cameras in a row of the grid", &default)?;
        match answer.parse::<usize>() {
            Ok(columns) if (least..=most).contains(&columns) => break columns,
            _ => around.say(&format!("A number from {least} to {most}.")),
        }
    };
    let columns = u32::try_from(columns).ok();
    draft.add_layout("all", Layout::Grid { columns, cameras });
    Ok(())
}

fn recording(around: &mut impl Surroundings, draft: &mut Draft) -> Result<Option<Recording>, Stop> {
    let record = loop {
        match line_or(around, "Record: always, key (R starts it), or no", "no")?.as_str() {
            "no" => return Ok(None),
            "key" => break Record::Never,
            "always" => break Record::Always,
            _ => around.say("One of: always, key, no."),
        }
    };
    let default = Recording::default();
    let dir = loop {
        let dir = line_or(around, "Folder of the recordings", &default.dir.to_string_lossy())?;
        if !dir.contains(char::is_control) {
            break PathBuf::from(dir);
        }
        around.say("A folder has no control characters in its name.");
    };
    let ids: Vec<String> = draft.cameras().keys().cloned().collect();
    for id in &ids {
        if let Some(camera) = draft.camera(id) {
            camera.record = record.clone();
        }
    }
    Ok(Some(Recording { dir, ..default }))
}

#[cfg(test)]
mod tests;

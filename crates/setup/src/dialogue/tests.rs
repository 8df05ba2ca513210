//! The questions, fed by lines.

use std::collections::VecDeque;

use camwall_config::Login;

use super::*;

/// Somebody who answers by lines, in front of cameras that want a login each, or none.
struct Script {
    lines: VecDeque<String>,
    /// By what an address ends with: the login that is right there.
    wanted: Vec<(&'static str, &'static str)>,
    /// All that was said and asked.
    said: String,
    probed: usize,
}

impl Script {
    fn new(lines: &[&str]) -> Self {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Self { lines, wanted: Vec::new(), said: String::new(), probed: 0 }
    }

    fn ask(&mut self) -> Option<(Wall, Vec<LoginFile>)> {
        match ask(self).unwrap() {
            Reply::Wall(wall, logins) => Some((*wall, logins)),
            Reply::Ended => None,
        }
    }
}

impl Surroundings for Script {
    fn say(&mut self, text: &str) {
        self.said.push_str(text);
        self.said.push('\n');
    }

    fn line(&mut self, question: &str) -> io::Result<Option<String>> {
        self.said.push_str(question);
        self.said.push('\n');
        Ok(self.lines.pop_front())
    }

    fn secret(&mut self, question: &str) -> io::Result<Option<String>> {
        self.line(question)
    }

    fn probe(&mut self, cameras: &[Asked<'_>]) -> Vec<Found> {
        self.probed += 1;
        let found = |asked: &Asked<'_>| {
            let address = asked.camera.main.expose();
            assert!(!address.contains("canary"), "a login in what is connected to");
            let wanted = self.wanted.iter().find(|(end, _)| address.ends_with(end));
            match (wanted, asked.login) {
                _ if address.ends_with("dead") => Found::Failed("nobody answers".to_owned()),
                (None, _) => Found::Picture("h264 1920x1080".to_owned()),
                (Some((_, wanted)), Some(login))
                    if format!("{}:{}", login.user(), login.password()) == *wanted =>
                {
                    Found::Picture("h265 640x360".to_owned())
                }
                _ => Found::LoginRefused,
            }
        };
        cameras.iter().map(found).collect()
    }
}

#[test]
fn enter_is_an_answer_to_everything_but_the_addresses() {
    let mut script =
        Script::new(&["rtsp://10.0.0.11/a", "rtsp://10.0.0.12/b", "", "", "", "", "", "", ""]);
    let (wall, logins) = script.ask().unwrap();
    assert!(script.lines.is_empty(), "{:?}", script.lines);
    let names: Vec<_> = wall.cameras.iter().map(|(id, camera)| camera.label(id)).collect();
    assert_eq!(names, ["10.0.0.11", "10.0.0.12"]);
    let cameras = wall.cameras.keys().cloned().collect();
    assert_eq!(wall.layouts["all"], Layout::Grid { columns: Some(2), cameras });
    assert_eq!((wall.recording, logins.len()), (None, 0));
    assert!(script.said.contains("h264 1920x1080"), "{}", script.said);
}

#[test]
fn what_is_answered_is_in_the_wall() {
    let mut script = Script::new(&[
        "rtsp://op:canary1@10.0.0.11/a",
        "not an address",
        "10.0.0.12/b",
        "rtsp://10.0.0.12/b",
        "rtsp://10.0.0.12/b",
        "rtsp://10.0.0.13/dead",
        "",
        // Camera 2 wants a login; the first is wrong.
        "root",
        "canary0",
        "root",
        "canary2",
        " Main gate ",
        "rtsp://op:canary1@10.0.0.11/sub",
        "Main gate",
        "sftp://x",
        "",
        "Yard",
        "",
        "9",
        "1",
        "perhaps",
        "always",
        "/srv/video",
    ]);
    script.wanted = vec![("11/a", "op:canary1"), ("12/b", "root:canary2")];
    let (wall, logins) = script.ask().unwrap();
    assert!(script.lines.is_empty(), "{:?}", script.lines);
    assert!(!script.said.contains("canary"), "{}", script.said);
    let cameras: Vec<_> = wall.cameras.values().collect();
    assert_eq!(cameras[0].name.as_deref(), Some("Main gate"));
    assert_eq!(cameras[0].sub, Some("rtsp://10.0.0.11/sub".into()));
    assert_eq!(cameras[1].name.as_deref(), Some("Main gate 2"));
    assert_eq!((cameras[1].sub.as_ref(), cameras[2].login.as_ref()), (None, None));
    let kept: Vec<_> =
        logins.iter().map(|kept| (kept.login.user(), kept.login.password())).collect();
    assert_eq!(kept, [("op", "canary1"), ("root", "canary2")]);
    assert_eq!(cameras[1].login, Some(Login::File(logins[1].path.clone())));
    assert!(cameras.iter().all(|camera| camera.record == Record::Always));
    assert_eq!(wall.recording.unwrap().dir, PathBuf::from("/srv/video"));
    for said in [
        "no scheme",
        "nobody answers",
        "it wants a login",
        "the login is refused",
        "left out: the address is that of camera",
    ] {
        assert!(script.said.contains(said), "{said}: {}", script.said);
    }
}

#[test]
fn one_login_serves_all_that_take_it_and_the_others_are_asked_for_theirs() {
    let mut script = Script::new(&[
        "rtsp://h/1",
        "rtsp://h/2",
        "rtsp://h/3",
        "",
        "op",
        "canary",
        "root",
        "canary",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
    ]);
    script.wanted = vec![("/1", "op:canary"), ("/2", "op:canary"), ("/3", "root:canary")];
    let (wall, logins) = script.ask().unwrap();
    assert!(script.said.contains("User for h and 2 more"), "{}", script.said);
    assert!(script.said.contains("User for h 3 ("), "{}", script.said);
    assert_eq!(logins.len(), 2);
    let files: Vec<_> = wall.cameras.values().map(|camera| camera.login.clone().unwrap()).collect();
    assert_eq!(files[0], files[1]);
    assert_ne!(files[1], files[2]);
}

#[test]
fn a_wrong_login_is_asked_for_three_times_and_then_left() {
    let mut script = Script::new(&["rtsp://h/1", "", "a", "b", "a", "c", "a", "d", "", "", "", ""]);
    script.wanted = vec![("/1", "op:canary")];
    let (wall, logins) = script.ask().unwrap();
    assert_eq!((script.probed, logins.len()), (4, 1));
    assert_eq!(logins[0].login.password(), "d");
    assert!(wall.cameras["h"].login.is_some());
    assert!(script.said.contains("still refused"), "{}", script.said);
}

#[test]
fn where_the_answers_end_there_is_no_wall() {
    let lines = ["rtsp://h/1", "", "op", "canary", "", "", "", "no"];
    for count in 0..lines.len() {
        let mut script = Script::new(&lines[..count]);
        script.wanted = vec![("/1", "op:canary")];
        assert!(script.ask().is_none(), "after {count} answers");
    }
    let mut script = Script::new(&lines);
    script.wanted = vec![("/1", "op:canary")];
    assert!(script.ask().is_some());
}

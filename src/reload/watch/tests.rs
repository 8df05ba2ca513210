//! The thread on real files; how editors save is played in the suite `reload`.

use std::process::Command;

use tempfile::TempDir;

use super::*;

fn text(name: &str, login: &str) -> String {
    format!(
        "(cameras: {{ \"gate\": (name: {name:?}, main: \"rtsp://h/1\", login: File({login:?})) }})"
    )
}

/// A wall file that is watched, of a program that may reach what `Granted` says.
struct Desk {
    folder: TempDir,
    watched: WatchedFile,
}

impl Desk {
    /// The program was started with `started`, and by now `now` is in the file.
    fn new(started: &str, now: &str, granted: impl FnOnce(&Needs) -> Granted) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wall.ron");
        fs::write(&file, now).unwrap();
        let loaded = Wall::parse(started, "wall.ron").unwrap();
        let granted = granted(&Needs::of_wall_alone(&file, &loaded.wall, folder.path()));
        let pacer = FramePacer::start(|| {}).unwrap();
        Self { folder, watched: WatchedFile::start(file, loaded, granted, pacer).unwrap() }
    }

    fn everything(text: &str) -> Self {
        Self::new(text, text, |_| Granted::default())
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("wall.ron")
    }

    /// The next news: the camera's name and what is out of reach, or what is wrong.
    fn next(&self) -> String {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            match self.watched.news() {
                Some(News::Sound(loaded, lacking)) => {
                    let name = loaded.wall.cameras["gate"].name.clone().unwrap();
                    let lacking = lacking.iter().map(|it| format!(" {}", it.path.display()));
                    return name + &lacking.collect::<String>();
                }
                Some(News::Wrong(errors)) => return errors.to_string(),
                Some(News::OutOfReach(path)) => return format!("! {}", path.display()),
                None => {}
            }
            assert!(Instant::now() < until, "no news");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn nothing(&self) {
        thread::sleep(3 * QUIET);
        assert!(self.watched.news().is_none());
    }
}

#[test]
fn who_takes_his_time_hears_what_counts() {
    let desk = Desk::everything(&text("0", "login"));
    desk.watched.asker().ask();
    desk.nothing();
    fs::write(desk.file(), text("1", "login")).unwrap();
    thread::sleep(5 * QUIET);
    for name in ["2", "3", "4"] {
        fs::write(desk.file(), text(name, "login")).unwrap();
        thread::sleep(3 * QUIET);
    }
    let mut heard = vec![desk.next()];
    while heard.last().unwrap() != "4" {
        heard.push(desk.next());
    }
    assert_eq!(heard[0], "1", "it was read before");
    desk.nothing();
    desk.watched.asker().ask();
    desk.nothing();
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let desk = Desk::everything(&text("0", "login"));
    fs::remove_file(desk.file()).unwrap();
    assert!(desk.next().ends_with("no such file; see assets/wall.ron for a commented example"));
    assert!(Command::new("mkfifo").arg(desk.file()).status().unwrap().success());
    assert!(desk.next().ends_with("is no regular file"));
    fs::remove_file(desk.file()).unwrap();
    fs::create_dir(desk.file()).unwrap();
    assert!(desk.next().ends_with("is a folder, not a wall file"));
    fs::remove_dir(desk.file()).unwrap();
    assert!(desk.next().contains("no such file"));
    fs::write(desk.file(), text("0", "login")).unwrap();
    assert_eq!(desk.next(), "0", "what was wrong is mended");
}

#[test]
fn what_changed_while_the_program_started_is_news() {
    let desk = Desk::new(&text("0", "login"), &text("1", "login"), |_| Granted::default());
    assert_eq!(desk.next(), "1");
    desk.nothing();
}

#[test]
fn what_was_out_of_reach_from_the_start_is_not_told_again() {
    let nowhere = "/nonexistent/login";
    let desk = Desk::new(&text("0", nowhere), &text("0", nowhere), Granted::to);
    fs::write(desk.file(), text("1", nowhere)).unwrap();
    assert_eq!(desk.next(), "1", "a new start would not help");
    fs::write(desk.file(), text("2", "/usr/login")).unwrap();
    assert_eq!(desk.next(), "2 /usr/login");
    fs::write(desk.file(), text("3", "beside")).unwrap();
    assert_eq!(desk.next(), "3");
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().canonicalize().unwrap().join("wall.ron");
    fs::write(&target, text("4", "beside")).unwrap();
    std::os::unix::fs::symlink(&target, desk.folder.path().join("link")).unwrap();
    fs::rename(desk.folder.path().join("link"), desk.file()).unwrap();
    assert_eq!(desk.next(), format!("! {}", target.display()));
}

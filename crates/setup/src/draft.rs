//! A wall that is being made: cameras are added, and what they know is sorted into its places.
//!
//! Pure. Policies: a login in an address is taken off it and kept apart, each login once; two
//! addresses that are the same are one camera; nobody's id or name is taken twice.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use camwall_address::{AddressError, CameraAddress, Login as Credentials, Source};
use camwall_config::{Camera, Layout, Login, Screen, Tour, Wall, folder_of};
use indexmap::IndexMap;

use crate::names::{host_of, id_of, tidy_name, unique};
use crate::remark::What;

/// The folder of the login files, beside the wall file.
pub const LOGINS: &str = "logins";

/// More than any wall shows.
pub const MOST_CAMERAS: usize = 1024;

/// Longest login, bytes: a login file's line has room for 4096.
const LONGEST_LOGIN: usize = 4000;

/// What is known of a camera.
#[derive(Debug, Clone)]
pub struct Given {
    /// What its tile is to say; its host where it has no name.
    pub name: Option<String>,
    /// Its address, perhaps with a login.
    pub main: CameraAddress,
    /// Its smaller stream.
    pub sub: Option<CameraAddress>,
    /// Its login, which wins over one in the address.
    pub login: Option<Credentials>,
}

impl Given {
    /// A camera of which nothing is known but its address.
    #[must_use]
    pub fn at(main: CameraAddress) -> Self {
        Self { name: None, main, sub: None, login: None }
    }
}

/// Why there is no camera.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The address is none, or is that of another camera.
    #[error("{0}")]
    Camera(What),
    /// There are as many as there may be.
    #[error("there are more than {MOST_CAMERAS} cameras")]
    TooMany,
}

/// A login and the file that is to hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginFile {
    /// The file, seen from the folder of the wall file.
    pub path: PathBuf,
    /// What it is to hold.
    pub login: Credentials,
}

/// A wall that is being made.
#[derive(Debug, Default)]
pub struct Draft {
    cameras: IndexMap<String, Camera>,
    layouts: IndexMap<String, Layout>,
    tours: IndexMap<String, Tour>,
    walls: IndexMap<String, Screen>,
    /// What a wall begins with that is the only one.
    show: Option<String>,
    logins: Vec<LoginFile>,
    /// The cameras by their addresses without logins.
    ids: HashMap<String, String>,
}

impl Draft {
    /// Adds a camera; its id, and what is told of it.
    ///
    /// # Errors
    /// If it is none, or is there already.
    pub fn add(&mut self, given: Given) -> Result<(String, Vec<What>), NotTaken> {
        let Given { name, main, sub, login } = given;
        let (main, in_main) = taken_apart(&main).map_err(NotTaken::Camera)?;
        if let Some(id) = self.ids.get(main.expose()) {
            return Err(NotTaken::Camera(What::Again(id.clone())));
        }
        if self.cameras.len() >= MOST_CAMERAS {
            return Err(NotTaken::TooMany);
        }
        let mut told = Vec::new();
        let sub = sub.and_then(|sub| taken_apart(&sub).inspect_err(|_| told.push(What::Sub)).ok());
        let (sub, in_sub) = sub.map_or((None, None), |(sub, login)| (Some(sub), login));
        let name = name.as_deref().and_then(tidy_name).unwrap_or_else(|| host_of(&main));
        let is_named =
            |name: &str| self.cameras.values().any(|it| it.name.as_deref() == Some(name));
        let name = unique(name, " ", is_named);
        let id = unique(id_of(&name), "-", |id| self.cameras.contains_key(id));
        let login = login.or(in_main).or(in_sub);
        let login = login.and_then(|login| self.keep_login(&id, login, &mut told));
        self.ids.insert(main.expose().to_owned(), id.clone());
        let camera = Camera { name: Some(name), sub, login, ..Camera::at(main) };
        self.cameras.insert(id.clone(), camera);
        Ok((id, told))
    }

    /// The camera of that id, for what else is to be said of it.
    pub fn camera(&mut self, id: &str) -> Option<&mut Camera> {
        self.cameras.get_mut(id)
    }

    /// The cameras, in their order.
    #[must_use]
    pub fn cameras(&self) -> &IndexMap<String, Camera> {
        &self.cameras
    }

    /// The camera at an address, whatever login is in it.
    #[must_use]
    pub fn at(&self, address: &CameraAddress) -> Option<&str> {
        self.ids.get(address.without_user_info().expose()).map(String::as_str)
    }

    /// Whether a camera logs in so.
    pub(crate) fn logs_in(&self, id: &str, login: &Credentials) -> bool {
        let file = self.cameras.get(id).and_then(|camera| camera.login.as_ref());
        let file = file.and_then(|kept| kept.file("".as_ref()));
        file.and_then(|file| self.login_in(&file)) == Some(login)
    }

    /// Has a camera log in so from now on; nothing where no file can hold that.
    pub fn log_in(&mut self, id: &str, login: Credentials) -> Vec<What> {
        let mut told = Vec::new();
        let login = self.keep_login(id, login, &mut told);
        if let (Some(camera), Some(login)) = (self.cameras.get_mut(id), login) {
            camera.login = Some(login);
        }
        told
    }

    /// Gives a camera another name, where that is one; one that another has gets a number.
    pub fn name(&mut self, id: &str, name: &str) {
        let others = self.cameras.iter().filter(|(other, _)| *other != id);
        let taken: Vec<String> = others.filter_map(|(_, camera)| camera.name.clone()).collect();
        let is_taken = |name: &str| taken.iter().any(|it| it == name);
        let name = tidy_name(name).map(|name| unique(name, " ", is_taken));
        if let Some(camera) = self.cameras.get_mut(id) {
            camera.name = name.or(camera.name.take());
        }
    }

    /// Gives a camera a smaller stream. A login in its address is taken off: it is the camera's.
    ///
    /// # Errors
    /// If the address is none.
    pub fn add_sub(&mut self, id: &str, sub: &CameraAddress) -> Result<(), What> {
        let (sub, _login) = taken_apart(sub)?;
        if let Some(camera) = self.cameras.get_mut(id) {
            camera.sub = Some(sub);
        }
        Ok(())
    }

    /// Adds a layout; a name that is taken gets a number. What it is called then.
    pub fn add_layout(&mut self, name: &str, layout: Layout) -> String {
        let name = self.shown_as(name, "layout");
        self.layouts.insert(name.clone(), layout);
        name
    }

    /// Adds a tour of layouts that are there; a name that is taken gets a number. What it is called
    /// then.
    pub fn add_tour(&mut self, name: &str, tour: Tour) -> String {
        let name = self.shown_as(name, "tour");
        self.tours.insert(name.clone(), tour);
        name
    }

    /// A name that no layout and no tour has.
    fn shown_as(&self, name: &str, otherwise: &str) -> String {
        let is_taken =
            |name: &str| self.layouts.contains_key(name) || self.tours.contains_key(name);
        unique(tidy_name(name).unwrap_or_else(|| otherwise.to_owned()), " ", is_taken)
    }

    /// Has the wall begin with a layout or tour.
    pub fn begin_with(&mut self, shown: String) {
        self.show = Some(shown);
    }

    /// Adds one of several walls.
    pub fn add_wall(&mut self, name: &str, screen: Screen) {
        self.walls.insert(name.to_owned(), screen);
    }

    /// The login of a file that this draft is to write.
    #[must_use]
    pub fn login_in(&self, file: &Path) -> Option<&Credentials> {
        self.logins.iter().find(|kept| kept.path == file).map(|kept| &kept.login)
    }

    /// The wall as it is now: a grid of all where there is no layout. And the logins that belong
    /// into files of their own, without those that no camera has any more.
    #[must_use]
    pub fn finish(self) -> (Wall, Vec<LoginFile>) {
        let Self { cameras, mut layouts, tours, walls, show, mut logins, ids: _ } = self;
        if layouts.is_empty() {
            let cameras = cameras.keys().cloned().collect();
            layouts.insert("all".to_owned(), Layout::Grid { columns: None, cameras });
        }
        let used = |kept: &LoginFile| {
            let file = Login::File(kept.path.clone());
            cameras.values().any(|camera| camera.login.as_ref() == Some(&file))
        };
        logins.retain(used);
        (Wall { tours, walls, show, ..Wall::of(cameras, layouts) }, logins)
    }

    /// Where a login is to be kept that camera `id` has; the same login has one file.
    fn keep_login(&mut self, id: &str, login: Credentials, told: &mut Vec<What>) -> Option<Login> {
        if [login.user(), login.password()].iter().any(|it| is_placeholder(it)) {
            told.push(What::Placeholder);
            return None;
        }
        if !fits_a_line(&login) {
            told.push(What::Login);
            return None;
        }
        if let Some(kept) = self.logins.iter().find(|kept| kept.login == login) {
            return Some(Login::File(kept.path.clone()));
        }
        let is_taken = |name: &str| self.logins.iter().any(|kept| kept.path.ends_with(name));
        let name = unique(folder_of(id), "-", is_taken);
        let path = Path::new(LOGINS).join(name);
        self.logins.push(LoginFile { path: path.clone(), login });
        Some(Login::File(path))
    }
}

/// An address without its login, and that.
fn taken_apart(address: &CameraAddress) -> Result<(CameraAddress, Option<Credentials>), What> {
    let address = CameraAddress::new(address.expose().trim());
    // Whatever stands in a list or is typed by mistake could be the name of a file.
    let is_path = |text: &str| ["/", "./", "../"].iter().any(|start| text.starts_with(start));
    if !address.expose().contains("://") && !is_path(address.expose()) {
        let nothing = address.expose().is_empty();
        return Err(if nothing { AddressError::Empty } else { AddressError::NoScheme }.into());
    }
    let source = match address.check() {
        Err(AddressError::NotAUrl { has_at: true, .. }) => return Err(What::Doubtful),
        source => source?,
    };
    if address.is_doubtful() {
        return Err(What::Doubtful);
    }
    let login = match source {
        Source::Remote(address) => address.login,
        Source::Local => None,
    };
    Ok((address.without_user_info(), login))
}

/// `<user>`, as an example has it.
fn is_placeholder(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>')
}

/// Whether `user:password` can be a file's first line, and is read back as it was.
fn fits_a_line(login: &Credentials) -> bool {
    let (user, password) = (login.user(), login.password());
    let is_line = |text: &str| !text.contains(['\n', '\r', '\0']);
    !user.is_empty()
        && !user.contains(':')
        && is_line(user)
        && is_line(password)
        && user.len() + password.len() < LONGEST_LOGIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(main: &str) -> Given {
        Given::at(main.into())
    }

    #[test]
    fn a_login_is_kept_once_and_in_no_address() {
        let mut draft = Draft::default();
        for main in ["rtsp://op:canary@h/1", "rtsp://op:canary@h/2", "rtsp://op:other@i/1"] {
            assert_eq!(draft.add(given(main)).unwrap().1, []);
        }
        let (wall, logins) = draft.finish();
        let paths: Vec<_> = logins.iter().map(|kept| kept.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["logins/h", "logins/i"]);
        assert_eq!(logins[0].login, Credentials::new("op", "canary"));
        let cameras: Vec<_> = wall.cameras.iter().collect();
        assert_eq!(cameras[1].0, "h-2");
        assert_eq!(cameras[1].1.name.as_deref(), Some("h 2"));
        assert_eq!(cameras[1].1.main.expose(), "rtsp://h/2");
        assert_eq!(cameras[0].1.login, cameras[1].1.login);
        assert!(!wall.write("").contains("canary"));
    }

    #[test]
    fn what_no_file_can_hold_and_what_stands_for_a_login_is_told() {
        let mut draft = Draft::default();
        let told = |draft: &mut Draft, main: &str| draft.add(given(main)).unwrap().1;
        assert_eq!(told(&mut draft, "rtsp://a%3Ab:c@h/1"), [What::Login]);
        assert_eq!(told(&mut draft, "rtsp://a:b%0Ac@h/2"), [What::Login]);
        assert_eq!(told(&mut draft, "rtsp://:b@h/3"), [What::Login]);
        assert_eq!(told(&mut draft, "rtsp://%3Cuser%3E:%3Cpassword%3E@h/4"), [What::Placeholder]);
        assert_eq!(told(&mut draft, "rtsp://a:@h/5"), []);
        let (wall, logins) = draft.finish();
        assert_eq!((wall.cameras.len(), logins.len()), (5, 1));
        assert!(wall.cameras.values().all(|camera| !camera.main.has_user_info()));
    }

    #[test]
    fn what_is_no_address_is_no_camera_and_what_is_there_is_no_second_one() {
        let mut draft = Draft::default();
        let why = |draft: &mut Draft, main: &str| draft.add(given(main)).unwrap_err();
        draft.add(given("rtsp://u:p@h/1")).unwrap();
        assert_eq!(why(&mut draft, "rtsp://v:q@h/1"), NotTaken::Camera(What::Again("h".into())));
        assert_eq!(why(&mut draft, "rtsp://u:ca/na@ry/x"), NotTaken::Camera(What::Doubtful));
        assert_eq!(why(&mut draft, "rtsp://u:12/3@10.0.0.7/"), NotTaken::Camera(What::Doubtful));
        for main in ["", "10.0.0.1/live", "n/a", "door.mp4", "sftp://h/", "rtsp://"] {
            assert!(matches!(why(&mut draft, main), NotTaken::Camera(What::Address(_))), "{main}");
        }
        for number in 1..MOST_CAMERAS {
            draft.add(given(&format!("rtsp://h/x{number}"))).unwrap();
        }
        assert_eq!(why(&mut draft, "rtsp://h/last"), NotTaken::TooMany);
    }
}

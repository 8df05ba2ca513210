//! The names of the file that a wall writes: of cameras, tours, layouts and walls.
//!
//! Pure; runs on the caller's thread. Policy: a name that the wall never shows is none of these. A
//! tour's stands in the corner; a layout's does where its tiles tour; a wall's is in the help where a
//! key names it.

use camwall_words::Named;

use super::keymap::Keys;
use super::spanned::tree::Spot;
use super::{Camera, Wall};

/// A name that a wall writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What is called so.
    pub named: Named,
    /// What the file calls it: of a camera the id.
    pub id: String,
    /// What the wall writes: of a camera the name, else the id.
    pub text: String,
    /// Where the file says so: a byte offset.
    pub(super) at: usize,
}

/// All of them in the order of the file.
pub(super) fn labels(wall: &Wall, root: Spot<'_, '_>) -> Vec<Label> {
    let cameras = root.key("cameras");
    let camera = |(id, camera): (&String, &Camera)| {
        let at = match camera.name {
            Some(_) => cameras.key(id).key("name").at,
            None => cameras.name(id),
        };
        Label { named: Named::Camera, id: id.clone(), text: camera.label(id).to_owned(), at }
    };
    let own = |named, section, id: &String| {
        let at = root.key(section).name(id);
        Label { named, id: id.clone(), text: id.clone(), at }
    };
    let cameras = wall.cameras.iter().map(camera);
    let tours = wall.tours.keys().map(|id| own(Named::Tour, "tours", id));
    let layouts = wall.layouts.iter().filter(|(_, layout)| layout.has_tours());
    let layouts = layouts.map(|(id, _)| own(Named::Layout, "layouts", id));
    let walls = wall.walls.keys().filter(|id| is_in_help(&wall.keys, id));
    let walls = walls.map(|id| own(Named::Wall, "walls", id));
    let mut labels: Vec<Label> = cameras.chain(tours).chain(layouts).chain(walls).collect();
    labels.sort_by_key(|label| label.at);
    labels
}

/// Whether a key is for the wall of this name.
fn is_in_help(Keys(keys): &Keys, wall: &str) -> bool {
    keys.iter().any(|(action, chords)| {
        !chords.is_empty() && action.split_once('@').is_some_and(|(_, named)| named == wall)
    })
}

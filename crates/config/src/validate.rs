//! What serde cannot see: names that must exist, numbers that must fit, tiles that must not meet.
//!
//! Runs on the caller's thread. Policy: everything wrong is noted, nothing is corrected. It also
//! runs over what is left of an ill-formed file, so names are looked up in what the file declares,
//! not in what survived.

mod cameras;
mod layouts;
mod recording;
mod security;
mod tours;
mod walls;

use std::time::Duration;

use camwall_words::{Mistake, Named, Range, ValueMistake, WallMistake};
use indexmap::IndexSet;

pub(super) use self::{cameras::secret_at, recording::asked_at};
use super::Wall;
use super::diagnostic::Remark;
use super::keymap::Bindings;
use super::overlay::Overlay;
use super::spanned::tree::{Node, Spot};
use super::suggest::nearest_in_file;

/// Longest name, in bytes: ids become names of folders, which systems keep short.
const LONGEST: usize = 64;

/// What the file declares, sound or not.
#[derive(Debug)]
pub(super) struct Names {
    cameras: IndexSet<String>,
    layouts: IndexSet<String>,
    tours: IndexSet<String>,
    walls: IndexSet<String>,
}

impl Names {
    /// The names declared in the file.
    pub(super) fn of(tree: &Node<'_>) -> Self {
        let keys = |field| tree.spot().key(field).keys().into_iter().collect();
        Self {
            cameras: keys("cameras"),
            layouts: keys("layouts"),
            tours: keys("tours"),
            walls: keys("walls"),
        }
    }
}

/// A length of time that is out of its range.
fn out_of_range(setting: &str, range: Range, value: Duration) -> ValueMistake {
    let value = format!("\"{}\"", humantime::format_duration(value));
    ValueMistake::OutOfRange { setting: setting.to_owned(), range, value }
}

/// Notes under way.
struct Check<'c> {
    names: &'c Names,
    errors: Vec<Remark>,
    warnings: Vec<Remark>,
}

impl Check<'_> {
    fn error(&mut self, at: usize, what: impl Into<Mistake>) {
        self.errors.push(Remark::new(at, what));
    }

    fn warn(&mut self, at: usize, what: impl Into<Mistake>) {
        self.warnings.push(Remark::new(at, what));
    }

    /// Checks a name that people and layouts refer to by.
    fn name(&mut self, at: usize, named: Named, name: &str) {
        if name.trim().is_empty() {
            self.error(at, ValueMistake::Blank { named });
        } else if name.trim() != name || name.contains(char::is_control) {
            self.error(at, ValueMistake::Untidy { named, name: name.to_owned() });
        }
        let length = name.chars().count();
        if length > LONGEST {
            self.error(at, ValueMistake::LongName { named, most: LONGEST, length });
        }
    }
}

/// Adds everything wrong with `wall` to `errors`; also returns the warnings.
pub(super) fn validate(
    wall: &Wall,
    names: &Names,
    root: Spot<'_, '_>,
    errors: Vec<Remark>,
) -> (Vec<Remark>, Vec<Remark>) {
    let mut check = Check { names, errors, warnings: Vec::new() };
    check.cameras(wall, root.key("cameras"));
    check.folders(wall, root.key("cameras"));
    check.layouts(wall, root.key("layouts"));
    check.tours(wall, root.key("tours"));
    check.show(wall, root);
    check.prewarm(wall, root.key("prewarm"));
    check.windows(wall, root);
    check.burn_in(&wall.burn_in, root.key("burn_in"));
    check.overlay(wall, root.key("overlay"));
    check.keys(wall, root.key("keys"));
    check.recording(wall, root.key("recording"));
    (check.errors, check.warnings)
}

impl Check<'_> {
    fn show(&mut self, wall: &Wall, root: Spot<'_, '_>) {
        if let Some(show) = &wall.show {
            self.shown(show, root.key("show").at);
        }
    }

    fn prewarm(&mut self, wall: &Wall, prewarm: Spot<'_, '_>) {
        for (index, layout) in wall.prewarm.iter().enumerate() {
            self.layout_exists("prewarm", layout, prewarm.index(index).at);
        }
    }

    /// Whether a layout is called so.
    fn is_layout(&self, name: &str) -> bool {
        let layouts = &self.names.layouts;
        layouts.contains(name) || (layouts.is_empty() && name == super::DEFAULT_LAYOUT)
    }

    /// Checks that `setting`, whose value stands at `at`, names a layout.
    fn layout_exists(&mut self, setting: &str, name: &str, at: usize) {
        if !self.is_layout(name) {
            let hint = nearest_in_file(name, self.names.layouts.iter().map(String::as_str));
            let (setting, layout) = (setting.to_owned(), name.to_owned());
            self.error(at, WallMistake::UnknownLayout { setting, layout, hint });
        }
    }

    fn overlay(&mut self, wall: &Wall, overlay: Spot<'_, '_>) {
        let allowed = Duration::from_millis(200)..=Duration::from_secs(60);
        let value = wall.overlay.stale_after;
        if !allowed.contains(&value) {
            let range = Range::Between("200ms", "60s");
            self.error(overlay.key("stale_after").at, out_of_range("stale_after", range, value));
        }
        let value = wall.overlay.letter_size;
        if !Overlay::LETTER_SIZES.contains(&value) {
            let (least, most) = Overlay::LETTER_SIZES.into_inner();
            let (setting, range) = ("letter_size".to_owned(), Range::Numbers(least, most));
            let wrong = ValueMistake::OutOfRange { setting, range, value: value.to_string() };
            self.error(overlay.key("letter_size").at, wrong);
        }
    }

    fn keys(&mut self, wall: &Wall, keys: Spot<'_, '_>) {
        for problem in Bindings::check(&wall.keys, self.names.walls.clone()).1 {
            let at = match problem.chord {
                Some(index) => keys.key(&problem.action).index(index).at,
                None => keys.name(&problem.action),
            };
            if problem.is_sound {
                self.warn(at, problem.what);
            } else {
                self.error(at, problem.what);
            }
        }
    }
}

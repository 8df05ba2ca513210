//! M3U: a playlist, an address a line, with what media players note above it.
//!
//! Pure. `#EXTINF:-1 group-title="Yard",Main gate` gives name and group; `#EXTGRP:` a group for
//! itself; `#EXTVLCOPT:rtsp-user=` and `rtsp-pwd=` a login. Policy: other notes say how to play
//! and are passed over.

use camwall_address::Login as Credentials;
use camwall_config::Layout;

use super::{Groups, ImportError, List};
use crate::draft::Given;
use crate::remark::Place;

/// Whether a text looks like one.
pub(super) fn is_one(text: &str) -> bool {
    text.trim_start().starts_with("#EXTM3U") || text.lines().any(|line| line.starts_with("#EXTINF"))
}

/// What is noted above an address.
#[derive(Default)]
struct Notes {
    name: Option<String>,
    group: Option<String>,
    user: Option<String>,
    password: Option<String>,
}

/// Reads the list; a group is a layout, where there is more than one.
pub(super) fn read(text: &str, list: &mut List) -> Result<(), ImportError> {
    let mut groups = Groups::new();
    let mut notes = Notes::default();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if let Some(note) = line.strip_prefix('#') {
            notes.read(note);
        } else if !line.is_empty() {
            let Notes { name, group, user, password } = std::mem::take(&mut notes);
            let login = user.map(|user| Credentials::new(user, password.unwrap_or_default()));
            let given = Given { name, login, ..Given::at(line.into()) };
            list.add_to(&mut groups, group, Place::Line(number), given)?;
        }
    }
    add_groups(list, groups);
    Ok(())
}

/// A layout for each group, behind one of all.
pub(super) fn add_groups(list: &mut List, mut groups: Groups) {
    groups.retain(|_, cameras| !cameras.is_empty());
    if groups.is_empty() {
        return;
    }
    let all = list.draft.cameras().keys().cloned().collect();
    list.draft.add_layout("all", Layout::Grid { columns: None, cameras: all });
    for (name, cameras) in groups {
        list.draft.add_layout(&name, Layout::Grid { columns: None, cameras });
    }
}

impl Notes {
    fn read(&mut self, note: &str) {
        if let Some(info) = note.strip_prefix("EXTINF:") {
            let (attributes, name) = split_info(info);
            self.name = Some(name.to_owned()).filter(|name| !name.trim().is_empty());
            self.group = attribute(attributes, "group-title").or(self.group.take());
        } else if let Some(group) = note.strip_prefix("EXTGRP:") {
            self.group = Some(group.trim().to_owned()).filter(|group| !group.is_empty());
        } else if let Some(option) = note.strip_prefix("EXTVLCOPT:") {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match name.trim() {
                "rtsp-user" => self.user = Some(value.to_owned()),
                "rtsp-pwd" => self.password = Some(value.to_owned()),
                _ => {}
            }
        }
    }
}

/// What stands before the first comma outside quotes, and what behind it.
fn split_info(info: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in info.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => return (&info[..at], &info[at + 1..]),
            _ => {}
        }
    }
    (info, "")
}

/// The value of `name="…"`.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let (_, rest) = attributes.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.to_owned()).filter(|value| !value.trim().is_empty())
}

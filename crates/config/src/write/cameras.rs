//! A camera as text: where it is, how it is reached, and what is made of its pictures.
//!
//! Pure. Policy: what has its default is left out; a login that was typed is nowhere to be found later,
//! and is left out.

use super::forms::{Fields, items, map, path_of, quote, write_duration};
use crate::{Area, Camera, Login, Record, Trust, Watch};

pub(super) fn write_camera(camera: &Camera) -> String {
    let Camera {
        name,
        main,
        sub,
        login,
        auth,
        trust,
        transport,
        via,
        fit,
        options,
        hls,
        interval,
        watch,
        record,
    } = camera;
    let plain = Camera::at(main.clone());
    let mut fields = Fields::default();
    if let Some(name) = name {
        fields.add("name", quote(name));
    }
    fields.add("main", quote(main.expose()));
    if let Some(sub) = sub {
        fields.add("sub", quote(sub.expose()));
    }
    if let Some(login) = login.as_ref().and_then(write_login) {
        fields.add("login", login);
    }
    fields
        .differing("auth", (auth, &plain.auth), |auth| format!("{auth:?}"))
        .differing("trust", (trust, &plain.trust), write_trust)
        .differing("transport", (transport, &plain.transport), |it| format!("{it:?}"))
        .differing("via", (via, &plain.via), |via| format!("{via:?}"))
        .differing("fit", (fit, &plain.fit), |fit| format!("{fit:?}"))
        .differing("hls", (hls, &plain.hls), ToString::to_string)
        .differing("watch", (watch, &plain.watch), write_watch)
        .differing("record", (record, &plain.record), write_record);
    if let Some(interval) = interval {
        fields.add("interval", write_duration(*interval));
    }
    if !options.is_empty() {
        fields.add("options", map(options, |value| quote(value.expose())));
    }
    fields.within("")
}

/// What is said of a login; nothing of one that was typed.
fn write_login(login: &Login) -> Option<String> {
    match login {
        Login::Env(name) => Some(format!("Env({})", quote(name))),
        Login::Credential(name) => Some(format!("Credential({})", quote(name))),
        Login::File(path) => Some(format!("File({})", path_of(path))),
        Login::Typed(_) => None,
    }
}

fn write_trust(trust: &Trust) -> String {
    match trust {
        Trust::System => "System".to_owned(),
        Trust::Anyone => "Anyone".to_owned(),
        Trust::Ca(path) => format!("Ca({})", path_of(path)),
        Trust::Fingerprint(pin) => format!("Fingerprint({})", quote(pin)),
    }
}

fn write_watch(watch: &Watch) -> String {
    let (Watch { frozen, dark, mask }, plain) = (watch, Watch::default());
    let mut fields = Fields::default();
    fields
        .differing("frozen", (frozen, &plain.frozen), ToString::to_string)
        .differing("dark", (dark, &plain.dark), ToString::to_string)
        .differing("mask", (mask, &plain.mask), |mask| items(mask.iter().map(write_area)));
    fields.within("")
}

fn write_area(area: &Area) -> String {
    let Area { left, top, width, height } = area;
    format!("(left: {left}, top: {top}, width: {width}, height: {height})")
}

fn write_record(record: &Record) -> String {
    match record {
        Record::Never => "Never".to_owned(),
        Record::Always => "Always".to_owned(),
        Record::Weekly(weekly) => {
            format!("Weekly({})", items(weekly.entries().map(|entry| quote(&entry))))
        }
    }
}

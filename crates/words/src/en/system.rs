//! Why the system did not do what was asked, in English.

use crate::System;

pub const SYSTEM: System = System {
    not_found: "there is no such file or folder",
    denied: "no permission",
    is_folder: "it is a folder",
    not_a_folder: "it is no folder",
    read_only: "the file system is read-only",
    full: "the disk is full",
    device: "the disk reports an error",
    name: "no file can have this name",
    no_answer: "the network disk does not answer",
    links: "the links lead in a circle",
    not_text: "it is not UTF-8 text",
    code: |code| format!("system error {code}"),
    unknown: "an unknown error",
};

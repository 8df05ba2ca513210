//! What `camwall check --diff` says, in English.

use crate::Difference;

pub const DIFFERENCE: Difference = Difference {
    nothing: |from, to| format!("{from} → {to}: nothing changes"),
    head: |from, to| format!("{from} → {to}:"),
    camera: |camera, what| format!("camera {camera}: {what}"),
    camera_added: "is new, and connects",
    camera_removed: "goes; what is recorded of it is finished",
    camera_moved: |to, from| format!("is number {to} instead of {from}"),
    main_anew: "the main stream connects anew",
    sub_anew: "the sub stream connects anew",
    both_anew: "both streams connect anew",
    sub_added: "the sub stream is new",
    sub_removed: "the sub stream goes",
    watch: "what is looked for in its pictures",
    label: |new, old| format!("is called `{new}` instead of `{old}`"),
    fit: "how its picture fills the tile",
    record: "when it is recorded",
    between: "; ",
    layout_added: |layout| format!("layout {layout}: is new"),
    layout_removed: |layout| {
        format!("layout {layout}: goes; who looks at it sees the one to begin with")
    },
    layout_changed: |layout| format!("layout {layout}: its places"),
    layout_order: "layouts: their order, and with it their keys",
    tour_added: |tour| format!("tour {tour}: is new"),
    tour_removed: |tour| format!("tour {tour}: goes; a wall that shows it stays at its step"),
    tour_changed: |tour| format!("tour {tour}: its steps and times"),
    tours: "tours: their order",
    show: "show: from the next start on",
    wall_added: |wall| format!("wall {wall}: is new, and opens"),
    wall_removed: |wall| format!("wall {wall}: goes"),
    wall_changed: |wall| format!("wall {wall}: its monitor, size or turn, or what it begins with"),
    walls: "walls: their order",
    prewarm: "prewarm: which cameras are decoded all the time",
    overlay: "overlay: what is written over the pictures",
    stats: "overlay: whether the figures are shown",
    stale_after: "overlay: when a picture counts as old; nothing connects anew",
    language: "language: in which the wall speaks",
    keys: "keys: which key does what",
    window: "window: its place and size",
    burn_in: "burn_in: care for the screens",
    recording_folder: "RESTART NEEDED: recording: the folder; the wall goes on with the one it has",
    recording_files: "recording: from the next file of each camera on",
    pre_roll: "recording: how much is kept in memory",
    retention: "recording: when old recordings are removed",
    sandbox: "RESTART NEEDED: sandbox: it can't be entered or left",
    out_of_reach: |whose, path| {
        format!("RESTART NEEDED: {whose}: {path}: out of the sandbox's reach")
    },
    connected: |connected, all| format!("{connected} of {all} cameras stay connected as they are"),
};

//! What may happen to a wall, and random sequences of it.
//!
//! Places on the wall are fractions of its size, cameras are counted modulo how many there are:
//! any sequence fits any wall, so that a failing one can be shortened.

use proptest::{collection::vec, prelude::*, sample::select};

use super::edits::{Edit, edits};

/// A point of the wall as a fraction of its size.
pub(super) type At = (f32, f32);

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// Modifiers and a key go down and up again; the key itself perhaps only with the next update.
    Stroke {
        modifiers: &'static [&'static str],
        key: &'static str,
        late: bool,
    },
    /// A modifier goes down and stays down.
    Hold(&'static str),
    /// A modifier comes up.
    Let(&'static str),
    FocusLost,
    /// The button goes down here and comes up so many pixels aside, perhaps an update later.
    Click {
        at: At,
        aside: (f32, f32),
        slow: bool,
    },
    /// The button goes down here and comes up so many pixels further, as many updates later.
    Drag {
        from: At,
        by: (f32, f32),
        updates: u8,
    },
    /// The wheel turns here by so many notches.
    Wheel {
        at: At,
        notches: i8,
    },
    Point(At),
    Resize((u32, u32)),
    /// A camera is live with pictures of this size, or not.
    Say {
        camera: usize,
        live: bool,
        size: (u32, u32),
    },
    /// A camera is no more.
    Remove(usize),
    /// The wall file is another one.
    Reload(Vec<Edit>),
}

/// What happens before one update, and how many milliseconds that is after the last.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) after: u64,
    pub(super) inputs: Vec<Input>,
}

fn stroke() -> impl Strategy<Value = Input> {
    let plain = |keys: Vec<&'static str>| (Just(&[][..]), select(keys));
    let arrows = plain(vec!["Left", "Right", "Up", "Down"]);
    let selecting = plain(vec!["Home", "End", "Enter", "Enter", "Esc"]);
    let asking = plain(vec!["r", "s", "k", "x"]);
    let digits = plain(vec!["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"]);
    let layouts = plain(vec![
        "Tab", "PageDown", "PageUp", "n", "p", "g", "v", "t", "t", "F1", "F2", "F3", "F4",
    ]);
    let showing = plain(vec!["+", "=", "-", "+", "0", "h", "?", "i", "F11", "z", "y"]);
    let chords = select(vec![
        (&["Shift"][..], "r"),
        (&["Shift"], "Tab"),
        (&["Shift"], "g"),
        (&["Shift"], "s"),
        (&["Ctrl"], "q"),
        (&["Ctrl"], "1"),
        (&["Ctrl"], "2"),
        (&["Ctrl"], "r"),
        (&["Alt"], "s"),
        (&["Ctrl", "Shift"], "q"),
        (&["Alt", "Ctrl"], "Home"),
    ]);
    let any = prop_oneof![
        6 => arrows, 4 => selecting, 4 => asking, 3 => digits, 2 => layouts, 2 => showing,
        2 => chords,
    ];
    (any, prop::bool::weighted(0.1)).prop_map(|((modifiers, key), late)| Input::Stroke {
        modifiers,
        key,
        late,
    })
}

fn key() -> impl Strategy<Value = Input> {
    let modifier = || select(vec!["Ctrl", "Shift", "Alt"]);
    prop_oneof![
        30 => stroke(),
        1 => modifier().prop_map(Input::Hold),
        3 => modifier().prop_map(Input::Let),
    ]
}

fn mouse() -> impl Strategy<Value = Input> {
    let at = || (0.0..1.0_f32, 0.0..1.0_f32);
    let far = || prop_oneof![-400.0..-24.0_f32, 24.0..400.0_f32];
    let little = || -4.0..4.0_f32;
    prop_oneof![
        5 => (at(), (little(), little()), any::<bool>())
            .prop_map(|(at, aside, slow)| Input::Click { at, aside, slow }),
        2 => (at(), (far(), far()), 1..4_u8)
            .prop_map(|(from, by, updates)| Input::Drag { from, by, updates }),
        3 => (at(), -3..8_i8).prop_map(|(at, notches)| Input::Wheel { at, notches }),
        1 => at().prop_map(Input::Point),
    ]
}

fn world() -> impl Strategy<Value = Input> {
    let window = prop_oneof![
        3 => select(vec![(1280, 720), (1920, 1080), (1366, 768), (720, 1280)]),
        3 => (60..2000_u32, 60..1200_u32),
        // So small that places have no pixel, and not there at all.
        1 => (0..9_u32, 0..9_u32),
    ];
    let picture = prop_oneof![
        3 => select(vec![(1920, 1080), (640, 360), (640, 480), (704, 576)]),
        2 => (16..4000_u32, 16..4000_u32),
        1 => Just((0, 0)),
    ];
    prop_oneof![
        3 => window.prop_map(Input::Resize),
        5 => (0..9_usize, prop::bool::weighted(0.7), picture)
            .prop_map(|(camera, live, size)| Input::Say { camera, live, size }),
        1 => (0..9_usize).prop_map(Input::Remove),
        4 => edits().prop_map(Input::Reload),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    // What the world does comes first: the wall follows it before it hears the operator. What the
    // operator does within one update is done in its order, keys and mouse alike.
    let any = prop_oneof![4 => key(), 2 => mouse(), 1 => Just(Input::FocusLost)];
    let inputs =
        (vec(world(), 0..2), vec(any, 0..6)).prop_map(|(world, any)| [world, any].concat());
    let pause = prop_oneof![6 => 0..60_u64, 3 => 60..400_u64, 1 => 400..5000_u64];
    (pause, inputs).prop_map(|(after, inputs)| Step { after, inputs })
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 40..70)
}

//! Chords and bindings.

use camwall_words::EN;
use indexmap::IndexSet;
use proptest::prelude::*;

use super::sound;
use crate::{Action, Bindings, Bound, Chord, Key, Keys};

fn chord(text: &str) -> Chord {
    text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn bindings(entries: &[(&str, &[&str])]) -> Bindings {
    let owned = |chords: &[&str]| chords.iter().map(ToString::to_string).collect();
    let entries = entries.iter().map(|(name, chords)| (name.to_string(), owned(chords)));
    Bindings::check(&Keys(entries.collect()), IndexSet::new()).0
}

/// What a chord does on the wall that has the keyboard.
fn action(bindings: &Bindings, chord: &Chord) -> Option<Action> {
    let bound = bindings.action(chord)?;
    assert_eq!(bound.wall, None, "{chord}");
    Some(bound.action)
}

#[test]
fn the_default_keys_are_those_of_the_manual() {
    let defaults = bindings(&[]);
    let lines: Vec<String> = Action::all()
        .map(|action| {
            let chords: Vec<String> =
                defaults.chords(action).iter().map(ToString::to_string).collect();
            format!("{}: {} ({})", action.name(), chords.join(" "), action.describe(&EN.help))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    open: Enter (Show the selected camera alone, or go back)
    back: Esc (Back to the layout)
    left: Left (Select the camera to the left)
    right: Right (Select the camera to the right)
    up: Up (Select the camera above)
    down: Down (Select the camera below)
    home: Home (Select the first camera)
    end: End (Select the last camera)
    next_camera: N (Next camera)
    previous_camera: P (Previous camera)
    next_layout: Tab PageDown (Next layout)
    previous_layout: Shift+Tab PageUp (Previous layout)
    tour: T (Pause the tour, go on with it, or start one)
    fullscreen: F11 (Full-screen on or off)
    zoom_in: + = (Zoom in)
    zoom_out: - (Zoom out)
    zoom_reset: 0 (Show the whole picture)
    record: R (Record the selected camera, or stop)
    record_all: Shift+R (Record all cameras, or stop)
    protect: K (Keep what is recorded from now on, or stop keeping)
    snapshot: S (Save the selected camera's picture)
    wall_snapshot: Shift+S (Save a picture of the whole wall)
    trust_clock:  (The clock is right: remove by age again)
    help: H ? (Show or hide this help)
    stats: I (Show or hide rate, bitrate and frame age)
    reload: Ctrl+R (Read the wall file anew)
    quit: Ctrl+Q (End camwall)
    layout_1: F1 (Show layout 1)
    layout_2: F2 (Show layout 2)
    layout_3: F3 (Show layout 3)
    layout_4: F4 (Show layout 4)
    layout_5: F5 (Show layout 5)
    layout_6: F6 (Show layout 6)
    layout_7: F7 (Show layout 7)
    layout_8: F8 (Show layout 8)
    layout_9: F9 (Show layout 9)
    layout_10: F10 (Show layout 10)
    layout_11:  (Show layout 11)
    layout_12: F12 (Show layout 12)
    ");
}

#[test]
fn every_default_chord_has_one_meaning() {
    let (defaults, problems) = Bindings::check(&Keys::default(), IndexSet::new());
    assert_eq!(problems, []);
    for bound in Action::all() {
        for chord in defaults.chords(bound) {
            assert_eq!(action(&defaults, chord), Some(bound), "{chord}");
        }
        assert_eq!(Action::by_name(bound.name()), Some(bound));
    }
}

#[test]
fn one_camera_and_all_are_recorded_by_different_keys() {
    let defaults = bindings(&[]);
    let press = |shift, c| action(&defaults, &Chord::new(false, shift, false, Key::Char(c)));
    assert_eq!(
        (press(false, 'r'), press(true, 'R')),
        (Some(Action::Record), Some(Action::RecordAll))
    );
    assert_eq!(
        (press(false, 'R'), press(true, 'r')),
        (Some(Action::Record), Some(Action::RecordAll))
    );
}

#[test]
fn a_named_action_loses_its_defaults() {
    let own = bindings(&[("quit", &["Alt+F4"]), ("next_layout", &[]), ("layout_11", &["Tab"])]);
    assert_eq!(action(&own, &chord("Ctrl+Q")), None);
    assert_eq!(action(&own, &chord("Alt+F4")), Some(Action::Quit));
    assert_eq!(own.chords(Action::NextLayout), []);
    assert_eq!(action(&own, &chord("Tab")), Some(Action::Layout(11)));
}

#[test]
fn a_default_chord_that_is_free_may_be_taken_whatever_the_order() {
    let swapped: &[(&str, &[&str])] = &[("stats", &["H"]), ("help", &["I"])];
    let keys = Keys(swapped.iter().map(|(n, c)| (n.to_string(), vec![c[0].to_string()])).collect());
    let (own, problems) = Bindings::check(&keys, IndexSet::new());
    assert_eq!(problems, []);
    assert_eq!(action(&own, &chord("H")), Some(Action::Stats));
    assert_eq!(action(&own, &chord("I")), Some(Action::Help));
}

#[test]
fn what_the_file_gives_to_an_action_is_taken_from_the_defaults_of_others() {
    let own = bindings(&[("next_layout", &["N", "PageDown"]), ("layout_11", &["Tab", "F1"])]);
    assert_eq!(action(&own, &chord("N")), Some(Action::NextLayout));
    assert_eq!(own.chords(Action::NextCamera), []);
    assert_eq!(action(&own, &chord("F1")), Some(Action::Layout(11)));
    assert_eq!(own.chords(Action::Layout(1)), []);
    // One of two keys is left.
    let zoom = bindings(&[("stats", &["="])]);
    assert_eq!(zoom.chords(Action::ZoomIn), [chord("+")]);
}

#[test]
fn an_action_may_be_done_on_a_wall_of_its_own() {
    let wall = sound(
        r#"(cameras: { "a": (main: "rtsp://a/") }, walls: { "left": (), "@x": () }, keys: {
            "layout_1@left": ["Ctrl+F1"], "layout_1@@x": ["Alt+F1"], "help@left": [],
        })"#,
    )
    .wall;
    let bindings = Bindings::resolve(&wall);
    let bound = |text: &str| bindings.action(&chord(text));
    let layout = Action::Layout(1);
    assert_eq!(bound("Ctrl+F1"), Some(Bound { action: layout, wall: Some(0) }));
    assert_eq!(bound("Alt+F1"), Some(Bound { action: layout, wall: Some(1) }));
    // What has the keyboard keeps its keys.
    assert_eq!(bound("F1"), Some(Bound { action: layout, wall: None }));
    assert_eq!(bound("H"), Some(Bound { action: Action::Help, wall: None }));
    let rows = bindings.help(&EN.help, &wall).into_iter().flat_map(|topic| topic.rows);
    let layouts: Vec<_> = rows.filter(|(_, does)| does.contains("layout 1")).collect();
    let row = |keys: &str, does: &str| (keys.to_owned(), does.to_owned());
    assert_eq!(
        layouts,
        [
            row("F1", "Show layout 1"),
            row("Ctrl+F1", "Show layout 1 (wall left)"),
            row("Alt+F1", "Show layout 1 (wall @x)"),
        ]
    );
}

#[test]
fn the_help_of_a_wall_without_tours_does_not_speak_of_them() {
    let plain = "(cameras: { \"a\": (main: \"rtsp://a/\") } @)";
    let speaks = |rest: &str| {
        let wall = sound(&plain.replace('@', rest)).wall;
        let help = Bindings::resolve(&wall).help(&EN.help, &wall);
        help.iter().flat_map(|topic| &topic.rows).any(|(_, does)| does == EN.help.tour)
    };
    assert!(!speaks(""));
    assert!(speaks(r#", tours: { "x": (steps: [(show: "all")]) }"#));
    let tile = r#"(tour: (steps: [(show: "a")]), column: 0, row: 0)"#;
    let layouts = format!(r#", layouts: {{ "t": Tiles(columns: 1, rows: 1, tiles: [{tile}]) }}"#);
    assert!(speaks(&layouts));
}

#[test]
fn letters_tell_shift_apart_and_symbols_do_not() {
    let press = |shift, c| Chord::new(false, shift, false, Key::Char(c));
    assert_eq!(press(true, 'H'), chord("Shift+h"));
    // With caps lock on, the keyboard sends the other case.
    assert_eq!(press(true, 'h'), chord("Shift+H"));
    assert_ne!(press(true, 'H'), chord("H"));
    assert_eq!(press(false, 'H'), chord("h"));
    assert_eq!(press(true, '?'), chord("?"));
    assert_eq!(press(true, '+'), press(false, '+'));
    assert_eq!(press(false, ' '), chord("Space"));
    assert_eq!(chord("Ctrl++"), Chord::new(true, false, false, Key::Char('+')));
    assert_eq!(chord(" Ctrl + Shift + Tab "), Chord::new(true, true, false, Key::Tab));
}

fn any_key() -> impl Strategy<Value = Key> {
    let named = "Enter Esc Tab Space Backspace Insert Delete Home End PageUp PageDown Left Right \
                 Up Down";
    let named: Vec<Key> = named.split_whitespace().filter_map(|n| key_of(&chord(n))).collect();
    prop_oneof![
        prop::sample::select(named),
        (1u8..=24).prop_map(Key::F),
        any::<char>().prop_map(Key::Char),
        prop::char::range('!', '~').prop_map(Key::Char),
    ]
}

fn key_of(chord: &Chord) -> Option<Key> {
    let all =
        [Key::Enter, Key::Esc, Key::Tab, Key::Space, Key::Backspace, Key::Insert, Key::Delete]
            .into_iter()
            .chain([Key::Home, Key::End, Key::PageUp, Key::PageDown, Key::Left, Key::Right])
            .chain([Key::Up, Key::Down]);
    all.into_iter().find(|key| Chord::new(false, false, false, *key) == *chord)
}

proptest! {
    #[test]
    fn chords_read_back_as_written(ctrl: bool, shift: bool, alt: bool, key in any_key()) {
        let chord = Chord::new(ctrl, shift, alt, key);
        if let Key::Char(c) = key {
            let types = !ctrl && !alt && c.is_ascii_digit() && c != '0';
            prop_assume!(!c.is_control() && (!c.is_whitespace() || c == ' ') && !types);
        }
        prop_assert_eq!(chord.to_string().parse(), Ok(chord));
    }

    #[test]
    fn any_text_is_a_chord_or_an_error(text in ".*|(?i)(ctrl|alt|shift|f|\\+| |[0-9?+a-z]){0,5}") {
        if let Ok(chord) = text.parse::<Chord>() {
            prop_assert_eq!(chord.to_string().parse(), Ok(chord));
        }
    }
}

/// The table of docs/keys.md, as the table of actions has it.
fn page_rows() -> Vec<String> {
    let layouts: Vec<String> =
        (1..=12).map(|it| format!("\"{it}\": Grid(cameras: [\"a\"])")).collect();
    let wall = sound(&format!(
        "(cameras: {{ \"a\": (main: \"rtsp://a/\") }}, layouts: {{ {} }}, \
         tours: {{ \"rounds\": (steps: [(show: \"1\")]) }})",
        layouts.join(", ")
    ))
    .wall;
    let bindings = Bindings::resolve(&wall);
    let row = |action: Action| {
        let chords: Vec<String> = bindings.chords(action).iter().map(ToString::to_string).collect();
        format!("| {} | {} | `{}` |", chords.join(", "), action.describe(&EN.help), action.name())
    };
    let is_layout = |action: &Action| matches!(action, Action::Layout(_));
    let layouts = "| F1 … F12 | Show layout 1 … 12; F11 is full-screen, so layout 11 has no default key | `layout_1` … `layout_12` |";
    let help = bindings.help(&EN.help, &wall);
    let bound: Vec<_> = Action::all().map(|action| action.describe(&EN.help)).collect();
    let rows = help.iter().flat_map(|topic| &topic.rows);
    let fixed = rows
        .filter(|(_, text)| !bound.iter().any(|known| known == text))
        .map(|(keys, text)| format!("| {keys} | {text} | |"));
    Action::all()
        .filter(|action| !is_layout(action))
        .map(row)
        .chain([layouts.to_owned()])
        .chain(fixed)
        .collect()
}

#[test]
fn the_page_lists_the_keys_as_they_are() {
    let page = include_str!("../../../../docs/keys.md");
    let section = page.split("\n## ").find(|section| section.starts_with("Keys\n")).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| key "));
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows, page_rows(), "the table should be:\n{}", page_rows().join("\n"));
}

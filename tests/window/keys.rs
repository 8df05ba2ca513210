//! Selection, layouts, numbers and help, by keys.

use testkit::half_turn;
use testkit::window::screen::keep;
use testkit::window::session::{BARE, WindowSession, all, patterns};
use testkit::window::test_pattern;

#[test]
fn arrows_home_and_end_move_the_selection() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    session.until_all("six patterns");
    session.until_selected("the first is selected at the start", 1);
    // The arrows go round the whole grid and stop at its edges.
    let way = [
        ("Right", 2),
        ("Right", 3),
        ("Right", 3),
        ("Down", 6),
        ("Down", 6),
        ("Left", 5),
        ("Up", 2),
        ("End", 6),
        ("Home", 1),
        ("Left", 1),
    ];
    for (step, (key, selected)) in way.into_iter().enumerate() {
        session.keys(&[key]);
        let shot = session.until_selected(&format!("step {step}: {key}"), selected);
        keep(&shot, &format!("select-{step}-{key}"));
    }
    // Nothing but the frame has moved.
    session.until_all("the pictures stay");
    session.keys(&["End", "Return"]);
    session.until_alone("Enter opens the selected camera", 6);
    session.keys(&["Left"]);
    session.until_alone("an arrow goes to the neighbour", 5);
    session.keys(&["Return"]);
    session.until_all("Enter goes back");
    session.until_selected("the selection has gone along", 5);
}

#[test]
fn a_number_and_enter_open_that_camera() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    session.until_all("six patterns");
    session.keys(&["5"]);
    let shot = session.until_shot("the number is shown while it is typed", |shot| {
        let typed = (500..780).any(|x| (320..400).any(|y| test_pattern::is_selection(shot, x, y)));
        if typed { Ok(()) } else { Err("no letters in the middle".into()) }
    });
    keep(&shot, "number-typed");
    session.keys(&["Return"]);
    keep(&session.until_alone("camera 5", 5), "number-5");
    session.keys(&["2", "Return"]);
    session.until_alone("from one camera to another", 2);
    session.keys(&["Escape"]);
    session.until_all("Esc goes back");
    session.until_selected("camera 2 is selected", 2);
    // There is no camera 57; and Esc forgets a number.
    session.keys(&["5", "7", "Return"]);
    session.until_all("nothing happens without such a camera");
    session.keys(&["6", "Escape", "Return"]);
    session.until_alone("the number was forgotten", 2);
    session.keys(&["KP_4", "KP_Enter"]);
    session.until_alone("the number pad types too", 4);
}

/// The layouts `four` and `big` on a window of the screen's size.
fn four() -> [([u32; 4], u32); 4] {
    [
        ([0, 0, 640, 360], 1),
        ([640, 0, 640, 360], 2),
        ([0, 360, 640, 360], 3),
        ([640, 360, 640, 360], 4),
    ]
}

fn big() -> [([u32; 4], u32); 6] {
    [
        ([0, 0, 853, 480], 1),
        ([853, 0, 427, 240], 2),
        ([853, 240, 427, 240], 3),
        ([853, 480, 427, 240], 4),
        ([0, 480, 427, 240], 5),
        ([427, 480, 426, 240], 6),
    ]
}

#[test]
fn layouts_change_by_tab_pages_and_function_keys() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    session.until_all("the first layout at the start");
    let layouts: [(&str, &[([u32; 4], u32)]); 3] =
        [("all", &all()), ("four", &four()), ("big", &big())];
    let way = [
        ("Tab", 1),
        ("Tab", 2),
        ("Tab", 0),
        ("Next", 1),
        ("Prior", 0),
        ("Prior", 2),
        ("F1", 0),
        ("F3", 2),
        ("F2", 1),
        // There is no fourth.
        ("F4", 1),
    ];
    for (step, (key, layout)) in way.into_iter().enumerate() {
        session.keys(&[key]);
        let (name, tiles) = layouts[layout];
        let shot = session.until_tiles(&format!("step {step}: {key} shows {name}"), tiles);
        keep(&shot, &format!("layout-{step}-{key}-{name}"));
    }
    // Shift goes up as soon as Tab: all of it may come to the wall at once. Each press must count
    // as one step back, never as one forth.
    for step in 0..9 {
        session.keys(&["shift+Tab"]);
        let (name, tiles) = layouts[(12 - step) % 3];
        session.until_tiles(&format!("{step}: Shift+Tab shows {name}"), tiles);
    }
    session.keys(&["F1", "5", "Return"]);
    session.until_alone("one camera", 5);
    session.keys(&["F2"]);
    session.until_tiles("a layout ends full-screen, camera 5 is not in it", &four());
}

#[test]
fn the_help_opens_by_h_and_question_mark() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(""));
    session.until_help("no help at the start", false);
    for (open, close) in
        [("h", "h"), ("question", "question"), ("shift+h", "shift+h"), ("h", "Escape")]
    {
        // Shift+H is another chord than H.
        let opens = open != "shift+h";
        session.keys(&[open]);
        let shot = session.until_help(open, opens);
        keep(&shot, &format!("help-{open}"));
        session.keys(&[close]);
        session.until_help(close, false);
    }
}

#[test]
fn keys_come_from_the_wall_file() {
    let _turn = half_turn();
    let keys = r#"keys: {"help": ["X"], "next_layout": ["G"], "quit": ["Ctrl+E"]},"#;
    let session = WindowSession::open(patterns(&format!("{BARE}\n{keys}")));
    session.until_all("six patterns");
    // What comes after a key without a meaning proves that the key was seen.
    session.keys(&["h", "Right"]);
    session.until_help("H does nothing", false);
    session.until_selected("H was seen", 2);
    session.keys(&["x"]);
    keep(&session.until_help("X opens the help", true), "help-rebound");
    session.keys(&["x"]);
    session.until_help("X closes it", false);
    session.keys(&["Tab", "Right"]);
    session.until_selected("Tab does nothing", 3);
    session.keys(&["g"]);
    session.until_tiles("G is the next layout", &four());
    session.keys(&["F1", "ctrl+q", "End"]);
    session.until_selected("Ctrl+Q does nothing", 6);
    session.keys(&["ctrl+e"]);
    assert_eq!(session.camwall.finish(testkit::SOON).code, Some(0), "Ctrl+E ends it");
}

//! Selection, layouts, numbers and help, by keys.

use testkit::turn;
use testkit::window::screen::keep;
use testkit::window::session::{BARE, Desk, all, cards};
use testkit::window::test_pattern;

#[test]
fn arrows_home_and_end_move_the_selection() {
    let _turn = turn();
    let desk = Desk::open(cards(BARE));
    desk.until_all("six cards");
    desk.until_selected("the first is selected at the start", 1);
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
        desk.keys(&[key]);
        let shot = desk.until_selected(&format!("step {step}: {key}"), selected);
        keep(&shot, &format!("select-{step}-{key}"));
    }
    // Nothing but the frame has moved.
    desk.until_all("the pictures stay");
    desk.keys(&["End", "Return"]);
    desk.until_alone("Enter opens the selected camera", 6);
    desk.keys(&["Left"]);
    desk.until_alone("an arrow goes to the neighbour", 5);
    desk.keys(&["Return"]);
    desk.until_all("Enter goes back");
    desk.until_selected("the selection has gone along", 5);
}

#[test]
fn a_number_and_enter_open_that_camera() {
    let _turn = turn();
    let desk = Desk::open(cards(BARE));
    desk.until_all("six cards");
    desk.keys(&["5"]);
    let shot = desk.until_shot("the number is shown while it is typed", |shot| {
        let amber = (500..780).any(|x| (320..400).any(|y| test_pattern::is_amber(shot, x, y)));
        if amber { Ok(()) } else { Err("no amber letters in the middle".into()) }
    });
    keep(&shot, "number-typed");
    desk.keys(&["Return"]);
    keep(&desk.until_alone("camera 5", 5), "number-5");
    desk.keys(&["2", "Return"]);
    desk.until_alone("from one camera to another", 2);
    desk.keys(&["Escape"]);
    desk.until_all("Esc goes back");
    desk.until_selected("camera 2 is selected", 2);
    // There is no camera 57; and Esc forgets a number.
    desk.keys(&["5", "7", "Return"]);
    desk.until_all("nothing happens without such a camera");
    desk.keys(&["6", "Escape", "Return"]);
    desk.until_alone("the number was forgotten", 2);
    desk.keys(&["KP_4", "KP_Enter"]);
    desk.until_alone("the number pad types too", 4);
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
    let _turn = turn();
    let desk = Desk::open(cards(BARE));
    desk.until_all("the first layout at the start");
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
        desk.keys(&[key]);
        let (name, tiles) = layouts[layout];
        let shot = desk.until_tiles(&format!("step {step}: {key} shows {name}"), tiles);
        keep(&shot, &format!("layout-{step}-{key}-{name}"));
    }
    // Shift goes up as soon as Tab: all of it may come to the wall at once. Each press must count
    // as one step back, never as one forth.
    for step in 0..9 {
        desk.keys(&["shift+Tab"]);
        let (name, tiles) = layouts[(12 - step) % 3];
        desk.until_tiles(&format!("{step}: Shift+Tab shows {name}"), tiles);
    }
    desk.keys(&["F1", "5", "Return"]);
    desk.until_alone("one camera", 5);
    desk.keys(&["F2"]);
    desk.until_tiles("a layout ends full-screen, camera 5 is not in it", &four());
}

#[test]
fn the_help_opens_by_h_and_question_mark() {
    let _turn = turn();
    let desk = Desk::open(cards(""));
    desk.until_help("no help at the start", false);
    for (open, close) in
        [("h", "h"), ("question", "question"), ("shift+h", "shift+h"), ("h", "Escape")]
    {
        // Shift+H is another chord than H.
        let opens = open != "shift+h";
        desk.keys(&[open]);
        let shot = desk.until_help(open, opens);
        keep(&shot, &format!("help-{open}"));
        desk.keys(&[close]);
        desk.until_help(close, false);
    }
}

#[test]
fn keys_come_from_the_wall_file() {
    let _turn = turn();
    let keys = r#"keys: {"help": ["X"], "next_layout": ["N"], "quit": ["Ctrl+E"]},"#;
    let desk = Desk::open(cards(&format!("{BARE}\n{keys}")));
    desk.until_all("six cards");
    // What comes after a key without a meaning proves that the key was seen.
    desk.keys(&["h", "Right"]);
    desk.until_help("H does nothing", false);
    desk.until_selected("H was seen", 2);
    desk.keys(&["x"]);
    keep(&desk.until_help("X opens the help", true), "help-rebound");
    desk.keys(&["x"]);
    desk.until_help("X closes it", false);
    desk.keys(&["Tab", "Right"]);
    desk.until_selected("Tab does nothing", 3);
    desk.keys(&["n"]);
    desk.until_tiles("N is the next layout", &four());
    desk.keys(&["F1", "ctrl+q", "End"]);
    desk.until_selected("Ctrl+Q does nothing", 6);
    desk.keys(&["ctrl+e"]);
    assert_eq!(desk.camwall.finish(testkit::SOON).code, Some(0), "Ctrl+E ends it");
}

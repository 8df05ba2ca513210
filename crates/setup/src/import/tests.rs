//! Lists as people and other programs keep them: what becomes of them, and what is told.

use std::time::Duration;

use camwall_config::{Layout, Login, Monitor, Step, Tile, Tour, Transport, Wall};

use super::*;
use crate::draft::LoginFile;

/// In every password here.
const CANARY: &str = "canary";

const LISTS: [(&str, &str); 4] = [
    ("table.csv", include_str!("fixtures/table.csv")),
    ("list.m3u", include_str!("fixtures/list.m3u")),
    ("cctv-viewer.conf", include_str!("fixtures/cctv-viewer.conf")),
    ("monitor1.yml", include_str!("fixtures/monitor1.yml")),
];

fn fixture(name: &str) -> &'static str {
    LISTS.iter().find(|(list, _)| *list == name).unwrap().1
}

struct Made {
    format: Format,
    wall: Wall,
    logins: Vec<LoginFile>,
    told: Vec<String>,
}

fn made(text: &str) -> Made {
    let Imported { format, draft, told } =
        read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    let (wall, logins) = draft.finish();
    let text = wall.write("");
    let loaded = Wall::parse(&text, "wall.ron").unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    assert_eq!((loaded.warnings, loaded.wall), (vec![], wall.clone()));
    Made { format, wall, logins, told: told.iter().map(ToString::to_string).collect() }
}

/// The cameras: id, name, address.
fn cameras(wall: &Wall) -> Vec<(&str, &str, &str)> {
    wall.cameras.iter().map(|(id, it)| (id.as_str(), it.label(id), it.main.expose())).collect()
}

/// The layouts: name, and the cameras in their places.
fn grids(wall: &Wall) -> Vec<(&str, Option<u32>, Vec<&str>)> {
    wall.layouts
        .iter()
        .filter_map(|(name, layout)| match layout {
            Layout::Grid { columns, cameras } => {
                Some((name.as_str(), *columns, cameras.iter().map(String::as_str).collect()))
            }
            Layout::Tiles { .. } => None,
        })
        .collect()
}

#[test]
fn no_password_of_any_list_is_told_or_written() {
    for (name, text) in LISTS {
        assert!(text.contains(CANARY), "{name} has one");
        let made = made(text);
        let written = made.wall.write("");
        assert!(!written.contains(CANARY), "{name}: {written}");
        assert!(!made.told.concat().contains(CANARY), "{name}: {:?}", made.told);
        assert!(!format!("{:?} {:?}", made.wall, made.logins).contains(CANARY), "{name}");
        assert!(made.logins.iter().any(|kept| kept.login.password().contains(CANARY)), "{name}");
        // Nor of one that is broken, wherever that is.
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)).step_by(7) {
            if let Err(error) = read(&text.as_bytes()[..end]) {
                assert!(!format!("{error} {error:?}").contains(CANARY), "{name}: {error:?}");
            }
        }
    }
}

#[test]
fn a_table_with_headings_is_read_by_them() {
    let made = made(fixture("table.csv"));
    assert_eq!(made.format, Format::Csv);
    assert_eq!(
        cameras(&made.wall),
        [
            ("haupttor", "Haupttor", "rtsp://10.0.0.11/stream1"),
            (
                "hof-süd-alt",
                "Hof, Süd (alt)",
                "rtsp://10.0.0.12:554/cam/realmonitor?channel=1&subtype=0"
            ),
            ("10-0-0-13", "10.0.0.13", "rtsp://10.0.0.13/live"),
        ]
    );
    let gate = &made.wall.cameras["haupttor"];
    assert_eq!(gate.sub, Some("rtsp://10.0.0.11/stream2".into()));
    assert_eq!(gate.login, Some(Login::File("logins/haupttor".into())));
    assert_eq!(made.wall.cameras["hof-süd-alt"].login, gate.login);
    assert_eq!(made.logins.len(), 1);
    assert_eq!(made.logins[0].login.password(), "canary;7,\"x\"");
    assert_eq!(
        grids(&made.wall),
        [
            ("all", None, vec!["haupttor", "hof-süd-alt", "10-0-0-13"]),
            ("Außen", None, vec!["haupttor", "hof-süd-alt"]),
        ]
    );
    assert_eq!(
        made.told,
        [
            "line 5: left out: no scheme; write `rtsp://…` for a camera, or `./…` for a file",
            "line 6: left out: there is no address in it",
            "line 8: left out: the address is that of camera `haupttor`",
        ]
    );
}

#[test]
fn tables_without_headings_and_lists_of_addresses_are_read() {
    let table = made("Gate\trtsp://h/1\trtsp://h/1s\nYard\trtsp://h/2\t\n");
    assert_eq!(
        cameras(&table.wall),
        [("gate", "Gate", "rtsp://h/1"), ("yard", "Yard", "rtsp://h/2")]
    );
    assert_eq!(table.wall.cameras["gate"].sub, Some("rtsp://h/1s".into()));
    let list = made("# my cameras\r\nrtsp://op:canary@h/1\r\n\r\nhttp://i/2\r\n");
    assert_eq!(cameras(&list.wall), [("h", "h", "rtsp://h/1"), ("i", "i", "http://i/2")]);
    // Whether a text behind the address is a password nobody can tell.
    let more = made("Gate,rtsp://h/1,admin,canary\n");
    assert_eq!(
        more.told,
        ["line 1: left out: columns without a heading beside the address and the name"]
    );
    assert_eq!(more.wall.cameras["gate"].login, None);
}

#[test]
fn an_m3u_list_gives_names_groups_and_logins() {
    let made = made(fixture("list.m3u"));
    assert_eq!(made.format, Format::M3u);
    assert_eq!(
        cameras(&made.wall),
        [
            ("gate-left", "Gate, left", "rtsp://10.0.0.11/stream1"),
            ("yard", "Yard", "rtsp://10.0.0.12/live"),
            ("10-0-0-14", "10.0.0.14", "http://10.0.0.14/video"),
        ]
    );
    assert_eq!(
        grids(&made.wall),
        [
            ("all", None, vec!["gate-left", "yard", "10-0-0-14"]),
            ("Front, all", None, vec!["gate-left"]),
            ("Back", None, vec!["yard"]),
        ]
    );
    let kept: Vec<_> =
        made.logins.iter().map(|it| (it.login.user(), it.login.password())).collect();
    assert_eq!(kept, [("operator", "canary 1"), ("op", "canary2")]);
    assert_eq!(read(b"#EXTM3U\n#EXT-X-VERSION:3\n1.ts\n").unwrap_err(), ImportError::Stream);
}

#[test]
fn a_camera_in_two_groups_is_in_both_layouts() {
    let m3u = "#EXTM3U\n#EXTINF:-1 group-title=\"Front\",Gate\nrtsp://u:canary@h/1\n\
               #EXTINF:-1 group-title=\"Back\",Yard\nrtsp://h/2\n\
               #EXTINF:-1 group-title=\"Back\",Gate\nrtsp://u:canary@h/1\n\
               #EXTINF:-1 group-title=\"Back\",Gate\nrtsp://h/1\n";
    let csv = "name,url,group,user,password\nGate,rtsp://h/1,Front,u,canary\nYard,rtsp://h/2,Back,,\n\
               Gate,rtsp://h/1,Back,u,canary\nGate,rtsp://h/1,Back,,\n";
    for (list, last) in [(m3u, 9), (csv, 5)] {
        let made = made(list);
        assert_eq!(
            grids(&made.wall),
            [
                ("all", None, vec!["gate", "yard"]),
                ("Front", None, vec!["gate"]),
                ("Back", None, vec!["yard", "gate"]),
            ]
        );
        // Twice in the same group it is once, and that is told.
        assert_eq!(
            made.told,
            [format!("line {last}: left out: the address is that of camera `gate`")]
        );
    }
    let other = made(
        "name,url,group,user,password\nGate,rtsp://h/1,A,u,canary\nDoor,rtsp://h/1,B,,\nGate,rtsp://h/1,C,v,canary\n",
    );
    assert_eq!(other.wall.layouts.len(), 4);
    let told = |line| {
        format!("line {line}: it is camera `gate`, which keeps its name, smaller stream and login")
    };
    assert_eq!(other.told, [told(3), told(4)]);
}

#[test]
fn a_key_inside_an_address_is_told_once() {
    let dvr = "rtsp://h/user=admin_password=canary_channel=1_stream=0.sdp";
    for list in [
        format!("{dvr}\nrtsp://h/x?pwd=canary\nrtsp://h/plain\n"),
        format!("#EXTM3U\n#EXTINF:-1,a\n{dvr}\nrtsp://h/x?pwd=canary\n"),
        format!(
            "essentials:\n  screens:\n    - streams: [{{url: '{dvr}'}}, {{url: 'rtsp://h/2?pwd=canary'}}]\n"
        ),
        format!("name,url,sub\na,rtsp://h/1,rtsp://h/2?pwd=canary\nb,{dvr},\n"),
    ] {
        let made = made(&list);
        let keys: Vec<_> = made.told.iter().filter(|told| told.contains("holds a key")).collect();
        assert_eq!((made.told.len(), keys.len()), (1, 1), "{list}: {:?}", made.told);
        assert!(!keys[0].contains(CANARY), "{keys:?}");
        assert!(made.wall.write("").contains(CANARY), "it says what is so: {list}");
    }
}

#[test]
fn options_that_have_an_equivalent_are_taken_over_and_the_others_told_once() {
    let stream = |number: u8, rest: &str| format!("{{url: 'rtsp://h/{number}', {rest}}}");
    let streams = [
        stream(1, "freeform_advanced_mpv_options: '--rtsp-transport=tcp'"),
        stream(
            2,
            "freeform_advanced_mpv_options: '--rtsp-transport=udp --untimed', enableaudio: True",
        ),
        stream(3, "rtsp_over_tcp: true, probe_timeout: 9, enableaudio: true"),
        stream(4, "timeout_waiting_for_init_stream: 9, enableaudio: False"),
    ];
    let text = format!(
        "essentials:\n  interval_check_status: 30\n  screens:\n    - streams: [{}]\n      disable_probing_for_all_streams: true\n",
        streams.join(", ")
    );
    let made = made(&text);
    let transports: Vec<_> = made.wall.cameras.values().map(|it| it.transport).collect();
    assert_eq!(transports, [Transport::Tcp, Transport::Udp, Transport::Tcp, Transport::Auto]);
    assert_eq!(
        made.told,
        ["options: not taken over: `disable_probing_for_all_streams`, `enableaudio`, \
          `freeform_advanced_mpv_options`, `interval_check_status`, `probe_timeout`, \
          `timeout_waiting_for_init_stream`"]
    );
}

#[test]
fn the_preset_that_cctv_viewer_shows_and_its_transport_are_taken_over() {
    let preset =
        |items: &str| format!(r#"{{\"size\":{{\"width\":1,\"height\":1}},\"items\":[{items}]}}"#);
    let item = |number: u8, rest: &str| format!(r#"{{\"url\":\"rtsp://h/{number}\"{rest}}}"#);
    let udp =
        r#",\"avFormatOptions\":{\"rtsp_transport\":\"udp\",\"probesize\":500000},\"volume\":0.5"#;
    let presets = [preset(&item(1, "")), preset(&item(2, udp)), preset("")].join(",");
    let file = |index: u8| {
        format!("[ViewportsLayoutsCollection]\ncurrentIndex={index}\nmodels=\"[{presets}]\"\n")
    };
    let second = made(&file(1));
    assert_eq!(second.wall.show.as_deref(), Some("preset 2"));
    assert_eq!(second.wall.cameras.values().last().unwrap().transport, Transport::Udp);
    assert_eq!(second.told, ["options: not taken over: `avFormatOptions`, `volume`"]);
    // An empty one is no layout.
    assert_eq!(made(&file(2)).wall.show, None);
}

#[test]
fn each_preset_of_cctv_viewer_is_a_layout() {
    let made = made(fixture("cctv-viewer.conf"));
    assert_eq!(made.format, Format::CctvViewer);
    assert_eq!(
        cameras(&made.wall),
        [
            ("10-0-0-11", "10.0.0.11", "rtsp://10.0.0.11/tür"),
            ("10-0-0-12", "10.0.0.12", "rtsp://10.0.0.12/live"),
            ("10-0-0-13", "10.0.0.13", "rtsp://10.0.0.13/live"),
        ]
    );
    assert_eq!(
        grids(&made.wall),
        [("preset 1", Some(2), vec!["10-0-0-11", "10-0-0-12", "", "10-0-0-13"])]
    );
    let tile = |camera: &str, column, row, side| Tile {
        camera: camera.into(),
        column,
        row,
        width: side,
        height: side,
        ..Tile::default()
    };
    let tiles =
        vec![tile("10-0-0-12", 0, 0, 2), tile("10-0-0-11", 2, 0, 1), tile("10-0-0-13", 2, 1, 1)];
    assert_eq!(made.wall.layouts["preset 2"], Layout::Tiles { columns: 3, rows: 3, tiles });
    assert_eq!(made.wall.layouts.len(), 2, "an empty preset is none");
    assert_eq!(made.told, [] as [&str; 0]);
}

#[test]
fn each_screen_of_opensurv_is_a_layout_and_a_step_of_a_tour() {
    let made = made(fixture("monitor1.yml"));
    assert_eq!(made.format, Format::OpenSurv);
    let names: Vec<_> = made.wall.cameras.keys().map(String::as_str).collect();
    assert_eq!(names, ["10-0-0-11", "10-0-0-12", "10-0-0-13", "10-0-0-15", "10-0-0-14"]);
    assert_eq!(
        grids(&made.wall),
        [("screen 1", Some(2), vec!["10-0-0-11", "10-0-0-12", "10-0-0-13", "10-0-0-15"])]
    );
    let tile = |camera: &str, column, row, width, height, overlap| Tile {
        camera: camera.into(),
        column,
        row,
        width,
        height,
        overlap,
        ..Tile::default()
    };
    let tiles = vec![
        tile("10-0-0-11", 10, 0, 22, 20, false),
        tile("10-0-0-12", 0, 0, 10, 10, false),
        tile("10-0-0-14", 0, 20, 10, 7, false),
        tile("10-0-0-13", 28, 1, 3, 3, true),
    ];
    assert_eq!(made.wall.layouts["screen 2"], Layout::Tiles { columns: 32, rows: 27, tiles });
    assert_eq!(
        made.told,
        [
            "screen 1, stream 4: left out: a picture and no camera",
            "screen 1, stream 5: `<…>` stands where its login should be: no login is taken over",
            "screen 2: the screen is not turned: `rotation` in the wall file turns a whole wall",
            "options: not taken over: `probe_timeout`",
        ]
    );
    let step = |show: &str, time| Step { show: show.to_owned(), time };
    let (first, second) = (Duration::from_secs(20), Duration::from_secs(30));
    let steps = vec![step("screen 1", None), step("screen 2", Some(second))];
    assert_eq!(made.wall.tours["screens"], Tour { every: first, ..Tour::of(steps) });
    assert_eq!(made.wall.show.as_deref(), Some("screens"));
    assert!(made.wall.walls.is_empty());
}

#[test]
fn screens_that_do_not_rotate_or_too_fast_or_too_often() {
    let stream = "      - streams: [{url: 'rtsp://h/1'}]\n";
    let essentials = |rest: &str| format!("essentials:\n  screens:\n{rest}");
    let still = essentials(&format!("{stream}{stream}  disable_autorotation: True\n"));
    let wall = made(&still).wall;
    assert_eq!((wall.tours.len(), wall.show.as_deref()), (0, Some("screen 1")));
    let fast = essentials(&format!("{stream}        duration: 0.5\n{stream}        duration: 1\n"));
    let fast = made(&fast);
    assert_eq!(fast.wall.tours["screens"].every, Duration::from_secs(2));
    let told = ["0", "1"].map(|seconds| {
        let number = if seconds == "0" { 1 } else { 2 };
        format!("screen {number}: shown for 2 s instead of {seconds} s: a step of a tour takes 2 s to 1 h")
    });
    assert_eq!(fast.told, told);
    let many = made(&essentials(&stream.repeat(66)));
    assert_eq!(many.wall.tours["screens"].steps.len(), 64);
    assert_eq!(
        many.told,
        [65, 66].map(|it| format!("screen {it}: no step of the tour: it has at most 64"))
    );
    // An only screen follows nobody.
    assert!(made(&essentials(stream)).wall.tours.is_empty());
}

#[test]
fn each_monitor_of_opensurv_is_a_wall() {
    let second =
        "essentials:\n  screens:\n    - streams: [{url: 'rtsp://10.0.0.12/live'}, {url: 'x'}]\n";
    let lists = [fixture("monitor1.yml"), second].map(|text| text.as_bytes().to_vec());
    let Imported { draft, told, format } = read_all(&lists).unwrap();
    assert_eq!(format, Format::OpenSurv);
    let (wall, _) = draft.finish();
    assert_eq!(Wall::parse(&wall.write(""), "wall.ron").unwrap().wall, wall);
    let layouts: Vec<_> = wall.layouts.keys().map(String::as_str).collect();
    assert_eq!(layouts, ["monitor 1 screen 1", "monitor 1 screen 2", "monitor 2 screen 1"]);
    let walls: Vec<_> = wall
        .walls
        .iter()
        .map(|(name, it)| (name.as_str(), it.show.as_deref(), it.monitor.clone()))
        .collect();
    assert_eq!(
        walls,
        [
            ("monitor 1", Some("monitor 1 screens"), Some(Monitor::Index(0))),
            ("monitor 2", Some("monitor 2 screen 1"), Some(Monitor::Index(1))),
        ]
    );
    assert_eq!(wall.show, None);
    assert_eq!(wall.cameras.len(), 5, "a camera on both is one");
    let of_second: Vec<_> =
        told.iter().filter(|it| it.list == 1).map(ToString::to_string).collect();
    assert_eq!(of_second.len(), 1, "{of_second:?}");
    assert!(of_second[0].starts_with("screen 1, stream 2: left out"), "{of_second:?}");
    let other = [fixture("monitor1.yml"), "rtsp://h/1"].map(|text| text.as_bytes().to_vec());
    assert_eq!(read_all(&other).unwrap_err(), (1, ImportError::Several));
}

#[test]
fn places_that_fit_no_cells_are_moved_to_the_nearest() {
    let made = made(
        "essentials:\n  screens:\n    - streams:\n        - {url: 'rtsp://h/1', force_coordinates: [0, 0, 961, 1080]}\n        - {url: 'rtsp://h/2', force_coordinates: [961, 0, 1920, 541]}\n        - {url: 'rtsp://h/3', force_coordinates: [5, 9, 3, 1]}\n",
    );
    let Layout::Tiles { columns: 64, rows: 64, tiles } = &made.wall.layouts["screen 1"] else {
        panic!()
    };
    let places: Vec<_> = tiles.iter().map(|it| (it.column, it.row, it.width, it.height)).collect();
    // The third has no place, and stands in the second row of OpenSurv's grid.
    assert_eq!(places, [(0, 0, 32, 64), (32, 0, 32, 32), (0, 32, 32, 32)]);
    assert!(tiles[2].overlap);
    assert_eq!(
        made.told,
        [
            "screen 1, stream 3: its coordinates are no place on a screen: it stands in a grid with the others",
            "screen 1: places are moved to the nearest of 64 × 64 cells",
        ]
    );
}

#[test]
fn what_is_no_list_is_said_to_be_none() {
    let error = |bytes: &[u8]| read(bytes).unwrap_err();
    assert_eq!(error(b""), ImportError::Unknown);
    assert_eq!(error(b"(cameras: {})"), ImportError::Unknown);
    assert_eq!(error(b"a\nb\xff\n"), ImportError::NotText(2));
    assert_eq!(error(&vec![b' '; MOST_BYTES + 1]), ImportError::TooLong);
    assert!(
        matches!(error(b"name,url\nGate,sftp://h\n"), ImportError::NoCamera(told) if told.len() == 1)
    );
    let broken =
        "[ViewportsLayoutsCollection]\nmodels=\"[{\\\"url\\\": \\\"rtsp://u:canary@h\\\"\"\n";
    assert_eq!(
        error(broken.as_bytes()),
        ImportError::Broken { format: Format::CctvViewer, line: 2 }
    );
    let broken = "essentials:\n  screens:\n    - streams: [{url: [rtsp://u:canary@h]}]\n";
    assert!(matches!(
        error(broken.as_bytes()),
        ImportError::Broken { format: Format::OpenSurv, .. }
    ));
    let many: String = (0..2000).map(|number| format!("rtsp://h/{number}\n")).collect();
    assert!(matches!(error(many.as_bytes()), ImportError::TooMany(_)));
}

#[test]
fn a_yaml_of_aliases_is_no_bomb() {
    let mut text = "essentials:\n  screens:\n    - streams: &a0 [{url: 'rtsp://h/1'}]\n".to_owned();
    for level in 1..30 {
        let before = level - 1;
        text += &format!(
            "      x{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"
        );
    }
    let began = std::time::Instant::now();
    drop(read(text.as_bytes()));
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}

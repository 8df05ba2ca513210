//! Names that the built-in font can't write: what the wall shows for them, and what `check` says.
//!
//! Needs a font with Traditional Chinese, which `make setup` installs. A wall without fonts is one
//! whose fontconfig is set up to know none.

use std::path::{Path, PathBuf};

use image::{GrayImage, imageops};

use testkit::{Camwall, Picture, Run, SOON, WallFile, half_turn, rtsp};

/// The main entrance's camera.
const NAME: &str = "正門攝影機";

/// A camera that is not there, with a name.
fn named(name: &str) -> String {
    format!("name: {name:?}, {}", rtsp("rtsp://127.0.0.1:1/x"))
}

/// A fontconfig that knows the fonts of this folder.
fn fontconfig(wall: &WallFile, fonts: Option<&Path>) -> PathBuf {
    let path = wall.file("fonts.conf");
    let dir = fonts.map(|folder| format!("<dir>{}</dir>", folder.display())).unwrap_or_default();
    let cache = format!("<cachedir>{}</cachedir>", wall.file("cache").display());
    std::fs::write(&path, format!("<fontconfig>{dir}{cache}</fontconfig>")).expect("written");
    path
}

/// The picture of a wall that is started by `run`, and the wall.
fn picture(wall: &WallFile, run: Run) -> (Picture, Camwall) {
    let snapshot = wall.file("wall.png");
    let mut camwall = run.args([Path::new("--snapshot"), &snapshot]).start();
    camwall.wait_file(&snapshot, SOON);
    (Picture::read(&snapshot), camwall)
}

/// The letters of a name of `count` letters of the same width, in grey. The label stands in this
/// part of the picture and begins with the number, two blanks before the name.
fn letters(part: &GrayImage, count: u32) -> Vec<GrayImage> {
    let inked = |x: &u32| (0..part.height()).any(|y| part.get_pixel(*x, y).0[0] > 140);
    let columns: Vec<u32> = (0..part.width()).filter(inked).collect();
    // The widest gap in the first half is that behind the number.
    let half = &columns[..columns.len() / 2];
    let gap = |pair: &&[u32]| pair[1] - pair[0];
    let start = half.windows(2).max_by_key(gap).expect("a label")[1];
    let end = columns.last().expect("ink") + 1;
    let width = f64::from(end - start) / f64::from(count);
    let cut = |index: u32| {
        let x = f64::from(start) + f64::from(index) * width;
        imageops::crop_imm(part, x as u32, 0, width as u32, part.height()).to_image()
    };
    (0..count).map(cut).collect()
}

/// How much two letters differ at their best match: mean distance of grey, 0 to 255.
fn difference(a: &GrayImage, b: &GrayImage) -> f64 {
    let at_shift = |shift: i64| {
        let (mut sum, mut count) = (0.0, 0);
        for (x, y, pixel) in a.enumerate_pixels() {
            let x = i64::from(x) + shift;
            if (0..i64::from(b.width())).contains(&x) {
                sum += f64::from(pixel.0[0].abs_diff(b.get_pixel(x as u32, y).0[0]));
                count += 1;
            }
        }
        sum / f64::from(count)
    };
    (-3..=3).map(at_shift).fold(f64::INFINITY, f64::min)
}

/// The smallest and the largest difference of any two of these letters.
fn differences(letters: &[GrayImage]) -> (f64, f64) {
    let others = |i: usize| letters[i + 1..].iter().map(move |b| difference(&letters[i], b));
    let all = (0..letters.len()).flat_map(others);
    all.fold((f64::INFINITY, 0.0), |(least, most), it| (least.min(it), it.max(most)))
}

/// The first row of a wall's only tile, where the label stands.
fn label(picture: &Picture, (x, y): (u32, u32), (width, height): (u32, u32)) -> GrayImage {
    imageops::grayscale(&imageops::crop_imm(&picture.0, x, y, width, height).to_image())
}

#[test]
fn a_chinese_name_is_written_with_an_installed_font() {
    let _turn = half_turn();
    let wall = || WallFile::new(&[("gate", named(NAME))], "overlay: (clock: false)");
    let (wall, fontless) = (wall(), wall());
    let none = fontconfig(&fontless, None);
    let run = |wall| Run::offscreen_of("1280x720", wall);
    let ((with, camwall), (without, fontless)) = std::thread::scope(|scope| {
        let with = scope.spawn(|| picture(&wall, run(&wall)));
        let without = picture(&fontless, run(&fontless).env("FONTCONFIG_FILE", none));
        (with.join().expect("a picture"), without)
    });
    assert!(camwall.threads().contains("fonts"), "{}", camwall.threads());
    let ended = camwall.terminate();
    assert!(!ended.stderr.contains("no installed font"), "{ended:?}");
    let ended = fontless.terminate();
    let said = "no installed font has 正, 門, 攝, 影, 機; `apt install libfontconfig1 fonts-";
    assert_eq!(ended.stderr.matches(said).count(), 1, "{ended:?}");

    let part = |picture| label(picture, (4, 6), (600, 44));
    let (with, without) = (letters(&part(&with), 5), letters(&part(&without), 5));
    let (letters, boxes) = (differences(&with), differences(&without));
    eprintln!("letters differ by {letters:?}, boxes by {boxes:?}");
    // The last box is cut at its ink, so it is narrower.
    assert!(boxes.1 < 16.0, "boxes are all the same: {boxes:?}");
    assert!(letters.0 > 25.0, "letters are not: {letters:?}");
}

#[test]
fn a_latin_name_needs_no_installed_font() {
    let _turn = half_turn();
    let wall = WallFile::new(&[("gate", named("Straße → Ворота"))], "overlay: (clock: false)");
    let mut camwall = Run::offscreen(&wall).start();
    // Its state is written by now, and its name long before.
    camwall.wait_for("two tries", SOON, |line| line.camera("gate").reconnects >= 2);
    assert!(!camwall.threads().contains("fonts"), "{}", camwall.threads());
}

/// The glyph texture grows with what it has to hold.
#[test]
fn a_hundred_chinese_names_are_all_written() {
    let _turn = half_turn();
    let letter = |index: u32| char::from_u32(0x4e00 + 61 * index).expect("a Han character");
    let name = |index: u32| (0..3).map(|place| letter(3 * index + place)).collect::<String>();
    let cameras: Vec<(String, String)> =
        (0..100).map(|index| (format!("c{index}"), named(&name(index)))).collect();
    let wall = WallFile::new(&cameras, "overlay: (clock: false)");
    let (picture, camwall) = picture(&wall, Run::offscreen_of("2400x1600", &wall));
    let ended = camwall.terminate();
    assert!(!ended.stderr.contains("no installed font"), "{ended:?}");
    for index in 0..100 {
        // Inside the frame of the selected tile.
        let at = (index % 10 * 240 + 14, index / 10 * 160 + 12);
        let (least, _) = differences(&letters(&label(&picture, at, (190, 28)), 3));
        assert!(least > 12.0, "camera {}: {least}", index + 1);
    }
}

/// What `check` says of a wall, with this fontconfig.
fn check(wall: &WallFile, fonts: &Path) -> String {
    let ended = Run::bare(["check"]).args([wall.path()]).env("FONTCONFIG_FILE", fonts).finish(SOON);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stderr
}

#[test]
fn check_names_what_no_font_has_and_which_package_brings_it() {
    let cameras = [("gate", named("正門 A")), ("後門", rtsp("/dev/null")), ("yard", named("Yard"))];
    let wall = WallFile::new(&cameras, "");
    // As installed by `make setup`.
    let ended = Run::bare(["check"]).args([wall.path()]).finish(SOON);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");

    let missing = |id: &str, has: &str| {
        format!(
            "camera `{id}`: no installed font has {has}; \
             `apt install libfontconfig1 fonts-wqy-microhei` (warning)"
        )
    };
    let (gate, back) = (missing("gate", "正, 門"), missing("後門", "後, 門"));
    let path = wall.path();
    let path = path.display();
    let want = format!("{path}:3:24: {gate}\n{path}:4:9: {back}\n");
    assert_eq!(check(&wall, &fontconfig(&wall, None)), want);
}

/// Not only cameras have names that stand on the wall.
#[test]
fn check_reads_the_names_of_tours_and_of_walls_that_the_help_names() {
    let rest = "\
    tours: { \"巡回\": (steps: [(show: \"all\")]) },
    walls: { \"左\": (show: \"巡回\"), \"右\": () },
    keys: { \"quit@左\": [\"Q\"] },";
    let wall = WallFile::new(&[("gate", named("Gate"))], rest);
    let said = check(&wall, &fontconfig(&wall, None));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("tour `巡回`: no installed font has 巡, 回;"), "{said}");
    assert!(lines[1].contains("wall `左`: no installed font has 左;"), "{said}");
    assert_eq!(lines.len(), 2, "the name of the other wall stands nowhere: {said}");
}

/// Another script, another package; each once, and a long list is cut.
#[test]
fn check_names_the_package_of_each_script() {
    let all: String = ('\u{ac00}'..'\u{ac10}').collect();
    let cameras = [("a", named("ประตู")), ("b", named("入口カメラ")), ("c", named(&all))];
    let wall = WallFile::new(&cameras, "");
    let said = check(&wall, &fontconfig(&wall, None));
    let lines: Vec<&str> = said.lines().collect();
    for (line, package) in
        lines.iter().zip(["fonts-thai-tlwg", "fonts-ipafont-gothic", "fonts-nanum"])
    {
        let end = format!("; `apt install libfontconfig1 {package}` (warning)");
        assert!(line.ends_with(&end), "{said}");
    }
    assert!(lines.len() == 3 && lines[2].contains("갋 and 4 more;"), "{said}");
}

/// Broken files among the fonts cost nobody more than a character.
#[test]
fn broken_font_files_are_passed_over() {
    let wall = WallFile::new(&[("gate", named(NAME))], "");
    let fonts = wall.file("fonts");
    std::fs::create_dir(&fonts).expect("a folder");
    let whole =
        std::fs::read("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc").expect("make setup");
    std::fs::write(fonts.join("garbage.ttf"), &whole[whole.len() / 2..]).expect("written");
    std::fs::write(fonts.join("cut.ttc"), &whole[..whole.len() / 2]).expect("written");
    let mut torn = whole.clone();
    torn[200_000..].iter_mut().step_by(97).for_each(|byte| *byte ^= 0x5a);
    std::fs::write(fonts.join("torn.ttc"), &torn).expect("written");
    let config = fontconfig(&wall, Some(&fonts));
    let said = check(&wall, &config);
    assert!(!said.contains("panicked"), "{said}");
    std::fs::write(fonts.join("whole.ttc"), &whole).expect("written");
    assert_eq!(check(&wall, &config), "");
}

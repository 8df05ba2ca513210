//! How far apart the colours are, for everybody.

use super::*;
use crate::burn_in::{Brightness, ScreenCare};
use camwall_config::Night;

/// A colour in CIELAB: lightness, green to red, blue to yellow.
type Lab = [f64; 3];

/// What somebody sees of light: a matrix on linear red, green and blue.
type Sight = [[f64; 3]; 3];

/// Ordinary sight, and that without one kind of cones: Machado, Oliveira and Fernandes, "A
/// Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE Transactions on
/// Visualization and Computer Graphics 15 (2009), their table for severity 1.0.
const SIGHTS: [(&str, Sight); 4] = [
    ("ordinary", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ),
];

/// The least distance by which two colours are told apart at a glance.
const APART: f64 = 15.0;

/// Linear light of a gamma-encoded share (IEC 61966-2-1).
fn linear(share: f64) -> f64 {
    if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
}

fn times(matrix: &Sight, [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * x + row[1] * y + row[2] * z)
}

/// What somebody sees of a colour on a wall (sRGB, D65).
fn seen(color: [f32; 4], sight: &Sight) -> Lab {
    let light = [color[0], color[1], color[2]].map(|share| linear(f64::from(share)));
    let light = times(sight, light).map(|share| share.clamp(0.0, 1.0));
    let to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ];
    let [x, y, z] = times(&to_xyz, light);
    let root = |t: f64| {
        if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 }
    };
    let (x, y, z) = (root(x / 0.95047), root(y), root(z / 1.08883));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The distance of two colours by CIEDE2000, all factors 1.
fn distance([l1, a1, b1]: Lab, [l2, a2, b2]: Lab) -> f64 {
    let seventh = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25f64.powi(7))).sqrt();
    let more = 1.5 - 0.5 * seventh(f64::midpoint(a1.hypot(b1), a2.hypot(b2)));
    let (a1, a2) = (a1 * more, a2 * more);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let hue = match f64::midpoint(h1, h2) {
        middle if grey => 2.0 * middle,
        middle if (h1 - h2).abs() <= 180.0 => middle,
        middle if h1 + h2 < 360.0 => middle + 180.0,
        middle => middle - 180.0,
    };
    let (dl, dc) = (l2 - l1, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (light, chroma) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let wave = |share: f64, degrees: f64| share * degrees.to_radians().cos();
    let t = 1.0 - wave(0.17, hue - 30.0) + wave(0.24, 2.0 * hue) + wave(0.32, 3.0 * hue + 6.0)
        - wave(0.20, 4.0 * hue - 63.0);
    let turned = 30.0 * (-((hue - 275.0) / 25.0).powi(2)).exp();
    let off = (light - 50.0).powi(2);
    let (sl, sc) = (1.0 + 0.015 * off / (20.0 + off).sqrt(), 1.0 + 0.045 * chroma);
    let sh = 1.0 + 0.015 * chroma * t;
    let twist = -2.0 * seventh(chroma) * (2.0 * turned).to_radians().sin();
    let (l, c, h) = (dl / sl, dc / sc, dh / sh);
    (l * l + c * c + h * h + twist * c * h).sqrt()
}

/// Pairs from Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes,
/// Supplementary Test Data, and Mathematical Observations", Color Research and Application 30
/// (2005), table 1: those at which a wrong turn of the hue shows, and ordinary ones.
#[test]
fn the_distance_is_that_of_the_published_pairs() {
    let pairs: [(Lab, Lab, f64); 19] = [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 3.1571, -77.2803], [50.0, 0.0, -82.7485], 2.8615),
        ([50.0, 2.8361, -74.0200], [50.0, 0.0, -82.7485], 3.4412),
        ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0000),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, -1.0, 2.0], [50.0, 0.0, 0.0], 2.3669),
        ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0009], 7.1792),
        ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0011], 7.2195),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0009, -2.4900], 4.8045),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0011, -2.4900], 4.7461),
        ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([50.0, 2.5, 0.0], [61.0, -5.0, 29.0], 22.8977),
        ([50.0, 2.5, 0.0], [56.0, -27.0, -3.0], 31.9030),
        ([50.0, 2.5, 0.0], [58.0, 24.0, 15.0], 19.4535),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([63.0109, -31.0961, -5.8663], [62.8187, -29.7946, -4.0864], 1.2630),
        ([22.7233, 20.0904, -46.6940], [23.0331, 14.9730, -42.5619], 2.0373),
        ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
    ];
    for (one, other, published) in pairs {
        let counted = distance(one, other);
        assert!((counted - published).abs() < 1e-4, "{one:?} {other:?}: {counted}");
    }
}

/// Every colour of a state under the name of the first that has it, and the selection.
fn named() -> Vec<(&'static str, [f32; 4])> {
    let mut named = vec![("selected", SELECTED)];
    for state in CameraState::ALL {
        let color = state_color(*state);
        if !named.iter().any(|(_, other)| *other == color) {
            named.push((state.as_str(), color));
        }
    }
    named
}

#[test]
fn state_colours_are_apart_for_everybody() {
    let (mut near, mut named) = (Vec::new(), named());
    assert_eq!(named.len(), 6, "states share five colours");
    named.push(("unheard", UNHEARD));
    for (index, (name, one)) in named.iter().enumerate() {
        for (other_name, other) in &named[index + 1..] {
            for (sight, matrix) in &SIGHTS {
                let apart = distance(seen(*one, matrix), seen(*other, matrix));
                if apart < APART {
                    near.push(format!("{name} and {other_name}, {sight}: {apart:.1}"));
                }
            }
        }
    }
    assert_eq!(near, [""; 0]);
}

/// Relative luminance (Web Content Accessibility Guidelines 2.2).
fn luminance(color: [f32; 4]) -> f64 {
    let [red, green, blue] = [color[0], color[1], color[2]].map(|share| linear(f64::from(share)));
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(letters: [f32; 4], ground: [f32; 4]) -> f64 {
    let (a, b) = (luminance(letters), luminance(ground));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The ground lies over a white picture at worst.
#[test]
fn letters_can_be_read_on_the_worst_ground() {
    let cover = GROUND[3];
    let ground = GROUND.map(|share| share * cover + (1.0 - cover));
    for (name, color) in named() {
        let contrast = contrast(color, ground);
        assert!(contrast >= 4.0, "{name}: {contrast:.2}");
    }
    assert!(contrast(TEXT, ground) >= 8.0 && contrast(QUIET, ground) >= 4.5);
    assert!(contrast(ON_ALARM, ALARM) >= 6.0);
}

/// What is asked for large letters and for marks, also on their ground over a white picture, the worst
/// there is.
#[test]
fn states_stay_legible_by_night() {
    for (name, color) in named() {
        for dim in Night::DIMS {
            let Brightness { pictures, words } =
                ScreenCare { dim, ..ScreenCare::default() }.brightness();
            let dimmed = |color: [f32; 4]| color.map(|share| share * words);
            let cover = GROUND[3];
            let under = GROUND.map(|share| share * cover + (1.0 - cover) * pictures / words);
            let contrast = contrast(dimmed(color), dimmed(under));
            assert!(contrast >= 3.0, "{name} dimmed by {dim} %: {contrast:.2}");
        }
    }
}

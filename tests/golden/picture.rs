//! Test pictures, made by formula, and how two pictures are compared.

use std::f64::consts::TAU;

use image::{Rgb, RgbImage};

/// A chart on which every mistake of colour shows: smooth ramps (range, matrix), saturated bars
/// 1 to 8 pixels wide (siting: half a pixel is a third of full scale there), a zone plate in grey
/// (luma, half texels) and one that swings between complementary colours (chroma filter).
pub fn chart(width: u32, height: u32) -> RgbImage {
    let (half_width, half_height) = (width / 2, height / 2);
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x % half_width.max(1), y % half_height.max(1));
        let across = f64::from(u) / f64::from(half_width);
        let down = f64::from(v) / f64::from(half_height);
        Rgb(match (x < half_width, y < half_height) {
            (true, true) => [across, down, 1.0 - 0.5 * (across + down)],
            (false, true) => bars(u, v / (half_height / 4).max(1)),
            (true, false) => [zone(across, down); 3],
            (false, false) => {
                let swing = zone(across, down);
                [0.2 + 0.6 * swing, 0.5, 0.8 - 0.6 * swing]
            }
        }
        .map(to_byte))
    })
}

/// Rings that get finer outwards, up to the limit of what pixels can hold; 0 to 1.
fn zone(across: f64, down: f64) -> f64 {
    let (x, y) = (across - 0.5, down - 0.5);
    0.5 + 0.45 * (TAU * 40.0 * (x * x + y * y)).cos()
}

/// Bars in saturated colours: the further right the wider.
fn bars(x: u32, row: u32) -> [f64; 3] {
    const COLOURS: [[f64; 3]; 6] = [
        [0.75, 0.0, 0.0],
        [0.0, 0.75, 0.0],
        [0.0, 0.0, 0.75],
        [0.0, 0.75, 0.75],
        [0.75, 0.0, 0.75],
        [0.75, 0.75, 0.0],
    ];
    let (mut start, mut index) = (0, row as usize);
    // Bar n is 1 + n / 6 pixels wide.
    loop {
        let width = 1 + index as u32 / 6;
        if x < start + width {
            return COLOURS[index % COLOURS.len()];
        }
        start += width;
        index += 1;
    }
}

/// White lines, one pixel wide and seven apart, on dark grey: what moirés when it is shrunk.
pub fn grid(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let line = x % 7 == 0 || y % 7 == 0;
        if line { Rgb([235; 3]) } else { Rgb([30; 3]) }
    })
}

fn to_byte(value: f64) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// The largest difference of any channel of any pixel, leaving out `border` pixels at each edge.
pub fn max_delta(a: &RgbImage, b: &RgbImage, border: u32) -> u8 {
    differences(a, b, border).max().unwrap_or(0)
}

/// Differences of all channels.
fn differences<'a>(
    a: &'a RgbImage,
    b: &'a RgbImage,
    border: u32,
) -> impl Iterator<Item = u8> + use<'a> {
    assert_eq!(a.dimensions(), b.dimensions());
    let (width, height) = a.dimensions();
    let places =
        (border..height - border).flat_map(move |y| (border..width - border).map(move |x| (x, y)));
    places.flat_map(|(x, y)| {
        let (a, b) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
        [0, 1, 2].map(|channel| a[channel].abs_diff(b[channel]))
    })
}

/// Luma of what was drawn (BT.709 weights), so that it can be compared as one number per pixel.
pub fn luma(picture: &RgbImage) -> Vec<u8> {
    let of = |pixel: &Rgb<u8>| {
        let [r, g, b] = pixel.0.map(f64::from);
        (0.2126 * r + 0.7152 * g + 0.0722 * b).round() as u8
    };
    picture.pixels().map(of).collect()
}

/// Makes a picture smaller or larger: each new sample is the sum of old ones times `weights`, which
/// is given the new sample's number and the ratio old to new.
fn resample(
    picture: &RgbImage,
    (width, height): (u32, u32),
    weights: impl Fn(u32, f64) -> Vec<(i64, f64)>,
) -> RgbImage {
    let ratio = |old: u32, new: u32| f64::from(old) / f64::from(new);
    let by_axis = |old: u32, new: u32| -> Vec<Vec<(u32, f64)>> {
        let inside = |(at, weight): (i64, f64)| (at.clamp(0, i64::from(old) - 1) as u32, weight);
        let of = |new_at| weights(new_at, ratio(old, new)).into_iter().map(inside).collect();
        (0..new).map(of).collect()
    };
    let (columns, rows) = (by_axis(picture.width(), width), by_axis(picture.height(), height));
    RgbImage::from_fn(width, height, |x, y| {
        let mut sum = [0.0; 3];
        for (row, down) in &rows[y as usize] {
            for (column, across) in &columns[x as usize] {
                let pixel = picture.get_pixel(*column, *row).0;
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += down * across * f64::from(value);
                }
            }
        }
        Rgb(sum.map(|value| value.round().clamp(0.0, 255.0) as u8))
    })
}

/// The exact average over the area of each new pixel.
pub fn area(picture: &RgbImage, size: (u32, u32)) -> RgbImage {
    resample(picture, size, |at, ratio| {
        let (start, end) = (f64::from(at) * ratio, f64::from(at + 1) * ratio);
        let cover = |k: i64| (end.min(k as f64 + 1.0) - start.max(k as f64)).max(0.0) / ratio;
        (start.floor() as i64..end.ceil() as i64).map(|k| (k, cover(k))).collect()
    })
}

/// Bilinear interpolation at the middle of each new pixel: right for enlarging, and what moirés
/// when a picture is made smaller.
pub fn bilinear(picture: &RgbImage, size: (u32, u32)) -> RgbImage {
    resample(picture, size, |at, ratio| {
        let place = (f64::from(at) + 0.5) * ratio - 0.5;
        let far = place - place.floor();
        let near = place.floor() as i64;
        vec![(near, 1.0 - far), (near + 1, far)]
    })
}

/// Peak signal-to-noise ratio of two sets of samples in 0..255, dB. Equal ones count as 99 dB.
pub fn psnr(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    let mean = squares / a.len() as f64;
    if mean == 0.0 { 99.0 } else { 10.0 * (255.0 * 255.0 / mean).log10() }
}

/// A part of a picture.
pub fn crop(picture: &RgbImage, (x, y): (u32, u32), (width, height): (u32, u32)) -> RgbImage {
    image::imageops::crop_imm(picture, x, y, width, height).to_image()
}

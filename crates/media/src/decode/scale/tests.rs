//! The scaler against exact area averages.

use super::*;

const LEFT: ChromaSiting = ChromaSiting::Left;

fn layout(chroma: Chroma, bits: u8) -> PlaneLayout {
    PlaneLayout::Planar { chroma, bits }
}

/// A smooth scene with some noise, as a function of the place in luma pixels.
fn scene(x: f64, y: f64, plane: usize) -> f64 {
    let (a, b) = ((x * 0.013 + plane as f64).sin(), (y * 0.021 + x * 0.004).cos());
    let noise = ((x.floor() * 12.9898 + y.floor() * 78.233).sin() * 43758.5453).fract();
    120.0 + 55.0 * a + 45.0 * b + if plane == 0 { 12.0 * noise } else { 0.0 }
}

/// Where chroma sample `i` sits in luma pixels, for 4:2:0 sited left.
fn chroma_at(i: f64, across: bool) -> f64 {
    if across { 2.0 * i + 0.5 } else { 2.0 * i + 1.0 }
}

fn picture(width: u32, height: u32) -> ffmpeg::frame::Video {
    let mut video = ffmpeg::frame::Video::new(Pixel::YUV420P, width, height);
    for plane in 0..3 {
        let (w, h) = (video.plane_width(plane) as usize, video.plane_height(plane) as usize);
        let stride = video.stride(plane);
        let data = video.data_mut(plane);
        data.fill(0);
        for y in 0..h {
            for x in 0..w {
                let (x_at, y_at) = match plane {
                    0 => (x as f64 + 0.5, y as f64 + 0.5),
                    _ => (chroma_at(x as f64, true), chroma_at(y as f64, false)),
                };
                data[y * stride + x] = scene(x_at, y_at, plane).round() as u8;
            }
        }
    }
    video
}

/// Exact average over the area of each target pixel.
fn area(video: &ffmpeg::frame::Video, target: ScaleTarget) -> Vec<f64> {
    let (data, stride) = (video.data(0), video.stride(0));
    let cover = |i: u32, from: u32, to: u32| {
        let ratio = f64::from(from) / f64::from(to);
        let (start, end) = (f64::from(i) * ratio, f64::from(i + 1) * ratio);
        (start.floor() as usize..end.ceil().min(f64::from(from)) as usize)
            .map(move |k| (k, (end.min(k as f64 + 1.0) - start.max(k as f64)) / ratio))
            .collect::<Vec<_>>()
    };
    let mut out = Vec::new();
    for y in 0..target.height {
        let rows = cover(y, video.height(), target.height);
        for x in 0..target.width {
            let columns = cover(x, video.width(), target.width);
            let mut sum = 0.0;
            for (row, a) in &rows {
                for (column, b) in &columns {
                    sum += f64::from(data[row * stride + column]) * a * b;
                }
            }
            out.push(sum);
        }
    }
    out
}

fn psnr(got: &[u8], want: impl Iterator<Item = f64>) -> f64 {
    let squares = got.iter().zip(want).map(|(got, want)| (f64::from(*got) - want).powi(2));
    let error = squares.sum::<f64>() / got.len() as f64;
    10.0 * (255.0 * 255.0 / error.max(1e-9)).log10()
}

fn scaled(video: &ffmpeg::frame::Video, layout: PlaneLayout, w: u32, h: u32) -> PooledPixels {
    let target = ScaleTarget { width: w, height: h };
    Scaler::default().scale(video, layout, LEFT, target).expect("smaller").0
}

/// Y, Cb or Cr of a shrunk picture.
fn channel(pixels: &PooledPixels, index: usize) -> Vec<u8> {
    let plane = pixels.plane(0).expect("a plane");
    plane.data.iter().skip(index).step_by(PACKED).copied().collect()
}

#[test]
fn luma_is_the_area_average() {
    let video = picture(320, 180);
    for (w, h, at_least) in [(160, 90, 50.0), (80, 45, 50.0), (213, 120, 40.0), (120, 67, 40.0)] {
        let planes = scaled(&video, layout(Chroma::C420, 8), w, h);
        let want = area(&video, ScaleTarget { width: w, height: h });
        let found = psnr(&channel(&planes, 0), want.into_iter());
        assert!(found >= at_least, "{w}x{h}: {found:.1} dB");
    }
}

#[test]
fn chroma_sits_on_the_luma_grid() {
    let video = picture(320, 180);
    for (w, h) in [(160, 90), (80, 45), (213, 120), (300, 170), (480, 270), (400, 400)] {
        let planes = scaled(&video, layout(Chroma::C420, 8), w, h);
        let at =
            |i: u32, from: u32, to: u32| (f64::from(i) + 0.5) * f64::from(from) / f64::from(to);
        let want = (0..h).flat_map(|y| (0..w).map(move |x| (x, y)));
        let want = want.map(|(x, y)| scene(at(x, 320, w), at(y, 180, h), 1));
        let found = psnr(&channel(&planes, 1), want);
        assert!(found >= 46.0, "{w}x{h}: {found:.1} dB");
    }
}

#[test]
fn what_has_its_size_already_is_left_alone() {
    let video = picture(64, 64);
    let mut scaler = Scaler::default();
    for (width, height) in [(64, 64), (0, 64), (64, 0), (0, 0)] {
        let target = ScaleTarget { width, height };
        assert!(scaler.scale(&video, layout(Chroma::C420, 8), LEFT, target).is_none());
    }
}

#[test]
fn every_layout_keeps_flat_areas_flat() {
    let all = [
        (Pixel::YUV420P, layout(Chroma::C420, 8), 3),
        (Pixel::YUVJ420P, layout(Chroma::C420, 8), 3),
        (Pixel::YUV422P, layout(Chroma::C422, 8), 3),
        (Pixel::YUVJ422P, layout(Chroma::C422, 8), 3),
        (Pixel::YUV444P, layout(Chroma::C444, 8), 3),
        (Pixel::GRAY8, layout(Chroma::Gray, 8), 1),
        (Pixel::NV12, PlaneLayout::SemiPlanar, 3),
        (Pixel::YUV420P10LE, layout(Chroma::C420, 10), 3),
    ];
    for (format, layout, planes) in all {
        let mut video = ffmpeg::frame::Video::new(format, 130, 70);
        for plane in 0..video.planes() {
            // 0x0202 in 10 bits is 514, in 8 bits 128.5.
            let ten = format == Pixel::YUV420P10LE;
            video.data_mut(plane).fill(if ten { 2 } else { 200 });
        }
        let shades = if format == Pixel::YUV420P10LE { 127..=130 } else { 200..=200 };
        for siting in [ChromaSiting::Left, ChromaSiting::Center, ChromaSiting::TopLeft] {
            for (width, height) in [(65, 35), (50, 20), (129, 69)] {
                let target = ScaleTarget { width, height };
                let (scaled, _) =
                    Scaler::default().scale(&video, layout, siting, target).expect("smaller");
                for plane in 0..3 {
                    let data = channel(&scaled, plane);
                    let shades = if plane < planes { shades.clone() } else { 128..=128 };
                    let even = data.iter().all(|byte| shades.contains(byte));
                    assert!(even, "{format:?} {siting:?} {width}x{height}: {:?}", &data[..9]);
                }
            }
        }
    }
}

#[test]
fn buffers_are_used_again() {
    let video = picture(64, 64);
    let mut scaler = Scaler::default();
    let target = ScaleTarget { width: 32, height: 32 };
    let mut scale =
        || scaler.scale(&video, layout(Chroma::C420, 8), LEFT, target).expect("smaller").0;
    let first = scale();
    let address = |pixels: &PooledPixels| pixels.plane(0).expect("a plane").data.as_ptr();
    let before = address(&first);
    drop(first);
    assert_eq!(address(&scale()), before);
}

/// `cargo test --release scale -- --ignored --nocapture`
#[test]
#[ignore = "a measurement, not a check"]
#[expect(clippy::print_stderr, reason = "a measurement prints what it found")]
fn measure() {
    use ffmpeg::software::scaling::{Context, Flags};
    use std::time::Instant;
    let video = picture(1920, 1080);
    for (w, h) in [(960, 540), (1280, 720), (640, 360), (480, 270)] {
        let mut scaler = Scaler::default();
        let target = ScaleTarget { width: w, height: h };
        let to = Pixel::YUV444P;
        let mut sws =
            Context::get(Pixel::YUV420P, 1920, 1080, to, w, h, Flags::AREA).expect("a scaler");
        let mut out = ffmpeg::frame::Video::new(to, w, h);
        let median = |run: &mut dyn FnMut()| {
            let mut times: Vec<_> = (0..60)
                .map(|_| {
                    let start = Instant::now();
                    run();
                    start.elapsed()
                })
                .collect();
            times.sort();
            times[times.len() / 4]
        };
        let ours = median(&mut || {
            drop(scaler.scale(&video, layout(Chroma::C420, 8), LEFT, target).expect("smaller"));
        });
        let theirs = median(&mut || sws.run(&video, &mut out).expect("scaled"));
        let want = area(&video, target);
        let scaled = scaler.scale(&video, layout(Chroma::C420, 8), LEFT, target).expect("smaller");
        let luma = channel(&scaled.0, 0);
        let quality = psnr(&luma, want.iter().copied());
        let stride = out.stride(0);
        let rows = (0..h as usize).flat_map(|y| &out.data(0)[y * stride..y * stride + w as usize]);
        let packed: Vec<u8> = rows.copied().collect();
        let other = psnr(&packed, want.iter().copied());
        eprintln!("{w}x{h}: {ours:?} at {quality:.1} dB, swscale {theirs:?} at {other:.1} dB");
    }
}

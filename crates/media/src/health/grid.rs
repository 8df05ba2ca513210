//! A picture's brightness at a few points, to be compared with other pictures.
//!
//! Pure; the decode thread runs it on a picture as decoded. Policy: points and no averages, which
//! would hide the noise that a living picture has; the same points in every picture of a stream;
//! what the wall file masks is left out.

use crate::frame::Plane;

/// Points across and down: enough for a person in the distance to cover some, few enough to cost
/// nothing.
const ACROSS: usize = 64;
const DOWN: usize = 36;
/// All of them.
pub(super) const POINTS: usize = ACROSS * DOWN;

/// Which points are looked at.
#[derive(Clone, Debug)]
pub(super) struct Mask {
    points: Box<[bool; POINTS]>,
    count: usize,
}

impl Mask {
    /// `hidden`: left, top, width and height, in parts of the picture's.
    pub fn new(hidden: &[[f32; 4]]) -> Self {
        let mut points = Box::new([true; POINTS]);
        for (index, point) in points.iter_mut().enumerate() {
            let x = ((index % ACROSS) as f32 + 0.5) / ACROSS as f32;
            let y = ((index / ACROSS) as f32 + 0.5) / DOWN as f32;
            let inside = |[left, top, width, height]: &[f32; 4]| {
                (*left..*left + *width).contains(&x) && (*top..*top + *height).contains(&y)
            };
            *point = !hidden.iter().any(inside);
        }
        let count = points.iter().filter(|point| **point).count();
        Self { points, count }
    }

    /// Points that are looked at.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Brightness at the points: 0 is black, 255 the most that eight bits hold.
#[derive(Clone, Debug)]
pub(super) struct Grid(Box<[u8; POINTS]>);

impl Default for Grid {
    fn default() -> Self {
        Self(Box::new([0; POINTS]))
    }
}

impl Grid {
    /// Takes the points of a luma plane of so many bits a sample. False where the plane has none.
    pub fn take(&mut self, luma: &Plane<'_>, bits: u8, full_range: bool) -> bool {
        let (width, height) = (luma.width as usize, luma.height as usize);
        let (step, wide) =
            (usize::from(luma.channels * luma.bytes_per_sample), luma.bytes_per_sample > 1);
        if width == 0 || height == 0 || !(8..=16).contains(&bits) {
            return false;
        }
        let black = if full_range { 0 } else { 16 };
        let mut columns = [0; ACROSS];
        for (index, column) in columns.iter_mut().enumerate() {
            *column = (2 * index + 1) * width / (2 * ACROSS) * step;
        }
        for (line, points) in self.0.chunks_exact_mut(ACROSS).enumerate() {
            let start = (2 * line + 1) * height / (2 * DOWN) * luma.stride;
            let Some(row) = luma.data.get(start..) else { return false };
            for (point, &column) in points.iter_mut().zip(&columns) {
                let sample = match row.get(column..) {
                    Some([low, high, ..]) if wide => {
                        u16::from_le_bytes([*low, *high]) >> (bits - 8)
                    }
                    Some([byte, ..]) if !wide => u16::from(*byte),
                    _ => return false,
                };
                *point = u8::try_from(sample.saturating_sub(black)).unwrap_or(u8::MAX);
            }
        }
        true
    }

    /// Points that differ by more than `by`.
    pub fn differing(&self, other: &Self, by: u8, mask: &Mask) -> usize {
        let pairs = self.0.iter().zip(&*other.0).zip(&*mask.points);
        pairs.filter(|((a, b), looked_at)| **looked_at && a.abs_diff(**b) > by).count()
    }

    /// The brightness below which a share of the points lies, for two shares of 0 to 1.
    pub fn quantiles(&self, shares: [f32; 2], mask: &Mask) -> [u8; 2] {
        let mut counts = [0_usize; 256];
        for (point, looked_at) in self.0.iter().zip(&*mask.points) {
            counts[usize::from(*point)] += usize::from(*looked_at);
        }
        shares.map(|share| {
            let wanted = (share * mask.count as f32) as usize;
            let mut sum = 0;
            let found = counts.iter().position(|count| {
                sum += count;
                sum > wanted
            });
            u8::try_from(found.unwrap_or(255)).unwrap_or(255)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(data: &[u8], width: u32, height: u32, bytes: u8) -> Plane<'_> {
        let stride = width as usize * usize::from(bytes);
        Plane { data, stride, width, height, channels: 1, bytes_per_sample: bytes }
    }

    #[test]
    fn all_depths_and_ranges_have_the_same_black() {
        let mask = Mask::new(&[]);
        let eight = vec![116; 640 * 360];
        let ten: Vec<u8> = [0xd0, 0x01].repeat(640 * 360);
        for (data, bytes, bits, full, value) in
            [(&eight, 1, 8, false, 100), (&eight, 1, 8, true, 116), (&ten, 2, 10, false, 100)]
        {
            let mut grid = Grid::default();
            assert!(grid.take(&plane(data, 640, 360, bytes), bits, full));
            assert_eq!(grid.quantiles([0.0, 0.999], &mask), [value, value]);
        }
    }

    #[test]
    fn points_are_spread_over_a_picture_of_any_size() {
        for (width, height) in [(1, 1), (17, 9), (1920, 1080)] {
            let data: Vec<u8> =
                (0..width * height).map(|i| 16 + (i % width * 200 / width) as u8).collect();
            let mut grid = Grid::default();
            assert!(grid.take(&plane(&data, width as u32, height as u32, 1), 8, false));
            let [low, high] = grid.quantiles([0.0, 0.999], &Mask::new(&[]));
            let expected = if width == 1920 { (1, 198) } else { (low, high) };
            assert_eq!((low, high), expected);
        }
        let mut grid = Grid::default();
        assert!(!grid.take(&plane(&[1, 2, 3], 640, 360, 1), 8, false), "too short");
    }

    #[test]
    fn what_is_masked_is_not_looked_at() {
        let mask = Mask::new(&[[0.0, 0.0, 1.0, 0.5]]);
        assert_eq!(mask.count(), POINTS / 2);
        let (mut a, mut b) = (Grid::default(), Grid::default());
        let mut data = vec![16; 640 * 360];
        a.take(&plane(&data, 640, 360, 1), 8, false);
        data[..640 * 180].fill(216);
        b.take(&plane(&data, 640, 360, 1), 8, false);
        assert_eq!(a.differing(&b, 1, &mask), 0);
        assert_eq!(a.differing(&b, 1, &Mask::new(&[])), POINTS / 2);
        assert_eq!(b.quantiles([0.0, 0.999], &mask), [0, 0]);
    }
}

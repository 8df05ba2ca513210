//! Whether something grows: the straight line through measured points, and how sure that is.
//!
//! What is measured every few seconds hangs together, and a line through all of it would look surer
//! than it is. So the points are averaged over [`BLOCKS`] equal times first.

/// Averages that a line is drawn through.
pub const BLOCKS: usize = 20;

/// 97.5 % of Student's t distribution of `BLOCKS - 2` degrees of freedom are below this.
const T: f64 = 2.101;

/// A slope and its 95 % interval, in units of y a unit of x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    pub least: f64,
    pub mean: f64,
    pub most: f64,
}

/// The slope of points (x, y) in the order of x, by least squares.
///
/// # Panics
/// With fewer than two points for each block.
pub fn slope(points: &[(f64, f64)]) -> Slope {
    assert!(points.len() >= 2 * BLOCKS, "{} points are too few for a slope", points.len());
    let block =
        |number| &points[points.len() * number / BLOCKS..points.len() * (number + 1) / BLOCKS];
    let blocks: Vec<(f64, f64)> = (0..BLOCKS).map(|number| mean(block(number))).collect();
    let (x, y) = mean(&blocks);
    let spread: f64 = blocks.iter().map(|point| (point.0 - x).powi(2)).sum();
    let product: f64 = blocks.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let slope = product / spread;
    let residual = |point: &(f64, f64)| (point.1 - y - slope * (point.0 - x)).powi(2);
    let variance = blocks.iter().map(residual).sum::<f64>() / (BLOCKS - 2) as f64;
    let reach = T * (variance / spread).sqrt();
    Slope { least: slope - reach, mean: slope, most: slope + reach }
}

/// The value that this part (0 to 1) of the values do not exceed; NaN where there is none.
pub fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((last as f64 * part).round() as usize).copied().unwrap_or(f64::NAN)
}

fn mean(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let sum = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    (sum.0 / count, sum.1 / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// y = 100 + slope · x with noise of ±`noise`, at 1000 points from x = 0 to 10.
    fn points(slope: f64, noise: f64, random: &mut fastrand::Rng) -> Vec<(f64, f64)> {
        let point = |number: u32| {
            let x = f64::from(number) / 100.0;
            (x, 100.0 + slope * x + noise * (2.0 * random.f64() - 1.0))
        };
        (0..1000).map(point).collect()
    }

    #[test]
    fn a_straight_line_has_its_slope_and_no_doubt() {
        let found = slope(&points(3.0, 0.0, &mut fastrand::Rng::with_seed(1)));
        assert!((found.mean - 3.0).abs() < 1e-9 && found.most - found.least < 1e-9, "{found:?}");
    }

    #[test]
    fn the_interval_holds_the_true_slope_nineteen_times_of_twenty() {
        let mut random = fastrand::Rng::with_seed(2);
        let held = (0..1000).filter(|_| {
            let found = slope(&points(-2.0, 5.0, &mut random));
            (found.least..found.most).contains(&-2.0)
        });
        let held = held.count();
        assert!((920..980).contains(&held), "{held} of 1000");
    }

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let mut values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(quantile(&mut values, 0.5), 50.0);
        assert_eq!(quantile(&mut values, 0.99), 99.0);
        assert_eq!(quantile(&mut values, 1.0), 100.0);
        assert!(quantile(&mut [], 0.5).is_nan());
    }
}

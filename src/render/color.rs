//! YUV → RGB as numbers: the frame's matrix and range become three rows for the shader.
//!
//! Pure functions on the caller's thread. Policy: full precision here, constants in the shader;
//! output is gamma-encoded RGB as the camera meant it (BT.1886/sRGB displays).

use camwall_media::{ColorInfo, ColorMatrix};

/// What the samples of a picture mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Samples {
    /// ColorMatrix, range and siting.
    pub color: ColorInfo,
    /// Depth of a sample, in bits. Samples deeper than 8 bits are in the low bits of a 16-bit
    /// texel, as FFmpeg's `yuv420p10le` has them.
    pub bits: u32,
    /// There is no chroma.
    pub grey: bool,
}

/// Rows for R, G and B over (Y, Cb, Cr, 1), for samples normalised by the texture format.
/// Ranges: ITU-T H.273, 8.3.
#[must_use]
pub fn to_rgb(Samples { color, bits, grey }: Samples) -> [[f32; 4]; 3] {
    let (kr, kb) = match color.matrix {
        ColorMatrix::Bt601 => (0.299, 0.114),
        ColorMatrix::Bt709 => (0.2126, 0.0722),
        ColorMatrix::Bt2020 => (0.2627, 0.0593),
    };
    let kg: f64 = 1.0 - kr - kb;
    // Texel value 1.0 in code values.
    let texel = if bits > 8 { 65535.0 } else { 255.0 };
    let step = f64::from(1_u32 << (bits - 8));
    let top = f64::from((1_u32 << bits) - 1);
    let (y_zero, y_span, c_span) =
        if color.full_range { (0.0, top, top) } else { (16.0 * step, 219.0 * step, 224.0 * step) };
    let c_zero = 128.0 * step;
    let (y, c) = (texel / y_span, texel / c_span);
    let row = |cb: f64, cr: f64| {
        let (cb, cr) = if grey { (0.0, 0.0) } else { (cb, cr) };
        let offset = -y_zero / y_span - (cb + cr) * c_zero / c_span;
        [y, cb * c, cr * c, offset].map(|v| v as f32)
    };
    [
        row(0.0, 2.0 * (1.0 - kr)),
        row(-2.0 * (1.0 - kb) * kb / kg, -2.0 * (1.0 - kr) * kr / kg),
        row(2.0 * (1.0 - kb), 0.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use camwall_media::ChromaSiting;

    fn rgb(matrix: ColorMatrix, full_range: bool, bits: u32, yuv: [u32; 3]) -> [f32; 3] {
        let rows = to_rgb(Samples {
            color: ColorInfo { matrix, full_range, siting: ChromaSiting::Left },
            bits,
            grey: false,
        });
        let texel = if bits > 8 { 65535.0 } else { 255.0 };
        let [y, cb, cr] = yuv.map(|v| v as f32 / texel);
        rows.map(|r| r[0] * y + r[1] * cb + r[2] * cr + r[3])
    }

    fn close(a: [f32; 3], b: [f32; 3]) {
        for (a, b) in a.into_iter().zip(b) {
            assert!((a - b).abs() < 0.004, "{a} is not {b}");
        }
    }

    #[test]
    fn black_and_white_of_both_ranges() {
        for matrix in [ColorMatrix::Bt601, ColorMatrix::Bt709, ColorMatrix::Bt2020] {
            close(rgb(matrix, false, 8, [16, 128, 128]), [0.0; 3]);
            close(rgb(matrix, false, 8, [235, 128, 128]), [1.0; 3]);
            close(rgb(matrix, true, 8, [0, 128, 128]), [0.0; 3]);
            close(rgb(matrix, true, 8, [255, 128, 128]), [1.0; 3]);
            close(rgb(matrix, false, 10, [64, 512, 512]), [0.0; 3]);
            close(rgb(matrix, false, 10, [940, 512, 512]), [1.0; 3]);
        }
    }

    /// 75 % bars as their standards list them (BT.601: EBU Tech 3280; BT.709: SMPTE RP 219).
    #[test]
    fn red_bars() {
        close(rgb(ColorMatrix::Bt601, false, 8, [65, 100, 212]), [0.75, 0.0, 0.0]);
        close(rgb(ColorMatrix::Bt709, false, 8, [51, 109, 212]), [0.75, 0.0, 0.0]);
    }
}

//! The bits of a NAL unit behind its header.
//!
//! Pure. Bytes that keep start codes from arising (H.264 7.4.1, H.265 7.4.2) are left out.

/// Reads from the first bit on; everything is `None` once there are no more.
pub(super) struct Bits<'a> {
    rest: &'a [u8],
    /// Bits of the byte at hand that are still to come, and the byte.
    left: u32,
    byte: u8,
    /// Zero bytes just before.
    zeros: u32,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data, left: 0, byte: 0, zeros: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            if self.zeros >= 2 && byte == 3 {
                self.zeros = 0;
                return self.bit();
            }
            self.zeros = if byte == 0 { self.zeros + 1 } else { 0 };
            (self.byte, self.left) = (byte, 8);
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    /// So many bits as a number; 32 at most.
    pub fn number(&mut self, bits: u32) -> Option<u32> {
        let mut number = 0;
        for _ in 0..bits.min(32) {
            number = number << 1 | self.bit()?;
        }
        Some(number)
    }

    pub fn skip(&mut self, bits: u32) -> Option<()> {
        for _ in 0..bits {
            self.bit()?;
        }
        Some(())
    }

    /// ue(v), H.264 9.1.
    pub fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1_u32 << zeros) - 1 + self.number(zeros)?)
    }

    /// se(v), H.264 9.1.1.
    pub fn signed_exp_golomb(&mut self) -> Option<i64> {
        let code = i64::from(self.exp_golomb()?);
        Some(if code % 2 == 0 { -(code / 2) } else { (code + 1) / 2 })
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn numbers_are_those_of_the_standard() {
        // Table 9-2: 1, 010, 011, 00100, 00111.
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0011, 0b1000_0000]);
        let read: Vec<_> = (0..5).map(|_| bits.exp_golomb()).collect();
        assert_eq!(read, [0, 1, 2, 3, 6].map(Some));
        let mut bits = Bits::new(&[0b0100_1100, 0b1000_0101, 0]);
        let read: Vec<_> = (0..3).map(|_| bits.signed_exp_golomb()).collect();
        assert_eq!(read, [Some(1), Some(-1), Some(2)]);
    }

    #[test]
    fn what_keeps_start_codes_away_is_left_out_and_the_end_is_the_end() {
        let mut bits = Bits::new(&[0, 0, 3, 1, 3, 0, 0, 3]);
        assert_eq!(bits.number(32), Some(0x0000_0103));
        assert_eq!(bits.number(16), Some(0));
        assert_eq!((bits.number(1), bits.exp_golomb(), bits.skip(1)), (None, None, None));
        assert_eq!(Bits::new(&[0; 9]).exp_golomb(), None, "too large a number");
    }
}

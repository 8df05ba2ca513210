//! RTCP sender reports (RFC 3550, section 6.4.1).
//!
//! Pure.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// From 1900, where NTP begins, to 1970.
const NTP_TO_UNIX: u64 = 2_208_988_800;

/// Seconds and their fractions since 1900.
fn ntp(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    (since.as_secs() + NTP_TO_UNIX) << 32 | fraction
}

/// A sender report and the name of its source, which every compound packet must have. `sent` is
/// packets and bytes.
pub fn sender_report(ssrc: u32, at: SystemTime, timestamp: u32, sent: (u32, u32)) -> [u8; 44] {
    let mut report = [0; 44];
    let words = [
        // Version 2, no report blocks, type 200, six words more.
        0x80c8_0006,
        ssrc,
        (ntp(at) >> 32) as u32,
        ntp(at) as u32,
        timestamp,
        sent.0,
        sent.1,
        // Version 2, one chunk, type 202, three words more: CNAME (1) of five letters.
        0x81ca_0003,
        ssrc,
        u32::from_be_bytes([1, 5, b'c', b'a']),
        u32::from_be_bytes([b'm', b's', b'i', 0]),
    ];
    for (place, word) in report.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    report
}

#[cfg(test)]
mod tests {
    use super::{Duration, UNIX_EPOCH, sender_report};

    #[test]
    fn a_report_ties_the_clock_to_the_timestamp() {
        let at = UNIX_EPOCH + Duration::from_millis(1500);
        let report = sender_report(0x0a0b_0c0d, at, 0x0102_0304, (5, 6));
        // 1 January 1970 is 0x83AA7E80 in NTP; half a second is the upper bit of the fraction.
        let wanted = [
            0x80, 200, 0, 6, 10, 11, 12, 13, 0x83, 0xaa, 0x7e, 0x81, 0x80, 0, 0, 0, 1, 2, 3, 4, 0,
            0, 0, 5, 0, 0, 0, 6,
        ];
        assert_eq!(report[..28], wanted);
        assert_eq!(report[28..], *b"\x81\xca\x00\x03\x0a\x0b\x0c\x0d\x01\x05camsi\x00");
    }
}

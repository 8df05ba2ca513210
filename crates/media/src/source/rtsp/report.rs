//! Takes the camera's clock out of RTCP.
//!
//! The feed's task runs it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use retina::NtpTimestamp;
use retina::rtcp::ReceivedCompoundPacket;

use crate::packet::StreamInfo;
use crate::source::SenderReport;

/// The sender report of the video stream, if there is one in it.
pub(super) fn sender_report(
    rtcp: &ReceivedCompoundPacket,
    video: usize,
    info: &StreamInfo,
) -> Option<SenderReport> {
    if rtcp.stream_id() != video {
        return None;
    }
    let stream = rtcp.rtp_timestamp()?.elapsed();
    let report = rtcp.pkts().find_map(|packet| packet.as_sender_report().ok().flatten())?;
    let (num, den) = info.time_base;
    Some(SenderReport {
        stream: stream as f64 * f64::from(num) / f64::from(den.max(1)),
        camera: unix_seconds(report.ntp_timestamp()),
        wall: SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs_f64(),
        arrived: Instant::now(),
    })
}

/// NTP timestamps are seconds and 32 bits of their fraction: RFC 3550, section 4.
fn unix_seconds(ntp: NtpTimestamp) -> f64 {
    let since_1970 = ntp.0.wrapping_sub(retina::UNIX_EPOCH.0);
    since_1970 as f64 / 2_f64.powi(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_begins_in_1900() {
        // 2^31 seconds and a half, RFC 4330's example of an era: 20 January 1968 is before 1970, so
        // a day of today is taken: 1 January 2026 is 3 976 214 400 by NTP.
        let ntp = NtpTimestamp(3_976_214_400 << 32 | 1 << 31);
        assert_eq!(unix_seconds(ntp), 1_767_225_600.5);
    }
}

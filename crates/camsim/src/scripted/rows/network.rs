//! Networks that lose, stop, cut off and crawl.

use super::super::script::film::h264;
use super::super::script::phase::{Ending, Fault};
use super::super::script::row::{Pace, Row, row};
use super::{CAM1, CAM2, SMALL};

/// Half of the 33 kB/s of `CAM1`.
const THIN: Pace = Pace::BytesPerSecond(16_500);

/// Good for 5 s, then whoever is there is cut off. Newer connections are good.
fn ends(name: &'static str, ending: Ending) -> Row {
    let row = row(name, CAM1).phase("good", 5, &[]);
    row.phase(name, 0, &[Fault::Ends(ending)]).until_next().for_those_there()
}

/// Only UDP, which loses so many packets of a thousand and swaps half as many.
fn udp(name: &'static str, lost: u32) -> Row {
    let faults = [Fault::LosesPackets(lost), Fault::Swaps(lost / 2)];
    row(name, CAM2).udp_only().phase("lossy", 0, &faults).until_next().then_good()
}

pub fn rows() -> Vec<Row> {
    let large = h264("cam9-720.h264", 25);
    vec![
        // Nothing comes any more, in the middle of a group of pictures; the connection stays
        // open. A new connection is good.
        row("silent-play", CAM1)
            .phase("good", 5, &[])
            .phase("silent", 0, &[Fault::NoPictures, Fault::NoSound, Fault::NoReports])
            .until_next()
            .for_those_there(),
        row("rtcp-only", CAM1).phase("rtcp-only", 0, &[Fault::NoPictures]).until_next().then_good(),
        row("audio-only", CAM1)
            .with_sound()
            .phase("audio-only", 0, &[Fault::NoPictures])
            .until_next()
            .then_good(),
        ends("half-close", Ending::HalfClose),
        ends("rst", Ending::Reset),
        ends("truncated", Ending::CutFrame),
        udp("udp-1", 10),
        udp("udp-5", 50),
        udp("udp-10", 100),
        // Half of what the camera films fits through; the rest waits in its buffer, for ever
        // longer.
        row("thin", CAM1).then_good().at_pace(THIN),
        // Ten times the 74 kB/s of its clip, filled up with what a decoder skips: a key frame
        // is a quarter of a megabyte.
        row("flood", large.filled(10)).then_good(),
        row("drip", SMALL).then_good().at_pace(Pace::OneByOne),
    ]
}

//! Cameras that send, but not what is to be seen now.

use std::time::Duration;

use super::super::script::film::h264;
use super::super::script::phase::Fault;
use super::super::script::row::{Row, Start, row};
use super::super::script::step::{Answer, Happens, on};
use super::{BLACK, CAM1, CAM2, CAM3, FROZEN, GOP30, SMALL};

/// A picture a minute is too slow for a test, one each 5 s is not.
const MINUTE: Duration = Duration::from_secs(60);
const FIVE_SECONDS: Duration = Duration::from_secs(5);

/// Of H.264.
const NAL_HEADER: usize = 1;
/// More than the header of any slice of `CAM1`.
const SLICE_HEADER: usize = 12;

pub fn rows() -> Vec<Row> {
    vec![
        // Neighbours: nothing is wrong with them.
        row("good", CAM1).then_good(),
        row("good-2", CAM2).then_good(),
        row("good-3", CAM3).then_good(),
        // A full buffer in a thin uplink: pictures and reports come 6 s late, for ever, at the
        // ordinary rate. RTSP answers are not held up. A new connection has an empty buffer.
        row("late", CAM1)
            .phase("good", 6, &[])
            .phase("held", 6, &[Fault::Held])
            .for_those_there()
            .phase("backlog", 0, &[])
            .until_next(),
        // The same on each connection anew, so reconnecting does not help for long.
        row("late-again", CAM1)
            .starts(Start::EachPlay)
            .phase("good", 5, &[])
            .phase("held", 6, &[Fault::Held])
            .phase("backlog", 0, &[])
            .until_next(),
        // Headers of NAL units, parameter sets and sequence numbers are right, the slices are
        // noise: no loss is to be seen, and hardly a picture can be decoded.
        row("scrambled", CAM1)
            .phase("good", 6, &[])
            .phase("scrambled", 20, &[Fault::Scrambled(NAL_HEADER)])
            .then_good(),
        // The headers of slices are right as well: a decoder makes a picture of each, and no
        // picture is right.
        row("scrambled-slices", CAM1)
            .phase("good", 6, &[])
            .phase("scrambled", 20, &[Fault::Scrambled(SLICE_HEADER)])
            .then_good(),
        // A camera that loses fragments itself, over TCP. Sequence numbers show it.
        row("damaged", CAM1)
            .phase("good", 5, &[])
            .phase("lossy", 15, &[Fault::LosesFragments(30)])
            .then_good(),
        // The encoder is fed the same picture for ever; key frames and timestamps go on.
        row("frozen", SMALL)
            .phase("moving", 5, &[])
            .phase("frozen", 25, &[Fault::Shows(FROZEN)])
            .phase("moving", 0, &[])
            .until_next(),
        // The lens is covered.
        row("dark", SMALL)
            .phase("picture", 5, &[])
            .phase("dark", 15, &[Fault::Shows(BLACK)])
            .phase("picture", 0, &[])
            .until_next(),
        // A still, dark scene with the noise of a sensor: nothing is wrong with it.
        row("night", h264("odd-night.h264", 15)).then_good(),
        // Never answers what keeps the session alive, and sends on.
        row("keepalive", CAM1)
            .then_good()
            .times_out(4)
            .script(vec![on(Happens::Keepalive, Answer::Silence)]),
        // A viewer comes in 1.5 s after a key frame; the next comes 28.5 s later.
        row("gop30-h265", GOP30.from(15)).then_good(),
        // A picture a minute, as cameras for time lapse send. Reports come each 5 s as ever.
        row("minute", SMALL.keys_each(MINUTE)).then_good(),
        row("slow-rate", SMALL.keys_each(FIVE_SECONDS)).then_good(),
        // The camera's clock was set: one step of timestamps, no gap in arrival. The reports
        // follow the timestamps.
        row("jump-forward", CAM1)
            .phase("good", 5, &[])
            .phase("jumped", 0, &[Fault::Jump(3600)])
            .until_next(),
        row("jump-back", CAM1)
            .phase("good", 5, &[])
            .phase("jumped", 0, &[Fault::Jump(-3600)])
            .until_next(),
        // The 32 bits of the timestamp are used up 5 s after PLAY.
        row("wrap", CAM1).then_good().at_timestamp(u32::MAX - 5 * 90_000),
    ]
}

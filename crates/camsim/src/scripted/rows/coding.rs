//! Pictures that are coded as few cameras do it. `tests/clips/NOTES.md` says what each clip is.

use super::super::script::film::h264;
use super::super::script::row::{Row, row};
use super::CAM1;

pub fn rows() -> Vec<Row> {
    vec![
        // The parameter sets come only with the pictures.
        row("no-parameters", CAM1).then_good().without_sprop(),
        // They come never: nobody can decode this.
        row("no-sps", CAM1.bare()).then_good().without_sprop(),
        // This viewer has missed the key frame, and the next comes when the clip begins anew, 19.5 s
        // later. Until then there are recovery points, each 2 s.
        row("intra-refresh", h264("odd-intra-refresh.h264", 10).from(5)).then_good(),
        row("several-pps", h264("odd-several-pps.h264", 10)).then_good(),
        row("interlaced", h264("odd-interlaced.h264", 25)).then_good(),
        row("grey10", h264("odd-grey10.h264", 10)).then_good(),
        row("no-sar", h264("odd-no-sar.h264", 10)).then_good(),
        // From 352×288 to 320×240 and back, each half of the clip.
        row("sps-key", h264("odd-sps-key.h264", 10)).then_good(),
        row("sps-nonkey", h264("odd-sps-nonkey.h264", 10)).then_good(),
    ]
}

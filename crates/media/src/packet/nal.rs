//! Finds out where decoding can start in an H.264 or H.265 packet, and what it takes to start.
//!
//! Pure, run by the feed's task on each video packet and by recorders where a file begins; looks
//! only at the first bytes, because the answer is before the first slice.
//! Policy: besides IDR pictures, an H.264 recovery point counts, or cameras with periodic intra
//! refresh would never start; of H.265 every random access picture counts.

/// Whether decoding can start at this packet. Other codecs than H.264 and H.265: always.
pub(crate) fn is_keyframe(codec: &str, data: &[u8], length_prefixed: bool) -> bool {
    let h265 = match codec {
        "h264" => false,
        "h265" => true,
        _ => return true,
    };
    let mut answer = None;
    let mut visit = |nal: &[u8]| {
        answer = if h265 { judge_h265(nal) } else { judge_h264(nal) };
        answer.is_some()
    };
    if length_prefixed {
        each_prefixed(data, &mut visit);
    } else {
        each_annex_b(data, &mut visit);
    }
    answer.unwrap_or(false)
}

/// H.264 table 7-1: 5 is an IDR slice, 1 and 2 other slices, 6 SEI.
fn judge_h264(nal: &[u8]) -> Option<bool> {
    match nal.first()? & 0x1f {
        5 => Some(true),
        1 | 2 => Some(false),
        6 => recovery_point(&nal[1..]).map(|_| true),
        _ => None,
    }
}

/// H.265 table 7-1: 16 to 23 are random access pictures, below 16 other slices.
fn judge_h265(nal: &[u8]) -> Option<bool> {
    match (nal.first()? >> 1) & 0x3f {
        16..=23 => Some(true),
        0..=15 => Some(false),
        _ => None,
    }
}

/// Whether a packet at which decoding can start is whole only some pictures later: H.264's recovery
/// point whose `recovery_frame_cnt` is not 0 (annex D.1.8), as in periodic intra refresh.
pub(crate) fn recovers_gradually(codec: &str, data: &[u8], length_prefixed: bool) -> bool {
    if codec != "h264" {
        return false;
    }
    let mut gradual = false;
    let mut visit = |nal: &[u8]| {
        let Some((header, rest)) = nal.split_first() else { return false };
        match header & 0x1f {
            6 => {
                // ue(v): the code for 0 is one bit 1.
                gradual |= recovery_point(rest).is_some_and(|first| first & 0x80 == 0);
                false
            }
            5 => {
                gradual = false;
                true
            }
            kind => matches!(kind, 1 | 2),
        }
    };
    if length_prefixed {
        each_prefixed(data, &mut visit);
    } else {
        each_annex_b(data, &mut visit);
    }
    gradual
}

/// Whether an Annex B packet begins where its picture begins: its first slice is the picture's
/// first. Other codecs than H.264 and H.265: always. False where there is no slice at all.
pub(crate) fn begins_picture(codec: &str, data: &[u8]) -> bool {
    let h265 = match codec {
        "h264" => false,
        "h265" => true,
        _ => return true,
    };
    let mut answer = false;
    each_annex_b(data, &mut |nal| {
        let Some(&first) = nal.first() else { return false };
        // H.264 7.3.3: a slice header begins with first_mb_in_slice, whose code for 0 is one bit 1.
        // H.265 7.3.6.1: it begins with first_slice_segment_in_pic_flag, behind two bytes of
        // header.
        let (is_slice, header) = match h265 {
            false => (matches!(first & 0x1f, 1 | 2 | 5), 1),
            true => ((first >> 1) & 0x3f <= 31, 2),
        };
        if is_slice {
            answer = nal.get(header).is_some_and(|byte| byte & 0x80 != 0);
        }
        is_slice
    });
    answer
}

/// The parameter sets in front of an Annex B picture, each behind a start code, if all are there
/// that a decoder needs.
pub(crate) fn parameter_sets(codec: &str, data: &[u8]) -> Option<Vec<u8>> {
    // H.264 table 7-1: sequence and picture parameter set, slices up to 5.
    // H.265 table 7-1: video, sequence and picture parameter set, slices up to 31.
    let (needed, last_slice): (&[u8], u8) = match codec {
        "h264" => (&[7, 8], 5),
        "h265" => (&[32, 33, 34], 31),
        _ => return None,
    };
    let mut starts = Vec::new();
    each_annex_b(data, &mut |nal| {
        let kind = nal.first().map_or(0, |byte| match codec {
            "h264" => byte & 0x1f,
            _ => (byte >> 1) & 0x3f,
        });
        starts.push((kind, data.len() - nal.len()));
        (1..=last_slice).contains(&kind) || (codec == "h265" && kind == 0)
    });
    let ends = starts.iter().skip(1).map(|(_, start)| start - 3).chain([data.len()]);
    let mut sets = Vec::new();
    let mut found = Vec::new();
    for (&(kind, start), end) in starts.iter().zip(ends) {
        if needed.contains(&kind) {
            // Zeros before the next start code belong to neither.
            let unit = &data[start..end];
            let length = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            sets.extend([0, 0, 0, 1]);
            sets.extend(&unit[..length]);
            found.push(kind);
        }
    }
    needed.iter().all(|kind| found.contains(kind)).then_some(sets)
}

/// The first byte of the recovery point in an SEI (payload type 6, H.264 annex D.1). Type and size are
/// sums of bytes up to the first that is not 255.
fn recovery_point(sei: &[u8]) -> Option<u8> {
    fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
        let mut sum = 0;
        loop {
            let byte = bytes.next()?;
            sum += usize::from(byte);
            if byte != 255 {
                return Some(sum);
            }
        }
    }
    let mut bytes = payload(sei);
    loop {
        let (kind, size) = (number(&mut bytes)?, number(&mut bytes)?);
        if kind == 6 {
            return bytes.next();
        }
        bytes.by_ref().take(size).for_each(drop);
    }
}

/// The bytes of a NAL unit up to the next start code, which ends it, and without those that only keep start
/// codes apart (H.264 7.3.1): what stands behind an SEI is a slice, and may look like anything.
fn payload(unit: &[u8]) -> impl Iterator<Item = u8> {
    let end = unit.windows(3).position(|next| next[..2] == [0, 0] && next[2] <= 1);
    let mut zeros = 0;
    unit[..end.unwrap_or(unit.len())].iter().copied().filter(move |&byte| {
        let kept = byte != 3 || zeros < 2;
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        kept
    })
}

/// Calls `visit` with each NAL unit after a start code until it returns true. The slice runs to
/// the end of the packet: only its first bytes are looked at.
pub(super) fn each_annex_b(data: &[u8], visit: &mut dyn FnMut(&[u8]) -> bool) {
    let mut i = 0;
    while i + 3 < data.len() {
        // The third byte decides: larger than 1 means no start code ends within the next two.
        match data[i + 2] {
            1 if data[i] == 0 && data[i + 1] == 0 => {
                if visit(&data[i + 3..]) {
                    return;
                }
                i += 3;
            }
            0 => i += 1,
            1 => i += 3,
            _ => i += 3,
        }
    }
}

/// The same for NAL units with four bytes of length in front, as in MP4 files.
pub(super) fn each_prefixed(mut data: &[u8], visit: &mut dyn FnMut(&[u8]) -> bool) {
    while let Some((length, rest)) = data.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if visit(&rest[..length.min(rest.len())]) {
            return;
        }
        data = rest.get(length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annex_b(nals: &[&[u8]]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect()
    }

    #[test]
    fn h264_in_annex_b() {
        let sps = [0x67, 66, 0, 30];
        let pps = [0x68, 1, 2];
        assert!(is_keyframe("h264", &annex_b(&[&sps, &pps, &[0x65, 1, 2]]), false));
        assert!(!is_keyframe("h264", &annex_b(&[&[0x41, 1, 2]]), false));
        assert!(!is_keyframe("h264", &annex_b(&[&[0x09, 0x10], &[0x41, 1, 2]]), false));
        // A recovery point after another SEI message of 300 bytes.
        let mut sei = vec![0x06, 5, 255, 45];
        sei.extend([7; 300]);
        sei.extend([6, 1, 0x80]);
        assert!(is_keyframe("h264", &annex_b(&[&sei, &[0x41, 1]]), false));
        assert!(!is_keyframe("h264", &[], false));
    }

    #[test]
    fn what_stands_behind_an_sei_is_none_of_it() {
        let timing = [6, 1, 1, 0x32, 0x80];
        let slice = [&[0x41, 0x9a, 7][..], &[9; 0x41], &[6, 1, 0x80, 0x80]].concat();
        // 65 bytes on, by what would be the size of a message of type 1.
        assert!(!is_keyframe("h264", &annex_b(&[&timing, &slice]), false));
        assert!(!recovers_gradually("h264", &annex_b(&[&timing, &slice]), false));
        let short = [&[0, 0, 1][..], &timing, &[0, 0, 1], &slice].concat();
        assert!(!is_keyframe("h264", &short, false));
        // A byte that keeps start codes apart counts for no size.
        let apart = [6, 5, 4, 0, 0, 3, 0, 9, 6, 1, 0x80, 0x80];
        assert!(is_keyframe("h264", &annex_b(&[&apart, &slice]), false));
        assert!(!is_keyframe("h264", &annex_b(&[&[6, 5, 9, 0, 0, 3, 0, 6, 1], &slice]), false));
    }

    #[test]
    fn h264_with_lengths() {
        let data = [0, 0, 0, 2, 0x67, 1, 0, 0, 0, 3, 0x65, 1, 2];
        assert!(is_keyframe("h264", &data, true));
        assert!(!is_keyframe("h264", &[0, 0, 0, 9, 0x41], true));
    }

    #[test]
    fn h265() {
        let vps = [32 << 1, 1, 0];
        assert!(is_keyframe("h265", &annex_b(&[&vps, &[19 << 1, 1, 0x80]]), false));
        assert!(is_keyframe("h265", &annex_b(&[&[21 << 1, 1, 0x80]]), false));
        assert!(!is_keyframe("h265", &annex_b(&[&[1 << 1, 1, 0x80]]), false));
    }

    #[test]
    fn parameter_sets_stand_before_the_first_slice() {
        let (sps, pps) = ([0x67, 66, 0, 30], [0x68, 1, 2]);
        let whole = annex_b(&[&[0x09, 0x10], &sps, &pps, &[0x65, 1, 2], &[0x67, 9]]);
        assert_eq!(parameter_sets("h264", &whole), Some(annex_b(&[&sps, &pps])));
        // Three bytes of start code, and zeros that belong to nothing.
        let short = [&[0, 0, 1][..], &sps, &[0, 0, 0, 0, 1], &pps, &[0, 0, 1, 0x65]].concat();
        assert_eq!(parameter_sets("h264", &short), Some(annex_b(&[&sps, &pps])));
        assert_eq!(parameter_sets("h264", &annex_b(&[&sps, &[0x65, 1]])), None);
        assert_eq!(parameter_sets("h264", &[]), None);
        let sets: [&[u8]; 3] = [&[32 << 1, 1, 7], &[33 << 1, 1, 7], &[34 << 1, 1, 7]];
        let mut units = sets.to_vec();
        units.push(&[0, 1, 0x80]);
        units.push(&[33 << 1, 1, 8]);
        assert_eq!(parameter_sets("h265", &annex_b(&units)), Some(annex_b(&sets)));
        assert_eq!(parameter_sets("mjpeg", &whole), None);
    }

    #[test]
    fn a_picture_begins_with_its_first_slice() {
        let (sps, pps) = ([0x67, 66, 0, 30], [0x68, 1, 2]);
        let begins = |codec, nals: &[&[u8]]| begins_picture(codec, &annex_b(nals));
        assert!(begins("h264", &[&sps, &pps, &[0x65, 0x88, 2], &[0x65, 0x08, 2]]));
        assert!(!begins("h264", &[&[0x65, 0x08, 2], &[0x65, 0x88, 2]]));
        assert!(!begins("h264", &[&[0x41, 0x40, 2]]), "a slice in the middle");
        assert!(!begins("h264", &[&sps, &pps]));
        assert!(begins("h265", &[&[32 << 1, 1, 0], &[19 << 1, 1, 0x80]]));
        assert!(!begins("h265", &[&[32 << 1, 1, 0], &[19 << 1, 1, 0x40]]));
        assert!(begins("mjpeg", &[]));
        assert!(!begins("h264", &[]));
    }

    #[test]
    fn a_refresh_is_told_from_a_key_frame() {
        let slice = [0x41, 0x9a, 2];
        let point = |count: u8| annex_b(&[&[0x67, 66, 0, 30], &[0x06, 6, 1, count, 0x80], &slice]);
        assert!(
            !recovers_gradually("h264", &point(0x80), false),
            "0 pictures, as open GOPs have it"
        );
        assert!(recovers_gradually("h264", &point(0x08), false));
        assert!(!recovers_gradually("h265", &point(0x08), false));
        let idr = annex_b(&[&[0x06, 6, 1, 0x08, 0x80], &[0x65, 0x88, 2]]);
        assert!(!recovers_gradually("h264", &idr, false));
        let prefixed = [0, 0, 0, 4, 6, 6, 1, 8, 0, 0, 0, 2, 0x41, 1];
        assert!(recovers_gradually("h264", &prefixed, true));
        // A length that looks like a start code.
        let long = [&[0, 0, 1, 7, 6, 5, 255, 0][..], &[7; 255], &[6, 1, 8, 0x80], &prefixed[8..]];
        assert!(recovers_gradually("h264", &long.concat(), true));
    }

    #[test]
    fn every_jpeg_is_a_key_frame() {
        assert!(is_keyframe("mjpeg", &[0xff, 0xd8], false));
    }
}

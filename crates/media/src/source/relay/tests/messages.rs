//! Random bytes, and messages cut anywhere.

use proptest::prelude::*;

use crate::source::relay::lane::Lane;
use crate::source::relay::limits::Limits;
use crate::source::relay::message::Head;

const LIMITS: fn() -> Limits = Limits::default;

/// What a lane makes of these pieces: messages as they came, everything that is written, and how
/// it ended.
fn run(pieces: &[&[u8]], taken: usize) -> (Vec<(Head, Vec<u8>)>, Vec<u8>, bool) {
    let (mut lane, limits) = (Lane::default(), LIMITS());
    let (mut messages, mut written) = (Vec::new(), Vec::new());
    for piece in pieces {
        let mut piece = *piece;
        loop {
            let room = lane.room(&limits);
            let bytes = room.len().min(piece.len());
            room[..bytes].copy_from_slice(&piece[..bytes]);
            lane.filled(bytes);
            piece = &piece[bytes..];
            match lane.next(&limits) {
                Err(_) => return (messages, written, true),
                Ok(Some((head, body))) => {
                    head.write(&body, lane.inserted());
                    messages.push((head, body));
                }
                Ok(None) if lane.output().is_empty() && piece.is_empty() => break,
                Ok(None) => {
                    let output = &lane.output()[..lane.output().len().min(taken)];
                    let bytes = output.len();
                    written.extend_from_slice(output);
                    lane.written(bytes);
                }
            }
        }
    }
    (messages, written, false)
}

fn part() -> impl Strategy<Value = Vec<u8>> {
    let frame = prop::collection::vec(any::<u8>(), 0..300)
        .prop_map(|body| [b"$\x01", &(body.len() as u16).to_be_bytes()[..], &body].concat());
    let body = prop::collection::vec(any::<u8>(), 0..100);
    let answer = (100_u16..1000, "[ -~]{0,20}", body).prop_map(|(status, value, body)| {
        let head = format!("RTSP/1.0 {status} Fine\r\nX-Y: {value}\r\nContent-Length: ");
        [head.as_bytes(), body.len().to_string().as_bytes(), b"\r\n\r\n", &body].concat()
    });
    let request =
        "[A-Z][A-Z_]{0,8} rtsp://[a-z/]{1,20} RTSP/1\\.0\n(A: b\n)?(B:c\n d\n)?\n(\r\n){0,3}";
    prop_oneof![3 => frame, 1 => answer, 1 => request.prop_map(String::into_bytes)]
}

proptest! {
    #[test]
    fn any_cut_gives_the_same(
        parts in prop::collection::vec(part(), 1..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        taken in 1_usize..400,
    ) {
        let whole = parts.concat();
        let (messages, written, failed) = run(&[&whole], usize::MAX);
        prop_assert!(!failed);
        let expected = parts.iter().filter(|part| part[0] != b'$').count();
        prop_assert_eq!(messages.len(), expected);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len())).collect();
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &whole[cut[0]..cut[1]]).collect();
        prop_assert_eq!(run(&pieces, taken), (messages.clone(), written.clone(), false));
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        prop_assert_eq!(run(&bytes, taken), (messages, written, false));
    }

    /// What the relay writes is read as what it wrote: frames and messages in their order.
    #[test]
    fn what_is_written_is_read_again(parts in prop::collection::vec(part(), 1..12)) {
        let whole = parts.concat();
        let (messages, written, _) = run(&[&whole], usize::MAX);
        let (again, rewritten, failed) = run(&[&written], usize::MAX);
        prop_assert!(!failed);
        prop_assert_eq!(rewritten, written);
        prop_assert_eq!(again.len(), messages.len());
        for ((head, body), (again, same)) in messages.iter().zip(&again) {
            prop_assert_eq!((&head.start, body), (&again.start, same));
        }
    }

    /// However the bytes come and go.
    #[test]
    fn what_the_relay_says_leaves_between_two_frames(
        lengths in prop::collection::vec(0_usize..3000, 1..20),
        chunk in 1_usize..500,
        taken in 1_usize..500,
        every in 1_usize..10,
    ) {
        const OURS: &[u8] = b"RTSP/1.0 200 OK\r\n\r\n";
        let frames: Vec<Vec<u8>> = lengths
            .iter()
            .map(|length| [b"$\0", &(*length as u16).to_be_bytes()[..], &vec![b'$'; *length]].concat())
            .collect();
        let (mut lane, limits, mut written, mut said) = (Lane::default(), LIMITS(), Vec::new(), 0);
        for (number, piece) in frames.concat().chunks(chunk).enumerate() {
            lane.room(&limits)[..piece.len()].copy_from_slice(piece);
            lane.filled(piece.len());
            if number % every == 0 {
                lane.inserted().extend_from_slice(OURS);
                said += 1;
            }
            prop_assert!(lane.next(&limits).unwrap().is_none());
            let mut left = taken;
            while left > 0 && !lane.output().is_empty() {
                let bytes = lane.output().len().min(left);
                written.extend_from_slice(&lane.output()[..bytes]);
                lane.written(bytes);
                left -= bytes;
            }
        }
        while lane.next(&limits).unwrap().is_none() && !lane.output().is_empty() {
            let bytes = lane.output().len();
            written.extend_from_slice(lane.output());
            lane.written(bytes);
        }
        let (messages, passed, failed) = run(&[&written], usize::MAX);
        prop_assert!(!failed);
        prop_assert_eq!(messages.len(), said);
        prop_assert_eq!(passed.len(), frames.concat().len() + said * OURS.len());
    }

    #[test]
    fn garbage_is_an_error_and_never_a_panic(
        first in any::<u8>().prop_filter("no frame", |byte| !b"$\r\n".contains(byte)),
        garbage in prop::collection::vec(any::<u8>(), 0..400),
        cut in 1_usize..50,
    ) {
        let mut bytes = vec![first];
        bytes.extend(garbage);
        bytes.extend_from_slice(b"\n\n");
        let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
        prop_assert!(run(&pieces, usize::MAX).2);
    }

    #[test]
    fn no_bytes_at_all_are_a_panic(
        bytes in prop::collection::vec(prop::sample::select(b"$R/1.0 2\r\n:\0\x01aTSP".to_vec()), 0..600),
        cut in 1_usize..50,
    ) {
        let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
        run(&pieces, 7);
    }
}

#[test]
fn a_long_message_behind_frames_is_taken_and_its_room_given_back() {
    let frame = [b"$\0", &60_000_u16.to_be_bytes()[..], &[7; 60_000]].concat();
    let message =
        [b"RTSP/1.0 200 OK\r\nContent-Length: 262144\r\n\r\n", &[b'x'; 262_144][..]].concat();
    let whole = [&frame[..], &message, &frame].concat();
    let pieces: Vec<&[u8]> = whole.chunks(10_000).collect();
    let (messages, written, failed) = run(&pieces, 50_000);
    assert!(!failed);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].1.len(), 262_144);
    assert!(written.starts_with(&frame) && written.ends_with(&frame));
    assert_eq!(written.len(), whole.len());
}

#[test]
fn a_header_on_several_lines_is_written_on_one_without_blanks_at_its_ends() {
    let (messages, written, failed) =
        run(&[b"RTSP/1.0 200 OK\r\nA: b,\r\n \r\nB:\r\n c\r\n\td\r\n\r\n"], usize::MAX);
    assert!(!failed && messages.len() == 1);
    assert_eq!(written, b"RTSP/1.0 200 OK\r\nA: b,\r\nB: c d\r\n\r\n");
}

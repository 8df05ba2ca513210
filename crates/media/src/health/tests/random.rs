//! Random cameras: what must hold whatever happens.

use proptest::prelude::*;

use super::*;

/// What happens next, after so many milliseconds.
#[derive(Clone, Debug)]
enum Step {
    /// A packet this late, which the decoder makes this of; in milliseconds of stream time added.
    Packet {
        key: bool,
        whole: bool,
        failed: bool,
        delay: u64,
        jump: i64,
    },
    Rtcp,
    Up,
    Fails,
    Show(bool),
    Nothing,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let packet = (any::<bool>(), 0..10_u32, 0..3_u32, 0..3_u64, 0..40_u32).prop_map(
        |(key, lost, failed, delay, jump)| Step::Packet {
            key,
            whole: lost > 0,
            failed: failed == 0,
            delay: delay * 2_500,
            jump: if jump == 0 { 100_000 } else { 0 },
        },
    );
    let step = prop_oneof![
        20 => packet,
        1 => Just(Step::Rtcp),
        1 => Just(Step::Up),
        1 => Just(Step::Fails),
        1 => any::<bool>().prop_map(Step::Show),
        2 => Just(Step::Nothing),
    ];
    let wait = prop_oneof![10 => 1..100_u64, 3 => 100..2_000_u64, 1 => 2_000..70_000_u64];
    prop::collection::vec((wait, step), 0..300)
}

proptest! {
    #[test]
    fn no_old_picture_is_live_and_no_remedy_comes_too_often(steps in steps()) {
        let start = Instant::now();
        let mut health = Health::new(seconds(2), None, start);
        health.connection(Connection::Up, start);
        let (mut now, mut up, mut shown, mut jumped) = (start, true, true, 0_i64);
        let (mut frame, mut packet, mut shown_again) = (None::<Instant>, None::<Instant>, None::<Instant>);
        let mut reconnects: [Vec<Instant>; 2] = Default::default();
        // The longest gap: no interval that is learnt is longer.
        let mut longest = Duration::ZERO;
        for (wait, step) in steps {
            now += Duration::from_millis(wait);
            let mut rebased = false;
            match step {
                Step::Packet { key, whole, failed, delay, jump } if up => {
                    longest = longest.max(packet.map_or(Duration::ZERO, |at| now - at));
                    packet = Some(now);
                    rebased = jump > 0;
                    jumped += jump;
                    let passed = (now - start).as_millis() as i64 - delay as i64 + jumped;
                    let stream = Some(passed as f64 / 1000.0);
                    health.arrived(Arrival { stream, at: now });
                    if shown {
                        let decoded = Decoded { key, whole, failed, clean: !failed, ..CLEAN };
                        health.decoding(now);
                        health.picture(Findings::default(), now, now);
                        health.decoded(&decoded, now);
                        frame = Some(now);
                    }
                }
                Step::Rtcp => health.rtcp(),
                Step::Up => {
                    health.connection(Connection::Up, now);
                    up = true;
                }
                Step::Fails => {
                    health.connection(down(broken(), now), now);
                    up = false;
                    prop_assert!(matches!(health.state(now), FeedState::Down(_)), "down comes first");
                }
                Step::Show(on) => {
                    if on && !shown {
                        shown_again = Some(now);
                    }
                    health.show(on, now);
                    shown = on;
                }
                Step::Packet { .. } | Step::Nothing => {}
            }
            let state = health.state(now);
            let late = matches!(state, FeedState::Late { .. });
            prop_assert!(!(rebased && late), "a step is no delay");
            if state == FeedState::Live {
                let sign = if shown { frame.max(shown_again) } else { packet };
                let age = sign.map(|sign| now - sign);
                let limit = seconds(2).max(3 * longest);
                prop_assert!(age.is_some_and(|age| age <= limit), "{age:?} and live");
                prop_assert!(up, "no connection and live");
            }
            prop_assert!(health.since(now).is_none_or(|since| since <= now && since >= start));
            prop_assert_eq!(up, matches!(health.present_connection(), Connection::Up));
            match health.remedy(false, || Room::Free, now) {
                Some(Remedy::Reconnect(error)) => {
                    let late = matches!(error, SourceError::Late { .. });
                    let times = &mut reconnects[usize::from(late)];
                    let pauses = if late { [30, 120, 600, 600] } else { [5, 30, 120, 600] };
                    let recent = times.iter().filter(|at| now - **at < seconds(600)).count();
                    if let Some(last) = times.last() {
                        let pause = pauses[recent.saturating_sub(1).min(3)];
                        prop_assert!(now - *last >= seconds(pause), "{recent} in ten minutes");
                    }
                    times.push(now);
                    health.connection(down(error, now), now);
                    let stays = matches!(health.state(now), FeedState::Late { .. } | FeedState::Undecodable { .. });
                    prop_assert!(stays, "the word stays");
                    up = false;
                }
                Some(Remedy::ReopenDecoder) => {
                    let said = matches!(health.state(now), FeedState::Undecodable { .. });
                    prop_assert!(said && shown && up, "only where it is said");
                }
                Some(Remedy::ReplaceDecoder | Remedy::StartDecoder | Remedy::DecodeNoMore) => {
                    prop_assert!(false, "no decoder hangs");
                }
                None => {}
            }
        }
    }
}

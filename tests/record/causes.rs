//! Every cause that a ledger can have is produced from outside: some test of this suite has the program
//! write it.

use std::path::Path;

use camwall_recorder::Cause;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::rig::{Rig, SHORT, fails, recorded};
use testkit::archive::{Archive, DIR, Timeline};
use testkit::media::{clip, ffmpeg};
use testkit::{Fault, Faults, Run, SOON, WallFile, half_turn};

/// The module and the test that produce a cause. A cause that is new does not compile until one does.
fn producer(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::CameraOffline => ("reconnect", "a_lost_camera_is_a_gap"),
        Cause::CameraStalled => ("reconnect", "a_frozen_camera_is_a_gap"),
        Cause::LoginRefused => ("reconnect", "a_refused_login_is_a_gap"),
        Cause::SourceEnded => ("causes", "a_file_that_is_over_is_a_gap"),
        Cause::DiskFull => ("disk", "a_full_disk_is_waited_for"),
        Cause::DiskSlow => {
            ("slow_disk", "what_fits_into_memory_is_not_lost_and_what_does_not_is_a_gap")
        }
        Cause::DiskReadOnly => {
            ("ext4", "a_disk_that_turns_read_only_in_mid_segment_costs_less_than_a_second")
        }
        Cause::NoFolder => ("folder", "a_folder_without_permission_is_waited_for"),
        Cause::DiskError => ("causes", "a_disk_that_refuses_to_write_costs_less_than_a_second"),
        Cause::NotRecordable => ("causes", "pictures_that_the_container_can_not_hold_are_a_gap"),
        Cause::StoppedByHand => ("keys", "what_a_key_ended_is_a_gap_until_it_begins_again"),
        Cause::NotScheduled => ("causes", "hours_that_are_not_scheduled_are_a_gap"),
        Cause::ProgramEnded => ("restart", "a_start_after_a_proper_end_says_so"),
        Cause::ProgramKilled => ("restart", "a_restart_finishes_what_a_kill_left"),
        Cause::ClockChanged => ("clock", "a_clock_that_is_set_ahead_is_a_gap"),
        Cause::Internal => ("causes", "a_muxer_that_fails_is_a_gap"),
    }
}

/// All causes by their names in the ledger: serde lists them where it is given none of them.
fn names() -> Vec<String> {
    let error = serde_json::from_str::<Cause>(r#""none of them""#).expect_err("no such cause");
    let list = error.to_string();
    list.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_cause_has_a_test_that_produces_it() {
    let names = names();
    assert!(names.len() >= 16 && names.contains(&"internal".to_owned()), "{names:?}");
    for name in names {
        let cause: Cause = serde_json::from_str(&format!("{name:?}")).expect("a cause");
        let (module, test) = producer(cause);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/record");
        let source =
            std::fs::read_to_string(folder.join(format!("{module}.rs"))).expect("a module");
        let begin = source.find(&format!("#[test]\nfn {test}()"));
        let body = &source[begin.unwrap_or_else(|| panic!("{module} has no test {test}"))..];
        let body = &body[..body.find("\n}\n").expect("its end")];
        assert!(body.contains(&format!("{name:?}")), "{module}::{test} never speaks of {name}");
    }
}

/// A wall of one camera, `cam`, with these fields.
fn wall(fields: &str, recording: &str) -> WallFile {
    let wall = WallFile::verbatim("");
    describe(&wall, fields, recording);
    wall
}

/// Writes the wall anew.
fn describe(wall: &WallFile, fields: &str, recording: &str) {
    let text = format!(
        r#"(cameras: {{ "cam": ({fields}) }}, recording: (dir: {DIR:?}, {recording}, {SHORT}))"#
    );
    std::fs::write(wall.path(), text).expect("a wall file");
}

fn run(wall: &WallFile) -> Run {
    Run::offscreen_of("320x180", wall).env("TZ", "UTC")
}

/// Checks that nothing is wrong in the folder, and that there is one gap, with this cause.
fn assert_one_gap(archive: &Archive, camera: &str, cause: &str) -> Timeline {
    archive.assert_sound(&[camera]);
    let timeline = archive.camera(camera);
    assert_eq!(timeline.causes(), [cause], "{timeline:#?}");
    timeline
}

/// Checks that nothing is wrong in the folder, that only this cause left a gap, which a file that was
/// begun in vain may cut in two, and that at most a second is lost of what came before it was `broken`.
fn assert_small_loss(archive: &Archive, camera: &str, cause: &str, broken: Timestamp) {
    archive.assert_sound(&[camera]);
    let timeline = archive.camera(camera);
    let causes = timeline.causes();
    assert!(!causes.is_empty() && causes.iter().all(|it| *it == cause), "{timeline:#?}");
    let lost = broken.duration_since(timeline.gaps[0].start);
    assert!(lost <= SignedDuration::from_secs(1), "{lost} lost: {timeline:#?}");
    assert_eq!(timeline.segments.len(), 2, "before and after: {timeline:#?}");
}

#[test]
fn a_file_that_is_over_is_a_gap() {
    let _turn = half_turn();
    let fields = r#"main: "clip.mkv", options: {"loop": "0"}, record: Always"#;
    let wall = wall(fields, "container: Matroska");
    clip(&wall.file("clip.mkv"), 100);
    let mut camwall = run(&wall).start();
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam", "source_ended"));
    assert_eq!(camwall.terminate().code, Some(0));
    let archive = Archive::of(&wall);
    let timeline = assert_one_gap(&archive, "cam", "source_ended");
    // All of the file, and nothing of it twice.
    let packets: u64 = timeline.segments.iter().map(|segment| segment.packets).sum();
    assert_eq!(packets, 100, "{timeline:#?}");
}

#[test]
fn pictures_that_the_container_can_not_hold_are_a_gap() {
    let _turn = half_turn();
    let wall = wall(r#"main: "clip.mkv", record: Always"#, "container: Mp4");
    clip(&wall.file("clip.mkv"), 100);
    let old = wall.file("old.flv");
    let old = old.to_str().expect("a plain path");
    ffmpeg(["-f", "lavfi", "-i", "testsrc=size=64x36:rate=25:duration=4", "-c:v", "flv1", old]);
    let mut camwall = run(&wall).start();
    camwall.wait_for("recorded", SOON, |line| recorded(line, "cam"));
    assert_eq!(camwall.terminate().code, Some(0));
    describe(&wall, r#"main: "old.flv", record: Always"#, "container: Mp4");
    let mut camwall = run(&wall).start();
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam", "not_recordable"));
    assert_eq!(camwall.terminate().code, Some(0));
    let archive = Archive::of(&wall);
    archive.assert_sound(&["cam"]);
    let timeline = archive.camera("cam");
    assert_eq!(timeline.causes(), ["program_ended", "not_recordable"], "{timeline:#?}");
}

/// Minutes and seconds into an hour, of a clock that is right.
fn into_the_day() -> u64 {
    let seconds =
        Timestamp::now().to_zoned(TimeZone::UTC).time().duration_since(jiff::civil::Time::MIN);
    seconds.as_secs().try_into().expect("not before the day")
}

#[test]
fn hours_that_are_not_scheduled_are_a_gap() {
    let _turn = half_turn();
    const DAY: u64 = 24 * 3600;
    let (server, faults) = (testkit::Camsim::start(&["--cameras", "1"]), Faults::build());
    let url = server.url("cam1/sub");
    let fields = format!(r#"main: {url:?}, record: Weekly(["Daily 06:00-18:00"])"#);
    let wall = wall(&fields, "container: Matroska");
    let archive = Archive::of(&wall);
    // Time to start, to say that it is recorded, and to close a file.
    let before_the_end = 18 * 3600 - 20;
    faults.set_ahead(2 * DAY + before_the_end - into_the_day());
    let mut camwall = faults.given_to(run(&wall)).start();
    camwall.wait_for("recorded", SOON, |line| recorded(line, "cam"));
    camwall.wait_for("evening", 2 * SOON, |line| {
        let camera = line.camera("cam");
        !camera.recording && camera.record_fault.is_none()
    });
    assert_eq!(camwall.terminate().code, Some(0));
    assert_eq!(archive.parts(), Vec::<std::path::PathBuf>::new());
    // The next morning.
    faults.set_ahead(3 * DAY + 7 * 3600 - into_the_day());
    let mut camwall = faults.given_to(run(&wall)).start();
    camwall.wait_for("recorded again", SOON, |line| recorded(line, "cam"));
    assert_eq!(camwall.terminate().code, Some(0));
    let gap = assert_one_gap(&archive, "cam", "not_scheduled").gap("not_scheduled").clone();
    let hour = |at: Timestamp| at.to_zoned(TimeZone::UTC).hour();
    assert_eq!((hour(gap.start), hour(gap.end)), (18, 7), "{gap:#?}");
}

#[test]
fn a_schedule_lets_nothing_be_recorded_from_before_its_hours() {
    let _turn = half_turn();
    const DAY: u64 = 24 * 3600;
    let (server, faults) = (testkit::Camsim::start(&["--cameras", "1"]), Faults::build());
    let url = server.url("cam1/sub");
    let fields = format!(r#"main: {url:?}, record: Weekly(["Daily 06:00-18:00"])"#);
    let recording = format!(r#"recording: (dir: {DIR:?}, pre_roll: "10s", keep: (free: "20MB"))"#);
    let wall = WallFile::new(&[("cam", fields)], &recording);
    let archive = Archive::of(&wall);
    // Time to start, and to have something in memory that a recording could begin with.
    let before_the_begin = 6 * 3600 - 20;
    faults.set_ahead(2 * DAY + before_the_begin - into_the_day());
    let mut camwall = faults.given_to(run(&wall)).start();
    camwall.wait_for("live", SOON, |line| line.is("cam", "live"));
    let early = camwall.lines().pop().expect("a line");
    assert!(!early.camera("cam").recording, "{early:#?}");
    camwall.wait_for("morning", 2 * SOON, |line| recorded(line, "cam"));
    assert_eq!(camwall.terminate().code, Some(0));
    let start = archive.camera("cam").segments[0].start.to_zoned(TimeZone::UTC);
    assert_eq!((start.hour(), start.minute()), (6, 0), "{start}");
    // And not a moment later than the next key frame, and the next look at the schedule.
    assert!(start.second() < 5, "{start}");
}

/// A camera that is recorded while `fault` begins and ends.
fn survives(fault: Fault, cause: &str) -> (Rig, Timestamp) {
    let rig = Rig::new(&["cam1/sub"], r#"segment: "1h", pre_roll: "0s", keep: (free: "20MB")"#);
    let faults = Faults::build();
    let mut camwall = rig.started(faults.given_to(rig.run()));
    let began = camwall.lines().len();
    camwall.wait_until("some seconds", SOON, |lines| lines.len() >= began + 4);
    let broken = Timestamp::now();
    faults.begin(fault);
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam1", cause));
    faults.end(fault);
    camwall.wait_for("recorded again", SOON, |line| recorded(line, "cam1"));
    camwall.wait_that("the file is finished", SOON, || rig.archive.files_of("mkv").len() == 1);
    assert_eq!(camwall.terminate().code, Some(0));
    (rig, broken)
}

#[test]
fn a_disk_that_refuses_to_write_costs_less_than_a_second() {
    let _turn = half_turn();
    let (rig, broken) = survives(Fault::Writes, "disk_error");
    assert_small_loss(&rig.archive, "cam1", "disk_error", broken);
}

#[test]
fn a_muxer_that_fails_is_a_gap() {
    let _turn = half_turn();
    let (rig, broken) = survives(Fault::Muxer, "internal");
    assert_small_loss(&rig.archive, "cam1", "internal", broken);
}

//! A disk of which some blocks can't be read any more: the kernel's reads of them fail.

use std::path::Path;

use super::rig::{Rig, all_recorded};
use testkit::access_units::{Clip, assert_run, sent};
use testkit::archive::Archive;
use testkit::{BLOCK, BadBlocks, Camwall, SOON, half_turn};

/// Blocks that go bad, in the middle of a file: less than a tenth of a second of the camera.
const BAD: u64 = 3;

/// The most that may go with them, in pictures: what stands in the same two clusters.
const MOST: usize = 75;

/// Waits until a file is being written that is so long, and kills the wall.
fn killed(mut camwall: Camwall, archive: &Archive, bytes: u64) {
    camwall.wait_that("some of a file", SOON, || {
        archive.growing("cam4").is_some_and(|path| length(&path) >= bytes)
    });
    camwall.kill();
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |meta| meta.len())
}

fn middle_of(path: &Path) -> std::ops::Range<u64> {
    let middle = length(path) / 2 / BLOCK;
    middle..middle + BAD
}

fn starts_alike(one: &[usize], other: &[usize]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

#[test]
fn what_stands_before_and_behind_a_bad_block_of_a_file_that_was_left_is_saved() {
    let _turn = half_turn();
    for container in ["Matroska", "Mp4"] {
        let recording = format!(
            r#"container: {container}, segment: "1h", pre_roll: "0s", keep: (free: "5MB")"#
        );
        let rig = Rig::new(&["cam4/main"], &recording);
        let disk = BadBlocks::mount(64, rig.archive.root());
        let archive = Archive::on(disk.disk());
        killed(rig.started(disk.disk().give_to(rig.run())), &archive, 2 << 20);
        let left = archive.parts().pop().expect("one");
        // As it was, to compare.
        let copy = rig.wall.file("copy");
        std::fs::copy(&left, &copy).expect("copied");
        disk.spoil(&left, middle_of(&left));
        assert!(std::fs::read(&left).is_err(), "its middle can't be read");

        let mut camwall = rig.started(disk.disk().give_to(rig.run()));
        let from = camwall.lines().len();
        let whole = left.with_extension("");
        camwall.wait_that("it is finished", 2 * SOON, || whole.exists());
        camwall.wait_for("a line later", SOON, all_recorded);
        assert!(camwall.lines()[from..].iter().all(all_recorded), "it records all the time");
        assert_eq!(camwall.terminate().code, Some(0));
        // Reads each byte of each file, and plays them.
        archive.assert_sound(&["cam4"]);
        let timeline = archive.camera("cam4");
        assert_eq!(timeline.causes(), ["program_killed"], "{timeline:#?}");
        let (mended, new) = (&timeline.segments[0], &timeline.segments[1..]);
        assert!(mended.recovered && (1..1 << 20).contains(&mended.damaged), "{mended:#?}");
        assert!(!new.is_empty() && new.iter().all(|it| it.damaged == 0), "{new:#?}");

        let clip = Clip::read("cam4-1080.h264");
        let (was, is) = (clip.units_of(&copy), clip.units_of(&whole));
        assert_run(&was, &sent(&rig.trace(), "cam4", "main", &clip));
        // The last ones may have been on their way when it was killed.
        let before = starts_alike(&was, &is);
        let turned = |units: &[usize]| units.iter().rev().copied().collect::<Vec<_>>();
        let behind = starts_alike(&turned(&was), &turned(&is));
        let lost = was.len() - is.len();
        eprintln!("{container}: {before} pictures, {lost} lost, {behind} behind them");
        assert!(before > 25 && behind > 25 && before + behind >= is.len(), "{before}, {behind}");
        assert!((1..=MOST).contains(&lost), "{lost} of {} are lost", was.len());
    }
}

#[test]
fn a_bad_block_of_a_closed_file_is_a_fault_of_that_file_and_of_no_other() {
    let _turn = half_turn();
    let rig = Rig::new(&["cam4/main"], super::rig::SHORT);
    let disk = BadBlocks::mount(64, rig.archive.root());
    let archive = Archive::on(disk.disk());
    let mut camwall = rig.started(disk.disk().give_to(rig.run()));
    camwall.wait_that("some files", SOON, || archive.camera("cam4").segments.len() >= 4);
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam4"]);
    let bad = archive.camera("cam4").films().swap_remove(1);
    disk.spoil(&bad, middle_of(&bad));
    let (code, said) = archive.verified();
    assert_eq!((code, &said["faults"]), (Some(5), &1.into()), "{said:#}");
    let fault = &said["cameras"][0]["faults"][0];
    let (path, name) = (fault["path"].as_str(), bad.file_name().and_then(|name| name.to_str()));
    assert!(path.is_some_and(|path| path.ends_with(name.expect("UTF-8"))), "{fault:#}");
    // The wall records on beside it.
    let camwall = rig.started(disk.disk().give_to(rig.run()));
    assert_eq!(camwall.terminate().code, Some(0));
    assert_eq!(archive.verified().1["faults"], 1);
}

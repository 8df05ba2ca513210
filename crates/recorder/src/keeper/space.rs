//! Makes room on a disk, as its [`Room`] asks.
//!
//! Run by the thread `retention`.

use super::room::{Room, RoomNews};
use super::rules::RuleOutcome;
use super::system::System;
use super::{Retention, report, walk};
use crate::Cause;
use crate::disk::DiskSpace;
use crate::ledger::entry::RetentionRule;
use crate::paths;

impl<S: System> Retention<S> {
    /// Keeps the floor of free space of a disk.
    pub(super) fn make_room(&mut self, device: u64) -> Result<(), Cause> {
        let Some(mut room) = self.rooms.remove(&device) else { return Ok(()) };
        let outcome = self.make_room_in(device, &mut room);
        self.rooms.insert(device, room);
        outcome
    }

    fn make_room_in(&mut self, device: u64, room: &mut Room) -> Result<(), Cause> {
        let (disk, now) = (self.disk(&room.folder)?, self.system.instant());
        let (demand, news) = room.demand(&self.limits, disk, now);
        self.tell(room, disk, news);
        let Some(demand) = demand else { return room.verdict() };
        self.refresh_latest();
        let removed = self.pass(RetentionRule::Free, |days, asked| {
            if asked.removed >= demand.missing {
                RuleOutcome::Satisfied
            } else if days.home_of(&asked.id.folder) == Some(device) {
                RuleOutcome::Remove
            } else {
                RuleOutcome::Skip
            }
        });
        if removed > 0 {
            self.report.making_room(&room.folder, disk.free, demand.wanted);
        }
        let disk = self.disk(&room.folder)?;
        let tried = !self.stopped();
        if tried && removed < demand.missing && disk.free < self.limits.free {
            let on_it = self.days.cameras_on(device).cloned();
            self.unmet.extend(on_it.map(|camera| (camera, RetentionRule::Free)));
        }
        let news = room.freed(&self.limits, &demand, (removed, tried), disk, now);
        self.tell(room, disk, news);
        room.verdict()
    }

    fn tell(&self, room: &Room, disk: DiskSpace, news: Option<RoomNews>) {
        match news {
            Some(RoomNews::Full(wanted)) => report::full(&room.folder, disk.free, wanted),
            Some(RoomNews::InVain(camera)) => {
                report::in_vain(&self.root.join(&*camera), disk.free);
            }
            Some(RoomNews::Enough) => report::enough(&room.folder, disk.free),
            None => {}
        }
    }

    /// Reads the ledgers of the days that are still written, where they changed. On a full disk a
    /// segment's line waits for room, and comes later than the segment.
    fn refresh_latest(&mut self) {
        let today = paths::day_of(self.system.now());
        let from = today.yesterday().unwrap_or(today);
        let latest = self.days.iter().filter(|(id, _)| id.date >= from);
        let changed = latest.filter(|(id, day)| {
            day.read.is_none_or(|read| read.ledger != walk::stamp_of(&self.root, id).ledger)
        });
        let changed: Vec<_> = changed.map(|(id, _)| id.clone()).collect();
        for id in changed {
            self.open_day(&id);
        }
    }
}

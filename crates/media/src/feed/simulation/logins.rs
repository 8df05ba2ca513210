//! A login that is read: it changes, is lost and comes back by chance.

use std::time::{Duration, Instant};

use fastrand::Rng;

use super::camera::PASSWORDS;
use crate::source::login::{Login, MissingLogin};

/// What is to be read at present.
pub(super) struct StoredLogin {
    /// Which of the passwords is next, or in the file.
    version: usize,
    there: bool,
    change_at: Instant,
}

impl StoredLogin {
    pub fn new(now: Instant, rng: &mut Rng) -> Self {
        let change_at = now + Duration::from_secs(rng.u64(1..300));
        Self { version: 0, there: rng.u32(0..6) > 0, change_at }
    }

    /// What is read at `now`.
    pub fn read(&mut self, now: Instant, rng: &mut Rng) -> Option<usize> {
        while self.change_at <= now {
            self.change_at += Duration::from_secs(rng.u64(1..150));
            self.there = rng.u32(0..3) > 0;
            self.version = (self.version + 1) % PASSWORDS.len();
        }
        self.there.then_some(self.version)
    }
}

/// What the feed gets of it.
pub(super) fn answer(version: Option<usize>) -> Result<Login, MissingLogin> {
    let login = version.map(|version| Login::new("viewer", PASSWORDS[version]));
    login.ok_or_else(|| MissingLogin("there is no file".to_owned()))
}

//! When a login is read and used.

use std::time::Instant;

use super::Invariants;
use crate::feed::simulation::camera::PASSWORDS;
use crate::source::SourceError;
use crate::source::login::Login;

impl Invariants {
    /// Whether this is read for a try, and not to see whether a refused login has changed.
    fn is_try(&self, now: Instant) -> bool {
        self.pause.is_none_or(|until| until == now) || self.is_early(now)
    }

    /// Whether the pause after a refused login is over now because there is another.
    fn is_early(&self, now: Instant) -> bool {
        let refused = self.failed.as_ref().is_some_and(|(_, error)| error.is_auth());
        let another = |(at, version): (Instant, Option<usize>)| {
            at == now && version.is_some() && version != self.login
        };
        refused && self.read.is_some_and(another)
    }

    /// The feed reads its login and finds this.
    pub fn login_read(&mut self, now: Instant, version: Option<usize>) {
        self.must(self.reads_logins && !self.cancelled, "nobody asked for a login");
        let for_a_try = self.is_try(now);
        let again = self.read.is_some_and(|(at, _)| at == now);
        self.read = Some((now, version));
        if !for_a_try {
            let refused = self.failed.as_ref().is_some_and(|(_, error)| error.is_auth());
            self.must(refused, "only a refused login is read again before its time");
            return;
        }
        if self.pause.is_some_and(|until| until > now) && !again {
            self.must(false, "what was not known is not early");
        }
        if version.is_none() {
            self.note(now, "no login");
            self.count("no login");
            self.pause = None;
            self.live = None;
            self.outages.failed(now);
            let detail = "there is no file".to_owned();
            self.failed = Some((now, SourceError::NoLogin { detail }));
        }
    }

    /// A try is made with this login.
    pub fn logs_in(&mut self, now: Instant, login: Option<&Login>) {
        if !self.reads_logins {
            let expected =
                (!self.file && self.in_address).then(|| Login::new("viewer", PASSWORDS[0]));
            return self.must(login == expected.as_ref(), "the login is that of the address");
        }
        let read = self.read.filter(|(at, _)| *at == now).and_then(|(_, version)| version);
        let expected = read.map(|version| Login::new("viewer", PASSWORDS[version]));
        self.must(expected.is_some(), "no try without a login");
        self.must(login == expected.as_ref(), "a try logs in with what was read for it");
        if self.is_early(now) && self.pause.is_some_and(|until| until > now) {
            self.count("another login is tried at once");
            self.pause = Some(now);
        }
        if self.login.is_some() && self.login != read {
            self.count("another login");
        }
        self.login = read;
    }
}

//! Looks up host names, so that a name server that does not answer stalls nobody.
//!
//! The system's lookup can't be interrupted. So it runs on threads of its own, named `lookup`: at most
//! [`THREADS`] in the whole process, started when there is something to look up and gone when there is
//! nothing more. A feed's task waits for the answer, for [`LIMIT`] at most and not when its feed is
//! closed. Policies:
//! - a numeric address is never looked up, so it connects at once though every thread is stuck;
//! - a name is looked up once for all that ask for it meanwhile, and not at all where they have all gone
//!   before its turn;
//! - an answer that comes when somebody waits for it no more is kept for [`KEPT`], for who asks next: a
//!   name whose first name server is dead has an address at the second try;
//! - names that wait are bounded in number, and so are the addresses of one and the answers that are kept.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::SourceError;
use super::spec::Address;
use crate::lock::lock;

/// Threads that look up at once.
const THREADS: usize = 4;
/// How long an asker waits.
const LIMIT: Duration = Duration::from_secs(5);
/// Names that may be looked up or wait for it.
const MOST_NAMES: usize = 256;
/// How long an answer that came late is kept: a feed asks again after 36 s at most.
const KEPT: Duration = Duration::from_secs(60);
/// Answers that are kept.
const MOST_KEPT: usize = 256;
/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 4;

/// The pool of the process.
static POOL: LazyLock<Arc<LookupPool>> = LazyLock::new(|| LookupPool::new(Box::new(system)));

/// Asks the system, as long as that takes.
fn system(host: &str) -> io::Result<Vec<IpAddr>> {
    Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
}

/// Looks one name up; may block for ever.
type Resolver = Box<dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync>;
/// The addresses of a name, or the system's words.
type Answer = Result<Vec<IpAddr>, String>;

/// The addresses of the host in `address`, in the order in which they are to be tried; none where
/// there is no name to look up.
pub(super) async fn addresses(
    address: &Address,
    cancellation: &CancellationToken,
) -> Result<Vec<IpAddr>, SourceError> {
    match name(address) {
        Some(host) => POOL.look_up(&host, LIMIT, cancellation).await,
        None => Ok(Vec::new()),
    }
}

/// The host name in an address, if it has one and that is no number.
fn name(address: &Address) -> Option<String> {
    if address.scheme.is_local() {
        return None;
    }
    let url = url::Url::parse(address.bare.expose()).ok()?;
    let host = url.host_str()?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty() && bare.parse::<IpAddr>().is_err()).then(|| host.to_owned())
}

/// Threads that look up, and the names that wait for them.
struct LookupPool {
    resolve: Resolver,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    threads: usize,
    /// Names that no thread has taken yet.
    queue: VecDeque<String>,
    /// Names that are looked up or wait.
    names: HashMap<String, Name>,
    /// Answers that came late, and when.
    late: HashMap<String, (Vec<IpAddr>, Instant)>,
}

/// A name that is looked up or waits.
#[derive(Default)]
struct Name {
    /// Who asked for it. Who waits no more is gone.
    askers: Vec<Weak<Slot>>,
    /// Whether somebody waited in vain.
    missed: bool,
}

impl Name {
    /// Forgets those that are gone.
    fn prune(&mut self) {
        let before = self.askers.len();
        self.askers.retain(|asker| asker.strong_count() > 0);
        self.missed |= self.askers.len() < before;
    }
}

impl State {
    /// The next name that somebody still waits for.
    fn next(&mut self) -> Option<String> {
        while let Some(host) = self.queue.pop_front() {
            let name = self.names.get_mut(&host)?;
            name.prune();
            if !name.askers.is_empty() {
                return Some(host);
            }
            self.names.remove(&host);
        }
        None
    }

    /// Forgets names that wait and that nobody waits for any more.
    fn drop_abandoned(&mut self) {
        let Self { queue, names, .. } = self;
        queue.retain(|host| {
            let wanted = names.get_mut(host).is_some_and(|name| {
                name.prune();
                !name.askers.is_empty()
            });
            if !wanted {
                names.remove(host);
            }
            wanted
        });
    }

    /// Keeps what came at `now`, in the place of the oldest if there is no other.
    fn keep(&mut self, host: &str, found: Vec<IpAddr>, now: Instant) {
        if self.late.len() >= MOST_KEPT && !self.late.contains_key(host) {
            let oldest = self.late.iter().min_by_key(|(_, (_, came))| *came);
            if let Some(oldest) = oldest.map(|(host, _)| host.clone()) {
                self.late.remove(&oldest);
            }
        }
        self.late.insert(host.to_owned(), (found, now));
    }

    /// What was kept and is not too old at `now`.
    fn kept(&mut self, host: &str, now: Instant) -> Option<Vec<IpAddr>> {
        self.late.retain(|_, (_, came)| now.saturating_duration_since(*came) < KEPT);
        self.late.get(host).map(|(found, _)| found.clone())
    }
}

/// Where an answer is put.
#[derive(Default)]
struct Slot {
    answer: Mutex<Option<Answer>>,
    came: Notify,
}

impl LookupPool {
    fn new(resolve: Resolver) -> Arc<Self> {
        Arc::new(Self { resolve, state: Mutex::default() })
    }

    /// Waits for the addresses of `host`.
    async fn look_up(
        self: &Arc<Self>,
        host: &str,
        limit: Duration,
        cancellation: &CancellationToken,
    ) -> Result<Vec<IpAddr>, SourceError> {
        let unreachable = |detail| SourceError::Unreachable { detail };
        if let Some(found) = lock(&self.state).kept(host, Instant::now()) {
            return Ok(found);
        }
        let slot = Arc::new(Slot::default());
        self.ask(host, &slot).map_err(unreachable)?;
        let came = cancellation.run_until_cancelled(timeout(limit, slot.came.notified())).await;
        if came.is_none() {
            return Err(SourceError::Stopped);
        }
        let answer = lock(&slot.answer).take();
        match answer {
            Some(Ok(found)) if !found.is_empty() => Ok(found),
            Some(Ok(_none)) => Err(unreachable(format!("no address for {host}"))),
            Some(Err(why)) => Err(unreachable(format!("no address for {host}: {why}"))),
            None => {
                let seconds = limit.as_secs();
                Err(unreachable(format!("no address for {host} within {seconds} s")))
            }
        }
    }

    /// Has `host` looked up, if it is not already, and a thread for it, if there may be one more.
    fn ask(self: &Arc<Self>, host: &str, slot: &Arc<Slot>) -> Result<(), String> {
        let mut state = lock(&self.state);
        if let Some(name) = state.names.get_mut(host) {
            name.prune();
            name.askers.push(Arc::downgrade(slot));
            return Ok(());
        }
        if state.names.len() >= MOST_NAMES {
            state.drop_abandoned();
        }
        if state.names.len() >= MOST_NAMES {
            return Err(format!("no address for {host}: {MOST_NAMES} lookups wait"));
        }
        if state.threads < THREADS {
            let pool = self.clone();
            let thread = std::thread::Builder::new().name("lookup".to_owned());
            match thread.spawn(move || pool.work()) {
                Ok(_detached) => state.threads += 1,
                // Those that there are will come to it.
                Err(_no_thread) if state.threads > 0 => {}
                Err(why) => return Err(format!("no thread for a lookup: {why}")),
            }
        }
        let name = Name { askers: vec![Arc::downgrade(slot)], missed: false };
        state.names.insert(host.to_owned(), name);
        state.queue.push_back(host.to_owned());
        Ok(())
    }

    /// A thread's whole life: looks up what waits, and is gone.
    fn work(&self) {
        loop {
            let host = {
                let mut state = lock(&self.state);
                let Some(host) = state.next() else {
                    state.threads -= 1;
                    return;
                };
                host
            };
            let answer = (self.resolve)(&host).map_err(|why| why.to_string());
            let answer = answer.map(|mut found| {
                found.truncate(MOST_ADDRESSES);
                found
            });
            let mut state = lock(&self.state);
            let mut name = state.names.remove(&host).unwrap_or_default();
            name.prune();
            if let Ok(found) = &answer
                && name.missed
                && !found.is_empty()
            {
                state.keep(&host, found.clone(), Instant::now());
            }
            drop(state);
            for slot in name.askers.iter().filter_map(Weak::upgrade) {
                *lock(&slot.answer) = Some(answer.clone());
                slot.came.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests;

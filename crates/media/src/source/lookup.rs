//! Looks up host names, so that a name server that does not answer stalls nobody.
//!
//! The system's lookup can't be interrupted. So it runs on threads of its own, named `lookup`: at most
//! [`THREADS`] in the whole process, started when there is something to look up and gone when there is
//! nothing more. A demux thread waits for the answer, for [`LIMIT`] at most and not when its feed is
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
use std::sync::{Arc, Condvar, LazyLock, Mutex, Weak};
use std::time::{Duration, Instant};

use super::SourceError;
use super::spec::Address;
use crate::cancel::CancellationToken;
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
/// How often a waiting thread looks whether it is cancelled.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

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
pub(super) fn addresses(
    address: &Address,
    cancellation: &CancellationToken,
) -> Result<Vec<IpAddr>, SourceError> {
    match name(address) {
        Some(host) => POOL.look_up(&host, LIMIT, cancellation),
        None => Ok(Vec::new()),
    }
}

/// The host name in an address, if it has one and that is no number.
fn name(address: &Address) -> Option<String> {
    if address.scheme.is_local() {
        return None;
    }
    let url = url::Url::parse(&address.bare).ok()?;
    let host = url.host_str()?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty() && bare.parse::<IpAddr>().is_err()).then(|| host.to_owned())
}

/// The same address with a number in place of the name.
pub(super) fn with_number(address: &Address, number: IpAddr) -> Address {
    let mut address = address.clone();
    if let Ok(mut url) = url::Url::parse(&address.bare)
        && url.set_ip_host(number).is_ok()
    {
        address.bare = url.into();
    }
    address
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
    came: Condvar,
}

impl LookupPool {
    fn new(resolve: Resolver) -> Arc<Self> {
        Arc::new(Self { resolve, state: Mutex::default() })
    }

    /// Waits for the addresses of `host`.
    fn look_up(
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
        let until = Instant::now() + limit;
        let mut answer = lock(&slot.answer);
        loop {
            if cancellation.is_cancelled() {
                return Err(SourceError::Stopped);
            }
            let left = until.saturating_duration_since(Instant::now());
            match answer.take() {
                Some(Ok(found)) if !found.is_empty() => return Ok(found),
                Some(Ok(_none)) => return Err(unreachable(format!("no address for {host}"))),
                Some(Err(why)) => return Err(unreachable(format!("no address for {host}: {why}"))),
                None if left.is_zero() => {
                    let seconds = limit.as_secs();
                    return Err(unreachable(format!("no address for {host} within {seconds} s")));
                }
                None => {}
            }
            answer = match slot.came.wait_timeout(answer, left.min(POLL_INTERVAL)) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
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
                slot.came.notify_all();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::source::spec::FeedSpec;

    const SHORT: Duration = Duration::from_millis(200);
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// Names that begin with `dead` are not answered until `hold` is dropped. Counts lookups.
    fn pool() -> (Arc<LookupPool>, crossbeam_channel::Sender<()>, Arc<AtomicUsize>) {
        let (hold, held) = crossbeam_channel::bounded::<()>(0);
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let pool = LookupPool::new(Box::new(move |host| {
            counter.fetch_add(1, Ordering::SeqCst);
            if host.starts_with("dead") {
                held.recv().ok();
            }
            if host == "unknown" {
                Err(io::Error::other("nobody knows"))
            } else {
                Ok(vec![HOME; 9])
            }
        }));
        (pool, hold, count)
    }

    fn ask(pool: &Arc<LookupPool>, host: &str) -> Result<Vec<IpAddr>, SourceError> {
        pool.look_up(host, SHORT, &CancellationToken::default())
    }

    fn no(detail: &str) -> Result<Vec<IpAddr>, SourceError> {
        Err(SourceError::Unreachable { detail: detail.to_owned() })
    }

    #[test]
    fn names_become_numbers_and_numbers_are_not_looked_up() {
        let named = |url| name(&Address::parse(&FeedSpec::new("t", url)).unwrap());
        assert_eq!(named("rtsp://u:p@cam.lan:8554/x").as_deref(), Some("cam.lan"));
        assert_eq!(named("https://cam.lan/x").as_deref(), Some("cam.lan"));
        for url in ["rtsp://10.0.0.7/x", "rtsp://[fe80::1]:554/x", "http://10.0.0.7/", "a.mp4"] {
            assert_eq!(named(url), None, "{url}");
        }
        let address = Address::parse(&FeedSpec::new("t", "rtsp://cam:8554/x?y=1")).unwrap();
        assert_eq!(with_number(&address, HOME).bare, "rtsp://127.0.0.1:8554/x?y=1");
        let v6 = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);
        assert_eq!(with_number(&address, v6).bare, "rtsp://[::1]:8554/x?y=1");
        // What the system says of itself.
        assert!(system("localhost").unwrap().iter().all(IpAddr::is_loopback));
    }

    #[test]
    fn dead_names_hold_four_threads_and_nobody_longer_than_the_limit() {
        let (pool, hold, count) = pool();
        assert_eq!(ask(&pool, "good"), Ok(vec![HOME; 4]));
        assert_eq!(ask(&pool, "unknown"), no("no address for unknown: nobody knows"));
        let started = Instant::now();
        std::thread::scope(|scope| {
            for number in 0..12 {
                let pool = &pool;
                scope.spawn(move || {
                    let said = ask(pool, &format!("dead{}", number % 6));
                    assert_eq!(said, no(&format!("no address for dead{} within 0 s", number % 6)));
                });
            }
        });
        assert!(started.elapsed() < 5 * SHORT, "{:?}", started.elapsed());
        assert_eq!(count.load(Ordering::SeqCst), 2 + THREADS, "four are stuck, two names wait");
        assert_eq!(lock(&pool.state).threads, THREADS);
        // Asking again and again piles nothing up.
        for _ in 0..3 {
            assert!(ask(&pool, "dead0").is_err());
        }
        assert!(lock(&pool.state).names.get("dead0").is_none_or(|name| name.askers.len() <= 1));
        drop(hold);
        assert_eq!(ask(&pool, "good"), Ok(vec![HOME; 4]));
        let until = Instant::now() + Duration::from_secs(10);
        while lock(&pool.state).threads > 0 {
            assert!(Instant::now() < until, "the threads are gone when there is nothing to do");
            std::thread::yield_now();
        }
        assert!(lock(&pool.state).names.is_empty());
    }

    /// Waits until this is so.
    fn until(what: &str, holds: impl Fn() -> bool) {
        let until = Instant::now() + Duration::from_secs(10);
        while !holds() {
            assert!(Instant::now() < until, "{what}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn an_answer_that_came_late_is_there_for_who_asks_next() {
        let (pool, hold, count) = pool();
        let late = no("no address for dead-first within 0 s");
        assert_eq!(ask(&pool, "dead-first"), late);
        assert_eq!(ask(&pool, "good"), Ok(vec![HOME; 4]));
        drop(hold);
        until("the answer comes", || lock(&pool.state).names.is_empty());
        for _ in 0..2 {
            assert_eq!(ask(&pool, "dead-first"), Ok(vec![HOME; 4]));
        }
        assert_eq!(count.load(Ordering::SeqCst), 2, "nobody looked it up again");
        // What came in time is not kept.
        assert_eq!(ask(&pool, "good"), Ok(vec![HOME; 4]));
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn late_answers_are_kept_for_a_minute_and_not_without_end() {
        let (mut state, now) = (State::default(), Instant::now());
        for number in 0..2 * MOST_KEPT {
            state.keep(&number.to_string(), vec![HOME], now + Duration::from_millis(number as u64));
        }
        assert_eq!(state.late.len(), MOST_KEPT);
        let newest = (2 * MOST_KEPT - 1).to_string();
        let came = now + Duration::from_millis(2 * MOST_KEPT as u64 - 1);
        assert_eq!(state.kept("0", came), None, "the oldest goes first");
        assert_eq!(state.kept(&newest, came + KEPT / 2), Some(vec![HOME]));
        assert_eq!(state.kept(&newest, came + KEPT), None);
        assert!(state.late.is_empty());
    }

    #[test]
    fn a_name_that_nobody_waits_for_any_more_is_not_looked_up() {
        let (pool, hold, count) = pool();
        let slots: Vec<_> = (0..THREADS).map(|_| Arc::new(Slot::default())).collect();
        for (number, slot) in slots.iter().enumerate() {
            pool.ask(&format!("dead{number}"), slot).unwrap();
        }
        until("four are stuck", || count.load(Ordering::SeqCst) == THREADS);
        assert!(ask(&pool, "given-up").is_err());
        drop(hold);
        until("the threads are gone", || lock(&pool.state).threads == 0);
        assert_eq!(count.load(Ordering::SeqCst), THREADS);
        assert!(lock(&pool.state).names.is_empty());
    }

    #[test]
    fn no_more_names_wait_than_may_and_the_abandoned_make_room() {
        let (pool, _hold, count) = pool();
        let ended = CancellationToken::default();
        ended.cancel();
        let said = pool.look_up("dead0", SHORT, &ended);
        assert_eq!(said, Err(SourceError::Stopped), "who is closed does not wait");
        let slots: Vec<_> = (0..MOST_NAMES).map(|_| Arc::new(Slot::default())).collect();
        for (number, slot) in slots.iter().enumerate() {
            pool.ask(&format!("dead{number}"), slot).unwrap();
        }
        assert_eq!(ask(&pool, "good"), no("no address for good: 256 lookups wait"));
        until("four are stuck", || count.load(Ordering::SeqCst) == THREADS);
        drop(slots);
        assert_eq!(ask(&pool, "good"), no("no address for good within 0 s"));
    }

    #[test]
    fn closing_ends_the_wait() {
        let (pool, _hold, _) = pool();
        let cancellation = Arc::new(CancellationToken::default());
        let (other, started) = (cancellation.clone(), Instant::now());
        let minute = Duration::from_secs(60);
        let asker = std::thread::spawn(move || pool.look_up("dead", minute, &other));
        std::thread::sleep(SHORT / 10);
        cancellation.cancel();
        assert_eq!(asker.join().unwrap(), Err(SourceError::Stopped));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

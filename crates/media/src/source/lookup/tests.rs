//! Name servers that are slow or dead.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::runtime::block_on;
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
        if host == "unknown" { Err(io::Error::other("nobody knows")) } else { Ok(vec![HOME; 9]) }
    }));
    (pool, hold, count)
}

fn ask(pool: &Arc<LookupPool>, host: &str) -> Result<Vec<IpAddr>, SourceError> {
    block_on(pool.look_up(host, SHORT, &CancellationToken::default()))
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
    assert_eq!(address.at(HOME).bare.expose(), "rtsp://127.0.0.1:8554/x?y=1");
    let v6 = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);
    assert_eq!(address.at(v6).bare.expose(), "rtsp://[::1]:8554/x?y=1");
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
    let said = block_on(pool.look_up("dead0", SHORT, &ended));
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
    let cancellation = CancellationToken::default();
    let (other, started) = (cancellation.clone(), Instant::now());
    let minute = Duration::from_secs(60);
    let asker = std::thread::spawn(move || block_on(pool.look_up("dead", minute, &other)));
    std::thread::sleep(SHORT / 10);
    cancellation.cancel();
    assert_eq!(asker.join().unwrap(), Err(SourceError::Stopped));
    assert!(started.elapsed() < Duration::from_secs(5));
}

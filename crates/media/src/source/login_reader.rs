//! Reads a camera's login, so that a disk that hangs stalls nobody else.
//!
//! Owns at most one thread, `ID.login`, which lives for one reading: nothing interrupts a read of a dead
//! disk. Policies:
//! - a login that needs no reading needs no thread;
//! - there is one reading at a time for a camera, so that a hanging disk holds one thread of it, however
//!   often it is asked; who asks meanwhile waits for that one's end;
//! - who waits may give up at any time: what was read then is for who asks next.

use tokio::sync::{Mutex, oneshot};

use super::login::{Login, LoginSource, MissingLogin};
use crate::best_effort::BestEffort;
use crate::thread_name::thread_name;

type Answer = Result<Login, MissingLogin>;

/// Reads the login of one camera.
#[derive(Default)]
pub(crate) struct LoginReader {
    /// Where the answer will be, while there is a thread.
    under_way: Mutex<Option<oneshot::Receiver<Answer>>>,
}

impl LoginReader {
    /// Reads the login of the camera `id`. Can be dropped while it waits.
    pub async fn read(&self, id: &str, source: &LoginSource) -> Answer {
        if let Some(login) = source.given() {
            return Ok(login.clone());
        }
        let mut under_way = self.under_way.lock().await;
        let answer = match &mut *under_way {
            Some(answer) => answer,
            none => none.insert(begin(id, source.clone())?),
        };
        let answer = answer.await;
        *under_way = None;
        answer.unwrap_or_else(|_panicked| Err(MissingLogin("reading it failed".to_owned())))
    }
}

fn begin(id: &str, source: LoginSource) -> Result<oneshot::Receiver<Answer>, MissingLogin> {
    let (sender, answer) = oneshot::channel();
    let thread = std::thread::Builder::new().name(thread_name(id, "login"));
    let read = move || {
        // Who asked may have given up.
        sender.send(source.read()).best_effort();
    };
    match thread.spawn(read) {
        Ok(_detached) => Ok(answer),
        Err(why) => Err(MissingLogin(format!("no thread to read it: {why}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use crossbeam_channel::bounded;
    use tokio::time::timeout;

    use super::*;
    use crate::runtime::block_on;

    #[test]
    fn a_login_is_read_anew_each_time() {
        let reads = AtomicU32::new(0);
        let source = LoginSource::new(move || {
            Ok(Login::new("u", reads.fetch_add(1, Ordering::Relaxed).to_string()))
        });
        let reader = LoginReader::default();
        for password in ["0", "1", "2"] {
            assert_eq!(block_on(reader.read("t", &source)), Ok(Login::new("u", password)));
        }
        let missing = LoginSource::new(|| Err(MissingLogin("no file".into())));
        assert_eq!(block_on(reader.read("t", &missing)), Err(MissingLogin("no file".into())));
        let broken = LoginSource::new(|| panic!("on purpose"));
        assert!(block_on(reader.read("t", &broken)).is_err());
    }

    #[test]
    fn a_disk_that_hangs_holds_one_thread_and_nobody_who_gives_up() {
        let (hold, held) = bounded::<()>(0);
        let reads = Arc::new(AtomicU32::new(0));
        let count = reads.clone();
        let source = LoginSource::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            held.recv().ok();
            Ok(Login::new("u", "p"))
        });
        let (reader, other) = (LoginReader::default(), LoginReader::default());
        block_on(async {
            for _ in 0..3 {
                let given_up = timeout(Duration::from_millis(20), reader.read("t", &source)).await;
                assert!(given_up.is_err(), "it hangs");
            }
            let good = LoginSource::new(|| Ok(Login::new("v", "q")));
            assert_eq!(other.read("t", &good).await, Ok(Login::new("v", "q")), "another camera");
            drop(hold);
            assert_eq!(reader.read("t", &source).await, Ok(Login::new("u", "p")));
        });
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }
}

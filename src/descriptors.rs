//! How many files and connections the program may have open.
//!
//! Set once, by the main thread, before anything is opened. Policy: the soft limit becomes the hard one.
//! The soft limit, 1024 by custom, is for programs that call select(2), which can't look at more; nothing
//! here does, and a wall of cameras over UDP with recordings needs some ten a camera.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::{debug, warn};

/// Raises the limit of open descriptors as far as the system lets us.
pub fn raise_descriptor_limit() {
    let before = getrlimit(Resource::Nofile);
    let Some(raised) = raised(&before) else { return };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => debug!("{} descriptors, {} before", words(raised.current), words(before.current)),
        Err(error) => warn!("still {} descriptors: {error}", words(before.current)),
    }
}

/// The limit to set, if it is another. `None` in a limit is none at all.
fn raised(limit: &Rlimit) -> Option<Rlimit> {
    let lower = match (limit.current, limit.maximum) {
        (Some(current), Some(maximum)) => current < maximum,
        (current, None) => current.is_some(),
        (None, Some(_)) => false,
    };
    lower.then_some(Rlimit { current: limit.maximum, ..*limit })
}

fn words(limit: Option<u64>) -> String {
    limit.map_or("unlimited".to_owned(), |limit| limit.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let limit = |current, maximum| Rlimit { current, maximum };
        assert_eq!(raised(&limit(Some(1024), Some(4096))), Some(limit(Some(4096), Some(4096))));
        assert_eq!(raised(&limit(Some(1024), None)), Some(limit(None, None)));
        assert_eq!(raised(&limit(Some(4096), Some(4096))), None);
        assert_eq!(raised(&limit(None, None)), None);
        // The process's own, of which one is taken away.
        let own = getrlimit(Resource::Nofile);
        let less = own.maximum.map_or(1 << 20, |maximum| maximum - 1);
        setrlimit(Resource::Nofile, Rlimit { current: Some(less), ..own }).unwrap();
        raise_descriptor_limit();
        assert_eq!(getrlimit(Resource::Nofile).current, own.maximum);
    }
}

//! Keeps the program's memory, which holds logins, to itself.
//!
//! Set once, by the main thread, before anything secret is read. Policy: no core file, whatever the
//! program dies of, and nobody attaches to it but root. What that costs: a debugger needs root, and
//! `/proc/PID` belongs to root.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use tracing::warn;

/// No core file from now on, and no other process of the same user reads the memory.
pub fn keep_memory_private() {
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        warn!("core files are not turned off: {error}");
    }
    // Also where core files are piped to a program, which no limit keeps from it.
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        warn!("other programs may read this one's memory: {error}");
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    #[test]
    fn there_is_no_core_file_and_nobody_attaches() {
        keep_memory_private();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
    }
}

//! The program's log: where it goes and how much of it.
//!
//! Policy: to standard error, so that status lines on standard output stay clean; `RUST_LOG` wins
//! over the default, which keeps warnings of all crates and our own information.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// What is logged of the wall where `RUST_LOG` does not say.
pub const WALL: &str = "warn,camwall=info,wgpu_hal=error,naga=error,bevy_render=error,winit=error";

/// What is logged of a check: it prints its own findings.
pub const CHECK: &str = "error";

/// Sets up the log, with `default` where `RUST_LOG` does not say. Call once.
pub fn init(default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_thread_names(true)
        .with_target(false)
        .init();
}

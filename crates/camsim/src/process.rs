//! The child that camsim wraps, signals, and dying with one's parent.
//!
//! Owns the only calls into libc. The child is started by the main thread, and must be: the
//! kernel ties "the parent died" to the thread that forked. A thread of its own waits for the
//! child. Policy: with a child, camsim only ever ends because the child has ended.

use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use gstreamer::glib;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Has the kernel end this process, by SIGTERM, when the thread that started it is gone.
#[expect(unsafe_code, reason = "std and the crates at hand have no safe prctl")]
pub fn die_with_parent() -> std::io::Result<()> {
    // SAFETY: prctl with PR_SET_PDEATHSIG takes plain integers and touches no memory of ours; it
    // is also safe to call between fork and exec.
    let result = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) };
    if result != 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok(())
}

/// Starts `words` with the port in its environment and lets `main_loop` end with it. The exit
/// code goes to `code`.
#[expect(unsafe_code, reason = "std has no safe hook between fork and exec")]
pub fn run_child(
    words: &[OsString],
    port: u16,
    main_loop: &glib::MainLoop,
    code: &Arc<AtomicU8>,
) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("no command after --")?;
    let mut command = Command::new(program);
    command.args(arguments).env("CAMSIM_PORT", port.to_string());
    let parent = std::process::id();
    let hook = move || {
        die_with_parent()?;
        // Too late for a signal if we were killed in between.
        if std::os::unix::process::parent_id() == parent {
            Ok(())
        } else {
            Err(std::io::ErrorKind::NotFound.into())
        }
    };
    // SAFETY: the hook makes two system calls and neither allocates nor takes a lock.
    unsafe { command.pre_exec(hook) };
    let mut child =
        command.spawn().map_err(|e| format!("cannot start {}: {e}", program.display()))?;
    forward_signals(child.id())?;
    let (main_loop, code) = (main_loop.clone(), Arc::clone(code));
    let waiter = std::thread::Builder::new().name("wait".into());
    let spawned = waiter.spawn(move || {
        // Waiting fails only for a child that somebody else has waited for.
        let status = child.wait().unwrap_or_default();
        let signal = status.signal().map(|signal| 128 + signal);
        let value = status.code().or(signal).unwrap_or(1);
        code.store(u8::try_from(value).unwrap_or(1), Ordering::Relaxed);
        main_loop.quit();
    });
    spawned.map_err(|e| format!("cannot wait for the child: {e}"))?;
    Ok(())
}

/// Passes SIGTERM and SIGINT on to the child instead of dying from them.
fn forward_signals(child: u32) -> Result<(), String> {
    on_signals(move |signal| {
        // Ctrl+C in a terminal reaches the child without us; twice might mean "at once".
        if signal == SIGTERM || !in_foreground() {
            send(child, signal);
        }
    })
}

/// Ends `main_loop` on SIGTERM and SIGINT, where there is no child.
pub fn quit_on_signals(main_loop: &glib::MainLoop) -> Result<(), String> {
    let main_loop = main_loop.clone();
    on_signals(move |_| main_loop.quit())
}

/// Calls `handle` for each signal, on a thread of its own.
fn on_signals(handle: impl Fn(i32) + Send + 'static) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("cannot handle signals: {e}");
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(failed)?;
    let thread = std::thread::Builder::new().name("signals".into());
    thread.spawn(move || signals.forever().for_each(handle)).map_err(failed)?;
    Ok(())
}

#[expect(unsafe_code, reason = "std can only send SIGKILL")]
fn send(process: u32, signal: i32) {
    let Ok(process) = libc::pid_t::try_from(process) else {
        return;
    };
    // SAFETY: kill touches no memory. The process is our child; at worst it has just ended, and
    // then so do we, before its number can come round again.
    unsafe { libc::kill(process, signal) };
}

/// Whether a terminal's Ctrl+C goes to our process group.
#[expect(unsafe_code, reason = "std does not know about process groups")]
fn in_foreground() -> bool {
    use std::os::fd::AsRawFd;
    let Ok(terminal) = std::fs::File::open("/dev/tty") else {
        return false;
    };
    // SAFETY: both calls only read kernel state, of a file that is open.
    unsafe { libc::tcgetpgrp(terminal.as_raw_fd()) == libc::getpgrp() }
}

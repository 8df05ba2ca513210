//! The control commands: one a line on stdin, each answered by one line on stdout.
//!
//! A thread of its own reads the lines and hands each to the main thread, which runs the server.
//! The end of stdin is not the end of camsim: a test may close it and still wait for streams.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gstreamer::glib;
use serde_json::{Value, json};

use crate::login::Login;
use crate::report::Events;
use crate::server::Server;

/// How long viewers have to hear the BYE of an ended stream before their connection closes.
const BYE_TIME: Duration = Duration::from_millis(300);

/// Starts to obey stdin. `main_loop` is ended by `quit`.
pub fn listen(server: Arc<Server>, events: Arc<Events>, main_loop: glib::MainLoop) {
    let reader = std::thread::Builder::new().name("control".into());
    let spawned = reader.spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            let (server, events) = (Arc::clone(&server), Arc::clone(&events));
            let main_loop = main_loop.clone();
            glib::MainContext::default().invoke(move || {
                events.emit(&answer(&server, line.trim()));
                if line.trim() == "quit" {
                    main_loop.quit();
                }
            });
        }
    });
    if let Err(error) = spawned {
        eprintln!("camsim: no control commands: {error}");
    }
}

/// Obeys one command and says how it went.
fn answer(server: &Arc<Server>, line: &str) -> Value {
    match obey(server, line) {
        Ok(Some(value)) => value,
        Ok(None) => json!({"event": "done", "command": line}),
        Err(reason) => json!({"event": "error", "command": line, "reason": reason}),
    }
}

fn obey(server: &Arc<Server>, line: &str) -> Result<Option<Value>, String> {
    let mut words = line.split_whitespace();
    let command = words.next().unwrap_or_default();
    match command {
        "stat" => return Ok(Some(stat(server))),
        "quit" => return Ok(None),
        "login" => {
            server.change_login(login(words.next())?.as_ref());
            return Ok(None);
        }
        _ => {}
    }
    let name = words.next().ok_or(
        "commands: freeze, thaw, drop, restore, resize or end CAMERA; sub; login; stat; quit",
    )?;
    let index = server
        .cameras
        .iter()
        .position(|camera| camera.name == name)
        .ok_or_else(|| format!("no camera {name}"))?;
    let camera = &server.cameras[index];
    match command {
        "freeze" => camera.frozen.store(true, Ordering::Relaxed),
        "thaw" => camera.frozen.store(false, Ordering::Relaxed),
        "drop" => {
            server.remove_mounts(index);
            server.close_viewers(index);
        }
        "restore" => server.restore_mounts(index),
        "resize" => {
            if !camera.streams[0].tracks[0].resize() {
                return Err("there is no clip of another size with this codec".into());
            }
        }
        "sub" => {
            let lines = words.next().and_then(|word| word.parse().ok());
            let lines = lines.ok_or("sub CAMERA LINES, such as sub cam1 288")?;
            if !camera.streams[1].tracks[0].resize_to(lines) {
                return Err(format!("{name} has no sub picture of {lines} lines"));
            }
        }
        "end" => {
            camera.end();
            let server = Arc::clone(server);
            glib::timeout_add_once(BYE_TIME, move || server.close_viewers(index));
        }
        _ => return Err(format!("unknown command {command}")),
    }
    Ok(None)
}

/// `USER:PASSWORD` is asked for in a Digest, `-` is no login.
fn login(word: Option<&str>) -> Result<Option<Login>, String> {
    let wrong = "login USER:PASSWORD, or login - for none";
    let word = word.ok_or(wrong)?;
    if word == "-" {
        return Ok(None);
    }
    let (user, password) = word.split_once(':').ok_or(wrong)?;
    Ok(Some(Login { user: user.into(), password: password.into(), digest: true }))
}

fn stat(server: &Server) -> Value {
    let feeders: usize = server.cameras.iter().map(|c| c.feed_count()).sum();
    // Entries of /proc/self: what the kernel counts, whoever opened or started it.
    let entries = |dir: &str| std::fs::read_dir(dir).map_or(0, Iterator::count);
    json!({
        "event": "stat",
        "sessions": server.session_count(),
        "clients": server.client_count(),
        "connections": server.connection_count(),
        "opened": server.opened(),
        "feeders": feeders,
        "threads": entries("/proc/self/task"),
        "files": entries("/proc/self/fd"),
    })
}

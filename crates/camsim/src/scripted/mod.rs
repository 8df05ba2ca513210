//! Cameras that misbehave, by script: `camsim --scripted`.
//!
//! Each row is an RTSP server on a port of its own, with one fault that gst-rtsp-server could not
//! be talked into. `rows` are the tables, `script` the words in which they are written, `recorded`
//! the answers of real cameras, `wire` the protocols, and the rest serves them: `server` has the
//! rows, `stand` is one of them, `connection` a client, `dialogue` what it is answered, `player` what it is sent. All of it
//! runs on the main thread.

mod connection;
mod control;
mod dialogue;
mod player;
mod recorded;
mod reel;
mod route;
mod rows;
mod script;
mod server;
mod stand;
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::report::Events;
use control::Input;
use script::row::Row;
use server::Server;

/// What the user asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Names of rows; none is all.
    pub rows: &'a [String],
    /// Where recorded answers are.
    pub answers: Option<&'a Path>,
    pub clips: &'a Path,
}

/// Serves until it is told to end. The message of an error is meant for the user.
pub fn run(wanted: Wanted<'_>, events: &Arc<Events>) -> Result<(), String> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&ended))
            .map_err(|e| format!("cannot handle signals: {e}"))?;
    }
    let mut rows = rows::all();
    if !wanted.rows.is_empty() {
        rows.extend(rows::attacks());
    }
    if let Some(answers) = wanted.answers {
        rows.extend(recorded::rows(answers)?);
    }
    let mut server = Server::start(select(rows, wanted.rows)?, wanted.clips, events)?;
    server.listen();
    events.emit(&json!({"event": "ready", "port": 0, "rows": addresses(&server)}));
    server.begin();
    let mut input = Input::default();
    let served = server.serve(&ended, |server| {
        let more = input.read(server, events);
        if input.quits {
            ended.store(true, Ordering::Relaxed);
        }
        more
    });
    served.map_err(|e| format!("cannot serve: {e}"))
}

/// The rows of these names, or all.
fn select(rows: Vec<Row>, names: &[String]) -> Result<Vec<Row>, String> {
    let known = |name: &&String| rows.iter().any(|row| row.name == **name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        return Err(format!("there is no row {unknown}"));
    }
    let wanted = |row: &Row| names.is_empty() || names.contains(&row.name);
    Ok(rows.into_iter().filter(wanted).collect())
}

/// Where each row is, and the login that it wants.
fn addresses(server: &Server) -> Map<String, Value> {
    let address = |stand: &stand::Stand| {
        let row = &stand.row;
        let mut entry = json!({"url": format!("rtsp://{}/{}", stand.host, row.name)});
        if let Some((_, user, password)) = row.login.as_ref().and_then(|login| login.right.first())
        {
            entry["user"] = (*user).into();
            entry["password"] = (*password).into();
        }
        (row.name.clone(), entry)
    };
    server.stands.iter().map(address).collect()
}

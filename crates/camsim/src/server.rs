//! The RTSP server: the mounts and the connected clients.
//!
//! Everything here runs on the main thread, which drives the main loop. Clients get no threads of their own: the
//! requests of a few dozen viewers are little work, and the control commands may then close
//! connections without racing against a request.
//!
//! Policy: a session ends with its TCP connection, also where the media goes over UDP.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gstreamer::glib;
use gstreamer_rtsp_server::prelude::*;
use gstreamer_rtsp_server::{
    RTSPClient, RTSPContext, RTSPFilterResult, RTSPMediaFactory, RTSPMountPoints, RTSPServer,
    RTSPSessionPool,
};
use serde_json::json;

use crate::camera::Camera;
use crate::login::{self, Login};
use crate::media::{Mounting, mount};
use crate::report::{Events, mount_of};

/// How often sessions of silent UDP viewers are looked at.
const CLEANUP: Duration = Duration::from_secs(2);

/// How long the object of a closed connection is kept.
const LINGER: Duration = Duration::from_secs(1);

/// What is known of a connection: the last mount and session it spoke of.
#[derive(Clone, Debug, Default)]
struct Viewer {
    camera: String,
    stream: String,
    session: Option<String>,
}

/// The connections now open, by the address of their client object.
type Viewers = Arc<Mutex<HashMap<usize, Viewer>>>;

/// How often each stream was played since the start, by `CAMERA/STREAM`.
type Opened = Arc<Mutex<BTreeMap<String, u64>>>;

/// The listening server.
#[derive(Debug)]
pub struct Server {
    rtsp: RTSPServer,
    mounts: RTSPMountPoints,
    sessions: RTSPSessionPool,
    factories: Vec<[(String, RTSPMediaFactory); 2]>,
    viewers: Viewers,
    /// Connections accepted since the start.
    accepted: Arc<AtomicU64>,
    opened: Opened,
    events: Arc<Events>,
    /// The port it listens on.
    pub port: u16,
    /// The cameras, `cam1` first.
    pub cameras: Vec<Arc<Camera>>,
}

impl Server {
    /// Listens on the loopback interface. `GStreamer` must have been initialised.
    pub fn start(
        cameras: Vec<Arc<Camera>>,
        port: u16,
        login: Option<&Login>,
        events: &Arc<Events>,
        mounting: &Mounting,
    ) -> Result<Self, String> {
        let server = RTSPServer::new();
        server.set_address("127.0.0.1");
        server.set_service(&port.to_string());
        if let Some(pool) = server.thread_pool() {
            // No client threads: requests are handled by the main loop.
            pool.set_max_threads(0);
        }
        server.set_auth(login.map(|login| login::auth(login, events)).as_ref());
        let missing = "GStreamer made a server without its parts";
        let mounts = server.mount_points().ok_or(missing)?;
        let sessions = server.session_pool().ok_or(missing)?;
        let factories: Vec<_> = cameras
            .iter()
            .map(|camera| [0, 1].map(|stream| mount(camera, stream, mounting)))
            .collect();
        for (path, factory) in factories.iter().flatten() {
            mounts.add_factory(path, factory.clone());
        }
        let viewers = Viewers::default();
        let (accepted, opened) = (Arc::default(), Opened::default());
        watch_clients(&server, &sessions, &viewers, &accepted, &opened, events);
        server.attach(None).map_err(|e| listen_error(port, &e))?;
        let pool = sessions.clone();
        glib::timeout_add(CLEANUP, move || {
            pool.cleanup();
            glib::ControlFlow::Continue
        });
        let port = u16::try_from(server.bound_port()).map_err(|_too_large| missing)?;
        let events = Arc::clone(events);
        let rtsp = server;
        Ok(Self {
            rtsp,
            mounts,
            sessions,
            factories,
            viewers,
            accepted,
            opened,
            events,
            port,
            cameras,
        })
    }

    /// Asks viewers who connect from now on for another login, or for none.
    pub fn change_login(&self, login: Option<&Login>) {
        self.rtsp.set_auth(login.map(|login| login::auth(login, &self.events)).as_ref());
    }

    /// Closes all connections of this camera, at TCP level.
    pub fn close_viewers(&self, index: usize) {
        let name = &self.cameras[index].name;
        self.rtsp.client_filter(Some(&mut |_, client| {
            let of_camera =
                lock(&self.viewers).get(&key(client)).is_some_and(|viewer| viewer.camera == *name);
            // The lock is free again: removing a client reports it as closed.
            if of_camera { RTSPFilterResult::Remove } else { RTSPFilterResult::Keep }
        }));
    }

    /// Takes the camera off the network, for new viewers.
    pub fn remove_mounts(&self, index: usize) {
        for (path, _) in &self.factories[index] {
            self.mounts.remove_factory(path);
        }
    }

    /// Puts the camera back on the network.
    pub fn restore_mounts(&self, index: usize) {
        for (path, factory) in &self.factories[index] {
            self.mounts.add_factory(path, factory.clone());
        }
    }

    /// Number of RTSP sessions.
    pub fn session_count(&self) -> u32 {
        self.sessions.n_sessions()
    }

    /// Number of open connections.
    pub fn client_count(&self) -> usize {
        lock(&self.viewers).len()
    }

    /// How often each stream was played since the start, by `CAMERA/STREAM`; those that never were are
    /// left out.
    pub fn opened(&self) -> BTreeMap<String, u64> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Number of connections accepted since the start, whatever became of them.
    pub fn connection_count(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }
}

fn listen_error(port: u16, error: &glib::BoolError) -> String {
    // GStreamer does not say why; asking the system again does.
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => {
            format!("port {port} is in use; choose another one with --port, or 0 for any")
        }
        Err(e) => format!("cannot listen on port {port}: {e}"),
        Ok(_) => format!("cannot listen on port {port}: {error}"),
    }
}

/// Reports what the clients do, and keeps the list of connections.
fn watch_clients(
    server: &RTSPServer,
    sessions: &RTSPSessionPool,
    viewers: &Viewers,
    accepted: &Arc<AtomicU64>,
    opened: &Opened,
    events: &Arc<Events>,
) {
    let (viewers, events) = (Arc::clone(viewers), Arc::clone(events));
    let opened = Arc::clone(opened);
    let accepted = Arc::clone(accepted);
    let sessions = sessions.clone();
    server.connect_client_connected(move |_, client| {
        accepted.fetch_add(1, Ordering::Relaxed);
        lock(&viewers).insert(key(client), Viewer::default());
        let reporter = |event: Option<&'static str>| {
            let (viewers, events) = (Arc::clone(&viewers), Arc::clone(&events));
            move |client: &RTSPClient, context: &RTSPContext| {
                let viewer = update(&viewers, client, context);
                if let Some(event) = event {
                    events.emit(&describe(event, &viewer));
                }
            }
        };
        client.connect_options_request(reporter(None));
        client.connect_describe_request(reporter(Some("describe")));
        client.connect_setup_request(reporter(Some("setup")));
        client.connect_play_request(reporter(Some("play")));
        let opened = Arc::clone(&opened);
        client.connect_play_request(move |_, context| {
            if let Some((camera, stream)) = mount_of(context) {
                let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
                *opened.entry(format!("{camera}/{stream}")).or_default() += 1;
            }
        });
        client.connect_teardown_request(reporter(Some("teardown")));
        let (viewers, events) = (Arc::clone(&viewers), Arc::clone(&events));
        let sessions = sessions.clone();
        // The signal comes once, but a closed connection is not worth a panic if it came twice.
        let open = AtomicBool::new(true);
        client.connect_closed(move |client| {
            if open.swap(false, Ordering::Relaxed) {
                let viewer = lock(&viewers).remove(&key(client)).unwrap_or_default();
                // Its media are gone; the empty session would wait a minute for its time-out.
                let session = viewer.session.as_ref().and_then(|id| sessions.find(id));
                // It fails if the clean-up came first.
                if let Some(session) = session {
                    sessions.remove(&session).ok();
                }
                events.emit(&describe("closed", &viewer));
                outlive_close(client);
            }
        });
    });
}

/// Keeps the object of a closed connection for a while. When sending fails, gst-rtsp-server 1.22
/// queues a call to close the client without holding a reference (`do_send_data_list` in
/// rtsp-client.c), and that call may come after everybody else has let go of it.
fn outlive_close(client: &RTSPClient) {
    let mut client = Some(client.clone());
    // Low priority: any such call that waits in the main loop goes first.
    let source = glib::timeout_source_new(LINGER, None, glib::Priority::LOW, move || {
        drop(client.take());
        glib::ControlFlow::Break
    });
    source.attach(None);
}

fn update(viewers: &Viewers, client: &RTSPClient, context: &RTSPContext) -> Viewer {
    let mut viewers = lock(viewers);
    let viewer = viewers.entry(key(client)).or_default();
    if let Some((camera, stream)) = mount_of(context) {
        viewer.camera = camera;
        viewer.stream = stream;
    }
    if let Some(session) = context.session().and_then(RTSPSessionExt::sessionid) {
        viewer.session = Some(session.to_string());
    }
    viewer.clone()
}

fn describe(event: &str, viewer: &Viewer) -> serde_json::Value {
    json!({
        "event": event,
        "camera": viewer.camera,
        "stream": viewer.stream,
        "session": viewer.session,
    })
}

fn key(client: &RTSPClient) -> usize {
    client.as_ptr() as usize
}

fn lock(viewers: &Viewers) -> MutexGuard<'_, HashMap<usize, Viewer>> {
    // No code that may panic runs with the map half changed.
    viewers.lock().unwrap_or_else(PoisonError::into_inner)
}

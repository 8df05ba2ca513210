//! Cameras in clear, to stand behind TLS: of RTSP, of HTTP, of RTMP.

use std::any::Any;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use tempfile::TempDir;
use testkit::{Camsim, SECOND, media::clip, web};

/// A running camera, which ends when dropped.
pub struct Server {
    pub port: u16,
    /// What follows the port in its address.
    pub path: &'static str,
    _runs: Box<dyn Any>,
}

/// H.264 to whoever is `me` with the password `secret`.
pub fn rtsp() -> Server {
    let camsim = Camsim::start(&["--login", "me:secret"]);
    Server { port: camsim.port, path: "cam1/sub", _runs: Box::new(camsim) }
}

/// JPEG to the same.
pub fn http() -> Server {
    let jpeg = web::jpeg();
    let port = web::serve(move |asked, stream| web::pictures(&jpeg, asked, stream));
    Server { port, path: "video.cgi", _runs: Box::new(()) }
}

/// H.264 to whoever knows the path.
pub fn rtmp() -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clip.mp4");
    clip(&file, 100);
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = port.expect("a port").port();
    let ended = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&ended);
    let thread = std::thread::spawn(move || {
        while !stop.load(Ordering::SeqCst) {
            let mut one = viewer(&file, port);
            while !stop.load(Ordering::SeqCst) && matches!(one.try_wait(), Ok(None)) {
                std::thread::sleep(SECOND / 20);
            }
            // It may have ended by itself.
            one.kill().ok();
            one.wait().ok();
        }
    });
    let runs = Rtmp { ended, thread: Some(thread), _folder: folder };
    Server { port, path: "live/room/canary-key", _runs: Box::new(runs) }
}

/// FFmpeg serves one viewer, and ends with it.
fn viewer(file: &Path, port: u16) -> Child {
    Command::new("ffmpeg")
        .args(["-nostdin", "-v", "quiet", "-re", "-stream_loop", "-1", "-i"])
        .arg(file)
        .args(["-c", "copy", "-f", "flv", "-listen", "1"])
        .arg(format!("rtmp://127.0.0.1:{port}/live/room/canary-key"))
        .stdout(Stdio::null())
        .spawn()
        .expect("the tests need the program ffmpeg")
}

struct Rtmp {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Holds what is sent.
    _folder: TempDir,
}

impl Drop for Rtmp {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
    }
}

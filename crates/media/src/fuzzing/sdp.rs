//! What we make of a camera's description, as the relay and retina hand it on.

use std::io;
use std::time::Duration;

use retina::client::{Described, Session, SessionOptions};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use url::Url;

use crate::packet::StreamInfo;
use crate::source::relay::fuzzing::description;
use crate::source::sdp::{audio_info, pick_video, video_info};

/// Nobody waits longer for an answer that is there.
const LIMIT: Duration = Duration::from_secs(5);
/// Characters that a message takes at most, as the tile and the log show it.
const MESSAGE: usize = 400;

thread_local! {
    static SERVER: (Runtime, TcpListener) = server().expect("a runtime and a socket");
}

/// A camera answers DESCRIBE with these bytes, over a real connection: what is told of its streams is
/// within bounds, and what is said of them takes one line.
///
/// # Panics
/// Where that is not so, or the system gives no socket.
pub fn sdp(bytes: &[u8]) {
    let Some(sdp) = description(bytes) else { return };
    SERVER.with(|(runtime, listener)| {
        let described = runtime.block_on(describe(listener, &sdp)).expect("a connection");
        if let Ok(session) = described {
            check(&session);
        }
    });
}

fn server() -> io::Result<(Runtime, TcpListener)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    Ok((runtime, listener))
}

/// What retina makes of the answer.
async fn describe(
    listener: &TcpListener,
    sdp: &[u8],
) -> io::Result<Result<Session<Described>, retina::Error>> {
    let address = format!("rtsp://{}/live", listener.local_addr()?);
    let url = Url::parse(&address).map_err(io::Error::other)?;
    let client = timeout(LIMIT, Session::describe(url, SessionOptions::default()));
    let (described, camera) = tokio::join!(client, serve(listener, sdp));
    // A connection that is reset leaves no port waiting.
    camera?.set_zero_linger()?;
    Ok(described?)
}

async fn serve(listener: &TcpListener, sdp: &[u8]) -> io::Result<TcpStream> {
    let (mut camera, _) = listener.accept().await?;
    let (kind, length) = ("application/sdp", sdp.len());
    let head = format!(
        "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    camera.write_all(&[head.as_bytes(), sdp].concat()).await?;
    Ok(camera)
}

fn check(session: &Session<Described>) {
    let streams = session.streams();
    match pick_video(streams) {
        Ok(index) => {
            let info = video_info(&streams[index]).expect("what was picked has a codec");
            bounds(&info);
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.chars().count() <= MESSAGE, "{} bytes of message", text.len());
            assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
    for info in streams.iter().filter_map(audio_info) {
        let (rate, channels) = info.audio_format().expect("sound");
        assert!(rate > 0 && channels > 0, "{rate} Hz, {channels} channels");
        bounds(&info);
    }
}

fn bounds(info: &StreamInfo) {
    assert!(info.time_base.0 == 1 && info.time_base.1 > 0, "{:?}", info.time_base);
    assert!(info.fps.is_none_or(|fps| (0.01..1000.0).contains(&fps)), "{:?}", info.fps);
    assert_eq!(info.params.size(), (info.width, info.height), "of two sizes");
    let text = info.describe();
    assert!(text.len() < 100 && !text.contains(char::is_control), "{text:?}");
}

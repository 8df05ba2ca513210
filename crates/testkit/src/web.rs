//! Web servers of a few lines, for cameras that speak HTTP. Threads end with the test.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use super::SECOND;
use super::media::ffmpeg;

/// Listens on 127.0.0.1. Each connection is one question, whose head `answer` is given; what it writes is
/// the answer. Gives the port.
pub fn serve(
    answer: impl Fn(&str, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let answer = Arc::clone(&answer);
            // It ends when the viewer goes.
            std::thread::spawn(move || answer(&question(&mut stream)?, &mut stream));
        }
    });
    port
}

/// The head of what is asked.
fn question(stream: &mut TcpStream) -> io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// A whole answer; `headers` end with CRLF each.
pub fn answer(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// One JPEG of FFmpeg's test picture, 320×240.
pub fn jpeg() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("still.jpg");
    let source = ["-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", "1"];
    let path = path.to_str().expect("a plain path");
    ffmpeg(source.into_iter().chain(["-pix_fmt", "yuvj422p", path]));
    std::fs::read(Path::new(path)).expect("a picture")
}

/// Is a camera that sends this picture again and again, 25 times a second, to whoever is `me` with the
/// password `secret`, by Basic.
pub fn pictures(jpeg: &[u8], asked: &str, stream: &mut TcpStream) -> io::Result<()> {
    const NO: &[u8] = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
        Content-Length: 0\r\n\r\n";
    const YES: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n";
    // "me:secret"
    if !asked.contains("Basic bWU6c2VjcmV0") {
        return stream.write_all(NO);
    }
    stream.write_all(YES)?;
    let head = format!("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}", jpeg.len());
    loop {
        stream.write_all(&[head.as_bytes(), b"\r\n\r\n", jpeg, b"\r\n"].concat())?;
        // The rate of this camera.
        std::thread::sleep(SECOND / 25);
    }
}

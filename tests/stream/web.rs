//! A web camera: MJPEG over HTTP with a login.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use camwall_media::{Chroma, ChromaSiting, ColorInfo, ColorMatrix, FeedSpec, PlaneLayout};

use testkit::{SOON, feed::*, media::ffmpeg};

/// Serves one JPEG again and again to whoever is `me` with the password `secret`.
fn serve(jpeg: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let jpeg: Arc<[u8]> = jpeg.into();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let jpeg = Arc::clone(&jpeg);
            // It ends when the viewer goes.
            std::thread::spawn(move || answer(stream, &jpeg).ok());
        }
    });
    address
}

fn answer(mut stream: TcpStream, jpeg: &[u8]) -> std::io::Result<()> {
    const NO: &[u8] = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
        Content-Length: 0\r\n\r\n";
    const YES: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n";
    let mut request = [0; 2048];
    let length = stream.read(&mut request)?;
    // "me:secret"
    if !String::from_utf8_lossy(&request[..length]).contains("Basic bWU6c2VjcmV0") {
        return stream.write_all(NO);
    }
    stream.write_all(YES)?;
    loop {
        write!(
            stream,
            "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
            jpeg.len()
        )?;
        stream.write_all(jpeg)?;
        stream.write_all(b"\r\n")?;
        // The rate of this camera.
        std::thread::sleep(Duration::from_millis(40));
    }
}

#[test]
fn http_mjpeg() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("still.jpg");
    let name = path.to_string_lossy();
    let source = ["-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", "1"];
    ffmpeg(source.into_iter().chain(["-pix_fmt", "yuvj422p", &name]));
    let address = serve(std::fs::read(&path).expect("a picture"));

    let feed = open(FeedSpec::new("web", format!("http://me:secret@{address}/video.cgi")));
    let frame = wait_frame(&feed, SOON, |_| true);
    let want =
        ColorInfo { matrix: ColorMatrix::Bt601, full_range: true, siting: ChromaSiting::Center };
    assert_eq!(frame.color, want);
    assert_eq!(frame.layout, PlaneLayout::Planar { chroma: Chroma::C422, bits: 8 });
    wait_for(&feed, "pictures", SOON, |s| s.frames_decoded > 20);
    close(feed);

    let feed = open(FeedSpec::new("web", format!("http://me:canary@{address}/video.cgi")));
    let status = wait_for(&feed, "a refusal", SOON, is_refused);
    assert!(!format!("{status:?}").contains("canary"), "{status:?}");
    close(feed);
}

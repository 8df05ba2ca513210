//! The program by itself: it serves on a free port and says so.
#![allow(clippy::unwrap_used, reason = "a test may panic where something is missing")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

#[test]
fn it_says_when_its_cameras_answer() {
    let mut camsim = Command::new(env!("CARGO_BIN_EXE_camsim"))
        .args(["--port", "0", "--cameras", "1", "--exit-with-parent"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(camsim.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["event"], "ready", "{line}");
    let port = ready["port"].as_u64().unwrap();
    let mut camera = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let url = format!("rtsp://127.0.0.1:{port}/cam1/sub");
    write!(camera, "DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n")
        .unwrap();
    let mut answer = [0; 15];
    camera.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"RTSP/1.0 200 OK");
    camsim.kill().unwrap();
    camsim.wait().unwrap();
}

//! Stands between a feed and a real RTSP server and breaks the UDP part of it.
//!
//! The dialogue is passed on word by word, but for the ports: datagrams come through the relay,
//! which loses them or begins in the middle of a picture. Threads end with the connections.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What becomes of the datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datagrams {
    /// None arrives.
    Lost,
    /// The first that arrives is from the middle of a picture, and the answer to PLAY does not tell
    /// the sequence number.
    FromMidPicture,
}

/// A relay that listens as long as the test runs.
pub struct Relay {
    port: u16,
    joined: Arc<AtomicBool>,
}

impl Relay {
    /// Between a free port and the server's.
    pub fn start(server: u16, how: Datagrams) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let joined = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&joined);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let upstream = TcpStream::connect(("127.0.0.1", server)).expect("the server");
                let flag = Arc::clone(&flag);
                std::thread::spawn(move || relay(client, upstream, how, &flag));
            }
        });
        Self { port, joined }
    }

    /// The URL of a stream through the relay.
    pub fn url(&self, path: &str) -> String {
        format!("rtsp://127.0.0.1:{}/{path}", self.port)
    }

    /// Whether a stream was begun in the middle of a picture.
    pub fn joined_in_mid_picture(&self) -> bool {
        self.joined.load(Ordering::Relaxed)
    }
}

/// Two neighbouring ports, the first of them even, as RTP wants them.
fn pair() -> [UdpSocket; 2] {
    loop {
        let first = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let port = first.local_addr().expect("an address").port();
        if port.is_multiple_of(2)
            && let Ok(second) = UdpSocket::bind(("127.0.0.1", port + 1))
        {
            return [first, second];
        }
    }
}

fn port_of(socket: &UdpSocket) -> u16 {
    socket.local_addr().expect("an address").port()
}

/// Serves one connection: requests and answers take turns.
fn relay(client: TcpStream, upstream: TcpStream, how: Datagrams, joined: &Arc<AtomicBool>) {
    let mut requests = BufReader::new(client.try_clone().expect("fd"));
    let mut answers = BufReader::new(upstream.try_clone().expect("fd"));
    let (mut to_client, mut to_server) = (&client, &upstream);
    while let Some(request) = message(&mut requests) {
        // Towards the server, and towards the client.
        let mut sockets = None;
        let asked = ports(&request, "client_port=");
        let request = match asked {
            Some(_) => {
                let (near, far) = (pair(), pair());
                let request = with_ports(&request, "client_port=", port_of(&far[0]));
                sockets = Some((near, far));
                request
            }
            None => request,
        };
        if to_server.write_all(&request).is_err() {
            break;
        }
        let Some(mut answer) = message(&mut answers) else { break };
        if let (Some((near, far)), Some(asked), Some(_)) =
            (sockets, asked, ports(&answer, "server_port="))
        {
            answer = with_ports(&answer, "client_port=", asked);
            answer = with_ports(&answer, "server_port=", port_of(&near[0]));
            for (number, (near, far)) in (0..).zip(near.into_iter().zip(far)) {
                let to = SocketAddr::from(([127, 0, 0, 1], asked + number));
                let (flag, rtp) = (Arc::clone(joined), number == 0);
                std::thread::spawn(move || datagrams(&near, &far, to, how, rtp.then_some(&*flag)));
            }
        }
        if how == Datagrams::FromMidPicture {
            answer = without_header(&answer, "RTP-Info:");
        }
        if to_client.write_all(&answer).is_err() {
            break;
        }
    }
    // One of the two is closed already.
    client.shutdown(Shutdown::Both).ok();
    upstream.shutdown(Shutdown::Both).ok();
}

/// One RTSP message with its body.
pub fn message(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let at = message.len();
        from.read_until(b'\n', &mut message).ok().filter(|read| *read > 0)?;
        let line = String::from_utf8_lossy(&message[at..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let head = message.len();
    message.resize(head + length, 0);
    from.read_exact(&mut message[head..]).ok()?;
    Some(message)
}

/// The first port behind this word.
fn ports(message: &[u8], word: &str) -> Option<u16> {
    let text = String::from_utf8_lossy(message);
    let (_, behind) = text.split_once(word)?;
    behind.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The message with these ports behind the word.
fn with_ports(message: &[u8], word: &str, port: u16) -> Vec<u8> {
    let text = String::from_utf8_lossy(message).into_owned();
    let Some((before, behind)) = text.split_once(word) else { return text.into_bytes() };
    let end = behind.find(['\r', ';', ',']).unwrap_or(behind.len());
    format!("{before}{word}{port}-{}{}", port + 1, &behind[end..]).into_bytes()
}

fn without_header(message: &[u8], name: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    text.split_inclusive('\n')
        .filter(|line| !line.starts_with(name))
        .collect::<String>()
        .into_bytes()
}

/// Passes datagrams on, from the server's side to `to`; `rtp` is set where pictures come.
fn datagrams(
    near: &UdpSocket,
    far: &UdpSocket,
    to: SocketAddr,
    how: Datagrams,
    rtp: Option<&AtomicBool>,
) {
    let mut buffer = [0; 65536];
    let mut begun = rtp.is_none();
    // Nothing comes any more, and the connection is long over.
    far.set_read_timeout(Some(super::SOON)).expect("a time");
    while let Ok(length) = far.recv(&mut buffer) {
        if how == Datagrams::Lost {
            continue;
        }
        if !begun {
            if !is_mid_key_frame(&buffer[..length]) {
                continue;
            }
            begun = true;
            if let Some(flag) = rtp {
                flag.store(true, Ordering::Relaxed);
            }
        }
        if near.send_to(&buffer[..length], to).is_err() {
            return;
        }
    }
}

/// Whether an RTP packet holds a fragment of a key frame that is neither its first nor its last:
/// FU-A of H.264 (RFC 6184) or FU of H.265 (RFC 7798) behind twelve bytes of header.
fn is_mid_key_frame(packet: &[u8]) -> bool {
    let (Some(&[a, b, c]), middle) = (packet.get(12..15), |fu: u8| fu & 0xc0 == 0) else {
        return false;
    };
    let h264 = a & 0x1f == 28 && middle(b) && b & 0x1f == 5;
    let h265 = (a >> 1) & 0x3f == 49 && middle(c) && (16..=23).contains(&(c & 0x3f));
    h264 || h265
}

//! Somebody else, whom no camera may have us call: 127.0.0.2.

use std::net::{TcpListener, UdpSocket};
use std::sync::{Mutex, PoisonError};

/// The victims' number. All else in these tests is at 127.0.0.1.
pub const NUMBER: &str = "127.0.0.2";

/// Counts who calls.
pub struct Victim {
    listener: TcpListener,
    port: u16,
    sockets: Mutex<Vec<UdpSocket>>,
}

impl Victim {
    /// Listens on a free port. The system accepts for it, so that nothing has to run.
    pub fn start() -> Self {
        let listener = TcpListener::bind((NUMBER, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        Self { listener, port, sockets: Mutex::default() }
    }

    /// Its number and port.
    pub fn place(&self) -> String {
        format!("{NUMBER}:{}", self.port)
    }

    /// Counts datagrams to this port, too.
    pub fn heed(&self, port: u16) {
        // Of a session that is begun again it may be counted already.
        if let Ok(socket) = UdpSocket::bind((NUMBER, port)) {
            socket.set_nonblocking(true).expect("a socket");
            self.sockets.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
        }
    }

    /// Ports that are heeded.
    pub fn heeds(&self) -> usize {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Connections and datagrams since the last call.
    pub fn called(&self) -> usize {
        let connections = std::iter::from_fn(|| self.listener.accept().ok()).count();
        let sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = |socket: &UdpSocket| std::iter::from_fn(|| socket.recv(&mut [0]).ok()).count();
        connections + sockets.iter().map(heard).sum::<usize>()
    }
}

#[test]
fn a_victim_counts_who_calls() {
    let victim = Victim::start();
    assert_eq!(victim.called(), 0);
    let caller = std::net::TcpStream::connect(victim.place()).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = UdpSocket::bind((NUMBER, 0)).unwrap().local_addr().unwrap().port();
    victim.heed(port);
    assert_eq!(victim.heeds(), 1);
    for text in [&b"x"[..], b""] {
        socket.send_to(text, (NUMBER, port)).unwrap();
    }
    assert_eq!((victim.called(), victim.called()), (3, 0));
    drop(caller);
}

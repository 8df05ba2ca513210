//! Passes RTP and RTCP on where they come in datagrams.
//!
//! The client's ports are open on 127.0.0.1, where no camera reaches them: so the relay has a pair of ports
//! for the camera and one for the client, and a task for each stream that ends with the connection. Policies:
//! - the camera is told the relay's ports in place of the client's, and the client those in place of the
//!   camera's;
//! - only what comes from the camera's number reaches the client, from whichever of its ports, and what
//!   comes from the client's port goes to the port that the camera named, or nowhere;
//! - what the client makes no picture of has the limit that it has over TCP;
//! - what the client's socket has no room for is lost, as it would be without a relay.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket as StdSocket};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use super::findings::Findings;
use super::limits::{Limits, RelayError};
use super::message::Head;
use crate::best_effort::BestEffort;
use crate::lock::lock;

/// What the system may hold of one stream's datagrams, in bytes; it gives less where it is set to.
const BUFFER: usize = 4 << 20;
/// The longest datagram.
const LONGEST: usize = 64 << 10;
/// How many datagrams of one socket are passed on before the others are looked at.
const AT_ONCE: usize = 64;
/// How often a pair of neighbouring ports is looked for.
const TRIES: usize = 32;

/// A port for RTP and the one for RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports(pub u16, pub u16);

struct Pair {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    ports: Ports,
}

/// The sockets of one stream before it is set up.
pub(super) struct Offer {
    client: Ports,
    for_client: Pair,
    for_camera: Pair,
}

/// The streams of one connection that come in datagrams.
pub(super) struct Datagrams {
    camera: IpAddr,
    streams: JoinSet<()>,
    limits: Limits,
    findings: Arc<Mutex<Findings>>,
}

impl Datagrams {
    /// Of the camera at this number.
    pub fn new(camera: IpAddr, limits: Limits, findings: Arc<Mutex<Findings>>) -> Self {
        Self { camera, streams: JoinSet::new(), limits, findings }
    }

    /// Opens ports for a stream that is to come to these ports of the client's. To be called within a tokio
    /// runtime.
    pub fn offer(&self, client: Ports) -> io::Result<Offer> {
        if self.streams.len() >= self.limits.streams {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let local = Ipv4Addr::LOCALHOST.into();
        let for_client = Pair::bind(local)?;
        rustix::net::sockopt::set_socket_recv_buffer_size(&for_client.rtp, BUFFER)?;
        let any = if self.camera.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        let for_camera = Pair::bind(any)?;
        rustix::net::sockopt::set_socket_recv_buffer_size(&for_camera.rtp, BUFFER)?;
        Ok(Offer { client, for_client, for_camera })
    }

    /// Passes the stream on from now on. `camera`: the ports that it named.
    pub fn begin(&mut self, offer: Offer, camera: Option<Ports>) -> io::Result<()> {
        let Offer { client, for_client, for_camera } = offer;
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        for (socket, port) in [(&for_client.rtp, client.0), (&for_client.rtcp, client.1)] {
            // From now on nobody else is heard, and there is nothing to wait for.
            rustix::net::connect(socket, &local(port))?;
        }
        let to = camera.map(|Ports(rtp, rtcp)| {
            [SocketAddr::new(self.camera, rtp), SocketAddr::new(self.camera, rtcp)]
        });
        let (from, to) = (self.camera, to.unwrap_or([SocketAddr::new(self.camera, 0); 2]));
        let (limits, findings) = (self.limits, self.findings.clone());
        self.streams.spawn(async move {
            let Err(error) = pass_on(for_client, for_camera, (from, to), |bytes| {
                lock(&findings).passed_on(bytes, &limits)
            })
            .await;
            // Nothing comes any more, which ends the session.
            lock(&findings).error.get_or_insert(error);
        });
        Ok(())
    }
}

impl Offer {
    /// The ports for the camera.
    pub fn for_camera(&self) -> Ports {
        self.for_camera.ports
    }

    /// The `Transport` of the camera's answer as the client is to read it, and the ports that the camera
    /// named. `None` where it answers with another way than datagrams for us alone.
    pub fn answer(&self, transport: &str) -> Option<(String, Option<Ports>)> {
        if transport.contains("TCP") || transport.contains("multicast") {
            return None;
        }
        let ours = ["client_port=", "server_port=", "source=", "destination="];
        let kept = transport.split(';').map(str::trim);
        let kept = kept.filter(|part| !ours.iter().any(|own| part.starts_with(own)));
        let (Ports(a, b), Ports(c, d)) = (self.client, self.for_client.ports);
        let kept = kept.collect::<Vec<_>>().join(";");
        let text = format!("{kept};client_port={a}-{b};server_port={c}-{d}");
        Some((text, ports(transport, "server_port=")))
    }
}

impl Pair {
    /// Two neighbours, the even one for RTP (RFC 3550, section 11).
    fn bind(ip: IpAddr) -> io::Result<Self> {
        let mut refused = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..TRIES {
            let first = StdSocket::bind((ip, 0))?;
            let port = first.local_addr()?.port();
            match StdSocket::bind((ip, port ^ 1)) {
                Ok(second) => {
                    let even = port.is_multiple_of(2);
                    let (rtp, rtcp) = if even { (first, second) } else { (second, first) };
                    let socket = |socket: StdSocket| {
                        socket.set_nonblocking(true)?;
                        UdpSocket::from_std(socket)
                    };
                    let ports = Ports(port & !1, port | 1);
                    return Ok(Self { rtp: socket(rtp)?, rtcp: socket(rtcp)?, ports });
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

/// The ports that a request names as the client's; the second may be left out (RFC 2326, section 12.39).
pub(super) fn client_ports(request: &Head) -> Option<Ports> {
    ports(request.get("Transport")?, "client_port=")
}

/// A request's `Transport` with these ports in place of the client's.
pub(super) fn ask_for(request: &mut Head, Ports(rtp, rtcp): Ports) {
    let value = request.get("Transport").unwrap_or_default();
    let replaced = |part: &str| match part.trim().starts_with("client_port=") {
        true => format!("client_port={rtp}-{rtcp}"),
        false => part.to_owned(),
    };
    let value = value.split(';').map(replaced).collect::<Vec<_>>().join(";");
    request.set("Transport", value);
}

fn ports(transport: &str, name: &str) -> Option<Ports> {
    let value = transport.split(';').find_map(|part| part.trim().strip_prefix(name))?;
    let (first, second) = value.split_once('-').unwrap_or((value, ""));
    let first: u16 = first.trim().parse().ok().filter(|port| *port > 0)?;
    Some(Ports(first, second.trim().parse().ok().or(first.checked_add(1))?))
}

/// Ends where `count`, which is told the bytes for the client, says so, or a socket does.
async fn pass_on(
    client: Pair,
    camera: Pair,
    (from, [rtp, rtcp]): (IpAddr, [SocketAddr; 2]),
    count: impl Fn(usize) -> Result<(), RelayError>,
) -> Result<Infallible, RelayError> {
    let mut buffer = vec![0; LONGEST];
    loop {
        let ready = tokio::select! {
            ready = camera.rtp.readable() => ready,
            ready = camera.rtcp.readable() => ready,
            ready = client.rtp.readable() => ready,
            ready = client.rtcp.readable() => ready,
        };
        ready.map_err(|error| RelayError::CameraBroke(error.kind()))?;
        count(down(&camera.rtp, &client.rtp, from, &mut buffer))?;
        down(&camera.rtcp, &client.rtcp, from, &mut buffer);
        up(&client.rtp, &camera.rtp, rtp, &mut buffer);
        up(&client.rtcp, &camera.rtcp, rtcp, &mut buffer);
        tokio::task::yield_now().await;
    }
}

/// From the camera to the client; how many bytes. An error belongs to one datagram: a port that is closed for a
/// moment.
fn down(camera: &UdpSocket, client: &UdpSocket, from: IpAddr, buffer: &mut [u8]) -> usize {
    let mut passed = 0;
    for _ in 0..AT_ONCE {
        match camera.try_recv_from(buffer) {
            Ok((bytes, sender)) if sender.ip().to_canonical() == from.to_canonical() => {
                // What has no room is lost.
                passed += client.try_send(&buffer[..bytes]).unwrap_or(0);
            }
            Ok(_stranger) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(_one_datagram) => {}
        }
    }
    passed
}

/// From the client to the camera.
fn up(client: &UdpSocket, camera: &UdpSocket, to: SocketAddr, buffer: &mut [u8]) {
    for _ in 0..AT_ONCE {
        match client.try_recv(buffer) {
            Ok(bytes) if to.port() > 0 => {
                camera.try_send_to(&buffer[..bytes], to).map(drop).best_effort();
            }
            Ok(_nowhere) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(_one_datagram) => {}
        }
    }
}

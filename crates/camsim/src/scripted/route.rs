//! The way of one track's packets to its viewer.
//!
//! Owns the UDP sockets of a track. Nothing waits: what a socket does not take is lost, as it is
//! on a network.

use std::net::{SocketAddr, UdpSocket};

use super::wire::outbox::Outbox;

/// How often two neighbouring ports are looked for.
const MAX_TRIES: usize = 50;

/// Where RTP and RTCP of a track go.
#[derive(Debug)]
pub enum Route {
    /// These channels of the connection (RFC 2326, section 10.12).
    Tcp(u8, u8),
    /// Connected sockets on neighbouring ports.
    Udp(UdpSocket, UdpSocket),
}

impl Route {
    /// Opens the ports for a viewer at `ports` of `peer`; the first is even (RFC 3550, section 11).
    pub fn udp(peer: SocketAddr, ports: (u16, u16)) -> std::io::Result<Self> {
        let local = |port| UdpSocket::bind(("127.0.0.1", port));
        for _ in 0..MAX_TRIES {
            let rtp = local(0)?;
            let port = rtp.local_addr()?.port();
            let Some(next) = port.checked_add(1).filter(|_| port % 2 == 0) else { continue };
            if let Ok(rtcp) = local(next) {
                rtp.connect((peer.ip(), ports.0))?;
                rtcp.connect((peer.ip(), ports.1))?;
                rtp.set_nonblocking(true)?;
                rtcp.set_nonblocking(true)?;
                return Ok(Self::Udp(rtp, rtcp));
            }
        }
        Err(std::io::ErrorKind::AddrInUse.into())
    }

    /// The server's ports, where there are any.
    pub fn ports(&self) -> Option<(u16, u16)> {
        let Self::Udp(rtp, rtcp) = self else { return None };
        Some((rtp.local_addr().ok()?.port(), rtcp.local_addr().ok()?.port()))
    }

    /// Sends one packet.
    pub fn send(&self, rtcp: bool, bytes: &[u8], outbox: &mut Outbox) {
        match self {
            Self::Tcp(rtp, reports) => {
                let channel = if rtcp { *reports } else { *rtp };
                let length = u16::try_from(bytes.len()).unwrap_or(0).to_be_bytes();
                outbox.put(&[&[b'$', channel, length[0], length[1]], bytes]);
            }
            // A viewer that has gone makes this fail; its connection says so too.
            Self::Udp(rtp, reports) => {
                let socket = if rtcp { reports } else { rtp };
                socket.send(bytes).ok();
            }
        }
    }
}

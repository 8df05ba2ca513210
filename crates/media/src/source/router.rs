//! Chooses the client that connects to a camera, and the transport of RTP.
//!
//! Pure rules, run after each connection; what is remembered is handed in, and handed out. Policies:
//! - with [`Transport::Auto`] TCP comes first. A camera that refuses TCP is asked for UDP at once;
//!   where UDP then brings nothing, TCP is tried again after the ordinary pause. The transport
//!   changes at most once between two pauses, so that nothing flaps. Once UDP brought a picture it gets
//!   the ordinary time;
//! - with [`Via::Auto`] a dialogue that retina does not understand is retried with FFmpeg at once. Where
//!   no picture can be decoded, the same route is tried again first, then one client and the other
//!   in turn, each after the ordinary pause;
//! - what was learnt of client and transport holds for [`LEARNT_FOR`](super::route::LEARNT_FOR): after
//!   the next ordinary pause the feed begins as if it knew nothing;
//! - the route that brought a picture is to be remembered in the
//!   [`RouteMemory`](super::route::RouteMemory), which whoever opens feeds keeps for as long as the
//!   program runs: the next feed of the stream begins with it;
//! - [`Transport::Tcp`], [`Transport::Udp`], [`Via::Retina`] and [`Via::Ffmpeg`] are orders.

use std::time::Instant;

use camwall_address::Scheme;

use super::route::{LearntRoute, LowerTransport, Route, is_old};
use super::spec::{FeedSpec, Transport, Via};
use super::{RefusedTransport, SourceError};

/// Connections in a row that break on something retina does not understand, after which FFmpeg
/// gets its chance although pictures came.
const MAX_PROTOCOL_ERRORS: u32 = 3;

/// What comes after a connection that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another route, without a pause, and why.
    AtOnce(&'static str),
    /// The next try after the ordinary pause, and what is to be said until then.
    AfterPause(SourceError),
}

/// What follows from a connection that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub next: Next,
    /// Whether the remembered route is to be forgotten.
    pub forget: bool,
}

/// The routes of one feed.
#[derive(Debug)]
pub(crate) struct Router {
    route: Route,
    /// The route of a feed that knows nothing.
    first: Route,
    /// When the present route was chosen.
    chosen: Instant,
    /// Whether the client, and whether the transport, may be changed.
    any_client: bool,
    any_transport: bool,
    /// Whether the transport was changed since the last pause.
    turned: bool,
    /// How many connections in a row ended in a misunderstanding.
    protocol_errors: u32,
    /// How many connections in a row brought no picture that could be decoded.
    undecodable: u32,
}

impl Router {
    /// Begins with the remembered route `known`, where the spec leaves the choice.
    pub fn new(spec: &FeedSpec, scheme: Scheme, known: Option<LearntRoute>, now: Instant) -> Self {
        let rtsp = scheme.is_rtsp();
        let any_client = rtsp && spec.via == Via::Auto;
        // Datagrams would go beside TLS, in clear.
        let any_transport = scheme == Scheme::Rtsp && spec.transport == Transport::Auto;
        let over = match spec.transport {
            Transport::Udp => LowerTransport::Udp,
            Transport::Tcp | Transport::Auto => LowerTransport::Tcp,
        };
        let ffmpeg = !rtsp || spec.via == Via::Ffmpeg;
        let over = rtsp.then_some(over);
        let first = Route { ffmpeg, over, probing: any_transport };
        let mut route = first;
        if let Some(LearntRoute { route: known, .. }) = known {
            if any_client {
                route.ffmpeg = known.ffmpeg;
            }
            if any_transport {
                route.over = known.over.or(route.over);
                route.probing = !route.udp();
            }
        }
        Self {
            route,
            first,
            chosen: known.map_or(now, |known| known.chosen),
            any_client,
            any_transport,
            turned: false,
            protocol_errors: 0,
            undecodable: 0,
        }
    }

    /// The route for the next try.
    pub fn route(&self) -> Route {
        self.route
    }

    /// A picture came; gives the route to be remembered.
    pub fn works(&mut self) -> LearntRoute {
        self.turned = false;
        self.route.probing &= !self.route.udp();
        LearntRoute { route: self.route, chosen: self.chosen }
    }

    /// Chooses the route for the next try after this error, which happened at `now`; `live` is whether
    /// packets had come.
    pub fn after(&mut self, error: SourceError, live: bool, now: Instant) -> Verdict {
        let before = self.route;
        let undecodable = matches!(error, SourceError::Undecodable { .. });
        let mut verdict =
            if undecodable { self.undecodable(error) } else { self.by_error(error, live) };
        let pause = matches!(verdict.next, Next::AfterPause(_));
        if pause && !undecodable && self.route != self.first && is_old(self.chosen, now) {
            self.route = self.first;
            self.protocol_errors = 0;
            verdict.forget = true;
        }
        if self.route != before {
            self.chosen = now;
        }
        verdict
    }

    /// The first time the same again, then the other client.
    fn undecodable(&mut self, error: SourceError) -> Verdict {
        self.protocol_errors = 0;
        self.undecodable += 1;
        let other = self.undecodable >= 2 && self.any_client;
        self.route.ffmpeg ^= other;
        self.pause(error, other)
    }

    fn by_error(&mut self, error: SourceError, live: bool) -> Verdict {
        // That pictures came late says nothing of what they were.
        if live && !matches!(error, SourceError::Late { .. }) {
            self.undecodable = 0;
        }
        let next = match (&error, self.route.over) {
            (SourceError::TransportRefused { detail, .. }, Some(over)) if self.any_transport => {
                if !self.turned {
                    return self.turn(over);
                }
                // TCP was refused before the turn, or UDP was: there is nothing left.
                Some(SourceError::TransportRefused {
                    refused: RefusedTransport::Both,
                    detail: detail.clone(),
                })
            }
            (SourceError::Idle { started: false, .. }, Some(LowerTransport::Udp))
                if self.any_transport =>
            {
                Some(error.clone())
            }
            _ => None,
        };
        if let Some(error) = next {
            let forget = self.back_to_tcp();
            return self.pause(error, forget);
        }
        if !error.wants_fallback() {
            self.protocol_errors = 0;
            return self.pause(error, false);
        }
        self.protocol_errors += 1;
        // Where pictures came first, retina understands the camera and this may be a hiccup.
        let hopeless = !live || self.protocol_errors >= MAX_PROTOCOL_ERRORS;
        if hopeless && self.any_client && !self.route.ffmpeg {
            self.route.ffmpeg = true;
            let next = Next::AtOnce("retina does not get on with this camera; trying FFmpeg");
            return Verdict { next, forget: false };
        }
        let forget = self.any_transport && !live && self.back_to_tcp();
        self.pause(error, forget)
    }

    fn turn(&mut self, refused: LowerTransport) -> Verdict {
        self.turned = true;
        let (over, why) = match refused {
            LowerTransport::Tcp => (LowerTransport::Udp, "no TCP with this camera; trying UDP"),
            LowerTransport::Udp => (LowerTransport::Tcp, "no UDP with this camera; trying TCP"),
        };
        self.route.over = Some(over);
        self.route.probing = self.any_transport;
        Verdict { next: Next::AtOnce(why), forget: true }
    }

    /// True where the way was another.
    fn back_to_tcp(&mut self) -> bool {
        let udp = self.route.udp();
        if udp {
            self.route.over = Some(LowerTransport::Tcp);
            self.route.probing = self.any_transport;
        }
        udp
    }

    fn pause(&mut self, error: SourceError, forget: bool) -> Verdict {
        self.turned = false;
        Verdict { next: Next::AfterPause(error), forget }
    }
}

#[cfg(test)]
mod tests;

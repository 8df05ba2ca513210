//! Which routes may be tried after which failure.

use crate::source::SourceError;
use crate::source::route::{LowerTransport, Route};
use crate::source::spec::{Address, FeedSpec, Transport, Via};

use LowerTransport::{Tcp, Udp};
use camwall_address::Scheme;

/// Follows the routes of one feed.
pub(super) struct RouteRules {
    scheme: Scheme,
    transport: Transport,
    via: Via,
    /// What is to be remembered of the stream.
    memory: Option<Route>,
    latest: Option<Route>,
    /// Since the last pause: changes of the transport.
    turns: u32,
    /// Changes of the client in the feed's life.
    clients: u32,
    /// Sessions in a row that ended in a misunderstanding.
    misunderstandings: u32,
}

impl RouteRules {
    pub fn new(spec: &FeedSpec) -> Self {
        Self {
            scheme: Address::parse(spec).map_or(Scheme::File, |address| address.scheme),
            transport: spec.transport,
            via: spec.via,
            memory: spec.routes.get(),
            latest: None,
            turns: 0,
            clients: 0,
            misunderstandings: 0,
        }
    }

    fn free_client(&self) -> bool {
        self.scheme == Scheme::Rtsp && self.via == Via::Auto
    }

    fn free_transport(&self) -> bool {
        matches!(self.scheme, Scheme::Rtsp | Scheme::Rtsps) && self.transport == Transport::Auto
    }

    /// Whether orders are kept.
    fn allowed(&self, route: Route) -> bool {
        let client = match (self.scheme, self.via) {
            (Scheme::Rtsp, Via::Auto) => true,
            (Scheme::Rtsp, Via::Retina) => !route.ffmpeg,
            _ => route.ffmpeg,
        };
        let over = match (self.scheme, self.transport) {
            (Scheme::Rtsp | Scheme::Rtsps, Transport::Tcp) => route.over == Some(Tcp),
            (Scheme::Rtsp | Scheme::Rtsps, Transport::Udp) => route.over == Some(Udp),
            (Scheme::Rtsp | Scheme::Rtsps, Transport::Auto) => route.over.is_some(),
            _ => route.over.is_none(),
        };
        client && over
    }

    /// The first try: as remembered, else retina and TCP.
    pub fn first(&mut self, route: Route) -> Vec<String> {
        let known = self.memory;
        let over = known.and_then(|known| known.over).unwrap_or(Tcp);
        let ffmpeg = known.is_some_and(|known| known.ffmpeg);
        let right = self.allowed(route)
            && (!self.free_client() || route.ffmpeg == ffmpeg)
            && (!self.free_transport() || route.over == Some(over));
        self.latest = Some(route);
        if right { Vec::new() } else { vec![format!("first by {route:?} and not {known:?}")] }
    }

    /// The try after a failure. `live`: packets came before it; `paused`: a pause came after it.
    pub fn next(
        &mut self,
        route: Route,
        error: &SourceError,
        live: bool,
        paused: bool,
    ) -> Vec<String> {
        let mut broken = Vec::new();
        let before = self.latest.replace(route).expect("a try before this one");
        let mut must = |holds: bool, what: &str| {
            if !holds {
                broken.push(format!("{what}: from {before:?} to {route:?} after {error}"));
            }
        };
        let misunderstood =
            matches!(error, SourceError::Dialogue { .. } | SourceError::Unsupported { .. });
        let refused = matches!(error, SourceError::TransportRefused { .. });
        let silent = matches!(error, SourceError::Idle { started: false, .. });
        // Trouble with the transport says nothing about the client.
        self.misunderstandings = match (misunderstood, refused || silent) {
            (true, _) => self.misunderstandings + 1,
            (false, true) => self.misunderstandings,
            (false, false) => 0,
        };
        must(self.allowed(route), "orders are kept");
        let (client, turn) = (before.ffmpeg != route.ffmpeg, before.over != route.over);
        must(!(client && turn), "one change at a time");
        must(paused || client || turn, "the same is not tried at once");
        if client {
            self.clients += 1;
            must(!paused && route.ffmpeg && self.clients == 1, "once to FFmpeg, at once");
            must(misunderstood && self.free_client(), "FFmpeg is for misunderstandings");
            must(!live || self.misunderstandings >= 3, "FFmpeg is not for a hiccup");
        } else {
            let hopeless = misunderstood && !live && self.free_client() && !before.ffmpeg;
            must(!hopeless, "a misunderstanding is for FFmpeg");
        }
        if turn {
            self.memory = None;
            let back = silent || refused || (misunderstood && !live);
            let back = paused && before.over == Some(Udp) && back;
            self.turns += u32::from(!paused);
            must(self.free_transport() && (back || !paused && refused), "no reason to turn");
            must(self.turns <= 1, "the transport changes once between two pauses");
        } else {
            let lost = refused || silent && before.over == Some(Udp);
            let stays = before.over == Some(Tcp) && paused;
            must(!self.free_transport() || !lost || stays, "what does not work is left");
        }
        if paused {
            self.turns = 0;
        }
        broken
    }

    /// A picture came by the latest route.
    pub fn picture(&mut self) {
        self.memory = self.latest;
        self.turns = 0;
    }

    /// Whether what is remembered is what last worked. `failed`: what comes next is not known yet.
    pub fn look(&self, remembered: Option<Route>, failed: bool) -> Vec<String> {
        // A route that failed is forgotten before the next one is tried.
        if remembered == self.memory || remembered.is_none() && failed {
            return Vec::new();
        }
        vec![format!("{remembered:?} is remembered and not {:?}", self.memory)]
    }
}

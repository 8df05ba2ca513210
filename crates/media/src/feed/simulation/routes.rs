//! Which routes may be tried after which failure.

use std::time::{Duration, Instant};

use super::coverage::Counts;
use crate::source::SourceError;
use crate::source::route::{LearntRoute, LowerTransport, Route};
use crate::source::spec::{Address, FeedSpec, Transport, Via};

use LowerTransport::{Tcp, Udp};
use camwall_address::Scheme;

/// For so long holds what was learnt.
const SIX_HOURS: Duration = Duration::from_secs(21_600);

/// A failure that a try follows.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    pub error: SourceError,
    pub at: Instant,
    /// For how long packets came before it.
    pub lived: Option<Duration>,
    /// Whether it was waited after it.
    pub paused: bool,
}

/// Follows the routes of one feed.
pub(super) struct RouteRules {
    scheme: Scheme,
    transport: Transport,
    via: Via,
    /// What is to be remembered of the stream.
    memory: Option<LearntRoute>,
    /// Whether what was known at the start was old.
    had_old: bool,
    latest: Option<Route>,
    /// When the latest route was chosen.
    chosen: Instant,
    /// Since the last pause: changes of the transport.
    turns: u32,
    /// Sessions in a row that we left because nothing could be decoded.
    undecodable: u32,
    /// Sessions in a row that ended in a misunderstanding.
    misunderstandings: u32,
}

impl RouteRules {
    pub fn new(spec: &FeedSpec, now: Instant) -> Self {
        let given = spec.routes.given();
        let memory = given.filter(|known| now - known.chosen < SIX_HOURS);
        Self {
            scheme: Address::parse(spec).map_or(Scheme::File, |address| address.scheme),
            transport: spec.transport,
            via: spec.via,
            memory,
            had_old: given.is_some() && memory.is_none(),
            latest: None,
            chosen: memory.map_or(now, |known| known.chosen),
            turns: 0,
            undecodable: 0,
            misunderstandings: 0,
        }
    }

    fn free_client(&self) -> bool {
        matches!(self.scheme, Scheme::Rtsp | Scheme::Rtsps) && self.via == Via::Auto
    }

    fn free_transport(&self) -> bool {
        self.scheme == Scheme::Rtsp && self.transport == Transport::Auto
    }

    /// Whether orders are kept.
    fn allowed(&self, route: Route) -> bool {
        let client = match (self.scheme, self.via) {
            (Scheme::Rtsp | Scheme::Rtsps, Via::Auto) => true,
            (Scheme::Rtsp | Scheme::Rtsps, Via::Retina) => !route.ffmpeg,
            _ => route.ffmpeg,
        };
        let over = match (self.scheme, self.transport) {
            // Datagrams would go beside TLS.
            (Scheme::Rtsps, _) | (Scheme::Rtsp, Transport::Tcp) => route.over == Some(Tcp),
            (Scheme::Rtsp, Transport::Udp) => route.over == Some(Udp),
            (Scheme::Rtsp, Transport::Auto) => route.over.is_some(),
            _ => route.over.is_none(),
        };
        client && over
    }

    /// The first try: as remembered, if that is not old, else retina and TCP.
    pub fn first(&mut self, route: Route, counts: &mut Counts) -> Vec<String> {
        self.latest = Some(route);
        let known = self.memory.map(|known| known.route);
        if known.is_none() && self.had_old {
            *counts.entry("what was learnt is old at the start").or_default() += 1;
        }
        let over = known.and_then(|known| known.over).unwrap_or(Tcp);
        let ffmpeg = known.is_some_and(|known| known.ffmpeg);
        let right = self.allowed(route)
            && (!self.free_client() || route.ffmpeg == ffmpeg)
            && (!self.free_transport() || route.over == Some(over));
        if right { Vec::new() } else { vec![format!("first by {route:?} and not {known:?}")] }
    }

    /// Whether this is how a feed begins that knows nothing.
    fn is_fresh(&self, route: Route) -> bool {
        (!self.free_client() || !route.ffmpeg)
            && (!self.free_transport() || route.over == Some(Tcp))
    }

    /// The try after a failure.
    pub fn next(&mut self, route: Route, cause: &Cause, counts: &mut Counts) -> Vec<String> {
        let Cause { error, at, lived, paused } = cause.clone();
        let live = lived.is_some();
        let mut broken = Vec::new();
        let before = self.latest.replace(route).expect("a try before this one");
        let chosen = self.chosen;
        let mut must = |holds: bool, what: &str| {
            if !holds {
                broken.push(format!("{what}: from {before:?} to {route:?} after {error}"));
            }
        };
        must(self.allowed(route), "orders are kept");
        let (client, turn) = (before.ffmpeg != route.ffmpeg, before.over != route.over);
        if client || turn {
            self.chosen = at;
        }
        let undecodable = matches!(error, SourceError::Undecodable { .. });
        if undecodable {
            self.undecodable += 1;
        } else if live && !matches!(error, SourceError::Late { .. }) {
            self.undecodable = 0;
        }
        if paused {
            self.turns = 0;
        }
        let old = at - chosen >= SIX_HOURS;
        // What is old is left, but not before it was tried again with what can't be decoded.
        if paused && old && !undecodable && (client || turn || !self.is_fresh(before)) {
            *counts.entry("what was learnt gets old").or_default() += 1;
            must(self.is_fresh(route), "what was learnt holds for six hours");
            self.misunderstandings = 0;
            self.memory = None;
            return broken;
        }
        if undecodable {
            self.misunderstandings = 0;
            let other = self.undecodable >= 2 && self.free_client();
            must(paused && !turn && client == other, "first the same, then the other client");
            if other {
                *counts.entry("the other client for undecodable pictures").or_default() += 1;
                self.memory = None;
            }
            return broken;
        }
        let misunderstood =
            matches!(error, SourceError::Dialogue { .. } | SourceError::Unsupported { .. });
        let refused = matches!(error, SourceError::TransportRefused { .. });
        let silent = matches!(error, SourceError::Idle { started: false, .. });
        let late = matches!(error, SourceError::Late { .. });
        // Trouble with the transport says nothing about the client.
        self.misunderstandings = match (misunderstood, refused || silent || late && !paused) {
            (true, _) => self.misunderstandings + 1,
            (false, true) => self.misunderstandings,
            (false, false) => 0,
        };
        must(!(client && turn), "one change at a time");
        must(paused || client || turn || late, "the same is not tried at once");
        must(!late || !client && !turn, "lateness changes no route");
        if client {
            must(!paused && route.ffmpeg, "to FFmpeg, at once");
            must(misunderstood && self.free_client(), "FFmpeg is for misunderstandings");
            let hiccup = live && self.misunderstandings < 3;
            must(!hiccup, "FFmpeg is not for a hiccup");
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
        broken
    }

    /// The latest route is seen to bring pictures.
    pub fn picture(&mut self) {
        let chosen = self.chosen;
        // What is proven is no longer probed.
        let proven =
            |route: Route| Route { probing: route.probing && route.over != Some(Udp), ..route };
        self.memory = self.latest.map(|route| LearntRoute { route: proven(route), chosen });
        self.turns = 0;
    }

    /// Whether what is remembered is what last worked. `failed`: what comes next is not known yet.
    pub fn look(&self, now: Instant, remembered: Option<LearntRoute>, failed: bool) -> Vec<String> {
        let holds = |known: &LearntRoute| now - known.chosen < SIX_HOURS;
        let memory = self.memory.filter(holds);
        // A route that failed is forgotten before the next one is tried.
        if remembered == memory || remembered.is_none() && failed {
            return Vec::new();
        }
        vec![format!("{remembered:?} is remembered and not {memory:?}")]
    }
}

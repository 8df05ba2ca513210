//! What a connection answers: the script's steps, and between them what an ordinary camera says.
//!
//! Owns the state of the session: description, tracks that are set up, login. Opens UDP ports and
//! does no other I/O. Policy: a step's own answer changes no state; ordinary and recorded answers
//! do what they say.

mod rewrite;

use std::net::SocketAddr;
use std::time::Duration;

use self::rewrite::{with_cseq, with_host, with_ports};
use super::reel::Reel;
use super::route::Route;
use super::script::row::{Recorded, Row, Sprop, TrackStart, Transports};
use super::script::step::{self, Answer, Method, Moment, Step};
use super::wire::digest::{Attempt, Guard, Occasion};
use super::wire::rtsp::{self, Request, Way, header};
use super::wire::sdp::{self, Track};

/// What the connection is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Nothing,
    /// Media begins after the answer.
    Plays,
    /// The connection is closed after the answer.
    Closes,
    /// This follows the answer over and over.
    Floods(&'static [u8]),
}

/// An answer on its way.
#[derive(Debug)]
pub struct Reply {
    /// Nothing is silence.
    pub bytes: Vec<u8>,
    pub delay: Duration,
    pub effect: Effect,
}

impl Reply {
    fn now(bytes: Vec<u8>) -> Self {
        Self { bytes, delay: Duration::ZERO, effect: Effect::Nothing }
    }
}

/// The row's circumstances at a request.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    pub row: &'a Row,
    pub reel: &'a Reel,
    /// The connection's number.
    pub connection: usize,
    pub phase: &'static str,
    /// Ours and the client's.
    pub host: SocketAddr,
    pub peer: SocketAddr,
}

/// A track that is set up.
#[derive(Debug)]
pub struct SetUp {
    /// Its place in the description.
    pub place: usize,
    /// What the client calls it.
    url: String,
    pub route: Route,
}

/// One connection's side of the dialogue.
#[derive(Debug)]
pub struct Dialogue {
    guard: Guard,
    tracks: Vec<Track>,
    /// The tracks that are set up.
    pub routes: Vec<SetUp>,
    setups: usize,
    plays: bool,
}

impl Dialogue {
    /// `seed` makes its nonces different from those of others.
    pub fn new(seed: String) -> Self {
        Self {
            guard: Guard::new(seed),
            tracks: Vec::new(),
            routes: Vec::new(),
            setups: 0,
            plays: false,
        }
    }

    /// Whether the connection is to be closed as soon as it is accepted.
    pub fn closes_at_accept(&self, stage: Stage<'_>) -> bool {
        let step = self.step(stage, None);
        step.is_some_and(|step| step.answer == Answer::Close)
    }

    /// The tracks that are set up: place, codec and payload type, and how their RTP begins.
    pub fn streams(&self, stage: Stage<'_>) -> Vec<(usize, Track, TrackStart)> {
        let stream = |SetUp { place, .. }: &SetUp| {
            let track = self.tracks.get(*place)?;
            Some((*place, track.clone(), start(stage, *place, track)))
        };
        self.routes.iter().filter_map(stream).collect()
    }

    /// Answers a request.
    pub fn answer(&mut self, stage: Stage<'_>, request: &Request) -> Reply {
        let method = Method::parse(&request.method);
        self.setups += usize::from(method == Method::Setup);
        let step = self.step(stage, Some(method));
        let cseq = request.header("CSeq").unwrap_or("0");
        let (answer, delay) =
            step.map_or((&Answer::Ordinary, Duration::ZERO), |step| (&step.answer, step.delay));
        let mut reply = match answer {
            Answer::Silence => Reply::now(Vec::new()),
            Answer::Close => Reply { effect: Effect::Closes, ..Reply::now(Vec::new()) },
            Answer::Bytes(bytes) => Reply::now(bytes.to_vec()),
            Answer::Endless(bytes, more) => {
                Reply { effect: Effect::Floods(more), ..Reply::now(bytes.to_vec()) }
            }
            Answer::Status(status, reason, headers) => {
                let headers: Vec<String> = headers.iter().map(ToString::to_string).collect();
                Reply::now(rtsp::answer(*status, reason, cseq, &headers, ""))
            }
            Answer::Sdp(body) => {
                let headers = self.described(stage, request, body);
                Reply::now(rtsp::answer(200, "OK", cseq, &headers, body))
            }
            Answer::Ordinary => match self.refusal(stage, request, method) {
                Some((headers, effect)) => {
                    let answer = rtsp::answer(401, "Unauthorized", cseq, &[headers], "");
                    Reply { effect, ..Reply::now(answer) }
                }
                None => self.ordinary(stage, request, method, cseq),
            },
            Answer::Recorded(text) => self.recorded(stage, request, method, cseq, text),
        };
        reply.delay = delay;
        self.plays |= reply.effect == Effect::Plays;
        reply
    }

    fn step<'a>(&self, stage: Stage<'a>, method: Option<Method>) -> Option<&'a Step> {
        let (setups, plays, phase) = (self.setups, self.plays, stage.phase);
        let moment = Moment { method, setups, plays, phase };
        step::find(stage.row.steps(stage.connection), moment)
    }

    /// The header that asks for a login, where there is none that is right, and what follows.
    fn refusal(
        &mut self,
        stage: Stage<'_>,
        request: &Request,
        method: Method,
    ) -> Option<(String, Effect)> {
        let login = stage.row.login.as_ref()?;
        let occasion = match method {
            Method::Setup if self.setups > 1 => Occasion::SecondSetup,
            method if self.plays && method.is_keepalive() => Occasion::Keepalive,
            _ => Occasion::Other,
        };
        let attempt = Attempt {
            method: &request.method,
            authorization: request.header("Authorization"),
            occasion,
            phase: stage.phase,
        };
        // At first it is only told.
        let stubborn = self.guard.is_stubborn(attempt.authorization);
        let header = self.guard.check(login, attempt).err()?;
        Some((header, if stubborn { Effect::Closes } else { Effect::Nothing }))
    }

    fn ordinary(
        &mut self,
        stage: Stage<'_>,
        request: &Request,
        method: Method,
        cseq: &str,
    ) -> Reply {
        let session = format!("Session: {}", session(stage));
        let ok = |headers: &[String], body: &str| {
            Reply::now(rtsp::answer(200, "OK", cseq, headers, body))
        };
        match method {
            Method::Options => ok(
                &["Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
                    .into()],
                "",
            ),
            Method::Describe => {
                let body = description(stage);
                let headers = self.described(stage, request, &body);
                ok(&headers, &body)
            }
            Method::Setup => match self.set_up(stage, request, None) {
                Ok(transport) => {
                    let session = format!("{session};timeout={}", stage.row.timeout);
                    ok(&[format!("Transport: {transport}"), session], "")
                }
                Err((status, reason)) => Reply::now(rtsp::answer(status, reason, cseq, &[], "")),
            },
            Method::Play if self.routes.is_empty() => {
                let reason = "Method Not Valid in This State";
                Reply::now(rtsp::answer(455, reason, cseq, &[], ""))
            }
            Method::Play => {
                let info = format!("RTP-Info: {}", self.rtp_info(stage));
                let headers = [session, "Range: npt=0.000-".into(), info];
                Reply { effect: Effect::Plays, ..ok(&headers, "") }
            }
            Method::GetParameter | Method::SetParameter => ok(&[session], ""),
            Method::Teardown => Reply { effect: Effect::Closes, ..ok(&[session], "") },
            Method::Other => Reply::now(rtsp::answer(501, "Not Implemented", cseq, &[], "")),
        }
    }

    /// Does what the recorded answer says, and gives it as it is but for what would lead the
    /// dialogue away from this server.
    fn recorded(
        &mut self,
        stage: Stage<'_>,
        request: &Request,
        method: Method,
        cseq: &str,
        text: &str,
    ) -> Reply {
        let mut text = with_cseq(&with_host(text, stage.host), cseq);
        let mut effect = Effect::Nothing;
        match method {
            Method::Describe => {
                let body = text.split_once("\r\n\r\n").map_or(String::new(), |(_, b)| b.into());
                self.described(stage, request, &body);
            }
            Method::Setup => match self.set_up(stage, request, header(&text, "Transport")) {
                Ok(_) => {
                    let ports = self.routes.last().and_then(|set_up| set_up.route.ports());
                    text = with_ports(&text, request, ports);
                }
                Err((status, reason)) => {
                    return Reply::now(rtsp::answer(status, reason, cseq, &[], ""));
                }
            },
            Method::Play => effect = Effect::Plays,
            Method::Teardown => effect = Effect::Closes,
            _ => {}
        }
        Reply { effect, ..Reply::now(text.into_bytes()) }
    }

    /// Learns the tracks of a description that goes out; the headers that go with it.
    fn described(&mut self, stage: Stage<'_>, request: &Request, body: &str) -> Vec<String> {
        self.tracks = sdp::tracks(body);
        let base = format!("rtsp://{}{}/", stage.host, path(&request.url).trim_end_matches('/'));
        vec![format!("Content-Base: {base}"), "Content-Type: application/sdp".into()]
    }

    /// Opens a route and says which. A recorded Transport header decides over the channels.
    fn set_up(
        &mut self,
        stage: Stage<'_>,
        request: &Request,
        recorded: Option<&str>,
    ) -> Result<String, (u16, &'static str)> {
        let place = sdp::find(&self.tracks, &request.url).unwrap_or(self.setups - 1);
        let track = self.tracks.get(place).ok_or((404, "Not Found"))?;
        let asked = request.header("Transport").and_then(rtsp::way);
        let way = asked.ok_or((461, "Unsupported Transport"))?;
        let ssrc = start(stage, place, track).ssrc.unwrap_or(0);
        let (route, text) = match (way, recorded.and_then(rtsp::way)) {
            (Way::Tcp(_), _) if stage.row.transports == Transports::UdpOnly => {
                return Err((461, "Unsupported Transport"));
            }
            (Way::Tcp(asked), told) => {
                let channel = match told {
                    Some(Way::Tcp(told)) => told,
                    _ => asked,
                };
                let next = channel.wrapping_add(1);
                let text = format!("RTP/AVP/TCP;unicast;interleaved={channel}-{next}");
                (Route::Tcp(channel, next), text)
            }
            (Way::Udp(rtp, rtcp), _) => {
                let route = Route::udp(stage.peer, (rtp, rtcp));
                let route = route.map_err(|_no_port| (500, "Internal Server Error"))?;
                let (ours, next) = route.ports().unwrap_or_default();
                let text =
                    format!("RTP/AVP;unicast;client_port={rtp}-{rtcp};server_port={ours}-{next}");
                (route, text)
            }
        };
        self.routes.retain(|other| other.place != place);
        self.routes.push(SetUp { place, url: request.url.clone(), route });
        Ok(format!("{text};ssrc={ssrc:08x}"))
    }

    fn rtp_info(&self, stage: Stage<'_>) -> String {
        let info = |SetUp { place, url, .. }: &SetUp| {
            let start = start(stage, *place, self.tracks.get(*place)?);
            let (sequence, time) = (start.sequence?, start.timestamp?);
            Some(format!("url={url};seq={sequence};rtptime={time}"))
        };
        let list: Vec<String> = self.routes.iter().filter_map(info).collect();
        list.join(",")
    }
}

fn description(stage: Stage<'_>) -> String {
    let recorded = stage.row.recorded.as_ref().and_then(|recorded| recorded.sdp.as_ref());
    if let Some(sdp) = recorded {
        return with_host(sdp, stage.host);
    }
    let told = stage.row.sprop == Sprop::Told;
    let sets: &[Vec<u8>] = if told { &stage.reel.sets } else { &[] };
    sdp::describe(stage.reel.film.codec, sets, stage.row.sound)
}

fn session(stage: Stage<'_>) -> String {
    let recorded = stage.row.recorded.as_ref().and_then(|recorded| recorded.session.clone());
    recorded.unwrap_or_else(|| format!("{:08x}", 0x5e55_0000 + stage.connection))
}

/// How the RTP of a track begins: as recorded, or in a way of our own.
fn start(stage: Stage<'_>, place: usize, track: &Track) -> TrackStart {
    let none = Recorded::default();
    let recorded = &stage.row.recorded.as_ref().unwrap_or(&none).tracks;
    let fits = |start: &&TrackStart| {
        let control = with_host(&start.control, stage.host);
        track.control.ends_with(&control) || control.ends_with(&track.control)
    };
    let found = recorded.iter().find(fits).cloned().unwrap_or_default();
    let number = u32::try_from(stage.connection * 16 + place).unwrap_or(0);
    TrackStart {
        sequence: found.sequence.or(Some(1000)),
        timestamp: found.timestamp.or(Some(stage.row.timestamp)),
        ssrc: found.ssrc.or(Some(0x1000_0000 + number)),
        ..found
    }
}

/// The path of an address, with all that follows it.
fn path(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    after.find('/').map_or("", |slash| &after[slash..])
}

#[cfg(test)]
mod tests;

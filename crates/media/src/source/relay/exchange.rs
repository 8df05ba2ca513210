//! Which request belongs to which answer, and what the relay does beyond passing them on.
//!
//! Told the time, and pure but for the ports of datagrams; the relay's task runs it. Policies:
//! - the relay numbers what it sends to the camera itself. An answer belongs to the request of its
//!   `CSeq`; where that is missing or wrong, to the oldest request without an answer;
//! - a keepalive the camera does not answer in time is answered here, and the camera's late answer
//!   is swallowed. Retina ends a session whose keepalive has no answer when the next is due;
//! - a login that is used up is renewed at most [`RENEWALS`] times for one request. A refusal is passed on
//!   without its challenge, which a client would answer by asking again;
//! - an answer that sends us to another address ends the relay, wherever that is: nobody follows, and FFmpeg
//!   would;
//! - what the camera asks of us is answered here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::auth::{Auth, Sent, Verdict};
use super::datagrams::{self, Datagrams, Offer};
use super::findings::Findings;
use super::limits::{Fault, Limit, Limits, Peer, RelayError};
use super::message::{Head, Start};
use super::rewrite::{Addresses, Elsewhere, reply_to};
use crate::lock::lock;

/// How often one request is sent again with another nonce.
const RENEWALS: u8 = 2;
/// Seconds of a session without keepalives, where the camera names none: RFC 2326 section 12.37.
const SESSION_TIMEOUT: u64 = 60;
/// Retina sends a keepalive in half the session's time, counting one longer than this as this long.
const LONGEST_SESSION: u64 = 60;

/// What the client asked, and the camera did not answer yet.
struct Asked {
    /// The client's number, as it spelled it.
    client_cseq: String,
    client_uri: String,
    cseq: u32,
    head: Head,
    body: Vec<u8>,
    sent: Option<Sent>,
    renewals: u8,
    due: Instant,
    keepalive: bool,
    /// The ports of a stream that is to come in datagrams.
    offer: Option<Offer>,
    /// Whether the client has an answer already.
    abandoned: bool,
}

/// The conversation of one connection.
pub(super) struct Exchange {
    addresses: Addresses,
    auth: Auth,
    limits: Limits,
    findings: Arc<Mutex<Findings>>,
    datagrams: Datagrams,
    asked: VecDeque<Asked>,
    next_cseq: u32,
    playing: bool,
    /// How long a keepalive's answer is waited for.
    patience: Duration,
}

/// Where messages go.
pub(super) struct Outgoing<'a> {
    pub to_camera: &'a mut Vec<u8>,
    pub to_client: &'a mut Vec<u8>,
}

impl Exchange {
    pub fn new(
        addresses: Addresses,
        auth: Auth,
        limits: Limits,
        findings: Arc<Mutex<Findings>>,
    ) -> Self {
        let patience = keepalive_patience(SESSION_TIMEOUT, &limits);
        let datagrams = Datagrams::new(addresses.camera(), limits, findings.clone());
        Self {
            addresses,
            auth,
            limits,
            findings,
            datagrams,
            asked: VecDeque::new(),
            next_cseq: 1,
            playing: false,
            patience,
        }
    }

    /// Passes on what the client says.
    pub fn client_says(
        &mut self,
        mut head: Head,
        body: Vec<u8>,
        now: Instant,
        out: &mut Outgoing<'_>,
    ) -> Result<(), RelayError> {
        // An answer to a request that never reached it.
        let Start::Request { method, uri } = &mut head.start else { return Ok(()) };
        let malformed = |fault: Fault| fault.from(Peer::Client);
        let client_uri = uri.clone();
        *uri = self.addresses.to_camera(uri).map_err(malformed)?;
        let control = matches!(method.as_str(), "OPTIONS" | "GET_PARAMETER" | "SET_PARAMETER");
        let (setup, teardown) = (method == "SETUP", method == "TEARDOWN");
        let client_cseq = head.get("CSeq").map(str::to_owned);
        let client_cseq =
            client_cseq.ok_or_else(|| malformed(Fault::Malformed("a number in a request")))?;
        let mut offer = None;
        if setup && !head.get("Transport").unwrap_or_default().contains("TCP") {
            let ports = datagrams::client_ports(&head);
            offer = ports.and_then(|ports| self.datagrams.offer(ports).ok());
            let Some(offer) = &offer else {
                let mut refusal = Head::response(461, "Unsupported Transport");
                refusal.set("CSeq", client_cseq);
                refusal.write(b"", out.to_client);
                return Ok(());
            };
            datagrams::ask_for(&mut head, offer.for_camera());
        }
        let outstanding = self.asked.iter().filter(|asked| !asked.abandoned).count();
        if outstanding >= self.limits.outstanding {
            return Err(malformed(Fault::Limit(Limit::Outstanding)));
        }
        let keepalive = self.playing && control;
        self.playing &= !teardown;
        let patience = if keepalive { self.patience } else { self.limits.answer };
        let mut asked = Asked {
            client_cseq,
            client_uri,
            cseq: 0,
            head,
            body,
            sent: None,
            renewals: 0,
            due: now + patience,
            keepalive,
            offer,
            abandoned: false,
        };
        asked.sent = self.auth.sign(&mut asked.head, &asked.body);
        self.send(asked, out);
        Ok(())
    }

    fn send(&mut self, mut asked: Asked, out: &mut Outgoing<'_>) {
        asked.cseq = self.next_cseq;
        self.next_cseq = self.next_cseq.wrapping_add(1);
        asked.head.set("CSeq", asked.cseq.to_string());
        asked.head.write(&asked.body, out.to_camera);
        self.asked.push_back(asked);
    }

    /// Passes on what the camera says.
    pub fn camera_says(
        &mut self,
        head: Head,
        body: Vec<u8>,
        now: Instant,
        out: &mut Outgoing<'_>,
    ) -> Result<(), RelayError> {
        lock(&self.findings).last_answer = Some(now);
        if let Some(reply) = reply_to(&head) {
            return self.asked_by_camera(head, &reply, out);
        }
        let Start::Response { status, .. } = head.start else { return Ok(()) };
        if status < 200 {
            // RFC 2326 section 7.1.1: the answer proper is to come.
            return Ok(());
        }
        // An answer to nothing.
        let Some(mut asked) = self.take(&head) else { return Ok(()) };
        if status == 401 {
            let verdict = self.auth.challenged(&head, asked.sent.as_ref());
            lock(&self.findings).basic_refused |= verdict == Verdict::BasicRefused;
            let again = verdict == Verdict::LogInAgain;
            let logs_in = matches!(verdict, Verdict::LogIn | Verdict::LogInAgain);
            let willing = !asked.abandoned && logs_in;
            if willing && (!again || asked.renewals < RENEWALS) {
                let sent = self.auth.sign(&mut asked.head, &asked.body);
                if sent.is_some() {
                    asked.sent = sent;
                    asked.renewals += u8::from(again);
                    lock(&self.findings).logins_renewed += u64::from(again);
                    self.send(asked, out);
                    return Ok(());
                }
            }
        }
        if asked.abandoned { Ok(()) } else { self.answer(asked, status, head, body, out) }
    }

    /// The request that an answer belongs to.
    fn take(&mut self, answer: &Head) -> Option<Asked> {
        let cseq = answer.get("CSeq").and_then(|cseq| cseq.parse::<u32>().ok());
        let same = self.asked.iter().position(|asked| Some(asked.cseq) == cseq);
        self.asked.remove(same.unwrap_or(0))
    }

    fn answer(
        &mut self,
        mut asked: Asked,
        status: u16,
        mut head: Head,
        mut body: Vec<u8>,
        out: &mut Outgoing<'_>,
    ) -> Result<(), RelayError> {
        let fault = |fault: Fault| fault.from(Peer::Camera);
        let elsewhere = self.addresses.answer(&asked.client_uri, &mut head, &mut body);
        let mut elsewhere = elsewhere.map_err(fault)?;
        if (300..400).contains(&status) {
            let location = elsewhere.location.clone();
            self.note(elsewhere);
            return Err(RelayError::SentElsewhere { status, location });
        }
        // Any other answer may say so, and sends nobody there.
        elsewhere.location = None;
        self.note(elsewhere);
        if status >= 300 {
            head.remove("WWW-Authenticate");
            let seconds = head.get("Retry-After").and_then(|value| value.parse().ok());
            if let Some(seconds) = seconds {
                lock(&self.findings).retry_after = Some(Duration::from_secs(seconds));
            }
        } else if let Start::Request { method, .. } = &asked.head.start {
            self.playing |= method == "PLAY";
            if method == "SETUP" {
                self.session(&mut head);
                if let Some(offer) = asked.offer.take() {
                    self.set_up(offer, &mut head);
                }
            }
        }
        head.set("CSeq", asked.client_cseq.clone());
        head.write(&body, out.to_client);
        Ok(())
    }

    /// Learns how often keepalives will come, and spells the session as retina reads it.
    fn session(&mut self, head: &mut Head) {
        let Some(value) = head.get("Session") else { return };
        let mut parts = value.split(';').map(str::trim);
        let id = parts.next().unwrap_or_default();
        let timeout = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let timeout = name.trim().eq_ignore_ascii_case("timeout").then_some(value.trim())?;
            timeout.parse::<u32>().ok().filter(|seconds| *seconds > 0)
        });
        let timeout = timeout.map_or(SESSION_TIMEOUT, u64::from);
        self.patience = keepalive_patience(timeout, &self.limits);
        let value = format!("{id};timeout={timeout}");
        head.set("Session", value);
    }

    /// Has the stream passed on. An answer that does not fit is the client's to judge.
    fn set_up(&mut self, offer: Offer, head: &mut Head) {
        let answer = offer.answer(head.get("Transport").unwrap_or_default());
        if let Some((transport, camera)) = answer
            && self.datagrams.begin(offer, camera).is_ok()
        {
            head.set("Transport", transport);
        }
    }

    fn note(&self, elsewhere: Elsewhere) {
        let mut findings = lock(&self.findings);
        findings.elsewhere += elsewhere.count;
        if elsewhere.location.is_some() {
            findings.location = elsewhere.location;
        }
    }

    fn asked_by_camera(
        &self,
        mut head: Head,
        reply: &Head,
        out: &mut Outgoing<'_>,
    ) -> Result<(), RelayError> {
        let mut elsewhere = Elsewhere::default();
        let noted = self.addresses.redirection(&mut head, &mut elsewhere);
        noted.map_err(|fault| fault.from(Peer::Camera))?;
        self.note(elsewhere);
        reply.write(b"", out.to_camera);
        Ok(())
    }

    /// When [`tick`](Self::tick) is due.
    pub fn due(&self) -> Option<Instant> {
        self.asked.iter().filter(|asked| !asked.abandoned).map(|asked| asked.due).min()
    }

    /// Answers keepalives that the camera leaves without an answer; gives up on anything else.
    pub fn tick(&mut self, now: Instant, out: &mut Outgoing<'_>) -> Result<(), RelayError> {
        for asked in self.asked.iter_mut().filter(|asked| !asked.abandoned && asked.due <= now) {
            if !asked.keepalive {
                return Err(RelayError::Silent(self.limits.answer));
            }
            asked.abandoned = true;
            let mut reply = Head::response(200, "OK");
            reply.set("CSeq", asked.client_cseq.clone());
            reply.set("Public", "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN".to_owned());
            reply.write(b"", out.to_client);
            lock(&self.findings).keepalives_answered += 1;
        }
        let abandoned = self.asked.iter().filter(|asked| asked.abandoned).count();
        if abandoned > self.limits.outstanding {
            let oldest = self.asked.iter().position(|asked| asked.abandoned);
            oldest.and_then(|at| self.asked.remove(at));
        }
        Ok(())
    }
}

/// Three quarters of the time after which retina sends the next keepalive, and no longer than any
/// answer is waited for.
fn keepalive_patience(session: u64, limits: &Limits) -> Duration {
    let interval = Duration::from_secs(session.min(LONGEST_SESSION)) / 2;
    (interval * 3 / 4).min(limits.answer)
}

#[cfg(test)]
mod tests;

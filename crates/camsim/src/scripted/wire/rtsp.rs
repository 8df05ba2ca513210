//! RTSP requests and answers (RFC 2326).
//!
//! Pure. Policy: a client is a test's and may still be broken, so nothing that it sends is larger
//! than `MAX_REQUEST`; what is no RTSP ends the connection.

/// Room for one request; real ones are below 1 kB.
pub const MAX_REQUEST: usize = 16 * 1024;

/// A request without its body, which nobody reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub url: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// A header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.lines();
        let mut words = lines.next()?.split_whitespace();
        let (method, url, version) = (words.next()?, words.next()?, words.next()?);
        version.starts_with("RTSP/").then_some(())?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        let headers = lines.map(header).collect::<Option<_>>()?;
        Some(Self { method: method.into(), url: url.into(), headers })
    }
}

/// What lies at the beginning of what was received.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// Not all of it yet.
    Part,
    /// An interleaved frame, such as a receiver report, of this length.
    Frame(usize),
    /// A request, of this length with its body.
    Request(Request, usize),
    /// Not RTSP.
    Nonsense,
}

/// Reads the beginning of `bytes`.
pub fn receive(bytes: &[u8]) -> Received {
    if let [b'$', rest @ ..] = bytes {
        let [_, high, low, ..] = rest else { return Received::Part };
        let length = 4 + usize::from(u16::from_be_bytes([*high, *low]));
        return if bytes.len() < length { Received::Part } else { Received::Frame(length) };
    }
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if bytes.len() < MAX_REQUEST { Received::Part } else { Received::Nonsense };
    };
    let request = std::str::from_utf8(&bytes[..end]).ok().and_then(Request::parse);
    let Some(request) = request else { return Received::Nonsense };
    let body = match request.header("Content-Length").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(length)) if length < MAX_REQUEST => length,
        Some(_) => return Received::Nonsense,
    };
    let length = end + 4 + body;
    if bytes.len() < length { Received::Part } else { Received::Request(request, length) }
}

/// An answer; `headers` are whole lines without their ends.
pub fn answer(status: u16, reason: &str, cseq: &str, headers: &[String], body: &str) -> Vec<u8> {
    let mut text = format!("RTSP/1.0 {status} {reason}\r\nCSeq: {cseq}\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// The value of a header of an answer in text.
pub fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = text.split_once("\r\n\r\n")?;
    let line = head.lines().find_map(|line| line.split_once(':').filter(|(n, _)| *n == name))?;
    Some(line.1.trim())
}

/// What a SETUP asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Interleaved, on this channel and the next.
    Tcp(u8),
    /// To this port, and reports to that one.
    Udp(u16, u16),
}

/// The first way that a Transport header offers (RFC 2326, section 12.39).
pub fn way(transport: &str) -> Option<Way> {
    transport.split(',').find_map(|offer| {
        let pair = |name: &str| {
            let found = offer.split(';').find_map(|word| word.trim().strip_prefix(name))?;
            let (first, second) = found.split_once('-').unwrap_or((found, ""));
            Some((first.parse().ok()?, second.parse().ok()))
        };
        if offer.trim().starts_with("RTP/AVP/TCP") {
            let channel: u16 = pair("interleaved=").map_or(0, |(first, _)| first);
            return u8::try_from(channel).ok().map(Way::Tcp);
        }
        let (first, second): (u16, Option<u16>) = pair("client_port=")?;
        Some(Way::Udp(first, second.or(first.checked_add(1))?))
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_REQUEST, Received, Way, answer, receive, way};

    #[test]
    fn a_request_is_read_once_it_is_whole_and_no_further() {
        let text = "SET_PARAMETER rtsp://a/b RTSP/1.0\r\nCSeq: 4\r\nContent-Length: 3\r\n\r\nabc$";
        for end in 0..text.len() - 1 {
            assert_eq!(receive(&text.as_bytes()[..end]), Received::Part, "after {end} bytes");
        }
        let Received::Request(request, length) = receive(text.as_bytes()) else { panic!() };
        assert_eq!(length, text.len() - 1);
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("SET_PARAMETER", "rtsp://a/b")
        );
        assert_eq!((request.header("cseq"), request.header("Session")), (Some("4"), None));
    }

    #[test]
    fn frames_and_nonsense_are_told_apart() {
        assert_eq!(receive(&[b'$', 1, 0, 2, 9, 9, 7]), Received::Frame(6));
        assert_eq!(receive(&[b'$', 1, 0, 2, 9]), Received::Part);
        assert_eq!(receive(b"GET / HTTP/1.1\r\n\r\n"), Received::Nonsense);
        assert_eq!(receive(b"OPTIONS * RTSP/1.0\r\nno header\r\n\r\n"), Received::Nonsense);
        let endless = b"OPTIONS * RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n";
        assert_eq!(receive(endless), Received::Nonsense);
        assert_eq!(receive(&vec![b'x'; MAX_REQUEST]), Received::Nonsense);
    }

    #[test]
    fn the_way_is_the_first_that_is_offered() {
        assert_eq!(way("RTP/AVP/TCP;unicast;interleaved=2-3"), Some(Way::Tcp(2)));
        assert_eq!(way("RTP/AVP;unicast;client_port=5000-5001"), Some(Way::Udp(5000, 5001)));
        assert_eq!(way("RTP/AVP/UDP;unicast;client_port=5000"), Some(Way::Udp(5000, 5001)));
        assert_eq!(way("RTP/AVP;multicast,RTP/AVP/TCP;interleaved=0-1"), Some(Way::Tcp(0)));
        assert_eq!(way("RTP/AVP;multicast"), None);
        assert_eq!(way("RTP/AVP;client_port=65535"), None);
    }

    #[test]
    fn an_answer_says_how_long_its_body_is() {
        let text = answer(200, "OK", "7", &["Session: 1".into()], "body");
        assert_eq!(
            text,
            b"RTSP/1.0 200 OK\r\nCSeq: 7\r\nSession: 1\r\nContent-Length: 4\r\n\r\nbody"
        );
        assert_eq!(answer(404, "Gone", "7", &[], ""), b"RTSP/1.0 404 Gone\r\nCSeq: 7\r\n\r\n");
    }
}

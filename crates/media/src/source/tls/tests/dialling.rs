//! Who is trusted, over real connections.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::super::{CertificateFault, HandshakeFault, Trust, Untrusted};
use super::*;
use crate::fixtures::tls_front::TlsFront;
use crate::runtime::block_on;
use crate::source::dial::{Callee, CameraStream, DialError, dial};

const SOON: Duration = Duration::from_secs(5);

/// Says "ping" to a server behind a front and hears it back.
fn ping(port: u16, trust: Trust) -> Result<(), DialError> {
    let context = context(&format!("rtsps://127.0.0.1:{port}/x"), trust);
    block_on(async {
        let (mut stream, peer) = dial(&Callee::new(&context).unwrap(), SOON).await?;
        assert!(matches!(stream, CameraStream::Tls(_)) && peer.port() == port);
        stream.write_all(b"ping").await.unwrap();
        stream.flush().await.unwrap();
        let mut said = [0; 4];
        stream.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"ping");
        Ok(())
    })
}

/// A server that says what it hears.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut heard = [0; 64];
            while let Ok(bytes @ 1..) = stream.read(&mut heard) {
                stream.write_all(&heard[..bytes]).unwrap();
            }
        }
    });
    port
}

fn untrusted(result: &Result<(), DialError>) -> Option<Untrusted> {
    match result {
        Err(DialError::NotTrusted(CertificateFault::Untrusted { why, .. })) => Some(*why),
        _ => None,
    }
}

#[test]
fn what_cameras_have_is_accepted_by_a_pin_or_by_anyone_and_by_nobody_else() {
    let to = echo();
    for (name, identity) in [
        ("version 1", version_1()),
        ("common name only", common_name_only()),
        ("its own authority", own_authority()),
        ("expired", expired()),
    ] {
        for newest in [true, false] {
            let front = TlsFront::start(to, Identity { newest, ..identity.clone() });
            let said = |trust| ping(front.port, trust);
            assert_eq!(said(pin(&identity)), Ok(()), "{name}, TLS 1.3: {newest}");
            assert_eq!(said(Trust::Anyone), Ok(()), "{name}, TLS 1.3: {newest}");
            let heard = front.heard();
            let other = pin(&common_name_only());
            let changed = said(other);
            assert!(
                matches!(changed, Err(DialError::NotTrusted(CertificateFault::Changed { .. }))),
                "{name}: {changed:?}"
            );
            assert!(untrusted(&said(Trust::System)).is_some(), "{name}");
            assert_eq!(front.heard(), heard, "{name}: nothing is said to who is not trusted");
        }
    }
}

#[test]
fn who_shows_the_certificate_and_does_not_hold_its_key_is_nobody() {
    let to = echo();
    let copied = [
        Identity { key: common_name_only().key, ..own_authority() },
        Identity { key: OTHER_KEY.to_vec(), ..version_1() },
    ];
    for identity in copied {
        for newest in [true, false] {
            let front = TlsFront::start(to, Identity { newest, ..identity.clone() });
            for trust in [pin(&identity), Trust::Anyone] {
                let said = ping(front.port, trust);
                let fault = Err(DialError::NotTrusted(CertificateFault::KeyNotHeld));
                assert_eq!(said, fault, "TLS 1.3: {newest}");
            }
            assert_eq!(front.heard(), 0);
        }
    }
}

#[test]
fn a_file_of_authorities_stands_for_names_in_time_and_for_what_is_in_it() {
    let (to, folder) = (echo(), tempfile::tempdir().unwrap());
    let file = folder.path().join("ca.pem");
    let ca = || Trust::Ca(file.clone());
    let (good, pem) = issued([127, 0, 0, 1], 2101);
    let front = TlsFront::start(to, good);
    let missing = ping(front.port, ca());
    let none =
        matches!(missing, Err(DialError::NotTrusted(CertificateFault::NoAuthorities { .. })));
    assert!(none, "{missing:?}");
    // The file is read for each connection.
    std::fs::write(&file, pem).unwrap();
    assert_eq!(ping(front.port, ca()), Ok(()));
    for (why, (identity, pem)) in [
        (Untrusted::OtherName, issued([127, 0, 0, 2], 2101)),
        (Untrusted::Expired, issued([127, 0, 0, 1], 2002)),
    ] {
        std::fs::write(&file, pem).unwrap();
        front.show(identity);
        assert_eq!(untrusted(&ping(front.port, ca())), Some(why));
    }
    // Another authority's.
    front.show(issued([127, 0, 0, 1], 2101).0);
    assert_eq!(untrusted(&ping(front.port, ca())), Some(Untrusted::Issuer));
    // The camera's own certificate, which no authority stands for.
    for (identity, out) in [(own_authority(), None), (expired(), Some(Untrusted::Expired))] {
        std::fs::write(&file, pem_of(&identity)).unwrap();
        front.show(identity);
        assert_eq!(untrusted(&ping(front.port, ca())), out);
    }
}

fn pem_of(identity: &Identity) -> String {
    let der = CertificateDer::from(identity.certificate.clone());
    // RFC 7468, with lines of 64 letters.
    let text = base64(&der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// Says this to whoever comes, after a first word.
fn speaker(words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut heard) = (stream.unwrap(), [0; 1024]);
            let hello = stream.read(&mut heard).unwrap();
            assert!(hello > 0 && heard[0] == 22, "a handshake and nothing else");
            stream.write_all(words).unwrap();
        }
    });
    port
}

#[test]
fn who_speaks_no_tls_or_an_old_one_gets_words_and_no_second_try() {
    let plain = speaker(b"RTSP/1.0 400 Bad Request\r\nCSeq: 1\r\n\r\n");
    let fault = |port| ping(port, Trust::Anyone);
    assert_eq!(fault(plain), Err(DialError::NoTls(HandshakeFault::NotSpoken)));
    // An alert, fatal, protocol_version: RFC 5246 section 7.2.
    let old = speaker(&[21, 3, 1, 0, 2, 2, 70]);
    assert_eq!(fault(old), Err(DialError::NoTls(HandshakeFault::TooOld)));
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let context = context(
        &format!("rtsps://127.0.0.1:{}/x", mute.local_addr().unwrap().port()),
        Trust::Anyone,
    );
    let (began, short) = (Instant::now(), Duration::from_millis(300));
    let silent = block_on(dial(&Callee::new(&context).unwrap(), short)).map(drop);
    assert_eq!(silent, Err(DialError::Silent(short)), "the limit holds for the handshake, too");
    assert!(began.elapsed() < SOON);
}

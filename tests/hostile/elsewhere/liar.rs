//! A camera that lies: a good one of the simulator's, whose answers are changed on their way.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use testkit::relay::message;

/// What the camera answers: all up to the empty line, and what follows it.
pub struct Answer {
    pub head: String,
    pub body: String,
    /// The connection ends with it.
    pub hangs_up: bool,
}

impl Answer {
    /// Another status, with one header more.
    pub fn becomes(&mut self, status: &str, header: &str) {
        let rest = self.head.split_once("\r\n").map_or("", |(_, rest)| rest);
        self.head = format!("RTSP/1.0 {status}\r\n{rest}{header}\r\n");
        self.body.clear();
    }

    /// One header, all headers of the same name less.
    pub fn set(&mut self, name: &str, value: &str) {
        let begin = format!("{name}:");
        let others = self.head.split_inclusive("\r\n").filter(|line| !line.starts_with(&begin));
        self.head = format!("{}{name}: {value}\r\n", others.collect::<String>());
    }

    fn of(message: &[u8], server: &str, own: &str) -> Self {
        let text = String::from_utf8_lossy(message).replace(server, own);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        Self { head: format!("{head}\r\n"), body: body.to_owned(), hangs_up: false }
    }

    fn bytes(mut self) -> Vec<u8> {
        self.set("Content-Length", &self.body.len().to_string());
        format!("{}\r\n{}", self.head, self.body).into_bytes()
    }
}

/// Stands before the server at `to`, and has `lie` change each answer, given the method; tells its number
/// and port.
pub fn start(to: &str, lie: impl Fn(&str, &mut Answer) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("an address").to_string();
    let (to, lie, place) = (to.to_owned(), Arc::new(lie), own.clone());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let (to, lie, own) = (to.clone(), Arc::clone(&lie), own.clone());
            // It ends when one of both goes.
            std::thread::spawn(move || serve(&client, (&to, &own), &*lie).ok());
        }
    });
    place
}

/// Message by message up to the answer to PLAY, and then as it comes.
fn serve(
    mut client: &TcpStream,
    (to, own): (&str, &str),
    lie: &dyn Fn(&str, &mut Answer),
) -> io::Result<()> {
    let server = TcpStream::connect(to)?;
    let (mut requests, mut answers) =
        (BufReader::new(client.try_clone()?), BufReader::new(server.try_clone()?));
    let mut plays = false;
    while !plays && let Some(request) = message(&mut requests) {
        let text = String::from_utf8_lossy(&request).into_owned();
        let method = text.split(' ').next().unwrap_or_default();
        if method.starts_with("RTSP/") {
            // An answer to what only the liar asked.
            continue;
        }
        (&server).write_all(&request)?;
        let Some(said) = message(&mut answers) else { break };
        let mut answer = Answer::of(&said, to, own);
        lie(method, &mut answer);
        let hangs_up = answer.hangs_up;
        client.write_all(&answer.bytes())?;
        if hangs_up {
            return client.shutdown(Shutdown::Both);
        }
        plays = method == "PLAY";
    }
    if plays {
        let (mut client, mut server) = (client.try_clone()?, server.try_clone()?);
        let down = std::thread::spawn(move || {
            io::copy(&mut answers, &mut client).ok();
            client.shutdown(Shutdown::Both)
        });
        io::copy(&mut requests, &mut server).ok();
        server.shutdown(Shutdown::Both).ok();
        down.join().ok();
    }
    Ok(())
}

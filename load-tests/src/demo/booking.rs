//! A booking system that is simulated: it takes every time but one that was given away before.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// A request is no longer than that.
const BODY_MAX: usize = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(5);

/// The system. Its threads end with the process.
pub(super) struct Booking {
    port: u16,
    moved: Arc<Mutex<BTreeSet<String>>>,
}

impl Booking {
    /// Starts it on a free port of the loopback address.
    pub(super) fn start() -> Result<Self> {
        let listener =
            TcpListener::bind("127.0.0.1:0").context("no port for the booking system")?;
        let port = listener.local_addr()?.port();
        let moved = Arc::<Mutex<BTreeSet<String>>>::default();
        let taken = Arc::clone(&moved);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = Arc::clone(&taken);
                std::thread::spawn(move || drop(serve(stream, &taken)));
            }
        });
        Ok(Self { port, moved })
    }

    /// Its port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// How many appointments were moved.
    pub(super) fn moved(&self) -> usize {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

fn serve(stream: TcpStream, taken: &Mutex<BTreeSet<String>>) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut length = 0;
        let mut lines = 0;
        loop {
            let mut line = String::new();
            if reader.by_ref().take(8_192).read_line(&mut line)? == 0 {
                return Ok(());
            }
            lines += 1;
            let line = line.trim_end();
            if line.is_empty() || lines > 100 {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length.min(BODY_MAX)];
        reader.read_exact(&mut body)?;
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let slot = format!("{} {}", asked["name"], asked["to"]);
        let known = asked["to"].is_string();
        let is_new = known && taken.lock().unwrap_or_else(PoisonError::into_inner).insert(slot);
        let status = if is_new { "ok" } else { "taken" };
        let answer = format!("{{\"status\":\"{status}\"}}");
        let length = answer.len();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")?;
        write!(stream, "Content-Length: {length}\r\n\r\n{answer}")?;
    }
}

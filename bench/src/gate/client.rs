//! A client of the gate for what is not measured: it warms the memory up, and shows that the gate refuses.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
};

use anyhow::{Context as _, ensure};

/// How many requests are sent before the first answer is read.
const AHEAD: usize = 32;

/// How many connections warm up at once.
const CONNECTIONS: usize = 8;

/// Presents every string once; all must be let pass.
pub(crate) fn present_all(gate: SocketAddr, strings: &[String]) -> anyhow::Result<()> {
    let part = strings.len().div_ceil(CONNECTIONS).max(1);
    thread::scope(|scope| {
        let parts = strings.chunks(part);
        let parts: Vec<_> = parts
            .map(|part| scope.spawn(move || present(gate, part)))
            .collect();
        parts
            .into_iter()
            .try_for_each(|part| part.join().ok().context("a thread panicked")?)
    })
}

fn present(gate: SocketAddr, strings: &[String]) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(gate)?;
    let mut buffer = vec![0; 1 << 16];
    for some in strings.chunks(AHEAD) {
        let requests: String = some.iter().map(|string| request(string)).collect();
        stream.write_all(requests.as_bytes())?;
        let (mut heads, mut text) = (0, Vec::new());
        while heads < some.len() {
            let read = stream.read(&mut buffer)?;
            ensure!(read > 0, "the gate closed the connection");
            text.extend_from_slice(buffer.get(..read).unwrap_or_default());
            heads = text.windows(4).filter(|part| part == b"\r\n\r\n").count();
        }
        let text = String::from_utf8_lossy(&text);
        ensure!(
            text.matches("HTTP/1.1 200").count() == some.len(),
            "a good token is refused"
        );
    }
    Ok(())
}

/// The status of the answer to one string.
pub(crate) fn status(gate: SocketAddr, string: &str) -> anyhow::Result<u16> {
    let mut stream = TcpStream::connect(gate)?;
    stream.write_all(request(string).as_bytes())?;
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer)?;
    let text = String::from_utf8_lossy(buffer.get(..read).unwrap_or_default());
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.with_context(|| format!("no status: {text}"))
}

fn request(string: &str) -> String {
    format!(
        "GET /v1/verify HTTP/1.1\r\nHost: gate\r\nX-Forwarded-For: 203.0.113.9\r\nAuthorization: Bearer {string}\r\n\r\n"
    )
}

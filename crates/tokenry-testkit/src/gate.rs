//! A proxy's way to the gate: plain HTTP/1.1, a connection for each question, and nothing hidden of the answer.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::fail;

/// The longest that one question may take, on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whoever asks a gate.
#[derive(Debug, Clone, Copy)]
pub struct Asking(pub SocketAddr);

/// An answer, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case, in order, without `date`.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Asking {
    /// Asks forward-auth about a token, for a client of this address.
    pub async fn about(self, token: &str, client: &str) -> Told {
        let bearer = format!("Bearer {token}");
        self.verify(&[("Authorization", &bearer), ("X-Forwarded-For", client)])
            .await
    }

    /// Asks forward-auth with these headers, in this order.
    pub async fn verify(self, headers: &[(&str, &str)]) -> Told {
        self.send("GET", "/v1/verify", headers, "").await
    }

    /// Sends a request with these headers, in this order.
    pub async fn send(
        self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Told {
        let is_host = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("host");
        let host = (!headers.iter().any(is_host)).then_some("Host: gate\r\n");
        let lines = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let length = (!body.is_empty()).then(|| format!("Content-Length: {}\r\n", body.len()));
        let request = format!(
            "{method} {target} HTTP/1.1\r\n{}{}{}Connection: close\r\n\r\n{body}",
            host.unwrap_or_default(),
            lines.collect::<String>(),
            length.unwrap_or_default(),
        );
        let answer = self.raw(request.as_bytes()).await;
        Told::read(&answer).unwrap_or_else(|| fail(&format!("no HTTP answer: {answer}")))
    }

    /// Sends bytes, and gives back all that comes before the gate closes the connection.
    pub async fn raw(self, request: &[u8]) -> String {
        let exchange = async {
            let mut stream = TcpStream::connect(self.0).await?;
            stream.write_all(request).await?;
            let mut answer = Vec::new();
            // Reset by a gate that has not read all of it: what came before counts.
            let _ = stream.read_to_end(&mut answer).await;
            std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => fail(&format!("the gate cannot be asked: {error}")),
            Err(_) => fail("no answer of the gate in time"),
        }
    }
}

impl Told {
    fn read(answer: &str) -> Option<Self> {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Some(Self {
            status,
            headers: headers.filter(|(name, _)| name != "date").collect(),
            body: body.to_owned(),
        })
    }

    /// The value of a header, which may be there once at most.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name);
        let value = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            fail(&format!("{name} is there twice"));
        }
        value
    }

    /// Who may pass.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.header("x-tokenry-subject")
    }
}

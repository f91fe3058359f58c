//! What the gate adds to a request through nginx: `auth_request` to it, against `auth_request` to the empty server.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use super::{Assertion, Town, compare, pinned, reference::Reference, strings::Form};
use crate::{
    Run,
    report::{Row, Target, Unit},
};

/// An nginx that asks `auth` about each request, and answers by itself; dropped, it ends.
struct Nginx {
    process: Child,
    address: SocketAddr,
}

pub(super) async fn rows(run: &Run, reference: &Reference) -> anyhow::Result<Vec<Row>> {
    let town = Town::found(run, Form::Opaque, 1_000, Assertion::Signed).await?;
    let load = town.load(run, &town.strings, "many")?.over(16);
    let place = town.place();
    let bare = Nginx::start(&place.join("bare"), reference.address).await?;
    let gate = Nginx::start(&place.join("gate"), town.server.gate()).await?;
    let compared = compare(run, (bare.address, &[]), (gate.address, &[]), &load, 0.0)?;
    let rounds = &compared.median;
    Ok(vec![Row {
        bench: "gate",
        what: "a request through nginx with auth_request, 16 connections: median latency"
            .to_owned(),
        reference: format!("{:.0} µs", rounds.reference()),
        subject: format!("{:.0} µs", rounds.subject()),
        figure: rounds.ratio(),
        unit: Unit::Times,
        spread: rounds.spread(),
        target: Some(Target::AtMost(1.3)),
        others: f64::NAN,
    }])
}

impl Nginx {
    async fn start(place: &Path, auth: SocketAddr) -> anyhow::Result<Self> {
        fs::create_dir_all(place)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = format!(
            "daemon off; worker_processes 1; pid {place}/pid; error_log {place}/error.log;
             events {{ worker_connections 1024; }}
             http {{
               access_log off;
               upstream gate {{ server {auth}; keepalive 32; }}
               server {{
                 listen {address};
                 location / {{ auth_request /_verify; try_files /none @api; }}
                 location @api {{ return 200; }}
                 location = /_verify {{
                   internal; proxy_pass http://gate/v1/verify;
                   proxy_pass_request_body off; proxy_pass_request_headers off;
                   proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Content-Length \"\";
                   proxy_set_header Authorization $http_authorization;
                   proxy_set_header X-Forwarded-Method $request_method;
                   proxy_set_header X-Forwarded-Uri $request_uri;
                   proxy_set_header X-Forwarded-For $remote_addr;
                 }}
               }}
             }}",
            place = place.display(),
        );
        fs::write(place.join("nginx.conf"), config)?;
        let process = pinned::to(pinned::SERVER, || {
            Command::new("nginx")
                .arg("-p")
                .arg(place)
                .arg("-c")
                .arg(place.join("nginx.conf"))
                .arg("-e")
                .arg(place.join("error.log"))
                .stdin(Stdio::null())
                .spawn()
        })?
        .context("cannot run nginx: install it (Debian: apt-get install nginx-light)")?;
        let nginx = Self { process, address };
        let end = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            if Instant::now() > end {
                let log = fs::read_to_string(place.join("error.log")).unwrap_or_default();
                bail!("nginx does not start: {log}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end when they see that their master has gone by a signal that it can pass on.
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.process.wait();
    }
}

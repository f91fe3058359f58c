//! `tokenry doctor proxy`: all probes, one after the other, each over a connection of its own.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use axum::http::Uri;
use axum::http::uri::Scheme;
use zeroize::Zeroizing;

use super::probe::{Judged, Kit, Probe, Trial, Verdict};
use super::report::{Finding, Report};
use super::{probes, tls, wire};
use crate::cli::{CheckOutput, DoctorProxy};
use crate::output;

/// Longer input is a mistake (the wrong file) rather than a token.
const LONGEST_TOKEN: usize = 4096;

/// Runs the command.
pub(super) async fn run(args: &DoctorProxy) -> anyhow::Result<()> {
    let kit = kit(args)?;
    let mut findings = Vec::new();
    for probe in probes::all(&kit) {
        findings.push(examine(&kit, probe).await);
    }
    let scheme = if kit.proxy.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let path = kit.target.split('?').next().unwrap_or_default();
    let report = Report::of(format!("{scheme}://{}{path}", kit.authority), findings);
    output::data(&match args.output {
        CheckOutput::Text => report.text(),
        CheckOutput::Json => serde_json::to_string_pretty(&report)?,
    })?;
    let failed = report.summary.fail;
    if failed > 0 {
        bail!("{failed} probes failed");
    }
    Ok(())
}

fn kit(args: &DoctorProxy) -> anyhow::Result<Kit> {
    let uri: Uri = args.url.parse().context("--url is not a URL")?;
    let (Some(authority), Some(target)) = (uri.authority(), uri.path_and_query()) else {
        bail!("--url must be a whole URL, such as https://api.example.com/orders");
    };
    ensure!(
        !authority.as_str().contains('@'),
        "--url must not hold a user or a password"
    );
    let (tls, port) = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => {
            let tls = tls::connector(args.cacert.as_deref(), args.insecure)?;
            (Some(tls), 443)
        }
        Some(scheme) if *scheme == Scheme::HTTP => (None, 80),
        _ => bail!("--url must begin with http:// or https://"),
    };
    let path = |name, path: &Option<String>| match path {
        Some(path) if !path.starts_with('/') => bail!("--{name} must begin with /"),
        path => Ok(path.clone()),
    };
    Ok(Kit {
        proxy: wire::Proxy {
            // An IPv6 address stands in brackets in a URL, and nowhere else.
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(port),
            tls,
        },
        authority: authority.as_str().to_owned(),
        target: target.as_str().to_owned(),
        token: token(&args.token_file)?,
        other: args.other_token_file.as_deref().map(token).transpose()?,
        restricted: (args.restricted_token_file.as_deref())
            .map(token)
            .transpose()?,
        denied: path("denied-path", &args.denied_path)?,
        public: path("public-path", &args.public_path)?,
        subject: args.subject.clone(),
    })
}

/// The token in a file: one line.
fn token(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(file).map(Zeroizing::new);
    let text = text.with_context(|| format!("cannot take a token from {}", file.display()))?;
    let token = text.trim();
    let is_plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(
        !token.is_empty() && token.len() <= LONGEST_TOKEN && is_plain,
        "{} must hold one token, and nothing else",
        file.display()
    );
    Ok(Zeroizing::new(token.to_owned()))
}

async fn examine(kit: &Kit, probe: Probe) -> Finding {
    let judged = match probe.trials {
        Err(option) => Judged(Verdict::NotTried, format!("it needs {option}")),
        Ok(trials) => try_all(kit, trials).await,
    };
    Finding {
        probe: probe.id,
        verdict: judged.0,
        expected: probe.expected,
        happened: judged.1,
        advice: matches!(judged.0, Verdict::Warning | Verdict::Fail).then_some(probe.advice),
    }
}

/// The worst of what came of them, and what happened in all that went so.
async fn try_all(kit: &Kit, trials: Vec<Trial>) -> Judged {
    let mut seen = Vec::new();
    let mut all = Vec::new();
    for trial in trials {
        let outcome = wire::exchange(&kit.proxy, &trial.sent).await;
        all.push((trial.name, trial.judge.judge(outcome, &mut seen)));
    }
    let worst = (all.iter().map(|(_, judged)| judged.0).max()).unwrap_or(Verdict::NotTried);
    let mut happened: Vec<String> = Vec::new();
    for (name, Judged(verdict, what)) in all {
        if verdict != worst {
            continue;
        }
        let line = match (worst, name.as_str()) {
            (Verdict::Ok | Verdict::NotVisible, _) | (_, "") => what,
            _ => format!("{name}: {what}"),
        };
        if !happened.contains(&line) {
            happened.push(line);
        }
    }
    Judged(worst, happened.join("; "))
}

//! What a probe is: requests, what must come of each, and what to do where it does not.

use std::fmt::Display;

use zeroize::Zeroizing;

use super::echo::Received;
use super::wire::{Answer, Outcome, Proxy, Sent};

/// What the user gave, for all probes.
pub(super) struct Kit {
    /// Where to send.
    pub(super) proxy: Proxy,
    /// What stands in `Host`.
    pub(super) authority: String,
    /// Path and query.
    pub(super) target: String,
    /// A token that may pass.
    pub(super) token: Zeroizing<String>,
    /// Another one that may pass.
    pub(super) other: Option<Zeroizing<String>>,
    /// One that may be used only from [`super::probes::ELSEWHERE`].
    pub(super) restricted: Option<Zeroizing<String>>,
    /// A path that the rules deny to the token.
    pub(super) denied: Option<String>,
    /// A path that the rules give to everybody.
    pub(super) public: Option<String>,
    /// Whose token it is.
    pub(super) subject: Option<String>,
}

/// A probe.
pub(super) struct Probe {
    /// Its name.
    pub(super) id: &'static str,
    /// What must be so.
    pub(super) expected: &'static str,
    /// What to do where it is not.
    pub(super) advice: &'static str,
    /// What is sent; or which option is missing.
    pub(super) trials: Result<Vec<Trial>, &'static str>,
}

/// One request of a probe.
pub(super) struct Trial {
    /// What is particular about it, where a probe has several.
    pub(super) name: String,
    /// What is sent.
    pub(super) sent: Sent,
    /// What must come of it.
    pub(super) judge: Judge,
}

/// Looks at what arrived, and at what arrived before in the same probe.
pub(super) type Check = Box<dyn Fn(&Received, &[Received]) -> Judged + Send + Sync>;

/// What must come of a request.
pub(super) enum Judge {
    /// It is refused with one of these.
    Refused(&'static [u16]),
    /// It does not reach the API; with what it is refused does not matter.
    Kept,
    /// It reaches the API, and this is found there.
    Passes(Check),
    /// As [`Judge::Passes`], or it is refused.
    PassesOrKept(Check),
    /// The answer is like this.
    Says(fn(&Answer) -> Judged),
}

/// How it went. The order is that of badness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// As it must be.
    Ok,
    /// An option is missing that this probe needs.
    NotTried,
    /// It could only be seen with the echo behind the proxy.
    NotVisible,
    /// Not as it should be, but nobody passes who may not.
    Warning,
    /// A hole, or good requests do not pass.
    Fail,
}

impl Verdict {
    /// For the report.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotTried => "not_tried",
            Self::NotVisible => "not_visible",
            Self::Warning => "warning",
            Self::Fail => "fail",
        }
    }
}

/// A verdict, and what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged(pub(super) Verdict, pub(super) String);

impl Judged {
    pub(super) fn ok(happened: impl Display) -> Self {
        Self(Verdict::Ok, happened.to_string())
    }

    pub(super) fn warning(happened: impl Display) -> Self {
        Self(Verdict::Warning, happened.to_string())
    }

    pub(super) fn fail(happened: impl Display) -> Self {
        Self(Verdict::Fail, happened.to_string())
    }
}

impl Judge {
    /// Judges. What arrived at the echo is added to `seen`.
    pub(super) fn judge(&self, outcome: Outcome, seen: &mut Vec<Received>) -> Judged {
        let answer = match outcome {
            Outcome::Answer(answer) => answer,
            Outcome::Broken(why) => return Judged::fail(format!("no connection: {why}")),
            Outcome::Silence => return Judged::fail("no answer in 15 seconds"),
            Outcome::Closed => return self.closed(),
        };
        match self {
            Self::Refused(statuses) => refused(&answer, Some(statuses)),
            Self::Kept => refused(&answer, None),
            Self::PassesOrKept(_) if (400..=499).contains(&answer.status) && !answer.is_echo() => {
                Judged::ok(format!("refused with {}", answer.status))
            }
            Self::Passes(check) | Self::PassesOrKept(check) => passes(&answer, check, seen),
            Self::Says(check) => check(&answer),
        }
    }

    fn closed(&self) -> Judged {
        const CLOSED: &str = "closed without an answer";
        match self {
            Self::Kept | Self::PassesOrKept(_) => Judged::ok(CLOSED),
            Self::Refused(statuses) if statuses.contains(&400) => Judged::ok(CLOSED),
            Self::Refused(_) => Judged::warning(CLOSED),
            Self::Passes(_) | Self::Says(_) => Judged::fail(CLOSED),
        }
    }
}

fn refused(answer: &Answer, wanted: Option<&[u16]>) -> Judged {
    let status = answer.status;
    if answer.is_echo() {
        return Judged::fail(format!("{status}: the API was reached"));
    }
    match status {
        101 | 200..=299 => Judged::fail(format!("answered with {status}")),
        300..=399 => Judged::warning(format!("redirected with {status}")),
        _ if wanted.is_none_or(|wanted| wanted.contains(&status)) => Judged::ok(status),
        _ => Judged::warning(format!("refused, but with {status}")),
    }
}

fn passes(answer: &Answer, check: &Check, seen: &mut Vec<Received>) -> Judged {
    let status = answer.status;
    if !(200..=299).contains(&status) {
        return Judged::fail(format!("refused with {status}"));
    }
    let Some(received) = answer.received() else {
        let why = format!("{status}; put `tokenry doctor echo` behind the proxy to see more");
        return Judged(Verdict::NotVisible, why);
    };
    let judged = check(&received, seen);
    seen.push(received);
    judged
}

/// A request being written.
pub(super) struct Draft {
    method: String,
    target: String,
    host: String,
    connection: String,
    lines: Vec<String>,
    body: Vec<u8>,
    held_back: bool,
}

impl Kit {
    /// A request to the user's URL, without a token.
    pub(super) fn request(&self, method: &str) -> Draft {
        Draft {
            method: method.to_owned(),
            target: self.target.clone(),
            host: self.authority.clone(),
            connection: "close".to_owned(),
            lines: Vec::new(),
            body: Vec::new(),
            held_back: false,
        }
    }

    /// A GET without a token.
    pub(super) fn get(&self) -> Draft {
        self.request("GET")
    }

    /// A GET that may pass.
    pub(super) fn good(&self) -> Draft {
        self.get().bearer(&self.token)
    }
}

impl Draft {
    /// With another target.
    pub(super) fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// With another host.
    pub(super) fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// With another `Connection` line.
    pub(super) fn connection(mut self, connection: impl Into<String>) -> Self {
        self.connection = connection.into();
        self
    }

    /// With one more line.
    pub(super) fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// With one more line for each of these names.
    pub(super) fn lines<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
        value: &str,
    ) -> Self {
        let lines = names.into_iter().map(|name| format!("{name}: {value}"));
        self.lines.extend(lines);
        self
    }

    /// With a token as it should be sent.
    pub(super) fn bearer(self, token: &str) -> Self {
        self.line(format!("Authorization: Bearer {token}"))
    }

    /// With a body of known length.
    pub(super) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.line(format!("Content-Length: {}", body.len()))
    }

    /// With a body in two chunks, and these lines behind it.
    pub(super) fn chunked(mut self, body: &[u8], trailer: &str) -> Self {
        let (first, second) = body.split_at(body.len() / 2);
        for chunk in [first, second] {
            self.body
                .extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            self.body.extend(chunk);
            self.body.extend(b"\r\n");
        }
        self.body.extend(format!("0\r\n{trailer}\r\n").into_bytes());
        self.line("Transfer-Encoding: chunked")
    }

    /// Waits for `100 Continue` before the body.
    pub(super) fn expecting(mut self) -> Self {
        self.held_back = true;
        self.line("Expect: 100-continue")
    }

    /// The bytes.
    pub(super) fn send(self) -> Sent {
        let Self { method, target, .. } = &self;
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.host);
        text.push_str("User-Agent: tokenry-doctor\r\nAccept: */*\r\n");
        for line in &self.lines {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text.push_str("Connection: ");
        text.push_str(&self.connection);
        text.push_str("\r\n\r\n");
        let mut bytes = text.into_bytes();
        let held_back = if self.held_back {
            Some(self.body)
        } else {
            bytes.extend(self.body);
            None
        };
        Sent {
            bytes,
            held_back,
            is_head: self.method == "HEAD",
        }
    }

    /// As the only trial of a probe.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "it stands where an option could be missing"
    )]
    pub(super) fn only(self, judge: Judge) -> Result<Vec<Trial>, &'static str> {
        Ok(vec![self.trial("", judge)])
    }

    /// As one of the trials of a probe.
    pub(super) fn trial(self, name: impl Into<String>, judge: Judge) -> Trial {
        Trial {
            name: name.into(),
            sent: self.send(),
            judge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, mark: bool) -> Outcome {
        let mark = mark.then(|| ("tokenry-doctor-echo".to_owned(), "1".to_owned()));
        Outcome::Answer(Answer {
            status,
            headers: mark.into_iter().collect(),
            body: Vec::new(),
        })
    }

    fn verdict(judge: &Judge, outcome: Outcome) -> Verdict {
        judge.judge(outcome, &mut Vec::new()).0
    }

    #[test]
    fn only_the_right_refusal_is_fine_and_an_answer_from_the_api_never_is() {
        let refused = Judge::Refused(&[401]);
        assert_eq!(verdict(&refused, answer(401, false)), Verdict::Ok);
        assert_eq!(verdict(&refused, answer(500, false)), Verdict::Warning);
        assert_eq!(verdict(&refused, answer(302, false)), Verdict::Warning);
        assert_eq!(verdict(&refused, answer(401, true)), Verdict::Fail);
        for judge in [refused, Judge::Kept] {
            assert_eq!(verdict(&judge, answer(200, true)), Verdict::Fail);
            // An empty 200 of the proxy's own looks as if all were well.
            assert_eq!(verdict(&judge, answer(200, false)), Verdict::Fail);
            assert_eq!(verdict(&judge, answer(101, false)), Verdict::Fail);
            assert_eq!(verdict(&judge, Outcome::Silence), Verdict::Fail);
            let broken = Outcome::Broken("refused".to_owned());
            assert_eq!(verdict(&judge, broken), Verdict::Fail);
        }
    }

    #[test]
    fn what_another_api_received_is_not_visible_and_never_fine() {
        let passes = Judge::Passes(Box::new(|_, _| Judged::ok("")));
        assert_eq!(verdict(&passes, answer(200, false)), Verdict::NotVisible);
        assert_eq!(verdict(&passes, answer(401, false)), Verdict::Fail);
        let or_kept = Judge::PassesOrKept(Box::new(|_, _| Judged::ok("")));
        assert_eq!(verdict(&or_kept, answer(400, false)), Verdict::Ok);
        assert_eq!(verdict(&or_kept, answer(500, false)), Verdict::Fail);
    }
}

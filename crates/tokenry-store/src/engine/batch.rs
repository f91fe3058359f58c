//! Batches on their way to the one writer: what they are made of, how the writer gathers them, and how they are answered.
//!
//! Both databases commit alike. The writer takes all that waits, up to [`GROUP`] batches, runs them in one
//! transaction, each in a savepoint, and commits once; on a busy server one trip to the disk serves many. After the
//! commit it calls each batch's hook, in the order of commit, and only then answers.
//!
//! Not here: how a transaction is run. That differs by database (`sqlite.rs`, `postgres.rs`).

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{Row, StoreError, Value};

/// The longest that the writer waits for company.
const MAX_PATIENCE: Duration = Duration::from_millis(5);

/// The most batches that share one commit.
pub(crate) const GROUP: usize = 512;

/// One SQL statement and its parameters, `$1` first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) params: Vec<Value>,
    /// Whether it is kept prepared for the next time.
    pub(crate) is_kept: bool,
}

impl Statement {
    /// A statement that stands in a table's file, and in its list of statements.
    pub(crate) fn new(sql: &'static str, params: impl Into<Vec<Value>>) -> Self {
        #[cfg(test)]
        assert!(
            crate::tables::statements().any(|listed| listed == sql),
            "not listed: {sql}"
        );
        Self {
            sql: sql.into(),
            params: params.into(),
            is_kept: true,
        }
    }

    /// A statement put together from parts.
    pub(crate) fn built(sql: impl Into<Cow<'static, str>>, params: impl Into<Vec<Value>>) -> Self {
        Self {
            sql: sql.into(),
            params: params.into(),
            is_kept: true,
        }
    }

    /// Does not keep it prepared.
    pub(crate) fn seldom(self) -> Self {
        Self {
            is_kept: false,
            ..self
        }
    }

    /// A statement that must touch exactly one row, or its batch is refused with `why`.
    pub(crate) fn once(self, why: &'static str) -> Step {
        Step {
            statement: self,
            expect: Expect::Exactly(1),
            why,
        }
    }

    /// A statement that may touch any number of rows.
    pub(crate) fn any(self) -> Step {
        Step {
            statement: self,
            expect: Expect::Any,
            why: "it conflicts with another record",
        }
    }

    /// Neither database gets what one of them cannot hold.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.params.iter().any(Value::has_nul) {
            return Err(StoreError::internal(
                "a text with a NUL character cannot be stored",
            ));
        }
        Ok(())
    }
}

/// One step of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) statement: Statement,
    pub(crate) expect: Expect,
    /// What a client is told if the step is refused.
    pub(crate) why: &'static str,
}

/// How many rows a step must touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Any number.
    Any,
    /// So many; otherwise the whole batch is refused.
    Exactly(u64),
}

/// What a step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// The number of rows it touched.
    pub(crate) affected: u64,
    /// The rows it returned.
    pub(crate) rows: Vec<Row>,
}

impl Step {
    /// Accepts what the step did, or refuses the batch.
    pub(crate) fn judge(&self, result: Result<Done, StoreError>) -> Result<Done, StoreError> {
        match (result, self.expect) {
            (Ok(done), Expect::Exactly(wanted)) if done.affected != wanted => Err(self.conflict()),
            (Err(StoreError::Conflict { .. }), _) => Err(self.conflict()),
            (result, _) => result,
        }
    }

    fn conflict(&self) -> StoreError {
        StoreError::Conflict { why: self.why }
    }
}

/// Called once if the batch is committed, after the commit and before the caller is answered; never otherwise.
pub(crate) type After = Box<dyn FnOnce(&[Done]) + Send>;

/// What became of one batch.
pub(crate) type Outcome = Result<Vec<Done>, StoreError>;

/// A batch that waits for the writer.
pub(crate) struct Submission {
    steps: Vec<Step>,
    after: After,
    answer: oneshot::Sender<Outcome>,
}

/// Submits a batch by way of `send` and waits for its outcome. Once sent it is carried out even if nobody waits any
/// more.
pub(crate) async fn submit(
    steps: Vec<Step>,
    after: After,
    send: impl FnOnce(Submission) -> bool,
) -> Outcome {
    steps.iter().try_for_each(|step| step.statement.check())?;
    let gone = || StoreError::unavailable("the writer has ended");
    let (answer, outcome) = oneshot::channel();
    if !send(Submission {
        steps,
        after,
        answer,
    }) {
        return Err(gone());
    }
    outcome.await.map_err(|_| gone())?
}

/// What a group is to do.
pub(crate) fn steps_of(group: &[Submission]) -> Vec<&[Step]> {
    group
        .iter()
        .map(|submission| submission.steps.as_slice())
        .collect()
}

/// How long the writer waits for company before it commits. Callers that were answered together come back together,
/// but not at the same instant; without a moment's patience the first of them would have a commit to itself, and the
/// others would wait for it. One who was alone is never made to wait.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    company: usize,
    patience: Duration,
}

impl Pace {
    /// Until when to wait for more, with this many at hand.
    pub(crate) fn deadline(&self, at_hand: usize) -> Option<Instant> {
        let alone = self.company <= 1;
        (!alone && at_hand < self.company.min(GROUP)).then(|| Instant::now() + self.patience)
    }

    /// Learns from a group that took so long.
    pub(crate) fn learn(&mut self, company: usize, took: Duration) {
        *self = Self {
            company,
            patience: (took / 2).min(MAX_PATIENCE),
        };
    }
}

/// The hook of a batch together with what it is to be told.
pub(crate) type Hook = (After, Vec<Done>);

/// Ends a group that is committed: calls the hooks of the batches that succeeded, then answers all; with `trouble`,
/// that it failed.
pub(crate) fn announce(
    group: Vec<Submission>,
    outcomes: Vec<Outcome>,
    trouble: Option<&StoreError>,
) {
    let mut answers = Vec::with_capacity(group.len());
    for (submission, outcome) in group.into_iter().zip(outcomes) {
        if let Ok(done) = &outcome {
            (submission.after)(done);
        }
        let outcome = trouble.map_or(outcome, |error| Err(error.clone()));
        answers.push((submission.answer, outcome));
    }
    for (answer, outcome) in answers {
        let _nobody_waits = answer.send(outcome);
    }
}

/// Ends a group of which nothing is committed.
pub(crate) fn refuse(group: Vec<Submission>, error: &StoreError) {
    for submission in group {
        let _nobody_waits = submission.answer.send(Err(error.clone()));
    }
}

/// Ends a group of which nobody knows whether it is committed: all are told that it failed, and the hooks that would
/// have been called are kept until it is known.
pub(crate) fn suspend(
    group: Vec<Submission>,
    outcomes: Vec<Outcome>,
    error: &StoreError,
) -> Vec<Hook> {
    let mut hooks = Vec::new();
    for (submission, outcome) in group.into_iter().zip(outcomes) {
        hooks.extend(outcome.ok().map(|done| (submission.after, done)));
        let _nobody_waits = submission.answer.send(Err(error.clone()));
    }
    hooks
}

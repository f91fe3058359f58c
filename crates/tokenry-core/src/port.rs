//! What the rules need from outside, as traits: a store, a clock, randomness, somebody to hash passwords, a view of
//! the world, and ears for what is committed or refused.

mod walk;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use jiff::Timestamp;

pub use self::walk::{
    Bound, Filter, Key, NumberOf, OrderBy, Place, TextOf, Walk, WalkOrder, Walked,
};
use crate::{
    app::Origin,
    audit::{Action, Event},
    change::Change,
    error::Error,
    id::{PersonaId, RoleName, TokenId, TokenNumber, UserId},
    principal::{Generation, Object, Role, User, World, password::PasswordHash},
    secret::{Digest, Plaintext},
    session::Session,
    settings::Settings,
    token::{Audience, End, Origins, Status, Token, Tombstone, Use},
    verify::Reason,
};

/// A boxed future, so that ports can be trait objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The clock. Asked once per request.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
}

/// Randomness fit for keys.
pub trait Entropy: Send + Sync {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);
}

/// Hashes passwords away from the threads that serve requests, a bounded number at a time.
pub trait PasswordWork: Send + Sync {
    /// Hashes a new password with this salt. [`Error::Unavailable`] when too much is waiting.
    fn hash(
        &self,
        password: Plaintext,
        salt: [u8; 16],
    ) -> BoxFuture<'_, Result<PasswordHash, Error>>;
    /// Whether `password` is the one that was hashed. With no hash it takes as long and answers no, so that
    /// unknown users cannot be told from known ones (NT-54).
    fn check(
        &self,
        password: Plaintext,
        hash: Option<PasswordHash>,
    ) -> BoxFuture<'_, Result<bool, Error>>;
}

/// The current world, as verifiers see it.
pub trait View: Send + Sync {
    /// Users, roles and settings as of now.
    fn world(&self) -> Arc<World>;
}

/// Hears of each committed batch, in order of commit, before the one who submitted it does. Must not block for long.
pub trait CommitListener: Send + Sync {
    /// A batch is durable.
    fn committed(&self, commit: &Commit);
}

/// Hears of refused credentials. Must not block, nor write to the store (a refusal never costs a write).
pub trait RefusalListener: Send + Sync {
    /// Somebody presented a credential, or none worth the name, and was refused.
    fn refused(&self, refusal: &RefusedCredential);
    /// Whether it wants to hear of every token that is granted, too, which costs each verification.
    fn hears_grants(&self) -> bool {
        false
    }
    /// A stored token was granted.
    fn granted(&self, _grant: &GrantedCredential) {}
}

/// A token that was granted, for the authentication log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedCredential {
    /// Where the request came from.
    pub origin: Origin,
    /// The token, and for whom it acts.
    pub known: Known,
}

/// A refused credential, for the authentication log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCredential {
    /// Where the request came from.
    pub origin: Origin,
    /// Why.
    pub reason: Reason,
    /// What is known of the credential.
    pub known: Known,
}

/// What is known of a credential even when it is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The token, where its string was genuine.
    pub token: Option<TokenId>,
    /// Its number, where there is, or was, a record.
    pub number: Option<TokenNumber>,
    /// The user, where one was named.
    pub user: Option<String>,
    /// The persona, where it is not the default one.
    pub persona: PersonaId,
}

/// Where everything is kept. Reads see every batch whose `apply` has answered.
pub trait Store: Send + Sync {
    /// Commits all of a batch, or nothing. [`Error::Conflict`] when a guard fails or a name is taken,
    /// [`Error::Unavailable`] when the store cannot write now. Once submitted a batch is committed or not
    /// whether or not the caller waits for the answer.
    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, Error>>;
    /// All users, roles and settings.
    fn world(&self) -> BoxFuture<'_, Result<World, Error>>;
    /// One token.
    fn token(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Token>, Error>>;
    /// What is kept of a token that was ended before its time.
    fn tombstone(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Tombstone>, Error>>;
    /// Some tokens, and how many there are in all.
    fn tokens(&self, query: TokenQuery) -> BoxFuture<'_, Result<Page<Token>, Error>>;
    /// A part of a list of tokens that is read in parts, each of which looks at a bounded number of records.
    fn walk(&self, walk: Walk) -> BoxFuture<'_, Result<Walked, Error>>;
    /// How many tokens, of this user or of all, end from each of these instants on until before the next one.
    fn expirations(
        &self,
        owner: Option<UserId>,
        instants: Vec<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<u64>, Error>>;
    /// What is remembered of the request that had this key.
    fn remembered(&self, key: Digest) -> BoxFuture<'_, Result<Option<Remembered>, Error>>;
    /// The hash of a user's password.
    fn password(&self, user: UserId) -> BoxFuture<'_, Result<Option<PasswordHash>, Error>>;
    /// One session.
    fn session(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Session>, Error>>;
    /// The sessions of a user, or all, newest first, at most `limit`.
    fn sessions(
        &self,
        of: Option<UserId>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<Session>, Error>>;
    /// The latest time that a [`Write::RaiseClock`] has noted, if one has.
    fn clock_mark(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>>;
    /// Some lines of the audit log.
    fn audit(&self, query: AuditQuery) -> BoxFuture<'_, Result<Vec<Recorded>, Error>>;
}

/// Everything one use case changes: committed as a whole or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Refuse the batch with [`Error::Conflict`] unless the world is still of this generation; and count it up.
    /// Every batch that changes users, roles or settings carries it.
    pub world: Option<Generation>,
    /// The writes, in order.
    pub writes: Vec<Write>,
    /// Their lines in the audit log.
    pub events: Vec<Event>,
    /// What verifiers must learn.
    pub changes: Vec<Change>,
}

/// One guarded write. Each fails the whole batch with [`Error::Conflict`] if what it changes is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Deletes a role.
    DeleteRole(RoleName),
    /// Deletes a session.
    DeleteSession(Digest),
    /// Deletes all sessions of a user; there may be none.
    DeleteSessionsOf(UserId),
    /// Deletes sessions last used before this instant; there may be none.
    DeleteSessionsUnusedSince(Timestamp),
    /// Deletes a token of this owner, and keeps its tombstone.
    DeleteToken(TokenId, UserId, End),
    /// Deletes all tokens of a user, and keeps their tombstones; there may be none.
    DeleteTokensOf(UserId, End),
    /// Deletes the tombstones of tokens that ended before this instant; there may be none.
    DeleteTombstonesBefore(Timestamp),
    /// Deletes a user, his password, his tokens and his sessions, and keeps the tombstones of the tokens.
    DeleteUser(UserId, End),
    /// Replaces what can be edited of a token of this owner, if it still is as it was.
    EditToken {
        /// The token.
        id: TokenId,
        /// Its owner.
        owner: UserId,
        /// What it must be.
        was: Editable,
        /// What it becomes.
        becomes: Editable,
    },
    /// Forgets requests that were remembered before this instant; there may be none.
    ForgetBefore(Timestamp),
    /// Adds a session.
    InsertSession(Session),
    /// Adds a token, and gives it the next number; its owner must exist.
    InsertToken(Token),
    /// Adds a user; his name must be free.
    InsertUser(User, PasswordHash),
    /// Adds or replaces a persona, a group or a content set.
    PutObject(Object),
    /// Adds or replaces a role.
    PutRole(Role),
    /// Replaces the settings.
    PutSettings(Settings),
    /// Notes that it is so late, whatever was noted before: the clock was wrong then.
    ResetClock(Timestamp),
    /// Notes that it is at least so late. What was noted is never moved back (NT-08).
    RaiseClock(Timestamp),
    /// Moves `last_used` of tokens forward, where they still exist.
    RecordTokenUses(Vec<(TokenId, Use)>),
    /// Moves `last_used` of sessions forward, where they still exist.
    RecordSessionUses(Vec<(Digest, Timestamp)>),
    /// Remembers what came of a request with a key; nothing may be remembered under that key yet.
    Remember(Digest, Remembered),
    /// Changes nothing, but fails the batch unless this is still the hash of the user's password.
    RequirePassword(UserId, PasswordHash),
    /// Notes that another token takes the place of this owner's one, which lives on until then: it must be enabled and
    /// not have been replaced before.
    ReplaceToken {
        /// The token.
        id: TokenId,
        /// Its owner.
        owner: UserId,
        /// Its new end.
        expires: Timestamp,
        /// What takes its place.
        by: TokenId,
    },
    /// Changes nothing, but fails the batch unless this session is there.
    RequireSession(Digest),
    /// Sets the hash of a user's password.
    SetPassword(UserId, PasswordHash),
    /// Sets the status of a token of this owner.
    SetTokenStatus(TokenId, UserId, Status),
    /// Sets the status of all tokens of a user; there may be none.
    SetTokenStatusOf(UserId, Status),
    /// Replaces all of a user but id, name and time of creation.
    UpdateUser(User),
}

/// What can be edited of a token after it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editable {
    /// What people call it.
    pub name: String,
    /// What it is for, in words.
    pub notes: String,
    /// What it is for.
    pub audience: Audience,
    /// From where it may be used.
    pub origins: Origins,
}

/// What came of a request that had a key, so that the same request does not make another token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The digest of what was requested.
    pub request: Digest,
    /// The token it made.
    pub token: TokenId,
    /// When; the store keeps microseconds.
    pub at: Timestamp,
}

/// The answer to a committed batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The sequence number of the last change committed so far.
    pub sequence: i64,
    /// The number of the token added last so far.
    pub token_number: TokenNumber,
}

/// A committed batch, for [`CommitListener`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The sequence number of the last change committed so far.
    pub sequence: i64,
    /// The world's generation now, where the batch moved it.
    pub world: Option<Generation>,
    /// The lines added to the audit log.
    pub events: Vec<Recorded>,
    /// What verifiers must learn, in order.
    pub changes: Vec<Change>,
}

/// A line of the audit log with its place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Counts up by one without gaps, from 1.
    pub sequence: i64,
    /// The line.
    pub event: Event,
}

/// Which tokens to list. All conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenQuery {
    /// Only this user's.
    pub owner: Option<UserId>,
    /// Only this one.
    pub id: Option<TokenId>,
    /// Only the one of this number.
    pub number: Option<TokenNumber>,
    /// Only those of this status.
    pub status: Option<Status>,
    /// Only those whose life has not ended by then.
    pub alive_at: Option<Timestamp>,
    /// Only those for which every term holds.
    pub terms: Vec<Term>,
    /// In which order.
    pub sort: Sort,
    /// How many at most; `None` is all.
    pub limit: Option<u64>,
    /// How many to leave out first.
    pub offset: u64,
}

/// A condition on a token's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The column to look at; `None` is any of the columns that hold text.
    pub column: Option<Column>,
    /// What to look for, without regard to ASCII case.
    pub pattern: Pattern,
}

/// How a term is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// The text stands somewhere inside.
    Contains(String),
    /// The text ends so.
    EndsWith(String),
    /// The text is the whole, case included.
    Is(String),
    /// The text begins so.
    StartsWith(String),
}

/// The order of a list. Ties are broken by id, so that pages never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By which column.
    pub column: Column,
    /// The greatest first.
    pub descending: bool,
    /// Without regard to ASCII case, for text.
    pub ignore_case: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self {
            column: Column::Id,
            descending: false,
            ignore_case: false,
        }
    }
}

crate::audit::named! {
    /// What tokens can be sorted and searched by, under the vendor's names (spec/splunk.md 2.2).
    Column {
        /// The audience.
        Audience = "claims.aud",
        /// The end of its life; never comes first, as 0.
        Expires = "claims.exp",
        /// The id.
        Id = "name",
        /// The authentication scheme.
        IdentityProvider = "claims.idp",
        /// When it was made.
        IssuedAt = "claims.iat",
        /// Who made it.
        Issuer = "claims.iss",
        /// When it was last used; never comes first, as 0.
        LastUsed = "lastUsed",
        /// From where.
        LastUsedAddress = "lastUsedIp",
        /// The begin of its life.
        NotBefore = "claims.nbr",
        /// Its number.
        Number = "number",
        /// Its status.
        Status = "status",
        /// The user it acts for.
        Subject = "claims.sub",
    }
}

impl Column {
    /// Whether it holds text (as opposed to a number of seconds).
    #[must_use]
    pub fn is_text(self) -> bool {
        !matches!(
            self,
            Self::Expires | Self::IssuedAt | Self::LastUsed | Self::NotBefore | Self::Number
        )
    }
}

/// Some of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The part asked for.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
}

/// Which lines of the audit log to read, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only lines before this one.
    pub before: Option<i64>,
    /// Only lines after this one.
    pub after: Option<i64>,
    /// Only what this user did.
    pub actor: Option<String>,
    /// Only what was done to this token.
    pub token: Option<TokenId>,
    /// Only these kinds; all where there are none.
    pub actions: Vec<Action>,
    /// Only what was done to the thing of this number.
    pub object: Option<i64>,
    /// Only lines from then on.
    pub since: Option<Timestamp>,
    /// Only lines until then, that instant included.
    pub until: Option<Timestamp>,
    /// At most so many, capped at 1,000.
    pub limit: u64,
}

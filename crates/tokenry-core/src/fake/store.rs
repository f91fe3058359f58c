//! A store in memory, held to the same conformance suite as the real ones.

mod walk;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    error::Error,
    id::{RoleName, TokenId, TokenNumber, UserId},
    port::{
        Applied, AuditQuery, Batch, BoxFuture, Column, Commit, CommitListener, Editable, Page,
        Pattern, Recorded, Remembered, Sort, Store, Term, TokenQuery, Walk, Walked, Write,
    },
    principal::{Generation, Object, Role, User, World, password::PasswordHash},
    secret::Digest,
    session::Session,
    settings::Settings,
    token::{End, Status, Token, Tombstone, Use},
};

/// Everything in memory, one lock around it.
pub struct MemoryStore {
    state: Mutex<State>,
    listener: Arc<dyn CommitListener>,
}

#[derive(Clone, Default)]
struct State {
    generation: Generation,
    sequence: i64,
    users: BTreeMap<UserId, (User, PasswordHash)>,
    roles: BTreeMap<RoleName, Role>,
    settings: Settings,
    objects: BTreeMap<(&'static str, i64), Object>,
    tokens: BTreeMap<TokenId, Token>,
    token_number: i64,
    tombstones: BTreeMap<TokenId, Tombstone>,
    remembered: HashMap<Digest, Remembered>,
    sessions: HashMap<Digest, Session>,
    audit: Vec<Recorded>,
    clock_mark: Option<Timestamp>,
}

impl MemoryStore {
    /// An empty store that tells `listener` what is committed.
    #[must_use]
    pub fn new(listener: Arc<dyn CommitListener>) -> Self {
        Self {
            state: Mutex::default(),
            listener,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit(&self, batch: Batch) -> Result<Applied, Error> {
        let mut state = self.state();
        let mut next = state.clone();
        let commit = next.apply(batch)?;
        let token_number = TokenNumber::from_number(next.token_number);
        *state = next;
        self.listener.committed(&commit);
        Ok(Applied {
            sequence: commit.sequence,
            token_number,
        })
    }
}

impl Store for MemoryStore {
    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, Error>> {
        Box::pin(async move { self.commit(batch) })
    }

    fn world(&self) -> BoxFuture<'_, Result<World, Error>> {
        Box::pin(async move {
            let State {
                generation,
                users,
                roles,
                settings,
                objects,
                ..
            } = self.state().clone();
            let users = users.into_values().map(|(user, _)| user).collect();
            Ok(
                World::new(generation, users, roles.into_values().collect(), settings)
                    .with_objects(objects.into_values().collect()),
            )
        })
    }

    fn token(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Token>, Error>> {
        Box::pin(async move { Ok(self.state().tokens.get(&id).cloned()) })
    }

    fn tombstone(&self, id: TokenId) -> BoxFuture<'_, Result<Option<Tombstone>, Error>> {
        Box::pin(async move { Ok(self.state().tombstones.get(&id).cloned()) })
    }

    fn tokens(&self, query: TokenQuery) -> BoxFuture<'_, Result<Page<Token>, Error>> {
        Box::pin(async move { Ok(page(self.state().tokens.values(), &query)) })
    }

    fn walk(&self, wanted: Walk) -> BoxFuture<'_, Result<Walked, Error>> {
        Box::pin(async move { Ok(walk::walk(self.state().tokens.values(), &wanted)) })
    }

    fn expirations(
        &self,
        owner: Option<UserId>,
        instants: Vec<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<u64>, Error>> {
        Box::pin(async move {
            let state = self.state();
            Ok(walk::expirations(state.tokens.values(), owner, &instants))
        })
    }

    fn remembered(&self, key: Digest) -> BoxFuture<'_, Result<Option<Remembered>, Error>> {
        Box::pin(async move { Ok(self.state().remembered.get(&key).cloned()) })
    }

    fn password(&self, user: UserId) -> BoxFuture<'_, Result<Option<PasswordHash>, Error>> {
        Box::pin(async move { Ok(self.state().users.get(&user).map(|(_, hash)| hash.clone())) })
    }

    fn session(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Session>, Error>> {
        Box::pin(async move { Ok(self.state().sessions.get(&digest).cloned()) })
    }

    fn sessions(
        &self,
        of: Option<UserId>,
        limit: u64,
    ) -> BoxFuture<'_, Result<Vec<Session>, Error>> {
        Box::pin(async move {
            let mut sessions: Vec<Session> = self.state().sessions.values().cloned().collect();
            sessions.retain(|session| of.is_none_or(|user| session.user == user));
            sessions.sort_by_key(|session| {
                std::cmp::Reverse((session.created, session.digest.to_hex()))
            });
            sessions.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(sessions)
        })
    }

    fn clock_mark(&self) -> BoxFuture<'_, Result<Option<Timestamp>, Error>> {
        Box::pin(async move { Ok(self.state().clock_mark) })
    }

    fn audit(&self, query: AuditQuery) -> BoxFuture<'_, Result<Vec<Recorded>, Error>> {
        Box::pin(async move {
            let state = self.state();
            let wanted = state
                .audit
                .iter()
                .rev()
                .filter(|line| is_wanted(line, &query));
            Ok(wanted
                .take(usize::try_from(query.limit.min(1000)).unwrap_or(1000))
                .cloned()
                .collect())
        })
    }
}

impl State {
    fn apply(&mut self, batch: Batch) -> Result<Commit, Error> {
        if batch.world.is_some_and(|world| world != self.generation) {
            return Err(Error::conflict(
                "users, roles or settings have changed meanwhile",
            ));
        }
        for write in batch.writes {
            self.write(write)?;
        }
        let first = self.audit.len();
        for event in batch.events {
            let sequence = i64::try_from(self.audit.len()).unwrap_or(i64::MAX) + 1;
            self.audit.push(Recorded { sequence, event });
        }
        self.generation.0 += i64::from(batch.world.is_some());
        self.sequence += i64::try_from(batch.changes.len()).unwrap_or(0);
        Ok(Commit {
            sequence: self.sequence,
            world: batch.world.map(|_| self.generation),
            events: self.audit.get(first..).unwrap_or_default().to_vec(),
            changes: batch.changes,
        })
    }

    fn write(&mut self, write: Write) -> Result<(), Error> {
        match write {
            Write::DeleteRole(name) => demand(self.roles.remove(&name).is_some()),
            Write::DeleteSession(digest) => demand(self.sessions.remove(&digest).is_some()),
            Write::DeleteSessionsOf(user) => {
                self.sessions.retain(|_, session| session.user != user);
                Ok(())
            }
            Write::DeleteSessionsUnusedSince(oldest) => {
                self.sessions
                    .retain(|_, session| session.last_used >= oldest);
                Ok(())
            }
            Write::DeleteUser(id, end) => {
                demand(self.users.remove(&id).is_some())?;
                self.bury(|token| token.owner == id, end);
                self.sessions.retain(|_, session| session.user != id);
                Ok(())
            }
            Write::InsertSession(session) => {
                demand(self.users.contains_key(&session.user))?;
                demand(self.sessions.insert(session.digest, session).is_none())
            }
            Write::InsertUser(user, hash) => self.insert_user(user, hash),
            Write::PutObject(object) => {
                self.objects.insert((object.kind(), object.id()), object);
                Ok(())
            }
            Write::PutRole(role) => {
                self.roles.insert(role.name.clone(), role);
                Ok(())
            }
            Write::PutSettings(settings) => {
                self.settings = settings;
                Ok(())
            }
            Write::RecordSessionUses(uses) => {
                self.record_session_uses(uses);
                Ok(())
            }
            Write::RequireSession(digest) => demand(self.sessions.contains_key(&digest)),
            Write::RequirePassword(id, hash) => demand(
                self.users
                    .get(&id)
                    .is_some_and(|(_, stored)| *stored == hash),
            ),
            Write::SetPassword(id, hash) => self
                .users
                .get_mut(&id)
                .map(|user| user.1 = hash)
                .ok_or_else(gone),
            Write::UpdateUser(user) => self
                .users
                .get_mut(&user.id)
                .map(|(stored, _)| update(stored, user))
                .ok_or_else(gone),
            of_tokens => self.write_tokens(of_tokens),
        }
    }

    fn write_tokens(&mut self, write: Write) -> Result<(), Error> {
        match write {
            Write::DeleteToken(id, owner, end) => {
                self.token_of(id, owner)?;
                self.bury(|token| token.id == id, end);
                Ok(())
            }
            Write::DeleteTokensOf(owner, end) => {
                self.bury(|token| token.owner == owner, end);
                Ok(())
            }
            Write::DeleteTombstonesBefore(oldest) => {
                self.tombstones.retain(|_, stone| stone.end.at >= oldest);
                Ok(())
            }
            Write::EditToken {
                id,
                owner,
                was,
                becomes,
            } => {
                let token = self.token_of(id, owner)?;
                demand(editable(token) == was)?;
                token.name = becomes.name;
                token.notes = becomes.notes;
                token.audience = becomes.audience;
                token.origins = becomes.origins;
                Ok(())
            }
            Write::ForgetBefore(oldest) => {
                self.remembered.retain(|_, kept| kept.at >= oldest);
                Ok(())
            }
            Write::Remember(key, what) => demand(self.remembered.insert(key, what).is_none()),
            Write::InsertToken(token) => {
                demand(self.users.contains_key(&token.owner))?;
                self.token_number += 1;
                let number = TokenNumber::from_number(self.token_number);
                let token = Token { number, ..token };
                demand(self.tokens.insert(token.id, token).is_none())
            }
            Write::ResetClock(at) => {
                self.clock_mark = Some(at);
                Ok(())
            }
            Write::RaiseClock(at) => {
                self.clock_mark = self.clock_mark.max(Some(at));
                Ok(())
            }
            Write::RecordTokenUses(uses) => {
                self.record_token_uses(uses);
                Ok(())
            }
            Write::ReplaceToken {
                id,
                owner,
                expires,
                by,
            } => {
                let token = self.token_of(id, owner)?;
                demand(token.replaced_by.is_none() && token.status == Status::Enabled)?;
                token.expires = Some(expires);
                token.replaced_by = Some(by);
                Ok(())
            }
            Write::SetTokenStatus(id, owner, status) => {
                self.token_of(id, owner)?.status = status;
                Ok(())
            }
            Write::SetTokenStatusOf(owner, status) => {
                for token in self
                    .tokens
                    .values_mut()
                    .filter(|token| token.owner == owner)
                {
                    token.status = status;
                }
                Ok(())
            }
            other => Err(Error::internal(format!("not about tokens: {other:?}"))),
        }
    }

    fn token_of(&mut self, id: TokenId, owner: UserId) -> Result<&mut Token, Error> {
        let token = self.tokens.get_mut(&id);
        token.filter(|token| token.owner == owner).ok_or_else(gone)
    }

    fn bury(&mut self, ends: impl Fn(&Token) -> bool, end: End) {
        for token in self.tokens.values().filter(|token| ends(token)) {
            let stone = Tombstone {
                id: token.id,
                number: token.number,
                subject: token.subject.clone(),
                end,
            };
            self.tombstones.insert(token.id, stone);
        }
        self.tokens.retain(|_, token| !ends(token));
    }

    fn insert_user(&mut self, user: User, hash: PasswordHash) -> Result<(), Error> {
        let is_free = |(other, _): &(User, _)| other.name != user.name;
        demand(self.users.values().all(is_free))?;
        demand(self.users.insert(user.id, (user, hash)).is_none())
    }

    fn record_token_uses(&mut self, uses: Vec<(TokenId, Use)>) {
        for (id, used) in uses {
            if let Some(token) = self
                .tokens
                .get_mut(&id)
                .filter(|t| t.last_used.is_none_or(|old| old.at <= used.at))
            {
                token.last_used = Some(used);
            }
        }
    }

    fn record_session_uses(&mut self, uses: Vec<(Digest, Timestamp)>) {
        for (digest, at) in uses {
            if let Some(session) = self.sessions.get_mut(&digest) {
                session.last_used = session.last_used.max(at);
            }
        }
    }
}

fn editable(token: &Token) -> Editable {
    Editable {
        name: token.name.clone(),
        notes: token.notes.clone(),
        audience: token.audience.clone(),
        origins: token.origins.clone(),
    }
}

/// Replaces all but id, name and time of creation.
fn update(stored: &mut User, new: User) {
    *stored = User {
        id: stored.id,
        name: stored.name.clone(),
        created: stored.created,
        ..new
    };
}

fn demand(holds: bool) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(gone()) }
}

fn gone() -> Error {
    Error::conflict("what was to be changed is not as it was")
}

fn page<'a>(tokens: impl Iterator<Item = &'a Token>, query: &TokenQuery) -> Page<Token> {
    let mut items: Vec<Token> = tokens.filter(|token| fits(token, query)).cloned().collect();
    items.sort_by(|a, b| order(a, b, query.sort));
    let total = items.len() as u64;
    let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let items = items
        .into_iter()
        .skip(size(query.offset))
        .take(query.limit.map_or(usize::MAX, size))
        .collect();
    Page { items, total }
}

fn fits(token: &Token, query: &TokenQuery) -> bool {
    query.owner.is_none_or(|owner| token.owner == owner)
        && query.id.is_none_or(|id| token.id == id)
        && query.number.is_none_or(|number| token.number == number)
        && query.alive_at.is_none_or(|now| !token.has_expired(now))
        && query.status.is_none_or(|status| token.status == status)
        && query.terms.iter().all(|term| holds(token, term))
}

fn holds(token: &Token, term: &Term) -> bool {
    let columns = || {
        Column::ALL
            .iter()
            .copied()
            .filter(|column| column.is_text())
    };
    match term.column {
        Some(column) => matches(&text(token, column), &term.pattern),
        None => columns().any(|column| matches(&text(token, column), &term.pattern)),
    }
}

fn matches(text: &str, pattern: &Pattern) -> bool {
    let folded = text.to_ascii_lowercase();
    match pattern {
        Pattern::Contains(part) => folded.contains(&part.to_ascii_lowercase()),
        Pattern::EndsWith(end) => folded.ends_with(&end.to_ascii_lowercase()),
        Pattern::Is(whole) => text == whole,
        Pattern::StartsWith(start) => folded.starts_with(&start.to_ascii_lowercase()),
    }
}

fn order(a: &Token, b: &Token, sort: Sort) -> std::cmp::Ordering {
    let key = |token: &Token| {
        let text = if sort.column.is_text() {
            text(token, sort.column)
        } else {
            String::new()
        };
        (
            number(token, sort.column),
            if sort.ignore_case {
                text.to_ascii_lowercase()
            } else {
                text
            },
        )
    };
    let ordering = key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id));
    if sort.descending {
        ordering.reverse()
    } else {
        ordering
    }
}

fn number(token: &Token, column: Column) -> i64 {
    match column {
        Column::Expires => token.expires.map_or(0, Timestamp::as_second),
        Column::IssuedAt => token.issued_at.as_second(),
        Column::LastUsed => token.last_used.map_or(0, |used| used.at.as_second()),
        Column::NotBefore => token.not_before.as_second(),
        Column::Number => token.number.number(),
        _ => 0,
    }
}

/// A number is compared as text too, where somebody searches for it.
fn text(token: &Token, column: Column) -> String {
    match column {
        Column::Audience => token.audience.to_string(),
        Column::Id => token.id.to_hex(),
        Column::IdentityProvider => token.identity_provider.clone(),
        Column::Issuer => token.issuer.clone(),
        Column::LastUsedAddress => token
            .last_used
            .map(|used| used.address.to_string())
            .unwrap_or_default(),
        Column::Status => token.status.to_string(),
        Column::Subject => token.subject.to_string(),
        Column::Expires
        | Column::IssuedAt
        | Column::LastUsed
        | Column::NotBefore
        | Column::Number => number(token, column).to_string(),
    }
}

fn is_wanted(line: &Recorded, query: &AuditQuery) -> bool {
    query.before.is_none_or(|before| line.sequence < before)
        && query.after.is_none_or(|after| line.sequence > after)
        && query
            .actor
            .as_ref()
            .is_none_or(|actor| line.event.actor == *actor)
        && query
            .token
            .is_none_or(|token| line.event.token == Some(token))
        && (query.actions.is_empty() || query.actions.contains(&line.event.action))
        && query
            .object
            .is_none_or(|object| line.event.object == Some(object))
        && query.since.is_none_or(|since| line.event.at >= since)
        && query.until.is_none_or(|until| line.event.at <= until)
}

/// What the conformance suite of the stores also checks, in brief: here the use cases rely on it.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{Action, Event},
        change::Change,
        fake::{MemoryView, block_on},
        id::{PersonaId, UserName},
        port::View,
        principal::Profile,
        token::EndReason,
    };

    fn user(id: i64, name: &str) -> User {
        User {
            id: UserId::from_number(id),
            name: UserName::parse(name).unwrap(),
            roles: Vec::new(),
            locked: false,
            deleted: false,
            token_epoch: 0,
            created: Timestamp::UNIX_EPOCH,
            profile: Profile::default(),
        }
    }

    fn insert(user: User) -> Write {
        Write::InsertUser(user, PasswordHash::from_stored("hash".to_owned()))
    }

    fn event() -> Event {
        Event {
            at: Timestamp::UNIX_EPOCH,
            actor: "system".to_owned(),
            persona: PersonaId::DEFAULT,
            address: None,
            request: String::new(),
            action: Action::CreateUser,
            token: None,
            target: None,
            object: None,
            reason: String::new(),
        }
    }

    fn batch(world: i64, writes: Vec<Write>, user: User) -> Batch {
        Batch {
            world: Some(Generation(world)),
            writes,
            events: vec![event()],
            changes: vec![Change::UserPut(user)],
        }
    }

    #[test]
    fn a_batch_is_committed_and_heard_of_as_a_whole_or_not_at_all() {
        let view = Arc::new(MemoryView::default());
        let store = MemoryStore::new(view.clone());
        let ann = user(1, "ann");
        let bob = || insert(user(2, "bob"));
        let twice = insert(user(3, "ann"));
        let end = End {
            at: Timestamp::UNIX_EPOCH,
            reason: EndReason::OwnerGone,
        };
        let missing = Write::DeleteUser(UserId::from_number(9), end);
        let first = batch(0, vec![insert(ann.clone())], ann.clone());
        assert_eq!(
            block_on(store.apply(first)),
            Ok(Applied {
                sequence: 1,
                token_number: TokenNumber::from_number(0)
            })
        );
        for refused in [
            batch(1, vec![bob(), twice], ann.clone()),
            batch(1, vec![bob(), missing], ann.clone()),
            batch(0, vec![bob()], ann.clone()),
        ] {
            let applied = block_on(store.apply(refused));
            assert!(
                matches!(applied, Err(Error::Conflict { .. })),
                "{applied:?}"
            );
            let world = block_on(store.world()).unwrap();
            assert_eq!(world.generation, Generation(1));
            for world in [&world, &*view.world()] {
                let users: Vec<_> = world.users().map(|one| &one.user).collect();
                assert_eq!(users, [&ann]);
            }
            let all = AuditQuery {
                limit: 10,
                ..AuditQuery::default()
            };
            assert_eq!(block_on(store.audit(all)).unwrap().len(), 1);
        }
        assert_eq!(view.world().generation, Generation(1));
    }

    #[test]
    fn an_update_leaves_the_name_and_the_time_of_creation() {
        let store = MemoryStore::new(Arc::new(MemoryView::default()));
        let ann = user(1, "ann");
        let other = User {
            locked: true,
            created: Timestamp::MAX,
            ..user(1, "other")
        };
        let first = batch(0, vec![insert(ann.clone())], ann.clone());
        block_on(store.apply(first)).unwrap();
        let update = batch(1, vec![Write::UpdateUser(other.clone())], other);
        block_on(store.apply(update)).unwrap();
        let world = block_on(store.world()).unwrap();
        let expected = User {
            locked: true,
            ..ann
        };
        assert_eq!(world.users().next().unwrap().user, expected);
    }
}

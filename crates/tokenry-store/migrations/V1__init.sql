-- The first schema. One text for both databases; src/engine/migrate.rs lists the words that are replaced.
-- A released migration is never edited.
--
-- Instants are BIGINT. In tokens they are whole seconds since 1970, elsewhere microseconds; 0 is "never".
-- Booleans are BIGINT, 0 or 1. Lists and maps that are only carried are JSON in TEXT.

-- Where everything stands. Exactly one row. Updated first by every batch, so that what follows can read it.
CREATE TABLE head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,        -- names this database
    sequence BIGINT NOT NULL,   -- the last change in feed
    audit BIGINT NOT NULL,      -- the last line in audit
    world BIGINT NOT NULL,      -- the generation of users, roles and settings
    tokens BIGINT NOT NULL      -- how many there are
);
INSERT INTO head (id, epoch, sequence, audit, world, tokens) VALUES (1, NEW_EPOCH, 0, 0, 0, 0);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    roles TEXT NOT NULL,        -- JSON list of names, in the order given
    locked BIGINT NOT NULL,
    token_epoch BIGINT NOT NULL,
    created BIGINT NOT NULL,
    profile TEXT NOT NULL,      -- JSON
    tokens BIGINT NOT NULL      -- how many the user owns
);

-- Apart from users, so that nothing that lists users can leak one.
CREATE TABLE passwords (
    owner BIGINT PRIMARY KEY REFERENCES users (id),
    hash TEXT NOT NULL
);

CREATE TABLE roles (
    name TEXT PRIMARY KEY,
    capabilities TEXT NOT NULL, -- JSON list
    imports TEXT NOT NULL,      -- JSON list of names, in the order given
    attributes TEXT NOT NULL    -- JSON map of lists
);

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE sessions (
    digest TEXT PRIMARY KEY,
    owner BIGINT NOT NULL REFERENCES users (id),
    created BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX sessions_by_owner ON sessions (owner);
CREATE INDEX sessions_by_creation ON sessions (created, digest);
CREATE INDEX sessions_by_use ON sessions (last_used);

-- No secret is in here, nor anything that could stand in for one.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    owner BIGINT NOT NULL REFERENCES users (id),
    subject TEXT NOT NULL,
    audience TEXT NOT NULL,
    issuer TEXT NOT NULL,
    identity_provider TEXT NOT NULL,
    key_id TEXT NOT NULL,
    version TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    status TEXT NOT NULL,
    last_used BIGINT NOT NULL,
    last_used_address TEXT NOT NULL
);
-- One for each order in which lists are often wanted, so that a page of a million tokens costs what one of a thousand
-- does. Each costs every new token a page of the log; other orders look at all tokens instead.
CREATE INDEX tokens_by_owner ON tokens (owner, id);
CREATE INDEX tokens_by_owner_and_expiry ON tokens (owner, expires, id);
CREATE INDEX tokens_by_audience ON tokens (lower(audience), id);
CREATE INDEX tokens_by_begin ON tokens (not_before, id);
CREATE INDEX tokens_by_expiry ON tokens (expires, id);
CREATE INDEX tokens_by_issue ON tokens (issued_at, id);
CREATE INDEX tokens_by_subject ON tokens (subject, id);
CREATE INDEX tokens_by_use ON tokens (last_used, id);
CREATE INDEX tokens_disabled ON tokens (id) WHERE status = 'disabled';

CREATE TABLE audit (
    sequence BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    address TEXT,
    request TEXT NOT NULL,
    action TEXT NOT NULL,
    token TEXT,
    target TEXT,
    reason TEXT NOT NULL
);
CREATE INDEX audit_by_actor ON audit (actor, sequence);
CREATE INDEX audit_by_token ON audit (token, sequence);
CREATE INDEX audit_by_action ON audit (action, sequence);

-- What verifiers must learn, in order. Only the newest part is kept.
CREATE TABLE feed (
    sequence BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    at BIGINT NOT NULL
);

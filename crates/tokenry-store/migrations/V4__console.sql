-- What came of requests that had a key, so that the same request, sent again, does not make another token. Both the key
-- and the request are digests.
CREATE TABLE requests (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    token TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX requests_by_time ON requests (at);

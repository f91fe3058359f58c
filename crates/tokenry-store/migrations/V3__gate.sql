-- What a token is narrowed to and how often it may be used; and the latest time at which this server is known to have run.

ALTER TABLE tokens ADD COLUMN scope TEXT;   -- names with a space between; NULL is not narrowed
ALTER TABLE tokens ADD COLUMN rate TEXT;    -- uses a minute / burst; NULL leaves it to the settings

-- Microseconds since the epoch. Never moved back, so that what has expired stays so when the clock is set back.
ALTER TABLE head ADD COLUMN latest BIGINT NOT NULL DEFAULT 0;

-- Numbers, personas, where a token may be used from, and what is kept of tokens that are no more. What is there
-- survives: older tokens may be used from anywhere and act as their owners themselves, as they did.

-- The number of the token added last. Never counted down.
ALTER TABLE head ADD COLUMN token_number BIGINT NOT NULL DEFAULT 0;
UPDATE head SET token_number = (SELECT count(*) FROM tokens);

ALTER TABLE users ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN persona BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN idle_timeout BIGINT NOT NULL DEFAULT 3600; -- seconds

-- What may be long comes last, so that a search through the columns before it does not have to read it.
ALTER TABLE tokens ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tokens ADD COLUMN form TEXT NOT NULL DEFAULT 'splunk_jwt';
ALTER TABLE tokens ADD COLUMN persona BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tokens ADD COLUMN days BIGINT;
ALTER TABLE tokens ADD COLUMN replaced_by TEXT;
ALTER TABLE tokens ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN notes TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN origins TEXT NOT NULL DEFAULT '*'; -- a list of networks, or * for anywhere

-- As they would have been given.
UPDATE tokens SET number = counted.place
    FROM (SELECT id AS counted_id, row_number() OVER (ORDER BY issued_at, id) AS place FROM tokens) AS counted
    WHERE tokens.id = counted.counted_id;
CREATE UNIQUE INDEX tokens_by_number ON tokens (number);

-- What is kept, for a while, of tokens that were ended before their time. Nothing that authenticates.
CREATE TABLE tombstones (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    ended BIGINT NOT NULL
);
CREATE INDEX tombstones_by_end ON tombstones (ended);

-- Personas, user groups, content sets and computer groups. They are few, and always read together.
CREATE TABLE objects (
    kind TEXT NOT NULL,
    id BIGINT NOT NULL,
    record TEXT NOT NULL,       -- JSON
    PRIMARY KEY (kind, id)
);

ALTER TABLE roles ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE roles ADD COLUMN details TEXT NOT NULL DEFAULT '{}'; -- JSON

-- New roles and objects are numbered from 1,000 on by the generation of the world, which does not come near the
-- numbers that the older roles get here.
UPDATE roles SET number = 1000000000 + counted.place
    FROM (SELECT name AS counted_name, row_number() OVER (ORDER BY name) AS place FROM roles) AS counted
    WHERE roles.name = counted.counted_name;
UPDATE roles SET number = 1 WHERE name = 'admin';
UPDATE roles SET number = 2 WHERE name = 'content-administrator';
UPDATE roles SET number = 3 WHERE name = 'content-set-administrator';
UPDATE roles SET number = 10 WHERE name = 'user';
UPDATE roles SET number = 11 WHERE name = 'power';
UPDATE roles SET number = 12 WHERE name = 'can_delete';
UPDATE roles SET number = 13 WHERE name = 'splunk-system-role';
UPDATE roles SET number = 20 WHERE name = 'api-gateway-user';

-- The roles that are there from the start, as a new database has them.
UPDATE roles SET details = '{"all_content_sets":true}' WHERE number < 1000;
UPDATE roles SET details = '{"label":"Administrator","all_content_sets":true}' WHERE number = 1;
UPDATE roles SET capabilities = replace('["administrator",' || substr(capabilities, 2), ',]', ']')
    WHERE number = 1 AND capabilities NOT LIKE '%"administrator"%';
INSERT INTO roles (name, number, capabilities, imports, attributes, details)
    SELECT column1, column2, column3, '[]', '{}', column4 FROM (VALUES
        ('content-administrator', 2, '["read content set","write content set"]',
            '{"label":"Content Administrator","all_content_sets":true}'),
        ('content-set-administrator', 3, '["read content set","write content set"]',
            '{"label":"Content Set Administrator","all_content_sets":true}'),
        ('api-gateway-user', 20,
            '["execute plugin","gateway use api","read plugin","read sensor","use token"]',
            '{"label":"API Gateway User","all_content_sets":true}')) AS added
    WHERE EXISTS (SELECT 1 FROM users) ON CONFLICT (name) DO NOTHING;
INSERT INTO objects (kind, id, record)
    SELECT column1, column2, column3 FROM (VALUES
        ('content_set', 1, '{"id":1,"name":"Reserved","description":"","modified":{"micros":0,"user":0,"persona":0},"deleted":false}'),
        ('content_set', 2, '{"id":2,"name":"Default","description":"","modified":{"micros":0,"user":0,"persona":0},"deleted":false}'),
        ('computer_group', 1, '{"id":1,"name":"All Computers","text":"","kind":"Management","content_set":1,"modified":{"micros":0,"user":0,"persona":0},"deleted":false}'),
        ('computer_group', 2, '{"id":2,"name":"No Computers","text":"","kind":"Management","content_set":1,"modified":{"micros":0,"user":0,"persona":0},"deleted":false}'),
        ('computer_group', 3, '{"id":3,"name":"Default","text":"","kind":"Management","content_set":1,"modified":{"micros":0,"user":0,"persona":0},"deleted":false}')) AS added
    WHERE EXISTS (SELECT 1 FROM users);

ALTER TABLE audit ADD COLUMN persona BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN object BIGINT;
CREATE INDEX audit_by_object ON audit (object, sequence) WHERE object IS NOT NULL;

"""The tables, the version that a file says it has, and what brings an older file there."""

SCHEMA_VERSION = 6

JOBS = """CREATE TABLE jobs (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
    created_at INTEGER NOT NULL, turn_at INTEGER NOT NULL, finished_at INTEGER, lease_until INTEGER,
    hold_expires_at INTEGER NOT NULL, settle_at INTEGER, next_delivery_at INTEGER, blanked INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_open ON jobs (state, turn_at) WHERE state IN ('accepting', 'queued', 'running');
CREATE INDEX jobs_kept ON jobs (finished_at) WHERE settle_at IS NULL AND NOT blanked;
CREATE INDEX jobs_account ON jobs (account, created_at);
CREATE INDEX jobs_unsettled ON jobs (settle_at) WHERE settle_at IS NOT NULL;
CREATE INDEX jobs_undelivered ON jobs (next_delivery_at) WHERE next_delivery_at IS NOT NULL;
CREATE INDEX jobs_durations ON jobs (kind, finished_at) WHERE state = 'done';
"""

ROLLUPS = """CREATE TABLE rollups (
    day TEXT NOT NULL, account TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, operation TEXT NOT NULL,
    doc TEXT NOT NULL, PRIMARY KEY (day, account, provider, model, operation)
) STRICT, WITHOUT ROWID;
"""

PROCESSES = """CREATE TABLE slots (
    name TEXT NOT NULL, holder TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (name, holder)
) STRICT, WITHOUT ROWID;
CREATE TABLE installation (id TEXT NOT NULL) STRICT;
INSERT INTO installation VALUES (lower(hex(randomblob(8))));
CREATE TABLE fences (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
"""

ASKED = """ALTER TABLE jobs ADD COLUMN conversation TEXT;
ALTER TABLE jobs ADD COLUMN reply_key TEXT;
ALTER TABLE jobs ADD COLUMN reconcile_at INTEGER;
CREATE INDEX jobs_unreconciled ON jobs (reconcile_at) WHERE reconcile_at IS NOT NULL;
CREATE INDEX jobs_conversation ON jobs (conversation, created_at) WHERE conversation IS NOT NULL;
CREATE INDEX jobs_reply ON jobs (account, reply_key, finished_at) WHERE reply_key IS NOT NULL;
CREATE TABLE settings (scope TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
"""

TRANSFERS = """CREATE TABLE transfers (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL, amount INTEGER NOT NULL, at INTEGER NOT NULL,
    ref TEXT NOT NULL, done INTEGER NOT NULL
) STRICT;
CREATE INDEX transfers_unfinished ON transfers (at) WHERE NOT done;
CREATE INDEX transfers_time ON transfers (at) WHERE done;
"""

ORDERS = """CREATE TABLE orders (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, token TEXT NOT NULL,
    gateway TEXT, ref TEXT, look_at INTEGER, version INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX orders_token ON orders (token);
CREATE UNIQUE INDEX orders_ref ON orders (gateway, ref) WHERE ref IS NOT NULL;
CREATE INDEX orders_account ON orders (account, created_at);
CREATE INDEX orders_time ON orders (created_at, id);
CREATE INDEX orders_due ON orders (look_at) WHERE look_at IS NOT NULL;
CREATE TABLE codes (
    digest TEXT PRIMARY KEY, credits INTEGER NOT NULL, uses INTEGER NOT NULL, created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE code_claims (
    digest TEXT NOT NULL, account TEXT NOT NULL, at INTEGER NOT NULL, done INTEGER NOT NULL,
    PRIMARY KEY (digest, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_claims_open ON code_claims (at) WHERE NOT done;
ALTER TABLE accounts ADD COLUMN subscriber_until INTEGER NOT NULL DEFAULT 0;
"""

RUNNING = """CREATE TABLE audit (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX audit_time ON audit (at, id);
CREATE INDEX audit_actor ON audit (actor, at, id);
CREATE INDEX audit_action ON audit (action, at, id);
CREATE INDEX audit_target ON audit (target, at, id);
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit lines stay as they are'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'audit lines stay'); END;
CREATE TABLE events (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT, doc TEXT NOT NULL
) STRICT;
CREATE INDEX events_time ON events (at, id);
CREATE INDEX events_kind ON events (kind, at, id);
CREATE INDEX events_account ON events (account, at, id) WHERE account IS NOT NULL;
CREATE TABLE keys (
    digest TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, actor TEXT NOT NULL, expires_at INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX keys_kind ON keys (kind, name);
CREATE UNIQUE INDEX keys_token ON keys (name) WHERE kind = 'token';
CREATE INDEX keys_expiry ON keys (expires_at);
CREATE TABLE books (day TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
CREATE INDEX entries_time ON entries (at, kind, amount);
CREATE INDEX accounts_time ON accounts (created_at);
CREATE INDEX jobs_time ON jobs (created_at, id);
CREATE INDEX jobs_ended ON jobs (state, created_at, id) WHERE state IN ('done', 'failed', 'cancelled');
CREATE INDEX orders_state ON orders (state, created_at, id);
ALTER TABLE rollups ADD COLUMN cost INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rollups_account ON rollups (account, day);
"""

DEAREST = """CREATE INDEX rollups_dearest ON rollups (day, cost DESC, account) WHERE provider = '*';
"""

SCHEMA = f"""
CREATE TABLE entries (
    account TEXT NOT NULL, seq INTEGER NOT NULL, op TEXT NOT NULL, kind TEXT NOT NULL,
    amount INTEGER NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, seq), UNIQUE (account, op)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (account TEXT PRIMARY KEY, seq INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;

CREATE TABLE accounts (
    id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, role INTEGER NOT NULL, suspended TEXT,
    welcomed INTEGER NOT NULL, merged_into TEXT, free_from INTEGER NOT NULL,
    closing_at INTEGER NOT NULL DEFAULT 0, forgotten INTEGER NOT NULL DEFAULT 0,
    drained INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX accounts_merged ON accounts (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE identities (
    platform TEXT NOT NULL, user TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (platform, user)
) STRICT;
CREATE INDEX identities_account ON identities (account);
CREATE TABLE strikes (account TEXT NOT NULL, request TEXT NOT NULL, PRIMARY KEY (account, request)) STRICT;
CREATE TABLE tombstones (digest TEXT PRIMARY KEY, deleted_at INTEGER NOT NULL, suspended TEXT) STRICT;
CREATE TABLE link_codes (
    digest TEXT PRIMARY KEY, account TEXT NOT NULL, expires_at INTEGER NOT NULL,
    claimed_by TEXT, merged INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE takes (
    key TEXT NOT NULL, request TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (key, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX takes_expiry ON takes (expires_at);

{TRANSFERS}
{ORDERS}
{JOBS}
{ASKED}
CREATE TABLE usage (
    request_id TEXT PRIMARY KEY, account TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;
CREATE INDEX usage_account ON usage (account, at);
CREATE INDEX usage_time ON usage (at);
{ROLLUPS}
CREATE TABLE feed_numbers (last INTEGER NOT NULL) STRICT;
INSERT INTO feed_numbers VALUES (0);
CREATE TABLE feed (
    channel TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (channel, seq), UNIQUE (channel, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_time ON feed (at);

{PROCESSES}
{RUNNING}
{DEAREST}"""

UPGRADES = {
    1: f"""
ALTER TABLE accounts ADD COLUMN closing_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs RENAME TO jobs_1;
DROP INDEX jobs_open;
DROP INDEX jobs_account;
DROP INDEX jobs_unsettled;
DROP INDEX jobs_undelivered;
DROP INDEX jobs_durations;
{JOBS}
INSERT INTO jobs SELECT id, account, kind, state, created_at, created_at, finished_at, lease_until,
    hold_expires_at, settle_at, next_delivery_at, 0, json_set(doc, '$.turn_at', created_at) FROM jobs_1;
DROP TABLE jobs_1;
CREATE INDEX usage_time ON usage (at);
CREATE INDEX feed_time ON feed (at);
{PROCESSES}
""",
    2: f"""
{ASKED}
ALTER TABLE rollups RENAME TO rollups_2;
{ROLLUPS}
INSERT INTO rollups SELECT day, account, provider, '', operation, doc FROM rollups_2;
DROP TABLE rollups_2;
""",
    3: f"{TRANSFERS}{ORDERS}",
    4: RUNNING,
    5: f"DROP INDEX IF EXISTS rollups_cost;\nDROP INDEX IF EXISTS keys_actor;\n{DEAREST}",
}
"""What each older version is brought to the next one by."""

-- Several processes may serve the same bots: each uses a session of its own, because Telegram ends a login that it sees on two connections.

-- The processes that serve. "beat" rises every second. Who sees one stand still for four seconds deletes its row, and with that its leases end.
CREATE TABLE teleferry_processes (
  id UUID PRIMARY KEY,
  beat BIGINT NOT NULL DEFAULT 0,
  beat_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- A bot has as many sessions as there were processes at once. NULL data: leased, but nothing was stored yet. NULL holder: free.
ALTER TABLE teleferry_bot_sessions
  ADD COLUMN number INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN holder UUID REFERENCES teleferry_processes (id) ON DELETE SET NULL,
  ALTER COLUMN data DROP NOT NULL,
  DROP CONSTRAINT teleferry_bot_sessions_pkey,
  ADD PRIMARY KEY (bot_id, number);
CREATE INDEX teleferry_bot_sessions_by_holder ON teleferry_bot_sessions (holder);

-- Which process walks; it is lent like a session.
ALTER TABLE teleferry_backfills ADD COLUMN holder UUID REFERENCES teleferry_processes (id) ON DELETE SET NULL;

-- Whether each bot may do in the storage chat what it must, when it was last looked. NULL: it may.
CREATE TABLE teleferry_storage_rights (
  bot_id BIGINT PRIMARY KEY,
  chat_id BIGINT NOT NULL,
  problem TEXT,
  checked_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

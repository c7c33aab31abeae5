-- The tables of ours beside media_files carry a prefix: they live in databases that have a "bots" already.

-- A bot's slot k is its column b_k of media_files. It is the bot's until taken away; NULL: it has none.
CREATE TABLE teleferry_bots (
  bot_id BIGINT PRIMARY KEY,
  slot SMALLINT UNIQUE CHECK (slot BETWEEN 1 AND 11),
  username TEXT,
  -- NULL: has never logged in.
  last_seen_at TIMESTAMPTZ
);

-- What a bot needs to come back without logging in again, sealed with a key made from its token.
CREATE TABLE teleferry_bot_sessions (
  bot_id BIGINT PRIMARY KEY,
  data BYTEA NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

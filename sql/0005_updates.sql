-- Up to where a bot has everything that Telegram told it: core.telegram.org/api/updates
-- A row moves on only in the transaction that stored what it covers.
CREATE TABLE teleferry_update_states (
  bot_id BIGINT NOT NULL,
  -- A channel or supergroup. 0: the bot's own box, which holds its private chats and basic groups.
  chat_id BIGINT NOT NULL,
  pts INTEGER NOT NULL,
  -- Of the bot's own box only; date in unix seconds.
  qts INTEGER,
  seq INTEGER,
  date INTEGER,
  -- The highest message id seen: what lies above it is missing when Telegram keeps no difference any more. 0: none yet.
  last_message_id INTEGER NOT NULL DEFAULT 0,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (bot_id, chat_id)
);

-- New messages that are stored and on which something must follow: a reply, a copy to the storage chat. Gone when that is done.
CREATE TABLE teleferry_unanswered (
  bot_id BIGINT NOT NULL,
  chat_id BIGINT NOT NULL,
  message_id INTEGER NOT NULL,
  -- Not JSONB, which refuses characters that people send.
  message JSON NOT NULL,
  received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (bot_id, chat_id, message_id)
);

-- Message ids of a channel or supergroup that must be walked through, because somebody asked for it or updates are missing.
CREATE TABLE teleferry_backfills (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chat_id BIGINT NOT NULL,
  -- The only bot that must walk. NULL: every bot that is a member.
  bot_id BIGINT,
  -- The first and the last message id, both included. NULL: the newest one when the walk begins.
  from_id INTEGER NOT NULL DEFAULT 1 CHECK (from_id > 0),
  to_id INTEGER,
  -- Message ids below it are walked through. NULL: not begun.
  cursor_id INTEGER,
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  -- Why it failed, for people.
  reason TEXT,
  -- What the walk found so far.
  messages INTEGER NOT NULL DEFAULT 0,
  files INTEGER NOT NULL DEFAULT 0,
  -- 'gap': Telegram keeps no difference any more. 'cli': the command line. Else the id of the user who asked.
  asked_by TEXT NOT NULL,
  -- The message that shows the progress, and the bot that wrote it.
  notice_bot_id BIGINT,
  notice_chat_id BIGINT,
  notice_message_id INTEGER,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  started_at TIMESTAMPTZ,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  finished_at TIMESTAMPTZ
);
CREATE INDEX teleferry_backfills_open ON teleferry_backfills (id) WHERE state IN ('queued', 'running');

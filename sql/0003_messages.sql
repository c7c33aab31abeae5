-- Chat ids as the Bot API writes them: users positive, basic groups negative, channels and supergroups -100….

-- Where each bot saw a file: from there it gets a new file reference when the old one has expired.
CREATE TABLE teleferry_sightings (
  bot_id BIGINT NOT NULL,
  chat_id BIGINT NOT NULL,
  message_id INTEGER NOT NULL,
  unique_file_id TEXT NOT NULL,
  seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (bot_id, chat_id, message_id)
);
CREATE INDEX teleferry_sightings_by_file ON teleferry_sightings (unique_file_id, bot_id);

-- Which of the bots that see a message answers it.
CREATE TABLE teleferry_answers (
  chat_id BIGINT NOT NULL,
  message_id INTEGER NOT NULL,
  bot_id BIGINT NOT NULL,
  PRIMARY KEY (chat_id, message_id)
);

-- Which bot copies a file to the storage chat, and the message that it made. NULL: not done yet.
CREATE TABLE teleferry_storage_copies (
  unique_file_id TEXT PRIMARY KEY,
  bot_id BIGINT NOT NULL,
  message_id INTEGER,
  claimed_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

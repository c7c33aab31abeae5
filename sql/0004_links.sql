-- What was done to a file's links; a file without a row has generation 0 and is not blocked. It has no foreign key, for it
-- outlives the file: links that were ended stay so when a bot sees the file again.
CREATE TABLE teleferry_links (
  unique_file_id TEXT PRIMARY KEY,
  -- Part of what is signed: raising it ends all links made before.
  generation INTEGER NOT NULL DEFAULT 0,
  -- Nobody may download it, whatever the link.
  blocked BOOLEAN NOT NULL DEFAULT false,
  -- The press or message that revoked last: every process that runs a bot is told of it, and it must count once.
  occasion TEXT,
  updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Who sent a file to the bots, since they may revoke it. User 0: it was there before, or came without a sender.
CREATE TABLE teleferry_uploads (
  unique_file_id TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  first_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (unique_file_id, user_id)
);

-- Pages of the catalogue, newest first.
CREATE INDEX teleferry_media_files_by_time ON media_files (created_at, unique_file_id);

-- The words of a name, in which dots, dashes and underscores separate as blanks do. Words are what PostgreSQL can index by
-- itself; parts of words would want pg_trgm, an extension that not every hoster has.
CREATE FUNCTION teleferry_words (name TEXT) RETURNS TSVECTOR LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('simple'::regconfig, regexp_replace(left(name, 1000), '[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]+', ' ', 'g'));

CREATE INDEX teleferry_media_files_by_word ON media_files USING gin (teleferry_words(file_name));

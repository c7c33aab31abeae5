-- The catalogue: created where there is none, adopted where another program made it. Adopting adds and
-- widens; it drops no column and changes no value. Whatever it does it says in a NOTICE.
-- "media_files" is whatever that name means on this connection's search_path.

DO $$
BEGIN
  IF to_regclass('media_files') IS NULL THEN
    CREATE TABLE media_files (
      unique_file_id TEXT PRIMARY KEY,
      b_1 TEXT, b_2 TEXT, b_3 TEXT, b_4 TEXT, b_5 TEXT, b_6 TEXT, b_7 TEXT, b_8 TEXT, b_9 TEXT, b_10 TEXT, b_11 TEXT,
      file_name TEXT,
      file_size BIGINT,
      mime_type TEXT,
      created_at TIMESTAMPTZ DEFAULT now(),
      updated_at TIMESTAMPTZ DEFAULT now()
    );
  END IF;
END $$;

-- Is it ours to adopt?
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('media_files') AND relkind IN ('r', 'p')) THEN
    RAISE EXCEPTION 'media_files exists but is not a table'
      USING HINT = 'Rename it, or give Teleferry a database of its own.';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'media_files'::regclass AND attname = 'unique_file_id' AND NOT attisdropped) THEN
    RAISE EXCEPTION 'the table media_files has no column unique_file_id, so it is no catalogue of files'
      USING HINT = 'Rename it, or give Teleferry a database of its own.';
  END IF;
END $$;

-- Columns that are missing.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT 'b_' || slot AS name, 'text' AS type FROM generate_series(1, 11) AS slot
    UNION ALL
    VALUES ('file_name', 'text'), ('file_size', 'bigint'), ('mime_type', 'text'),
      ('created_at', 'timestamptz DEFAULT now()'), ('updated_at', 'timestamptz DEFAULT now()')
  LOOP
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'media_files'::regclass AND attname = wanted.name AND NOT attisdropped) THEN
      EXECUTE format('ALTER TABLE media_files ADD COLUMN %I %s', wanted.name, wanted.type);
      RAISE NOTICE 'added media_files.%', wanted.name;
    END IF;
  END LOOP;
END $$;

-- Types that are too narrow. TIMESTAMP without a time zone stays as it is: its values mean what they meant.
DO $$
DECLARE
  found record;
  wide text;
BEGIN
  FOR found IN
    SELECT attname AS name, atttypid::regtype AS type, atttypmod AS modifier, format_type(atttypid, atttypmod) AS type_text
    FROM pg_attribute
    WHERE attrelid = 'media_files'::regclass AND NOT attisdropped
      AND (attname IN ('unique_file_id', 'file_name', 'file_size', 'mime_type', 'created_at', 'updated_at') OR attname ~ '^b_([1-9]|10|11)$')
  LOOP
    wide := CASE
      WHEN found.name = 'file_size' THEN 'bigint'
      WHEN found.name IN ('created_at', 'updated_at') THEN 'timestamp with time zone'
      ELSE 'text'
    END;
    CONTINUE WHEN found.type = wide::regtype
      OR wide = 'text' AND found.type = 'varchar'::regtype AND found.modifier = -1
      OR wide = 'bigint' AND found.type = 'numeric'::regtype
      OR wide = 'timestamp with time zone' AND found.type = 'timestamp'::regtype;
    IF NOT (wide = 'text' AND found.type IN ('varchar'::regtype, 'bpchar'::regtype)
      OR wide = 'bigint' AND found.type IN ('smallint'::regtype, 'integer'::regtype)) THEN
      RAISE EXCEPTION 'media_files.% is of type %, where % is needed', found.name, found.type_text, wide
        USING HINT = 'Convert the column with ALTER TABLE, or give Teleferry a database of its own.';
    END IF;
    EXECUTE format('ALTER TABLE media_files ALTER COLUMN %I TYPE %s', found.name, wide);
    RAISE NOTICE 'widened media_files.% from % to %', found.name, found.type_text, wide;
  END LOOP;
END $$;

-- Defaults that are missing, and values that an upsert of ours does not have but the table asks for.
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = 'media_files'::regclass AND attname IN ('created_at', 'updated_at') AND NOT atthasdef
  LOOP
    EXECUTE format('ALTER TABLE media_files ALTER COLUMN %I SET DEFAULT now()', found.name);
    RAISE NOTICE 'gave media_files.% the default now()', found.name;
  END LOOP;

  FOR found IN
    SELECT a.attname AS name, EXISTS (SELECT FROM pg_index WHERE indrelid = a.attrelid AND indisprimary AND a.attnum = ANY (indkey)) AS in_key
    FROM pg_attribute AS a
    WHERE a.attrelid = 'media_files'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
      AND a.attname NOT IN ('unique_file_id', 'file_name', 'file_size', 'mime_type')
      AND (a.attname ~ '^b_([1-9]|10|11)$' OR NOT a.atthasdef AND a.attidentity = '')
  LOOP
    IF found.in_key THEN
      RAISE EXCEPTION 'the primary key of media_files contains %, which Teleferry cannot fill', found.name
        USING HINT = 'Make unique_file_id the primary key, or give Teleferry a database of its own.';
    END IF;
    EXECUTE format('ALTER TABLE media_files ALTER COLUMN %I DROP NOT NULL', found.name);
    RAISE NOTICE 'media_files.% may be NULL from now on', found.name;
  END LOOP;
END $$;

-- One row per file: upserts need a key on unique_file_id.
DO $$
DECLARE
  column_number smallint := (SELECT attnum FROM pg_attribute WHERE attrelid = 'media_files'::regclass AND attname = 'unique_file_id');
  has_primary_key boolean := EXISTS (SELECT FROM pg_index WHERE indrelid = 'media_files'::regclass AND indisprimary);
  is_unique boolean := EXISTS (
    SELECT FROM pg_index
    WHERE indrelid = 'media_files'::regclass AND indisunique AND indisvalid AND indimmediate
      AND indpred IS NULL AND indexprs IS NULL AND indnkeyatts = 1 AND indkey[0] = column_number
  );
  key text := CASE WHEN has_primary_key THEN 'UNIQUE' ELSE 'PRIMARY KEY' END;
  repeated record;
BEGIN
  IF has_primary_key AND is_unique THEN
    RETURN;
  END IF;
  SELECT count(*) AS ids, string_agg(unique_file_id, ', ' ORDER BY unique_file_id) FILTER (WHERE position <= 5) AS examples INTO repeated
  FROM (
    SELECT unique_file_id, row_number() OVER (ORDER BY unique_file_id) AS position
    FROM media_files WHERE unique_file_id IS NOT NULL GROUP BY unique_file_id HAVING count(*) > 1
  ) AS ids;
  IF repeated.ids > 0 THEN
    RAISE EXCEPTION 'media_files has more than one row for % file(s), among them %', repeated.ids, repeated.examples
      USING HINT = 'Keep one row for each unique_file_id, delete the others, and start again.';
  END IF;
  IF NOT has_primary_key AND EXISTS (SELECT FROM media_files WHERE unique_file_id IS NULL) THEN
    RAISE EXCEPTION 'media_files has rows without a unique_file_id'
      USING HINT = 'Delete them (DELETE FROM media_files WHERE unique_file_id IS NULL), and start again.';
  END IF;
  EXECUTE format('ALTER TABLE media_files ADD %s (unique_file_id)', key);
  RAISE NOTICE 'made media_files.unique_file_id the table''s % key', lower(split_part(key, ' ', 1));
END $$;

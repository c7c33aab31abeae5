-- "to_id" is filled in when a walk begins, so it does not tell whether somebody asked for just that.
ALTER TABLE teleferry_backfills ADD COLUMN to_newest BOOLEAN NOT NULL DEFAULT false;
UPDATE teleferry_backfills SET to_newest = true WHERE to_id IS NULL;

-- Snapshots are stored packed (store/pack.h) where that makes them shorter.
ALTER TABLE session ADD COLUMN packed INTEGER NOT NULL DEFAULT 0; -- how long it was; 0: it is as it was
ALTER TABLE review ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;  -- of the body

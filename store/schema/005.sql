-- The outbox: events that a receiver has not acknowledged yet.  Its order is that of `id`, which is
-- never used again.
CREATE TABLE delivery (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	receiver TEXT NOT NULL,                 -- its name
	session INTEGER NOT NULL,
	event INTEGER,                          -- NULL: its text is here
	attempts INTEGER NOT NULL,              -- that failed so far
	body TEXT                               -- of one that was a dead letter
);
CREATE INDEX delivery_backlog ON delivery (receiver, id);
CREATE INDEX delivery_order ON delivery (receiver, session, id);
CREATE INDEX delivery_event ON delivery (event);
ALTER TABLE dead_letter ADD COLUMN session INTEGER NOT NULL DEFAULT 0;

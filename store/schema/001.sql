-- What must survive.  Times are wall clock, microseconds since 1970.

-- Live sessions: what RF_EV_RESTORE is given after a restart.
CREATE TABLE session (
	session INTEGER PRIMARY KEY,
	saved INTEGER NOT NULL,
	restores INTEGER NOT NULL,              -- processes that ended while they restored it
	restarts INTEGER NOT NULL,              -- processes that were given this very snapshot
	snapshot BLOB NOT NULL
);

-- Everything that was told to the store, in the order of commits: the record of a session, and
-- what receivers are to be told.  Those with cdr = 1 are call detail records and are kept longer.
CREATE TABLE event (
	id INTEGER PRIMARY KEY,
	session INTEGER NOT NULL,
	time INTEGER NOT NULL,
	kind INTEGER NOT NULL,                  -- enum rf_store_kind
	cdr INTEGER NOT NULL,
	body TEXT NOT NULL                      -- a JSON object
);
CREATE INDEX event_session ON event (session);

-- Events that a receiver did not take.
CREATE TABLE dead_letter (
	id INTEGER PRIMARY KEY,
	time INTEGER NOT NULL,
	receiver TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	reason TEXT NOT NULL,
	body TEXT NOT NULL
);

-- What a person has to look at: sessions that could not be restored, with their snapshot.
CREATE TABLE review (
	id INTEGER PRIMARY KEY,
	time INTEGER NOT NULL,
	session INTEGER NOT NULL,
	reason TEXT NOT NULL,
	body BLOB NOT NULL
);

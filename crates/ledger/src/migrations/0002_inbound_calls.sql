-- Calls that came in: a callee who calls back finds a robot, and the call is written down.
CREATE TABLE inbound_call (
    id         INTEGER PRIMARY KEY,
    tenant_id  INTEGER NOT NULL,
    call_id    TEXT    NOT NULL,
    caller     INTEGER,          -- NULL: no number that can be read
    called     TEXT    NOT NULL, -- as the trunk wrote it
    scenario   TEXT    NOT NULL,
    began_ms   INTEGER NOT NULL,
    ended_ms   INTEGER NOT NULL,
    report     TEXT,             -- JSON
    UNIQUE (tenant_id, call_id)
) STRICT;
CREATE INDEX inbound_call_caller ON inbound_call (tenant_id, caller);

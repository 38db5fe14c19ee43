-- Every record belongs to a tenant. Instants are milliseconds since the epoch, UTC. Telephone
-- numbers are integers: the digits of their E.164 form.

CREATE TABLE tenant (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL
) STRICT;

-- Who may dial, and the latest instant that anybody wrote. One row.
CREATE TABLE owner (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    epoch   INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
) STRICT;
INSERT INTO owner (id, epoch, last_ms) VALUES (1, 0, 0);

CREATE TABLE campaign (
    id         INTEGER PRIMARY KEY,
    tenant_id  INTEGER NOT NULL REFERENCES tenant (id),
    name       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    settings   TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    status     TEXT,             -- what the dialling process last said of it, JSON
    status_ms  INTEGER,
    UNIQUE (tenant_id, name)
) STRICT;

-- What one import brought. Its contacts are visible to the dialler only while `state` is 'ready',
-- so that an import appears whole or not at all.
CREATE TABLE list (
    id          INTEGER PRIMARY KEY,
    tenant_id   INTEGER NOT NULL REFERENCES tenant (id),
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    file_name   TEXT    NOT NULL,
    sha256      TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('loading', 'ready', 'aborted')),
    created_ms  INTEGER NOT NULL,
    contacts    INTEGER NOT NULL DEFAULT 0,
    report      TEXT
) STRICT;
CREATE INDEX list_campaign ON list (campaign_id);

-- A calling locale: a jurisdiction and the time zones that all count for its contacts.
CREATE TABLE locale (
    id           INTEGER PRIMARY KEY,
    jurisdiction TEXT NOT NULL,
    zones        TEXT NOT NULL,
    UNIQUE (jurisdiction, zones)
) STRICT;

CREATE TABLE contact (
    id               INTEGER PRIMARY KEY,
    tenant_id        INTEGER NOT NULL,
    campaign_id      INTEGER NOT NULL,
    list_id          INTEGER NOT NULL REFERENCES list (id),
    locale_id        INTEGER NOT NULL REFERENCES locale (id),
    state            INTEGER NOT NULL, -- 0 pending, 1 in a call, 2 finished, 3 held
    lane             INTEGER NOT NULL, -- 0 agreed call-back, 1 high, 2 ordinary, 3 low
    due_ms           INTEGER NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0,
    number_index     INTEGER NOT NULL DEFAULT 0,
    person           INTEGER NOT NULL, -- the key that attempt caps count by
    consent          INTEGER NOT NULL,
    hold             TEXT,             -- the rule that held it back last
    finish           TEXT,
    last_disposition TEXT,
    line             INTEGER NOT NULL, -- in the imported file
    numbers          TEXT    NOT NULL, -- digits, in dial order, joined by ','
    name             TEXT    NOT NULL,
    language         TEXT,
    external_id      TEXT,
    attributes       TEXT              -- JSON object
) STRICT;
CREATE INDEX contact_due ON contact (list_id, locale_id, lane, due_ms, id) WHERE state = 0;
-- Only contacts that have an identity in the user's own system: see sqlite/values.rs, person_key.
CREATE INDEX contact_person ON contact (person) WHERE person < 0;

-- One contact per number and campaign. By number first: attempt caps ask who else has it.
CREATE TABLE contact_number (
    number      INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    contact_id  INTEGER NOT NULL,
    PRIMARY KEY (number, campaign_id)
) STRICT, WITHOUT ROWID;

-- An attempt is written before anything is sent (docs/protocols/intent-log.md). Its primary key is
-- what makes a second call for the same attempt impossible.
CREATE TABLE attempt (
    campaign_id  INTEGER NOT NULL,
    contact_id   INTEGER NOT NULL,
    attempt_no   INTEGER NOT NULL,
    tenant_id    INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    number_index INTEGER NOT NULL,
    intent_ms    INTEGER NOT NULL,
    phase        TEXT    NOT NULL, -- the last one that is known to be reached
    caller_id    INTEGER,
    invited_ms   INTEGER,
    ringing_ms   INTEGER,
    answered_ms  INTEGER,
    ended_ms     INTEGER,
    disposition  TEXT,             -- NULL: no end is known
    detail       TEXT,
    PRIMARY KEY (campaign_id, contact_id, attempt_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_open ON attempt (campaign_id, contact_id) WHERE disposition IS NULL;

CREATE TABLE suppression (
    tenant_id   INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL, -- 0: every campaign of the tenant
    reason      TEXT    NOT NULL,
    created_ms  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, number, campaign_id)
) STRICT, WITHOUT ROWID;

-- Every time that the gate refused a contact that was due.
CREATE TABLE refusal (
    id          INTEGER PRIMARY KEY,
    tenant_id   INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    contact_id  INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    rule        TEXT    NOT NULL,
    retry_ms    INTEGER
) STRICT;
CREATE INDEX refusal_campaign ON refusal (campaign_id, rule);

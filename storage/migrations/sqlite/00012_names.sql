-- Sums of tags by rule and by decky, which their lists, rollups and counts are read from. docs/rollups.md says why they are
-- exact. There is no Down, on purpose: schemas only move forward.

-- +goose Up

-- What has come, or gone where tags is less than 0, since the last refresh: tags with the same texts or, without a rule and a
-- technique, a decky in the list of an attacker. Rows add up; those of tags that have gone have no bounds. seen is set, by a
-- refresh that is running, where it merges the row.
CREATE TABLE rollup_name_part (
    part             INTEGER NOT NULL,
    rule_id          VARCHAR,
    decky_id         VARCHAR,
    technique_id     VARCHAR,
    sub_technique_id VARCHAR,
    attacker_uuid    VARCHAR,
    tactic           VARCHAR,
    tags             INTEGER NOT NULL,
    first_seen       DATETIME,
    last_seen        DATETIME,
    confidence       FLOAT,
    listed           INTEGER NOT NULL DEFAULT 0,
    seen             INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (part)
);

-- Sums of what refreshes have merged, by name, which is a rule or a decky as kind says, and by what grain says: the name alone,
-- technique and sub-technique, or the deckies of a rule. attackers is the number of rows of rollup_name_actor. stale is set, by a
-- refresh that is running, where tags have gone: the bounds may be theirs.
CREATE TABLE rollup_name_total (
    total            INTEGER NOT NULL,
    kind             VARCHAR NOT NULL,
    grain            VARCHAR NOT NULL,
    name             VARCHAR NOT NULL,
    technique_id     VARCHAR,
    sub_technique_id VARCHAR,
    decky_id         VARCHAR,
    tactic           VARCHAR,
    tags             INTEGER NOT NULL,
    first_seen       DATETIME,
    last_seen        DATETIME,
    confidence       FLOAT,
    listed           INTEGER NOT NULL,
    attackers        INTEGER NOT NULL,
    stale            INTEGER NOT NULL,
    PRIMARY KEY (total)
);
CREATE INDEX ix_rollup_name_total_name ON rollup_name_total (name);

-- The attackers of a total, with how many tags and lists of deckies lead to each.
CREATE TABLE rollup_name_actor (
    total    INTEGER NOT NULL,
    row_key  VARCHAR NOT NULL,
    mentions INTEGER NOT NULL,
    PRIMARY KEY (total, row_key)
) WITHOUT ROWID;

-- Attackers that tags name but that may have no row, which lists of attackers leave out. Foreign keys forbid it where they are checked. Most
-- programs that write to SQLite do not check them.
CREATE TABLE rollup_name_absent (
    mark          INTEGER NOT NULL,
    attacker_uuid VARCHAR NOT NULL,
    PRIMARY KEY (mark)
);
CREATE INDEX ix_rollup_name_absent_attacker ON rollup_name_absent (attacker_uuid);

-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_added AFTER INSERT ON ttp_tag BEGIN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tactic, tags, first_seen, last_seen, confidence)
    VALUES (NEW.rule_id, NEW.decky_id, NEW.technique_id, NEW.sub_technique_id, NEW.attacker_uuid, NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
    INSERT INTO rollup_name_absent (attacker_uuid)
    SELECT NEW.attacker_uuid WHERE NEW.attacker_uuid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attackers WHERE uuid = NEW.attacker_uuid)
        AND NOT EXISTS (SELECT 1 FROM rollup_name_absent WHERE attacker_uuid = NEW.attacker_uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_updated AFTER UPDATE ON ttp_tag
WHEN OLD.rule_id IS NOT NEW.rule_id OR OLD.decky_id IS NOT NEW.decky_id OR OLD.technique_id IS NOT NEW.technique_id
    OR OLD.sub_technique_id IS NOT NEW.sub_technique_id OR OLD.attacker_uuid IS NOT NEW.attacker_uuid
    OR OLD.tactic IS NOT NEW.tactic OR OLD.created_at IS NOT NEW.created_at OR OLD.confidence IS NOT NEW.confidence
BEGIN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tactic, tags, first_seen, last_seen, confidence)
    VALUES (NEW.rule_id, NEW.decky_id, NEW.technique_id, NEW.sub_technique_id, NEW.attacker_uuid, NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
    INSERT INTO rollup_name_absent (attacker_uuid)
    SELECT NEW.attacker_uuid WHERE NEW.attacker_uuid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attackers WHERE uuid = NEW.attacker_uuid)
        AND NOT EXISTS (SELECT 1 FROM rollup_name_absent WHERE attacker_uuid = NEW.attacker_uuid);
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
    VALUES (OLD.rule_id, OLD.decky_id, OLD.technique_id, OLD.sub_technique_id, OLD.attacker_uuid, -1);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_deleted AFTER DELETE ON ttp_tag BEGIN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
    VALUES (OLD.rule_id, OLD.decky_id, OLD.technique_id, OLD.sub_technique_id, OLD.attacker_uuid, -1);
END;
-- +goose StatementEnd

-- Elements of lists are the texts that conditions find.
-- +goose StatementBegin
CREATE TRIGGER rollup_name_attacker_added AFTER INSERT ON attackers BEGIN
    INSERT INTO rollup_name_part (decky_id, attacker_uuid, tags, listed)
    SELECT DISTINCT CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.deckies -> entry.fullkey WHEN 'real' THEN NEW.deckies -> entry.fullkey END, NEW.uuid, 0, 1
    FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.deckies) THEN CASE WHEN JSON_TYPE(NEW.deckies) = 'array' THEN NEW.deckies END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_name_attacker_updated AFTER UPDATE ON attackers WHEN OLD.uuid IS NOT NEW.uuid OR OLD.deckies IS NOT NEW.deckies BEGIN
    INSERT INTO rollup_name_part (decky_id, attacker_uuid, tags, listed)
    SELECT DISTINCT CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN OLD.deckies -> entry.fullkey WHEN 'real' THEN OLD.deckies -> entry.fullkey END, OLD.uuid, 0, -1
    FROM JSON_EACH(CASE WHEN JSON_VALID(OLD.deckies) THEN CASE WHEN JSON_TYPE(OLD.deckies) = 'array' THEN OLD.deckies END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
    INSERT INTO rollup_name_part (decky_id, attacker_uuid, tags, listed)
    SELECT DISTINCT CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.deckies -> entry.fullkey WHEN 'real' THEN NEW.deckies -> entry.fullkey END, NEW.uuid, 0, 1
    FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.deckies) THEN CASE WHEN JSON_TYPE(NEW.deckies) = 'array' THEN NEW.deckies END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
    INSERT INTO rollup_name_absent (attacker_uuid)
    SELECT OLD.uuid WHERE EXISTS (SELECT 1 FROM ttp_tag WHERE attacker_uuid = OLD.uuid) AND NOT EXISTS (SELECT 1 FROM attackers WHERE uuid = OLD.uuid)
        AND NOT EXISTS (SELECT 1 FROM rollup_name_absent WHERE attacker_uuid = OLD.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_name_attacker_deleted AFTER DELETE ON attackers BEGIN
    INSERT INTO rollup_name_part (decky_id, attacker_uuid, tags, listed)
    SELECT DISTINCT CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN OLD.deckies -> entry.fullkey WHEN 'real' THEN OLD.deckies -> entry.fullkey END, OLD.uuid, 0, -1
    FROM JSON_EACH(CASE WHEN JSON_VALID(OLD.deckies) THEN CASE WHEN JSON_TYPE(OLD.deckies) = 'array' THEN OLD.deckies END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
    INSERT INTO rollup_name_absent (attacker_uuid)
    SELECT OLD.uuid WHERE EXISTS (SELECT 1 FROM ttp_tag WHERE attacker_uuid = OLD.uuid) AND NOT EXISTS (SELECT 1 FROM attackers WHERE uuid = OLD.uuid)
        AND NOT EXISTS (SELECT 1 FROM rollup_name_absent WHERE attacker_uuid = OLD.uuid);
END;
-- +goose StatementEnd

-- A database that has rows already is made ready by a rebuild.
UPDATE rollup_state SET ready = false
WHERE EXISTS (SELECT 1 FROM ttp_tag) OR EXISTS (SELECT 1 FROM rollup_part) OR EXISTS (SELECT 1 FROM attackers);

-- Sums of tags by day, technique and tactic, which rollups and series of a range are read from. docs/rollups.md says why
-- they are exact. There is no Down, on purpose: schemas only move forward.

-- +goose Up

-- As rollup_total, but each row counts by technique, sub-technique, tactic and, as grain says, by day or by month, whose
-- first day it has. stale is set, by a refresh that is running, where the bounds may be those of tags that have gone.
CREATE TABLE rollup_daily (
    daily            INTEGER NOT NULL,
    kind             VARCHAR NOT NULL,
    membership       VARCHAR NOT NULL,
    owner            VARCHAR NOT NULL,
    grain            VARCHAR NOT NULL,
    day              VARCHAR NOT NULL,
    technique_id     VARCHAR NOT NULL,
    sub_technique_id VARCHAR,
    tactic           VARCHAR NOT NULL,
    tags             INTEGER NOT NULL,
    first_seen       DATETIME,
    last_seen        DATETIME,
    confidence       FLOAT,
    stale            INTEGER NOT NULL,
    PRIMARY KEY (daily)
);
CREATE INDEX ix_rollup_daily_owner ON rollup_daily (owner, kind, membership, grain, day, technique_id);

-- The parts of dimension 2 have a technique and a tactic from now on. Their bounds mean nothing, and one with 0 tags says
-- that the bounds of its group do not hold.
DROP TRIGGER rollup_tag_updated;
DROP TRIGGER rollup_tag_deleted;
DROP VIEW rollup_tag_gone; -- and its trigger
CREATE VIEW rollup_tag_gone AS
SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, tactic, created_at FROM ttp_tag;

-- +goose StatementBegin
CREATE TRIGGER rollup_tag_gone INSTEAD OF INSERT ON rollup_tag_gone BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Fleet', ''
    UNION ALL SELECT 'Tags', NEW.identity_uuid WHERE NEW.identity_uuid IS NOT NULL
    UNION ALL SELECT 'Tags', identity_id FROM attackers WHERE uuid = NEW.attacker_uuid AND identity_id IS NOT NULL;
    UPDATE rollup_part SET dimension = dimension + 3
    WHERE attacker_uuid IS NEW.attacker_uuid AND identity_uuid IS NEW.identity_uuid AND technique_id = NEW.technique_id
        AND sub_technique_id IS NEW.sub_technique_id AND dimension IN (0, 1);
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags)
    SELECT 2, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, day, tactic, SUM(tags) FROM (
        SELECT day, tactic, tags FROM rollup_part WHERE dimension = 3
        UNION ALL SELECT COALESCE(CAST(SUBSTR(NEW.created_at, 1, 10) AS TEXT), ''), NEW.tactic, -1
    ) GROUP BY day, tactic;
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence)
    SELECT 1, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, '', b.tactic, c.tags, b.first_seen, b.last_seen, b.confidence
    FROM (SELECT SUM(tags) - 1 AS tags FROM rollup_part WHERE dimension IN (3, 4)) c CROSS JOIN (
        SELECT MAX(tactic) AS tactic, MIN(created_at) AS first_seen, MAX(created_at) AS last_seen, MAX(confidence) AS confidence FROM ttp_tag
        WHERE attacker_uuid IS NEW.attacker_uuid AND identity_uuid IS NEW.identity_uuid AND technique_id = NEW.technique_id
            AND sub_technique_id IS NEW.sub_technique_id) b
    WHERE c.tags <> 0;
    DELETE FROM rollup_part WHERE dimension IN (3, 4);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_tag_updated AFTER UPDATE ON ttp_tag
WHEN OLD.attacker_uuid IS NOT NEW.attacker_uuid OR OLD.identity_uuid IS NOT NEW.identity_uuid OR OLD.technique_id IS NOT NEW.technique_id
    OR OLD.sub_technique_id IS NOT NEW.sub_technique_id OR OLD.tactic IS NOT NEW.tactic OR OLD.created_at IS NOT NEW.created_at OR OLD.confidence IS NOT NEW.confidence
BEGIN
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence)
    VALUES (0, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, COALESCE(CAST(SUBSTR(NEW.created_at, 1, 10) AS TEXT), ''),
        NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
    INSERT INTO rollup_tag_gone VALUES (OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.tactic, OLD.created_at);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_tag_deleted AFTER DELETE ON ttp_tag BEGIN
    INSERT INTO rollup_tag_gone VALUES (OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.tactic, OLD.created_at);
END;
-- +goose StatementEnd

-- A database that has tags already, or sums of tags that have gone, is made ready by a rebuild.
UPDATE rollup_state SET ready = false
WHERE EXISTS (SELECT 1 FROM ttp_tag) OR EXISTS (SELECT 1 FROM rollup_part) OR EXISTS (SELECT 1 FROM rollup_total);

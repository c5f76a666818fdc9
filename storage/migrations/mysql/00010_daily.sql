-- Sums of tags by day, technique and tactic, which rollups and series of a range are read from. docs/rollups.md says why
-- they are exact. There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own: all of this file may run again after a crash in the middle.

-- +goose Up

-- A server must not read the sums before they are whole.
UPDATE rollup_state SET ready = false
WHERE EXISTS (SELECT 1 FROM ttp_tag) OR EXISTS (SELECT 1 FROM rollup_part) OR EXISTS (SELECT 1 FROM rollup_total);

-- As rollup_total, but each row counts by technique, sub-technique, tactic and, as grain says, by day or by month, whose
-- first day it has. stale is set, by a refresh that is running, where the bounds may be those of tags that have gone.
CREATE TABLE IF NOT EXISTS rollup_daily (
    daily            BIGINT       NOT NULL AUTO_INCREMENT,
    kind             VARCHAR(16)  NOT NULL,
    membership       VARCHAR(16)  NOT NULL,
    owner            VARCHAR(255) NOT NULL,
    grain            VARCHAR(16)  NOT NULL,
    day              VARCHAR(10)  NOT NULL,
    technique_id     VARCHAR(255) NOT NULL,
    sub_technique_id VARCHAR(255),
    tactic           VARCHAR(255) NOT NULL,
    tags             BIGINT       NOT NULL,
    first_seen       DATETIME(6),
    last_seen        DATETIME(6),
    confidence       DOUBLE,
    stale            INTEGER      NOT NULL,
    PRIMARY KEY (daily),
    INDEX ix_rollup_daily_owner (owner, kind, membership, grain, day, technique_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The parts of dimension 2 have a technique and a tactic from now on. Their bounds mean nothing, and one with 0 tags says
-- that the bounds of its group do not hold.
DROP PROCEDURE IF EXISTS rollup_tag_gone;
-- +goose StatementBegin
CREATE PROCEDURE rollup_tag_gone(
    gone_attacker VARCHAR(255), gone_identity VARCHAR(255), gone_technique VARCHAR(255), gone_sub VARCHAR(255), gone_tactic VARCHAR(255),
    gone_at DATETIME(6)
) MODIFIES SQL DATA
BEGIN
    DECLARE locked BOOL;
    SELECT ready INTO locked FROM rollup_state WHERE id = 1 FOR UPDATE;
    INSERT INTO rollup_stale (kind, uuid) VALUES ('Fleet', '');
    IF gone_identity IS NOT NULL THEN
        INSERT INTO rollup_stale (kind, uuid) VALUES ('Tags', gone_identity);
    END IF;
    INSERT INTO rollup_stale (kind, uuid) SELECT 'Tags', identity_id FROM attackers WHERE uuid = gone_attacker AND identity_id IS NOT NULL;
    UPDATE rollup_part SET dimension = dimension + 3
    WHERE attacker_uuid <=> gone_attacker AND identity_uuid <=> gone_identity AND technique_id = gone_technique AND sub_technique_id <=> gone_sub
        AND CAST(attacker_uuid AS BINARY) <=> CAST(gone_attacker AS BINARY) AND CAST(identity_uuid AS BINARY) <=> CAST(gone_identity AS BINARY)
        AND CAST(technique_id AS BINARY) = CAST(gone_technique AS BINARY) AND CAST(sub_technique_id AS BINARY) <=> CAST(gone_sub AS BINARY)
        AND dimension IN (0, 1);
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags)
    SELECT 2, gone_attacker, gone_identity, gone_technique, gone_sub, day, tactic, SUM(tags) FROM (
        SELECT day, CAST(tactic AS BINARY) AS tactic, tags FROM rollup_part WHERE dimension = 3
        UNION ALL SELECT DATE_FORMAT(gone_at, '%Y-%m-%d'), CAST(gone_tactic AS BINARY), -1
    ) d GROUP BY day, tactic;
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence)
    SELECT 1, gone_attacker, gone_identity, gone_technique, gone_sub, '', b.tactic, c.tags, b.first_seen, b.last_seen, b.confidence
    FROM (SELECT SUM(tags) - 1 AS tags FROM rollup_part WHERE dimension IN (3, 4)) c CROSS JOIN (
        SELECT MAX(CAST(tactic AS BINARY)) AS tactic, MIN(created_at) AS first_seen, MAX(created_at) AS last_seen, MAX(confidence) AS confidence FROM ttp_tag
        WHERE attacker_uuid <=> gone_attacker AND identity_uuid <=> gone_identity AND technique_id = gone_technique AND sub_technique_id <=> gone_sub
            AND CAST(attacker_uuid AS BINARY) <=> CAST(gone_attacker AS BINARY) AND CAST(identity_uuid AS BINARY) <=> CAST(gone_identity AS BINARY)
            AND CAST(technique_id AS BINARY) = CAST(gone_technique AS BINARY) AND CAST(sub_technique_id AS BINARY) <=> CAST(gone_sub AS BINARY)
        LOCK IN SHARE MODE) b
    WHERE c.tags <> 0;
    DELETE FROM rollup_part WHERE dimension IN (3, 4);
END;
-- +goose StatementEnd

DROP PROCEDURE IF EXISTS rollup_anchor_gone;
-- +goose StatementBegin
CREATE PROCEDURE rollup_anchor_gone(gone_attacker VARCHAR(255), gone_identity VARCHAR(255)) MODIFIES SQL DATA
BEGIN
    DECLARE locked BOOL;
    IF @@SESSION.foreign_key_checks THEN
        SELECT ready INTO locked FROM rollup_state WHERE id = 1 FOR UPDATE;
        INSERT INTO rollup_stale (kind, uuid)
            SELECT 'Tags', identity_uuid FROM rollup_part WHERE attacker_uuid = gone_attacker AND identity_uuid IS NOT NULL
            UNION SELECT 'Tags', a.identity_id FROM rollup_part p JOIN attackers a ON a.uuid = p.attacker_uuid
            WHERE p.identity_uuid = gone_identity AND a.identity_id IS NOT NULL
            UNION SELECT 'Fleet', '' FROM rollup_part WHERE attacker_uuid = gone_attacker OR identity_uuid = gone_identity
            LOCK IN SHARE MODE;
        DELETE FROM rollup_part WHERE attacker_uuid = gone_attacker AND dimension = 1;
        DELETE FROM rollup_part WHERE identity_uuid = gone_identity AND dimension = 1;
        UPDATE rollup_part SET dimension = 2 WHERE attacker_uuid = gone_attacker AND dimension = 0;
        UPDATE rollup_part SET dimension = 2 WHERE identity_uuid = gone_identity AND dimension = 0;
        INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags)
            SELECT 2, attacker_uuid, identity_uuid, CAST(technique_id AS BINARY), CAST(sub_technique_id AS BINARY), DATE_FORMAT(created_at, '%Y-%m-%d'),
                CAST(tactic AS BINARY), -COUNT(*) FROM ttp_tag WHERE attacker_uuid = gone_attacker
            GROUP BY 2, 3, 4, 5, 6, 7 LOCK IN SHARE MODE;
        INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags)
            SELECT 2, attacker_uuid, identity_uuid, CAST(technique_id AS BINARY), CAST(sub_technique_id AS BINARY), DATE_FORMAT(created_at, '%Y-%m-%d'),
                CAST(tactic AS BINARY), -COUNT(*) FROM ttp_tag WHERE identity_uuid = gone_identity
            GROUP BY 2, 3, 4, 5, 6, 7 LOCK IN SHARE MODE;
    END IF;
END;
-- +goose StatementEnd

DROP TRIGGER IF EXISTS rollup_tag_updated;
-- +goose StatementBegin
CREATE TRIGGER rollup_tag_updated AFTER UPDATE ON ttp_tag FOR EACH ROW
IF NOT (CAST(OLD.attacker_uuid AS BINARY) <=> CAST(NEW.attacker_uuid AS BINARY) AND CAST(OLD.identity_uuid AS BINARY) <=> CAST(NEW.identity_uuid AS BINARY)
    AND CAST(OLD.technique_id AS BINARY) = CAST(NEW.technique_id AS BINARY) AND CAST(OLD.sub_technique_id AS BINARY) <=> CAST(NEW.sub_technique_id AS BINARY)
    AND CAST(OLD.tactic AS BINARY) = CAST(NEW.tactic AS BINARY) AND OLD.created_at = NEW.created_at AND OLD.confidence = NEW.confidence) THEN
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence)
    VALUES (0, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, DATE_FORMAT(NEW.created_at, '%Y-%m-%d'),
        NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
    CALL rollup_tag_gone(OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.tactic, OLD.created_at);
END IF;
-- +goose StatementEnd

DROP TRIGGER IF EXISTS rollup_tag_deleted;
-- +goose StatementBegin
CREATE TRIGGER rollup_tag_deleted AFTER DELETE ON ttp_tag FOR EACH ROW
    CALL rollup_tag_gone(OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.tactic, OLD.created_at);
-- +goose StatementEnd

-- A database that has tags already, or sums of tags that have gone, is made ready by a rebuild.
UPDATE rollup_state SET ready = false
WHERE EXISTS (SELECT 1 FROM ttp_tag) OR EXISTS (SELECT 1 FROM rollup_part) OR EXISTS (SELECT 1 FROM rollup_total);

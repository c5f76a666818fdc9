-- Sums of tags by rule and by decky, which their lists, rollups and counts are read from. docs/rollups.md says why they are
-- exact. There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own: all of this file may run again after a crash in the middle.

-- +goose Up

-- A server must not read the sums before they are whole.
UPDATE rollup_state SET ready = false
WHERE EXISTS (SELECT 1 FROM ttp_tag) OR EXISTS (SELECT 1 FROM rollup_part) OR EXISTS (SELECT 1 FROM attackers);

-- What has come, or gone where tags is less than 0, since the last refresh: tags with the same texts or, without a rule and a
-- technique, a decky in the list of an attacker. Rows add up; those of tags that have gone have no bounds. seen is set, by a
-- refresh that is running, where it merges the row.
CREATE TABLE IF NOT EXISTS rollup_name_part (
    part             BIGINT       NOT NULL AUTO_INCREMENT,
    rule_id          VARCHAR(255),
    decky_id         LONGTEXT,
    technique_id     VARCHAR(255),
    sub_technique_id VARCHAR(255),
    attacker_uuid    VARCHAR(255),
    tactic           VARCHAR(255),
    tags             INTEGER      NOT NULL,
    first_seen       DATETIME(6),
    last_seen        DATETIME(6),
    confidence       DOUBLE,
    listed           INTEGER      NOT NULL DEFAULT 0,
    seen             INTEGER      NOT NULL DEFAULT 0,
    PRIMARY KEY (part)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Sums of what refreshes have merged, by name, which is a rule or a decky as kind says, and by what grain says: the name alone,
-- technique and sub-technique, or the deckies of a rule. attackers is the number of rows of rollup_name_actor. stale is set, by a
-- refresh that is running, where tags have gone: the bounds may be theirs.
CREATE TABLE IF NOT EXISTS rollup_name_total (
    total            BIGINT       NOT NULL AUTO_INCREMENT,
    kind             VARCHAR(16)  NOT NULL,
    grain            VARCHAR(16)  NOT NULL,
    name             LONGTEXT     NOT NULL,
    technique_id     VARCHAR(255),
    sub_technique_id VARCHAR(255),
    decky_id         VARCHAR(255),
    tactic           VARCHAR(255),
    tags             BIGINT       NOT NULL,
    first_seen       DATETIME(6),
    last_seen        DATETIME(6),
    confidence       DOUBLE,
    listed           BIGINT       NOT NULL,
    attackers        BIGINT       NOT NULL,
    stale            INTEGER      NOT NULL,
    PRIMARY KEY (total),
    INDEX ix_rollup_name_total_name (name(80))
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The attackers of a total, with how many tags and lists of deckies lead to each.
-- The key is in bytes, because the collation takes no notice of blanks at the end.
CREATE TABLE IF NOT EXISTS rollup_name_actor (
    total    BIGINT          NOT NULL,
    row_key  VARBINARY(1020) NOT NULL,
    mentions BIGINT          NOT NULL,
    PRIMARY KEY (total, row_key)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Attackers that tags name but that may have no row, which lists of attackers leave out. Foreign keys forbid it where they are checked.
CREATE TABLE IF NOT EXISTS rollup_name_absent (
    mark          BIGINT       NOT NULL AUTO_INCREMENT,
    attacker_uuid VARCHAR(255) NOT NULL,
    PRIMARY KEY (mark),
    INDEX ix_rollup_name_absent_attacker (attacker_uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

DROP PROCEDURE IF EXISTS rollup_name_missing;
-- +goose StatementBegin
CREATE PROCEDURE rollup_name_missing(attacker VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) MODIFIES SQL DATA
IF attacker IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attackers WHERE uuid = attacker AND CAST(uuid AS BINARY) = CAST(attacker AS BINARY))
    AND NOT EXISTS (SELECT 1 FROM rollup_name_absent WHERE attacker_uuid = attacker AND CAST(attacker_uuid AS BINARY) = CAST(attacker AS BINARY)) THEN
    INSERT INTO rollup_name_absent (attacker_uuid) VALUES (attacker);
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_added AFTER INSERT ON ttp_tag FOR EACH ROW
BEGIN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tactic, tags, first_seen, last_seen, confidence)
    VALUES (NEW.rule_id, NEW.decky_id, NEW.technique_id, NEW.sub_technique_id, NEW.attacker_uuid, NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
    IF NOT @@SESSION.foreign_key_checks THEN
        CALL rollup_name_missing(NEW.attacker_uuid);
    END IF;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_updated AFTER UPDATE ON ttp_tag FOR EACH ROW
IF NOT (CAST(OLD.rule_id AS BINARY) = CAST(NEW.rule_id AS BINARY) AND CAST(OLD.decky_id AS BINARY) <=> CAST(NEW.decky_id AS BINARY)
    AND CAST(OLD.technique_id AS BINARY) = CAST(NEW.technique_id AS BINARY) AND CAST(OLD.sub_technique_id AS BINARY) <=> CAST(NEW.sub_technique_id AS BINARY)
    AND CAST(OLD.attacker_uuid AS BINARY) <=> CAST(NEW.attacker_uuid AS BINARY)
    AND CAST(OLD.tactic AS BINARY) = CAST(NEW.tactic AS BINARY) AND OLD.created_at = NEW.created_at AND OLD.confidence = NEW.confidence) THEN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tactic, tags, first_seen, last_seen, confidence)
    VALUES (NEW.rule_id, NEW.decky_id, NEW.technique_id, NEW.sub_technique_id, NEW.attacker_uuid, NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
    VALUES (OLD.rule_id, OLD.decky_id, OLD.technique_id, OLD.sub_technique_id, OLD.attacker_uuid, -1);
    IF NOT @@SESSION.foreign_key_checks THEN
        CALL rollup_name_missing(NEW.attacker_uuid);
    END IF;
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_deleted AFTER DELETE ON ttp_tag FOR EACH ROW
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
    VALUES (OLD.rule_id, OLD.decky_id, OLD.technique_id, OLD.sub_technique_id, OLD.attacker_uuid, -1);
-- +goose StatementEnd

-- Foreign keys that take tags along fire no trigger of theirs.
DROP PROCEDURE IF EXISTS rollup_name_anchor_gone;
-- +goose StatementBegin
CREATE PROCEDURE rollup_name_anchor_gone(gone_attacker VARCHAR(255), gone_identity VARCHAR(255)) MODIFIES SQL DATA
BEGIN
    IF @@SESSION.foreign_key_checks THEN
        INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
            SELECT CAST(rule_id AS BINARY), CAST(decky_id AS BINARY), CAST(technique_id AS BINARY), CAST(sub_technique_id AS BINARY), CAST(attacker_uuid AS BINARY), -COUNT(*)
            FROM ttp_tag WHERE attacker_uuid = gone_attacker GROUP BY 1, 2, 3, 4, 5 LOCK IN SHARE MODE;
        INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
            SELECT CAST(rule_id AS BINARY), CAST(decky_id AS BINARY), CAST(technique_id AS BINARY), CAST(sub_technique_id AS BINARY), CAST(attacker_uuid AS BINARY), -COUNT(*)
            FROM ttp_tag WHERE identity_uuid = gone_identity GROUP BY 1, 2, 3, 4, 5 LOCK IN SHARE MODE;
    END IF;
END;
-- +goose StatementEnd

-- Elements of lists are the texts that conditions find. One that has no place in a text of the server is left out.
DROP PROCEDURE IF EXISTS rollup_name_list;
-- +goose StatementBegin
CREATE PROCEDURE rollup_name_list(attacker VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, deckies LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, number INTEGER) MODIFIES SQL DATA
IF deckies <> '[]' THEN
    INSERT IGNORE INTO rollup_name_part (decky_id, attacker_uuid, tags, listed)
    SELECT MIN(entry.k), attacker, 0, number
    FROM JSON_TABLE(CASE WHEN JSON_VALID(deckies) THEN CASE WHEN JSON_TYPE(deckies) = 'ARRAY' THEN deckies END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
    WHERE entry.k IS NOT NULL GROUP BY CAST(entry.k AS BINARY);
END IF;
-- +goose StatementEnd

CREATE TRIGGER rollup_name_attacker_goes BEFORE DELETE ON attackers FOR EACH ROW
    CALL rollup_name_anchor_gone(OLD.uuid, NULL);

CREATE TRIGGER rollup_name_identity_goes BEFORE DELETE ON attacker_identities FOR EACH ROW
    CALL rollup_name_anchor_gone(NULL, OLD.uuid);

CREATE TRIGGER rollup_name_attacker_added AFTER INSERT ON attackers FOR EACH ROW
    CALL rollup_name_list(NEW.uuid, NEW.deckies, 1);

-- +goose StatementBegin
CREATE TRIGGER rollup_name_attacker_updated AFTER UPDATE ON attackers FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) = CAST(NEW.uuid AS BINARY) AND CAST(OLD.deckies AS BINARY) <=> CAST(NEW.deckies AS BINARY)) THEN
    CALL rollup_name_list(OLD.uuid, OLD.deckies, -1);
    CALL rollup_name_list(NEW.uuid, NEW.deckies, 1);
    IF EXISTS (SELECT 1 FROM ttp_tag WHERE attacker_uuid = OLD.uuid) THEN
        CALL rollup_name_missing(OLD.uuid);
    END IF;
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_name_attacker_deleted AFTER DELETE ON attackers FOR EACH ROW
BEGIN
    CALL rollup_name_list(OLD.uuid, OLD.deckies, -1);
    IF EXISTS (SELECT 1 FROM ttp_tag WHERE attacker_uuid = OLD.uuid) THEN
        CALL rollup_name_missing(OLD.uuid);
    END IF;
END;
-- +goose StatementEnd

-- A database that has rows already is made ready by a rebuild.
UPDATE rollup_state SET ready = false
WHERE EXISTS (SELECT 1 FROM ttp_tag) OR EXISTS (SELECT 1 FROM rollup_part) OR EXISTS (SELECT 1 FROM attackers);

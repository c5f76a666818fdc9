-- Sums of tags by technique and by day, which the rollups are read from. docs/rollups.md says why they are exact.
-- There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own: all of this file may run again after a crash in the middle.

-- +goose Up

-- No list, filter or rollup asks by these; each costs time when tags are inserted.
ALTER TABLE ttp_tag
    DROP INDEX ix_ttp_tag_attack_release,
    DROP INDEX ix_ttp_tag_decky_id;

-- Sums of some tags of one pair of anchors. Several rows may hold one group: they add up.
-- dimension: 0 is fresh, and counts by technique and by day; 1 counts by technique; 2 is fresh, and counts by day
-- only, perhaps less than nothing: a tag has gone. More is only seen by the transaction that is replacing the row.
CREATE TABLE IF NOT EXISTS rollup_part (
    part             BIGINT       NOT NULL AUTO_INCREMENT,
    dimension        INTEGER      NOT NULL,
    attacker_uuid    VARCHAR(255),
    identity_uuid    VARCHAR(255),
    technique_id     VARCHAR(255) NOT NULL,
    sub_technique_id VARCHAR(255),
    day              VARCHAR(10)  NOT NULL,
    tactic           VARCHAR(255),
    tags             INTEGER      NOT NULL,
    first_seen       DATETIME(6),
    last_seen        DATETIME(6),
    confidence       DOUBLE,
    PRIMARY KEY (part),
    INDEX ix_rollup_part_attacker (attacker_uuid, technique_id),
    INDEX ix_rollup_part_identity (identity_uuid, technique_id),
    INDEX ix_rollup_part_fresh (dimension)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Sums of all tags but the fresh ones, for the owners with many, by technique, or by day where day is not empty, by the
-- links of the last refresh. Distinct identities and attackers are NULL where they must be counted anew.
CREATE TABLE IF NOT EXISTS rollup_total (
    total            BIGINT       NOT NULL AUTO_INCREMENT,
    kind             VARCHAR(16)  NOT NULL,
    membership       VARCHAR(16)  NOT NULL,
    owner            VARCHAR(255) NOT NULL,
    technique_id     VARCHAR(255) NOT NULL,
    sub_technique_id VARCHAR(255),
    day              VARCHAR(10)  NOT NULL,
    tactic           VARCHAR(255),
    tags             BIGINT       NOT NULL,
    first_seen       DATETIME(6),
    last_seen        DATETIME(6),
    confidence       DOUBLE,
    identities       BIGINT,
    attackers        BIGINT,
    PRIMARY KEY (total),
    INDEX ix_rollup_total_owner (owner, kind, membership, day)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Owners whose totals no longer hold, and all owners above them: links of an Identity or a Campaign have changed; Tags of
-- an identity, or of the Fleet, have gone, which totals by day know from parts. A uuid may be there many times. seen is
-- set by a refresh, of the marks that it does away with.
CREATE TABLE IF NOT EXISTS rollup_stale (
    mark BIGINT       NOT NULL AUTO_INCREMENT,
    kind VARCHAR(16)  NOT NULL,
    uuid VARCHAR(255) NOT NULL,
    seen INTEGER      NOT NULL DEFAULT 0,
    PRIMARY KEY (mark)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row, which whoever replaces parts locks. refreshes is how often totals were.
CREATE TABLE IF NOT EXISTS rollup_state (
    id        INTEGER NOT NULL,
    ready     BOOL    NOT NULL,
    refreshes BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO rollup_state (id, ready) VALUES (1, false);

-- Takes a tag out of the sums. First its group's parts become ours, whoever commits meanwhile; then the bounds are
-- read as they are committed now, which is no earlier. They may hold for tags whose parts stay: that does no harm.
-- The collation takes texts for equal that differ in trailing blanks, hence the second comparison.
-- +goose StatementBegin
CREATE PROCEDURE rollup_tag_gone(
    gone_attacker VARCHAR(255), gone_identity VARCHAR(255), gone_technique VARCHAR(255), gone_sub VARCHAR(255), gone_at DATETIME(6)
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
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, day, tags)
    SELECT 2, gone_attacker, gone_identity, '', day, SUM(tags) FROM (
        SELECT day, tags FROM rollup_part WHERE dimension = 3
        UNION ALL SELECT DATE_FORMAT(gone_at, '%Y-%m-%d'), -1
    ) d GROUP BY day HAVING SUM(tags) <> 0;
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

-- Foreign keys that take tags along fire no trigger of theirs. All parts of an anchor go with it, but for the days, of
-- which totals must know: those of fresh parts stay, and what the tags say is taken off.
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
        INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, day, tags)
            SELECT 2, attacker_uuid, identity_uuid, '', DATE_FORMAT(created_at, '%Y-%m-%d'), -COUNT(*) FROM ttp_tag WHERE attacker_uuid = gone_attacker
            GROUP BY 2, 3, 5 LOCK IN SHARE MODE;
        INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, day, tags)
            SELECT 2, attacker_uuid, identity_uuid, '', DATE_FORMAT(created_at, '%Y-%m-%d'), -COUNT(*) FROM ttp_tag WHERE identity_uuid = gone_identity
            GROUP BY 2, 3, 5 LOCK IN SHARE MODE;
    END IF;
END;
-- +goose StatementEnd

CREATE TRIGGER rollup_tag_added AFTER INSERT ON ttp_tag FOR EACH ROW
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence)
    VALUES (0, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, DATE_FORMAT(NEW.created_at, '%Y-%m-%d'),
        NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);

-- +goose StatementBegin
CREATE TRIGGER rollup_tag_updated AFTER UPDATE ON ttp_tag FOR EACH ROW
IF NOT (CAST(OLD.attacker_uuid AS BINARY) <=> CAST(NEW.attacker_uuid AS BINARY) AND CAST(OLD.identity_uuid AS BINARY) <=> CAST(NEW.identity_uuid AS BINARY)
    AND CAST(OLD.technique_id AS BINARY) = CAST(NEW.technique_id AS BINARY) AND CAST(OLD.sub_technique_id AS BINARY) <=> CAST(NEW.sub_technique_id AS BINARY)
    AND CAST(OLD.tactic AS BINARY) = CAST(NEW.tactic AS BINARY) AND OLD.created_at = NEW.created_at AND OLD.confidence = NEW.confidence) THEN
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence)
    VALUES (0, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, DATE_FORMAT(NEW.created_at, '%Y-%m-%d'),
        NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
    CALL rollup_tag_gone(OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.created_at);
END IF;
-- +goose StatementEnd

CREATE TRIGGER rollup_tag_deleted AFTER DELETE ON ttp_tag FOR EACH ROW
    CALL rollup_tag_gone(OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.created_at);

CREATE TRIGGER rollup_attacker_goes BEFORE DELETE ON attackers FOR EACH ROW
    CALL rollup_anchor_gone(OLD.uuid, NULL);

CREATE TRIGGER rollup_identity_goes BEFORE DELETE ON attacker_identities FOR EACH ROW
    CALL rollup_anchor_gone(NULL, OLD.uuid);

-- +goose StatementBegin
CREATE PROCEDURE rollup_mark(marked_kind VARCHAR(16), marked_uuid VARCHAR(255)) MODIFIES SQL DATA
IF marked_uuid IS NOT NULL THEN
    INSERT INTO rollup_stale (kind, uuid) VALUES (marked_kind, marked_uuid);
END IF;
-- +goose StatementEnd

CREATE TRIGGER rollup_attacker_added AFTER INSERT ON attackers FOR EACH ROW
    CALL rollup_mark('Identity', NEW.identity_id);

-- +goose StatementBegin
CREATE TRIGGER rollup_attacker_moved AFTER UPDATE ON attackers FOR EACH ROW
IF NOT (CAST(OLD.identity_id AS BINARY) <=> CAST(NEW.identity_id AS BINARY) AND CAST(OLD.uuid AS BINARY) = CAST(NEW.uuid AS BINARY)) THEN
    CALL rollup_mark('Identity', OLD.identity_id);
    CALL rollup_mark('Identity', NEW.identity_id);
END IF;
-- +goose StatementEnd

CREATE TRIGGER rollup_attacker_deleted AFTER DELETE ON attackers FOR EACH ROW
    CALL rollup_mark('Identity', OLD.identity_id);

-- Faces is no kind of owner: it says that who stands for whom in counts has changed.
-- +goose StatementBegin
CREATE TRIGGER rollup_identity_added AFTER INSERT ON attacker_identities FOR EACH ROW
BEGIN
    CALL rollup_mark('Identity', NEW.uuid);
    IF NEW.merged_into_uuid IS NOT NULL OR EXISTS (SELECT 1 FROM attacker_identities WHERE merged_into_uuid = NEW.uuid) THEN
        CALL rollup_mark('Faces', '');
    END IF;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_identity_moved AFTER UPDATE ON attacker_identities FOR EACH ROW
BEGIN
    DECLARE other BOOL DEFAULT NOT CAST(OLD.uuid AS BINARY) = CAST(NEW.uuid AS BINARY);
    DECLARE merged BOOL DEFAULT NOT CAST(OLD.merged_into_uuid AS BINARY) <=> CAST(NEW.merged_into_uuid AS BINARY);
    IF other OR merged OR NOT CAST(OLD.campaign_id AS BINARY) <=> CAST(NEW.campaign_id AS BINARY) THEN
        CALL rollup_mark('Identity', OLD.uuid);
        CALL rollup_mark('Identity', NEW.uuid);
        CALL rollup_mark('Identity', OLD.merged_into_uuid);
        CALL rollup_mark('Campaign', OLD.campaign_id);
    END IF;
    IF other OR merged THEN
        CALL rollup_mark('Faces', '');
    END IF;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_identity_deleted AFTER DELETE ON attacker_identities FOR EACH ROW
BEGIN
    CALL rollup_mark('Identity', OLD.uuid);
    CALL rollup_mark('Identity', OLD.merged_into_uuid);
    CALL rollup_mark('Campaign', OLD.campaign_id);
    IF OLD.merged_into_uuid IS NOT NULL OR EXISTS (SELECT 1 FROM attacker_identities WHERE merged_into_uuid = OLD.uuid) THEN
        CALL rollup_mark('Faces', '');
    END IF;
END;
-- +goose StatementEnd

CREATE TRIGGER rollup_campaign_added AFTER INSERT ON campaigns FOR EACH ROW
    CALL rollup_mark('Campaign', NEW.uuid);

-- +goose StatementBegin
CREATE TRIGGER rollup_campaign_moved AFTER UPDATE ON campaigns FOR EACH ROW
IF NOT (CAST(OLD.merged_into_uuid AS BINARY) <=> CAST(NEW.merged_into_uuid AS BINARY) AND CAST(OLD.uuid AS BINARY) = CAST(NEW.uuid AS BINARY)) THEN
    CALL rollup_mark('Campaign', OLD.uuid);
    CALL rollup_mark('Campaign', NEW.uuid);
    CALL rollup_mark('Campaign', OLD.merged_into_uuid);
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_campaign_deleted AFTER DELETE ON campaigns FOR EACH ROW
BEGIN
    CALL rollup_mark('Campaign', OLD.uuid);
    CALL rollup_mark('Campaign', OLD.merged_into_uuid);
END;
-- +goose StatementEnd

-- A database that has tags already is made ready by a rebuild.
UPDATE rollup_state SET ready = true WHERE NOT EXISTS (SELECT 1 FROM ttp_tag);

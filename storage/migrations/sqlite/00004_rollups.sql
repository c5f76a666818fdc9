-- Sums of tags by technique and by day, which the rollups are read from. docs/rollups.md says why they are exact.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

-- No list, filter or rollup asks by these; each costs time when tags are inserted.
DROP INDEX ix_ttp_tag_attack_release;
DROP INDEX ix_ttp_tag_decky_id;

-- Sums of some tags of one pair of anchors. Several rows may hold one group: they add up.
-- dimension: 0 is fresh, and counts by technique and by day; 1 counts by technique; 2 is fresh, and counts by day
-- only, perhaps less than nothing: a tag has gone. More is only seen by the transaction that is replacing the row.
CREATE TABLE rollup_part (
    part             INTEGER NOT NULL,
    dimension        INTEGER NOT NULL,
    attacker_uuid    VARCHAR,
    identity_uuid    VARCHAR,
    technique_id     VARCHAR NOT NULL,
    sub_technique_id VARCHAR,
    day              VARCHAR NOT NULL,
    tactic           VARCHAR,
    tags             INTEGER NOT NULL,
    first_seen       DATETIME,
    last_seen        DATETIME,
    confidence       FLOAT,
    PRIMARY KEY (part)
);
CREATE INDEX ix_rollup_part_attacker ON rollup_part (attacker_uuid, technique_id);
CREATE INDEX ix_rollup_part_identity ON rollup_part (identity_uuid, technique_id);
CREATE INDEX ix_rollup_part_fresh ON rollup_part (dimension);

-- Sums of all tags but the fresh ones, for the owners with many, by technique, or by day where day is not empty, by the
-- links of the last refresh. Distinct identities and attackers are NULL where they must be counted anew.
CREATE TABLE rollup_total (
    total            INTEGER NOT NULL,
    kind             VARCHAR NOT NULL,
    membership       VARCHAR NOT NULL,
    owner            VARCHAR NOT NULL,
    technique_id     VARCHAR NOT NULL,
    sub_technique_id VARCHAR,
    day              VARCHAR NOT NULL,
    tactic           VARCHAR,
    tags             INTEGER NOT NULL,
    first_seen       DATETIME,
    last_seen        DATETIME,
    confidence       FLOAT,
    identities       INTEGER,
    attackers        INTEGER,
    PRIMARY KEY (total)
);
CREATE INDEX ix_rollup_total_owner ON rollup_total (owner, kind, membership, day);

-- Owners whose totals no longer hold, and all owners above them: links of an Identity or a Campaign have changed; Tags of
-- an identity, or of the Fleet, have gone, which totals by day know from parts. A uuid may be there many times. seen is
-- set by a refresh, of the marks that it does away with.
CREATE TABLE rollup_stale (
    mark INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    uuid VARCHAR NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (mark)
);

-- One row, which whoever replaces parts locks. refreshes is how often totals were.
CREATE TABLE rollup_state (
    id        INTEGER NOT NULL,
    ready     BOOLEAN NOT NULL,
    refreshes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
);

-- Insert here takes tags out of the sums: SQLite has no procedures.
CREATE VIEW rollup_tag_gone AS
SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, created_at FROM ttp_tag;

-- +goose StatementBegin
CREATE TRIGGER rollup_tag_gone INSTEAD OF INSERT ON rollup_tag_gone BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Fleet', ''
    UNION ALL SELECT 'Tags', NEW.identity_uuid WHERE NEW.identity_uuid IS NOT NULL
    UNION ALL SELECT 'Tags', identity_id FROM attackers WHERE uuid = NEW.attacker_uuid AND identity_id IS NOT NULL;
    UPDATE rollup_part SET dimension = dimension + 3
    WHERE attacker_uuid IS NEW.attacker_uuid AND identity_uuid IS NEW.identity_uuid AND technique_id = NEW.technique_id
        AND sub_technique_id IS NEW.sub_technique_id AND dimension IN (0, 1);
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, day, tags)
    SELECT 2, NEW.attacker_uuid, NEW.identity_uuid, '', day, SUM(tags) FROM (
        SELECT day, tags FROM rollup_part WHERE dimension = 3
        UNION ALL SELECT COALESCE(CAST(SUBSTR(NEW.created_at, 1, 10) AS TEXT), ''), -1
    ) GROUP BY day HAVING SUM(tags) <> 0;
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
CREATE TRIGGER rollup_tag_added AFTER INSERT ON ttp_tag BEGIN
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence)
    VALUES (0, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, COALESCE(CAST(SUBSTR(NEW.created_at, 1, 10) AS TEXT), ''),
        NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_tag_updated AFTER UPDATE ON ttp_tag
WHEN OLD.attacker_uuid IS NOT NEW.attacker_uuid OR OLD.identity_uuid IS NOT NEW.identity_uuid OR OLD.technique_id IS NOT NEW.technique_id
    OR OLD.sub_technique_id IS NOT NEW.sub_technique_id OR OLD.tactic IS NOT NEW.tactic OR OLD.created_at IS NOT NEW.created_at
    OR OLD.confidence IS NOT NEW.confidence
BEGIN
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags, first_seen, last_seen, confidence)
    VALUES (0, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, COALESCE(CAST(SUBSTR(NEW.created_at, 1, 10) AS TEXT), ''),
        NEW.tactic, 1, NEW.created_at, NEW.created_at, NEW.confidence);
    INSERT INTO rollup_tag_gone VALUES (OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.created_at);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_tag_deleted AFTER DELETE ON ttp_tag BEGIN
    INSERT INTO rollup_tag_gone VALUES (OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.created_at);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_attacker_added AFTER INSERT ON attackers WHEN NEW.identity_id IS NOT NULL BEGIN
    INSERT INTO rollup_stale (kind, uuid) VALUES ('Identity', NEW.identity_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_attacker_moved AFTER UPDATE ON attackers
WHEN OLD.identity_id IS NOT NEW.identity_id OR OLD.uuid IS NOT NEW.uuid
BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Identity', OLD.identity_id WHERE OLD.identity_id IS NOT NULL
    UNION ALL SELECT 'Identity', NEW.identity_id WHERE NEW.identity_id IS NOT NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_attacker_deleted AFTER DELETE ON attackers WHEN OLD.identity_id IS NOT NULL BEGIN
    INSERT INTO rollup_stale (kind, uuid) VALUES ('Identity', OLD.identity_id);
END;
-- +goose StatementEnd

-- Faces is no kind of owner: it says that who stands for whom in counts has changed.
-- +goose StatementBegin
CREATE TRIGGER rollup_identity_added AFTER INSERT ON attacker_identities BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Identity', NEW.uuid
    UNION ALL SELECT 'Faces', '' WHERE NEW.merged_into_uuid IS NOT NULL OR EXISTS (SELECT 1 FROM attacker_identities WHERE merged_into_uuid = NEW.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_identity_moved AFTER UPDATE ON attacker_identities
WHEN OLD.campaign_id IS NOT NEW.campaign_id OR OLD.merged_into_uuid IS NOT NEW.merged_into_uuid OR OLD.uuid IS NOT NEW.uuid
BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Identity', OLD.uuid
    UNION ALL SELECT 'Identity', NEW.uuid
    UNION ALL SELECT 'Identity', OLD.merged_into_uuid WHERE OLD.merged_into_uuid IS NOT NULL
    UNION ALL SELECT 'Campaign', OLD.campaign_id WHERE OLD.campaign_id IS NOT NULL
    UNION ALL SELECT 'Faces', '' WHERE OLD.merged_into_uuid IS NOT NEW.merged_into_uuid OR OLD.uuid IS NOT NEW.uuid;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_identity_deleted AFTER DELETE ON attacker_identities BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Identity', OLD.uuid
    UNION ALL SELECT 'Identity', OLD.merged_into_uuid WHERE OLD.merged_into_uuid IS NOT NULL
    UNION ALL SELECT 'Campaign', OLD.campaign_id WHERE OLD.campaign_id IS NOT NULL
    UNION ALL SELECT 'Faces', '' WHERE OLD.merged_into_uuid IS NOT NULL OR EXISTS (SELECT 1 FROM attacker_identities WHERE merged_into_uuid = OLD.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_campaign_added AFTER INSERT ON campaigns BEGIN
    INSERT INTO rollup_stale (kind, uuid) VALUES ('Campaign', NEW.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_campaign_moved AFTER UPDATE ON campaigns
WHEN OLD.merged_into_uuid IS NOT NEW.merged_into_uuid OR OLD.uuid IS NOT NEW.uuid
BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Campaign', OLD.uuid
    UNION ALL SELECT 'Campaign', NEW.uuid
    UNION ALL SELECT 'Campaign', OLD.merged_into_uuid WHERE OLD.merged_into_uuid IS NOT NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rollup_campaign_deleted AFTER DELETE ON campaigns BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Campaign', OLD.uuid
    UNION ALL SELECT 'Campaign', OLD.merged_into_uuid WHERE OLD.merged_into_uuid IS NOT NULL;
END;
-- +goose StatementEnd

-- A database that has tags already is made ready by a rebuild.
INSERT INTO rollup_state (id, ready) SELECT 1, NOT EXISTS (SELECT 1 FROM ttp_tag);

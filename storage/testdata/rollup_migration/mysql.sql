-- The rollups also have {{range $i, $c := .New}}{{if $i}}, {{end}}{{$c.Name}}{{end}}.
-- There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own: all of this file may run again after a crash in the middle.

-- +goose Up

{{range .New}}ALTER TABLE rollup_part ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_total ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_daily ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_name_part ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_name_total ADD COLUMN {{.Name}} {{.Type}};
{{end}}
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
    UPDATE rollup_part SET {{.MarkReplaced}}
    WHERE attacker_uuid <=> gone_attacker AND identity_uuid <=> gone_identity AND technique_id = gone_technique AND sub_technique_id <=> gone_sub
        AND CAST(attacker_uuid AS BINARY) <=> CAST(gone_attacker AS BINARY) AND CAST(identity_uuid AS BINARY) <=> CAST(gone_identity AS BINARY)
        AND CAST(technique_id AS BINARY) = CAST(gone_technique AS BINARY) AND CAST(sub_technique_id AS BINARY) <=> CAST(gone_sub AS BINARY)
        AND {{.Complete ""}};
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags)
    SELECT {{.FreshDay}}, gone_attacker, gone_identity, gone_technique, gone_sub, day, tactic, SUM(tags) FROM (
        SELECT day, CAST(tactic AS BINARY) AS tactic, tags FROM rollup_part WHERE {{.FreshReplaced}}
        UNION ALL SELECT DATE_FORMAT(gone_at, '%Y-%m-%d'), CAST(gone_tactic AS BINARY), -1
    ) d GROUP BY day, tactic;
    INSERT INTO rollup_part ({{.PartColumns}})
    SELECT {{.Merged}}, gone_attacker, gone_identity, gone_technique, gone_sub, '', {{.Recomputed}}
    FROM (SELECT SUM(tags) - 1 AS tags FROM rollup_part WHERE {{.Replaced}}) c CROSS JOIN (
        SELECT {{.Bounds}} FROM ttp_tag
        WHERE attacker_uuid <=> gone_attacker AND identity_uuid <=> gone_identity AND technique_id = gone_technique AND sub_technique_id <=> gone_sub
            AND CAST(attacker_uuid AS BINARY) <=> CAST(gone_attacker AS BINARY) AND CAST(identity_uuid AS BINARY) <=> CAST(gone_identity AS BINARY)
            AND CAST(technique_id AS BINARY) = CAST(gone_technique AS BINARY) AND CAST(sub_technique_id AS BINARY) <=> CAST(gone_sub AS BINARY)
        LOCK IN SHARE MODE) b
    WHERE c.tags <> 0;
    DELETE FROM rollup_part WHERE {{.Replaced}};
END;
-- +goose StatementEnd

DROP TRIGGER IF EXISTS rollup_tag_added;
-- +goose StatementBegin
CREATE TRIGGER rollup_tag_added AFTER INSERT ON ttp_tag FOR EACH ROW
    INSERT INTO rollup_part ({{.PartColumns}})
    VALUES ({{.Fresh}}, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, DATE_FORMAT(NEW.created_at, '%Y-%m-%d'),
        {{.NewValues}});
-- +goose StatementEnd

DROP TRIGGER IF EXISTS rollup_tag_updated;
-- +goose StatementBegin
CREATE TRIGGER rollup_tag_updated AFTER UPDATE ON ttp_tag FOR EACH ROW
IF NOT (CAST(OLD.attacker_uuid AS BINARY) <=> CAST(NEW.attacker_uuid AS BINARY) AND CAST(OLD.identity_uuid AS BINARY) <=> CAST(NEW.identity_uuid AS BINARY)
    AND CAST(OLD.technique_id AS BINARY) = CAST(NEW.technique_id AS BINARY) AND CAST(OLD.sub_technique_id AS BINARY) <=> CAST(NEW.sub_technique_id AS BINARY)
    AND {{.Unchanged}}) THEN
    INSERT INTO rollup_part ({{.PartColumns}})
    VALUES ({{.Fresh}}, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, DATE_FORMAT(NEW.created_at, '%Y-%m-%d'),
        {{.NewValues}});
    CALL rollup_tag_gone(OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.tactic, OLD.created_at);
END IF;
-- +goose StatementEnd

DROP TRIGGER IF EXISTS rollup_name_tag_added;
-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_added AFTER INSERT ON ttp_tag FOR EACH ROW
BEGIN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.MeasureColumns}})
    VALUES (NEW.rule_id, NEW.decky_id, NEW.technique_id, NEW.sub_technique_id, NEW.attacker_uuid, {{.NewValues}});
    IF NOT @@SESSION.foreign_key_checks THEN
        CALL rollup_name_missing(NEW.attacker_uuid);
    END IF;
END;
-- +goose StatementEnd

DROP TRIGGER IF EXISTS rollup_name_tag_updated;
-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_updated AFTER UPDATE ON ttp_tag FOR EACH ROW
IF NOT (CAST(OLD.rule_id AS BINARY) = CAST(NEW.rule_id AS BINARY) AND CAST(OLD.decky_id AS BINARY) <=> CAST(NEW.decky_id AS BINARY)
    AND CAST(OLD.technique_id AS BINARY) = CAST(NEW.technique_id AS BINARY) AND CAST(OLD.sub_technique_id AS BINARY) <=> CAST(NEW.sub_technique_id AS BINARY)
    AND CAST(OLD.attacker_uuid AS BINARY) <=> CAST(NEW.attacker_uuid AS BINARY)
    AND {{.Unchanged}}) THEN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.MeasureColumns}})
    VALUES (NEW.rule_id, NEW.decky_id, NEW.technique_id, NEW.sub_technique_id, NEW.attacker_uuid, {{.NewValues}});
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
    VALUES (OLD.rule_id, OLD.decky_id, OLD.technique_id, OLD.sub_technique_id, OLD.attacker_uuid, -1);
    IF NOT @@SESSION.foreign_key_checks THEN
        CALL rollup_name_missing(NEW.attacker_uuid);
    END IF;
END IF;
-- +goose StatementEnd

-- The new columns are empty: a rebuild makes a database ready that has tags already.
UPDATE rollup_state SET ready = false WHERE EXISTS (SELECT 1 FROM ttp_tag);

-- The rollups also have {{range $i, $c := .New}}{{if $i}}, {{end}}{{$c.Name}}{{end}}.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

{{range .New}}ALTER TABLE rollup_part ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_total ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_daily ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_name_part ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_name_total ADD COLUMN {{.Name}} {{.Type}};
{{end}}
DROP TRIGGER rollup_tag_gone;
-- +goose StatementBegin
CREATE TRIGGER rollup_tag_gone INSTEAD OF INSERT ON rollup_tag_gone BEGIN
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Fleet', ''
    UNION ALL SELECT 'Tags', NEW.identity_uuid WHERE NEW.identity_uuid IS NOT NULL
    UNION ALL SELECT 'Tags', identity_id FROM attackers WHERE uuid = NEW.attacker_uuid AND identity_id IS NOT NULL;
    UPDATE rollup_part SET {{.MarkReplaced}}
    WHERE attacker_uuid IS NEW.attacker_uuid AND identity_uuid IS NEW.identity_uuid AND technique_id = NEW.technique_id
        AND sub_technique_id IS NEW.sub_technique_id AND {{.Complete ""}};
    INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags)
    SELECT {{.FreshDay}}, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, day, tactic, SUM(tags) FROM (
        SELECT day, tactic, tags FROM rollup_part WHERE {{.FreshReplaced}}
        UNION ALL SELECT COALESCE(CAST(SUBSTR(NEW.created_at, 1, 10) AS TEXT), ''), NEW.tactic, -1
    ) GROUP BY day, tactic;
    INSERT INTO rollup_part ({{.PartColumns}})
    SELECT {{.Merged}}, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, '', {{.Recomputed}}
    FROM (SELECT SUM(tags) - 1 AS tags FROM rollup_part WHERE {{.Replaced}}) c CROSS JOIN (
        SELECT {{.Bounds}} FROM ttp_tag
        WHERE attacker_uuid IS NEW.attacker_uuid AND identity_uuid IS NEW.identity_uuid AND technique_id = NEW.technique_id
            AND sub_technique_id IS NEW.sub_technique_id) b
    WHERE c.tags <> 0;
    DELETE FROM rollup_part WHERE {{.Replaced}};
END;
-- +goose StatementEnd

DROP TRIGGER rollup_tag_added;
-- +goose StatementBegin
CREATE TRIGGER rollup_tag_added AFTER INSERT ON ttp_tag BEGIN
    INSERT INTO rollup_part ({{.PartColumns}})
    VALUES ({{.Fresh}}, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, COALESCE(CAST(SUBSTR(NEW.created_at, 1, 10) AS TEXT), ''),
        {{.NewValues}});
END;
-- +goose StatementEnd

DROP TRIGGER rollup_tag_updated;
-- +goose StatementBegin
CREATE TRIGGER rollup_tag_updated AFTER UPDATE ON ttp_tag
WHEN OLD.attacker_uuid IS NOT NEW.attacker_uuid OR OLD.identity_uuid IS NOT NEW.identity_uuid OR OLD.technique_id IS NOT NEW.technique_id
    OR OLD.sub_technique_id IS NOT NEW.sub_technique_id OR {{.Changed}}
BEGIN
    INSERT INTO rollup_part ({{.PartColumns}})
    VALUES ({{.Fresh}}, NEW.attacker_uuid, NEW.identity_uuid, NEW.technique_id, NEW.sub_technique_id, COALESCE(CAST(SUBSTR(NEW.created_at, 1, 10) AS TEXT), ''),
        {{.NewValues}});
    INSERT INTO rollup_tag_gone VALUES (OLD.attacker_uuid, OLD.identity_uuid, OLD.technique_id, OLD.sub_technique_id, OLD.tactic, OLD.created_at);
END;
-- +goose StatementEnd

DROP TRIGGER rollup_name_tag_added;
-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_added AFTER INSERT ON ttp_tag BEGIN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.MeasureColumns}})
    VALUES (NEW.rule_id, NEW.decky_id, NEW.technique_id, NEW.sub_technique_id, NEW.attacker_uuid, {{.NewValues}});
    INSERT INTO rollup_name_absent (attacker_uuid)
    SELECT NEW.attacker_uuid WHERE NEW.attacker_uuid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attackers WHERE uuid = NEW.attacker_uuid)
        AND NOT EXISTS (SELECT 1 FROM rollup_name_absent WHERE attacker_uuid = NEW.attacker_uuid);
END;
-- +goose StatementEnd

DROP TRIGGER rollup_name_tag_updated;
-- +goose StatementBegin
CREATE TRIGGER rollup_name_tag_updated AFTER UPDATE ON ttp_tag
WHEN OLD.rule_id IS NOT NEW.rule_id OR OLD.decky_id IS NOT NEW.decky_id OR OLD.technique_id IS NOT NEW.technique_id
    OR OLD.sub_technique_id IS NOT NEW.sub_technique_id OR OLD.attacker_uuid IS NOT NEW.attacker_uuid
    OR {{.Changed}}
BEGIN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.MeasureColumns}})
    VALUES (NEW.rule_id, NEW.decky_id, NEW.technique_id, NEW.sub_technique_id, NEW.attacker_uuid, {{.NewValues}});
    INSERT INTO rollup_name_absent (attacker_uuid)
    SELECT NEW.attacker_uuid WHERE NEW.attacker_uuid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attackers WHERE uuid = NEW.attacker_uuid)
        AND NOT EXISTS (SELECT 1 FROM rollup_name_absent WHERE attacker_uuid = NEW.attacker_uuid);
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
    VALUES (OLD.rule_id, OLD.decky_id, OLD.technique_id, OLD.sub_technique_id, OLD.attacker_uuid, -1);
END;
-- +goose StatementEnd

-- The new columns are empty: a rebuild makes a database ready that has tags already.
UPDATE rollup_state SET ready = false WHERE EXISTS (SELECT 1 FROM ttp_tag);

-- The rollups also have {{range $i, $c := .New}}{{if $i}}, {{end}}{{$c.Name}}{{end}}.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

{{range .New}}ALTER TABLE rollup_part ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_total ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_daily ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_name_part ADD COLUMN {{.Name}} {{.Type}};
ALTER TABLE rollup_name_total ADD COLUMN {{.Name}} {{.Type}};
{{end}}
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION rollup_tags_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_part ({{.PartColumns}})
    SELECT {{.Fresh}}, attacker_uuid, identity_uuid, technique_id, sub_technique_id, COALESCE(to_char(created_at, 'YYYY-MM-DD'), ''),
        {{.Aggregates}}
    FROM added GROUP BY 2, 3, 4, 5, 6, tactic;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION rollup_tags_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    touched rollup_group[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (
            SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, {{.TagColumns}} FROM gone
            EXCEPT ALL
            SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, {{.TagColumns}} FROM came
        ) THEN
            RETURN NULL;
        END IF;
        INSERT INTO rollup_part ({{.PartColumns}})
        SELECT {{.Fresh}}, attacker_uuid, identity_uuid, technique_id, sub_technique_id, COALESCE(to_char(created_at, 'YYYY-MM-DD'), ''),
            {{.Aggregates}}
        FROM came GROUP BY 2, 3, 4, 5, 6, tactic;
    END IF;
    SELECT array_agg(g) INTO touched
    FROM (SELECT DISTINCT attacker_uuid, identity_uuid, technique_id, sub_technique_id FROM gone) g;
    IF touched IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM rollup_state FOR UPDATE;
    INSERT INTO rollup_stale (kind, uuid)
    SELECT 'Fleet', ''
    UNION SELECT 'Tags', identity_uuid FROM unnest(touched) WHERE identity_uuid IS NOT NULL
    UNION SELECT 'Tags', a.identity_id FROM unnest(touched) g JOIN attackers a ON a.uuid = g.attacker_uuid WHERE a.identity_id IS NOT NULL;
    WITH old AS (
        DELETE FROM rollup_part WHERE part IN (
            SELECT p.part FROM unnest(touched) g JOIN rollup_part p ON p.attacker_uuid = g.attacker_uuid AND p.technique_id = g.technique_id
            WHERE {{.Complete "p"}} AND p.identity_uuid IS NOT DISTINCT FROM g.identity_uuid AND p.sub_technique_id IS NOT DISTINCT FROM g.sub_technique_id
            UNION ALL
            SELECT p.part FROM unnest(touched) g JOIN rollup_part p ON p.identity_uuid = g.identity_uuid AND p.technique_id = g.technique_id
            WHERE {{.Complete "p"}} AND g.attacker_uuid IS NULL AND p.attacker_uuid IS NULL AND p.sub_technique_id IS NOT DISTINCT FROM g.sub_technique_id
        ) RETURNING *
    ), days AS (
        INSERT INTO rollup_part (dimension, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags)
        SELECT {{.FreshDay}}, attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, SUM(tags) FROM (
            SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, day, tactic, tags FROM old WHERE {{.IsFresh}}
            UNION ALL
            SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, COALESCE(to_char(created_at, 'YYYY-MM-DD'), ''), tactic, -1 FROM gone
        ) d GROUP BY 2, 3, 4, 5, 6, 7
    ), counts AS (
        SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, SUM(tags) AS tags FROM (
            SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, tags FROM old
            UNION ALL
            SELECT attacker_uuid, identity_uuid, technique_id, sub_technique_id, -1 FROM gone
        ) c GROUP BY 1, 2, 3, 4 HAVING SUM(tags) <> 0
    )
    INSERT INTO rollup_part ({{.PartColumns}})
    SELECT {{.Merged}}, c.attacker_uuid, c.identity_uuid, c.technique_id, c.sub_technique_id, '', {{.Recomputed}}
    FROM counts c CROSS JOIN LATERAL (
        SELECT {{.Bounds}} FROM (
            SELECT {{.TagColumns}} FROM ttp_tag t WHERE t.attacker_uuid = c.attacker_uuid AND t.technique_id = c.technique_id
                AND t.identity_uuid IS NOT DISTINCT FROM c.identity_uuid AND t.sub_technique_id IS NOT DISTINCT FROM c.sub_technique_id
            UNION ALL
            SELECT {{.TagColumns}} FROM ttp_tag t WHERE c.attacker_uuid IS NULL AND t.attacker_uuid IS NULL
                AND t.identity_uuid = c.identity_uuid AND t.technique_id = c.technique_id AND t.sub_technique_id IS NOT DISTINCT FROM c.sub_technique_id
        ) t
    ) b;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION rollup_name_tags_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.MeasureColumns}})
    SELECT rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.Aggregates}}
    FROM added GROUP BY 1, 2, 3, 4, 5;
    IF current_setting('session_replication_role') = 'replica' THEN
        PERFORM rollup_name_missing(ARRAY(SELECT DISTINCT attacker_uuid FROM added));
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION rollup_name_tags_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (
            SELECT rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.TagColumns}} FROM gone
            EXCEPT ALL
            SELECT rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.TagColumns}} FROM came
        ) THEN
            RETURN NULL;
        END IF;
        INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.MeasureColumns}})
        SELECT rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, {{.Aggregates}}
        FROM came GROUP BY 1, 2, 3, 4, 5;
        IF current_setting('session_replication_role') = 'replica' THEN
            PERFORM rollup_name_missing(ARRAY(SELECT DISTINCT attacker_uuid FROM came));
        END IF;
    END IF;
    INSERT INTO rollup_name_part (rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, tags)
    SELECT rule_id, decky_id, technique_id, sub_technique_id, attacker_uuid, -COUNT(*) FROM gone GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- The new columns are empty: a rebuild makes a database ready that has tags already.
UPDATE rollup_state SET ready = false WHERE EXISTS (SELECT 1 FROM ttp_tag);

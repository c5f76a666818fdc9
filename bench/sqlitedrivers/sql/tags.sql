-- nodes(ids: $ids): tags by uuid; all 17 columns. Bound: JSON list of keys.
WITH RECURSIVE keys(k) AS (SELECT k FROM (SELECT value AS k FROM json_each(?)) AS given)
SELECT t.uuid, t.uuid, t.source_kind, t.source_id, t.attacker_uuid, t.identity_uuid, t.session_id, t.decky_id, t.tactic, t.technique_id, t.sub_technique_id, t.confidence, t.rule_id, t.rule_version, t.evidence, t.attack_release, t.mitre_url, t.created_at FROM keys CROSS JOIN ttp_tag t ON t.uuid = keys.k

WITH i AS (
  SELECT ROW_NUMBER() OVER () AS place, i.* FROM (
    SELECT uuid, confidence, updated_at FROM attacker_identities WHERE campaign_id = $1 ORDER BY updated_at DESC, uuid DESC LIMIT 20) i),
a AS (
  SELECT ROW_NUMBER() OVER () AS place, i.place AS parent, a.* FROM i CROSS JOIN LATERAL (
    SELECT uuid, ip, country_code, last_seen, event_count FROM attackers WHERE identity_id = i.uuid ORDER BY last_seen DESC, uuid DESC LIMIT 10) a)
SELECT 0, 0, uuid, NULL, NULL, NULL, NULL, NULL, NULL, NULL::float8, NULL::bigint, NULL::timestamp FROM campaigns WHERE uuid = $1
UNION ALL
SELECT 1, 0, uuid, NULL, NULL, NULL, NULL, NULL, NULL, confidence, NULL, updated_at FROM i
UNION ALL
SELECT 2, parent::int, uuid, ip, country_code, NULL, NULL, NULL, NULL, NULL, event_count, last_seen FROM a
UNION ALL
SELECT 3, a.place::int, t.uuid, t.technique_id, t.sub_technique_id, t.tactic, t.rule_id, t.source_kind, t.session_id, t.confidence, NULL, t.created_at
FROM a CROSS JOIN LATERAL (
  SELECT uuid, technique_id, sub_technique_id, tactic, rule_id, source_kind, session_id, confidence, created_at
  FROM ttp_tag WHERE attacker_uuid = a.uuid ORDER BY created_at DESC, uuid DESC LIMIT 5) t

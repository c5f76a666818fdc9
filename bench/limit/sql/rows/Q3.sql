WITH a AS (
  SELECT ROW_NUMBER() OVER () AS place, a.* FROM (
    SELECT uuid, ip, country_code, last_seen, event_count FROM attackers WHERE identity_id = $1 ORDER BY last_seen DESC, uuid DESC) a)
SELECT 0, 0, uuid, NULL, NULL, confidence, NULL::bigint, created_at, updated_at FROM attacker_identities WHERE uuid = $1
UNION ALL
(SELECT 1, 0, primitive, state, NULL, confidence, observation_count, updated_at, NULL FROM attribution_state WHERE identity_uuid = $1 ORDER BY primitive)
UNION ALL
SELECT 2, 0, uuid, ip, country_code, NULL, event_count, last_seen, NULL FROM a WHERE place <= 20
UNION ALL
SELECT 3, a.place::int, t.technique_id, t.sub_technique_id, t.tactic, t.confidence, t.tags, t.first_seen, t.last_seen
FROM a CROSS JOIN LATERAL (SELECT * FROM rollup_part WHERE attacker_uuid = a.uuid OFFSET 0) t WHERE t.dimension IN (0, 1)
UNION ALL
SELECT 3, 0, t.technique_id, t.sub_technique_id, t.tactic, t.confidence, t.tags, t.first_seen, t.last_seen
FROM rollup_part t WHERE t.identity_uuid = $1 AND t.dimension IN (0, 1) AND (t.attacker_uuid IS NULL OR t.attacker_uuid NOT IN (SELECT uuid FROM a))

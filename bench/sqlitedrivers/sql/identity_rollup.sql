-- identity(by: {uuid: $uuid}) { techniques { ... } }, membership RESOLVED. Bound: JSON list of identities.
WITH RECURSIVE keys(k) AS (SELECT k FROM (SELECT value AS k FROM json_each(?)) AS given),
members(owner, uuid) AS (
  SELECT k, k FROM keys
  UNION
  SELECT m.owner, i.uuid FROM members m JOIN attacker_identities i ON i.merged_into_uuid = m.uuid)
SELECT c.owner, c.technique_id, c.sub_technique_id, MAX(c.tactic), COUNT(*), MIN(c.created_at), MAX(c.created_at), MAX(c.confidence) FROM (SELECT m.owner AS owner, t.technique_id, t.sub_technique_id, t.tactic, t.created_at, t.confidence FROM members m CROSS JOIN ttp_tag t ON t.identity_uuid = m.uuid UNION ALL SELECT m.owner AS owner, t.technique_id, t.sub_technique_id, t.tactic, t.created_at, t.confidence FROM members m CROSS JOIN attackers a ON a.identity_id = m.uuid CROSS JOIN ttp_tag t ON t.attacker_uuid = a.uuid WHERE (t.identity_uuid IS NULL OR NOT EXISTS (SELECT 1 FROM members o WHERE o.owner = m.owner AND o.uuid = t.identity_uuid))) c GROUP BY c.owner, c.technique_id, c.sub_technique_id ORDER BY COUNT(*) DESC, c.technique_id, COALESCE(c.sub_technique_id, '')

-- techniques { ... }: all tags of the fleet. Bound: JSON list of the one owner, the empty text.
WITH RECURSIVE keys(k) AS (SELECT k FROM (SELECT value AS k FROM json_each(?)) AS given)
SELECT c.owner, c.technique_id, c.sub_technique_id, MAX(c.tactic), COUNT(*), MIN(c.created_at), MAX(c.created_at), MAX(c.confidence) FROM (SELECT '' AS owner, t.technique_id, t.sub_technique_id, t.tactic, t.created_at, t.confidence FROM ttp_tag t) c GROUP BY c.owner, c.technique_id, c.sub_technique_id ORDER BY COUNT(*) DESC, c.technique_id, COALESCE(c.sub_technique_id, '')

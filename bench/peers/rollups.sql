-- Views for the rollups in the peers' schemas, written with GROUP BY as one would without tables of sums.
-- In the benchmark's data a merge chain has a single link, within one campaign.

DROP SCHEMA IF EXISTS peers CASCADE;
CREATE SCHEMA peers;

-- The tags of each identity: those of its attackers, and those that refer to the identity themselves.
CREATE VIEW peers.identity_tag AS
SELECT a.identity_id, t.*
FROM attackers a JOIN ttp_tag t ON t.attacker_uuid = a.uuid
WHERE a.identity_id IS NOT NULL
UNION ALL
SELECT t.identity_uuid, t.*
FROM ttp_tag t
WHERE t.identity_uuid IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM attackers a WHERE a.uuid = t.attacker_uuid AND a.identity_id = t.identity_uuid);

-- The tags of each campaign. The joins are inside the arms of the UNION, so that an index finds a campaign's tags.
CREATE VIEW peers.campaign_tag AS
WITH member AS NOT MATERIALIZED (
  SELECT COALESCE(c.merged_into_uuid, c.uuid) AS campaign_id, COALESCE(i.merged_into_uuid, i.uuid) AS face, i.uuid
  FROM campaigns c JOIN attacker_identities i ON i.campaign_id = c.uuid
)
SELECT m.campaign_id, m.face, t.*
FROM member m JOIN attackers a ON a.identity_id = m.uuid JOIN ttp_tag t ON t.attacker_uuid = a.uuid
UNION ALL
SELECT m.campaign_id, m.face, t.*
FROM member m JOIN ttp_tag t ON t.identity_uuid = m.uuid
WHERE NOT EXISTS (SELECT 1 FROM attackers a WHERE a.uuid = t.attacker_uuid AND a.identity_id = t.identity_uuid);

CREATE VIEW peers.attacker_technique AS
SELECT attacker_uuid, technique_id, sub_technique_id, MAX(tactic) AS tactic, COUNT(*) AS count,
  MIN(created_at) AS first_seen, MAX(created_at) AS last_seen, MAX(confidence) AS confidence_max
FROM ttp_tag
GROUP BY attacker_uuid, technique_id, sub_technique_id;

CREATE VIEW peers.identity_technique AS
SELECT identity_id, technique_id, sub_technique_id, MAX(tactic) AS tactic, COUNT(*) AS count,
  MIN(created_at) AS first_seen, MAX(created_at) AS last_seen, MAX(confidence) AS confidence_max
FROM peers.identity_tag
GROUP BY identity_id, technique_id, sub_technique_id;

CREATE VIEW peers.campaign_technique AS
SELECT campaign_id, technique_id, sub_technique_id, MAX(tactic) AS tactic, COUNT(*) AS count,
  MIN(created_at) AS first_seen, MAX(created_at) AS last_seen, MAX(confidence) AS confidence_max,
  COUNT(DISTINCT face) AS identity_count, COUNT(DISTINCT attacker_uuid) AS attacker_count
FROM peers.campaign_tag
GROUP BY campaign_id, technique_id, sub_technique_id;

CREATE VIEW peers.fleet_technique AS
SELECT t.technique_id, t.sub_technique_id, MAX(t.tactic) AS tactic, COUNT(*) AS count,
  MIN(t.created_at) AS first_seen, MAX(t.created_at) AS last_seen, MAX(t.confidence) AS confidence_max,
  COUNT(DISTINCT COALESCE(i.merged_into_uuid, i.uuid)) AS identity_count, COUNT(DISTINCT t.attacker_uuid) AS attacker_count
FROM ttp_tag t
LEFT JOIN attackers a ON a.uuid = t.attacker_uuid
LEFT JOIN attacker_identities i ON i.uuid = COALESCE(t.identity_uuid, a.identity_id)
GROUP BY 1, 2;

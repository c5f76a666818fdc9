-- Views for the questions of analysts, after rollups.sql. They name what the tables do not say outright, members of merged rows
-- included, and group tags, as one would for PostGraphile. Arms of UNION ALL instead of COALESCE let indexes find members.

CREATE VIEW peers.campaign_identity AS
SELECT COALESCE(c.merged_into_uuid, c.uuid) AS campaign_id, i.uuid AS identity_id, i.updated_at
FROM campaigns c JOIN attacker_identities i ON i.campaign_id = c.uuid
WHERE i.merged_into_uuid IS NULL;

-- Each attacker with its identity and campaign.
CREATE VIEW peers.member AS
WITH face AS NOT MATERIALIZED (
  SELECT i.uuid, i.uuid AS identity_id, i.campaign_id FROM attacker_identities i WHERE i.merged_into_uuid IS NULL
  UNION ALL
  SELECT i.uuid, i.merged_into_uuid, i.campaign_id FROM attacker_identities i WHERE i.merged_into_uuid IS NOT NULL
)
SELECT COALESCE(c.merged_into_uuid, c.uuid) AS campaign_id, f.identity_id, a.uuid AS attacker_uuid, a.first_seen, a.last_seen
FROM face f JOIN attackers a ON a.identity_id = f.uuid JOIN campaigns c ON c.uuid = f.campaign_id;

CREATE VIEW peers.campaign_activity AS
SELECT campaign_id, MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen FROM peers.member GROUP BY campaign_id;

CREATE VIEW peers.campaign_country AS
SELECT m.campaign_id, a.country_code AS key, COUNT(*) AS count
FROM peers.member m JOIN attackers a ON a.uuid = m.attacker_uuid
GROUP BY m.campaign_id, a.country_code;

CREATE VIEW peers.campaign_network AS
SELECT m.campaign_id, a.asn AS key, COUNT(*) AS count
FROM peers.member m JOIN attackers a ON a.uuid = m.attacker_uuid
GROUP BY m.campaign_id, a.asn;

-- Identities with at least two behaviours that look like several people, and the values that their attackers showed.
CREATE VIEW peers.multi_actor AS
SELECT s.identity_uuid, COALESCE(i.merged_into_uuid, i.uuid) AS identity_id
FROM attribution_state s JOIN attacker_identities i ON i.uuid = s.identity_uuid
WHERE s.state = 'multi_actor'
GROUP BY s.identity_uuid, i.uuid
HAVING COUNT(*) >= 2;

CREATE VIEW peers.behavior_value AS
SELECT a.identity_id AS identity_uuid, o.primitive, o.value, COUNT(*) AS observation_count, MIN(o.ts) AS first_at, MAX(o.ts) AS last_at
FROM attackers a JOIN observations o ON o.attacker_uuid = a.uuid
GROUP BY a.identity_id, o.primitive, o.value;

CREATE VIEW peers.rule AS
SELECT rule_id, COUNT(*) AS tag_count, COUNT(DISTINCT attacker_uuid) AS attacker_count, MIN(created_at) AS first_seen, MAX(created_at) AS last_seen
FROM ttp_tag
GROUP BY rule_id;

CREATE VIEW peers.rule_decky AS
SELECT rule_id, decky_id AS name, COUNT(*) AS tag_count FROM ttp_tag WHERE decky_id IS NOT NULL GROUP BY rule_id, decky_id;

CREATE VIEW peers.rule_technique AS
SELECT rule_id, technique_id, sub_technique_id, COUNT(*) AS count, COUNT(DISTINCT attacker_uuid) AS attacker_count
FROM ttp_tag
GROUP BY rule_id, technique_id, sub_technique_id;

-- An address has contacted a decky if its list of deckies or one of its tags has it.
CREATE VIEW peers.decky AS
SELECT t.name, t.tag_count, a.attacker_count, t.first_seen, t.last_seen
FROM (SELECT decky_id AS name, COUNT(*) AS tag_count, MIN(created_at) AS first_seen, MAX(created_at) AS last_seen
      FROM ttp_tag WHERE decky_id IS NOT NULL GROUP BY decky_id) t
JOIN (SELECT name, COUNT(*) AS attacker_count
      FROM (SELECT name, uuid FROM attackers, json_array_elements_text(deckies::json) AS name
            UNION
            SELECT decky_id, attacker_uuid FROM ttp_tag WHERE attacker_uuid IS NOT NULL AND decky_id IS NOT NULL) one
      GROUP BY name) a ON a.name = t.name;

CREATE VIEW peers.decky_technique AS
SELECT decky_id AS decky, technique_id, sub_technique_id, COUNT(*) AS count, COUNT(DISTINCT attacker_uuid) AS attacker_count
FROM ttp_tag
WHERE decky_id IS NOT NULL
GROUP BY decky_id, technique_id, sub_technique_id;

-- The commands of each attacker, which the table has as one JSON list, or as a text that was cut off.
CREATE VIEW peers.command AS
SELECT a.uuid AS attacker_uuid, (c->>'timestamp')::timestamptz AT TIME ZONE 'UTC' AS seen_at, c->>'service' AS service, c->>'decky' AS decky,
  c->>'command' AS command
FROM attackers a, json_array_elements(CASE WHEN a.commands LIKE '[%]' THEN a.commands::json ELSE '[]' END) AS c
WHERE json_typeof(c) = 'object';

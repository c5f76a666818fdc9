SELECT json_build_object('data', json_build_object('identity', (
  SELECT json_build_object('uuid', i.uuid, 'confidence', i.confidence, 'createdAt', i.created_at, 'updatedAt', i.updated_at,
    'techniques', (
      SELECT json_agg(json_build_object('techniqueId', technique_id, 'subTechniqueId', sub_technique_id, 'tacticId', tactic, 'count', tags,
        'firstSeen', first_seen, 'lastSeen', last_seen, 'confidenceMax', confidence))
      FROM (
        SELECT technique_id, sub_technique_id, MAX(tactic) AS tactic, COUNT(*) AS tags, MIN(created_at) AS first_seen, MAX(created_at) AS last_seen,
          MAX(confidence) AS confidence
        FROM (
          SELECT t.* FROM attackers a JOIN ttp_tag t ON t.attacker_uuid = a.uuid WHERE a.identity_id = i.uuid
          UNION ALL
          SELECT t.* FROM ttp_tag t WHERE t.identity_uuid = i.uuid
            AND NOT EXISTS (SELECT 1 FROM attackers a WHERE a.uuid = t.attacker_uuid AND a.identity_id = i.uuid)
        ) reached
        GROUP BY technique_id, sub_technique_id
        ORDER BY COUNT(*) DESC, technique_id, sub_technique_id NULLS FIRST
      ) rollup),
    'attributionStates', (
      SELECT json_agg(json_build_object('primitive', s.primitive, 'state', s.state, 'confidence', s.confidence, 'observationCount', s.observation_count,
        'updatedAt', s.updated_at) ORDER BY s.primitive)
      FROM attribution_state s WHERE s.identity_uuid = i.uuid),
    'attackers', (
      SELECT json_agg(json_build_object('uuid', a.uuid, 'ip', a.ip, 'countryCode', a.country_code, 'lastSeen', a.last_seen, 'eventCount', a.event_count,
        'techniques', (
          SELECT json_agg(json_build_object('techniqueId', technique_id, 'subTechniqueId', sub_technique_id, 'tacticId', tactic, 'count', tags))
          FROM (
            SELECT technique_id, sub_technique_id, MAX(tactic) AS tactic, COUNT(*) AS tags
            FROM ttp_tag WHERE attacker_uuid = a.uuid
            GROUP BY technique_id, sub_technique_id
            ORDER BY COUNT(*) DESC, technique_id, sub_technique_id NULLS FIRST
          ) rollup)))
      FROM (SELECT * FROM attackers WHERE identity_id = i.uuid ORDER BY last_seen DESC, uuid DESC LIMIT 20) a))
  FROM attacker_identities i WHERE i.uuid = $1)))::text

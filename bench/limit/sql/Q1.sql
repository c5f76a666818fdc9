SELECT json_build_object('data', json_build_object('campaign', (
  SELECT json_build_object('uuid', c.uuid, 'identities', (
    SELECT json_agg(json_build_object('uuid', i.uuid, 'confidence', i.confidence, 'updatedAt', i.updated_at, 'attackers', (
      SELECT json_agg(json_build_object('uuid', a.uuid, 'ip', a.ip, 'countryCode', a.country_code, 'lastSeen', a.last_seen, 'eventCount', a.event_count, 'tags', (
        SELECT json_agg(json_build_object('uuid', t.uuid, 'techniqueId', t.technique_id, 'subTechniqueId', t.sub_technique_id, 'tacticId', t.tactic,
          'confidence', t.confidence, 'ruleId', t.rule_id, 'sourceKind', t.source_kind, 'sessionId', t.session_id, 'createdAt', t.created_at))
        FROM (SELECT * FROM ttp_tag WHERE attacker_uuid = a.uuid ORDER BY created_at DESC, uuid DESC LIMIT 5) t)))
      FROM (SELECT * FROM attackers WHERE identity_id = i.uuid ORDER BY last_seen DESC, uuid DESC LIMIT 10) a)))
    FROM (SELECT * FROM attacker_identities WHERE campaign_id = c.uuid ORDER BY updated_at DESC, uuid DESC LIMIT 20) i))
  FROM campaigns c WHERE c.uuid = $1)))::text

SELECT json_build_object('data', json_build_object('campaign', (
  SELECT json_build_object('uuid', uuid, 'confidence', confidence, 'createdAt', created_at, 'updatedAt', updated_at, 'notes', notes)
  FROM campaigns WHERE uuid = $1)))::text

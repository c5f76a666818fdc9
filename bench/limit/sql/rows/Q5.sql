SELECT uuid, notes, confidence, created_at, updated_at FROM campaigns WHERE uuid = $1

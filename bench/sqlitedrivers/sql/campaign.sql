-- campaign(by: {uuid: $uuid}) { ... }: one campaign by uuid, merges followed; all columns. Bound: JSON list of keys.
WITH RECURSIVE keys(k) AS (SELECT k FROM (SELECT value AS k FROM json_each(?)) AS given),
chain(k, uuid, next) AS (
  SELECT keys.k, c.uuid, c.merged_into_uuid FROM keys JOIN campaigns c ON c.uuid = keys.k
  UNION
  SELECT chain.k, c.uuid, c.merged_into_uuid FROM chain JOIN campaigns c ON c.uuid = chain.next),
ends(k, uuid) AS (
  SELECT chain.k, CASE
      WHEN COUNT(CASE WHEN chain.next IS NULL THEN 1 END) > 0 THEN MIN(CASE WHEN chain.next IS NULL THEN chain.uuid END)
      WHEN COUNT(beyond.uuid) = COUNT(*) THEN chain.k
    END
  FROM chain LEFT JOIN campaigns beyond ON beyond.uuid = chain.next
  GROUP BY chain.k)
SELECT ends.k, t.uuid, t.schema_version, t.first_seen_at, t.last_seen_at, t.created_at, t.updated_at, t.confidence, t.identity_count, t.ja3_hashes, t.hassh_hashes, t.tls_cert_sha256, t.payload_simhashes, t.c2_endpoints, t.merged_into_uuid, t.notes FROM ends LEFT JOIN campaigns t ON t.uuid = ends.uuid

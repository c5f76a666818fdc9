-- Indexes for the orders that filters made useful, with the key last; see 00003.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

CREATE INDEX ix_attackers_updated_key ON attackers (updated_at, uuid);
CREATE INDEX ix_attackers_decky_count_key ON attackers (decky_count, uuid);
CREATE INDEX ix_attackers_service_count_key ON attackers (service_count, uuid);
CREATE INDEX ix_attackers_credential_count_key ON attackers (credential_count, uuid);
DROP INDEX ix_attackers_updated_at;

CREATE INDEX ix_ttp_tag_confidence_key ON ttp_tag (confidence, uuid);

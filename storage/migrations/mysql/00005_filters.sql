-- Indexes for the orders that filters made useful, with the key last; see 00003.
-- There is no Down, on purpose: schemas only move forward.
--
-- One statement for each table: see 00002 on what may run again.

-- +goose Up

ALTER TABLE attackers
    ADD INDEX ix_attackers_updated_key (updated_at, uuid),
    ADD INDEX ix_attackers_decky_count_key (decky_count, uuid),
    ADD INDEX ix_attackers_service_count_key (service_count, uuid),
    ADD INDEX ix_attackers_credential_count_key (credential_count, uuid),
    DROP INDEX ix_attackers_updated_at;

ALTER TABLE ttp_tag
    ADD INDEX ix_ttp_tag_confidence_key (confidence, uuid);

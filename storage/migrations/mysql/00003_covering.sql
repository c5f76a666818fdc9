-- Indexes for the lists that this program serves, where DECNET has none that will do: in the order of the list,
-- with the key last, so that a page reads its own rows and no others, however many there are. Indexes that are
-- the start of another one are dropped, since each costs time when rows are inserted.
-- There is no Down, on purpose: schemas only move forward.
--
-- One statement for each table: see 00002 on what may run again. A foreign key's index is dropped together with the
-- making of the one that takes its place.

-- +goose Up

ALTER TABLE attacker_identities
    ADD INDEX ix_attacker_identities_campaign_key (campaign_id, uuid),
    ADD INDEX ix_attacker_identities_updated_key (updated_at, uuid),
    DROP INDEX ix_attacker_identities_campaign_id,
    DROP INDEX ix_attacker_identities_updated_at;

ALTER TABLE attackers
    ADD INDEX ix_attackers_identity_seen (identity_id, last_seen, uuid),
    ADD INDEX ix_attackers_last_seen_key (last_seen, uuid),
    ADD INDEX ix_attackers_first_seen_key (first_seen, uuid),
    ADD INDEX ix_attackers_event_count_key (event_count, uuid),
    DROP INDEX ix_attackers_identity_id,
    DROP INDEX ix_attackers_last_seen,
    DROP INDEX ix_attackers_first_seen;

ALTER TABLE ttp_tag
    ADD INDEX ix_ttp_tag_attacker_created (attacker_uuid, created_at, uuid),
    ADD INDEX ix_ttp_tag_identity_created (identity_uuid, created_at, uuid),
    ADD INDEX ix_ttp_tag_created_key (created_at, uuid),
    DROP INDEX ix_ttp_tag_attacker_uuid,
    DROP INDEX ix_ttp_tag_identity_uuid,
    DROP INDEX ix_ttp_tag_created_at,
    DROP INDEX ix_ttp_tag_technique_id;

ALTER TABLE canary_tokens
    ADD INDEX ix_canary_tokens_placed_key (placed_at, uuid);

ALTER TABLE canary_triggers
    ADD INDEX ix_canary_triggers_token_occurred (token_uuid, occurred_at, uuid),
    ADD INDEX ix_canary_triggers_attacker_occurred (attacker_id, occurred_at, uuid),
    ADD INDEX ix_canary_triggers_occurred_key (occurred_at, uuid),
    DROP INDEX ix_canary_triggers_token_ts,
    DROP INDEX ix_canary_triggers_token_uuid,
    DROP INDEX ix_canary_triggers_attacker,
    DROP INDEX ix_canary_triggers_attacker_id;

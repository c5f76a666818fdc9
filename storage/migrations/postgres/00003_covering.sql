-- Indexes for the lists that this program serves, where DECNET has none that will do: in the order of the list,
-- with the key last, so that a page reads its own rows and no others, however many there are. Indexes that are
-- the start of another one are dropped, since each costs time when rows are inserted.
-- There is no Down, on purpose: schemas only move forward.
--
-- The attacker's index on tags has what is mostly asked of a tag, too. The newest tags of an attacker lie side by side in
-- it, while each of them has a page of its own in the table.

-- +goose Up

CREATE INDEX ix_attacker_identities_campaign_key ON attacker_identities (campaign_id, uuid);
CREATE INDEX ix_attacker_identities_updated_key ON attacker_identities (updated_at, uuid);
DROP INDEX ix_attacker_identities_campaign_id;
DROP INDEX ix_attacker_identities_updated_at;

CREATE INDEX ix_attackers_identity_seen ON attackers (identity_id, last_seen, uuid);
CREATE INDEX ix_attackers_last_seen_key ON attackers (last_seen, uuid);
CREATE INDEX ix_attackers_first_seen_key ON attackers (first_seen, uuid);
CREATE INDEX ix_attackers_event_count_key ON attackers (event_count, uuid);
DROP INDEX ix_attackers_identity_id;
DROP INDEX ix_attackers_last_seen;
DROP INDEX ix_attackers_first_seen;

CREATE INDEX ix_ttp_tag_attacker_created ON ttp_tag (attacker_uuid, created_at, uuid)
    INCLUDE (identity_uuid, source_kind, session_id, tactic, technique_id, sub_technique_id, confidence, rule_id);
CREATE INDEX ix_ttp_tag_identity_created ON ttp_tag (identity_uuid, created_at, uuid);
CREATE INDEX ix_ttp_tag_created_key ON ttp_tag (created_at, uuid);
DROP INDEX ix_ttp_tag_attacker_uuid;
DROP INDEX ix_ttp_tag_identity_uuid;
DROP INDEX ix_ttp_tag_created_at;
DROP INDEX ix_ttp_tag_technique_id;

CREATE INDEX ix_canary_tokens_placed_key ON canary_tokens (placed_at, uuid);

CREATE INDEX ix_canary_triggers_token_occurred ON canary_triggers (token_uuid, occurred_at, uuid);
CREATE INDEX ix_canary_triggers_attacker_occurred ON canary_triggers (attacker_id, occurred_at, uuid);
CREATE INDEX ix_canary_triggers_occurred_key ON canary_triggers (occurred_at, uuid);
DROP INDEX ix_canary_triggers_token_ts;
DROP INDEX ix_canary_triggers_token_uuid;
DROP INDEX ix_canary_triggers_attacker;
DROP INDEX ix_canary_triggers_attacker_id;

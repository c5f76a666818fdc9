-- Indexes for the tags of a decky and of a rule, in the order of their lists, with the key last; see 00003.
-- There is no Down, on purpose: schemas only move forward.
--
-- One statement for each table: see 00002 on what may run again.

-- +goose Up

ALTER TABLE ttp_tag
    ADD INDEX ix_ttp_tag_decky_created (decky_id, created_at, uuid),
    ADD INDEX ix_ttp_tag_rule_created (rule_id, created_at, uuid),
    DROP INDEX ix_ttp_tag_rule_id;

-- Indexes for the tags of a decky and of a rule, in the order of their lists, with the key last; see 00003.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

CREATE INDEX ix_ttp_tag_decky_created ON ttp_tag (decky_id, created_at, uuid);
CREATE INDEX ix_ttp_tag_rule_created ON ttp_tag (rule_id, created_at, uuid);
DROP INDEX ix_ttp_tag_rule_id;

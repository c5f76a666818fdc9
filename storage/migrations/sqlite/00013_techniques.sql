-- The tags of a technique or sub-technique in the order of their times, with the key last; see 00003.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

CREATE INDEX ix_ttp_tag_sub_technique_created ON ttp_tag (sub_technique_id, created_at, uuid);
DROP INDEX ix_ttp_tag_sub_technique_id;

CREATE INDEX ix_ttp_tag_technique_key ON ttp_tag (technique_id, created_at, uuid);
DROP INDEX ix_ttp_tag_technique_created;

-- The tags of a technique or sub-technique in the order of their times, with the key last; see 00003.
-- There is no Down, on purpose: schemas only move forward.
--
-- One statement for each table: see 00002 on what may run again.

-- +goose Up

ALTER TABLE ttp_tag
    ADD INDEX ix_ttp_tag_sub_technique_created (sub_technique_id, created_at, uuid),
    DROP INDEX ix_ttp_tag_sub_technique_id,
    ADD INDEX ix_ttp_tag_technique_key (technique_id, created_at, uuid),
    DROP INDEX ix_ttp_tag_technique_created;

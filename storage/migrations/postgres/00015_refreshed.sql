-- When the last refresh of the sums began: NULL if that was before this migration, or never.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

ALTER TABLE rollup_state ADD COLUMN refreshed_at timestamp(6);

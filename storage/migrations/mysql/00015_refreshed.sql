-- When the last refresh of the sums began: NULL if that was before this migration, or never.
-- There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own: see 00002 on what may run again.

-- +goose Up

ALTER TABLE rollup_state ADD COLUMN refreshed_at DATETIME(6);

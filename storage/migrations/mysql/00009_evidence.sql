-- What the deckies logged and captured, as this program lists it: by the address of an attacker, newest first.
-- There is no Down, on purpose: schemas only move forward.
--
-- One statement for each table: see 00002 on what may run again.

-- +goose Up

ALTER TABLE logs
    ADD INDEX ix_logs_ip_timestamp (attacker_ip, timestamp, id),
    ADD INDEX ix_logs_ip_type (attacker_ip, event_type, timestamp, id),
    DROP INDEX ix_logs_attacker_ip;

ALTER TABLE bounty
    ADD INDEX ix_bounty_ip_timestamp (attacker_ip, timestamp, id),
    DROP INDEX ix_bounty_attacker_ip;

ALTER TABLE credentials
    ADD INDEX ix_credentials_ip_seen (attacker_ip, last_seen, id),
    DROP INDEX ix_credentials_attacker_ip;

ALTER TABLE observed_attachments
    ADD INDEX ix_observed_attachments_first_attacker (first_seen_attacker_uuid, last_seen, uuid),
    ADD INDEX ix_observed_attachments_last_attacker (last_seen_attacker_uuid, last_seen, uuid),
    DROP INDEX ix_observed_attachments_first_seen_attacker_uuid,
    DROP INDEX ix_observed_attachments_last_seen_attacker_uuid;

-- The attackers and addresses that a row of credential_reuse lists in JSON, one by one.
CREATE TABLE IF NOT EXISTS credential_reuse_party (
    party    VARCHAR(255) NOT NULL,
    reuse_id VARCHAR(255) NOT NULL,
    PRIMARY KEY (party, reuse_id),
    INDEX ix_credential_reuse_party_reuse (reuse_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose StatementBegin
CREATE PROCEDURE credential_reuse_list(reuse VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, listed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
    INSERT IGNORE INTO credential_reuse_party (party, reuse_id)
    SELECT l.party, reuse FROM JSON_TABLE(IF(JSON_VALID(listed), listed, '[]'), '$[*]' COLUMNS (party VARCHAR(255) PATH '$')) l WHERE l.party IS NOT NULL;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER credential_reuse_added AFTER INSERT ON credential_reuse FOR EACH ROW
BEGIN
    CALL credential_reuse_list(NEW.id, NEW.attacker_uuids);
    CALL credential_reuse_list(NEW.id, NEW.attacker_ips);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER credential_reuse_changed AFTER UPDATE ON credential_reuse FOR EACH ROW
IF NOT (CAST(OLD.id AS BINARY) = CAST(NEW.id AS BINARY) AND CAST(OLD.attacker_uuids AS BINARY) = CAST(NEW.attacker_uuids AS BINARY)
    AND CAST(OLD.attacker_ips AS BINARY) = CAST(NEW.attacker_ips AS BINARY)) THEN
    DELETE FROM credential_reuse_party WHERE reuse_id = OLD.id;
    CALL credential_reuse_list(NEW.id, NEW.attacker_uuids);
    CALL credential_reuse_list(NEW.id, NEW.attacker_ips);
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER credential_reuse_deleted AFTER DELETE ON credential_reuse FOR EACH ROW
    DELETE FROM credential_reuse_party WHERE reuse_id = OLD.id;
-- +goose StatementEnd

INSERT IGNORE INTO credential_reuse_party (party, reuse_id)
SELECT l.party, r.id FROM credential_reuse r, JSON_TABLE(IF(JSON_VALID(r.attacker_uuids), r.attacker_uuids, '[]'), '$[*]' COLUMNS (party VARCHAR(255) PATH '$')) l
WHERE l.party IS NOT NULL;
INSERT IGNORE INTO credential_reuse_party (party, reuse_id)
SELECT l.party, r.id FROM credential_reuse r, JSON_TABLE(IF(JSON_VALID(r.attacker_ips), r.attacker_ips, '[]'), '$[*]' COLUMNS (party VARCHAR(255) PATH '$')) l
WHERE l.party IS NOT NULL;

-- What the deckies logged and captured, as this program lists it: by the address of an attacker, newest first.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

CREATE INDEX ix_logs_ip_timestamp ON logs (attacker_ip, timestamp, id);
CREATE INDEX ix_logs_ip_type ON logs (attacker_ip, event_type, timestamp, id);
DROP INDEX ix_logs_attacker_ip;

CREATE INDEX ix_bounty_ip_timestamp ON bounty (attacker_ip, timestamp, id);
DROP INDEX ix_bounty_attacker_ip;

CREATE INDEX ix_credentials_ip_seen ON credentials (attacker_ip, last_seen, id);
DROP INDEX ix_credentials_attacker_ip;

CREATE INDEX ix_observed_attachments_first_attacker ON observed_attachments (first_seen_attacker_uuid, last_seen, uuid);
CREATE INDEX ix_observed_attachments_last_attacker ON observed_attachments (last_seen_attacker_uuid, last_seen, uuid);
DROP INDEX ix_observed_attachments_first_seen_attacker_uuid;
DROP INDEX ix_observed_attachments_last_seen_attacker_uuid;

-- The attackers and addresses that a row of credential_reuse lists in JSON, one by one.
CREATE TABLE credential_reuse_party (
    party    VARCHAR NOT NULL,
    reuse_id VARCHAR NOT NULL,
    PRIMARY KEY (party, reuse_id)
);
CREATE INDEX ix_credential_reuse_party_reuse ON credential_reuse_party (reuse_id);

-- +goose StatementBegin
CREATE TRIGGER credential_reuse_added AFTER INSERT ON credential_reuse BEGIN
    INSERT INTO credential_reuse_party (party, reuse_id)
    SELECT value, NEW.id FROM json_each(CASE WHEN json_valid(NEW.attacker_uuids) THEN NEW.attacker_uuids ELSE '[]' END) WHERE type = 'text'
    UNION SELECT value, NEW.id FROM json_each(CASE WHEN json_valid(NEW.attacker_ips) THEN NEW.attacker_ips ELSE '[]' END) WHERE type = 'text';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER credential_reuse_changed AFTER UPDATE ON credential_reuse
WHEN OLD.id IS NOT NEW.id OR OLD.attacker_uuids IS NOT NEW.attacker_uuids OR OLD.attacker_ips IS NOT NEW.attacker_ips
BEGIN
    DELETE FROM credential_reuse_party WHERE reuse_id = OLD.id;
    INSERT INTO credential_reuse_party (party, reuse_id)
    SELECT value, NEW.id FROM json_each(CASE WHEN json_valid(NEW.attacker_uuids) THEN NEW.attacker_uuids ELSE '[]' END) WHERE type = 'text'
    UNION SELECT value, NEW.id FROM json_each(CASE WHEN json_valid(NEW.attacker_ips) THEN NEW.attacker_ips ELSE '[]' END) WHERE type = 'text';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER credential_reuse_deleted AFTER DELETE ON credential_reuse BEGIN
    DELETE FROM credential_reuse_party WHERE reuse_id = OLD.id;
END;
-- +goose StatementEnd

INSERT INTO credential_reuse_party (party, reuse_id)
SELECT l.value, r.id FROM credential_reuse r, json_each(CASE WHEN json_valid(r.attacker_uuids) THEN r.attacker_uuids ELSE '[]' END) l WHERE l.type = 'text'
UNION SELECT l.value, r.id FROM credential_reuse r, json_each(CASE WHEN json_valid(r.attacker_ips) THEN r.attacker_ips ELSE '[]' END) l WHERE l.type = 'text';

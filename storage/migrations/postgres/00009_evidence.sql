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
    party    text COLLATE "C" NOT NULL,
    reuse_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (party, reuse_id)
);
CREATE INDEX ix_credential_reuse_party_reuse ON credential_reuse_party (reuse_id);

-- The texts of a list are found without a cast to JSON, because malformed ones are stored as well. Neither a key nor an
-- address has a character that JSON escapes.
-- +goose StatementBegin
CREATE FUNCTION credential_reuse_listed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM credential_reuse_party WHERE reuse_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO credential_reuse_party (party, reuse_id)
        SELECT DISTINCT m[1] COLLATE "C", NEW.id FROM regexp_matches(NEW.attacker_uuids || ' ' || NEW.attacker_ips, '"([^"\\]*)"', 'g') m;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER credential_reuse_added AFTER INSERT OR DELETE ON credential_reuse FOR EACH ROW EXECUTE FUNCTION credential_reuse_listed();
CREATE TRIGGER credential_reuse_changed AFTER UPDATE ON credential_reuse FOR EACH ROW
    WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.attacker_uuids IS DISTINCT FROM NEW.attacker_uuids OR OLD.attacker_ips IS DISTINCT FROM NEW.attacker_ips)
    EXECUTE FUNCTION credential_reuse_listed();

INSERT INTO credential_reuse_party (party, reuse_id)
SELECT DISTINCT m[1] COLLATE "C", id FROM credential_reuse CROSS JOIN LATERAL regexp_matches(attacker_uuids || ' ' || attacker_ips, '"([^"\\]*)"', 'g') m;

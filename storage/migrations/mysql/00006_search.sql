-- The texts that search finds, with an index of their trigrams. docs/search.md explains the tables.
-- There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own: all of this file may run again after a crash in the middle.

-- +goose Up

-- Each text once, in bytes, because an attacker's text may hold characters that not every database takes. folded is the
-- text with ASCII letters in lower case; text is NULL if it is the same. hash is the first half of its SHA-256. address is
-- the sort key of a text that is an IP address, perhaps with a port.
CREATE TABLE IF NOT EXISTS search_text (
    id      BIGINT       NOT NULL,
    hash    VARCHAR(32)  NOT NULL,
    address VARCHAR(33),
    folded  LONGBLOB     NOT NULL,
    text    LONGBLOB,
    PRIMARY KEY (id),
    UNIQUE INDEX ix_search_text_hash (hash),
    INDEX ix_search_text_address (address)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The trigrams of folded texts: three bytes as a number. A text that is too long to have its trigrams listed has -1.
CREATE TABLE IF NOT EXISTS search_gram (
    gram INTEGER NOT NULL,
    text BIGINT  NOT NULL,
    PRIMARY KEY (gram, text)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Where the texts are: in which field of which row, at which place of a list. source is the group of tables, as in
-- search_stale. age is the microseconds from the time of the text to 1970, and largest where there is no time.
CREATE TABLE IF NOT EXISTS search_entry (
    source  INTEGER         NOT NULL,
    row_key VARBINARY(1020) NOT NULL,
    field   INTEGER         NOT NULL,
    place   INTEGER         NOT NULL,
    age     BIGINT          NOT NULL,
    text    BIGINT          NOT NULL,
    PRIMARY KEY (source, row_key, field, place),
    INDEX ix_search_entry_text (text, field, age, row_key, place)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Rows that were written since the last refresh. A row may be there many times. seen is set by the refresh that will
-- delete the mark.
CREATE TABLE IF NOT EXISTS search_stale (
    mark    BIGINT          NOT NULL AUTO_INCREMENT,
    source  INTEGER         NOT NULL,
    row_key VARBINARY(1020) NOT NULL,
    seen    INTEGER         NOT NULL DEFAULT 0,
    PRIMARY KEY (mark)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row, which whoever refreshes locks. ready says that all rows are indexed or marked.
CREATE TABLE IF NOT EXISTS search_state (
    id    INTEGER NOT NULL,
    ready BOOL    NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;


CREATE TRIGGER search_campaigns_added AFTER INSERT ON campaigns FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (1, NEW.uuid);
-- +goose StatementBegin
CREATE TRIGGER search_campaigns_changed AFTER UPDATE ON campaigns FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY)
    AND CAST(OLD.updated_at AS BINARY) <=> CAST(NEW.updated_at AS BINARY)
    AND CAST(OLD.ja3_hashes AS BINARY) <=> CAST(NEW.ja3_hashes AS BINARY)
    AND CAST(OLD.hassh_hashes AS BINARY) <=> CAST(NEW.hassh_hashes AS BINARY)
    AND CAST(OLD.tls_cert_sha256 AS BINARY) <=> CAST(NEW.tls_cert_sha256 AS BINARY)
    AND CAST(OLD.payload_simhashes AS BINARY) <=> CAST(NEW.payload_simhashes AS BINARY)
    AND CAST(OLD.c2_endpoints AS BINARY) <=> CAST(NEW.c2_endpoints AS BINARY)
    AND CAST(OLD.notes AS BINARY) <=> CAST(NEW.notes AS BINARY)) THEN
    INSERT INTO search_stale (source, row_key) VALUES (1, OLD.uuid), (1, NEW.uuid);
END IF;
-- +goose StatementEnd
CREATE TRIGGER search_campaigns_deleted AFTER DELETE ON campaigns FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (1, OLD.uuid);

CREATE TRIGGER search_attacker_identities_added AFTER INSERT ON attacker_identities FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (2, NEW.uuid);
-- +goose StatementBegin
CREATE TRIGGER search_attacker_identities_changed AFTER UPDATE ON attacker_identities FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY)
    AND CAST(OLD.updated_at AS BINARY) <=> CAST(NEW.updated_at AS BINARY)
    AND CAST(OLD.ja3_hashes AS BINARY) <=> CAST(NEW.ja3_hashes AS BINARY)
    AND CAST(OLD.hassh_hashes AS BINARY) <=> CAST(NEW.hassh_hashes AS BINARY)
    AND CAST(OLD.ja4h_hashes AS BINARY) <=> CAST(NEW.ja4h_hashes AS BINARY)
    AND CAST(OLD.ja4_quic_hashes AS BINARY) <=> CAST(NEW.ja4_quic_hashes AS BINARY)
    AND CAST(OLD.tls_cert_sha256 AS BINARY) <=> CAST(NEW.tls_cert_sha256 AS BINARY)
    AND CAST(OLD.ipv6_link_local_iids AS BINARY) <=> CAST(NEW.ipv6_link_local_iids AS BINARY)
    AND CAST(OLD.payload_simhashes AS BINARY) <=> CAST(NEW.payload_simhashes AS BINARY)
    AND CAST(OLD.c2_endpoints AS BINARY) <=> CAST(NEW.c2_endpoints AS BINARY)
    AND CAST(OLD.kd_digraph_simhash AS BINARY) <=> CAST(NEW.kd_digraph_simhash AS BINARY)
    AND CAST(OLD.notes AS BINARY) <=> CAST(NEW.notes AS BINARY)) THEN
    INSERT INTO search_stale (source, row_key) VALUES (2, OLD.uuid), (2, NEW.uuid);
END IF;
-- +goose StatementEnd
CREATE TRIGGER search_attacker_identities_deleted AFTER DELETE ON attacker_identities FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (2, OLD.uuid);

CREATE TRIGGER search_attackers_added AFTER INSERT ON attackers FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (3, NEW.uuid);
-- +goose StatementBegin
CREATE TRIGGER search_attackers_changed AFTER UPDATE ON attackers FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY)
    AND CAST(OLD.ip AS BINARY) <=> CAST(NEW.ip AS BINARY)
    AND CAST(OLD.last_seen AS BINARY) <=> CAST(NEW.last_seen AS BINARY)
    AND CAST(OLD.deckies AS BINARY) <=> CAST(NEW.deckies AS BINARY)
    AND CAST(OLD.fingerprints AS BINARY) <=> CAST(NEW.fingerprints AS BINARY)
    AND CAST(OLD.commands AS BINARY) <=> CAST(NEW.commands AS BINARY)
    AND CAST(OLD.asn AS BINARY) <=> CAST(NEW.asn AS BINARY)
    AND CAST(OLD.as_name AS BINARY) <=> CAST(NEW.as_name AS BINARY)
    AND CAST(OLD.bgp_prefix AS BINARY) <=> CAST(NEW.bgp_prefix AS BINARY)
    AND CAST(OLD.ptr_record AS BINARY) <=> CAST(NEW.ptr_record AS BINARY)
    AND CAST(OLD.last_ipv6_link_local AS BINARY) <=> CAST(NEW.last_ipv6_link_local AS BINARY)) THEN
    INSERT INTO search_stale (source, row_key) VALUES (3, OLD.uuid), (3, NEW.uuid);
END IF;
-- +goose StatementEnd
CREATE TRIGGER search_attackers_deleted AFTER DELETE ON attackers FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (3, OLD.uuid);

CREATE TRIGGER search_attacker_fingerprint_state_added AFTER INSERT ON attacker_fingerprint_state FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (3, NEW.attacker_uuid);
-- +goose StatementBegin
CREATE TRIGGER search_attacker_fingerprint_state_changed AFTER UPDATE ON attacker_fingerprint_state FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY)
    AND CAST(OLD.attacker_uuid AS BINARY) <=> CAST(NEW.attacker_uuid AS BINARY)
    AND CAST(OLD.last_hash AS BINARY) <=> CAST(NEW.last_hash AS BINARY)
    AND CAST(OLD.last_seen AS BINARY) <=> CAST(NEW.last_seen AS BINARY)
    AND CAST(OLD.port AS BINARY) <=> CAST(NEW.port AS BINARY)
    AND CAST(OLD.probe_type AS BINARY) <=> CAST(NEW.probe_type AS BINARY)) THEN
    INSERT INTO search_stale (source, row_key) VALUES (3, OLD.attacker_uuid), (3, NEW.attacker_uuid);
END IF;
-- +goose StatementEnd
CREATE TRIGGER search_attacker_fingerprint_state_deleted AFTER DELETE ON attacker_fingerprint_state FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (3, OLD.attacker_uuid);

CREATE TRIGGER search_ttp_rule_added AFTER INSERT ON ttp_rule FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (4, NEW.rule_id);
-- +goose StatementBegin
CREATE TRIGGER search_ttp_rule_changed AFTER UPDATE ON ttp_rule FOR EACH ROW
IF NOT (CAST(OLD.rule_id AS BINARY) <=> CAST(NEW.rule_id AS BINARY)
    AND CAST(OLD.yaml_content AS BINARY) <=> CAST(NEW.yaml_content AS BINARY)
    AND CAST(OLD.updated_at AS BINARY) <=> CAST(NEW.updated_at AS BINARY)) THEN
    INSERT INTO search_stale (source, row_key) VALUES (4, OLD.rule_id), (4, NEW.rule_id);
END IF;
-- +goose StatementEnd
CREATE TRIGGER search_ttp_rule_deleted AFTER DELETE ON ttp_rule FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (4, OLD.rule_id);

CREATE TRIGGER search_canary_tokens_added AFTER INSERT ON canary_tokens FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (5, NEW.uuid);
-- +goose StatementBegin
CREATE TRIGGER search_canary_tokens_changed AFTER UPDATE ON canary_tokens FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY)
    AND CAST(OLD.decky_name AS BINARY) <=> CAST(NEW.decky_name AS BINARY)
    AND CAST(OLD.placement_path AS BINARY) <=> CAST(NEW.placement_path AS BINARY)
    AND CAST(OLD.callback_token AS BINARY) <=> CAST(NEW.callback_token AS BINARY)
    AND CAST(OLD.placed_at AS BINARY) <=> CAST(NEW.placed_at AS BINARY)) THEN
    INSERT INTO search_stale (source, row_key) VALUES (5, OLD.uuid), (5, NEW.uuid);
END IF;
-- +goose StatementEnd
CREATE TRIGGER search_canary_tokens_deleted AFTER DELETE ON canary_tokens FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (5, OLD.uuid);

CREATE TRIGGER search_canary_blobs_added AFTER INSERT ON canary_blobs FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (6, NEW.uuid);
-- +goose StatementBegin
CREATE TRIGGER search_canary_blobs_changed AFTER UPDATE ON canary_blobs FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY)
    AND CAST(OLD.sha256 AS BINARY) <=> CAST(NEW.sha256 AS BINARY)
    AND CAST(OLD.filename AS BINARY) <=> CAST(NEW.filename AS BINARY)
    AND CAST(OLD.uploaded_at AS BINARY) <=> CAST(NEW.uploaded_at AS BINARY)) THEN
    INSERT INTO search_stale (source, row_key) VALUES (6, OLD.uuid), (6, NEW.uuid);
END IF;
-- +goose StatementEnd
CREATE TRIGGER search_canary_blobs_deleted AFTER DELETE ON canary_blobs FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (6, OLD.uuid);

CREATE TRIGGER search_canary_triggers_added AFTER INSERT ON canary_triggers FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (7, NEW.uuid);
-- +goose StatementBegin
CREATE TRIGGER search_canary_triggers_changed AFTER UPDATE ON canary_triggers FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY)
    AND CAST(OLD.occurred_at AS BINARY) <=> CAST(NEW.occurred_at AS BINARY)
    AND CAST(OLD.src_ip AS BINARY) <=> CAST(NEW.src_ip AS BINARY)
    AND CAST(OLD.user_agent AS BINARY) <=> CAST(NEW.user_agent AS BINARY)
    AND CAST(OLD.request_path AS BINARY) <=> CAST(NEW.request_path AS BINARY)
    AND CAST(OLD.dns_qname AS BINARY) <=> CAST(NEW.dns_qname AS BINARY)) THEN
    INSERT INTO search_stale (source, row_key) VALUES (7, OLD.uuid), (7, NEW.uuid);
END IF;
-- +goose StatementEnd
CREATE TRIGGER search_canary_triggers_deleted AFTER DELETE ON canary_triggers FOR EACH ROW
    INSERT INTO search_stale (source, row_key) VALUES (7, OLD.uuid);

-- A database that has rows already is made ready by a rebuild.
INSERT IGNORE INTO search_state (id, ready) SELECT 1, NOT EXISTS (SELECT 1 FROM campaigns)
    AND NOT EXISTS (SELECT 1 FROM attacker_identities)
    AND NOT EXISTS (SELECT 1 FROM attackers)
    AND NOT EXISTS (SELECT 1 FROM ttp_rule)
    AND NOT EXISTS (SELECT 1 FROM canary_tokens)
    AND NOT EXISTS (SELECT 1 FROM canary_blobs)
    AND NOT EXISTS (SELECT 1 FROM canary_triggers);

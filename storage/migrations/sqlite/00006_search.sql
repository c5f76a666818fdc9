-- The texts that search finds, with an index of their trigrams. docs/search.md explains the tables.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

-- Each text once, in bytes, because an attacker's text may hold characters that not every database takes. folded is the
-- text with ASCII letters in lower case; text is NULL if it is the same. hash is the first half of its SHA-256. address is
-- the sort key of a text that is an IP address, perhaps with a port.
CREATE TABLE search_text (
    id      INTEGER NOT NULL,
    hash    VARCHAR NOT NULL,
    address VARCHAR,
    folded  BLOB    NOT NULL,
    text    BLOB,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_search_text_hash ON search_text (hash);
CREATE INDEX ix_search_text_address ON search_text (address) WHERE address IS NOT NULL;

-- The trigrams of folded texts: three bytes as a number. A text that is too long to have its trigrams listed has -1.
CREATE TABLE search_gram (
    gram INTEGER NOT NULL,
    text INTEGER NOT NULL,
    PRIMARY KEY (gram, text)
) WITHOUT ROWID;

-- Where the texts are: in which field of which row, at which place of a list. source is the group of tables, as in
-- search_stale. age is the microseconds from the time of the text to 1970, and largest where there is no time.
CREATE TABLE search_entry (
    source  INTEGER NOT NULL,
    row_key VARCHAR NOT NULL,
    field   INTEGER NOT NULL,
    place   INTEGER NOT NULL,
    age     INTEGER NOT NULL,
    text    INTEGER NOT NULL,
    PRIMARY KEY (source, row_key, field, place)
) WITHOUT ROWID;
CREATE INDEX ix_search_entry_text ON search_entry (text, field, age, row_key, place);

-- Rows that were written since the last refresh. A row may be there many times. seen is set by the refresh that will
-- delete the mark.
CREATE TABLE search_stale (
    mark    INTEGER NOT NULL,
    source  INTEGER NOT NULL,
    row_key VARCHAR NOT NULL,
    seen    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (mark)
);

-- One row, which whoever refreshes locks. ready says that all rows are indexed or marked.
CREATE TABLE search_state (
    id    INTEGER NOT NULL,
    ready BOOLEAN NOT NULL,
    PRIMARY KEY (id)
);


-- +goose StatementBegin
CREATE TRIGGER search_campaigns_added AFTER INSERT ON campaigns BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (1, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_campaigns_changed AFTER UPDATE ON campaigns
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.updated_at IS NOT NEW.updated_at
    OR OLD.ja3_hashes IS NOT NEW.ja3_hashes
    OR OLD.hassh_hashes IS NOT NEW.hassh_hashes
    OR OLD.tls_cert_sha256 IS NOT NEW.tls_cert_sha256
    OR OLD.payload_simhashes IS NOT NEW.payload_simhashes
    OR OLD.c2_endpoints IS NOT NEW.c2_endpoints
    OR OLD.notes IS NOT NEW.notes BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (1, OLD.uuid), (1, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_campaigns_deleted AFTER DELETE ON campaigns BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (1, OLD.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_attacker_identities_added AFTER INSERT ON attacker_identities BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (2, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_attacker_identities_changed AFTER UPDATE ON attacker_identities
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.updated_at IS NOT NEW.updated_at
    OR OLD.ja3_hashes IS NOT NEW.ja3_hashes
    OR OLD.hassh_hashes IS NOT NEW.hassh_hashes
    OR OLD.ja4h_hashes IS NOT NEW.ja4h_hashes
    OR OLD.ja4_quic_hashes IS NOT NEW.ja4_quic_hashes
    OR OLD.tls_cert_sha256 IS NOT NEW.tls_cert_sha256
    OR OLD.ipv6_link_local_iids IS NOT NEW.ipv6_link_local_iids
    OR OLD.payload_simhashes IS NOT NEW.payload_simhashes
    OR OLD.c2_endpoints IS NOT NEW.c2_endpoints
    OR OLD.kd_digraph_simhash IS NOT NEW.kd_digraph_simhash
    OR OLD.notes IS NOT NEW.notes BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (2, OLD.uuid), (2, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_attacker_identities_deleted AFTER DELETE ON attacker_identities BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (2, OLD.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_attackers_added AFTER INSERT ON attackers BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (3, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_attackers_changed AFTER UPDATE ON attackers
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.ip IS NOT NEW.ip
    OR OLD.last_seen IS NOT NEW.last_seen
    OR OLD.deckies IS NOT NEW.deckies
    OR OLD.fingerprints IS NOT NEW.fingerprints
    OR OLD.commands IS NOT NEW.commands
    OR OLD.asn IS NOT NEW.asn
    OR OLD.as_name IS NOT NEW.as_name
    OR OLD.bgp_prefix IS NOT NEW.bgp_prefix
    OR OLD.ptr_record IS NOT NEW.ptr_record
    OR OLD.last_ipv6_link_local IS NOT NEW.last_ipv6_link_local BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (3, OLD.uuid), (3, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_attackers_deleted AFTER DELETE ON attackers BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (3, OLD.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_attacker_fingerprint_state_added AFTER INSERT ON attacker_fingerprint_state BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (3, NEW.attacker_uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_attacker_fingerprint_state_changed AFTER UPDATE ON attacker_fingerprint_state
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.attacker_uuid IS NOT NEW.attacker_uuid
    OR OLD.last_hash IS NOT NEW.last_hash
    OR OLD.last_seen IS NOT NEW.last_seen
    OR OLD.port IS NOT NEW.port
    OR OLD.probe_type IS NOT NEW.probe_type BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (3, OLD.attacker_uuid), (3, NEW.attacker_uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_attacker_fingerprint_state_deleted AFTER DELETE ON attacker_fingerprint_state BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (3, OLD.attacker_uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_ttp_rule_added AFTER INSERT ON ttp_rule BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (4, NEW.rule_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_ttp_rule_changed AFTER UPDATE ON ttp_rule
WHEN OLD.rule_id IS NOT NEW.rule_id
    OR OLD.yaml_content IS NOT NEW.yaml_content
    OR OLD.updated_at IS NOT NEW.updated_at BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (4, OLD.rule_id), (4, NEW.rule_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_ttp_rule_deleted AFTER DELETE ON ttp_rule BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (4, OLD.rule_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_canary_tokens_added AFTER INSERT ON canary_tokens BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (5, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_canary_tokens_changed AFTER UPDATE ON canary_tokens
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.decky_name IS NOT NEW.decky_name
    OR OLD.placement_path IS NOT NEW.placement_path
    OR OLD.callback_token IS NOT NEW.callback_token
    OR OLD.placed_at IS NOT NEW.placed_at BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (5, OLD.uuid), (5, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_canary_tokens_deleted AFTER DELETE ON canary_tokens BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (5, OLD.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_canary_blobs_added AFTER INSERT ON canary_blobs BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (6, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_canary_blobs_changed AFTER UPDATE ON canary_blobs
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.sha256 IS NOT NEW.sha256
    OR OLD.filename IS NOT NEW.filename
    OR OLD.uploaded_at IS NOT NEW.uploaded_at BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (6, OLD.uuid), (6, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_canary_blobs_deleted AFTER DELETE ON canary_blobs BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (6, OLD.uuid);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_canary_triggers_added AFTER INSERT ON canary_triggers BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (7, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_canary_triggers_changed AFTER UPDATE ON canary_triggers
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.occurred_at IS NOT NEW.occurred_at
    OR OLD.src_ip IS NOT NEW.src_ip
    OR OLD.user_agent IS NOT NEW.user_agent
    OR OLD.request_path IS NOT NEW.request_path
    OR OLD.dns_qname IS NOT NEW.dns_qname BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (7, OLD.uuid), (7, NEW.uuid);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_canary_triggers_deleted AFTER DELETE ON canary_triggers BEGIN
    INSERT INTO search_stale (source, row_key) VALUES (7, OLD.uuid);
END;
-- +goose StatementEnd

-- A database that has rows already is made ready by a rebuild.
INSERT INTO search_state (id, ready) SELECT 1, NOT EXISTS (SELECT 1 FROM campaigns)
    AND NOT EXISTS (SELECT 1 FROM attacker_identities)
    AND NOT EXISTS (SELECT 1 FROM attackers)
    AND NOT EXISTS (SELECT 1 FROM ttp_rule)
    AND NOT EXISTS (SELECT 1 FROM canary_tokens)
    AND NOT EXISTS (SELECT 1 FROM canary_blobs)
    AND NOT EXISTS (SELECT 1 FROM canary_triggers);

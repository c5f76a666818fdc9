-- The values by which filters look rows up that columns hold in JSON lists, and addresses in a form that sorts: see
-- docs/filter-values.md.
-- There is no Down, on purpose: schemas only move forward.
--
-- A statement that runs again adds nothing: see 00002 on what may run again.

-- +goose Up

-- field is the number of the column in storage/filter_values.go. value is the first 80 bytes of a text in UTF-8, or an address
-- as the digit 4 or 6 and its hexadecimal digits, of an IPv4 address if it is mapped to IPv6.
CREATE TABLE IF NOT EXISTS filter_value (
    field INTEGER       NOT NULL,
    value VARBINARY(80) NOT NULL,
    owner VARCHAR(255)  NOT NULL,
    PRIMARY KEY (field, value, owner),
    INDEX ix_filter_value_owner (owner, field)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A text that the list holds in escaped form may have no place in a text of the server: IGNORE leaves it out.
-- +goose StatementBegin
CREATE PROCEDURE filter_value_list(number INTEGER, row_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, listed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
IF listed <> '[]' THEN
    INSERT IGNORE INTO filter_value (field, value, owner)
    SELECT number, LEFT(CAST(entry.k AS BINARY), 80), row_key
    FROM JSON_TABLE(CASE WHEN JSON_VALID(listed) THEN CASE WHEN JSON_TYPE(listed) = 'ARRAY' THEN listed END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
    WHERE entry.k IS NOT NULL;
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attackers_added AFTER INSERT ON attackers FOR EACH ROW
BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 1 AND 9;
    INSERT IGNORE INTO filter_value (field, value, owner)
    SELECT 1, CAST(LOWER(CASE WHEN IS_IPV4_MAPPED(INET6_ATON(NEW.ip)) THEN CONCAT('4', RIGHT(HEX(INET6_ATON(NEW.ip)), 8)) ELSE CONCAT(IF(LENGTH(INET6_ATON(NEW.ip)) = 4, '4', '6'), HEX(INET6_ATON(NEW.ip))) END) AS BINARY), NEW.uuid FROM (SELECT 1 AS one) d WHERE INET6_ATON(NEW.ip) IS NOT NULL;
    CALL filter_value_list(2, NEW.uuid, NEW.services);
    CALL filter_value_list(3, NEW.uuid, NEW.deckies);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attackers_changed AFTER UPDATE ON attackers FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY) AND CAST(OLD.ip AS BINARY) <=> CAST(NEW.ip AS BINARY) AND CAST(OLD.services AS BINARY) <=> CAST(NEW.services AS BINARY) AND CAST(OLD.deckies AS BINARY) <=> CAST(NEW.deckies AS BINARY)) THEN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 1 AND 9;
    INSERT IGNORE INTO filter_value (field, value, owner)
    SELECT 1, CAST(LOWER(CASE WHEN IS_IPV4_MAPPED(INET6_ATON(NEW.ip)) THEN CONCAT('4', RIGHT(HEX(INET6_ATON(NEW.ip)), 8)) ELSE CONCAT(IF(LENGTH(INET6_ATON(NEW.ip)) = 4, '4', '6'), HEX(INET6_ATON(NEW.ip))) END) AS BINARY), NEW.uuid FROM (SELECT 1 AS one) d WHERE INET6_ATON(NEW.ip) IS NOT NULL;
    CALL filter_value_list(2, NEW.uuid, NEW.services);
    CALL filter_value_list(3, NEW.uuid, NEW.deckies);
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attackers_deleted AFTER DELETE ON attackers FOR EACH ROW
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 1 AND 9;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_identities_added AFTER INSERT ON attacker_identities FOR EACH ROW
BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 11 AND 19;
    CALL filter_value_list(11, NEW.uuid, NEW.ja3_hashes);
    CALL filter_value_list(12, NEW.uuid, NEW.hassh_hashes);
    CALL filter_value_list(13, NEW.uuid, NEW.ja4h_hashes);
    CALL filter_value_list(14, NEW.uuid, NEW.ja4_quic_hashes);
    CALL filter_value_list(15, NEW.uuid, NEW.http_versions_seen);
    CALL filter_value_list(16, NEW.uuid, NEW.tls_cert_sha256);
    CALL filter_value_list(17, NEW.uuid, NEW.payload_simhashes);
    CALL filter_value_list(18, NEW.uuid, NEW.c2_endpoints);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_identities_changed AFTER UPDATE ON attacker_identities FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY) AND CAST(OLD.ja3_hashes AS BINARY) <=> CAST(NEW.ja3_hashes AS BINARY) AND CAST(OLD.hassh_hashes AS BINARY) <=> CAST(NEW.hassh_hashes AS BINARY) AND CAST(OLD.ja4h_hashes AS BINARY) <=> CAST(NEW.ja4h_hashes AS BINARY) AND CAST(OLD.ja4_quic_hashes AS BINARY) <=> CAST(NEW.ja4_quic_hashes AS BINARY) AND CAST(OLD.http_versions_seen AS BINARY) <=> CAST(NEW.http_versions_seen AS BINARY) AND CAST(OLD.tls_cert_sha256 AS BINARY) <=> CAST(NEW.tls_cert_sha256 AS BINARY) AND CAST(OLD.payload_simhashes AS BINARY) <=> CAST(NEW.payload_simhashes AS BINARY) AND CAST(OLD.c2_endpoints AS BINARY) <=> CAST(NEW.c2_endpoints AS BINARY)) THEN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 11 AND 19;
    CALL filter_value_list(11, NEW.uuid, NEW.ja3_hashes);
    CALL filter_value_list(12, NEW.uuid, NEW.hassh_hashes);
    CALL filter_value_list(13, NEW.uuid, NEW.ja4h_hashes);
    CALL filter_value_list(14, NEW.uuid, NEW.ja4_quic_hashes);
    CALL filter_value_list(15, NEW.uuid, NEW.http_versions_seen);
    CALL filter_value_list(16, NEW.uuid, NEW.tls_cert_sha256);
    CALL filter_value_list(17, NEW.uuid, NEW.payload_simhashes);
    CALL filter_value_list(18, NEW.uuid, NEW.c2_endpoints);
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_identities_deleted AFTER DELETE ON attacker_identities FOR EACH ROW
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 11 AND 19;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_campaigns_added AFTER INSERT ON campaigns FOR EACH ROW
BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 21 AND 29;
    CALL filter_value_list(21, NEW.uuid, NEW.ja3_hashes);
    CALL filter_value_list(22, NEW.uuid, NEW.hassh_hashes);
    CALL filter_value_list(23, NEW.uuid, NEW.tls_cert_sha256);
    CALL filter_value_list(24, NEW.uuid, NEW.payload_simhashes);
    CALL filter_value_list(25, NEW.uuid, NEW.c2_endpoints);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_campaigns_changed AFTER UPDATE ON campaigns FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY) AND CAST(OLD.ja3_hashes AS BINARY) <=> CAST(NEW.ja3_hashes AS BINARY) AND CAST(OLD.hassh_hashes AS BINARY) <=> CAST(NEW.hassh_hashes AS BINARY) AND CAST(OLD.tls_cert_sha256 AS BINARY) <=> CAST(NEW.tls_cert_sha256 AS BINARY) AND CAST(OLD.payload_simhashes AS BINARY) <=> CAST(NEW.payload_simhashes AS BINARY) AND CAST(OLD.c2_endpoints AS BINARY) <=> CAST(NEW.c2_endpoints AS BINARY)) THEN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 21 AND 29;
    CALL filter_value_list(21, NEW.uuid, NEW.ja3_hashes);
    CALL filter_value_list(22, NEW.uuid, NEW.hassh_hashes);
    CALL filter_value_list(23, NEW.uuid, NEW.tls_cert_sha256);
    CALL filter_value_list(24, NEW.uuid, NEW.payload_simhashes);
    CALL filter_value_list(25, NEW.uuid, NEW.c2_endpoints);
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_campaigns_deleted AFTER DELETE ON campaigns FOR EACH ROW
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 21 AND 29;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_behavior_added AFTER INSERT ON attacker_behavior FOR EACH ROW
BEGIN
    DELETE FROM filter_value WHERE owner = NEW.attacker_uuid AND field BETWEEN 31 AND 39;
    INSERT IGNORE INTO filter_value (field, value, owner)
    SELECT 31, LEFT(CAST(NEW.tool_guesses AS BINARY), 80), NEW.attacker_uuid FROM (SELECT 1 AS one) d WHERE NEW.tool_guesses IS NOT NULL;
    CALL filter_value_list(31, NEW.attacker_uuid, NEW.tool_guesses);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_behavior_changed AFTER UPDATE ON attacker_behavior FOR EACH ROW
IF NOT (CAST(OLD.attacker_uuid AS BINARY) <=> CAST(NEW.attacker_uuid AS BINARY) AND CAST(OLD.tool_guesses AS BINARY) <=> CAST(NEW.tool_guesses AS BINARY)) THEN
    DELETE FROM filter_value WHERE owner IN (OLD.attacker_uuid, NEW.attacker_uuid) AND field BETWEEN 31 AND 39;
    INSERT IGNORE INTO filter_value (field, value, owner)
    SELECT 31, LEFT(CAST(NEW.tool_guesses AS BINARY), 80), NEW.attacker_uuid FROM (SELECT 1 AS one) d WHERE NEW.tool_guesses IS NOT NULL;
    CALL filter_value_list(31, NEW.attacker_uuid, NEW.tool_guesses);
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_behavior_deleted AFTER DELETE ON attacker_behavior FOR EACH ROW
    DELETE FROM filter_value WHERE owner = OLD.attacker_uuid AND field BETWEEN 31 AND 39;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_intel_added AFTER INSERT ON attacker_intel FOR EACH ROW
BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 41 AND 49;
    CALL filter_value_list(41, NEW.uuid, NEW.threatfox_malware_families);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_intel_changed AFTER UPDATE ON attacker_intel FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY) AND CAST(OLD.threatfox_malware_families AS BINARY) <=> CAST(NEW.threatfox_malware_families AS BINARY)) THEN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 41 AND 49;
    CALL filter_value_list(41, NEW.uuid, NEW.threatfox_malware_families);
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_intel_deleted AFTER DELETE ON attacker_intel FOR EACH ROW
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 41 AND 49;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_canary_triggers_added AFTER INSERT ON canary_triggers FOR EACH ROW
BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 51 AND 59;
    INSERT IGNORE INTO filter_value (field, value, owner)
    SELECT 51, CAST(LOWER(CASE WHEN IS_IPV4_MAPPED(INET6_ATON(NEW.src_ip)) THEN CONCAT('4', RIGHT(HEX(INET6_ATON(NEW.src_ip)), 8)) ELSE CONCAT(IF(LENGTH(INET6_ATON(NEW.src_ip)) = 4, '4', '6'), HEX(INET6_ATON(NEW.src_ip))) END) AS BINARY), NEW.uuid FROM (SELECT 1 AS one) d WHERE INET6_ATON(NEW.src_ip) IS NOT NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_canary_triggers_changed AFTER UPDATE ON canary_triggers FOR EACH ROW
IF NOT (CAST(OLD.uuid AS BINARY) <=> CAST(NEW.uuid AS BINARY) AND CAST(OLD.src_ip AS BINARY) <=> CAST(NEW.src_ip AS BINARY)) THEN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 51 AND 59;
    INSERT IGNORE INTO filter_value (field, value, owner)
    SELECT 51, CAST(LOWER(CASE WHEN IS_IPV4_MAPPED(INET6_ATON(NEW.src_ip)) THEN CONCAT('4', RIGHT(HEX(INET6_ATON(NEW.src_ip)), 8)) ELSE CONCAT(IF(LENGTH(INET6_ATON(NEW.src_ip)) = 4, '4', '6'), HEX(INET6_ATON(NEW.src_ip))) END) AS BINARY), NEW.uuid FROM (SELECT 1 AS one) d WHERE INET6_ATON(NEW.src_ip) IS NOT NULL;
END IF;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER filter_value_canary_triggers_deleted AFTER DELETE ON canary_triggers FOR EACH ROW
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 51 AND 59;
-- +goose StatementEnd

INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 1, CAST(LOWER(CASE WHEN IS_IPV4_MAPPED(INET6_ATON(r.ip)) THEN CONCAT('4', RIGHT(HEX(INET6_ATON(r.ip)), 8)) ELSE CONCAT(IF(LENGTH(INET6_ATON(r.ip)) = 4, '4', '6'), HEX(INET6_ATON(r.ip))) END) AS BINARY), r.uuid FROM attackers r WHERE INET6_ATON(r.ip) IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 2, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attackers r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.services) THEN CASE WHEN JSON_TYPE(r.services) = 'ARRAY' THEN r.services END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 3, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attackers r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.deckies) THEN CASE WHEN JSON_TYPE(r.deckies) = 'ARRAY' THEN r.deckies END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 11, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_identities r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.ja3_hashes) THEN CASE WHEN JSON_TYPE(r.ja3_hashes) = 'ARRAY' THEN r.ja3_hashes END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 12, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_identities r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.hassh_hashes) THEN CASE WHEN JSON_TYPE(r.hassh_hashes) = 'ARRAY' THEN r.hassh_hashes END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 13, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_identities r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.ja4h_hashes) THEN CASE WHEN JSON_TYPE(r.ja4h_hashes) = 'ARRAY' THEN r.ja4h_hashes END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 14, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_identities r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.ja4_quic_hashes) THEN CASE WHEN JSON_TYPE(r.ja4_quic_hashes) = 'ARRAY' THEN r.ja4_quic_hashes END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 15, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_identities r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.http_versions_seen) THEN CASE WHEN JSON_TYPE(r.http_versions_seen) = 'ARRAY' THEN r.http_versions_seen END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 16, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_identities r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.tls_cert_sha256) THEN CASE WHEN JSON_TYPE(r.tls_cert_sha256) = 'ARRAY' THEN r.tls_cert_sha256 END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 17, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_identities r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.payload_simhashes) THEN CASE WHEN JSON_TYPE(r.payload_simhashes) = 'ARRAY' THEN r.payload_simhashes END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 18, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_identities r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.c2_endpoints) THEN CASE WHEN JSON_TYPE(r.c2_endpoints) = 'ARRAY' THEN r.c2_endpoints END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 21, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM campaigns r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.ja3_hashes) THEN CASE WHEN JSON_TYPE(r.ja3_hashes) = 'ARRAY' THEN r.ja3_hashes END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 22, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM campaigns r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.hassh_hashes) THEN CASE WHEN JSON_TYPE(r.hassh_hashes) = 'ARRAY' THEN r.hassh_hashes END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 23, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM campaigns r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.tls_cert_sha256) THEN CASE WHEN JSON_TYPE(r.tls_cert_sha256) = 'ARRAY' THEN r.tls_cert_sha256 END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 24, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM campaigns r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.payload_simhashes) THEN CASE WHEN JSON_TYPE(r.payload_simhashes) = 'ARRAY' THEN r.payload_simhashes END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 25, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM campaigns r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.c2_endpoints) THEN CASE WHEN JSON_TYPE(r.c2_endpoints) = 'ARRAY' THEN r.c2_endpoints END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 31, LEFT(CAST(r.tool_guesses AS BINARY), 80), r.attacker_uuid FROM attacker_behavior r WHERE r.tool_guesses IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 31, LEFT(CAST(entry.k AS BINARY), 80), r.attacker_uuid FROM attacker_behavior r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.tool_guesses) THEN CASE WHEN JSON_TYPE(r.tool_guesses) = 'ARRAY' THEN r.tool_guesses END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 41, LEFT(CAST(entry.k AS BINARY), 80), r.uuid FROM attacker_intel r,
    JSON_TABLE(CASE WHEN JSON_VALID(r.threatfox_malware_families) THEN CASE WHEN JSON_TYPE(r.threatfox_malware_families) = 'ARRAY' THEN r.threatfox_malware_families END END,
        '$[*]' COLUMNS (k LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS entry
WHERE entry.k IS NOT NULL;
INSERT IGNORE INTO filter_value (field, value, owner)
SELECT 51, CAST(LOWER(CASE WHEN IS_IPV4_MAPPED(INET6_ATON(r.src_ip)) THEN CONCAT('4', RIGHT(HEX(INET6_ATON(r.src_ip)), 8)) ELSE CONCAT(IF(LENGTH(INET6_ATON(r.src_ip)) = 4, '4', '6'), HEX(INET6_ATON(r.src_ip))) END) AS BINARY), r.uuid FROM canary_triggers r WHERE INET6_ATON(r.src_ip) IS NOT NULL;

-- Fingerprints of active probes are looked for by their hash.
ALTER TABLE attacker_fingerprint_state ADD INDEX ix_attacker_fingerprint_state_hash (last_hash);

ANALYZE TABLE filter_value;

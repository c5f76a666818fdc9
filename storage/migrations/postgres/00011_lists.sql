-- The values by which filters look rows up that columns hold in JSON lists, and addresses in a form that sorts: see
-- docs/filter-values.md.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

-- field is the number of the column in storage/filter_values.go. value is the first 80 bytes of a text in UTF-8, or an address
-- as the digit 4 or 6 and its hexadecimal digits, of an IPv4 address if it is mapped to IPv6. Keys of rows may have 2600 bytes, and an
-- index entry 2704.
CREATE TABLE filter_value (
    field integer          NOT NULL,
    value bytea            NOT NULL,
    owner text COLLATE "C" NOT NULL,
    PRIMARY KEY (field, value, owner)
);
CREATE INDEX ix_filter_value_owner ON filter_value (owner, field);

-- The elements of a list, as conditions without this table find them.
-- +goose StatementBegin
CREATE FUNCTION filter_value_elements(listed text) RETURNS SETOF bytea LANGUAGE sql STABLE AS $$
SELECT substring(convert_to(entry #>> '{}', 'UTF8') FROM 1 FOR 80)
FROM json_array_elements(CASE WHEN listed ~ E'^[ \\t\\r\\n]*\\[[ \\t\\r\\n]*(("([^"\\\\\\u0001-\\u001f]|\\\\["\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4})*"|-{0,1}(0|[1-9][0-9]*)(\\.[0-9]+){0,1}([eE][-+]{0,1}[0-9]+){0,1}|true|false|null)[ \\t\\r\\n]*(,[ \\t\\r\\n]*("([^"\\\\\\u0001-\\u001f]|\\\\["\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4})*"|-{0,1}(0|[1-9][0-9]*)(\\.[0-9]+){0,1}([eE][-+]{0,1}[0-9]+){0,1}|true|false|null)[ \\t\\r\\n]*)*){0,1}\\][ \\t\\r\\n]*$'
    THEN listed::json ELSE '[]'::json END) AS entry
WHERE CASE WHEN json_typeof(entry) = 'null' THEN FALSE WHEN json_typeof(entry) <> 'string' THEN TRUE
    ELSE entry::text ~ E'^"([^"\\\\\\u0001-\\u001f]|\\\\["\\\\/bfnrt]|\\\\u(0{3}[1-9a-fA-F]|0{2}[1-9a-fA-F][0-9a-fA-F]|0[1-9a-fA-F][0-9a-fA-F]{2}|[1-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}|[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}))*"$' END
$$;
-- +goose StatementEnd

-- CASE keeps texts that are no addresses away from the casts.
-- +goose StatementBegin
CREATE FUNCTION filter_value_address(spelled text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    address inet;
BEGIN
    IF spelled ~ E'^(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}$'
        OR spelled ~ E'^(([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}:){6}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}|::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6}){0,1}|::([0-9A-Fa-f]{1,4}:){0,5}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0}::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,5}){0,1}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0}::([0-9A-Fa-f]{1,4}:){0,4}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){1}::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,4}){0,1}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){1}::([0-9A-Fa-f]{1,4}:){0,3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){2}::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,3}){0,1}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){2}::([0-9A-Fa-f]{1,4}:){0,2}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){3}::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,2}){0,1}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){3}::([0-9A-Fa-f]{1,4}:){0,1}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){4}::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,1}){0,1}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){4}::([0-9A-Fa-f]{1,4}:){0,0}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]{0,1}[0-9])){3}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){5}::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,0}){0,1}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){6}::)$' THEN
        address := spelled::inet;
        IF address <<= '::ffff:0:0/96' THEN
            address := '0.0.0.0'::inet + (address - '::ffff:0.0.0.0'::inet);
        END IF;
        RETURN convert_to(CASE family(address) WHEN 4 THEN '4' ELSE '6' END || encode(substring(inet_send(address) FROM 5), 'hex'), 'UTF8');
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION filter_value_attackers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM filter_value WHERE field BETWEEN 1 AND 9;
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        keys := ARRAY[OLD.uuid, NEW.uuid];
    ELSE
        SELECT array_agg(uuid) INTO keys FROM touched;
    END IF;
    DELETE FROM filter_value WHERE owner = ANY (keys) AND field BETWEEN 1 AND 9;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO filter_value (field, value, owner)
        SELECT DISTINCT l.field, v.value, r.uuid
        FROM attackers r CROSS JOIN LATERAL (VALUES (2, r.services), (3, r.deckies)) l (field, listed)
        CROSS JOIN LATERAL filter_value_elements(l.listed) v (value) WHERE r.uuid = ANY (keys)
        UNION SELECT 1, filter_value_address(r.ip), r.uuid FROM attackers r WHERE r.uuid = ANY (keys) AND filter_value_address(r.ip) IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER filter_value_added AFTER INSERT ON attackers REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attackers();
CREATE TRIGGER filter_value_changed AFTER UPDATE ON attackers FOR EACH ROW
    WHEN (OLD.uuid IS DISTINCT FROM NEW.uuid OR OLD.ip IS DISTINCT FROM NEW.ip OR OLD.services IS DISTINCT FROM NEW.services OR OLD.deckies IS DISTINCT FROM NEW.deckies)
    EXECUTE FUNCTION filter_value_attackers();
CREATE TRIGGER filter_value_deleted AFTER DELETE ON attackers REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attackers();
CREATE TRIGGER filter_value_emptied AFTER TRUNCATE ON attackers FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attackers();

INSERT INTO filter_value (field, value, owner)
SELECT DISTINCT l.field, v.value, r.uuid
FROM attackers r CROSS JOIN LATERAL (VALUES (2, r.services), (3, r.deckies)) l (field, listed)
CROSS JOIN LATERAL filter_value_elements(l.listed) v (value)
UNION SELECT 1, filter_value_address(r.ip), r.uuid FROM attackers r WHERE TRUE AND filter_value_address(r.ip) IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION filter_value_attacker_identities() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM filter_value WHERE field BETWEEN 11 AND 19;
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        keys := ARRAY[OLD.uuid, NEW.uuid];
    ELSE
        SELECT array_agg(uuid) INTO keys FROM touched;
    END IF;
    DELETE FROM filter_value WHERE owner = ANY (keys) AND field BETWEEN 11 AND 19;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO filter_value (field, value, owner)
        SELECT DISTINCT l.field, v.value, r.uuid
        FROM attacker_identities r CROSS JOIN LATERAL (VALUES (11, r.ja3_hashes), (12, r.hassh_hashes), (13, r.ja4h_hashes), (14, r.ja4_quic_hashes), (15, r.http_versions_seen), (16, r.tls_cert_sha256), (17, r.payload_simhashes), (18, r.c2_endpoints)) l (field, listed)
        CROSS JOIN LATERAL filter_value_elements(l.listed) v (value) WHERE r.uuid = ANY (keys);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER filter_value_added AFTER INSERT ON attacker_identities REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_identities();
CREATE TRIGGER filter_value_changed AFTER UPDATE ON attacker_identities FOR EACH ROW
    WHEN (OLD.uuid IS DISTINCT FROM NEW.uuid OR OLD.ja3_hashes IS DISTINCT FROM NEW.ja3_hashes OR OLD.hassh_hashes IS DISTINCT FROM NEW.hassh_hashes OR OLD.ja4h_hashes IS DISTINCT FROM NEW.ja4h_hashes OR OLD.ja4_quic_hashes IS DISTINCT FROM NEW.ja4_quic_hashes OR OLD.http_versions_seen IS DISTINCT FROM NEW.http_versions_seen OR OLD.tls_cert_sha256 IS DISTINCT FROM NEW.tls_cert_sha256 OR OLD.payload_simhashes IS DISTINCT FROM NEW.payload_simhashes OR OLD.c2_endpoints IS DISTINCT FROM NEW.c2_endpoints)
    EXECUTE FUNCTION filter_value_attacker_identities();
CREATE TRIGGER filter_value_deleted AFTER DELETE ON attacker_identities REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_identities();
CREATE TRIGGER filter_value_emptied AFTER TRUNCATE ON attacker_identities FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_identities();

INSERT INTO filter_value (field, value, owner)
SELECT DISTINCT l.field, v.value, r.uuid
FROM attacker_identities r CROSS JOIN LATERAL (VALUES (11, r.ja3_hashes), (12, r.hassh_hashes), (13, r.ja4h_hashes), (14, r.ja4_quic_hashes), (15, r.http_versions_seen), (16, r.tls_cert_sha256), (17, r.payload_simhashes), (18, r.c2_endpoints)) l (field, listed)
CROSS JOIN LATERAL filter_value_elements(l.listed) v (value);

-- +goose StatementBegin
CREATE FUNCTION filter_value_campaigns() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM filter_value WHERE field BETWEEN 21 AND 29;
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        keys := ARRAY[OLD.uuid, NEW.uuid];
    ELSE
        SELECT array_agg(uuid) INTO keys FROM touched;
    END IF;
    DELETE FROM filter_value WHERE owner = ANY (keys) AND field BETWEEN 21 AND 29;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO filter_value (field, value, owner)
        SELECT DISTINCT l.field, v.value, r.uuid
        FROM campaigns r CROSS JOIN LATERAL (VALUES (21, r.ja3_hashes), (22, r.hassh_hashes), (23, r.tls_cert_sha256), (24, r.payload_simhashes), (25, r.c2_endpoints)) l (field, listed)
        CROSS JOIN LATERAL filter_value_elements(l.listed) v (value) WHERE r.uuid = ANY (keys);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER filter_value_added AFTER INSERT ON campaigns REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_campaigns();
CREATE TRIGGER filter_value_changed AFTER UPDATE ON campaigns FOR EACH ROW
    WHEN (OLD.uuid IS DISTINCT FROM NEW.uuid OR OLD.ja3_hashes IS DISTINCT FROM NEW.ja3_hashes OR OLD.hassh_hashes IS DISTINCT FROM NEW.hassh_hashes OR OLD.tls_cert_sha256 IS DISTINCT FROM NEW.tls_cert_sha256 OR OLD.payload_simhashes IS DISTINCT FROM NEW.payload_simhashes OR OLD.c2_endpoints IS DISTINCT FROM NEW.c2_endpoints)
    EXECUTE FUNCTION filter_value_campaigns();
CREATE TRIGGER filter_value_deleted AFTER DELETE ON campaigns REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_campaigns();
CREATE TRIGGER filter_value_emptied AFTER TRUNCATE ON campaigns FOR EACH STATEMENT EXECUTE FUNCTION filter_value_campaigns();

INSERT INTO filter_value (field, value, owner)
SELECT DISTINCT l.field, v.value, r.uuid
FROM campaigns r CROSS JOIN LATERAL (VALUES (21, r.ja3_hashes), (22, r.hassh_hashes), (23, r.tls_cert_sha256), (24, r.payload_simhashes), (25, r.c2_endpoints)) l (field, listed)
CROSS JOIN LATERAL filter_value_elements(l.listed) v (value);

-- +goose StatementBegin
CREATE FUNCTION filter_value_attacker_behavior() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM filter_value WHERE field BETWEEN 31 AND 39;
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        keys := ARRAY[OLD.attacker_uuid, NEW.attacker_uuid];
    ELSE
        SELECT array_agg(attacker_uuid) INTO keys FROM touched;
    END IF;
    DELETE FROM filter_value WHERE owner = ANY (keys) AND field BETWEEN 31 AND 39;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO filter_value (field, value, owner)
        SELECT DISTINCT l.field, v.value, r.attacker_uuid
        FROM attacker_behavior r CROSS JOIN LATERAL (VALUES (31, r.tool_guesses)) l (field, listed)
        CROSS JOIN LATERAL filter_value_elements(l.listed) v (value) WHERE r.attacker_uuid = ANY (keys)
        UNION SELECT 31, substring(convert_to(r.tool_guesses, 'UTF8') FROM 1 FOR 80), r.attacker_uuid FROM attacker_behavior r WHERE r.attacker_uuid = ANY (keys) AND r.tool_guesses IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER filter_value_added AFTER INSERT ON attacker_behavior REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_behavior();
CREATE TRIGGER filter_value_changed AFTER UPDATE ON attacker_behavior FOR EACH ROW
    WHEN (OLD.attacker_uuid IS DISTINCT FROM NEW.attacker_uuid OR OLD.tool_guesses IS DISTINCT FROM NEW.tool_guesses)
    EXECUTE FUNCTION filter_value_attacker_behavior();
CREATE TRIGGER filter_value_deleted AFTER DELETE ON attacker_behavior REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_behavior();
CREATE TRIGGER filter_value_emptied AFTER TRUNCATE ON attacker_behavior FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_behavior();

INSERT INTO filter_value (field, value, owner)
SELECT DISTINCT l.field, v.value, r.attacker_uuid
FROM attacker_behavior r CROSS JOIN LATERAL (VALUES (31, r.tool_guesses)) l (field, listed)
CROSS JOIN LATERAL filter_value_elements(l.listed) v (value)
UNION SELECT 31, substring(convert_to(r.tool_guesses, 'UTF8') FROM 1 FOR 80), r.attacker_uuid FROM attacker_behavior r WHERE TRUE AND r.tool_guesses IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION filter_value_attacker_intel() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM filter_value WHERE field BETWEEN 41 AND 49;
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        keys := ARRAY[OLD.uuid, NEW.uuid];
    ELSE
        SELECT array_agg(uuid) INTO keys FROM touched;
    END IF;
    DELETE FROM filter_value WHERE owner = ANY (keys) AND field BETWEEN 41 AND 49;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO filter_value (field, value, owner)
        SELECT DISTINCT l.field, v.value, r.uuid
        FROM attacker_intel r CROSS JOIN LATERAL (VALUES (41, r.threatfox_malware_families)) l (field, listed)
        CROSS JOIN LATERAL filter_value_elements(l.listed) v (value) WHERE r.uuid = ANY (keys);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER filter_value_added AFTER INSERT ON attacker_intel REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_intel();
CREATE TRIGGER filter_value_changed AFTER UPDATE ON attacker_intel FOR EACH ROW
    WHEN (OLD.uuid IS DISTINCT FROM NEW.uuid OR OLD.threatfox_malware_families IS DISTINCT FROM NEW.threatfox_malware_families)
    EXECUTE FUNCTION filter_value_attacker_intel();
CREATE TRIGGER filter_value_deleted AFTER DELETE ON attacker_intel REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_intel();
CREATE TRIGGER filter_value_emptied AFTER TRUNCATE ON attacker_intel FOR EACH STATEMENT EXECUTE FUNCTION filter_value_attacker_intel();

INSERT INTO filter_value (field, value, owner)
SELECT DISTINCT l.field, v.value, r.uuid
FROM attacker_intel r CROSS JOIN LATERAL (VALUES (41, r.threatfox_malware_families)) l (field, listed)
CROSS JOIN LATERAL filter_value_elements(l.listed) v (value);

-- +goose StatementBegin
CREATE FUNCTION filter_value_canary_triggers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM filter_value WHERE field BETWEEN 51 AND 59;
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' THEN
        keys := ARRAY[OLD.uuid, NEW.uuid];
    ELSE
        SELECT array_agg(uuid) INTO keys FROM touched;
    END IF;
    DELETE FROM filter_value WHERE owner = ANY (keys) AND field BETWEEN 51 AND 59;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO filter_value (field, value, owner)
        SELECT 51, filter_value_address(r.src_ip), r.uuid FROM canary_triggers r WHERE r.uuid = ANY (keys) AND filter_value_address(r.src_ip) IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER filter_value_added AFTER INSERT ON canary_triggers REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_canary_triggers();
CREATE TRIGGER filter_value_changed AFTER UPDATE ON canary_triggers FOR EACH ROW
    WHEN (OLD.uuid IS DISTINCT FROM NEW.uuid OR OLD.src_ip IS DISTINCT FROM NEW.src_ip)
    EXECUTE FUNCTION filter_value_canary_triggers();
CREATE TRIGGER filter_value_deleted AFTER DELETE ON canary_triggers REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION filter_value_canary_triggers();
CREATE TRIGGER filter_value_emptied AFTER TRUNCATE ON canary_triggers FOR EACH STATEMENT EXECUTE FUNCTION filter_value_canary_triggers();

INSERT INTO filter_value (field, value, owner)
SELECT 51, filter_value_address(r.src_ip), r.uuid FROM canary_triggers r WHERE TRUE AND filter_value_address(r.src_ip) IS NOT NULL;

-- Fingerprints of active probes are looked for by their hash.
CREATE INDEX ix_attacker_fingerprint_state_hash ON attacker_fingerprint_state (last_hash);

ANALYZE filter_value;

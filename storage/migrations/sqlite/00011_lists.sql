-- The values by which filters look rows up that columns hold in JSON lists, and addresses in a form that sorts: see
-- docs/filter-values.md.
-- There is no Down, on purpose: schemas only move forward.

-- +goose Up

-- field is the number of the column in storage/filter_values.go. value is the first 80 bytes of a text in UTF-8, or an address
-- as the digit 4 or 6 and its hexadecimal digits, of an IPv4 address if it is mapped to IPv6. A value without bytes stands for
-- an address that the triggers cannot read: the program reads it.
CREATE TABLE filter_value (
    field INTEGER NOT NULL,
    value BLOB    NOT NULL,
    owner VARCHAR NOT NULL,
    PRIMARY KEY (field, value, owner)
) WITHOUT ROWID;
CREATE INDEX ix_filter_value_owner ON filter_value (owner, field);

-- +goose StatementBegin
CREATE TRIGGER filter_value_attackers_added AFTER INSERT ON attackers BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 1 AND 9;
    INSERT INTO filter_value (field, value, owner)
    SELECT 1, CAST(CASE WHEN key GLOB '600000000000000000000ffff*' THEN '4' || SUBSTR(key, -8) ELSE key END AS BLOB), owner FROM (
        SELECT DISTINCT owner, CASE
            WHEN NOT JSON_VALID(words) THEN ''
            WHEN words GLOB '[[][0-9]*' AND JSON_ARRAY_LENGTH(words) = 4 AND words ->> 0 <= 255 AND words ->> 1 <= 255 AND words ->> 2 <= 255 AND words ->> 3 <= 255
                THEN PRINTF('4%02x%02x%02x%02x', words ->> 0, words ->> 1, words ->> 2, words ->> 3)
            WHEN words GLOB '[[]"*' AND JSON_ARRAY_LENGTH(words) = 8 AND LENGTH(words ->> 0) BETWEEN 1 AND 4 AND LENGTH(words ->> 1) BETWEEN 1 AND 4 AND LENGTH(words ->> 2) BETWEEN 1 AND 4 AND LENGTH(words ->> 3) BETWEEN 1 AND 4 AND LENGTH(words ->> 4) BETWEEN 1 AND 4 AND LENGTH(words ->> 5) BETWEEN 1 AND 4 AND LENGTH(words ->> 6) BETWEEN 1 AND 4 AND LENGTH(words ->> 7) BETWEEN 1 AND 4
                THEN '6' || SUBSTR('000' || (words ->> 0), -4) || SUBSTR('000' || (words ->> 1), -4) || SUBSTR('000' || (words ->> 2), -4) || SUBSTR('000' || (words ->> 3), -4) || SUBSTR('000' || (words ->> 4), -4) || SUBSTR('000' || (words ->> 5), -4) || SUBSTR('000' || (words ->> 6), -4) || SUBSTR('000' || (words ->> 7), -4)
            ELSE '' END AS key
        FROM (SELECT DISTINCT owner, CASE
                WHEN spelled = '' OR LENGTH(CAST(spelled AS BLOB)) > 45 OR LENGTH(CAST(spelled AS BLOB)) <> LENGTH(spelled) OR spelled GLOB '*[^0-9a-f:.]*' THEN ''
                WHEN INSTR(spelled, ':') = 0 THEN IIF(spelled GLOB '*[^0-9.]*', '', '[' || REPLACE(spelled, '.', ',') || ']')
                WHEN INSTR(spelled, '.') > 0 THEN ''
                WHEN INSTR(spelled, '::') = 0 THEN '["' || REPLACE(spelled, ':', '","') || '"]'
                ELSE (SELECT CASE WHEN INSTR(last, '::') = 0 AND given < 8
                        THEN '["' || REPLACE(IIF(first = '', '', first || ':') || SUBSTR('0:0:0:0:0:0:0:0', 1, 15 - 2 * given) || IIF(last = '', '', ':' || last), ':', '","') || '"]'
                        ELSE '' END
                    FROM (SELECT first, last, IIF(first = '', 0, 1 + LENGTH(first) - LENGTH(REPLACE(first, ':', '')))
                            + IIF(last = '', 0, 1 + LENGTH(last) - LENGTH(REPLACE(last, ':', ''))) AS given
                        FROM (SELECT SUBSTR(spelled, 1, INSTR(spelled, '::') - 1) AS first, SUBSTR(spelled, INSTR(spelled, '::') + 2) AS last)))
                END AS words
            FROM (SELECT owner, CASE WHEN spelled GLOB '::ffff:*.*' THEN SUBSTR(spelled, 8) ELSE spelled END AS spelled
                FROM (SELECT NEW.uuid AS owner, LOWER(NEW.ip) AS spelled WHERE TYPEOF(NEW.ip) = 'text'))))
    UNION SELECT 2, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.services -> entry.fullkey WHEN 'real' THEN NEW.services -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.services) THEN CASE WHEN JSON_TYPE(NEW.services) = 'array' THEN NEW.services END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 3, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.deckies -> entry.fullkey WHEN 'real' THEN NEW.deckies -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.deckies) THEN CASE WHEN JSON_TYPE(NEW.deckies) = 'array' THEN NEW.deckies END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_attackers_changed AFTER UPDATE ON attackers
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.ip IS NOT NEW.ip
    OR OLD.services IS NOT NEW.services
    OR OLD.deckies IS NOT NEW.deckies BEGIN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 1 AND 9;
    INSERT INTO filter_value (field, value, owner)
    SELECT 1, CAST(CASE WHEN key GLOB '600000000000000000000ffff*' THEN '4' || SUBSTR(key, -8) ELSE key END AS BLOB), owner FROM (
        SELECT DISTINCT owner, CASE
            WHEN NOT JSON_VALID(words) THEN ''
            WHEN words GLOB '[[][0-9]*' AND JSON_ARRAY_LENGTH(words) = 4 AND words ->> 0 <= 255 AND words ->> 1 <= 255 AND words ->> 2 <= 255 AND words ->> 3 <= 255
                THEN PRINTF('4%02x%02x%02x%02x', words ->> 0, words ->> 1, words ->> 2, words ->> 3)
            WHEN words GLOB '[[]"*' AND JSON_ARRAY_LENGTH(words) = 8 AND LENGTH(words ->> 0) BETWEEN 1 AND 4 AND LENGTH(words ->> 1) BETWEEN 1 AND 4 AND LENGTH(words ->> 2) BETWEEN 1 AND 4 AND LENGTH(words ->> 3) BETWEEN 1 AND 4 AND LENGTH(words ->> 4) BETWEEN 1 AND 4 AND LENGTH(words ->> 5) BETWEEN 1 AND 4 AND LENGTH(words ->> 6) BETWEEN 1 AND 4 AND LENGTH(words ->> 7) BETWEEN 1 AND 4
                THEN '6' || SUBSTR('000' || (words ->> 0), -4) || SUBSTR('000' || (words ->> 1), -4) || SUBSTR('000' || (words ->> 2), -4) || SUBSTR('000' || (words ->> 3), -4) || SUBSTR('000' || (words ->> 4), -4) || SUBSTR('000' || (words ->> 5), -4) || SUBSTR('000' || (words ->> 6), -4) || SUBSTR('000' || (words ->> 7), -4)
            ELSE '' END AS key
        FROM (SELECT DISTINCT owner, CASE
                WHEN spelled = '' OR LENGTH(CAST(spelled AS BLOB)) > 45 OR LENGTH(CAST(spelled AS BLOB)) <> LENGTH(spelled) OR spelled GLOB '*[^0-9a-f:.]*' THEN ''
                WHEN INSTR(spelled, ':') = 0 THEN IIF(spelled GLOB '*[^0-9.]*', '', '[' || REPLACE(spelled, '.', ',') || ']')
                WHEN INSTR(spelled, '.') > 0 THEN ''
                WHEN INSTR(spelled, '::') = 0 THEN '["' || REPLACE(spelled, ':', '","') || '"]'
                ELSE (SELECT CASE WHEN INSTR(last, '::') = 0 AND given < 8
                        THEN '["' || REPLACE(IIF(first = '', '', first || ':') || SUBSTR('0:0:0:0:0:0:0:0', 1, 15 - 2 * given) || IIF(last = '', '', ':' || last), ':', '","') || '"]'
                        ELSE '' END
                    FROM (SELECT first, last, IIF(first = '', 0, 1 + LENGTH(first) - LENGTH(REPLACE(first, ':', '')))
                            + IIF(last = '', 0, 1 + LENGTH(last) - LENGTH(REPLACE(last, ':', ''))) AS given
                        FROM (SELECT SUBSTR(spelled, 1, INSTR(spelled, '::') - 1) AS first, SUBSTR(spelled, INSTR(spelled, '::') + 2) AS last)))
                END AS words
            FROM (SELECT owner, CASE WHEN spelled GLOB '::ffff:*.*' THEN SUBSTR(spelled, 8) ELSE spelled END AS spelled
                FROM (SELECT NEW.uuid AS owner, LOWER(NEW.ip) AS spelled WHERE TYPEOF(NEW.ip) = 'text'))))
    UNION SELECT 2, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.services -> entry.fullkey WHEN 'real' THEN NEW.services -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.services) THEN CASE WHEN JSON_TYPE(NEW.services) = 'array' THEN NEW.services END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 3, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.deckies -> entry.fullkey WHEN 'real' THEN NEW.deckies -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.deckies) THEN CASE WHEN JSON_TYPE(NEW.deckies) = 'array' THEN NEW.deckies END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_attackers_deleted AFTER DELETE ON attackers BEGIN
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 1 AND 9;
END;
-- +goose StatementEnd
INSERT INTO filter_value (field, value, owner)
SELECT 1, CAST(CASE WHEN key GLOB '600000000000000000000ffff*' THEN '4' || SUBSTR(key, -8) ELSE key END AS BLOB), owner FROM (
        SELECT DISTINCT owner, CASE
            WHEN NOT JSON_VALID(words) THEN ''
            WHEN words GLOB '[[][0-9]*' AND JSON_ARRAY_LENGTH(words) = 4 AND words ->> 0 <= 255 AND words ->> 1 <= 255 AND words ->> 2 <= 255 AND words ->> 3 <= 255
                THEN PRINTF('4%02x%02x%02x%02x', words ->> 0, words ->> 1, words ->> 2, words ->> 3)
            WHEN words GLOB '[[]"*' AND JSON_ARRAY_LENGTH(words) = 8 AND LENGTH(words ->> 0) BETWEEN 1 AND 4 AND LENGTH(words ->> 1) BETWEEN 1 AND 4 AND LENGTH(words ->> 2) BETWEEN 1 AND 4 AND LENGTH(words ->> 3) BETWEEN 1 AND 4 AND LENGTH(words ->> 4) BETWEEN 1 AND 4 AND LENGTH(words ->> 5) BETWEEN 1 AND 4 AND LENGTH(words ->> 6) BETWEEN 1 AND 4 AND LENGTH(words ->> 7) BETWEEN 1 AND 4
                THEN '6' || SUBSTR('000' || (words ->> 0), -4) || SUBSTR('000' || (words ->> 1), -4) || SUBSTR('000' || (words ->> 2), -4) || SUBSTR('000' || (words ->> 3), -4) || SUBSTR('000' || (words ->> 4), -4) || SUBSTR('000' || (words ->> 5), -4) || SUBSTR('000' || (words ->> 6), -4) || SUBSTR('000' || (words ->> 7), -4)
            ELSE '' END AS key
        FROM (SELECT DISTINCT owner, CASE
                WHEN spelled = '' OR LENGTH(CAST(spelled AS BLOB)) > 45 OR LENGTH(CAST(spelled AS BLOB)) <> LENGTH(spelled) OR spelled GLOB '*[^0-9a-f:.]*' THEN ''
                WHEN INSTR(spelled, ':') = 0 THEN IIF(spelled GLOB '*[^0-9.]*', '', '[' || REPLACE(spelled, '.', ',') || ']')
                WHEN INSTR(spelled, '.') > 0 THEN ''
                WHEN INSTR(spelled, '::') = 0 THEN '["' || REPLACE(spelled, ':', '","') || '"]'
                ELSE (SELECT CASE WHEN INSTR(last, '::') = 0 AND given < 8
                        THEN '["' || REPLACE(IIF(first = '', '', first || ':') || SUBSTR('0:0:0:0:0:0:0:0', 1, 15 - 2 * given) || IIF(last = '', '', ':' || last), ':', '","') || '"]'
                        ELSE '' END
                    FROM (SELECT first, last, IIF(first = '', 0, 1 + LENGTH(first) - LENGTH(REPLACE(first, ':', '')))
                            + IIF(last = '', 0, 1 + LENGTH(last) - LENGTH(REPLACE(last, ':', ''))) AS given
                        FROM (SELECT SUBSTR(spelled, 1, INSTR(spelled, '::') - 1) AS first, SUBSTR(spelled, INSTR(spelled, '::') + 2) AS last)))
                END AS words
            FROM (SELECT owner, CASE WHEN spelled GLOB '::ffff:*.*' THEN SUBSTR(spelled, 8) ELSE spelled END AS spelled
                FROM (SELECT r.uuid AS owner, LOWER(r.ip) AS spelled FROM attackers r WHERE TYPEOF(r.ip) = 'text'))))
UNION SELECT 2, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.services -> entry.fullkey WHEN 'real' THEN r.services -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attackers r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.services) THEN CASE WHEN JSON_TYPE(r.services) = 'array' THEN r.services END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 3, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.deckies -> entry.fullkey WHEN 'real' THEN r.deckies -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attackers r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.deckies) THEN CASE WHEN JSON_TYPE(r.deckies) = 'array' THEN r.deckies END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_identities_added AFTER INSERT ON attacker_identities BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 11 AND 19;
    INSERT INTO filter_value (field, value, owner)
    SELECT 11, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.ja3_hashes -> entry.fullkey WHEN 'real' THEN NEW.ja3_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.ja3_hashes) THEN CASE WHEN JSON_TYPE(NEW.ja3_hashes) = 'array' THEN NEW.ja3_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 12, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.hassh_hashes -> entry.fullkey WHEN 'real' THEN NEW.hassh_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.hassh_hashes) THEN CASE WHEN JSON_TYPE(NEW.hassh_hashes) = 'array' THEN NEW.hassh_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 13, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.ja4h_hashes -> entry.fullkey WHEN 'real' THEN NEW.ja4h_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.ja4h_hashes) THEN CASE WHEN JSON_TYPE(NEW.ja4h_hashes) = 'array' THEN NEW.ja4h_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 14, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.ja4_quic_hashes -> entry.fullkey WHEN 'real' THEN NEW.ja4_quic_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.ja4_quic_hashes) THEN CASE WHEN JSON_TYPE(NEW.ja4_quic_hashes) = 'array' THEN NEW.ja4_quic_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 15, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.http_versions_seen -> entry.fullkey WHEN 'real' THEN NEW.http_versions_seen -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.http_versions_seen) THEN CASE WHEN JSON_TYPE(NEW.http_versions_seen) = 'array' THEN NEW.http_versions_seen END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 16, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.tls_cert_sha256 -> entry.fullkey WHEN 'real' THEN NEW.tls_cert_sha256 -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.tls_cert_sha256) THEN CASE WHEN JSON_TYPE(NEW.tls_cert_sha256) = 'array' THEN NEW.tls_cert_sha256 END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 17, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.payload_simhashes -> entry.fullkey WHEN 'real' THEN NEW.payload_simhashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.payload_simhashes) THEN CASE WHEN JSON_TYPE(NEW.payload_simhashes) = 'array' THEN NEW.payload_simhashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 18, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.c2_endpoints -> entry.fullkey WHEN 'real' THEN NEW.c2_endpoints -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.c2_endpoints) THEN CASE WHEN JSON_TYPE(NEW.c2_endpoints) = 'array' THEN NEW.c2_endpoints END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_identities_changed AFTER UPDATE ON attacker_identities
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.ja3_hashes IS NOT NEW.ja3_hashes
    OR OLD.hassh_hashes IS NOT NEW.hassh_hashes
    OR OLD.ja4h_hashes IS NOT NEW.ja4h_hashes
    OR OLD.ja4_quic_hashes IS NOT NEW.ja4_quic_hashes
    OR OLD.http_versions_seen IS NOT NEW.http_versions_seen
    OR OLD.tls_cert_sha256 IS NOT NEW.tls_cert_sha256
    OR OLD.payload_simhashes IS NOT NEW.payload_simhashes
    OR OLD.c2_endpoints IS NOT NEW.c2_endpoints BEGIN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 11 AND 19;
    INSERT INTO filter_value (field, value, owner)
    SELECT 11, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.ja3_hashes -> entry.fullkey WHEN 'real' THEN NEW.ja3_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.ja3_hashes) THEN CASE WHEN JSON_TYPE(NEW.ja3_hashes) = 'array' THEN NEW.ja3_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 12, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.hassh_hashes -> entry.fullkey WHEN 'real' THEN NEW.hassh_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.hassh_hashes) THEN CASE WHEN JSON_TYPE(NEW.hassh_hashes) = 'array' THEN NEW.hassh_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 13, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.ja4h_hashes -> entry.fullkey WHEN 'real' THEN NEW.ja4h_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.ja4h_hashes) THEN CASE WHEN JSON_TYPE(NEW.ja4h_hashes) = 'array' THEN NEW.ja4h_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 14, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.ja4_quic_hashes -> entry.fullkey WHEN 'real' THEN NEW.ja4_quic_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.ja4_quic_hashes) THEN CASE WHEN JSON_TYPE(NEW.ja4_quic_hashes) = 'array' THEN NEW.ja4_quic_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 15, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.http_versions_seen -> entry.fullkey WHEN 'real' THEN NEW.http_versions_seen -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.http_versions_seen) THEN CASE WHEN JSON_TYPE(NEW.http_versions_seen) = 'array' THEN NEW.http_versions_seen END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 16, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.tls_cert_sha256 -> entry.fullkey WHEN 'real' THEN NEW.tls_cert_sha256 -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.tls_cert_sha256) THEN CASE WHEN JSON_TYPE(NEW.tls_cert_sha256) = 'array' THEN NEW.tls_cert_sha256 END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 17, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.payload_simhashes -> entry.fullkey WHEN 'real' THEN NEW.payload_simhashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.payload_simhashes) THEN CASE WHEN JSON_TYPE(NEW.payload_simhashes) = 'array' THEN NEW.payload_simhashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 18, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.c2_endpoints -> entry.fullkey WHEN 'real' THEN NEW.c2_endpoints -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.c2_endpoints) THEN CASE WHEN JSON_TYPE(NEW.c2_endpoints) = 'array' THEN NEW.c2_endpoints END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_identities_deleted AFTER DELETE ON attacker_identities BEGIN
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 11 AND 19;
END;
-- +goose StatementEnd
INSERT INTO filter_value (field, value, owner)
SELECT 11, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.ja3_hashes -> entry.fullkey WHEN 'real' THEN r.ja3_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_identities r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.ja3_hashes) THEN CASE WHEN JSON_TYPE(r.ja3_hashes) = 'array' THEN r.ja3_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 12, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.hassh_hashes -> entry.fullkey WHEN 'real' THEN r.hassh_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_identities r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.hassh_hashes) THEN CASE WHEN JSON_TYPE(r.hassh_hashes) = 'array' THEN r.hassh_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 13, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.ja4h_hashes -> entry.fullkey WHEN 'real' THEN r.ja4h_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_identities r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.ja4h_hashes) THEN CASE WHEN JSON_TYPE(r.ja4h_hashes) = 'array' THEN r.ja4h_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 14, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.ja4_quic_hashes -> entry.fullkey WHEN 'real' THEN r.ja4_quic_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_identities r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.ja4_quic_hashes) THEN CASE WHEN JSON_TYPE(r.ja4_quic_hashes) = 'array' THEN r.ja4_quic_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 15, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.http_versions_seen -> entry.fullkey WHEN 'real' THEN r.http_versions_seen -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_identities r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.http_versions_seen) THEN CASE WHEN JSON_TYPE(r.http_versions_seen) = 'array' THEN r.http_versions_seen END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 16, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.tls_cert_sha256 -> entry.fullkey WHEN 'real' THEN r.tls_cert_sha256 -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_identities r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.tls_cert_sha256) THEN CASE WHEN JSON_TYPE(r.tls_cert_sha256) = 'array' THEN r.tls_cert_sha256 END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 17, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.payload_simhashes -> entry.fullkey WHEN 'real' THEN r.payload_simhashes -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_identities r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.payload_simhashes) THEN CASE WHEN JSON_TYPE(r.payload_simhashes) = 'array' THEN r.payload_simhashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 18, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.c2_endpoints -> entry.fullkey WHEN 'real' THEN r.c2_endpoints -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_identities r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.c2_endpoints) THEN CASE WHEN JSON_TYPE(r.c2_endpoints) = 'array' THEN r.c2_endpoints END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');

-- +goose StatementBegin
CREATE TRIGGER filter_value_campaigns_added AFTER INSERT ON campaigns BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 21 AND 29;
    INSERT INTO filter_value (field, value, owner)
    SELECT 21, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.ja3_hashes -> entry.fullkey WHEN 'real' THEN NEW.ja3_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.ja3_hashes) THEN CASE WHEN JSON_TYPE(NEW.ja3_hashes) = 'array' THEN NEW.ja3_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 22, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.hassh_hashes -> entry.fullkey WHEN 'real' THEN NEW.hassh_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.hassh_hashes) THEN CASE WHEN JSON_TYPE(NEW.hassh_hashes) = 'array' THEN NEW.hassh_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 23, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.tls_cert_sha256 -> entry.fullkey WHEN 'real' THEN NEW.tls_cert_sha256 -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.tls_cert_sha256) THEN CASE WHEN JSON_TYPE(NEW.tls_cert_sha256) = 'array' THEN NEW.tls_cert_sha256 END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 24, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.payload_simhashes -> entry.fullkey WHEN 'real' THEN NEW.payload_simhashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.payload_simhashes) THEN CASE WHEN JSON_TYPE(NEW.payload_simhashes) = 'array' THEN NEW.payload_simhashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 25, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.c2_endpoints -> entry.fullkey WHEN 'real' THEN NEW.c2_endpoints -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.c2_endpoints) THEN CASE WHEN JSON_TYPE(NEW.c2_endpoints) = 'array' THEN NEW.c2_endpoints END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_campaigns_changed AFTER UPDATE ON campaigns
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.ja3_hashes IS NOT NEW.ja3_hashes
    OR OLD.hassh_hashes IS NOT NEW.hassh_hashes
    OR OLD.tls_cert_sha256 IS NOT NEW.tls_cert_sha256
    OR OLD.payload_simhashes IS NOT NEW.payload_simhashes
    OR OLD.c2_endpoints IS NOT NEW.c2_endpoints BEGIN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 21 AND 29;
    INSERT INTO filter_value (field, value, owner)
    SELECT 21, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.ja3_hashes -> entry.fullkey WHEN 'real' THEN NEW.ja3_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.ja3_hashes) THEN CASE WHEN JSON_TYPE(NEW.ja3_hashes) = 'array' THEN NEW.ja3_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 22, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.hassh_hashes -> entry.fullkey WHEN 'real' THEN NEW.hassh_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.hassh_hashes) THEN CASE WHEN JSON_TYPE(NEW.hassh_hashes) = 'array' THEN NEW.hassh_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 23, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.tls_cert_sha256 -> entry.fullkey WHEN 'real' THEN NEW.tls_cert_sha256 -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.tls_cert_sha256) THEN CASE WHEN JSON_TYPE(NEW.tls_cert_sha256) = 'array' THEN NEW.tls_cert_sha256 END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 24, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.payload_simhashes -> entry.fullkey WHEN 'real' THEN NEW.payload_simhashes -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.payload_simhashes) THEN CASE WHEN JSON_TYPE(NEW.payload_simhashes) = 'array' THEN NEW.payload_simhashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
    UNION SELECT 25, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.c2_endpoints -> entry.fullkey WHEN 'real' THEN NEW.c2_endpoints -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.c2_endpoints) THEN CASE WHEN JSON_TYPE(NEW.c2_endpoints) = 'array' THEN NEW.c2_endpoints END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_campaigns_deleted AFTER DELETE ON campaigns BEGIN
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 21 AND 29;
END;
-- +goose StatementEnd
INSERT INTO filter_value (field, value, owner)
SELECT 21, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.ja3_hashes -> entry.fullkey WHEN 'real' THEN r.ja3_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM campaigns r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.ja3_hashes) THEN CASE WHEN JSON_TYPE(r.ja3_hashes) = 'array' THEN r.ja3_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 22, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.hassh_hashes -> entry.fullkey WHEN 'real' THEN r.hassh_hashes -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM campaigns r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.hassh_hashes) THEN CASE WHEN JSON_TYPE(r.hassh_hashes) = 'array' THEN r.hassh_hashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 23, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.tls_cert_sha256 -> entry.fullkey WHEN 'real' THEN r.tls_cert_sha256 -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM campaigns r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.tls_cert_sha256) THEN CASE WHEN JSON_TYPE(r.tls_cert_sha256) = 'array' THEN r.tls_cert_sha256 END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 24, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.payload_simhashes -> entry.fullkey WHEN 'real' THEN r.payload_simhashes -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM campaigns r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.payload_simhashes) THEN CASE WHEN JSON_TYPE(r.payload_simhashes) = 'array' THEN r.payload_simhashes END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object')
UNION SELECT 25, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.c2_endpoints -> entry.fullkey WHEN 'real' THEN r.c2_endpoints -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM campaigns r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.c2_endpoints) THEN CASE WHEN JSON_TYPE(r.c2_endpoints) = 'array' THEN r.c2_endpoints END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_behavior_added AFTER INSERT ON attacker_behavior BEGIN
    DELETE FROM filter_value WHERE owner = NEW.attacker_uuid AND field BETWEEN 31 AND 39;
    INSERT INTO filter_value (field, value, owner)
    SELECT 31, IFNULL(SUBSTR(CAST(NEW.tool_guesses AS BLOB), 1, 80), X''), NEW.attacker_uuid WHERE NEW.tool_guesses IS NOT NULL
    UNION SELECT 31, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.tool_guesses -> entry.fullkey WHEN 'real' THEN NEW.tool_guesses -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.attacker_uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.tool_guesses) THEN CASE WHEN JSON_TYPE(NEW.tool_guesses) = 'array' THEN NEW.tool_guesses END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_behavior_changed AFTER UPDATE ON attacker_behavior
WHEN OLD.attacker_uuid IS NOT NEW.attacker_uuid
    OR OLD.tool_guesses IS NOT NEW.tool_guesses BEGIN
    DELETE FROM filter_value WHERE owner IN (OLD.attacker_uuid, NEW.attacker_uuid) AND field BETWEEN 31 AND 39;
    INSERT INTO filter_value (field, value, owner)
    SELECT 31, IFNULL(SUBSTR(CAST(NEW.tool_guesses AS BLOB), 1, 80), X''), NEW.attacker_uuid WHERE NEW.tool_guesses IS NOT NULL
    UNION SELECT 31, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.tool_guesses -> entry.fullkey WHEN 'real' THEN NEW.tool_guesses -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.attacker_uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.tool_guesses) THEN CASE WHEN JSON_TYPE(NEW.tool_guesses) = 'array' THEN NEW.tool_guesses END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_behavior_deleted AFTER DELETE ON attacker_behavior BEGIN
    DELETE FROM filter_value WHERE owner = OLD.attacker_uuid AND field BETWEEN 31 AND 39;
END;
-- +goose StatementEnd
INSERT INTO filter_value (field, value, owner)
SELECT 31, IFNULL(SUBSTR(CAST(r.tool_guesses AS BLOB), 1, 80), X''), r.attacker_uuid FROM attacker_behavior r WHERE r.tool_guesses IS NOT NULL
    UNION SELECT 31, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.tool_guesses -> entry.fullkey WHEN 'real' THEN r.tool_guesses -> entry.fullkey END AS BLOB), 1, 80), X''), r.attacker_uuid FROM attacker_behavior r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.tool_guesses) THEN CASE WHEN JSON_TYPE(r.tool_guesses) = 'array' THEN r.tool_guesses END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');

-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_intel_added AFTER INSERT ON attacker_intel BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 41 AND 49;
    INSERT INTO filter_value (field, value, owner)
    SELECT 41, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.threatfox_malware_families -> entry.fullkey WHEN 'real' THEN NEW.threatfox_malware_families -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.threatfox_malware_families) THEN CASE WHEN JSON_TYPE(NEW.threatfox_malware_families) = 'array' THEN NEW.threatfox_malware_families END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_intel_changed AFTER UPDATE ON attacker_intel
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.threatfox_malware_families IS NOT NEW.threatfox_malware_families BEGIN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 41 AND 49;
    INSERT INTO filter_value (field, value, owner)
    SELECT 41, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN NEW.threatfox_malware_families -> entry.fullkey WHEN 'real' THEN NEW.threatfox_malware_families -> entry.fullkey END AS BLOB), 1, 80), X''), NEW.uuid FROM JSON_EACH(CASE WHEN JSON_VALID(NEW.threatfox_malware_families) THEN CASE WHEN JSON_TYPE(NEW.threatfox_malware_families) = 'array' THEN NEW.threatfox_malware_families END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_attacker_intel_deleted AFTER DELETE ON attacker_intel BEGIN
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 41 AND 49;
END;
-- +goose StatementEnd
INSERT INTO filter_value (field, value, owner)
SELECT 41, IFNULL(SUBSTR(CAST(CASE entry.type WHEN 'text' THEN entry.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'integer' THEN r.threatfox_malware_families -> entry.fullkey WHEN 'real' THEN r.threatfox_malware_families -> entry.fullkey END AS BLOB), 1, 80), X''), r.uuid FROM attacker_intel r CROSS JOIN JSON_EACH(CASE WHEN JSON_VALID(r.threatfox_malware_families) THEN CASE WHEN JSON_TYPE(r.threatfox_malware_families) = 'array' THEN r.threatfox_malware_families END END) AS entry WHERE entry.type NOT IN ('null', 'array', 'object');

-- +goose StatementBegin
CREATE TRIGGER filter_value_canary_triggers_added AFTER INSERT ON canary_triggers BEGIN
    DELETE FROM filter_value WHERE owner = NEW.uuid AND field BETWEEN 51 AND 59;
    INSERT INTO filter_value (field, value, owner)
    SELECT 51, CAST(CASE WHEN key GLOB '600000000000000000000ffff*' THEN '4' || SUBSTR(key, -8) ELSE key END AS BLOB), owner FROM (
        SELECT DISTINCT owner, CASE
            WHEN NOT JSON_VALID(words) THEN ''
            WHEN words GLOB '[[][0-9]*' AND JSON_ARRAY_LENGTH(words) = 4 AND words ->> 0 <= 255 AND words ->> 1 <= 255 AND words ->> 2 <= 255 AND words ->> 3 <= 255
                THEN PRINTF('4%02x%02x%02x%02x', words ->> 0, words ->> 1, words ->> 2, words ->> 3)
            WHEN words GLOB '[[]"*' AND JSON_ARRAY_LENGTH(words) = 8 AND LENGTH(words ->> 0) BETWEEN 1 AND 4 AND LENGTH(words ->> 1) BETWEEN 1 AND 4 AND LENGTH(words ->> 2) BETWEEN 1 AND 4 AND LENGTH(words ->> 3) BETWEEN 1 AND 4 AND LENGTH(words ->> 4) BETWEEN 1 AND 4 AND LENGTH(words ->> 5) BETWEEN 1 AND 4 AND LENGTH(words ->> 6) BETWEEN 1 AND 4 AND LENGTH(words ->> 7) BETWEEN 1 AND 4
                THEN '6' || SUBSTR('000' || (words ->> 0), -4) || SUBSTR('000' || (words ->> 1), -4) || SUBSTR('000' || (words ->> 2), -4) || SUBSTR('000' || (words ->> 3), -4) || SUBSTR('000' || (words ->> 4), -4) || SUBSTR('000' || (words ->> 5), -4) || SUBSTR('000' || (words ->> 6), -4) || SUBSTR('000' || (words ->> 7), -4)
            ELSE '' END AS key
        FROM (SELECT DISTINCT owner, CASE
                WHEN spelled = '' OR LENGTH(CAST(spelled AS BLOB)) > 45 OR LENGTH(CAST(spelled AS BLOB)) <> LENGTH(spelled) OR spelled GLOB '*[^0-9a-f:.]*' THEN ''
                WHEN INSTR(spelled, ':') = 0 THEN IIF(spelled GLOB '*[^0-9.]*', '', '[' || REPLACE(spelled, '.', ',') || ']')
                WHEN INSTR(spelled, '.') > 0 THEN ''
                WHEN INSTR(spelled, '::') = 0 THEN '["' || REPLACE(spelled, ':', '","') || '"]'
                ELSE (SELECT CASE WHEN INSTR(last, '::') = 0 AND given < 8
                        THEN '["' || REPLACE(IIF(first = '', '', first || ':') || SUBSTR('0:0:0:0:0:0:0:0', 1, 15 - 2 * given) || IIF(last = '', '', ':' || last), ':', '","') || '"]'
                        ELSE '' END
                    FROM (SELECT first, last, IIF(first = '', 0, 1 + LENGTH(first) - LENGTH(REPLACE(first, ':', '')))
                            + IIF(last = '', 0, 1 + LENGTH(last) - LENGTH(REPLACE(last, ':', ''))) AS given
                        FROM (SELECT SUBSTR(spelled, 1, INSTR(spelled, '::') - 1) AS first, SUBSTR(spelled, INSTR(spelled, '::') + 2) AS last)))
                END AS words
            FROM (SELECT owner, CASE WHEN spelled GLOB '::ffff:*.*' THEN SUBSTR(spelled, 8) ELSE spelled END AS spelled
                FROM (SELECT NEW.uuid AS owner, LOWER(NEW.src_ip) AS spelled WHERE TYPEOF(NEW.src_ip) = 'text'))));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_canary_triggers_changed AFTER UPDATE ON canary_triggers
WHEN OLD.uuid IS NOT NEW.uuid
    OR OLD.src_ip IS NOT NEW.src_ip BEGIN
    DELETE FROM filter_value WHERE owner IN (OLD.uuid, NEW.uuid) AND field BETWEEN 51 AND 59;
    INSERT INTO filter_value (field, value, owner)
    SELECT 51, CAST(CASE WHEN key GLOB '600000000000000000000ffff*' THEN '4' || SUBSTR(key, -8) ELSE key END AS BLOB), owner FROM (
        SELECT DISTINCT owner, CASE
            WHEN NOT JSON_VALID(words) THEN ''
            WHEN words GLOB '[[][0-9]*' AND JSON_ARRAY_LENGTH(words) = 4 AND words ->> 0 <= 255 AND words ->> 1 <= 255 AND words ->> 2 <= 255 AND words ->> 3 <= 255
                THEN PRINTF('4%02x%02x%02x%02x', words ->> 0, words ->> 1, words ->> 2, words ->> 3)
            WHEN words GLOB '[[]"*' AND JSON_ARRAY_LENGTH(words) = 8 AND LENGTH(words ->> 0) BETWEEN 1 AND 4 AND LENGTH(words ->> 1) BETWEEN 1 AND 4 AND LENGTH(words ->> 2) BETWEEN 1 AND 4 AND LENGTH(words ->> 3) BETWEEN 1 AND 4 AND LENGTH(words ->> 4) BETWEEN 1 AND 4 AND LENGTH(words ->> 5) BETWEEN 1 AND 4 AND LENGTH(words ->> 6) BETWEEN 1 AND 4 AND LENGTH(words ->> 7) BETWEEN 1 AND 4
                THEN '6' || SUBSTR('000' || (words ->> 0), -4) || SUBSTR('000' || (words ->> 1), -4) || SUBSTR('000' || (words ->> 2), -4) || SUBSTR('000' || (words ->> 3), -4) || SUBSTR('000' || (words ->> 4), -4) || SUBSTR('000' || (words ->> 5), -4) || SUBSTR('000' || (words ->> 6), -4) || SUBSTR('000' || (words ->> 7), -4)
            ELSE '' END AS key
        FROM (SELECT DISTINCT owner, CASE
                WHEN spelled = '' OR LENGTH(CAST(spelled AS BLOB)) > 45 OR LENGTH(CAST(spelled AS BLOB)) <> LENGTH(spelled) OR spelled GLOB '*[^0-9a-f:.]*' THEN ''
                WHEN INSTR(spelled, ':') = 0 THEN IIF(spelled GLOB '*[^0-9.]*', '', '[' || REPLACE(spelled, '.', ',') || ']')
                WHEN INSTR(spelled, '.') > 0 THEN ''
                WHEN INSTR(spelled, '::') = 0 THEN '["' || REPLACE(spelled, ':', '","') || '"]'
                ELSE (SELECT CASE WHEN INSTR(last, '::') = 0 AND given < 8
                        THEN '["' || REPLACE(IIF(first = '', '', first || ':') || SUBSTR('0:0:0:0:0:0:0:0', 1, 15 - 2 * given) || IIF(last = '', '', ':' || last), ':', '","') || '"]'
                        ELSE '' END
                    FROM (SELECT first, last, IIF(first = '', 0, 1 + LENGTH(first) - LENGTH(REPLACE(first, ':', '')))
                            + IIF(last = '', 0, 1 + LENGTH(last) - LENGTH(REPLACE(last, ':', ''))) AS given
                        FROM (SELECT SUBSTR(spelled, 1, INSTR(spelled, '::') - 1) AS first, SUBSTR(spelled, INSTR(spelled, '::') + 2) AS last)))
                END AS words
            FROM (SELECT owner, CASE WHEN spelled GLOB '::ffff:*.*' THEN SUBSTR(spelled, 8) ELSE spelled END AS spelled
                FROM (SELECT NEW.uuid AS owner, LOWER(NEW.src_ip) AS spelled WHERE TYPEOF(NEW.src_ip) = 'text'))));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER filter_value_canary_triggers_deleted AFTER DELETE ON canary_triggers BEGIN
    DELETE FROM filter_value WHERE owner = OLD.uuid AND field BETWEEN 51 AND 59;
END;
-- +goose StatementEnd
INSERT INTO filter_value (field, value, owner)
SELECT 51, CAST(CASE WHEN key GLOB '600000000000000000000ffff*' THEN '4' || SUBSTR(key, -8) ELSE key END AS BLOB), owner FROM (
        SELECT DISTINCT owner, CASE
            WHEN NOT JSON_VALID(words) THEN ''
            WHEN words GLOB '[[][0-9]*' AND JSON_ARRAY_LENGTH(words) = 4 AND words ->> 0 <= 255 AND words ->> 1 <= 255 AND words ->> 2 <= 255 AND words ->> 3 <= 255
                THEN PRINTF('4%02x%02x%02x%02x', words ->> 0, words ->> 1, words ->> 2, words ->> 3)
            WHEN words GLOB '[[]"*' AND JSON_ARRAY_LENGTH(words) = 8 AND LENGTH(words ->> 0) BETWEEN 1 AND 4 AND LENGTH(words ->> 1) BETWEEN 1 AND 4 AND LENGTH(words ->> 2) BETWEEN 1 AND 4 AND LENGTH(words ->> 3) BETWEEN 1 AND 4 AND LENGTH(words ->> 4) BETWEEN 1 AND 4 AND LENGTH(words ->> 5) BETWEEN 1 AND 4 AND LENGTH(words ->> 6) BETWEEN 1 AND 4 AND LENGTH(words ->> 7) BETWEEN 1 AND 4
                THEN '6' || SUBSTR('000' || (words ->> 0), -4) || SUBSTR('000' || (words ->> 1), -4) || SUBSTR('000' || (words ->> 2), -4) || SUBSTR('000' || (words ->> 3), -4) || SUBSTR('000' || (words ->> 4), -4) || SUBSTR('000' || (words ->> 5), -4) || SUBSTR('000' || (words ->> 6), -4) || SUBSTR('000' || (words ->> 7), -4)
            ELSE '' END AS key
        FROM (SELECT DISTINCT owner, CASE
                WHEN spelled = '' OR LENGTH(CAST(spelled AS BLOB)) > 45 OR LENGTH(CAST(spelled AS BLOB)) <> LENGTH(spelled) OR spelled GLOB '*[^0-9a-f:.]*' THEN ''
                WHEN INSTR(spelled, ':') = 0 THEN IIF(spelled GLOB '*[^0-9.]*', '', '[' || REPLACE(spelled, '.', ',') || ']')
                WHEN INSTR(spelled, '.') > 0 THEN ''
                WHEN INSTR(spelled, '::') = 0 THEN '["' || REPLACE(spelled, ':', '","') || '"]'
                ELSE (SELECT CASE WHEN INSTR(last, '::') = 0 AND given < 8
                        THEN '["' || REPLACE(IIF(first = '', '', first || ':') || SUBSTR('0:0:0:0:0:0:0:0', 1, 15 - 2 * given) || IIF(last = '', '', ':' || last), ':', '","') || '"]'
                        ELSE '' END
                    FROM (SELECT first, last, IIF(first = '', 0, 1 + LENGTH(first) - LENGTH(REPLACE(first, ':', '')))
                            + IIF(last = '', 0, 1 + LENGTH(last) - LENGTH(REPLACE(last, ':', ''))) AS given
                        FROM (SELECT SUBSTR(spelled, 1, INSTR(spelled, '::') - 1) AS first, SUBSTR(spelled, INSTR(spelled, '::') + 2) AS last)))
                END AS words
            FROM (SELECT owner, CASE WHEN spelled GLOB '::ffff:*.*' THEN SUBSTR(spelled, 8) ELSE spelled END AS spelled
                FROM (SELECT r.uuid AS owner, LOWER(r.src_ip) AS spelled FROM canary_triggers r WHERE TYPEOF(r.src_ip) = 'text'))));

-- Fingerprints of active probes are looked for by their hash.
CREATE INDEX ix_attacker_fingerprint_state_hash ON attacker_fingerprint_state (last_hash);

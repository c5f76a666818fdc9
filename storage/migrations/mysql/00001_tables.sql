-- The tables of DECNET, revision 4a914b1d62a0, under the names and with the columns that DECNET gives them.
-- Indexes and foreign keys follow in 00002, so that a bulk import loads its rows in between.
-- There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own: all of this file may run again after a crash in the middle.
--
-- Text has collation utf8mb4_bin: it compares and sorts by its code points. It is VARCHAR(255), or as wide as
-- DECNET declares where that is wider, because SQLite, where rows come from, keeps no limit. Lists, paths, URLs,
-- and what attackers send are LONGTEXT. An index may have 3072 bytes, that is 768 characters: the columns of wide
-- unique keys are narrower than 255.
-- JSON is kept as text and not as JSON, because rows of DECNET with malformed JSON are served as well.
-- Timestamps have no zone; they are UTC. Numbers that grow (ids, counts, sizes, AS numbers) are BIGINT.

-- +goose Up

-- Threat graph: campaign, identity, attacker, tag.

CREATE TABLE IF NOT EXISTS campaigns (
    uuid              VARCHAR(255) NOT NULL,
    schema_version    INTEGER      NOT NULL,
    first_seen_at     DATETIME(6),
    last_seen_at      DATETIME(6),
    created_at        DATETIME(6)  NOT NULL,
    updated_at        DATETIME(6)  NOT NULL,
    confidence        DOUBLE,
    identity_count    BIGINT       NOT NULL,
    ja3_hashes        LONGTEXT,
    hassh_hashes      LONGTEXT,
    tls_cert_sha256   LONGTEXT,
    payload_simhashes LONGTEXT,
    c2_endpoints      LONGTEXT,
    merged_into_uuid  VARCHAR(255),
    notes             LONGTEXT,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS attacker_identities (
    uuid                 VARCHAR(255) NOT NULL,
    schema_version       INTEGER      NOT NULL,
    campaign_id          VARCHAR(255),
    first_seen_at        DATETIME(6),
    last_seen_at         DATETIME(6),
    created_at           DATETIME(6)  NOT NULL,
    updated_at           DATETIME(6)  NOT NULL,
    confidence           DOUBLE,
    observation_count    BIGINT       NOT NULL,
    ja3_hashes           LONGTEXT,
    hassh_hashes         LONGTEXT,
    ja4h_hashes          LONGTEXT,
    ja4_quic_hashes      LONGTEXT,
    http_versions_seen   LONGTEXT,
    tls_cert_sha256      LONGTEXT,
    ipv6_link_local_iids LONGTEXT,
    payload_simhashes    LONGTEXT,
    c2_endpoints         LONGTEXT,
    kd_digraph_simhash   VARBINARY(255),
    merged_into_uuid     VARCHAR(255),
    notes                LONGTEXT,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS attackers (
    uuid                 VARCHAR(255) NOT NULL,
    ip                   VARCHAR(255) NOT NULL,
    identity_id          VARCHAR(255),
    first_seen           DATETIME(6)  NOT NULL,
    last_seen            DATETIME(6)  NOT NULL,
    event_count          BIGINT       NOT NULL,
    service_count        BIGINT       NOT NULL,
    decky_count          BIGINT       NOT NULL,
    services             LONGTEXT     NOT NULL,
    deckies              LONGTEXT     NOT NULL,
    traversal_path       LONGTEXT,
    is_traversal         BOOL         NOT NULL,
    bounty_count         BIGINT       NOT NULL,
    credential_count     BIGINT       NOT NULL,
    fingerprints         LONGTEXT     NOT NULL,
    commands             LONGTEXT     NOT NULL,
    country_code         VARCHAR(255),
    country_source       VARCHAR(255),
    asn                  BIGINT,
    as_name              VARCHAR(255),
    bgp_prefix           VARCHAR(255),
    asn_source           VARCHAR(255),
    rpki_status          VARCHAR(255),
    rpki_source          VARCHAR(255),
    ptr_record           VARCHAR(256),
    rotation_count       BIGINT       NOT NULL,
    last_rotation_at     DATETIME(6),
    ipv6_leak_count      BIGINT       NOT NULL,
    last_ipv6_leak_at    DATETIME(6),
    last_ipv6_link_local VARCHAR(255),
    last_ipv6_iid_kind   VARCHAR(255),
    last_ipv6_mac_oui    VARCHAR(255),
    updated_at           DATETIME(6)  NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ttp_tag (
    uuid             VARCHAR(255) NOT NULL,
    source_kind      VARCHAR(255) NOT NULL,
    source_id        VARCHAR(255) NOT NULL,
    attacker_uuid    VARCHAR(255),
    identity_uuid    VARCHAR(255),
    session_id       VARCHAR(255),
    decky_id         VARCHAR(255),
    tactic           VARCHAR(255) NOT NULL,
    technique_id     VARCHAR(255) NOT NULL,
    sub_technique_id VARCHAR(255),
    confidence       DOUBLE       NOT NULL,
    rule_id          VARCHAR(255) NOT NULL,
    rule_version     INTEGER      NOT NULL,
    evidence         LONGTEXT     NOT NULL,
    attack_release   VARCHAR(255) NOT NULL,
    mitre_url        VARCHAR(255),
    created_at       DATETIME(6)  NOT NULL,
    PRIMARY KEY (uuid),
    CONSTRAINT ttp_tag_has_anchor CHECK (attacker_uuid IS NOT NULL OR identity_uuid IS NOT NULL),
    CONSTRAINT ttp_tag_confidence_range CHECK (confidence >= 0.0 AND confidence <= 1.0)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What is known about one attacker.

CREATE TABLE IF NOT EXISTS attacker_behavior (
    attacker_uuid      VARCHAR(255) NOT NULL,
    os_guess           VARCHAR(255),
    hop_distance       INTEGER,
    tcp_fingerprint    LONGTEXT     NOT NULL,
    kex_order_raw      LONGTEXT,
    ssh_client_banners LONGTEXT,
    retransmit_count   BIGINT       NOT NULL,
    behavior_class     VARCHAR(255),
    beacon_interval_s  DOUBLE,
    beacon_jitter_pct  DOUBLE,
    tool_guesses       LONGTEXT,
    timing_stats       LONGTEXT     NOT NULL,
    phase_sequence     LONGTEXT     NOT NULL,
    updated_at         DATETIME(6)  NOT NULL,
    PRIMARY KEY (attacker_uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS attacker_intel (
    uuid                       VARCHAR(255) NOT NULL,
    attacker_uuid              VARCHAR(255) NOT NULL,
    attacker_ip                VARCHAR(255) NOT NULL,
    schema_version             INTEGER      NOT NULL,
    greynoise_classification   VARCHAR(255),
    greynoise_name             VARCHAR(255),
    greynoise_tags             LONGTEXT     NOT NULL,
    greynoise_raw              LONGTEXT     NOT NULL,
    greynoise_queried_at       DATETIME(6),
    abuseipdb_score            INTEGER,
    abuseipdb_categories       LONGTEXT     NOT NULL,
    abuseipdb_raw              LONGTEXT     NOT NULL,
    abuseipdb_queried_at       DATETIME(6),
    feodo_listed               BOOL,
    feodo_malware_family       VARCHAR(255),
    feodo_raw                  LONGTEXT     NOT NULL,
    feodo_queried_at           DATETIME(6),
    threatfox_listed           BOOL,
    threatfox_threat_types     LONGTEXT     NOT NULL,
    threatfox_ioc_types        LONGTEXT     NOT NULL,
    threatfox_malware_families LONGTEXT     NOT NULL,
    threatfox_raw              LONGTEXT     NOT NULL,
    threatfox_queried_at       DATETIME(6),
    aggregate_verdict          VARCHAR(255),
    cached_at                  DATETIME(6)  NOT NULL,
    expires_at                 DATETIME(6)  NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS attacker_fingerprint_state (
    uuid           VARCHAR(255) NOT NULL,
    attacker_uuid  VARCHAR(255) NOT NULL,
    port           INTEGER      NOT NULL,
    probe_type     VARCHAR(255) NOT NULL,
    last_hash      VARCHAR(255) NOT NULL,
    last_seen      DATETIME(6)  NOT NULL,
    rotation_count BIGINT       NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS smtp_targets (
    id            BIGINT       NOT NULL AUTO_INCREMENT,
    attacker_uuid VARCHAR(255) NOT NULL,
    domain        VARCHAR(255) NOT NULL,
    first_seen    DATETIME(6)  NOT NULL,
    last_seen     DATETIME(6)  NOT NULL,
    count         BIGINT       NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How an operator types, and whether that stays the same.

CREATE TABLE IF NOT EXISTS observations (
    id              VARCHAR(255) NOT NULL,
    identity_ref    VARCHAR(255),
    primitive       VARCHAR(255) NOT NULL,
    value           LONGTEXT     NOT NULL,
    confidence      DOUBLE       NOT NULL,
    window_start_ts DOUBLE       NOT NULL,
    window_end_ts   DOUBLE       NOT NULL,
    source          VARCHAR(255) NOT NULL,
    evidence_ref    VARCHAR(255) NOT NULL,
    envelope_v      INTEGER      NOT NULL,
    ts              DOUBLE       NOT NULL,
    attacker_uuid   VARCHAR(255) NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS attribution_state (
    identity_uuid       VARCHAR(255) NOT NULL,
    primitive           VARCHAR(255) NOT NULL,
    current_value       LONGTEXT     NOT NULL,
    state               VARCHAR(255) NOT NULL,
    confidence          DOUBLE       NOT NULL,
    observation_count   BIGINT       NOT NULL,
    last_change_ts      DOUBLE       NOT NULL,
    last_observation_ts DOUBLE       NOT NULL,
    schema_version      INTEGER      NOT NULL,
    updated_at          DATETIME(6)  NOT NULL,
    PRIMARY KEY (identity_uuid, primitive)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Canary files and who opened them.

CREATE TABLE IF NOT EXISTS canary_blobs (
    uuid         VARCHAR(255) NOT NULL,
    sha256       VARCHAR(255) NOT NULL,
    filename     VARCHAR(255) NOT NULL,
    content_type VARCHAR(255) NOT NULL,
    size_bytes   BIGINT       NOT NULL,
    uploaded_by  VARCHAR(255) NOT NULL,
    uploaded_at  DATETIME(6)  NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS canary_tokens (
    uuid              VARCHAR(255) NOT NULL,
    kind              VARCHAR(255) NOT NULL,
    decky_name        VARCHAR(255) NOT NULL,
    topology_id       VARCHAR(255),
    blob_uuid         VARCHAR(255),
    instrumenter      VARCHAR(255),
    generator         VARCHAR(255),
    placement_path    LONGTEXT     NOT NULL,
    callback_token    VARCHAR(255) NOT NULL,
    secret_seed       VARCHAR(255) NOT NULL,
    placed_at         DATETIME(6)  NOT NULL,
    last_triggered_at DATETIME(6),
    trigger_count     BIGINT       NOT NULL,
    created_by        VARCHAR(255) NOT NULL,
    state             VARCHAR(255) NOT NULL,
    last_error        LONGTEXT,
    fingerprint_nonce VARCHAR(255),
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS canary_triggers (
    uuid         VARCHAR(255) NOT NULL,
    token_uuid   VARCHAR(255) NOT NULL,
    occurred_at  DATETIME(6)  NOT NULL,
    src_ip       VARCHAR(255) NOT NULL,
    user_agent   LONGTEXT,
    request_path LONGTEXT,
    dns_qname    LONGTEXT,
    raw_headers  LONGTEXT     NOT NULL,
    attacker_id  VARCHAR(255),
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Evidence.

CREATE TABLE IF NOT EXISTS logs (
    id          BIGINT       NOT NULL AUTO_INCREMENT,
    timestamp   DATETIME(6)  NOT NULL,
    decky       VARCHAR(255) NOT NULL,
    service     VARCHAR(255) NOT NULL,
    event_type  VARCHAR(255) NOT NULL,
    attacker_ip VARCHAR(255) NOT NULL,
    raw_line    LONGTEXT     NOT NULL,
    fields      LONGTEXT     NOT NULL,
    msg         LONGTEXT,
    trace_id    VARCHAR(255),
    span_id     VARCHAR(255),
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS bounty (
    id          BIGINT       NOT NULL AUTO_INCREMENT,
    timestamp   DATETIME(6)  NOT NULL,
    decky       VARCHAR(255) NOT NULL,
    service     VARCHAR(255) NOT NULL,
    attacker_ip VARCHAR(255) NOT NULL,
    bounty_type VARCHAR(255) NOT NULL,
    payload     LONGTEXT     NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Three columns narrower than 255, so that uq_credentials_dedup stays below 3072 bytes.
CREATE TABLE IF NOT EXISTS credentials (
    id               BIGINT       NOT NULL AUTO_INCREMENT,
    attacker_ip      VARCHAR(64)  NOT NULL,
    attacker_uuid    VARCHAR(255),
    decky_name       VARCHAR(255) NOT NULL,
    service          VARCHAR(64)  NOT NULL,
    principal        VARCHAR(256),
    principal_key    VARCHAR(256) NOT NULL,
    secret_kind      VARCHAR(32)  NOT NULL,
    secret_sha256    VARCHAR(64)  NOT NULL,
    secret_b64       VARCHAR(2048),
    secret_printable VARCHAR(512),
    outcome          VARCHAR(255),
    fields           LONGTEXT     NOT NULL,
    first_seen       DATETIME(6)  NOT NULL,
    last_seen        DATETIME(6)  NOT NULL,
    attempt_count    BIGINT       NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS credential_reuse (
    id             VARCHAR(255) NOT NULL,
    secret_sha256  VARCHAR(64)  NOT NULL,
    secret_kind    VARCHAR(32)  NOT NULL,
    principal      VARCHAR(256),
    principal_key  VARCHAR(256) NOT NULL,
    attacker_uuids LONGTEXT     NOT NULL,
    attacker_ips   LONGTEXT     NOT NULL,
    deckies        LONGTEXT     NOT NULL,
    services       LONGTEXT     NOT NULL,
    target_count   BIGINT       NOT NULL,
    attempt_count  BIGINT       NOT NULL,
    confidence     DOUBLE       NOT NULL,
    first_seen     DATETIME(6)  NOT NULL,
    last_seen      DATETIME(6)  NOT NULL,
    updated_at     DATETIME(6)  NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS observed_attachments (
    uuid                     VARCHAR(255) NOT NULL,
    sha256                   VARCHAR(255) NOT NULL,
    first_seen               DATETIME(6)  NOT NULL,
    last_seen                DATETIME(6)  NOT NULL,
    observation_count        BIGINT       NOT NULL,
    first_seen_decky_uuid    VARCHAR(255),
    first_seen_attacker_uuid VARCHAR(255),
    last_seen_attacker_uuid  VARCHAR(255),
    extensions               LONGTEXT     NOT NULL,
    first_subject            LONGTEXT,
    mal_hash_match           BOOL,
    mal_hash_match_provider  VARCHAR(255),
    mal_hash_match_at        DATETIME(6),
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Detection rules.

CREATE TABLE IF NOT EXISTS ttp_rule (
    rule_id      VARCHAR(255) NOT NULL,
    rule_version INTEGER      NOT NULL,
    source_path  LONGTEXT     NOT NULL,
    yaml_content LONGTEXT     NOT NULL,
    updated_at   DATETIME(6)  NOT NULL,
    updated_by   VARCHAR(255) NOT NULL,
    PRIMARY KEY (rule_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ttp_rule_state (
    rule_id        VARCHAR(255) NOT NULL,
    state          VARCHAR(255) NOT NULL,
    confidence_max DOUBLE,
    expires_at     DATETIME(6),
    reason         LONGTEXT,
    set_by         VARCHAR(255),
    set_at         DATETIME(6)  NOT NULL,
    PRIMARY KEY (rule_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Hosts and the deckies on them.

CREATE TABLE IF NOT EXISTS swarm_hosts (
    uuid                     VARCHAR(255) NOT NULL,
    name                     VARCHAR(255) NOT NULL,
    address                  VARCHAR(255) NOT NULL,
    agent_port               INTEGER      NOT NULL,
    status                   VARCHAR(255) NOT NULL,
    last_heartbeat           DATETIME(6),
    client_cert_fingerprint  VARCHAR(255) NOT NULL,
    updater_cert_fingerprint VARCHAR(255),
    cert_bundle_path         LONGTEXT     NOT NULL,
    enrolled_at              DATETIME(6)  NOT NULL,
    notes                    LONGTEXT,
    use_ipvlan               BOOL         NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS fleet_deckies (
    host_uuid    VARCHAR(255) NOT NULL,
    name         VARCHAR(255) NOT NULL,
    services     LONGTEXT     NOT NULL,
    decky_config LONGTEXT,
    decky_ip     VARCHAR(255),
    state        VARCHAR(255) NOT NULL,
    last_error   LONGTEXT,
    compose_hash VARCHAR(255),
    last_seen    DATETIME(6),
    updated_at   DATETIME(6)  NOT NULL,
    PRIMARY KEY (host_uuid, name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS decky_shards (
    decky_name   VARCHAR(255) NOT NULL,
    host_uuid    VARCHAR(255) NOT NULL,
    services     LONGTEXT     NOT NULL,
    decky_config LONGTEXT,
    decky_ip     VARCHAR(255),
    state        VARCHAR(255) NOT NULL,
    last_error   LONGTEXT,
    compose_hash VARCHAR(255),
    last_seen    DATETIME(6),
    updated_at   DATETIME(6)  NOT NULL,
    PRIMARY KEY (decky_name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS decky_lifecycle (
    id           VARCHAR(255) NOT NULL,
    decky_name   VARCHAR(255) NOT NULL,
    host_uuid    VARCHAR(255),
    operation    VARCHAR(255) NOT NULL,
    status       VARCHAR(255) NOT NULL,
    error        LONGTEXT,
    started_at   DATETIME(6)  NOT NULL,
    updated_at   DATETIME(6)  NOT NULL,
    completed_at DATETIME(6),
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS tarpit_rules (
    id         VARCHAR(255) NOT NULL,
    decky_name VARCHAR(255) NOT NULL,
    ports      LONGTEXT     NOT NULL,
    delay_ms   INTEGER      NOT NULL,
    created_at DATETIME(6)  NOT NULL,
    created_by VARCHAR(255) NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Topologies.

CREATE TABLE IF NOT EXISTS topologies (
    id                VARCHAR(255) NOT NULL,
    name              VARCHAR(255) NOT NULL,
    mode              VARCHAR(255) NOT NULL,
    target_host_uuid  VARCHAR(255),
    config_snapshot   LONGTEXT     NOT NULL,
    status            VARCHAR(255) NOT NULL,
    status_changed_at DATETIME(6)  NOT NULL,
    created_at        DATETIME(6)  NOT NULL,
    version           INTEGER      NOT NULL,
    needs_resync      BOOL         NOT NULL,
    email_personas    LONGTEXT     NOT NULL,
    language_default  VARCHAR(255) NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS lans (
    id                VARCHAR(255) NOT NULL,
    topology_id       VARCHAR(255) NOT NULL,
    name              VARCHAR(255) NOT NULL,
    docker_network_id VARCHAR(255),
    subnet            VARCHAR(255) NOT NULL,
    is_dmz            BOOL         NOT NULL,
    x                 DOUBLE,
    y                 DOUBLE,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS topology_deckies (
    uuid         VARCHAR(255) NOT NULL,
    topology_id  VARCHAR(255) NOT NULL,
    name         VARCHAR(255) NOT NULL,
    services     LONGTEXT     NOT NULL,
    decky_config LONGTEXT,
    ip           VARCHAR(255),
    state        VARCHAR(255) NOT NULL,
    last_error   LONGTEXT,
    compose_hash VARCHAR(255),
    last_seen    DATETIME(6),
    updated_at   DATETIME(6)  NOT NULL,
    x            DOUBLE,
    y            DOUBLE,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS topology_edges (
    id          VARCHAR(255) NOT NULL,
    topology_id VARCHAR(255) NOT NULL,
    decky_uuid  VARCHAR(255) NOT NULL,
    lan_id      VARCHAR(255) NOT NULL,
    is_bridge   BOOL         NOT NULL,
    forwards_l3 BOOL         NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS topology_mutations (
    id           VARCHAR(255) NOT NULL,
    topology_id  VARCHAR(255) NOT NULL,
    op           VARCHAR(255) NOT NULL,
    payload      LONGTEXT     NOT NULL,
    state        VARCHAR(255) NOT NULL,
    requested_at DATETIME(6)  NOT NULL,
    applied_at   DATETIME(6),
    reason       LONGTEXT,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS topology_status_events (
    id          VARCHAR(255) NOT NULL,
    topology_id VARCHAR(255) NOT NULL,
    from_status VARCHAR(255) NOT NULL,
    to_status   VARCHAR(255) NOT NULL,
    at          DATETIME(6)  NOT NULL,
    reason      LONGTEXT,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What makes deckies look alive.

CREATE TABLE IF NOT EXISTS synthetic_files (
    uuid          VARCHAR(255) NOT NULL,
    decky_uuid    VARCHAR(64)  NOT NULL,
    path          VARCHAR(512) NOT NULL,
    persona       VARCHAR(255) NOT NULL,
    content_class VARCHAR(255) NOT NULL,
    created_at    DATETIME(6)  NOT NULL,
    last_modified DATETIME(6)  NOT NULL,
    edit_count    BIGINT       NOT NULL,
    content_hash  VARCHAR(255) NOT NULL,
    last_body     LONGTEXT     NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS orchestrator_events (
    uuid           VARCHAR(255) NOT NULL,
    ts             DATETIME(6)  NOT NULL,
    kind           VARCHAR(255) NOT NULL,
    protocol       VARCHAR(255) NOT NULL,
    action         VARCHAR(255) NOT NULL,
    src_decky_uuid VARCHAR(255),
    dst_decky_uuid VARCHAR(255) NOT NULL,
    success        BOOL         NOT NULL,
    payload        LONGTEXT     NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS orchestrator_emails (
    uuid            VARCHAR(255)  NOT NULL,
    ts              DATETIME(6)   NOT NULL,
    mail_decky_uuid VARCHAR(255)  NOT NULL,
    thread_id       VARCHAR(255)  NOT NULL,
    message_id      VARCHAR(255)  NOT NULL,
    in_reply_to     VARCHAR(255),
    sender_email    VARCHAR(255)  NOT NULL,
    recipient_email VARCHAR(255)  NOT NULL,
    subject         VARCHAR(512)  NOT NULL,
    language        VARCHAR(255)  NOT NULL,
    eml_path        VARCHAR(1024) NOT NULL,
    success         BOOL          NOT NULL,
    payload         LONGTEXT      NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS realism_config (
    uuid       VARCHAR(255) NOT NULL,
    `key`      VARCHAR(255) NOT NULL,
    value      LONGTEXT     NOT NULL,
    updated_at DATETIME(6)  NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The platform itself.

CREATE TABLE IF NOT EXISTS users (
    uuid                 VARCHAR(255) NOT NULL,
    username             VARCHAR(255) NOT NULL,
    password_hash        VARCHAR(255) NOT NULL,
    role                 VARCHAR(255) NOT NULL,
    must_change_password BOOL         NOT NULL,
    tokens_valid_from    DATETIME(6),
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS revoked_tokens (
    jti        VARCHAR(255) NOT NULL,
    user_uuid  VARCHAR(255) NOT NULL,
    expires_at DATETIME(6)  NOT NULL,
    revoked_at DATETIME(6)  NOT NULL,
    PRIMARY KEY (jti)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS webhook_subscriptions (
    uuid                 VARCHAR(255) NOT NULL,
    name                 VARCHAR(255) NOT NULL,
    url                  LONGTEXT     NOT NULL,
    secret               VARCHAR(255) NOT NULL,
    topic_patterns       LONGTEXT     NOT NULL,
    enabled              BOOL         NOT NULL,
    consecutive_failures INTEGER      NOT NULL,
    last_success_at      DATETIME(6),
    last_failure_at      DATETIME(6),
    last_error           LONGTEXT,
    auto_disabled_at     DATETIME(6),
    created_at           DATETIME(6)  NOT NULL,
    updated_at           DATETIME(6)  NOT NULL,
    PRIMARY KEY (uuid)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS state (
    `key` VARCHAR(255) NOT NULL,
    value LONGTEXT     NOT NULL,
    PRIMARY KEY (`key`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS alembic_version (
    version_num VARCHAR(255) NOT NULL,
    PRIMARY KEY (version_num)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO alembic_version (version_num) VALUES ('4a914b1d62a0');

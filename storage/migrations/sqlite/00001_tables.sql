-- The tables of DECNET, revision 4a914b1d62a0, under the names and with the columns that DECNET gives them.
-- Secondary and unique indexes follow in 00002, so that a bulk import loads its rows in between.
-- There is no Down, on purpose: schemas only move forward.
--
-- Foreign keys can only stand here in SQLite; PRAGMA foreign_keys says whether a session enforces them.
-- Every reference that is NOT NULL has one, and so have both anchors of a tag. The other references may be
-- NULL, and dangle in databases of DECNET, which never enforces any: 00002 gives those an index and no more.
-- JSON is text that may be malformed: such rows of DECNET are served as well.

-- +goose Up

-- Threat graph: campaign, identity, attacker, tag.

CREATE TABLE campaigns (
    uuid              VARCHAR  NOT NULL,
    schema_version    INTEGER  NOT NULL,
    first_seen_at     DATETIME,
    last_seen_at      DATETIME,
    created_at        DATETIME NOT NULL,
    updated_at        DATETIME NOT NULL,
    confidence        FLOAT,
    identity_count    INTEGER  NOT NULL,
    ja3_hashes        TEXT,
    hassh_hashes      TEXT,
    tls_cert_sha256   TEXT,
    payload_simhashes TEXT,
    c2_endpoints      TEXT,
    merged_into_uuid  VARCHAR,
    notes             TEXT,
    PRIMARY KEY (uuid)
);

CREATE TABLE attacker_identities (
    uuid                 VARCHAR  NOT NULL,
    schema_version       INTEGER  NOT NULL,
    campaign_id          VARCHAR,
    first_seen_at        DATETIME,
    last_seen_at         DATETIME,
    created_at           DATETIME NOT NULL,
    updated_at           DATETIME NOT NULL,
    confidence           FLOAT,
    observation_count    INTEGER  NOT NULL,
    ja3_hashes           TEXT,
    hassh_hashes         TEXT,
    ja4h_hashes          TEXT,
    ja4_quic_hashes      TEXT,
    http_versions_seen   TEXT,
    tls_cert_sha256      TEXT,
    ipv6_link_local_iids TEXT,
    payload_simhashes    TEXT,
    c2_endpoints         TEXT,
    kd_digraph_simhash   BLOB,
    merged_into_uuid     VARCHAR,
    notes                TEXT,
    PRIMARY KEY (uuid)
);

CREATE TABLE attackers (
    uuid                 VARCHAR  NOT NULL,
    ip                   VARCHAR  NOT NULL,
    identity_id          VARCHAR,
    first_seen           DATETIME NOT NULL,
    last_seen            DATETIME NOT NULL,
    event_count          INTEGER  NOT NULL,
    service_count        INTEGER  NOT NULL,
    decky_count          INTEGER  NOT NULL,
    services             TEXT     NOT NULL,
    deckies              TEXT     NOT NULL,
    traversal_path       TEXT,
    is_traversal         BOOLEAN  NOT NULL,
    bounty_count         INTEGER  NOT NULL,
    credential_count     INTEGER  NOT NULL,
    fingerprints         TEXT     NOT NULL,
    commands             TEXT     NOT NULL,
    country_code         VARCHAR(2),
    country_source       VARCHAR(16),
    asn                  INTEGER,
    as_name              VARCHAR(128),
    bgp_prefix           VARCHAR(43),
    asn_source           VARCHAR(16),
    rpki_status          VARCHAR(16),
    rpki_source          VARCHAR(16),
    ptr_record           VARCHAR(256),
    rotation_count       INTEGER  NOT NULL,
    last_rotation_at     DATETIME,
    ipv6_leak_count      INTEGER  NOT NULL,
    last_ipv6_leak_at    DATETIME,
    last_ipv6_link_local VARCHAR(45),
    last_ipv6_iid_kind   VARCHAR(16),
    last_ipv6_mac_oui    VARCHAR(8),
    updated_at           DATETIME NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE ttp_tag (
    uuid             VARCHAR  NOT NULL,
    source_kind      VARCHAR  NOT NULL,
    source_id        VARCHAR  NOT NULL,
    attacker_uuid    VARCHAR,
    identity_uuid    VARCHAR,
    session_id       VARCHAR,
    decky_id         VARCHAR,
    tactic           VARCHAR  NOT NULL,
    technique_id     VARCHAR  NOT NULL,
    sub_technique_id VARCHAR,
    confidence       FLOAT    NOT NULL,
    rule_id          VARCHAR  NOT NULL,
    rule_version     INTEGER  NOT NULL,
    evidence         JSON     NOT NULL,
    attack_release   VARCHAR  NOT NULL,
    mitre_url        VARCHAR,
    created_at       DATETIME NOT NULL,
    PRIMARY KEY (uuid),
    CONSTRAINT ttp_tag_has_anchor CHECK (attacker_uuid IS NOT NULL OR identity_uuid IS NOT NULL),
    CONSTRAINT ttp_tag_confidence_range CHECK (confidence >= 0.0 AND confidence <= 1.0),
    FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid) ON DELETE CASCADE,
    FOREIGN KEY (identity_uuid) REFERENCES attacker_identities (uuid) ON DELETE CASCADE
);

-- What is known about one attacker.

CREATE TABLE attacker_behavior (
    attacker_uuid      VARCHAR  NOT NULL,
    os_guess           VARCHAR,
    hop_distance       INTEGER,
    tcp_fingerprint    TEXT     NOT NULL,
    kex_order_raw      TEXT,
    ssh_client_banners TEXT,
    retransmit_count   INTEGER  NOT NULL,
    behavior_class     VARCHAR,
    beacon_interval_s  FLOAT,
    beacon_jitter_pct  FLOAT,
    tool_guesses       VARCHAR,
    timing_stats       TEXT     NOT NULL,
    phase_sequence     TEXT     NOT NULL,
    updated_at         DATETIME NOT NULL,
    PRIMARY KEY (attacker_uuid),
    FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid)
);

CREATE TABLE attacker_intel (
    uuid                       VARCHAR  NOT NULL,
    attacker_uuid              VARCHAR  NOT NULL,
    attacker_ip                VARCHAR  NOT NULL,
    schema_version             INTEGER  NOT NULL,
    greynoise_classification   VARCHAR(32),
    greynoise_name             VARCHAR(128),
    greynoise_tags             JSON     NOT NULL,
    greynoise_raw              JSON     NOT NULL,
    greynoise_queried_at       DATETIME,
    abuseipdb_score            INTEGER,
    abuseipdb_categories       JSON     NOT NULL,
    abuseipdb_raw              JSON     NOT NULL,
    abuseipdb_queried_at       DATETIME,
    feodo_listed               BOOLEAN,
    feodo_malware_family       VARCHAR(64),
    feodo_raw                  JSON     NOT NULL,
    feodo_queried_at           DATETIME,
    threatfox_listed           BOOLEAN,
    threatfox_threat_types     JSON     NOT NULL,
    threatfox_ioc_types        JSON     NOT NULL,
    threatfox_malware_families JSON     NOT NULL,
    threatfox_raw              JSON     NOT NULL,
    threatfox_queried_at       DATETIME,
    aggregate_verdict          VARCHAR(32),
    cached_at                  DATETIME NOT NULL,
    expires_at                 DATETIME NOT NULL,
    PRIMARY KEY (uuid),
    FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid)
);

CREATE TABLE attacker_fingerprint_state (
    uuid           VARCHAR      NOT NULL,
    attacker_uuid  VARCHAR      NOT NULL,
    port           INTEGER      NOT NULL,
    probe_type     VARCHAR(16)  NOT NULL,
    last_hash      VARCHAR(128) NOT NULL,
    last_seen      DATETIME     NOT NULL,
    rotation_count INTEGER      NOT NULL,
    PRIMARY KEY (uuid),
    FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid)
);

CREATE TABLE smtp_targets (
    id            INTEGER  NOT NULL,
    attacker_uuid VARCHAR  NOT NULL,
    domain        VARCHAR  NOT NULL,
    first_seen    DATETIME NOT NULL,
    last_seen     DATETIME NOT NULL,
    count         INTEGER  NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid)
);

-- How an operator types, and whether that stays the same.

CREATE TABLE observations (
    id              VARCHAR NOT NULL,
    identity_ref    VARCHAR,
    primitive       VARCHAR NOT NULL,
    value           JSON    NOT NULL,
    confidence      FLOAT   NOT NULL,
    window_start_ts FLOAT   NOT NULL,
    window_end_ts   FLOAT   NOT NULL,
    source          VARCHAR NOT NULL,
    evidence_ref    VARCHAR NOT NULL,
    envelope_v      INTEGER NOT NULL,
    ts              FLOAT   NOT NULL,
    attacker_uuid   VARCHAR NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid)
);

CREATE TABLE attribution_state (
    identity_uuid       VARCHAR  NOT NULL,
    primitive           VARCHAR  NOT NULL,
    current_value       JSON     NOT NULL,
    state               VARCHAR  NOT NULL,
    confidence          FLOAT    NOT NULL,
    observation_count   INTEGER  NOT NULL,
    last_change_ts      FLOAT    NOT NULL,
    last_observation_ts FLOAT    NOT NULL,
    schema_version      INTEGER  NOT NULL,
    updated_at          DATETIME NOT NULL,
    PRIMARY KEY (identity_uuid, primitive),
    FOREIGN KEY (identity_uuid) REFERENCES attacker_identities (uuid)
);

-- Canary files and who opened them.

CREATE TABLE canary_blobs (
    uuid         VARCHAR  NOT NULL,
    sha256       VARCHAR  NOT NULL,
    filename     VARCHAR  NOT NULL,
    content_type VARCHAR  NOT NULL,
    size_bytes   INTEGER  NOT NULL,
    uploaded_by  VARCHAR  NOT NULL,
    uploaded_at  DATETIME NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE canary_tokens (
    uuid              VARCHAR  NOT NULL,
    kind              VARCHAR  NOT NULL,
    decky_name        VARCHAR  NOT NULL,
    topology_id       VARCHAR,
    blob_uuid         VARCHAR,
    instrumenter      VARCHAR,
    generator         VARCHAR,
    placement_path    VARCHAR  NOT NULL,
    callback_token    VARCHAR  NOT NULL,
    secret_seed       VARCHAR  NOT NULL,
    placed_at         DATETIME NOT NULL,
    last_triggered_at DATETIME,
    trigger_count     INTEGER  NOT NULL,
    created_by        VARCHAR  NOT NULL,
    state             VARCHAR  NOT NULL,
    last_error        TEXT,
    fingerprint_nonce VARCHAR(16),
    PRIMARY KEY (uuid)
);

CREATE TABLE canary_triggers (
    uuid         VARCHAR  NOT NULL,
    token_uuid   VARCHAR  NOT NULL,
    occurred_at  DATETIME NOT NULL,
    src_ip       VARCHAR  NOT NULL,
    user_agent   VARCHAR,
    request_path VARCHAR,
    dns_qname    VARCHAR,
    raw_headers  TEXT     NOT NULL,
    attacker_id  VARCHAR,
    PRIMARY KEY (uuid),
    FOREIGN KEY (token_uuid) REFERENCES canary_tokens (uuid)
);

-- Evidence.

CREATE TABLE logs (
    id          INTEGER  NOT NULL,
    timestamp   DATETIME NOT NULL,
    decky       VARCHAR  NOT NULL,
    service     VARCHAR  NOT NULL,
    event_type  VARCHAR  NOT NULL,
    attacker_ip VARCHAR  NOT NULL,
    raw_line    TEXT     NOT NULL,
    fields      TEXT     NOT NULL,
    msg         TEXT,
    trace_id    VARCHAR,
    span_id     VARCHAR,
    PRIMARY KEY (id)
);

CREATE TABLE bounty (
    id          INTEGER  NOT NULL,
    timestamp   DATETIME NOT NULL,
    decky       VARCHAR  NOT NULL,
    service     VARCHAR  NOT NULL,
    attacker_ip VARCHAR  NOT NULL,
    bounty_type VARCHAR  NOT NULL,
    payload     TEXT     NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE credentials (
    id               INTEGER      NOT NULL,
    attacker_ip      VARCHAR      NOT NULL,
    attacker_uuid    VARCHAR,
    decky_name       VARCHAR      NOT NULL,
    service          VARCHAR      NOT NULL,
    principal        VARCHAR(256),
    principal_key    VARCHAR(256) NOT NULL,
    secret_kind      VARCHAR(32)  NOT NULL,
    secret_sha256    VARCHAR(64)  NOT NULL,
    secret_b64       VARCHAR(2048),
    secret_printable VARCHAR(512),
    outcome          VARCHAR(16),
    fields           TEXT         NOT NULL,
    first_seen       DATETIME     NOT NULL,
    last_seen        DATETIME     NOT NULL,
    attempt_count    INTEGER      NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE credential_reuse (
    id             VARCHAR(36)  NOT NULL,
    secret_sha256  VARCHAR(64)  NOT NULL,
    secret_kind    VARCHAR(32)  NOT NULL,
    principal      VARCHAR(256),
    principal_key  VARCHAR(256) NOT NULL,
    attacker_uuids TEXT         NOT NULL,
    attacker_ips   TEXT         NOT NULL,
    deckies        TEXT         NOT NULL,
    services       TEXT         NOT NULL,
    target_count   INTEGER      NOT NULL,
    attempt_count  INTEGER      NOT NULL,
    confidence     FLOAT        NOT NULL,
    first_seen     DATETIME     NOT NULL,
    last_seen      DATETIME     NOT NULL,
    updated_at     DATETIME     NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE observed_attachments (
    uuid                     VARCHAR     NOT NULL,
    sha256                   VARCHAR(64) NOT NULL,
    first_seen               DATETIME    NOT NULL,
    last_seen                DATETIME    NOT NULL,
    observation_count        INTEGER     NOT NULL,
    first_seen_decky_uuid    VARCHAR,
    first_seen_attacker_uuid VARCHAR,
    last_seen_attacker_uuid  VARCHAR,
    extensions               JSON        NOT NULL,
    first_subject            VARCHAR,
    mal_hash_match           BOOLEAN,
    mal_hash_match_provider  VARCHAR(64),
    mal_hash_match_at        DATETIME,
    PRIMARY KEY (uuid)
);

-- Detection rules.

CREATE TABLE ttp_rule (
    rule_id      VARCHAR  NOT NULL,
    rule_version INTEGER  NOT NULL,
    source_path  VARCHAR  NOT NULL,
    yaml_content TEXT     NOT NULL,
    updated_at   DATETIME NOT NULL,
    updated_by   VARCHAR  NOT NULL,
    PRIMARY KEY (rule_id)
);

CREATE TABLE ttp_rule_state (
    rule_id        VARCHAR  NOT NULL,
    state          VARCHAR  NOT NULL,
    confidence_max FLOAT,
    expires_at     DATETIME,
    reason         VARCHAR,
    set_by         VARCHAR,
    set_at         DATETIME NOT NULL,
    PRIMARY KEY (rule_id)
);

-- Hosts and the deckies on them.

CREATE TABLE swarm_hosts (
    uuid                     VARCHAR  NOT NULL,
    name                     VARCHAR  NOT NULL,
    address                  VARCHAR  NOT NULL,
    agent_port               INTEGER  NOT NULL,
    status                   VARCHAR  NOT NULL,
    last_heartbeat           DATETIME,
    client_cert_fingerprint  VARCHAR  NOT NULL,
    updater_cert_fingerprint VARCHAR,
    cert_bundle_path         VARCHAR  NOT NULL,
    enrolled_at              DATETIME NOT NULL,
    notes                    TEXT,
    use_ipvlan               BOOLEAN  NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE fleet_deckies (
    host_uuid    VARCHAR  NOT NULL,
    name         VARCHAR  NOT NULL,
    services     TEXT     NOT NULL,
    decky_config TEXT,
    decky_ip     VARCHAR,
    state        VARCHAR  NOT NULL,
    last_error   TEXT,
    compose_hash VARCHAR,
    last_seen    DATETIME,
    updated_at   DATETIME NOT NULL,
    PRIMARY KEY (host_uuid, name)
);

CREATE TABLE decky_shards (
    decky_name   VARCHAR  NOT NULL,
    host_uuid    VARCHAR  NOT NULL,
    services     TEXT     NOT NULL,
    decky_config TEXT,
    decky_ip     VARCHAR,
    state        VARCHAR  NOT NULL,
    last_error   TEXT,
    compose_hash VARCHAR,
    last_seen    DATETIME,
    updated_at   DATETIME NOT NULL,
    PRIMARY KEY (decky_name),
    FOREIGN KEY (host_uuid) REFERENCES swarm_hosts (uuid)
);

CREATE TABLE decky_lifecycle (
    id           VARCHAR  NOT NULL,
    decky_name   VARCHAR  NOT NULL,
    host_uuid    VARCHAR,
    operation    VARCHAR  NOT NULL,
    status       VARCHAR  NOT NULL,
    error        TEXT,
    started_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    completed_at DATETIME,
    PRIMARY KEY (id)
);

CREATE TABLE tarpit_rules (
    id         VARCHAR  NOT NULL,
    decky_name VARCHAR  NOT NULL,
    ports      VARCHAR  NOT NULL,
    delay_ms   INTEGER  NOT NULL,
    created_at DATETIME NOT NULL,
    created_by VARCHAR  NOT NULL,
    PRIMARY KEY (id)
);

-- Topologies.

CREATE TABLE topologies (
    id                VARCHAR     NOT NULL,
    name              VARCHAR     NOT NULL,
    mode              VARCHAR(16) NOT NULL,
    target_host_uuid  VARCHAR,
    config_snapshot   TEXT        NOT NULL,
    status            VARCHAR(32) NOT NULL,
    status_changed_at DATETIME    NOT NULL,
    created_at        DATETIME    NOT NULL,
    version           INTEGER     NOT NULL,
    needs_resync      BOOLEAN     NOT NULL,
    email_personas    TEXT        NOT NULL,
    language_default  VARCHAR(8)  NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE lans (
    id                VARCHAR NOT NULL,
    topology_id       VARCHAR NOT NULL,
    name              VARCHAR NOT NULL,
    docker_network_id VARCHAR,
    subnet            VARCHAR NOT NULL,
    is_dmz            BOOLEAN NOT NULL,
    x                 FLOAT,
    y                 FLOAT,
    PRIMARY KEY (id),
    FOREIGN KEY (topology_id) REFERENCES topologies (id)
);

CREATE TABLE topology_deckies (
    uuid         VARCHAR     NOT NULL,
    topology_id  VARCHAR     NOT NULL,
    name         VARCHAR     NOT NULL,
    services     TEXT        NOT NULL,
    decky_config TEXT,
    ip           VARCHAR,
    state        VARCHAR(32) NOT NULL,
    last_error   TEXT,
    compose_hash VARCHAR,
    last_seen    DATETIME,
    updated_at   DATETIME    NOT NULL,
    x            FLOAT,
    y            FLOAT,
    PRIMARY KEY (uuid),
    FOREIGN KEY (topology_id) REFERENCES topologies (id)
);

CREATE TABLE topology_edges (
    id          VARCHAR NOT NULL,
    topology_id VARCHAR NOT NULL,
    decky_uuid  VARCHAR NOT NULL,
    lan_id      VARCHAR NOT NULL,
    is_bridge   BOOLEAN NOT NULL,
    forwards_l3 BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY (topology_id) REFERENCES topologies (id),
    FOREIGN KEY (decky_uuid) REFERENCES topology_deckies (uuid),
    FOREIGN KEY (lan_id) REFERENCES lans (id)
);

CREATE TABLE topology_mutations (
    id           VARCHAR     NOT NULL,
    topology_id  VARCHAR     NOT NULL,
    op           VARCHAR(32) NOT NULL,
    payload      TEXT        NOT NULL,
    state        VARCHAR(32) NOT NULL,
    requested_at DATETIME    NOT NULL,
    applied_at   DATETIME,
    reason       TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY (topology_id) REFERENCES topologies (id)
);

CREATE TABLE topology_status_events (
    id          VARCHAR  NOT NULL,
    topology_id VARCHAR  NOT NULL,
    from_status VARCHAR  NOT NULL,
    to_status   VARCHAR  NOT NULL,
    at          DATETIME NOT NULL,
    reason      TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY (topology_id) REFERENCES topologies (id)
);

-- What makes deckies look alive.

CREATE TABLE synthetic_files (
    uuid          VARCHAR      NOT NULL,
    decky_uuid    VARCHAR(64)  NOT NULL,
    path          VARCHAR(512) NOT NULL,
    persona       VARCHAR(128) NOT NULL,
    content_class VARCHAR(32)  NOT NULL,
    created_at    DATETIME     NOT NULL,
    last_modified DATETIME     NOT NULL,
    edit_count    INTEGER      NOT NULL,
    content_hash  VARCHAR(64)  NOT NULL,
    last_body     TEXT         NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE orchestrator_events (
    uuid           VARCHAR     NOT NULL,
    ts             DATETIME    NOT NULL,
    kind           VARCHAR(16) NOT NULL,
    protocol       VARCHAR(16) NOT NULL,
    action         VARCHAR(64) NOT NULL,
    src_decky_uuid VARCHAR,
    dst_decky_uuid VARCHAR     NOT NULL,
    success        BOOLEAN     NOT NULL,
    payload        TEXT        NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE orchestrator_emails (
    uuid            VARCHAR       NOT NULL,
    ts              DATETIME      NOT NULL,
    mail_decky_uuid VARCHAR       NOT NULL,
    thread_id       VARCHAR       NOT NULL,
    message_id      VARCHAR(255)  NOT NULL,
    in_reply_to     VARCHAR(255),
    sender_email    VARCHAR(255)  NOT NULL,
    recipient_email VARCHAR(255)  NOT NULL,
    subject         VARCHAR(512)  NOT NULL,
    language        VARCHAR(8)    NOT NULL,
    eml_path        VARCHAR(1024) NOT NULL,
    success         BOOLEAN       NOT NULL,
    payload         TEXT          NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE realism_config (
    uuid       VARCHAR     NOT NULL,
    "key"      VARCHAR(64) NOT NULL,
    value      TEXT        NOT NULL,
    updated_at DATETIME    NOT NULL,
    PRIMARY KEY (uuid)
);

-- The platform itself.

CREATE TABLE users (
    uuid                 VARCHAR NOT NULL,
    username             VARCHAR NOT NULL,
    password_hash        VARCHAR NOT NULL,
    role                 VARCHAR NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    tokens_valid_from    DATETIME,
    PRIMARY KEY (uuid)
);

CREATE TABLE revoked_tokens (
    jti        VARCHAR  NOT NULL,
    user_uuid  VARCHAR  NOT NULL,
    expires_at DATETIME NOT NULL,
    revoked_at DATETIME NOT NULL,
    PRIMARY KEY (jti)
);

CREATE TABLE webhook_subscriptions (
    uuid                 VARCHAR  NOT NULL,
    name                 VARCHAR  NOT NULL,
    url                  VARCHAR  NOT NULL,
    secret               VARCHAR  NOT NULL,
    topic_patterns       VARCHAR  NOT NULL,
    enabled              BOOLEAN  NOT NULL,
    consecutive_failures INTEGER  NOT NULL,
    last_success_at      DATETIME,
    last_failure_at      DATETIME,
    last_error           VARCHAR,
    auto_disabled_at     DATETIME,
    created_at           DATETIME NOT NULL,
    updated_at           DATETIME NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE state (
    "key" VARCHAR NOT NULL,
    value TEXT    NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('4a914b1d62a0');

-- The tables of DECNET, revision 4a914b1d62a0, under the names and with the columns that DECNET gives them.
-- Indexes and foreign keys follow in 00002, so that a bulk import loads its rows in between.
-- There is no Down, on purpose: schemas only move forward.
--
-- Text has collation "C": it compares and sorts by its bytes, as in SQLite. No column limits its length.
-- JSON is kept as text and not as json, because rows of DECNET with malformed JSON are served as well.
-- Timestamps have no zone; they are UTC. Numbers that grow (ids, counts, sizes, AS numbers) are bigint.

-- +goose Up

-- Threat graph: campaign, identity, attacker, tag.

CREATE TABLE campaigns (
    uuid              text COLLATE "C" NOT NULL,
    schema_version    integer          NOT NULL,
    first_seen_at     timestamp(6),
    last_seen_at      timestamp(6),
    created_at        timestamp(6)     NOT NULL,
    updated_at        timestamp(6)     NOT NULL,
    confidence        double precision,
    identity_count    bigint           NOT NULL,
    ja3_hashes        text COLLATE "C",
    hassh_hashes      text COLLATE "C",
    tls_cert_sha256   text COLLATE "C",
    payload_simhashes text COLLATE "C",
    c2_endpoints      text COLLATE "C",
    merged_into_uuid  text COLLATE "C",
    notes             text COLLATE "C",
    PRIMARY KEY (uuid)
);

CREATE TABLE attacker_identities (
    uuid                 text COLLATE "C" NOT NULL,
    schema_version       integer          NOT NULL,
    campaign_id          text COLLATE "C",
    first_seen_at        timestamp(6),
    last_seen_at         timestamp(6),
    created_at           timestamp(6)     NOT NULL,
    updated_at           timestamp(6)     NOT NULL,
    confidence           double precision,
    observation_count    bigint           NOT NULL,
    ja3_hashes           text COLLATE "C",
    hassh_hashes         text COLLATE "C",
    ja4h_hashes          text COLLATE "C",
    ja4_quic_hashes      text COLLATE "C",
    http_versions_seen   text COLLATE "C",
    tls_cert_sha256      text COLLATE "C",
    ipv6_link_local_iids text COLLATE "C",
    payload_simhashes    text COLLATE "C",
    c2_endpoints         text COLLATE "C",
    kd_digraph_simhash   bytea,
    merged_into_uuid     text COLLATE "C",
    notes                text COLLATE "C",
    PRIMARY KEY (uuid)
);

CREATE TABLE attackers (
    uuid                 text COLLATE "C" NOT NULL,
    ip                   text COLLATE "C" NOT NULL,
    identity_id          text COLLATE "C",
    first_seen           timestamp(6)     NOT NULL,
    last_seen            timestamp(6)     NOT NULL,
    event_count          bigint           NOT NULL,
    service_count        bigint           NOT NULL,
    decky_count          bigint           NOT NULL,
    services             text COLLATE "C" NOT NULL,
    deckies              text COLLATE "C" NOT NULL,
    traversal_path       text COLLATE "C",
    is_traversal         boolean          NOT NULL,
    bounty_count         bigint           NOT NULL,
    credential_count     bigint           NOT NULL,
    fingerprints         text COLLATE "C" NOT NULL,
    commands             text COLLATE "C" NOT NULL,
    country_code         text COLLATE "C",
    country_source       text COLLATE "C",
    asn                  bigint,
    as_name              text COLLATE "C",
    bgp_prefix           text COLLATE "C",
    asn_source           text COLLATE "C",
    rpki_status          text COLLATE "C",
    rpki_source          text COLLATE "C",
    ptr_record           text COLLATE "C",
    rotation_count       bigint           NOT NULL,
    last_rotation_at     timestamp(6),
    ipv6_leak_count      bigint           NOT NULL,
    last_ipv6_leak_at    timestamp(6),
    last_ipv6_link_local text COLLATE "C",
    last_ipv6_iid_kind   text COLLATE "C",
    last_ipv6_mac_oui    text COLLATE "C",
    updated_at           timestamp(6)     NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE ttp_tag (
    uuid             text COLLATE "C" NOT NULL,
    source_kind      text COLLATE "C" NOT NULL,
    source_id        text COLLATE "C" NOT NULL,
    attacker_uuid    text COLLATE "C",
    identity_uuid    text COLLATE "C",
    session_id       text COLLATE "C",
    decky_id         text COLLATE "C",
    tactic           text COLLATE "C" NOT NULL,
    technique_id     text COLLATE "C" NOT NULL,
    sub_technique_id text COLLATE "C",
    confidence       double precision NOT NULL,
    rule_id          text COLLATE "C" NOT NULL,
    rule_version     integer          NOT NULL,
    evidence         text COLLATE "C" NOT NULL,
    attack_release   text COLLATE "C" NOT NULL,
    mitre_url        text COLLATE "C",
    created_at       timestamp(6)     NOT NULL,
    PRIMARY KEY (uuid),
    CONSTRAINT ttp_tag_has_anchor CHECK (attacker_uuid IS NOT NULL OR identity_uuid IS NOT NULL),
    CONSTRAINT ttp_tag_confidence_range CHECK (confidence >= 0.0 AND confidence <= 1.0)
);

-- What is known about one attacker.

CREATE TABLE attacker_behavior (
    attacker_uuid      text COLLATE "C" NOT NULL,
    os_guess           text COLLATE "C",
    hop_distance       integer,
    tcp_fingerprint    text COLLATE "C" NOT NULL,
    kex_order_raw      text COLLATE "C",
    ssh_client_banners text COLLATE "C",
    retransmit_count   bigint           NOT NULL,
    behavior_class     text COLLATE "C",
    beacon_interval_s  double precision,
    beacon_jitter_pct  double precision,
    tool_guesses       text COLLATE "C",
    timing_stats       text COLLATE "C" NOT NULL,
    phase_sequence     text COLLATE "C" NOT NULL,
    updated_at         timestamp(6)     NOT NULL,
    PRIMARY KEY (attacker_uuid)
);

CREATE TABLE attacker_intel (
    uuid                       text COLLATE "C" NOT NULL,
    attacker_uuid              text COLLATE "C" NOT NULL,
    attacker_ip                text COLLATE "C" NOT NULL,
    schema_version             integer          NOT NULL,
    greynoise_classification   text COLLATE "C",
    greynoise_name             text COLLATE "C",
    greynoise_tags             text COLLATE "C" NOT NULL,
    greynoise_raw              text COLLATE "C" NOT NULL,
    greynoise_queried_at       timestamp(6),
    abuseipdb_score            integer,
    abuseipdb_categories       text COLLATE "C" NOT NULL,
    abuseipdb_raw              text COLLATE "C" NOT NULL,
    abuseipdb_queried_at       timestamp(6),
    feodo_listed               boolean,
    feodo_malware_family       text COLLATE "C",
    feodo_raw                  text COLLATE "C" NOT NULL,
    feodo_queried_at           timestamp(6),
    threatfox_listed           boolean,
    threatfox_threat_types     text COLLATE "C" NOT NULL,
    threatfox_ioc_types        text COLLATE "C" NOT NULL,
    threatfox_malware_families text COLLATE "C" NOT NULL,
    threatfox_raw              text COLLATE "C" NOT NULL,
    threatfox_queried_at       timestamp(6),
    aggregate_verdict          text COLLATE "C",
    cached_at                  timestamp(6)     NOT NULL,
    expires_at                 timestamp(6)     NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE attacker_fingerprint_state (
    uuid           text COLLATE "C" NOT NULL,
    attacker_uuid  text COLLATE "C" NOT NULL,
    port           integer          NOT NULL,
    probe_type     text COLLATE "C" NOT NULL,
    last_hash      text COLLATE "C" NOT NULL,
    last_seen      timestamp(6)     NOT NULL,
    rotation_count bigint           NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE smtp_targets (
    id            bigint           NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    attacker_uuid text COLLATE "C" NOT NULL,
    domain        text COLLATE "C" NOT NULL,
    first_seen    timestamp(6)     NOT NULL,
    last_seen     timestamp(6)     NOT NULL,
    count         bigint           NOT NULL,
    PRIMARY KEY (id)
);

-- How an operator types, and whether that stays the same.

CREATE TABLE observations (
    id              text COLLATE "C" NOT NULL,
    identity_ref    text COLLATE "C",
    primitive       text COLLATE "C" NOT NULL,
    value           text COLLATE "C" NOT NULL,
    confidence      double precision NOT NULL,
    window_start_ts double precision NOT NULL,
    window_end_ts   double precision NOT NULL,
    source          text COLLATE "C" NOT NULL,
    evidence_ref    text COLLATE "C" NOT NULL,
    envelope_v      integer          NOT NULL,
    ts              double precision NOT NULL,
    attacker_uuid   text COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE attribution_state (
    identity_uuid       text COLLATE "C" NOT NULL,
    primitive           text COLLATE "C" NOT NULL,
    current_value       text COLLATE "C" NOT NULL,
    state               text COLLATE "C" NOT NULL,
    confidence          double precision NOT NULL,
    observation_count   bigint           NOT NULL,
    last_change_ts      double precision NOT NULL,
    last_observation_ts double precision NOT NULL,
    schema_version      integer          NOT NULL,
    updated_at          timestamp(6)     NOT NULL,
    PRIMARY KEY (identity_uuid, primitive)
);

-- Canary files and who opened them.

CREATE TABLE canary_blobs (
    uuid         text COLLATE "C" NOT NULL,
    sha256       text COLLATE "C" NOT NULL,
    filename     text COLLATE "C" NOT NULL,
    content_type text COLLATE "C" NOT NULL,
    size_bytes   bigint           NOT NULL,
    uploaded_by  text COLLATE "C" NOT NULL,
    uploaded_at  timestamp(6)     NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE canary_tokens (
    uuid              text COLLATE "C" NOT NULL,
    kind              text COLLATE "C" NOT NULL,
    decky_name        text COLLATE "C" NOT NULL,
    topology_id       text COLLATE "C",
    blob_uuid         text COLLATE "C",
    instrumenter      text COLLATE "C",
    generator         text COLLATE "C",
    placement_path    text COLLATE "C" NOT NULL,
    callback_token    text COLLATE "C" NOT NULL,
    secret_seed       text COLLATE "C" NOT NULL,
    placed_at         timestamp(6)     NOT NULL,
    last_triggered_at timestamp(6),
    trigger_count     bigint           NOT NULL,
    created_by        text COLLATE "C" NOT NULL,
    state             text COLLATE "C" NOT NULL,
    last_error        text COLLATE "C",
    fingerprint_nonce text COLLATE "C",
    PRIMARY KEY (uuid)
);

CREATE TABLE canary_triggers (
    uuid         text COLLATE "C" NOT NULL,
    token_uuid   text COLLATE "C" NOT NULL,
    occurred_at  timestamp(6)     NOT NULL,
    src_ip       text COLLATE "C" NOT NULL,
    user_agent   text COLLATE "C",
    request_path text COLLATE "C",
    dns_qname    text COLLATE "C",
    raw_headers  text COLLATE "C" NOT NULL,
    attacker_id  text COLLATE "C",
    PRIMARY KEY (uuid)
);

-- Evidence.

CREATE TABLE logs (
    id          bigint           NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    timestamp   timestamp(6)     NOT NULL,
    decky       text COLLATE "C" NOT NULL,
    service     text COLLATE "C" NOT NULL,
    event_type  text COLLATE "C" NOT NULL,
    attacker_ip text COLLATE "C" NOT NULL,
    raw_line    text COLLATE "C" NOT NULL,
    fields      text COLLATE "C" NOT NULL,
    msg         text COLLATE "C",
    trace_id    text COLLATE "C",
    span_id     text COLLATE "C",
    PRIMARY KEY (id)
);

CREATE TABLE bounty (
    id          bigint           NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    timestamp   timestamp(6)     NOT NULL,
    decky       text COLLATE "C" NOT NULL,
    service     text COLLATE "C" NOT NULL,
    attacker_ip text COLLATE "C" NOT NULL,
    bounty_type text COLLATE "C" NOT NULL,
    payload     text COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE credentials (
    id               bigint           NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    attacker_ip      text COLLATE "C" NOT NULL,
    attacker_uuid    text COLLATE "C",
    decky_name       text COLLATE "C" NOT NULL,
    service          text COLLATE "C" NOT NULL,
    principal        text COLLATE "C",
    principal_key    text COLLATE "C" NOT NULL,
    secret_kind      text COLLATE "C" NOT NULL,
    secret_sha256    text COLLATE "C" NOT NULL,
    secret_b64       text COLLATE "C",
    secret_printable text COLLATE "C",
    outcome          text COLLATE "C",
    fields           text COLLATE "C" NOT NULL,
    first_seen       timestamp(6)     NOT NULL,
    last_seen        timestamp(6)     NOT NULL,
    attempt_count    bigint           NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE credential_reuse (
    id             text COLLATE "C" NOT NULL,
    secret_sha256  text COLLATE "C" NOT NULL,
    secret_kind    text COLLATE "C" NOT NULL,
    principal      text COLLATE "C",
    principal_key  text COLLATE "C" NOT NULL,
    attacker_uuids text COLLATE "C" NOT NULL,
    attacker_ips   text COLLATE "C" NOT NULL,
    deckies        text COLLATE "C" NOT NULL,
    services       text COLLATE "C" NOT NULL,
    target_count   bigint           NOT NULL,
    attempt_count  bigint           NOT NULL,
    confidence     double precision NOT NULL,
    first_seen     timestamp(6)     NOT NULL,
    last_seen      timestamp(6)     NOT NULL,
    updated_at     timestamp(6)     NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE observed_attachments (
    uuid                     text COLLATE "C" NOT NULL,
    sha256                   text COLLATE "C" NOT NULL,
    first_seen               timestamp(6)     NOT NULL,
    last_seen                timestamp(6)     NOT NULL,
    observation_count        bigint           NOT NULL,
    first_seen_decky_uuid    text COLLATE "C",
    first_seen_attacker_uuid text COLLATE "C",
    last_seen_attacker_uuid  text COLLATE "C",
    extensions               text COLLATE "C" NOT NULL,
    first_subject            text COLLATE "C",
    mal_hash_match           boolean,
    mal_hash_match_provider  text COLLATE "C",
    mal_hash_match_at        timestamp(6),
    PRIMARY KEY (uuid)
);

-- Detection rules.

CREATE TABLE ttp_rule (
    rule_id      text COLLATE "C" NOT NULL,
    rule_version integer          NOT NULL,
    source_path  text COLLATE "C" NOT NULL,
    yaml_content text COLLATE "C" NOT NULL,
    updated_at   timestamp(6)     NOT NULL,
    updated_by   text COLLATE "C" NOT NULL,
    PRIMARY KEY (rule_id)
);

CREATE TABLE ttp_rule_state (
    rule_id        text COLLATE "C" NOT NULL,
    state          text COLLATE "C" NOT NULL,
    confidence_max double precision,
    expires_at     timestamp(6),
    reason         text COLLATE "C",
    set_by         text COLLATE "C",
    set_at         timestamp(6)     NOT NULL,
    PRIMARY KEY (rule_id)
);

-- Hosts and the deckies on them.

CREATE TABLE swarm_hosts (
    uuid                     text COLLATE "C" NOT NULL,
    name                     text COLLATE "C" NOT NULL,
    address                  text COLLATE "C" NOT NULL,
    agent_port               integer          NOT NULL,
    status                   text COLLATE "C" NOT NULL,
    last_heartbeat           timestamp(6),
    client_cert_fingerprint  text COLLATE "C" NOT NULL,
    updater_cert_fingerprint text COLLATE "C",
    cert_bundle_path         text COLLATE "C" NOT NULL,
    enrolled_at              timestamp(6)     NOT NULL,
    notes                    text COLLATE "C",
    use_ipvlan               boolean          NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE fleet_deckies (
    host_uuid    text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    services     text COLLATE "C" NOT NULL,
    decky_config text COLLATE "C",
    decky_ip     text COLLATE "C",
    state        text COLLATE "C" NOT NULL,
    last_error   text COLLATE "C",
    compose_hash text COLLATE "C",
    last_seen    timestamp(6),
    updated_at   timestamp(6)     NOT NULL,
    PRIMARY KEY (host_uuid, name)
);

CREATE TABLE decky_shards (
    decky_name   text COLLATE "C" NOT NULL,
    host_uuid    text COLLATE "C" NOT NULL,
    services     text COLLATE "C" NOT NULL,
    decky_config text COLLATE "C",
    decky_ip     text COLLATE "C",
    state        text COLLATE "C" NOT NULL,
    last_error   text COLLATE "C",
    compose_hash text COLLATE "C",
    last_seen    timestamp(6),
    updated_at   timestamp(6)     NOT NULL,
    PRIMARY KEY (decky_name)
);

CREATE TABLE decky_lifecycle (
    id           text COLLATE "C" NOT NULL,
    decky_name   text COLLATE "C" NOT NULL,
    host_uuid    text COLLATE "C",
    operation    text COLLATE "C" NOT NULL,
    status       text COLLATE "C" NOT NULL,
    error        text COLLATE "C",
    started_at   timestamp(6)     NOT NULL,
    updated_at   timestamp(6)     NOT NULL,
    completed_at timestamp(6),
    PRIMARY KEY (id)
);

CREATE TABLE tarpit_rules (
    id         text COLLATE "C" NOT NULL,
    decky_name text COLLATE "C" NOT NULL,
    ports      text COLLATE "C" NOT NULL,
    delay_ms   integer          NOT NULL,
    created_at timestamp(6)     NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

-- Topologies.

CREATE TABLE topologies (
    id                text COLLATE "C" NOT NULL,
    name              text COLLATE "C" NOT NULL,
    mode              text COLLATE "C" NOT NULL,
    target_host_uuid  text COLLATE "C",
    config_snapshot   text COLLATE "C" NOT NULL,
    status            text COLLATE "C" NOT NULL,
    status_changed_at timestamp(6)     NOT NULL,
    created_at        timestamp(6)     NOT NULL,
    version           integer          NOT NULL,
    needs_resync      boolean          NOT NULL,
    email_personas    text COLLATE "C" NOT NULL,
    language_default  text COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE lans (
    id                text COLLATE "C" NOT NULL,
    topology_id       text COLLATE "C" NOT NULL,
    name              text COLLATE "C" NOT NULL,
    docker_network_id text COLLATE "C",
    subnet            text COLLATE "C" NOT NULL,
    is_dmz            boolean          NOT NULL,
    x                 double precision,
    y                 double precision,
    PRIMARY KEY (id)
);

CREATE TABLE topology_deckies (
    uuid         text COLLATE "C" NOT NULL,
    topology_id  text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    services     text COLLATE "C" NOT NULL,
    decky_config text COLLATE "C",
    ip           text COLLATE "C",
    state        text COLLATE "C" NOT NULL,
    last_error   text COLLATE "C",
    compose_hash text COLLATE "C",
    last_seen    timestamp(6),
    updated_at   timestamp(6)     NOT NULL,
    x            double precision,
    y            double precision,
    PRIMARY KEY (uuid)
);

CREATE TABLE topology_edges (
    id          text COLLATE "C" NOT NULL,
    topology_id text COLLATE "C" NOT NULL,
    decky_uuid  text COLLATE "C" NOT NULL,
    lan_id      text COLLATE "C" NOT NULL,
    is_bridge   boolean          NOT NULL,
    forwards_l3 boolean          NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE topology_mutations (
    id           text COLLATE "C" NOT NULL,
    topology_id  text COLLATE "C" NOT NULL,
    op           text COLLATE "C" NOT NULL,
    payload      text COLLATE "C" NOT NULL,
    state        text COLLATE "C" NOT NULL,
    requested_at timestamp(6)     NOT NULL,
    applied_at   timestamp(6),
    reason       text COLLATE "C",
    PRIMARY KEY (id)
);

CREATE TABLE topology_status_events (
    id          text COLLATE "C" NOT NULL,
    topology_id text COLLATE "C" NOT NULL,
    from_status text COLLATE "C" NOT NULL,
    to_status   text COLLATE "C" NOT NULL,
    at          timestamp(6)     NOT NULL,
    reason      text COLLATE "C",
    PRIMARY KEY (id)
);

-- What makes deckies look alive.

CREATE TABLE synthetic_files (
    uuid          text COLLATE "C" NOT NULL,
    decky_uuid    text COLLATE "C" NOT NULL,
    path          text COLLATE "C" NOT NULL,
    persona       text COLLATE "C" NOT NULL,
    content_class text COLLATE "C" NOT NULL,
    created_at    timestamp(6)     NOT NULL,
    last_modified timestamp(6)     NOT NULL,
    edit_count    bigint           NOT NULL,
    content_hash  text COLLATE "C" NOT NULL,
    last_body     text COLLATE "C" NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE orchestrator_events (
    uuid           text COLLATE "C" NOT NULL,
    ts             timestamp(6)     NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    protocol       text COLLATE "C" NOT NULL,
    action         text COLLATE "C" NOT NULL,
    src_decky_uuid text COLLATE "C",
    dst_decky_uuid text COLLATE "C" NOT NULL,
    success        boolean          NOT NULL,
    payload        text COLLATE "C" NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE orchestrator_emails (
    uuid            text COLLATE "C" NOT NULL,
    ts              timestamp(6)     NOT NULL,
    mail_decky_uuid text COLLATE "C" NOT NULL,
    thread_id       text COLLATE "C" NOT NULL,
    message_id      text COLLATE "C" NOT NULL,
    in_reply_to     text COLLATE "C",
    sender_email    text COLLATE "C" NOT NULL,
    recipient_email text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    language        text COLLATE "C" NOT NULL,
    eml_path        text COLLATE "C" NOT NULL,
    success         boolean          NOT NULL,
    payload         text COLLATE "C" NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE realism_config (
    uuid       text COLLATE "C" NOT NULL,
    "key"      text COLLATE "C" NOT NULL,
    value      text COLLATE "C" NOT NULL,
    updated_at timestamp(6)     NOT NULL,
    PRIMARY KEY (uuid)
);

-- The platform itself.

CREATE TABLE users (
    uuid                 text COLLATE "C" NOT NULL,
    username             text COLLATE "C" NOT NULL,
    password_hash        text COLLATE "C" NOT NULL,
    role                 text COLLATE "C" NOT NULL,
    must_change_password boolean          NOT NULL,
    tokens_valid_from    timestamp(6),
    PRIMARY KEY (uuid)
);

CREATE TABLE revoked_tokens (
    jti        text COLLATE "C" NOT NULL,
    user_uuid  text COLLATE "C" NOT NULL,
    expires_at timestamp(6)     NOT NULL,
    revoked_at timestamp(6)     NOT NULL,
    PRIMARY KEY (jti)
);

CREATE TABLE webhook_subscriptions (
    uuid                 text COLLATE "C" NOT NULL,
    name                 text COLLATE "C" NOT NULL,
    url                  text COLLATE "C" NOT NULL,
    secret               text COLLATE "C" NOT NULL,
    topic_patterns       text COLLATE "C" NOT NULL,
    enabled              boolean          NOT NULL,
    consecutive_failures integer          NOT NULL,
    last_success_at      timestamp(6),
    last_failure_at      timestamp(6),
    last_error           text COLLATE "C",
    auto_disabled_at     timestamp(6),
    created_at           timestamp(6)     NOT NULL,
    updated_at           timestamp(6)     NOT NULL,
    PRIMARY KEY (uuid)
);

CREATE TABLE state (
    "key" text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE alembic_version (
    version_num text COLLATE "C" NOT NULL,
    PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('4a914b1d62a0');

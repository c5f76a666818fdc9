-- The secondary and unique indexes of DECNET, revision 4a914b1d62a0, under the names that DECNET gives them,
-- and the foreign keys.
-- There is no Down, on purpose: schemas only move forward.
--
-- Every reference that is NOT NULL has a foreign key, and so have both anchors of a tag. The other references
-- may be NULL, and dangle in databases of DECNET, which never enforces any: those have an index and no more.

-- +goose Up

-- Threat graph: campaign, identity, attacker, tag.

CREATE INDEX ix_campaigns_created_at ON campaigns (created_at);
CREATE INDEX ix_campaigns_first_seen_at ON campaigns (first_seen_at);
CREATE INDEX ix_campaigns_last_seen_at ON campaigns (last_seen_at);
CREATE INDEX ix_campaigns_merged_into_uuid ON campaigns (merged_into_uuid);
CREATE INDEX ix_campaigns_updated_at ON campaigns (updated_at);

CREATE INDEX ix_attacker_identities_campaign_id ON attacker_identities (campaign_id);
CREATE INDEX ix_attacker_identities_created_at ON attacker_identities (created_at);
CREATE INDEX ix_attacker_identities_first_seen_at ON attacker_identities (first_seen_at);
CREATE INDEX ix_attacker_identities_kd_digraph_simhash ON attacker_identities (kd_digraph_simhash);
CREATE INDEX ix_attacker_identities_last_seen_at ON attacker_identities (last_seen_at);
CREATE INDEX ix_attacker_identities_merged_into_uuid ON attacker_identities (merged_into_uuid);
CREATE INDEX ix_attacker_identities_updated_at ON attacker_identities (updated_at);

CREATE INDEX ix_attackers_asn ON attackers (asn);
CREATE INDEX ix_attackers_bgp_prefix ON attackers (bgp_prefix);
CREATE INDEX ix_attackers_country_code ON attackers (country_code);
CREATE INDEX ix_attackers_first_seen ON attackers (first_seen);
CREATE INDEX ix_attackers_identity_id ON attackers (identity_id);
CREATE INDEX ix_attackers_ip ON attackers (ip);
CREATE INDEX ix_attackers_last_ipv6_leak_at ON attackers (last_ipv6_leak_at);
CREATE INDEX ix_attackers_last_rotation_at ON attackers (last_rotation_at);
CREATE INDEX ix_attackers_last_seen ON attackers (last_seen);
CREATE INDEX ix_attackers_updated_at ON attackers (updated_at);

CREATE INDEX ix_ttp_tag_attack_release ON ttp_tag (attack_release);
CREATE INDEX ix_ttp_tag_attacker_technique ON ttp_tag (attacker_uuid, technique_id);
CREATE INDEX ix_ttp_tag_attacker_uuid ON ttp_tag (attacker_uuid);
CREATE INDEX ix_ttp_tag_created_at ON ttp_tag (created_at);
CREATE INDEX ix_ttp_tag_decky_id ON ttp_tag (decky_id);
CREATE INDEX ix_ttp_tag_identity_technique ON ttp_tag (identity_uuid, technique_id);
CREATE INDEX ix_ttp_tag_identity_uuid ON ttp_tag (identity_uuid);
CREATE INDEX ix_ttp_tag_rule_id ON ttp_tag (rule_id);
CREATE INDEX ix_ttp_tag_session_id ON ttp_tag (session_id);
CREATE INDEX ix_ttp_tag_sub_technique_id ON ttp_tag (sub_technique_id);
CREATE INDEX ix_ttp_tag_tactic ON ttp_tag (tactic);
CREATE INDEX ix_ttp_tag_technique_created ON ttp_tag (technique_id, created_at);
CREATE INDEX ix_ttp_tag_technique_id ON ttp_tag (technique_id);
ALTER TABLE ttp_tag
    ADD CONSTRAINT fk_ttp_tag_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid) ON DELETE CASCADE,
    ADD CONSTRAINT fk_ttp_tag_identity_uuid FOREIGN KEY (identity_uuid) REFERENCES attacker_identities (uuid) ON DELETE CASCADE;

-- What is known about one attacker.

CREATE INDEX ix_attacker_behavior_updated_at ON attacker_behavior (updated_at);
ALTER TABLE attacker_behavior
    ADD CONSTRAINT fk_attacker_behavior_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);

CREATE INDEX ix_attacker_intel_aggregate_verdict ON attacker_intel (aggregate_verdict);
CREATE INDEX ix_attacker_intel_attacker_ip ON attacker_intel (attacker_ip);
CREATE UNIQUE INDEX ix_attacker_intel_attacker_uuid ON attacker_intel (attacker_uuid);
CREATE INDEX ix_attacker_intel_cached_at ON attacker_intel (cached_at);
CREATE INDEX ix_attacker_intel_expires_at ON attacker_intel (expires_at);
ALTER TABLE attacker_intel
    ADD CONSTRAINT fk_attacker_intel_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);

CREATE UNIQUE INDEX uq_attacker_fingerprint_state_natural ON attacker_fingerprint_state (attacker_uuid, port, probe_type);
CREATE INDEX ix_attacker_fingerprint_state_attacker_uuid ON attacker_fingerprint_state (attacker_uuid);
CREATE INDEX ix_attacker_fingerprint_state_last_seen ON attacker_fingerprint_state (last_seen);
ALTER TABLE attacker_fingerprint_state
    ADD CONSTRAINT fk_attacker_fingerprint_state_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);

CREATE UNIQUE INDEX uq_smtp_targets_attacker_domain ON smtp_targets (attacker_uuid, domain);
CREATE INDEX ix_smtp_targets_attacker_uuid ON smtp_targets (attacker_uuid);
CREATE INDEX ix_smtp_targets_domain ON smtp_targets (domain);
CREATE INDEX ix_smtp_targets_last_seen ON smtp_targets (last_seen);
ALTER TABLE smtp_targets
    ADD CONSTRAINT fk_smtp_targets_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);

-- How an operator types, and whether that stays the same.

CREATE UNIQUE INDEX uq_observations_evidence_primitive ON observations (evidence_ref, primitive);
CREATE INDEX ix_observations_attacker_primitive_ts ON observations (attacker_uuid, primitive, ts);
CREATE INDEX ix_observations_attacker_uuid ON observations (attacker_uuid);
CREATE INDEX ix_observations_primitive ON observations (primitive);
CREATE INDEX ix_observations_primitive_ts ON observations (primitive, ts);
CREATE INDEX ix_observations_ts ON observations (ts);
ALTER TABLE observations
    ADD CONSTRAINT fk_observations_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);

CREATE INDEX ix_attribution_state_identity_state ON attribution_state (identity_uuid, state);
CREATE INDEX ix_attribution_state_last_change ON attribution_state (last_change_ts);
CREATE INDEX ix_attribution_state_state ON attribution_state (state);
ALTER TABLE attribution_state
    ADD CONSTRAINT fk_attribution_state_identity_uuid FOREIGN KEY (identity_uuid) REFERENCES attacker_identities (uuid);

-- Canary files and who opened them.

CREATE UNIQUE INDEX ix_canary_blobs_sha256 ON canary_blobs (sha256);
CREATE INDEX ix_canary_blobs_uploaded_by ON canary_blobs (uploaded_by);

CREATE INDEX ix_canary_tokens_blob_uuid ON canary_tokens (blob_uuid);
CREATE UNIQUE INDEX ix_canary_tokens_callback_token ON canary_tokens (callback_token);
CREATE INDEX ix_canary_tokens_created_by ON canary_tokens (created_by);
CREATE INDEX ix_canary_tokens_decky ON canary_tokens (decky_name, state);
CREATE INDEX ix_canary_tokens_decky_name ON canary_tokens (decky_name);
CREATE INDEX ix_canary_tokens_kind ON canary_tokens (kind);
CREATE INDEX ix_canary_tokens_last_triggered_at ON canary_tokens (last_triggered_at);
CREATE INDEX ix_canary_tokens_state ON canary_tokens (state);
CREATE INDEX ix_canary_tokens_topology_id ON canary_tokens (topology_id);

CREATE INDEX ix_canary_triggers_attacker ON canary_triggers (attacker_id);
CREATE INDEX ix_canary_triggers_attacker_id ON canary_triggers (attacker_id);
CREATE INDEX ix_canary_triggers_src_ip ON canary_triggers (src_ip);
CREATE INDEX ix_canary_triggers_token_ts ON canary_triggers (token_uuid, occurred_at);
CREATE INDEX ix_canary_triggers_token_uuid ON canary_triggers (token_uuid);
ALTER TABLE canary_triggers
    ADD CONSTRAINT fk_canary_triggers_token_uuid FOREIGN KEY (token_uuid) REFERENCES canary_tokens (uuid);

-- Evidence.

CREATE INDEX ix_logs_attacker_ip ON logs (attacker_ip);
CREATE INDEX ix_logs_decky ON logs (decky);
CREATE INDEX ix_logs_event_type ON logs (event_type);
CREATE INDEX ix_logs_service ON logs (service);
CREATE INDEX ix_logs_timestamp ON logs (timestamp);

CREATE INDEX ix_bounty_attacker_ip ON bounty (attacker_ip);
CREATE INDEX ix_bounty_bounty_type ON bounty (bounty_type);
CREATE INDEX ix_bounty_decky ON bounty (decky);
CREATE INDEX ix_bounty_service ON bounty (service);
CREATE INDEX ix_bounty_timestamp ON bounty (timestamp);

CREATE UNIQUE INDEX uq_credentials_dedup ON credentials (attacker_ip, decky_name, service, secret_kind, secret_sha256, principal_key);
CREATE INDEX ix_credentials_attacker_ip ON credentials (attacker_ip);
CREATE INDEX ix_credentials_attacker_uuid ON credentials (attacker_uuid);
CREATE INDEX ix_credentials_decky_name ON credentials (decky_name);
CREATE INDEX ix_credentials_first_seen ON credentials (first_seen);
CREATE INDEX ix_credentials_last_seen ON credentials (last_seen);
CREATE INDEX ix_credentials_principal ON credentials (principal);
CREATE INDEX ix_credentials_principal_service ON credentials (principal, service);
CREATE INDEX ix_credentials_secret_kind ON credentials (secret_kind);
CREATE INDEX ix_credentials_secret_service ON credentials (secret_sha256, service);
CREATE INDEX ix_credentials_secret_sha256 ON credentials (secret_sha256);
CREATE INDEX ix_credentials_service ON credentials (service);

CREATE UNIQUE INDEX uq_credential_reuse_secret_principal ON credential_reuse (secret_sha256, secret_kind, principal_key);
CREATE INDEX ix_credential_reuse_first_seen ON credential_reuse (first_seen);
CREATE INDEX ix_credential_reuse_last_seen ON credential_reuse (last_seen);
CREATE INDEX ix_credential_reuse_secret_kind ON credential_reuse (secret_kind);
CREATE INDEX ix_credential_reuse_secret_sha256 ON credential_reuse (secret_sha256);
CREATE INDEX ix_credential_reuse_target_count ON credential_reuse (target_count);
CREATE INDEX ix_credential_reuse_updated_at ON credential_reuse (updated_at);

CREATE INDEX ix_observed_attachments_first_seen ON observed_attachments (first_seen);
CREATE INDEX ix_observed_attachments_first_seen_attacker_uuid ON observed_attachments (first_seen_attacker_uuid);
CREATE INDEX ix_observed_attachments_first_seen_decky_uuid ON observed_attachments (first_seen_decky_uuid);
CREATE INDEX ix_observed_attachments_last_seen ON observed_attachments (last_seen);
CREATE INDEX ix_observed_attachments_last_seen_attacker_uuid ON observed_attachments (last_seen_attacker_uuid);
CREATE INDEX ix_observed_attachments_mal_hash_match ON observed_attachments (mal_hash_match);
CREATE UNIQUE INDEX ix_observed_attachments_sha256 ON observed_attachments (sha256);

-- Hosts and the deckies on them.

CREATE UNIQUE INDEX ix_swarm_hosts_name ON swarm_hosts (name);
CREATE INDEX ix_swarm_hosts_status ON swarm_hosts (status);

CREATE INDEX ix_fleet_deckies_host_uuid ON fleet_deckies (host_uuid);
CREATE INDEX ix_fleet_deckies_state ON fleet_deckies (state);

CREATE INDEX ix_decky_shards_host_uuid ON decky_shards (host_uuid);
CREATE INDEX ix_decky_shards_state ON decky_shards (state);
ALTER TABLE decky_shards
    ADD CONSTRAINT fk_decky_shards_host_uuid FOREIGN KEY (host_uuid) REFERENCES swarm_hosts (uuid);

CREATE INDEX ix_decky_lifecycle_decky_name ON decky_lifecycle (decky_name);
CREATE INDEX ix_decky_lifecycle_host_uuid ON decky_lifecycle (host_uuid);
CREATE INDEX ix_decky_lifecycle_operation ON decky_lifecycle (operation);
CREATE INDEX ix_decky_lifecycle_status ON decky_lifecycle (status);

CREATE UNIQUE INDEX ix_tarpit_rules_decky_name ON tarpit_rules (decky_name);

-- Topologies.

CREATE INDEX ix_topologies_created_at ON topologies (created_at);
CREATE UNIQUE INDEX ix_topologies_name ON topologies (name);
CREATE INDEX ix_topologies_status ON topologies (status);
CREATE INDEX ix_topologies_target_host_uuid ON topologies (target_host_uuid);

CREATE UNIQUE INDEX uq_lan_topology_name ON lans (topology_id, name);
CREATE INDEX ix_lans_topology_id ON lans (topology_id);
ALTER TABLE lans
    ADD CONSTRAINT fk_lans_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id);

CREATE UNIQUE INDEX uq_topology_decky_name ON topology_deckies (topology_id, name);
CREATE INDEX ix_topology_deckies_state ON topology_deckies (state);
CREATE INDEX ix_topology_deckies_topology_id ON topology_deckies (topology_id);
ALTER TABLE topology_deckies
    ADD CONSTRAINT fk_topology_deckies_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id);

CREATE INDEX ix_topology_edges_decky_uuid ON topology_edges (decky_uuid);
CREATE INDEX ix_topology_edges_lan_id ON topology_edges (lan_id);
CREATE INDEX ix_topology_edges_topology_id ON topology_edges (topology_id);
ALTER TABLE topology_edges
    ADD CONSTRAINT fk_topology_edges_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id),
    ADD CONSTRAINT fk_topology_edges_decky_uuid FOREIGN KEY (decky_uuid) REFERENCES topology_deckies (uuid),
    ADD CONSTRAINT fk_topology_edges_lan_id FOREIGN KEY (lan_id) REFERENCES lans (id);

CREATE INDEX ix_topology_mutations_op ON topology_mutations (op);
CREATE INDEX ix_topology_mutations_requested_at ON topology_mutations (requested_at);
CREATE INDEX ix_topology_mutations_state ON topology_mutations (state);
CREATE INDEX ix_topology_mutations_state_topology ON topology_mutations (state, topology_id);
CREATE INDEX ix_topology_mutations_topology_id ON topology_mutations (topology_id);
ALTER TABLE topology_mutations
    ADD CONSTRAINT fk_topology_mutations_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id);

CREATE INDEX ix_topology_status_events_at ON topology_status_events (at);
CREATE INDEX ix_topology_status_events_topology_id ON topology_status_events (topology_id);
ALTER TABLE topology_status_events
    ADD CONSTRAINT fk_topology_status_events_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id);

-- What makes deckies look alive.

CREATE UNIQUE INDEX uq_synthetic_files_decky_path ON synthetic_files (decky_uuid, path);
CREATE INDEX ix_synthetic_files_content_class ON synthetic_files (content_class);
CREATE INDEX ix_synthetic_files_created_at ON synthetic_files (created_at);
CREATE INDEX ix_synthetic_files_decky_modified ON synthetic_files (decky_uuid, last_modified);
CREATE INDEX ix_synthetic_files_decky_uuid ON synthetic_files (decky_uuid);

CREATE INDEX ix_orchestrator_events_dst_decky_uuid ON orchestrator_events (dst_decky_uuid);
CREATE INDEX ix_orchestrator_events_dst_ts ON orchestrator_events (dst_decky_uuid, ts);
CREATE INDEX ix_orchestrator_events_kind ON orchestrator_events (kind);
CREATE INDEX ix_orchestrator_events_protocol ON orchestrator_events (protocol);
CREATE INDEX ix_orchestrator_events_src_decky_uuid ON orchestrator_events (src_decky_uuid);
CREATE INDEX ix_orchestrator_events_success ON orchestrator_events (success);
CREATE INDEX ix_orchestrator_events_ts ON orchestrator_events (ts);

CREATE INDEX ix_orchestrator_emails_mail_decky_uuid ON orchestrator_emails (mail_decky_uuid);
CREATE INDEX ix_orchestrator_emails_mail_ts ON orchestrator_emails (mail_decky_uuid, ts);
CREATE INDEX ix_orchestrator_emails_recipient_email ON orchestrator_emails (recipient_email);
CREATE INDEX ix_orchestrator_emails_sender_email ON orchestrator_emails (sender_email);
CREATE INDEX ix_orchestrator_emails_success ON orchestrator_emails (success);
CREATE INDEX ix_orchestrator_emails_thread ON orchestrator_emails (thread_id);
CREATE INDEX ix_orchestrator_emails_thread_id ON orchestrator_emails (thread_id);
CREATE INDEX ix_orchestrator_emails_ts ON orchestrator_emails (ts);

CREATE UNIQUE INDEX ix_realism_config_key ON realism_config ("key");

-- The platform itself.

CREATE UNIQUE INDEX ix_users_username ON users (username);

CREATE INDEX ix_revoked_tokens_expires_at ON revoked_tokens (expires_at);
CREATE INDEX ix_revoked_tokens_user_uuid ON revoked_tokens (user_uuid);

CREATE INDEX ix_webhook_subscriptions_enabled ON webhook_subscriptions (enabled);
CREATE UNIQUE INDEX ix_webhook_subscriptions_name ON webhook_subscriptions (name);

-- The secondary and unique indexes of DECNET, revision 4a914b1d62a0, under the names that DECNET gives them,
-- and the foreign keys.
-- There is no Down, on purpose: schemas only move forward.
--
-- MySQL commits each statement of DDL on its own, and all of it or nothing. One that fails because its first index
-- exists is skipped, so all of this file may run again after a crash in the middle: begin each with an index.
-- Adding a foreign key copies the table, which takes three times as long once the table has all its indexes: so
-- the statement with the foreign keys stands first, and has only the indexes that they need.
--
-- Every reference that is NOT NULL has a foreign key, and so have both anchors of a tag. The other references
-- may be NULL, and dangle in databases of DECNET, which never enforces any: those have an index and no more.

-- +goose Up

-- Threat graph: campaign, identity, attacker, tag.

ALTER TABLE campaigns
    ADD INDEX ix_campaigns_created_at (created_at),
    ADD INDEX ix_campaigns_first_seen_at (first_seen_at),
    ADD INDEX ix_campaigns_last_seen_at (last_seen_at),
    ADD INDEX ix_campaigns_merged_into_uuid (merged_into_uuid),
    ADD INDEX ix_campaigns_updated_at (updated_at);

ALTER TABLE attacker_identities
    ADD INDEX ix_attacker_identities_campaign_id (campaign_id),
    ADD INDEX ix_attacker_identities_created_at (created_at),
    ADD INDEX ix_attacker_identities_first_seen_at (first_seen_at),
    ADD INDEX ix_attacker_identities_kd_digraph_simhash (kd_digraph_simhash),
    ADD INDEX ix_attacker_identities_last_seen_at (last_seen_at),
    ADD INDEX ix_attacker_identities_merged_into_uuid (merged_into_uuid),
    ADD INDEX ix_attacker_identities_updated_at (updated_at);

ALTER TABLE attackers
    ADD INDEX ix_attackers_asn (asn),
    ADD INDEX ix_attackers_bgp_prefix (bgp_prefix),
    ADD INDEX ix_attackers_country_code (country_code),
    ADD INDEX ix_attackers_first_seen (first_seen),
    ADD INDEX ix_attackers_identity_id (identity_id),
    ADD INDEX ix_attackers_ip (ip),
    ADD INDEX ix_attackers_last_ipv6_leak_at (last_ipv6_leak_at),
    ADD INDEX ix_attackers_last_rotation_at (last_rotation_at),
    ADD INDEX ix_attackers_last_seen (last_seen),
    ADD INDEX ix_attackers_updated_at (updated_at);

ALTER TABLE ttp_tag
    ADD INDEX ix_ttp_tag_attacker_uuid (attacker_uuid),
    ADD INDEX ix_ttp_tag_identity_uuid (identity_uuid),
    ADD CONSTRAINT fk_ttp_tag_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid) ON DELETE CASCADE,
    ADD CONSTRAINT fk_ttp_tag_identity_uuid FOREIGN KEY (identity_uuid) REFERENCES attacker_identities (uuid) ON DELETE CASCADE;
ALTER TABLE ttp_tag
    ADD INDEX ix_ttp_tag_attack_release (attack_release),
    ADD INDEX ix_ttp_tag_attacker_technique (attacker_uuid, technique_id),
    ADD INDEX ix_ttp_tag_created_at (created_at),
    ADD INDEX ix_ttp_tag_decky_id (decky_id),
    ADD INDEX ix_ttp_tag_identity_technique (identity_uuid, technique_id),
    ADD INDEX ix_ttp_tag_rule_id (rule_id),
    ADD INDEX ix_ttp_tag_session_id (session_id),
    ADD INDEX ix_ttp_tag_sub_technique_id (sub_technique_id),
    ADD INDEX ix_ttp_tag_tactic (tactic),
    ADD INDEX ix_ttp_tag_technique_created (technique_id, created_at),
    ADD INDEX ix_ttp_tag_technique_id (technique_id);

-- What is known about one attacker.

ALTER TABLE attacker_behavior
    ADD INDEX ix_attacker_behavior_updated_at (updated_at),
    ADD CONSTRAINT fk_attacker_behavior_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);

ALTER TABLE attacker_intel
    ADD UNIQUE INDEX ix_attacker_intel_attacker_uuid (attacker_uuid),
    ADD CONSTRAINT fk_attacker_intel_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);
ALTER TABLE attacker_intel
    ADD INDEX ix_attacker_intel_aggregate_verdict (aggregate_verdict),
    ADD INDEX ix_attacker_intel_attacker_ip (attacker_ip),
    ADD INDEX ix_attacker_intel_cached_at (cached_at),
    ADD INDEX ix_attacker_intel_expires_at (expires_at);

ALTER TABLE attacker_fingerprint_state
    ADD INDEX ix_attacker_fingerprint_state_attacker_uuid (attacker_uuid),
    ADD CONSTRAINT fk_attacker_fingerprint_state_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);
ALTER TABLE attacker_fingerprint_state
    ADD UNIQUE INDEX uq_attacker_fingerprint_state_natural (attacker_uuid, port, probe_type),
    ADD INDEX ix_attacker_fingerprint_state_last_seen (last_seen);

ALTER TABLE smtp_targets
    ADD INDEX ix_smtp_targets_attacker_uuid (attacker_uuid),
    ADD CONSTRAINT fk_smtp_targets_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);
ALTER TABLE smtp_targets
    ADD UNIQUE INDEX uq_smtp_targets_attacker_domain (attacker_uuid, domain),
    ADD INDEX ix_smtp_targets_domain (domain),
    ADD INDEX ix_smtp_targets_last_seen (last_seen);

-- How an operator types, and whether that stays the same.

ALTER TABLE observations
    ADD INDEX ix_observations_attacker_uuid (attacker_uuid),
    ADD CONSTRAINT fk_observations_attacker_uuid FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid);
ALTER TABLE observations
    ADD UNIQUE INDEX uq_observations_evidence_primitive (evidence_ref, primitive),
    ADD INDEX ix_observations_attacker_primitive_ts (attacker_uuid, primitive, ts),
    ADD INDEX ix_observations_primitive (primitive),
    ADD INDEX ix_observations_primitive_ts (primitive, ts),
    ADD INDEX ix_observations_ts (ts);

ALTER TABLE attribution_state
    ADD INDEX ix_attribution_state_identity_state (identity_uuid, state),
    ADD INDEX ix_attribution_state_last_change (last_change_ts),
    ADD INDEX ix_attribution_state_state (state),
    ADD CONSTRAINT fk_attribution_state_identity_uuid FOREIGN KEY (identity_uuid) REFERENCES attacker_identities (uuid);

-- Canary files and who opened them.

ALTER TABLE canary_blobs
    ADD UNIQUE INDEX ix_canary_blobs_sha256 (sha256),
    ADD INDEX ix_canary_blobs_uploaded_by (uploaded_by);

ALTER TABLE canary_tokens
    ADD INDEX ix_canary_tokens_blob_uuid (blob_uuid),
    ADD UNIQUE INDEX ix_canary_tokens_callback_token (callback_token),
    ADD INDEX ix_canary_tokens_created_by (created_by),
    ADD INDEX ix_canary_tokens_decky (decky_name, state),
    ADD INDEX ix_canary_tokens_decky_name (decky_name),
    ADD INDEX ix_canary_tokens_kind (kind),
    ADD INDEX ix_canary_tokens_last_triggered_at (last_triggered_at),
    ADD INDEX ix_canary_tokens_state (state),
    ADD INDEX ix_canary_tokens_topology_id (topology_id);

ALTER TABLE canary_triggers
    ADD INDEX ix_canary_triggers_token_uuid (token_uuid),
    ADD CONSTRAINT fk_canary_triggers_token_uuid FOREIGN KEY (token_uuid) REFERENCES canary_tokens (uuid);
ALTER TABLE canary_triggers
    ADD INDEX ix_canary_triggers_attacker (attacker_id),
    ADD INDEX ix_canary_triggers_attacker_id (attacker_id),
    ADD INDEX ix_canary_triggers_src_ip (src_ip),
    ADD INDEX ix_canary_triggers_token_ts (token_uuid, occurred_at);

-- Evidence.

ALTER TABLE logs
    ADD INDEX ix_logs_attacker_ip (attacker_ip),
    ADD INDEX ix_logs_decky (decky),
    ADD INDEX ix_logs_event_type (event_type),
    ADD INDEX ix_logs_service (service),
    ADD INDEX ix_logs_timestamp (timestamp);

ALTER TABLE bounty
    ADD INDEX ix_bounty_attacker_ip (attacker_ip),
    ADD INDEX ix_bounty_bounty_type (bounty_type),
    ADD INDEX ix_bounty_decky (decky),
    ADD INDEX ix_bounty_service (service),
    ADD INDEX ix_bounty_timestamp (timestamp);

ALTER TABLE credentials
    ADD UNIQUE INDEX uq_credentials_dedup (attacker_ip, decky_name, service, secret_kind, secret_sha256, principal_key),
    ADD INDEX ix_credentials_attacker_ip (attacker_ip),
    ADD INDEX ix_credentials_attacker_uuid (attacker_uuid),
    ADD INDEX ix_credentials_decky_name (decky_name),
    ADD INDEX ix_credentials_first_seen (first_seen),
    ADD INDEX ix_credentials_last_seen (last_seen),
    ADD INDEX ix_credentials_principal (principal),
    ADD INDEX ix_credentials_principal_service (principal, service),
    ADD INDEX ix_credentials_secret_kind (secret_kind),
    ADD INDEX ix_credentials_secret_service (secret_sha256, service),
    ADD INDEX ix_credentials_secret_sha256 (secret_sha256),
    ADD INDEX ix_credentials_service (service);

ALTER TABLE credential_reuse
    ADD UNIQUE INDEX uq_credential_reuse_secret_principal (secret_sha256, secret_kind, principal_key),
    ADD INDEX ix_credential_reuse_first_seen (first_seen),
    ADD INDEX ix_credential_reuse_last_seen (last_seen),
    ADD INDEX ix_credential_reuse_secret_kind (secret_kind),
    ADD INDEX ix_credential_reuse_secret_sha256 (secret_sha256),
    ADD INDEX ix_credential_reuse_target_count (target_count),
    ADD INDEX ix_credential_reuse_updated_at (updated_at);

ALTER TABLE observed_attachments
    ADD INDEX ix_observed_attachments_first_seen (first_seen),
    ADD INDEX ix_observed_attachments_first_seen_attacker_uuid (first_seen_attacker_uuid),
    ADD INDEX ix_observed_attachments_first_seen_decky_uuid (first_seen_decky_uuid),
    ADD INDEX ix_observed_attachments_last_seen (last_seen),
    ADD INDEX ix_observed_attachments_last_seen_attacker_uuid (last_seen_attacker_uuid),
    ADD INDEX ix_observed_attachments_mal_hash_match (mal_hash_match),
    ADD UNIQUE INDEX ix_observed_attachments_sha256 (sha256);

-- Hosts and the deckies on them.

ALTER TABLE swarm_hosts
    ADD UNIQUE INDEX ix_swarm_hosts_name (name),
    ADD INDEX ix_swarm_hosts_status (status);

ALTER TABLE fleet_deckies
    ADD INDEX ix_fleet_deckies_host_uuid (host_uuid),
    ADD INDEX ix_fleet_deckies_state (state);

ALTER TABLE decky_shards
    ADD INDEX ix_decky_shards_host_uuid (host_uuid),
    ADD CONSTRAINT fk_decky_shards_host_uuid FOREIGN KEY (host_uuid) REFERENCES swarm_hosts (uuid);
ALTER TABLE decky_shards
    ADD INDEX ix_decky_shards_state (state);

ALTER TABLE decky_lifecycle
    ADD INDEX ix_decky_lifecycle_decky_name (decky_name),
    ADD INDEX ix_decky_lifecycle_host_uuid (host_uuid),
    ADD INDEX ix_decky_lifecycle_operation (operation),
    ADD INDEX ix_decky_lifecycle_status (status);

ALTER TABLE tarpit_rules
    ADD UNIQUE INDEX ix_tarpit_rules_decky_name (decky_name);

-- Topologies.

ALTER TABLE topologies
    ADD INDEX ix_topologies_created_at (created_at),
    ADD UNIQUE INDEX ix_topologies_name (name),
    ADD INDEX ix_topologies_status (status),
    ADD INDEX ix_topologies_target_host_uuid (target_host_uuid);

ALTER TABLE lans
    ADD INDEX ix_lans_topology_id (topology_id),
    ADD CONSTRAINT fk_lans_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id);
ALTER TABLE lans
    ADD UNIQUE INDEX uq_lan_topology_name (topology_id, name);

ALTER TABLE topology_deckies
    ADD INDEX ix_topology_deckies_topology_id (topology_id),
    ADD CONSTRAINT fk_topology_deckies_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id);
ALTER TABLE topology_deckies
    ADD UNIQUE INDEX uq_topology_decky_name (topology_id, name),
    ADD INDEX ix_topology_deckies_state (state);

ALTER TABLE topology_edges
    ADD INDEX ix_topology_edges_decky_uuid (decky_uuid),
    ADD INDEX ix_topology_edges_lan_id (lan_id),
    ADD INDEX ix_topology_edges_topology_id (topology_id),
    ADD CONSTRAINT fk_topology_edges_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id),
    ADD CONSTRAINT fk_topology_edges_decky_uuid FOREIGN KEY (decky_uuid) REFERENCES topology_deckies (uuid),
    ADD CONSTRAINT fk_topology_edges_lan_id FOREIGN KEY (lan_id) REFERENCES lans (id);

ALTER TABLE topology_mutations
    ADD INDEX ix_topology_mutations_topology_id (topology_id),
    ADD CONSTRAINT fk_topology_mutations_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id);
ALTER TABLE topology_mutations
    ADD INDEX ix_topology_mutations_op (op),
    ADD INDEX ix_topology_mutations_requested_at (requested_at),
    ADD INDEX ix_topology_mutations_state (state),
    ADD INDEX ix_topology_mutations_state_topology (state, topology_id);

ALTER TABLE topology_status_events
    ADD INDEX ix_topology_status_events_topology_id (topology_id),
    ADD CONSTRAINT fk_topology_status_events_topology_id FOREIGN KEY (topology_id) REFERENCES topologies (id);
ALTER TABLE topology_status_events
    ADD INDEX ix_topology_status_events_at (at);

-- What makes deckies look alive.

ALTER TABLE synthetic_files
    ADD UNIQUE INDEX uq_synthetic_files_decky_path (decky_uuid, path),
    ADD INDEX ix_synthetic_files_content_class (content_class),
    ADD INDEX ix_synthetic_files_created_at (created_at),
    ADD INDEX ix_synthetic_files_decky_modified (decky_uuid, last_modified),
    ADD INDEX ix_synthetic_files_decky_uuid (decky_uuid);

ALTER TABLE orchestrator_events
    ADD INDEX ix_orchestrator_events_dst_decky_uuid (dst_decky_uuid),
    ADD INDEX ix_orchestrator_events_dst_ts (dst_decky_uuid, ts),
    ADD INDEX ix_orchestrator_events_kind (kind),
    ADD INDEX ix_orchestrator_events_protocol (protocol),
    ADD INDEX ix_orchestrator_events_src_decky_uuid (src_decky_uuid),
    ADD INDEX ix_orchestrator_events_success (success),
    ADD INDEX ix_orchestrator_events_ts (ts);

ALTER TABLE orchestrator_emails
    ADD INDEX ix_orchestrator_emails_mail_decky_uuid (mail_decky_uuid),
    ADD INDEX ix_orchestrator_emails_mail_ts (mail_decky_uuid, ts),
    ADD INDEX ix_orchestrator_emails_recipient_email (recipient_email),
    ADD INDEX ix_orchestrator_emails_sender_email (sender_email),
    ADD INDEX ix_orchestrator_emails_success (success),
    ADD INDEX ix_orchestrator_emails_thread (thread_id),
    ADD INDEX ix_orchestrator_emails_thread_id (thread_id),
    ADD INDEX ix_orchestrator_emails_ts (ts);

ALTER TABLE realism_config
    ADD UNIQUE INDEX ix_realism_config_key (`key`);

-- The platform itself.

ALTER TABLE users
    ADD UNIQUE INDEX ix_users_username (username);

ALTER TABLE revoked_tokens
    ADD INDEX ix_revoked_tokens_expires_at (expires_at),
    ADD INDEX ix_revoked_tokens_user_uuid (user_uuid);

ALTER TABLE webhook_subscriptions
    ADD INDEX ix_webhook_subscriptions_enabled (enabled),
    ADD UNIQUE INDEX ix_webhook_subscriptions_name (name);

package sample

// ruleTable is the rule pack that DECNET ships: what each rule matches and what it emits. R0030 and R0058 never match in
// DECNET, and so not here either.
var ruleTable = []rule{
	{"R0001", 1, "generic_auth_brute", "many failed logins from one source", "auth_attempt", "lifter:credential_auth_brute_generic", []emit{
		{"TA0006", "T1110", "", 0.85},
	}},
	{"R0002", 1, "password_guessing", "many passwords tried on one account", "auth_attempt", "lifter:credential_password_guessing", []emit{
		{"TA0006", "T1110", "T1110.001", 0.85},
	}},
	{"R0003", 1, "password_spraying", "one password tried on many accounts", "identity", "lifter:identity_password_spraying", []emit{
		{"TA0006", "T1110", "T1110.003", 0.9},
	}},
	{"R0004", 1, "credential_stuffing", "a credential seen elsewhere is used again", "credential", "lifter:credential_reuse", []emit{
		{"TA0006", "T1110", "T1110.004", 0.9},
	}},
	{"R0005", 1, "valid_account_use", "a login succeeds after failures", "auth_attempt", "lifter:credential_valid_account_use", []emit{
		{"TA0001", "T1078", "", 0.7},
	}},
	{"R0006", 1, "default_credentials", "a factory password works", "auth_attempt", "lifter:credential_default_credentials", []emit{
		{"TA0001", "T1078", "T1078.001", 0.9},
	}},
	{"R0007", 1, "sqlmap_user_agent", "sqlmap names itself in the user agent", "http_request", "pattern:user_agent", []emit{
		{"TA0001", "T1190", "", 0.9}, {"TA0043", "T1595", "T1595.002", 0.9},
	}},
	{"R0008", 1, "log4j_jndi", "a JNDI lookup in the URL", "http_request", "pattern:raw_url", []emit{{"TA0001", "T1190", "", 0.95}}},
	{"R0009", 1, "path_traversal", "dot-dot segments in the URL", "http_request", "pattern:raw_url", []emit{{"TA0001", "T1190", "", 0.85}}},
	{"R0010", 1, "unix_shell_exec", "a command is handed to a Unix shell", "command", "pattern:command_text", []emit{
		{"TA0002", "T1059", "T1059.004", 0.9},
	}},
	{"R0011", 1, "scripting_interpreter_exec", "code is handed to an interpreter", "command", "pattern:command_text", []emit{
		{"TA0002", "T1059", "", 0.7},
	}},
	{"R0012", 1, "ingress_tool_transfer", "a file is fetched from outside", "command", "pattern:command_text", []emit{
		{"TA0011", "T1105", "", 0.85},
	}},
	{"R0013", 1, "etc_passwd_read", "the account list is read", "command", "pattern:command_text", []emit{{"TA0007", "T1083", "", 0.85}}},
	{"R0014", 1, "etc_shadow_read", "the password hashes are read", "command", "pattern:command_text", []emit{
		{"TA0006", "T1003", "T1003.008", 0.95},
	}},
	{"R0015", 1, "suid_search", "a search for set-uid files", "command", "pattern:command_text", []emit{
		{"TA0007", "T1083", "", 0.85}, {"TA0004", "T1548", "T1548.001", 0.95},
	}},
	{"R0016", 1, "recursive_find", "a search through the whole file system", "command", "pattern:command_text", []emit{
		{"TA0007", "T1083", "", 0.65},
	}},
	{"R0017", 1, "network_service_scan", "other hosts are scanned", "command", "pattern:command_text", []emit{
		{"TA0007", "T1046", "", 0.9}, {"TA0043", "T1595", "", 0.9},
	}},
	{"R0018", 1, "system_info_discovery", "hardware or system version is asked for", "command", "pattern:command_text", []emit{
		{"TA0007", "T1082", "", 0.7},
	}},
	{"R0019", 1, "user_discovery", "users and groups are asked for", "command", "pattern:command_text", []emit{{"TA0007", "T1033", "", 0.7}}},
	{"R0020", 1, "network_config_discovery", "addresses and routes are asked for", "command", "pattern:command_text", []emit{
		{"TA0007", "T1016", "", 0.75},
	}},
	{"R0021", 1, "network_connections_discovery", "open connections are listed", "command", "pattern:command_text", []emit{
		{"TA0007", "T1049", "", 0.75},
	}},
	{"R0022", 1, "ldap_account_discovery", "a directory is searched for accounts and trusts", "command", "pattern:command_text", []emit{
		{"TA0007", "T1087", "T1087.002", 0.9}, {"TA0007", "T1482", "", 0.85},
	}},
	{"R0023", 1, "smb_share_discovery", "file shares are listed", "command", "pattern:command_text", []emit{{"TA0007", "T1135", "", 0.9}}},
	{"R0024", 1, "local_account_creation", "a local account is made", "command", "pattern:command_text", []emit{
		{"TA0003", "T1136", "T1136.001", 0.95},
	}},
	{"R0025", 1, "cron_persistence", "a scheduled job is planted", "command", "pattern:command_text", []emit{
		{"TA0003", "T1053", "T1053.003", 0.9},
	}},
	{"R0026", 1, "redis_ssh_key_persistence", "redis is made to write an SSH key", "command", "pattern:command_text", []emit{
		{"TA0003", "T1098", "T1098.004", 0.9},
	}},
	{"R0027", 1, "webshell_install", "a script is dropped in a web root", "command", "pattern:command_text", []emit{
		{"TA0003", "T1505", "T1505.003", 0.9},
	}},
	{"R0028", 1, "clear_command_history", "the command history is wiped", "command", "pattern:command_text", []emit{
		{"TA0005", "T1070", "T1070.003", 0.9},
	}},
	{"R0029", 1, "sudo_abuse", "sudo rights are listed or used", "command", "pattern:command_text", []emit{
		{"TA0004", "T1548", "T1548.003", 0.75},
	}},
	{"R0030", 1, "jarm_hassh_c2_fingerprint", "a server fingerprint known from C2 kits", "session", "lifter:c2_fingerprint", []emit{
		{"TA0011", "T1071", "", 0.85}, {"TA0011", "T1071", "T1071.001", 0.9},
	}},
	{"R0031", 1, "beaconing", "connections at a steady interval", "session", "lifter:behavioral_beaconing", []emit{
		{"TA0011", "T1071", "", 0.8}, {"TA0011", "T1029", "", 0.85},
	}},
	{"R0032", 1, "data_destruction", "data is dropped or overwritten", "session", "lifter:behavioral_data_destruction", []emit{
		{"TA0040", "T1485", "", 0.95},
	}},
	{"R0033", 1, "ransom_note_pattern", "a text that asks for ransom", "session, email", "lifter:behavioral_ransom_note", []emit{
		{"TA0040", "T1486", "", 0.9},
	}},
	{"R0034", 1, "exfil_over_web", "data is posted to a web service", "session", "lifter:behavioral_exfil_over_web", []emit{
		{"TA0010", "T1567", "", 0.85},
	}},
	{"R0035", 1, "db_mass_read", "whole tables are read", "session", "lifter:behavioral_db_mass_read", []emit{{"TA0009", "T1213", "", 0.85}}},
	{"R0036", 1, "credentials_in_files", "files that hold credentials are read", "session, http_request", "lifter:behavioral_credentials_in_files", []emit{
		{"TA0006", "T1552", "T1552.001", 0.9},
	}},
	{"R0037", 1, "k8s_service_account_token", "the Kubernetes service account token is read", "session, http_request", "lifter:behavioral_k8s_sa_token", []emit{
		{"TA0006", "T1552", "T1552.007", 0.95},
	}},
	{"R0038", 1, "docker_host_escape", "a container reaches for its host", "session", "lifter:behavioral_docker_escape", []emit{
		{"TA0004", "T1611", "", 0.95},
	}},
	{"R0039", 1, "llmnr_poisoning", "answers to name queries of others", "session", "lifter:behavioral_llmnr_poisoning", []emit{
		{"TA0009", "T1557", "T1557.001", 0.9},
	}},
	{"R0040", 1, "tftp_router_config_retrieval", "a router configuration over TFTP", "session", "lifter:behavioral_tftp_router_config", []emit{
		{"TA0009", "T1602", "T1602.002", 0.9},
	}},
	{"R0041", 1, "open_relay_abuse", "the mail server is used as a relay", "email", "lifter:email_open_relay", []emit{
		{"TA0040", "T1496", "", 0.85}, {"TA0042", "T1586", "T1586.002", 0.85},
	}},
	{"R0042", 1, "mass_phishing_campaign", "one mail to very many recipients", "email", "lifter:email_mass_phish", []emit{
		{"TA0001", "T1566", "", 0.85},
	}},
	{"R0043", 1, "phishing_kit_xmailer", "a mailer known from phishing kits", "email", "lifter:email_xmailer_kit", []emit{
		{"TA0001", "T1566", "", 0.9}, {"TA0042", "T1588", "T1588.001", 0.85},
	}},
	{"R0044", 1, "idn_homoglyph_url", "a link with look-alike letters", "email", "lifter:email_idn_url", []emit{
		{"TA0005", "T1036", "T1036.005", 0.9}, {"TA0001", "T1566", "T1566.002", 0.9},
	}},
	{"R0045", 1, "sender_masquerade", "the sender pretends to be someone else", "email", "lifter:email_sender_masquerade", []emit{
		{"TA0005", "T1036", "", 0.85},
	}},
	{"R0046", 1, "malicious_attachment", "an attachment that runs code", "email", "lifter:email_malicious_attachment", []emit{
		{"TA0002", "T1204", "T1204.002", 0.9}, {"TA0001", "T1566", "T1566.001", 0.9},
	}},
	{"R0047", 1, "bec_pattern", "a request for payment in the name of a superior", "email", "lifter:email_bec", []emit{
		{"TA0001", "T1566", "T1566.003", 0.85},
	}},
	{"R0048", 1, "encoded_payload_in_body", "a long encoded block in the body", "email", "lifter:email_encoded_payload", []emit{
		{"TA0011", "T1071", "T1071.003", 0.85}, {"TA0005", "T1027", "", 0.9},
	}},
	{"R0049", 1, "navigator_webdriver_flag", "the browser says it is automated", "canary_fingerprint", "lifter:canary_webdriver", []emit{
		{"TA0002", "T1059", "", 0.85},
	}},
	{"R0050", 1, "automation_canvas_audio_hash", "canvas and audio hashes of automation", "canary_fingerprint", "lifter:canary_automation_hash", []emit{
		{"TA0002", "T1059", "", 0.85}, {"TA0042", "T1588", "T1588.002", 0.85},
	}},
	{"R0051", 1, "webrtc_ip_leak", "WebRTC shows another address", "canary_fingerprint", "lifter:canary_webrtc_leak", []emit{
		{"TA0011", "T1090", "", 0.85},
	}},
	{"R0052", 1, "tz_lang_geo_mismatch", "time zone and language do not fit the address", "canary_fingerprint", "lifter:canary_tz_lang_mismatch", []emit{
		{"TA0011", "T1090", "", 0.7},
	}},
	{"R0053", 1, "platform_inconsistency", "the browser contradicts itself about its platform", "canary_fingerprint", "lifter:canary_platform_inconsistency", []emit{
		{"TA0005", "T1036", "", 0.8},
	}},
	{"R0054", 2, "abuseipdb_category", "AbuseIPDB reports by category", "intel", "lifter:intel_abuseipdb", []emit{
		{"TA0006", "T1110", "", 0.7},
		{"TA0001", "T1190", "", 0.7},
		{"TA0001", "T1566", "", 0.7},
		{"TA0007", "T1046", "", 0.7},
		{"TA0001", "T1078", "", 0.6},
		{"TA0011", "T1090", "", 0.6},
		{"TA0040", "T1496", "", 0.6},
		{"TA0043", "T1595", "", 0.7},
	}},
	{"R0055", 2, "greynoise_classification", "GreyNoise classification and signals", "intel", "lifter:intel_greynoise", []emit{
		{"TA0043", "T1595", "T1595.002", 0.7},
		{"TA0011", "T1071", "", 0.7},
		{"TA0011", "T1090", "", 0.7},
		{"TA0006", "T1110", "", 0.7},
		{"TA0042", "T1588", "", 0.7},
	}},
	{"R0056", 1, "feodo_tracker_hit", "listed by Feodo Tracker", "intel", "lifter:intel_feodo", []emit{
		{"TA0011", "T1071", "T1071.001", 0.85}, {"TA0042", "T1588", "T1588.001", 0.85},
	}},
	{"R0057", 2, "threatfox_threat_type", "listed by ThreatFox", "intel", "lifter:intel_threatfox", []emit{
		{"TA0011", "T1071", "", 0.8},
		{"TA0042", "T1588", "T1588.001", 0.8},
		{"TA0011", "T1105", "", 0.75},
		{"TA0009", "T1056", "", 0.7},
	}},
	{"R0058", 1, "aggregate_malicious_verdict_bump", "a second opinion raises the verdict", "intel", "lifter:intel_aggregate_bump", []emit{
		{"TA0042", "T1588", "", 0.0},
	}},
	{"R0059", 1, "ipv6_link_local_leak", "a link-local IPv6 address leaks", "ipv6_leak", "lifter:ipv6_link_local_leak", []emit{
		{"TA0011", "T1090", "", 0.85},
	}},
}

package sample

// primitive is one measurable behaviour of a person at a shell.
type primitive struct {
	name   string
	values []string // nil if the value is a 64-bit hash
}

// primitives lists the primitives that DECNET's extractors write.
var primitives = []primitive{
	{"motor.digraph_simhash", nil},
	{"motor.input_modality", []string{"typed", "pasted", "mixed"}},
	{"motor.paste_burst_rate", []string{"none", "occasional", "habitual"}},
	{"motor.keystroke_cadence", []string{"machine", "steady", "bursty", "hunt_and_peck"}},
	{"motor.motor_stability", []string{"tremor", "steady", "variable"}},
	{"motor.error_correction", []string{"route_around", "absent", "immediate", "deferred"}},
	{"motor.command_chunking", []string{"single_command", "fluent", "fragmented"}},
	{"motor.shell_mastery.tab_completion", []string{"none", "occasional", "habitual"}},
	{"motor.shell_mastery.shortcut_usage", []string{"none", "moderate", "heavy"}},
	{"motor.shell_mastery.pipe_chaining_depth", []string{"shallow", "moderate", "deep"}},
	{"cognitive.inter_command_latency_class", []string{"instant", "typing_speed", "deliberate", "llm_lightweight", "llm_heavyweight", "long"}},
	{"cognitive.command_branch_diversity", []string{"unknown", "linear_playbook", "adaptive_branching"}},
	{"cognitive.feedback_loop_engagement", []string{"unknown", "closed_loop", "fire_and_forget"}},
	{"cognitive.error_resilience.fallback_to_man", []string{"present", "absent"}},
	{"cognitive.error_resilience.frustration_typing", []string{"low", "moderate", "high"}},
	{"cognitive.error_resilience.retry_tactic", []string{"rerun", "switch", "abort"}},
	{"cognitive.tool_vocabulary", []string{"narrow", "moderate", "broad"}},
	{"cognitive.planning_depth", []string{"reactive", "shallow", "deep"}},
	{"cognitive.exploration_style", []string{"chaotic", "methodical", "targeted"}},
	{"cognitive.cognitive_load", []string{"low", "medium", "high"}},
	{"cognitive.inter_command_consistency", []string{"metronomic", "variable", "bimodal"}},
	{"temporal.session_duration", []string{"short", "medium", "long", "marathon"}},
	{"temporal.escalation_pattern", []string{"bursty", "sustained", "erratic"}},
	{"temporal.lifecycle_markers.landing_ritual", []string{"present", "absent"}},
	{"temporal.lifecycle_markers.exit_behavior", []string{"abrupt", "graceful", "cleanup"}},
	{"operational.objective", []string{"recon", "exfil", "persistence", "lateral", "destructive"}},
	{"operational.opsec_discipline", []string{"careless", "learning", "careful"}},
	{"operational.cleanup_behavior", []string{"none", "partial", "thorough"}},
	{"operational.multi_actor_indicators", []string{"solo", "handoff_detected"}},
	{"environmental.shell_type", []string{"bash", "zsh", "powershell", "cmd.exe", "fish"}},
	{"environmental.terminal_multiplexer", []string{"none", "tmux", "screen"}},
	{"environmental.locale", []string{"en-US", "zh-CN", "ru-RU", "pt-BR", "fr-FR", "und"}},
	{"environmental.keyboard_layout", []string{"qwerty", "azerty", "qwertz", "other"}},
	{"environmental.numpad_usage", []string{"detected", "not_detected"}},
	{"emotional_valence.valence", []string{"positive", "negative", "neutral"}},
	{"emotional_valence.arousal", []string{"low_calm", "medium_engaged", "high_agitated"}},
	{"emotional_valence.stress_response", []string{"none", "eustress_positive", "distress_negative"}},
	{"emotional_valence.frustration_venting", []string{"none", "detected"}},
}

package sample

// theme is a kind of operation: the acts of its people, their order, and the traces that they leave.
type theme struct {
	name     string
	acts     []act
	repeat   int      // index of the act that a long operation returns to
	logins   float64  // share of sessions that start with guessed passwords
	web      float64  // chance of exploit requests before a session
	mail     bool     // sends mail through the deckies
	typed    float64  // chance that a person types instead of a script
	tools    []string // tools that behaviour analysis guesses
	networks []int    // indexes of preferred networks
	families []string // malware names in the feeds
	note     string   // notes of an operator
}

// act is one session: a service, the fragments of the session, and whether the intruder moves to another decky for it.
type act struct {
	service string
	parts   []string
	hop     bool
}

// themes lists the themes of campaigns, which the plan refers to by index; attackers without a campaign get any of them.
var themes = []theme{
	{
		name: "hands-on intrusion",
		acts: []act{
			{"ssh", []string{"landing", "system"}, false},
			{"ssh", []string{"accounts", "secrets"}, false},
			{"ssh", []string{"download", "persistence", "beacon"}, false},
			{"ssh", []string{"landing", "network", "scan", "directory"}, true},
			{"mysql", []string{"sql"}, true},
			{"ssh", []string{"network", "containers"}, true},
			{"ssh", []string{"exfiltration", "cleanup"}, false},
		},
		repeat: 3, logins: 0.6, web: 0.3, typed: 0.9, tools: []string{"nmap", "sliver", "curl"}, networks: []int{3, 14, 22},
		families: []string{"Sliver", "Cobalt Strike"}, note: "Same people as in spring? Works office hours UTC+3, tidies up after itself.",
	},
	{
		name: "cryptominer",
		acts: []act{
			{"ssh", []string{"landing", "system", "download"}, false},
			{"ssh", []string{"miner", "persistence"}, false},
			{"docker_api", []string{"containers", "miner"}, true},
			{"ssh", []string{"landing", "scan", "cleanup"}, true},
		},
		repeat: 0, logins: 0.9, typed: 0.15, tools: []string{"masscan", "curl", "hydra"}, networks: []int{0, 7, 11},
		families: []string{"XMRig", "Kinsing"},
	},
	{
		name: "database extortion",
		acts: []act{
			{"mysql", []string{"sql"}, false},
			{"mysql", []string{"sql", "extortion"}, true},
			{"postgres", []string{"sql", "extortion"}, true},
		},
		repeat: 1, logins: 0.8, typed: 0.3, tools: []string{"sqlmap", "python_requests"}, networks: []int{5, 9},
		note: "Drops the data without copying it; paying would not help.",
	},
	{
		name: "IoT botnet",
		acts: []act{
			{"telnet", []string{"busybox"}, false},
			{"telnet", []string{"busybox", "landing"}, true},
			{"telnet", []string{"router", "network"}, true},
			{"telnet", []string{"busybox", "scan", "beacon"}, true},
		},
		repeat: 1, logins: 1, typed: 0.05, tools: []string{"masscan", "zgrab"}, networks: []int{0, 1, 6, 12, 18},
		families: []string{"Mirai", "Mozi"},
	},
	{
		name: "mail relay and phishing",
		acts: []act{{"ssh", []string{"landing", "network"}, true}},
		mail: true, logins: 0.7, typed: 0.4, tools: []string{"gophish"}, networks: []int{8, 15, 20},
		note: "Möbelhaus-Rechnungen, angebliche Chefs — cf. the mail of 12 March.",
	},
	{
		name: "redis worm",
		acts: []act{
			{"redis", []string{"redis"}, false},
			{"redis", []string{"redis"}, true},
			{"ssh", []string{"landing", "miner", "persistence", "cleanup"}, true},
		},
		repeat: 1, logins: 0.2, typed: 0.02, tools: []string{"masscan"}, networks: []int{0, 2, 10},
		families: []string{"P2PInfect"},
	},
	{
		name: "web exploitation",
		acts: []act{
			{"ssh", []string{"webroot", "landing"}, false},
			{"ssh", []string{"webroot", "secrets", "download"}, true},
			{"mysql", []string{"sql"}, true},
		},
		repeat: 1, logins: 0.2, web: 1, typed: 0.5, tools: []string{"nuclei", "sqlmap", "gobuster"}, networks: []int{4, 13, 19},
		families: []string{"Godzilla"},
	},
	{
		name: "ransomware",
		acts: []act{
			{"ssh", []string{"landing", "accounts", "network"}, false},
			{"ssh", []string{"secrets", "download", "beacon"}, false},
			{"ssh", []string{"scan", "directory"}, true},
			{"ssh", []string{"exfiltration", "encryption", "cleanup"}, true},
		},
		repeat: 2, logins: 0.5, web: 0.2, typed: 0.8, tools: []string{"cobalt_strike", "nmap"}, networks: []int{14, 16, 23},
		families: []string{"Cobalt Strike", "LockBit"},
	},
}

// loner is the theme of attackers without an identity: they connect, guess passwords and leave.
var loner = theme{
	name:   "background noise",
	acts:   []act{{"ssh", []string{"landing"}, true}},
	logins: 1, web: 0.5, typed: 0.02, tools: []string{"zgrab", "masscan", "nikto"},
}

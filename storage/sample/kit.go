package sample

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// kit holds an operator's addresses, file names and habits. All attackers of an identity use the identity's kit.
type kit struct {
	theme *theme
	words *strings.Replacer
	coin  string
	c2    string
	typed bool
	agent string
	parts map[string][]step
}

var (
	kitFiles = []string{"kdevtmpfsi", "sshd2", "update", "x86_64", "bins", "dbus-daemon", "kworker", "init0", "linux.gz", "agent"}
	kitUsers = []string{"support", "sysadm", "backup2", "deploy", "svc-mon", "guest1", "ubuntu1"}
	kitBases = []string{"shop", "crm", "billing", "wordpress", "erp", "customers"}
	kitDrops = []string{"files.example.org", "transfer.example.net", "paste.example.com"}
	kitPools = []string{"pool.example.org", "xmr.example.net", "mine.example.com"}
	agents   = []string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "curl/8.5.0", "python-requests/2.32.3", "Go-http-client/1.1",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "sqlmap/1.8.4#stable (https://sqlmap.org)",
		"Mozilla/5.0 (compatible; Nuclei - Open-source project)", "zgrab/0.x", "Java/17.0.9", "libwww-perl/6.77",
	}
)

// newKit makes a random kit; most people of a campaign share its C2 server.
func newKit(d dice, th *theme, sharedC2 string) *kit {
	c2 := fmt.Sprintf("203.0.113.%d", d.between(220, 254))
	if sharedC2 != "" && d.chance(0.6) {
		c2 = sharedC2
	}
	third := d.between(0, 255)
	k := &kit{theme: th, c2: c2, coin: "bc1q" + d.hex(38), typed: d.chance(th.typed), agent: pick(d, agents), parts: map[string][]step{}}
	k.words = strings.NewReplacer(
		"{c2}", c2+pick(d, []string{"", ":8080", ":8000"}), "{c2host}", c2, "{file}", pick(d, kitFiles), "{tag}", strings.ToUpper(d.hex(6)),
		"{pool}", pick(d, kitPools), "{wallet}", "4"+d.hex(94), "{coin}", k.coin, "{user}", pick(d, kitUsers), "{password}", d.hex(10),
		"{key}", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"+base64.RawStdEncoding.EncodeToString(d.bytes(32))+" "+pick(d, kitUsers)+"@"+pick(d, kitFiles),
		"{db}", pick(d, kitBases), "{net}", fmt.Sprintf("10.20.%d.0/24", third), "{prefix}", fmt.Sprintf("10.20.%d", third),
		"{host}", fmt.Sprintf("10.20.%d.%d", third, d.between(2, 250)), "{drop}", pick(d, kitDrops),
	)
	return k
}

// part returns this operator's version of a fragment: some of its steps, always the same ones.
func (k *kit) part(d dice, name string) []step {
	if known, ok := k.parts[name]; ok {
		return known
	}
	all := fragments[name].steps
	own := some(d, all, len(all)-d.IntN(len(all)/3+1))
	mine := make([]step, len(own))
	for i, s := range own {
		mine[i] = step{k.words.Replace(s.text), s.rules}
	}
	k.parts[name] = mine
	return mine
}

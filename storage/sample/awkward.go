package sample

// spoil replaces the commands and fingerprints of a few attackers of the first block with malformed content as it
// occurs in real databases: truncated, empty, of another type, or in other scripts.
func spoil(number int, prints, commands string) (p, c string) {
	switch number {
	case 30:
		return prints[:len(prints)*2/3], commands
	case 31:
		return prints, ""
	case 32:
		return prints, `"uname -a"`
	case 33:
		return prints, dumps([]object{
			{{"service", "ssh"}, {"decky", "decky-büro-01"}, {"command", ""}, {"timestamp", "2026-03-14T03:09:26.535898+00:00"}},
			{{"service", "ssh"}, {"decky", "decky-büro-01"}, {"command", "echo 'héllo wörld 你好 🦊' > /tmp/ü"}, {"timestamp", "2026-03-14T03:09:27+00:00"}},
			{{"service", "ssh"}, {"decky", "decky-büro-01"}, {"command", "printf 'a\\tb\\n' \"$HOME\""}, {"timestamp", "2026-03-14T03:09:29.000001+00:00"}},
		})
	}
	return prints, commands
}

// writeOdd inserts observations and states whose values are not texts, which the columns allow.
func (b *block) writeOdd() {
	id := b.identities[len(b.identities)-1]
	a := id.attackers[0]
	at := a.last.Add(day / 24)
	for i, value := range []string{"0.25", "3", "true", "null", `["a", {"b": 1}]`, `"na\u00efve \u2615"`} {
		name := "experimental.value_" + decimal(i)
		b.g.observations.add(b.uuid4hex(), id.id, name, value, 0.5, epoch(a.first), epoch(at), "experiment", "shard:odd#"+decimal(i), 1, epoch(at), a.id)
		b.g.attributions.add(id.id, name, value, "unknown", 0.0, 1, epoch(at), epoch(at), 1, stamp(at))
	}
}

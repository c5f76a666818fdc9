package questions

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// readJSON is a stored JSON value, nil for a text that is none.
func readJSON(text string) any {
	var value any
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// severalPeople answers question 22.
func severalPeople(m *model, _ vars) object {
	verdicts := map[string][]row{}
	for _, r := range m.tables["attribution_state"] {
		if r.text("state") == "multi_actor" {
			verdicts[r.text("identity_uuid")] = append(verdicts[r.text("identity_uuid")], r)
		}
	}
	var likely []string
	for _, key := range sortedKeys(verdicts) {
		if len(verdicts[key]) > 1 {
			likely = append(likely, key)
		}
	}
	return object{"multiActorIdentities": page(likely, func(key string) any {
		slices.SortFunc(verdicts[key], func(a, b row) int { return strings.Compare(a.text("primitive"), b.text("primitive")) })
		var identity any
		if i := m.survivingIdentity(key); i != nil {
			identity = object{"uuid": i.key, "attackerCount": len(m.attackersIn(i.key))}
		}
		return object{"identityUuid": key, "identity": identity, "behaviors": mapped(verdicts[key], func(r row) any {
			return object{
				"state": object{
					"primitive": r.text("primitive"), "currentValue": readJSON(r.text("current_value")), "confidence": m.float(r.float("confidence")),
					"lastChangeAt": shown(m.seconds(r.float("last_change_ts"))),
				},
				"values": m.valuesOf(key, r.text("primitive")),
			}
		})}
	})}
}

// valuesOf are the values of a behaviour that the attackers of exactly one row showed, the one observed last first, at most 20.
func (m *model) valuesOf(identity, primitive string) []any {
	type observed struct {
		text        string
		count       int
		first, last float64
	}
	byText := map[string]*observed{}
	var values []*observed
	for _, r := range m.tables["observations"] {
		a := m.attackerByKey[r.text("attacker_uuid")]
		if r.text("primitive") != primitive || a == nil || a.identity != identity {
			continue
		}
		text, at := r.text("value"), m.float(r.float("ts"))
		if byText[text] == nil {
			byText[text] = &observed{text: text, first: at, last: at}
			values = append(values, byText[text])
		}
		o := byText[text]
		o.count++
		o.first, o.last = min(o.first, at), max(o.last, at)
	}
	slices.SortFunc(values, func(a, b *observed) int {
		if a.last != b.last {
			if a.last > b.last {
				return -1
			}
			return 1
		}
		return strings.Compare(a.text, b.text)
	})
	return mapped(values[:min(20, len(values))], func(o *observed) any {
		return object{"value": readJSON(o.text), "observationCount": o.count, "firstAt": shown(m.seconds(o.first)), "lastAt": shown(m.seconds(o.last))}
	})
}

// command is a command that an attacker typed.
type command struct {
	attacker             *attacker
	place                int
	service, decky, text *string
	at                   time.Time // zero if it is not known
	session              string
	ids                  []string
}

// typed are the commands of an attacker, as it has them stored.
func typed(a *attacker) []*command {
	var commands []*command
	for place, entry := range a.commands {
		member := func(names ...string) *string {
			for _, name := range names {
				if text, ok := entry[name].(string); ok {
					return &text
				}
			}
			return nil
		}
		c := &command{attacker: a, place: place, service: member("service"), decky: member("decky"), text: member("command", "command_text", "text"), session: deref(member("session_id"))}
		for _, name := range []string{"id", "uuid", "command_id"} {
			c.ids = append(c.ids, deref(member(name)))
		}
		if at := readInstant(deref(member("timestamp"))); at != nil {
			c.at = *at
		}
		commands = append(commands, c)
	}
	return commands
}

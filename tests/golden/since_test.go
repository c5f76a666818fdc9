package golden_test

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// goldenSince is an answer of a bulk read: what was seen since an instant. DECNET promises no order.
type goldenSince struct {
	Name, Since   string
	Yielded       int
	AttackerUUIDs []string `json:"attacker_uuids"`
	TriggerUUIDs  []string `json:"trigger_uuids"`
	Rows          []goldenRow
}

// goldenBulkCommands are the columns of DECNET's bulk read of commands. We serve its entries twice: as
// they are stored, and typed.
var goldenBulkCommands = goldenSame("uuid", "attacker.uuid", "ip", "attacker.ip").with(
	goldenCol("last_seen", "lastSeen", goldenInstant), goldenCol("commands", "entries", goldenEntries),
	goldenCol("commands", "commands { service decky command timestamp }", func(r *goldenRun, value any, row goldenRow) any {
		return goldenCommands(r, value, row).(goldenRow)["nodes"]
	}),
)

// goldenEntries expects stored JSON, in which numbers that JSON does not know are null.
func goldenEntries(_ *goldenRun, value any, _ goldenRow) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = goldenEntries(nil, v[i], nil)
		}
	case goldenRow:
		if _, odd := v["$nonfinite"]; odd {
			return nil
		}
		for name := range v {
			v[name] = goldenEntries(nil, v[name], nil)
		}
	}
	return value
}

func (r *goldenRun) commandsSince() {
	var golden []goldenSince
	r.load(&golden)
	list := goldenList{field: "attackerCommandsSince", skips: true, rows: goldenBulkCommands}
	for _, g := range golden {
		whole := r.since(list, g)
		if whole.skipped > 0 {
			r.differs("skipped attackers")
		}
		for _, row := range whole.rows {
			object := row.(goldenRow)
			object["entries"] = r.readAsPython(object["entries"])
		}
		r.sameSince(g, g.AttackerUUIDs, whole, "lastSeen", goldenBulkCommands)
	}
}

// readAsPython reads stored numbers as DECNET does: we keep their digits, even where they say nothing.
func (r *goldenRun) readAsPython(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = r.readAsPython(v[i])
		}
	case goldenRow:
		for name := range v {
			v[name] = r.readAsPython(v[name])
		}
	case json.Number:
		if n, err := v.Float64(); err != nil || v == "-0" {
			r.differs("digits")
			if value = json.Number("0"); math.IsInf(n, 0) {
				value = nil
			}
		}
	}
	return value
}

func (r *goldenRun) triggersSince() {
	var golden []goldenSince
	r.load(&golden)
	list := goldenList{field: "canaryTriggersSince", rows: goldenTrigger}
	for _, g := range golden {
		r.sameSince(g, g.TriggerUUIDs, r.since(list, g), "occurredAt", goldenTrigger)
	}
}

// since reads a bulk list from the instant of the answer. DECNET drops the instant's zone.
func (r *goldenRun) since(list goldenList, g goldenSince) goldenPage {
	r.t.Helper()
	clock := g.Since
	if asked, err := time.Parse(time.RFC3339Nano, g.Since); err == nil {
		clock = strings.TrimSuffix(asked.Format("2006-01-02T15:04:05.999999Z07:00"), asked.Format("Z07:00"))
		if _, offset := asked.Zone(); offset != 0 {
			r.differs("zone of since")
			local, utc := list, list
			local.arguments, utc.arguments = `since: "`+g.Since+`"`, `since: "`+asked.UTC().Format(time.RFC3339Nano)+`"`
			ours, _ := r.walk(local, 200)
			same, _ := r.walk(utc, 200)
			require.Equal(r.t, same, ours, g.Name)
		}
	}
	list.arguments = `since: "` + clock + `Z"`
	whole, _ := r.walk(list, 7)
	return whole
}

// sameSince compares a bulk list with DECNET's answer.
func (r *goldenRun) sameSince(g goldenSince, keys []string, whole goldenPage, sortBy string, s goldenShape) {
	r.t.Helper()
	uuid, _ := s.column("uuid")
	byKey, order := map[string]any{}, []string{}
	for i, row := range whole.rows {
		key := uuid.answer(row.(goldenRow)).(string)
		byKey[key], order = row, append(order, key)
		if i > 0 {
			before := whole.rows[i-1].(goldenRow)
			require.LessOrEqual(r.t, goldenTimeText(before[sortBy]), goldenTimeText(row.(goldenRow)[sortBy]), g.Name)
		}
	}
	for _, row := range g.Rows {
		if len(keys) < len(g.Rows) { // the rows say it
			keys = append(keys, row["uuid"].(string))
		}
		row = withoutMethods(row)
		r.sameRow(g.Name+" "+row["uuid"].(string), s, row, byKey[row["uuid"].(string)])
	}
	require.Len(r.t, keys, g.Yielded, g.Name)
	require.ElementsMatch(r.t, keys, order, g.Name)
	r.sameValue(g.Name, json.Number(goldenText(g.Yielded)), json.Number(goldenText(len(order))))
	r.answered()
}

// withoutMethods is a row without what methods of DECNET's model make of its columns.
func withoutMethods(row goldenRow) goldenRow {
	plain := goldenRow{}
	for name, value := range row {
		if !strings.HasSuffix(name, "()") {
			plain[name] = value
		}
	}
	return plain
}

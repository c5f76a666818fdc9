package storage

import (
	"bytes"
	"encoding/json"
	"math"
	"time"
	"unicode/utf8"
)

// Bounds of what an entry of the audit log has of a change. What is left out is counted.
const (
	mostAuditList  = 64 << 10 // bytes of a list
	mostAuditValue = 4 << 10  // bytes of the value of a verdict
)

// auditJSON writes a value of an entry; nil is NULL.
func auditJSON(value any) any {
	if value == nil {
		return nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return `{"problem":"the change cannot be written as JSON"}`
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
}

// auditList is a list that an entry has as far as mostAuditList allows.
type auditList struct {
	elements []json.RawMessage // nil without any
	bytes    int
	leftOut  int
}

func (l *auditList) add(element any) {
	text, _ := auditJSON(element).(string)
	if l.leftOut > 0 || l.bytes+len(text) > mostAuditList {
		l.leftOut++
		return
	}
	l.bytes += len(text) + 1
	l.elements = append(l.elements, json.RawMessage(text))
}

// auditedTags is what an entry says of tags that were inserted: how many rows had which outcome, and the uuids of the new tags.
type auditedTags struct {
	Inserted   int               `json:"inserted"`
	Duplicate  int               `json:"duplicate"`
	BelowFloor int               `json:"belowFloor"`
	Rejected   int               `json:"rejected"`
	UUIDs      []json.RawMessage `json:"uuids"`
	LeftOut    int               `json:"leftOut,omitempty"` // further uuids
}

func auditOfTags(results []TagResult) (said auditedTags) {
	list := auditList{elements: []json.RawMessage{}}
	for _, result := range results {
		switch result.Outcome {
		case TagInserted:
			said.Inserted++
			list.add(result.UUID)
		case TagDuplicate:
			said.Duplicate++
		case TagBelowFloor:
			said.BelowFloor++
		case TagRejected:
			said.Rejected++
		}
	}
	said.UUIDs, said.LeftOut = list.elements, list.leftOut
	return said
}

// auditedStates is what an entry says of verdicts.
type auditedStates struct {
	Inserted int               `json:"inserted"`
	Updated  int               `json:"updated"`
	Rejected int               `json:"rejected"`
	States   []json.RawMessage `json:"states"`
	LeftOut  int               `json:"leftOut,omitempty"` // further states
}

// auditedState is a verdict in an entry.
type auditedState struct {
	IdentityUUID     string              `json:"identityUuid"`
	Primitive        string              `json:"primitive"`
	State            *AttributionVerdict `json:"state"`
	Confidence       *float64            `json:"confidence"`
	ObservationCount int                 `json:"observationCount"`
	CurrentValue     json.RawMessage     `json:"currentValue,omitempty"` // left out if it has more than mostAuditValue bytes
}

// audited is a verdict as an entry has it before it is replaced.
func (a AttributionState) audited() auditedState {
	return auditedState{a.IdentityUUID, a.Primitive, a.State, finiteOrNil(&a.Confidence), a.ObservationCount, auditValue(a.CurrentValue)}
}

// audited is a verdict as an entry has it.
func (n NewAttributionState) audited() auditedState {
	return auditedState{n.IdentityUUID, n.Primitive, &n.State, finiteOrNil(&n.Confidence), n.ObservationCount, auditValue(JSON(n.CurrentValue.text()))}
}

func auditValue(value JSON) json.RawMessage {
	if len(value) > mostAuditValue || !json.Valid(value) {
		return nil
	}
	return json.RawMessage(value)
}

// tellStates notes what stood before the verdicts of some keys are written, and what stands then: the last of the rows with a key.
func (d *deed) tellStates(rows []NewAttributionState, last map[StateKey]int, keys []StateKey, exists map[StateKey]auditedState) {
	var before, after auditList
	for _, key := range keys {
		if state, there := exists[key]; there {
			before.add(state)
		}
		after.add(rows[last[key]].audited())
	}
	if len(exists) > 0 {
		d.before = struct {
			States  []json.RawMessage `json:"states"`
			LeftOut int               `json:"leftOut,omitempty"`
		}{before.elements, before.leftOut}
	}
	d.after = auditedStates{States: after.elements, LeftOut: after.leftOut}
	if len(rows) == 1 {
		d.target = rows[0].IdentityUUID
	}
}

// countStates completes what tellStates notes with the outcomes of the rows.
func (d *deed) countStates(results []StateResult) {
	said, _ := d.after.(auditedStates)
	for _, result := range results {
		switch result.Outcome {
		case StateInserted:
			said.Inserted++
		case StateUpdated:
			said.Updated++
		case StateRejected:
			said.Rejected++
		}
	}
	if d.after = said; said.Inserted+said.Updated == 0 {
		d.outcome = AuditUnchanged
	}
}

// auditedNotes is what an entry says of notes. Those that are longer than MaxNotes, as only another program can have written them, are cut.
type auditedNotes struct {
	Notes   *string `json:"notes"`
	LeftOut int     `json:"leftOut,omitempty"` // further characters
}

func auditOfNotes(notes *string) auditedNotes {
	if notes == nil || utf8.RuneCountInString(*notes) <= MaxNotes {
		return auditedNotes{Notes: notes}
	}
	all := []rune(*notes)
	return auditedNotes{Notes: new(string(all[:MaxNotes])), LeftOut: len(all) - MaxNotes}
}

// auditedLink is what an entry says of the identity that an attacker names.
type auditedLink struct {
	IdentityUUID *string `json:"identityUuid"`
}

// auditedRule is what an entry says of the state of a rule.
type auditedRule struct {
	State         *RuleSwitch `json:"state"`
	ConfidenceMax *float64    `json:"confidenceMax"`
	ExpiresAt     *time.Time  `json:"expiresAt"`
	Reason        *string     `json:"reason"`
	SetBy         *string     `json:"setBy"`
	SetAt         time.Time   `json:"setAt"`
}

// audited returns what an entry says of the state, nil if there is none.
func (r *RuleState) audited() any {
	if r == nil {
		return nil
	}
	return auditedRule{r.State, finiteOrNil(r.ConfidenceMax), r.ExpiresAt, r.Reason, r.SetBy, r.SetAt}
}

// finiteOrNil returns a number that JSON can write.
func finiteOrNil(n *float64) *float64 {
	if n == nil || math.IsNaN(*n) || math.IsInf(*n, 0) {
		return nil
	}
	return n
}

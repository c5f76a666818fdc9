package storage

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// Actor is who causes writes, as the audit log names them.
type Actor struct {
	Name string // of a user, an API token or a certificate; empty where nobody has to log in
	Way  string // how the name was proved, such as TOKEN, or ActorCommand
	Role string // empty for commands
}

// NewActor returns an actor whose texts any database can store: those that are too long are cut.
func NewActor(name, way, role string) Actor {
	return Actor{storable(name), storable(way), storable(role)}
}

// Ways of actors that no login has.
const (
	actorUnknown = "NONE"
	// ActorCommand is the way of those who write by a command of this program on the machine itself. The name is that of the
	// operating system's user.
	ActorCommand = "COMMAND"
)

type actorKey struct{}

// WithActor returns a context whose writes the audit log ascribes to an actor.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

func actorFrom(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	if a.Way == "" {
		a.Way = actorUnknown
	}
	return a
}

// AuditOutcome is what became of a change.
type AuditOutcome string

// The outcomes of changes.
const (
	AuditApplied   AuditOutcome = "APPLIED"
	AuditUnchanged AuditOutcome = "UNCHANGED" // there was nothing to change
	AuditRefused   AuditOutcome = "REFUSED"   // the input was invalid, the row missing, or another than expected
	AuditFailed    AuditOutcome = "FAILED"    // the database failed, and nothing was changed
	// AuditUnknown is for a change whose commit the database did not confirm, so that it may have been made.
	AuditUnknown AuditOutcome = "UNKNOWN"
)

// AuditEntry is a row of the audit log.
type AuditEntry struct {
	UUID      string // in the order of time
	At        time.Time
	Principal string
	Way       string
	Role      *string // nil for commands
	Action    string  // the name of the mutation, or of the command
	Target    *string // the key of the row that was changed; nil if there were several, or none
	Outcome   AuditOutcome
	Before    JSON // null where there was nothing before, or nothing is known of it
	After     JSON // null where there is nothing afterwards; for a change that was refused, the reason
}

var auditEntries = table[AuditEntry]{name: auditTable, list: "auditLog", sorted: []SortKey{{By: "AT", Descending: true}}, fields: []field[AuditEntry]{
	{"id", func(a *AuditEntry) cell { return text(&a.UUID) }, "", use{kind: textValues, order: "AT", index: keyIndex}},
	{"at", func(a *AuditEntry) cell { return instant(&a.At) }, "At", use{kind: instantValues, filter: "At", index: "ix_audit_log_at", uniform: true}},
	{"principal", func(a *AuditEntry) cell { return text(&a.Principal) }, "Principal", use{kind: textValues, filter: "Principal", index: "ix_audit_log_principal"}},
	{"way", func(a *AuditEntry) cell { return text(&a.Way) }, "Way", use{kind: textValues, filter: "Way", index: noIndex}},
	{"role", func(a *AuditEntry) cell { return optionalText(&a.Role) }, "Role", use{kind: textValues}},
	{"action", func(a *AuditEntry) cell { return text(&a.Action) }, "Action", use{kind: textValues, filter: "Action", index: noIndex}},
	{"target", func(a *AuditEntry) cell { return optionalText(&a.Target) }, "Target", use{kind: textValues, filter: "Target", index: "ix_audit_log_target"}},
	{"outcome", func(a *AuditEntry) cell { return outcome(&a.Outcome) }, "Outcome", use{kind: textValues, filter: "Outcome", index: noIndex}},
	{"before_change", func(a *AuditEntry) cell { return anyJSON(&a.Before) }, "Before", use{}},
	{"after_change", func(a *AuditEntry) cell { return anyJSON(&a.After) }, "After", use{}},
}}

// outcome takes the text of an outcome.
func outcome(target *AuditOutcome) cell {
	return cellFunc(func(v *value) bool {
		word, ok := v.Text()
		*target = AuditOutcome(word)
		return ok && !v.IsNull()
	})
}

// AuditLog lists the audit log, the last entry first. It fails with ErrNotFound if no audit log is kept for the database.
func (s *Store) AuditLog(o ListOptions) List[AuditEntry] { return auditLog{s, o} }

// auditLog is the list in the database that has the records, which may be another than the store's.
type auditLog struct {
	of      *Store
	options ListOptions
}

// Page implements List.
func (l auditLog) Page(ctx context.Context, owners []string, p Page) (map[string]Slice[AuditEntry], error) {
	list, err := l.list(ctx)
	if err != nil {
		return nil, err
	}
	return list.Page(ctx, owners, p)
}

// Count implements List.
func (l auditLog) Count(ctx context.Context, owners []string) (map[string]int, error) {
	list, err := l.list(ctx)
	if err != nil {
		return nil, err
	}
	return list.Count(ctx, owners)
}

func (l auditLog) list(ctx context.Context) (List[AuditEntry], error) {
	records, err := l.of.Records(ctx)
	switch {
	case errors.Is(err, ErrNoRecords): // nothing was ever written
		return emptyList[AuditEntry]{}, nil
	case err != nil:
		return nil, err
	}
	return listOf(records, auditEntries, unowned(auditTable, ""), l.options), nil
}

// emptyList is a List without rows.
type emptyList[T any] struct{}

// Page implements List.
func (emptyList[T]) Page(_ context.Context, owners []string, p Page) (map[string]Slice[T], error) {
	found := make(map[string]Slice[T], len(owners))
	for _, owner := range owners {
		found[owner] = cut([]*T{}, p, nil)
	}
	return found, nil
}

// Count implements List.
func (emptyList[T]) Count(_ context.Context, owners []string) (map[string]int, error) {
	return empties[int](owners), nil
}

// auditID returns the id of an entry of an instant: a uuid of version 7. Ids of one process are in the order in which they are made.
func (s *shared) auditID(at time.Time) string {
	const parts = 1 << 12 // of a millisecond, as RFC 9562 has room for them
	ticks := at.UnixMilli()*parts + int64(at.Nanosecond())%1e6*parts/1e6
	for {
		last := s.lastAudit.Load()
		next := max(ticks, last+1)
		if s.lastAudit.CompareAndSwap(last, next) {
			ticks = next
			break
		}
	}
	var raw [16]byte
	_, _ = rand.Read(raw[8:])                                                        // it never fails
	binary.BigEndian.PutUint64(raw[:8], uint64(ticks/parts)<<16|uint64(ticks%parts)) //nolint:gosec // times since 1970 are positive
	raw = versioned(raw, 7)
	digits := hex.EncodeToString(raw[:])
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}

// storable returns a text as any database can store it in a column of maxText characters.
func storable(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if utf8.RuneCountInString(text) <= maxText {
		return text
	}
	return string([]rune(text)[:maxText-1]) + "…"
}

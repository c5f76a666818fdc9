package storage

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// Expected is the version of a row that a client has read, so that its change does not overwrite one that it has not
// seen. What is nil is not compared.
type Expected struct {
	UpdatedAt *time.Time // the instant of the last update, at least to the millisecond
	Revision  *string
}

// Revision returns an opaque text that differs if any value of the row differs, which also tells apart two changes in one
// second.
func (c *Campaign) Revision() string { return revision(c) }

// Revision returns an opaque text as that of a campaign.
func (i *Identity) Revision() string { return revision(i) }

// revisionField is the name of Revision for Only: it needs every column.
const revisionField = "Revision"

// revision returns a hash of all values of a row.
func revision(row any) string {
	const length = 15 // bytes; 20 characters
	text, _ := json.Marshal(row)
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:length])
}

// edited is a row that people edit.
type edited interface {
	Revision() string
	lastUpdate() time.Time
	notes() *string
}

func (c *Campaign) lastUpdate() time.Time { return c.UpdatedAt }

func (c *Campaign) notes() *string { return c.Notes }

func (i *Identity) lastUpdate() time.Time { return i.UpdatedAt }

func (i *Identity) notes() *string { return i.Notes }

// matches reports whether a row is the expected one. An instant without microseconds, as JavaScript has it, matches any
// update in that millisecond: change.after keeps all changes of notes in different milliseconds, so none is overwritten
// unseen.
func (e Expected) matches(row edited, precision time.Duration) bool {
	if e.Revision != nil && *e.Revision != row.Revision() {
		return false
	}
	if e.UpdatedAt == nil {
		return true
	}
	updated, expected := row.lastUpdate(), e.UpdatedAt.Truncate(precision)
	return expected.Equal(updated) || expected.Equal(e.UpdatedAt.Truncate(time.Millisecond)) && expected.Equal(updated.Truncate(time.Millisecond))
}

package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// TagSelection chooses among the tags that rollups, series and distributions count. nil chooses all of them.
type TagSelection struct {
	filter      any // as ListOptions.Filter
	from, until *time.Time
	text        string // the selection as JSON, the same for equal selections
	digest      string // of text
}

// selectionText is how a TagSelection is written in the ids of rollup rows.
type selectionText struct {
	Filter any        `json:"filter,omitempty"`
	From   *time.Time `json:"from,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
}

// SelectTags returns the selection of the tags that match a filter, as of ListOptions, and were created in a span of time:
// from is included, until is not, and either may be nil for no bound. It returns nil if all tags are selected. Its error
// is ErrInvalid if the span ends before it begins.
func SelectTags(filter any, from, until *time.Time) (*TagSelection, error) {
	if from != nil && until != nil && from.After(*until) {
		return nil, Invalid("from must not be later than until")
	}
	parts, err := withoutNulls(selectionText{filter, inUTC(from), inUTC(until)})
	if err != nil {
		return nil, err
	}
	if _, filtered := parts["filter"]; !filtered {
		filter = nil
	}
	if len(parts) == 0 {
		return nil, nil //nolint:nilnil // nil is the selection of all tags
	}
	text, err := json.Marshal(parts) // in the order of the names
	if err != nil {
		return nil, fmt.Errorf("write a selection of tags: %w", err)
	}
	const enough = 16 // bytes of a digest
	sum := sha256.Sum256(text)
	return &TagSelection{filter, from, until, string(text), base64.RawURLEncoding.EncodeToString(sum[:enough])}, nil
}

func inUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	utc := at.UTC()
	return &utc
}

// withoutNulls returns a value as JSON has it, without the fields that are null or have only such fields.
func withoutNulls(value any) (map[string]any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write a selection of tags: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var parts map[string]any
	if err := decoder.Decode(&parts); err != nil {
		return nil, fmt.Errorf("read a selection of tags: %w", err)
	}
	dropNulls(parts)
	return parts, nil
}

func dropNulls(parts map[string]any) {
	for name, part := range parts {
		inner, object := part.(map[string]any)
		if object {
			dropNulls(inner)
		}
		if list, ok := part.([]any); ok {
			for _, element := range list {
				if inner, object := element.(map[string]any); object {
					dropNulls(inner)
				}
			}
		}
		if part == nil || object && len(inner) == 0 {
			delete(parts, name)
		}
	}
}

// parseTagSelection reads the selection in the id of a rollup row. filter is a pointer to an empty filter of the type
// that SelectTags was given. ok is false for any text that SelectTags does not write.
func parseTagSelection(text string, filter any) (selection *TagSelection, ok bool) {
	read := selectionText{Filter: filter}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&read) != nil {
		return nil, false
	}
	selection, err := SelectTags(read.Filter, read.From, read.Until)
	return selection, err == nil && selection != nil && selection.text == text
}

// selectionConditions returns what a selection asks of a tag.
func (s *shared) selectionConditions(t *TagSelection) (and, error) {
	if t == nil {
		return nil, nil
	}
	where, err := filterConditions(tags, t.filter, newFilterWalk(s.options.Filters))
	if err != nil {
		return nil, err
	}
	return append(where, createdWithin(t.from, t.until)...), nil
}

// createdWithin is the condition that a tag was created from an instant on, and before another; nil is no bound.
func createdWithin(from, until *time.Time) and {
	return filterColumn{column: "created_at", kind: instantValues}.within(from, until)
}

// WithSelections returns a context in which the keys of rollup rows of some selections are known; nil ones need not be.
// Rows that are read with the context of WithShelf make theirs known.
func WithSelections(ctx context.Context, selections ...*TagSelection) context.Context {
	ctx = WithShelf(ctx)
	for _, one := range selections {
		one.remember(ctx)
	}
	return ctx
}

// remember makes the selection known by its digest.
func (t *TagSelection) remember(ctx context.Context) {
	if shelf, shared := ctx.Value(shelfKey{}).(*shelf); shared && t != nil {
		shelf.selections.Store(t.digest, t)
	}
}

// selected returns the selection of a group of keys; false if none is known.
func selected(ctx context.Context, group keyGroup) (*TagSelection, bool) {
	if group.selection == "" {
		return nil, true
	}
	shelf, shared := ctx.Value(shelfKey{}).(*shelf)
	if !shared {
		return nil, false
	}
	known, ok := shelf.selections.Load(group.selection)
	if !ok {
		return nil, false
	}
	return known.(*TagSelection), true
}

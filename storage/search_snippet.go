package storage

import (
	"context"
	"strings"
	"unicode/utf8"
)

// SearchSnippet is a part of a text with a match. All lengths and places are in characters.
type SearchSnippet struct {
	Text       string
	Start, End int // of the match in Text
	Offset     int // characters of the whole text before Text
	Length     int // characters of the whole text
}

// aroundMatch is how many characters a snippet has before and after the match.
const aroundMatch = 80

// Snippet returns the part of the text around the match. A match in the middle of a character, which text that is searched
// as bytes can have, includes the whole character.
func (h *SearchHit) Snippet() *SearchSnippet {
	start, end := h.Start, h.End
	for start > 0 && !utf8.RuneStart(h.Text[start]) {
		start--
	}
	for end < len(h.Text) && !utf8.RuneStart(h.Text[end]) {
		end++
	}
	from, to := start, end
	for n := 0; n < aroundMatch && from > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(h.Text[:from])
		from -= size
	}
	for n := 0; n < aroundMatch && to < len(h.Text); n++ {
		_, size := utf8.DecodeRuneInString(h.Text[to:])
		to += size
	}
	s := &SearchSnippet{Text: strings.Clone(h.Text[from:to]), Offset: utf8.RuneCountInString(h.Text[:from]), Length: utf8.RuneCountInString(h.Text)}
	s.Start = utf8.RuneCountInString(h.Text[from:start])
	s.End = s.Start + utf8.RuneCountInString(h.Text[start:end])
	return s
}

// AttackerUUID is the key of the attacker whose text or command it is, or nil.
func (h *SearchHit) AttackerUUID() *string {
	if h.Kind != SearchAttacker && h.Kind != SearchCommand {
		return nil
	}
	return &h.Key
}

// CommandPlace is the place of a command in the list of an attacker's commands.
type CommandPlace struct {
	AttackerUUID string
	Place        int
}

// CommandPlace is the place of the command that was found, or nil for other hits.
func (h *SearchHit) CommandPlace() *CommandPlace {
	if h.Kind != SearchCommand {
		return nil
	}
	return &CommandPlace{h.Key, h.Place}
}

// CommandsAt finds commands by their places, in one statement.
func (s *Store) CommandsAt(ctx context.Context, places []CommandPlace) (map[CommandPlace]*Command, error) {
	wanted := map[string][]int32{}
	var attackers []string
	for _, p := range places {
		if wanted[p.AttackerUUID] == nil {
			attackers = append(attackers, p.AttackerUUID)
		}
		wanted[p.AttackerUUID] = append(wanted[p.AttackerUUID], int32(p.Place)) //nolint:gosec // see mostWide
	}
	found := make(map[CommandPlace]*Command, len(places))
	return found, newCommandList(s, nil, ListOptions{}).visit(ctx, attackers, func(uuid string, list *commandIndex) {
		for _, place := range wanted[uuid] {
			if int(place) < len(list.entries) {
				found[CommandPlace{uuid, int(place)}] = list.commands([]int32{place})[0]
			}
		}
	})
}

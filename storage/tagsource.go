package storage

import (
	"context"
	"slices"
	"strings"
)

// TagSource is what a tag was made of: a *Command, *AttackerIntel, *Attacker, *Event, *CanaryTrigger, *CanaryToken, *Session,
// *Identity or *SharedCredential.
type TagSource interface{ isTagSource() }

func (*Command) isTagSource()          {}
func (*AttackerIntel) isTagSource()    {}
func (*Attacker) isTagSource()         {}
func (*Event) isTagSource()            {}
func (*CanaryTrigger) isTagSource()    {}
func (*CanaryToken) isTagSource()      {}
func (*Session) isTagSource()          {}
func (*Identity) isTagSource()         {}
func (*SharedCredential) isTagSource() {}

// sourceFinder finds the sources of tags of one kind, and puts those that it finds.
type sourceFinder func(ctx context.Context, s *Store, tags []*TTPTag, put func(*TTPTag, TagSource)) error

// sourceFinders has the kinds of tags whose source DECNET keeps, with what the id of the source is.
var sourceFinders = map[string]sourceFinder{
	"command":            commandSources,
	"intel":              intelSources,
	"email":              emailSources,
	"canary_fingerprint": canarySources,
	"ipv6_leak":          sourcesBy(sourceID, (*Store).Attackers),
	"session":            sourcesBy(sourceID, (*Store).Sessions),
	"auth_attempt":       sourcesBy(sourceID, (*Store).Sessions),
	"identity":           sourcesBy(sourceID, (*Store).IdentityRows),
	"credential":         sourcesBy(sourceID, (*Store).SharedCredentialRows),
}

// TagSources finds what each tag was made of, with a fixed number of statements for each kind of tag. Tags whose kind is not
// known, or whose source DECNET does not keep, are left out.
func (s *Store) TagSources(ctx context.Context, tags []*TTPTag) (map[*TTPTag]TagSource, error) {
	ctx = Only(ctx, revisionField) // the fields of one type may have the names of others
	kinds := map[string][]*TTPTag{}
	for _, t := range tags {
		kinds[t.SourceKind] = append(kinds[t.SourceKind], t)
	}
	found := make(map[*TTPTag]TagSource, len(tags))
	for kind, of := range kinds {
		find := sourceFinders[kind]
		if find == nil {
			continue
		}
		if err := find(ctx, s, of, func(t *TTPTag, source TagSource) { found[t] = source }); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func sourceID(t *TTPTag) string { return t.SourceID }

// sourcesBy finds sources by a key of each tag; tags with the empty text have none.
func sourcesBy[T any, P interface {
	*T
	TagSource
}](key func(*TTPTag) string, find func(*Store, context.Context, []string) (map[string]*T, error),
) sourceFinder {
	return func(ctx context.Context, s *Store, tags []*TTPTag, put func(*TTPTag, TagSource)) error {
		var keys []string
		for _, t := range tags {
			if k := key(t); k != "" {
				keys = append(keys, k)
			}
		}
		if len(keys) == 0 {
			return nil
		}
		rows, err := find(s, ctx, keys)
		for _, t := range tags {
			if row := rows[key(t)]; row != nil {
				put(t, P(row))
			}
		}
		return err
	}
}

// intelSources finds the reputation of the attacker. The id is its uuid or, for tags made at the end of a session, intel-catchup:
// with the id of the session or the uuid.
func intelSources(ctx context.Context, s *Store, tags []*TTPTag, put func(*TTPTag, TagSource)) error {
	return sourcesBy(func(t *TTPTag) string {
		switch caught, late := strings.CutPrefix(t.SourceID, "intel-catchup:"); {
		case t.AttackerUUID != nil:
			return *t.AttackerUUID
		case late:
			return caught
		default:
			return t.SourceID
		}
	}, (*Store).Intel)(ctx, s, tags, put)
}

// canarySources finds the hit of a canary token or, if the id is that of the token, the token.
func canarySources(ctx context.Context, s *Store, tags []*TTPTag, put func(*TTPTag, TagSource)) error {
	found := map[*TTPTag]bool{}
	err := sourcesBy(sourceID, (*Store).CanaryTriggerRows)(ctx, s, tags, func(t *TTPTag, source TagSource) {
		found[t] = true
		put(t, source)
	})
	others := slices.DeleteFunc(slices.Clone(tags), func(t *TTPTag) bool { return found[t] })
	if err != nil || len(others) == 0 {
		return err
	}
	return sourcesBy(sourceID, (*Store).CanaryTokens)(ctx, s, others, put)
}

// emailSources finds the event of the mail that a decky has stored from the attacker. The id is that of the message or, if it had
// none, the name of its file.
func emailSources(ctx context.Context, s *Store, tags []*TTPTag, put func(*TTPTag, TagSource)) error {
	var attackers []string
	for _, t := range tags {
		if t.AttackerUUID != nil {
			attackers = append(attackers, *t.AttackerUUID)
		}
	}
	if len(attackers) == 0 {
		return nil
	}
	mails, err := s.mails(ctx, attackers)
	for _, t := range tags {
		if t.AttackerUUID == nil {
			continue
		}
		for _, e := range mails[*t.AttackerUUID] {
			var r record
			r.read(string(e.RawFields))
			id := r.text("msg_id")
			if id == nil || *id == "" {
				id = r.text("stored_as")
			}
			if id != nil && *id == t.SourceID {
				put(t, e)
				break
			}
		}
	}
	return err
}

// messageStored is the type of the event of a stored mail.
const messageStored = "message_stored"

// mails finds the events of the mails that deckies have stored from each attacker, newest first.
func (s *Store) mails(ctx context.Context, attackers []string) (map[string][]*Event, error) {
	rel := s.dialect.byAddress(KindAttacker, Resolved, events.name)
	list := listOf(s, events, rel, ListOptions{}, comparison{"event_type", textValues, equalTo, messageStored})
	pages, err := list.Page(ctx, attackers, Page{Limit: s.options.MaxRows, Bare: true})
	found := make(map[string][]*Event, len(pages))
	for attacker, page := range pages {
		found[attacker] = page.Rows
	}
	return found, err
}

// commandSources finds the command. The id is {session}#{number}, whose number counts what the collector remembered then;
// {uuid of the attacker}#cmd{place in its list}; {address}-{time}; or an id that the command has in the list. The text in the
// evidence tells commands apart where the id does not.
func commandSources(ctx context.Context, s *Store, tags []*TTPTag, put func(*TTPTag, TagSource)) error {
	attackers, sessions := map[string]bool{}, map[string]bool{}
	for _, t := range tags {
		if t.AttackerUUID != nil {
			attackers[*t.AttackerUUID] = true
			if t.SessionID != nil {
				sessions[*t.SessionID] = true
			}
		}
	}
	entries, err := s.entries(ctx, sortedNames(attackers))
	if err != nil {
		return err
	}
	visits := map[string]map[string]*visit{}
	if len(sessions) > 0 {
		if visits, err = s.visits(ctx, sortedNames(sessions), s.visitsNamed(false)); err != nil {
			return err
		}
	}
	for _, t := range tags {
		told := typed{sourceID: t.SourceID, at: t.CreatedAt}
		var evidence record
		evidence.read(string(t.Evidence))
		told.text = evidence.text("command_text")
		if t.Decky != nil {
			told.decky = *t.Decky
		}
		if t.AttackerUUID != nil {
			told.attacker = *t.AttackerUUID
		}
		var during *visit
		if t.SessionID != nil {
			during = visits[*t.SessionID][*t.SessionID]
		}
		if c := told.command(entries[told.attacker], during, s.dialect.Precision); c != nil {
			put(t, c)
		}
	}
	return nil
}

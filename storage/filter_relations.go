package storage

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// filterField makes conditions of a field of a filter that is about more than one column of the row itself.
type filterField func(w *filterWalk, given reflect.Value) (and, error)

// filterRelations has the fields of filters by table and by name.
type filterRelations map[string]map[string]filterField

// relationsOfFilters are those of the schema. To add one, add its line, and the field to the input in the schema.
var relationsOfFilters = filterRelations{
	campaigns.name: {
		"Merged":     isMerged,
		"Identities": membersOf(KindCampaign, memberIdentities),
		"Attackers":  membersOf(KindCampaign, memberAttackers),
		"Tags":       membersOf(KindCampaign, memberTags),
		"Techniques": techniquesOf(memberTechniques(KindCampaign)),
	},
	identities.name: {
		"Merged":      isMerged,
		"HasCampaign": hasValue("campaign_id"),
		"Attribution": membersOf(KindIdentity, memberStates),
		"Attackers":   membersOf(KindIdentity, memberAttackers),
		"Tags":        membersOf(KindIdentity, memberTags),
		"Techniques":  techniquesOf(memberTechniques(KindIdentity)),
	},
	attributionStates.name: {
		"State": verdictIs,
	},
	attackers.name: {
		"HasIdentity": hasValue("identity_id"),
		"Behavior":    the(behaviors, "attacker_uuid", "uuid"),
		"Intel":       the(intels, "attacker_uuid", "uuid"),
		"Tags":        rowsThatName(tags, "attacker_uuid", "uuid", "technique_id", "created_at"),
		"Techniques":  techniquesOf(attackerTechniques),
		"Commands":    typedCommands,
		"Fingerprint": showFingerprint,
	},
	sessionRows.name: {
		"Tags":       relatedComputed(sessionTags, tags),
		"Attackers":  relatedComputed(sessionAttacker, attackers),
		"Commands":   relatedComputed(sessionCommand, commandRows),
		"Techniques": techniquesOf(func(_ Membership, where and) condition { return &relatedRows{sessionTags, where, 1} }),
	},
	ruleStates.name: {
		"State": stateIs,
	},
	deckies.name: {
		"Tags":      rowsThatName(tags, "decky_id", "name"),
		"Attackers": deckyAttackers.related,
	},
	rules.name: {
		"Name":        inDefinition("Name"),
		"Description": inDefinition("Description"),
		"AppliesTo":   inDefinition("AppliesTo"),
		"Emits":       inDefinition("Emits"),
		"State":       the(ruleStates, "rule_id", "name"),
		"HasState":    hasRow(ruleStates.name, "rule_id", "name"),
		"Tags":        rowsThatName(tags, "rule_id", "name", "created_at", "uuid"),
		"Attackers":   ruleAttackers.related,
	},
	networks(NetworkASN).name:     networkRelations(NetworkASN),
	networks(NetworkPrefix).name:  networkRelations(NetworkPrefix),
	networks(NetworkCountry).name: networkRelations(NetworkCountry),
	tags.name: {
		"Technique": tagTechnique,
		"Attacker":  the(attackers, "uuid", "attacker_uuid"),
	},
}

// hasValue makes the condition that a column has a value, or has none.
func hasValue(column string) filterField {
	return func(_ *filterWalk, given reflect.Value) (and, error) {
		return presence(nil, filterColumn{column: column}, new(given.Bool())), nil
	}
}

// hasRow makes the condition that there is a row whose column holds the same text as a column of the row itself, or none.
func hasRow(table, column, key string) filterField {
	return func(_ *filterWalk, given reflect.Value) (and, error) {
		has := exists{table: table, column: column, key: key}
		if given.Bool() {
			return and{has}, nil
		}
		return and{not{has}}, nil
	}
}

// isMerged is hasValue for links that few rows have. The comparison, which every text meets, lets SQLite use the index.
func isMerged(w *filterWalk, given reflect.Value) (and, error) {
	const link = "merged_into_uuid"
	where, err := hasValue(link)(w, given)
	if given.Bool() {
		where = append(where, comparison{link, textValues, atLeast, ""})
	}
	return where, err
}

// verdictIs makes the condition that a behaviour has a verdict.
func verdictIs(_ *filterWalk, given reflect.Value) (and, error) {
	return and{comparison{"state", textValues, equalTo, AttributionVerdict(given.String()).stored()}}, nil
}

// stateIs makes the condition that a rule has a state.
func stateIs(_ *filterWalk, given reflect.Value) (and, error) {
	return and{comparison{"state", textValues, equalTo, strings.ToLower(given.String())}}, nil
}

// typedCommands makes the condition that an attacker has typed a command with a text in it.
func typedCommands(w *filterWalk, given reflect.Value) (and, error) {
	f := given.Addr().Interface().(*StoredTextFilter)
	if f.Contains == nil {
		return nil, nil
	}
	return and{entryContains{"commands", commandNames, *f.Contains}}, w.contained(*f.Contains)
}

// the makes a condition of a filter of the one row whose column holds the same text as a column of the row itself. A row
// without such a row does not match.
func the(t filterable, column, key string) filterField {
	return func(w *filterWalk, given reflect.Value) (and, error) {
		where, err := w.filter(t, given)
		return and{exists{table: t.tableName(), column: column, key: key, where: where, first: true}}, err
	}
}

// someNoneCount is a filter of related rows: a struct of which a row must meet all fields that are set.
type someNoneCount struct {
	some, none and
	given      map[string]bool
	count      *IntRange
	membership Membership
}

// related reads a filter of related rows of a table.
func (w *filterWalk) related(t filterable, given reflect.Value) (f someNoneCount, err error) {
	f.given, f.membership = map[string]bool{}, Resolved
	for field, value := range given.Fields() {
		if field.Name == "Membership" {
			f.membership = value.Interface().(Membership)
			continue
		}
		if value.IsNil() {
			continue
		}
		f.given[field.Name] = true
		if field.Name == "Count" {
			f.count = value.Interface().(*IntRange)
			if _, err = w.at("count", func() (and, error) { return f.count.conditions(w, filterColumn{}) }); err != nil {
				return f, err
			}
			continue
		}
		part, err := w.at(inputName(field), func() (and, error) {
			if field.Name == "None" {
				defer w.negate()()
			}
			return w.filter(t, value.Elem())
		})
		if err != nil {
			return f, err
		}
		if field.Name == "Some" {
			f.some = part
		} else {
			f.none = part
		}
	}
	return f, w.count(len(f.given))
}

// conditions makes conditions of a filter of related rows. exists returns the condition that there is a related row that
// meets a condition, and counted the one that there are at least a number of them.
func (f someNoneCount) conditions(exists func(where and) condition, counted func(where and, least int) condition) and {
	var where and
	if f.given["Some"] {
		where = append(where, exists(f.some))
	}
	if f.given["None"] {
		where = append(where, not{exists(f.none)})
	}
	if f.count == nil {
		return where
	}
	if f.count.From != nil && *f.count.From > 0 {
		where = append(where, counted(f.some, *f.count.From))
	}
	if f.count.To != nil {
		if *f.count.To < 0 {
			return append(where, or{})
		}
		where = append(where, not{counted(f.some, *f.count.To+1)})
	}
	return where
}

// networkRelations are the related rows of networks of a kind.
func networkRelations(kind NetworkKind) map[string]filterField {
	fields := map[string]filterField{"Attackers": networkAttackers(kind).related, "Tags": networkTags(kind).related}
	if kind != NetworkASN {
		fields["Asn"] = func(w *filterWalk, _ reflect.Value) (and, error) {
			return nil, w.invalid("", "only networks by %s have a number; filter by value", NetworkASN)
		}
	}
	return fields
}

// rowsThatName makes conditions of a filter of the rows of a table that name the row in a column, by its key. An index on that
// column starts with it and goes on with the columns of indexed.
func rowsThatName(t filterable, column, key string, indexed ...string) filterField {
	return func(w *filterWalk, given reflect.Value) (and, error) {
		f, err := w.related(t, given)
		return f.conditions(func(where and) condition {
			return exists{table: t.tableName(), column: column, key: key, where: where, indexed: indexed}
		}, func(where and, least int) condition {
			return counted{exists{table: t.tableName(), column: column, key: key, where: where, indexed: indexed}, least}
		}), err
	}
}

// membersOf makes conditions of a filter of rows that belong to the members of a campaign or identity.
func membersOf(kind Kind, rows memberRows) filterField {
	return func(w *filterWalk, given reflect.Value) (and, error) {
		f, err := w.related(rows.table(), given)
		return f.conditions(func(where and) condition {
			return ofMembers{kind, f.membership, rows, where, 0}
		}, func(where and, least int) condition {
			return ofMembers{kind, f.membership, rows, where, least}
		}), err
	}
}

// tagTechnique makes the condition that a tag is of a technique, with any sub-technique or none, or of a sub-technique.
func tagTechnique(w *filterWalk, given reflect.Value) (and, error) {
	where := ofTechnique(given.String(), true)
	w.remember(filterColumn{table: tags.name, open: true}, where, given.String())
	return and{where}, nil
}

// ofTechnique is the condition that a tag is of a technique or sub-technique with an ATT&CK number. DECNET stores the
// number of the parent with every sub-technique; a tag may still name a sub-technique alone. withSub adds the
// sub-techniques of a technique.
func ofTechnique(number string, withSub bool) condition {
	technique := comparison{"technique_id", textValues, equalTo, number}
	switch {
	case strings.Contains(number, "."):
		return or{comparison{"sub_technique_id", textValues, equalTo, number}, technique}
	case withSub:
		return technique
	default:
		return and{technique, or{isNull{"sub_technique_id"}, comparison{"sub_technique_id", textValues, equalTo, ""}}}
	}
}

// Tactics are the numbers of tactics of which a tag must have one.
type Tactics []string

// TechniquesFilter states which techniques the tags of a row show.
type TechniquesFilter struct {
	AnyOf, AllOf, NoneOf []string // ATT&CK numbers
	// IncludeSubTechniques makes the number of a technique stand for its sub-techniques, too.
	IncludeSubTechniques bool
	MinConfidence        *float64   // of the tags that count
	Membership           Membership // ignored for attackers
}

// techniquesOf makes conditions of a TechniquesFilter. shows returns the condition that a row has a tag that meets a condition.
func techniquesOf(shows func(m Membership, where and) condition) filterField {
	return func(w *filterWalk, given reflect.Value) (and, error) {
		f := given.Addr().Interface().(*TechniquesFilter)
		if err := w.confidence("minConfidence", f.MinConfidence); err != nil {
			return nil, err
		}
		one := func(number string) condition {
			where := and{ofTechnique(number, f.IncludeSubTechniques)}
			if f.MinConfidence != nil {
				where = append(where, comparison{"confidence", numberValues, atLeast, *f.MinConfidence})
			}
			return shows(f.Membership, where)
		}
		var where and
		if f.AnyOf != nil {
			where = append(where, or(mapTexts(f.AnyOf, one)))
		}
		where = append(where, mapTexts(f.AllOf, one)...)
		for i, number := range slices.Concat(f.AnyOf, f.AllOf) {
			field := "anyOf"
			if i >= len(f.AnyOf) {
				field, i = "allOf", i-len(f.AnyOf)
			}
			w.remember(filterColumn{table: tags.name, open: true}, ofTechnique(number, f.IncludeSubTechniques), number, field, strconv.Itoa(i))
		}
		if f.NoneOf != nil {
			where = append(where, not{or(mapTexts(f.NoneOf, one))})
		}
		return where, w.count(len(f.AnyOf) + len(f.AllOf) + len(f.NoneOf))
	}
}

func mapTexts(texts []string, one func(string) condition) []condition {
	made := make([]condition, len(texts))
	for i, text := range texts {
		made[i] = one(text)
	}
	return made
}

// attackerTechniques is the condition that an attacker has a tag. Its membership is always that of Attacker.tags.
func attackerTechniques(_ Membership, where and) condition {
	return exists{table: tags.name, column: "attacker_uuid", key: "uuid", where: where, indexed: []string{"technique_id", "created_at"}}
}

// memberTechniques is the condition that a campaign or identity has a tag.
func memberTechniques(kind Kind) func(m Membership, where and) condition {
	return func(m Membership, where and) condition { return ofMembers{kind, m, memberTags, where, 0} }
}

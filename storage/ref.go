package storage

import (
	"context"
)

// Kind is the kind of row that a Ref refers to.
type Kind string

// The kinds of row that can be fetched by a Ref.
const (
	KindCampaign        Kind = "Campaign"
	KindIdentity        Kind = "Identity"
	KindAttacker        Kind = "Attacker"
	KindTTPTag          Kind = "TTPTag"
	KindSession         Kind = "Session"
	KindCanaryToken     Kind = "CanaryToken"
	KindCanaryTrigger   Kind = "CanaryTrigger"
	KindCanaryBlob      Kind = "CanaryBlob"
	KindTechniqueRollup Kind = "TechniqueRollup"

	KindSharedCredential Kind = "SharedCredential" //nolint:gosec // the name of a type
	KindAttachment       Kind = "Attachment"
)

// Ref is a reference to one row of any kind. The key of a rollup row contains its scope.
type Ref struct {
	Kind Kind
	Key  string
}

// Rows finds the rows that refs refer to, without following merges, with one statement for each kind and each scope
// of rollup rows. Rows that do not exist are left out, and so are kinds that storage does not hold.
func (s *Store) Rows(ctx context.Context, refs []Ref) (map[Ref]any, error) {
	keys := map[Kind][]string{}
	for _, ref := range refs {
		keys[ref.Kind] = append(keys[ref.Kind], ref.Key)
	}
	found := make(map[Ref]any, len(refs))
	for kind, find := range finders {
		if len(keys[kind]) == 0 {
			continue
		}
		err := find(ctx, s, keys[kind], func(key string, row any) { found[Ref{kind, key}] = row })
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// finder finds the rows of one kind and calls put with each.
type finder func(ctx context.Context, s *Store, keys []string, put func(key string, row any)) error

var finders = map[Kind]finder{
	KindCampaign:        finding((*Store).CampaignRows),
	KindIdentity:        finding((*Store).IdentityRows),
	KindAttacker:        finding((*Store).Attackers),
	KindTTPTag:          finding((*Store).Tags),
	KindSession:         finding((*Store).Sessions),
	KindCanaryToken:     finding((*Store).CanaryTokens),
	KindCanaryTrigger:   finding((*Store).CanaryTriggerRows),
	KindCanaryBlob:      finding((*Store).CanaryBlobs),
	KindTechniqueRollup: finding((*Store).rollupRows),

	KindSharedCredential: finding((*Store).SharedCredentialRows),
	KindAttachment:       finding((*Store).AttachmentRows),
	KindDecky:            finding((*Store).Deckies),
	KindRule:             finding((*Store).Rules),
	KindASN:              findingNetworks(NetworkASN),
	KindPrefix:           findingNetworks(NetworkPrefix),
	KindCountry:          findingNetworks(NetworkCountry),
}

func findingNetworks(kind NetworkKind) finder {
	return finding(func(s *Store, ctx context.Context, values []string) (map[string]*Network, error) {
		return s.Networks(kind)(ctx, values)
	})
}

func finding[T any](find func(*Store, context.Context, []string) (map[string]*T, error)) finder {
	return func(ctx context.Context, s *Store, keys []string, put func(string, any)) error {
		rows, err := find(s, ctx, keys)
		for key, row := range rows {
			put(key, row)
		}
		return err
	}
}

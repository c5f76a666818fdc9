package resolvers

import (
	"decnetgraph/resolvers/loaders"
	"decnetgraph/storage"
)

// The links between rows. Fields that follow the same link share what they read.

// identities leads to an identity, or the one that it was merged into.
func (r *Resolver) identities() loaders.Link[string, *storage.Identity] {
	return loaders.Link[string, *storage.Identity]{Name: "identities", Query: r.Store.Identities}
}

// identityRows leads to an identity as it is.
func (r *Resolver) identityRows() loaders.Link[string, *storage.Identity] {
	return loaders.Link[string, *storage.Identity]{Name: "identityRows", Query: r.Store.IdentityRows}
}

// campaigns leads to a campaign, or the one that it was merged into.
func (r *Resolver) campaigns() loaders.Link[string, *storage.Campaign] {
	return loaders.Link[string, *storage.Campaign]{Name: "campaigns", Query: r.Store.Campaigns}
}

// campaignRows leads to a campaign as it is.
func (r *Resolver) campaignRows() loaders.Link[string, *storage.Campaign] {
	return loaders.Link[string, *storage.Campaign]{Name: "campaignRows", Query: r.Store.CampaignRows}
}

// attackers leads to an attacker.
func (r *Resolver) attackers() loaders.Link[string, *storage.Attacker] {
	return loaders.Link[string, *storage.Attacker]{Name: "attackers", Query: r.Store.Attackers}
}

// commandsAt leads to a command of an attacker.
func (r *Resolver) commandsAt() loaders.Link[storage.CommandPlace, *storage.Command] {
	return loaders.Link[storage.CommandPlace, *storage.Command]{Name: "commandsAt", Query: r.Store.CommandsAt}
}

// canaryBlobs leads to the file of a canary token.
func (r *Resolver) canaryBlobs() loaders.Link[string, *storage.CanaryBlob] {
	return loaders.Link[string, *storage.CanaryBlob]{Name: "canaryBlobs", Query: r.Store.CanaryBlobs}
}

// canaryTokens leads to a canary token.
func (r *Resolver) canaryTokens() loaders.Link[string, *storage.CanaryToken] {
	return loaders.Link[string, *storage.CanaryToken]{Name: "canaryTokens", Query: r.Store.CanaryTokens}
}

// tags leads to a tag.
func (r *Resolver) tags() loaders.Link[string, *storage.TTPTag] {
	return loaders.Link[string, *storage.TTPTag]{Name: "tags", Query: r.Store.Tags}
}

// ruleStates leads to what is set about a rule.
func (r *Resolver) ruleStates() loaders.Link[string, *storage.RuleState] {
	return loaders.Link[string, *storage.RuleState]{Name: "ruleStates", Query: r.Store.RuleStates}
}

// taggedSessions leads to a session that a tag names.
func (r *Resolver) taggedSessions() loaders.Link[string, *storage.Session] {
	return loaders.Link[string, *storage.Session]{Name: "taggedSessions", Query: r.Store.TaggedSessions}
}

package storage

// AttackerCampaigns lists the campaigns that each attacker belongs to through its identity, updated last first: those whose
// attackers include it.
func (s *Store) AttackerCampaigns(m Membership, o ListOptions) List[Campaign] {
	const used = "used(owner, attacker, identity) AS (SELECT owner, k, NULL FROM requested)"
	return listOf(s, campaigns, s.dialect.campaignsOf(used, m, s.dialect.usedIdentities()), o)
}

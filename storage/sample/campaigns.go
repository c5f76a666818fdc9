package sample

import "time"

// none is the index in a plan for no campaign or no merge.
const none = -1

// campaignPlan lists the campaigns of one block: their themes, and the index of the campaign that each was merged into.
var campaignPlan = []struct {
	theme  int
	merged int
	starts int // days after the start of the data
	lasts  int
}{
	{theme: 0, merged: none, starts: 6, lasts: 82},
	{theme: 0, merged: 0, starts: 11, lasts: 30},
	{theme: 1, merged: none, starts: 2, lasts: 60},
	{theme: 1, merged: 2, starts: 8, lasts: 40},
	{theme: 1, merged: 3, starts: 14, lasts: 20},
	{theme: 3, merged: 4, starts: 20, lasts: 14}, // three merge links to campaign 2
	{theme: 6, merged: none, starts: 33, lasts: 1},
	{theme: 3, merged: none, starts: 0, lasts: 88},
	{theme: 4, merged: none, starts: 24, lasts: 62},
	{theme: 2, merged: none, starts: 40, lasts: 25},
	{theme: 5, merged: none, starts: 47, lasts: 30},
	{theme: 7, merged: none, starts: 62, lasts: 25},
}

// makeCampaigns makes the campaigns of a block from the plan.
func (b *block) makeCampaigns() {
	winners := make([]int, len(campaignPlan))
	for i, p := range campaignPlan {
		winners[i] = p.merged
	}
	ids := winnersFirst(winners, func(int) string { return b.uuid4() })
	for i, p := range campaignPlan {
		c := &campaign{
			id:      ids[i],
			theme:   &themes[(p.theme+b.number*3)%len(themes)],
			started: past.Add(time.Duration(p.starts)*day + b.wait(0, day)),
			lasts:   time.Duration(p.lasts) * day,
			marks:   marks{ja3: []string{b.hex(32)}, hassh: []string{b.hex(32)}, cert: []string{b.hex(64)}},
		}
		if p.merged != none {
			c.mergedInto = ids[p.merged]
			c.mergedAt = c.started.Add(c.lasts/2 + b.wait(0, day))
		}
		b.campaigns = append(b.campaigns, c)
	}
	if b.number == 0 {
		b.g.heavyCampaign = b.campaigns[0]
	}
}

// winnersFirst returns ids in which that of a surviving row is smaller than those of the rows merged into it, because
// DECNET keeps the row with the smallest id.
func winnersFirst(winners []int, id func(i int) string) []string {
	ids := make([]string, len(winners))
	for i := range ids {
		ids[i] = id(i)
	}
	for swapped := true; swapped; {
		swapped = false
		for loser, winner := range winners {
			if winner != none && ids[loser] < ids[winner] && len(ids[loser]) == len(ids[winner]) {
				ids[loser], ids[winner] = ids[winner], ids[loser]
				swapped = true
			}
		}
	}
	return ids
}

// writeCampaigns inserts the rows. As in DECNET, first_seen_at, last_seen_at and identity_count have the values of the
// clusterer run that created the row. The columns that DECNET never fills are empty, except in the first campaign, where
// an analyst filled them in.
func (b *block) writeCampaigns() {
	for i, c := range b.campaigns {
		tick := c.started.Add(b.wait(time.Minute, 40*time.Minute))
		updated := tick
		if c.mergedInto != "" {
			updated = c.mergedAt
		}
		var confidence, ja3, hassh, cert, simhashes, c2, notes any
		if b.number == 0 && i == 0 {
			confidence, ja3, hassh, cert = 0.82, dumps(c.marks.ja3), dumps(c.marks.hassh), dumps(c.marks.cert)
			simhashes, c2 = dumps([]string{b.hex(16), b.hex(16)}), dumps([]string{"203.0.113.240:443", "[2001:db8:53::7]:8443"})
		}
		if b.number == 0 && c.mergedInto == "" {
			notes = orNull(c.theme.note)
		}
		b.g.campaigns.add(c.id, 1, stamp(tick), stamp(tick), stamp(tick), stamp(updated), confidence, max(1, (2*c.members+2)/3),
			ja3, hassh, cert, simhashes, c2, orNull(c.mergedInto), notes)
	}
}

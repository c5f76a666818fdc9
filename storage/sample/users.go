package sample

import "time"

// unusableHash has the format of bcrypt, but no password is known for it, so nobody can log in to sample data.
const unusableHash = "$2b$12$SampleDataOnlySampleDaeNoPasswordMatchesThisHash.Oooo"

// writeUsers inserts an administrator, a viewer, a revoked login, and the schema version.
func (g *generator) writeUsers() {
	g.version.add("4a914b1d62a0")
	g.users.add(g.admin, "admin", unusableHash, "admin", false, nil)
	viewer := g.dice.uuid4()
	g.users.add(viewer, "viewer", unusableHash, "viewer", false, stamp(past.Add(30*day)))
	g.users.add(g.dice.uuid4(), "newcomer", unusableHash, "viewer", true, nil)
	for i, user := range []string{viewer, g.admin} {
		at := present.Add(-time.Duration(i+1) * 3 * time.Hour)
		g.revoked.add(g.dice.hex(32), user, stamp(at.Add(day)), stamp(at))
	}
}

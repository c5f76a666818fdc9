package storage

import (
	"context"
	"errors"
	"strings"

	"decnetgraph/storage/engine"
)

// writeProbes are statements that change nothing, by the table that they need the right to change.
var writeProbes = []struct{ table, statement string }{
	{"ttp_tag", "INSERT INTO ttp_tag SELECT * FROM ttp_tag WHERE 1 = 0"},
	{"attribution_state", "UPDATE attribution_state SET state = state WHERE 1 = 0"},
	{"attacker_identities", "UPDATE attacker_identities SET notes = notes WHERE 1 = 0"},
	{"attackers", "UPDATE attackers SET identity_id = identity_id WHERE 1 = 0"},
	{"campaigns", "UPDATE campaigns SET notes = notes WHERE 1 = 0"},
	{"ttp_rule_state", "UPDATE ttp_rule_state SET state = state WHERE 1 = 0"},
}

// auditProbe is the statement for the table that every write needs, where the database keeps the audit log.
const auditProbe = "INSERT INTO " + auditTable + " SELECT " + auditTable + ".* FROM " + auditTable + " WHERE 1 = 0"

var errProbed = errors.New("a probe is rolled back")

// checkWritable fails unless some table can be written, so that a read-only server, file or account is found out before
// the first mutation. It logs the tables that cannot be written if there are others: an account may have the rights for
// a few mutations only.
func (s *Store) checkWritable(ctx context.Context) error {
	if pool, ok := s.pools.Writes.(engine.WriteChecker); ok {
		return pool.CheckWritable(ctx)
	}
	var refused []string
	var cause error
	for _, probe := range writeProbes {
		err := s.probe(ctx, probe.statement)
		switch {
		case err == nil:
		case errors.Is(err, ErrUnavailable), ctx.Err() != nil:
			return err
		default:
			refused, cause = append(refused, probe.table), err
		}
	}
	switch {
	case len(refused) == len(writeProbes):
		return Invalid("the database refuses every write: %v; grant this account the rights to write, or leave out --write", cause)
	case len(refused) > 0:
		s.options.Log.WarnContext(ctx, "storage: the database refuses to change some tables; mutations that need them will fail",
			"tables", strings.Join(refused, " "), "cause", cause)
	}
	if !s.facts().records {
		return nil
	}
	err := s.probe(ctx, auditProbe)
	if err != nil && !errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
		return Invalid("the database refuses to write to %s, which has an entry for every change: %v; grant this account the right to insert there", auditTable, err)
	}
	return err
}

// probe runs a statement that changes nothing, and takes it back. A conflict is no error: it would pass.
func (s *Store) probe(ctx context.Context, statement string) error {
	err := s.attempt(ctx, s.pools.Writes, func(c *change) error {
		if _, err := c.run(ctx, statement); err != nil {
			return err
		}
		return errProbed
	})
	if errors.Is(err, errProbed) || s.dialect.Conflict(err) {
		return nil
	}
	return err
}

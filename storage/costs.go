package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
	"unicode/utf8"
)

// keptWindows is how long after the beginning of a window its costs are kept. Servers whose clocks differ use several windows at a time.
const keptWindows = time.Hour

// SpendCost adds a cost to what a key has spent in the window of time that begins at an instant, and returns the sum. All servers on the
// database add to the same sums. Every call is a transaction. It fails with ErrReadOnly if the database is only read, and
// with ErrNotFound or ErrNoRecords if there is no place for costs.
func (s *Store) SpendCost(ctx context.Context, key string, window time.Time, cost int) (spent int, err error) {
	records, err := s.Records(ctx)
	if err != nil {
		return 0, err
	}
	ctx = Primary(recordOnly(ctx))
	if utf8.RuneCountInString(key) > maxText || storable(key) != key {
		sum := sha256.Sum256([]byte(key))
		key = "sha256:" + hex.EncodeToString(sum[:])
	}
	window = window.UTC().Truncate(time.Microsecond)
	err = records.write(ctx, func(c *change) error {
		starts := c.dialect.InstantArg(window)
		q := &statement{dialect: c.dialect}
		q.add("INSERT INTO "+costTable+" (principal, starts_at, spent) VALUES (?, ?, ?)"+c.dialect.Upsert("principal, starts_at")+
			"spent = "+costTable+".spent + "+c.dialect.Given("spent"), key, starts, cost)
		if _, err := c.exec(ctx, q); err != nil {
			return err
		}
		q = &statement{dialect: c.dialect}
		q.add("SELECT t.spent FROM "+costTable+" t WHERE t.principal = "+c.dialect.TextPlaceholder+" AND t.starts_at = ?", key, starts)
		if err := c.scanRows(ctx, q, []scanner{{Into: safeInt(&spent)}}, func() error { return nil }); err != nil {
			return err
		}
		if spent != cost {
			return nil
		}
		q = &statement{dialect: c.dialect} // the first cost of the window
		q.add("DELETE FROM "+costTable+" WHERE starts_at < ? AND ", c.dialect.InstantArg(window.Add(-keptWindows)))
		q.equal("principal", key)
		_, err := c.exec(ctx, q)
		return err
	})
	return spent, err
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// stored lists values that DECNET, or somebody with a SQLite shell, may have stored.
var stored = []struct{ declared, literal string }{
	{"DATETIME", "'2026-03-09 20:33:26.704205'"},
	{"DATETIME", "'2026-03-09T20:33:26'"},
	{"DATETIME", "'2026-03-09 20:33:26+02:00'"},
	{"DATETIME", "'yesterday'"},
	{"DATETIME", "''"},
	{"DATETIME", "1773088406"},
	{"JSON", `'{"a": 1}'`},
	{"JSON", "'12'"},
	{"JSON", "'1.50'"},
	{"JSON", "'9007199254740993'"},
	{"JSON", "'1e400'"},
	{"JSON", `x'7b7d'`},
	{"BOOLEAN", "1"},
	{"BOOLEAN", "2"},
	{"FLOAT", "1"},
	{"INTEGER", "'seven'"},
	{"VARCHAR", "'\xff'"},
	{"BLOB", "x'00ff'"},
	{"BLOB", "x''"},
}

// showTypes prints the Go type and value that each driver returns for the stored values, plain and as MIN().
func showTypes(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "sqlitedrivers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "types.db")
	maker := &contestant{driver: "sqlite3"}
	if err := maker.open(path); err != nil {
		return err
	}
	for i, s := range stored {
		text := fmt.Sprintf("CREATE TABLE t%d (c %s); INSERT INTO t%d VALUES (%s)", i, s.declared, i, s.literal)
		if _, err := maker.db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	if err := maker.db.Close(); err != nil {
		return err
	}
	both := contestants()
	for _, c := range both {
		if err := c.open(path); err != nil {
			return err
		}
		defer c.db.Close()
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\nstored in\tvalue\tmattn\tmodernc\t\n")
	for i, s := range stored {
		for _, column := range []string{"c", "MIN(c)"} {
			var seen []string
			for _, c := range both {
				var got any
				if err := c.db.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM t%d", column, i)).Scan(&got); err != nil {
					return err
				}
				seen = append(seen, describe(got))
			}
			verdict := ""
			if seen[0] != seen[1] {
				verdict = "differ"
			}
			fmt.Fprintf(out, "%s, read as %s\t%q\t%s\t%s\t%s\n", s.declared, column, s.literal, seen[0], seen[1], verdict)
		}
	}
	return out.Flush()
}

func describe(got any) string {
	if raw, ok := got.([]byte); ok {
		return fmt.Sprintf("%T %x", got, raw)
	}
	if text, ok := got.(string); ok {
		return fmt.Sprintf("%T %q", got, text)
	}
	return fmt.Sprintf("%T %v", got, got)
}

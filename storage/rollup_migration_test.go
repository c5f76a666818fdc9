package storage

import (
	goflag "flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/require"
)

var migrationName = goflag.String("migration", "", "write the migrations that the measures of rollups still need, under this name")

// TestMigrationsMaintainEveryMeasure compares the triggers that the migrations of each engine end with to those that
// follow from measures. Released migrations never change, so a new measure needs a new one, which this test writes.
func TestMigrationsMaintainEveryMeasure(t *testing.T) {
	t.Parallel()
	for engine, bytewise := range map[string]func(string) string{
		"sqlite":   func(text string) string { return text },
		"mysql":    func(text string) string { return "CAST(" + text + " AS BINARY)" },
		"postgres": func(text string) string { return text },
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join("migrations", engine, "*.sql"))
			require.NoError(t, err)
			var text strings.Builder
			for _, file := range files {
				content, err := os.ReadFile(file)
				require.NoError(t, err)
				text.Write(content)
			}
			m := measureMigration{t: t, Bytewise: bytewise, migrations: text.String()}
			wanted := m.render(engine)
			have, missing, outdated := definitions(m.migrations), m.New(), []string{}
			for name, definition := range definitions(wanted) {
				if have[name] != definition {
					outdated = append(outdated, name)
				}
			}
			if len(outdated) == 0 && len(missing) == 0 {
				return
			}
			slices.Sort(outdated)
			file := filepath.Join("migrations", engine, fmt.Sprintf("%05d_%s.sql", len(files)+1, *migrationName))
			if *migrationName == "" {
				t.Fatalf("the migrations of %s do not maintain the measures of rollups: columns %v are missing, and the definitions of %v differ. "+
					"Write the migrations with: go test ./storage -run TestMigrationsMaintainEveryMeasure -migration NAME", engine, missing, outdated)
			}
			require.NoError(t, os.WriteFile(file, []byte(wanted), 0o644))
			t.Logf("wrote %s, which adds %v and replaces %v", file, missing, outdated)
		})
	}
}

// definition matches a definition that a migration makes. It ends at a blank line or with its block.
var definition = regexp.MustCompile(`(?ms)^CREATE (?:OR REPLACE )?((?:TRIGGER|FUNCTION|PROCEDURE) \w+)(.*?)\n(?:\n|-- \+goose StatementEnd)`)

// definitions returns the last definition of each trigger, function and procedure, with single blanks between words.
func definitions(text string) map[string]string {
	all := map[string]string{}
	for _, found := range definition.FindAllStringSubmatch(text, -1) {
		all[found[1]] = strings.Join(strings.Fields(found[2]), " ")
	}
	return all
}

// measureMigration is the data of the templates in testdata/rollup_migration.
type measureMigration struct {
	t          *testing.T
	migrations string              // the text of all that exist
	Bytewise   func(string) string // of the engine
}

func (m measureMigration) render(engine string) string {
	m.t.Helper()
	var text strings.Builder
	parsed, err := template.ParseFiles(filepath.Join("testdata", "rollup_migration", engine+".sql"))
	require.NoError(m.t, err)
	require.NoError(m.t, parsed.Execute(&text, m))
	return text.String()
}

// newColumn is a column of rollup_part and rollup_total that no migration adds.
type newColumn struct{ Name, Type string }

// New returns the columns that are missing. Each has the type of the tags' column that it is a bound of.
func (m measureMigration) New() []newColumn {
	table := regexp.MustCompile(`(?s)CREATE TABLE (?:IF NOT EXISTS )?rollup_part \(.*?\n\)`).FindString(m.migrations)
	var missing []newColumn
	for _, measure := range partMeasures {
		if !regexp.MustCompile(`(?m)^    `+measure.column+` `).MatchString(table) &&
			!strings.Contains(m.migrations, "ALTER TABLE rollup_part ADD COLUMN "+measure.column+" ") {
			kind, _ := m.tagColumn(measure.tagColumn)
			missing = append(missing, newColumn{measure.column, kind})
		}
	}
	return missing
}

// tagColumn returns the type of a column of ttp_tag, and whether it may be NULL.
func (m measureMigration) tagColumn(name string) (kind string, null bool) {
	m.t.Helper()
	table := regexp.MustCompile(`(?s)CREATE TABLE (?:IF NOT EXISTS )?ttp_tag \(.*?\n\)`).FindString(m.migrations)
	found := regexp.MustCompile(`(?m)^    ` + name + ` +(.*?)( +NOT NULL)?,$`).FindStringSubmatch(table)
	require.NotNil(m.t, found, "no column %q in ttp_tag", name)
	return found[1], found[2] == ""
}

// tagColumns are the columns of ttp_tag that measures are computed from.
func (m measureMigration) tagColumns() []measure {
	var all []measure
	for _, one := range partMeasures {
		if one.tagColumn != "" && !slices.ContainsFunc(all, func(other measure) bool { return other.tagColumn == one.tagColumn }) {
			all = append(all, one)
		}
	}
	return all
}

// The methods below are what the templates call.

func (measureMigration) Fresh() string         { return strconv.Itoa(int(freshPart)) }
func (measureMigration) Merged() string        { return strconv.Itoa(int(mergedPart)) }
func (measureMigration) FreshDay() string      { return strconv.Itoa(int(freshDayPart)) }
func (measureMigration) MarkReplaced() string  { return markReplaced }
func (measureMigration) IsFresh() string       { return partCondition("", freshPart) }
func (measureMigration) FreshReplaced() string { return partCondition("", freshPart.replaced()) }
func (measureMigration) PartColumns() string   { return partColumns }

func (measureMigration) Complete(alias string) string {
	return partCondition(alias, byTechnique.complete...)
}

func (measureMigration) Replaced() string {
	return partCondition("", replacedKinds(byTechnique.complete)...)
}

// MeasureColumns are the columns of the measures in rollup_name_part.
func (measureMigration) MeasureColumns() string { return measureList(partMeasures, nameColumn) }

// TagColumns are the columns of ttp_tag that decide whether an UPDATE changes sums.
func (m measureMigration) TagColumns() string {
	return measureList(m.tagColumns(), func(m measure) string { return m.tagColumn })
}

// NewValues are the measures of one tag, the row NEW.
func (measureMigration) NewValues() string {
	return measureList(partMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return "1"
		}
		return "NEW." + m.tagColumn
	})
}

// Aggregates are the measures of several tags.
func (m measureMigration) Aggregates() string {
	return measureList(partMeasures, func(one measure) string { return one.over(fromTags, "", m.Bytewise) })
}

// Bounds are the measures that are read again from the tags when one has gone.
func (m measureMigration) Bounds() string {
	bounds := slices.DeleteFunc(slices.Clone(partMeasures), func(one measure) bool { return one.aggregate == numberOfTags })
	return measureList(bounds, func(one measure) string { return one.over(fromTags, "", m.Bytewise) + " AS " + one.column })
}

// Recomputed are the measures of a part from which a tag has gone: bounds b, and the number c.
func (measureMigration) Recomputed() string {
	return measureList(partMeasures, func(m measure) string {
		if m.aggregate == numberOfTags {
			return "c." + m.column
		}
		return "b." + m.column
	})
}

// Changed is the condition on SQLite that an UPDATE changes a measure.
func (m measureMigration) Changed() string {
	var conditions []string
	for _, one := range m.tagColumns() {
		conditions = append(conditions, "OLD."+one.tagColumn+" IS NOT NEW."+one.tagColumn)
	}
	return strings.Join(conditions, " OR ")
}

// Unchanged is the condition on MySQL that an UPDATE changes no measure.
func (m measureMigration) Unchanged() string {
	var conditions []string
	for _, one := range m.tagColumns() {
		before, after, equals := "OLD."+one.tagColumn, "NEW."+one.tagColumn, " = "
		if one.text {
			before, after = m.Bytewise(before), m.Bytewise(after)
		}
		if _, null := m.tagColumn(one.tagColumn); null {
			equals = " <=> "
		}
		conditions = append(conditions, before+equals+after)
	}
	return strings.Join(conditions, " AND ")
}

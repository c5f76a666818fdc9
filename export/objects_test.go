package export_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"decnetgraph/export"
	"decnetgraph/storage"
)

// split reads all objects of an input. Each is shown as its line and its text without white space, or its problem.
func split(t *testing.T, input string) []string {
	t.Helper()
	shown, err := trySplit(strings.NewReader(input))
	require.NoError(t, err)
	return shown
}

func trySplit(in io.Reader) (shown []string, err error) {
	objects, err := export.NewObjects(in)
	if err != nil {
		return nil, err
	}
	for {
		object, err := objects.Next()
		if errors.Is(err, io.EOF) {
			return shown, nil
		}
		if err != nil {
			return shown, err
		}
		text := object.Problem
		if text == "" {
			var compact bytes.Buffer
			if json.Compact(&compact, object.Text) != nil {
				compact.Reset()
				compact.WriteString("not JSON")
			}
			text = compact.String()
		}
		shown = append(shown, fmt.Sprintf("%d %s", object.Line, text))
	}
}

// layouts are inputs that hold sound objects only, and the objects as split shows them.
var layouts = map[string]struct {
	input string
	want  []string
}{
	"lines":                        {"{\"a\":1}\n{\"b\":{\"c\":[2]}}\n{\"d\":\"}{][\\\"\\\\\"}\n", []string{`1 {"a":1}`, `2 {"b":{"c":[2]}}`, `3 {"d":"}{][\"\\"}`}},
	"no line break at the end":     {"{\"a\":1}\n{\"b\":2}", []string{`1 {"a":1}`, `2 {"b":2}`}},
	"CRLF":                         {"{\"a\":1}\r\n{\"b\":2}\r\n", []string{`1 {"a":1}`, `2 {"b":2}`}},
	"CR":                           {"{\"a\":1}\r{\"b\":2}\r", []string{`1 {"a":1}`, `1 {"b":2}`}},
	"blank lines":                  {"\n\n{\"a\":1}\n \t\n{\"b\":2}\n\n", []string{`3 {"a":1}`, `5 {"b":2}`}},
	"byte order mark":              {"\ufeff{\"a\":1}\n\ufeff{\"b\":2}\n", []string{`1 {"a":1}`, `2 {"b":2}`}},
	"several in a line":            {"{\"a\":1}{\"b\":2} {\"c\":3}\n{\"d\":4}", []string{`1 {"a":1}`, `1 {"b":2}`, `1 {"c":3}`, `2 {"d":4}`}},
	"commas after lines":           {"{\"a\":1},\n{\"b\":2},\n", []string{`1 {"a":1}`, `2 {"b":2}`}},
	"list in a line":               {"[{\"a\":1},{\"b\":2}]", []string{`1 {"a":1}`, `1 {"b":2}`}},
	"list with an object per line": {"[\n{\"a\":1},\n{\"b\":2}\n]\n", []string{`2 {"a":1}`, `3 {"b":2}`}},
	"list over lines":              {"[\n  {\n    \"a\": {\n      \"x\": [\n        {\n          \"y\": 1\n        },\n        {}\n      ]\n    }\n  },\n  {\n    \"b\": 2\n  }\n]", []string{`2 {"a":{"x":[{"y":1},{}]}}`, `12 {"b":2}`}},
	"list without indents":         {"[\n{\n\"a\":[\n{\n\"y\":1\n},\n{\n}\n]\n},\n{\n\"b\":2\n}\n]", []string{`2 {"a":[{"y":1},{}]}`, `11 {"b":2}`}},
	"braces on lines of their own": {"{\n  \"a\":\n  {\n    \"x\": 1\n  }\n}\n{\n}\n", []string{`1 {"a":{"x":1}}`, `7 {}`}},
	"objects over lines":           {"{\n  \"a\": {\n    \"b\": \"c\"\n  }\n}\n{\n\t\"a\": [\n\t\t1\n\t]\n}\n", []string{`1 {"a":{"b":"c"}}`, `6 {"a":[1]}`}},
	"lists in lines":               {"[{\"a\":1}]\n[{\"b\":2}, {\"c\":3}]\n", []string{`1 {"a":1}`, `2 {"b":2}`, `2 {"c":3}`}},
	"JSON text sequence":           {"\x1e{\"a\":1}\n\x1e{\"b\":2}\n", []string{`1 {"a":1}`, `2 {"b":2}`}},
	"nothing":                      {"", nil},
	"white space":                  {" \n\r\n", nil},
	"an empty list":                {"[]\n", nil},
}

func TestObjectsAreReadHoweverTheyAreLaidOut(t *testing.T) {
	for layout, c := range layouts {
		require.Equal(t, c.want, split(t, c.input), layout)
		var compressed bytes.Buffer
		w := gzip.NewWriter(&compressed)
		_, err := w.Write([]byte(c.input))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.Equal(t, c.want, split(t, compressed.String()), "%s, compressed", layout)
		if strings.TrimSpace(c.input) == "" || strings.Contains(c.input, "\ufeff") {
			continue
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, mark := range []string{"\ufeff", ""} {
				var wide []byte
				for _, unit := range utf16.Encode([]rune(mark + c.input)) {
					wide = order.AppendUint16(wide, unit)
				}
				require.Equal(t, c.want, split(t, string(wide)), "%s, UTF-16 %v %q", layout, order, mark)
			}
		}
	}
}

func TestWhatIsNoObjectIsReportedAndLosesNoOther(t *testing.T) {
	for fact, c := range map[string]struct {
		input string
		want  []string // parts of what is returned
	}{
		"a line that is cut off within a text":      {"{\"a\": \"b\n{\"c\":1}\n", []string{"1 the line ends within a text", `2 {"c":1}`}},
		"a line that is cut off between two":        {"{\"a\": 1,\n{\"c\":1}\n", []string{"1 the object is not complete, because another one begins in line 2", `2 {"c":1}`}},
		"a line that is cut off before a value":     {"{\"a\":\n{\"c\":1}\n", []string{"1 the object is not complete", `2 {"c":1}`}},
		"an object over lines that is cut off":      {"{\n  \"a\": 1,\n{\n  \"c\": 1\n}\n", []string{"1 the object is not complete, because another one begins in line 3", `3 {"c":1}`}},
		"a last line that is cut off":               {"{\"a\":1}\n{\"b\": ", []string{`1 {"a":1}`, "2 the input ends within the object; it may be cut off"}},
		"a last line that is cut off within a text": {"{\"a\":1}\n{\"b\": \"c", []string{`1 {"a":1}`, "2 the input ends within the object"}},
		"a list that is cut off":                    {"[{\"a\":1},\n{\"b\":2},\n", []string{`1 {"a":1}`, `2 {"b":2}`, "3 the input ends within the list that begins in line 1"}},
		"an object that is not JSON":                {"{\"a\": }\n{'b': 1}\n{\"c\":1}", []string{"1 not JSON", "2 not JSON", `3 {"c":1}`}},
		"brackets that do not fit":                  {"{\"a\": [1}\n{\"c\":1}", []string{"1 the object is not JSON: '}' closes '['", `2 {"c":1}`}},
		"a comment":                                 {"# tags\n{\"a\":1}\n// more\n{\"b\":1} // end\n", []string{`1 "# tags" is not a JSON object`, `2 {"a":1}`, `3 "// more" is not`, `4 {"b":1}`, `4 "// end" is not`}},
		"other JSON":                                {"1\n\"x\"\n{\"a\":1}\n", []string{`1 "1" is not`, `2 "\"x\"" is not`, `3 {"a":1}`}},
		"null":                                      {"null\n[null]\n", []string{"1 the row is null", "2 the row is null"}},
		"other elements of a list":                  {`[1, "a]{", {"a":1}, null, {"b":2}]`, []string{`1 "1" is not`, `1 "\"a]{\"" is not`, `1 {"a":1}`, "1 the row is null", `1 {"b":2}`}},
		"zero bytes":                                {"{\"a\":1}\n\x00\x00\x00\n{\"b\":1}", []string{`1 {"a":1}`, "2 the line has zero bytes", `3 {"b":1}`}},
		"a tail of a line":                          {"ceId\": 1}\n{\"b\":1}", []string{`1 "ceId\": 1}" is not`, `2 {"b":1}`}},
		"two closing braces":                        {"{\"a\":1}}\n{\"b\":1}", []string{`1 {"a":1}`, `1 "}" is not`, `2 {"b":1}`}},
		"a closing bracket too many":                {"[{\"a\":1}]]\n{\"b\":1}", []string{`1 {"a":1}`, `1 "]" is not`, `2 {"b":1}`}},
		"half of a pair in UTF-16":                  {"\xff\xfe{\x00\"\x00\x00\xd8\"\x00:\x001\x00}\x00", []string{"1 {\"\xff\":1}"}},
		"half of a character in UTF-16":             {"\xff\xfe{\x00}\x00\n", []string{"1 {}", `1 "\xff" is not`}},
	} {
		got := split(t, c.input)
		require.Len(t, got, len(c.want), "%s: %q", fact, got)
		for i, part := range c.want {
			require.True(t, strings.HasPrefix(got[i], part), "%s: %q is not %q", fact, got[i], part)
		}
	}
}

func TestLongObjectsAreNotHeldInMemory(t *testing.T) {
	long := strings.Repeat("x", export.MaxObject)
	require.Equal(t, []string{`1 {"a":1}`, "2 the object is longer than 8388608 bytes", `3 {"b":1}`}, split(t, "{\"a\":1}\n{\"a\":\""+long+"\"}\n{\"b\":1}\n"))
	require.Equal(t, []string{"1 the line is longer than 8388608 bytes, and not a JSON object", `2 {"b":1}`}, split(t, long+"x\n{\"b\":1}\n"))
}

func TestInputsThatAreNoTextAreRefused(t *testing.T) {
	for says, input := range map[string]string{
		"zstd -dc": "\x28\xb5\x2f\xfd rest", "xz -dc": "\xfd7zXZ\x00 rest", "bzip2 -dc": "BZh91AY", "unzip -p": "PK\x03\x04 rest",
		"export tags": "SQLite format 3\x00", "UTF-32": "\xff\xfe\x00\x00{\x00\x00\x00", "Parquet": "PAR1",
		"header of a table": "sourceKind,sourceId,techniqueId\ncommand,x,T1110\n", "damaged or cut off": "\x1f\x8b\x08",
	} {
		_, err := trySplit(strings.NewReader(input))
		require.ErrorIs(t, err, storage.ErrInvalid, says)
		require.ErrorContains(t, err, says)
	}
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	for n := range 1000 {
		_, err := fmt.Fprintf(w, "{\"n\": %d}\n", n*n*7919)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	shown, err := trySplit(bytes.NewReader(compressed.Bytes()[:compressed.Len()/2]))
	require.ErrorIs(t, err, storage.ErrInvalid)
	require.ErrorContains(t, err, "cut off")
	require.NotEmpty(t, shown, "what comes before the cut is read")
	broken := bytes.Clone(compressed.Bytes())
	broken[len(broken)/2] ^= 0xff
	_, err = trySplit(bytes.NewReader(broken))
	require.ErrorIs(t, err, storage.ErrInvalid)
	_, err = trySplit(io.MultiReader(strings.NewReader("{}\n"), brokenDisk{}))
	require.ErrorIs(t, err, errDisk)
	require.NotErrorIs(t, err, storage.ErrInvalid, "another try may succeed")
}

func TestDeepNestingTakesNoMemory(t *testing.T) {
	deep := strings.Repeat("[", 1<<20)
	shown, err := trySplit(strings.NewReader(`{"a":` + deep + "\n{}\n" + deep + "\n"))
	require.NoError(t, err)
	require.Contains(t, shown[0], "nested deeper than 10000 levels")
	require.Contains(t, shown[1], "{}")
}

var errDisk = errors.New("the disk is gone")

type brokenDisk struct{}

func (brokenDisk) Read([]byte) (int, error) { return 0, errDisk }

// FuzzObjects shows that any input is split without a panic, that the lines never run backwards, and that an object
// begins and ends with its braces.
func FuzzObjects(f *testing.F) {
	for _, seed := range []string{
		"", "{", "[", "]", "[[{}]", "{\"a\": \"\\", "{\"a\":1}\n{\"b", "\xff\xfe{\x00}", "\x1f\x8b", "{\n{\n}", "[1,\"x]\",{}]", "\xef\xbb\xbf{}", "{\"a\":[}]}\n{}", "\x00{", "a,technique\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		objects, err := export.NewObjects(strings.NewReader(input))
		line, bytes := 1, 0
		for err == nil {
			var object export.Object
			if object, err = objects.Next(); err != nil {
				break
			}
			require.GreaterOrEqual(t, object.Line, line)
			line = object.Line
			bytes += len(object.Text)
			if object.Problem == "" {
				require.Equal(t, byte('{'), object.Text[0])
				require.Equal(t, byte('}'), object.Text[len(object.Text)-1])
			}
		}
		if !errors.Is(err, io.EOF) {
			require.ErrorIs(t, err, storage.ErrInvalid)
		}
		if !strings.HasPrefix(input, "\x1f\x8b") {
			require.LessOrEqual(t, bytes, 2*len(input))
		}
	})
}

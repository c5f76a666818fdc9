package contest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// canonical rewrites an answer so that answers with the same content are equal texts. It removes what may differ
// between schemas: connections around lists, the format of instants and large numbers, the case of enums, and
// the order of the rows of a rollup. An answer without data or with errors is an error.
func canonical(body []byte) (string, error) {
	var answer struct {
		Data   map[string]any  `json:"data"`
		Errors json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("%w: %.200s", err, body)
	}
	if answer.Errors != nil {
		return "", fmt.Errorf("errors: %.500s", answer.Errors)
	}
	if len(answer.Data) == 0 {
		return "", errors.New("the answer has no data")
	}
	text, err := json.MarshalIndent(plain("", answer.Data), "", " ") // keys are sorted
	return string(text), err
}

// plain rewrites the value of a field, and all values below it.
func plain(field string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		if nodes, is := v["nodes"]; is {
			return plain(field, nodes)
		}
		for name := range v {
			v[name] = plain(name, v[name])
		}
		return v
	case []any:
		for i := range v {
			v[i] = plain("", v[i])
		}
		if field == "techniques" {
			slices.SortFunc(v, func(a, b any) int { return strings.Compare(technique(a), technique(b)) })
		}
		return v
	case string:
		return scalar(field, v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	default:
		return v
	}
}

func technique(row any) string {
	r, _ := row.(map[string]any)
	return fmt.Sprint(r["techniqueId"], r["subTechniqueId"])
}

func scalar(field, text string) string {
	if field == "state" {
		return strings.ToUpper(text)
	}
	if strings.HasSuffix(field, "At") || strings.HasSuffix(field, "Seen") {
		if at, err := time.Parse("2006-01-02T15:04:05.999999", strings.TrimSuffix(strings.TrimSuffix(text, "Z"), "+00:00")); err == nil {
			return at.Format(time.RFC3339Nano)
		}
	}
	return text
}

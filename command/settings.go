package command

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"decnetgraph/storage"
	"decnetgraph/storage/engine/dsn"
)

// settings are the values of flags that the command line does not give. The environment comes before the configuration
// file. A flag with the tag "secret" may also be set by a file, whose path is in the variable of that name with _FILE at
// its end. Kong reads the environment itself, and asks settings, a kong.Resolver, for the rest.
type settings struct {
	path   string // of the configuration file; empty if there is none
	values map[string]setting

	origins  map[*kong.Value]string // where values come from, for check-config
	problems []error                // with values
	warnings []string
}

// setting is a value in the configuration file: one text, or several for a flag that may be given more than once.
type setting struct {
	texts  []string
	isList bool
	line   int
}

const (
	configFlag     = "--config"
	configVariable = "DECNET_GRAPH_CONFIG"
	fileSuffix     = "_FILE"
)

// readSettings reads the configuration file that the arguments or the environment name. Its error is storage.ErrInvalid.
func readSettings(args []string) (*settings, error) {
	s := &settings{path: configPath(args), origins: map[*kong.Value]string{}}
	if s.path == "" {
		return s, nil
	}
	text, err := os.ReadFile(s.path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, storage.Invalid("cannot read the configuration file: %v", err)
	}
	if s.values, err = parseSettings(text); err != nil {
		return nil, storage.Invalid("%s: %v", s.path, err)
	}
	for _, value := range s.values {
		if slices.ContainsFunc(value.texts, dsn.HasPassword) {
			s.warnReadable(s.path)
			break
		}
	}
	return s, nil
}

// configPath finds the flag before kong has read any other, because their values may come from the file.
func configPath(args []string) string {
	path := os.Getenv(configVariable)
	for i, arg := range args {
		switch {
		case arg == "--":
			return path
		case arg == configFlag && i+1 < len(args):
			path = args[i+1]
		case strings.HasPrefix(arg, configFlag+"="):
			path = arg[len(configFlag)+1:]
		}
	}
	return path
}

// parseSettings reads a YAML mapping of the names of flags to their values.
func parseSettings(text []byte) (map[string]setting, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	values := map[string]setting{}
	if len(document.Content) == 0 { // empty, or comments alone
		return values, nil
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, errors.New(`the file is not a list of settings; write one in each line, such as "listen: 127.0.0.1:8080"`)
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, node := root.Content[i], root.Content[i+1]
		value := setting{line: key.Line, isList: node.Kind == yaml.SequenceNode}
		items := []*yaml.Node{node}
		if value.isList {
			items = node.Content
		}
		for _, item := range items {
			if item.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("line %d: the value of %s is neither a text or number nor a list of them", item.Line, key.Value)
			}
			value.texts = append(value.texts, item.Value)
		}
		if _, twice := values[key.Value]; twice {
			return nil, fmt.Errorf("line %d: %s is set twice", key.Line, key.Value)
		}
		values[key.Value] = value
	}
	return values, nil
}

// Validate implements kong.Resolver. It notes the settings of the file that no command has: every flag that can be set in
// the environment can be set in the file.
func (s *settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && len(flag.Envs) > 0 && "--"+flag.Name != configFlag {
			known[flag.Name] = true
		}
		return next(nil)
	})
	for name, value := range s.values {
		if !known[name] {
			s.problems = append(s.problems, storage.Invalid("%s:%d: there is no setting %q%s", s.path, value.line, name, nearest(name, known)))
		}
	}
	slices.SortFunc(s.problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return err
}

// Resolve implements kong.Resolver. Its values are texts, as those of the environment are.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	text, origin, err := s.secretOf(flag)
	if err != nil {
		s.problems = append(s.problems, err)
		return nil, nil //nolint:nilnil // kong's way to say that there is no value
	}
	if origin == "" {
		for _, variable := range flag.Envs {
			if value, isSet := os.LookupEnv(variable); isSet {
				s.origins[flag.Value] = "environment " + variable
				if value == "" && flag.HasDefault { // as in compose files that pass a variable on
					return flag.Default, nil
				}
				return nil, nil //nolint:nilnil // kong has read it
			}
		}
		value, isSet := s.values[flag.Name]
		if !isSet || len(flag.Envs) == 0 {
			return nil, nil //nolint:nilnil // see above
		}
		origin = fmt.Sprintf("%s:%d", s.path, value.line)
		if value.isList && !flag.IsSlice() {
			s.problems = append(s.problems, storage.Invalid("%s: %s has one value, not a list", origin, flag.Name))
			return nil, nil //nolint:nilnil // see above
		}
		if text = strings.Join(value.texts, ""); flag.IsSlice() {
			text = kong.JoinEscaped(value.texts, flag.Tag.Sep)
		}
	}
	s.origins[flag.Value] = origin
	scan := kong.Scan().PushTyped(text, kong.FlagValueToken)
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, reflect.New(flag.Target.Type()).Elem()); err != nil {
		s.problems = append(s.problems, storage.Invalid("%s: %s: %v", origin, flag.Name, err))
		return nil, nil //nolint:nilnil // see above
	}
	return text, nil
}

// secretOf reads a secret from the file that the environment names for a flag. origin is empty if it names none.
func (s *settings) secretOf(flag *kong.Flag) (secret, origin string, err error) {
	if !flag.Tag.Has("secret") {
		return "", "", nil
	}
	for _, variable := range flag.Envs {
		path := os.Getenv(variable + fileSuffix)
		if path == "" {
			continue
		}
		if os.Getenv(variable) != "" {
			return "", "", storage.Invalid("both %s and %s are set; unset one of them", variable, variable+fileSuffix)
		}
		secret, err := readSecret(path)
		s.warnReadable(path)
		return secret, "file " + path, err
	}
	return "", "", nil
}

// nearest suggests the name that a misspelled one is most like, if any is.
func nearest(name string, known map[string]bool) string {
	plain := func(s string) string { return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s)) }
	best, least := "", 3
	for candidate := range known {
		if d := levenshtein.ComputeDistance(plain(name), plain(candidate)); d < least || d == least && candidate < best {
			best, least = candidate, d
		}
	}
	if best == "" {
		return "; decnet-graph check-config lists all settings"
	}
	return "; did you mean " + best + "?"
}

package command

import (
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/engine/dsn"
)

// readSecret reads a secret from a file, without the line break that editors and echo leave at its end. Its error is
// storage.ErrInvalid and shows nothing of the file.
func readSecret(path string) (string, error) {
	const longest = 64 << 10
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return "", storage.Invalid("cannot read a secret: %v", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, longest+1))
	secret := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	switch {
	case err != nil:
		return "", storage.Invalid("cannot read a secret: %v", err)
	case secret == "":
		return "", storage.Invalid("the file %s is empty; write the secret into it", path)
	case len(content) > longest:
		return "", storage.Invalid("the file %s is longer than 64 KiB, which no secret is", path)
	}
	return secret, nil
}

// warnReadable notes a warning if every user of the machine may read a file with a secret.
func (s *settings) warnReadable(path string) {
	const others = 0o004
	info, err := os.Stat(path) //nolint:gosec // the operator names it
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&others != 0 {
		s.warnings = append(s.warnings, "every user of this machine can read "+path+", which is confidential; take that permission away with chmod o-r")
	}
}

// warn logs once what is unsafe about the way in which the command got its secrets.
func (s *settings) warn(ctx context.Context, log *slog.Logger, chosen *kong.Context) {
	for _, path := range chosen.Path {
		if flag := path.Flag; flag != nil && !path.Resolved && flag.Tag.Has("secret") && showsSecret(flag.Value) {
			s.warnings = append(s.warnings, "other users of this machine can read the password in --"+flag.Name+
				" with ps; give it in a file or in the environment"+insteadOf(flag))
		}
	}
	for _, flag := range chosen.Flags() {
		if flag.Tag.Has("secretfile") && flag.Target.String() != "" {
			s.warnReadable(flag.Target.String())
		}
	}
	for _, text := range s.warnings {
		log.WarnContext(ctx, text)
	}
}

// insteadOf names the variables that a secret can be given in.
func insteadOf(flag *kong.Flag) string {
	if len(flag.Envs) == 0 {
		return ""
	}
	return ": " + flag.Envs[0] + " or " + flag.Envs[0] + fileSuffix
}

// showsSecret reports whether the value of a flag with the tag "secret" holds one. The tag secret:"dsn" is for the names of
// databases, which need no password.
func showsSecret(value *kong.Value) bool {
	texts := textsOf(value)
	if value.Tag.Get("secret") != "dsn" {
		return strings.Join(texts, "") != ""
	}
	return slices.ContainsFunc(texts, dsn.HasPassword)
}

// redacted is the text of a value of a flag without secrets.
func redacted(flag *kong.Value, text string) string {
	switch {
	case text == "" || !flag.Tag.Has("secret"):
		return text
	case flag.Tag.Get("secret") == "dsn":
		if source, err := engine.Parse(text); err == nil {
			return source.Redacted()
		}
	}
	return "(secret)"
}
